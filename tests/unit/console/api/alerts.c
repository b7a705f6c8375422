/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts: read, changed, and the trace of it. */

#include "fixture.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/macros.h"
#include "weir/console_audit/audit.h"

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

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(api__lists_alerts, api_setup, api_teardown),
		cmocka_unit_test_setup_teardown(api__refuses_malformed_queries_of_alerts, api_setup,
						api_teardown),
		cmocka_unit_test_setup_teardown(api__shows_an_alert_with_its_events, api_setup,
						api_teardown),
		cmocka_unit_test_setup_teardown(api__changes_alerts_by_id, api_setup, api_teardown),
		cmocka_unit_test_setup_teardown(api__refuses_changes, api_setup, api_teardown),
		cmocka_unit_test_setup_teardown(api__changes_what_a_query_finds, api_setup,
						api_teardown),
		cmocka_unit_test_setup_teardown(api__leaves_a_trace, api_setup, api_teardown),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
