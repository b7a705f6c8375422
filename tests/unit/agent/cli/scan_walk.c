/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/cli/scan_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/base/fd.h"

static char dir[64];

static int setup(void **state)
{
	(void)state;
	scratch_make(dir);
	return chdir(dir);
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(chdir("/"), 0);
	scratch_remove(dir);
	return 0;
}

static void file(const char *path)
{
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, "abc", 3, 0600), 0);
}

struct seen {
	char all[8192]; /* " path path ..." */
	unsigned files, errors;
	int error;
};

static struct seen walk(const char *a, const char *b)
{
	char *paths[] = {(char *)a, (char *)b, NULL};
	struct weir_walk *w _cleanup_(weir_walk_freep) = NULL;
	struct weir_walk_file f;
	struct seen ret = {0};
	int r;

	assert_int_equal(weir_walk_new(paths, &w), 0);
	while ((r = weir_walk_next(w, &f)) > 0) {
		size_t len = strlen(ret.all);

		(void)snprintf(ret.all + len, sizeof(ret.all) - len, " %s", f.path);
		if (f.fd < 0) {
			ret.errors++;
			ret.error = f.fd;
			continue;
		}
		ret.files++;
		assert_true(f.stat.st_size == 3 || !S_ISREG(f.stat.st_mode));
		(void)weir_close(f.fd);
	}
	assert_int_equal(r, 0);
	return ret;
}

static void scan_walk__every_file_once(void **state)
{
	struct seen s;

	(void)state;
	assert_int_equal(weir_mkdir_parents("t/a/b", 0700), 0);
	assert_int_equal(weir_mkdir_parents("t/empty", 0700), 0);
	file("t/1");
	file("t/a/2");
	file("t/a/b/3");
	file("4");
	s = walk("t/", "4");
	assert_int_equal(s.files, 4);
	assert_int_equal(s.errors, 0);
	assert_non_null(strstr(s.all, " t/1"));
	assert_non_null(strstr(s.all, " t/a/b/3"));
	assert_non_null(strstr(s.all, " 4"));
	assert_null(strstr(s.all, "//"));
}

static void scan_walk__links_and_others(void **state)
{
	struct seen s;

	(void)state;
	assert_int_equal(weir_mkdir_parents("t/a", 0700), 0);
	file("t/a/1");
	file("outside");
	assert_int_equal(symlink("../outside", "t/link"), 0);
	assert_int_equal(symlink("a", "t/again"), 0);
	assert_int_equal(symlink("nowhere", "t/broken"), 0);
	assert_int_equal(mkfifo("t/fifo", 0600), 0);
	s = walk("t", NULL);
	assert_int_equal(s.files, 1);
	assert_int_equal(s.errors, 0);
	s = walk("t/link", "t/again"); /* named: meant */
	assert_int_equal(s.files, 2);
	s = walk("t/broken", NULL);
	assert_int_equal(s.errors, 1);
	assert_int_equal(s.error, -ENOENT);
}

static void scan_walk__what_cannot_be_read(void **state)
{
	struct seen s = walk("missing", NULL);

	(void)state;
	assert_int_equal(s.errors, 1);
	assert_int_equal(s.error, -ENOENT);
}

/* Deeper than descriptors are spent on: told, and the rest is walked all the same. */
static void scan_walk__too_deep(void **state)
{
	char path[3 * WEIR_WALK_DEPTH] = "t";
	struct seen s;

	(void)state;
	for (unsigned i = 0; i < WEIR_WALK_DEPTH + 1; i++)
		strncat(path, "/d", sizeof(path) - strlen(path) - 1);
	assert_int_equal(weir_mkdir_parents(path, 0700), 0);
	strncat(path, "/f", sizeof(path) - strlen(path) - 1);
	file(path);
	file("t/d/g");
	s = walk("t", NULL);
	assert_int_equal(s.errors, 1);
	assert_int_equal(s.error, -ENAMETOOLONG);
	assert_int_equal(s.files, 1);
}

static void scan_walk__swapped_for_a_link(void **state)
{
	char *paths[] = {(char *)"t", NULL};
	struct weir_walk *w _cleanup_(weir_walk_freep) = NULL;
	struct weir_walk_file f;
	unsigned files = 0;

	(void)state;
	assert_int_equal(weir_mkdir_parents("t/a", 0700), 0);
	assert_int_equal(weir_mkdir_parents("secret", 0700), 0);
	file("secret/1");
	for (unsigned i = 0; i < 3; i++) {
		char name[16];

		snprintf(name, sizeof(name), "t/%u", i);
		file(name);
	}
	assert_int_equal(weir_walk_new(paths, &w), 0);
	assert_int_equal(rmdir("t/a"), 0);
	assert_int_equal(symlink("../secret", "t/a"), 0);
	while (weir_walk_next(w, &f) > 0) {
		assert_null(strstr(f.path, "t/a/"));
		(void)weir_close(f.fd);
		files++;
	}
	assert_int_equal(files, 3);
}

static void scan_walk__sizes(void **state)
{
	char *paths[] = {(char *)"t", NULL};
	struct weir_walk *w _cleanup_(weir_walk_freep) = NULL;
	uint64_t size, sum = 0, n = 0;

	(void)state;
	assert_int_equal(weir_mkdir_parents("t/a", 0700), 0);
	file("t/1");
	file("t/a/2");
	assert_int_equal(weir_walk_new(paths, &w), 0);
	while (weir_walk_next_size(w, &size) > 0) {
		sum += size;
		n++;
	}
	assert_int_equal(n, 2);
	assert_int_equal(sum, 6);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(scan_walk__every_file_once),     TEST(scan_walk__links_and_others),
		TEST(scan_walk__what_cannot_be_read), TEST(scan_walk__too_deep),
		TEST(scan_walk__swapped_for_a_link),  TEST(scan_walk__sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
