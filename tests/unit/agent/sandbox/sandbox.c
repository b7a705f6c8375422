/* SPDX-License-Identifier: Apache-2.0 */
/* Each attempt in a process of its own, once without the sandbox, where it must succeed, and once
 * inside. */

#include "weir/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "steps.h"
#include "weir/base/fd.h"

/* What an attempt came to. */
enum { DONE = 0, REFUSED = 1, NO_SANDBOX = 2, KILLED = 3 };

typedef int (*attempt_fn)(void);

static int child_status(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? KILLED : 100 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

static int attempt(attempt_fn fn, const struct weir_sandbox_options *options)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct weir_sandbox_state state;

		if (options && weir_sandbox_enter(options, &state) < 0)
			_exit(NO_SANDBOX);
		_exit(fn() < 0 ? REFUSED : DONE);
	}
	return child_status(pid);
}

static int try_open(void)
{
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static int try_create(void)
{
	return open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

static int try_socket(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int try_unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int try_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}

static int try_exec(void)
{
	return execl("/bin/true", "true", (char *)NULL);
}

static int try_ptrace(void)
{
	return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int try_signal(void)
{
	return kill(getppid(), 0);
}

static int try_executable_memory(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	return p == MAP_FAILED ? -1 : 0;
}

static int try_make_executable(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		_exit(50);
	return mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static int try_stat(void)
{
	struct stat st;

	return stat("/etc/passwd", &st);
}

static const struct weir_sandbox_options reader = {
	.uid = 65534, .gid = 65534, .memory_bytes = 1 << 28};
static const struct weir_sandbox_options writer = {.uid = 65534, .gid = 65534, .write = true};

static void sandbox__refuses(void **state)
{
	static const struct {
		const char *name;
		attempt_fn fn;
	} attempts[] = {
		{"open", try_open},
		{"create", try_create},
		{"socket", try_socket},
		{"unix socket", try_unix_socket},
		{"fork", try_fork},
		{"exec", try_exec},
		{"ptrace", try_ptrace},
		{"signal", try_signal},
		{"executable memory", try_executable_memory},
		{"making memory executable", try_make_executable},
		{"stat", try_stat},
	};

	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		print_message("%s\n", attempts[i].name);
		assert_int_equal(attempt(attempts[i].fn, NULL), DONE);
		assert_int_equal(attempt(attempts[i].fn, &reader), KILLED);
		assert_int_equal(attempt(attempts[i].fn, &writer), KILLED);
	}
}

static int work(void)
{
	char *memory = malloc(10 << 20), data[16];
	int pair[2] = {100, 101};

	if (!memory)
		return -1;
	memset(memory, 1, 10 << 20);
	free(memory);
	/* the descriptors that were open before */
	if (pread(pair[0], data, sizeof(data), 0) != 4 || memcmp(data, "text", 4) != 0)
		return -1;
	return weir_send_fd(pair[1], "done", 4, -1);
}

/* Reading and answering through what is open goes on. */
static void sandbox__lets_a_worker_work(void **state)
{
	int sockets[2], file = memfd_create("t", MFD_CLOEXEC), fd;
	char answer[8];

	assert_int_equal(weir_write_full(file, "text", 4), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
	assert_int_equal(dup2(file, 100), 100);
	assert_int_equal(dup2(sockets[1], 101), 101);
	assert_int_equal(attempt(work, &reader), DONE);
	assert_int_equal(weir_recv_fd(sockets[0], answer, sizeof(answer), &fd), 4);
	for (int i = 0; i < 2; i++) {
		(void)weir_close(sockets[i]);
		(void)weir_close(100 + i);
	}
	(void)weir_close(file);
}

static int write_null(void)
{
	return (int)write(102, "x", 1);
}

static void sandbox__write_only_when_asked(void **state)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	assert_int_equal(dup2(fd, 102), 102);
	assert_int_equal(attempt(write_null, &writer), DONE);
	if (!WEIR_SANDBOX_ASAN)
		assert_int_equal(attempt(write_null, &reader), KILLED);
	(void)weir_close(102);
	(void)weir_close(fd);
}

static int much_memory(void)
{
	void *p = mmap(NULL, (size_t)1 << 29, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	return p == MAP_FAILED ? -1 : 0;
}

static void sandbox__memory_is_bounded(void **state)
{
	if (WEIR_SANDBOX_ASAN)
		skip();
	assert_int_equal(attempt(much_memory, &writer), DONE);
	assert_int_equal(attempt(much_memory, &reader), REFUSED);
}

static int landlock_then_open(void)
{
	int r;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return 0;
	r = weir_sandbox_landlock(NULL);
	if (r <= 0)
		_exit(r < 0 ? 60 : 61);
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES ? -1 : 0;
}

/* Landlock by itself, without the filter of calls before it. */
static void sandbox__landlock_alone_denies_files(void **state)
{
	int outcome = attempt(landlock_then_open, NULL);

	if (outcome == 61)
		skip(); /* this kernel has none */
	assert_int_equal(outcome, REFUSED);
}

/* What /proc says of a process inside. */
static void sandbox__seen_from_outside(void **state)
{
	struct weir_buf text = WEIR_BUF_INIT(1 << 16);
	int sockets[2], fd;
	char path[64], message[64];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
	pid = fork();
	if (pid == 0) {
		struct weir_sandbox_state in = {0};

		(void)weir_close(sockets[0]); /* so that it ends with the test */

		if (weir_sandbox_enter(&reader, &in) < 0)
			_exit(NO_SANDBOX);
		(void)!weir_send_fd(sockets[1], &in, sizeof(in), -1);
		(void)!weir_recv_fd(sockets[1], message, sizeof(message), &fd);
		_exit(0);
	}
	assert_int_equal(weir_recv_fd(sockets[0], message, sizeof(message), &fd),
			 sizeof(struct weir_sandbox_state));
	assert_true(((struct weir_sandbox_state *)(void *)message)->unprivileged);
	assert_true(((struct weir_sandbox_state *)(void *)message)->limits);
	assert_true(((struct weir_sandbox_state *)(void *)message)->seccomp);
	assert_int_equal(((struct weir_sandbox_state *)(void *)message)->landlock,
			 attempt(landlock_then_open, NULL) == REFUSED);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	assert_int_equal(weir_read_file(AT_FDCWD, path, &text), 0);
	assert_non_null(strstr(text.data, "\nNoNewPrivs:\t1\n"));
	assert_non_null(strstr(text.data, "\nSeccomp:\t2\n"));
	assert_non_null(strstr(text.data, "\nCapPrm:\t0000000000000000\n"));
	assert_non_null(strstr(text.data, "\nCapEff:\t0000000000000000\n"));
	if (geteuid() == 0) {
		assert_non_null(strstr(text.data, "\nCapBnd:\t0000000000000000\n"));
		assert_non_null(strstr(text.data, "\nUid:\t65534\t65534\t65534\t65534\n"));
		assert_non_null(strstr(text.data, "\nGid:\t65534\t65534\t65534\t65534\n"));
		assert_non_null(strstr(text.data, "\nGroups:\t \n"));
	}
	weir_buf_clear(&text);
	snprintf(path, sizeof(path), "/proc/%d/limits", (int)pid);
	assert_int_equal(weir_read_file(AT_FDCWD, path, &text), 0);
	assert_non_null(strstr(text.data, "Max processes             0                    0 "));
	assert_non_null(strstr(text.data, "Max file size             0                    0 "));
	assert_non_null(strstr(text.data, "Max core file size        0                    0 "));
	assert_non_null(strstr(text.data, "Max open files            16                   16 "));
	(void)weir_close(sockets[0]);
	(void)weir_close(sockets[1]);
	(void)kill(pid, SIGKILL);
	(void)child_status(pid);
	weir_buf_done(&text);
}

static int nothing(void)
{
	return 0;
}

static void sandbox__does_not_remain_root(void **state)
{
	struct weir_sandbox_options root = reader;

	if (geteuid() != 0)
		skip();
	root.uid = 0;
	assert_int_equal(attempt(nothing, &root), NO_SANDBOX);
	root = reader;
	root.gid = 0;
	assert_int_equal(attempt(nothing, &root), NO_SANDBOX);
}

/* The one that started it dies, and takes it along. */
static void sandbox__dies_with_its_parent(void **state)
{
	int ends[2];
	char byte;
	pid_t parent;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	parent = fork();
	if (parent == 0) {
		struct weir_sandbox_options options = reader;
		struct weir_sandbox_state in;
		int held[2];

		options.die_with_parent = true;
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, held) < 0)
			_exit(1);
		if (fork() == 0) {
			if (weir_sandbox_enter(&options, &in) < 0)
				_exit(1);
			(void)!weir_send_fd(held[1], "x", 1, -1);
			for (;;)
				(void)!read(held[1], &byte, 1);
		}
		(void)!read(held[0], &byte, 1);
		(void)kill(getpid(), SIGKILL);
	}
	(void)weir_close(ends[1]);
	assert_int_equal(child_status(parent), 100 + SIGKILL);
	assert_int_equal(read(ends[0], &byte, 1), 0); /* the last holder of the other end is gone */
	(void)weir_close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sandbox__refuses),
		cmocka_unit_test(sandbox__lets_a_worker_work),
		cmocka_unit_test(sandbox__write_only_when_asked),
		cmocka_unit_test(sandbox__memory_is_bounded),
		cmocka_unit_test(sandbox__landlock_alone_denies_files),
		cmocka_unit_test(sandbox__seen_from_outside),
		cmocka_unit_test(sandbox__does_not_remain_root),
		cmocka_unit_test(sandbox__dies_with_its_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
