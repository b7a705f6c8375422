/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "ocsf_rules.h"
#include "sample.h"

/* The record as JSON, checked against the schema; its text too. */
static json_t *write_record(const struct weir_export_record *record, struct weir_buf *text)
{
	const char *fault;
	json_t *json;

	assert_int_equal(weir_export_ocsf(record, text), 1);
	assert_null(strchr(text->data, '\n'));
	json = json_loadb(text->data, text->len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	fault = ocsf_fault(json);
	if (fault)
		fail_msg("%s in %s", fault, text->data);
	return json;
}

/* "finding_info.uid" */
static const json_t *at(const json_t *json, const char *path)
{
	char name[64];

	while (json && *path) {
		size_t len = strcspn(path, ".");

		(void)snprintf(name, sizeof(name), "%.*s", (int)len, path);
		json = json_object_get(json, name);
		path += len + (path[len] == '.');
	}
	return json;
}

struct expected {
	const char *path;
	const char *text; /* NULL: number */
	json_int_t number;
};

static void check(const json_t *json, const struct expected *expected, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const json_t *value = at(json, expected[i].path);

		if (!value)
			fail_msg("%s is missing", expected[i].path);
		if (expected[i].text)
			assert_string_equal(json_string_value(value), expected[i].text);
		else
			assert_int_equal(json_integer_value(value), expected[i].number);
	}
}

static void ocsf__writes_a_finding(void **state)
{
	static const struct expected expected[] = {
		{"class_uid", NULL, 2006},
		{"category_uid", NULL, 2},
		{"activity_id", NULL, 1},
		{"type_uid", NULL, 200601},
		{"type_name", "Data Security Finding: Create", 0},
		{"time", NULL, 1794999941123},
		{"start_time", NULL, 1794999940123},
		{"end_time", NULL, 1794999999123},
		{"count", NULL, 5000},
		{"severity_id", NULL, 3},
		{"severity", "Medium", 0},
		{"status_id", NULL, 1},
		{"verdict_id", NULL, 0},
		{"action_id", NULL, 2},
		{"disposition_id", NULL, 2},
		{"metadata.version", "1.8.0", 0},
		{"metadata.product.name", "Weir", 0},
		{"metadata.sequence", NULL, 77},
		{"metadata.uid", "77", 0},
		{"metadata.logged_time", NULL, 1795000000123},
		{"finding_info.uid", "A-00104", 0},
		{"finding_info.title", "stick-bulk-identity", 0},
		{"finding_info.related_events_count", NULL, 5000},
		{"finding_info.first_seen_time", NULL, 1794999940123},
		{"finding_info.last_seen_time", NULL, 1794999999123},
		{"finding_info.created_time", NULL, 1794999941123},
		{"finding_info.modified_time", NULL, 1795000000123},
		{"data_security.detection_system_id", NULL, 1},
		{"data_security.data_lifecycle_state_id", NULL, 3},
		{"data_security.policy.uid", "stick-bulk-identity", 0},
		{"data_security.detection_pattern", "cn_resident_id", 0},
		{"data_security.pattern_match", "11************1X", 0},
		{"actor.process.pid", NULL, 4711},
		{"actor.process.name", "cp", 0},
		{"actor.user.name", "li.na", 0},
		{"actor.user.uid", "1000", 0},
		{"device.hostname", "ws-7", 0},
		{"device.uid", "01010101-0101-0101-0101-010101010101", 0},
		{"file.name", "list.csv", 0},
		{"file.path", "/media/stick/list.csv", 0},
		{"file.size", NULL, 4096},
		{"file.mime_type", "text/csv", 0},
		{"unmapped.counts.cn_resident_id", NULL, 20},
		{"unmapped.counts.payment_card", NULL, 3},
		{"unmapped.channel", "removable", 0},
		{"unmapped.tier", "lsm", 0},
	};
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);
	struct sample sample;
	json_t *json;

	sample_init(&sample);
	json = write_record(&sample.record, &text);
	check(json, expected, ARRAY_SIZE(expected));
	assert_true(json_is_true(at(json, "is_alert")));
	assert_null(at(json, "assignee"));
	assert_null(at(json, "dst_endpoint"));
	json_decref(json);
}

static void ocsf__names_every_state_and_verdict(void **state)
{
	static const struct {
		uint32_t state, verdict, severity;
		json_int_t status_id, verdict_id, severity_id;
	} cases[] = {
		{WEIR_ALERT_NEW, WEIR_VERDICT_NONE, WEIR_SEVERITY_LOW, 1, 0, 2},
		{WEIR_ALERT_IN_PROGRESS, WEIR_VERDICT_NONE, WEIR_SEVERITY_MEDIUM, 2, 0, 3},
		{WEIR_ALERT_SUPPRESSED, WEIR_VERDICT_NONE, WEIR_SEVERITY_HIGH, 3, 0, 4},
		{WEIR_ALERT_RESOLVED, WEIR_VERDICT_FALSE_POSITIVE, WEIR_SEVERITY_CRITICAL, 4, 1, 5},
		{WEIR_ALERT_RESOLVED, WEIR_VERDICT_TRUE_POSITIVE, WEIR_SEVERITY_LOW, 4, 2, 2},
		{WEIR_ALERT_RESOLVED, WEIR_VERDICT_BENIGN_AUTHORISED, WEIR_SEVERITY_LOW, 4, 5, 2},
		{WEIR_ALERT_RESOLVED, WEIR_VERDICT_TEST, WEIR_SEVERITY_LOW, 4, 6, 2},
		{WEIR_ALERT_RESOLVED, WEIR_VERDICT_DUPLICATE, WEIR_SEVERITY_LOW, 4, 10, 2},
	};
	struct sample sample;

	sample_init(&sample);
	sample.alert.assignee = "wang.wu";
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct weir_buf text _cleanup_(weir_buf_done) =
			WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);
		json_t *json;

		sample.alert.state = cases[i].state;
		sample.alert.verdict = cases[i].verdict;
		sample.alert.severity = cases[i].severity;
		sample.record.step = WEIR_EXPORT_CLOSE;
		json = write_record(&sample.record, &text);
		check(json,
		      (const struct expected[]){
			      {"status_id", NULL, cases[i].status_id},
			      {"verdict_id", NULL, cases[i].verdict_id},
			      {"severity_id", NULL, cases[i].severity_id},
			      {"type_uid", NULL, 200603},
			      {"assignee.name", "wang.wu", 0},
		      },
		      5);
		json_decref(json);
	}
}

static void ocsf__tells_what_was_done(void **state)
{
	static const struct {
		int action;
		bool late, justified;
		json_int_t action_id, disposition_id;
	} cases[] = {
		{WEIR__V1__ACTION__ACTION_ALLOW, false, false, 1, 1},
		{WEIR__V1__ACTION__ACTION_AUDIT, false, false, 1, 15},
		{WEIR__V1__ACTION__ACTION_WARN, false, false, 2, 2},
		{WEIR__V1__ACTION__ACTION_WARN, false, true, 1, 8},
		{WEIR__V1__ACTION__ACTION_BLOCK, false, false, 2, 2},
		{WEIR__V1__ACTION__ACTION_BLOCK, true, false, 1, 15},
		{WEIR__V1__ACTION__ACTION_QUARANTINE, false, false, 2, 3},
		{WEIR__V1__ACTION__ACTION_QUARANTINE, true, false, 1, 3},
	};
	struct sample sample;

	sample_init(&sample);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct weir_buf text _cleanup_(weir_buf_done) =
			WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);
		json_t *json;

		sample.event.action = (Weir__V1__Action)cases[i].action;
		sample.event.late = cases[i].late;
		sample.event.justification = cases[i].justified ? &sample.justification : NULL;
		json = write_record(&sample.record, &text);
		check(json,
		      (const struct expected[]){
			      {"action_id", NULL, cases[i].action_id},
			      {"disposition_id", NULL, cases[i].disposition_id},
		      },
		      2);
		json_decref(json);
	}
}

static void ocsf__writes_activities_where_a_class_fits(void **state)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);
	struct sample sample;
	json_t *json;

	sample_init(&sample);
	sample.record.step = WEIR_EXPORT_EVENT;
	json = write_record(&sample.record, &text);
	check(json,
	      (const struct expected[]){
		      {"type_uid", NULL, 100103},
		      {"time", NULL, 1794999999123},
		      {"metadata.original_event_uid", "E-000ZV", 0},
		      {"file.name", "list.csv", 0},
	      },
	      4);
	json_decref(json);
	weir_buf_clear(&text);
	sample_network(&sample);
	sample.record.step = WEIR_EXPORT_EVENT;
	json = write_record(&sample.record, &text);
	check(json,
	      (const struct expected[]){
		      {"type_uid", NULL, 400106},
		      {"dst_endpoint.ip", "192.0.2.7", 0},
		      {"dst_endpoint.port", NULL, 443},
	      },
	      3);
	json_decref(json);
	weir_buf_clear(&text);
	sample.event.destination = NULL;
	assert_int_equal(weir_export_ocsf(&sample.record, &text), 0);
	sample_init(&sample);
	sample.record.step = WEIR_EXPORT_EVENT;
	sample.event.channel = WEIR__V1__CHANNEL__CHANNEL_AGENT;
	assert_int_equal(weir_export_ocsf(&sample.record, &text), 0);
	sample.event.channel = WEIR__V1__CHANNEL__CHANNEL_FILE;
	sample.event.process = NULL;
	assert_int_equal(weir_export_ocsf(&sample.record, &text), 0);
	sample.record.event = NULL;
	assert_int_equal(weir_export_ocsf(&sample.record, &text), 0);
	assert_int_equal(text.len, 0);
}

/* Whatever an endpoint says that was done, what leaves validates; and every type that the product has did
 * leave. */
static void ocsf__validates_in_every_class_and_activity(void **state)
{
	static const char *const activities[] = {"open", "write", "read", "connect", "no such"};
	json_int_t wanted[] = {100102, 100103, 100114, 400105, 400106};

	for (int channel = 0; channel < WEIR__V1__CHANNEL__CHANNEL_AGENT; channel++) {
		for (size_t i = 0; i < 5 * ARRAY_SIZE(activities); i++) {
			struct weir_buf text _cleanup_(weir_buf_done) =
				WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);
			struct sample sample;
			json_t *json;

			sample_init(&sample);
			if (channel == WEIR__V1__CHANNEL__CHANNEL_NETWORK)
				sample_network(&sample);
			sample.record.step = WEIR_EXPORT_EVENT;
			sample.event.channel = (Weir__V1__Channel)channel;
			sample.event.action = (Weir__V1__Action)(1 + i / ARRAY_SIZE(activities));
			sample.event.activity = (char *)activities[i % ARRAY_SIZE(activities)];
			json = write_record(&sample.record, &text);
			for (size_t at = 0; at < ARRAY_SIZE(wanted); at++)
				if (json_integer_value(json_object_get(json, "type_uid")) ==
				    wanted[at])
					wanted[at] = 0;
			json_decref(json);
		}
	}
	for (size_t at = 0; at < ARRAY_SIZE(wanted); at++)
		assert_int_equal(wanted[at], 0);
}

static void ocsf__writes_a_finding_whose_event_is_gone(void **state)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);
	struct sample sample;

	sample_init(&sample);
	sample.record.event = NULL;
	sample.record.host = sample.record.agent_uid = "";
	json_decref(write_record(&sample.record, &text));
}

/* The names come sorted at every depth, and the same record gives the same bytes. */
static void assert_sorted(const json_t *json)
{
	const char *name, *last = "";
	json_t *value;

	json_object_foreach((json_t *)json, name, value)
	{
		assert_true(strcmp(last, name) < 0);
		last = name;
		if (json_is_object(value))
			assert_sorted(value);
	}
}

static void ocsf__is_canonical(void **state)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);
	struct weir_buf again _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);
	struct sample sample;
	json_t *json;

	sample_init(&sample);
	json = write_record(&sample.record, &text);
	assert_sorted(json);
	json_decref(json);
	assert_int_equal(weir_export_ocsf(&sample.record, &again), 1);
	assert_int_equal(text.len, again.len);
	assert_memory_equal(text.data, again.data, text.len);
	assert_null(strstr(text.data, "\": "));
}

static void ocsf__keeps_what_is_hostile_inside_its_string(void **state)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);
	struct sample sample;
	json_t *json;

	sample_hostile(&sample);
	json = write_record(&sample.record, &text);
	assert_string_equal(json_string_value(at(json, "actor.user.name")), HOSTILE);
	assert_string_equal(json_string_value(at(json, "device.hostname")), HOSTILE);
	assert_string_equal(json_string_value(at(json, "data_security.policy.uid")), HOSTILE);
	assert_string_equal(json_string_value(at(json, "assignee.name")), HOSTILE);
	json_decref(json);
	for (size_t i = 0; i < text.len; i++)
		assert_true((unsigned char)text.data[i] >= 0x20 && text.data[i] != 0x7f);
	assert_null(strstr(text.data, "\xc2\x9b"));
	assert_null(strstr(text.data, "\xe2\x80\xae"));
	assert_non_null(strstr(text.data, "\\u202e"));
	assert_non_null(strstr(text.data, "客户"));
}

static void ocsf__leaves_the_buffer_when_it_does_not_fit(void **state)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(100);
	struct sample sample;

	sample_init(&sample);
	assert_int_equal(weir_buf_puts(&text, "before"), 0);
	assert_int_equal(weir_export_ocsf(&sample.record, &text), -ENOBUFS);
	assert_string_equal(text.data, "before");
	assert_int_equal(text.len, 6);
}

/* The rules can say no. */
static void ocsf_rules__find_faults(void **state)
{
	static const struct {
		const char *object, *name;
		json_int_t number; /* -1: removed */
	} changes[] = {
		{"", "severity_id", 77},
		{"", "type_uid", 200602},
		{"", "activity_id", 4},
		{"", "time", -1},
		{"", "finding_info", -1},
		{"", "metadata", -1},
		{"", "invented", 1},
		{"finding_info", "uid", -1},
		{"metadata", "version", -1},
		{"metadata", "product", 1},
		{"file", "name", -1},
		{"file", "type_id", -1},
		{"device", "type_id", -1},
		{"data_security", "detection_system_id", 50},
		{"data_security", "policy", 1},
		{"", "disposition_id", 30},
		{"", "verdict_id", 11},
		{"", "class_uid", 2004},
	};
	struct sample sample;

	sample_init(&sample);
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct weir_buf text _cleanup_(weir_buf_done) =
			WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);
		json_t *json = write_record(&sample.record, &text);
		json_t *object = (json_t *)at(json, changes[i].object);

		if (changes[i].number < 0)
			json_object_del(object, changes[i].name);
		else
			json_object_set_new(object, changes[i].name,
					    json_integer(changes[i].number));
		if (!ocsf_fault(json))
			fail_msg("%s.%s passes", changes[i].object, changes[i].name);
		json_decref(json);
	}
}

/* Without this member a record of the class is none. */
static void assert_needed(bool network, const char *name)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);
	struct sample sample;
	json_t *json;

	sample_init(&sample);
	if (network)
		sample_network(&sample);
	sample.record.step = WEIR_EXPORT_EVENT;
	json = write_record(&sample.record, &text);
	if (json_object_del(json, name) < 0 || !ocsf_fault(json))
		fail_msg("%s may be missing", name);
	json_decref(json);
}

static void ocsf_rules__find_faults_in_activities(void **state)
{
	static const char *const both[] = {"activity_id", "category_uid", "metadata",
					   "severity_id", "time",	  "type_uid"};

	for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
		assert_needed(false, both[i]);
		assert_needed(true, both[i]);
	}
	assert_needed(false, "actor");
	assert_needed(false, "device");
	assert_needed(false, "file");
	assert_needed(true, "dst_endpoint");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ocsf__writes_a_finding),
		cmocka_unit_test(ocsf__names_every_state_and_verdict),
		cmocka_unit_test(ocsf__tells_what_was_done),
		cmocka_unit_test(ocsf__writes_activities_where_a_class_fits),
		cmocka_unit_test(ocsf__validates_in_every_class_and_activity),
		cmocka_unit_test(ocsf__writes_a_finding_whose_event_is_gone),
		cmocka_unit_test(ocsf__is_canonical),
		cmocka_unit_test(ocsf__keeps_what_is_hostile_inside_its_string),
		cmocka_unit_test(ocsf__leaves_the_buffer_when_it_does_not_fit),
		cmocka_unit_test(ocsf_rules__find_faults),
		cmocka_unit_test(ocsf_rules__find_faults_in_activities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
