/* SPDX-License-Identifier: Apache-2.0 */
/* Events and agents as they are read. */

#include "fixture.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/macros.h"
#include "weir/console_api/api.h"

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
		{"kernel_sequence", "18000000000000000002"},
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

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(api__lists_newest_first, api_setup, api_teardown),
		cmocka_unit_test_setup_teardown(api__filters, api_setup, api_teardown),
		cmocka_unit_test_setup_teardown(api__pages, api_setup, api_teardown),
		cmocka_unit_test_setup_teardown(api__shows_an_event_as_in_the_proto, api_setup,
						api_teardown),
		cmocka_unit_test_setup_teardown(api__names_unknown_numbers, api_setup,
						api_teardown),
		cmocka_unit_test_setup_teardown(api__finds_one, api_setup, api_teardown),
		cmocka_unit_test_setup_teardown(api__refuses_malformed_queries, api_setup,
						api_teardown),
		cmocka_unit_test_setup_teardown(api__an_error_does_not_repeat_the_input, api_setup,
						api_teardown),
		cmocka_unit_test_setup_teardown(api__lists_agents_in_pages, api_setup,
						api_teardown),
		cmocka_unit_test_setup_teardown(api__bounds_a_page_by_bytes, api_setup,
						api_teardown),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
