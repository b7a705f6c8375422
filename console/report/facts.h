/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_REPORT_FACTS_H
#define WEIR_CONSOLE_REPORT_FACTS_H

/* One incident as the database has it: what clocks and drafts are made from. */

#include <jansson.h>

#include "calendar.h"
#include "notices.h"
#include "weir/console_store/db.h"

/* When notices of a kind went out; 0: never. */
struct facts_sent {
	uint64_t first_ns, last_ns;
};

struct facts {
	int64_t id;
	char *title, *opener, *closer, *reason;
	int64_t level;
	uint64_t discovered_ns, closed_ns; /* closed_ns 0: open */
	struct facts_sent sent[NOTICES];
};

void facts_done(struct facts *facts);

/* Columns for facts_read(), of report_incident. */
#define FACTS_COLUMNS "id, title, opener, closer, reason, level, discovered_ns, closed_ns"
int facts_read(const struct weir_db_rows *rows, struct facts *ret) _must_use_;
int facts_load_sent(struct weir_db_tx *tx, struct facts *facts) _must_use_;
/* One incident with both. -ENOENT. */
int facts_load(struct weir_db_tx *tx, int64_t incident, struct facts *ret) _must_use_;

/* Whether a clock of the notice runs for this incident, and what it runs from and to. */
bool facts_clock(const struct facts *facts, size_t notice, const struct calendar *calendar,
		 uint64_t *ret_from, uint64_t *ret_due);
/* "done", "done_late", "overdue", "remind", "running", "closed_unsent". */
const char *facts_state(const struct facts *facts, size_t notice, uint64_t from, uint64_t due,
			uint64_t now_ns);
const char *facts_level(int64_t level);

#endif
