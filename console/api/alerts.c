/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts in JSON, for lists and one by one. */

#include "weir/console_api/alerts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "query.h"
#include "render.h"
#include "scope.h"
#include "weir/base/uid.h"
#include "weir/console_triage/id.h"
#include "weir/proto/enums.h"
#include "weir/v1/common.pb-c.h"

#define LOG_MAX	    200
#define SAMPLES_MAX 5

static void put(json_t *object, const char *name, json_t *value)
{
	(void)json_object_set_new(object, name, value);
}

static void put_number(json_t *object, const char *name, uint64_t number)
{
	put(object, name, json_integer((json_int_t)WEIR_MIN(number, WEIR_STORE_NUMBER_MAX)));
}

static json_t *make_id(enum weir_id_kind kind, uint64_t number)
{
	char text[WEIR_ID_TEXT];

	if (number == 0)
		return json_null();
	weir_id_format(kind, number, text);
	return json_string(text);
}

static json_t *make_enum(const ProtobufCEnumDescriptor *type, uint32_t value)
{
	char text[WEIR_ENUM_TEXT];

	weir_enum_format(type, (int)value, text);
	return json_string(text);
}

/* What a list and the alert itself have. */
static json_t *make_alert(const struct weir_alert *alert, const struct weir_alert_newest *newest)
{
	json_t *object = json_object();

	put(object, "id", make_id(WEIR_ID_ALERT, alert->id));
	put_number(object, "version", alert->version);
	put(object, "state", json_string(weir_alert_state_name(alert->state)));
	put(object, "verdict", json_string(weir_alert_verdict_name(alert->verdict)));
	put(object, "severity", json_string(weir_severity_name(alert->severity)));
	put(object, "assignee", json_string(alert->assignee));
	put(object, "rule", json_string(alert->rule));
	put(object, "user_name", json_string(alert->user));
	put(object, "destination", json_string(alert->destination));
	put(object, "channel", make_enum(&weir__v1__channel__descriptor, alert->channel));
	put(object, "action", make_enum(&weir__v1__action__descriptor, alert->action));
	put_number(object, "events", alert->n_events);
	put_number(object, "let_through", alert->n_let_through);
	put_number(object, "identifiers", alert->identifiers);
	put(object, "first_time", weir_api_time(alert->first_ns));
	put(object, "last_time", weir_api_time(alert->last_ns));
	put(object, "created_time", weir_api_time(alert->created_ns));
	put(object, "changed_time", weir_api_time(alert->changed_ns));
	put(object, "host_name", json_string(newest->host));
	put(object, "process_name", json_string(newest->process));
	put(object, "target", json_string(newest->target));
	return object;
}

/* A page being made: one row more than wanted tells whether there is another. */
struct page {
	json_t *alerts;
	uint32_t wanted;
	uint64_t last;
	bool more;
};

static int add_alert(void *context, const struct weir_alert *alert,
		     const struct weir_alert_newest *newest)
{
	struct page *page = context;

	if (json_array_size(page->alerts) == page->wanted) {
		page->more = true;
		return 1;
	}
	page->last = alert->id;
	return json_array_append_new(page->alerts, make_alert(alert, newest)) < 0 ? -ENOMEM : 0;
}

void weir_api_list_alerts(struct weir_store *store, const struct weir_principal *by,
			  const char *query, uint64_t now_ns, struct weir_api_reply *reply)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	json_t *object _cleanup_(weir_api_json_freep) = json_object();
	struct page page = {.alerts = json_array()};
	struct weir_api_alerts_query parsed;
	struct weir_store_scope scope;
	struct weir_error err = {};
	int r;

	put(object, "alerts", page.alerts);
	if (weir_api_query_alerts(query, now_ns, &parsed, &err) < 0) {
		weir_api_fail(reply, 400, "query", err.text, err.hint);
		return;
	}
	page.wanted = parsed.limit;
	parsed.filter.scope = weir_api_scope(by, &scope);
	r = object && page.alerts ? weir_db_read(store, &tx) : -ENOMEM;
	if (r == 0)
		r = weir_triage_list(tx, &parsed.filter, parsed.before, parsed.limit + 1, add_alert,
				     &page);
	if (r < 0) {
		weir_api_fail_store(reply, r);
		return;
	}
	put(object, "next_before", make_id(WEIR_ID_ALERT, page.more ? page.last : 0));
	weir_api_answer(reply, 200, TAKE_PTR(object));
}

/* One alert with all that belongs to it. */
struct whole {
	json_t *object;
	json_t *seen[WEIR_SEEN_GROUP + 1];
	json_t *log;
	uint64_t samples[SAMPLES_MAX];
	size_t n_samples;
};

static int begin_whole(void *context, const struct weir_alert *alert,
		       const struct weir_alert_newest *newest)
{
	static const char *const names[] = {
		[WEIR_SEEN_HOST] = "hosts",   [WEIR_SEEN_DEVICE] = "devices",
		[WEIR_SEEN_AGENT] = "agents", [WEIR_SEEN_DETECTOR] = "detectors",
		[WEIR_SEEN_GROUP] = "groups",
	};
	struct whole *whole = context;

	whole->object = make_alert(alert, newest);
	for (size_t i = WEIR_SEEN_HOST; i <= WEIR_SEEN_GROUP; i++) {
		whole->seen[i] = json_array();
		put(whole->object, names[i], whole->seen[i]);
	}
	whole->log = json_array();
	put(whole->object, "log", whole->log);
	return whole->object && whole->log ? 0 : -ENOMEM;
}

static int add_seen(void *context, enum weir_alert_seen kind, const char *value, uint64_t n)
{
	struct whole *whole = context;
	json_t *object = json_object();

	if (kind < WEIR_SEEN_HOST || kind > WEIR_SEEN_GROUP) {
		json_decref(object);
		return 0;
	}
	put(object, "value", json_string(value));
	put_number(object, "count", n);
	return json_array_append_new(whole->seen[kind], object) < 0 ? -ENOMEM : 0;
}

static int add_line(void *context, const struct weir_alert_log *line)
{
	struct whole *whole = context;
	json_t *object = json_object();

	if (line->event && whole->n_samples < SAMPLES_MAX)
		whole->samples[whole->n_samples++] = line->event;
	put(object, "time", weir_api_time(line->time_ns));
	put(object, "step", json_string(weir_alert_step_name(line->step)));
	put(object, "event", make_id(WEIR_ID_EVENT, line->event));
	put(object, "person", json_string(line->person));
	put(object, "text", json_string(line->text));
	put(object, "state", json_string(weir_alert_state_name(line->alert.state)));
	put(object, "verdict", json_string(weir_alert_verdict_name(line->alert.verdict)));
	put(object, "severity", json_string(weir_severity_name(line->alert.severity)));
	return json_array_append_new(whole->log, object) < 0 ? -ENOMEM : 0;
}

static int read_whole(struct weir_store *store, const struct weir_principal *by, uint64_t id,
		      struct whole *whole)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_read(store, &tx);

	if (r == 0)
		r = weir_api_alert_seen_by(tx, id, by);
	if (r == 0)
		r = weir_triage_get(tx, id, begin_whole, whole);
	if (r == 0)
		r = weir_triage_seen(tx, id, add_seen, whole);
	return r < 0 ? r : weir_triage_log(tx, id, LOG_MAX, add_line, whole);
}

static int add_sample(void *context, const struct weir_store_event *event)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_API_REPLY_MAX);
	int r = weir_api_render_event(event, &text);

	if (r < 0)
		return r;
	return json_array_append_new(context,
				     json_loadb(text.data, text.len, JSON_ALLOW_NUL, NULL)) < 0
		       ? -ENOMEM
		       : 0;
}

/* The newest events, in transactions of their own. One that retention took is left out. */
static int add_samples(struct weir_store *store, struct whole *whole)
{
	json_t *samples = json_array();
	int r = 0;

	put(whole->object, "samples", samples);
	for (size_t i = 0; r == 0 && i < whole->n_samples; i++) {
		r = weir_store_get_event(store, whole->samples[i], add_sample, samples);
		r = r == -ENOENT ? 0 : r;
	}
	return r;
}

void weir_api_get_alert(struct weir_store *store, const struct weir_principal *by, const char *id,
			const char *query, struct weir_api_reply *reply)
{
	json_t *object _cleanup_(weir_api_json_freep) = json_object();
	struct whole whole = {};
	struct weir_error err = {};
	uint64_t number;
	int r;

	if (weir_api_query_none(query, &err) < 0) {
		weir_api_fail(reply, 400, "query", err.text, err.hint);
		return;
	}
	r = weir_id_parse(WEIR_ID_ALERT, id, &number);
	if (r == -EINVAL || r == -EBADMSG) {
		weir_api_fail(reply, 400, "id",
			      r == -EINVAL ? "this is not an alert's id"
					   : "the id is mistyped: its last character disagrees",
			      "ids of alerts look like A-7K3QM");
		return;
	}
	if (r == 0)
		r = read_whole(store, by, number, &whole);
	if (r == 0)
		r = add_samples(store, &whole);
	put(object, "alert", whole.object);
	if (r == -ENOENT || r == -ERANGE)
		weir_api_fail(reply, 404, "not_found", "there is no alert with this id",
			      "list them to see the ids; an event is under /api/v1/events");
	else if (r < 0)
		weir_api_fail_store(reply, r);
	else
		weir_api_answer(reply, 200, TAKE_PTR(object));
}
