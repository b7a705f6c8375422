/* SPDX-License-Identifier: Apache-2.0 */
#include "robot.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "json.h"
#include "text.h"
#include "weir/base/time.h"
#include "weir/base/utf8.h"
#include "weir/console_triage/id.h"

#define LISTED	 10   /* alerts of one message */
#define RULE_MAX 96   /* bytes of a rule's name */
#define TEXT_MAX 1900 /* bytes of a message; WeCom takes 2,048 */
#define MAC_LEN	 32

enum { LOW, MEDIUM, HIGH, CRITICAL, N_SEVERITIES };

static const char *const severities[][N_SEVERITIES] = {
	[WEIR_SINK_ZH] = {"低", "中", "高", "严重"},
	[WEIR_SINK_EN] = {"low", "medium", "high", "critical"},
};

static unsigned severity_of(const struct weir_alert *alert)
{
	switch (alert->severity) {
	case WEIR_SEVERITY_LOW:
		return LOW;
	case WEIR_SEVERITY_MEDIUM:
		return MEDIUM;
	case WEIR_SEVERITY_HIGH:
		return HIGH;
	default:
		return CRITICAL;
	}
}

/* Feishu takes tags in a text, and one of them calls everybody. */
static int put_plain(struct weir_buf *buf, const char *p, size_t n, uint32_t c)
{
	return c == '<' || c == '>' || c == '&' || c == '@' ? weir_buf_puts(buf, "_")
							    : weir_buf_append(buf, p, n);
}

static int put_counts(const struct weir_alert *alert, enum weir_sink_language language,
		      struct weir_buf *lines)
{
	return weir_buf_printf(lines,
			       language == WEIR_SINK_ZH ? " %" PRIu64 " 个事件,%" PRIu64 " 个标识\n"
							: " %" PRIu64 " events, %" PRIu64
							  " identifiers\n",
			       alert->n_events, alert->identifiers);
}

/* "2[high] A-7K3QM stick-bulk-identity 5 events, 23 identifiers": the digit is for the counts. */
int weir_robot_line(const struct weir_export_record *record, enum weir_sink_language language,
		    struct weir_buf *lines)
{
	const struct weir_alert *alert = record->alert;
	const unsigned severity = severity_of(alert);
	const size_t start = lines->len;
	char id[WEIR_ID_TEXT];
	int r;

	if (record->step != WEIR_EXPORT_CREATE)
		return 0;
	weir_id_format(WEIR_ID_ALERT, alert->id, id);
	r = weir_buf_printf(lines, "%u[%s] %s ", severity, severities[language][severity], id);
	if (r == 0)
		r = weir_text_put(lines, *alert->rule ? alert->rule : "default", RULE_MAX, "",
				  put_plain);
	if (r == 0)
		r = put_counts(alert, language, lines);
	if (r == 0)
		return 1;
	if (lines->data) {
		lines->len = start;
		lines->data[start] = '\0';
	}
	return r;
}

static size_t count_lines(const struct weir_buf *lines, size_t by_severity[static N_SEVERITIES])
{
	size_t n = 0;

	for (const char *line = lines->data; line && *line; line = strchr(line, '\n') + 1) {
		by_severity[(*line - '0') % N_SEVERITIES]++;
		n++;
	}
	return n;
}

static int put_count(size_t n, unsigned severity, const char *between,
		     enum weir_sink_language language, struct weir_buf *text)
{
	const char *name = severities[language][severity];

	return language == WEIR_SINK_ZH ? weir_buf_printf(text, "%s%s %zu", between, name, n)
					: weir_buf_printf(text, "%s%zu %s", between, n, name);
}

/* "Weir: 12 new alerts (1 critical, 11 low)" */
static int put_head(size_t n, const size_t by_severity[static N_SEVERITIES],
		    enum weir_sink_language language, struct weir_buf *text)
{
	const bool zh = language == WEIR_SINK_ZH;
	const char *between = zh ? "(" : " (";
	int r = zh ? weir_buf_printf(text, "Weir 数据防泄漏:%zu 条新告警", n)
		   : weir_buf_printf(text, "Weir: %zu new alert%s", n, n == 1 ? "" : "s");

	for (unsigned i = N_SEVERITIES; r == 0 && i-- > 0;) {
		if (!by_severity[i])
			continue;
		r = put_count(by_severity[i], i, between, language, text);
		between = zh ? "," : ", ";
	}
	return r < 0 ? r : weir_buf_puts(text, ")");
}

int weir_robot_text(const struct weir_buf *lines, enum weir_sink_language language,
		    struct weir_buf *text)
{
	size_t by_severity[N_SEVERITIES] = {}, n = count_lines(lines, by_severity), left = LISTED;
	const char *line = lines->data;
	int r = put_head(n, by_severity, language, text);

	for (; r == 0 && line && *line && left; left--) {
		size_t len = strcspn(line, "\n");

		if (text->len + len > TEXT_MAX)
			break;
		r = weir_buf_puts(text, "\n");
		if (r == 0)
			r = weir_buf_append(text, line + 1, len - 1);
		line += len + 1;
		n--;
	}
	if (r < 0 || n == 0)
		return r;
	return weir_buf_printf(text, language == WEIR_SINK_ZH ? "\n另有 %zu 条" : "\nand %zu more",
			       n);
}

static int sign(const char *key, const char *data, char ret[static 4 * MAC_LEN])
{
	unsigned char mac[MAC_LEN];
	unsigned len = sizeof(mac);

	if (!HMAC(EVP_sha256(), key, (int)strlen(key), (const unsigned char *)data, strlen(data),
		  mac, &len))
		return -ENOMEM;
	EVP_EncodeBlock((unsigned char *)ret, mac, (int)len);
	return 0;
}

/* "TIME\nSECRET", which DingTalk signs with the secret, and Feishu nothing with it. */
static int put_stamp(uint64_t time, const char *secret, struct weir_buf *ret)
{
	return weir_buf_printf(ret, "%" PRIu64 "\n%s", time, secret);
}

int weir_robot_query(const char *secret, uint64_t now_ns, struct weir_buf *query)
{
	struct weir_buf stamp _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024);
	const uint64_t now_ms = now_ns / WEIR_NSEC_PER_MSEC;
	char mac[4 * MAC_LEN];
	int r = put_stamp(now_ms, secret, &stamp);

	if (r == 0)
		r = sign(secret, stamp.data, mac);
	if (r == 0)
		r = weir_buf_printf(query, "timestamp=%" PRIu64 "&sign=", now_ms);
	for (const char *c = mac; r == 0 && *c; c++)
		r = *c == '+'	? weir_buf_puts(query, "%2B")
		    : *c == '/' ? weir_buf_puts(query, "%2F")
		    : *c == '=' ? weir_buf_puts(query, "%3D")
				: weir_buf_append(query, c, 1);
	return r;
}

static int put_feishu_signature(json_t *object, const char *secret, uint64_t now_ns)
{
	struct weir_buf stamp _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024);
	const uint64_t now_s = now_ns / WEIR_NSEC_PER_SEC;
	char mac[4 * MAC_LEN], time[24];
	int r = put_stamp(now_s, secret, &stamp);

	if (r == 0)
		r = sign(stamp.data, "", mac);
	if (r < 0)
		return r;
	(void)snprintf(time, sizeof(time), "%" PRIu64, now_s);
	weir_json_put_text(object, "timestamp", time);
	weir_json_put_text(object, "sign", mac);
	return 0;
}

int weir_robot_body(enum weir_sink_format robot, const char *text, const char *secret,
		    uint64_t now_ns, struct weir_buf *body)
{
	const bool feishu = robot == WEIR_SINK_FEISHU;
	json_t *object _cleanup_(weir_json_freep) = json_object();
	json_t *content = json_object();
	int r = 0;

	weir_json_put_text(content, feishu ? "text" : "content", text);
	weir_json_put_text(object, feishu ? "msg_type" : "msgtype", "text");
	weir_json_put(object, feishu ? "content" : "text", content);
	if (feishu && *secret)
		r = put_feishu_signature(object, secret, now_ns);
	return r < 0 ? r : weir_json_write(object, body);
}

/* All three answer 200 whatever came of it, and say that in a number: 0, or a reason. */
int weir_robot_answer(const struct weir_buf *answer)
{
	static const json_int_t too_many[] = {45009, 130101, 410100, 9499, 11232};
	json_t *object _cleanup_(weir_json_freep) = NULL;
	const json_t *code;

	object = json_loadb(answer->data ? answer->data : "", answer->len, 0, NULL);
	code = json_object_get(object, "errcode");
	if (!code)
		code = json_object_get(object, "code");
	if (!code)
		code = json_object_get(object, "StatusCode");
	if (!json_is_integer(code))
		return -EREMOTEIO;
	for (size_t i = 0; i < ARRAY_SIZE(too_many); i++)
		if (json_integer_value(code) == too_many[i])
			return -EAGAIN;
	return json_integer_value(code) == 0 ? 0 : -EREMOTEIO;
}
