/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper.h"
#include "weir/base/fd.h"
#include "weir/sandbox/sandbox.h"

#define IDENTITY "identity-0123456789"

static char path[64];

static int begin(void **state)
{
	snprintf(path, sizeof(path), "/tmp/weir-sqlite-%d", (int)getpid());
	return 0;
}

static int end(void **state)
{
	(void)unlink(path);
	return 0;
}

static void same(sqlite3_context *context, int n, sqlite3_value **values)
{
	sqlite3_result_value(context, values[0]);
}

/* A database made by this, as bytes. */
static struct weir_buf make(const char *sql)
{
	struct weir_buf bytes = WEIR_BUF_INIT(64u << 20);
	sqlite3 *db;
	char *error = NULL;

	(void)unlink(path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_create_function(db, "known_here_only", 1,
						 SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, same,
						 NULL, NULL),
			 SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s", error);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(weir_read_file(AT_FDCWD, path, &bytes), 0);
	return bytes;
}

static const char *table(struct got *g, const char *name)
{
	struct got_part *part = got_find(g, name, WEIR_PART_TABLE);

	assert_non_null(part);
	return part->text.data ? part->text.data : "";
}

static void sqlite__tables_with_headings(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf db =
		make("CREATE TABLE 客户(姓名 TEXT, phone INTEGER, ratio REAL, note);"
		     "INSERT INTO 客户 VALUES('张三', 9223372036854775807, 0.5, NULL),"
		     "('a\tb\nc', -5, 13800000000.0, '');"
		     "CREATE TABLE \"we\"\"ird\"(a); INSERT INTO \"we\"\"ird\" VALUES(1);"
		     "CREATE TABLE empty(x, y);");

	assert_int_equal(unpack_memory(g, db.data, db.len), 0);
	assert_string_equal(g->type, "application/x-sqlite3");
	assert_string_equal(table(g, "客户"), "姓名\tphone\tratio\tnote\n"
					      "张三\t9223372036854775807\t0.5\t\n"
					      "a b c\t-5\t13800000000\t\n");
	assert_string_equal(table(g, "we\"ird"), "a\n1\n");
	assert_string_equal(table(g, "empty"), "x\ty\n");
	assert_non_null(strstr(got_find(g, "(schema)", WEIR_PART_TEXT)->text.data,
			       "CREATE TABLE empty(x, y);\n"));
	assert_int_equal(g->gaps_count, 0);
	weir_buf_done(&db);
}

static void sqlite__without_rowid_views_and_modules(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf db = make(
		"CREATE TABLE w(k TEXT PRIMARY KEY, v) WITHOUT ROWID;"
		"INSERT INTO w VALUES('key', 'value');"
		"CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n)"
		" SELECT i FROM n;"
		"CREATE VIRTUAL TABLE f USING fts5(body);"
		"INSERT INTO f VALUES('full text " IDENTITY "');");

	assert_int_equal(unpack_memory(g, db.data, db.len), 0);
	assert_string_equal(table(g, "w"), "k\tv\nkey\tvalue\n");
	assert_null(got_find(g, "v", 0));
	assert_null(got_find(g, "f", 0));
	assert_non_null(strstr(table(g, "f_content"), "full text " IDENTITY));
	assert_true(got_has(g, "CREATE VIEW v"));
	assert_int_equal(g->gaps_count, 0);
	weir_buf_done(&db);
}

static void sqlite__utf16(void **state)
{
	static const char *const encodings[] = {"UTF-16le", "UTF-16be"};

	for (size_t i = 0; i < 2; i++) {
		struct got *g _cleanup_(got_freep) = got_new();
		struct weir_buf db;
		char sql[256];

		snprintf(sql, sizeof(sql),
			 "PRAGMA encoding='%s'; CREATE TABLE t(名); INSERT INTO t VALUES('李四🀄');",
			 encodings[i]);
		db = make(sql);
		assert_int_equal(unpack_memory(g, db.data, db.len), 0);
		assert_string_equal(table(g, "t"), "名\n李四🀄\n");
		assert_int_equal(g->gaps_count, 0);
		weir_buf_done(&db);
	}
}

static void sqlite__blobs(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf inner = make("CREATE TABLE deep(a); INSERT INTO deep VALUES('inside');"),
			db;
	struct weir_buf sql = WEIR_BUF_INIT(1 << 20);

	assert_int_equal(weir_buf_puts(&sql, "CREATE TABLE t(a, b); INSERT INTO t VALUES(x'"), 0);
	for (size_t i = 0; i < inner.len; i++)
		assert_int_equal(weir_buf_printf(&sql, "%02x", (unsigned char)inner.data[i]), 0);
	/* text, text between binary data, text in GB18030 */
	assert_int_equal(
		weir_buf_puts(&sql, "', x'706c61696e'), (x'0001027465787400fe03E5BCA0E4B8890000',"
				    " CAST(x'D5C5C8FD' AS TEXT));"),
		0);
	db = make(sql.data);
	assert_int_equal(unpack_memory(g, db.data, db.len), 0);
	assert_non_null(strstr(table(g, "t"), "a\tb\n\tplain\ntext 张三 \t"));
	assert_string_equal(table(g, "t/a/deep"), "a\ninside\n");
	assert_memory_equal(got_find(g, "t", WEIR_PART_BYTES)->text.data, "\xd5\xc5\xc8\xfd\n", 5);
	assert_int_equal(g->gaps_count, 0);
	weir_buf_done(&sql);
	weir_buf_done(&inner);
	weir_buf_done(&db);
}

static void sqlite__written_with_a_log(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf db = make("PRAGMA journal_mode=WAL; CREATE TABLE t(a);"
				  "INSERT INTO t VALUES('logged');");

	assert_int_equal(db.data[18], 2);
	assert_int_equal(unpack_memory(g, db.data, db.len), 0);
	assert_string_equal(table(g, "t"), "a\nlogged\n");
	assert_int_equal(g->gaps_count, 0);
	weir_buf_done(&db);
}

static void sqlite__deleted_rows_are_seen(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf db = make(
		"PRAGMA secure_delete=OFF;"
		"CREATE TABLE t(a); INSERT INTO t VALUES('kept'), ('deleted " IDENTITY "');"
		"DELETE FROM t WHERE a LIKE 'deleted%';"
		"CREATE TABLE u(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n"
		" WHERE i<500) INSERT INTO u SELECT 'dropped row number ' || i FROM n; DROP TABLE "
		"u;");

	assert_int_equal(unpack_memory(g, db.data, db.len), 0);
	assert_string_equal(table(g, "t"), "a\nkept\n");
	assert_non_null(memmem(got_find(g, "(free)", 0)->text.data,
			       got_find(g, "(free)", 0)->text.len, IDENTITY, strlen(IDENTITY)));
	assert_true(got_has(g, "dropped row number 1"));
	assert_true(got_has(g, "dropped row number 499"));
	assert_int_equal(g->gaps_count, 0);
	weir_buf_done(&db);
}

static void sqlite__damage_is_a_gap(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf db = make(
		"CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n"
		" WHERE i<5000) INSERT INTO t SELECT 'row number ' || i FROM n;");

	/* its second half is lost: what is there is found, and that it isn't all */
	assert_int_equal(unpack_memory(g, db.data, db.len / 2), 0);
	assert_true(got_has(g, "row number 1\n"));
	assert_non_null(got_gapped(g, NULL));
	assert_int_equal(g->gaps[0].status, WEIR_SCAN_PARTIAL);
	assert_non_null(got_find(g, "", WEIR_PART_BYTES));
	/* the header alone */
	assert_int_equal(unpack_memory(g, db.data, 100), 0);
	assert_non_null(got_gapped(g, NULL));
	/* no page size */
	db.data[16] = 3;
	assert_int_equal(unpack_memory(g, db.data, db.len), 0);
	assert_non_null(got_gapped(g, "damaged"));
	assert_true(got_has(g, "row number 4999"));
	weir_buf_done(&db);
}

/* Never complete without its end, free pages included; and whatever is flipped, it ends. */
static void sqlite__every_cut_and_flip(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf db =
		make("PRAGMA page_size=512; PRAGMA secure_delete=OFF; CREATE TABLE t(a);"
		     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n"
		     " WHERE i<60) INSERT INTO t SELECT 'row ' || i FROM n;"
		     "CREATE TABLE u AS SELECT * FROM t; DROP TABLE u;");

	for (size_t i = 16; i < db.len; i++) {
		char kept = db.data[i], *copy = malloc(i);

		assert_non_null(copy);
		memcpy(copy, db.data, i);
		assert_int_equal(unpack_memory(g, copy, i), 0);
		assert_true(g->gaps_count > 0);
		free(copy);
		db.data[i] = (char)(kept ^ (1 << i % 8));
		assert_int_equal(unpack_memory(g, db.data, db.len), 0);
		db.data[i] = kept;
	}
	weir_buf_done(&db);
}

/* The children of the root page all lead back to the same leaf. */
static void sqlite__tree_without_end(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf db =
		make("PRAGMA page_size=512; CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 "
		     "UNION ALL"
		     " SELECT i+1 FROM n WHERE i<20000) INSERT INTO t SELECT 'x' FROM n;");
	unsigned interior = 0;

	g->forget = true;
	for (size_t page = 512; page + 512 <= db.len; page += 512) {
		uint8_t *p = (uint8_t *)db.data + page;
		unsigned cells = (unsigned)(p[3] << 8 | p[4]);

		if (p[0] != 5)
			continue;
		interior++;
		for (unsigned i = 0; i < cells; i++) {
			uint8_t *cell = p + (p[12 + 2 * i] << 8 | p[13 + 2 * i]);

			memcpy(p + 8, cell, 4); /* the right-most child is another one's, too */
			memcpy(cell, p + 8, 4);
		}
	}
	assert_true(interior > 2);
	assert_int_equal(unpack_memory(g, db.data, db.len), 0);
	assert_true(g->bytes < 20 * db.len);
	weir_buf_done(&db);
}

static void sqlite__hostile_schema(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf db =
		make("CREATE TABLE t(a, b AS (known_here_only(a)) VIRTUAL, c);"
		     "CREATE TABLE good(a); INSERT INTO t(a) VALUES('here'); INSERT INTO good "
		     "VALUES('there');"
		     "PRAGMA writable_schema=ON;"
		     "UPDATE sqlite_schema SET sql='CREATE VIRTUAL TABLE good USING fts5(x)'"
		     " WHERE name='nothing';");

	assert_int_equal(unpack_memory(g, db.data, db.len), 0);
	assert_true(got_has(g, "here"));
	assert_string_equal(table(g, "good"), "a\nthere\n");
	assert_non_null(got_gapped(g, "a table"));
	weir_buf_done(&db);
}

/* A row by row read that is stopped from outside. */
static void sqlite__stops_when_told(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf db = make(
		"CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n"
		" WHERE i<50000) INSERT INTO t SELECT 'row number ' || i FROM n;");

	g->fail_after = 5;
	assert_int_equal(unpack_with(g, db.data, db.len, NULL, NULL, 0, false), -ECANCELED);
	weir_buf_done(&db);
}

static void sqlite__limits(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_unpack_limits limits = {.bytes = 10000}, small = {.buffer = 100000};
	struct weir_buf db = make(
		"CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n"
		" WHERE i<5000) INSERT INTO t SELECT 'row number ' || i FROM n;"
		"CREATE TABLE big(a); INSERT INTO big VALUES('small'), (hex(zeroblob(100000)));");

	assert_int_equal(unpack_with(g, db.data, db.len, &limits, NULL, 0, false), 0);
	assert_non_null(got_gapped(g, "more text than the limit"));
	assert_int_equal(unpack_with(g, db.data, db.len, &small, NULL, 0, false), 0);
	assert_non_null(got_gapped(g, "memory"));
	assert_string_equal(table(g, "big"), "a\nsmall\n");
	weir_buf_done(&db);
}

/* In pieces of every size, and as a stream. */
static void sqlite__cut_anyhow(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf db = make("CREATE TABLE t(a); INSERT INTO t VALUES('whole');");

	for (size_t piece = 1; piece < 5000; piece += 1009) {
		assert_int_equal(unpack_with(g, db.data, db.len, NULL, NULL, piece, piece % 2), 0);
		assert_string_equal(table(g, "t"), "a\nwhole\n");
		assert_int_equal(g->gaps_count, 0);
	}
	weir_buf_done(&db);
}

/* No system call that a worker may not make. */
static void sqlite__inside_the_sandbox(void **state)
{
	struct weir_buf db = make("CREATE TABLE t(a); INSERT INTO t VALUES('confined');"
				  "CREATE VIRTUAL TABLE f USING fts5(body);");
	struct got *g _cleanup_(got_freep) = got_new();
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct weir_sandbox_options options = {.uid = 65534, .gid = 65534};
		struct weir_sandbox_state in;

		if (weir_sandbox_enter(&options, &in) < 0)
			_exit(1);
		if (unpack_memory(g, db.data, db.len) < 0 || g->gaps_count > 0)
			_exit(2);
		_exit(strcmp(table(g, "t"), "a\nconfined\n") != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	weir_buf_done(&db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sqlite__inside_the_sandbox), /* the library's first use */
		cmocka_unit_test(sqlite__tables_with_headings),
		cmocka_unit_test(sqlite__without_rowid_views_and_modules),
		cmocka_unit_test(sqlite__utf16),
		cmocka_unit_test(sqlite__blobs),
		cmocka_unit_test(sqlite__written_with_a_log),
		cmocka_unit_test(sqlite__deleted_rows_are_seen),
		cmocka_unit_test(sqlite__damage_is_a_gap),
		cmocka_unit_test(sqlite__every_cut_and_flip),
		cmocka_unit_test(sqlite__tree_without_end),
		cmocka_unit_test(sqlite__hostile_schema),
		cmocka_unit_test(sqlite__stops_when_told),
		cmocka_unit_test(sqlite__limits),
		cmocka_unit_test(sqlite__cut_anyhow),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
