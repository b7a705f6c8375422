/* SPDX-License-Identifier: Apache-2.0 */
/* What a version would have done, as JSON. Of the endpoints that the caller sees; who and which events are told to those who may read events,
 * numbers to all who read policies. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy.h"
#include "scope.h"
#include "weir/console_policy/simulate.h"
#include "weir/console_triage/id.h"
#include "weir/proto/enums.h"
#include "weir/v1/common.pb-c.h"

#define DAYS 7	/* when not said */
#define TOP  20 /* persons and endpoints that are named */

#define GRANT "grant:"

static json_t *channel_name(unsigned channel)
{
	char text[WEIR_ENUM_TEXT];

	weir_enum_format(&weir__v1__channel__descriptor, (int)channel, text);
	return json_string(text);
}

static json_t *acts(const uint64_t n[static WEIR_SIMULATE_ACTS])
{
	json_t *ret = json_object();

	for (unsigned act = 0; act < WEIR_SIMULATE_ACTS; act++)
		json_object_set_new(ret, weir_simulate_act_name((enum weir_simulate_act)act),
				    json_integer((json_int_t)n[act]));
	return ret;
}

static json_t *rule_row(unsigned channel, const struct weir_tally_entry *entry)
{
	bool grant = strncmp(entry->key, GRANT, strlen(GRANT)) == 0;

	return json_pack("{s:o,s:s,s:s,s:o,s:o}", "channel", channel_name(channel), "rule",
			 grant ? "" : entry->key, "grant", grant ? entry->key + strlen(GRANT) : "",
			 "would", acts(entry->n), "happened", acts(entry->n + WEIR_SIMULATE_ACTS));
}

static json_t *rules(const struct weir_simulation *simulation)
{
	json_t *ret = json_array();

	for (unsigned channel = 0; channel < WEIR_SIMULATE_CHANNELS; channel++)
		for (size_t i = 0; i < simulation->rules[channel].n; i++)
			json_array_append_new(
				ret, rule_row(channel, &simulation->rules[channel].entries[i]));
	return ret;
}

static json_t *unknown(const struct weir_simulation *simulation)
{
	json_t *ret = json_array();

	for (unsigned channel = 0; channel < WEIR_SIMULATE_CHANNELS; channel++)
		for (unsigned reason = 0; reason < WEIR_SIMULATE_REASONS; reason++)
			if (simulation->unknown[channel][reason])
				json_array_append_new(
					ret,
					json_pack(
						"{s:o,s:s,s:I}", "channel", channel_name(channel),
						"reason",
						weir_simulate_reason_name(
							(enum weir_simulate_reason)reason),
						"events",
						(json_int_t)simulation->unknown[channel][reason]));
	return ret;
}

static json_t *most(const struct weir_tally_list *list, const char *name, size_t max)
{
	json_t *ret = json_array();

	for (size_t i = 0; i < WEIR_MIN(list->n, max); i++)
		json_array_append_new(ret, json_pack("{s:s,s:I}", name, list->entries[i].key,
						     "events", (json_int_t)list->entries[i].n[0]));
	return ret;
}

static json_t *sample(const struct weir_simulated_shift *shift)
{
	json_t *ret = json_array();
	char id[WEIR_ID_TEXT];

	for (size_t i = 0; i < shift->n_sample; i++) {
		weir_id_format(WEIR_ID_EVENT, shift->sample[i], id);
		json_array_append_new(ret, json_string(id));
	}
	return ret;
}

static json_t *change(const struct weir_simulated_shift *shift, const char *name, bool whole)
{
	json_t *ret = json_pack("{s:s,s:I,s:I,s:I,s:b,s:o}", "change", name, "events",
				(json_int_t)shift->events, "persons", (json_int_t)shift->persons.n,
				"endpoints", (json_int_t)shift->endpoints.n, "more",
				(int)(shift->persons.left_out || shift->endpoints.left_out),
				"destinations",
				most(&shift->destinations, "class", shift->destinations.n));

	if (whole) {
		json_object_set_new(ret, "by_person", most(&shift->persons, "person", TOP));
		json_object_set_new(ret, "by_endpoint", most(&shift->endpoints, "agent_uid", TOP));
		json_object_set_new(ret, "sample", sample(shift));
	}
	return ret;
}

static json_t *changes(const struct weir_simulation *simulation, bool whole)
{
	json_t *ret = json_array();

	for (unsigned i = 0; i < WEIR_SIMULATE_SHIFTS; i++)
		json_array_append_new(
			ret, change(&simulation->shifts[i],
				    weir_simulate_shift_name((enum weir_simulate_shift)i), whole));
	return ret;
}

static json_t *render(const struct weir_simulation *s, const struct weir_simulate_ask *ask,
		      bool whole)
{
	return json_pack("{s:{s:I,s:i,s:o,s:o,s:I,s:I,s:I,s:b,s:s?,s:o,s:o,s:o,s:o}}", "simulation",
			 "version", (json_int_t)ask->version, "days", (int)ask->days, "from",
			 weir_api_time(s->from_ns), "reached", weir_api_time(s->reached_ns),
			 "events", (json_int_t)s->events, "outside", (json_int_t)s->outside,
			 "left_out", (json_int_t)s->left_out, "partial", (int)(s->bound != NULL),
			 "bound", s->bound, "next_before",
			 s->bound ? json_integer((json_int_t)s->next_before) : json_null(), "rules",
			 rules(s), "unknown", unknown(s), "changes", changes(s, whole));
}

static int read_ask(const struct weir_api_policy_call *call, struct weir_simulate_ask *ask,
		    struct weir_error *err)
{
	json_t *body _cleanup_(weir_api_json_freep) = NULL, *days = NULL, *before = NULL;
	const struct weir_api_member members[] = {
		{"days", WEIR_API_INTEGER, false, &days},
		{"before", WEIR_API_INTEGER, false, &before},
	};
	int r = weir_api_read_body(call->len ? call->body : "{}", call->len ? call->len : 2,
				   members, ARRAY_SIZE(members), &body, err);
	json_int_t n;

	if (r < 0)
		return r;
	n = days ? json_integer_value(days) : DAYS;
	if (n < 1 || n > WEIR_SIMULATE_DAYS_MAX)
		return weir_error_set(err, -EINVAL, 0, 0, "days are 1 to %d",
				      WEIR_SIMULATE_DAYS_MAX);
	ask->days = (uint32_t)n;
	if (before && json_integer_value(before) < 1)
		return weir_error_set(err, -EINVAL, 0, 0, "before is the next_before of an answer");
	ask->before = before ? (uint64_t)json_integer_value(before) : 0;
	return 0;
}

void weir_api_simulate_version(const struct weir_api_policy_call *call,
			       struct weir_api_reply *reply)
{
	struct weir_simulation *simulation _cleanup_(weir_simulation_freep) = NULL;
	struct weir_store_scope scope;
	struct weir_simulate_ask ask = {.now_ns = call->now_ns,
					.scope = weir_api_scope(call->by, &scope)};
	struct weir_error err = {};
	int r;

	if (!weir_api_policy_id(call, &ask.version, reply))
		return;
	r = read_ask(call, &ask, &err);
	if (r == 0)
		r = weir_policy_simulate(call->store, &ask, &simulation, &err);
	if (r != 0)
		weir_api_policy_fail(reply, r, &err);
	else
		weir_api_answer(reply, 200,
				render(simulation, &ask,
				       weir_principal_may(call->by, WEIR_PERMIT_EVENT_READ)));
}
