/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICY_DECIDE_H
#define WEIR_POLICY_DECIDE_H

/* The decision: a pure function of policy, event, findings, labels and grants. No I/O, no clock of
 * its own, no mutable state; the same code serves the agent, "weir policy test" and simulation on
 * the console. Policies are immutable once compiled and may be read by several threads. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/abi/map.h"
#include "weir/base/error.h"
#include "weir/base/macros.h"
#include "weir/event/event.h"
#include "weir/findings/custom.h"
#include "weir/findings/findings.h"

struct weir_policy;
struct weir_within;	/* weir/policy/within.h */
struct weir_recipients; /* weir/evidence/sealed.h */

/* Action numbers are those of weir.v1.Action. */
enum weir_action {
	WEIR_ACTION_ALLOW = 1,
	WEIR_ACTION_AUDIT,
	WEIR_ACTION_WARN,
	WEIR_ACTION_BLOCK,
	WEIR_ACTION_QUARANTINE,
	_WEIR_ACTION_MAX,
	_WEIR_ACTION_INVALID = -22,
};

/* What becomes of a USB device that takes files. Numbers are those of weir.v1.DeviceAction. */
enum weir_device_action {
	WEIR_DEVICE_ALLOW = 1, /* not looked at */
	WEIR_DEVICE_READ_ONLY,
	WEIR_DEVICE_BLOCK,   /* neither mounted nor read nor written */
	WEIR_DEVICE_CONTENT, /* what the rules for removable volumes say */
	_WEIR_DEVICE_ACTION_MAX,
	_WEIR_DEVICE_ACTION_INVALID = -22,
};

/* "read-only", ... "unknown" for a number out of range. */
const char *weir_device_action_name(enum weir_device_action action);

/* "mass-storage", ... of an enum weir_usb_class; "unknown" for a number out of range. */
const char *weir_usb_class_name(unsigned usb_class);

/* weir.v1.CHANNEL_AT_REST, for event->channel: content that was found lying, not moving. No kernel
 * program sees it. */
#define WEIR_POLICY_CHANNEL_AT_REST 5

/* "block", ... "unknown" for a number out of range. */
const char *weir_action_name(enum weir_action action);

struct weir_policy_input {
	const struct weir_event *event;
	const struct weir_device *device; /* NULL when the channel has none */
	const struct weir_findings
		*findings; /* NULL when the content was not looked at in user space */
	uint64_t now_ns;   /* since 1970 UTC, for grants */
	bool passed;	   /* a reason was given for this and its pass is used up */
	const struct weir_within
		*within; /* for each of the policy's times; NULL: nothing came before */
};

#define WEIR_POLICY_CLASSES 64

struct weir_verdict {
	enum weir_action action;
	const char *rule; /* id of the deciding rule, "" for the default; belongs to the policy */
	const char *message_zh; /* "" when none */
	const char *message_en;
	const char *grant; /* id of the grant that let it pass, "" when none */
	uint64_t classes;  /* bit set of the policy's classes that the content showed */
	bool alert; /* for a person's eyes: blocked, quarantined, warned, or content over a rule's
		       limit */
	bool unscannable; /* decided by on_unscannable */
	bool refused;	  /* may not go there: blocked, quarantined, or warned without a pass */
	uint32_t within_seconds; /* the rule counts over the files of this time; 0: not */
	uint64_t
		within_values; /* different values in them of what it counts, this file's with them */
};

/* Takes a serialized weir.v1.Policy, checks everything in it, copies what it needs. -EINVAL with
 * *reterr (may be NULL). */
int weir_policy_new(const void *data, size_t len, struct weir_policy **ret,
		    struct weir_error *reterr) _must_use_;
void weir_policy_free(struct weir_policy *policy);
DEFINE_CLEANUP(weir_policy_free, struct weir_policy *);

struct weir_verdict weir_policy_decide(const struct weir_policy *policy,
				       const struct weir_policy_input *input);

/* For content of which is only known what it holds at least and at most: the two inputs differ in counts and customers alone, none lower
 * in `high`, and both events are such as nobody has refused. The set, bits 1 << action, of what weir_policy_decide() says for any
 * content between them; it may have one more where grants are concerned, and lacks none. */
unsigned weir_policy_between(const struct weir_policy *policy, const struct weir_policy_input *low,
			     const struct weir_policy_input *high);

uint64_t weir_policy_revision(const struct weir_policy *policy);

/* Name of the policy. */
const char *weir_policy_name(const struct weir_policy *policy);

/* Name of class number i, NULL when there is none. */
const char *weir_policy_class_name(const struct weir_policy *policy, unsigned i);

/* The detectors that the policy brings, *ret_count of them (0: none); they belong to the policy. Nothing
 * has looked into their patterns yet. Number i is WEIR_DETECTOR_COUNT + i in findings. */
const struct weir_custom *weir_policy_customs(const struct weir_policy *policy, size_t *ret_count);

/* The id of a built-in or the policy's own detector, NULL when there is none of this number; and the
 * number of an id, -1 when there is none. */
const char *weir_policy_detector_id(const struct weir_policy *policy, unsigned number);
int weir_policy_detector_number(const struct weir_policy *policy, const char *id);

/* Bit set of the classes that these findings show, as in struct weir_verdict: what a label carries.
 */
uint64_t weir_policy_classes(const struct weir_policy *policy,
			     const struct weir_findings *findings);

/* To whom evidence is sealed, borrowed; NULL: none is kept. How many bytes of content for one event; 0 then. */
struct weir_recipients *weir_policy_recipients(const struct weir_policy *policy);
uint32_t weir_policy_evidence_bytes(const struct weir_policy *policy);
/* Whether an event with this verdict is to bring evidence: alerts do, of the rules that are named. */
bool weir_policy_keeps_evidence(const struct weir_policy *policy,
				const struct weir_verdict *verdict);

/* What the kernel is to do on its own: fills config->profiles (all but WEIR_ABI_PROFILE_SELFTEST,
 * which it leaves alone), config->dests and dests from the rules. A rule that the kernel cannot
 * hold is held by user space alone; the kernel is then never stricter than the policy, and never
 * laxer than its fail-closed rules. Returns the number of dests. Every grant counts as valid; _at()
 * takes those valid at now_ns. Profile and destination numbers are the same in both. */
int weir_policy_kernel(const struct weir_policy *policy, struct weir_abi_config *config,
		       struct weir_abi_dest dests[static WEIR_ABI_DESTS]) _must_use_;
int weir_policy_kernel_at(const struct weir_policy *policy, uint64_t now_ns,
			  struct weir_abi_config *config,
			  struct weir_abi_dest dests[static WEIR_ABI_DESTS]) _must_use_;

/* When the kernel form next changes by itself (a grant begins or ends after now_ns), UINT64_MAX for
 * never: call weir_policy_kernel_at() again then. */
uint64_t weir_policy_next_change(const struct weir_policy *policy, uint64_t now_ns);

#define WEIR_FIRST_OPEN_MAX	 64 /* folders of all rules together */
#define WEIR_FIRST_OPEN_PATH_MAX 256
#define WEIR_FIRST_OPEN_MS	 500 /* when the rule names no budget */
#define WEIR_FIRST_OPEN_MS_MIN	 10
#define WEIR_FIRST_OPEN_MS_MAX	 2000

/* A folder whose files are looked at before they are read for the first time. */
struct weir_first_open {
	const char *folder; /* absolute; all of this belongs to the policy */
	uint32_t budget_ms; /* how long an opening waits at most */
	bool closed;	    /* after that it is refused, else let through */
	const char *rule;
	const char *message_zh, *message_en;
};

/* Number i from 0 on, in the order in which they are tried; NULL when there is no more. */
const struct weir_first_open *weir_policy_first_open(const struct weir_policy *policy, unsigned i);

/* What the rules for devices say of one. */
struct weir_device_verdict {
	enum weir_device_action action;
	const char *rule; /* "" for the default; belongs to the policy */
	const char *message_zh, *message_en;
};
struct weir_device_verdict weir_policy_device(const struct weir_policy *policy,
					      const struct weir_device *device);

/* The profile of a volume on this device under the policy; device may be NULL. A block device's node is
 * under that of the volume on it. */
uint8_t weir_policy_volume_profile(const struct weir_policy *policy, enum weir_abi_channel channel,
				   const struct weir_device *device);

/* The profile of a character device that reaches a USB device past its files (usbfs, SCSI generic):
 * WEIR_ABI_PROFILE_BLOCKED or _NONE, since content cannot be told there. */
uint8_t weir_policy_node_profile(const struct weir_policy *policy,
				 const struct weir_device *device);

/* Things in a valid policy that may not be meant, from i = 0 on: a rule that only user space holds,
 * a host that is known by name alone. Fills *ret (no line) and returns true, false when there is no
 * more. */
bool weir_policy_warning(const struct weir_policy *policy, unsigned i, struct weir_error *ret);

#endif
