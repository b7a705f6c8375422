/* SPDX-License-Identifier: Apache-2.0 */
/* The front of the store: checks what comes in and gathers the batches of several threads into one
 * transaction, because the sync to the disk costs more than the rows. Knows no database. */

#include "weir/console_store/store.h"

#include <errno.h>
#include <stdlib.h>

#include "internal.h"

#define SQLITE	   "sqlite:"
#define POSTGRESQL "postgresql:"

static bool starts_with(const char *text, const char *head)
{
	return strncmp(text, head, strlen(head)) == 0;
}

int weir_store_open(const char *database, struct weir_error *err, struct weir_store **ret)
{
	if (starts_with(database, SQLITE) && database[strlen(SQLITE)])
		return weir_store_open_sqlite(database + strlen(SQLITE), err, ret);
	/* A URI is read with its head. */
	if (starts_with(database, POSTGRESQL "//"))
		return weir_store_open_postgresql(database, err, ret);
	if (starts_with(database, POSTGRESQL))
		return weir_store_open_postgresql(database + strlen(POSTGRESQL), err, ret);
	weir_error_set(err, -EINVAL, 0, 0, "no such kind of database");
	weir_error_hint(err, "sqlite:PATH or postgresql:CONNINFO");
	return -EINVAL;
}

int weir_store_new(const struct weir_db_ops *ops, void *backend, struct weir_error *err,
		   struct weir_store **ret)
{
	struct weir_store *store _cleanup_(weir_store_freep) = calloc(1, sizeof(*store));
	int r;

	if (!store) {
		ops->free(backend);
		return -ENOMEM;
	}
	store->ops = ops;
	store->backend = backend;
	store->last = &store->first;
	pthread_mutex_init(&store->lock, NULL);
	pthread_mutex_init(&store->listen_lock, NULL);
	r = weir_store_migrate(store, err);
	if (r < 0)
		return r;
	r = ops->attach ? ops->attach(backend, store) : 0;
	if (r < 0)
		return weir_error_set(err, r, 0, 0, "cannot listen to the database");
	*ret = TAKE_PTR(store);
	return 0;
}

void weir_store_free(struct weir_store *store)
{
	if (!store)
		return;
	store->ops->free(store->backend);
	pthread_mutex_destroy(&store->listen_lock);
	pthread_mutex_destroy(&store->lock);
	free(store);
}

/* Up to WEIR_STORE_GROUP_MAX waiting jobs, unlinked from the queue. */
static struct weir_store_job *take_group(struct weir_store *store)
{
	struct weir_store_job *group = store->first, **end = &store->first;

	for (unsigned n = 0; *end && n < WEIR_STORE_GROUP_MAX; n++)
		end = &(*end)->next;
	store->first = *end;
	*end = NULL;
	if (!store->first)
		store->last = &store->first;
	return group;
}

/* Runs one transaction for whoever waits. Called and returns with the lock held. */
static void lead(struct weir_store *store)
{
	struct weir_store_job *group = take_group(store);

	store->leading = true;
	pthread_mutex_unlock(&store->lock);
	weir_store_apply(store, group);
	pthread_mutex_lock(&store->lock);
	store->leading = false;
	/* A job lives on its waiter's stack: once done is seen it may be gone. The waiters need the
	 * lock to see it. */
	for (struct weir_store_job *next; group; group = next) {
		next = group->next;
		group->done = true;
		pthread_cond_signal(&group->changed);
	}
	if (store->first)
		pthread_cond_signal(&store->first->changed);
}

static bool batch_valid(const struct weir_store_batch *batch)
{
	if (batch->n_items > WEIR_STORE_EVENTS_MAX || batch->n_drops > WEIR_STORE_DROPS_MAX)
		return false;
	if (batch->first_sequence > WEIR_STORE_NUMBER_MAX - batch->n_items)
		return false;
	return batch->n_items == 0 || batch->first_sequence > 0;
}

int weir_store_ingest(struct weir_store *store, const struct weir_store_batch *batch,
		      struct weir_store_result *ret)
{
	struct weir_store_job job = {.batch = batch, .changed = PTHREAD_COND_INITIALIZER};

	if (!batch_valid(batch))
		return -EINVAL;
	pthread_mutex_lock(&store->lock);
	*store->last = &job;
	store->last = &job.next;
	while (!job.done) {
		if (store->leading)
			pthread_cond_wait(&job.changed, &store->lock);
		else
			lead(store);
	}
	pthread_mutex_unlock(&store->lock);
	pthread_cond_destroy(&job.changed);
	if (job.error == 0)
		*ret = job.result;
	return job.error;
}

void weir_store_on_stored(struct weir_store *store, weir_store_stored_fn fn, void *context)
{
	store->stored = fn;
	store->stored_context = context;
}
