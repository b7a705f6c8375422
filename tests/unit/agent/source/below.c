/* SPDX-License-Identifier: Apache-2.0 */
/* Which disks lie below mounts that are named as sinks, against a sysfs of folders and links. */
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

#include <cmocka.h>

#include "below.h"
#include "scratch.h"
#include "tree.h"
#include "weir/base/fd.h"

#define SDB "devices/ata2/block/sdb"

static char root[64], sysfs[128];
static const char *const points[] = {"/mnt/stick"}, *const types[] = {"exfat"};
static struct weir_device_options options;
static struct weir_mounts *mounts;
static struct weir_below below;

static void put(const char *path, const char *text)
{
	tree_put(sysfs, path, text);
}

static void link_to(const char *path, const char *target)
{
	tree_link(sysfs, path, target);
}

/* A disk with two partitions, a loop device, btrfs on the second partition. */
static int setup(void **state)
{
	char path[256];

	scratch_make(root);
	snprintf(sysfs, sizeof(sysfs), "%s/sys", root);
	snprintf(path, sizeof(path), "%s/mountinfo", root);
	options = (struct weir_device_options){.sysfs = sysfs,
					       .removable = {.mounts = points, .n_mounts = 1}};
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, "", 0, 0600), 0);
	assert_int_equal(weir_mounts_new(path, &mounts), 0);
	put(SDB "/dev", "8:16\n");
	put(SDB "/sdb1/dev", "8:17\n");
	put(SDB "/sdb1/partition", "1\n");
	put(SDB "/sdb2/dev", "8:18\n");
	put(SDB "/sdb2/partition", "2\n");
	put("devices/virtual/block/loop0/dev", "7:0\n");
	link_to("dev/block/8:16", "../../" SDB);
	link_to("dev/block/8:17", "../../" SDB "/sdb1");
	link_to("dev/block/8:18", "../../" SDB "/sdb2");
	link_to("dev/block/7:0", "../../devices/virtual/block/loop0");
	link_to("class/block/sdb2", "../../" SDB "/sdb2");
	return 0;
}

static int teardown(void **state)
{
	weir_mounts_free(mounts);
	scratch_remove(root);
	return 0;
}

static void ignore(void *context, const struct weir_mount *mount, bool added)
{
}

static void find(const char *table)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/mountinfo", root);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, table, strlen(table), 0600), 0);
	assert_int_equal(weir_mounts_refresh(mounts, ignore, NULL), 0);
	weir_below_find(&options, mounts, &below);
}

static bool has(unsigned major, unsigned minor)
{
	return weir_below_has(&below, WEIR_ABI_DEV(major, minor));
}

static void below__partition_and_its_disk(void **state)
{
	find("50 1 8:17 / /mnt/stick rw - ext4 /dev/sdb1 rw\n"
	     "51 1 254:1 / / rw - ext4 /dev/vda1 rw\n");
	assert_int_equal(below.count, 2);
	assert_true(has(8, 17) && has(8, 16));
	assert_false(has(8, 18) || has(254, 1));
}

/* What else is on the disk and in use is the machine's own. */
static void below__disk_that_carries_more_is_none(void **state)
{
	find("50 1 8:17 / /mnt/stick rw - ext4 /dev/sdb1 rw\n"
	     "51 1 8:18 / /home rw - ext4 /dev/sdb2 rw\n");
	assert_int_equal(below.count, 1);
	assert_true(has(8, 17));
}

/* A folder of the same file system, mounted elsewhere, is named by nobody. */
static void below__volume_that_is_elsewhere_too_is_none(void **state)
{
	find("50 1 8:17 / /mnt/stick rw - ext4 /dev/sdb1 rw\n"
	     "51 1 8:17 /home /home rw - ext4 /dev/sdb1 rw\n");
	assert_int_equal(below.count, 0);
}

static void below__btrfs_by_its_source(void **state)
{
	find("50 1 0:40 / /mnt/stick rw - btrfs /dev/no/sdb2 rw\n");
	assert_true(has(8, 18) && has(8, 16));
}

static void below__named_by_type(void **state)
{
	options.removable =
		(struct weir_sink_names){.filesystems = types, .n_filesystems = ARRAY_SIZE(types)};
	find("50 1 8:17 / /media/any rw - exfat /dev/sdb1 rw\n");
	assert_true(has(8, 17) && has(8, 16));
}

/* loop0's backing file is a node of that number. */
static void stands_for_node(unsigned major_number, unsigned minor_number)
{
	char path[256], line[260];

	snprintf(path, sizeof(path), "%s/node", root);
	if (mknod(path, S_IFBLK | 0600, makedev(major_number, minor_number)) < 0)
		skip(); /* only root may */
	snprintf(line, sizeof(line), "%s\n", path);
	put("devices/virtual/block/loop0/loop/backing_file", line);
}

/* A loop device over a node stands for it; one over a file does not make the file's disk a sink. */
static void below__loop_devices(void **state)
{
	char file[256];

	put("devices/virtual/block/loop0/loop/backing_file", "/dev/null\n");
	find("50 1 7:0 / /mnt/stick rw - ext4 /dev/loop0 rw\n");
	assert_int_equal(below.count, 1);
	snprintf(file, sizeof(file), "%s/image\n", root);
	put("devices/virtual/block/loop0/loop/backing_file", file);
	find("50 1 7:0 / /mnt/stick rw - ext4 /dev/loop0 rw\n");
	assert_int_equal(below.count, 1);
	stands_for_node(8, 17);
	find("50 1 7:0 / /mnt/stick rw - ext4 /dev/loop0 rw\n");
	assert_int_equal(below.count, 3);
	assert_true(has(7, 0) && has(8, 17) && has(8, 16));
}

/* A node that stands for itself, by whatever mischief, ends nowhere. */
static void below__circle_ends(void **state)
{
	stands_for_node(7, 0);
	find("50 1 7:0 / /mnt/stick rw - ext4 /dev/loop0 rw\n");
	assert_int_equal(below.count, 1);
}

static void below__nothing_named(void **state)
{
	options.removable = (struct weir_sink_names){0};
	find("50 1 8:17 / /mnt/stick rw - ext4 /dev/sdb1 rw\n");
	assert_int_equal(below.count, 0);
}

/* What could not be compared with what is mounted elsewhere is not called a sink. */
static void below__too_many_are_none(void **state)
{
	const size_t size = 64 * (WEIR_BELOW_MAX + 3);
	char *table = malloc(size);
	size_t len =
		(size_t)snprintf(table, size, "50 1 8:17 / /mnt/stick rw - ext4 /dev/sdb1 rw\n");

	assert_non_null(table);
	for (unsigned i = 0; i < WEIR_BELOW_MAX + 1; i++)
		len += (size_t)snprintf(table + len, size - len,
					"%u 1 9:%u / /srv/%u rw - ext4 none rw\n", 60 + i, i, i);
	find(table);
	assert_int_equal(below.count, 0);
	free(table);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(below__partition_and_its_disk),
		TEST(below__disk_that_carries_more_is_none),
		TEST(below__volume_that_is_elsewhere_too_is_none),
		TEST(below__btrfs_by_its_source),
		TEST(below__named_by_type),
		TEST(below__loop_devices),
		TEST(below__circle_ends),
		TEST(below__nothing_named),
		TEST(below__too_many_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
