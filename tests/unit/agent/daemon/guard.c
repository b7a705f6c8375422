/* SPDX-License-Identifier: Apache-2.0 */
/* Where no kernel guards anything, nothing is said to be guarded or to open. What a kernel does is tried in a guest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/daemon/guard.h"

static char dir[64];
static struct weir_config *config;
static struct weir_protect *protect;
static struct weir_loop *loop;
static struct weir_guard *guard;

static void set(const char *key, const char *value)
{
	struct weir_error error = {0};

	if (weir_config_set(config, key, value, true, &error) < 0)
		fail_msg("%s: %s", key, error.text);
}

static int setup(void **state)
{
	static char *const argv[] = {"weir-agent", NULL};
	struct weir_protect_start start = {.config_path = "/dev/null", .argv = argv, .argc = 1};
	struct weir_guard_options options = {.agent_uid = "00112233445566778899aabbccddeeff"};

	scratch_make(dir);
	assert_int_equal(weir_config_new(&config), 0);
	set("protect.mode", "on");
	set("protect.keys", dir);
	set("state_dir", dir);
	start.config = config;
	assert_int_equal(weir_protect_new(&start, &protect), 0);
	assert_int_equal(weir_loop_new(&loop), 0);
	options.protect = protect;
	options.loop = loop;
	assert_int_equal(weir_guard_new(&options, &guard), 0);
	return weir_guard_attach(guard, NULL);
}

static int teardown(void **state)
{
	weir_guard_free(guard);
	weir_loop_free(loop);
	weir_protect_free(protect);
	weir_config_free(config);
	scratch_remove(dir);
	return 0;
}

static void expect_refusal(json_t *answer, const char *en, const char *zh)
{
	assert_int_equal(json_object_size(answer), 2);
	assert_string_equal(json_string_value(json_object_get(answer, "error")), en);
	assert_string_equal(json_string_value(json_object_get(answer, "error_zh")), zh);
	json_decref(answer);
}

static void unlock(json_t *arguments, const char *en, const char *zh)
{
	const struct weir_control_request request = {
		.name = "unlock", .arguments = arguments, .uid = 0};

	expect_refusal(weir_guard_unlock(guard, &request), en, zh);
	json_decref(arguments);
	assert_false(weir_guard_is_open(guard));
}

static void guard__claims_nothing_without_a_kernel(void **state)
{
	assert_true(weir_protect_wanted(protect));
	assert_int_equal(weir_guard_tier(guard), WEIR_ABI_TIER_SCAN);
	assert_false(weir_guard_is_open(guard));
	assert_false(weir_guard_is_closed(guard));
}

/* What is no unlock is told from one that there is nothing to use it on; that one is not used up. */
static void guard__unlock(void **state)
{
	static const char none[] = "it is no signed unlock", none_zh[] = "不是已签名的解锁令";
	char used[100];

	unlock(json_object(), none, none_zh);
	unlock(json_pack("{s:i}", "unlock", 12), none, none_zh);
	unlock(json_pack("{s:s}", "unlock", "12x4"), none, none_zh);
	unlock(json_pack("{s:s}", "unlock", "1234"),
	       "no guard was seen to refuse anything on this kernel",
	       "在此内核上未见自我保护拒绝任何操作");
	snprintf(used, sizeof(used), "%s/unlocks-used", dir);
	assert_int_equal(access(used, F_OK), -1);
}

static void guard__lock(void **state)
{
	struct weir_control_request request = {.name = "lock", .uid = 1000};

	expect_refusal(weir_guard_lock(guard, &request), "only root may", "仅限 root");
	request.uid = 0;
	expect_refusal(weir_guard_lock(guard, &request), "the guard is not open",
		       "自我保护并未开放");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(guard__claims_nothing_without_a_kernel),
		TEST(guard__unlock),
		TEST(guard__lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
