/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_ROUTES_H
#define WEIR_CONSOLE_ROUTES_H

/* Which call goes to which module: the only place that sees http beside ingest and api. */

#include <pthread.h>
#include <stddef.h>

#include "weir/base/log.h"
#include "weir/base/ratelimit.h"
#include "weir/console_http/server.h"
#include "weir/console_store/store.h"

struct weir_routes_context {
	struct weir_store *store;
	const struct weir_log *log;
	pthread_mutex_t lock; /* guards limit */
	struct weir_ratelimit limit;
};

#define WEIR_ROUTES_N 7

/* context is borrowed by the routes. */
void weir_routes_fill(struct weir_routes_context *context,
		      struct weir_http_route routes[static WEIR_ROUTES_N]);

#endif
