/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "weir/action/scrubber.h"
#include "weir/base/fd.h"

struct job {
	int fd;
	struct weir_scrub_range range;
	uint64_t cookie;
	int result;
	uint64_t bytes;
};

/* A ring: [dispatched, done) is finished, [done, submitted) waits or runs. The counters only grow. */
struct weir_scrubber {
	pthread_t thread;
	bool has_thread;
	int event;
	weir_scrubber_done_fn fn;
	void *context;
	pthread_mutex_t lock; /* over all below */
	pthread_cond_t wake;
	bool stopping;
	uint64_t dispatched, done, submitted;
	struct job jobs[WEIR_SCRUBBER_QUEUE];
};

static struct job *job_at(struct weir_scrubber *scrubber, uint64_t number)
{
	return &scrubber->jobs[number % WEIR_SCRUBBER_QUEUE];
}

static void *work(void *argument)
{
	struct weir_scrubber *scrubber = argument;
	uint64_t one = 1;

	pthread_mutex_lock(&scrubber->lock);
	while (!scrubber->stopping) {
		struct job *job = job_at(scrubber, scrubber->done);

		if (scrubber->done == scrubber->submitted) {
			pthread_cond_wait(&scrubber->wake, &scrubber->lock);
			continue;
		}
		/* The owner touches a job only before it is submitted and after it is done. */
		pthread_mutex_unlock(&scrubber->lock);
		job->result = weir_scrub(job->fd, &job->range, &job->bytes);
		job->fd = weir_close(job->fd);
		pthread_mutex_lock(&scrubber->lock);
		scrubber->done++;
		(void)!write(scrubber->event, &one, sizeof(one));
	}
	pthread_mutex_unlock(&scrubber->lock);
	return NULL;
}

static int start(struct weir_scrubber *scrubber)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&scrubber->thread, NULL, work, scrubber);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	scrubber->has_thread = r == 0;
	return r;
}

int weir_scrubber_new(weir_scrubber_done_fn done, void *context, struct weir_scrubber **ret)
{
	struct weir_scrubber *scrubber _cleanup_(weir_scrubber_freep) =
		calloc(1, sizeof(*scrubber));
	int r;

	if (!scrubber)
		return -ENOMEM;
	scrubber->fn = done;
	scrubber->context = context;
	pthread_mutex_init(&scrubber->lock, NULL);
	pthread_cond_init(&scrubber->wake, NULL);
	scrubber->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (scrubber->event < 0)
		return -errno;
	r = start(scrubber);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(scrubber);
	return 0;
}

static bool next_done(struct weir_scrubber *scrubber, struct job *ret)
{
	bool there;

	pthread_mutex_lock(&scrubber->lock);
	there = scrubber->dispatched < scrubber->done;
	if (there)
		*ret = *job_at(scrubber, scrubber->dispatched++);
	pthread_mutex_unlock(&scrubber->lock);
	return there;
}

static void dispatch_done(struct weir_scrubber *scrubber)
{
	struct job job;

	while (next_done(scrubber, &job))
		scrubber->fn(scrubber->context, job.cookie, job.result, job.bytes);
}

void weir_scrubber_free(struct weir_scrubber *scrubber)
{
	if (!scrubber)
		return;
	pthread_mutex_lock(&scrubber->lock);
	scrubber->stopping = true;
	pthread_cond_signal(&scrubber->wake);
	pthread_mutex_unlock(&scrubber->lock);
	if (scrubber->has_thread)
		pthread_join(scrubber->thread, NULL);
	for (; scrubber->done < scrubber->submitted; scrubber->done++) {
		struct job *job = job_at(scrubber, scrubber->done);

		job->fd = weir_close(job->fd);
		job->result = -ECANCELED;
	}
	dispatch_done(scrubber);
	weir_close(scrubber->event);
	pthread_cond_destroy(&scrubber->wake);
	pthread_mutex_destroy(&scrubber->lock);
	free(scrubber);
}

int weir_scrubber_submit(struct weir_scrubber *scrubber, int fd,
			 const struct weir_scrub_range *range, uint64_t cookie)
{
	int r = 0;

	pthread_mutex_lock(&scrubber->lock);
	if (scrubber->submitted - scrubber->dispatched >= WEIR_SCRUBBER_QUEUE) {
		r = -EAGAIN;
	} else {
		*job_at(scrubber, scrubber->submitted) =
			(struct job){.fd = fd, .range = *range, .cookie = cookie};
		job_at(scrubber, scrubber->submitted)->range.wait = true;
		scrubber->submitted++;
		pthread_cond_signal(&scrubber->wake);
	}
	pthread_mutex_unlock(&scrubber->lock);
	if (r < 0)
		weir_close(fd);
	return r;
}

int weir_scrubber_fd(const struct weir_scrubber *scrubber)
{
	return scrubber->event;
}

int weir_scrubber_dispatch(struct weir_scrubber *scrubber)
{
	uint64_t count;

	if (read(scrubber->event, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return -errno;
	dispatch_done(scrubber);
	return 0;
}
