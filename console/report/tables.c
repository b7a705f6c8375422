/* SPDX-License-Identifier: Apache-2.0 */
/* What people told the console. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "weir/base/utf8.h"

#define DAYS_MAX 4096

static const char tables[] = "CREATE TABLE report_mark ("
			     " id {id},"
			     " time_ns {int} NOT NULL,"
			     " label {text} NOT NULL"
			     ") {strict};"
			     "CREATE TABLE report_training ("
			     " person {text} NOT NULL,"
			     " course {text} NOT NULL,"
			     " time_ns {int} NOT NULL,"
			     " PRIMARY KEY (course, person)"
			     ") {keyed};"
			     "CREATE TABLE report_day ("
			     " day {int} PRIMARY KEY,"
			     " working {int} NOT NULL CHECK (working IN (0, 1)),"
			     " label {text} NOT NULL"
			     ") {keyed};"
			     "CREATE TABLE report_incident ("
			     " id {id},"
			     " title {text} NOT NULL,"
			     " level {int} NOT NULL,"
			     " discovered_ns {int} NOT NULL"
			     ") {strict};"
			     "CREATE TABLE report_notice ("
			     " incident {int} NOT NULL REFERENCES report_incident (id),"
			     " kind {text} NOT NULL,"
			     " time_ns {int} NOT NULL,"
			     " PRIMARY KEY (incident, kind, time_ns)"
			     ") {keyed};";

/* Alerts go when their time is over; the incident keeps their numbers. */
static const char incidents[] =
	"ALTER TABLE report_incident ADD COLUMN opener {text} NOT NULL DEFAULT '';"
	"ALTER TABLE report_incident ADD COLUMN closed_ns {int} NOT NULL DEFAULT 0;"
	"ALTER TABLE report_incident ADD COLUMN closer {text} NOT NULL DEFAULT '';"
	"ALTER TABLE report_incident ADD COLUMN reason {text} NOT NULL DEFAULT '';"
	"ALTER TABLE report_notice ADD COLUMN recipient {text} NOT NULL DEFAULT '';"
	"ALTER TABLE report_notice ADD COLUMN person {text} NOT NULL DEFAULT '';"
	"CREATE TABLE report_incident_alert ("
	" incident {int} NOT NULL REFERENCES report_incident (id),"
	" alert {int} NOT NULL,"
	" PRIMARY KEY (incident, alert)"
	") {keyed};"
	"CREATE TABLE report_statement ("
	" incident {int} NOT NULL REFERENCES report_incident (id),"
	" item {text} NOT NULL,"
	" words {text} NOT NULL,"
	" person {text} NOT NULL,"
	" time_ns {int} NOT NULL,"
	" PRIMARY KEY (incident, item)"
	") {keyed};";

static const char *const migrations[] = {tables, incidents};

int weir_report_init(struct weir_store *store, struct weir_error *err)
{
	const struct weir_db_schema schema = {"report", migrations, ARRAY_SIZE(migrations)};

	return weir_db_migrate(store, &schema, err);
}

bool run_is_text(const char *text, size_t max)
{
	size_t len = strlen(text);

	if (len == 0 || len > max)
		return false;
	while (len) {
		uint32_t c;
		size_t n = weir_utf8_decode(text, len, &c);

		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xfffd)
			return false;
		text += n;
		len -= n;
	}
	return true;
}

bool run_is_time(uint64_t time_ns)
{
	return time_ns > 0 && time_ns <= INT64_MAX;
}

int run_insert(struct weir_db_tx *tx, const char *sql, const struct weir_db_value *values, size_t n,
	       int64_t *ret_id)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int64_t id = 0;
	int r = weir_db_query(tx, sql, values, n, &rows);

	while (r >= 0 && (r = weir_db_next(rows)) == 1)
		id = weir_db_get_int(rows, 0);
	if (r == 0)
		*ret_id = id;
	return r;
}

int weir_report_mark(struct weir_db_tx *tx, uint64_t time_ns, const char *text, int64_t *ret_id)
{
	const struct weir_db_value values[] = {weir_db_int((int64_t)time_ns), weir_db_text(text)};

	if (!run_is_text(text, WEIR_REPORT_TEXT_MAX) || !run_is_time(time_ns))
		return -EINVAL;
	return run_insert(tx,
			  "INSERT INTO report_mark (time_ns, label) VALUES ($1, $2) RETURNING id",
			  values, ARRAY_SIZE(values), ret_id);
}

int weir_report_trained(struct weir_db_tx *tx, const char *person, const char *course,
			uint64_t time_ns)
{
	int r;

	if (!run_is_text(person, WEIR_REPORT_TEXT_MAX) ||
	    !run_is_text(course, WEIR_REPORT_TEXT_MAX) || !run_is_time(time_ns))
		return -EINVAL;
	r = WEIR_DB_RUN(tx,
			"INSERT INTO report_training (person, course, time_ns) VALUES ($1, $2, $3)"
			" ON CONFLICT (course, person) DO NOTHING",
			weir_db_text(person), weir_db_text(course), weir_db_int((int64_t)time_ns));
	return r < 0 ? r : 0;
}

int weir_report_day(struct weir_db_tx *tx, int64_t day, bool working, const char *text)
{
	int r;

	if (!run_is_text(text, WEIR_REPORT_TEXT_MAX) || day < 0 ||
	    day > INT64_MAX / (int64_t)CALENDAR_DAY_NS)
		return -EINVAL;
	r = WEIR_DB_RUN(tx,
			"INSERT INTO report_day (day, working, label) VALUES ($1, $2, $3)"
			" ON CONFLICT (day) DO UPDATE SET working = excluded.working,"
			" label = excluded.label",
			weir_db_int(day), weir_db_int(working), weir_db_text(text));
	return r < 0 ? r : 0;
}

int run_load_days(struct weir_db_tx *tx, struct calendar_day **ret_days, struct calendar *ret)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	struct calendar_day *days _cleanup_(freep) = calloc(DAYS_MAX, sizeof(*days));
	size_t n = 0;
	int r = days ? WEIR_DB_QUERY(tx, &rows,
				     "SELECT day, working FROM report_day ORDER BY day LIMIT $1",
				     weir_db_int(DAYS_MAX))
		     : -ENOMEM;

	while (r >= 0 && (r = weir_db_next(rows)) == 1) {
		days[n].day = weir_db_get_int(rows, 0);
		days[n++].working = weir_db_get_int(rows, 1) != 0;
	}
	if (r < 0)
		return r;
	*ret = (struct calendar){days, n};
	*ret_days = TAKE_PTR(days);
	return 0;
}
