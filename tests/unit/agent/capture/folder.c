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
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/capture/folder.h"

static char dir[64];
static const uint8_t hash[WEIR_CAPTURE_HASH_LEN] = {0xab, 1};

static int setup(void **state)
{
	scratch_make(dir);
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(dir);
	return 0;
}

static struct weir_evidence_folder *open_folder(uint64_t max)
{
	struct weir_evidence_folder *folder = NULL;

	assert_int_equal(weir_evidence_folder_new(dir, max, &folder), 0);
	return folder;
}

/* Of the file of this hash; -1: there is none. */
static off_t size_of(const uint8_t *sha256, struct stat *st)
{
	char name[65], path[200];

	weir_hex(sha256, WEIR_CAPTURE_HASH_LEN, name);
	(void)snprintf(path, sizeof(path), "%s/evidence/%s", dir, name);
	return lstat(path, st) < 0 ? -1 : st->st_size;
}

static void make(const char *name, const char *text)
{
	char path[200];

	(void)snprintf(path, sizeof(path), "%s/evidence/%s", dir, name);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, text, strlen(text), 0600), 0);
}

static void folder__is_the_readers_to_empty(void **state)
{
	struct weir_evidence_folder *folder _cleanup_(weir_evidence_folder_freep) = open_folder(0);
	char path[128];
	struct stat top, st;

	(void)snprintf(path, sizeof(path), "%s/evidence", dir);
	assert_int_equal(stat(dir, &top), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, S_ISGID | 0770);
	assert_int_equal(st.st_gid, top.st_gid);
	assert_int_equal(weir_evidence_folder_put(folder, hash, "sealed", 6), 0);
	assert_int_equal(size_of(hash, &st), 6);
	assert_int_equal(st.st_mode & 07777 & ~0026, 0640 & ~0026);
	assert_int_equal(st.st_mode & 07, 0);
	assert_int_equal(st.st_gid, top.st_gid);
	weir_evidence_folder_remove(folder, hash);
	assert_int_equal(size_of(hash, &st), -1);
	weir_evidence_folder_remove(folder, hash);
}

static void folder__has_a_bound(void **state)
{
	struct weir_evidence_folder *folder _cleanup_(weir_evidence_folder_freep) = open_folder(10);
	const uint8_t other[WEIR_CAPTURE_HASH_LEN] = {2};
	struct stat st;

	assert_int_equal(weir_evidence_folder_put(folder, hash, "123456", 6), 0);
	assert_int_equal(weir_evidence_folder_put(folder, other, "12345", 5), -ENOSPC);
	assert_int_equal(size_of(other, &st), -1);
	assert_int_equal(weir_evidence_folder_put(folder, other, "1234", 4), 0);
	weir_evidence_folder_remove(folder, hash);
	make("whatever", "1234567"); /* takes room, whoever put it there */
	assert_int_equal(weir_evidence_folder_put(folder, hash, "1", 1), -ENOSPC);
}

static void folder__has_so_many_files(void **state)
{
	struct weir_evidence_folder *folder _cleanup_(weir_evidence_folder_freep) = open_folder(0);
	uint8_t number[WEIR_CAPTURE_HASH_LEN] = {0};

	for (unsigned i = 0; i < WEIR_CAPTURE_FILES_MAX; i++) {
		char name[65];

		number[0] = (uint8_t)i;
		weir_hex(number, sizeof(number), name);
		make(name, "x");
	}
	assert_int_equal(weir_evidence_folder_put(folder, hash, "1", 1), -ENOSPC);
	weir_evidence_folder_remove(folder, number);
	number[1] = 1;
	assert_int_equal(weir_evidence_folder_put(folder, number, "1", 1), 0);
}

/* What a crash left is no evidence; what is whole stays. */
static void folder__clears_what_is_half_written(void **state)
{
	struct weir_evidence_folder *folder = open_folder(0);
	struct stat st;
	char path[128];

	assert_int_equal(weir_evidence_folder_put(folder, hash, "whole", 5), 0);
	weir_evidence_folder_free(folder);
	make("abcd.new", "half");
	folder = open_folder(0);
	(void)snprintf(path, sizeof(path), "%s/evidence/abcd.new", dir);
	assert_int_equal(lstat(path, &st), -1);
	assert_int_equal(size_of(hash, &st), 5);
	weir_evidence_folder_free(folder);
}

static void folder__follows_no_link(void **state)
{
	struct weir_evidence_folder *folder = NULL;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/evidence", dir);
	assert_int_equal(symlink("/tmp", path), 0);
	assert_true(weir_evidence_folder_new(dir, 0, &folder) < 0);
	assert_null(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(folder__is_the_readers_to_empty, setup, teardown),
		cmocka_unit_test_setup_teardown(folder__has_a_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(folder__has_so_many_files, setup, teardown),
		cmocka_unit_test_setup_teardown(folder__clears_what_is_half_written, setup,
						teardown),
		cmocka_unit_test_setup_teardown(folder__follows_no_link, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
