/* SPDX-License-Identifier: Apache-2.0 */
#include "feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/uid.h"
#include "weir/console_triage/triage.h"
#include "weir/proto/wire.h"

#define DAY_NS (UINT64_C(86400) * 1000000000)

struct weir_feed_line {
	struct weir_alert_log log;
	char *texts[4]; /* owned: those of log.alert */
};

static void line_done(struct weir_feed_line *line)
{
	for (size_t k = 0; k < ARRAY_SIZE(line->texts); k++)
		free(line->texts[k]);
}

bool weir_feed_halve(struct weir_feed *feed)
{
	const size_t half = feed->n / 2;

	if (half == 0)
		return false;
	while (feed->n > half)
		line_done(&feed->lines[--feed->n]);
	feed->last = feed->lines[half - 1].log.id;
	return true;
}

void weir_feed_done(struct weir_feed *feed)
{
	for (size_t i = 0; feed->lines && i < feed->n; i++)
		line_done(&feed->lines[i]);
	free(feed->lines);
	*feed = (struct weir_feed){};
}

static int copy_line(void *context, const struct weir_alert_log *log)
{
	struct weir_feed *feed = context;
	struct weir_feed_line *line = &feed->lines[feed->n];
	struct weir_alert *alert = &line->log.alert;

	if (feed->n && log->time_ns / DAY_NS != feed->day_ns / DAY_NS)
		return 1;
	line->log = *log;
	line->log.person = line->log.text = "";
	line->texts[0] = strdup(log->alert.rule);
	line->texts[1] = strdup(log->alert.user);
	line->texts[2] = strdup(log->alert.destination);
	line->texts[3] = strdup(log->alert.assignee);
	feed->n++;
	for (size_t k = 0; k < ARRAY_SIZE(line->texts); k++)
		if (!line->texts[k])
			return -ENOMEM;
	alert->rule = line->texts[0];
	alert->user = line->texts[1];
	alert->destination = line->texts[2];
	alert->assignee = line->texts[3];
	feed->last = log->id;
	feed->day_ns = log->time_ns - log->time_ns % DAY_NS;
	return 0;
}

int weir_feed_read(struct weir_store *store, uint64_t after, size_t most, struct weir_feed *ret)
{
	struct weir_feed feed _cleanup_(weir_feed_done) = {};
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r;

	feed.lines = calloc(WEIR_FEED_LINES_MAX, sizeof(*feed.lines));
	if (!feed.lines)
		return -ENOMEM;
	r = weir_db_read(store, &tx);
	if (r == 0)
		r = weir_triage_follow(tx, after, WEIR_MIN(most, (size_t)WEIR_FEED_LINES_MAX),
				       copy_line, &feed);
	if (r < 0)
		return r;
	*ret = feed;
	feed = (struct weir_feed){};
	return 0;
}

/* A record while its event is at hand. */
struct joining {
	struct weir_export_record record;
	enum weir_alert_news news;
	weir_feed_fn fn;
	void *context;
};

static int give(struct joining *joining)
{
	int r = 0;

	if (joining->record.event) {
		joining->record.step = WEIR_EXPORT_EVENT;
		r = joining->fn(joining->context, &joining->record);
	}
	if (r == 0 && joining->news != WEIR_NEWS_NONE) {
		joining->record.step = (enum weir_export_step)joining->news;
		r = joining->fn(joining->context, &joining->record);
	}
	return r;
}

static int join(void *context, const struct weir_store_event *event)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	struct joining *joining = context;
	char uid[WEIR_UID_TEXT];
	int r;

	r = weir_wire_unpack(&weir__v1__event__descriptor, event->blob, event->len, &wire);
	if (r == -ENOMEM)
		return r;
	weir_uid_format(event->agent_uid, uid);
	joining->record.event = r < 0 ? NULL : weir_wire_message(wire);
	joining->record.event_id = event->id;
	joining->record.host = event->host;
	joining->record.agent_uid = uid;
	r = give(joining);
	joining->record.event = NULL;
	return r;
}

int weir_feed_each(struct weir_store *store, const struct weir_feed *feed, weir_feed_fn fn,
		   void *context)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < feed->n; i++) {
		const struct weir_alert_log *log = &feed->lines[i].log;
		struct joining joining = {
			.record = {.position = log->id,
				   .time_ns = log->time_ns,
				   .alert = &log->alert,
				   .host = "",
				   .agent_uid = ""},
			.news = log->news,
			.fn = fn,
			.context = context,
		};

		r = log->event ? weir_store_get_event(store, log->event, join, &joining) : -ENOENT;
		/* A person's change has no event, and retention may have taken an old one. */
		if (r == -ENOENT)
			r = give(&joining);
	}
	return r;
}
