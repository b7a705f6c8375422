/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DAEMON_REMOVE_H
#define WEIR_DAEMON_REMOVE_H

/* weir-agent --remove: instead of an agent, not beside one. */

#include "weir/base/log.h"
#include "weir/base/macros.h"
#include "weir/daemon/protect.h"

/* Takes away all that is pinned. Where the guard is on, unlock_path has to be a signed unlock, which is used up; NULL: there is none.
 * Negative errno, logged; then all of it is still there, or what could not be taken away. */
int weir_remove(const struct weir_protect_start *start, const char *unlock_path,
		const struct weir_log *log) _must_use_;

#endif
