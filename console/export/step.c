/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "way.h"
#include "weir/base/time.h"
#include "weir/console_triage/names.h"

#define DAY_NS (86400 * WEIR_NSEC_PER_SEC)

int weir_way_open(const struct weir_sink_settings *settings, const struct weir_way_place *place,
		  struct weir_error *err, struct weir_way **ret)
{
	switch (settings->kind) {
	case WEIR_SINK_FILE:
		return weir_way_file(settings->name, place->dir_fd, ret);
	case WEIR_SINK_SYSLOG:
		return weir_way_syslog(settings, place->end_fd, err, ret);
	case WEIR_SINK_OTLP:
		return weir_way_otlp(settings, place->end_fd, err, ret);
	case WEIR_SINK_WEBHOOK:
		return weir_way_webhook(settings, place->end_fd, err, ret);
	}
	return -EOPNOTSUPP; /* a newer console made it */
}

int weir_way_keep(const char *secret, struct weir_error *err, char **ret)
{
	const size_t len = strcspn(secret, "\r\n");

	if (secret[len + strspn(secret + len, "\r\n")])
		return weir_error_set(err, -EINVAL, 0, 0, "the secret is more than one line");
	for (size_t i = 0; i < len; i++)
		if (secret[i] <= ' ' || secret[i] > '~')
			return weir_error_set(err, -EINVAL, 0, 0,
					      "the secret has blanks, or what is no ASCII");
	*ret = len ? strndup(secret, len) : NULL;
	return len && !*ret ? -ENOMEM : 0;
}

void weir_way_forget(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void weir_way_free(struct weir_way *way)
{
	if (way)
		way->ops->free(way);
}

struct writing {
	const struct weir_way *way;
	struct weir_buf data;
};

static void writing_done(struct writing *writing)
{
	weir_buf_done(&writing->data);
}

static int add_record(void *context, const struct weir_export_record *record)
{
	struct writing *writing = context;
	int r = writing->way->ops->append(writing->way, record, &writing->data);

	return r < 0 ? r : 0;
}

/* Endpoints decide how long their texts are: fewer lines, where all would be too much at once. One
 * line alone always fits. */
static int write_lines(struct weir_store *store, struct weir_feed *feed, struct writing *writing)
{
	int r;

	do {
		weir_buf_clear(&writing->data);
		r = weir_feed_each(store, feed, add_record, writing);
	} while (r == -ENOBUFS && weir_feed_halve(feed));
	return r;
}

int weir_way_step(struct weir_store *store, struct weir_way *way, struct weir_way_batch *batch)
{
	struct writing writing _cleanup_(writing_done) = {
		.way = way, .data = WEIR_BUF_INIT(WEIR_WAY_BATCH_MAX)};
	struct weir_feed feed _cleanup_(weir_feed_done) = {};
	int r = weir_feed_read(store, batch->after, batch->most, &feed);

	if (r == 0)
		r = write_lines(store, &feed, &writing);
	batch->lines = feed.n;
	batch->last = feed.n ? feed.last : batch->after;
	if (r == 0 && writing.data.len)
		r = way->ops->deliver(way, &feed, &writing.data);
	return r;
}

bool weir_way_is_refusal(int result)
{
	return result == -EBADMSG || result == -EMSGSIZE;
}

int weir_way_test(struct weir_way *way, uint64_t now_ns)
{
	struct weir_buf data _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_WAY_BATCH_MAX);
	const struct weir_feed feed = {.day_ns = now_ns - now_ns % DAY_NS};
	const struct weir_alert alert = {
		.state = WEIR_ALERT_NEW,
		.verdict = WEIR_VERDICT_TEST,
		.severity = WEIR_SEVERITY_LOW,
		.channel = WEIR__V1__CHANNEL__CHANNEL_AGENT,
		.action = WEIR__V1__ACTION__ACTION_AUDIT,
		.rule = "weir.test",
		.user = "",
		.destination = "none",
		.assignee = "",
		.first_ns = now_ns,
		.last_ns = now_ns,
		.created_ns = now_ns,
		.changed_ns = now_ns,
	};
	const struct weir_export_record record = {
		.time_ns = now_ns,
		.step = WEIR_EXPORT_CREATE,
		.alert = &alert,
		.host = "",
		.agent_uid = "",
	};
	int r = way->ops->append(way, &record, &data);

	return r < 0 ? r : way->ops->deliver(way, &feed, &data);
}
