/* SPDX-License-Identifier: Apache-2.0 */
/* The deadlines of incidents, from their discovery. */

#include <errno.h>
#include <stdlib.h>

#include "facts.h"
#include "internal.h"

struct incidents {
	struct facts *facts;
	size_t n;
	struct calendar calendar;
	struct calendar_day *days;
};

static void free_incidents(struct incidents *all)
{
	for (size_t i = 0; i < all->n; i++)
		facts_done(&all->facts[i]);
	free(all->facts);
	free(all->days);
}

/* Those of the period, and those that are still open. */
static int load(struct run *run, struct incidents *all)
{
	static const char sql[] =
		"SELECT " FACTS_COLUMNS " FROM report_incident"
		" WHERE discovered_ns < $2 AND (discovered_ns >= $1 OR closed_ns = 0 AND NOT EXISTS"
		" (SELECT 1 FROM report_notice WHERE incident = id AND kind = 'closing'))"
		" ORDER BY discovered_ns DESC, id DESC LIMIT $3";
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(run->tx, &rows, sql, weir_db_int((int64_t)run->request->from_ns),
			      weir_db_int((int64_t)run->request->until_ns),
			      weir_db_int(WEIR_REPORT_ROWS_MAX));

	while (r >= 0 && (r = weir_db_next(rows)) == 1)
		r = facts_read(rows, &all->facts[all->n++]);
	return r;
}

static void add_clock(struct run *run, json_t *rows, const struct incidents *all,
		      const struct facts *facts, size_t i)
{
	const struct notice *notice = notice_at(i);
	uint64_t from, due;

	if (!facts_clock(facts, i, &all->calendar, &from, &due))
		return;
	run_row(run, rows,
		json_pack("{s:I, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s}", "incident",
			  (json_int_t)facts->id, "title", facts->title, "level",
			  facts_level(facts->level), "notice", notice->kind, "source",
			  notice->source, "discovered", run_time(facts->discovered_ns), "due",
			  run_time(due), "sent", run_time(facts->sent[i].last_ns), "state",
			  facts_state(facts, i, from, due, run->request->now_ns)));
}

int run_clocks(struct run *run)
{
	struct incidents all _cleanup_(free_incidents) = {};
	json_t *rows = run_section(run, "clocks");
	int r;

	all.facts = calloc(WEIR_REPORT_ROWS_MAX, sizeof(*all.facts));
	r = all.facts ? run_load_days(run->tx, &all.days, &all.calendar) : -ENOMEM;
	if (r == 0)
		r = load(run, &all);
	for (size_t i = 0; r == 0 && i < all.n; i++) {
		r = facts_load_sent(run->tx, &all.facts[i]);
		for (size_t clock = 0; r == 0 && clock < NOTICES; clock++)
			add_clock(run, rows, &all, &all.facts[i], clock);
	}
	return r;
}
