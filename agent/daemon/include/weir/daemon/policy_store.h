/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DAEMON_POLICY_STORE_H
#define WEIR_DAEMON_POLICY_STORE_H

/* The policy in force: from the file that people write, else the last good one kept in the state
 * folder, else one without rules, which audits and stops nothing. */

#include "weir/base/error.h"
#include "weir/base/macros.h"
#include "weir/policy/decide.h"

enum weir_policy_origin {
	WEIR_POLICY_FROM_FILE = 1,
	WEIR_POLICY_LAST_GOOD,
	WEIR_POLICY_EMPTY,
	WEIR_POLICY_SIGNED, /* brought by others: policy_inbox.h */
};

/* 0: *reterr is empty when the file was good, else says what is wrong with it; *ret_origin tells
 * which policy this is. Negative only when not even the empty one can be made. A good file becomes
 * the last good one; *ret_keep_error is why it could not be kept, 0 otherwise. */
int weir_policy_store_load(const char *path, const char *state_dir, struct weir_policy **ret,
			   enum weir_policy_origin *ret_origin, struct weir_error *reterr,
			   int *ret_keep_error) _must_use_;

/* The file or nothing: for a reload, where the policy in force is the better fallback. -EINVAL with
 * *reterr. */
int weir_policy_store_reload(const char *path, const char *state_dir, struct weir_policy **ret,
			     struct weir_error *reterr, int *ret_keep_error) _must_use_;

/* A compiled policy that the engine can use as well. -EINVAL with *reterr (may be NULL). */
int weir_policy_store_make(const void *compiled, size_t len, struct weir_policy **ret,
			   struct weir_error *reterr) _must_use_;

/* Makes a compiled policy the last good one, and takes that one. */
int weir_policy_store_keep(const char *state_dir, const void *compiled, size_t len) _must_use_;
int weir_policy_store_last_good(const char *state_dir, struct weir_policy **ret) _must_use_;

#endif
