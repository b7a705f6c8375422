/* SPDX-License-Identifier: Apache-2.0 */
/* A worker that does what the first byte of the file says: good, or one way of being broken. */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/findings/detectors.h"
#include "weir/ipc/detectors.h"
#include "weir/ipc/worker.h"

static struct weir_worker_answer answer;
static uint32_t known; /* detectors, told in the type of every answer */

static void make_answer(const struct weir_worker_request *request)
{
	memset(&answer, 0, sizeof(answer));
	answer.version = WEIR_WORKER_VERSION;
	answer.type = WEIR_WORKER_ANSWER;
	answer.sequence = request->sequence;
	answer.findings.status = WEIR_SCAN_COMPLETE;
	answer.findings.bytes = 1;
	(void)snprintf(answer.findings.type, sizeof(answer.findings.type), "text/x-%u", known);
}

static void send_excerpt(uint64_t offset, uint32_t len)
{
	struct weir_worker_excerpt excerpt = {.version = WEIR_WORKER_VERSION,
					      .type = WEIR_WORKER_EXCERPT,
					      .sequence = answer.sequence,
					      .offset = offset,
					      .len = len};

	memset(excerpt.data, 'x', len);
	(void)!weir_send_fd(WEIR_WORKER_FD, &excerpt, weir_worker_excerpt_len(&excerpt), -1);
}

/* Two that follow each other, one over the other, one of nothing, or more than anybody asked for. */
static void send_excerpts(char what)
{
	answer.findings.parts_count = 1;
	answer.findings.bytes = 20;
	if (what == 'e' || what == 'o') {
		send_excerpt(0, 4);
		send_excerpt(what == 'e' ? 4 : 3, 4);
	}
	if (what == 'n')
		send_excerpt(0, 0);
	for (unsigned i = 0; what == 'm' && i < 5; i++)
		send_excerpt(4 * i, 4);
}

static void act(char what, const struct weir_worker_request *request)
{
	int fd = -1;
	size_t len;

	make_answer(request);
	if (strchr("eonm", what))
		send_excerpts(what);
	if (what == 's')
		answer.sequence++;
	if (what == 'c')
		answer.findings.count = 5;
	if (what == 'p')
		(void)snprintf(answer.findings.type, sizeof(answer.findings.type), "text/x-%d",
			       (int)getpid());
	if (what == 't')
		memset(answer.findings.type, 'x', sizeof(answer.findings.type));
	if (what == 'k')
		(void)raise(SIGKILL);
	if (what == 'h')
		(void)raise(SIGSTOP);
	if (what == 'f')
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	len = weir_worker_answer_len(&answer);
	if (what == 'l')
		len--;
	(void)!weir_send_fd(WEIR_WORKER_FD, &answer, len, fd);
	if (what == 'd')
		(void)!weir_send_fd(WEIR_WORKER_FD, &answer, len, fd);
}

/* Called by the name "unconfined" it greets without a part of the sandbox: which one stands behind the name. */
static uint32_t claimed_sandbox(const char *name)
{
	const char *lacks = strstr(name, "unconfined-");

	return lacks ? _WEIR_WORKER_SANDBOX_ALL & ~(1U << (lacks[11] - '0'))
		     : _WEIR_WORKER_SANDBOX_ALL;
}

/* The set it was started with counts, as in a real one. */
static uint32_t detectors(int argc, char **argv)
{
	struct weir_detectors *d = NULL;
	size_t n = 0;

	if (argc < 2 || strcmp(argv[argc - 1], "--detectors") != 0)
		return 3;
	if (weir_detectors_read(WEIR_WORKER_DETECTORS_FD, &d) < 0)
		return 1;
	(void)weir_detectors_list(d, &n);
	weir_detectors_free(d);
	return WEIR_DETECTOR_COUNT + (uint32_t)n;
}

int main(int argc, char **argv)
{
	struct weir_worker_hello hello = {.version = WEIR_WORKER_VERSION,
					  .type = WEIR_WORKER_HELLO,
					  .detectors = known = detectors(argc, argv)};
	char name[4096] = "";

	(void)!readlink("/proc/self/exe", name, sizeof(name) - 1);
	hello.sandbox = claimed_sandbox(name);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a stopped one would stay for ever */
	(void)!weir_send_fd(WEIR_WORKER_FD, &hello, sizeof(hello), -1);
	for (;;) {
		struct weir_worker_request request;
		char what = 0;
		int fd = -1;
		ssize_t n = weir_recv_fd(WEIR_WORKER_FD, &request, sizeof(request), &fd);

		if (n != sizeof(request) || fd < 0)
			return 1;
		(void)!pread(fd, &what, 1, 0);
		if (what >= 'A' && what <= 'Z') { /* this once, then good */
			(void)!pwrite(fd, "g", 1, 0);
			what |= 32;
		}
		(void)weir_close(fd);
		act(what, &request);
	}
}
