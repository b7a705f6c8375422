/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes from a descriptor for the engine. The file may grow, shrink or fail under the reader: it is
 * read, never mapped, so that a file cut short is an end and not a SIGBUS. */

#include "weir/inspect/scan.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/time.h"

#define PIECE ((uint64_t)256 << 10)

struct reading {
	int fd;
	bool stream;	   /* no positions: a pipe */
	uint64_t deadline; /* monotonic */
	int error;	   /* what reading failed with, 0: it did not */
	uint64_t error_at;
};

static int tick(void *context)
{
	const struct reading *in = context;

	return weir_now_monotonic() >= in->deadline ? -ETIMEDOUT : 0;
}

/* -ETIMEDOUT at the deadline: a pipe may never end. */
static int wait_readable(const struct reading *in)
{
	uint64_t now = weir_now_monotonic();
	struct pollfd p = {.fd = in->fd, .events = POLLIN};
	int n;

	if (now >= in->deadline)
		return -ETIMEDOUT;
	n = poll(&p, 1,
		 (int)WEIR_MIN((in->deadline - now) / WEIR_NSEC_PER_MSEC + 1, UINT64_C(60000)));
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	return n == 0 ? -ETIMEDOUT : 1;
}

static ssize_t read_stream(const struct reading *in, void *data, size_t len)
{
	for (;;) {
		int r = wait_readable(in);
		ssize_t n;

		if (r < 0)
			return r;
		n = r > 0 ? read(in->fd, data, len) : -1;
		if (n >= 0)
			return n;
		if (r > 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
	}
}

static ssize_t read_at(void *context, void *data, size_t len, uint64_t offset)
{
	struct reading *in = context;
	ssize_t n;

	if (in->stream) {
		n = read_stream(in, data, len);
	} else {
		do
			n = pread(in->fd, data, len, (off_t)offset);
		while (n < 0 && errno == EINTR);
		n = n < 0 ? -errno : n;
	}
	if (n < 0 && n != -ETIMEDOUT && in->error == 0) {
		in->error = (int)n;
		in->error_at = offset;
	}
	return n;
}

/* The place and the system's own words, which the engine does not know. */
static void explain(const struct reading *in, struct weir_findings *ret)
{
	if (in->error == 0 || ret->status == WEIR_SCAN_ERROR)
		return;
	ret->status = ret->bytes ? WEIR_SCAN_PARTIAL : WEIR_SCAN_UNSCANNABLE;
	if (in->error == -EISDIR)
		(void)snprintf(ret->reason, sizeof(ret->reason), "a folder has no content");
	else
		(void)snprintf(ret->reason, sizeof(ret->reason), "reading failed at byte %llu: %s",
			       (unsigned long long)in->error_at, strerror(-in->error));
}

/* What has positions tells its size; what lies about it (proc) is read as a stream in order. */
static uint64_t size_of(struct reading *in)
{
	off_t end = lseek(in->fd, 0, SEEK_END);

	if (end < 0) {
		in->stream = true;
		return UINT64_MAX;
	}
	return end == 0 ? UINT64_MAX : (uint64_t)end;
}

static void look(const struct weir_inspect *inspect, const struct weir_worker_request *request,
		 struct reading *in, const struct weir_bytes *bytes, int file,
		 struct weir_findings *ret)
{
	const struct weir_engine_request limits = {.now_ns = request->now_ns,
						   .max_bytes = request->max_bytes,
						   .min_confidence =
							   (uint8_t)request->min_confidence,
						   .key = request->key,
						   .unpack = {.port = inspect->port, .file = file},
						   .tick = tick,
						   .tick_context = in};

	weir_engine_scan(inspect->engine, &limits, bytes, ret);
	explain(in, ret);
	/* A pipe is over by now. */
	if (inspect->excerpts && request->excerpt_bytes > 0 && ret->count > 0 && !in->stream) {
		inspect->excerpts->room = request->excerpt_bytes;
		weir_engine_excerpts(inspect->engine, &limits, bytes, ret, inspect->excerpts);
	}
}

/* False when the file is shorter by now, cannot be read, or comes so slowly that little time would be left for looking. */
static bool fill(const struct reading *in, uint8_t *data, uint64_t size, uint64_t until)
{
	for (uint64_t at = 0; at < size; at += PIECE) {
		size_t len = (size_t)WEIR_MIN(PIECE, size - at);

		if (weir_now_monotonic() >= until ||
		    weir_pread_full(in->fd, data + at, len, (off_t)at) != (ssize_t)len)
			return false;
	}
	return true;
}

/* The whole of a small file; NULL: it has to be read as it is searched. */
static uint8_t *take_in(const struct reading *in, const struct weir_worker_request *request,
			uint64_t size)
{
	uint8_t *data _cleanup_(freep) = NULL;

	if (in->stream || size > WEIR_MIN(WEIR_INSPECT_HELD_MAX, request->max_bytes))
		return NULL;
	data = malloc((size_t)size);
	if (!data || !fill(in, data, size, in->deadline - request->budget_ns / 2))
		return NULL;
	return TAKE_PTR(data);
}

/* The descriptor goes to nobody: a program that read it itself might see another state of the file. */
static void look_once(const struct weir_inspect *inspect, const struct weir_worker_request *request,
		      struct reading *in, struct weir_memory *content, struct weir_findings *ret)
{
	const struct weir_bytes bytes = weir_bytes_of(content);
	struct weir_recall_id id;

	weir_recall_identify(inspect->recall, request, content, &id);
	if (weir_recall_get(inspect->recall, &id, ret))
		return;
	look(inspect, request, in, &bytes, -1, ret);
	weir_recall_put(inspect->recall, &id, ret);
}

void weir_inspect_scan(const struct weir_inspect *inspect, int fd,
		       const struct weir_worker_request *request, struct weir_findings *ret)
{
	struct reading in = {.fd = fd, .deadline = weir_now_monotonic() + request->budget_ns};
	const struct weir_bytes bytes = {.read_at = read_at, .context = &in, .size = size_of(&in)};
	uint8_t *data _cleanup_(freep) = take_in(&in, request, bytes.size);
	struct weir_memory content = {.data = data, .len = (size_t)bytes.size};

	if (data)
		look_once(inspect, request, &in, &content, ret);
	else
		look(inspect, request, &in, &bytes, in.stream ? -1 : fd, ret);
}
