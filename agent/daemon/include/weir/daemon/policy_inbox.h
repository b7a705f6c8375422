/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DAEMON_POLICY_INBOX_H
#define WEIR_DAEMON_POLICY_INBOX_H

/* Policies that others bring: signed envelopes that weir-sync lays into the inbox below the state folder. One comes into force when
 * enough of this host's keys have signed it, it is for this host, holds now, is of a higher revision than any before it, compiles,
 * and decides its own cases as it says. Otherwise what was in force stays, and the status file says why. The one taken over is kept
 * in the state folder, root's alone, and with it the revision below which nothing counts any more. One thread, the loop's. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/log.h"
#include "weir/base/macros.h"
#include "weir/daemon/config.h"
#include "weir/pipeline/loop.h"
#include "weir/policy/decide.h"

struct weir_policy_inbox;

/* All borrowed; outlives the object. */
struct weir_policy_inbox_options {
	const struct weir_config
		*config; /* state_dir, spool_dir (whose group may write) and signed_* */
	const struct weir_log *log;
};

/* Reads the keys (-EINVAL when one of them is none), makes the inbox, reads which revision was taken over last. When what was kept
 * is damaged, which is logged, no policy is taken any more: an old one could come back. */
int weir_policy_inbox_new(const struct weir_policy_inbox_options *options,
			  struct weir_policy_inbox **ret) _must_use_;
void weir_policy_inbox_free(struct weir_policy_inbox *inbox);
DEFINE_CLEANUP(weir_policy_inbox_free, struct weir_policy_inbox *);

/* The one taken over last, also when it has expired since. -ENOENT: there was none; -EINVAL: the keys no longer vouch for it, or it
 * does not compile. *ret is the caller's. */
int weir_policy_inbox_kept(struct weir_policy_inbox *inbox, struct weir_policy **ret,
			   struct weir_error *reterr) _must_use_;

/* From here on what lies in the inbox and what comes is judged, and put into force by apply, which takes the policy over on 0. */
int weir_policy_inbox_watch(struct weir_policy_inbox *inbox, struct weir_loop *loop,
			    int (*apply)(void *context, struct weir_policy *policy),
			    void *context) _must_use_;

/* True from the first policy that was taken over: the host's own file counts no more. */
bool weir_policy_inbox_rules(const struct weir_policy_inbox *inbox);

/* When what is in force expires or expired, seconds since 1970 UTC; 0: never. */
uint64_t weir_policy_inbox_expires(const struct weir_policy_inbox *inbox);
bool weir_policy_inbox_expired(const struct weir_policy_inbox *inbox);

/* Why the last envelope was refused; "" when it was not. */
const char *weir_policy_inbox_problem(const struct weir_policy_inbox *inbox);

#endif
