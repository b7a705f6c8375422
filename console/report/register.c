/* SPDX-License-Identifier: Apache-2.0 */
/* The sharing register as it stood in the period, with what went out under each entry. */

#include "internal.h"

static const char *state_name(int64_t state)
{
	static const char *const names[] = {"requested", "active", "ended", "refused_entry"};

	return state >= 0 && state < (int64_t)ARRAY_SIZE(names) ? names[state] : "unknown";
}

static json_t *make_row(const struct weir_db_rows *found)
{
	return json_pack(
		"{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:I, s:o}", "entry",
		(json_int_t)weir_db_get_int(found, 0), "state",
		state_name(weir_db_get_int(found, 1)), "recipient", weir_db_get_text(found, 2),
		"classes", weir_db_get_text(found, 3), "purpose", weir_db_get_text(found, 4),
		"agreement", weir_db_get_text(found, 5), "channel", weir_db_get_text(found, 6),
		"requester", weir_db_get_text(found, 7), "approver", weir_db_get_text(found, 8),
		"begins", run_time((uint64_t)weir_db_get_int(found, 9)), "ends",
		run_time((uint64_t)weir_db_get_int(found, 10)), "transfers",
		(json_int_t)weir_db_get_int(found, 11), "latest",
		run_time((uint64_t)weir_db_get_int(found, 12)));
}

/* Those whose term touches the period, and those under which something went out in it. */
int run_register(struct run *run)
{
	static const char sql[] =
		"SELECT e.id, e.state, e.recipient, e.classes, e.purpose, e.agreement, e.channel,"
		" e.requester_name, e.approver_name, e.from_ns,"
		" CASE WHEN e.ended_ns > 0 AND e.ended_ns < e.until_ns THEN e.ended_ns"
		"  ELSE e.until_ns END,"
		" coalesce(t.n, 0), coalesce(t.latest, 0)"
		" FROM register_entry e LEFT JOIN (SELECT entry, count(*) AS n, max(time_ns) AS "
		"latest"
		"  FROM register_transfer WHERE time_ns >= $1 AND time_ns < $2 GROUP BY entry) t"
		"  ON t.entry = e.id"
		" WHERE (e.from_ns < $2 AND e.until_ns >= $1) OR t.n > 0 ORDER BY e.id LIMIT $3";
	struct weir_db_rows *found _cleanup_(weir_db_rows_freep) = NULL;
	json_t *rows = run_section(run, "entries");
	int r = WEIR_DB_QUERY(run->tx, &found, sql, weir_db_int((int64_t)run->request->from_ns),
			      weir_db_int((int64_t)run->request->until_ns),
			      weir_db_int(WEIR_REPORT_ROWS_MAX));

	while (r >= 0 && (r = weir_db_next(found)) == 1)
		run_row(run, rows, make_row(found));
	return r;
}
