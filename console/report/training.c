/* SPDX-License-Identifier: Apache-2.0 */
/* Who acknowledged which course, as far as somebody told the console. */

#include "internal.h"
#include "weir/console_triage/names.h"

static int add_courses(struct run *run)
{
	static const char sql[] = "SELECT course, count(*), CAST(sum(CASE WHEN time_ns >= $1 THEN "
				  "1 ELSE 0 END) AS bigint),"
				  " max(time_ns) FROM report_training WHERE time_ns < $2"
				  " GROUP BY course ORDER BY course LIMIT $3";
	struct weir_db_rows *found _cleanup_(weir_db_rows_freep) = NULL;
	json_t *rows = run_section(run, "courses");
	int r = WEIR_DB_QUERY(run->tx, &found, sql, weir_db_int((int64_t)run->request->from_ns),
			      weir_db_int((int64_t)run->request->until_ns),
			      weir_db_int(WEIR_REPORT_ROWS_MAX));

	while (r >= 0 && (r = weir_db_next(found)) == 1)
		run_row(run, rows,
			json_pack("{s:s, s:I, s:I, s:o}", "course", weir_db_get_text(found, 0),
				  "people", (json_int_t)weir_db_get_int(found, 1),
				  "people_in_period", (json_int_t)weir_db_get_int(found, 2),
				  "latest", run_time((uint64_t)weir_db_get_int(found, 3))));
	return r;
}

static int add_people(struct run *run)
{
	static const char sql[] = "SELECT person, course, time_ns FROM report_training"
				  " WHERE time_ns >= $1 AND time_ns < $2"
				  " ORDER BY time_ns DESC, person, course LIMIT $3";
	struct weir_db_rows *found _cleanup_(weir_db_rows_freep) = NULL;
	json_t *rows = run_section(run, "acknowledgements");
	int r = WEIR_DB_QUERY(run->tx, &found, sql, weir_db_int((int64_t)run->request->from_ns),
			      weir_db_int((int64_t)run->request->until_ns),
			      weir_db_int(WEIR_REPORT_ROWS_MAX));

	while (r >= 0 && (r = weir_db_next(found)) == 1)
		run_row(run, rows,
			json_pack("{s:s, s:s, s:o}", "person", weir_db_get_text(found, 0), "course",
				  weir_db_get_text(found, 1), "time",
				  run_time((uint64_t)weir_db_get_int(found, 2))));
	return r;
}

/* Alerts that were judged false, tests or duplicates say nothing about a person. */
static int add_repeated(struct run *run)
{
	static const char sql[] =
		"SELECT t.course, count(DISTINCT t.person), count(*) FROM report_training t"
		" JOIN alert a ON a.user_name = t.person AND a.last_ns > t.time_ns"
		" AND a.verdict NOT IN ($3, $4, $5)"
		" WHERE a.last_ns >= $1 AND a.last_ns < $2"
		" GROUP BY t.course ORDER BY t.course LIMIT $6";
	struct weir_db_rows *found _cleanup_(weir_db_rows_freep) = NULL;
	json_t *rows = run_section(run, "alerts_after_training");
	int r = WEIR_DB_QUERY(run->tx, &found, sql, weir_db_int((int64_t)run->request->from_ns),
			      weir_db_int((int64_t)run->request->until_ns),
			      weir_db_int(WEIR_VERDICT_FALSE_POSITIVE),
			      weir_db_int(WEIR_VERDICT_TEST), weir_db_int(WEIR_VERDICT_DUPLICATE),
			      weir_db_int(WEIR_REPORT_ROWS_MAX));

	while (r >= 0 && (r = weir_db_next(found)) == 1)
		run_row(run, rows,
			json_pack("{s:s, s:I, s:I}", "course", weir_db_get_text(found, 0), "people",
				  (json_int_t)weir_db_get_int(found, 1), "alerts",
				  (json_int_t)weir_db_get_int(found, 2)));
	return r;
}

int run_training(struct run *run)
{
	int r = add_courses(run);

	if (r == 0)
		r = add_repeated(run);
	return r < 0 ? r : add_people(run);
}
