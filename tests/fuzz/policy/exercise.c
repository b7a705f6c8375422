/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALID_NOW (UINT64_C(1793500000) * 1000000000)

static void require(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "policy: %s\n", what);
	abort();
}

/* What the kernel refuses with a block the policy refuses whatever reason is given, what it warns of it refuses without one. */
static void require_refused(const struct weir_policy *policy, uint8_t action,
			    struct weir_policy_input *input, const char *what)
{
	input->passed = action == WEIR_ABI_ACTION_BLOCK;
	if (action == WEIR_ABI_ACTION_BLOCK || action == WEIR_ABI_ACTION_WARN)
		require(weir_policy_decide(policy, input).refused, what);
	input->passed = false;
}

/* One kind of target: at each limit of its profile, and for each kind of failure to look. */
static void exercise_one(const struct weir_policy *policy, const struct weir_abi_profile *profile,
			 struct weir_event *event, const struct weir_device *device)
{
	struct weir_policy_input input = {.event = event, .device = device, .now_ns = VALID_NOW};

	event->action = WEIR_ABI_ACTION_AUDIT;
	event->cause = WEIR_ABI_CAUSE_CONTENT;
	for (unsigned slot = 0; slot < 2; slot++) {
		memset(event->distinct, 0, sizeof(event->distinct));
		event->distinct[slot] = profile->limit[slot];
		if (profile->limit[slot])
			require_refused(policy, profile->action, &input,
					"the kernel refuses content that the policy lets through");
	}
	memset(event->distinct, 0, sizeof(event->distinct));
	event->cause = WEIR_ABI_CAUSE_OPAQUE;
	require_refused(policy, profile->on_unscannable, &input,
			"the kernel refuses the unreadable, the policy does not");
	event->cause = WEIR_ABI_CAUSE_OPEN;
	require_refused(policy, profile->on_open, &input,
			"the kernel refuses opening, the policy does not");
	for (unsigned cause = 0; cause < _WEIR_ABI_CAUSE_MAX; cause++) {
		event->cause = (enum weir_abi_cause)cause;
		event->action = WEIR_ABI_ACTION_BLOCK;
		require(weir_policy_decide(policy, &input).action == WEIR_ACTION_BLOCK,
			"a refusal is not reported as one");
		event->action = WEIR_ABI_ACTION_WARN;
		require(weir_policy_decide(policy, &input).action == WEIR_ACTION_WARN,
			"a warning is not reported as one");
	}
}

/* And the profile that holds once a pass was used. */
static void exercise_profile(const struct weir_policy *policy, const struct weir_abi_config *config,
			     struct weir_event *event, const struct weir_device *device)
{
	const struct weir_abi_profile *profile = &config->profiles[event->profile];
	bool warns = profile->action == WEIR_ABI_ACTION_WARN ||
		     profile->on_unscannable == WEIR_ABI_ACTION_WARN ||
		     profile->on_failure == WEIR_ABI_ACTION_WARN ||
		     profile->on_open == WEIR_ABI_ACTION_WARN;

	require(!warns || profile->passed, "what warns has no profile for what passes");
	exercise_one(policy, profile, event, device);
	if (!profile->passed)
		return;
	require(profile->passed < WEIR_ABI_PROFILE_SELFTEST &&
			config->profiles[profile->passed].passed == 0,
		"a profile after a pass is none");
	event->profile = profile->passed;
	exercise_one(policy, &config->profiles[profile->passed], event, device);
}

static void exercise_devices(const struct weir_policy *policy, const struct weir_abi_config *config)
{
	static const char *const vendors[] = {"0951", "ffff", "0001"};

	for (unsigned channel = WEIR_ABI_CHANNEL_REMOVABLE; channel <= WEIR_ABI_CHANNEL_SHARE;
	     channel++)
		for (unsigned i = 0; i < ARRAY_SIZE(vendors); i++) {
			struct weir_event event = {.channel = (enum weir_abi_channel)channel};
			struct weir_device device = {.bus = "usb",
						     .serial_number = "60A44C1",
						     .interfaces =
							     WEIR_USB_SET(WEIR_USB_MASS_STORAGE) |
							     WEIR_USB_SET(WEIR_USB_IMAGING),
						     .encrypted = i == 1};
			uint8_t node;

			(void)snprintf(device.vendor_id, sizeof(device.vendor_id), "%s",
				       vendors[i]);
			event.profile = weir_policy_volume_profile(policy, event.channel, &device);
			require(event.profile < WEIR_ABI_PROFILE_SELFTEST,
				"a profile out of range");
			exercise_profile(policy, config, &event, &device);
			node = weir_policy_node_profile(policy, &device);
			require(node == WEIR_ABI_PROFILE_NONE || node == WEIR_ABI_PROFILE_BLOCKED,
				"a node's profile out of range");
		}
}

static void exercise_hosts(const struct weir_policy *policy, const struct weir_abi_config *config,
			   const struct weir_abi_dest *dests, int n)
{
	for (int i = 0; i < n; i++) {
		struct weir_event event = {.channel = WEIR_ABI_CHANNEL_NETWORK};
		int first = 0;

		memcpy(event.remote.addr, dests[i].addr, sizeof(event.remote.addr));
		event.remote.port = dests[i].port;
		/* The entry's own address may be held by a more particular entry before it. */
		for (; first < i; first++) {
			unsigned bit = 0;

			while (bit < dests[first].prefix &&
			       !((dests[first].addr[bit / 8] ^ dests[i].addr[bit / 8]) >>
					 (7 - bit % 8) &
				 1))
				bit++;
			if (bit == dests[first].prefix &&
			    (!dests[first].port || dests[first].port == dests[i].port))
				break;
		}
		event.profile = dests[first].profile;
		require(event.profile < WEIR_ABI_PROFILE_SELFTEST, "a profile out of range");
		exercise_profile(policy, config, &event, NULL);
	}
}

void exercise(const struct weir_policy *policy)
{
	struct weir_abi_config config = {0};
	struct weir_abi_dest dests[WEIR_ABI_DESTS];
	struct weir_error warning;
	int n = weir_policy_kernel_at(policy, VALID_NOW, &config, dests);

	require(n >= 0 && n <= WEIR_ABI_DESTS, "more destinations than there is room for");
	exercise_devices(policy, &config);
	exercise_hosts(policy, &config, dests, n);
	for (unsigned i = 0; i < 50 && weir_policy_warning(policy, i, &warning); i++)
		;
	for (uint64_t now = 0, turns = 0; now != UINT64_MAX && turns < 1000; turns++) {
		uint64_t next = weir_policy_next_change(policy, now);

		require(next > now, "time stands still");
		now = next;
	}
}
