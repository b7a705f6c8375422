/* SPDX-License-Identifier: Apache-2.0 */
/* With tables of mounts that are files, and a descriptor whose mount is the one that they tell of. */
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

#include "gate_place.h"
#include "weir/base/fd.h"

static char dir[] = "/tmp/weir-gate-place-XXXXXX";
static unsigned mount_id;
static int file = -1;

static int setup(void **state)
{
	struct statx stx;

	assert_non_null(mkdtemp(dir));
	file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	assert_int_equal(statx(file, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx), 0);
	mount_id = (unsigned)stx.stx_mnt_id;
	return 0;
}

static void remove_in(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)unlink(path);
}

static int teardown(void **state)
{
	remove_in("mountinfo");
	remove_in("root");
	weir_close(file);
	return rmdir(dir);
}

/* A process with this root, whose table has the mount at this line, behind so many others. */
static void process(const char *root, const char *mounted, const char *point, unsigned others)
{
	char path[64];
	FILE *table;

	remove_in("root");
	snprintf(path, sizeof(path), "%s/root", dir);
	assert_int_equal(symlink(root, path), 0);
	snprintf(path, sizeof(path), "%s/mountinfo", dir);
	table = fopen(path, "we");
	assert_non_null(table);
	for (unsigned i = 0; i < others; i++)
		fprintf(table, "%u 1 0:5 / /other%u rw - tmpfs tmpfs rw\n", mount_id + 1 + i, i);
	fprintf(table, "nonsense\n%u 1 8:1 %s %s rw - ext4 /dev/x rw\n", mount_id, mounted, point);
	assert_int_equal(fclose(table), 0);
}

static void assert_place(const char *path, const char *expected)
{
	char place[256];

	assert_int_equal(gate_place(file, path, dir, place, sizeof(place)), 0);
	assert_string_equal(place, expected);
}

static int place_error(const char *path)
{
	char place[64];

	return gate_place(file, path, dir, place, sizeof(place));
}

static void gate_place__under_any_name(void **state)
{
	process("/", "/", "/", 3);
	assert_place("/srv/a", "/srv/a");
	process("/", "/srv/cases", "/mnt", 3);
	assert_place("/mnt/a", "/srv/cases/a");
	assert_place("/mnt", "/srv/cases");
	process("/", "/", "/mnt/with\\040space", 3);
	assert_place("/mnt/with space/a", "/a");
	assert_place("/mnt/with space", "/");
}

static void gate_place__from_another_root(void **state)
{
	process("/jail", "/", "/", 0);
	assert_place("/jail/srv/a", "/srv/a");
	assert_int_equal(place_error("/srv/a"), -ENOENT);
	assert_int_equal(place_error("/jailer/srv/a"), -ENOENT);
	process("/jail", "/srv", "/x", 0);
	assert_place("/jail/x/a", "/srv/a");
}

static void gate_place__what_is_not_explained(void **state)
{
	process("/", "/srv", "/mnt", 0);
	assert_int_equal(place_error("/mnt2/a"), -ENOENT);
	assert_int_equal(place_error("/a"), -ENOENT);
	process("/", "/srv", "/mnt", 20000); /* more than are read */
	assert_int_equal(place_error("/mnt/a"), -E2BIG);
	process("/", "/srv", "/mnt", 0);
	assert_int_equal(
		place_error("/mnt/0123456789012345678901234567890123456789012345678901234567890"),
		-E2BIG);
	remove_in("mountinfo");
	assert_int_equal(place_error("/mnt/a"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gate_place__under_any_name),
		cmocka_unit_test(gate_place__from_another_root),
		cmocka_unit_test(gate_place__what_is_not_explained),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
