/* SPDX-License-Identifier: Apache-2.0 */
/* weir-inspect: reads hostile bytes with nothing to lose. Started by the inspector; its socket is
 * WEIR_WORKER_FD. Compiles the patterns, gives up its powers, then answers one request after the
 * other until the socket closes. */

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "scan.h"
#include "weir/base/fd.h"
#include "weir/base/log.h"
#include "weir/base/parse.h"
#include "weir/content/catalogue.h"
#include "weir/ipc/detectors.h"
#include "weir/sandbox/sandbox.h"

#define CPU_SECONDS 3600 /* the inspector replaces a worker before it can use this up */

static int read_options(int argc, char **argv, struct weir_sandbox_options *ret,
			bool *ret_detectors)
{
	static const struct option options[] = {
		{"uid", required_argument, NULL, 'u'},
		{"gid", required_argument, NULL, 'g'},
		{"memory", required_argument, NULL, 'm'},
		{"detectors", no_argument, NULL, 'd'},
		{0},
	};
	int c, r = 0;

	while (r == 0 && (c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (c == 'u')
			r = weir_parse_u32(optarg, &ret->uid);
		else if (c == 'g')
			r = weir_parse_u32(optarg, &ret->gid);
		else if (c == 'm')
			r = weir_parse_u64(optarg, &ret->memory_bytes);
		else if (c == 'd')
			*ret_detectors = true;
		else
			r = -EINVAL;
	}
	return r;
}

/* The policy's own detectors. The descriptor is closed whatever comes of it. */
static int read_detectors(struct weir_detectors **ret)
{
	int fd _cleanup_(weir_closep) = WEIR_WORKER_DETECTORS_FD;

	return weir_detectors_read(fd, ret);
}

static int greet(const struct weir_sandbox_state *state)
{
	struct weir_worker_hello hello = {.version = WEIR_WORKER_VERSION,
					  .type = WEIR_WORKER_HELLO,
					  .detectors = (uint32_t)weir_content_catalogue_count()};

	hello.sandbox = (state->unprivileged ? WEIR_WORKER_UNPRIVILEGED : 0U) |
			(state->limits ? WEIR_WORKER_LIMITS : 0U) |
			(state->landlock ? WEIR_WORKER_LANDLOCK : 0U) |
			(state->seccomp ? WEIR_WORKER_SECCOMP : 0U);
	return weir_send_fd(WEIR_WORKER_FD, &hello, sizeof(hello), -1);
}

/* One request. 1: answered; 0: the inspector is gone; negative errno. */
static int serve(struct weir_content *content, struct weir_worker_answer *answer)
{
	char message[sizeof(struct weir_worker_request)];
	struct weir_worker_request request;
	int fd _cleanup_(weir_closep) = -1, r;
	ssize_t n = weir_recv_fd(WEIR_WORKER_FD, message, sizeof(message), &fd);

	if (n <= 0)
		return (int)n;
	r = weir_worker_parse_request(message, (size_t)n, &request);
	if (r < 0 || fd < 0)
		return -EPROTO;
	weir_inspect_scan(content, fd, &request, &answer->findings);
	answer->version = WEIR_WORKER_VERSION;
	answer->type = WEIR_WORKER_ANSWER;
	answer->sequence = request.sequence;
	r = weir_send_fd(WEIR_WORKER_FD, answer, weir_worker_answer_len(answer), -1);
	return r < 0 ? r : 1;
}

int main(int argc, char **argv)
{
	struct weir_log log = weir_log_stderr("weir-inspect");
	struct weir_sandbox_options options = {
		.uid = 65534, .gid = 65534, .cpu_seconds = CPU_SECONDS, .die_with_parent = true};
	struct weir_sandbox_state state;
	struct weir_worker_answer *answer;
	struct weir_content *content;
	struct weir_detectors *detectors = NULL;
	bool own_detectors = false;
	int r;

	(void)syscall(SYS_close_range, WEIR_WORKER_DETECTORS_FD + 1, ~0U, 0);
	if (read_options(argc, argv, &options, &own_detectors) < 0) {
		(void)weir_log_error(&log, -EINVAL,
				     "started by weir-agent and weir scan, not by hand");
		return 2;
	}
	r = own_detectors ? read_detectors(&detectors) : 0;
	if (r < 0) {
		(void)weir_log_error(&log, r, "cannot read the policy's detectors");
		return 1;
	}
	if (!own_detectors)
		(void)syscall(SYS_close_range, WEIR_WORKER_DETECTORS_FD, ~0U, 0);
	answer = calloc(1, sizeof(*answer));
	r = answer ? weir_content_new(NULL, &content) : -ENOMEM;
	if (r < 0) {
		(void)weir_log_error(&log, r, "cannot make the content engine");
		return 1;
	}
	r = weir_sandbox_enter(&options, &state);
	if (r < 0) {
		(void)weir_log_error(&log, r, "cannot enter the sandbox");
		return 1;
	}
	r = greet(&state);
	if (r == 0)
		r = 1;
	while (r > 0)
		r = serve(content, answer);
	/* no clean-up: everything goes with the process, and exit handlers would make calls that
	 * are no longer allowed */
	_exit(r < 0);
}
