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
#include "weir/console_api/api.h"
#include "weir/console_ingest/ingest.h"

#define NOW (FAKE_TIME + UINT64_C(3600) * 1000000000)

static void put_batch(struct weir_store *store, const struct fake_batch *batch)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);
	struct weir_ingest_reply reply = {.ack = WEIR_BUF_INIT(WEIR_INGEST_ACK_MAX)};
	struct weir_ingest_request request = {.content_type = "application/x-protobuf",
					      .now_ns = NOW};

	fake_batch(batch, &bytes);
	request.body = bytes.data;
	request.len = bytes.len;
	weir_ingest_batch(store, &request, &reply);
	assert_int_equal(reply.status, 200);
	weir_buf_done(&reply.ack);
}

/* Ten events: 1-4 removable blocks of agent 1, 5-8 network audits of agent 2, 9-10 no alerts of
 * agent 1. */
static int setup(void **state)
{
	static const struct fake_event network = {.channel = 4, .action = 2};
	static const struct fake_event quiet = {.no_alert = true, .time_ns = FAKE_TIME + 999};
	struct weir_store *store = NULL;

	if (weir_store_open_memory(&store) < 0)
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
	weir_store_free(*state);
	return 0;
}

enum call { ALERTS, EVENTS, AGENTS, ALERT, EVENT };

static json_t *call(struct weir_store *store, enum call which, const char *id, const char *query,
		    unsigned status)
{
	struct weir_api_reply reply = {.body = WEIR_BUF_INIT(WEIR_API_REPLY_MAX)};
	json_t *json;

	switch (which) {
	case ALERTS:
		weir_api_list_alerts(store, query, NOW, &reply);
		break;
	case EVENTS:
		weir_api_list_events(store, query, NOW, &reply);
		break;
	case AGENTS:
		weir_api_list_agents(store, query, &reply);
		break;
	case ALERT:
		weir_api_get_alert(store, id, query, &reply);
		break;
	case EVENT:
		weir_api_get_event(store, id, query, &reply);
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

/* "1:4 1:3" for agent 1's sequences 4 and 3, in the order of the answer. */
static void rows(struct weir_store *store, enum call which, const char *query, const char *expected)
{
	json_t *json = call(store, which, NULL, query, 200);
	const json_t *array = json_object_get(json, which == ALERTS ? "alerts" : "events");
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
	rows(*state, ALERTS, "", "2:4 2:3 2:2 2:1 1:4 1:3 1:2 1:1");
	rows(*state, EVENTS, "", "1:6 1:5 2:4 2:3 2:2 2:1 1:4 1:3 1:2 1:1");
}

static void api__filters(void **state)
{
	char query[128];

	rows(*state, ALERTS, "channel=removable", "1:4 1:3 1:2 1:1");
	rows(*state, ALERTS, "channel=network&action=audit&limit=2", "2:4 2:3");
	rows(*state, ALERTS, "action=block", "1:4 1:3 1:2 1:1");
	rows(*state, ALERTS, "channel=share", "");
	rows(*state, ALERTS, "agent=02020202-0202-0202-0202-020202020202", "2:4 2:3 2:2 2:1");
	rows(*state, EVENTS, "agent=01010101010101010101010101010101&limit=3", "1:6 1:5 1:4");
	rows(*state, ALERTS, "agent=03030303030303030303030303030303", "");
	/* FAKE_TIME plus the sequence in seconds */
	rows(*state, ALERTS, "since=2026-11-18T11:06:43Z", "2:4 2:3 1:4 1:3");
	rows(*state, ALERTS, "since=2026-11-18T19%3A06:43.5%2b08:00", "2:4 1:4");
	rows(*state, ALERTS, "since=3597s", "2:4 2:3 1:4 1:3");
	rows(*state, ALERTS, "since=24h&limit=1", "2:4");
	rows(*state, ALERTS, "since=20000d&limit=1", "2:4");
	(void)snprintf(query, sizeof(query), "before=%s&channel=removable", "A-00036");
	rows(*state, ALERTS, query, "1:2 1:1");
}

static void api__pages(void **state)
{
	char query[64] = "limit=3", all[256] = "";
	unsigned pages = 0;

	for (;;) {
		json_t *json = call(*state, ALERTS, NULL, query, 200);
		const json_t *array = json_object_get(json, "alerts");
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
	assert_int_equal(pages, 3);
	assert_string_equal(all,
			    "A-0008G A-0007E A-0006C A-0005A A-00048 A-00036 A-00024 A-00012 ");
}

/* Fields that scripts rest on. */
static void api__shows_an_event_as_in_the_proto(void **state)
{
	json_t *json = call(*state, ALERT, "A-0005A", "", 200);
	const json_t *alert = json_object_get(json, "alert");
	const char *text[][2] = {
		{"id", "A-0005A"},
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
	json = call(*state, ALERT, "A-000BP", "", 200);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(json, "alert"), "channel")),
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
		{ALERT, 200, "A-00012", ""},	{ALERT, 200, "a-12", ""},
		{EVENT, 400, "A-00012", ""},	{EVENT, 200, "E-0009J", ""},
		{ALERT, 404, "A-0009J", ""},	{ALERT, 404, "A-000CR", ""},
		{ALERT, 404, "A-00", ""},	{ALERT, 404, "A-ZZZZZZZZZZZZZZ", ""},
		{ALERT, 400, "1", ""},		{ALERT, 400, "A-00012'", ""},
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
		"before=A-U",
		"before=A-00013",
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
		"agent=1",
		"agent=0101010101010101010101010101010g",
		"agent=01010101-01010101-0101-0101-010101010101",
		"channel=%",
		"channel=%4",
		"channel=%zz",
		"channel=%00",
		"channel=removable%00",
		"limit=1;drop",
		"before=A-12%27%20OR%201",
	};
	char query[WEIR_API_QUERY_MAX + 10];

	for (size_t i = 0; i < ARRAY_SIZE(queries); i++)
		json_decref(call(*state, ALERTS, NULL, queries[i], 400));
	memset(query, 'a', sizeof(query) - 1);
	query[sizeof(query) - 1] = '\0';
	json_decref(call(*state, ALERTS, NULL, query, 400));
	memcpy(query, "channel=", 8);
	query[1000] = '\0';
	json_decref(call(*state, EVENTS, NULL, query, 400));
	json_decref(call(*state, AGENTS, NULL, "before=A-12", 400));
	json_decref(call(*state, AGENTS, NULL, "after=A-12", 400));
}

static void api__an_error_does_not_repeat_the_input(void **state)
{
	json_t *json = call(*state, ALERTS, NULL, "channel=SECRETVALUE", 400);
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
		json_t *json = call(*state, ALERTS, NULL, query, 200);
		const char *next = json_string_value(json_object_get(json, "next_before"));

		pages++;
		n += (unsigned)json_array_size(json_object_get(json, "alerts"));
		if (next)
			(void)snprintf(query, sizeof(query), "limit=500&before=%s", next);
		json_decref(json);
		if (!next)
			break;
	}
	assert_int_equal(n, 168);
	assert_int_equal(pages, 3);
}

int main(void)
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
		cmocka_unit_test_setup_teardown(api__bounds_a_page_by_bytes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
