/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_QUERY_H
#define WEIR_CONSOLE_API_QUERY_H

/* Query strings and what they say. Strict: an unknown, repeated or malformed parameter is an error
 * with a text. */

#include "weir/base/error.h"
#include "weir/base/uid.h"
#include "weir/console_fleet/fleet.h"
#include "weir/console_report/report.h"
#include "weir/console_store/store.h"
#include "weir/console_triage/filter.h"

/* Fills *ret for a list of events; limit is WEIR_API_LIMIT when not said. -EINVAL with *err, *ret
 * untouched. */
int weir_api_query_events(const char *query, uint64_t now_ns, struct weir_store_filter *ret,
			  struct weir_error *err) _must_use_;

struct weir_api_alerts_query {
	struct weir_alert_filter filter;
	uint64_t before; /* 0: from the newest */
	uint32_t limit;
};

int weir_api_query_alerts(const char *query, uint64_t now_ns, struct weir_api_alerts_query *ret,
			  struct weir_error *err) _must_use_;

struct weir_api_agents_query {
	bool has_after;
	uint8_t after[WEIR_STORE_UID_LEN];
	uint32_t limit;
};

int weir_api_query_agents(const char *query, struct weir_api_agents_query *ret,
			  struct weir_error *err) _must_use_;

/* Numbers that a list may be asked for by. */
enum weir_api_marks_allowed {
	WEIR_API_MARK_LIMIT = 1,
	WEIR_API_MARK_AFTER = 2,
	WEIR_API_MARK_BEFORE = 4,
	WEIR_API_MARK_USER = 8,
	WEIR_API_MARK_ORDER = 16, /* "oldest" or "newest" */
	WEIR_API_MARK_WITH = 32,
};

struct weir_api_marks {
	uint32_t limit;			    /* WEIR_API_LIMIT when not said */
	uint64_t after, before, user, with; /* 0 when not said */
	bool oldest_first;
};

int weir_api_query_marks(const char *query, unsigned allowed, struct weir_api_marks *ret,
			 struct weir_error *err) _must_use_;

struct weir_api_report_query {
	uint64_t from_ns, until_ns; /* the four weeks until now when not said */
	enum weir_report_form form;
};

int weir_api_query_report(const char *query, uint64_t now_ns, struct weir_api_report_query *ret,
			  struct weir_error *err) _must_use_;

struct weir_api_draft_query {
	char notice[32]; /* "": not said */
	enum weir_report_form form;
};

int weir_api_query_draft(const char *query, struct weir_api_draft_query *ret,
			 struct weir_error *err) _must_use_;

struct weir_api_endpoints_query {
	bool has_after;
	uint8_t after[WEIR_UID_LEN];
	enum weir_fleet_state state; /* 0: any */
	uint32_t limit;
};

int weir_api_query_endpoints(const char *query, struct weir_api_endpoints_query *ret,
			     struct weir_error *err) _must_use_;

/* For calls without parameters. */
int weir_api_query_none(const char *query, struct weir_error *err) _must_use_;

#endif
