/* SPDX-License-Identifier: Apache-2.0 */
#include "scan_progress.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "weir/base/time.h"
#include "weir/cli/scan_walk.h"

#define SHOW_EVERY (200 * WEIR_NSEC_PER_MSEC)
#define SURE_AFTER (2 * WEIR_NSEC_PER_SEC)
/* Opening a file and asking a worker cost about as much as reading this. */
#define FILE_COST (64 << 10)

struct weir_progress {
	struct weir_walk *walk;
	pthread_t counter;
	atomic_bool stop, counted;
	atomic_uint_fast64_t files, bytes;
	uint64_t started_ns, shown_ns;
	bool drawn;
};

static void *count(void *argument)
{
	struct weir_progress *p = argument;
	uint64_t size;

	while (!atomic_load(&p->stop) && weir_walk_next_size(p->walk, &size) > 0) {
		atomic_fetch_add(&p->files, 1);
		atomic_fetch_add(&p->bytes, size);
	}
	atomic_store(&p->counted, true);
	return NULL;
}

int weir_progress_new(char *const *paths, struct weir_progress **ret)
{
	struct weir_progress *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->started_ns = weir_now_monotonic();
	r = weir_walk_new(paths, &p->walk);
	if (r == 0)
		r = -pthread_create(&p->counter, NULL, count, p);
	if (r < 0) {
		weir_walk_free(p->walk);
		free(p);
		return r;
	}
	*ret = p;
	return 0;
}

void weir_progress_free(struct weir_progress *p)
{
	if (!p)
		return;
	atomic_store(&p->stop, true);
	(void)pthread_join(p->counter, NULL);
	weir_progress_hide(p);
	weir_walk_free(p->walk);
	free(p);
}

void weir_progress_left(uint64_t elapsed_ns, uint64_t done, uint64_t all, char *ret, size_t size)
{
	double seconds = (double)elapsed_ns / (double)WEIR_NSEC_PER_SEC;
	uint64_t left;

	ret[0] = '\0';
	if (elapsed_ns < SURE_AFTER || done == 0 || done >= all)
		return;
	left = (uint64_t)(seconds * (double)(all - done) / (double)done + 0.5);
	if (left >= 3600)
		(void)snprintf(ret, size, "%" PRIu64 " h %02" PRIu64 " min left", left / 3600,
			       left / 60 % 60);
	else if (left >= 60)
		(void)snprintf(ret, size, "%" PRIu64 " min %02" PRIu64 " s left", left / 60,
			       left % 60);
	else
		(void)snprintf(ret, size, "%" PRIu64 " s left", left);
}

void weir_progress_show(struct weir_progress *p, const struct weir_progress_at *at)
{
	uint64_t now = weir_now_monotonic(), done, all;
	char left[64] = "";

	if (!p || now < p->shown_ns + SHOW_EVERY)
		return;
	p->shown_ns = now;
	p->drawn = true;
	fprintf(stderr, "\r\033[K%" PRIu64 " files, %" PRIu64 " MiB, %" PRIu64 " with findings",
		at->files, at->bytes >> 20, at->found);
	if (atomic_load(&p->counted)) {
		done = at->bytes + at->files * FILE_COST;
		all = atomic_load(&p->bytes) + atomic_load(&p->files) * FILE_COST;
		weir_progress_left(now - p->started_ns, done, all, left, sizeof(left));
		fprintf(stderr, ", %" PRIu64 " %%%s%s",
			all ? WEIR_MIN(done * 100 / all, UINT64_C(100)) : 100, left[0] ? ", " : "",
			left);
	}
	fflush(stderr);
}

void weir_progress_hide(struct weir_progress *p)
{
	if (!p || !p->drawn)
		return;
	fprintf(stderr, "\r\033[K");
	fflush(stderr);
	p->drawn = false;
	p->shown_ns = 0;
}
