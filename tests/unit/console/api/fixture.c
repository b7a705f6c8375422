/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/macros.h"
#include "weir/console_api/api.h"
#include "weir/console_audit/audit.h"
#include "weir/console_ingest/ingest.h"
#include "weir/console_triage/triage.h"

void put_batch_in(struct weir_store *store, const struct fake_batch *batch, const char *group)
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

void put_batch(struct weir_store *store, const struct fake_batch *batch)
{
	put_batch_in(store, batch, NULL);
}

static void *place; /* of the test that runs */

/* Ten events: 1-4 removable blocks of agent 1, 5-8 network audits of agent 2, 9-10 no alerts of
 * agent 1. */
int api_setup(void **state)
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

int api_teardown(void **state)
{
	return place_close(&place);
}

json_t *call_as(struct weir_store *store, const struct weir_principal *by, enum call which,
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

json_t *call(struct weir_store *store, enum call which, const char *id, const char *query,
	     unsigned status)
{
	const struct weir_principal developer = weir_principal_developer();

	return call_as(store, &developer, which, id, query, status);
}

/* "1:4 1:3" for agent 1's sequences 4 and 3, in the order of the answer. */
void rows(struct weir_store *store, enum call which, const char *query, const char *expected)
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

/* The answer to a change, or the code of its refusal. */
json_t *change_as(struct weir_store *store, const struct weir_principal *by,
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

json_t *change(struct weir_store *store, enum weir_triage_verb verb, const char *body,
	       unsigned status)
{
	const struct weir_principal by = weir_principal_developer();

	return change_as(store, &by, verb, body, status);
}

void changes(struct weir_store *store, enum weir_triage_verb verb, const char *body, json_int_t n)
{
	json_t *json = change(store, verb, body, 200);

	assert_int_equal(json_integer_value(json_object_get(json, "count")), n);
	json_decref(json);
}

int find_trace(void *context, const struct weir_audit_entry *entry)
{
	char *text = context;

	(void)snprintf(text, 512, "%s %s %s", entry->entry.action, entry->entry.object,
		       entry->entry.detail);
	return 1;
}
