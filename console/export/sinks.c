/* SPDX-License-Identifier: Apache-2.0 */
/* The sinks and their cursors in the database. */

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

static const char *const migrations[] = {tables_1};

const struct weir_db_schema weir_sink_schema = {"export", migrations, ARRAY_SIZE(migrations)};

static const char *const kinds[] = {[WEIR_SINK_FILE] = "file"};

const char *weir_sink_kind_name(enum weir_sink_kind kind)
{
	return kind > 0 && kind < ARRAY_SIZE(kinds) ? kinds[kind] : "unknown";
}

int weir_sink_kind_parse(const char *name, enum weir_sink_kind *ret)
{
	for (size_t i = 1; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i], name) == 0) {
			*ret = (enum weir_sink_kind)i;
			return 0;
		}
	}
	return -EINVAL;
}

int weir_export_init(struct weir_store *store, struct weir_error *err)
{
	return weir_db_migrate(store, &weir_sink_schema, err);
}

/* A name is a folder's too. */
const char *weir_sink_fault(const struct weir_sink *sink)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	const size_t len = strlen(sink->name);

	if (len == 0 || len > WEIR_SINK_NAME_MAX || strspn(sink->name, allowed) != len ||
	    sink->name[0] == '-')
		return "a sink's name is 1 to 32 of a-z, 0-9 and \"-\"";
	if (strcmp(weir_sink_kind_name(sink->kind), "unknown") == 0)
		return "the kind of sink is not known";
	return NULL;
}

int weir_sink_add(struct weir_db_tx *tx, const struct weir_sink *sink, uint64_t *ret_id)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	uint64_t newest = 0, id;
	int64_t n = 0, same = 0;
	int r;

	if (weir_sink_fault(sink))
		return -EINVAL;
	r = weir_db_number(tx, "SELECT count(*) FROM sink", NULL, 0, &n);
	if (r == 0)
		r = WEIR_DB_NUMBER(tx, &same, "SELECT count(*) FROM sink WHERE name = $1",
				   weir_db_text(sink->name));
	if (r == 0)
		r = weir_triage_newest(tx, &newest);
	if (r < 0 || same || n >= WEIR_SINKS_MAX)
		return r < 0 ? r : same ? -EEXIST : -ENOSPC;
	r = WEIR_DB_QUERY(tx, &rows,
			  "INSERT INTO sink (name, kind, position, failures, error)"
			  " VALUES ($1, $2, $3, 0, 0) RETURNING id",
			  weir_db_text(sink->name), weir_db_int(sink->kind),
			  weir_db_int((int64_t)newest));
	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r < 0 ? r : -EIO;
	id = (uint64_t)weir_db_get_int(rows, 0);
	r = weir_db_next(rows);
	if (r == 0)
		*ret_id = id;
	return r > 0 ? -EIO : r;
}

int weir_sink_remove(struct weir_db_tx *tx, const char *name)
{
	int r = WEIR_DB_RUN(tx, "DELETE FROM sink WHERE name = $1", weir_db_text(name));

	return r < 0 ? r : r == 0 ? -ENOENT : 0;
}

int weir_sink_list(struct weir_db_tx *tx, weir_sink_fn fn, void *context)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	uint64_t newest = 0;
	int r = weir_triage_newest(tx, &newest);

	if (r == 0)
		r = weir_db_query(tx,
				  "SELECT id, name, kind, position, failures, error FROM sink"
				  " ORDER BY id LIMIT 100",
				  NULL, 0, &rows);
	if (r < 0)
		return r;
	while ((r = weir_db_next(rows)) > 0) {
		const int error = (int)weir_db_get_int(rows, 5);
		const struct weir_sink sink = {
			.id = (uint64_t)weir_db_get_int(rows, 0),
			.name = weir_db_get_text(rows, 1),
			.kind = (enum weir_sink_kind)weir_db_get_int(rows, 2),
			.position = (uint64_t)weir_db_get_int(rows, 3),
			.newest = newest,
			.failures = (uint64_t)weir_db_get_int(rows, 4),
			.error = error ? strerrorname_np(-error) : "",
		};

		r = fn(context, &sink);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return r;
}

int weir_sink_moved(struct weir_store *store, uint64_t id, uint64_t from, uint64_t to, int error)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_write(store, &tx);

	if (r == 0)
		r = WEIR_DB_RUN(tx,
				"UPDATE sink SET position = $3, error = $4,"
				" failures = CASE WHEN $4 = 0 THEN 0 ELSE failures + 1 END"
				" WHERE id = $1 AND position = $2",
				weir_db_int((int64_t)id), weir_db_int((int64_t)from),
				weir_db_int((int64_t)to), weir_db_int(error));
	if (r <= 0)
		return r < 0 ? r : -ESTALE;
	return weir_db_commit(tx);
}
