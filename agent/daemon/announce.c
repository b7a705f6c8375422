/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/daemon/answers.h"
#include "weir/event/decode.h"

static enum weir_abi_tier tier_of(const struct weir_pipeline_status *status, bool network)
{
	return network ? status->net_tier : status->file_tier;
}

static void announce_channel(const struct weir_pipeline_status *status, const struct weir_log *log,
			     const char *name, enum weir_abi_channel channel)
{
	static const char *const states[] = {"blind", "observed", "enforced"};
	enum weir_abi_tier tier = tier_of(status, channel == WEIR_ABI_CHANNEL_NETWORK);

	weir_log_info(log, "channel %s: %s, tier %d (%s)", name,
		      states[weir_answer_state(status, channel)], (int)tier,
		      weir_event_tier_name(tier));
}

void weir_announce(const struct weir_pipeline_status *status, const struct weir_log *log)
{
	announce_channel(status, log, "file", WEIR_ABI_CHANNEL_FILE);
	announce_channel(status, log, "removable", WEIR_ABI_CHANNEL_REMOVABLE);
	announce_channel(status, log, "share", WEIR_ABI_CHANNEL_SHARE);
	announce_channel(status, log, "network", WEIR_ABI_CHANNEL_NETWORK);
	for (size_t i = 0; i < status->n_evidence; i++) {
		const struct weir_hook_evidence *evidence = &status->evidence[i];
		bool network = evidence->hook == WEIR_ABI_HOOK_SOCKET_SENDMSG ||
			       evidence->hook == WEIR_ABI_HOOK_CGROUP_EGRESS;

		weir_log_info(log, "evidence %s: %s",
			      weir_event_hook_name(evidence->hook,
						   evidence->tier ? evidence->tier
								  : tier_of(status, network)),
			      evidence->text);
	}
}
