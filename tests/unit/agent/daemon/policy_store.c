/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/daemon/policy_store.h"

static char dir[64], path[128];

static int setup(void **state)
{
	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/policy.yaml", dir);
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(dir);
	return 0;
}

static void put(const char *yaml)
{
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, yaml, strlen(yaml), 0600), 0);
}

static void expect(enum weir_policy_origin origin, const char *name)
{
	struct weir_policy *policy = NULL;
	enum weir_policy_origin got = 0;
	struct weir_error error;
	int keep_error = -1;

	assert_int_equal(weir_policy_store_load(path, dir, &policy, &got, &error, &keep_error), 0);
	assert_int_equal(got, origin);
	assert_string_equal(weir_policy_name(policy), name);
	assert_int_equal(keep_error, 0);
	assert_int_equal(error.code != 0, origin != WEIR_POLICY_FROM_FILE);
	weir_policy_free(policy);
}

static void policy_store__last_good_outlives_a_bad_file(void **state)
{
	expect(WEIR_POLICY_EMPTY, "none");
	put("apiVersion: weir/v1\nkind: Policy\nmetadata: {name: good}\n");
	expect(WEIR_POLICY_FROM_FILE, "good");
	put("apiVersion: weir/v1\nkind: Policy\nmetadata: {name: bad}\nrule: []\n");
	expect(WEIR_POLICY_LAST_GOOD, "good");
	assert_int_equal(remove(path), 0);
	expect(WEIR_POLICY_LAST_GOOD, "good");
	put("apiVersion: weir/v1\nkind: Policy\nmetadata: {name: better}\n");
	expect(WEIR_POLICY_FROM_FILE, "better");
}

static void policy_store__damaged_last_good(void **state)
{
	char kept[128];

	snprintf(kept, sizeof(kept), "%s/policy.last-good", dir);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, kept, "\xff\xff", 2, 0600), 0);
	expect(WEIR_POLICY_EMPTY, "none");
}

static void policy_store__reload_has_no_fallback(void **state)
{
	struct weir_policy *policy = NULL;
	struct weir_error error = {0};
	int keep_error = 0;

	put("apiVersion: weir/v1\nkind: Policy\nmetadata: {name: good}\n");
	expect(WEIR_POLICY_FROM_FILE, "good");
	put("apiVersion: weir/v1\nkind: Policy\n  broken");
	assert_true(weir_policy_store_reload(path, dir, &policy, &error, &keep_error) < 0);
	assert_null(policy);
	assert_true(error.line > 0);
}

/* Workers could not be started with it, so it never comes into force. */
static void policy_store__unusable_detector_is_a_bad_file(void **state)
{
	struct weir_policy *policy = NULL;
	struct weir_error error = {0};
	int keep_error = 0;

	put("apiVersion: weir/v1\nkind: Policy\nmetadata: {name: own}\n"
	    "detectors: {claim: {pattern: 'Q[0-9]{9}', check: mod31, level: C2}}\n");
	expect(WEIR_POLICY_FROM_FILE, "own");
	put("apiVersion: weir/v1\nkind: Policy\nmetadata: {name: bad}\n"
	    "detectors: {claim: {pattern: 'Q[0-9]{9', level: C2}, b: {pattern: '(', level: C1}}\n");
	expect(WEIR_POLICY_LAST_GOOD, "own");
	assert_int_equal(weir_policy_store_reload(path, dir, &policy, &error, &keep_error),
			 -EINVAL);
	assert_non_null(strstr(error.text, "\"b\""));
	put("apiVersion: weir/v1\nkind: Policy\nmetadata: {name: bad}\n"
	    "detectors: {claim: {pattern: 'Q[0-9]{9}', check: lunh, level: C2}}\n");
	expect(WEIR_POLICY_LAST_GOOD, "own");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(policy_store__last_good_outlives_a_bad_file),
		TEST(policy_store__damaged_last_good),
		TEST(policy_store__reload_has_no_fallback),
		TEST(policy_store__unusable_detector_is_a_bad_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
