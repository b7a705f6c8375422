/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_CONSOLE_REPORT_FLEET_H
#define WEIR_TEST_CONSOLE_REPORT_FLEET_H

/* Two weeks of a made-up fleet, from a fixed seed: what is put into the store is kept here too, as
 * the truth that reports are compared with. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/console_store/store.h"

#define FLEET_AGENTS	 40
#define FLEET_DAYS	 14
#define FLEET_EVENTS_MAX 8192
#define FLEET_DAY	 (UINT64_C(86400) * 1000000000)
/* 2026-11-02, a Monday, at 00:00 in China. */
#define FLEET_FROM  (UINT64_C(1793548800) * 1000000000)
#define FLEET_UNTIL (FLEET_FROM + FLEET_DAYS * FLEET_DAY)

enum fleet_kind { FLEET_REFUSED, FLEET_REASON, FLEET_PASSED };

struct fleet_event {
	unsigned agent, rule, day;
	uint64_t time_ns;
	uint32_t channel, action, tier;
	bool alert;
	enum fleet_kind kind; /* of a warning */
	uint64_t suppressed;
};

struct fleet_agent {
	char host[32];
	const char *version;
	uint64_t sequence;		      /* of its last event */
	uint64_t first_seen_ns, last_seen_ns; /* 0: never */
	uint64_t dropped[2];		      /* FLEET_CAUSES: what it says it could not keep */
};

struct fleet {
	struct fleet_event events[FLEET_EVENTS_MAX];
	unsigned n_events;
	struct fleet_agent agents[FLEET_AGENTS];
	uint64_t random;
};

extern const char *const fleet_causes[];
#define FLEET_CAUSES 2
extern const char *const fleet_rules[];
#define FLEET_RULES 5

/* Fills *fleet and, through the ingest that a console uses, the store. */
void fleet_make(struct fleet *fleet, struct weir_store *store);

#endif
