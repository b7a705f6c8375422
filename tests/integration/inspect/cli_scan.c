/* SPDX-License-Identifier: Apache-2.0 */
/* weir scan as a person or script runs it. */

#include "run.h"

#include <limits.h>

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
					     {"--policy", "missing.yaml"}};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct ran ran _cleanup_(ran_done) =
			RUN(NULL, "scan", bad[i][0], bad[i][1], "clean.txt");

		assert_int_equal(ran.status, 2);
		assert_true(ran.err.len > 0);
		assert_int_equal(ran.out.len, 0);
	}
}

/* The contract: these keys, in this order. */
static void scan__json_keys(void **state)
{
	static const char *const keys[] = {"path",    "type",	  "status",   "reason",
					   "bytes",   "findings", "distinct", "records",
					   "customers", "classes", "verdict",  "rule"};
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
	assert_non_null(strstr(text_of(&ran.out), "x.zip: unscannable: "));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scan__exit_status),
		cmocka_unit_test(scan__bad_options),
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
	};

	return cmocka_run_group_tests(tests, set_up, scratch_end);
}
