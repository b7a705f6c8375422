/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite databases, by the library, which reads hostile files well when it is told to trust nothing:
 * no extension, no module, no view, no trigger, no writing, bounded memory and work. */
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "magic.h"
#include "reader.h"
#include "sqlite_vfs.h"
#include "weir/base/buf.h"
#include "weir/base/utf8.h"

#define HEAP	   (INT64_C(128) << 20)
#define TICK_STEPS 2000 /* of the library's machine */
#define STRAYS_MAX (1U << 20)
#define LEAST_CELL 4 /* bytes that a row takes in its page, at the very least */
#define TEXT_RUN   4
#define TABLES_SQL "SELECT name FROM sqlite_schema WHERE type='table' AND rootpage>0"
#define SCHEMA_SQL "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL"
#define NOT_ALL	   "a table could not be read to its end; its bytes were searched"
#define NOT_OPENED "damaged: not a database that can be opened; its bytes were searched"
#define TOO_MANY   "damaged: more rows than there is room for; its bytes were searched"
#define CUT_OFF	   "cut off: pages are missing; what is there was searched"
#define TOO_LARGE  "a row or the whole needs more memory than the limit; its bytes were searched"

struct database {
	struct weir_unpack *u;
	const struct weir_bytes *bytes;
	struct weir_sqlite_vfs vfs;
	sqlite3 *db;
	uint64_t rows;		/* in all */
	struct weir_buf text;	/* of a blob */
	struct weir_buf strays; /* texts of the table in an encoding of their own, lines */
	bool objects;		/* the table holds some */
	bool incomplete;	/* the raw bytes are searched too */
	int result;		/* what ends the reader */
};

static int progress(void *context)
{
	struct database *d = context;

	if (d->result == 0)
		d->result = weir_read_tick(d->u);
	return d->result < 0;
}

static void harden(struct database *d)
{
	static const int off[] = {
		SQLITE_DBCONFIG_TRUSTED_SCHEMA,	       SQLITE_DBCONFIG_ENABLE_TRIGGER,
		SQLITE_DBCONFIG_ENABLE_VIEW,	       SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION,
		SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, SQLITE_DBCONFIG_WRITABLE_SCHEMA,
	};
	uint64_t length = WEIR_MIN(weir_read_limits(d->u)->buffer, UINT64_C(1) << 30);

	for (size_t i = 0; i < ARRAY_SIZE(off); i++)
		(void)sqlite3_db_config(d->db, off[i], 0, NULL);
	(void)sqlite3_db_config(d->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_drop_modules(d->db, NULL);
	(void)sqlite3_limit(d->db, SQLITE_LIMIT_LENGTH, (int)length);
	(void)sqlite3_limit(d->db, SQLITE_LIMIT_SQL_LENGTH, 1 << 20);
	(void)sqlite3_limit(d->db, SQLITE_LIMIT_COLUMN, 2000);
	(void)sqlite3_limit(d->db, SQLITE_LIMIT_EXPR_DEPTH, 200);
	(void)sqlite3_limit(d->db, SQLITE_LIMIT_COMPOUND_SELECT, 10);
	(void)sqlite3_limit(d->db, SQLITE_LIMIT_VDBE_OP, 250000);
	(void)sqlite3_limit(d->db, SQLITE_LIMIT_ATTACHED, 0);
	(void)sqlite3_limit(d->db, SQLITE_LIMIT_TRIGGER_DEPTH, 1);
	(void)sqlite3_limit(d->db, SQLITE_LIMIT_WORKER_THREADS, 0);
	sqlite3_progress_handler(d->db, TICK_STEPS, progress, d);
}

/* After a result that is neither a row nor the end: the gap. 0, or what ends the reader. */
static int failed(struct database *d, int code, const char *name)
{
	int primary = code & 0xff;

	if (d->result == 0 && d->vfs.failed < 0)
		d->result = weir_read_failed(d->u, d->vfs.failed, name);
	if (d->result < 0)
		return d->result;
	d->incomplete = true;
	if (d->vfs.failed < 0)
		return 0; /* said above */
	if (primary == SQLITE_NOMEM || primary == SQLITE_TOOBIG || primary == SQLITE_FULL)
		weir_emit_gap(d->u, WEIR_SCAN_PARTIAL, name, TOO_LARGE);
	else
		weir_emit_gap(d->u, WEIR_SCAN_PARTIAL, name, NOT_ALL);
	return 0;
}

static int prepare(struct database *d, const char *sql, sqlite3_stmt **ret)
{
	return sqlite3_prepare_v3(d->db, sql, -1, SQLITE_PREPARE_NO_VTAB, ret, NULL);
}

static void finalizep(sqlite3_stmt **statement)
{
	(void)sqlite3_finalize(*statement);
}

static int give_number(struct database *d, double value)
{
	char text[352];
	int n = snprintf(text, sizeof(text),
			 fabs(value) < 1e19 && value == trunc(value) ? "%.0f" : "%.15g", value);

	return weir_emit_cell(d->u, text, (size_t)n);
}

static int give_integer(struct database *d, int64_t value)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%" PRId64, value);

	return weir_emit_cell(d->u, text, (size_t)n);
}

/* Text that is not UTF-8 may be in another encoding: the whole table's together, to be guessed. */
static int keep_stray(struct database *d, const void *data, size_t len)
{
	if (d->strays.len + len + 1 > STRAYS_MAX)
		len = STRAYS_MAX > d->strays.len + 1 ? STRAYS_MAX - d->strays.len - 1 : 0;
	if (len == 0)
		return 0;
	if (weir_buf_append(&d->strays, data, len) < 0 || weir_buf_append(&d->strays, "\n", 1) < 0)
		return -ENOMEM;
	return 0;
}

static int give_text(struct database *d, const void *data, size_t len)
{
	int r = 0;

	if (weir_utf8_valid(data, len) < len)
		r = keep_stray(d, data, len);
	return r < 0 ? r : weir_emit_cell(d->u, data, len);
}

static bool is_object(const void *data, size_t len)
{
	const struct weir_kind *kind;

	if (len < 4)
		return false;
	kind = weir_magic(data, WEIR_MIN(len, (size_t)WEIR_MAGIC_HEAD));
	return kind->read != NULL;
}

/* What can be read in a blob: runs of characters. */
static int give_runs(struct database *d, const char *data, size_t len)
{
	size_t run = 0;

	weir_buf_clear(&d->text);
	for (size_t at = 0; at <= len;) {
		uint32_t c = 0;
		size_t n = at < len ? weir_utf8_decode(data + at, len - at, &c) : 1;

		if (c >= ' ' && c != 0x7f && !(c == 0xfffd && n == 1)) {
			run += n;
		} else {
			if (run >= TEXT_RUN &&
			    (weir_buf_append(&d->text, data + at - run, run) < 0 ||
			     weir_buf_append(&d->text, " ", 1) < 0))
				return -ENOMEM;
			run = 0;
		}
		at += n;
	}
	return weir_emit_cell(d->u, d->text.data ? d->text.data : "", d->text.len);
}

static int give_blob(struct database *d, const void *data, size_t len)
{
	if (is_object(data, len)) {
		d->objects = true;
		return weir_emit_cell(d->u, "", 0);
	}
	if (len == 0 || !weir_magic_binary(data, len))
		return give_text(d, data, len);
	return give_runs(d, data, len);
}

static int give_value(struct database *d, sqlite3_stmt *row, int column)
{
	const void *data;

	switch (sqlite3_column_type(row, column)) {
	case SQLITE_INTEGER:
		return give_integer(d, sqlite3_column_int64(row, column));
	case SQLITE_FLOAT:
		return give_number(d, sqlite3_column_double(row, column));
	case SQLITE_TEXT:
		data = sqlite3_column_text(row, column);
		return data ? give_text(d, data, (size_t)sqlite3_column_bytes(row, column))
			    : weir_emit_cell(d->u, "", 0);
	case SQLITE_BLOB:
		data = sqlite3_column_blob(row, column);
		return data ? give_blob(d, data, (size_t)sqlite3_column_bytes(row, column))
			    : weir_emit_cell(d->u, "", 0);
	default:
		return weir_emit_cell(d->u, "", 0);
	}
}

static int give_row(struct database *d, sqlite3_stmt *row)
{
	int r = 0;

	for (int i = 0; r == 0 && i < sqlite3_column_count(row); i++)
		r = give_value(d, row, i);
	return r < 0 ? r : weir_emit_row(d->u);
}

static int give_headings(struct database *d, sqlite3_stmt *row)
{
	int r = 0;

	for (int i = 0; r == 0 && i < sqlite3_column_count(row); i++) {
		const char *name = sqlite3_column_name(row, i);

		r = weir_emit_cell(d->u, name ? name : "", name ? strlen(name) : 0);
	}
	return r < 0 ? r : weir_emit_row(d->u);
}

/* A tree whose branches meet again has no end: there can't be more rows than bytes for them. */
static bool too_many(struct database *d)
{
	return ++d->rows > d->bytes->size / LEAST_CELL;
}

static int give_rows(struct database *d, sqlite3_stmt *rows, const char *name)
{
	int code = SQLITE_ROW, r = 0;

	while (r == 0 && (code = sqlite3_step(rows)) == SQLITE_ROW) {
		if (too_many(d)) {
			weir_emit_gap(d->u, WEIR_SCAN_PARTIAL, name, TOO_MANY);
			d->incomplete = true;
			return 0;
		}
		r = give_row(d, rows);
	}
	if (r < 0)
		return r;
	return code == SQLITE_DONE ? 0 : failed(d, code, name);
}

static int give_objects_of(struct database *d, sqlite3_stmt *row, const char *table)
{
	char name[128];
	int r = 0;

	for (int i = 0; r == 0 && i < sqlite3_column_count(row); i++) {
		struct weir_memory memory;
		struct weir_bytes bytes;

		if (sqlite3_column_type(row, i) != SQLITE_BLOB)
			continue;
		memory.data = sqlite3_column_blob(row, i);
		memory.len = (size_t)sqlite3_column_bytes(row, i);
		if (!memory.data || !is_object(memory.data, memory.len))
			continue;
		bytes = weir_bytes_of(&memory);
		snprintf(name, sizeof(name), "%.60s/%.60s", table,
			 sqlite3_column_name(row, i) ? sqlite3_column_name(row, i) : "");
		r = weir_emit_object(d->u, name, &bytes);
	}
	return r;
}

/* A second pass: a table's text can't have others in its middle. */
static int give_objects(struct database *d, sqlite3_stmt *rows, const char *table)
{
	uint64_t passed = 0;
	int r = 0;

	(void)sqlite3_reset(rows);
	while (r == 0 && passed++ <= d->rows && sqlite3_step(rows) == SQLITE_ROW)
		r = give_objects_of(d, rows, table);
	return r;
}

static int give_strays(struct database *d, const char *name)
{
	int r;

	if (d->strays.len == 0)
		return 0;
	r = weir_emit_begin(d->u, name, NULL, WEIR_PART_BYTES);
	if (r == 0)
		r = weir_emit_text(d->u, d->strays.data, d->strays.len);
	weir_buf_clear(&d->strays);
	return r < 0 ? r : weir_emit_end(d->u);
}

static int give_table(struct database *d, const char *name)
{
	sqlite3_stmt *rows _cleanup_(finalizep) = NULL;
	char *sql = sqlite3_mprintf("SELECT * FROM \"%w\"", name);
	int code = sql ? prepare(d, sql, &rows) : SQLITE_NOMEM, r;

	sqlite3_free(sql);
	if (code != SQLITE_OK)
		return failed(d, code, name);
	d->objects = false;
	r = weir_read_member(d->u);
	if (r == 0)
		r = weir_emit_begin(d->u, name, NULL, WEIR_PART_TABLE);
	if (r == 0)
		r = give_headings(d, rows);
	if (r == 0)
		r = give_rows(d, rows, name);
	if (r == 0)
		r = weir_emit_end(d->u);
	if (r == 0)
		r = give_strays(d, name);
	if (r == 0 && d->objects)
		r = give_objects(d, rows, name);
	return r;
}

static int give_tables(struct database *d)
{
	sqlite3_stmt *tables _cleanup_(finalizep) = NULL;
	int code = prepare(d, TABLES_SQL, &tables), r = 0;

	while (r == 0 && code == SQLITE_OK) {
		const char *name;

		code = sqlite3_step(tables);
		if (code == SQLITE_DONE)
			return 0;
		if (code != SQLITE_ROW)
			break;
		code = SQLITE_OK;
		name = (const char *)sqlite3_column_text(tables, 0);
		if (name)
			r = give_table(d, name);
	}
	return r < 0 ? r : failed(d, code, NULL);
}

static int give_schema(struct database *d)
{
	sqlite3_stmt *lines _cleanup_(finalizep) = NULL;
	int code = prepare(d, SCHEMA_SQL, &lines), r;

	if (code != SQLITE_OK) {
		d->incomplete = true;
		weir_emit_gap(d->u, WEIR_SCAN_PARTIAL, NULL, NOT_OPENED);
		return d->vfs.failed < 0 ? weir_read_failed(d->u, d->vfs.failed, NULL) : d->result;
	}
	r = weir_emit_begin(d->u, "(schema)", "utf-8", WEIR_PART_TEXT);
	while (r == 0 && sqlite3_step(lines) == SQLITE_ROW) {
		const void *text = sqlite3_column_text(lines, 0);
		size_t len = (size_t)sqlite3_column_bytes(lines, 0);

		r = text ? weir_emit_text(d->u, text, len) : 0;
		if (r == 0)
			r = weir_emit_text(d->u, ";\n", 2);
	}
	if (r == 0)
		r = weir_emit_end(d->u);
	return r < 0 ? r : give_tables(d);
}

static int read_database(struct database *d)
{
	int code = sqlite3_open_v2("database", &d->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
				   d->vfs.name);
	int r;

	if (!d->db)
		return -ENOMEM;
	if (code != SQLITE_OK) {
		d->incomplete = true;
		weir_emit_gap(d->u, WEIR_SCAN_PARTIAL, NULL, NOT_OPENED);
		r = 0;
	} else {
		harden(d);
		r = give_schema(d);
	}
	(void)sqlite3_close_v2(d->db);
	return r;
}

int weir_reader_sqlite(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	struct database d = {.u = u,
			     .bytes = bytes,
			     .text = WEIR_BUF_INIT(SIZE_MAX / 4),
			     .strays = WEIR_BUF_INIT(STRAYS_MAX)};
	int r;

	if (sqlite3_initialize() != SQLITE_OK)
		return -ENOMEM;
	(void)sqlite3_hard_heap_limit64(HEAP);
	r = weir_sqlite_vfs_init(&d.vfs, u, bytes);
	if (r < 0)
		return r;
	r = read_database(&d);
	weir_sqlite_vfs_done(&d.vfs);
	weir_buf_done(&d.text);
	weir_buf_done(&d.strays);
	if (r < 0)
		return r;
	if (d.vfs.cut && !d.incomplete)
		weir_emit_gap(u, WEIR_SCAN_PARTIAL, NULL, CUT_OFF);
	return d.incomplete ? weir_emit_raw(u, bytes, NULL) : weir_sqlite_free(u, bytes);
}
