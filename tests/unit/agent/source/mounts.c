/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/abi/types.h"
#include "weir/base/fd.h"
#include "weir/source/mounts.h"

static int parse(const char *line, struct weir_mount *ret)
{
	return weir_mount_parse(line, strlen(line), ret);
}

static void mounts__fields_of_a_line(void **state)
{
	struct weir_mount mount;

	assert_int_equal(parse("71 47 8:17 /sub /media/stick rw,relatime shared:5 master:1 - vfat "
			       "/dev/sdb1 rw",
			       &mount),
			 0);
	assert_int_equal(mount.id, 71);
	assert_int_equal(mount.parent, 47);
	assert_int_equal(mount.dev, WEIR_ABI_DEV(8, 17));
	assert_string_equal(mount.root, "/sub");
	assert_string_equal(mount.point, "/media/stick");
	assert_string_equal(mount.fstype, "vfat");
	assert_string_equal(mount.source, "/dev/sdb1");
}

static void mounts__escapes(void **state)
{
	struct weir_mount mount;

	assert_int_equal(parse("1 2 0:5 / /a\\040b\\011c\\134d rw - tmpfs no\\040ne rw", &mount),
			 0);
	assert_string_equal(mount.point, "/a b\tc\\d");
	assert_string_equal(mount.source, "no ne");
	/* Not an escape: kept as it is. */
	assert_int_equal(parse("1 2 0:5 / /a\\9\\04 rw - tmpfs none rw", &mount), 0);
	assert_string_equal(mount.point, "/a\\9\\04");
}

static void mounts__nonsense_is_refused(void **state)
{
	static const char *const lines[] = {
		"",
		" ",
		"1",
		"1 2 0:5 / /a rw",
		"1 2 0:5 / /a rw shared:1 tmpfs none rw",
		"x 2 0:5 / /a rw - t n r",
		"1 2 05 / /a rw - t n r",
		"1 2 :5 / /a rw - t n r",
		"1 2 99999999999:5 / /a rw - t n r",
		"1 2 4096:0 / /a rw - t n r",
		"1 2 0:1048576 / /a rw - t n r",
		"1 2 0:5 / a rw - t n r",
		"1 2 0:5 / /a\\000b rw - t n r",
		"-1 2 0:5 / /a rw - t n r",
	};
	struct weir_mount mount = {.id = 7};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(parse(lines[i], &mount), -EINVAL);
	assert_int_equal(mount.id, 7);
}

static void mounts__long_paths_are_refused_not_cut(void **state)
{
	char line[3000];
	struct weir_mount mount;

	snprintf(line, sizeof(line), "1 2 0:5 / /%02000d rw - tmpfs none rw", 0);
	assert_int_equal(parse(line, &mount), -ENAMETOOLONG);
}

static void mounts__empty_source(void **state)
{
	struct weir_mount mount;

	assert_int_equal(parse("1 2 0:5 / /a rw - tmpfs  rw", &mount), 0);
	assert_string_equal(mount.source, "");
}

struct seen {
	char text[512];
};

static void note(void *context, const struct weir_mount *mount, bool added)
{
	struct seen *seen = context;
	size_t used = strlen(seen->text);

	snprintf(seen->text + used, sizeof(seen->text) - used, "%c%s ", added ? '+' : '-',
		 mount->point);
}

static void write_table(const char *path, const char *text)
{
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, text, strlen(text), 0600), 0);
}

static void mounts__changes_are_reported(void **state)
{
	char dir[64], path[128];
	struct weir_mounts *mounts = NULL;
	struct seen seen = {""};

	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/mountinfo", dir);
	write_table(path, "27 1 254:0 / / rw - ext4 /dev/vda rw\nnonsense\n40 27 8:1 / /media/a rw "
			  "- vfat /dev/sda1 rw\n");
	assert_int_equal(weir_mounts_new(path, &mounts), 0);
	assert_int_equal(weir_mounts_refresh(mounts, note, &seen), 0);
	assert_string_equal(seen.text, "+/ +/media/a ");
	assert_int_equal(weir_mounts_skipped(mounts), 1);

	seen.text[0] = '\0';
	assert_int_equal(weir_mounts_refresh(mounts, note, &seen), 0);
	assert_string_equal(seen.text, "");

	/* The same id for another device is another mount. */
	write_table(path, "40 27 8:2 / /media/a rw - vfat /dev/sda2 rw\n27 1 254:0 / / rw - ext4 "
			  "/dev/vda rw\n");
	assert_int_equal(weir_mounts_refresh(mounts, note, &seen), 0);
	assert_string_equal(seen.text, "-/media/a +/media/a ");
	assert_int_equal(weir_mounts_by_id(mounts, 40)->dev, WEIR_ABI_DEV(8, 2));
	assert_null(weir_mounts_by_id(mounts, 41));
	assert_null(weir_mounts_by_dev(mounts, WEIR_ABI_DEV(8, 1)));
	weir_mounts_free(mounts);
	scratch_remove(dir);
}

static void mounts__lookups(void **state)
{
	char dir[64], path[128];
	struct weir_mounts *mounts = NULL;
	struct seen seen = {""};

	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/mountinfo", dir);
	write_table(path, "27 1 254:0 / / rw - ext4 /dev/vda rw\n40 27 8:1 /part /media/a rw - "
			  "vfat /dev/sda1 rw\n"
			  "41 27 8:1 / /media/ab rw - vfat /dev/sda1 rw\n");
	assert_int_equal(weir_mounts_new(path, &mounts), 0);
	assert_int_equal(weir_mounts_refresh(mounts, note, &seen), 0);
	assert_int_equal(weir_mounts_by_path(mounts, "/media/a/file")->id, 40);
	assert_int_equal(weir_mounts_by_path(mounts, "/media/ab")->id, 41);
	assert_int_equal(weir_mounts_by_path(mounts, "/media/abc")->id, 27);
	/* The mount of the whole file system is the better name of a device. */
	assert_int_equal(weir_mounts_by_dev(mounts, WEIR_ABI_DEV(8, 1))->id, 41);
	assert_int_equal(weir_mounts_count(mounts), 3);
	assert_null(weir_mounts_at(mounts, 3));
	weir_mounts_free(mounts);
	scratch_remove(dir);
}

static void mounts__unreadable_table_keeps_the_old_one(void **state)
{
	char dir[64], path[128];
	struct weir_mounts *mounts = NULL;
	struct seen seen = {""};

	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/mountinfo", dir);
	write_table(path, "27 1 254:0 / / rw - ext4 /dev/vda rw\n");
	assert_int_equal(weir_mounts_new(path, &mounts), 0);
	assert_int_equal(weir_mounts_refresh(mounts, note, &seen), 0);
	assert_int_equal(remove(path), 0);
	assert_true(weir_mounts_refresh(mounts, note, &seen) < 0);
	assert_non_null(weir_mounts_by_id(mounts, 27));
	weir_mounts_free(mounts);
	scratch_remove(dir);
}

static void mounts__this_machine(void **state)
{
	struct weir_mounts *mounts = NULL;
	struct seen seen = {""};

	assert_int_equal(weir_mounts_new(NULL, &mounts), 0);
	assert_int_equal(weir_mounts_refresh(mounts, note, &seen), 0);
	assert_non_null(weir_mounts_by_path(mounts, "/"));
	assert_string_equal(weir_mounts_by_path(mounts, "/proc/self")->fstype, "proc");
	weir_mounts_free(mounts);
}

static void nothing(void *context, const struct weir_mount *mount, bool added)
{
}

/* That somebody else has asked the descriptor must not hide a change. Last: in a mount namespace of its own. */
static void mounts__knows_that_it_is_stale(void **state)
{
	struct weir_mounts *mounts = NULL;
	struct pollfd change = {.events = POLLPRI};
	char dir[64];

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		skip();
	scratch_make(dir);
	assert_int_equal(weir_mounts_new(NULL, &mounts), 0);
	assert_true(weir_mounts_stale(mounts));
	assert_int_equal(weir_mounts_refresh(mounts, nothing, NULL), 0);
	(void)weir_mounts_stale(mounts);
	assert_int_equal(weir_mounts_refresh(mounts, nothing, NULL), 0);
	assert_false(weir_mounts_stale(mounts));
	assert_int_equal(mount("none", dir, "tmpfs", 0, NULL), 0);
	change.fd = weir_mounts_fd(mounts);
	assert_int_equal(poll(&change, 1, 0), 1);
	assert_int_equal(poll(&change, 1, 0), 0);
	assert_true(weir_mounts_stale(mounts));
	assert_true(weir_mounts_stale(mounts));
	assert_int_equal(weir_mounts_refresh(mounts, nothing, NULL), 0);
	assert_false(weir_mounts_stale(mounts));
	assert_non_null(weir_mounts_by_path(mounts, dir));
	assert_int_equal(umount(dir), 0);
	assert_true(weir_mounts_stale(mounts));
	weir_mounts_free(mounts);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mounts__fields_of_a_line),
		cmocka_unit_test(mounts__escapes),
		cmocka_unit_test(mounts__nonsense_is_refused),
		cmocka_unit_test(mounts__long_paths_are_refused_not_cut),
		cmocka_unit_test(mounts__empty_source),
		cmocka_unit_test(mounts__changes_are_reported),
		cmocka_unit_test(mounts__lookups),
		cmocka_unit_test(mounts__unreadable_table_keeps_the_old_one),
		cmocka_unit_test(mounts__this_machine),
		cmocka_unit_test(mounts__knows_that_it_is_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
