/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_TRIAGE_GROUP_H
#define WEIR_CONSOLE_TRIAGE_GROUP_H

/* Which alert an event belongs to, and how much it weighs. Pure functions of the event and of the
 * endpoint that sent it, so that events may come late, twice and in any order. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/v1/event.pb-c.h"

/* The window that holds a time begins at 20:00 UTC, which is 04:00 in China: copying that goes on
 * past midnight stays one alert. */
#define WEIR_GROUP_WINDOW_NS (UINT64_C(24) * 3600 * 1000000000)

#define WEIR_GROUP_USER_MAX 256 /* bytes with the NUL; longer names are cut */

struct weir_group {
	const char *rule;		/* of the event; "" for the default */
	char user[WEIR_GROUP_USER_MAX]; /* name, or "uid:1000"; "" with no process */
	bool local; /* an account of one machine: its alerts are of that machine alone */
	const char *destination; /* static */
	uint64_t window_ns;	 /* begin of the window */
};

void weir_group_of(const Weir__V1__Event *event, struct weir_group *ret);

/* "removable", "share", "internet", "intranet", "loopback", "file", "at_rest", "agent", "other". */
const char *weir_group_destination(const Weir__V1__Event *event);

/* Whether data was kept from leaving: refused, or taken away before it had landed. */
bool weir_group_stopped(const Weir__V1__Event *event);

/* Distinct values of all detectors together; matches where these were not counted. */
uint64_t weir_group_identifiers(const Weir__V1__Event *event);

/* enum weir_severity, of an alert with so many identifiers. What is unknown (0) weighs as some. */
uint32_t weir_group_severity(uint64_t identifiers, bool let_through, bool of_agent);

#endif
