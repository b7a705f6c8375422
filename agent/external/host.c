/* SPDX-License-Identifier: Apache-2.0 */
/* The host process. It trusts neither side: what asks may be in the hands of a hostile document, and
 * so may what runs. */

#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/time.h"

struct host {
	const struct weir_external_options *options;
	struct running running;
	int sock;
	int buffer; /* memory file for the next start */
};

/* Of a fixed size, so that its reader can't meet a file that shrinks. */
static int make_buffer(struct host *host, uint64_t size)
{
	int fd _cleanup_(weir_closep) = -1;

	if (size == 0 || size > host->options->input_bytes)
		return -EFBIG;
	fd = memfd_create("weir", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || ftruncate(fd, (off_t)size) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return -errno;
	host->buffer = weir_close(host->buffer);
	host->buffer = TAKE_FD(fd);
	return 0;
}

static bool configured(const struct host *host, uint64_t program)
{
	return (program == WEIR_EXTERNAL_PDF && host->options->pdf) ||
	       (program == WEIR_EXTERNAL_PDF_IMAGES && host->options->pdf_images) ||
	       (program == WEIR_EXTERNAL_OCR && host->options->ocr);
}

static int start(struct host *host, uint64_t program, int file, int *ret_output)
{
	int input = file >= 0 ? file : host->buffer, r;

	if (!configured(host, program))
		return -ENOSYS;
	if (host->running.pid != 0)
		return -EBUSY;
	if (input < 0)
		return -EBADF;
	r = weir_external_run(&host->running, host->options, (enum weir_external)program, input,
			      ret_output);
	host->buffer = weir_close(host->buffer);
	return r;
}

/* One request. 1: answered; 0: the asking side is gone; negative errno. */
static int serve(struct host *host)
{
	int file _cleanup_(weir_closep) = -1, output _cleanup_(weir_closep) = -1;
	struct message message;
	ssize_t n = weir_recv_fd(host->sock, &message, sizeof(message), &file);
	int send = -1, r;

	if (n <= 0)
		return (int)n;
	if (n != sizeof(message))
		return -EPROTO;
	if (message.type == MESSAGE_BUFFER) {
		message.result = make_buffer(host, message.number);
		send = message.result < 0 ? -1 : host->buffer;
	} else if (message.type == MESSAGE_START) {
		message.result = start(host, message.number, file, &output);
		send = output;
	} else if (message.type == MESSAGE_FINISH) {
		message.result = weir_external_end(&host->running);
	} else {
		return -EPROTO;
	}
	r = weir_send_fd(host->sock, &message, sizeof(message), send);
	return r < 0 ? r : 1;
}

/* Until a request or the deadline of what runs. */
static int wait_for_work(const struct host *host)
{
	struct pollfd p = {.fd = host->sock, .events = POLLIN};
	uint64_t now = weir_now_monotonic(), left;
	int n;

	if (host->running.pid == 0 || host->running.late) {
		n = poll(&p, 1, -1);
	} else {
		left = host->running.deadline > now ? host->running.deadline - now : 0;
		n = poll(&p, 1, (int)WEIR_MIN(left / WEIR_NSEC_PER_MSEC + 1, UINT64_C(3600000)));
	}
	return n < 0 && errno != EINTR ? -errno : n > 0;
}

void weir_external_serve(int sock, const struct weir_external_options *options)
{
	struct host host = {
		.options = options, .running.complaints = -1, .sock = sock, .buffer = -1};
	int r = 1;

	while (r > 0) {
		r = wait_for_work(&host);
		weir_external_check(&host.running);
		if (r > 0)
			r = serve(&host);
		else if (r == 0)
			r = 1;
	}
	if (host.running.pid != 0)
		(void)kill(host.running.pid, SIGKILL);
	_exit(r < 0);
}
