/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of labelled files comes back for those that are as they were, and for no other. Runs where /tmp is a file system
 * whose files have names for ever. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/labels/labels.h"

#define RECORD 128

static char dir[64], path[96];
static struct weir_labels *labels;
static struct weir_labels_volume volume;
static int root = -1;

static void begin(size_t max)
{
	weir_labels_free(labels);
	labels = NULL;
	assert_int_equal(weir_labels_open(path, max, &labels), 0);
}

static int setup(void **state)
{
	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/labels", dir);
	root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(root >= 0);
	if (weir_labels_volume(root, &volume) == 0)
		begin(16);
	return 0;
}

static int teardown(void **state)
{
	weir_labels_free(labels);
	labels = NULL;
	root = weir_close(root);
	scratch_remove(dir);
	return 0;
}

static void need_volume(void)
{
	if (!labels)
		skip();
}

static int file_of(const char *name, const char *text)
{
	int fd = openat(root, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(weir_write_full(fd, text, strlen(text)), 0);
	return fd;
}

static struct weir_abi_label label_of(int fd, uint32_t distinct)
{
	struct weir_abi_label label = {.classes = 5, .distinct = {distinct, 1, 2, 3}};
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	label.size = (uint64_t)st.st_size;
	label.ctime_ns =
		(uint64_t)st.st_ctim.tv_sec * WEIR_NSEC_PER_SEC + (uint64_t)st.st_ctim.tv_nsec;
	return label;
}

/* Makes a file and keeps its label; its inode. */
static ino_t keep(const char *name, uint32_t distinct)
{
	int fd = file_of(name, name);
	struct weir_abi_label label = label_of(fd, distinct);
	struct stat st;

	assert_int_equal(weir_labels_keep(labels, fd, &label), 0);
	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
	return st.st_ino;
}

static struct weir_labels_health health(void)
{
	struct weir_labels_health ret;

	weir_labels_health(labels, &ret);
	return ret;
}

static void put(const void *bytes, size_t len, off_t at)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(weir_pwrite_full(fd, bytes, len, at), 0);
	close(fd);
}

static off_t size_of(void)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void labels__come_back(void **state)
{
	struct weir_labels_file file;
	struct weir_abi_label expected;
	size_t cursor = 0;
	struct stat st;
	ino_t ino[2];

	need_volume();
	ino[0] = keep("a", 7);
	ino[1] = keep("bb", UINT32_MAX);
	assert_int_equal(weir_labels_sync(labels), 0);
	begin(16);
	assert_int_equal(health().kept, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(weir_labels_next(labels, root, &volume, &cursor, &file), 1);
		assert_true(file.fd >= 0);
		assert_false(file.changed);
		assert_int_equal(fstat(file.fd, &st), 0);
		assert_int_equal(st.st_ino, ino[i]);
		expected = label_of(file.fd, i ? UINT32_MAX : 7);
		expected.classes = 0;
		assert_memory_equal(&file.label, &expected, sizeof(expected));
		close(file.fd);
	}
	assert_int_equal(weir_labels_next(labels, root, &volume, &cursor, &file), 0);
	assert_int_equal(file.fd, -1);
	assert_int_equal(health().restored, 2);
	assert_int_equal(health().kept, 2);
	assert_int_equal(health().gone + health().changed + health().damaged + health().failed, 0);
}

/* The only label that is there. */
static struct weir_labels_file only(void)
{
	struct weir_labels_file file, none;
	size_t cursor = 0;

	assert_int_equal(weir_labels_next(labels, root, &volume, &cursor, &file), 1);
	assert_int_equal(weir_labels_next(labels, root, &volume, &cursor, &none), 0);
	return file;
}

static void labels__changed_file_is_not_believed(void **state)
{
	struct weir_labels_file file;
	char name[160];
	size_t cursor = 0;

	need_volume();
	(void)keep("a", 7);
	begin(16);
	snprintf(name, sizeof(name), "%s/a", dir);
	assert_int_equal(chmod(name, 0640), 0); /* the size stays */
	file = only();
	assert_true(file.changed);
	assert_true(file.fd >= 0);
	close(file.fd);
	assert_int_equal(health().changed, 1);
	assert_int_equal(health().restored, 0);
	begin(16);
	assert_int_equal(health().kept, 0);
	assert_int_equal(weir_labels_next(labels, root, &volume, &cursor, &file), 0);
}

static void labels__deleted_file_drops_out(void **state)
{
	struct weir_labels_file file;

	need_volume();
	(void)keep("a", 7);
	assert_int_equal(unlinkat(root, "a", 0), 0);
	(void)keep("a", 8); /* the number may be the same, the file is not */
	begin(16);
	for (size_t cursor = 0; weir_labels_next(labels, root, &volume, &cursor, &file);) {
		if (file.fd < 0)
			continue;
		assert_int_equal(file.label.distinct[0], 8);
		close(file.fd);
	}
	assert_int_equal(health().gone, 1);
	assert_int_equal(health().restored, 1);
	assert_int_equal(health().kept, 1);
	begin(16);
	assert_int_equal(health().kept, 1);
}

static void labels__open_deleted_file_is_gone(void **state)
{
	struct weir_labels_file file;
	int fd;

	need_volume();
	(void)keep("a", 7);
	fd = openat(root, "a", O_RDONLY | O_CLOEXEC);
	assert_int_equal(unlinkat(root, "a", 0), 0);
	file = only();
	assert_int_equal(file.fd, -1);
	assert_int_equal(health().gone, 1);
	close(fd);
}

static void labels__are_replaced_and_forgotten(void **state)
{
	struct weir_labels_file file;
	int fd;

	need_volume();
	(void)keep("a", 7);
	(void)keep("a", 9);
	assert_int_equal(health().kept, 1);
	begin(16);
	file = only();
	assert_int_equal(file.label.distinct[0], 9);
	close(file.fd);
	fd = openat(root, "a", O_RDONLY | O_CLOEXEC);
	assert_true(weir_labels_any(labels));
	assert_int_equal(weir_labels_forget(labels, fd), 0);
	assert_false(weir_labels_any(labels));
	assert_int_equal(weir_labels_forget(labels, fd), 0);
	close(fd);
	assert_int_equal(health().kept, 0);
	begin(16);
	assert_int_equal(health().kept, 0);
	assert_int_equal(health().damaged, 0);
}

static void labels__another_volume_has_none(void **state)
{
	struct weir_labels_volume other;
	struct weir_labels_file file;
	size_t cursor = 0;

	need_volume();
	(void)keep("a", 7);
	other = volume;
	other.id[15] ^= 1;
	assert_int_equal(weir_labels_next(labels, root, &other, &cursor, &file), 0);
	assert_int_equal(health().kept, 1);
}

static void labels__of_memory_are_not_kept(void **state)
{
	int fd = memfd_create("a", MFD_CLOEXEC);
	struct weir_abi_label label;
	struct weir_labels_volume none;

	need_volume();
	label = label_of(fd, 7);
	assert_int_equal(weir_labels_volume(fd, &none), -EOPNOTSUPP);
	assert_int_equal(weir_labels_keep(labels, fd, &label), -EOPNOTSUPP);
	assert_int_equal(weir_labels_forget(labels, fd), 0);
	assert_int_equal(health().kept, 0);
	assert_int_equal(health().homeless, 1);
	close(fd);
}

static void labels__oldest_gives_way(void **state)
{
	struct weir_labels_file file;
	uint32_t seen = 0;
	char name[8];

	need_volume();
	begin(4);
	for (uint32_t i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "f%u", i);
		(void)keep(name, i);
	}
	assert_int_equal(health().evicted, 2);
	assert_int_equal(size_of(), 5 * RECORD);
	begin(4);
	for (size_t cursor = 0; weir_labels_next(labels, root, &volume, &cursor, &file);) {
		seen |= 1u << file.label.distinct[0];
		close(file.fd);
	}
	assert_int_equal(seen, 0x3c);
	begin(2); /* a smaller bound */
	assert_int_equal(health().kept, 2);
	assert_int_equal(size_of(), 3 * RECORD);
}

/* Room that was given back is used before anything gives way. */
static void labels__freed_room_is_used(void **state)
{
	int fd;

	need_volume();
	begin(3);
	(void)keep("a", 1);
	(void)keep("b", 2);
	(void)keep("c", 3);
	fd = openat(root, "b", O_RDONLY | O_CLOEXEC);
	assert_int_equal(weir_labels_forget(labels, fd), 0);
	close(fd);
	(void)keep("d", 4);
	assert_int_equal(health().evicted, 0);
	assert_int_equal(health().kept, 3);
	(void)keep("e", 5);
	assert_int_equal(health().evicted, 1);
}

static void labels__every_byte_is_vouched_for(void **state)
{
	uint8_t good[RECORD], bad[RECORD];
	int fd;

	need_volume();
	(void)keep("a", 7);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(weir_pread_full(fd, good, RECORD, RECORD), RECORD);
	close(fd);
	for (size_t i = 0; i < RECORD; i++) {
		memcpy(bad, good, RECORD);
		bad[i] ^= 0x10;
		put(bad, RECORD, RECORD);
		begin(16);
		assert_int_equal(health().kept, 0);
		assert_int_equal(health().damaged, 1);
	}
	put(good, RECORD, RECORD);
	put(good, RECORD, 2 * RECORD); /* twice the same file */
	begin(16);
	assert_int_equal(health().kept, 1);
	assert_int_equal(health().damaged, 1);
	assert_int_equal(truncate(path, 2 * RECORD + 60), 0); /* torn off */
	begin(16);
	assert_int_equal(health().kept, 1);
	assert_int_equal(health().damaged, 0);
}

/* Also one that is damaged while we have it. */
static void labels__damage_shows_when_it_is_read(void **state)
{
	struct weir_labels_file file;

	need_volume();
	(void)keep("a", 7);
	put("x", 1, RECORD + 77);
	file = only();
	assert_int_equal(file.fd, -1);
	assert_int_equal(health().damaged, 1);
	assert_int_equal(health().kept, 0);
}

static void labels__another_file_is_begun_anew(void **state)
{
	char garbage[4096];

	need_volume();
	(void)keep("a", 7);
	put("\x02", 1, 4); /* the version */
	begin(16);
	assert_true(health().anew);
	assert_int_equal(health().kept, 0);
	assert_int_equal(size_of(), RECORD);
	begin(16);
	assert_false(health().anew);
	memset(garbage, 'g', sizeof(garbage));
	put(garbage, sizeof(garbage), 0);
	assert_int_equal(truncate(path, INT64_C(1) << 40), 0); /* huge, if it were read */
	begin(16);
	assert_true(health().anew);
	assert_int_equal(size_of(), RECORD);
	assert_int_equal(truncate(path, INT64_C(1) << 40), 0);
	begin(16);
	assert_false(health().anew);
	assert_int_equal(size_of(), 17 * RECORD);
}

static void labels__not_through_what_is_not_ours(void **state)
{
	struct weir_labels *none = NULL;
	char other[128];

	need_volume();
	snprintf(other, sizeof(other), "%s/other", dir);
	assert_int_equal(link(path, other), 0);
	assert_int_equal(weir_labels_open(path, 16, &none), -EPERM);
	assert_int_equal(unlink(other), 0);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(weir_labels_open(path, 16, &none), -EPERM);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(weir_labels_open(path, 16, &none), -ELOOP);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(weir_labels_open(path, 16, &none), -EBADF);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(weir_labels_open(path, 16, &none), -EISDIR);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(weir_labels_open(path, 0, &none), -EINVAL);
	assert_int_equal(weir_labels_open(path, WEIR_LABELS_MAX + 1, &none), -EINVAL);
	assert_null(none);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(labels__come_back),
		TEST(labels__changed_file_is_not_believed),
		TEST(labels__deleted_file_drops_out),
		TEST(labels__open_deleted_file_is_gone),
		TEST(labels__are_replaced_and_forgotten),
		TEST(labels__another_volume_has_none),
		TEST(labels__of_memory_are_not_kept),
		TEST(labels__oldest_gives_way),
		TEST(labels__freed_room_is_used),
		TEST(labels__every_byte_is_vouched_for),
		TEST(labels__damage_shows_when_it_is_read),
		TEST(labels__another_file_is_begun_anew),
		TEST(labels__not_through_what_is_not_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
