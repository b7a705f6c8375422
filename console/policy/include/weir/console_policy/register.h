/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_POLICY_REGISTER_H
#define WEIR_CONSOLE_POLICY_REGISTER_H

/* The sharing register: who may receive which classes, for what, by which way, under which agreement, until when.
 *
 *   requested -- approved by another person --> active -- its end, or somebody ends it --> ended
 *       \------ refused
 *
 * Active entries become the grants of every version of the policy that is made from then on; an endpoint ends them by itself at
 * their time. Errors as in policy.h. */

#include "weir/console_policy/policy.h"

#define WEIR_REGISTER_TEXT_MAX	  256 /* bytes of each text */
#define WEIR_REGISTER_CLASSES_MAX 16
#define WEIR_REGISTER_REMIND_NS	  (UINT64_C(14) * 86400 * 1000000000) /* before the end */

enum weir_register_state {
	WEIR_REGISTER_REQUESTED = 0,
	WEIR_REGISTER_ACTIVE,
	WEIR_REGISTER_ENDED,
	WEIR_REGISTER_REFUSED,
};

struct weir_register_entry {
	uint64_t id;
	enum weir_register_state state;
	const char *name;      /* "G-0007": the grant's id in the policy and in events */
	const char *recipient; /* a group of the policy, as to_group */
	const char *classes;   /* names with commas between */
	const char *purpose, *agreement;
	const char *channel; /* "removable", "share", "network" */
	const char *to_group;
	uint64_t from_ns, until_ns; /* since 1970 UTC */
	uint64_t requester, approver;
	const char *requester_name, *approver_name;
	uint64_t created_ns, decided_ns, reminded_ns, ended_ns; /* 0: not yet */
	uint64_t transfers, last_transfer_ns;			/* linked so far */
};

/* Of *entry what a person says: recipient to until_ns. */
int weir_register_request(struct weir_store *store, const struct weir_principal *by,
			  const struct weir_register_entry *entry, uint64_t now_ns,
			  uint64_t *ret_id, struct weir_error *err) _must_use_;
int weir_register_decide(struct weir_store *store, const struct weir_principal *by, uint64_t id,
			 bool approve, uint64_t now_ns, struct weir_error *err) _must_use_;
int weir_register_end(struct weir_store *store, const struct weir_principal *by, uint64_t id,
		      uint64_t now_ns, struct weir_error *err) _must_use_;

typedef int (*weir_register_fn)(void *context, const struct weir_register_entry *entry);
int weir_register_list(struct weir_store *store, uint64_t before, uint32_t limit,
		       weir_register_fn fn, void *context) _must_use_;
int weir_register_get(struct weir_store *store, uint64_t id, weir_register_fn fn,
		      void *context) _must_use_;

struct weir_register_transfer {
	uint64_t event, time_ns;
};
typedef int (*weir_register_transfer_fn)(void *context,
					 const struct weir_register_transfer *transfer);
/* Newest first. */
int weir_register_transfers(struct weir_store *store, uint64_t id, uint32_t limit,
			    weir_register_transfer_fn fn, void *context) _must_use_;

#endif
