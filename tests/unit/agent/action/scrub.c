/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/action/scrub.h"
#include "weir/base/fd.h"

static char dir[64], path[128];

static int setup(void **state)
{
	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/file", dir);
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(dir);
	return 0;
}

/* Read-only, as a fanotify event's descriptor is. */
static int make(const char *text)
{
	int fd;

	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, text, strlen(text), 0600), 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void expect(const char *data, size_t len)
{
	struct weir_buf buf = WEIR_BUF_INIT(1 << 20);

	assert_int_equal(weir_read_file(AT_FDCWD, path, &buf), 0);
	assert_int_equal(buf.len, len);
	assert_memory_equal(buf.data ? buf.data : "", data, len);
	weir_buf_done(&buf);
}

static void scrub__whole_file(void **state)
{
	int fd _cleanup_(weir_closep) = make("something that must go");
	struct weir_scrub_range range = {.start = 0, .end = WEIR_SCRUB_WHOLE};
	uint64_t bytes = 99;

	assert_int_equal(weir_scrub(fd, &range, &bytes), 0);
	assert_int_equal(bytes, strlen("something that must go"));
	expect("", 0);
}

/* Waits until the file's beginning is overwritten, then appends a line, as a shell does that goes on. */
static void append_meanwhile(void)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
	char first = 'x';

	while (first == 'x')
		if (fd < 0 || pread(fd, &first, 1, 0) != 1)
			_exit(1);
	_exit(write(fd, "one more\n", 9) == 9 ? 0 : 1);
}

/* Cut off as it is, it would stay in its block. */
static void scrub__what_is_appended_meanwhile_goes_too(void **state)
{
	const size_t len = 64 << 20;
	char *text = malloc(len + 1);
	struct weir_scrub_range range = {.start = 0, .end = WEIR_SCRUB_WHOLE};
	int fd _cleanup_(weir_closep) = -1, status;
	uint64_t bytes;
	struct stat st;
	pid_t pid;

	memset(text, 'x', len);
	text[len] = '\0';
	fd = make(text);
	free(text);
	pid = fork();
	if (pid == 0)
		append_meanwhile();
	assert_int_equal(weir_scrub(fd, &range, &bytes), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(fstat(fd, &st), 0);
	/* Where the child got no processor in time the line came later, and is none of this. */
	if (status == 0 && st.st_size == 0)
		assert_int_equal(bytes, len + 9);
}

static void scrub__what_was_there_before_stays(void **state)
{
	int fd _cleanup_(weir_closep) = make("old text|NEW");
	struct weir_scrub_range range = {.start = 9, .end = 12};
	uint64_t bytes;

	assert_int_equal(weir_scrub(fd, &range, &bytes), 0);
	assert_int_equal(bytes, 3);
	expect("old text|", 9);
}

static void scrub__what_lies_behind_stays(void **state)
{
	int fd _cleanup_(weir_closep) = make("old|NEW|old tail");
	struct weir_scrub_range range = {.start = 4, .end = 7};
	uint64_t bytes;

	assert_int_equal(weir_scrub(fd, &range, &bytes), 0);
	assert_int_equal(bytes, 3);
	expect("old|\0\0\0|old tail", 16);
}

static void scrub__another_file_is_left_alone(void **state)
{
	int fd _cleanup_(weir_closep) = make("innocent");
	struct stat st;
	struct weir_scrub_range range = {.start = 0, .end = WEIR_SCRUB_WHOLE};
	uint64_t bytes;

	assert_int_equal(fstat(fd, &st), 0);
	range.inode = (struct weir_abi_inode){
		.ino = st.st_ino + 1, .dev = WEIR_ABI_DEV(major(st.st_dev), minor(st.st_dev))};
	assert_int_equal(weir_scrub(fd, &range, &bytes), -ESTALE);
	assert_int_equal(bytes, 0);
	expect("innocent", 8);
	range.inode.ino = st.st_ino;
	assert_int_equal(weir_scrub(fd, &range, &bytes), 0);
	expect("", 0);
}

static void scrub__range_past_the_end(void **state)
{
	int fd _cleanup_(weir_closep) = make("short");
	struct weir_scrub_range range = {.start = 5, .end = 900};
	uint64_t bytes;

	assert_int_equal(weir_scrub(fd, &range, &bytes), 0);
	assert_int_equal(bytes, 0);
	expect("short", 5);
}

static void scrub__only_regular_files(void **state)
{
	int fd _cleanup_(weir_closep) = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct weir_scrub_range range = {.start = 0, .end = WEIR_SCRUB_WHOLE};
	uint64_t bytes;

	assert_int_equal(weir_scrub(fd, &range, &bytes), -EBADF);
	assert_int_equal(weir_scrub(-1, &range, &bytes), -EBADF);
}

static void scrub__a_renamed_file_is_still_the_one(void **state)
{
	int fd _cleanup_(weir_closep) = make("must go");
	struct weir_scrub_range range = {.start = 0, .end = WEIR_SCRUB_WHOLE};
	char moved[160];
	struct stat st;
	uint64_t bytes;

	snprintf(moved, sizeof(moved), "%s.moved", path);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(symlink("/etc/hostname", path), 0);
	assert_int_equal(weir_scrub(fd, &range, &bytes), 0);
	assert_int_equal(stat(moved, &st), 0);
	assert_int_equal(st.st_size, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(scrub__whole_file),
		TEST(scrub__what_is_appended_meanwhile_goes_too),
		TEST(scrub__what_was_there_before_stays),
		TEST(scrub__what_lies_behind_stays),
		TEST(scrub__another_file_is_left_alone),
		TEST(scrub__range_past_the_end),
		TEST(scrub__only_regular_files),
		TEST(scrub__a_renamed_file_is_still_the_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
