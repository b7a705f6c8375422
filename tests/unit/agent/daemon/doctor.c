/* SPDX-License-Identifier: Apache-2.0 */
/* The four situations that a host can be in, and those in which it must not claim anything. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/time.h"
#include "weir/daemon/answers.h"

static struct weir_pipeline_status status;
static struct weir_config *config;
static struct weir_answer_facts facts;
static json_t *answer;

static void see(enum weir_abi_hook hook, bool denied, bool passed)
{
	status.evidence[status.n_evidence++] = (struct weir_hook_evidence){
		.hook = hook, .attached = true, .denied = denied, .passed_clean = passed};
}

static int setup(void **state)
{
	status = (struct weir_pipeline_status){.watching = true};
	see(WEIR_ABI_HOOK_FANOTIFY_CLOSE, false, true);
	facts = (struct weir_answer_facts){.status = &status,
					   .policy_error = "",
					   .policy_refused = "",
					   .lsm = "capability,landlock,bpf",
					   .kernel = "6.12.1-test"};
	answer = NULL;
	if (weir_config_new(&config) < 0)
		return -1;
	facts.config = config;
	return 0;
}

static int teardown(void **state)
{
	weir_config_free(config);
	json_decref(answer);
	return 0;
}

static void forget_answer(void)
{
	json_decref(answer);
	answer = NULL;
}

static const json_t *channel(const char *name)
{
	size_t i;
	json_t *item;

	if (!answer)
		answer = weir_answer_doctor(&facts);
	assert_non_null(answer);
	json_array_foreach(json_object_get(answer, "channels"), i,
			   item) if (strcmp(json_string_value(json_object_get(item, "channel")),
					    name) == 0) return item;
	fail_msg("no channel %s", name);
	return NULL;
}

static void expect_state(const char *name, const char *wanted)
{
	assert_string_equal(json_string_value(json_object_get(channel(name), "state")), wanted);
}

static bool lists(const char *name, const char *key, const char *id)
{
	size_t i;
	json_t *item;

	json_array_foreach(json_object_get(channel(name), key), i,
			   item) if (strcmp(json_string_value(item), id) == 0) return true;
	return false;
}

/* Is this hook among the channel's evidence, seen to deny? */
static bool shows(const char *name, const char *hook)
{
	size_t i;
	json_t *item;

	json_array_foreach(json_object_get(channel(name), "evidence"), i, item)
	{
		if (strcmp(json_string_value(json_object_get(item, "hook")), hook) == 0)
			return json_is_true(json_object_get(item, "denied"));
	}
	return false;
}

static void tiers(enum weir_abi_tier file, enum weir_abi_tier net)
{
	status.file_tier = file;
	status.net_tier = net;
}

static void doctor__tier_1(void **state)
{
	tiers(WEIR_ABI_TIER_LSM, WEIR_ABI_TIER_LSM);
	see(WEIR_ABI_HOOK_FILE_PERMISSION, true, true);
	see(WEIR_ABI_HOOK_SOCKET_SENDMSG, true, true);
	expect_state("removable", "enforced");
	expect_state("share", "enforced");
	expect_state("network", "enforced");
	expect_state("file", "observed");
	expect_state("at_rest", "blind");
	assert_true(lists("removable", "blind_spots", "mmap_stores"));
	assert_false(lists("removable", "blind_spots", "agent_dead"));
	assert_true(lists("network", "blind_spots", "tls"));
	assert_false(lists("network", "blind_spots", "splice_to_socket"));
	assert_int_equal(json_array_size(json_object_get(channel("removable"), "raise")), 0);
	assert_true(json_is_true(json_object_get(answer, "ok")));
}

static void doctor__refused_mappings_leave_older_ones(void **state)
{
	tiers(WEIR_ABI_TIER_LSM, WEIR_ABI_TIER_LSM);
	see(WEIR_ABI_HOOK_MMAP_FILE, true, true);
	see(WEIR_ABI_HOOK_FILE_MPROTECT, true, true);
	see(WEIR_ABI_HOOK_FAULT_IN, true, true);
	assert_true(shows("removable", "fexit/fault_in_readable"));
	assert_false(shows("share", "fexit/fault_in_readable"));
	assert_false(lists("removable", "blind_spots", "mmap_stores"));
	assert_true(lists("removable", "blind_spots", "older_mappings"));
	assert_false(lists("share", "blind_spots", "mmap_stores"));
	assert_true(lists("share", "blind_spots", "older_mappings"));
	assert_true(shows("removable", "lsm/mmap_file"));
	assert_true(shows("share", "lsm/file_mprotect"));
	assert_false(shows("network", "lsm/mmap_file"));
}

static void doctor__mappings_need_both_hooks(void **state)
{
	tiers(WEIR_ABI_TIER_LSM, WEIR_ABI_TIER_LSM);
	see(WEIR_ABI_HOOK_MMAP_FILE, true, true);
	see(WEIR_ABI_HOOK_FILE_MPROTECT, false, true);
	assert_true(lists("removable", "blind_spots", "mmap_stores"));
	assert_false(lists("removable", "blind_spots", "older_mappings"));
	assert_true(shows("removable", "lsm/mmap_file"));
	assert_false(shows("removable", "lsm/file_mprotect"));
}

static void doctor__tier_2_asks_for_bpf_in_lsm(void **state)
{
	tiers(WEIR_ABI_TIER_FMOD_RET, WEIR_ABI_TIER_FMOD_RET);
	facts.lsm = "capability,landlock,notbpf";
	facts.kernel = "6.1.0-50-amd64";
	see(WEIR_ABI_HOOK_FILE_PERMISSION, true, true);
	see(WEIR_ABI_HOOK_SOCKET_SENDMSG, true, true);
	expect_state("removable", "enforced");
	assert_true(lists("removable", "raise", "lsm_bpf"));
	assert_true(lists("network", "blind_spots", "splice_to_socket"));
	assert_true(lists("network", "raise", "kernel_6_5"));
}

static void doctor__tier_3_observes_files(void **state)
{
	tiers(WEIR_ABI_TIER_OBSERVE, WEIR_ABI_TIER_OBSERVE);
	status.gate.running = true;
	see(WEIR_ABI_HOOK_FANOTIFY_OPEN, true, true);
	see(WEIR_ABI_HOOK_CGROUP_EGRESS, true, true);
	expect_state("removable", "observed");
	expect_state("network", "enforced");
	assert_true(lists("removable", "blind_spots", "unlabelled_until_close"));
	assert_true(lists("removable", "blind_spots", "agent_stopped"));
	assert_true(lists("network", "blind_spots", "packet_boundaries"));
	assert_true(lists("removable", "raise", "kernel_with_trampolines"));
}

static void doctor__tier_4_is_blind_on_the_network(void **state)
{
	tiers(WEIR_ABI_TIER_SCAN, WEIR_ABI_TIER_NONE);
	expect_state("removable", "observed");
	expect_state("network", "blind");
	assert_true(lists("network", "blind_spots", "no_network_programs"));
	assert_true(lists("removable", "blind_spots", "no_gate"));
}

/* What device rules refuse is believed hook by hook, as everything else. */
static void doctor__device_rules(void **state)
{
	tiers(WEIR_ABI_TIER_LSM, WEIR_ABI_TIER_LSM);
	status.device_tier = WEIR_ABI_TIER_LSM;
	see(WEIR_ABI_HOOK_FILE_PERMISSION, true, true);
	see(WEIR_ABI_HOOK_FILE_OPEN, true, true);
	see(WEIR_ABI_HOOK_VOLUME_CHANGE, true, true);
	see(WEIR_ABI_HOOK_VOLUME_MOUNT, false, true);
	assert_false(lists("removable", "blind_spots", "raw_block_device"));
	assert_false(lists("removable", "blind_spots", "usbfs_mtp"));
	assert_false(lists("removable", "blind_spots", "read_only_names"));
	assert_true(lists("removable", "blind_spots", "blocked_mounts"));
	assert_true(lists("removable", "blind_spots", "usb_other_classes"));
	assert_false(lists("share", "blind_spots", "blocked_mounts"));
	assert_int_equal(json_array_size(json_object_get(answer, "devices")), 0);
}

static void doctor__device_rules_without_programs(void **state)
{
	tiers(WEIR_ABI_TIER_OBSERVE, WEIR_ABI_TIER_OBSERVE);
	status.device_tier = WEIR_ABI_TIER_SCAN;
	/* Evidence of an earlier tier does not stand in for it. */
	see(WEIR_ABI_HOOK_VOLUME_CHANGE, true, true);
	assert_true(lists("removable", "blind_spots", "raw_block_device"));
	assert_true(lists("removable", "blind_spots", "usbfs_mtp"));
	assert_true(lists("removable", "blind_spots", "read_only_names"));
	assert_true(lists("removable", "blind_spots", "blocked_mounts"));
}

/* A cgroup's program refuses openings of nodes and sees nothing of what is open. */
static void doctor__nodes_are_held_by_a_cgroup(void **state)
{
	tiers(WEIR_ABI_TIER_OBSERVE, WEIR_ABI_TIER_OBSERVE);
	see(WEIR_ABI_HOOK_CGROUP_DEVICE, true, true);
	assert_true(shows("removable", "cgroup/dev"));
	assert_false(shows("share", "cgroup/dev"));
	assert_true(lists("removable", "blind_spots", "node_commands"));
	assert_false(lists("removable", "blind_spots", "raw_block_device"));
	assert_false(lists("removable", "blind_spots", "usbfs_mtp"));
	expect_state("removable", "observed");
	forget_answer();
	status.evidence[status.n_evidence - 1].passed_clean = false; /* it refuses everything */
	assert_true(lists("removable", "blind_spots", "raw_block_device"));
	assert_true(lists("removable", "blind_spots", "usbfs_mtp"));
	assert_false(lists("removable", "blind_spots", "node_commands"));
}

/* Programs that read no content hold what rules for devices say of openings, on a tier of their own. */
static void doctor__openings_held_without_content(void **state)
{
	tiers(WEIR_ABI_TIER_OBSERVE, WEIR_ABI_TIER_SCAN);
	status.device_tier = WEIR_ABI_TIER_FMOD_RET;
	see(WEIR_ABI_HOOK_FILE_OPEN, true, true);
	status.evidence[status.n_evidence - 1].tier = WEIR_ABI_TIER_FMOD_RET;
	see(WEIR_ABI_HOOK_VOLUME_CHANGE, true, true);
	status.evidence[status.n_evidence - 1].tier = WEIR_ABI_TIER_FMOD_RET;
	expect_state("removable", "observed");
	assert_true(lists("removable", "blind_spots", "raw_block_device"));
	assert_true(lists("removable", "blind_spots", "unlabelled_until_close"));
	assert_false(lists("removable", "blind_spots", "usbfs_mtp"));
	assert_false(lists("removable", "blind_spots", "read_only_names"));
	assert_true(shows("removable", "fmod_ret/security_file_open"));
	assert_true(shows("removable", "fmod_ret/security_inode"));
	forget_answer();
	status.evidence[status.n_evidence - 2].denied = false;
	assert_true(lists("removable", "blind_spots", "usbfs_mtp"));
}

/* An attached hook that was not seen to deny counts for nothing. */
static void doctor__old_kernel_is_not_helped_by_bpf_in_lsm(void **state)
{
	tiers(WEIR_ABI_TIER_OBSERVE, WEIR_ABI_TIER_SCAN);
	facts.kernel = "5.10.0-46-amd64";
	facts.lsm = "lockdown,capability,yama,apparmor,tomoyo";
	expect_state("network", "blind");
	assert_true(lists("removable", "raise", "kernel_5_17"));
	assert_true(lists("network", "raise", "kernel_5_17"));
	assert_false(lists("removable", "raise", "lsm_bpf"));
	assert_false(lists("network", "raise", "kernel_with_trampolines"));
	facts.kernel = "5.17.0";
	forget_answer();
	assert_false(lists("removable", "raise", "kernel_5_17"));
	assert_true(lists("removable", "raise", "lsm_bpf"));
}

static void doctor__attached_is_not_enforced(void **state)
{
	tiers(WEIR_ABI_TIER_LSM, WEIR_ABI_TIER_LSM);
	see(WEIR_ABI_HOOK_FILE_PERMISSION, false, true);
	see(WEIR_ABI_HOOK_SOCKET_SENDMSG, true, false);
	expect_state("removable", "observed");
	expect_state("network", "blind");
}

static void doctor__unseen_closes(void **state)
{
	tiers(WEIR_ABI_TIER_SCAN, WEIR_ABI_TIER_NONE);
	status.n_evidence = 0;
	see(WEIR_ABI_HOOK_FANOTIFY_CLOSE, false, false);
	expect_state("file", "blind");
	expect_state("removable", "blind");
	assert_true(lists("file", "blind_spots", "closes_unseen"));
	/* The default demand is that removable storage is at least observed. */
	assert_false(json_is_true(json_object_get(answer, "ok")));
}

static const char *evidence_text(const char *name, const char *key)
{
	const json_t *list = json_object_get(channel(name), "evidence");

	assert_int_equal(json_array_size(list), 1);
	return json_string_value(json_object_get(json_array_get(list, 0), key));
}

/* The last test was not made: neither is the one before it taken for it, nor is it forgotten. */
static void doctor__untried_closes(void **state)
{
	tiers(WEIR_ABI_TIER_SCAN, WEIR_ABI_TIER_NONE);
	status.evidence[0].at_ns = 2 * WEIR_NSEC_PER_SEC;
	assert_false(lists("file", "blind_spots", "closes_untried"));
	assert_string_equal(evidence_text("file", "untried"), "");
	forget_answer();
	status.evidence[0].untried_ns = 3 * WEIR_NSEC_PER_SEC;
	expect_state("file", "observed");
	assert_true(lists("file", "blind_spots", "closes_untried"));
	assert_true(lists("removable", "blind_spots", "closes_untried"));
	assert_false(lists("file", "blind_spots", "closes_unseen"));
	assert_string_equal(evidence_text("file", "at"), "1970-01-01T00:00:02.000Z");
	assert_string_equal(evidence_text("file", "untried"), "1970-01-01T00:00:03.000Z");
	/* The one before has failed. */
	forget_answer();
	status.evidence[0].passed_clean = false;
	expect_state("file", "blind");
	assert_true(lists("file", "blind_spots", "closes_untried"));
	assert_true(lists("file", "blind_spots", "closes_unseen"));
	/* There was none before. */
	forget_answer();
	status.evidence[0].at_ns = 0;
	expect_state("file", "blind");
	assert_true(lists("file", "blind_spots", "closes_untried"));
	assert_false(lists("file", "blind_spots", "closes_unseen"));
	assert_string_equal(evidence_text("file", "at"), "");
}

static void doctor__enforcing_does_not_hide_unseen_closes(void **state)
{
	tiers(WEIR_ABI_TIER_LSM, WEIR_ABI_TIER_LSM);
	status.n_evidence = 0;
	see(WEIR_ABI_HOOK_FILE_PERMISSION, true, true);
	expect_state("removable", "enforced");
	assert_true(lists("removable", "blind_spots", "closes_unseen"));
}

static void doctor__volume_that_is_not_guarded(void **state)
{
	static const struct weir_pipeline_volume volumes[] = {
		{.dev = 1, .channel = WEIR_ABI_CHANNEL_REMOVABLE, .watched = true, .error = -EIO},
		{.dev = 2, .channel = WEIR_ABI_CHANNEL_SHARE, .watched = true},
	};

	tiers(WEIR_ABI_TIER_LSM, WEIR_ABI_TIER_LSM);
	status.volumes = volumes;
	status.n_volumes = ARRAY_SIZE(volumes);
	assert_true(lists("removable", "blind_spots", "volume_not_guarded"));
	assert_false(lists("share", "blind_spots", "volume_not_guarded"));
}

static void status__names_a_volume_with_any_bytes(void **state)
{
	static const struct weir_pipeline_volume volumes[] = {
		{.dev = 1,
		 .channel = WEIR_ABI_CHANNEL_REMOVABLE,
		 .device = {.mount_point = "/media/\xff\x1b[2J盘"}},
	};
	struct weir_policy *policy = NULL;
	struct weir_error error;
	int keep_error;
	json_t *list;

	assert_int_equal(weir_policy_store_load("/nonexistent", "/nonexistent", &policy,
						&facts.policy_origin, &error, &keep_error),
			 0);
	facts.policy = policy;
	facts.agent_uid = "";
	status.volumes = volumes;
	status.n_volumes = ARRAY_SIZE(volumes);
	answer = weir_answer_status(&facts);
	list = json_object_get(answer, "volumes");
	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(list, 0), "mount_point")),
		"/media/\xef\xbf\xbd\xef\xbf\xbd[2J盘");
	weir_policy_free(policy);
}

static void doctor__demands(void **state)
{
	tiers(WEIR_ABI_TIER_SCAN, WEIR_ABI_TIER_NONE);
	config->floor_network = WEIR_FLOOR_ENFORCED;
	assert_false(json_is_true(json_object_get(channel("network"), "ok")));
	assert_true(json_is_true(json_object_get(channel("removable"), "ok")));
	assert_false(json_is_true(json_object_get(answer, "ok")));
}

static const json_t *guard(void)
{
	json_decref(answer);
	answer = weir_answer_doctor(&facts);
	assert_non_null(answer);
	return json_object_get(answer, "guard");
}

static const char *guard_text(const char *key)
{
	return json_string_value(json_object_get(guard(), key));
}

static void doctor__guard_states(void **state)
{
	facts.guard_tier = WEIR_ABI_TIER_SCAN;
	assert_string_equal(guard_text("state"), "off");
	facts.guard_wanted = true;
	assert_string_equal(guard_text("state"), "missing");
	facts.guard_tier = WEIR_ABI_TIER_OBSERVE;
	assert_string_equal(guard_text("state"), "missing");
	facts.guard_tier = WEIR_ABI_TIER_FMOD_RET;
	assert_string_equal(guard_text("state"), "on");
	assert_string_equal(guard_text("tier_name"), "fmod_ret");
	facts.guard_open = true;
	assert_string_equal(guard_text("state"), "open");
	facts.guard_wanted = false;
	assert_string_equal(guard_text("state"), "off");
}

/* Each hook of the guard has evidence of its own, and no channel has it. */
static void doctor__guard_evidence(void **state)
{
	const json_t *list, *item;
	size_t i;

	tiers(WEIR_ABI_TIER_LSM, WEIR_ABI_TIER_LSM);
	facts.guard_wanted = true;
	facts.guard_tier = WEIR_ABI_TIER_LSM;
	see(WEIR_ABI_HOOK_FILE_PERMISSION, true, true);
	see(WEIR_ABI_HOOK_GUARD_BPF, true, true);
	see(WEIR_ABI_HOOK_GUARD_CONTROL, false, true);
	list = json_object_get(guard(), "evidence");
	assert_int_equal(json_array_size(list), 2);
	item = json_array_get(list, 0);
	assert_string_equal(json_string_value(json_object_get(item, "hook")), "guard/bpf");
	assert_true(json_is_true(json_object_get(item, "denied")));
	item = json_array_get(list, 1);
	assert_string_equal(json_string_value(json_object_get(item, "hook")), "guard/control");
	assert_true(json_is_false(json_object_get(item, "denied")));
	assert_true(json_is_true(json_object_get(item, "passed_clean")));
	json_array_foreach(json_object_get(channel("file"), "evidence"), i, item)
		assert_null(strstr(json_string_value(json_object_get(item, "hook")), "guard/"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(doctor__tier_1),
		TEST(doctor__refused_mappings_leave_older_ones),
		TEST(doctor__mappings_need_both_hooks),
		TEST(doctor__tier_2_asks_for_bpf_in_lsm),
		TEST(doctor__tier_3_observes_files),
		TEST(doctor__tier_4_is_blind_on_the_network),
		TEST(doctor__old_kernel_is_not_helped_by_bpf_in_lsm),
		TEST(doctor__attached_is_not_enforced),
		TEST(doctor__device_rules),
		TEST(doctor__nodes_are_held_by_a_cgroup),
		TEST(doctor__openings_held_without_content),
		TEST(doctor__device_rules_without_programs),
		TEST(doctor__unseen_closes),
		TEST(doctor__untried_closes),
		TEST(doctor__enforcing_does_not_hide_unseen_closes),
		TEST(doctor__volume_that_is_not_guarded),
		TEST(status__names_a_volume_with_any_bytes),
		TEST(doctor__demands),
		TEST(doctor__guard_states),
		TEST(doctor__guard_evidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
