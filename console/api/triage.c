/* SPDX-License-Identifier: Apache-2.0 */
/* What people do with alerts: which ones, what, and the trace of it. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "scope.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/console_api/alerts.h"
#include "weir/console_audit/audit.h"
#include "weir/console_triage/id.h"

#define IDS_MAX	   100
#define DETAIL_MAX 4000

static const char *const verbs[] = {
	[WEIR_TRIAGE_ASSIGN] = "alert.assign",	   [WEIR_TRIAGE_COMMENT] = "alert.comment",
	[WEIR_TRIAGE_CLOSE] = "alert.close",	   [WEIR_TRIAGE_REOPEN] = "alert.reopen",
	[WEIR_TRIAGE_SUPPRESS] = "alert.suppress",
};

/* A body, and what it says. */
struct wish {
	json_t *object; /* owns the rest */
	json_t *alerts, *query, *through, *expect, *dry_run, *assignee, *text, *verdict, *until;
	struct weir_triage_change change;
	struct weir_alert_filter filter;
	uint64_t through_id;
	size_t n;
	uint64_t ids[WEIR_TRIAGE_BULK_MAX];
	uint64_t versions[IDS_MAX];
};

static void wish_free(struct wish *wish)
{
	if (wish)
		json_decref(wish->object);
	free(wish);
}
DEFINE_CLEANUP(wish_free, struct wish *);

static int fault(struct weir_error *err, const char *message, const char *hint)
{
	weir_error_set(err, -EINVAL, 0, 0, "%s", message);
	weir_error_hint(err, "%s", hint);
	return -EINVAL;
}

static const char *text_of(const json_t *value)
{
	return value ? json_string_value(value) : "";
}

static int read_until(const char *text, uint64_t now_ns, uint64_t *ret)
{
	uint64_t span;

	if (weir_parse_duration(text, &span) < 0)
		return weir_time_parse(text, ret);
	*ret = now_ns + span;
	return 0;
}

/* "A-7K3QM", or "A-7K3QM@4" for that version alone. */
static int read_alert(const char *text, uint64_t *ret_id, uint64_t *ret_version)
{
	char id[32];
	size_t len = strcspn(text, "@");

	*ret_version = 0;
	if (len >= sizeof(id))
		return -EINVAL;
	memcpy(id, text, len);
	id[len] = '\0';
	if (text[len] == '@' &&
	    (weir_parse_u64(text + len + 1, ret_version) < 0 || *ret_version == 0))
		return -EINVAL;
	return weir_id_parse(WEIR_ID_ALERT, id, ret_id);
}

static int read_selection(struct wish *wish, uint64_t now_ns, struct weir_error *err)
{
	const size_t n = json_array_size(wish->alerts);

	if (!wish->alerts == !wish->query)
		return fault(err, "the body says neither which alerts, or both ways",
			     "send \"alerts\" or \"query\"");
	weir_alert_filter_init(&wish->filter);
	if (wish->query) {
		if (wish->through &&
		    weir_id_parse(WEIR_ID_ALERT, text_of(wish->through), &wish->through_id) < 0)
			return fault(err, "through is not an alert's id",
				     "send what the preview answered");
		return weir_alert_filter_add_line(&wish->filter, text_of(wish->query), now_ns, err);
	}
	if (n == 0 || n > IDS_MAX)
		return fault(err, "alerts is empty or has over 100 ids", "send 1 to 100 ids");
	for (; wish->n < n; wish->n++)
		if (read_alert(json_string_value(json_array_get(wish->alerts, wish->n)),
			       &wish->ids[wish->n], &wish->versions[wish->n]) < 0)
			return fault(err, "one of alerts is not an id, or mistyped",
				     "ids look like A-7K3QM, with a version A-7K3QM@4");
	return 0;
}

static int read_change(struct wish *wish, const struct weir_api_change *from,
		       struct weir_error *err)
{
	struct weir_triage_change *change = &wish->change;
	const char *what;

	*change = (struct weir_triage_change){
		.verb = from->verb,
		.person_id = from->by->id,
		.person = from->by->name,
		.now_ns = from->now_ns,
		.assignee = text_of(wish->assignee),
		.text = text_of(wish->text),
	};
	if (wish->verdict && weir_alert_verdict_parse(text_of(wish->verdict), &change->verdict) < 0)
		return fault(err, "verdict is not known",
			     "use true_positive, benign_authorised, false_positive, test or "
			     "duplicate");
	if (wish->until && read_until(text_of(wish->until), from->now_ns, &change->until_ns) < 0)
		return fault(err, "until is neither a time nor a span",
			     "write 2026-11-22T08:00:00Z, or a span like 24h or 14d");
	what = weir_triage_fault(change);
	return what ? fault(err, what, "see the API's description") : 0;
}

static int read_wish(const struct weir_api_change *from, struct wish *wish, struct weir_error *err)
{
	const struct weir_api_member members[] = {
		{"alerts", WEIR_API_STRINGS, false, &wish->alerts},
		{"query", WEIR_API_STRING, false, &wish->query},
		{"through", WEIR_API_STRING, false, &wish->through},
		{"expect", WEIR_API_INTEGER, false, &wish->expect},
		{"dry_run", WEIR_API_BOOLEAN, false, &wish->dry_run},
		{"text", WEIR_API_STRING, false, &wish->text},
		{"assignee", WEIR_API_STRING, from->verb == WEIR_TRIAGE_ASSIGN, &wish->assignee},
		{"verdict", WEIR_API_STRING, from->verb == WEIR_TRIAGE_CLOSE, &wish->verdict},
		{"until", WEIR_API_STRING, from->verb == WEIR_TRIAGE_SUPPRESS, &wish->until},
	};
	int r = weir_api_read_body(from->body, from->len, members, ARRAY_SIZE(members),
				   &wish->object, err);

	if (r == 0)
		r = read_selection(wish, from->now_ns, err);
	return r < 0 ? r : read_change(wish, from, err);
}

/* -EDOM: the query finds another number than was expected. */
static int select_alerts(struct weir_db_tx *tx, struct wish *wish)
{
	int r;

	if (!wish->query)
		return 0;
	r = weir_triage_select(tx, &wish->filter, wish->through_id, wish->ids);
	if (r < 0)
		return r;
	wish->n = (size_t)r;
	return wish->expect && json_integer_value(wish->expect) != r ? -EDOM : 0;
}

static int change_all(struct weir_db_tx *tx, const struct weir_principal *by, struct wish *wish)
{
	for (size_t i = 0; i < wish->n; i++) {
		int r = wish->query ? 0 : weir_api_alert_seen_by(tx, wish->ids[i], by);

		if (r == 0)
			r = weir_triage_change(tx, wish->ids[i],
					       wish->query ? 0 : wish->versions[i], &wish->change);

		/* Of those that a query finds, some need no change. */
		if (r < 0 && !(r == -EALREADY && wish->query))
			return r;
	}
	return 0;
}

/* The trace: how many, which (the first of many), and what was said about them. */
static int write_trace(struct weir_db_tx *tx, const struct weir_api_change *from,
		       const struct wish *wish)
{
	json_t *detail _cleanup_(weir_api_json_freep) = json_object();
	char *text _cleanup_(freep) = NULL;
	char id[WEIR_ID_TEXT], object[64];

	weir_id_format(WEIR_ID_ALERT, wish->ids[0], id);
	(void)snprintf(object, sizeof(object), "alert %s", id);
	(void)json_object_set_new(detail, "count", json_integer((json_int_t)wish->n));
	if (wish->query)
		(void)json_object_set(detail, "query", wish->query);
	if (wish->alerts)
		(void)json_object_set(detail, "alerts", wish->alerts);
	if (wish->verdict)
		(void)json_object_set(detail, "verdict", wish->verdict);
	if (wish->assignee)
		(void)json_object_set(detail, "assignee", wish->assignee);
	if (wish->until)
		(void)json_object_set(detail, "until", wish->until);
	text = detail ? json_dumps(detail, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	if (!text)
		return -ENOMEM;
	return weir_audit_write(tx, from->by, verbs[from->verb], object,
				strlen(text) > DETAIL_MAX ? "" : text);
}

static void fail_change(struct weir_api_reply *reply, int error)
{
	if (error == -ENOENT)
		weir_api_fail(reply, 404, "not_found", "there is no alert with one of these ids",
			      "nothing was changed; list them to see the ids");
	else if (error == -ESTALE)
		weir_api_fail(reply, 409, "stale", "somebody changed the alert meanwhile",
			      "nothing was changed; look at it again");
	else if (error == -EALREADY)
		weir_api_fail(reply, 409, "state", "the alert is not in a state for that",
			      "nothing was changed; a resolved alert is reopened first");
	else if (error == -EEXIST)
		weir_api_fail(reply, 409, "open", "what came later is an open alert of its own",
			      "close that one first, or work on it");
	else if (error == -EDOM)
		weir_api_fail(reply, 409, "count", "the query finds another number of alerts now",
			      "nothing was changed; look at a new preview");
	else
		weir_api_fail_store(reply, error);
}

static int perform(struct weir_store *store, const struct weir_api_change *from, struct wish *wish)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	const bool dry_run = json_is_true(wish->dry_run);
	struct weir_store_scope scope;
	int r = dry_run ? weir_db_read(store, &tx) : weir_db_write(store, &tx);

	wish->filter.scope = weir_api_scope(from->by, &scope);
	if (r == 0)
		r = select_alerts(tx, wish);
	if (r < 0 || dry_run || wish->n == 0)
		return r;
	r = change_all(tx, from->by, wish);
	if (r == 0)
		r = write_trace(tx, from, wish);
	return r < 0 ? r : weir_db_commit(tx);
}

void weir_api_change_alerts(struct weir_store *store, const struct weir_api_change *change,
			    struct weir_api_reply *reply)
{
	struct wish *wish _cleanup_(wish_freep) = calloc(1, sizeof(*wish));
	struct weir_error err = {};
	char id[WEIR_ID_TEXT] = "";
	int r;

	if (!wish) {
		weir_api_fail_store(reply, -ENOMEM);
		return;
	}
	if (read_wish(change, wish, &err) < 0) {
		weir_api_fail_input(reply, &err);
		return;
	}
	r = perform(store, change, wish);
	if (r < 0) {
		fail_change(reply, r);
		return;
	}
	if (wish->query && wish->n)
		weir_id_format(WEIR_ID_ALERT, wish->ids[0], id);
	weir_api_answer(reply, 200,
			json_pack("{s:I,s:o,s:b}", "count", (json_int_t)wish->n, "through",
				  *id ? json_string(id) : json_null(), "dry_run",
				  json_is_true(wish->dry_run)));
}
