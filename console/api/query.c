/* SPDX-License-Identifier: Apache-2.0 */
#include "query.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/base/uid.h"
#include "weir/console_api/api.h"
#include "weir/console_triage/id.h"
#include "weir/proto/enums.h"
#include "weir/v1/common.pb-c.h"

#define VALUE_MAX (WEIR_FILTER_LINE_MAX + 1)

/* One parameter: reads the decoded value into what context points to. */
struct param {
	const char *name;
	int (*read)(void *context, const char *value, struct weir_error *err);
};

static int fault(struct weir_error *err, const char *message, const char *hint)
{
	weir_error_set(err, -EINVAL, 0, 0, "%s", message);
	weir_error_hint(err, "%s", hint);
	return -EINVAL;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decodes len bytes into text. No NUL, no stray "%". */
static int decode(const char *data, size_t len, char text[static VALUE_MAX], struct weir_error *err)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = data[i] == '+' ? ' ' : data[i];

		if (c == '%') {
			int high = i + 2 < len ? hex_value(data[i + 1]) : -1;
			int low = i + 2 < len ? hex_value(data[i + 2]) : -1;

			if (high < 0 || low < 0 || (high == 0 && low == 0))
				return fault(
					err, "the query has a malformed percent sign",
					"write % as %25 and follow it by two hexadecimal digits");
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (n + 1 >= VALUE_MAX)
			return fault(err, "a parameter of the query is too long",
				     "use up to 1024 bytes");
		text[n++] = c;
	}
	text[n] = '\0';
	return 0;
}

static int read_param(const char *data, size_t len, const struct param *params, size_t n_params,
		      unsigned *seen, void *context, struct weir_error *err)
{
	const char *equals = memchr(data, '=', len);
	size_t name_len = equals ? (size_t)(equals - data) : len;
	char value[VALUE_MAX] = "";

	for (size_t i = 0; i < n_params; i++) {
		if (strlen(params[i].name) != name_len ||
		    memcmp(params[i].name, data, name_len) != 0)
			continue;
		if (*seen & 1u << i)
			return fault(err, "a parameter of the query is given twice",
				     "give each parameter once");
		*seen |= 1u << i;
		if (!equals || equals + 1 == data + len)
			return fault(err, "a parameter of the query has no value",
				     "write NAME=VALUE, or leave it out");
		if (decode(equals + 1, len - name_len - 1, value, err) < 0)
			return -EINVAL;
		return params[i].read(context, value, err);
	}
	return fault(err, "the query has an unknown parameter",
		     "see the API's description for those of this call");
}

static int read_query(const char *query, const struct param *params, size_t n_params, void *context,
		      struct weir_error *err)
{
	unsigned seen = 0;
	int r = 0;

	if (strlen(query) > WEIR_API_QUERY_MAX)
		return fault(err, "the query is over 2048 bytes", "use fewer parameters");
	while (r == 0 && *query) {
		size_t len = strcspn(query, "&");

		r = read_param(query, len, params, n_params, &seen, context, err);
		query += len;
		if (*query == '&' && *++query == '\0' && r == 0)
			r = fault(err, "the query ends with \"&\"", "leave the last \"&\" out");
	}
	return r;
}

static int read_limit(const char *value, uint32_t *ret, struct weir_error *err)
{
	uint32_t limit;

	if (weir_parse_u32(value, &limit) < 0 || limit == 0 || limit > WEIR_API_LIMIT_MAX)
		return fault(err, "limit is not a number from 1 to 500",
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
		return fault(err, "before is not an id",
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
		return fault(err, "since is neither a time nor a span",
			     "write 2026-11-22T08:00:00Z, or a span like 30min, 24h or 14d");
	return 0;
}

static int events_channel(void *context, const char *value, struct weir_error *err)
{
	struct events_query *query = context;

	if (weir_enum_parse(&weir__v1__channel__descriptor, value, &query->filter.channel) < 0)
		return fault(err, "channel is not known",
			     "use file, removable, share, network or at_rest");
	return 0;
}

static int events_action(void *context, const char *value, struct weir_error *err)
{
	struct events_query *query = context;

	if (weir_enum_parse(&weir__v1__action__descriptor, value, &query->filter.action) < 0)
		return fault(err, "action is not known",
			     "use allow, audit, warn, block or quarantine");
	return 0;
}

static int events_agent(void *context, const char *value, struct weir_error *err)
{
	struct events_query *query = context;

	if (weir_uid_parse(value, query->filter.agent_uid) < 0)
		return fault(err, "agent is not an agent's uid",
			     "use the agent_uid of an event or of /api/v1/agents");
	query->filter.by_agent = true;
	return 0;
}

static int events_alert(void *context, const char *value, struct weir_error *err)
{
	struct events_query *query = context;

	if (strcmp(value, "true") != 0)
		return fault(err, "alert is not true", "write alert=true, or leave it out");
	query->filter.alerts_only = true;
	return 0;
}

int weir_api_query_events(const char *query, uint64_t now_ns, struct weir_store_filter *ret,
			  struct weir_error *err)
{
	static const struct param params[] = {
		{"limit", events_limit},     {"before", events_before}, {"since", events_since},
		{"channel", events_channel}, {"action", events_action}, {"agent", events_agent},
		{"alert", events_alert},
	};
	struct events_query result = {.filter.limit = WEIR_API_LIMIT, .now_ns = now_ns};
	int r = read_query(query, params, ARRAY_SIZE(params), &result, err);

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
		return fault(err, "before is not an alert's id",
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
	static const struct param params[] = {
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
	r = read_query(query, params, ARRAY_SIZE(params), &result, err);
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
		return fault(err, "after is not an agent's uid",
			     "use the next_after of the page before");
	query->has_after = true;
	return 0;
}

int weir_api_query_agents(const char *query, struct weir_api_agents_query *ret,
			  struct weir_error *err)
{
	static const struct param params[] = {{"limit", agents_limit}, {"after", agents_after}};
	struct weir_api_agents_query result = {.limit = WEIR_API_LIMIT};
	int r = read_query(query, params, ARRAY_SIZE(params), &result, err);

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
		return fault(err, "a mark of the query is not a number", "use what a page gave");
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
		return fault(err, "order is not known", "use oldest or newest");
	return 0;
}

static int marks_with(void *context, const char *value, struct weir_error *err)
{
	return read_mark(value, &((struct weir_api_marks *)context)->with, err);
}

int weir_api_query_marks(const char *query, unsigned allowed, struct weir_api_marks *ret,
			 struct weir_error *err)
{
	static const struct param all[] = {
		{"limit", marks_limit}, {"after", marks_after}, {"before", marks_before},
		{"user", marks_user},	{"order", marks_order}, {"with", marks_with},
	};
	struct weir_api_marks marks = {.limit = WEIR_API_LIMIT};
	struct param params[ARRAY_SIZE(all)];
	size_t n = 0;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (allowed & 1u << i)
			params[n++] = all[i];
	r = read_query(query, params, n, &marks, err);
	if (r == 0)
		*ret = marks;
	return r;
}

#define REPORT_NS (UINT64_C(28) * 86400 * WEIR_NSEC_PER_SEC)

/* What the functions of a report fill. */
struct report_query {
	struct weir_api_report_query result;
	uint64_t now_ns;
};

/* A time, or a span back from now. */
static int read_moment(const char *value, uint64_t now_ns, uint64_t *ret, struct weir_error *err)
{
	uint64_t back;

	if (weir_parse_duration(value, &back) == 0 && back < now_ns) {
		*ret = now_ns - back;
		return 0;
	}
	if (weir_time_parse(value, ret) < 0)
		return fault(err, "from and until take a time or a span",
			     "write 2026-11-22T00:00:00+08:00, or a span like 14d");
	return 0;
}

static int report_from(void *context, const char *value, struct weir_error *err)
{
	struct report_query *query = context;

	return read_moment(value, query->now_ns, &query->result.from_ns, err);
}

static int report_until(void *context, const char *value, struct weir_error *err)
{
	struct report_query *query = context;

	return read_moment(value, query->now_ns, &query->result.until_ns, err);
}

static int report_form(void *context, const char *value, struct weir_error *err)
{
	struct report_query *query = context;

	query->result.html = strcmp(value, "html") == 0;
	return query->result.html || strcmp(value, "json") == 0
		       ? 0
		       : fault(err, "form is not known", "use json or html");
}

static int report_language(void *context, const char *value, struct weir_error *err)
{
	struct report_query *query = context;

	query->result.chinese = strcmp(value, "zh") == 0;
	return query->result.chinese || strcmp(value, "en") == 0
		       ? 0
		       : fault(err, "lang is not known", "use zh or en");
}

int weir_api_query_report(const char *query, uint64_t now_ns, struct weir_api_report_query *ret,
			  struct weir_error *err)
{
	static const struct param params[] = {
		{"from", report_from},
		{"until", report_until},
		{"form", report_form},
		{"lang", report_language},
	};
	struct report_query result = {
		.now_ns = now_ns,
		.result = {.from_ns = now_ns > REPORT_NS ? now_ns - REPORT_NS : 0,
			   .until_ns = now_ns},
	};
	int r = read_query(query, params, ARRAY_SIZE(params), &result, err);

	if (r == 0)
		*ret = result.result;
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
		return fault(err, "after is not an agent's uid",
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
	return fault(err, "state is unknown", "use active, quarantined or revoked");
}

int weir_api_query_endpoints(const char *query, struct weir_api_endpoints_query *ret,
			     struct weir_error *err)
{
	static const struct param params[] = {
		{"limit", endpoints_limit}, {"after", endpoints_after}, {"state", endpoints_state}};
	struct weir_api_endpoints_query result = {.limit = WEIR_API_LIMIT};
	int r = read_query(query, params, ARRAY_SIZE(params), &result, err);

	if (r == 0)
		*ret = result;
	return r;
}

int weir_api_query_none(const char *query, struct weir_error *err)
{
	return *query ? fault(err, "this call takes no parameters", "leave the query out") : 0;
}
