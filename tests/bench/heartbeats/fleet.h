/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BENCH_FLEET_H
#define WEIR_BENCH_FLEET_H

/* A console with endpoints that are enrolled: written into its database while it does not run. */

#include <stdbool.h>
#include <stdint.h>

#include "postgres.h"
#include "process.h"
#include "weir/base/uid.h"

#define FLEET_SERIAL 33
#define FLEET_SPARE  2 /* endpoints behind the others, for fleet_announce() */

struct fleet {
	struct console console;
	struct postgres pg;
	char where[POSTGRES_CONNINFO_MAX + 16];
	uint32_t n, spent;
};

void fleet_endpoint(uint32_t number, uint8_t uid[static WEIR_UID_LEN],
		    char serial[static FLEET_SERIAL]);

/* waiting: as --waiting. */
void fleet_open(struct fleet *fleet, bool postgresql, uint32_t n, uint32_t waiting);
void fleet_close(struct fleet *fleet);

/* So that each endpoint is to be told of it. */
void fleet_quarantine(struct fleet *fleet);
/* All who wait are asked about again: one of the spare endpoints is revoked. */
void fleet_announce(struct fleet *fleet);
/* How many wait. */
uint32_t fleet_waiting(struct fleet *fleet);

#endif
