/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_TRIAGE_ALERT_H
#define WEIR_CONSOLE_TRIAGE_ALERT_H

/* One alert as it is shown and exported. Plain data; texts are borrowed. Times are nanoseconds since
 * 1970 UTC. */

#include <stdint.h>

#include "weir/console_triage/names.h"

struct weir_alert {
	uint64_t id;
	uint64_t version;  /* grows with every change that a person makes */
	uint32_t state;	   /* enum weir_alert_state */
	uint32_t verdict;  /* enum weir_alert_verdict */
	uint32_t severity; /* enum weir_severity */
	uint32_t channel;  /* of weir.v1 */
	uint32_t action;   /* the strongest that was taken, of weir.v1 */
	const char *rule;
	const char *user;	 /* "" when no process was seen */
	const char *destination; /* "removable", "internet", ... */
	const char *assignee;	 /* "": nobody */
	uint64_t n_events;
	uint64_t n_let_through; /* of them, those whose data got out */
	uint64_t identifiers;	/* sum over the events of their distinct values */
	uint64_t first_ns;	/* the events' own time */
	uint64_t last_ns;
	uint64_t created_ns;
	uint64_t changed_ns;
};

#endif
