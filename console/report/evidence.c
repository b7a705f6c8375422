/* SPDX-License-Identifier: Apache-2.0 */
/* Who asked to see content, why, who agreed, and how often it was read. */

#include "internal.h"
#include "weir/console_triage/id.h"

static const char *state_name(int64_t state)
{
	static const char *const names[] = {"requested", "approved", "denied"};

	return state >= 0 && state < (int64_t)ARRAY_SIZE(names) ? names[state] : "unknown";
}

static json_t *make_row(const struct weir_db_rows *found)
{
	char event[WEIR_ID_TEXT];

	weir_id_format(WEIR_ID_EVENT, (uint64_t)weir_db_get_int(found, 2), event);
	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:I, s:I, s:o}", "request",
			 (json_int_t)weir_db_get_int(found, 0), "state",
			 state_name(weir_db_get_int(found, 1)), "event", event, "requester",
			 weir_db_get_text(found, 3), "reason", weir_db_get_text(found, 4), "asked",
			 run_time((uint64_t)weir_db_get_int(found, 5)), "decider",
			 weir_db_get_text(found, 6), "decided",
			 run_time((uint64_t)weir_db_get_int(found, 7)), "minutes",
			 (json_int_t)weir_db_get_int(found, 8), "reads",
			 (json_int_t)weir_db_get_int(found, 9), "latest",
			 run_time((uint64_t)weir_db_get_int(found, 10)));
}

/* Those that were made, decided or last read in the period. */
int run_evidence(struct run *run)
{
	static const char sql[] =
		"SELECT id, state, event, requester_name, reason, created_ns, decider_name,"
		" decided_ns, minutes, reads, read_ns FROM evidence_request"
		" WHERE (created_ns >= $1 AND created_ns < $2)"
		" OR (decided_ns >= $1 AND decided_ns < $2)"
		" OR (read_ns >= $1 AND read_ns < $2) ORDER BY id LIMIT $3";
	struct weir_db_rows *found _cleanup_(weir_db_rows_freep) = NULL;
	json_t *rows = run_section(run, "requests");
	int r = WEIR_DB_QUERY(run->tx, &found, sql, weir_db_int((int64_t)run->request->from_ns),
			      weir_db_int((int64_t)run->request->until_ns),
			      weir_db_int(WEIR_REPORT_ROWS_MAX));

	while (r >= 0 && (r = weir_db_next(found)) == 1)
		run_row(run, rows, make_row(found));
	return r;
}
