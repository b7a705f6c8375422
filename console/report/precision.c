/* SPDX-License-Identifier: Apache-2.0 */
/* What people said of the alerts of each rule. The rate of false alarms is over those that were
 * judged: tests and duplicates say nothing about the rule, and open alerts nothing yet. */

#include "internal.h"
#include "weir/console_triage/names.h"

static json_t *make_row(const struct weir_db_rows *found)
{
	json_int_t right = weir_db_get_int(found, 3), benign = weir_db_get_int(found, 4),
		   wrong = weir_db_get_int(found, 5);
	json_t *row = json_pack(
		"{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "rule", weir_db_get_text(found, 0),
		"alerts", (json_int_t)weir_db_get_int(found, 1), "resolved",
		(json_int_t)weir_db_get_int(found, 2), "true_positive", right, "benign_authorised",
		benign, "false_positive", wrong, "test", (json_int_t)weir_db_get_int(found, 6),
		"duplicate", (json_int_t)weir_db_get_int(found, 7));

	run_interval(row, "false_positive_share",
		     figures_share((uint64_t)wrong, (uint64_t)(right + benign + wrong)));
	return row;
}

int run_precision(struct run *run)
{
	static const char sql[] = "SELECT rule, count(*),"
				  " CAST(sum(CASE WHEN state = $3 THEN 1 ELSE 0 END) AS bigint),"
				  " CAST(sum(CASE WHEN verdict = $4 THEN 1 ELSE 0 END) AS bigint),"
				  " CAST(sum(CASE WHEN verdict = $5 THEN 1 ELSE 0 END) AS bigint),"
				  " CAST(sum(CASE WHEN verdict = $6 THEN 1 ELSE 0 END) AS bigint),"
				  " CAST(sum(CASE WHEN verdict = $7 THEN 1 ELSE 0 END) AS bigint),"
				  " CAST(sum(CASE WHEN verdict = $8 THEN 1 ELSE 0 END) AS bigint)"
				  " FROM alert WHERE first_ns >= $1 AND first_ns < $2"
				  " GROUP BY rule ORDER BY rule LIMIT $9";
	struct weir_db_rows *found _cleanup_(weir_db_rows_freep) = NULL;
	json_t *rows = run_section(run, "verdicts");
	int r = WEIR_DB_QUERY(
		run->tx, &found, sql, weir_db_int((int64_t)run->request->from_ns),
		weir_db_int((int64_t)run->request->until_ns), weir_db_int(WEIR_ALERT_RESOLVED),
		weir_db_int(WEIR_VERDICT_TRUE_POSITIVE),
		weir_db_int(WEIR_VERDICT_BENIGN_AUTHORISED),
		weir_db_int(WEIR_VERDICT_FALSE_POSITIVE), weir_db_int(WEIR_VERDICT_TEST),
		weir_db_int(WEIR_VERDICT_DUPLICATE), weir_db_int(WEIR_REPORT_ROWS_MAX));

	while (r >= 0 && (r = weir_db_next(found)) == 1)
		run_row(run, rows, make_row(found));
	return r;
}
