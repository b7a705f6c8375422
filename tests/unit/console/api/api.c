/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "fake.h"
#include "place.h"
#include "weir/console_api/alerts.h"
#include "weir/console_api/api.h"
#include "weir/console_api/sinks.h"
#include "weir/console_audit/audit.h"
#include "weir/console_export/export.h"
#include "weir/console_ingest/ingest.h"

#define NOW (FAKE_TIME + UINT64_C(3600) * 1000000000)

static void put_batch_in(struct weir_store *store, const struct fake_batch *batch,
			 const char *group)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);
	struct weir_ingest_reply reply = {.ack = WEIR_BUF_INIT(WEIR_INGEST_ACK_MAX)};
	struct weir_ingest_request request = {
		.group = group, .content_type = "application/x-protobuf", .now_ns = NOW};

	fake_batch(batch, &bytes);
	request.body = bytes.data;
	request.len = bytes.len;
	weir_ingest_batch(store, &request, &reply);
	assert_int_equal(reply.status, 200);
	weir_buf_done(&reply.ack);
}

static void put_batch(struct weir_store *store, const struct fake_batch *batch)
{
	put_batch_in(store, batch, NULL);
}

static void *place; /* of the test that runs */

/* Ten events: 1-4 removable blocks of agent 1, 5-8 network audits of agent 2, 9-10 no alerts of
 * agent 1. */
static int setup(void **state)
{
	static const struct fake_event network = {.channel = 4, .action = 2};
	static const struct fake_event quiet = {.no_alert = true, .time_ns = FAKE_TIME + 999};
	struct weir_store *store;

	if (place_open(&place, NULL) < 0)
		return -1;
	store = place_store(&place);
	if (weir_audit_init(store, NULL) < 0 || weir_triage_init(store, NULL) < 0)
		return -1;
	put_batch(store, &(struct fake_batch){.agent = 1, .epoch = 9, .first = 1, .n = 4});
	put_batch(store, &(struct fake_batch){
				 .agent = 2, .epoch = 9, .first = 1, .n = 4, .model = &network});
	put_batch(store, &(struct fake_batch){
				 .agent = 1, .epoch = 9, .first = 5, .n = 2, .model = &quiet});
	*state = store;
	return 0;
}

static int teardown(void **state)
{
	return place_close(&place);
}

enum call { ALERTS, EVENTS, AGENTS, ALERT, EVENT };

static json_t *call_as(struct weir_store *store, const struct weir_principal *by, enum call which,
		       const char *id, const char *query, unsigned status)
{
	struct weir_api_reply reply = {.body = WEIR_BUF_INIT(WEIR_API_REPLY_MAX)};
	json_t *json;

	switch (which) {
	case ALERTS:
		weir_api_list_alerts(store, by, query, NOW, &reply);
		break;
	case EVENTS:
		weir_api_list_events(store, by, query, NOW, &reply);
		break;
	case AGENTS:
		weir_api_list_agents(store, by, query, &reply);
		break;
	case ALERT:
		weir_api_get_alert(store, by, id, query, &reply);
		break;
	case EVENT:
		weir_api_get_event(store, by, id, query, &reply);
		break;
	}
	if (reply.status != status)
		print_error("%s?%s: %s", id ? id : "", query, reply.body.data);
	assert_int_equal(reply.status, status);
	json = json_loadb(reply.body.data, reply.body.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	if (status != 200) {
		const json_t *error = json_object_get(json, "error");

		assert_true(json_string_length(json_object_get(error, "code")) > 0);
		assert_true(json_string_length(json_object_get(error, "message")) > 0);
		assert_true(json_string_length(json_object_get(error, "hint")) > 0);
	}
	weir_buf_done(&reply.body);
	return json;
}

static json_t *call(struct weir_store *store, enum call which, const char *id, const char *query,
		    unsigned status)
{
	const struct weir_principal developer = weir_principal_developer();

	return call_as(store, &developer, which, id, query, status);
}

/* "1:4 1:3" for agent 1's sequences 4 and 3, in the order of the answer. */
static void rows(struct weir_store *store, enum call which, const char *query, const char *expected)
{
	json_t *json = call(store, which, NULL, query, 200);
	const json_t *array = json_object_get(json, "events");
	char text[512] = "", *end = text;

	assert_true(json_is_array(array));
	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *row = json_array_get(array, i);

		end += snprintf(end, sizeof(text) - (size_t)(end - text),
				"%s%c:%" JSON_INTEGER_FORMAT, i ? " " : "",
				json_string_value(json_object_get(row, "agent_uid"))[1],
				json_integer_value(json_object_get(row, "sequence")));
	}
	assert_string_equal(text, expected);
	json_decref(json);
}

static void api__lists_newest_first(void **state)
{
	rows(*state, EVENTS, "", "1:6 1:5 2:4 2:3 2:2 2:1 1:4 1:3 1:2 1:1");
}

static void api__filters(void **state)
{
	char query[128];

	rows(*state, EVENTS, "channel=removable", "1:6 1:5 1:4 1:3 1:2 1:1");
	rows(*state, EVENTS, "channel=network&action=audit&limit=2", "2:4 2:3");
	rows(*state, EVENTS, "action=block", "1:6 1:5 1:4 1:3 1:2 1:1");
	rows(*state, EVENTS, "alert=true", "2:4 2:3 2:2 2:1 1:4 1:3 1:2 1:1");
	rows(*state, EVENTS, "channel=share", "");
	rows(*state, EVENTS, "agent=02020202-0202-0202-0202-020202020202", "2:4 2:3 2:2 2:1");
	rows(*state, EVENTS, "agent=01010101010101010101010101010101&limit=3", "1:6 1:5 1:4");
	rows(*state, EVENTS, "agent=03030303030303030303030303030303", "");
	/* FAKE_TIME plus the sequence in seconds */
	rows(*state, EVENTS, "since=2026-11-18T11:06:43Z", "2:4 2:3 1:4 1:3");
	rows(*state, EVENTS, "since=2026-11-18T19%3A06:43.5%2b08:00", "2:4 1:4");
	rows(*state, EVENTS, "since=3597s", "2:4 2:3 1:4 1:3");
	rows(*state, EVENTS, "since=24h&limit=1", "1:6");
	rows(*state, EVENTS, "since=20000d&limit=1", "1:6");
	(void)snprintf(query, sizeof(query), "before=%s&channel=removable", "E-00036");
	rows(*state, EVENTS, query, "1:2 1:1");
}

static void api__pages(void **state)
{
	char query[64] = "limit=3", all[256] = "";
	unsigned pages = 0;

	for (;;) {
		json_t *json = call(*state, EVENTS, NULL, query, 200);
		const json_t *array = json_object_get(json, "events");
		const char *next = json_string_value(json_object_get(json, "next_before"));

		for (size_t i = 0; i < json_array_size(array); i++)
			(void)snprintf(
				all + strlen(all), sizeof(all) - strlen(all), "%s ",
				json_string_value(json_object_get(json_array_get(array, i), "id")));
		pages++;
		if (next)
			(void)snprintf(query, sizeof(query), "limit=3&before=%s", next);
		json_decref(json);
		if (!next)
			break;
	}
	assert_int_equal(pages, 4);
	assert_string_equal(all, "E-000AM E-0009J E-0008G E-0007E E-0006C E-0005A E-00048 E-00036 "
				 "E-00024 E-00012 ");
}

/* Fields that scripts rest on. */
static void api__shows_an_event_as_in_the_proto(void **state)
{
	json_t *json = call(*state, EVENT, "E-0005A", "", 200);
	const json_t *alert = json_object_get(json, "event");
	const char *text[][2] = {
		{"id", "E-0005A"},
		{"agent_uid", "02020202-0202-0202-0202-020202020202"},
		{"host_name", "ws-2"},
		{"time", "2026-11-18T11:06:41.000Z"},
		{"time_ns", "1795000001000000000"},
		{"spool_epoch", "9"},
		{"channel", "network"},
		{"action", "audit"},
		{"activity", "write"},
		{"rule", "stick-bulk-identity"},
		{"cause", "content"},
		{"hook", "lsm/file_permission"},
		{"tier", "lsm"},
		{"scan_status", "unspecified"},
	};
	const json_t *counts = json_object_get(alert, "counts");

	for (size_t i = 0; i < ARRAY_SIZE(text); i++)
		assert_string_equal(json_string_value(json_object_get(alert, text[i][0])),
				    text[i][1]);
	assert_true(json_is_true(json_object_get(alert, "alert")));
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(alert, "process"), "user_name")),
		"li.na");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(alert, "file"), "inode")),
		"18000000000000000001");
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(alert, "destination"), "port")),
		80);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(counts, 0), "distinct")),
			 20);
	assert_string_equal(
		json_string_value(json_object_get(
			json_array_get(json_object_get(alert, "findings"), 0), "masked")),
		"11************1X");
	json_decref(json);
}

static void api__names_unknown_numbers(void **state)
{
	const struct fake_event newer = {.channel = 77, .action = 99};
	json_t *json;

	put_batch(*state, &(struct fake_batch){
				  .agent = 4, .epoch = 9, .first = 1, .n = 1, .model = &newer});
	json = call(*state, EVENT, "E-000BP", "", 200);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(json, "event"), "channel")),
		"unknown");
	json_decref(json);
}

static void api__finds_one(void **state)
{
	static const struct {
		enum call which;
		unsigned status;
		const char *id, *query;
	} cases[] = {
		{EVENT, 200, "E-00012", ""},
		{EVENT, 200, "e-12", ""},
		{EVENT, 200, "E-0009J", ""},
		{EVENT, 400, "A-00012", ""},
		{EVENT, 404, "E-000CR", ""},
		{EVENT, 404, "E-00", ""},
		{EVENT, 404, "E-ZZZZZZZZZZZZZZ", ""},
		{EVENT, 400, "1", ""},
		{EVENT, 400, "E-00013", ""},
		{EVENT, 400, "E-00012'", ""},
		{EVENT, 400, "E-00012", "x=1"},
		{ALERT, 200, "A-00012", ""},
		{ALERT, 200, "a-12", ""},
		{ALERT, 400, "E-00012", ""},
		{ALERT, 400, "A-00013", ""},
		{ALERT, 404, "A-000CR", ""},
		{ALERT, 404, "A-00", ""},
		{ALERT, 400, "A-00012", "x=1"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		json_decref(
			call(*state, cases[i].which, cases[i].id, cases[i].query, cases[i].status));
}

static void api__refuses_malformed_queries(void **state)
{
	static const char *const queries[] = {
		"limit=0",
		"limit=501",
		"limit=-1",
		"limit=1x",
		"limit=",
		"limit",
		"limit=1&limit=2",
		"limit=99999999999999999999",
		"x=1",
		"=1",
		"&",
		"limit=1&",
		"&limit=1",
		"LIMIT=1",
		"before=5",
		"before=B-5",
		"before=E-U",
		"before=E-00013",
		"before=A-00012",
		"since=yesterday",
		"since=24",
		"since=-1h",
		"since=2026-13-01T00:00:00Z",
		"since=2026-02-30T00:00:00Z",
		"since=2026-11-18",
		"since=2026-11-18T11:06:43",
		"since=2026-11-18T11:06:43Zx",
		"since=2026-11-18T25:00:00Z",
		"since=1969-12-31T23:59:59Z",
		"since=1970-01-01T00:00:00%2B08:00",
		"since=9999-01-01T00:00:00Z",
		"since=2026-11-18T11:06:43.Z",
		"channel=usb",
		"channel=unspecified",
		"channel=REMOVABLE",
		"channel=2",
		"action=deny",
		"alert=yes",
		"alert=",
		"agent=1",
		"agent=0101010101010101010101010101010g",
		"agent=01010101-01010101-0101-0101-010101010101",
		"channel=%",
		"channel=%4",
		"channel=%zz",
		"channel=%00",
		"channel=removable%00",
		"limit=1;drop",
		"before=E-12%27%20OR%201",
	};
	char query[WEIR_API_QUERY_MAX + 10];

	for (size_t i = 0; i < ARRAY_SIZE(queries); i++)
		json_decref(call(*state, EVENTS, NULL, queries[i], 400));
	memset(query, 'a', sizeof(query) - 1);
	query[sizeof(query) - 1] = '\0';
	json_decref(call(*state, EVENTS, NULL, query, 400));
	memcpy(query, "channel=", 8);
	query[1000] = '\0';
	json_decref(call(*state, EVENTS, NULL, query, 400));
	json_decref(call(*state, AGENTS, NULL, "before=A-12", 400));
	json_decref(call(*state, AGENTS, NULL, "after=A-12", 400));
}

static void api__an_error_does_not_repeat_the_input(void **state)
{
	json_t *json = call(*state, EVENTS, NULL, "channel=SECRETVALUE", 400);
	char *text = json_dumps(json, 0);

	assert_null(strstr(text, "SECRETVALUE"));
	free(text);
	json_decref(json);
}

static void api__lists_agents_in_pages(void **state)
{
	json_t *json;
	const json_t *agents, *agent;

	put_batch(*state, &(struct fake_batch){.agent = 2, .epoch = 9, .n = 0, .n_drops = 2});
	json = call(*state, AGENTS, NULL, "limit=1", 200);
	assert_int_equal(json_array_size(json_object_get(json, "agents")), 1);
	assert_string_equal(json_string_value(json_object_get(json, "next_after")),
			    "01010101-0101-0101-0101-010101010101");
	json_decref(json);
	json = call(*state, AGENTS, NULL, "after=01010101-0101-0101-0101-010101010101", 200);
	agents = json_object_get(json, "agents");
	assert_int_equal(json_array_size(agents), 1);
	assert_true(json_is_null(json_object_get(json, "next_after")));
	agent = json_array_get(agents, 0);
	assert_string_equal(json_string_value(json_object_get(agent, "host_name")), "ws-2");
	assert_int_equal(json_integer_value(json_object_get(agent, "committed_sequence")), 4);
	assert_int_equal(json_integer_value(json_object_get(agent, "events")), 4);
	assert_int_equal(json_array_size(json_object_get(agent, "dropped")), 2);
	json_decref(json);
}

/* Large events: a page ends early, says so, and the next one goes on without a hole. */
static void api__bounds_a_page_by_bytes(void **state)
{
	const struct fake_event large = {.padding = 60000};
	char query[64] = "limit=500";
	unsigned pages = 0, n = 0;

	for (unsigned i = 0; i < 10; i++)
		put_batch(*state, &(struct fake_batch){.agent = 5,
						       .epoch = 9,
						       .first = 1 + 16 * i,
						       .n = 16,
						       .model = &large});
	for (;;) {
		json_t *json = call(*state, EVENTS, NULL, query, 200);
		const char *next = json_string_value(json_object_get(json, "next_before"));

		pages++;
		n += (unsigned)json_array_size(json_object_get(json, "events"));
		if (next)
			(void)snprintf(query, sizeof(query), "limit=500&before=%s", next);
		json_decref(json);
		if (!next)
			break;
	}
	assert_int_equal(n, 170);
	assert_int_equal(pages, 3);
}

/* "A-00024 A-00012" */
static void alerts(struct weir_store *store, const char *query, const char *expected)
{
	json_t *json = call(store, ALERTS, NULL, query, 200);
	const json_t *array = json_object_get(json, "alerts");
	char text[512] = "", *end = text;

	for (size_t i = 0; i < json_array_size(array); i++)
		end += snprintf(end, sizeof(text) - (size_t)(end - text), "%s%s", i ? " " : "",
				json_string_value(json_object_get(json_array_get(array, i), "id")));
	assert_string_equal(text, expected);
	json_decref(json);
}

static void api__lists_alerts(void **state)
{
	alerts(*state, "", "A-00024 A-00012");
	alerts(*state, "limit=1", "A-00024");
	alerts(*state, "before=A-00024", "A-00012");
	alerts(*state, "channel=removable", "A-00012");
	alerts(*state, "channel=usb", "A-00012");
	alerts(*state, "q=user:li.na%20-channel:usb", "A-00024");
	alerts(*state, "q=channel:usb&state=new&severity=low", "A-00012");
	alerts(*state, "host=ws-2", "A-00024");
	alerts(*state, "device=SYN-0001&user=li.na&rule=stick-bulk-identity", "A-00024 A-00012");
	alerts(*state, "state=resolved", "");
	alerts(*state, "verdict=none&assignee=nobody", "");
	alerts(*state, "destination=internet&detector=cn_resident_id&action=audit", "A-00024");
	alerts(*state, "agent=02020202020202020202020202020202&since=24h", "A-00024");
}

static void api__refuses_malformed_queries_of_alerts(void **state)
{
	static const char *const queries[] = {
		"state=open&state=new",
		"state=NEW",
		"q=li.na",
		"q=state:new&state=new",
		"before=E-00012",
		"before=A-00013",
		"severity=>=high+",
		"verdict=x",
		"since=yesterday",
		"host=",
		"x=1",
		"rule=%ff",
	};

	for (size_t i = 0; i < ARRAY_SIZE(queries); i++)
		json_decref(call(*state, ALERTS, NULL, queries[i], 400));
}

static void api__shows_an_alert_with_its_events(void **state)
{
	static const char *const text[][2] = {
		{"id", "A-00024"},
		{"state", "new"},
		{"verdict", "none"},
		{"severity", "medium"},
		{"assignee", ""},
		{"rule", "stick-bulk-identity"},
		{"user_name", "li.na"},
		{"destination", "internet"},
		{"channel", "network"},
		{"action", "audit"},
		{"first_time", "2026-11-18T11:06:41.000Z"},
		{"last_time", "2026-11-18T11:06:44.000Z"},
		{"created_time", "2026-11-18T12:06:40.000Z"},
		{"changed_time", "2026-11-18T12:06:40.000Z"},
		{"host_name", "ws-2"},
		{"process_name", "cp"},
		{"target", "192.0.2.7:80"},
	};
	static const struct {
		const char *name;
		json_int_t number;
	} numbers[] = {{"version", 1}, {"events", 4}, {"let_through", 4}, {"identifiers", 80}};
	json_t *json = call(*state, ALERT, "A-00024", "", 200);
	const json_t *alert = json_object_get(json, "alert"), *line, *host, *sample;

	for (size_t i = 0; i < ARRAY_SIZE(text); i++)
		assert_string_equal(json_string_value(json_object_get(alert, text[i][0])),
				    text[i][1]);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		assert_int_equal(json_integer_value(json_object_get(alert, numbers[i].name)),
				 numbers[i].number);
	host = json_array_get(json_object_get(alert, "hosts"), 0);
	assert_string_equal(json_string_value(json_object_get(host, "value")), "ws-2");
	assert_int_equal(json_integer_value(json_object_get(host, "count")), 4);
	assert_int_equal(json_array_size(json_object_get(alert, "devices")), 1);
	assert_int_equal(json_array_size(json_object_get(alert, "agents")), 1);
	assert_int_equal(json_array_size(json_object_get(alert, "detectors")), 1);
	assert_int_equal(json_array_size(json_object_get(alert, "log")), 4);
	line = json_array_get(json_object_get(alert, "log"), 0);
	assert_string_equal(json_string_value(json_object_get(line, "step")), "event");
	assert_string_equal(json_string_value(json_object_get(line, "event")), "E-0008G");
	sample = json_array_get(json_object_get(alert, "samples"), 3);
	assert_string_equal(json_string_value(json_object_get(sample, "id")), "E-0005A");
	assert_int_equal(json_array_size(json_object_get(alert, "groups")), 1);
	assert_int_equal(json_object_size(alert), 28);
	json_decref(json);
}

/* The answer to a change, or the code of its refusal. */
static json_t *change_as(struct weir_store *store, const struct weir_principal *by,
			 enum weir_triage_verb verb, const char *body, unsigned status)
{
	const struct weir_api_change wanted = {
		.verb = verb, .by = by, .body = body, .len = strlen(body), .now_ns = NOW};
	struct weir_api_reply reply = {.body = WEIR_BUF_INIT(WEIR_API_REPLY_MAX)};
	json_t *json;

	weir_api_change_alerts(store, &wanted, &reply);
	if (reply.status != status)
		print_error("%s: %s", body, reply.body.data);
	assert_int_equal(reply.status, status);
	json = json_loadb(reply.body.data, reply.body.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	weir_buf_done(&reply.body);
	return json;
}

static json_t *change(struct weir_store *store, enum weir_triage_verb verb, const char *body,
		      unsigned status)
{
	const struct weir_principal by = weir_principal_developer();

	return change_as(store, &by, verb, body, status);
}

static void changes(struct weir_store *store, enum weir_triage_verb verb, const char *body,
		    json_int_t n)
{
	json_t *json = change(store, verb, body, 200);

	assert_int_equal(json_integer_value(json_object_get(json, "count")), n);
	json_decref(json);
}

static void api__changes_alerts_by_id(void **state)
{
	changes(*state, WEIR_TRIAGE_ASSIGN, "{\"alerts\":[\"A-00012@1\"],\"assignee\":\"wang.wu\"}",
		1);
	alerts(*state, "assignee=wang.wu&state=in_progress", "A-00012");
	changes(*state, WEIR_TRIAGE_COMMENT, "{\"alerts\":[\"A-00012\"],\"text\":\"客户问过\"}", 1);
	changes(*state, WEIR_TRIAGE_CLOSE,
		"{\"alerts\":[\"A-00012@2\",\"A-00024\"],\"verdict\":\"false_positive\"}", 2);
	alerts(*state, "verdict=false_positive&state=resolved", "A-00024 A-00012");
	changes(*state, WEIR_TRIAGE_REOPEN, "{\"alerts\":[\"A-00024\"]}", 1);
	changes(*state, WEIR_TRIAGE_SUPPRESS,
		"{\"alerts\":[\"A-00024\"],\"until\":\"7d\",\"text\":\"archive\"}", 1);
	alerts(*state, "state=suppressed", "A-00024");
}

/* All or none, and the first to come. */
static void api__refuses_changes(void **state)
{
	static const struct {
		enum weir_triage_verb verb;
		unsigned status;
		const char *body;
	} cases[] = {
		{WEIR_TRIAGE_CLOSE, 400, ""},
		{WEIR_TRIAGE_CLOSE, 400, "[]"},
		{WEIR_TRIAGE_CLOSE, 400, "{}"},
		{WEIR_TRIAGE_CLOSE, 400, "{\"alerts\":[\"A-00012\"]}"},
		{WEIR_TRIAGE_CLOSE, 400, "{\"alerts\":[],\"verdict\":\"test\"}"},
		{WEIR_TRIAGE_CLOSE, 400, "{\"alerts\":[7],\"verdict\":\"test\"}"},
		{WEIR_TRIAGE_CLOSE, 400, "{\"alerts\":[\"A-00013\"],\"verdict\":\"test\"}"},
		{WEIR_TRIAGE_CLOSE, 400, "{\"alerts\":[\"A-00012@0\"],\"verdict\":\"test\"}"},
		{WEIR_TRIAGE_CLOSE, 400, "{\"alerts\":[\"A-00012@x\"],\"verdict\":\"test\"}"},
		{WEIR_TRIAGE_CLOSE, 400, "{\"alerts\":[\"A-00012\"],\"verdict\":\"none\"}"},
		{WEIR_TRIAGE_CLOSE, 400, "{\"alerts\":[\"A-00012\"],\"verdict\":\"test\",\"x\":1}"},
		{WEIR_TRIAGE_CLOSE, 400,
		 "{\"alerts\":[\"A-00012\"],\"query\":\"\",\"verdict\":\"test\"}"},
		{WEIR_TRIAGE_CLOSE, 400, "{\"query\":\"li.na\",\"verdict\":\"test\"}"},
		{WEIR_TRIAGE_COMMENT, 400, "{\"alerts\":[\"A-00012\"],\"text\":\"\\u001b[31m\"}"},
		{WEIR_TRIAGE_COMMENT, 400, "{\"alerts\":[\"A-00012\"],\"text\":\"a\\u0000b\"}"},
		{WEIR_TRIAGE_SUPPRESS, 400,
		 "{\"alerts\":[\"A-00012\"],\"until\":\"91d\",\"text\":\"x\"}"},
		{WEIR_TRIAGE_SUPPRESS, 400, "{\"alerts\":[\"A-00012\"],\"until\":\"7d\"}"},
		{WEIR_TRIAGE_CLOSE, 404,
		 "{\"alerts\":[\"A-00012\",\"A-0009J\"],\"verdict\":\"test\"}"},
		{WEIR_TRIAGE_CLOSE, 409, "{\"alerts\":[\"A-00012@2\"],\"verdict\":\"test\"}"},
		{WEIR_TRIAGE_REOPEN, 409, "{\"alerts\":[\"A-00012\"]}"},
		{WEIR_TRIAGE_CLOSE, 409, "{\"query\":\"\",\"expect\":3,\"verdict\":\"test\"}"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		json_decref(change(*state, cases[i].verb, cases[i].body, cases[i].status));
	alerts(*state, "state=new", "A-00024 A-00012");
}

static void api__changes_what_a_query_finds(void **state)
{
	json_t *json;

	json = change(*state, WEIR_TRIAGE_CLOSE,
		      "{\"query\":\"state:new user:li.na\",\"dry_run\":true,\"verdict\":\"test\"}",
		      200);
	assert_int_equal(json_integer_value(json_object_get(json, "count")), 2);
	assert_string_equal(json_string_value(json_object_get(json, "through")), "A-00024");
	assert_true(json_is_true(json_object_get(json, "dry_run")));
	json_decref(json);
	alerts(*state, "state=new", "A-00024 A-00012");
	/* One that came behind the preview is left alone. */
	put_batch(*state, &(struct fake_batch){.agent = 3, .epoch = 9, .first = 1, .n = 1});
	changes(*state, WEIR_TRIAGE_CLOSE,
		"{\"query\":\"state:new user:li.na\",\"through\":\"A-00024\",\"expect\":2,"
		"\"verdict\":\"test\"}",
		2);
	alerts(*state, "state=new", "A-00036");
	changes(*state, WEIR_TRIAGE_CLOSE, "{\"query\":\"user:nobody\",\"verdict\":\"test\"}", 0);
}

static int find_trace(void *context, const struct weir_audit_entry *entry)
{
	char *text = context;

	(void)snprintf(text, 512, "%s %s %s", entry->entry.action, entry->entry.object,
		       entry->entry.detail);
	return 1;
}

static void api__leaves_a_trace(void **state)
{
	const struct weir_audit_filter newest = {.newest_first = true, .limit = 1};
	char text[512] = "";

	changes(*state, WEIR_TRIAGE_CLOSE,
		"{\"alerts\":[\"A-00012\",\"A-00024\"],\"verdict\":\"test\",\"text\":\"why\"}", 2);
	assert_int_equal(weir_audit_list(*state, &newest, find_trace, text), 0);
	assert_string_equal(
		text, "alert.close alert A-00012 "
		      "{\"alerts\":[\"A-00012\",\"A-00024\"],\"count\":2,\"verdict\":\"test\"}");
}

/* The status of a call about sinks; its answer's first text in text. */
static unsigned sinks(struct weir_store *store, const char *body, const char *name, char *text)
{
	const struct weir_principal by = weir_principal_developer();
	struct weir_api_reply reply = {.body = WEIR_BUF_INIT(WEIR_API_REPLY_MAX)};

	if (body)
		weir_api_add_sink(store, &by, body, strlen(body), &reply);
	else if (name)
		weir_api_remove_sink(store, &by, name, &reply);
	else
		weir_api_list_sinks(store, "", &reply);
	(void)snprintf(text, 512, "%s", reply.body.data);
	weir_buf_done(&reply.body);
	return reply.status;
}

static void api__keeps_sinks(void **state)
{
	static const char *const bad[] = {"",
					  "{}",
					  "{\"name\":\"a\"}",
					  "{\"name\":\"../a\",\"kind\":\"file\"}",
					  "{\"name\":\"a\",\"kind\":\"ftp\"}",
					  "{\"name\":\"a\",\"kind\":\"file\",\"path\":\"/etc\"}",
					  "{\"name\":\"a\",\"kind\":\"file\",\"format\":\"cef\"}",
					  "{\"name\":\"a\",\"kind\":\"file\",\"format\":\"xml\"}",
					  "{\"name\":\"a\",\"kind\":\"syslog\"}",
					  "{\"name\":\"a\",\"kind\":\"syslog\",\"address\":\"h\","
					  "\"secret\":\"s3cret\"}"};
	static const char row[] = "{\"name\":\"archive\",\"kind\":\"file\",\"format\":\"ocsf\","
				  "\"target\":\"\",\"position\":8,\"behind\":0,\"failures\":0,"
				  "\"error\":\"\",\"tests_asked\":0,\"tests_done\":0,"
				  "\"test_error\":\"\"}";
	const struct weir_audit_filter newest = {.newest_first = true, .limit = 1};
	char text[512];

	assert_int_equal(weir_export_init(*state, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(sinks(*state, bad[i], NULL, text), 400);
		assert_null(strstr(text, "s3cret"));
	}
	assert_int_equal(sinks(*state, "{\"name\":\"archive\",\"kind\":\"file\"}", NULL, text),
			 201);
	assert_int_equal(sinks(*state, "{\"name\":\"archive\",\"kind\":\"file\"}", NULL, text),
			 409);
	assert_int_equal(sinks(*state, NULL, NULL, text), 200);
	assert_non_null(strstr(text, row));
	assert_int_equal(sinks(*state, NULL, "../archive", text), 404);
	assert_int_equal(sinks(*state, NULL, "archive", text), 200);
	assert_int_equal(sinks(*state, NULL, "archive", text), 404);
	assert_int_equal(weir_audit_list(*state, &newest, find_trace, text), 0);
	assert_string_equal(text, "sink.remove sink archive ");
}

/* What a list shows of one is what the log has of it. */
static void api__asks_sinks_for_a_test(void **state)
{
	static const char body[] = "{\"name\":\"siem\",\"kind\":\"syslog\",\"format\":\"cef\","
				   "\"address\":\"siem.example:6514\"}";
	const struct weir_principal by = weir_principal_developer();
	const struct weir_audit_filter newest = {.newest_first = true, .limit = 1};
	struct weir_api_reply reply = {.body = WEIR_BUF_INIT(WEIR_API_REPLY_MAX)};
	char text[512];

	assert_int_equal(weir_export_init(*state, NULL), 0);
	assert_int_equal(sinks(*state, body, NULL, text), 201);
	assert_non_null(strstr(text, "\"target\":\"siem.example:6514\""));
	assert_int_equal(weir_audit_list(*state, &newest, find_trace, text), 0);
	assert_string_equal(text, "sink.add sink siem {\"kind\":\"syslog\",\"format\":\"cef\","
				  "\"target\":\"siem.example:6514\"}");
	weir_api_test_sink(*state, &by, "siem", &reply);
	assert_int_equal(reply.status, 202);
	assert_string_equal(reply.body.data, "{\"test\":1}\n");
	weir_api_test_sink(*state, &by, "other", &reply);
	assert_int_equal(reply.status, 404);
	weir_api_test_sink(*state, &by, "../siem", &reply);
	assert_int_equal(reply.status, 404);
	assert_int_equal(weir_audit_list(*state, &newest, find_trace, text), 0);
	assert_string_equal(text, "sink.test sink siem ");
	assert_int_equal(sinks(*state, NULL, NULL, text), 200);
	assert_non_null(strstr(text, "\"tests_asked\":1,\"tests_done\":0"));
	weir_buf_done(&reply.body);
}

/* An analyst of these groups, with a NULL behind the last. */
static struct weir_principal analyst_of(const char *const *groups)
{
	struct weir_principal by = {
		.id = 7, .name = "li.na", .roles = WEIR_ROLE_BIT(WEIR_ROLE_SENIOR)};

	by.permissions = weir_roles_permissions(by.roles);
	for (; *groups; groups++)
		(void)snprintf(by.groups[by.n_groups++], sizeof(by.groups[0]), "%s", *groups);
	return by;
}

static size_t seen(struct weir_store *store, const struct weir_principal *by, enum call which,
		   const char *member)
{
	json_t *json = call_as(store, by, which, NULL, "", 200);
	size_t n = json_array_size(json_object_get(json, member));

	assert_true(json_is_array(json_object_get(json, member)));
	json_decref(json);
	return n;
}

static void expect_seen(struct weir_store *store, const char *const *groups, size_t events,
			size_t alerts, size_t agents)
{
	const struct weir_principal by = analyst_of(groups);

	assert_int_equal(seen(store, &by, EVENTS, "events"), events);
	assert_int_equal(seen(store, &by, ALERTS, "alerts"), alerts);
	assert_int_equal(seen(store, &by, AGENTS, "agents"), agents);
}

#define OF(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NONE	((const char *const[]){NULL})

/* Beside the ten events of endpoints in no group: two of agent 3 in the north, one of agent 4 in the
 * south. */
static void put_groups(struct weir_store *store)
{
	put_batch_in(store, &(struct fake_batch){.agent = 3, .epoch = 9, .first = 1, .n = 2},
		     "north");
	put_batch_in(store, &(struct fake_batch){.agent = 4, .epoch = 9, .first = 1, .n = 1},
		     "south");
}

static void groups__bound_lists(void **state)
{
	struct weir_store *store = *state;
	const struct weir_principal nobody = {.every_group = true};
	struct weir_principal all = analyst_of(NONE), administrator = {.id = 8};

	put_groups(store);
	expect_seen(store, OF("north"), 2, 1, 1);
	expect_seen(store, OF("south"), 1, 1, 1);
	expect_seen(store, OF("north", "south"), 3, 2, 2);
	expect_seen(store, OF("south", "east", "north"), 3, 2, 2);
	expect_seen(store, OF("east"), 0, 0, 0);
	expect_seen(store, OF("nort_"), 0, 0, 0);
	expect_seen(store, OF("NORTH"), 0, 0, 0);
	expect_seen(store, NONE, 0, 0, 0);
	all.every_group = true;
	assert_int_equal(seen(store, &all, EVENTS, "events"), 13);
	assert_int_equal(seen(store, &all, ALERTS, "alerts"), 4);
	assert_int_equal(seen(store, &all, AGENTS, "agents"), 4);
	assert_int_equal(seen(store, &nobody, EVENTS, "events"), 0);
	assert_int_equal(seen(store, &nobody, ALERTS, "alerts"), 0);
	/* who runs the machines sees them all, and nothing of what they found */
	administrator.permissions = weir_roles_permissions(WEIR_ROLE_BIT(WEIR_ROLE_ADMINISTRATOR));
	assert_int_equal(seen(store, &administrator, AGENTS, "agents"), 4);
	assert_int_equal(seen(store, &administrator, EVENTS, "events"), 0);
	assert_int_equal(seen(store, &administrator, ALERTS, "alerts"), 0);
}

/* The first row's id of a list. */
static void first_id(struct weir_store *store, const char *const *groups, enum call which,
		     const char *member, char id[static 32])
{
	const struct weir_principal by = analyst_of(groups);
	json_t *json = call_as(store, &by, which, NULL, "", 200);
	const json_t *row = json_array_get(json_object_get(json, member), 0);

	(void)snprintf(id, 32, "%s", json_string_value(json_object_get(row, "id")));
	json_decref(json);
}

static void expect_single(struct weir_store *store, const char *const *groups, enum call which,
			  const char *id, unsigned status)
{
	const struct weir_principal by = analyst_of(groups);

	json_decref(call_as(store, &by, which, id, "", status));
}

static void groups__bound_what_is_read_alone(void **state)
{
	struct weir_store *store = *state;
	char event[32], alert[32];

	put_groups(store);
	first_id(store, OF("north"), EVENTS, "events", event);
	first_id(store, OF("north"), ALERTS, "alerts", alert);
	expect_single(store, OF("north"), EVENT, event, 200);
	expect_single(store, OF("south", "north"), EVENT, event, 200);
	expect_single(store, OF("south"), EVENT, event, 404);
	expect_single(store, NONE, EVENT, event, 404);
	expect_single(store, OF("north"), ALERT, alert, 200);
	expect_single(store, OF("south"), ALERT, alert, 404);
	expect_single(store, NONE, ALERT, alert, 404);
	/* of an endpoint in no group */
	expect_single(store, OF("north"), EVENT, "E-00012", 404);
	expect_single(store, OF("north"), ALERT, "A-00012", 404);
	json_decref(call(store, ALERT, "A-00012", "", 200));
}

/* Nobody changes what they do not see. */
static void groups__bound_changes(void **state)
{
	struct weir_store *store = *state;
	const struct weir_principal north = analyst_of(OF("north"));
	char alert[32], body[128];
	json_t *json;

	put_groups(store);
	first_id(store, OF("south"), ALERTS, "alerts", alert);
	(void)snprintf(body, sizeof(body), "{\"alerts\":[\"%s\"],\"assignee\":\"x\"}", alert);
	json_decref(change_as(store, &north, WEIR_TRIAGE_ASSIGN, body, 404));
	first_id(store, OF("north"), ALERTS, "alerts", alert);
	(void)snprintf(body, sizeof(body), "{\"alerts\":[\"%s\",\"A-00012\"],\"assignee\":\"x\"}",
		       alert);
	json_decref(change_as(store, &north, WEIR_TRIAGE_ASSIGN, body, 404));
	json = change_as(store, &north, WEIR_TRIAGE_ASSIGN,
			 "{\"query\":\"state:open\",\"assignee\":\"x\"}", 200);
	assert_int_equal(json_integer_value(json_object_get(json, "count")), 1);
	json_decref(json);
	/* the query's one is the north's, and the others are as they were */
	json = call(store, ALERT, alert, "", 200);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(json, "alert"), "version")), 2);
	json_decref(json);
	json = call(store, ALERT, "A-00012", "", 200);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(json, "alert"), "version")), 1);
	json_decref(json);
}

/* What happened in two groups is for those who see both; an endpoint that moved is where it is. */
static void groups__of_an_alert_are_all_asked_for(void **state)
{
	struct weir_store *store = *state;

	put_groups(store);
	put_batch_in(store, &(struct fake_batch){.agent = 3, .epoch = 9, .first = 3, .n = 1},
		     "south");
	expect_seen(store, OF("north"), 0, 0, 0);
	expect_seen(store, OF("south"), 4, 1, 2);
	expect_seen(store, OF("north", "south"), 4, 2, 2);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(api__lists_newest_first, setup, teardown),
		cmocka_unit_test_setup_teardown(api__filters, setup, teardown),
		cmocka_unit_test_setup_teardown(api__pages, setup, teardown),
		cmocka_unit_test_setup_teardown(api__shows_an_event_as_in_the_proto, setup,
						teardown),
		cmocka_unit_test_setup_teardown(api__names_unknown_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(api__finds_one, setup, teardown),
		cmocka_unit_test_setup_teardown(api__refuses_malformed_queries, setup, teardown),
		cmocka_unit_test_setup_teardown(api__an_error_does_not_repeat_the_input, setup,
						teardown),
		cmocka_unit_test_setup_teardown(api__lists_agents_in_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(api__lists_alerts, setup, teardown),
		cmocka_unit_test_setup_teardown(api__refuses_malformed_queries_of_alerts, setup,
						teardown),
		cmocka_unit_test_setup_teardown(api__shows_an_alert_with_its_events, setup,
						teardown),
		cmocka_unit_test_setup_teardown(api__changes_alerts_by_id, setup, teardown),
		cmocka_unit_test_setup_teardown(api__refuses_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(api__changes_what_a_query_finds, setup, teardown),
		cmocka_unit_test_setup_teardown(api__leaves_a_trace, setup, teardown),
		cmocka_unit_test_setup_teardown(api__keeps_sinks, setup, teardown),
		cmocka_unit_test_setup_teardown(api__asks_sinks_for_a_test, setup, teardown),
		cmocka_unit_test_setup_teardown(api__bounds_a_page_by_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(groups__bound_lists, setup, teardown),
		cmocka_unit_test_setup_teardown(groups__bound_what_is_read_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(groups__bound_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(groups__of_an_alert_are_all_asked_for, setup,
						teardown),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
