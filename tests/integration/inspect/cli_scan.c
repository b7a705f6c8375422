/* SPDX-License-Identifier: Apache-2.0 */
/* weir scan as a person or script runs it. */

#include "run.h"

#include <limits.h>
#include <signal.h>

static char id[19], mobile[12];

static int set_up(void **state)
{
	char text[128];

	char state_home[PATH_MAX];

	if (scratch_begin(state) < 0 || !getcwd(state_home, sizeof(state_home)) ||
	    setenv("XDG_STATE_HOME", state_home, 1) < 0)
		return -1;
	synthetic_resident_id(77, id);
	synthetic_mobile(77, mobile);
	snprintf(text, sizeof(text), "身份证 %s\n手机 %s\n", id, mobile);
	scratch_file("customers.txt", text);
	scratch_file("clean.txt", "nothing here\n");
	return 0;
}

static void scan__exit_status(void **state)
{
	struct ran ran _cleanup_(ran_done) = RUN(NULL, "scan", "clean.txt");
	struct ran found _cleanup_(ran_done) = RUN(NULL, "scan", "clean.txt", "customers.txt");
	struct ran failed _cleanup_(ran_done) = RUN(NULL, "scan", "customers.txt", "missing.txt");
	struct ran usage _cleanup_(ran_done) = RUN(NULL, "scan");
	struct ran help _cleanup_(ran_done) = RUN(NULL, "scan", "--help");

	assert_int_equal(ran.status, 0);
	assert_int_equal(found.status, 1);
	assert_int_equal(failed.status, 2);
	assert_non_null(strstr(text_of(&failed.out), "missing.txt: error: "));
	assert_non_null(strstr(text_of(&failed.out), "customers.txt: 2 found"));
	assert_int_equal(usage.status, 2);
	assert_int_equal(help.status, 0);
	assert_non_null(strstr(text_of(&help.out), "--format"));
}

static void scan__bad_options(void **state)
{
	static const char *const bad[][2] = {{"--jobs", "0"},
					     {"--jobs", "17"},
					     {"--jobs", "x"},
					     {"--format", "xml"},
					     {"--min-confidence", "101"},
					     {"--max-bytes", "0"},
					     {"--pdf", "pdftotext"},
					     {"--pdf", ""},
					     {"--ocr", "/nonexistent/tesseract"},
					     {"--policy", "missing.yaml"}};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct ran ran _cleanup_(ran_done) =
			RUN(NULL, "scan", bad[i][0], bad[i][1], "clean.txt");

		assert_int_equal(ran.status, 2);
		assert_true(ran.err.len > 0);
		assert_int_equal(ran.out.len, 0);
	}
}

/* Another program may read more: what was remembered without it does not count. */
static void scan__programs(void **state)
{
	scratch_file("some.pdf", "%PDF-1.4\n1 0 obj\n<< >>\nendobj\n");
	for (int i = 0; i < 2; i++) {
		struct ran off _cleanup_(ran_done) =
			RUN(NULL, "scan", "--state", "programs", "--pdf", "off", "--ocr", "off",
			    "some.pdf");
		struct ran other _cleanup_(ran_done) =
			RUN(NULL, "scan", "--state", "programs", "--pdf", "/bin/true", "some.pdf");

		assert_int_equal(off.status, 0);
		assert_non_null(strstr(text_of(&off.out), "no program that reads it"));
		assert_null(strstr(text_of(&other.out), "no program that reads it"));
	}
}

/* The contract: these keys, in this order. */
static void scan__json_keys(void **state)
{
	static const char *const keys[] = {"path",	"type",	    "status",	"reason",
					   "bytes",	"findings", "distinct", "records",
					   "customers", "classes",  "verdict",	"rule"};
	static const char *const inner[] = {"detector", "confidence", "offset", "length", "masked"};
	struct ran ran _cleanup_(ran_done) = RUN(NULL, "scan", "--format", "json", "customers.txt");
	json_t *line = json_line(&ran, 0), *finding, *value;
	const char *key;
	size_t n = 0;

	assert_non_null(line);
	json_object_foreach(line, key, value) assert_string_equal(key, keys[n++]);
	assert_int_equal(n, ARRAY_SIZE(keys));
	finding = json_array_get(json_object_get(line, "findings"), 0);
	n = 0;
	json_object_foreach(finding, key, value) assert_string_equal(key, inner[n++]);
	assert_int_equal(n, ARRAY_SIZE(inner));
	assert_true(json_is_null(json_object_get(line, "verdict")));
	assert_true(json_is_null(json_object_get(line, "rule")));
	json_decref(line);
}

static void scan__json_values(void **state)
{
	struct ran ran _cleanup_(ran_done) = RUN(NULL, "scan", "--format", "json", "customers.txt");
	json_t *line = json_line(&ran, 0),
	       *first = json_array_get(json_object_get(line, "findings"), 0);
	struct stat st;

	assert_int_equal(ran.status, 1);
	assert_int_equal(stat("customers.txt", &st), 0);
	assert_string_equal(json_string_value(json_object_get(line, "path")), "customers.txt");
	assert_string_equal(json_string_value(json_object_get(line, "status")), "complete");
	assert_string_equal(json_string_value(json_object_get(line, "type")), "text/plain");
	assert_int_equal(json_integer_value(json_object_get(line, "bytes")), st.st_size);
	assert_int_equal(json_integer_value(json_object_get(line, "records")), 2);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(line, "distinct"),
							    "cn_resident_id")),
			 1);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(line, "distinct"), "cn_mobile")),
		1);
	assert_null(json_object_get(json_object_get(line, "distinct"), "payment_card"));
	assert_string_equal(json_string_value(json_object_get(first, "detector")),
			    "cn_resident_id");
	assert_int_equal(json_integer_value(json_object_get(first, "offset")), 10);
	assert_int_equal(json_integer_value(json_object_get(first, "length")), 18);
	json_decref(line);
}

/* No form of output holds the value. */
static void scan__never_prints_the_value(void **state)
{
	static const char *const formats[] = {"text", "json", "sarif"};

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct ran ran _cleanup_(ran_done) =
			RUN(NULL, "scan", "--format", formats[i], "customers.txt");

		assert_int_equal(ran.status, 1);
		assert_non_null(strstr(text_of(&ran.out), "*****"));
		for (size_t cut = 0; cut + 6 <= 18; cut++) {
			char part[7];

			memcpy(part, id + cut, 6);
			part[6] = '\0';
			assert_null(strstr(text_of(&ran.out), part));
			assert_null(strstr(text_of(&ran.err), part));
		}
		assert_null(strstr(text_of(&ran.out), mobile));
	}
}

static void scan__tree(void **state)
{
	struct ran ran = {0};
	char name[64];

	assert_int_equal(weir_mkdir_parents("tree/a/b/c", 0700), 0);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "tree/a/b/%u", i);
		scratch_file(name, i % 10 ? "x" : id);
	}
	scratch_file("tree/a/b/c/deep", id);
	scratch_file("outside", id);
	assert_int_equal(symlink("../outside", "tree/link"), 0);
	assert_int_equal(symlink("..", "tree/up"), 0);
	assert_int_equal(mkfifo("tree/fifo", 0600), 0);
	ran = RUN(NULL, "scan", "--jobs", "2", "--format", "json", "tree");
	assert_int_equal(ran.status, 1);
	assert_non_null(strstr(text_of(&ran.out), "\"tree/a/b/c/deep\""));
	assert_null(strstr(text_of(&ran.out), "link"));
	assert_null(strstr(text_of(&ran.out), "fifo"));
	assert_null(strstr(text_of(&ran.out), "up/"));
	for (size_t n = 0; n < 101; n++) {
		json_t *line = json_line(&ran, n);

		assert_non_null(line);
		json_decref(line);
	}
	assert_null(json_line(&ran, 101));
	ran_done(&ran);
	ran = RUN(NULL, "scan", "tree/link"); /* a named link is meant */
	assert_int_equal(ran.status, 1);
	ran_done(&ran);
}

static void scan__standard_input(void **state)
{
	struct ran ran _cleanup_(ran_done) = RUN("customers.txt", "scan", "--format", "json", "-");
	json_t *line = json_line(&ran, 0);

	assert_int_equal(ran.status, 1);
	assert_string_equal(json_string_value(json_object_get(line, "path")), "-");
	json_decref(line);
}

static void scan__unscannable_is_said(void **state)
{
	struct ran ran = {0};

	scratch_file("x.zip", "PK\x03\x04...");
	ran = RUN(NULL, "scan", "x.zip");
	assert_int_equal(ran.status, 0);
	assert_non_null(strstr(text_of(&ran.out), "x.zip: partial: "));
	assert_non_null(strstr(text_of(&ran.err), "1 not looked at to their end"));
	ran_done(&ran);
	ran = RUN(NULL, "scan", "--max-bytes", "5", "--format", "json", "customers.txt");
	assert_int_equal(ran.status, 0);
	assert_non_null(strstr(text_of(&ran.out), "\"status\":\"partial\""));
	ran_done(&ran);
}

static void scan__hostile_file_names(void **state)
{
	struct ran ran = {0};
	json_t *line;

	scratch_file("\x1b[31mred\n\xff", id);
	ran = RUN(NULL, "scan", "\x1b[31mred\n\xff");
	assert_int_equal(ran.status, 1);
	assert_null(strchr(text_of(&ran.out), '\x1b'));
	ran_done(&ran);
	ran = RUN(NULL, "scan", "--format", "json", "\x1b[31mred\n\xff");
	line = json_line(&ran, 0);
	assert_non_null(line);
	json_decref(line);
	ran_done(&ran);
}

static void scan__sarif(void **state)
{
	struct ran ran _cleanup_(ran_done) =
		RUN(NULL, "scan", "--format", "sarif", "customers.txt", "clean.txt");
	json_t *document = json_loadb(text_of(&ran.out), ran.out.len, 0, NULL), *run, *results;

	assert_non_null(document);
	assert_string_equal(json_string_value(json_object_get(document, "version")), "2.1.0");
	run = json_array_get(json_object_get(document, "runs"), 0);
	results = json_object_get(run, "results");
	assert_int_equal(json_array_size(results), 2);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(results, 0), "ruleId")),
		"cn_resident_id");
	assert_string_equal(json_string_value(json_object_get(json_array_get(results, 0), "level")),
			    "error");
	json_decref(document);
}

static void scan__no_worker(void **state)
{
	struct ran ran = {0};

	assert_int_equal(setenv("WEIR_INSPECT", "/nonexistent", 1), 0);
	ran = RUN(NULL, "scan", "clean.txt");
	assert_int_equal(ran.status, 2);
	assert_non_null(strstr(text_of(&ran.err), "/nonexistent"));
	ran_done(&ran);
	assert_int_equal(setenv("WEIR_INSPECT", "/bin/false", 1), 0);
	ran = RUN(NULL, "scan", "clean.txt");
	assert_int_equal(ran.status, 2);
	assert_non_null(strstr(text_of(&ran.out), "do not start"));
	ran_done(&ran);
	assert_int_equal(unsetenv("WEIR_INSPECT"), 0);
}

static const char policy[] =
	"apiVersion: weir/v1\n"
	"kind: Policy\n"
	"metadata: {name: test, owner: committee, reviewed: 2026-01-01}\n"
	"classes:\n"
	"  customer-identity: {level: C2, detectors: [cn_resident_id], min_confidence: 70}\n"
	"rules:\n"
	"  - id: lying-about\n"
	"    channel: [at_rest]\n"
	"    content: {class: customer-identity, distinct: \">=1\"}\n"
	"    action: quarantine\n";

static void scan__policy(void **state)
{
	struct ran ran = {0};
	json_t *line;

	scratch_file("policy.yaml", policy);
	ran = RUN(NULL, "scan", "--policy", "policy.yaml", "--format", "json", "customers.txt");
	assert_string_equal(text_of(&ran.err), "");
	assert_int_equal(ran.status, 1);
	line = json_line(&ran, 0);
	assert_string_equal(json_string_value(json_array_get(json_object_get(line, "classes"), 0)),
			    "customer-identity");
	assert_string_equal(json_string_value(json_object_get(line, "verdict")), "quarantine");
	assert_string_equal(json_string_value(json_object_get(line, "rule")), "lying-about");
	json_decref(line);
	ran_done(&ran);
	scratch_file("bad.yaml", "apiVersion: weir/v1\nkind: Policy\nnonsense: 1\n");
	ran = RUN(NULL, "scan", "--policy", "bad.yaml", "customers.txt");
	assert_int_equal(ran.status, 2);
	assert_non_null(strstr(text_of(&ran.err), "bad.yaml:3:"));
	ran_done(&ran);
}

/* Files whose times are settled, so that they may be remembered. */
static void tree(const char *name, unsigned n)
{
	char path[64];

	assert_int_equal(weir_mkdir_parents(name, 0700), 0);
	for (unsigned i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%u", name, i);
		scratch_file(path, i % 3 ? "nothing" : id);
	}
	usleep(100000);
}

static int by_line(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines of the output in order, since answers come in none. */
static void sorted(struct ran *ran, char **lines, size_t n)
{
	char *save = NULL;

	for (size_t i = 0; i < n; i++) {
		lines[i] = strtok_r(i ? NULL : ran->out.data, "\n", &save);
		assert_non_null(lines[i]);
	}
	assert_null(strtok_r(NULL, "\n", &save));
	qsort(lines, n, sizeof(*lines), by_line);
}

static void scan__second_run_is_from_memory(void **state)
{
	char *first_lines[50], *second_lines[50];
	struct ran first = {0}, second = {0};

	tree("same", 50);
	first = RUN(NULL, "scan", "--state", "st", "--format", "json", "same");
	second = RUN(NULL, "scan", "--state", "st", "--format", "json", "same");
	assert_int_equal(first.status, 1);
	assert_int_equal(second.status, 1);
	sorted(&first, first_lines, 50);
	sorted(&second, second_lines, 50);
	for (unsigned i = 0; i < 50; i++)
		assert_string_equal(first_lines[i], second_lines[i]);
	ran_done(&first);
	ran_done(&second);
	second = RUN(NULL, "scan", "--state", "st", "same");
	assert_non_null(strstr(text_of(&second.err), "50 unchanged since an earlier scan"));
	ran_done(&second);
	second = RUN(NULL, "scan", "--no-state", "same");
	assert_null(strstr(text_of(&second.err), "unchanged"));
	ran_done(&second);
	second = RUN(NULL, "scan", "--state", "st", "--min-confidence", "60", "same");
	assert_null(strstr(text_of(&second.err), "unchanged"));
	ran_done(&second);
}

static void scan__changed_file_is_looked_at(void **state)
{
	struct ran ran = {0};
	struct stat st;
	struct timespec times[2];

	tree("change", 3);
	ran = RUN(NULL, "scan", "--state", "st", "change");
	ran_done(&ran);
	assert_int_equal(stat("change/1", &st), 0);
	scratch_file("change/1", "1234567"); /* as long as before */
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	assert_int_equal(utimensat(AT_FDCWD, "change/1", times, 0), 0);
	scratch_file("change/2", id);
	usleep(100000);
	ran = RUN(NULL, "scan", "--state", "st", "change");
	assert_non_null(strstr(text_of(&ran.err), "; 1 unchanged"));
	assert_non_null(strstr(text_of(&ran.out), "change/2: 1 found"));
	ran_done(&ran);
}

/* What a policy says of remembered findings is what this one says, not the one before. */
static void scan__memory_is_judged_anew(void **state)
{
	struct ran ran = {0};

	tree("judge", 1);
	scratch_file("policy.yaml", policy);
	ran = RUN(NULL, "scan", "--state", "st", "judge");
	assert_null(strstr(text_of(&ran.out), "quarantine"));
	ran_done(&ran);
	ran = RUN(NULL, "scan", "--state", "st", "--policy", "policy.yaml", "judge");
	assert_non_null(strstr(text_of(&ran.err), "1 unchanged"));
	assert_non_null(strstr(text_of(&ran.out), "quarantine by rule lying-about"));
	ran_done(&ran);
}

static void scan__bad_state_folder(void **state)
{
	struct ran ran = {0};
	struct stat st;

	assert_int_equal(weir_mkdir_parents("open-to-all", 0777), 0);
	assert_int_equal(chmod("open-to-all", 0777), 0);
	ran = RUN(NULL, "scan", "--state", "open-to-all", "customers.txt");
	assert_int_equal(ran.status, 2);
	assert_non_null(strstr(text_of(&ran.err), "others may write it"));
	ran_done(&ran);
	ran = RUN(NULL, "scan", "--state", "own/state", "customers.txt");
	assert_int_equal(ran.status, 1);
	assert_int_equal(stat("own/state", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat("own/state/files.db", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	ran_done(&ran);
}

/* The value is in no file of the state, neither is any six of its digits. */
static void scan__state_holds_no_value(void **state)
{
	struct weir_buf db _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1 << 24);
	struct ran ran = {0};

	tree("kept", 1);
	ran = RUN(NULL, "scan", "--state", "st2", "kept");
	assert_int_equal(ran.status, 1);
	ran_done(&ran);
	assert_int_equal(weir_read_file(AT_FDCWD, "st2/files.db", &db), 0);
	assert_non_null(memmem(db.data, db.len, "\"findings\"", 10));
	for (size_t cut = 0; cut + 6 <= 18; cut++)
		assert_null(memmem(db.data, db.len, id + cut, 6));
}

/* Interrupted, it says so by its status, and what was done is not done again. */
static void scan__interrupted_and_resumed(void **state)
{
	struct ran ran = {0};
	char lines = 0;
	int out[2], status;
	pid_t pid;

	tree("long", 1500);
	assert_int_equal(pipe(out), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)dup2(out[1], 1);
		(void)close(out[0]);
		(void)close(out[1]);
		(void)redirect("/dev/null", O_WRONLY, 2);
		execl(WEIR_TEST_BIN "/weir", "weir", "scan", "--state", "st3", "--jobs", "1",
		      "long", NULL);
		_exit(98);
	}
	(void)close(out[1]);
	assert_int_equal(read(out[0], &lines, 1), 1); /* something is printed: it is under way */
	assert_int_equal(kill(pid, SIGINT), 0);
	while (read(out[0], &lines, 1) > 0)
		;
	(void)close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	/* a fast machine may have been done already */
	assert_true(WEXITSTATUS(status) == 130 || WEXITSTATUS(status) == 1);
	ran = RUN(NULL, "scan", "--state", "st3", "long");
	assert_int_equal(ran.status, 1);
	assert_non_null(strstr(text_of(&ran.err), "1500 files, 500 with findings"));
	assert_non_null(strstr(text_of(&ran.err), "unchanged since an earlier scan"));
	ran_done(&ran);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scan__exit_status),
		cmocka_unit_test(scan__bad_options),
		cmocka_unit_test(scan__programs),
		cmocka_unit_test(scan__json_keys),
		cmocka_unit_test(scan__json_values),
		cmocka_unit_test(scan__never_prints_the_value),
		cmocka_unit_test(scan__tree),
		cmocka_unit_test(scan__standard_input),
		cmocka_unit_test(scan__unscannable_is_said),
		cmocka_unit_test(scan__hostile_file_names),
		cmocka_unit_test(scan__sarif),
		cmocka_unit_test(scan__no_worker),
		cmocka_unit_test(scan__policy),
		cmocka_unit_test(scan__second_run_is_from_memory),
		cmocka_unit_test(scan__changed_file_is_looked_at),
		cmocka_unit_test(scan__memory_is_judged_anew),
		cmocka_unit_test(scan__bad_state_folder),
		cmocka_unit_test(scan__state_holds_no_value),
		cmocka_unit_test(scan__interrupted_and_resumed),
	};

	return cmocka_run_group_tests(tests, set_up, scratch_end);
}
