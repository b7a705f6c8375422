/* SPDX-License-Identifier: Apache-2.0 */
#include "janitor.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "weir/base/time.h"

#define FIRST_S 60 /* a console that starts has other things to do */
#define EVERY_S 86400

struct weir_janitor {
	struct weir_store *store;
	struct weir_retention retention;
	const struct weir_log *log;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* on CLOCK_MONOTONIC */
	bool stop;
};

int weir_janitor_run(struct weir_store *store, const struct weir_retention *retention,
		     const struct weir_log *log, struct weir_error *err)
{
	struct weir_retention now = *retention;
	struct weir_destroyed destroyed = {};
	int r;

	now.now_ns = weir_now_realtime();
	r = weir_store_retain(store, &now, err, &destroyed);
	if (r == 0)
		weir_log_info(log,
			      "destroyed what was due: %" PRIu64 " alerts, %" PRIu64
			      " other events, %" PRIu64 " rejects",
			      destroyed.alerts, destroyed.others, destroyed.rejects);
	return r;
}

/* False: to end. */
static bool wait_for(struct weir_janitor *janitor, time_t seconds)
{
	struct timespec until;
	bool stop;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&janitor->lock);
	while (!janitor->stop &&
	       pthread_cond_timedwait(&janitor->changed, &janitor->lock, &until) != ETIMEDOUT)
		;
	stop = janitor->stop;
	pthread_mutex_unlock(&janitor->lock);
	return !stop;
}

static void *keep(void *context)
{
	struct weir_janitor *janitor = context;

	for (time_t seconds = FIRST_S; wait_for(janitor, seconds); seconds = EVERY_S) {
		struct weir_error err = {};

		if (weir_janitor_run(janitor->store, &janitor->retention, janitor->log, &err) < 0)
			weir_log_error(janitor->log, 0, "%s%s%s", err.text, err.hint[0] ? "; " : "",
				       err.hint);
	}
	return NULL;
}

int weir_janitor_new(struct weir_store *store, const struct weir_retention *retention,
		     const struct weir_log *log, struct weir_janitor **ret)
{
	struct weir_janitor *janitor = calloc(1, sizeof(*janitor));
	pthread_condattr_t attributes;
	int r;

	if (!janitor)
		return -ENOMEM;
	janitor->store = store;
	janitor->retention = *retention;
	janitor->log = log;
	pthread_mutex_init(&janitor->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&janitor->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	r = -pthread_create(&janitor->thread, NULL, keep, janitor);
	if (r < 0) {
		pthread_cond_destroy(&janitor->changed);
		pthread_mutex_destroy(&janitor->lock);
		free(janitor);
		return r;
	}
	*ret = janitor;
	return 0;
}

void weir_janitor_free(struct weir_janitor *janitor)
{
	if (!janitor)
		return;
	pthread_mutex_lock(&janitor->lock);
	janitor->stop = true;
	pthread_cond_broadcast(&janitor->changed);
	pthread_mutex_unlock(&janitor->lock);
	pthread_join(janitor->thread, NULL);
	pthread_cond_destroy(&janitor->changed);
	pthread_mutex_destroy(&janitor->lock);
	free(janitor);
}
