/* SPDX-License-Identifier: Apache-2.0 */
/* From events to alerts. The events of a batch are put together in memory first: a copy job of
 * thousands of files costs a line of the log for each, and a handful of statements for the rest. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema.h"
#include "weir/base/utf8.h"
#include "weir/console_triage/group.h"
#include "weir/proto/wire.h"

#define MACHINE_TEXT (2 * WEIR_STORE_UID_LEN + 1)
#define TARGET_MAX   512
#define VALUE_MAX    256 /* bytes of what was seen; more is cut */

struct seen {
	enum weir_alert_seen kind;
	const char *value; /* borrowed from an event */
	uint64_t n;
};

/* The events of one batch that belong to one alert. */
struct joined {
	struct weir_group group;
	struct weir_alert alert; /* sums of the batch; then the alert as it is */
	const Weir__V1__Event *newest;
	struct seen seen[WEIR_TRIAGE_SEEN_MAX];
	size_t n_seen;
	enum weir_alert_news news;
};

struct event {
	struct weir_wire *wire;
	size_t item;
	size_t joined; /* its place in batch.joined */
};

struct batch {
	const struct weir_store_stored *stored;
	char machine[MACHINE_TEXT];
	struct event *events;
	size_t n_events;
	struct joined *joined;
	size_t n_joined;
};

static void batch_done(struct batch *batch)
{
	for (size_t i = 0; batch->events && i < batch->n_events; i++)
		weir_wire_free(batch->events[i].wire);
	free(batch->events);
	free(batch->joined);
}

/* Numbers of enums that this console does not know share the bit of "not said". */
static uint32_t bit_of(int value)
{
	return value > 0 && value < 31 ? UINT32_C(1) << value : 1;
}

static void add_seen(struct joined *joined, enum weir_alert_seen kind, const char *value,
		     uint64_t n)
{
	size_t i = 0;

	while (i < joined->n_seen &&
	       (joined->seen[i].kind != kind || strcmp(joined->seen[i].value, value) != 0))
		i++;
	if ((!*value && kind != WEIR_SEEN_GROUP) || i == WEIR_TRIAGE_SEEN_MAX)
		return;
	if (i == joined->n_seen)
		joined->seen[joined->n_seen++] = (struct seen){kind, value, 0};
	joined->seen[i].n += n;
}

static void add_event(struct batch *batch, struct joined *joined, const Weir__V1__Event *event)
{
	const char *group = batch->stored->batch->group;
	struct weir_alert *alert = &joined->alert;

	alert->n_events++;
	alert->n_let_through += !weir_group_stopped(event);
	alert->identifiers += weir_group_identifiers(event);
	alert->action = WEIR_MAX(alert->action, bit_of((int)event->action));
	alert->first_ns = WEIR_MIN(alert->first_ns, event->time_ns);
	alert->last_ns = WEIR_MAX(alert->last_ns, event->time_ns);
	if (!joined->newest || event->time_ns >= joined->newest->time_ns)
		joined->newest = event;
	add_seen(joined, WEIR_SEEN_HOST, batch->stored->batch->host, 1);
	add_seen(joined, WEIR_SEEN_AGENT, batch->machine, 1);
	add_seen(joined, WEIR_SEEN_GROUP, group ? group : "", 1);
	if (event->device)
		add_seen(joined, WEIR_SEEN_DEVICE, event->device->serial_number, 1);
	for (size_t i = 0; i < event->n_counts; i++)
		add_seen(joined, WEIR_SEEN_DETECTOR, event->counts[i]->detector,
			 WEIR_MIN(event->counts[i]->distinct, UINT64_C(1) << 32));
}

static bool same_group(const struct weir_group *a, const struct weir_group *b)
{
	return a->window_ns == b->window_ns && a->local == b->local &&
	       strcmp(a->rule, b->rule) == 0 && strcmp(a->user, b->user) == 0 &&
	       strcmp(a->destination, b->destination) == 0;
}

static size_t find_joined(struct batch *batch, const Weir__V1__Event *event)
{
	struct weir_group group;
	size_t i = 0;

	weir_group_of(event, &group);
	while (i < batch->n_joined && !same_group(&batch->joined[i].group, &group))
		i++;
	if (i == batch->n_joined)
		batch->joined[batch->n_joined++] = (struct joined){
			.group = group,
			.alert = {.first_ns = UINT64_MAX, .channel = bit_of((int)event->channel)},
		};
	return i;
}

/* 0 also for what cannot be read: ingest has looked at it before. */
static int read_item(struct batch *batch, size_t item)
{
	const struct weir_store_item *from = &batch->stored->batch->items[item];
	struct event *event = &batch->events[batch->n_events];
	const Weir__V1__Event *message;
	int r;

	if (from->reject || !from->alert)
		return 0;
	r = weir_wire_unpack(&weir__v1__event__descriptor, from->blob, from->len, &event->wire);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	message = weir_wire_message(event->wire);
	event->item = item;
	event->joined = find_joined(batch, message);
	batch->n_events++;
	add_event(batch, &batch->joined[event->joined], message);
	return 0;
}

static int read_batch(struct batch *batch)
{
	const struct weir_store_batch *from = batch->stored->batch;
	size_t n = 0;
	int r = 0;

	for (size_t i = batch->stored->first_item; i < from->n_items; i++)
		n += from->items[i].alert && !from->items[i].reject;
	if (n == 0)
		return 0;
	for (size_t i = 0; i < WEIR_STORE_UID_LEN; i++)
		(void)snprintf(batch->machine + 2 * i, 3, "%02x", from->agent_uid[i]);
	batch->events = calloc(n, sizeof(*batch->events));
	batch->joined = calloc(n, sizeof(*batch->joined));
	if (!batch->events || !batch->joined)
		return -ENOMEM;
	for (size_t i = batch->stored->first_item; r == 0 && i < from->n_items; i++)
		r = read_item(batch, i);
	return r;
}

/* Until when somebody wants to hear nothing of this; 0: nobody does. */
static int read_quiet(struct weir_db_tx *tx, const struct joined *joined, const char *machine,
		      uint64_t now_ns, uint64_t *ret)
{
	int64_t until = 0;
	int r = WEIR_DB_NUMBER(
		tx, &until,
		"SELECT expires_ns FROM suppression"
		" WHERE rule = $1 AND user_name = $2 AND machine = $3 AND destination = $4"
		"  AND expires_ns > $5 ORDER BY expires_ns DESC LIMIT 1",
		weir_db_text(joined->group.rule), weir_db_text(joined->group.user),
		weir_db_text(machine), weir_db_text(joined->group.destination),
		weir_db_int((int64_t)now_ns));

	*ret = r == 0 ? (uint64_t)until : 0;
	return r == -ENOENT ? 0 : r;
}

static void write_target(const Weir__V1__Event *event, char text[static TARGET_MAX])
{
	const char *path = event->file ? event->file->path : "";
	size_t len = weir_utf8_cut(path, strlen(path), TARGET_MAX - 1);

	if (event->destination && *event->destination->ip) {
		const char *ip = event->destination->ip;

		(void)snprintf(text, TARGET_MAX, strchr(ip, ':') ? "[%.64s]:%u" : "%.64s:%u", ip,
			       event->destination->port);
		return;
	}
	memcpy(text, path, len);
	text[len] = '\0';
}

#define PLUS(column) " " column " = alert." column " + excluded." column ","
#define NEWEST(column)                                                                    \
	" " column " = CASE WHEN excluded.last_ns >= alert.last_ns THEN excluded." column \
	" ELSE alert." column " END,"

static const char upsert_sql[] =
	"INSERT INTO alert (rule, user_name, machine, destination, window_ns, version, state,"
	" verdict, severity, channel, action, assignee, n_events, n_let_through, identifiers,"
	" first_ns, last_ns, created_ns, changed_ns, quiet_until_ns, host, process, target)"
	" VALUES ($1, $2, $3, $4, $5, 1, $6, 1, $7, $8, $9, '', $10, $11, $12, $13, $14, $15, $15,"
	"  $16, $17, $18, $19)"
	" ON CONFLICT (rule, user_name, machine, destination, window_ns) WHERE state <> 4"
	" DO UPDATE SET" PLUS("n_events") PLUS("n_let_through") PLUS("identifiers") NEWEST("host")
		NEWEST("process") NEWEST(
			"target") " action = CASE WHEN excluded.action > alert.action THEN "
				  "excluded.action"
				  "  ELSE alert.action END,"
				  " first_ns = CASE WHEN excluded.first_ns < alert.first_ns THEN "
				  "excluded.first_ns"
				  "  ELSE alert.first_ns END,"
				  " last_ns = CASE WHEN excluded.last_ns > alert.last_ns THEN "
				  "excluded.last_ns"
				  "  ELSE alert.last_ns END,"
				  /* What was to be quiet until a time is news again behind it. */
				  " state = CASE WHEN alert.state = 8 AND alert.quiet_until_ns <= "
				  "excluded.changed_ns"
				  "  AND excluded.state = 1 THEN 1 ELSE alert.state END,"
				  " changed_ns = excluded.changed_ns"
				  " RETURNING id, severity, n_events, n_let_through, identifiers";

static uint32_t severity_of(const struct joined *joined)
{
	return weir_group_severity(joined->alert.identifiers, joined->alert.n_let_through > 0,
				   strcmp(joined->group.destination, "agent") == 0);
}

static int upsert(struct weir_db_tx *tx, const struct batch *batch, struct joined *joined,
		  const char *machine, uint64_t quiet_ns)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	const struct weir_store_batch *from = batch->stored->batch;
	struct weir_alert *alert = &joined->alert;
	const Weir__V1__Event *newest = joined->newest;
	char target[TARGET_MAX];
	int r;

	write_target(newest, target);
	r = WEIR_DB_QUERY(
		tx, &rows, upsert_sql, weir_db_text(joined->group.rule),
		weir_db_text(joined->group.user), weir_db_text(machine),
		weir_db_text(joined->group.destination),
		weir_db_int((int64_t)joined->group.window_ns),
		weir_db_int(quiet_ns ? WEIR_ALERT_SUPPRESSED : WEIR_ALERT_NEW),
		weir_db_int(severity_of(joined)), weir_db_int(alert->channel),
		weir_db_int(alert->action), weir_db_int((int64_t)alert->n_events),
		weir_db_int((int64_t)alert->n_let_through),
		weir_db_int((int64_t)alert->identifiers), weir_db_int((int64_t)alert->first_ns),
		weir_db_int((int64_t)alert->last_ns), weir_db_int((int64_t)from->received_ns),
		weir_db_int((int64_t)quiet_ns), weir_db_text(from->host),
		weir_db_text(newest->process ? newest->process->name : ""), weir_db_text(target));
	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r < 0 ? r : -EIO;
	alert->id = (uint64_t)weir_db_get_int(rows, 0);
	joined->news = (uint64_t)weir_db_get_int(rows, 2) == alert->n_events ? WEIR_NEWS_CREATED
									     : WEIR_NEWS_NONE;
	alert->severity = (uint32_t)weir_db_get_int(rows, 1);
	alert->n_let_through = (uint64_t)weir_db_get_int(rows, 3);
	alert->identifiers = (uint64_t)weir_db_get_int(rows, 4);
	r = weir_db_next(rows);
	return r > 0 ? -EIO : r;
}

/* Severity follows from the sums, and only ever rises. */
static int raise(struct weir_db_tx *tx, struct joined *joined)
{
	const struct weir_alert *alert = &joined->alert;
	const uint32_t severity = severity_of(joined);
	int r;

	if (severity <= alert->severity)
		return 0;
	if (joined->news == WEIR_NEWS_NONE)
		joined->news = WEIR_NEWS_UPDATED;
	r = WEIR_DB_RUN(tx, "UPDATE alert SET severity = $2 WHERE id = $1",
			weir_db_int((int64_t)alert->id), weir_db_int(severity));
	return r < 0 ? r : 0;
}

static int store_seen(struct weir_db_tx *tx, const struct joined *joined)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < joined->n_seen; i++) {
		const struct seen *seen = &joined->seen[i];
		char value[VALUE_MAX];
		size_t len = weir_utf8_cut(seen->value, strlen(seen->value), sizeof(value) - 1);

		memcpy(value, seen->value, len);
		value[len] = '\0';
		r = WEIR_DB_RUN(tx,
				"INSERT INTO alert_seen (alert, kind, value, n)"
				" SELECT $1, $2, $3, $4"
				" WHERE $5 > (SELECT count(*) FROM alert_seen WHERE alert = $1 AND "
				"kind = $2)"
				"  OR EXISTS (SELECT 1 FROM alert_seen"
				"   WHERE alert = $1 AND kind = $2 AND value = $3)"
				" ON CONFLICT (alert, kind, value) DO UPDATE SET n = alert_seen.n "
				"+ excluded.n",
				weir_db_int((int64_t)joined->alert.id), weir_db_int(seen->kind),
				weir_db_text(value), weir_db_int((int64_t)seen->n),
				weir_db_int(WEIR_TRIAGE_SEEN_MAX));
	}
	return r < 0 ? r : 0;
}

static int store_joined(struct weir_db_tx *tx, const struct batch *batch, struct joined *joined)
{
	const char *machine = joined->group.local ? batch->machine : "";
	uint64_t quiet_ns = 0;
	int r = read_quiet(tx, joined, machine, batch->stored->batch->received_ns, &quiet_ns);

	if (r == 0)
		r = upsert(tx, batch, joined, machine, quiet_ns);
	if (r == 0)
		r = raise(tx, joined);
	return r < 0 ? r : store_seen(tx, joined);
}

/* A line for each event; the first of an alert tells what became of that. */
static int store_line(struct weir_db_tx *tx, struct batch *batch, const struct event *event,
		      uint64_t *ret_id)
{
	struct joined *joined = &batch->joined[event->joined];
	struct weir_alert_log line = {
		.time_ns = batch->stored->batch->received_ns,
		.step = WEIR_STEP_EVENT,
		.news = joined->news,
		.person = "",
		.text = "",
		.alert.id = joined->alert.id,
	};
	int r = weir_store_event_id(tx, batch->stored, event->item, &line.event);

	joined->news = WEIR_NEWS_NONE;
	return r < 0 ? r : weir_triage_note(tx, &line, 0, ret_id);
}

int weir_triage_stored(void *context, struct weir_db_tx *tx, const struct weir_store_stored *stored)
{
	struct batch batch _cleanup_(batch_done) = {.stored = stored};
	uint64_t newest = 0;
	int r = read_batch(&batch);

	if (r == 0 && batch.n_events)
		r = weir_triage_turn(tx);
	for (size_t i = 0; r == 0 && i < batch.n_joined; i++)
		r = store_joined(tx, &batch, &batch.joined[i]);
	for (size_t i = 0; r == 0 && i < batch.n_events; i++)
		r = store_line(tx, &batch, &batch.events[i], &newest);
	return r < 0 || newest == 0 ? r : weir_db_announce(tx, WEIR_TRIAGE_TOPIC, newest);
}
