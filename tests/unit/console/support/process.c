/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"

#define OUTPUT_MAX (32 * 1024 * 1024)

void process_result_done(struct process_result *result)
{
	weir_buf_done(&result->out);
	weir_buf_done(&result->err);
}

static int wait_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* True while the pipe has more to give. */
static bool take_some(int fd, struct weir_buf *buf)
{
	char data[4096];
	ssize_t n = read(fd, data, sizeof(data));

	return n > 0 && weir_buf_append(buf, data, (size_t)n) == 0;
}

static void collect(int out, int err, struct process_result *ret)
{
	struct pollfd fds[] = {{.fd = out, .events = POLLIN}, {.fd = err, .events = POLLIN}};

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		if (poll(fds, 2, -1) < 0)
			return;
		if (fds[0].fd >= 0 && fds[0].revents && !take_some(out, &ret->out))
			fds[0].fd = -1;
		if (fds[1].fd >= 0 && fds[1].revents && !take_some(err, &ret->err))
			fds[1].fd = -1;
	}
}

static int spawn(const char *const *argv, int out, int err, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	int r;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (out >= 0)
		posix_spawn_file_actions_adddup2(&actions, out, 1);
	if (err >= 0)
		posix_spawn_file_actions_adddup2(&actions, err, 2);
	r = posix_spawn(ret, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

int process_run(const char *const *argv, struct process_result *ret)
{
	int out[2], err[2];
	pid_t pid;
	int r;

	*ret = (struct process_result){.out = WEIR_BUF_INIT(OUTPUT_MAX),
				       .err = WEIR_BUF_INIT(OUTPUT_MAX)};
	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
		return -errno;
	r = spawn(argv, out[1], err[1], &pid);
	weir_close(out[1]);
	weir_close(err[1]);
	if (r == 0)
		collect(out[0], err[0], ret);
	weir_close(out[0]);
	weir_close(err[0]);
	if (r == 0)
		ret->status = wait_status(pid);
	return r;
}

/* *parent: whose child it is. */
static double read_cpu(pid_t pid, int *parent)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(4096);
	long long user = 0, sys = 0, dead_user = 0, dead_sys = 0;
	const char *rest = NULL;
	char path[64];

	*parent = 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (weir_read_file(AT_FDCWD, path, &text) == 0 && text.data)
		rest = strrchr(text.data, ')');
	if (!rest ||
	    sscanf(rest + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld %lld %lld",
		   parent, &user, &sys, &dead_user, &dead_sys) != 5)
		return 0;
	return (double)(user + sys + dead_user + dead_sys) / (double)sysconf(_SC_CLK_TCK);
}

double process_cpu(pid_t pid)
{
	int parent;

	return read_cpu(pid, &parent);
}

double process_children_cpu(pid_t parent)
{
	DIR *proc = parent > 0 ? opendir("/proc") : NULL;
	const struct dirent *entry;
	double sum = 0;

	while (proc && (entry = readdir(proc))) {
		uint32_t pid;
		int of;
		double seconds;

		if (weir_parse_u32(entry->d_name, &pid) < 0)
			continue;
		seconds = read_cpu((pid_t)pid, &of);
		sum += of == parent ? seconds : 0;
	}
	if (proc)
		closedir(proc);
	return sum;
}

int console_init(struct console *console)
{
	*console = (struct console){.dir = "/tmp/weir-console-XXXXXX"};
	if (!mkdtemp(console->dir))
		return -errno;
	(void)snprintf(console->state, sizeof(console->state), "%s/state", console->dir);
	(void)snprintf(console->socket, sizeof(console->socket), "%s/socket", console->dir);
	(void)snprintf(console->port_file, sizeof(console->port_file), "%s/port", console->dir);
	(void)snprintf(console->token_file, sizeof(console->token_file), "%s/token",
		       console->state);
	return 0;
}

static int read_port(struct console *console)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(32);
	uint32_t port;
	int r = weir_read_file(AT_FDCWD, console->port_file, &text);

	if (r < 0)
		return r;
	text.data[strcspn(text.data, "\n")] = '\0';
	r = weir_parse_u32(text.data, &port);
	if (r == 0)
		console->port = (uint16_t)port;
	return r;
}

static int read_developer_token(struct console *console)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(sizeof(console->token));
	int r = weir_read_file(AT_FDCWD, console->token_file, &text);

	if (r < 0)
		return r;
	(void)snprintf(console->token, sizeof(console->token), "%.*s",
		       (int)strcspn(text.data, "\n"), text.data);
	return 0;
}

/* The port file is written last, and the server runs by then. */
int console_start(struct console *console, const char *program)
{
	/* A test that is killed takes its console with it. */
	const char *argv[24] = {
		"/usr/bin/setpriv", "--pdeathsig",	"KILL",		 program,  "--state",
		console->state,	    "--socket",		console->socket, "--dev",  "0",
		"--port-file",	    console->port_file, "--log-level",	 "warning"};
	const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
	char waiting[16];
	size_t n = 14;
	int r;

	if (console->database) {
		argv[n++] = "--database";
		argv[n++] = console->database;
	}
	if (console->names) {
		argv[n++] = "--server-names";
		argv[n++] = console->names;
	}
	if (console->waiting) {
		(void)snprintf(waiting, sizeof(waiting), "%u", console->waiting);
		argv[n++] = "--waiting";
		argv[n++] = waiting;
	}

	unlink(console->port_file);
	r = spawn(argv, -1, -1, &console->pid);
	while (r == 0 && read_port(console) < 0) {
		int status;

		if (waitpid(console->pid, &status, WNOHANG) == console->pid) {
			console->pid = 0;
			return -ECHILD;
		}
		nanosleep(&pause, NULL);
	}
	return r < 0 ? r : read_developer_token(console);
}

int console_stop(struct console *console, int signal)
{
	pid_t pid = console->pid;

	console->pid = 0;
	if (pid <= 0)
		return -ESRCH;
	kill(pid, signal);
	return wait_status(pid);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void console_done(struct console *console)
{
	if (console->pid > 0)
		(void)console_stop(console, SIGKILL);
	if (console->dir[0])
		(void)nftw(console->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
