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

#include <cmocka.h>

#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/dsse/status.h"

static char dir[64], path[80];

static int setup(void **state)
{
	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/%s", dir, WEIR_POLICY_STATUS_FILE);
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(dir);
	return 0;
}

static void status__is_read_as_written(void **state)
{
	struct weir_policy_status status = {.has_envelope = true,
					    .envelope_sha256 = {9, 8},
					    .outcome = WEIR_POLICY_OUTCOME_FAILED,
					    .message = "its revision 3 is not above 4",
					    .has_applied = true,
					    .applied_sha256 = {4, 5},
					    .applied_revision = 4,
					    .applied_expires_s = 77,
					    .changed_ns = 1234567890123456789u};
	struct weir_policy_status got;
	struct stat st;

	assert_int_equal(weir_policy_status_write(AT_FDCWD, path, &status), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(weir_policy_status_read(AT_FDCWD, path, &got), 0);
	assert_true(got.has_envelope && got.has_applied);
	assert_memory_equal(got.envelope_sha256, status.envelope_sha256, WEIR_SHA256_LEN);
	assert_memory_equal(got.applied_sha256, status.applied_sha256, WEIR_SHA256_LEN);
	assert_int_equal(got.outcome, WEIR_POLICY_OUTCOME_FAILED);
	assert_string_equal(got.message, status.message);
	assert_int_equal(got.applied_revision, 4);
	assert_int_equal(got.applied_expires_s, 77);
	assert_int_equal(got.changed_ns, status.changed_ns);
}

static void status__of_an_agent_without_one(void **state)
{
	struct weir_policy_status status = {0}, got = {.has_envelope = true, .has_applied = true};

	assert_int_equal(weir_policy_status_write(AT_FDCWD, path, &status), 0);
	assert_int_equal(weir_policy_status_read(AT_FDCWD, path, &got), 0);
	assert_false(got.has_envelope || got.has_applied);
	assert_int_equal(got.outcome, WEIR_POLICY_OUTCOME_NONE);
	assert_string_equal(got.message, "");
}

static void status__that_is_none(void **state)
{
	static const char *const texts[] = {"", "x", "\x08\x02", "\x08\x01\x12\x01x",
					    "\x08\x01\x18\x05"};
	struct weir_policy_status got = {.applied_revision = 5};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(
			weir_write_file_atomic(AT_FDCWD, path, texts[i], strlen(texts[i]), 0644),
			0);
		assert_int_equal(weir_policy_status_read(AT_FDCWD, path, &got), -EBADMSG);
	}
	assert_int_equal(got.applied_revision, 5);
	assert_int_equal(weir_policy_status_read(AT_FDCWD, "/nowhere", &got), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status__is_read_as_written),
		cmocka_unit_test(status__of_an_agent_without_one),
		cmocka_unit_test(status__that_is_none),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
