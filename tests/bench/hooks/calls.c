/* SPDX-License-Identifier: Apache-2.0 */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "weir/base/fd.h"

#define FILE_NAME "bench-file"
#define WINDOW	  (1 << 20) /* writes go round in so much of a file: it fits the smallest stick */

static int result(int r)
{
	return r < 0 ? -errno : 0;
}

static int open_file(struct work *work, uint64_t turns)
{
	work->fd = openat(work->folder, FILE_NAME, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return result(work->fd);
}

/* A file with a page in it, so that it can be read and mapped. */
static int fill_file(struct work *work, uint64_t turns)
{
	int r = open_file(work, turns);

	return r < 0 ? r : weir_write_full(work->fd, work->data, 4096);
}

static void close_file(struct work *work)
{
	work->fd = weir_close(work->fd);
	(void)unlinkat(work->folder, FILE_NAME, 0);
}

static int open_how(struct work *work, int flags)
{
	int fd = openat(work->folder, FILE_NAME, flags | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	weir_close(fd);
	return 0;
}

static int call_getppid(struct work *work)
{
	return syscall(SYS_getppid) < 0 ? -errno : 0;
}

static int call_open_read(struct work *work)
{
	return open_how(work, O_RDONLY);
}

static int call_open_write(struct work *work)
{
	return open_how(work, O_WRONLY);
}

static int call_read(struct work *work)
{
	char page[4096];

	return pread(work->fd, page, sizeof(page), 0) == sizeof(page) ? 0 : -EIO;
}

static int call_write(struct work *work)
{
	off_t at = (off_t)(work->turn * work->size % WINDOW);
	ssize_t n = pwrite(work->fd, work->data, work->size, at);

	return n == (ssize_t)work->size ? 0 : n < 0 ? -errno : -EIO;
}

static int call_map(struct work *work)
{
	void *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, work->fd, 0);

	return p == MAP_FAILED ? -errno : result(munmap(p, 4096));
}

static void file_name(char name[static 32], uint64_t n)
{
	(void)snprintf(name, 32, "bench-%llu", (unsigned long long)n);
}

static int make_files(struct work *work, uint64_t turns)
{
	char name[32];

	for (uint64_t i = 0; i < turns; i++) {
		int fd;

		file_name(name, i);
		fd = openat(work->folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			return -errno;
		weir_close(fd);
	}
	return 0;
}

static int call_unlink(struct work *work)
{
	char name[32];

	file_name(name, work->turn);
	return result(unlinkat(work->folder, name, 0));
}

static int make_socket(struct work *work, uint64_t turns)
{
	work->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return result(work->fd);
}

static void close_socket(struct work *work)
{
	work->fd = weir_close(work->fd);
}

/* Nobody listens there: the peer's "port unreachable" comes as an error of the next call, after which the socket is as before. */
static int sent(ssize_t n)
{
	return n >= 0 || errno == ECONNREFUSED ? 0 : -errno;
}

static int call_sendto(struct work *work)
{
	return sent(sendto(work->fd, work->data, work->size, 0,
			   (const struct sockaddr *)&work->peer, sizeof(work->peer)));
}

static int call_sendmsg(struct work *work)
{
	struct iovec parts[2] = {{(char *)work->data, work->size / 2},
				 {(char *)work->data + work->size / 2, work->size / 2}};
	struct msghdr msg = {.msg_name = &work->peer,
			     .msg_namelen = sizeof(work->peer),
			     .msg_iov = parts,
			     .msg_iovlen = 2};

	return sent(sendmsg(work->fd, &msg, 0));
}

static int make_pair(struct work *work, uint64_t turns)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	work->fd = ends[0];
	work->other = ends[1];
	return 0;
}

static void close_pair(struct work *work)
{
	close_socket(work);
	work->other = weir_close(work->other);
}

static int call_pair(struct work *work)
{
	char there[1024];

	if (send(work->fd, work->data, work->size, 0) < 0)
		return -errno;
	return recv(work->other, there, sizeof(there), 0) == (ssize_t)work->size ? 0 : -EIO;
}

static int wait_for(pid_t child)
{
	int status;

	return waitpid(child, &status, 0) < 0 ? -errno : status == 0 ? 0 : -ECHILD;
}

static int call_fork(struct work *work)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return child < 0 ? -errno : wait_for(child);
}

static int call_exec(struct work *work)
{
	static char *const none[] = {NULL};
	char *const arguments[] = {(char *)"true", NULL};
	pid_t child;
	int r = posix_spawn(&child, "/bin/true", NULL, NULL, arguments, none);

	return r ? -r : wait_for(child);
}

static int start_child(struct work *work, uint64_t turns)
{
	work->child = fork();
	if (work->child == 0)
		for (;;)
			(void)pause();
	return result(work->child);
}

static void end_child(struct work *work)
{
	if (work->child <= 0)
		return;
	(void)kill(work->child, SIGKILL);
	(void)waitpid(work->child, NULL, 0);
	work->child = 0;
}

/* A signal that does nothing, but is sent. */
static int call_kill(struct work *work)
{
	return result(kill(work->child, SIGCONT));
}

#define FILE_CALL(text, where, fn, start)                                          \
	{                                                                          \
		.name = (text), .begin = (start), .once = (fn), .end = close_file, \
		.place = (where)                                                   \
	}
#define WRITE_CALL(text, where, what, bytes, cost)                                         \
	{                                                                                  \
		.name = (text), .begin = open_file, .once = call_write, .end = close_file, \
		.place = (where), .content = (what), .size = (bytes), .dear = (cost)       \
	}
#define SEND_CALL(text, fn, bytes)                                                       \
	{                                                                                \
		.name = (text), .begin = make_socket, .once = (fn), .end = close_socket, \
		.size = (bytes)                                                          \
	}

const struct call bench_calls[] = {
	{.name = "getppid", .once = call_getppid},
	FILE_CALL("open to read, local", BENCH_LOCAL, call_open_read, fill_file),
	FILE_CALL("open to write, local", BENCH_LOCAL, call_open_write, fill_file),
	FILE_CALL("open to read, sink", BENCH_SINK, call_open_read, fill_file),
	FILE_CALL("open to write, sink", BENCH_SINK, call_open_write, fill_file),
	FILE_CALL("read 4 KiB, local", BENCH_LOCAL, call_read, fill_file),
	WRITE_CALL("write 64 B, text, local", BENCH_LOCAL, BENCH_TEXT, 64, 1),
	WRITE_CALL("write 4 KiB, text, local", BENCH_LOCAL, BENCH_TEXT, 4096, 1),
	WRITE_CALL("write 64 KiB, text, local", BENCH_LOCAL, BENCH_TEXT, 65536, 10),
	WRITE_CALL("write 64 B, text, sink", BENCH_SINK, BENCH_TEXT, 64, 1),
	WRITE_CALL("write 64 B, binary, sink", BENCH_SINK, BENCH_BINARY, 64, 1),
	WRITE_CALL("write 4 KiB, text, sink", BENCH_SINK, BENCH_TEXT, 4096, 4),
	WRITE_CALL("write 4 KiB, binary, sink", BENCH_SINK, BENCH_BINARY, 4096, 4),
	WRITE_CALL("write 64 KiB, text, sink", BENCH_SINK, BENCH_TEXT, 65536, 40),
	WRITE_CALL("write 64 KiB, binary, sink", BENCH_SINK, BENCH_BINARY, 65536, 40),
	FILE_CALL("mmap and munmap, local", BENCH_LOCAL, call_map, fill_file),
	FILE_CALL("mmap and munmap, sink", BENCH_SINK, call_map, fill_file),
	{.name = "unlink, local",
	 .begin = make_files,
	 .once = call_unlink,
	 .place = BENCH_LOCAL,
	 .dear = 4},
	SEND_CALL("sendto 64 B", call_sendto, 64),
	SEND_CALL("sendto 1 KiB", call_sendto, 1024),
	SEND_CALL("sendmsg 1 KiB in two", call_sendmsg, 1024),
	{.name = "send and recv 64 B, socketpair",
	 .begin = make_pair,
	 .once = call_pair,
	 .end = close_pair,
	 .size = 64},
	{.name = "kill", .begin = start_child, .once = call_kill, .end = end_child},
	{.name = "fork, exit, wait", .once = call_fork, .dear = 20},
	{.name = "exec /bin/true, wait", .once = call_exec, .dear = 40},
};
const size_t bench_n_calls = ARRAY_SIZE(bench_calls);
