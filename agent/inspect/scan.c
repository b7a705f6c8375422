/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes from a descriptor into the engine. The file may grow, shrink or fail under the reader: it
 * is read, never mapped, so that a file cut short is an end and not a SIGBUS. */

#include "scan.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "weir/base/time.h"

#define PIECE (64 * 1024)

struct reading {
	int fd;
	bool stream; /* no positions */
	uint64_t offset;
	uint64_t deadline; /* monotonic */
};

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

static ssize_t read_piece(struct reading *in, void *data, size_t len)
{
	ssize_t n;

	if (weir_now_monotonic() >= in->deadline)
		return -ETIMEDOUT;
	if (!in->stream) {
		do
			n = pread(in->fd, data, len, (off_t)in->offset);
		while (n < 0 && errno == EINTR);
		if (n >= 0 || errno != ESPIPE)
			return n < 0 ? -errno : n;
		in->stream = true;
	}
	return read_stream(in, data, len);
}

static void stopped(struct weir_content *content, const struct reading *in, int error)
{
	char reason[WEIR_REASON_MAX];

	if (error == -ETIMEDOUT) {
		weir_content_stop(content, WEIR_SCAN_PARTIAL,
				  "the time for one file was over before its end");
		return;
	}
	if (error == -EISDIR)
		snprintf(reason, sizeof(reason), "a folder has no content");
	else
		snprintf(reason, sizeof(reason), "reading failed at byte %llu: %s",
			 (unsigned long long)in->offset, strerror(-error));
	weir_content_stop(content, in->offset ? WEIR_SCAN_PARTIAL : WEIR_SCAN_UNSCANNABLE, reason);
}

void weir_inspect_scan(struct weir_content *content, int fd,
		       const struct weir_worker_request *request, struct weir_findings *ret)
{
	struct weir_content_request limits = {.now_ns = request->now_ns,
					      .max_bytes = request->max_bytes,
					      .min_confidence = (uint8_t)request->min_confidence};
	struct reading in = {.fd = fd, .deadline = weir_now_monotonic() + request->budget_ns};
	uint8_t piece[PIECE];

	weir_content_begin(content, &limits);
	for (;;) {
		ssize_t n = read_piece(&in, piece, sizeof(piece));

		if (n < 0)
			stopped(content, &in, (int)n);
		if (n <= 0)
			break;
		in.offset += (uint64_t)n;
		if (weir_content_feed(content, piece, (size_t)n) <= 0)
			break;
	}
	weir_content_finish(content, ret);
}
