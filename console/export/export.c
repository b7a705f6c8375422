/* SPDX-License-Identifier: Apache-2.0 */
/* One thread looks after all sinks: it takes up what the table says, gives each that is due one
 * batch at a time, and waits where nothing is. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "sink.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/console_triage/triage.h"

#define POLL_NS	      (UINT64_C(2) * 1000000000)
#define RETRY_MAX_NS  (UINT64_C(300) * 1000000000)
#define RETRY_DOUBLES 9

/* A sink that is served. */
struct served {
	uint64_t id; /* 0: a free place */
	char name[WEIR_SINK_NAME_MAX + 1];
	enum weir_sink_kind kind;
	uint64_t position, newest, failures;
	uint64_t due_ns; /* monotonic: not before */
	bool listed;
	int dir_fd;
	struct weir_way *way; /* NULL: not open */
};

struct weir_export {
	struct weir_export_options options;
	struct served sinks[WEIR_SINKS_MAX]; /* of the thread alone */
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t changed;
	bool ending, news;
};

static void close_sink(struct served *sink)
{
	weir_way_free(sink->way);
	sink->way = NULL;
	sink->dir_fd = weir_close(sink->dir_fd);
}

static int open_sink(const struct weir_export *export, struct served *sink)
{
	if (mkdirat(export->options.dir_fd, sink->name, 0750) < 0 && errno != EEXIST)
		return -errno;
	sink->dir_fd = openat(export->options.dir_fd, sink->name,
			      O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (sink->dir_fd < 0)
		return -errno;
	return weir_way_file(sink->dir_fd, &sink->way);
}

static int take_sink(void *context, const struct weir_sink *from)
{
	struct weir_export *export = context;
	struct served *place = NULL;

	for (size_t i = 0; i < WEIR_SINKS_MAX; i++) {
		struct served *sink = &export->sinks[i];

		if (sink->id == from->id || (!place && sink->id == 0))
			place = sink;
		if (sink->id == from->id)
			break;
	}
	if (!place)
		return 0;
	if (place->id == 0) {
		*place = (struct served){.id = from->id, .kind = from->kind, .dir_fd = -1};
		memcpy(place->name, from->name, strnlen(from->name, WEIR_SINK_NAME_MAX));
	}
	place->position = from->position;
	place->newest = from->newest;
	place->failures = from->failures;
	place->listed = true;
	return 0;
}

/* What the table says now. */
static int read_sinks(struct weir_export *export)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_read(export->options.store, &tx);

	for (size_t i = 0; i < WEIR_SINKS_MAX; i++)
		export->sinks[i].listed = false;
	if (r == 0)
		r = weir_sink_list(tx, take_sink, export);
	for (size_t i = 0; r == 0 && i < WEIR_SINKS_MAX; i++) {
		if (export->sinks[i].id == 0 || export->sinks[i].listed)
			continue;
		close_sink(&export->sinks[i]);
		export->sinks[i].id = 0;
	}
	return r;
}

static void put_off(struct served *sink, int error, const struct weir_log *log)
{
	uint64_t wait = WEIR_NSEC_PER_SEC << WEIR_MIN(sink->failures, (uint64_t)RETRY_DOUBLES);

	if (sink->failures == 0)
		weir_log_warning(log, error, "export to %s failed; it is tried again", sink->name);
	sink->due_ns = weir_now_monotonic() + WEIR_MIN(wait, RETRY_MAX_NS);
	close_sink(sink);
}

/* One batch. True when there may be more at once. */
static bool serve(struct weir_export *export, struct served *sink)
{
	uint64_t position = sink->position;
	int error = sink->way ? 0 : open_sink(export, sink), r;

	if (error == 0)
		error = weir_way_step(export->options.store, sink->way, sink->position, &position);
	r = weir_sink_moved(export->options.store, sink->id, sink->position,
			    error ? sink->position : position, error);
	if (error == 0 && r == -ESTALE)
		return true; /* another console was faster: the table knows */
	if (error || r) {
		put_off(sink, error ? error : r, export->options.log);
		return false;
	}
	return true;
}

static bool serve_all(struct weir_export *export)
{
	const uint64_t now = weir_now_monotonic();
	bool more = false;

	if (read_sinks(export) < 0)
		return false;
	for (size_t i = 0; i < WEIR_SINKS_MAX; i++) {
		struct served *sink = &export->sinks[i];

		if (sink->id && sink->position < sink->newest && sink->due_ns <= now)
			more |= serve(export, sink);
	}
	return more;
}

/* Until there is news, the end, or time to look without being told. True: go on. */
static bool wait_for_news(struct weir_export *export, bool more)
{
	struct timespec until;
	uint64_t ns = weir_now_monotonic() + POLL_NS;
	bool ending;

	until.tv_sec = (time_t)(ns / WEIR_NSEC_PER_SEC);
	until.tv_nsec = (long)(ns % WEIR_NSEC_PER_SEC);
	pthread_mutex_lock(&export->lock);
	while (!more && !export->ending && !export->news)
		if (pthread_cond_timedwait(&export->changed, &export->lock, &until) != 0)
			break;
	export->news = false;
	ending = export->ending;
	pthread_mutex_unlock(&export->lock);
	return !ending;
}

static void *run(void *context)
{
	struct weir_export *export = context;
	bool more;

	do
		more = serve_all(export);
	while (wait_for_news(export, more));
	for (size_t i = 0; i < WEIR_SINKS_MAX; i++)
		if (export->sinks[i].id)
			close_sink(&export->sinks[i]);
	return NULL;
}

void weir_export_wake(struct weir_export *export)
{
	pthread_mutex_lock(&export->lock);
	export->news = true;
	pthread_cond_signal(&export->changed);
	pthread_mutex_unlock(&export->lock);
}

int weir_export_new(const struct weir_export_options *options, struct weir_error *err,
		    struct weir_export **ret)
{
	struct weir_export *export = calloc(1, sizeof(*export));
	pthread_condattr_t monotonic;
	int r;

	if (!export)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	export->options = *options;
	pthread_mutex_init(&export->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&export->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	r = -pthread_create(&export->thread, NULL, run, export);
	if (r < 0) {
		pthread_cond_destroy(&export->changed);
		pthread_mutex_destroy(&export->lock);
		free(export);
		return weir_error_set(err, r, 0, 0, "cannot start a thread for exports");
	}
	*ret = export;
	return 0;
}

void weir_export_free(struct weir_export *export)
{
	if (!export)
		return;
	pthread_mutex_lock(&export->lock);
	export->ending = true;
	pthread_cond_signal(&export->changed);
	pthread_mutex_unlock(&export->lock);
	pthread_join(export->thread, NULL);
	pthread_cond_destroy(&export->changed);
	pthread_mutex_destroy(&export->lock);
	free(export);
}
