/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SYNC_PRIVILEGE_H
#define WEIR_SYNC_PRIVILEGE_H

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/macros.h"

/* Becomes uid and gid (when switch_user) and gives every privilege up for good: supplementary
 * groups, capabilities, the bounding set, and what exec could bring back. -EPERM when root would be
 * left. */
int sync_drop_privileges(bool switch_user, uint32_t uid, uint32_t gid) _must_use_;

#endif
