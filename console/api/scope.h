/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_SCOPE_H
#define WEIR_CONSOLE_API_SCOPE_H

/* What of the fleet somebody sees: content by their groups of endpoints; who manages endpoints sees
 * all of those, but nothing of what they found. */

#include <stdbool.h>

#include "weir/console_access/access.h"
#include "weir/console_store/db.h"
#include "weir/console_store/store.h"

/* For lists of events and alerts. NULL: everything; else *buf, which borrows from by. */
const struct weir_store_scope *weir_api_scope(const struct weir_principal *by,
					      struct weir_store_scope *buf);
/* For lists of endpoints and of their tokens: who manages them sees all, or those of their groups. */
const struct weir_store_scope *weir_api_endpoint_scope(const struct weir_principal *by,
						       struct weir_store_scope *buf);

/* Whether somebody who manages endpoints manages those of this group. */
bool weir_api_manages(const struct weir_principal *by, const char *group);

/* -ENOENT: there is no such alert, for this one: of an alert, all groups must be theirs. */
int weir_api_alert_seen_by(struct weir_db_tx *tx, uint64_t id,
			   const struct weir_principal *by) _must_use_;

#endif
