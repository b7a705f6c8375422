/* SPDX-License-Identifier: Apache-2.0 */
#include "courier.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#include "sink.h"
#include "way.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

#define POLL_NS	      (UINT64_C(2) * WEIR_NSEC_PER_SEC)
#define RETRY_MAX_NS  (UINT64_C(300) * WEIR_NSEC_PER_SEC)
#define RETRY_DOUBLES 9
/* One line is given up by itself after so many refusals, when another one is taken. */
#define REFUSALS_MAX 4
#define RENEW_NS \
	(WEIR_SINK_HOLD_NS / 4) /* a hold so old is made anew: a delivery fits into the rest */

struct weir_courier {
	const struct weir_export_options *options;
	struct weir_bell *bell;
	uint64_t id, holder;
	char name[WEIR_SINK_NAME_MAX + 1];
	uint64_t due_ns;      /* monotonic: not before */
	uint64_t held_ns;     /* since 1970: when the hold was made; 0: none */
	struct weir_way *way; /* NULL: not open */
	size_t most;	      /* lines of the next batch */
	uint64_t refused;     /* the line that was refused by itself; 0: none */
	unsigned refusals;    /* of it, in a row */
	pthread_t thread;
	atomic_bool done;
};

/* What the table says of the sink. */
struct standing {
	uint64_t position, newest, failures, tests_asked, tests_done;
};

int weir_bell_init(struct weir_bell *bell)
{
	pthread_condattr_t monotonic;

	*bell = (struct weir_bell){.end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
	if (bell->end_fd < 0)
		return -errno;
	pthread_mutex_init(&bell->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&bell->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return 0;
}

void weir_bell_done(struct weir_bell *bell)
{
	pthread_cond_destroy(&bell->changed);
	pthread_mutex_destroy(&bell->lock);
	bell->end_fd = weir_close(bell->end_fd);
}

void weir_bell_ring(struct weir_bell *bell)
{
	pthread_mutex_lock(&bell->lock);
	bell->rings++;
	pthread_cond_broadcast(&bell->changed);
	pthread_mutex_unlock(&bell->lock);
}

void weir_bell_end(struct weir_bell *bell)
{
	(void)eventfd_write(bell->end_fd, 1);
	pthread_mutex_lock(&bell->lock);
	bell->ending = true;
	pthread_cond_broadcast(&bell->changed);
	pthread_mutex_unlock(&bell->lock);
}

bool weir_bell_wait(struct weir_bell *bell, uint64_t *heard)
{
	const uint64_t ns = weir_now_monotonic() + POLL_NS;
	const struct timespec until = {.tv_sec = (time_t)(ns / WEIR_NSEC_PER_SEC),
				       .tv_nsec = (long)(ns % WEIR_NSEC_PER_SEC)};
	bool ending;

	pthread_mutex_lock(&bell->lock);
	while (!bell->ending && bell->rings == *heard)
		if (pthread_cond_timedwait(&bell->changed, &bell->lock, &until) != 0)
			break;
	*heard = bell->rings;
	ending = bell->ending;
	pthread_mutex_unlock(&bell->lock);
	return !ending;
}

static int note_standing(void *context, const struct weir_sink *sink)
{
	*(struct standing *)context = (struct standing){
		.position = sink->position,
		.newest = sink->newest,
		.failures = sink->failures,
		.tests_asked = sink->tests_asked,
		.tests_done = sink->tests_done,
	};
	return 0;
}

static int open_from(void *context, const struct weir_sink_settings *settings)
{
	struct weir_courier *courier = context;
	const struct weir_way_place place = {.dir_fd = courier->options->dir_fd,
					     .end_fd = courier->bell->end_fd};

	return weir_way_open(settings, &place, NULL, &courier->way);
}

static int open_way(struct weir_courier *courier)
{
	if (courier->way)
		return 0;
	return weir_sink_read(courier->options->store, courier->id, open_from, courier);
}

static void close_way(struct weir_courier *courier)
{
	weir_way_free(TAKE_PTR(courier->way));
}

/* Also anew when the clock was set back. */
static int hold(struct weir_courier *courier)
{
	const uint64_t now_ns = weir_now_realtime();
	int r;

	if (courier->held_ns && now_ns - courier->held_ns < RENEW_NS)
		return 0;
	r = weir_sink_hold(courier->options->store, courier->id, courier->holder, now_ns);
	courier->held_ns = r == 0 ? now_ns : 0;
	return r;
}

static void put_off(struct weir_courier *courier, const struct standing *standing, int error)
{
	const uint64_t doubled = WEIR_NSEC_PER_SEC
				 << WEIR_MIN(standing->failures, (uint64_t)RETRY_DOUBLES);
	uint64_t wait_ns = WEIR_MIN(doubled, RETRY_MAX_NS);

	if (courier->way)
		wait_ns = WEIR_MAX(wait_ns, courier->way->later_ns);
	if (standing->failures == 0)
		weir_log_warning(courier->options->log, error,
				 "export to %s failed; it is tried again", courier->name);
	courier->due_ns = weir_now_monotonic() + wait_ns;
	close_way(courier);
}

/* A line that nothing else is wrong with than itself would hold up all that follow it for ever. A receiver
 * that takes nothing at all (a wrong path, another format) is waited for: nothing is lost for that. */
static bool is_to_blame(struct weir_courier *courier, uint64_t line)
{
	if (courier->refused != line)
		courier->refusals = 0;
	courier->refused = line;
	return ++courier->refusals >= REFUSALS_MAX &&
	       weir_way_test(courier->way, weir_now_realtime()) == 0;
}

/* What it was about stays in the console; who was to get it is told that he did not. */
static bool pass_over(struct weir_courier *courier, uint64_t from, uint64_t line)
{
	int r = weir_sink_passed(courier->options->store, courier->id, from, line);

	if (r < 0)
		return r == -ESTALE;
	weir_log_warning(courier->options->log, 0,
			 "export to %s: line %" PRIu64 " was refused %u times while another was"
			 " taken; it is passed over",
			 courier->name, line, courier->refusals);
	return true;
}

static bool arrived(struct weir_courier *courier, const struct standing *standing, uint64_t last)
{
	int r = weir_sink_moved(courier->options->store, courier->id, standing->position, last, 0);

	if (r < 0 && r != -ESTALE) { /* another console was faster: the table knows */
		put_off(courier, standing, r);
		return false;
	}
	if (standing->failures && r == 0)
		weir_log_info(courier->options->log, "export to %s goes on", courier->name);
	courier->most = WEIR_MIN(2 * courier->most, (size_t)WEIR_FEED_LINES_MAX);
	courier->due_ns = weir_now_monotonic() + courier->way->pace_ns;
	return last != standing->position;
}

static void failed(struct weir_courier *courier, const struct standing *standing, int error)
{
	int r = weir_sink_moved(courier->options->store, courier->id, standing->position,
				standing->position, error);

	put_off(courier, standing, r == 0 || r == -ESTALE ? error : r);
}

/* One batch. True when there may be more at once. */
static bool deliver(struct weir_courier *courier, const struct standing *standing)
{
	struct weir_way_batch batch = {.after = standing->position, .most = courier->most};
	int error = open_way(courier);

	if (error == 0)
		error = weir_way_step(courier->options->store, courier->way, &batch);
	if (error == 0)
		return arrived(courier, standing, batch.last);
	if (error == -ECANCELED)
		return false;
	if (weir_way_is_refusal(error) && batch.lines > 1) {
		courier->most = batch.lines / 2; /* which of them is it? */
		return true;
	}
	if (weir_way_is_refusal(error) && batch.lines == 1 && is_to_blame(courier, batch.last))
		return pass_over(courier, standing->position, batch.last);
	failed(courier, standing, error);
	return false;
}

/* A success is a reason to try what waits, too. */
static bool test(struct weir_courier *courier, const struct standing *standing)
{
	int error = open_way(courier), r;

	if (error == 0)
		error = weir_way_test(courier->way, weir_now_realtime());
	if (error == -ECANCELED)
		return false;
	if (error < 0)
		close_way(courier);
	else
		courier->due_ns = 0;
	r = weir_sink_tested(courier->options->store, courier->id, standing->tests_asked, error);
	return r == 0;
}

/* True when there may be more at once. */
static bool take_turn(struct weir_courier *courier)
{
	struct standing standing = {};
	int r = weir_sink_look(courier->options->store, courier->id, note_standing, &standing);
	bool asked, waiting;

	if (r == -ENOENT)
		atomic_store(&courier->done, true);
	if (r < 0)
		return false;
	asked = standing.tests_done < standing.tests_asked;
	waiting = standing.position < standing.newest && courier->due_ns <= weir_now_monotonic();
	if ((!asked && !waiting) || hold(courier) < 0)
		return false;
	return asked ? test(courier, &standing) : deliver(courier, &standing);
}

static bool is_ending(struct weir_bell *bell)
{
	bool ending;

	pthread_mutex_lock(&bell->lock);
	ending = bell->ending;
	pthread_mutex_unlock(&bell->lock);
	return ending;
}

static void *run(void *context)
{
	struct weir_courier *courier = context;
	uint64_t heard = 0;

	do
		while (!is_ending(courier->bell) && take_turn(courier))
			;
	while (!atomic_load(&courier->done) && weir_bell_wait(courier->bell, &heard));
	close_way(courier);
	if (courier->held_ns)
		weir_sink_let_go(courier->options->store, courier->id, courier->holder);
	return NULL;
}

int weir_courier_new(const struct weir_export_options *options, struct weir_bell *bell,
		     uint64_t holder, const struct weir_sink *sink, struct weir_courier **ret)
{
	struct weir_courier *courier = calloc(1, sizeof(*courier));
	int r;

	if (!courier)
		return -ENOMEM;
	courier->options = options;
	courier->bell = bell;
	courier->id = sink->id;
	courier->holder = holder;
	courier->most = WEIR_FEED_LINES_MAX;
	memcpy(courier->name, sink->name, strnlen(sink->name, WEIR_SINK_NAME_MAX));
	r = -pthread_create(&courier->thread, NULL, run, courier);
	if (r < 0) {
		free(courier);
		return r;
	}
	*ret = courier;
	return 0;
}

uint64_t weir_courier_sink(const struct weir_courier *courier)
{
	return courier->id;
}

bool weir_courier_is_done(struct weir_courier *courier)
{
	return atomic_load(&courier->done);
}

void weir_courier_free(struct weir_courier *courier)
{
	if (!courier)
		return;
	pthread_join(courier->thread, NULL);
	free(courier);
}
