/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/ipc/detectors.h"
#include "weir/ipc/worker.h"

static int plan_descriptors(posix_spawn_file_actions_t *actions, int sock, int detectors)
{
	int r = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);

	if (r == 0)
		r = posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(actions, sock, WEIR_WORKER_FD);
	if (r == 0 && detectors >= 0)
		r = posix_spawn_file_actions_adddup2(actions, detectors, WEIR_WORKER_DETECTORS_FD);
	return -r;
}

static int plan_signals_and_session(posix_spawnattr_t *attributes)
{
	sigset_t all, none;
	int r;

	sigfillset(&all);
	sigemptyset(&none);
	r = posix_spawnattr_setsigdefault(attributes, &all);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attributes, &none);
	/* A session of its own: what a terminal sends to its foreground is not for workers, and the scheduler's groups are sessions. */
	if (r == 0)
		r = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF |
								 POSIX_SPAWN_SETSIGMASK |
								 POSIX_SPAWN_SETSID);
	return -r;
}

static int spawn(const struct weir_process_options *options,
		 const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
		 pid_t *ret)
{
	char uid[16], gid[16], memory[32];
	char *argv[16] = {"weir-inspect", "--uid", uid, "--gid", gid, "--memory", memory};
	size_t n = 7;
	char *const environment[] = {"LC_ALL=C.UTF-8", NULL};

	snprintf(uid, sizeof(uid), "%" PRIu32, options->uid);
	snprintf(gid, sizeof(gid), "%" PRIu32, options->gid);
	snprintf(memory, sizeof(memory), "%" PRIu64, options->memory_bytes);
	if (options->detectors >= 0)
		argv[n++] = "--detectors";
	if (options->pdf) {
		argv[n++] = "--pdf";
		argv[n++] = (char *)options->pdf;
	}
	if (options->ocr) {
		argv[n++] = "--ocr";
		argv[n++] = (char *)options->ocr;
	}
	return -posix_spawn(ret, options->program, actions, attributes, argv, environment);
}

static int start(const struct weir_process_options *options, int sock, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int r = -posix_spawn_file_actions_init(&actions);

	if (r < 0)
		return r;
	r = -posix_spawnattr_init(&attributes);
	if (r == 0) {
		r = plan_descriptors(&actions, sock, options->detectors);
		if (r == 0)
			r = plan_signals_and_session(&attributes);
		if (r == 0)
			r = spawn(options, &actions, &attributes, ret);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return r;
}

int weir_process_start(const struct weir_process_options *options, pid_t *ret_pid, int *ret_sock)
{
	static const int answer_space = 2 * (int)sizeof(struct weir_worker_answer);
	int pair[2], ours _cleanup_(weir_closep) = -1, theirs _cleanup_(weir_closep) = -1, r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	ours = pair[0];
	theirs = pair[1];
	if (fcntl(ours, F_SETFL, O_NONBLOCK) < 0 ||
	    setsockopt(theirs, SOL_SOCKET, SO_SNDBUF, &answer_space, sizeof(answer_space)) < 0)
		return -errno;
	r = start(options, theirs, ret_pid);
	if (r < 0)
		return r;
	*ret_sock = TAKE_FD(ours);
	return 0;
}

/* With sched_autogroup a process competes inside its session alone, and the session, with a niceness of its own, with others. Not every
 * kernel has that. */
static int set_session_niceness(pid_t pid, int niceness)
{
	char path[64], text[8];
	int fd _cleanup_(weir_closep) = -1, len;

	(void)snprintf(path, sizeof(path), "/proc/%d/autogroup", (int)pid);
	len = snprintf(text, sizeof(text), "%d", niceness);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return write(fd, text, (size_t)len) == len ? 0 : -errno;
}

int weir_process_set_niceness(pid_t pid, int niceness)
{
	const int r = set_session_niceness(pid, niceness);

	if (setpriority(PRIO_PGRP, (id_t)pid, niceness) < 0)
		return -errno;
	return r;
}

bool weir_process_may_hurry(pid_t pid)
{
	return weir_process_set_niceness(pid, 1) == 0 && weir_process_set_niceness(pid, 0) == 0;
}
