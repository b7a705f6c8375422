/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/daemon/host.h"

static char dir[64], scratch[PATH_MAX], uid[2 * WEIR_HOST_UID_LEN + 1];
static struct weir_config *config;

static void point(const char *key, const char *name)
{
	struct weir_error error;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(weir_config_set(config, key, path, true, &error), 0);
}

static int setup(void **state)
{
	scratch_make(dir);
	config = NULL;
	if (weir_config_new(&config) < 0)
		return -1;
	point("state_dir", "var/lib/weir");
	point("runtime_dir", "run/weir");
	return 0;
}

static int teardown(void **state)
{
	weir_config_free(config);
	scratch_remove(dir);
	return 0;
}

static void kept_path(char path[128])
{
	snprintf(path, 128, "%s/agent-uid", config->state_dir);
}

static void put_uid(const char *bytes)
{
	char path[128];

	kept_path(path);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, bytes, strlen(bytes), 0600), 0);
}

static bool excluded(const char *path)
{
	for (size_t i = 0; i < config->watch_exclude.count; i++)
		if (strcmp(config->watch_exclude.item[i], path) == 0)
			return true;
	return false;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	return st.st_mode & 0777;
}

static void host__folders_are_made_and_not_watched(void **state)
{
	char expected[128];

	assert_int_equal(weir_host_folders(config, NULL, scratch), 0);
	snprintf(expected, sizeof(expected), "%s/var/lib/weir/scratch", dir);
	assert_string_equal(scratch, expected);
	assert_int_equal(mode_of(scratch), 0700);
	assert_int_equal(mode_of(config->state_dir), 0755);
	assert_int_equal(mode_of(config->runtime_dir), 0755);
	snprintf(expected, sizeof(expected), "%s/var/lib/weir/spool", dir);
	assert_string_equal(config->spool_dir, expected);
	assert_true(excluded(config->state_dir));
	assert_true(excluded(config->runtime_dir));
	assert_true(excluded(config->spool_dir));
	assert_int_equal(weir_host_folders(config, NULL, scratch), 0);
}

static void host__a_configured_spool_stays(void **state)
{
	char expected[128];

	point("spool_dir", "spool");
	snprintf(expected, sizeof(expected), "%s/spool", dir);
	assert_int_equal(weir_host_folders(config, NULL, scratch), 0);
	assert_string_equal(config->spool_dir, expected);
	assert_true(excluded(expected));
}

static void host__a_file_in_the_way_is_an_error(void **state)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/var", dir);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, "x", 1, 0600), 0);
	assert_int_equal(weir_host_folders(config, NULL, scratch), -ENOTDIR);
	assert_false(excluded(config->state_dir));
}

static void host__agent_uid_is_made_once(void **state)
{
	char again[sizeof(uid)];

	assert_int_equal(weir_host_folders(config, NULL, scratch), 0);
	assert_int_equal(weir_host_agent_uid(config, NULL, uid), 0);
	assert_int_equal(strlen(uid), 2 * WEIR_HOST_UID_LEN);
	assert_int_equal(strspn(uid, "0123456789abcdef"), 2 * WEIR_HOST_UID_LEN);
	assert_int_equal(weir_host_agent_uid(config, NULL, again), 0);
	assert_string_equal(again, uid);
}

static void host__agent_uid_is_what_was_kept(void **state)
{
	assert_int_equal(weir_host_folders(config, NULL, scratch), 0);
	put_uid("0123456789abcdef");
	assert_int_equal(weir_host_agent_uid(config, NULL, uid), 0);
	assert_string_equal(uid, "30313233343536373839616263646566");
}

static void host__a_torn_uid_is_replaced(void **state)
{
	char again[sizeof(uid)];

	assert_int_equal(weir_host_folders(config, NULL, scratch), 0);
	put_uid("012345");
	assert_int_equal(weir_host_agent_uid(config, NULL, uid), 0);
	assert_memory_not_equal(uid, "303132333435", 12);
	assert_int_equal(weir_host_agent_uid(config, NULL, again), 0);
	assert_string_equal(again, uid);
}

static void host__no_folder_no_uid(void **state)
{
	assert_int_equal(weir_host_agent_uid(config, NULL, uid), -ENOENT);
}

static void host__reads_the_machine(void **state)
{
	struct weir_host host;

	memset(&host, 0xff, sizeof(host));
	weir_host_read(&host);
	assert_string_equal(host.kernel.sysname, "Linux");
	assert_true(host.kernel.release[0] != '\0');
	assert_null(strchr(host.lsm, '\n'));
	assert_true(strlen(host.lsm) < sizeof(host.lsm));
}

#define TEST(name) cmocka_unit_test_setup_teardown(host__##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(folders_are_made_and_not_watched),
		TEST(a_configured_spool_stays),
		TEST(a_file_in_the_way_is_an_error),
		TEST(agent_uid_is_made_once),
		TEST(agent_uid_is_what_was_kept),
		TEST(a_torn_uid_is_replaced),
		TEST(no_folder_no_uid),
		TEST(reads_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
