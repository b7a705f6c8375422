/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents through the API: what is refused and why, whose alerts they may come from, and what the log keeps. */

#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "weir/base/macros.h"
#include "weir/console_api/report.h"

static int setup(void **state)
{
	if (api_setup(state) < 0)
		return -1;
	return weir_report_init(*state, NULL);
}

/* The status; the answer's code, or its id as text, in text. */
static unsigned tell_as(struct weir_store *store, const struct weir_principal *by,
			enum weir_api_told what, const char *body, char text[static 64])
{
	struct weir_api_reply reply = {.body = WEIR_BUF_INIT(WEIR_API_REPLY_MAX)};
	const struct weir_api_telling telling = {.what = what,
						 .by = by,
						 .incident = "1",
						 .body = body,
						 .len = strlen(body),
						 .now_ns = NOW};
	json_t *json;

	weir_api_tell(store, &telling, &reply);
	json = json_loadb(reply.body.data, reply.body.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	if (reply.status < 300)
		(void)snprintf(text, 64, "%d",
			       (int)json_integer_value(json_object_get(json, "id")));
	else
		(void)snprintf(
			text, 64, "%s",
			json_string_value(json_object_get(json_object_get(json, "error"), "code")));
	json_decref(json);
	weir_buf_done(&reply.body);
	return reply.status;
}

static void told(struct weir_store *store, enum weir_api_told what, const char *body,
		 unsigned status, const char *wanted)
{
	const struct weir_principal developer = weir_principal_developer();
	char text[64];
	unsigned got = tell_as(store, &developer, what, body, text);

	if (got != status || strcmp(text, wanted) != 0)
		fail_msg("%s: %u %s, not %u %s", body, got, text, status, wanted);
}

static void incident__refuses_and_says_why(void **state)
{
	struct weir_store *store = *state;

	told(store, WEIR_API_TOLD_NOTICE, "{\"notice\":\"first\"}", 404, "not_found");
	told(store, WEIR_API_TOLD_INCIDENT, "{\"title\":\"t\",\"level\":\"huge\"}", 400, "body");
	told(store, WEIR_API_TOLD_INCIDENT, "{\"title\":\"t\",\"level\":\"major\",\"alerts\":[]}",
	     400, "body");
	told(store, WEIR_API_TOLD_INCIDENT,
	     "{\"title\":\"t\",\"level\":\"major\",\"alerts\":[\"A-00013\"]}", 400, "body");
	told(store, WEIR_API_TOLD_INCIDENT,
	     "{\"title\":\"t\",\"level\":\"major\",\"alerts\":[\"A-0009J\"]}", 404, "not_found");
	told(store, WEIR_API_TOLD_INCIDENT,
	     "{\"title\":\"t\",\"level\":\"major\",\"discovered\":\"2999-01-01T00:00:00Z\"}", 400,
	     "body");
	told(store, WEIR_API_TOLD_INCIDENT,
	     "{\"title\":\"of 110101190001011234\",\"level\":\"major\"}", 400, "number");
	told(store, WEIR_API_TOLD_INCIDENT,
	     "{\"title\":\"t\",\"level\":\"major\",\"alerts\":[\"A-00012\"]}", 201, "1");
	told(store, WEIR_API_TOLD_ALERTS, "{\"alerts\":[\"A-00024\",\"A-00012\"]}", 201, "0");
	told(store, WEIR_API_TOLD_ALERTS, "{\"alerts\":\"A-00024\"}", 400, "body");
	told(store, WEIR_API_TOLD_STATEMENT, "{\"item\":\"cause\",\"text\":\"a\\nb\"}", 400,
	     "body");
	told(store, WEIR_API_TOLD_STATEMENT, "{\"item\":\"cause\",\"text\":\"x\",\"by\":\"me\"}",
	     400, "body");
	told(store, WEIR_API_TOLD_STATEMENT, "{\"item\":\"cause\",\"text\":\"x\"}", 201, "0");
	told(store, WEIR_API_TOLD_NOTICE, "{\"notice\":\"second\"}", 400, "body");
	told(store, WEIR_API_TOLD_NOTICE, "{\"notice\":\"first\",\"to\":\"them\"}", 201, "0");
	told(store, WEIR_API_TOLD_CLOSE, "{}", 400, "body");
	told(store, WEIR_API_TOLD_CLOSE, "{\"reason\":\"handled\"}", 201, "0");
	told(store, WEIR_API_TOLD_CLOSE, "{\"reason\":\"again\"}", 409, "closed");
	told(store, WEIR_API_TOLD_ALERTS, "{\"alerts\":[\"A-00024\"]}", 409, "closed");
}

static int count_row(void *context, const struct weir_audit_entry *entry)
{
	*(unsigned *)context += strcmp(entry->entry.action, "incident.close") == 0;
	return 0;
}

static void incident__leaves_a_trace_of_each_step(void **state)
{
	static const struct {
		enum weir_api_told what;
		const char *body, *trace;
	} steps[] = {
		{WEIR_API_TOLD_INCIDENT, "{\"title\":\"t\",\"level\":\"major\"}", "incident.open"},
		{WEIR_API_TOLD_ALERTS, "{\"alerts\":[\"A-00012\"]}", "incident.alerts"},
		{WEIR_API_TOLD_STATEMENT, "{\"item\":\"harm\",\"text\":\"none\"}",
		 "incident.state"},
		{WEIR_API_TOLD_NOTICE, "{\"notice\":\"persons\"}", "incident.notice"},
		{WEIR_API_TOLD_CLOSE, "{\"reason\":\"handled\"}", "incident.close"},
	};
	const struct weir_audit_filter newest = {.newest_first = true, .limit = 1};
	const struct weir_audit_filter all = {.limit = 100};
	unsigned closed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		char trace[512], wanted[256];

		told(*state, steps[i].what, steps[i].body, 201, i ? "0" : "1");
		assert_true(weir_audit_list(*state, &newest, find_trace, trace) >= 0);
		(void)snprintf(wanted, sizeof(wanted), "%s incident 1 %s", steps[i].trace,
			       steps[i].body);
		assert_string_equal(trace, wanted);
	}
	/* What was refused was not. */
	told(*state, WEIR_API_TOLD_CLOSE, "{\"reason\":\"again\"}", 409, "closed");
	assert_int_equal(weir_audit_list(*state, &all, count_row, &closed), 0);
	assert_int_equal(closed, 1);
}

/* An alert of a group that somebody does not see is none, for them. */
static void incident__comes_from_ones_own_alerts(void **state)
{
	struct weir_store *store = *state;
	struct weir_principal by = {
		.id = 7,
		.name = "wang",
		.roles = WEIR_ROLE_BIT(WEIR_ROLE_SENIOR),
		.permissions = weir_roles_permissions(WEIR_ROLE_BIT(WEIR_ROLE_SENIOR)),
		.n_groups = 1,
		.groups = {"north"},
	};
	static const struct fake_event other = {.rule = "of-the-north"};
	char text[64];

	put_batch_in(
		store,
		&(struct fake_batch){.agent = 3, .epoch = 9, .first = 1, .n = 1, .model = &other},
		"north");
	assert_int_equal(tell_as(store, &by, WEIR_API_TOLD_INCIDENT,
				 "{\"title\":\"t\",\"level\":\"major\",\"alerts\":[\"A-00012\"]}",
				 text),
			 404);
	assert_int_equal(tell_as(store, &by, WEIR_API_TOLD_INCIDENT,
				 "{\"title\":\"t\",\"level\":\"major\",\"alerts\":[\"A-00036\"]}",
				 text),
			 201);
	assert_int_equal(tell_as(store, &by, WEIR_API_TOLD_ALERTS,
				 "{\"alerts\":[\"A-00036\",\"A-00012\"]}", text),
			 404);
}

static unsigned read_as(struct weir_store *store, const struct weir_principal *by,
			const char *incident)
{
	struct weir_api_reply reply = {.body = WEIR_BUF_INIT(WEIR_API_REPLY_MAX)};
	const struct weir_api_draft draft = {by, incident, "notice=first", NOW};
	const struct weir_api_draft shown = {by, incident, "", NOW};
	enum weir_report_form form;
	unsigned status;

	weir_api_draft_notice(store, &draft, &reply, &form);
	status = reply.status;
	weir_buf_clear(&reply.body);
	weir_api_get_incident(store, &shown, &reply);
	assert_int_equal(reply.status, status);
	weir_buf_done(&reply.body);
	return status;
}

/* Who is bound to groups has those whose alerts they all see, and no others. */
static void incident__is_there_for_who_sees_its_alerts(void **state)
{
	struct weir_store *store = *state;
	const struct weir_principal all = weir_principal_developer();
	struct weir_principal by = all;
	static const struct fake_event other = {.rule = "of-the-north"};
	char text[64];

	by.every_group = false;
	by.n_groups = 1;
	(void)snprintf(by.groups[0], sizeof(by.groups[0]), "north");
	put_batch_in(
		store,
		&(struct fake_batch){.agent = 3, .epoch = 9, .first = 1, .n = 1, .model = &other},
		"north");
	told(store, WEIR_API_TOLD_INCIDENT,
	     "{\"title\":\"t\",\"level\":\"major\",\"alerts\":[\"A-00036\"]}", 201, "1");
	told(store, WEIR_API_TOLD_INCIDENT, "{\"title\":\"t\",\"level\":\"major\"}", 201, "2");
	assert_int_equal(read_as(store, &by, "1"), 200);
	assert_int_equal(read_as(store, &by, "2"), 404);
	assert_int_equal(read_as(store, &all, "2"), 200);
	assert_int_equal(tell_as(store, &by, WEIR_API_TOLD_INCIDENT,
				 "{\"title\":\"t\",\"level\":\"major\"}", text),
			 400);
	told(store, WEIR_API_TOLD_ALERTS, "{\"alerts\":[\"A-00012\"]}", 201, "0");
	assert_int_equal(read_as(store, &by, "1"), 404);
	assert_int_equal(tell_as(store, &by, WEIR_API_TOLD_CLOSE, "{\"reason\":\"x\"}", text), 404);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(incident__refuses_and_says_why, setup,
						api_teardown),
		cmocka_unit_test_setup_teardown(incident__leaves_a_trace_of_each_step, setup,
						api_teardown),
		cmocka_unit_test_setup_teardown(incident__comes_from_ones_own_alerts, setup,
						api_teardown),
		cmocka_unit_test_setup_teardown(incident__is_there_for_who_sees_its_alerts, setup,
						api_teardown),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
