/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "weir/event/decode.h"

static void names__every_cause(void **state)
{
	static const char *const expected[] = {"none",	   "content", "label",	  "unreadable",
					       "too_long", "opaque",  "no_state", "open",
					       "closed",   "device",  "guard",	  "unknown"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_string_equal(weir_event_cause_name((enum weir_abi_cause)i), expected[i]);
	assert_string_equal(weir_event_cause_name((enum weir_abi_cause)4000), "unknown");
}

static void names__hook_depends_on_tier(void **state)
{
	const struct {
		enum weir_abi_hook hook;
		enum weir_abi_tier tier;
		const char *name;
	} table[] = {
		{WEIR_ABI_HOOK_FILE_PERMISSION, WEIR_ABI_TIER_LSM, "lsm/file_permission"},
		{WEIR_ABI_HOOK_FILE_OPEN, WEIR_ABI_TIER_LSM, "lsm/file_open"},
		{WEIR_ABI_HOOK_SOCKET_SENDMSG, WEIR_ABI_TIER_LSM, "lsm/socket_sendmsg"},
		{WEIR_ABI_HOOK_FILE_PERMISSION, WEIR_ABI_TIER_FMOD_RET,
		 "fmod_ret/security_file_permission"},
		{WEIR_ABI_HOOK_SOCKET_SENDMSG, WEIR_ABI_TIER_FMOD_RET,
		 "fmod_ret/security_socket_sendmsg"},
		{WEIR_ABI_HOOK_FILE_PERMISSION, WEIR_ABI_TIER_OBSERVE, "observe/file_permission"},
		{WEIR_ABI_HOOK_CGROUP_EGRESS, WEIR_ABI_TIER_OBSERVE, "cgroup/egress"},
		{WEIR_ABI_HOOK_CGROUP_EGRESS, WEIR_ABI_TIER_LSM, "cgroup/egress"},
		{WEIR_ABI_HOOK_CGROUP_DEVICE, WEIR_ABI_TIER_OBSERVE, "cgroup/dev"},
		{WEIR_ABI_HOOK_FANOTIFY_OPEN, WEIR_ABI_TIER_OBSERVE, "fanotify/open"},
		{WEIR_ABI_HOOK_FANOTIFY_CLOSE, WEIR_ABI_TIER_SCAN, "fanotify/close"},
		{WEIR_ABI_HOOK_MMAP_FILE, WEIR_ABI_TIER_LSM, "lsm/mmap_file"},
		{WEIR_ABI_HOOK_FILE_MPROTECT, WEIR_ABI_TIER_FMOD_RET,
		 "fmod_ret/security_file_mprotect"},
		{WEIR_ABI_HOOK_FAULT_IN, WEIR_ABI_TIER_LSM, "fexit/fault_in_readable"},
		{WEIR_ABI_HOOK_NONE, WEIR_ABI_TIER_NONE, "none"},
		{(enum weir_abi_hook)99, WEIR_ABI_TIER_LSM, "unknown"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		assert_string_equal(weir_event_hook_name(table[i].hook, table[i].tier),
				    table[i].name);
}

static void names__channel_tier_activity(void **state)
{
	(void)state;
	assert_string_equal(weir_event_channel_name(WEIR_ABI_CHANNEL_FILE), "file");
	assert_string_equal(weir_event_channel_name(WEIR_ABI_CHANNEL_REMOVABLE), "removable");
	assert_string_equal(weir_event_channel_name(WEIR_ABI_CHANNEL_SHARE), "share");
	assert_string_equal(weir_event_channel_name(WEIR_ABI_CHANNEL_NETWORK), "network");
	assert_string_equal(weir_event_channel_name(_WEIR_ABI_CHANNEL_MAX), "unknown");
	assert_string_equal(weir_event_tier_name(WEIR_ABI_TIER_FMOD_RET), "fmod_ret");
	assert_string_equal(weir_event_tier_name((enum weir_abi_tier)5), "unknown");
	assert_string_equal(weir_event_activity_name(WEIR_ACTIVITY_CLOSE), "close");
	assert_string_equal(weir_event_activity_name((enum weir_activity)0), "unknown");
	assert_string_equal(weir_event_activity_name(_WEIR_ACTIVITY_INVALID), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names__every_cause),
		cmocka_unit_test(names__hook_depends_on_tier),
		cmocka_unit_test(names__channel_tier_activity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
