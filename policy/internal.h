/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICY_INTERNAL_H
#define WEIR_POLICY_INTERNAL_H

/* The immutable form that decisions are made from. Strings belong to the wire form that struct
 * weir_policy keeps. */

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "weir/findings/custom.h"
#include "weir/policy/decide.h"
#include "weir/policy/within.h"
#include "weir/proto/wire.h"
#include "weir/v1/policy.pb-c.h"

#define MAX_RULES	 1000
#define MAX_GROUPS	 256
#define MAX_GRANTS	 256
#define MAX_ENTRIES	 256  /* of one group */
#define MAX_HOSTS	 1024 /* of all groups together */
#define MAX_EXEMPT	 32
#define MAX_DISTINCT	 1000000
#define MAX_LIMITS	 64
#define MAX_DEVICE_RULES 256
/* Of the limits of one sum: 64 parts below it, each a little under one, still add up in 64 bits. */
#define MAX_COMMON UINT64_C(1000000000000000)

/* What a check digit without any context is worth: the kernel finds numbers by it alone. */
#define KERNEL_CONFIDENCE 80
/* The first slots are counted in the kernel, the rest only travel in labels. */
#define KERNEL_SLOTS 2

#define FIRST_FREE_PROFILE 6
#define NO_RULE		   UINT16_MAX

struct group_set {
	uint64_t words[MAX_GROUPS / 64];
};

struct host {
	uint8_t addr[16];
	uint8_t prefix;
	uint16_t port;
};

struct class
{
	const char *name;
	uint64_t detectors; /* bit set, enum order of weir_detector_id() */
	uint8_t min_confidence;
};

struct group {
	const char *name;
	const struct usb_match *usb;
	unsigned n_usb;
	const struct host *hosts; /* those with an address */
	unsigned n_hosts;
	unsigned n_names; /* hosts known by name alone */
};

struct usb_match {
	const char *vendor, *product, *serial; /* "": any */
};

struct portion {
	uint32_t limit;
	uint8_t number;	 /* of a detector or class */
	uint64_t weight; /* of one value, in parts of the whole */
};

/* Counts of several kinds that add up: it is full when the parts reach the whole. */
struct portions {
	const struct portion *list; /* NULL: not asked for */
	unsigned n;
	uint64_t whole; /* common multiple of the limits */
};

struct rule {
	const char *id, *message_zh, *message_en;
	struct group_set to, not_to;
	bool has_to;
	bool any_content;	/* the members from here to customers are not asked for */
	uint8_t channels;	/* bit set of 1 << enum weir_abi_channel */
	int8_t class;		/* -1: none asked for */
	uint8_t min_confidence; /* for limits */
	uint32_t distinct;	/* at least so many values of the class */
	struct portions limits; /* over detectors */
	struct portions share;	/* over classes */
	uint32_t customers;	/* at least so many; 0: not asked for */
	int8_t within;		/* which of the policy's times; -1: one file is counted */
	uint64_t counted;	/* detectors that count within it */
	enum weir_action action;
	enum weir_action on_unscannable; /* 0: passed over */
	bool closed;
};

enum encrypted {
	ENCRYPTED_ANY = 0,
	ENCRYPTED_NO,
	ENCRYPTED_YES,
};

struct device_rule {
	const char *id, *message_zh, *message_en;
	const char *vendor, *product, *serial; /* shell patterns, "": any */
	struct group_set groups;
	bool has_groups;
	uint32_t classes; /* set of enum weir_usb_class */
	enum encrypted encrypted;
	enum weir_device_action action;
};

struct grant {
	const char *id;
	uint64_t classes;
	unsigned channel;
	unsigned to;		    /* group */
	uint64_t from_ns, until_ns; /* until is the first nanosecond after it */
};

/* The rules and grants that concern one kind of target: it identifies a kernel profile whatever the
 * time. */
struct scope {
	uint64_t rules[(MAX_RULES + 63) / 64];
	uint64_t grants[MAX_GRANTS / 64];
};

struct dest {
	struct host host;
	uint8_t profile;
};

struct weir_policy {
	struct weir_wire *wire; /* owns every string */
	const char *name;
	uint64_t revision;
	struct arena arena; /* owns the arrays below */
	struct weir_custom *customs;
	struct class *classes;
	struct group *groups;
	struct rule *rules;
	struct device_rule *devices;
	struct grant *grants;
	struct weir_first_open *first_opens;
	struct host *exempt;
	unsigned n_customs, n_classes, n_groups, n_rules, n_devices, n_grants, n_first_opens,
		n_exempt;
	struct scope profiles[WEIR_ABI_PROFILES];
	bool profile_used[WEIR_ABI_PROFILES];
	bool profile_after[WEIR_ABI_PROFILES]; /* what holds once a pass was used */
	uint8_t profile_passed
		[WEIR_ABI_PROFILES]; /* that one's number; 0: what warns is not held in the kernel */
	struct dest dests[WEIR_ABI_DESTS];
	unsigned n_dests;
	uint32_t within[WEIR_WITHIN_TIMES]; /* seconds */
	unsigned n_within;
	struct weir_recipients *recipients; /* owned; NULL: no evidence is kept */
	uint32_t evidence_bytes;
	char *const *evidence_rules; /* ids; none: all rules */
	size_t n_evidence_rules;
};

/* A kernel profile and the rule that each part of it comes from. */
struct kernel_profile {
	struct weir_abi_profile abi;
	uint16_t limit_rule[_WEIR_ABI_DET_MAX];
	uint16_t unscannable_rule, failure_rule, open_rule;
};

static inline bool action_refuses(enum weir_action action)
{
	return action == WEIR_ACTION_BLOCK || action == WEIR_ACTION_QUARANTINE;
}

/* Also what stops it until a reason is given. */
static inline bool action_stops(enum weir_action action)
{
	return action_refuses(action) || action == WEIR_ACTION_WARN;
}

static inline bool grant_valid(const struct grant *grant, uint64_t now_ns)
{
	return now_ns >= grant->from_ns && now_ns < grant->until_ns;
}

static inline bool bit_get(const uint64_t *words, unsigned bit)
{
	return words[bit / 64] >> (bit % 64) & 1;
}

static inline void bit_set(uint64_t *words, unsigned bit)
{
	words[bit / 64] |= UINT64_C(1) << (bit % 64);
}

/* check_content.c */
/* Of the limits, none of which is 0; 0 when it is over MAX_COMMON. */
uint64_t common_multiple(Weir__V1__ContentLimit *const *limits, size_t n);

/* detectors.c */
/* The number of a built-in or the policy's own detector, -1 when there is none. */
int wire_detector_number(const Weir__V1__Policy *wire, const char *id);
int take_customs(struct weir_policy *policy, const Weir__V1__Policy *wire);

/* evidence.c */
int take_evidence(struct weir_policy *policy, const Weir__V1__Policy *wire);

/* first_open.c */
int take_first_opens(struct weir_policy *policy, const Weir__V1__Policy *wire);
bool warn_first_open(const struct weir_policy *policy, unsigned index, struct weir_error *ret);

/* within.c */
/* The rule's class and portions are there. */
void take_within(struct weir_policy *policy, struct rule *rule, uint32_t seconds);
/* The content has something that the rule counts and that did not come before. Always for a rule that counts in one file. */
bool within_brings(const struct rule *rule, const struct weir_policy_input *input);
/* Values of a detector that came before, and that the content does not hold. */
uint64_t within_others(const struct rule *rule, const struct weir_policy_input *input,
		       unsigned detector, uint8_t min_confidence);

/* match.c */
bool glob_match(const char *pattern, const char *text);
bool host_covers(const struct host *host, const uint8_t addr[static 16], uint16_t port);
struct group_set groups_of_device(const struct weir_policy *policy,
				  const struct weir_device *device);
struct group_set groups_of_host(const struct weir_policy *policy, const uint8_t addr[static 16],
				uint16_t port);
bool host_exempt(const struct weir_policy *policy, const uint8_t addr[static 16], uint16_t port);
bool groups_meet(const struct group_set *a, const struct group_set *b);
/* Whether the rule concerns this channel and a target in these groups. */
bool rule_applies(const struct rule *rule, unsigned channel, const struct group_set *groups);

/* device.c */
/* Of the classes of interfaces that it names. */
bool device_rule_takes_all(const struct device_rule *rule);
uint8_t device_profile(const struct weir_policy *policy, enum weir_device_action action,
		       const struct group_set *groups);
/* The fixed profiles, and what holds for devices that nobody has told the kernel of. */
void device_config(const struct weir_policy *policy, struct weir_abi_config *config);

/* scope.c */
/* So many values of this detector alone, with a check digit and no context, make the rule's content
 * hold; 0: no number does. */
uint32_t kernel_limit(const struct weir_policy *policy, const struct rule *rule, unsigned slot);
#define ALL_GRANTS UINT64_MAX
struct scope scope_of(const struct weir_policy *policy, unsigned channel,
		      const struct group_set *groups);
/* passed: what warns lets through. now_ns: ALL_GRANTS takes every grant as valid. */
void scope_profile(const struct weir_policy *policy, const struct scope *scope, bool passed,
		   uint64_t now_ns, struct kernel_profile *ret);

/* 127.0.0.0/8 and ::1 */
#define LOOPBACKS 2
extern const struct host loopbacks[LOOPBACKS];

/* kernel.c */
/* Chooses the profiles and destinations. -E2BIG when they do not fit; *ret_dests is how many there
 * would be. */
int kernel_plan(struct weir_policy *policy, unsigned *ret_dests);
uint8_t kernel_profile_index(const struct weir_policy *policy, unsigned channel,
			     const struct scope *scope);
/* What the profile of this number holds. */
void kernel_profile(const struct weir_policy *policy, unsigned index, uint64_t now_ns,
		    struct kernel_profile *ret);
/* Is there a reason to hold what warns in the kernel, where that is possible? */
bool kernel_warns(const struct weir_policy *policy, const struct scope *scope);

#endif
