/* SPDX-License-Identifier: Apache-2.0 */
/* The deadlines of an incident, from its discovery. The lengths are those of the NFRA's measures on
 * data security (article 69) and of the cyberspace administration's on reporting incidents (article
 * 4). From when the five working days run is not beyond doubt: the earlier beginning is taken. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define HOUR	       (UINT64_C(3600) * 1000000000)
#define CLOSING_DAYS   5
#define REMIND_DIVISOR 4 /* the last quarter of the time */
#define NOTICES_PER_ONE \
	8 /* rows read for an incident: the first of each kind, the last of progress */

struct clock {
	const char *kind, *source;
	enum weir_report_level from; /* incidents of this level and above */
	uint64_t length_ns;	     /* 0: working days */
	bool repeats;		     /* runs again from each notice, until the closing one */
};

static const struct clock clocks[] = {
	{"first", "nfra_69", WEIR_REPORT_GENERAL, 2 * HOUR, false},
	{"cyberspace", "cac_4", WEIR_REPORT_LARGER, 4 * HOUR, false},
	{"written", "nfra_69", WEIR_REPORT_GENERAL, 24 * HOUR, false},
	{"progress", "nfra_69", WEIR_REPORT_SPECIAL, 2 * HOUR, true},
	{"closing", "nfra_69", WEIR_REPORT_GENERAL, 0, false},
};

/* When notices of a kind went out; 0: never. */
struct sent {
	uint64_t first_ns, last_ns;
};

struct incident {
	int64_t id;
	char *title;
	int64_t level;
	uint64_t discovered_ns;
	struct sent sent[ARRAY_SIZE(clocks)];
};

struct incidents {
	struct incident *incidents;
	size_t n;
	struct calendar calendar;
	struct calendar_day *days;
};

static void free_incidents(struct incidents *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->incidents[i].title);
	free(all->incidents);
	free(all->days);
}

static size_t find_clock(const char *kind)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(clocks) && strcmp(clocks[i].kind, kind) != 0)
		i++;
	return i;
}

bool weir_report_is_notice(const char *kind)
{
	return find_clock(kind) < ARRAY_SIZE(clocks);
}

static const struct sent *closing_of(const struct incident *incident)
{
	return &incident->sent[find_clock("closing")];
}

/* Those of the period, and those that are still open. */
static int load(struct run *run, struct incidents *all)
{
	static const char sql[] =
		"SELECT id, title, level, discovered_ns FROM report_incident"
		" WHERE discovered_ns < $2 AND (discovered_ns >= $1 OR NOT EXISTS"
		" (SELECT 1 FROM report_notice WHERE incident = id AND kind = 'closing'))"
		" ORDER BY discovered_ns DESC, id DESC LIMIT $3";
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(run->tx, &rows, sql, weir_db_int((int64_t)run->request->from_ns),
			      weir_db_int((int64_t)run->request->until_ns),
			      weir_db_int(WEIR_REPORT_ROWS_MAX));

	while (r >= 0 && (r = weir_db_next(rows)) == 1) {
		struct incident *incident = &all->incidents[all->n];

		incident->title = strdup(weir_db_get_text(rows, 1));
		if (!incident->title)
			return -ENOMEM;
		incident->id = weir_db_get_int(rows, 0);
		incident->level = weir_db_get_int(rows, 2);
		incident->discovered_ns = (uint64_t)weir_db_get_int(rows, 3);
		all->n++;
	}
	return r;
}

static int load_sent(struct run *run, struct incident *incident)
{
	static const char sql[] = "SELECT kind, min(time_ns), max(time_ns) FROM report_notice"
				  " WHERE incident = $1 GROUP BY kind ORDER BY kind LIMIT $2";
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(run->tx, &rows, sql, weir_db_int(incident->id),
			      weir_db_int(NOTICES_PER_ONE));

	while (r >= 0 && (r = weir_db_next(rows)) == 1) {
		size_t i = find_clock(weir_db_get_text(rows, 0));

		if (i == ARRAY_SIZE(clocks))
			continue;
		incident->sent[i].first_ns = (uint64_t)weir_db_get_int(rows, 1);
		incident->sent[i].last_ns = (uint64_t)weir_db_get_int(rows, 2);
	}
	return r;
}

/* What a clock runs from and to. Progress starts anew with every report of it. */
static void span(const struct incidents *all, const struct incident *incident, size_t i,
		 uint64_t *ret_from, uint64_t *ret_due)
{
	*ret_from = incident->discovered_ns;
	if (clocks[i].repeats)
		*ret_from = WEIR_MAX(*ret_from, incident->sent[i].last_ns);
	*ret_due = clocks[i].length_ns
			   ? *ret_from + clocks[i].length_ns
			   : calendar_after_working_days(&all->calendar, *ret_from, CLOSING_DAYS);
}

static const char *state_of(uint64_t from, uint64_t due, uint64_t done, uint64_t now)
{
	if (done)
		return done <= due ? "done" : "done_late";
	if (now > due)
		return "overdue";
	return due - now <= (due - from) / REMIND_DIVISOR ? "remind" : "running";
}

static const char *level_name(int64_t level)
{
	static const char *const names[] = {"", "general", "larger", "major", "especially_major"};

	return level > 0 && level < (int64_t)ARRAY_SIZE(names) ? names[level] : "unknown";
}

static void add_clock(struct run *run, json_t *rows, const struct incidents *all,
		      const struct incident *incident, size_t i)
{
	uint64_t from, due, done = incident->sent[i].first_ns;

	if (incident->level < (int64_t)clocks[i].from)
		return;
	span(all, incident, i, &from, &due);
	if (clocks[i].repeats)
		done = closing_of(incident)->first_ns;
	run_row(run, rows,
		json_pack("{s:I, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s}", "incident",
			  (json_int_t)incident->id, "title", incident->title, "level",
			  level_name(incident->level), "notice", clocks[i].kind, "source",
			  clocks[i].source, "discovered", run_time(incident->discovered_ns), "due",
			  run_time(due), "sent", run_time(incident->sent[i].last_ns), "state",
			  state_of(from, due, done, run->request->now_ns)));
}

int run_clocks(struct run *run)
{
	struct incidents all _cleanup_(free_incidents) = {};
	json_t *rows = run_section(run, "clocks");
	int r;

	all.incidents = calloc(WEIR_REPORT_ROWS_MAX, sizeof(*all.incidents));
	r = all.incidents ? run_load_days(run->tx, &all.days, &all.calendar) : -ENOMEM;
	if (r == 0)
		r = load(run, &all);
	for (size_t i = 0; r == 0 && i < all.n; i++) {
		r = load_sent(run, &all.incidents[i]);
		for (size_t clock = 0; r == 0 && clock < ARRAY_SIZE(clocks); clock++)
			add_clock(run, rows, &all, &all.incidents[i], clock);
	}
	return r;
}
