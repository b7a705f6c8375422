/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "weir/base/fd.h"

/* Each test gets an empty folder of its own and must leave as many descriptors open as it found. */
struct scratch {
	char path[64];
	int dir;
	int open_before;
};

static int count_open(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static int setup(void **state)
{
	struct scratch *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	(void)snprintf(s->path, sizeof(s->path), "/tmp/weir-fd-XXXXXX");
	assert_non_null(mkdtemp(s->path));
	s->dir = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(s->dir >= 0);
	s->open_before = count_open();
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct scratch *s = *state;
	char command[128];
	int leaked = count_open() - s->open_before;

	(void)close(s->dir);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", s->path);
	if (system(command) != 0)
		return -1;
	free(s);
	return leaked ? -1 : 0;
}

static void put(int dir, const char *name, const char *text, mode_t mode)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
}

static void fd__close_keeps_errno_and_gives_minus_one(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int other = open("/dev/null", O_RDONLY | O_CLOEXEC), taken;

	errno = EXDEV;
	fd = weir_close(fd);
	assert_int_equal(fd, -1);
	assert_int_equal(errno, EXDEV);
	assert_int_equal(weir_close(-1), -1);
	assert_int_equal(weir_close(987654), -1);
	assert_int_equal(errno, EXDEV);
	taken = TAKE_FD(other);
	assert_int_equal(other, -1);
	weir_closep(&taken);
	assert_int_equal(taken, -1);
}

static void fd__read_full_collects_short_reads(void **state)
{
	int ends[2];
	char data[10] = {0};

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(weir_write_full(ends[1], "abc", 3), 0);
	assert_int_equal(weir_write_full(ends[1], "defg", 4), 0);
	assert_int_equal(weir_read_full(ends[0], data, 5), 5);
	assert_memory_equal(data, "abcde", 5);
	ends[1] = weir_close(ends[1]);
	assert_int_equal(weir_read_full(ends[0], data, 10), 2);
	assert_memory_equal(data, "fg", 2);
	assert_int_equal(weir_read_full(ends[0], data, 10), 0);
	ends[0] = weir_close(ends[0]);
	assert_int_equal(weir_read_full(-1, data, 1), -EBADF);
	assert_int_equal(weir_write_full(-1, data, 1), -EBADF);
}

static void fd__positioned_reads_and_writes(void **state)
{
	struct scratch *s = *state;
	int fd _cleanup_(weir_closep) = openat(s->dir, "f", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char data[8] = {0};

	assert_int_equal(weir_pwrite_full(fd, "hello", 5, 3), 0);
	assert_int_equal(weir_pread_full(fd, data, 8, 0), 8);
	assert_memory_equal(data, "\0\0\0hello", 8);
	assert_int_equal(weir_pread_full(fd, data, 8, 6), 2);
	assert_int_equal(weir_pread_full(fd, data, 8, 100), 0);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	assert_int_equal(weir_pread_full(-1, data, 1, 0), -EBADF);
	assert_int_equal(weir_pwrite_full(-1, data, 1, 0), -EBADF);
}

static void fd__read_file_appends_up_to_the_maximum(void **state)
{
	struct scratch *s = *state;
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(12);

	put(s->dir, "nine", "123456789", 0600);
	put(s->dir, "ten", "1234567890", 0600);
	put(s->dir, "empty", "", 0600);
	assert_int_equal(weir_buf_puts(&buf, "abc"), 0);
	assert_int_equal(weir_read_file(s->dir, "ten", &buf), -ENOBUFS);
	assert_int_equal(buf.len, 3);
	assert_string_equal(buf.data, "abc");
	assert_int_equal(weir_read_file(s->dir, "none", &buf), -ENOENT);
	assert_int_equal(weir_read_file(s->dir, ".", &buf), -EISDIR);
	assert_string_equal(buf.data, "abc");
	assert_int_equal(weir_read_file(s->dir, "nine", &buf), 0);
	assert_string_equal(buf.data, "abc123456789");
	assert_int_equal(weir_read_file(s->dir, "empty", &buf), 0);
	assert_int_equal(buf.len, 12);
}

static void fd__read_file_longer_than_one_step(void **state)
{
	struct scratch *s = *state;
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(300000);
	int fd = openat(s->dir, "f", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	for (uint32_t i = 0; i < 50000; i++)
		assert_int_equal(weir_write_full(fd, &i, sizeof(i)), 0);
	fd = weir_close(fd);
	assert_int_equal(weir_read_file(s->dir, "f", &buf), 0);
	assert_int_equal(buf.len, 200000);
	for (uint32_t i = 0; i < 50000; i++)
		assert_memory_equal(buf.data + i * sizeof(i), &i, sizeof(i));
}

static void read_back(int dir, const char *name, const char *expected, mode_t mode)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(100);
	struct stat st;

	assert_int_equal(weir_read_file(dir, name, &buf), 0);
	assert_string_equal(buf.data, expected);
	assert_int_equal(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 07777, mode);
}

static void fd__write_atomic_replaces_and_leaves_nothing_behind(void **state)
{
	struct scratch *s = *state;
	int old _cleanup_(weir_closep) = -1;
	char path[128], data[4] = {0};

	assert_int_equal(weir_write_file_atomic(s->dir, "f", "one", 3, 0600), 0);
	read_back(s->dir, "f", "one", 0600);
	old = openat(s->dir, "f", O_RDONLY | O_CLOEXEC);
	assert_int_equal(weir_write_file_atomic(s->dir, "f", "", 0, 0640), 0);
	read_back(s->dir, "f", "", 0640);
	assert_int_equal(weir_read_full(old, data, 3), 3); /* a reader keeps the old file */
	assert_memory_equal(data, "one", 3);
	assert_int_equal(mkdirat(s->dir, "sub", 0700), 0);
	assert_int_equal(weir_write_file_atomic(s->dir, "sub/f", "two", 3, 0600), 0);
	read_back(s->dir, "sub/f", "two", 0600);
	(void)snprintf(path, sizeof(path), "%s/sub/g", s->path);
	assert_int_equal(weir_write_file_atomic(-1, path, "three", 5, 0600), 0);
	read_back(s->dir, "sub/g", "three", 0600);
	assert_int_equal(faccessat(s->dir, "f.new", F_OK, 0), -1);
	assert_int_equal(faccessat(s->dir, "sub/g.new", F_OK, 0), -1);
}

static void fd__write_atomic_takes_nothing_over_from_a_leftover(void **state)
{
	struct scratch *s = *state;

	put(s->dir, "victim", "untouched", 0600);
	put(s->dir, "f.new", "left by a crash", 0666);
	assert_int_equal(weir_write_file_atomic(s->dir, "f", "one", 3, 0600), 0);
	read_back(s->dir, "f", "one", 0600);
	assert_int_equal(symlinkat("victim", s->dir, "g.new"), 0);
	assert_int_equal(weir_write_file_atomic(s->dir, "g", "two", 3, 0600), 0);
	read_back(s->dir, "g", "two", 0600);
	read_back(s->dir, "victim", "untouched", 0600);
}

static void fd__write_atomic_failures(void **state)
{
	struct scratch *s = *state;
	char longest[PATH_MAX + 10];

	assert_int_equal(weir_write_file_atomic(s->dir, "none/f", "x", 1, 0600), -ENOENT);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(weir_write_file_atomic(s->dir, longest, "x", 1, 0600), -ENAMETOOLONG);
	assert_int_equal(mkdirat(s->dir, "d", 0700), 0);
	assert_int_equal(weir_write_file_atomic(s->dir, "d", "x", 1, 0600), -EISDIR);
	assert_int_equal(faccessat(s->dir, "d.new", F_OK, 0), -1);
}

static void fd__mkdir_parents(void **state)
{
	struct scratch *s = *state;
	char path[256];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/a//b/c/", s->path);
	assert_int_equal(weir_mkdir_parents(path, 0700), 0);
	assert_int_equal(fstatat(s->dir, "a/b/c", &st, 0), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(weir_mkdir_parents(path, 0700), 0);
	assert_int_equal(weir_mkdir_parents("/", 0700), 0);
	put(s->dir, "file", "", 0600);
	(void)snprintf(path, sizeof(path), "%s/file", s->path);
	assert_int_equal(weir_mkdir_parents(path, 0700), -ENOTDIR);
	(void)snprintf(path, sizeof(path), "%s/file/below", s->path);
	assert_int_equal(weir_mkdir_parents(path, 0700), -ENOTDIR);
}

static void fd__pass_a_descriptor(void **state)
{
	struct scratch *s = *state;
	int pair[2], fd, got = 99;
	char data[16] = {0};

	put(s->dir, "f", "content", 0600);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	fd = openat(s->dir, "f", O_RDONLY | O_CLOEXEC);
	assert_int_equal(weir_send_fd(pair[0], "hello", 5, fd), 0);
	fd = weir_close(fd);
	assert_int_equal(weir_send_fd(pair[0], "bare", 4, -1), 0);
	assert_int_equal(weir_recv_fd(pair[1], data, sizeof(data), &got), 5);
	assert_memory_equal(data, "hello", 5);
	assert_true(got >= 0);
	assert_true(fcntl(got, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(weir_read_full(got, data, sizeof(data)), 7);
	assert_memory_equal(data, "content", 7);
	got = weir_close(got);
	assert_int_equal(weir_recv_fd(pair[1], data, sizeof(data), &got), 4);
	assert_int_equal(got, -1);
	pair[0] = weir_close(pair[0]);
	assert_true(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
	assert_int_equal(weir_recv_fd(pair[1], data, sizeof(data), &got), 0);
	assert_int_equal(weir_send_fd(pair[1], "x", 1, -1), -EPIPE); /* an error, not a signal */
	pair[1] = weir_close(pair[1]);
}

static void fd__truncated_message_is_an_error_and_leaks_nothing(void **state)
{
	int pair[2], got = 99;
	char data[4];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(weir_send_fd(pair[0], "too long", 8, STDIN_FILENO), 0);
	assert_int_equal(weir_recv_fd(pair[1], data, sizeof(data), &got), -EMSGSIZE);
	assert_int_equal(got, -1);
	pair[0] = weir_close(pair[0]);
	pair[1] = weir_close(pair[1]);
}

/* Sends n descriptors in one message, which weir_send_fd() never does. */
static void send_many(int sock, unsigned n)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int) * 16)];
	} control = {0};
	struct iovec iov = {.iov_base = "x", .iov_len = 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = CMSG_SPACE(sizeof(int) * n)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * n);
	for (unsigned i = 0; i < n; i++) {
		int fd = STDIN_FILENO;

		memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(fd));
	}
	assert_int_equal(sendmsg(sock, &msg, 0), 1);
}

static void fd__several_descriptors_are_refused_and_closed(void **state)
{
	static const unsigned counts[] = {2, 3, 4, 5, 16};
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		int got = 99, before = count_open();
		char data[4];

		send_many(pair[0], counts[i]);
		assert_int_equal(weir_recv_fd(pair[1], data, sizeof(data), &got), -EPROTO);
		assert_int_equal(got, -1);
		assert_int_equal(count_open(), before);
	}
	pair[0] = weir_close(pair[0]);
	pair[1] = weir_close(pair[1]);
}

static void fd__descriptor_that_finds_no_room_is_an_error(void **state)
{
	struct rlimit before, tight;
	int pair[2], got = 99;
	ssize_t r;
	char data[4];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(weir_send_fd(pair[0], "x", 1, STDIN_FILENO), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	tight = before;
	tight.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
	r = weir_recv_fd(pair[1], data, sizeof(data), &got);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(r, -EPROTO);
	assert_int_equal(got, -1);
	pair[0] = weir_close(pair[0]);
	pair[1] = weir_close(pair[1]);
}

#define SCRATCH_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(fd__close_keeps_errno_and_gives_minus_one),
		SCRATCH_TEST(fd__read_full_collects_short_reads),
		SCRATCH_TEST(fd__positioned_reads_and_writes),
		SCRATCH_TEST(fd__read_file_appends_up_to_the_maximum),
		SCRATCH_TEST(fd__read_file_longer_than_one_step),
		SCRATCH_TEST(fd__write_atomic_replaces_and_leaves_nothing_behind),
		SCRATCH_TEST(fd__write_atomic_takes_nothing_over_from_a_leftover),
		SCRATCH_TEST(fd__write_atomic_failures),
		SCRATCH_TEST(fd__mkdir_parents),
		SCRATCH_TEST(fd__pass_a_descriptor),
		SCRATCH_TEST(fd__truncated_message_is_an_error_and_leaks_nothing),
		SCRATCH_TEST(fd__several_descriptors_are_refused_and_closed),
		SCRATCH_TEST(fd__descriptor_that_finds_no_room_is_an_error),
	};

	(void)umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
