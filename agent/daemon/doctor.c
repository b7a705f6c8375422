/* SPDX-License-Identifier: Apache-2.0 */
/* Says for each channel what was seen to work, what is not seen at all, and what would raise it.
 * The identifiers of blind spots and of advice are stable; "weir doctor" has the words for them. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/time.h"
#include "weir/daemon/answers.h"
#include "weir/event/decode.h"

#define SPOTS_MAX 16

struct spots {
	const char *id[SPOTS_MAX];
	size_t count;
};

static void add(struct spots *spots, const char *id)
{
	if (spots->count < SPOTS_MAX)
		spots->id[spots->count++] = id;
}

static bool enforcing_tier(enum weir_abi_tier tier)
{
	return tier == WEIR_ABI_TIER_LSM || tier == WEIR_ABI_TIER_FMOD_RET;
}

static const struct weir_hook_evidence *evidence_of(const struct weir_pipeline_status *status,
						    enum weir_abi_hook hook)
{
	for (size_t i = 0; i < status->n_evidence; i++)
		if (status->evidence[i].hook == hook)
			return &status->evidence[i];
	return NULL;
}

static bool seen_to_deny(const struct weir_pipeline_status *status, enum weir_abi_hook hook)
{
	const struct weir_hook_evidence *evidence = evidence_of(status, hook);

	return evidence && evidence->attached && evidence->denied && evidence->passed_clean;
}

static bool sees_closes(const struct weir_pipeline_status *status)
{
	const struct weir_hook_evidence *evidence =
		evidence_of(status, WEIR_ABI_HOOK_FANOTIFY_CLOSE);

	return status->watching && evidence && evidence->passed_clean;
}

/* Whether closes are seen is as the last test has it that could be made; that there was none since is said beside it. */
static void close_spots(const struct weir_pipeline_status *status, struct spots *spots)
{
	const struct weir_hook_evidence *evidence =
		evidence_of(status, WEIR_ABI_HOOK_FANOTIFY_CLOSE);
	bool untried = evidence && evidence->untried_ns > 0;

	if (untried)
		add(spots, "closes_untried");
	if (!sees_closes(status) && !(untried && evidence->at_ns == 0))
		add(spots, "closes_unseen");
}

static enum weir_floor sink_state(const struct weir_pipeline_status *status)
{
	if (enforcing_tier(status->file_tier) &&
	    seen_to_deny(status, WEIR_ABI_HOOK_FILE_PERMISSION))
		return WEIR_FLOOR_ENFORCED;
	/* The gate stops what labelled sources feed; other content is found when it has landed: not
	 * enforcement. */
	return sees_closes(status) || (status->gate.running &&
				       seen_to_deny(status, WEIR_ABI_HOOK_FANOTIFY_OPEN))
		       ? WEIR_FLOOR_OBSERVED
		       : WEIR_FLOOR_BLIND;
}

static enum weir_floor network_state(const struct weir_pipeline_status *status)
{
	if (enforcing_tier(status->net_tier))
		return seen_to_deny(status, WEIR_ABI_HOOK_SOCKET_SENDMSG) ? WEIR_FLOOR_ENFORCED
									  : WEIR_FLOOR_BLIND;
	if (status->net_tier == WEIR_ABI_TIER_OBSERVE)
		return seen_to_deny(status, WEIR_ABI_HOOK_CGROUP_EGRESS) ? WEIR_FLOOR_ENFORCED
									 : WEIR_FLOOR_BLIND;
	return WEIR_FLOOR_BLIND;
}

enum weir_floor weir_answer_state(const struct weir_pipeline_status *status,
				  enum weir_abi_channel channel)
{
	switch (channel) {
	case WEIR_ABI_CHANNEL_FILE:
		return sees_closes(status) ? WEIR_FLOOR_OBSERVED : WEIR_FLOOR_BLIND;
	case WEIR_ABI_CHANNEL_REMOVABLE:
	case WEIR_ABI_CHANNEL_SHARE:
		return sink_state(status);
	case WEIR_ABI_CHANNEL_NETWORK:
		return network_state(status);
	default:
		return WEIR_FLOOR_BLIND;
	}
}

static bool kernel_before(const char *release, unsigned major, unsigned minor)
{
	unsigned a = 0, b = 0;

	return sscanf(release, "%u.%u", &a, &b) == 2 && (a < major || (a == major && b < minor));
}

static bool lsm_has_bpf(const char *lsm)
{
	for (const char *at = lsm; (at = strstr(at, "bpf")); at += 3)
		if ((at == lsm || at[-1] == ',') &&
		    (at[3] == ',' || at[3] == '\0' || at[3] == '\n'))
			return true;
	return false;
}

/* What the hooks can do does not reach a volume that they were not told of. */
static bool all_guarded(const struct weir_pipeline_status *status, enum weir_abi_channel channel)
{
	for (size_t i = 0; i < status->n_volumes; i++) {
		const struct weir_pipeline_volume *volume = &status->volumes[i];

		if (weir_pipeline_volume_is_there(volume) && volume->channel == channel &&
		    (volume->error < 0 || (status->watching && !volume->watched)))
			return false;
	}
	return true;
}

/* What a device's rule says of openings may be held by programs that do not read what is written. */
static bool holds_openings(const struct weir_pipeline_status *status)
{
	const struct weir_hook_evidence *evidence = evidence_of(status, WEIR_ABI_HOOK_FILE_OPEN);

	return seen_to_deny(status, WEIR_ABI_HOOK_FILE_OPEN) &&
	       (enforcing_tier(status->file_tier) || enforcing_tier(evidence->tier));
}

/* Opening nodes is held with opening files, else by a cgroup's program, which sees no commands to what is open. */
static void node_spots(const struct weir_pipeline_status *status, struct spots *spots)
{
	bool files = enforcing_tier(status->file_tier) && holds_openings(status);
	bool nodes = seen_to_deny(status, WEIR_ABI_HOOK_CGROUP_DEVICE);

	if (!files)
		add(spots, nodes ? "node_commands" : "raw_block_device");
	if (!nodes && !holds_openings(status))
		add(spots, "usbfs_mtp");
}

/* The rest has programs, and a test, of its own. */
static void device_spots(const struct weir_pipeline_status *status, struct spots *spots)
{
	node_spots(status, spots);
	if (!enforcing_tier(status->device_tier) ||
	    !seen_to_deny(status, WEIR_ABI_HOOK_VOLUME_CHANGE))
		add(spots, "read_only_names");
	if (!enforcing_tier(status->device_tier) ||
	    !seen_to_deny(status, WEIR_ABI_HOOK_VOLUME_MOUNT))
		add(spots, "blocked_mounts");
	add(spots, "usb_other_classes");
}

static void sink_spots(const struct weir_answer_facts *facts, enum weir_abi_channel channel,
		       struct spots *spots)
{
	const struct weir_pipeline_status *status = facts->status;

	if (!all_guarded(status, channel))
		add(spots, "volume_not_guarded");
	close_spots(status, spots);
	if (!seen_to_deny(status, WEIR_ABI_HOOK_MMAP_FILE) ||
	    !seen_to_deny(status, WEIR_ABI_HOOK_FILE_MPROTECT))
		add(spots, "mmap_stores");
	else
		add(spots, "older_mappings");
	add(spots, "other_mount_namespaces");
	if (channel == WEIR_ABI_CHANNEL_REMOVABLE)
		device_spots(status, spots);
	if (enforcing_tier(status->file_tier)) {
		add(spots, "encoded_content");
		return;
	}
	add(spots, "unlabelled_until_close");
	add(spots, "pipes_between_processes");
	if (status->gate.running)
		add(spots, "agent_stopped");
	else
		add(spots, status->gate.opened ? "gate_opened" : "no_gate");
	add(spots, "agent_dead");
}

static void network_spots(const struct weir_answer_facts *facts, struct spots *spots)
{
	enum weir_abi_tier tier = facts->status->net_tier;

	if (tier != WEIR_ABI_TIER_LSM && tier != WEIR_ABI_TIER_FMOD_RET &&
	    tier != WEIR_ABI_TIER_OBSERVE) {
		add(spots, "no_network_programs");
		return;
	}
	add(spots, "tls");
	add(spots, "unix_sockets");
	add(spots, "raw_sockets");
	add(spots, "encoded_content");
	if (enforcing_tier(tier) && kernel_before(facts->kernel, 6, 5))
		add(spots, "splice_to_socket");
	if (tier == WEIR_ABI_TIER_OBSERVE)
		add(spots, "packet_boundaries");
}

static void file_spots(const struct weir_answer_facts *facts, struct spots *spots)
{
	close_spots(facts->status, spots);
	add(spots, "before_start");
	add(spots, "outside_watch_paths");
	add(spots, "other_mount_namespaces");
	if (facts->status->watch_error < 0)
		add(spots, "watch_path_failed");
}

static struct spots spots_of(const struct weir_answer_facts *facts, enum weir_abi_channel channel)
{
	struct spots spots = {0};

	switch (channel) {
	case WEIR_ABI_CHANNEL_FILE:
		file_spots(facts, &spots);
		break;
	case WEIR_ABI_CHANNEL_REMOVABLE:
	case WEIR_ABI_CHANNEL_SHARE:
		sink_spots(facts, channel, &spots);
		break;
	case WEIR_ABI_CHANNEL_NETWORK:
		network_spots(facts, &spots);
		break;
	default:
		add(&spots, "not_scheduled");
		break;
	}
	return spots;
}

static struct spots advice_of(const struct weir_answer_facts *facts, enum weir_abi_channel channel)
{
	enum weir_abi_tier tier = channel == WEIR_ABI_CHANNEL_NETWORK ? facts->status->net_tier
								      : facts->status->file_tier;
	struct spots advice = {0};

	if (channel == WEIR_ABI_CHANNEL_NONE) {
		add(&advice, "scan_on_demand");
		return advice;
	}
	if (channel == WEIR_ABI_CHANNEL_FILE)
		return advice;
	if (tier != WEIR_ABI_TIER_LSM && facts->config->best_tier > WEIR_ABI_TIER_LSM)
		add(&advice, "best_tier_configured");
	/* Before 5.17 there is no bpf_loop(), which every program that reads content or looks up destinations needs. */
	if (!enforcing_tier(tier) && kernel_before(facts->kernel, 5, 17))
		add(&advice, "kernel_5_17");
	else if (tier != WEIR_ABI_TIER_LSM && facts->lsm[0] && !lsm_has_bpf(facts->lsm))
		add(&advice, "lsm_bpf");
	else if (!enforcing_tier(tier))
		add(&advice, "kernel_with_trampolines");
	if (channel == WEIR_ABI_CHANNEL_NETWORK && kernel_before(facts->kernel, 6, 5))
		add(&advice, "kernel_6_5");
	return advice;
}

static json_t *spots_json(const struct spots *spots)
{
	json_t *list = json_array();

	for (size_t i = 0; i < spots->count; i++)
		json_array_append_new(list, json_string(spots->id[i]));
	return list;
}

static bool concerns(enum weir_abi_hook hook, enum weir_abi_channel channel)
{
	switch (hook) {
	case WEIR_ABI_HOOK_CGROUP_DEVICE:
	case WEIR_ABI_HOOK_FAULT_IN: /* a share copies in a way of its own */
		return channel == WEIR_ABI_CHANNEL_REMOVABLE;
	case WEIR_ABI_HOOK_FILE_OPEN:
	case WEIR_ABI_HOOK_FILE_PERMISSION:
	case WEIR_ABI_HOOK_VOLUME_CHANGE:
	case WEIR_ABI_HOOK_VOLUME_MOUNT:
	case WEIR_ABI_HOOK_MMAP_FILE:
	case WEIR_ABI_HOOK_FILE_MPROTECT:
	case WEIR_ABI_HOOK_FANOTIFY_OPEN:
		return channel == WEIR_ABI_CHANNEL_REMOVABLE || channel == WEIR_ABI_CHANNEL_SHARE;
	case WEIR_ABI_HOOK_FANOTIFY_CLOSE:
		return channel == WEIR_ABI_CHANNEL_REMOVABLE || channel == WEIR_ABI_CHANNEL_SHARE ||
		       channel == WEIR_ABI_CHANNEL_FILE;
	case WEIR_ABI_HOOK_SOCKET_SENDMSG:
	case WEIR_ABI_HOOK_CGROUP_EGRESS:
		return channel == WEIR_ABI_CHANNEL_NETWORK;
	default:
		return false;
	}
}

static json_t *evidence_json(const struct weir_hook_evidence *evidence, enum weir_abi_tier tier)
{
	char at[WEIR_TIME_TEXT] = "", untried[WEIR_TIME_TEXT] = "";

	if (evidence->at_ns > 0)
		weir_time_format(evidence->at_ns, at);
	if (evidence->untried_ns > 0)
		weir_time_format(evidence->untried_ns, untried);
	if (evidence->tier != WEIR_ABI_TIER_NONE)
		tier = evidence->tier;
	return json_pack("{s:s, s:b, s:b, s:b, s:s, s:s, s:s, s:s}", "hook",
			 weir_event_hook_name(evidence->hook, tier), "attached", evidence->attached,
			 "denied", evidence->denied, "passed_clean", evidence->passed_clean,
			 "error", evidence->error ? strerror(-evidence->error) : "", "at", at,
			 "untried", untried, "text", evidence->text);
}

static json_t *channel_json(const struct weir_answer_facts *facts, const char *name,
			    enum weir_abi_channel channel, uint64_t required)
{
	static const char *const states[] = {"blind", "observed", "enforced"};
	const struct weir_pipeline_status *status = facts->status;
	enum weir_floor state = weir_answer_state(status, channel);
	enum weir_abi_tier tier = channel == WEIR_ABI_CHANNEL_NETWORK ? status->net_tier
				  : channel == WEIR_ABI_CHANNEL_NONE  ? WEIR_ABI_TIER_NONE
								      : status->file_tier;
	struct spots spots = spots_of(facts, channel), advice = advice_of(facts, channel);
	json_t *evidence = json_array();

	for (size_t i = 0; i < status->n_evidence; i++)
		if (concerns(status->evidence[i].hook, channel))
			json_array_append_new(evidence, evidence_json(&status->evidence[i], tier));
	return json_pack("{s:s, s:s, s:i, s:s, s:s, s:b, s:o, s:o, s:o}", "channel", name, "state",
			 states[state], "tier", (int)tier, "tier_name", weir_event_tier_name(tier),
			 "floor", states[required], "ok", (uint64_t)state >= required, "evidence",
			 evidence, "blind_spots", spots_json(&spots), "raise", spots_json(&advice));
}

static const char *guard_state(const struct weir_answer_facts *facts)
{
	if (!facts->guard_wanted)
		return "off";
	if (!enforcing_tier(facts->guard_tier))
		return "missing";
	return facts->guard_open ? "open" : "on";
}

/* Of what is the agent's own, not of a channel. */
static json_t *guard_json(const struct weir_answer_facts *facts)
{
	const struct weir_pipeline_status *status = facts->status;
	json_t *evidence = json_array();

	for (size_t i = 0; i < status->n_evidence; i++)
		if (status->evidence[i].hook >= WEIR_ABI_HOOK_GUARD_BPF &&
		    status->evidence[i].hook <= WEIR_ABI_HOOK_GUARD_CONTROL)
			json_array_append_new(
				evidence, evidence_json(&status->evidence[i], facts->guard_tier));
	return json_pack("{s:s, s:s, s:o}", "state", guard_state(facts), "tier_name",
			 weir_event_tier_name(facts->guard_tier), "evidence", evidence);
}

json_t *weir_answer_doctor(const struct weir_answer_facts *facts)
{
	const struct weir_config *config = facts->config;
	json_t *channels = json_array(), *channel;
	bool ok = true;
	size_t i;

	json_array_append_new(
		channels, channel_json(facts, "file", WEIR_ABI_CHANNEL_FILE, config->floor_file));
	json_array_append_new(channels, channel_json(facts, "removable", WEIR_ABI_CHANNEL_REMOVABLE,
						     config->floor_removable));
	json_array_append_new(channels, channel_json(facts, "share", WEIR_ABI_CHANNEL_SHARE,
						     config->floor_share));
	json_array_append_new(channels, channel_json(facts, "network", WEIR_ABI_CHANNEL_NETWORK,
						     config->floor_network));
	json_array_append_new(channels, channel_json(facts, "at_rest", WEIR_ABI_CHANNEL_NONE,
						     config->floor_at_rest));
	json_array_foreach(channels, i, channel) ok &= json_is_true(json_object_get(channel, "ok"));
	return json_pack("{s:i, s:s, s:s, s:s, s:s, s:b, s:s, s:o, s:o, s:o}", "schema", 1,
			 "version", WEIR_VERSION, "kernel", facts->kernel, "lsm", facts->lsm,
			 "kernel_error", facts->kernel_error ? strerror(-facts->kernel_error) : "",
			 "ok", ok, "policy_error", facts->policy_error, "channels", channels,
			 "devices", weir_answer_devices(facts), "guard", guard_json(facts));
}
