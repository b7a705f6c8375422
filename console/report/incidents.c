/* SPDX-License-Identifier: Apache-2.0 */
/* An incident is what one endpoint did against one rule on one day: a copy of five thousand files is
 * one, and how alerts are grouped on the screen changes no figure here. */

#include <errno.h>
#include <stdlib.h>

#include "internal.h"

struct week {
	uint64_t from_ns, until_ns; /* the last may be shorter */
	uint64_t incidents, alerts, endpoints;
};

struct weeks {
	struct week *weeks;
	size_t n;
};

static void free_weeks(struct weeks *weeks)
{
	free(weeks->weeks);
}

static int make_weeks(const struct weir_report_request *request, struct weeks *ret)
{
	const uint64_t length = request->until_ns - request->from_ns;

	ret->n = (length + CALENDAR_WEEK_NS - 1) / CALENDAR_WEEK_NS;
	ret->weeks = calloc(ret->n, sizeof(*ret->weeks));
	if (!ret->weeks)
		return -ENOMEM;
	for (size_t i = 0; i < ret->n; i++) {
		struct week *week = &ret->weeks[i];

		week->from_ns = request->from_ns + i * CALENDAR_WEEK_NS;
		week->until_ns = WEIR_MIN(week->from_ns + CALENDAR_WEEK_NS, request->until_ns);
	}
	return 0;
}

static int count_events(struct run *run, struct weeks *weeks)
{
	static const char sql[] =
		"SELECT (first - $1) / $3, count(*), CAST(sum(alerts) AS bigint)"
		" FROM (SELECT min(time_ns) AS first, count(*) AS alerts FROM event"
		"  WHERE alert = 1 AND time_ns >= $1 AND time_ns < $2"
		"  GROUP BY agent, rule, (time_ns + $4) / $5) AS incident"
		" GROUP BY (first - $1) / $3";
	const struct weir_report_request *request = run->request;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(
		run->tx, &rows, sql, weir_db_int((int64_t)request->from_ns),
		weir_db_int((int64_t)request->until_ns), weir_db_int((int64_t)CALENDAR_WEEK_NS),
		weir_db_int((int64_t)CALENDAR_ZONE_NS), weir_db_int((int64_t)CALENDAR_DAY_NS));

	while (r >= 0 && (r = weir_db_next(rows)) == 1) {
		uint64_t i = (uint64_t)weir_db_get_int(rows, 0);

		if (i >= weeks->n)
			continue;
		weeks->weeks[i].incidents = (uint64_t)weir_db_get_int(rows, 1);
		weeks->weeks[i].alerts = (uint64_t)weir_db_get_int(rows, 2);
	}
	return r;
}

/* Endpoints that were there: first heard of before the week's end, last after its beginning. */
static int count_endpoints(struct run *run, struct week *week)
{
	int64_t n = 0;
	int r = WEIR_DB_NUMBER(run->tx, &n,
			       "SELECT count(*) FROM agent"
			       " WHERE first_seen_ns < $1 AND last_seen_ns >= $2",
			       weir_db_int((int64_t)week->until_ns),
			       weir_db_int((int64_t)week->from_ns));

	week->endpoints = (uint64_t)n;
	return r;
}

/* Thousands of endpoints, times weeks. */
static double exposure(const struct week *week)
{
	return (double)week->endpoints / 1000 * (double)(week->until_ns - week->from_ns) /
	       (double)CALENDAR_WEEK_NS;
}

static void add_weeks(struct run *run, const struct weeks *weeks)
{
	json_t *rows = run_section(run, "weeks");

	for (size_t i = 0; i < weeks->n; i++) {
		const struct week *week = &weeks->weeks[i];
		const double thousands = exposure(week);

		run_row(run, rows,
			json_pack("{s:o, s:I, s:I, s:I, s:o}", "week",
				  run_day(calendar_day_of(week->from_ns)), "endpoints",
				  (json_int_t)week->endpoints, "alerts", (json_int_t)week->alerts,
				  "incidents", (json_int_t)week->incidents,
				  "incidents_per_1000_endpoints",
				  thousands > 0 ? run_number((double)week->incidents / thousands)
						: json_null()));
	}
}

struct side {
	uint64_t incidents;
	double exposure;
};

/* Only whole weeks before and behind the mark count; the one that it falls into is neither. */
static void add_change(struct run *run, json_t *rows, const struct weeks *weeks, uint64_t time_ns,
		       const char *text)
{
	struct side before = {}, after = {};
	struct interval ratio;
	json_t *row;

	for (size_t i = 0; i < weeks->n; i++) {
		const struct week *week = &weeks->weeks[i];
		struct side *side = week->until_ns <= time_ns  ? &before
				    : week->from_ns >= time_ns ? &after
							       : NULL;

		if (side) {
			side->incidents += week->incidents;
			side->exposure += exposure(week);
		}
	}
	ratio = figures_ratio(before.incidents, before.exposure, after.incidents, after.exposure);
	row = json_pack("{s:o, s:s, s:I, s:I}", "time", run_time(time_ns), "change", text,
			"incidents_before", (json_int_t)before.incidents, "incidents_after",
			(json_int_t)after.incidents);
	run_interval(row, "ratio", ratio);
	(void)json_object_set_new(row, "finding",
				  json_string(!ratio.known     ? "too_little"
					      : ratio.high < 1 ? "lower"
					      : ratio.low > 1  ? "higher"
							       : "unclear"));
	run_row(run, rows, row);
}

static int add_changes(struct run *run, const struct weeks *weeks)
{
	static const char sql[] = "SELECT time_ns, label FROM report_mark"
				  " WHERE time_ns >= $1 AND time_ns < $2"
				  " ORDER BY time_ns, id LIMIT $3";
	struct weir_db_rows *marks _cleanup_(weir_db_rows_freep) = NULL;
	json_t *rows = run_section(run, "changes");
	int r = WEIR_DB_QUERY(run->tx, &marks, sql, weir_db_int((int64_t)run->request->from_ns),
			      weir_db_int((int64_t)run->request->until_ns),
			      weir_db_int(WEIR_REPORT_ROWS_MAX));

	while (r >= 0 && (r = weir_db_next(marks)) == 1)
		add_change(run, rows, weeks, (uint64_t)weir_db_get_int(marks, 0),
			   weir_db_get_text(marks, 1));
	return r;
}

static int add_rules(struct run *run)
{
	static const char sql[] = "SELECT rule, count(*), CAST(sum(alerts) AS bigint)"
				  " FROM (SELECT rule, count(*) AS alerts FROM event"
				  "  WHERE alert = 1 AND time_ns >= $1 AND time_ns < $2"
				  "  GROUP BY agent, rule, (time_ns + $3) / $4) AS incident"
				  " GROUP BY rule ORDER BY count(*) DESC, rule LIMIT $5";
	struct weir_db_rows *found _cleanup_(weir_db_rows_freep) = NULL;
	json_t *rows = run_section(run, "rules");
	int r = WEIR_DB_QUERY(run->tx, &found, sql, weir_db_int((int64_t)run->request->from_ns),
			      weir_db_int((int64_t)run->request->until_ns),
			      weir_db_int((int64_t)CALENDAR_ZONE_NS),
			      weir_db_int((int64_t)CALENDAR_DAY_NS),
			      weir_db_int(WEIR_REPORT_ROWS_MAX));

	while (r >= 0 && (r = weir_db_next(found)) == 1)
		run_row(run, rows,
			json_pack("{s:s, s:I, s:I}", "rule", weir_db_get_text(found, 0),
				  "incidents", (json_int_t)weir_db_get_int(found, 1), "alerts",
				  (json_int_t)weir_db_get_int(found, 2)));
	return r;
}

int run_incidents(struct run *run)
{
	struct weeks weeks _cleanup_(free_weeks) = {};
	int r = make_weeks(run->request, &weeks);

	if (r == 0)
		r = count_events(run, &weeks);
	for (size_t i = 0; r == 0 && i < weeks.n; i++)
		r = count_endpoints(run, &weeks.weeks[i]);
	if (r < 0)
		return r;
	add_weeks(run, &weeks);
	r = add_changes(run, &weeks);
	return r < 0 ? r : add_rules(run);
}
