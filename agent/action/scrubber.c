/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "weir/action/scrubber.h"
#include "weir/base/fd.h"

struct job {
	int fd;
	struct weir_scrub_range range;
	struct weir_seizure seizure; /* quarantine NULL: the range alone; path and rule not used */
	char path[WEIR_QUARANTINE_PATH_MAX];
	char rule[WEIR_QUARANTINE_RULE_MAX];
	struct weir_scrubber_done done;
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

static void seize(struct job *job)
{
	struct weir_quarantine_entry entry;
	int r = weir_quarantine_put(job->seizure.quarantine, job->fd, job->path, job->rule, &entry);

	job->done.seal_error = r;
	if (r == 0)
		memcpy(job->done.quarantine_id, entry.id, sizeof(entry.id));
	if (r < 0 && job->seizure.only_sealed)
		job->done.result = r;
	else if (r == 0 && job->seizure.explain)
		job->done.result = weir_quarantine_replace(&entry, job->fd, &job->done.bytes);
	else
		job->done.result = weir_scrub(job->fd, &job->range, &job->done.bytes);
}

static void carry_out(struct job *job)
{
	if (job->seizure.quarantine)
		seize(job);
	else
		job->done.result = weir_scrub(job->fd, &job->range, &job->done.bytes);
	job->fd = weir_close(job->fd);
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
		carry_out(job);
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

static bool next_done(struct weir_scrubber *scrubber, struct weir_scrubber_done *ret)
{
	bool there;

	pthread_mutex_lock(&scrubber->lock);
	there = scrubber->dispatched < scrubber->done;
	if (there)
		*ret = job_at(scrubber, scrubber->dispatched++)->done;
	pthread_mutex_unlock(&scrubber->lock);
	return there;
}

static void dispatch_done(struct weir_scrubber *scrubber)
{
	struct weir_scrubber_done done;

	while (next_done(scrubber, &done))
		scrubber->fn(scrubber->context, &done);
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
		job->done.result = -ECANCELED;
	}
	dispatch_done(scrubber);
	weir_close(scrubber->event);
	pthread_cond_destroy(&scrubber->wake);
	pthread_mutex_destroy(&scrubber->lock);
	free(scrubber);
}

/* The next free job, filled; NULL when there is none. With the lock held. */
static struct job *take_job(struct weir_scrubber *scrubber, int fd,
			    const struct weir_scrub_range *range, uint64_t cookie)
{
	struct job *job = job_at(scrubber, scrubber->submitted);

	if (scrubber->submitted - scrubber->dispatched >= WEIR_SCRUBBER_QUEUE)
		return NULL;
	job->fd = fd;
	job->range = *range;
	job->range.wait = true;
	job->seizure = (struct weir_seizure){0};
	job->done = (struct weir_scrubber_done){.cookie = cookie};
	return job;
}

static int submit(struct weir_scrubber *scrubber, int fd, const struct weir_scrub_range *range,
		  const struct weir_seizure *seizure, uint64_t cookie)
{
	struct job *job;

	pthread_mutex_lock(&scrubber->lock);
	job = take_job(scrubber, fd, range, cookie);
	if (job && seizure) {
		job->seizure = *seizure;
		(void)snprintf(job->path, sizeof(job->path), "%s", seizure->path);
		(void)snprintf(job->rule, sizeof(job->rule), "%s", seizure->rule);
	}
	if (job) {
		scrubber->submitted++;
		pthread_cond_signal(&scrubber->wake);
	}
	pthread_mutex_unlock(&scrubber->lock);
	if (!job)
		weir_close(fd);
	return job ? 0 : -EAGAIN;
}

int weir_scrubber_submit(struct weir_scrubber *scrubber, int fd,
			 const struct weir_scrub_range *range, uint64_t cookie)
{
	return submit(scrubber, fd, range, NULL, cookie);
}

int weir_scrubber_seize(struct weir_scrubber *scrubber, int fd, const struct weir_seizure *seizure,
			uint64_t cookie)
{
	static const struct weir_scrub_range whole = {.end = WEIR_SCRUB_WHOLE};

	return submit(scrubber, fd, &whole, seizure, cookie);
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
