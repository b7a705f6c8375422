/* SPDX-License-Identifier: Apache-2.0 */
#include "janitor.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "weir/base/time.h"
#include "weir/console_audit/audit.h"
#include "weir/console_evidence/evidence.h"
#include "weir/console_triage/triage.h"

#define DAY_NS	(86400 * WEIR_NSEC_PER_SEC)
#define FIRST_S 60 /* a console that starts has other things to do */
#define EVERY_S 86400

struct weir_janitor {
	struct weir_store *store;
	struct weir_keep keep;
	const struct weir_log *log;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* on CLOCK_MONOTONIC */
	bool stop;
};

/* Alerts that are over, with what people did about them, and the record of it. The number of
 * alerts. */
static int expire_some(struct weir_store *store, uint64_t before_ns)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	char object[32], detail[64];
	int n, r = weir_db_write(store, &tx);

	if (r < 0)
		return r;
	n = weir_triage_expire(tx, before_ns);
	if (n <= 0)
		return n;
	(void)snprintf(object, sizeof(object), "%d alerts", n);
	(void)snprintf(detail, sizeof(detail), "{\"before_ns\":%" PRIu64 "}", before_ns);
	r = weir_audit_write(tx, NULL, "alert.destroy", object, detail);
	if (r == 0)
		r = weir_db_commit(tx);
	return r < 0 ? r : n;
}

/* Each transaction is short: others write, too. */
static int expire(struct weir_store *store, const struct weir_retention *retention,
		  struct weir_error *err, uint64_t *ret_n)
{
	const uint64_t age = retention->alert_days * DAY_NS;
	int n = WEIR_TRIAGE_BULK_MAX;

	while (retention->alert_days && retention->now_ns > age && n == WEIR_TRIAGE_BULK_MAX) {
		n = expire_some(store, retention->now_ns - age);
		*ret_n += n > 0 ? (uint64_t)n : 0;
	}
	errno = -n;
	return n < 0 ? weir_error_set(err, n, 0, 0, "cannot destroy alerts that are due: %m") : 0;
}

static int destroy_evidence(struct weir_store *store, const struct weir_keep *keep,
			    const struct weir_log *log, struct weir_error *err)
{
	uint64_t n = 0;
	int r = weir_evidence_retain(store, keep->evidence_days, keep->events.clock_is_right,
				     weir_now_realtime(), &n);

	if (r == 0) {
		weir_log_info(log, "destroyed the evidence of %" PRIu64 " events", n);
		return 0;
	}
	errno = -r;
	if (r == -ERANGE)
		return weir_error_set(err, r, 0, 0, "evidence is kept for %d days at least",
				      WEIR_EVIDENCE_DAYS_MIN);
	if (r != -ETIME)
		return weir_error_set(err, r, 0, 0, "cannot destroy evidence that is due: %m");
	weir_error_set(err, r, 0, 0,
		       "more than %u days went by since evidence was last destroyed, or the clock "
		       "is wrong",
		       WEIR_RETENTION_PAUSE_MAX_DAYS);
	weir_error_hint(err, "look at the clock, then: weir-console retention --clock-is-right "
			     "--keep-evidence DAYS");
	return r;
}

/* Evidence first: behind the events their database overwrites what is left of both. */
int weir_janitor_run(struct weir_store *store, const struct weir_keep *keep,
		     const struct weir_log *log, struct weir_error *err)
{
	struct weir_retention now = keep->events;
	struct weir_destroyed destroyed = {};
	uint64_t n_over = 0;
	int r = keep->evidence_days ? destroy_evidence(store, keep, log, err) : 0;

	now.now_ns = weir_now_realtime();
	if (r == 0)
		r = weir_store_retain(store, &now, err, &destroyed);
	if (r == 0)
		r = expire(store, &now, err, &n_over);
	if (r == 0)
		weir_log_info(log,
			      "destroyed what was due: %" PRIu64 " alerts, %" PRIu64
			      " other events, %" PRIu64 " rejects; and %" PRIu64
			      " alerts that were over",
			      destroyed.alerts, destroyed.others, destroyed.rejects, n_over);
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

static void *clean(void *context)
{
	struct weir_janitor *janitor = context;

	for (time_t seconds = FIRST_S; wait_for(janitor, seconds); seconds = EVERY_S) {
		struct weir_error err = {};

		if (weir_janitor_run(janitor->store, &janitor->keep, janitor->log, &err) < 0)
			weir_log_error(janitor->log, 0, "%s%s%s", err.text, err.hint[0] ? "; " : "",
				       err.hint);
	}
	return NULL;
}

int weir_janitor_new(struct weir_store *store, const struct weir_keep *keep,
		     const struct weir_log *log, struct weir_janitor **ret)
{
	struct weir_janitor *janitor = calloc(1, sizeof(*janitor));
	pthread_condattr_t attributes;
	int r;

	if (!janitor)
		return -ENOMEM;
	janitor->store = store;
	janitor->keep = *keep;
	janitor->log = log;
	pthread_mutex_init(&janitor->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&janitor->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	r = -pthread_create(&janitor->thread, NULL, clean, janitor);
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
