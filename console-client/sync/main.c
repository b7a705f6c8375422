/* SPDX-License-Identifier: Apache-2.0 */
/* weir-sync: the one part of the endpoint that speaks to the console. Wires spool, HTTP and clock
 * together; holds no privilege and reads nothing but the spool. */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "options.h"
#include "privilege.h"
#include "weir/base/fd.h"
#include "weir/base/log.h"
#include "weir/base/time.h"
#include "weir/console_client/bring.h"
#include "weir/console_client/enroll.h"
#include "weir/console_client/heartbeat.h"
#include "weir/console_client/sync.h"

#define TOKEN_MAX     4096
#define POLL_WAIT     (250 * WEIR_NSEC_PER_MSEC)
#define COALESCE_WAIT (200 * WEIR_NSEC_PER_MSEC)
#define TROUBLE_WAIT  (5 * WEIR_NSEC_PER_SEC)

static volatile sig_atomic_t ended;

struct program {
	struct sync_options options;
	struct weir_log log;
	sigset_t waiting; /* the signal mask while waiting */
	int notify;	  /* inotify; -1: the spool is looked at every 250 ms */
	struct weir_buf token;
	struct weir_batch_sender sender;
	char host_name[254];
	char problem[512]; /* the last one that was logged */
};

static void on_signal(int number)
{
	ended = 1;
}

static bool is_ended(void *context)
{
	return ended;
}

static int set_signals(struct program *program)
{
	struct sigaction action = {.sa_handler = on_signal};
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	if (sigaction(SIGTERM, &action, NULL) < 0 || sigaction(SIGINT, &action, NULL) < 0 ||
	    sigprocmask(SIG_BLOCK, NULL, &program->waiting) < 0)
		return -errno;
	sigdelset(&program->waiting, SIGTERM);
	sigdelset(&program->waiting, SIGINT);
	return 0;
}

/* Waits, with the signals that end the program let in, until the time is over or the spool changed.
 */
static void wait_for(struct program *program, uint64_t wait_ns, bool watch)
{
	struct pollfd fds = {.fd = watch ? program->notify : -1, .events = POLLIN};
	struct timespec time;
	sigset_t blocked;
	char events[4096];

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	if (watch && program->notify < 0)
		wait_ns = WEIR_MIN(wait_ns, POLL_WAIT);
	time.tv_sec = (time_t)(wait_ns / WEIR_NSEC_PER_SEC);
	time.tv_nsec = (long)(wait_ns % WEIR_NSEC_PER_SEC);
	(void)sigprocmask(SIG_BLOCK, &blocked, NULL);
	if (!ended && ppoll(&fds, 1, &time, &program->waiting) > 0) {
		/* More follows most of the time: one batch for all of it. */
		time = (struct timespec){.tv_nsec = (long)COALESCE_WAIT};
		(void)ppoll(NULL, 0, &time, &program->waiting);
		while (read(program->notify, events, sizeof(events)) > 0)
			;
	}
	(void)sigprocmask(SIG_SETMASK, &program->waiting, NULL);
}

/* Each time anew: under the same name there may be another folder by now. */
static void watch_spool(struct program *program)
{
	if (program->notify < 0)
		program->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (program->notify >= 0 && inotify_add_watch(program->notify, program->options.spool,
						      IN_MODIFY | IN_MOVED_TO | IN_ONLYDIR) < 0)
		program->notify = weir_close(program->notify);
}

/* Not by a name such as /dev/stdin: what another user opened may be read, but not opened again. */
static int read_input(struct weir_buf *buf)
{
	ssize_t n = weir_buf_reserve(buf, TOKEN_MAX);

	if (n == 0)
		n = weir_read_full(STDIN_FILENO, buf->data, TOKEN_MAX);
	if (n < 0 || n == TOKEN_MAX)
		return n < 0 ? (int)n : -ENOBUFS;
	buf->len = (size_t)n;
	buf->data[n] = '\0';
	return 0;
}

static int read_token(struct program *program)
{
	struct weir_buf *token = &program->token;
	int r;

	if (!program->options.token_file)
		return 0;
	r = strcmp(program->options.token_file, "-") == 0
		    ? read_input(token)
		    : weir_read_file(AT_FDCWD, program->options.token_file, token);
	if (r < 0)
		return weir_log_error(&program->log, r, "cannot read the token in %s",
				      program->options.token_file);
	while (token->len && isspace((unsigned char)token->data[token->len - 1]))
		token->data[--token->len] = '\0';
	if (token->len == 0 || strlen(token->data) != token->len)
		return weir_log_error(&program->log, -EINVAL, "%s holds no token",
				      program->options.token_file);
	return 0;
}

static int read_agent_uid(struct program *program)
{
	struct weir_buf uid _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_AGENT_UID_LEN);
	int r = weir_read_file(AT_FDCWD, program->options.agent_uid_file, &uid);

	if (r == -ENOENT)
		return r;
	if (r >= 0 && uid.len != WEIR_AGENT_UID_LEN)
		r = -EINVAL;
	if (r < 0)
		return weir_log_error(&program->log, r, "%s does not hold the 16 bytes of an agent",
				      program->options.agent_uid_file);
	memcpy(program->sender.agent_uid, uid.data, WEIR_AGENT_UID_LEN);
	return 0;
}

/* The agent makes its uid when it first starts, which may be after this program. */
static int await_agent_uid(struct program *program)
{
	int r = read_agent_uid(program);

	if (r == -ENOENT && !program->options.once)
		weir_log_info(&program->log, "waiting for the agent to make %s",
			      program->options.agent_uid_file);
	while (r == -ENOENT && !program->options.once && !ended) {
		wait_for(program, 4 * POLL_WAIT, false);
		r = read_agent_uid(program);
	}
	if (r == -ENOENT && !ended)
		return weir_log_error(&program->log, r, "%s: start weir-agent first",
				      program->options.agent_uid_file);
	return r;
}

static void set_sender(struct program *program)
{
	if (gethostname(program->host_name, sizeof(program->host_name) - 1) < 0)
		program->host_name[0] = '\0';
	for (char *c = program->host_name; *c; c++)
		if (*c < 0x21 || *c > 0x7e)
			*c = '_';
	program->sender.host_name = program->host_name;
	program->sender.agent_version = WEIR_VERSION;
}

/* What changed since the last step is said once. */
static void report(struct program *program, const struct weir_sync *sync,
		   const struct weir_sync_counters *before)
{
	const struct weir_sync_counters *now = weir_sync_counters(sync);
	const char *problem = weir_sync_problem(sync);

	if (now->damaged != before->damaged)
		(void)weir_log_warning(&program->log, 0,
				       "a spool segment is damaged; going on with the next one");
	if (now->set_aside != before->set_aside)
		(void)weir_log_warning(&program->log, 0,
				       "the console refuses an event; it is kept in %s/ack",
				       program->options.spool);
	if (now->rejected != before->rejected)
		(void)weir_log_warning(&program->log, 0, "the console rejected %llu events",
				       (unsigned long long)(now->rejected - before->rejected));
	if (now->batches != before->batches)
		weir_log_debug(&program->log, "%llu events accepted, committed up to %llu",
			       (unsigned long long)(now->events - before->events),
			       (unsigned long long)now->committed);
	if (strcmp(problem, program->problem) == 0)
		return;
	if (*problem)
		(void)weir_log_warning(&program->log, 0, "%s", problem);
	else
		weir_log_info(&program->log, "the console takes events again");
	(void)snprintf(program->problem, sizeof(program->problem), "%s", problem);
}

static uint64_t random_bits(void)
{
	uint64_t random = 0;

	(void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
	return random;
}

static int step(struct program *program, struct weir_sync *sync, uint64_t *ret_wait_ns)
{
	struct weir_sync_counters before = *weir_sync_counters(sync);
	int r = weir_sync_step(sync, weir_now_monotonic(), random_bits(), ret_wait_ns);

	if (!ended)
		report(program, sync, &before);
	return r;
}

static void tell_bring(struct program *program, const struct weir_bring *bring,
		       const struct weir_bring_counters *before)
{
	const struct weir_bring_counters *now = weir_bring_counters(bring);

	if (ended)
		return;
	if (now->refused != before->refused)
		(void)weir_log_warning(&program->log, 0,
				       "evidence was refused, or is none, and is forgotten");
	if (now->brought != before->brought)
		weir_log_debug(&program->log, "sealed evidence is with the console");
	if (now->failures != before->failures)
		(void)weir_log_warning(&program->log, 0, "evidence waits: %s",
				       weir_bring_problem(bring));
}

/* Evidence, once the events that name it are with the console. 1: something was done; 0: wait no longer than *wait_ns. */
static int bring_evidence(struct program *program, struct weir_bring *bring, uint64_t *wait_ns)
{
	struct weir_bring_counters before = *weir_bring_counters(bring);
	uint64_t wait = 0;
	int r = weir_bring_step(bring, weir_now_monotonic(), random_bits(), &wait);

	tell_bring(program, bring, &before);
	if (r < 0) {
		(void)weir_log_error(&program->log, r, "cannot bring the evidence in %s",
				     program->options.spool);
		wait = TROUBLE_WAIT;
	}
	if (r <= 0)
		*wait_ns = WEIR_MIN(*wait_ns, wait);
	return WEIR_MAX(r, 0);
}

static int run(struct program *program, struct weir_sync *sync, struct weir_bring *bring)
{
	while (!ended) {
		uint64_t wait = 0;
		int r;

		watch_spool(program);
		r = step(program, sync, &wait);
		if (r > 0)
			continue;
		if (r < 0) {
			(void)weir_log_error(&program->log, r, "cannot use the spool in %s",
					     program->options.spool);
			if (program->options.once)
				return r;
			wait = TROUBLE_WAIT;
		}
		if (r == 0 && weir_sync_drained(sync) && bring_evidence(program, bring, &wait) > 0)
			continue;
		if (r == 0 && program->options.once && weir_sync_drained(sync))
			return 0;
		if (!ended)
			wait_for(program, wait, r == 0 && weir_sync_drained(sync));
	}
	return 0;
}

/* --- the heartbeat, on a thread and a connection of its own --- */

struct beating {
	struct program *program;
	struct weir_heartbeat *heartbeat;
	pthread_t thread;
	bool running;
};

/* In pieces, so that the end of the program is not slept through. */
static void pause_beat(uint64_t wait_ns)
{
	while (wait_ns && !ended) {
		uint64_t piece = WEIR_MIN(wait_ns, POLL_WAIT);
		struct timespec time = {.tv_nsec = (long)piece};

		(void)nanosleep(&time, NULL);
		wait_ns -= piece;
	}
}

static void tell_beat(struct beating *beating, char (*before)[512])
{
	const struct weir_log *log = &beating->program->log;
	const char *problem = weir_heartbeat_problem(beating->heartbeat);

	if (ended || strcmp(problem, *before) == 0)
		return;
	if (*problem)
		(void)weir_log_warning(log, 0, "%s", problem);
	else
		weir_log_info(log, "the console hears the heartbeat");
	(void)snprintf(*before, sizeof(*before), "%s", problem);
}

static void *beat(void *context)
{
	struct beating *beating = context;
	char before[512] = "none yet";

	while (!ended) {
		uint64_t wait = 0;
		int r = weir_heartbeat_step(beating->heartbeat, weir_now_monotonic(),
					    weir_now_realtime() / WEIR_NSEC_PER_SEC, random_bits(),
					    &wait);

		if (r < 0) {
			(void)weir_log_error(&beating->program->log, r, "the heartbeat failed");
			wait = TROUBLE_WAIT;
		}
		tell_beat(beating, &before);
		pause_beat(wait);
	}
	return NULL;
}

static int start_beating(struct beating *beating, const struct weir_endpoint *endpoint)
{
	struct program *program = beating->program;
	const struct weir_heartbeat_options options = {
		.base = program->options.console,
		.dir = program->options.identity,
		.state = program->options.state,
		.endpoint = endpoint,
		.cancelled = is_ended,
		.start = (uint32_t)random_bits(),
	};
	struct weir_error error = {0};
	sigset_t all, before;
	int r = weir_heartbeat_new(&options, &error, &beating->heartbeat);

	if (r < 0) {
		(void)weir_log_error(&program->log, 0, "%s (%s)", error.text, error.hint);
		return r;
	}
	/* The signals that end the program wake the main thread. */
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = -pthread_create(&beating->thread, NULL, beat, beating);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	beating->running = r == 0;
	return r;
}

static void stop_beating(struct beating *beating)
{
	ended = 1;
	if (beating->running)
		(void)pthread_join(beating->thread, NULL);
	weir_heartbeat_free(beating->heartbeat);
}

static void set_endpoint(struct program *program, char hardware[static WEIR_HARDWARE_TEXT],
			 struct weir_endpoint *endpoint)
{
	weir_endpoint_hardware(hardware);
	endpoint->host = program->host_name;
	endpoint->version = WEIR_VERSION;
	endpoint->hardware = hardware;
	memcpy(endpoint->uid, program->sender.agent_uid, sizeof(endpoint->uid));
}

static bool is_https(const struct program *program)
{
	return strncmp(program->options.console, "https://", 8) == 0;
}

static int prepare(struct program *program)
{
	int r = read_token(program);

	if (r >= 0)
		r = await_agent_uid(program);
	if (r < 0 || ended)
		return ended ? -ECANCELED : r;
	r = sync_drop_privileges(program->options.switch_user, program->options.uid,
				 program->options.gid);
	if (r < 0)
		return weir_log_error(
			&program->log, r,
			"cannot give up privileges (started as root it needs --user UID:GID)");
	set_sender(program);
	return 0;
}

static int enroll(struct program *program)
{
	char hardware[WEIR_HARDWARE_TEXT];
	struct weir_endpoint endpoint;
	const struct weir_enroll_options options = {
		.base = program->options.console,
		.dir = program->options.identity,
		.endpoint = &endpoint,
		.cancelled = is_ended,
	};
	struct weir_error error = {0};
	int r = prepare(program);

	if (r < 0)
		return r;
	set_endpoint(program, hardware, &endpoint);
	r = weir_enroll(&options, program->token.data, &error);
	explicit_bzero(program->token.data, program->token.size);
	if (r < 0)
		(void)weir_log_error(&program->log, 0, "%s%s%s", error.text,
				     error.hint[0] ? "; " : "", error.hint);
	else
		weir_log_info(&program->log, "enrolled; the identity is in %s",
			      program->options.identity);
	return r;
}

static int serve(struct program *program)
{
	char ca[4096], client[4096], hardware[WEIR_HARDWARE_TEXT];
	struct weir_http_options http_options = {.base = program->options.console,
						 .cancelled = is_ended};
	struct weir_sync_options sync_options = {.spool_dir = program->options.spool};
	struct weir_http *http _cleanup_(weir_http_freep) = NULL;
	struct weir_bring_options bring_options = {.spool_dir = program->options.spool};
	struct weir_sync *sync _cleanup_(weir_sync_freep) = NULL;
	struct weir_bring *bring _cleanup_(weir_bring_freep) = NULL;
	struct beating beating _cleanup_(stop_beating) = {.program = program};
	struct weir_endpoint endpoint;
	struct weir_error error = {0};
	int r;

	(void)snprintf(ca, sizeof(ca), "%s/%s", program->options.identity, WEIR_IDENTITY_CA);
	(void)snprintf(client, sizeof(client), "%s/%s", program->options.identity,
		       WEIR_IDENTITY_CLIENT);
	if (is_https(program)) {
		http_options.ca_file = ca;
		http_options.certificate_file = http_options.key_file = client;
	}
	r = weir_http_new(&http_options, &http, &error);
	if (r < 0)
		return weir_log_error(&program->log, r, "%s (%s)", error.text, error.hint);
	r = prepare(program);
	if (r < 0)
		return r == -ECANCELED ? 0 : r;
	set_endpoint(program, hardware, &endpoint);
	sync_options.http = bring_options.http = http;
	sync_options.bearer = bring_options.bearer =
		program->token.len ? program->token.data : NULL;
	sync_options.sender = program->sender;
	r = weir_sync_new(&sync_options, &sync);
	if (r == 0)
		r = weir_bring_new(&bring_options, &bring);
	if (r < 0)
		return weir_log_error(&program->log, r, "cannot start");
	if (is_https(program) && !program->options.once)
		r = start_beating(&beating, &endpoint);
	return r < 0 ? r : run(program, sync, bring);
}

int main(int argc, char **argv)
{
	struct program program = {
		.log = weir_log_stderr("weir-sync"),
		.notify = -1,
		.token = WEIR_BUF_INIT(TOKEN_MAX),
	};
	int r = sync_options_parse(argc, argv, &program.options);

	if (r != 0)
		return r < 0 ? 2 : EXIT_SUCCESS;
	if (program.options.verbose)
		program.log.level = WEIR_LOG_DEBUG;
	r = set_signals(&program);
	if (r >= 0)
		r = program.options.enroll ? enroll(&program) : serve(&program);
	program.notify = weir_close(program.notify);
	weir_buf_done(&program.token);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
