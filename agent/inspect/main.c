/* SPDX-License-Identifier: Apache-2.0 */
/* weir-inspect: reads hostile bytes with nothing to lose. Started by the inspector; its socket is
 * WEIR_WORKER_FD. Compiles the patterns, gives up its powers, then answers one request after the
 * other until the socket closes. */

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/log.h"
#include "weir/base/parse.h"
#include "weir/catalogue/catalogue.h"
#include "weir/engine/engine.h"
#include "weir/external/external.h"
#include "weir/inspect/scan.h"
#include "weir/ipc/detectors.h"
#include "weir/sandbox/sandbox.h"

#define CPU_SECONDS 3600 /* the inspector replaces a worker before it can use this up */

struct options {
	struct weir_sandbox_options sandbox;
	struct weir_external_options external;
	bool detectors; /* the policy has its own */
};

/* What serves requests. */
struct worker {
	struct weir_catalogue *own; /* NULL: the built-in one */
	struct weir_inspect inspect;
	struct weir_external_host *external;
	struct weir_worker_answer *answer;
	struct weir_worker_excerpt *excerpt;
};

static int read_options(int argc, char **argv, struct options *ret)
{
	static const struct option options[] = {
		{"uid", required_argument, NULL, 'u'},
		{"gid", required_argument, NULL, 'g'},
		{"memory", required_argument, NULL, 'm'},
		{"detectors", no_argument, NULL, 'd'},
		{"pdf", required_argument, NULL, 'p'},
		{"ocr", required_argument, NULL, 'o'},
		{0},
	};
	int c, r = 0;

	while (r == 0 && (c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (c == 'u')
			r = weir_parse_u32(optarg, &ret->sandbox.uid);
		else if (c == 'g')
			r = weir_parse_u32(optarg, &ret->sandbox.gid);
		else if (c == 'm')
			r = weir_parse_u64(optarg, &ret->sandbox.memory_bytes);
		else if (c == 'd')
			ret->detectors = true;
		else if (c == 'p')
			ret->external.pdf = optarg;
		else if (c == 'o')
			ret->external.ocr = optarg;
		else
			r = -EINVAL;
	}
	return r;
}

/* The policy's own detectors. The descriptor is closed whatever comes of it. */
static int read_detectors(struct weir_catalogue **ret)
{
	int fd _cleanup_(weir_closep) = WEIR_WORKER_DETECTORS_FD;
	struct weir_detectors *detectors _cleanup_(weir_detectors_freep) = NULL;
	const struct weir_custom *list;
	size_t n;
	int r = weir_detectors_read(fd, &detectors);

	if (r < 0)
		return r;
	list = weir_detectors_list(detectors, &n);
	return weir_catalogue_new(list, n, ret, NULL);
}

static int prepare(const struct options *options, struct worker *ret)
{
	struct weir_engine_options engine = {0};
	int r = 0;

	/* names in archives are converted by the C library, which reads its tables from files */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	/* and so are dates, again and again unless the zone is named */
	(void)setenv("TZ", "UTC0", 1);
	tzset();

	if (options->detectors)
		r = read_detectors(&ret->own);
	else
		(void)syscall(SYS_close_range, WEIR_WORKER_DETECTORS_FD, ~0U, 0);
	if (r < 0)
		return r;
	/* the host is forked while this process is small */
	r = weir_external_new(&options->external, &ret->external);
	if (r < 0)
		return r;
	ret->inspect.port = weir_external_port(ret->external);
	engine.catalogue = ret->own;
	ret->answer = calloc(1, sizeof(*ret->answer));
	ret->excerpt = calloc(1, sizeof(*ret->excerpt));
	if (!ret->answer || !ret->excerpt)
		return -ENOMEM;
	r = weir_excerpts_new(WEIR_EXCERPTS_BYTES_MAX, &ret->inspect.excerpts);
	if (r < 0)
		return r;
	r = weir_recall_new(&ret->inspect.recall);
	return r < 0 ? r : weir_engine_new(&engine, &ret->inspect.engine);
}

static int greet(const struct worker *worker, const struct weir_sandbox_state *state)
{
	const struct weir_catalogue *catalogue =
		worker->own ? worker->own : weir_catalogue_builtin();
	struct weir_worker_hello hello = {.version = WEIR_WORKER_VERSION,
					  .type = WEIR_WORKER_HELLO,
					  .detectors = (uint32_t)weir_catalogue_count(catalogue)};

	hello.sandbox = (state->unprivileged ? WEIR_WORKER_UNPRIVILEGED : 0U) |
			(state->limits ? WEIR_WORKER_LIMITS : 0U) |
			(state->landlock ? WEIR_WORKER_LANDLOCK : 0U) |
			(state->seccomp ? WEIR_WORKER_SECCOMP : 0U);
	return weir_send_fd(WEIR_WORKER_FD, &hello, sizeof(hello), -1);
}

/* Overwritten here as soon as they are sent. */
static int send_excerpts(const struct worker *worker, uint64_t sequence)
{
	struct weir_excerpts *excerpts = worker->inspect.excerpts;
	struct weir_worker_excerpt *message = worker->excerpt;
	int r = 0;

	message->version = WEIR_WORKER_VERSION;
	message->type = WEIR_WORKER_EXCERPT;
	message->sequence = sequence;
	for (uint32_t i = 0; i < excerpts->count && r == 0; i++) {
		message->offset = excerpts->list[i].offset;
		message->part = excerpts->list[i].part;
		message->len = excerpts->list[i].len;
		memcpy(message->data, excerpts->data + excerpts->list[i].at, message->len);
		r = weir_send_fd(WEIR_WORKER_FD, message, weir_worker_excerpt_len(message), -1);
	}
	explicit_bzero(message->data, sizeof(message->data));
	weir_excerpts_wipe(excerpts);
	return r;
}

/* One request. 1: answered; 0: the inspector is gone; negative errno. */
static int serve(const struct worker *worker)
{
	struct weir_worker_answer *answer = worker->answer;
	char message[sizeof(struct weir_worker_request)];
	struct weir_worker_request request;
	int fd _cleanup_(weir_closep) = -1, r;
	ssize_t n = weir_recv_fd(WEIR_WORKER_FD, message, sizeof(message), &fd);

	if (n <= 0)
		return (int)n;
	r = weir_worker_parse_request(message, (size_t)n, &request);
	if (r < 0 || fd < 0)
		return -EPROTO;
	weir_inspect_scan(&worker->inspect, fd, &request, &answer->findings);
	answer->version = WEIR_WORKER_VERSION;
	answer->type = WEIR_WORKER_ANSWER;
	answer->sequence = request.sequence;
	r = send_excerpts(worker, request.sequence);
	if (r == 0)
		r = weir_send_fd(WEIR_WORKER_FD, answer, weir_worker_answer_len(answer), -1);
	return r < 0 ? r : 1;
}

int main(int argc, char **argv)
{
	struct weir_log log = weir_log_stderr("weir-inspect");
	struct options options = {.sandbox = {.uid = 65534,
					      .gid = 65534,
					      .cpu_seconds = CPU_SECONDS,
					      .die_with_parent = true},
				  .external = {.pdf = WEIR_EXTERNAL_PDF_DEFAULT}};
	struct weir_sandbox_state state;
	struct worker worker = {0};
	int r;

	(void)syscall(SYS_close_range, WEIR_WORKER_DETECTORS_FD + 1, ~0U, 0);
	if (read_options(argc, argv, &options) < 0) {
		(void)weir_log_error(&log, -EINVAL,
				     "started by weir-agent and weir scan, not by hand");
		return 2;
	}
	options.external.uid = options.sandbox.uid;
	options.external.gid = options.sandbox.gid;
	r = prepare(&options, &worker);
	if (r < 0) {
		(void)weir_log_error(&log, r, "cannot make the content engine");
		return 1;
	}
	r = weir_sandbox_enter(&options.sandbox, &state);
	if (r < 0) {
		(void)weir_log_error(&log, r, "cannot enter the sandbox");
		return 1;
	}
	r = greet(&worker, &state);
	if (r == 0)
		r = 1;
	/* without its programs it ends after the answer, and a whole one takes its place */
	while (r > 0 && weir_external_alive(worker.external))
		r = serve(&worker);
	/* no clean-up: everything goes with the process, and exit handlers would make calls that
	 * are no longer allowed */
	_exit(r < 0);
}
