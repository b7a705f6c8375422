/* SPDX-License-Identifier: Apache-2.0 */
/* Documents through the real worker, its sandbox, and the programs beside it. */

#include "helper.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "scratch.h"
#include "synthetic.h"
#include "weir/base/time.h"
#include "weir/findings/detectors.h"

#define TESSERACT "/usr/bin/tesseract"

static struct outcomes outcomes;

static struct weir_inspector *start_with(struct weir_inspector_options options)
{
	struct weir_inspector *in = NULL;

	options.program = WEIR_TEST_BIN "/weir-inspect";
	options.timeout_ns = 60 * WEIR_NSEC_PER_SEC;
	memset(&outcomes, 0, sizeof(outcomes));
	assert_int_equal(weir_inspector_new(&options, record, &outcomes, &in), 0);
	return in;
}

static struct weir_inspector *start(void)
{
	return start_with((struct weir_inspector_options){0});
}

static const struct weir_findings *scan(struct weir_inspector *in, int fd)
{
	assert_int_equal(weir_inspector_submit(in, fd, 1), 0);
	drain(in);
	print_message("%s: status %d, %s\n", outcomes.last.type, outcomes.last.status,
		      outcomes.last.reason);
	return &outcomes.last;
}

static uint64_t ids(const struct weir_findings *f)
{
	return f->total[weir_detector_number("cn_resident_id")];
}

/* A document whose pages hold one line of text each, as a real one: with its table of objects. */
static struct weir_buf make_pdf(const char *const *lines, size_t n)
{
	struct weir_buf b = WEIR_BUF_INIT(16 << 20);
	size_t at[256], count = 0, table;
	char text[256];

	assert_true(n <= 64);
	assert_int_equal(weir_buf_puts(&b, "%PDF-1.4\n"), 0);
	at[count++] = b.len;
	assert_int_equal(weir_buf_puts(&b, "1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n"), 0);
	at[count++] = b.len;
	assert_int_equal(weir_buf_printf(&b, "2 0 obj <</Type/Pages/Count %zu/Kids[", n), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(weir_buf_printf(&b, "%zu 0 R ", 4 + 2 * i), 0);
	assert_int_equal(weir_buf_puts(&b, "]>> endobj\n"), 0);
	at[count++] = b.len;
	assert_int_equal(
		weir_buf_puts(&b,
			      "3 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj\n"),
		0);
	for (size_t i = 0; i < n; i++) {
		at[count++] = b.len;
		assert_int_equal(
			weir_buf_printf(
				&b,
				"%zu 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]"
				"/Contents %zu 0 R/Resources<</Font<</F 3 0 R>>>>>> endobj\n",
				4 + 2 * i, 5 + 2 * i),
			0);
		at[count++] = b.len;
		snprintf(text, sizeof(text), "BT /F 12 Tf 72 720 Td (%s) Tj ET\n", lines[i]);
		assert_int_equal(
			weir_buf_printf(&b,
					"%zu 0 obj <</Length %zu>>\nstream\n%sendstream endobj\n",
					5 + 2 * i, strlen(text), text),
			0);
	}
	table = b.len;
	assert_int_equal(weir_buf_printf(&b, "xref\n0 %zu\n0000000000 65535 f \n", count + 1), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(weir_buf_printf(&b, "%010zu 00000 n \n", at[i]), 0);
	assert_int_equal(
		weir_buf_printf(&b, "trailer <</Size %zu/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n",
				count + 1, table),
		0);
	return b;
}

/* Three pages, an identity on each of the first two. */
static struct weir_buf two_customers(void)
{
	char id[2][19], first[64], second[64];
	const char *lines[] = {first, second, "the end"};

	for (unsigned i = 0; i < 2; i++)
		synthetic_resident_id(i + 5, id[i]);
	snprintf(first, sizeof(first), "identity card %s", id[0]);
	snprintf(second, sizeof(second), "identity card %s", id[1]);
	return make_pdf(lines, 3);
}

static void documents__pdf(void **state)
{
	struct weir_inspector *in = start();
	struct weir_buf pdf = two_customers();
	const struct weir_findings *f;
	char path[] = "/tmp/weir-pdf-XXXXXX";
	int file = mkstemp(path);

	assert_true(file >= 0);
	assert_int_equal(unlink(path), 0);
	f = scan(in, memory_file(pdf.data, pdf.len));
	assert_string_equal(f->type, "application/pdf");
	assert_int_equal(f->status, WEIR_SCAN_COMPLETE);
	/* the page's stream is not deflated, and no second look is had at it */
	assert_int_equal(ids(f), 2);
	/* a file on disk, which stands at its end, many times */
	assert_int_equal(weir_write_full(file, pdf.data, pdf.len), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(ids(scan(in, dup(file))), 2);
	(void)weir_close(file);
	weir_buf_done(&pdf);
	weir_inspector_free(in);
}

/* A pipe: held in memory and copied to the program. */
static void documents__pdf_from_a_pipe(void **state)
{
	struct weir_inspector *in = start();
	struct weir_buf pdf = two_customers();
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(weir_write_full(ends[1], pdf.data, pdf.len), 0);
	(void)weir_close(ends[1]);
	assert_int_equal(ids(scan(in, ends[0])), 2);
	assert_int_equal(outcomes.last.status, WEIR_SCAN_COMPLETE);
	weir_buf_done(&pdf);
	weir_inspector_free(in);
}

static void documents__pdf_without_a_program(void **state)
{
	struct weir_inspector *in = start_with((struct weir_inspector_options){.pdf = ""});
	struct weir_buf pdf = two_customers();

	assert_int_equal(scan(in, memory_file(pdf.data, pdf.len))->status, WEIR_SCAN_UNSCANNABLE);
	assert_non_null(strstr(outcomes.last.reason, "no program"));
	weir_buf_done(&pdf);
	weir_inspector_free(in);
}

/* Cut off and flipped: never complete where the text is not. */
static void documents__pdf_damaged(void **state)
{
	struct weir_inspector *in = start();
	struct weir_buf pdf = two_customers();
	unsigned complete = 0;

	assert_int_not_equal(scan(in, memory_file(pdf.data, pdf.len / 2))->status,
			     WEIR_SCAN_COMPLETE);
	assert_int_not_equal(scan(in, memory_file(pdf.data, 20))->status, WEIR_SCAN_COMPLETE);
	for (size_t i = 10; i < pdf.len; i += 41) {
		const struct weir_findings *f;

		pdf.data[i] ^= 1 << i % 7;
		f = scan(in, memory_file(pdf.data, pdf.len));
		pdf.data[i] ^= 1 << i % 7;
		assert_true(f->status <= WEIR_SCAN_UNSCANNABLE);
		if (f->status == WEIR_SCAN_COMPLETE)
			complete++;
	}
	print_message("%u complete\n", complete);
	weir_buf_done(&pdf);
	weir_inspector_free(in);
}

static void documents__pdf_encrypted(void **state)
{
	struct weir_inspector *in = start();
	struct weir_buf pdf = two_customers();
	char dir[64], path[96], command[256];
	int fd;

	if (access("/usr/bin/mutool", X_OK) < 0)
		skip();
	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/plain.pdf", dir);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, pdf.data, pdf.len, 0600), 0);
	for (int i = 0; i < 2; i++) {
		/* once with a password to open it, once with one to change it, which opens by itself */
		snprintf(command, sizeof(command),
			 "cd %s && mutool clean -E aes-128 -O owner -U '%s' plain.pdf out.pdf "
			 ">/dev/null",
			 dir, i ? "" : "secret");
		assert_int_equal(system(command), 0);
		snprintf(path, sizeof(path), "%s/out.pdf", dir);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		(void)scan(in, fd);
		if (i == 0) {
			assert_int_equal(outcomes.last.status, WEIR_SCAN_UNSCANNABLE);
			assert_non_null(strstr(outcomes.last.reason, "encrypted"));
		} else {
			assert_int_equal(ids(&outcomes.last), 2);
		}
	}
	scratch_remove(dir);
	weir_buf_done(&pdf);
	weir_inspector_free(in);
}

/* The first child of a process, -1: none. */
static pid_t child_of(pid_t pid)
{
	char path[64], text[64] = "";
	int fd _cleanup_(weir_closep) = -1;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return -1;
	return (pid_t)strtoull(text, NULL, 10);
}

/* The host of the programs is killed: one document is a gap, the next is read by a fresh worker. */
static void documents__host_killed(void **state)
{
	struct weir_inspector *in = start();
	struct weir_buf pdf = two_customers();
	pid_t host;

	assert_int_equal(ids(scan(in, memory_file(pdf.data, pdf.len))), 2);
	host = child_of(child_of(getpid()));
	assert_true(host > 0);
	assert_int_equal(kill(host, SIGKILL), 0);
	assert_int_equal(scan(in, memory_file(pdf.data, pdf.len))->status, WEIR_SCAN_UNSCANNABLE);
	assert_non_null(strstr(outcomes.last.reason, "program that reads it failed"));
	assert_int_equal(ids(scan(in, memory_file(pdf.data, pdf.len))), 2);
	assert_int_equal(outcomes.last.status, WEIR_SCAN_COMPLETE);
	weir_buf_done(&pdf);
	weir_inspector_free(in);
}

static void documents__sqlite(void **state)
{
	struct weir_inspector *in = start();
	char dir[64], path[96], sql[256], id[19];
	const struct weir_findings *f;
	sqlite3 *db;

	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/customers.db", dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	synthetic_resident_id(11, id);
	snprintf(sql, sizeof(sql),
		 "PRAGMA journal_mode=WAL; CREATE TABLE c(姓名 TEXT, 身份证号 TEXT);"
		 "INSERT INTO c VALUES('某人', '%s'); CREATE VIRTUAL TABLE f USING fts5(x);",
		 id);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	f = scan(in, open(path, O_RDONLY | O_CLOEXEC));
	assert_string_equal(f->type, "application/x-sqlite3");
	assert_int_equal(f->status, WEIR_SCAN_COMPLETE);
	assert_int_equal(ids(f), 1);
	scratch_remove(dir);
	weir_inspector_free(in);
}

/* A line of text as black bars would be: drawn by the PDF tool, read by tesseract. */
static void documents__image(void **state)
{
	struct weir_inspector *in = start();
	struct weir_buf pdf = two_customers();
	char dir[64], path[96], command[256];

	if (access("/usr/bin/mutool", X_OK) < 0 || access(TESSERACT, X_OK) < 0)
		skip();
	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/plain.pdf", dir);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, pdf.data, pdf.len, 0600), 0);
	snprintf(command, sizeof(command),
		 "cd %s && mutool draw -q -r 200 -o out.png plain.pdf 1 2>/dev/null", dir);
	assert_int_equal(system(command), 0);
	snprintf(path, sizeof(path), "%s/out.png", dir);
	assert_int_equal(scan(in, open(path, O_RDONLY | O_CLOEXEC))->status, WEIR_SCAN_UNSCANNABLE);
	assert_non_null(strstr(outcomes.last.reason, "images are not read"));
	weir_inspector_free(in);

	in = start_with((struct weir_inspector_options){.ocr = TESSERACT});
	assert_int_equal(scan(in, open(path, O_RDONLY | O_CLOEXEC))->status, WEIR_SCAN_COMPLETE);
	assert_int_equal(ids(&outcomes.last), 1);
	scratch_remove(dir);
	weir_buf_done(&pdf);
	weir_inspector_free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents__pdf),
		cmocka_unit_test(documents__pdf_from_a_pipe),
		cmocka_unit_test(documents__pdf_without_a_program),
		cmocka_unit_test(documents__pdf_damaged),
		cmocka_unit_test(documents__pdf_encrypted),
		cmocka_unit_test(documents__host_killed),
		cmocka_unit_test(documents__sqlite),
		cmocka_unit_test(documents__image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
