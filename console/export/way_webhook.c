/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks: all records as JSON, signed, for programs; or a message now and then by a chat robot, for
 * people. */

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "post.h"
#include "robot.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"

#define ANSWER_MAX (64 * 1024)
#define ROBOT_PACE (UINT64_C(5) * WEIR_NSEC_PER_SEC) /* they take 20 a minute */
#define MAC_LEN	   32
#define HEADER_MAX 128

struct webhook_way {
	struct weir_way way;
	enum weir_sink_format format;
	enum weir_sink_language language;
	struct weir_post *post;
	char *secret; /* NULL: none */
};

static bool is_robot(const struct webhook_way *webhook)
{
	return webhook->format != WEIR_SINK_OCSF;
}

/* "{...},{...}" */
static int append(const struct weir_way *way, const struct weir_export_record *record,
		  struct weir_buf *buf)
{
	const struct webhook_way *webhook = container_of(way, struct webhook_way, way);
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(buf->max);
	int r;

	if (is_robot(webhook))
		return weir_robot_line(record, webhook->language, buf);
	r = weir_export_ocsf(record, &text);
	if (r <= 0)
		return r;
	r = weir_buf_reserve(buf, text.len + 1);
	if (r == 0 && buf->len)
		r = weir_buf_puts(buf, ",");
	if (r == 0)
		r = weir_buf_append(buf, text.data, text.len);
	return r < 0 ? r : 1;
}

/* HMAC-SHA256 of "TIME.BODY": who has the secret knows from whom it is, and when it was sent. */
static int sign(const char *secret, const char *time, const struct weir_buf *body,
		char ret[static 2 * MAC_LEN + 1])
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(body->len + 32);
	unsigned char mac[MAC_LEN];
	unsigned len = sizeof(mac);
	int r = weir_buf_printf(&text, "%s.", time);

	if (r == 0)
		r = weir_buf_append(&text, body->data, body->len);
	if (r < 0)
		return r;
	if (!HMAC(EVP_sha256(), secret, (int)strlen(secret), (unsigned char *)text.data, text.len,
		  mac, &len))
		return -ENOMEM;
	weir_hex(mac, len, ret);
	return 0;
}

static int deliver_records(struct webhook_way *webhook, const struct weir_feed *feed,
			   const struct weir_buf *data)
{
	struct weir_buf body _cleanup_(weir_buf_done) = WEIR_BUF_INIT(data->len + 2);
	struct weir_buf answer _cleanup_(weir_buf_done) = WEIR_BUF_INIT(ANSWER_MAX);
	char time[24], mac[2 * MAC_LEN + 1], stamp[HEADER_MAX], signature[HEADER_MAX],
		delivery[HEADER_MAX];
	const char *const headers[] = {"Content-Type: application/json", stamp, signature, delivery,
				       NULL};
	struct weir_post_body request = {.headers = headers};
	int r = weir_buf_printf(&body, "[");

	if (r == 0)
		r = weir_buf_append(&body, data->data, data->len);
	if (r == 0)
		r = weir_buf_puts(&body, "]");
	(void)snprintf(time, sizeof(time), "%" PRIu64, weir_now_realtime() / WEIR_NSEC_PER_SEC);
	if (r == 0)
		r = sign(webhook->secret, time, &body, mac);
	if (r < 0)
		return r;
	(void)snprintf(stamp, sizeof(stamp), "Weir-Timestamp: %s", time);
	(void)snprintf(signature, sizeof(signature), "Weir-Signature: v1=%s", mac);
	(void)snprintf(delivery, sizeof(delivery), "Weir-Position: %" PRIu64, feed->last);
	request.data = body.data;
	request.len = body.len;
	return weir_post_send(webhook->post, &request, &answer, &webhook->way.later_ns);
}

static int deliver_message(struct webhook_way *webhook, const struct weir_buf *data)
{
	static const char *const headers[] = {"Content-Type: application/json", NULL};
	const uint64_t now_ns = weir_now_realtime();
	const char *secret = webhook->secret ? webhook->secret : "";
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(8192);
	struct weir_buf body _cleanup_(weir_buf_done) = WEIR_BUF_INIT(65536);
	struct weir_buf query _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024);
	struct weir_buf answer _cleanup_(weir_buf_done) = WEIR_BUF_INIT(ANSWER_MAX);
	struct weir_post_body request = {.headers = headers};
	int r = weir_robot_text(data, webhook->language, &text);

	if (r == 0)
		r = weir_robot_body(webhook->format, text.data, secret, now_ns, &body);
	if (r == 0 && webhook->format == WEIR_SINK_DINGTALK && *secret)
		r = weir_robot_query(secret, now_ns, &query);
	if (r < 0)
		return r;
	request.query = query.data;
	request.data = body.data;
	request.len = body.len;
	r = weir_post_send(webhook->post, &request, &answer, &webhook->way.later_ns);
	return r < 0 ? r : weir_robot_answer(&answer);
}

static int deliver(struct weir_way *way, const struct weir_feed *feed, const struct weir_buf *data)
{
	struct webhook_way *webhook = container_of(way, struct webhook_way, way);

	return is_robot(webhook) ? deliver_message(webhook, data)
				 : deliver_records(webhook, feed, data);
}

static void webhook_free(struct weir_way *way)
{
	struct webhook_way *webhook = container_of(way, struct webhook_way, way);

	weir_post_free(webhook->post);
	weir_way_forget(webhook->secret);
	free(webhook);
}

static int fault(struct weir_error *err)
{
	weir_error_set(err, -EINVAL, 0, 0,
		       "a webhook for programs is signed: its secret is missing");
	weir_error_hint(err, "make one of 32 characters or more, and give it to the receiver");
	return -EINVAL;
}

int weir_way_webhook(const struct weir_sink_settings *settings, int end_fd, struct weir_error *err,
		     struct weir_way **ret)
{
	static const struct weir_way_ops ops = {append, deliver, webhook_free};
	struct webhook_way *webhook = calloc(1, sizeof(*webhook));
	int r = webhook ? 0 : -ENOMEM;

	if (r < 0)
		return r;
	webhook->way.ops = &ops;
	webhook->format = settings->format;
	webhook->language = settings->language;
	webhook->way.pace_ns = is_robot(webhook) ? ROBOT_PACE : 0;
	r = weir_way_keep(settings->secret, err, &webhook->secret);
	if (r == 0 && !is_robot(webhook) && !webhook->secret)
		r = fault(err);
	if (r == 0)
		r = weir_post_new(settings, "/", end_fd, err, &webhook->post);
	if (r < 0)
		webhook_free(&webhook->way);
	else
		*ret = &webhook->way;
	return r;
}
