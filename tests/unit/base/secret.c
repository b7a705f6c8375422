/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
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
#include "weir/base/secret.h"

static char dir[64], path[80];

static int setup(void **state)
{
	scratch_make(dir);
	(void)snprintf(path, sizeof(path), "%s/key", dir);
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(dir);
	return 0;
}

static void secret__is_written_once_for_its_owner(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_wipe) = WEIR_BUF_INIT(7);
	struct stat st;

	assert_int_equal(weir_secret_write(path, "a\0secret", 7), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(weir_secret_write(path, "another", 7), -EEXIST);
	assert_int_equal(weir_secret_read(path, &buf), 0);
	assert_int_equal(buf.len, 7);
	assert_memory_equal(buf.data, "a\0secre", 8);
	assert_int_equal(weir_secret_write("/nowhere/key", "x", 1), -ENOENT);
}

static void secret__of_others_is_not_read(void **state)
{
	static const mode_t modes[] = {0640, 0604, 0620, 0602, 0601};
	struct weir_buf buf _cleanup_(weir_buf_wipe) = WEIR_BUF_INIT(64);
	char link_path[100];

	assert_int_equal(weir_secret_write(path, "secret", 6), 0);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		assert_int_equal(weir_secret_read(path, &buf), -EPERM);
	}
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(weir_secret_read(path, &buf), 0);
	weir_buf_wipe(&buf);
	(void)snprintf(link_path, sizeof(link_path), "%s/fifo", dir);
	assert_int_equal(mkfifo(link_path, 0600), 0);
	assert_int_equal(weir_secret_read(link_path, &buf), -EINVAL);
	assert_int_equal(weir_secret_read(dir, &buf), -EINVAL);
	assert_int_equal(weir_secret_read("/nowhere/key", &buf), -ENOENT);
	assert_null(buf.data);
}

static void secret__has_a_bound(void **state)
{
	struct weir_buf exact _cleanup_(weir_buf_wipe) = WEIR_BUF_INIT(6);
	struct weir_buf less _cleanup_(weir_buf_wipe) = WEIR_BUF_INIT(5);

	assert_int_equal(weir_secret_write(path, "secret", 6), 0);
	assert_int_equal(weir_secret_read(path, &exact), 0);
	assert_string_equal(exact.data, "secret");
	assert_int_equal(weir_secret_read(path, &less), -ENOBUFS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(secret__is_written_once_for_its_owner, setup,
						teardown),
		cmocka_unit_test_setup_teardown(secret__of_others_is_not_read, setup, teardown),
		cmocka_unit_test_setup_teardown(secret__has_a_bound, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
