/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_QUERY_H
#define WEIR_CONSOLE_API_QUERY_H

/* Query strings and what they say. Strict: an unknown, repeated or malformed parameter is an error
 * with a text. */

#include "weir/base/error.h"
#include "weir/console_store/store.h"

/* Fills *ret for a list of events; limit is WEIR_API_LIMIT when not said. -EINVAL with *err, *ret
 * untouched. */
int weir_api_query_events(const char *query, uint64_t now_ns, struct weir_store_filter *ret,
			  struct weir_error *err) _must_use_;

struct weir_api_agents_query {
	bool has_after;
	uint8_t after[WEIR_STORE_UID_LEN];
	uint32_t limit;
};

int weir_api_query_agents(const char *query, struct weir_api_agents_query *ret,
			  struct weir_error *err) _must_use_;

/* For calls without parameters. */
int weir_api_query_none(const char *query, struct weir_error *err) _must_use_;

#endif
