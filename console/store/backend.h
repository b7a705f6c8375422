/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_STORE_BACKEND_H
#define WEIR_CONSOLE_STORE_BACKEND_H

/* What a back end brings. The front serialises ingest; the reading functions may be called while it
 * runs and from several threads. */

#include "weir/console_store/store.h"

/* One caller of weir_store_ingest() waiting for its commit. */
struct weir_store_job {
	const struct weir_store_batch *batch;
	struct weir_store_result result;
	int error; /* 0 or negative errno */
	bool done;
	struct weir_store_job *next;
};

struct weir_store_ops {
	const char *name;
	/* Applies the list of jobs in one transaction and fills each job's result and error. */
	void (*ingest)(void *backend, struct weir_store_job *jobs);
	int (*list_events)(void *backend, const struct weir_store_filter *filter,
			   weir_store_event_fn fn, void *context);
	int (*get_event)(void *backend, uint64_t id, weir_store_event_fn fn, void *context);
	int (*list_agents)(void *backend, const uint8_t *after_uid, uint32_t limit,
			   weir_store_agent_fn fn, void *context);
	void (*free)(void *backend);
};

/* Takes the back end over, also on failure. */
int weir_store_new(const struct weir_store_ops *ops, void *backend,
		   struct weir_store **ret) _must_use_;

#endif
