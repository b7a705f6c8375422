/* SPDX-License-Identifier: Apache-2.0 */
/* The database file: who may read it, how it is migrated, what is refused. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "weir/base/fd.h"
#include "weir/console_store/store.h"

struct place {
	char dir[64];
	char db[96];
};

static int setup(void **state)
{
	static struct place place;

	place = (struct place){.dir = "/tmp/weir-store-XXXXXX"};
	if (!mkdtemp(place.dir))
		return -1;
	(void)snprintf(place.db, sizeof(place.db), "%s/console.db", place.dir);
	*state = &place;
	return 0;
}

static int teardown(void **state)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	struct place *place = *state;
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", place->db, suffixes[i]);
		unlink(path);
	}
	return rmdir(place->dir);
}

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static int64_t ask_number(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	int64_t number;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	number = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return number;
}

static mode_t mode_of(const char *path, const char *suffix)
{
	char name[128];
	struct stat st;

	(void)snprintf(name, sizeof(name), "%s%s", path, suffix);
	assert_int_equal(stat(name, &st), 0);
	return st.st_mode & 07777;
}

static int open_store(const struct place *place, struct weir_error *err)
{
	struct weir_store *store _cleanup_(weir_store_freep) = NULL;

	return weir_store_open_sqlite(place->db, err, &store);
}

static void ingest_one(struct weir_store *store)
{
	const struct weir_store_item item = {
		.time_ns = 1, .rule = "", .hook = "", .cause = "", .blob = "x", .len = 1};
	const struct weir_store_batch batch = {.epoch = 1,
					       .first_sequence = 1,
					       .host = "ws",
					       .version = "",
					       .items = &item,
					       .n_items = 1};
	struct weir_store_result result;

	assert_int_equal(weir_store_ingest(store, &batch, &result), 0);
}

static void sqlite__makes_private_files(void **state)
{
	struct weir_store *store _cleanup_(weir_store_freep) = NULL;
	struct place *place = *state;
	mode_t mask = umask(0);

	assert_int_equal(weir_store_open_sqlite(place->db, NULL, &store), 0);
	ingest_one(store);
	umask(mask);
	assert_int_equal(mode_of(place->db, ""), 0600);
	assert_int_equal(mode_of(place->db, "-wal"), 0600);
	assert_int_equal(mode_of(place->db, "-shm"), 0600);
}

static void sqlite__closes_an_open_file(void **state)
{
	struct place *place = *state;

	assert_int_equal(open_store(place, NULL), 0);
	assert_int_equal(chmod(place->db, 0644), 0);
	assert_int_equal(open_store(place, NULL), 0);
	assert_int_equal(mode_of(place->db, ""), 0600);
}

static void sqlite__keeps_what_was_stored(void **state)
{
	struct weir_store *store _cleanup_(weir_store_freep) = NULL;
	struct place *place = *state;

	assert_int_equal(weir_store_open_sqlite(place->db, NULL, &store), 0);
	ingest_one(store);
	weir_store_free(TAKE_PTR(store));
	assert_int_equal(weir_store_open_sqlite(place->db, NULL, &store), 0);
	ingest_one(store);
	assert_int_equal(ask_number(place->db, "SELECT count(*) FROM event"), 1);
	assert_int_equal(ask_number(place->db, "SELECT committed_sequence FROM spool"), 1);
	assert_int_equal(ask_number(place->db, "SELECT max(version) FROM schema_version"
					       " WHERE module = 'event'"),
			 3);
}

static void sqlite__tables_are_strict(void **state)
{
	struct place *place = *state;

	assert_int_equal(open_store(place, NULL), 0);
	assert_int_equal(ask_number(place->db,
				    "SELECT count(*) FROM pragma_table_list WHERE strict = 0"
				    " AND schema = 'main' AND name NOT LIKE 'sqlite_%'"),
			 0);
	assert_true(ask_number(place->db,
			       "SELECT count(*) FROM pragma_table_list WHERE strict = 1") >= 6);
}

static void sqlite__refuses_a_newer_schema(void **state)
{
	struct place *place = *state;
	struct weir_error err = {};

	assert_int_equal(open_store(place, NULL), 0);
	run_sql(place->db, "INSERT INTO schema_version VALUES ('event', 4, 0)");
	assert_int_equal(open_store(place, &err), -EPROTONOSUPPORT);
	assert_non_null(strstr(err.text, "schema version 4 of event"));
	assert_non_null(strstr(err.text, "up to 3"));
	assert_non_null(strstr(err.hint, "newer weir-console"));
	/* and left it alone */
	assert_int_equal(ask_number(place->db, "SELECT count(*) FROM schema_version"), 4);
}

/* What an older console left: its endpoints are in no group until they report. */
static void sqlite__brings_an_older_file_up_to_date(void **state)
{
	struct place *place = *state;
	struct weir_store *store _cleanup_(weir_store_freep) = NULL;

	assert_int_equal(weir_store_open_sqlite(place->db, NULL, &store), 0);
	ingest_one(store);
	weir_store_free(TAKE_PTR(store));
	run_sql(place->db, "ALTER TABLE agent DROP COLUMN group_name;"
			   "DELETE FROM schema_version WHERE module = 'event' AND version = 3");
	assert_int_equal(weir_store_open_sqlite(place->db, NULL, &store), 0);
	assert_int_equal(ask_number(place->db, "SELECT count(*) FROM agent WHERE group_name = ''"),
			 1);
	assert_int_equal(ask_number(place->db, "SELECT count(*) FROM event"), 1);
}

static void sqlite__refuses_a_damaged_version_table(void **state)
{
	struct place *place = *state;
	struct weir_error err = {};

	assert_int_equal(open_store(place, NULL), 0);
	run_sql(place->db, "UPDATE schema_version SET version = 5 WHERE version = 2");
	assert_int_equal(open_store(place, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "damaged"));
}

static void sqlite__a_failed_migration_changes_nothing(void **state)
{
	struct place *place = *state;
	struct weir_error err = {};

	run_sql(place->db, "CREATE TABLE reject (other INTEGER)");
	assert_true(open_store(place, &err) < 0);
	assert_non_null(strstr(err.text, "already exists"));
	assert_int_equal(ask_number(place->db, "SELECT count(*) FROM sqlite_schema WHERE name IN"
					       " ('agent', 'event', 'schema_version')"),
			 0);
}

static void sqlite__refuses_what_is_no_database(void **state)
{
	struct place *place = *state;
	struct weir_error err = {};
	char text[4096];

	memset(text, 'x', sizeof(text));
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, place->db, text, sizeof(text), 0600), 0);
	assert_int_equal(open_store(place, &err), -EBADMSG);
	assert_non_null(strstr(err.text, place->db));
	unlink(place->db);
	assert_int_equal(symlink("/etc/passwd", place->db), 0);
	assert_int_equal(open_store(place, &err), -ELOOP);
	unlink(place->db);
	assert_int_equal(mkdir(place->db, 0700), 0);
	assert_true(open_store(place, &err) < 0);
	rmdir(place->db);
}

/* Another process writes: the store waits, then says so, and stores nothing. */
static void sqlite__a_locked_database_is_an_error(void **state)
{
	struct weir_store *store _cleanup_(weir_store_freep) = NULL;
	struct place *place = *state;
	const struct weir_store_item item = {
		.time_ns = 1, .rule = "", .hook = "", .cause = "", .blob = "x", .len = 1};
	const struct weir_store_batch batch = {.epoch = 1,
					       .first_sequence = 1,
					       .host = "ws",
					       .version = "",
					       .items = &item,
					       .n_items = 1};
	struct weir_store_result result = {.committed = 77};
	sqlite3 *db = NULL;

	assert_int_equal(weir_store_open_sqlite(place->db, NULL, &store), 0);
	assert_int_equal(sqlite3_open(place->db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(weir_store_ingest(store, &batch, &result), -EBUSY);
	assert_int_equal(result.committed, 77);
	sqlite3_close(db);
	assert_int_equal(weir_store_ingest(store, &batch, &result), 0);
	assert_int_equal(result.committed, 1);
	assert_int_equal(result.stored, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sqlite__makes_private_files, setup, teardown),
		cmocka_unit_test_setup_teardown(sqlite__closes_an_open_file, setup, teardown),
		cmocka_unit_test_setup_teardown(sqlite__keeps_what_was_stored, setup, teardown),
		cmocka_unit_test_setup_teardown(sqlite__tables_are_strict, setup, teardown),
		cmocka_unit_test_setup_teardown(sqlite__refuses_a_newer_schema, setup, teardown),
		cmocka_unit_test_setup_teardown(sqlite__brings_an_older_file_up_to_date, setup,
						teardown),
		cmocka_unit_test_setup_teardown(sqlite__refuses_a_damaged_version_table, setup,
						teardown),
		cmocka_unit_test_setup_teardown(sqlite__a_failed_migration_changes_nothing, setup,
						teardown),
		cmocka_unit_test_setup_teardown(sqlite__refuses_what_is_no_database, setup,
						teardown),
		cmocka_unit_test_setup_teardown(sqlite__a_locked_database_is_an_error, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
