/* SPDX-License-Identifier: Apache-2.0 */
/* weir detectors and weir policy lint, and the way of a policy's own detector through a whole scan. */

#include <stdbool.h>

#include "run.h"

#define N 60

static char numbers[N][16];

/* Twelve digits, the last of which makes the Luhn sum. */
static void make_number(unsigned i, char ret[16])
{
	unsigned sum = 0;

	snprintf(ret, 16, "7%04u%06u", 2000 + i % 20, 104729 * (i + 1) % 1000000);
	for (unsigned k = 0; k < 11; k++) {
		unsigned d = (unsigned)(ret[10 - k] - '0');

		d = k % 2 ? d : d * 2;
		sum += d > 9 ? d - 9 : d;
	}
	ret[11] = (char)('0' + (10 - sum % 10) % 10);
	ret[12] = '\0';
}

static int set_up(void **state)
{
	char text[2048] = "name,no\n";

	if (scratch_begin(state) < 0)
		return -1;
	for (unsigned i = 0; i < N; i++) {
		size_t len = strlen(text);

		make_number(i, numbers[i]);
		snprintf(text + len, sizeof(text) - len, "x,%s\n", numbers[i]);
	}
	scratch_file("numbers.csv", text);
	return 0;
}

static bool holds_number(const struct weir_buf *buf)
{
	for (unsigned i = 0; i < N; i++)
		if (strstr(text_of(buf), numbers[i]))
			return true;
	return false;
}

static void detectors__list_and_show(void **state)
{
	struct ran list _cleanup_(ran_done) = RUN(NULL, "detectors", "list", "--format", "json");
	struct ran text _cleanup_(ran_done) = RUN(NULL, "detectors", "list");
	struct ran show _cleanup_(ran_done) = RUN(NULL, "detectors", "show", "payment_card");
	struct ran none _cleanup_(ran_done) = RUN(NULL, "detectors", "show", "payment_cart");
	json_t *root = json_loadb(text_of(&list.out), list.out.len, 0, NULL), *one;
	json_t *all = json_object_get(root, "detectors");
	size_t i;

	assert_int_equal(json_array_size(all), 35);
	json_array_foreach(all, i, one)
	{
		const char *id = json_string_value(json_object_get(one, "id"));

		assert_int_equal(json_integer_value(json_object_get(one, "number")), i);
		assert_true(json_array_size(json_object_get(one, "forms")) > 0);
		assert_non_null(strstr(text_of(&text.out), id));
	}
	json_decref(root);
	assert_int_equal(show.status, 0);
	assert_non_null(strstr(text_of(&show.out), "JR/T 0171 C2"));
	assert_non_null(strstr(text_of(&show.out), "catalogue version"));
	assert_null(strstr(text_of(&show.out), "(null)"));
	assert_int_equal(none.status, 2);
	assert_non_null(strstr(text_of(&none.err), "weir detectors list"));
}

static void detectors__usage(void **state)
{
	struct ran bare _cleanup_(ran_done) = RUN(NULL, "detectors");
	struct ran format _cleanup_(ran_done) = RUN(NULL, "detectors", "list", "--format", "xml");
	struct ran help _cleanup_(ran_done) = RUN(NULL, "detectors", "--help");
	struct ran learn _cleanup_(ran_done) = RUN(NULL, "detectors", "learn", "--help");

	assert_int_equal(bare.status, 2);
	assert_int_equal(format.status, 2);
	assert_int_equal(help.status, 0);
	assert_int_equal(learn.status, 0);
	assert_non_null(strstr(text_of(&learn.out), "--column"));
}

/* From sample numbers to findings: learnt, put into a policy, linted, scanned with. */
static void detectors__learnt_detector_finds(void **state)
{
	struct ran learn _cleanup_(ran_done) = RUN(NULL, "detectors", "learn", "numbers.csv",
						   "--column", "no", "--name", "claim_no");
	struct weir_buf policy _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1 << 16);
	struct ran ran = {0};

	assert_int_equal(learn.status, 0);
	assert_false(holds_number(&learn.out));
	assert_non_null(strstr(text_of(&learn.out), "check: luhn"));
	assert_int_equal(
		weir_buf_printf(&policy,
				"apiVersion: weir/v1\nkind: Policy\n"
				"metadata: {name: own}\n%s"
				"classes: {claims: {level: C2, detectors: [claim_no]}}\n"
				"rules:\n  - {id: many, content: {class: claims, distinct: "
				"'>=%d'}, action: quarantine}\n",
				text_of(&learn.out), N),
		0);
	scratch_file("own.yaml", policy.data);
	ran = RUN(NULL, "policy", "lint", "own.yaml");
	assert_int_equal(ran.status, 0);
	assert_null(strstr(text_of(&ran.out), "error"));
	ran_done(&ran);
	ran = RUN(NULL, "scan", "--no-state", "--policy", "own.yaml", "--format", "json",
		  "numbers.csv");
	assert_int_equal(ran.status, 1);
	assert_non_null(strstr(text_of(&ran.out), "\"claim_no\":60"));
	assert_non_null(strstr(text_of(&ran.out), "\"rule\":\"many\""));
	assert_false(holds_number(&ran.out));
	ran_done(&ran);
	ran = RUN(NULL, "scan", "--no-state", "--format", "json", "numbers.csv");
	assert_null(strstr(text_of(&ran.out), "claim_no"));
	ran_done(&ran);
}

static void detectors__learn_says_what_is_wrong(void **state)
{
	struct ran column _cleanup_(ran_done) =
		RUN(NULL, "detectors", "learn", "numbers.csv", "--column", "nothing");
	struct ran missing _cleanup_(ran_done) = RUN(NULL, "detectors", "learn", "missing");
	struct ran name _cleanup_(ran_done) =
		RUN(NULL, "detectors", "learn", "numbers.csv", "--column", "2", "--name", "email");
	struct ran json _cleanup_(ran_done) =
		RUN("numbers.csv", "detectors", "learn", "-", "--column", "2", "--format", "json");
	json_t *root = json_loadb(text_of(&json.out), json.out.len, 0, NULL);

	assert_int_equal(column.status, 2);
	assert_non_null(strstr(text_of(&column.err), "no such column"));
	assert_int_equal(missing.status, 2);
	assert_int_equal(name.status, 2);
	assert_int_equal(name.out.len, 0);
	assert_int_equal(json.status, 0);
	assert_int_equal(json_integer_value(json_object_get(root, "different")), N);
	assert_false(holds_number(&json.out));
	json_decref(root);
}

static void policy__lint_looks_into_patterns(void **state)
{
	struct ran lint = {0}, compile = {0};

	scratch_file("bad.yaml",
		     "apiVersion: weir/v1\nkind: Policy\nmetadata: {name: bad}\ndetectors:\n"
		     "  a: {pattern: '7[0-9]{9', level: C2, samples: {match: [x]}}\n"
		     "  b: {pattern: '7([0-9]{9}', level: C2}\n");
	lint = RUN(NULL, "policy", "lint", "bad.yaml");
	compile = RUN(NULL, "policy", "compile", "bad.yaml", "-o", "bad.bin");
	assert_int_equal(lint.status, 1);
	assert_non_null(
		strstr(text_of(&lint.out), "bad.yaml:5:57: error: the pattern does not match"));
	assert_non_null(strstr(text_of(&lint.out), "bad.yaml:6:16: error: "));
	assert_int_equal(compile.status, 1);
	assert_int_equal(access("bad.bin", F_OK), -1);
	ran_done(&lint);
	ran_done(&compile);
	lint = RUN(NULL, "scan", "--policy", "bad.yaml", "numbers.csv");
	assert_int_equal(lint.status, 2);
	assert_non_null(strstr(text_of(&lint.err), "\"b\""));
	ran_done(&lint);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(detectors__list_and_show),
		cmocka_unit_test(detectors__usage),
		cmocka_unit_test(detectors__learnt_detector_finds),
		cmocka_unit_test(detectors__learn_says_what_is_wrong),
		cmocka_unit_test(policy__lint_looks_into_patterns),
	};

	return cmocka_run_group_tests(tests, set_up, scratch_end);
}
