/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DAEMON_PROTECT_H
#define WEIR_DAEMON_PROTECT_H

/* What of this installation is guarded by the kernel, and who may open the guard. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/daemon/config.h"
#include "weir/daemon/control.h"
#include "weir/source/kernel.h"
#include "weir/unlock/unlock.h"

struct weir_protect;

/* How this process was started; borrowed, outlives the object. */
struct weir_protect_start {
	const struct weir_config *config;
	const char *config_path;
	char *const *argv;
	int argc;
};

/* Reads the keys. -EINVAL when one of them is none. */
int weir_protect_new(const struct weir_protect_start *start, struct weir_protect **ret) _must_use_;
void weir_protect_free(struct weir_protect *protect);
DEFINE_CLEANUP(weir_protect_free, struct weir_protect *);

/* By the configuration: is there to be a guard? */
bool weir_protect_wanted(const struct weir_protect *protect);
size_t weir_protect_keys(const struct weir_protect *protect);

/* What the agent goes by: which files its configuration, policy, keys, state folder and inspector are, and its arguments but for
 * --config, --remove, --unlock and --debug. */
int weir_protect_fingerprint(const struct weir_protect *protect,
			     uint8_t ret[static WEIR_ABI_FINGERPRINT]) _must_use_;

/* May this process act in place of the agent before it? 0: nothing is guarded, or the guard is open; 1: it is on, and the agent
 * before had the same fingerprint; -EACCES: another; -EPERM: the guard does not take this process for ours: another agent lives,
 * it is traced, or the dynamic loader has orders. */
int weir_protect_may_act(const struct weir_protect *protect) _must_use_;

/* Guards programs, configuration, state, spool and what the configuration names; again after each unlock. */
int weir_protect_apply(struct weir_protect *protect, struct weir_kernel *kernel) _must_use_;

/* Verifies an unlock for agent_uid and writes down that it was used: from then on it is good for nothing more. Errors as of
 * weir_unlock_verify() and weir_unlock_use(). */
int weir_protect_unlock(struct weir_protect *protect, const void *data, size_t len,
			const char *agent_uid, struct weir_unlock *ret) _must_use_;

/* What an errno of the above means to a person, valid until the next call; the same as an answer, a new reference, NULL without memory. */
const char *weir_protect_error(int error);
json_t *weir_protect_refusal(int error);

#endif
