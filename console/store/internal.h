/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_STORE_INTERNAL_H
#define WEIR_CONSOLE_STORE_INTERNAL_H

/* The store itself, for the files of this folder that know no database. */

#include <pthread.h>

#include "driver.h"

#define WEIR_STORE_LISTENERS_MAX 16
#define WEIR_STORE_GROUP_MAX	 256 /* batches of one transaction */

/* One caller of weir_store_ingest() waiting for its commit. */
struct weir_store_job {
	const struct weir_store_batch *batch;
	struct weir_store_result result;
	int error; /* 0 or negative errno */
	bool done;
	pthread_cond_t changed; /* done, or it is this one's turn to lead */
	struct weir_store_job *next;

	/* while it is applied */
	uint64_t agent;	    /* its row */
	bool known;	    /* the row says what the batch says */
	uint64_t committed; /* before the batch, holes included */
	uint32_t rejects;   /* of result.stored */
};

struct weir_store {
	const struct weir_db_ops *ops;
	void *backend;
	weir_store_stored_fn stored; /* NULL: none; set before the first batch */
	void *stored_context;

	pthread_mutex_t lock;		      /* guards what follows */
	struct weir_store_job *first, **last; /* waiting for a transaction */
	bool leading;			      /* a thread is in weir_store_apply() */

	pthread_mutex_t listen_lock; /* guards what follows */
	struct {
		weir_db_heard_fn fn;
		void *context;
	} listeners[WEIR_STORE_LISTENERS_MAX];
	size_t n_listeners;
};

/* Applies the list of jobs in one transaction and fills each job's result and error. One thread at
 * a time. */
void weir_store_apply(struct weir_store *store, struct weir_store_job *jobs);

/* Tells the listeners. */
void weir_store_heard(struct weir_store *store, const char *topic, uint64_t number);

/* Makes or migrates the tables of agents and events, and those of the store itself. */
int weir_store_migrate(struct weir_store *store, struct weir_error *err) _must_use_;

#endif
