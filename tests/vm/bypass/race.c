/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers that are not what they were when somebody looked, or that nobody can look at. */

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bypass.h"

#define ROUNDS	   16
#define ROUNDS_MAX 64 /* until a quarter of ROUNDS began with the identifiers in the buffer */
#define RACE_BYTES (256u << 10) /* long to look through, so that there is time */

struct flip {
	const struct bypass_job *job;
	char *buffer;
	atomic_bool stop;
};

/* The identifiers come and go; at either moment the buffer is what it is for a while. */
static void *flipping(void *argument)
{
	struct flip *flip = argument;

	while (!flip->stop) {
		memset(flip->buffer, 'x', flip->job->len);
		usleep(200);
		memcpy(flip->buffer, flip->job->data, flip->job->len);
		usleep(200);
	}
	return NULL;
}

static int run_rewritten(const struct bypass_job *job)
{
	struct flip flip = {.job = job, .buffer = malloc(RACE_BYTES)};
	pthread_t thread;
	char suffix[32];
	int r = 0, held = 0;

	if (!flip.buffer)
		return -ENOMEM;
	memset(flip.buffer, 'x', RACE_BYTES);
	if (pthread_create(&thread, NULL, flipping, &flip))
		return bypass_refused("pthread_create");
	for (int i = 0; i < ROUNDS || (held < ROUNDS / 4 && i < ROUNDS_MAX); i++) {
		int fd;

		(void)snprintf(suffix, sizeof(suffix), "round%d", i);
		fd = bypass_open(bypass_beside(job, suffix), O_WRONLY | O_CREAT);
		held += *(volatile char *)flip.buffer == job->data[0];
		r = bypass_first(
			r,
			fd < 0 ? fd : bypass_close(fd, bypass_write(fd, flip.buffer, RACE_BYTES)));
		usleep(137u * (unsigned)(i % ROUNDS));
	}
	flip.stop = true;
	pthread_join(thread, NULL);
	free(flip.buffer);
	return r;
}

/* The source, mapped and never touched: its pages come in while the kernel copies. */
static int write_untouched(const struct bypass_job *job, int flags)
{
	size_t size = (job->len + BYPASS_BLOCK - 1) / BYPASS_BLOCK * BYPASS_BLOCK;
	int from = bypass_open(job->source, O_RDONLY), to, r;
	char *data;

	if (from < 0)
		return from;
	posix_fadvise(from, 0, 0, POSIX_FADV_DONTNEED);
	data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, from, 0);
	if (data == MAP_FAILED)
		return bypass_refused("mmap");
	madvise(data, size, MADV_RANDOM);
	to = bypass_open(job->target, O_WRONLY | O_CREAT | flags);
	if (to < 0)
		return to;
	r = bypass_write(to, data, flags & O_DIRECT ? size : job->len);
	return bypass_close(to, r);
}

static int run_untouched(const struct bypass_job *job)
{
	return write_untouched(job, 0);
}

static int run_untouched_direct(const struct bypass_job *job)
{
	return write_untouched(job, O_DIRECT);
}

struct fault {
	const struct bypass_job *job;
	char *page;
	int uffd;
};

/* Somebody asks for the page: here it is. */
static void *serve_fault(void *argument)
{
	struct fault *fault = argument;
	struct uffd_msg message;
	struct uffdio_copy copy = {.len = BYPASS_BLOCK};

	if (read(fault->uffd, &message, sizeof(message)) != sizeof(message))
		return NULL;
	memcpy(fault->page, fault->job->data, fault->job->len);
	copy.dst = message.arg.pagefault.address & ~(BYPASS_BLOCK - 1ull);
	copy.src = (unsigned long)fault->page;
	ioctl(fault->uffd, UFFDIO_COPY, &copy);
	return NULL;
}

static int run_userfault(const struct bypass_job *job)
{
	struct fault fault = {.job = job, .uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC)};
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	pthread_t thread;
	char *hole;
	int fd, r;

	if (fault.uffd < 0 || ioctl(fault.uffd, UFFDIO_API, &api) < 0)
		return bypass_refused("userfaultfd");
	fault.page = aligned_alloc(BYPASS_BLOCK, BYPASS_BLOCK);
	hole = mmap(NULL, BYPASS_BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (unsigned long)hole;
	range.range.len = BYPASS_BLOCK;
	if (!fault.page || hole == MAP_FAILED || ioctl(fault.uffd, UFFDIO_REGISTER, &range) < 0 ||
	    pthread_create(&thread, NULL, serve_fault, &fault))
		return bypass_refused("UFFDIO_REGISTER");
	fd = bypass_open(job->target, O_WRONLY | O_CREAT);
	if (fd < 0)
		return fd;
	r = bypass_write(fd, hole, job->len);
	return bypass_close(fd, r);
}

static const struct bypass_technique rows[] = {
	{"rewritten", "another thread rewrites the buffer during write", "写入中改写缓冲区", 0,
	 run_rewritten},
	{"untouched", "write from a mapping of the source that was never touched", "未驻留页面写入",
	 0, run_untouched},
	{"untouched-direct", "the same by O_DIRECT", "未驻留页面直接写入", 0, run_untouched_direct},
	{"userfault", "the page comes from userfaultfd when it is asked for", "缺页时才提供内容", 0,
	 run_userfault},
};

const struct bypass_family bypass_race = {"race", "buffers", "缓冲区", rows, ARRAY_SIZE(rows)};
