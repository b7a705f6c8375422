/* SPDX-License-Identifier: Apache-2.0 */
#include "query.h"

#include <errno.h>
#include <string.h>

#include "params.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/base/uid.h"
#include "weir/console_api/api.h"
#include "weir/console_triage/id.h"
#include "weir/proto/enums.h"
#include "weir/v1/common.pb-c.h"

static int read_limit(const char *value, uint32_t *ret, struct weir_error *err)
{
	uint32_t limit;

	if (weir_parse_u32(value, &limit) < 0 || limit == 0 || limit > WEIR_API_LIMIT_MAX)
		return weir_api_fault(err, "limit is not a number from 1 to 500",
				      "page with next_before for more");
	*ret = limit;
	return 0;
}

/* What the functions of a list of events fill. */
struct events_query {
	struct weir_store_filter filter;
	uint64_t now_ns;
};

static int events_limit(void *context, const char *value, struct weir_error *err)
{
	struct events_query *query = context;

	return read_limit(value, &query->filter.limit, err);
}

static int events_before(void *context, const char *value, struct weir_error *err)
{
	struct events_query *query = context;

	if (weir_id_parse(WEIR_ID_EVENT, value, &query->filter.before_id) < 0)
		return weir_api_fault(err, "before is not an id",
				      "use the next_before of the page before, as in E-004C8");
	return 0;
}

static int events_since(void *context, const char *value, struct weir_error *err)
{
	struct events_query *query = context;
	uint64_t back;

	if (weir_parse_duration(value, &back) == 0) {
		query->filter.since_ns = back < query->now_ns ? query->now_ns - back : 0;
		return 0;
	}
	if (weir_time_parse(value, &query->filter.since_ns) < 0)
		return weir_api_fault(
			err, "since is neither a time nor a span",
			"write 2026-11-22T08:00:00Z, or a span like 30min, 24h or 14d");
	return 0;
}

static int events_channel(void *context, const char *value, struct weir_error *err)
{
	struct events_query *query = context;

	if (weir_enum_parse(&weir__v1__channel__descriptor, value, &query->filter.channel) < 0)
		return weir_api_fault(err, "channel is not known",
				      "use file, removable, share, network or at_rest");
	return 0;
}

static int events_action(void *context, const char *value, struct weir_error *err)
{
	struct events_query *query = context;

	if (weir_enum_parse(&weir__v1__action__descriptor, value, &query->filter.action) < 0)
		return weir_api_fault(err, "action is not known",
				      "use allow, audit, warn, block or quarantine");
	return 0;
}

static int events_agent(void *context, const char *value, struct weir_error *err)
{
	struct events_query *query = context;

	if (weir_uid_parse(value, query->filter.agent_uid) < 0)
		return weir_api_fault(err, "agent is not an agent's uid",
				      "use the agent_uid of an event or of /api/v1/agents");
	query->filter.by_agent = true;
	return 0;
}

static int events_alert(void *context, const char *value, struct weir_error *err)
{
	struct events_query *query = context;

	if (strcmp(value, "true") != 0)
		return weir_api_fault(err, "alert is not true",
				      "write alert=true, or leave it out");
	query->filter.alerts_only = true;
	return 0;
}

int weir_api_query_events(const char *query, uint64_t now_ns, struct weir_store_filter *ret,
			  struct weir_error *err)
{
	static const struct weir_api_param params[] = {
		{"limit", events_limit},     {"before", events_before}, {"since", events_since},
		{"channel", events_channel}, {"action", events_action}, {"agent", events_agent},
		{"alert", events_alert},
	};
	struct events_query result = {.filter.limit = WEIR_API_LIMIT, .now_ns = now_ns};
	int r = weir_api_read_params(query, params, ARRAY_SIZE(params), &result, err);

	if (r == 0)
		*ret = result.filter;
	return r;
}

/* What the functions of a list of alerts fill. */
struct alerts_query {
	struct weir_api_alerts_query result;
	uint64_t now_ns;
};

static int alerts_limit(void *context, const char *value, struct weir_error *err)
{
	struct alerts_query *query = context;

	return read_limit(value, &query->result.limit, err);
}

static int alerts_before(void *context, const char *value, struct weir_error *err)
{
	struct alerts_query *query = context;

	if (weir_id_parse(WEIR_ID_ALERT, value, &query->result.before) < 0)
		return weir_api_fault(err, "before is not an alert's id",
				      "use the next_before of the page before, as in A-7K3QM");
	return 0;
}

static int alerts_line(void *context, const char *value, struct weir_error *err)
{
	struct alerts_query *query = context;

	return weir_alert_filter_add_line(&query->result.filter, value, query->now_ns, err);
}

/* A parameter for each field of the filter. */
#define FIELD(name)                                                                        \
	static int alerts_##name(void *context, const char *value, struct weir_error *err) \
	{                                                                                  \
		struct alerts_query *query = context;                                      \
                                                                                           \
		return weir_alert_filter_add(&query->result.filter, #name, false, value,   \
					     query->now_ns, err);                          \
	}

FIELD(state)
FIELD(verdict)
FIELD(severity)
FIELD(channel)
FIELD(action)
FIELD(since)
FIELD(rule)
FIELD(user)
FIELD(assignee)
FIELD(destination)
FIELD(host)
FIELD(device)
FIELD(agent)
FIELD(detector)

int weir_api_query_alerts(const char *query, uint64_t now_ns, struct weir_api_alerts_query *ret,
			  struct weir_error *err)
{
	static const struct weir_api_param params[] = {
		{"limit", alerts_limit},
		{"before", alerts_before},
		{"q", alerts_line},
		{"state", alerts_state},
		{"verdict", alerts_verdict},
		{"severity", alerts_severity},
		{"channel", alerts_channel},
		{"action", alerts_action},
		{"since", alerts_since},
		{"rule", alerts_rule},
		{"user", alerts_user},
		{"assignee", alerts_assignee},
		{"destination", alerts_destination},
		{"host", alerts_host},
		{"device", alerts_device},
		{"agent", alerts_agent},
		{"detector", alerts_detector},
	};
	struct alerts_query result = {.result.limit = WEIR_API_LIMIT, .now_ns = now_ns};
	int r;

	weir_alert_filter_init(&result.result.filter);
	r = weir_api_read_params(query, params, ARRAY_SIZE(params), &result, err);
	if (r == 0)
		*ret = result.result;
	return r;
}

static int agents_limit(void *context, const char *value, struct weir_error *err)
{
	struct weir_api_agents_query *query = context;

	return read_limit(value, &query->limit, err);
}

static int agents_after(void *context, const char *value, struct weir_error *err)
{
	struct weir_api_agents_query *query = context;

	if (weir_uid_parse(value, query->after) < 0)
		return weir_api_fault(err, "after is not an agent's uid",
				      "use the next_after of the page before");
	query->has_after = true;
	return 0;
}

int weir_api_query_agents(const char *query, struct weir_api_agents_query *ret,
			  struct weir_error *err)
{
	static const struct weir_api_param params[] = {{"limit", agents_limit},
						       {"after", agents_after}};
	struct weir_api_agents_query result = {.limit = WEIR_API_LIMIT};
	int r = weir_api_read_params(query, params, ARRAY_SIZE(params), &result, err);

	if (r == 0)
		*ret = result;
	return r;
}

static int marks_limit(void *context, const char *value, struct weir_error *err)
{
	return read_limit(value, &((struct weir_api_marks *)context)->limit, err);
}

static int read_mark(const char *value, uint64_t *ret, struct weir_error *err)
{
	if (weir_parse_u64(value, ret) < 0 || *ret > WEIR_STORE_NUMBER_MAX)
		return weir_api_fault(err, "a mark of the query is not a number",
				      "use what a page gave");
	return 0;
}

static int marks_after(void *context, const char *value, struct weir_error *err)
{
	return read_mark(value, &((struct weir_api_marks *)context)->after, err);
}

static int marks_before(void *context, const char *value, struct weir_error *err)
{
	return read_mark(value, &((struct weir_api_marks *)context)->before, err);
}

static int marks_user(void *context, const char *value, struct weir_error *err)
{
	return read_mark(value, &((struct weir_api_marks *)context)->user, err);
}

static int marks_order(void *context, const char *value, struct weir_error *err)
{
	struct weir_api_marks *marks = context;

	marks->oldest_first = strcmp(value, "oldest") == 0;
	if (!marks->oldest_first && strcmp(value, "newest") != 0)
		return weir_api_fault(err, "order is not known", "use oldest or newest");
	return 0;
}

static int marks_with(void *context, const char *value, struct weir_error *err)
{
	return read_mark(value, &((struct weir_api_marks *)context)->with, err);
}

int weir_api_query_marks(const char *query, unsigned allowed, struct weir_api_marks *ret,
			 struct weir_error *err)
{
	static const struct weir_api_param all[] = {
		{"limit", marks_limit}, {"after", marks_after}, {"before", marks_before},
		{"user", marks_user},	{"order", marks_order}, {"with", marks_with},
	};
	struct weir_api_marks marks = {.limit = WEIR_API_LIMIT};
	struct weir_api_param params[ARRAY_SIZE(all)];
	size_t n = 0;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (allowed & 1u << i)
			params[n++] = all[i];
	r = weir_api_read_params(query, params, n, &marks, err);
	if (r == 0)
		*ret = marks;
	return r;
}

static int endpoints_limit(void *context, const char *value, struct weir_error *err)
{
	struct weir_api_endpoints_query *query = context;

	return read_limit(value, &query->limit, err);
}

static int endpoints_after(void *context, const char *value, struct weir_error *err)
{
	struct weir_api_endpoints_query *query = context;

	if (weir_uid_parse(value, query->after) < 0)
		return weir_api_fault(err, "after is not an agent's uid",
				      "use the next_after of the page before");
	query->has_after = true;
	return 0;
}

static int endpoints_state(void *context, const char *value, struct weir_error *err)
{
	static const struct {
		const char *name;
		enum weir_fleet_state state;
	} states[] = {
		{"active", WEIR_FLEET_ACTIVE},
		{"quarantined", WEIR_FLEET_QUARANTINED},
		{"revoked", WEIR_FLEET_REVOKED},
	};
	struct weir_api_endpoints_query *query = context;

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		if (strcmp(states[i].name, value) == 0) {
			query->state = states[i].state;
			return 0;
		}
	}
	return weir_api_fault(err, "state is unknown", "use active, quarantined or revoked");
}

int weir_api_query_endpoints(const char *query, struct weir_api_endpoints_query *ret,
			     struct weir_error *err)
{
	static const struct weir_api_param params[] = {
		{"limit", endpoints_limit}, {"after", endpoints_after}, {"state", endpoints_state}};
	struct weir_api_endpoints_query result = {.limit = WEIR_API_LIMIT};
	int r = weir_api_read_params(query, params, ARRAY_SIZE(params), &result, err);

	if (r == 0)
		*ret = result;
	return r;
}

int weir_api_query_none(const char *query, struct weir_error *err)
{
	return *query ? weir_api_fault(err, "this call takes no parameters", "leave the query out")
		      : 0;
}
