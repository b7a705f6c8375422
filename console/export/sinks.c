/* SPDX-License-Identifier: Apache-2.0 */
/* The sinks and their cursors in the database. What may not be told again is in a table of its own,
 * which one statement reads. */

#include <errno.h>
#include <string.h>

#include "sink.h"
#include "weir/console_triage/triage.h"

static const char tables_1[] = "CREATE TABLE sink ("
			       " id {id},"
			       " name {text} NOT NULL UNIQUE,"
			       " kind {int} NOT NULL,"
			       " position {int} NOT NULL CHECK (position >= 0),"
			       " failures {int} NOT NULL,"
			       " error {int} NOT NULL"
			       ") {strict}";

/* A sink of before is a file, and has no row in the second table. */
static const char tables_2[] = "ALTER TABLE sink ADD COLUMN format {int} NOT NULL DEFAULT 1;"
			       "ALTER TABLE sink ADD COLUMN target {text} NOT NULL DEFAULT '';"
			       "ALTER TABLE sink ADD COLUMN holder {int} NOT NULL DEFAULT 0;"
			       "ALTER TABLE sink ADD COLUMN held_until_ns {int} NOT NULL DEFAULT 0;"
			       "ALTER TABLE sink ADD COLUMN tests_asked {int} NOT NULL DEFAULT 0;"
			       "ALTER TABLE sink ADD COLUMN tests_done {int} NOT NULL DEFAULT 0;"
			       "ALTER TABLE sink ADD COLUMN test_error {int} NOT NULL DEFAULT 0;"
			       "CREATE TABLE sink_settings ("
			       " sink {int} PRIMARY KEY REFERENCES sink (id),"
			       " address {text} NOT NULL,"
			       " ca {text} NOT NULL,"
			       " certificate {text} NOT NULL,"
			       " secret {text} NOT NULL"
			       ") {keyed}";

static const char tables_3[] =
	"ALTER TABLE sink_settings ADD COLUMN language {int} NOT NULL DEFAULT 0";

static const char tables_4[] = "ALTER TABLE sink ADD COLUMN passed_over {int} NOT NULL DEFAULT 0;"
			       "ALTER TABLE sink ADD COLUMN passed_last {int} NOT NULL DEFAULT 0";

static const char *const migrations[] = {tables_1, tables_2, tables_3, tables_4};

const struct weir_db_schema weir_sink_schema = {"export", migrations, ARRAY_SIZE(migrations)};

#define COLUMNS                                                                               \
	"id, name, kind, format, target, position, failures, error, tests_asked, tests_done," \
	" test_error, passed_over, passed_last"

int weir_export_init(struct weir_store *store, struct weir_error *err)
{
	return weir_db_migrate(store, &weir_sink_schema, err);
}

static int check_room(struct weir_db_tx *tx, const char *name)
{
	int64_t n = 0, same = 0;
	int r = weir_db_number(tx, "SELECT count(*) FROM sink", NULL, 0, &n);

	if (r == 0)
		r = WEIR_DB_NUMBER(tx, &same, "SELECT count(*) FROM sink WHERE name = $1",
				   weir_db_text(name));
	if (r < 0)
		return r;
	return same ? -EEXIST : n >= WEIR_SINKS_MAX ? -ENOSPC : 0;
}

static int add_row(struct weir_db_tx *tx, const struct weir_sink_settings *settings,
		   uint64_t newest, uint64_t *ret_id)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	char target[WEIR_SINK_TARGET];
	int r;

	weir_sink_target(settings, target);
	r = WEIR_DB_QUERY(tx, &rows,
			  "INSERT INTO sink (name, kind, format, target, position, failures,"
			  " error) VALUES ($1, $2, $3, $4, $5, 0, 0) RETURNING id",
			  weir_db_text(settings->name), weir_db_int(settings->kind),
			  weir_db_int(settings->format), weir_db_text(target),
			  weir_db_int((int64_t)newest));

	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r < 0 ? r : -EIO;
	*ret_id = (uint64_t)weir_db_get_int(rows, 0);
	r = weir_db_next(rows);
	return r > 0 ? -EIO : r;
}

static int add_settings(struct weir_db_tx *tx, uint64_t id,
			const struct weir_sink_settings *settings)
{
	int r = WEIR_DB_RUN(tx,
			    "INSERT INTO sink_settings (sink, address, ca, certificate, secret,"
			    " language) VALUES ($1, $2, $3, $4, $5, $6)",
			    weir_db_int((int64_t)id), weir_db_text(settings->address),
			    weir_db_text(settings->ca), weir_db_text(settings->certificate),
			    weir_db_text(settings->secret), weir_db_int(settings->language));

	return r < 0 ? r : 0;
}

int weir_sink_add(struct weir_db_tx *tx, const struct weir_sink_settings *settings,
		  uint64_t *ret_id)
{
	uint64_t newest = 0, id = 0;
	int r = check_room(tx, settings->name);

	if (r == 0)
		r = weir_triage_newest(tx, &newest);
	if (r == 0)
		r = add_row(tx, settings, newest, &id);
	if (r == 0)
		r = add_settings(tx, id, settings);
	if (r == 0)
		r = weir_db_announce(tx, WEIR_EXPORT_TOPIC, id);
	if (r == 0)
		*ret_id = id;
	return r;
}

int weir_sink_remove(struct weir_db_tx *tx, const char *name)
{
	int r = WEIR_DB_RUN(tx,
			    "DELETE FROM sink_settings WHERE sink IN"
			    " (SELECT id FROM sink WHERE name = $1)",
			    weir_db_text(name));

	if (r >= 0)
		r = WEIR_DB_RUN(tx, "DELETE FROM sink WHERE name = $1", weir_db_text(name));
	return r < 0 ? r : r == 0 ? -ENOENT : 0;
}

int weir_sink_ask(struct weir_db_tx *tx, const char *name, uint64_t *ret_number)
{
	int64_t number = 0;
	int r = WEIR_DB_RUN(tx, "UPDATE sink SET tests_asked = tests_asked + 1 WHERE name = $1",
			    weir_db_text(name));

	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	r = WEIR_DB_NUMBER(tx, &number, "SELECT tests_asked FROM sink WHERE name = $1",
			   weir_db_text(name));
	if (r == 0)
		r = weir_db_announce(tx, WEIR_EXPORT_TOPIC, (uint64_t)number);
	if (r == 0)
		*ret_number = (uint64_t)number;
	return r;
}

static const char *error_name(int64_t error)
{
	const char *name = error ? strerrorname_np((int)-error) : "";

	return name ? name : "EIO";
}

static int give(const struct weir_db_rows *rows, uint64_t newest, weir_sink_fn fn, void *context)
{
	const struct weir_sink sink = {
		.id = (uint64_t)weir_db_get_int(rows, 0),
		.name = weir_db_get_text(rows, 1),
		.kind = (enum weir_sink_kind)weir_db_get_int(rows, 2),
		.format = (enum weir_sink_format)weir_db_get_int(rows, 3),
		.target = weir_db_get_text(rows, 4),
		.position = (uint64_t)weir_db_get_int(rows, 5),
		.newest = newest,
		.failures = (uint64_t)weir_db_get_int(rows, 6),
		.error = error_name(weir_db_get_int(rows, 7)),
		.tests_asked = (uint64_t)weir_db_get_int(rows, 8),
		.tests_done = (uint64_t)weir_db_get_int(rows, 9),
		.test_error = error_name(weir_db_get_int(rows, 10)),
		.passed_over = (uint64_t)weir_db_get_int(rows, 11),
		.passed_last = (uint64_t)weir_db_get_int(rows, 12),
	};

	return fn(context, &sink);
}

int weir_sink_list(struct weir_db_tx *tx, weir_sink_fn fn, void *context)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	uint64_t newest = 0;
	int r = weir_triage_newest(tx, &newest);

	if (r == 0)
		r = weir_db_query(tx, "SELECT " COLUMNS " FROM sink ORDER BY id LIMIT 100", NULL, 0,
				  &rows);
	if (r < 0)
		return r;
	while ((r = weir_db_next(rows)) > 0) {
		r = give(rows, newest, fn, context);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return r;
}

int weir_sink_look(struct weir_store *store, uint64_t id, weir_sink_fn fn, void *context)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	uint64_t newest = 0;
	int r = weir_db_read(store, &tx);

	if (r == 0)
		r = weir_triage_newest(tx, &newest);
	if (r == 0)
		r = WEIR_DB_QUERY(tx, &rows, "SELECT " COLUMNS " FROM sink WHERE id = $1",
				  weir_db_int((int64_t)id));
	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	return give(rows, newest, fn, context);
}

int weir_sink_read(struct weir_store *store, uint64_t id, weir_sink_settings_fn fn, void *context)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	struct weir_sink_settings settings;
	int r = weir_db_read(store, &tx);

	if (r == 0)
		r = WEIR_DB_QUERY(tx, &rows,
				  "SELECT name, kind, format, coalesce(address, ''),"
				  " coalesce(ca, ''), coalesce(certificate, ''),"
				  " coalesce(secret, ''), coalesce(language, 0) FROM sink"
				  " LEFT JOIN sink_settings ON sink_settings.sink = sink.id"
				  " WHERE sink.id = $1",
				  weir_db_int((int64_t)id));
	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	settings = (struct weir_sink_settings){
		.name = weir_db_get_text(rows, 0),
		.kind = (enum weir_sink_kind)weir_db_get_int(rows, 1),
		.format = (enum weir_sink_format)weir_db_get_int(rows, 2),
		.address = weir_db_get_text(rows, 3),
		.ca = weir_db_get_text(rows, 4),
		.certificate = weir_db_get_text(rows, 5),
		.secret = weir_db_get_text(rows, 6),
		.language = (enum weir_sink_language)weir_db_get_int(rows, 7),
	};
	return fn(context, &settings);
}

/* A time further ahead than a hold lasts was set by a clock that was wrong. */
int weir_sink_hold(struct weir_store *store, uint64_t id, uint64_t holder, uint64_t now_ns)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_write(store, &tx);

	if (r == 0)
		r = WEIR_DB_RUN(tx,
				"UPDATE sink SET holder = $2, held_until_ns = $4 WHERE id = $1"
				" AND (holder = $2 OR held_until_ns <= $3 OR held_until_ns > $4)",
				weir_db_int((int64_t)id), weir_db_int((int64_t)holder),
				weir_db_int((int64_t)now_ns),
				weir_db_int((int64_t)(now_ns + WEIR_SINK_HOLD_NS)));
	if (r <= 0)
		return r < 0 ? r : -EBUSY;
	return weir_db_commit(tx);
}

static int run_alone(struct weir_store *store, const char *sql, const struct weir_db_value *values,
		     size_t n)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_write(store, &tx);

	if (r == 0)
		r = weir_db_run(tx, sql, values, n);
	if (r <= 0)
		return r < 0 ? r : -ESTALE;
	return weir_db_commit(tx);
}

/* What fails here ends by itself. */
void weir_sink_let_go(struct weir_store *store, uint64_t id, uint64_t holder)
{
	const struct weir_db_value values[] = {weir_db_int((int64_t)id),
					       weir_db_int((int64_t)holder)};

	(void)run_alone(store, "UPDATE sink SET held_until_ns = 0 WHERE id = $1 AND holder = $2",
			values, ARRAY_SIZE(values));
}

int weir_sink_moved(struct weir_store *store, uint64_t id, uint64_t from, uint64_t to, int error)
{
	const struct weir_db_value values[] = {weir_db_int((int64_t)id), weir_db_int((int64_t)from),
					       weir_db_int((int64_t)to), weir_db_int(error)};

	return run_alone(store,
			 "UPDATE sink SET position = $3, error = $4,"
			 " failures = CASE WHEN $4 = 0 THEN 0 ELSE failures + 1 END"
			 " WHERE id = $1 AND position = $2",
			 values, ARRAY_SIZE(values));
}

int weir_sink_passed(struct weir_store *store, uint64_t id, uint64_t from, uint64_t to)
{
	const struct weir_db_value values[] = {weir_db_int((int64_t)id), weir_db_int((int64_t)from),
					       weir_db_int((int64_t)to)};

	return run_alone(store,
			 "UPDATE sink SET position = $3, passed_last = $3,"
			 " passed_over = passed_over + 1, error = 0, failures = 0"
			 " WHERE id = $1 AND position = $2",
			 values, ARRAY_SIZE(values));
}

int weir_sink_tested(struct weir_store *store, uint64_t id, uint64_t number, int error)
{
	const struct weir_db_value values[] = {weir_db_int((int64_t)id),
					       weir_db_int((int64_t)number), weir_db_int(error)};

	return run_alone(store,
			 "UPDATE sink SET tests_done = $2, test_error = $3"
			 " WHERE id = $1 AND tests_done < $2",
			 values, ARRAY_SIZE(values));
}
