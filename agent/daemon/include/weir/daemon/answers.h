/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DAEMON_ANSWERS_H
#define WEIR_DAEMON_ANSWERS_H

/* What "weir status" and "weir doctor" are told, as JSON. Pure functions of a snapshot. */

#include <jansson.h>

#include "weir/base/log.h"
#include "weir/daemon/config.h"
#include "weir/daemon/policy_store.h"
#include "weir/pipeline/pipeline.h"

/* All borrowed. */
struct weir_answer_facts {
	const struct weir_pipeline_status *status;
	const struct weir_config *config;
	const struct weir_policy *policy;
	enum weir_policy_origin policy_origin;
	const char *policy_error;   /* "" when the file is good */
	const char *policy_refused; /* why the last signed one was; "" */
	uint64_t policy_expires_s;  /* 0: never */
	bool policy_expired;
	const char *agent_uid; /* 32 hexadecimal digits */
	const char *lsm;       /* active LSMs, "capability,landlock,bpf"; "" when not known */
	const char *kernel;    /* release, "6.1.0-50-amd64" */
	int kernel_error;      /* why the kernel programs could not be had at all; 0 */
	uint64_t started_ns;   /* realtime */
	uint64_t spool_next, spool_epoch;
	uint32_t pid;
	bool guard_wanted, guard_open;
	enum weir_abi_tier guard_tier; /* WEIR_ABI_TIER_SCAN: none */
};

/* New references, NULL without memory. */
json_t *weir_answer_status(const struct weir_answer_facts *facts);
json_t *weir_answer_doctor(const struct weir_answer_facts *facts);
/* Part of both: the device nodes that lead to USB. */
json_t *weir_answer_devices(const struct weir_answer_facts *facts);

/* What works, in the log. */
void weir_announce(const struct weir_pipeline_status *status, const struct weir_log *log);

/* What a channel amounts to on this host. channel 0 is at rest. */
enum weir_floor weir_answer_state(const struct weir_pipeline_status *status,
				  enum weir_abi_channel channel);

#endif
