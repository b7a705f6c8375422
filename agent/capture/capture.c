/* SPDX-License-Identifier: Apache-2.0 */
/* Owns: the queue, the thread, and what is to be sealed until it is. */

#include "weir/capture/capture.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "weir/base/fd.h"

struct job {
	struct weir_buf plain;		    /* wiped when it is sealed, or is not going to be */
	struct weir_recipients *recipients; /* owned */
	struct weir_capture_done done;
};

/* A ring: [dispatched, done) is finished, [done, submitted) waits or runs. The counters only grow. */
struct weir_capture {
	const struct weir_evidence_folder *folder;
	pthread_t thread;
	bool has_thread;
	int event;
	weir_capture_done_fn fn;
	void *context;
	pthread_mutex_t lock; /* over all below */
	pthread_cond_t wake;
	bool stopping;
	uint64_t dispatched, done, submitted;
	struct job jobs[WEIR_CAPTURE_QUEUE];
};

static struct job *job_at(struct weir_capture *capture, uint64_t number)
{
	return &capture->jobs[number % WEIR_CAPTURE_QUEUE];
}

static void forget(struct job *job)
{
	weir_buf_wipe(&job->plain);
	weir_recipients_free(TAKE_PTR(job->recipients));
}

static void carry_out(const struct weir_evidence_folder *folder, struct job *job)
{
	struct weir_buf sealed _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EVIDENCE_SEALED_MAX);
	struct weir_capture_done *done = &job->done;
	int r = weir_evidence_seal(job->recipients, job->plain.data, job->plain.len, &sealed);

	forget(job);
	if (r == 0 &&
	    EVP_Digest(sealed.data, sealed.len, done->sha256, NULL, EVP_sha256(), NULL) != 1)
		r = -ENOMEM;
	if (r == 0)
		r = weir_evidence_folder_put(folder, done->sha256, sealed.data, sealed.len);
	done->result = r;
}

static void *work(void *argument)
{
	struct weir_capture *capture = argument;
	uint64_t one = 1;

	pthread_mutex_lock(&capture->lock);
	while (!capture->stopping) {
		struct job *job = job_at(capture, capture->done);

		if (capture->done == capture->submitted) {
			pthread_cond_wait(&capture->wake, &capture->lock);
			continue;
		}
		/* The owner touches a job only before it is submitted and after it is done. */
		pthread_mutex_unlock(&capture->lock);
		carry_out(capture->folder, job);
		pthread_mutex_lock(&capture->lock);
		capture->done++;
		(void)!write(capture->event, &one, sizeof(one));
	}
	pthread_mutex_unlock(&capture->lock);
	return NULL;
}

static int start(struct weir_capture *capture)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&capture->thread, NULL, work, capture);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	capture->has_thread = r == 0;
	return r;
}

int weir_capture_new(const struct weir_evidence_folder *folder, weir_capture_done_fn done,
		     void *context, struct weir_capture **ret)
{
	struct weir_capture *capture _cleanup_(weir_capture_freep) = calloc(1, sizeof(*capture));
	int r;

	if (!capture)
		return -ENOMEM;
	capture->folder = folder;
	capture->fn = done;
	capture->context = context;
	pthread_mutex_init(&capture->lock, NULL);
	pthread_cond_init(&capture->wake, NULL);
	capture->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (capture->event < 0)
		return -errno;
	r = start(capture);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(capture);
	return 0;
}

static bool next_done(struct weir_capture *capture, struct weir_capture_done *ret)
{
	bool there;

	pthread_mutex_lock(&capture->lock);
	there = capture->dispatched < capture->done;
	if (there)
		*ret = job_at(capture, capture->dispatched++)->done;
	pthread_mutex_unlock(&capture->lock);
	return there;
}

static void dispatch_done(struct weir_capture *capture)
{
	struct weir_capture_done done;

	while (next_done(capture, &done))
		capture->fn(capture->context, &done);
}

void weir_capture_free(struct weir_capture *capture)
{
	if (!capture)
		return;
	pthread_mutex_lock(&capture->lock);
	capture->stopping = true;
	pthread_cond_signal(&capture->wake);
	pthread_mutex_unlock(&capture->lock);
	if (capture->has_thread)
		pthread_join(capture->thread, NULL);
	for (; capture->done < capture->submitted; capture->done++) {
		struct job *job = job_at(capture, capture->done);

		forget(job);
		job->done.result = -ECANCELED;
	}
	dispatch_done(capture);
	weir_close(capture->event);
	pthread_cond_destroy(&capture->wake);
	pthread_mutex_destroy(&capture->lock);
	free(capture);
}

static size_t plain_len(const struct weir_evidence *evidence)
{
	size_t len = 0;

	for (size_t i = 0; i < evidence->n_pieces; i++)
		len += evidence->pieces[i].len;
	return len;
}

/* The room is reserved at once: growing would leave copies behind. */
static int encode(const struct weir_evidence *evidence, struct weir_buf *ret)
{
	int r = weir_buf_reserve(
		ret, WEIR_MIN(plain_len(evidence) + 64 * 1024, (size_t)WEIR_CAPTURE_PLAIN_MAX));

	return r < 0 ? r : weir_evidence_encode(evidence, ret);
}

int weir_capture_submit(struct weir_capture *capture, const struct weir_evidence *evidence,
			struct weir_recipients *recipients, uint64_t cookie)
{
	struct weir_buf plain _cleanup_(weir_buf_wipe) = WEIR_BUF_INIT(WEIR_CAPTURE_PLAIN_MAX);
	int r = encode(evidence, &plain);

	if (r < 0)
		return r;
	pthread_mutex_lock(&capture->lock);
	if (capture->submitted - capture->dispatched >= WEIR_CAPTURE_QUEUE) {
		r = -EAGAIN;
	} else {
		struct job *job = job_at(capture, capture->submitted++);

		*job = (struct job){.plain = plain,
				    .recipients = weir_recipients_ref(recipients),
				    .done = {.cookie = cookie}};
		plain = WEIR_BUF_INIT(0);
		pthread_cond_signal(&capture->wake);
	}
	pthread_mutex_unlock(&capture->lock);
	return r;
}

int weir_capture_fd(const struct weir_capture *capture)
{
	return capture->event;
}

int weir_capture_dispatch(struct weir_capture *capture)
{
	uint64_t count;

	if (read(capture->event, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return -errno;
	dispatch_done(capture);
	return 0;
}
