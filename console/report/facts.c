/* SPDX-License-Identifier: Apache-2.0 */
#include "facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define REMIND_DIVISOR 4 /* the last quarter of the time */

void facts_done(struct facts *facts)
{
	free(facts->title);
	free(facts->opener);
	free(facts->closer);
	free(facts->reason);
}

static int copy(const struct weir_db_rows *rows, size_t column, char **ret)
{
	*ret = strdup(weir_db_get_text(rows, column));
	return *ret ? 0 : -ENOMEM;
}

int facts_read(const struct weir_db_rows *rows, struct facts *ret)
{
	char **const texts[] = {&ret->title, &ret->opener, &ret->closer, &ret->reason};
	int r = 0;

	ret->id = weir_db_get_int(rows, 0);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(texts); i++)
		r = copy(rows, 1 + i, texts[i]);
	ret->level = weir_db_get_int(rows, 5);
	ret->discovered_ns = (uint64_t)weir_db_get_int(rows, 6);
	ret->closed_ns = (uint64_t)weir_db_get_int(rows, 7);
	return r;
}

int facts_load_sent(struct weir_db_tx *tx, struct facts *facts)
{
	static const char sql[] = "SELECT kind, min(time_ns), max(time_ns) FROM report_notice"
				  " WHERE incident = $1 GROUP BY kind ORDER BY kind LIMIT $2";
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(tx, &rows, sql, weir_db_int(facts->id), weir_db_int(NOTICES + 1));

	while (r >= 0 && (r = weir_db_next(rows)) == 1) {
		size_t i = notice_find(weir_db_get_text(rows, 0));

		if (i == NOTICES)
			continue;
		facts->sent[i].first_ns = (uint64_t)weir_db_get_int(rows, 1);
		facts->sent[i].last_ns = (uint64_t)weir_db_get_int(rows, 2);
	}
	return r;
}

int facts_load(struct weir_db_tx *tx, int64_t incident, struct facts *ret)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(tx, &rows,
			      "SELECT " FACTS_COLUMNS " FROM report_incident WHERE id = $1",
			      weir_db_int(incident));

	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	r = facts_read(rows, ret);
	weir_db_rows_free(TAKE_PTR(rows));
	return r < 0 ? r : facts_load_sent(tx, ret);
}

/* Progress starts anew with every report of it. */
bool facts_clock(const struct facts *facts, size_t notice, const struct calendar *calendar,
		 uint64_t *ret_from, uint64_t *ret_due)
{
	const struct notice *of = notice_at(notice);

	if (!notice_has_clock(of) || facts->level < (int64_t)of->from)
		return false;
	*ret_from = facts->discovered_ns;
	if (of->repeats)
		*ret_from = WEIR_MAX(*ret_from, facts->sent[notice].last_ns);
	*ret_due = of->length_ns
			   ? *ret_from + of->length_ns
			   : calendar_after_working_days(calendar, *ret_from, of->working_days);
	return true;
}

const char *facts_state(const struct facts *facts, size_t notice, uint64_t from, uint64_t due,
			uint64_t now_ns)
{
	const size_t ends = notice_at(notice)->repeats ? notice_find("closing") : notice;
	const struct facts_sent *sent = &facts->sent[ends];

	if (sent->first_ns)
		return sent->first_ns <= due ? "done" : "done_late";
	if (facts->closed_ns)
		return "closed_unsent";
	if (now_ns > due)
		return "overdue";
	return due - now_ns <= (due - from) / REMIND_DIVISOR ? "remind" : "running";
}

const char *facts_level(int64_t level)
{
	static const char *const names[] = {"", "general", "larger", "major", "especially_major"};

	return level > 0 && level < (int64_t)ARRAY_SIZE(names) ? names[level] : "unknown";
}
