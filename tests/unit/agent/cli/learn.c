/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/cli/learn.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/policylint/lint.h"
#include "weir/validate/validate.h"

#define N 500

static char values[N][64];
static const char *list[N];

static unsigned any(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 8) % n;
}

/* Values by a format: Y a year, O one of three organisations, # a digit, @ a capital. */
static void make(const char *format, unsigned n)
{
	static const char *const organisations[] = {"310101", "440100", "510105"};
	unsigned seed = 7;

	for (unsigned i = 0; i < n; i++) {
		char *to = values[i];

		for (const char *f = format; *f; f++) {
			if (*f == 'Y')
				to += snprintf(to, 16, "%u", 2014 + any(&seed, 10));
			else if (*f == 'O')
				to += snprintf(to, 16, "%s", organisations[any(&seed, 3)]);
			else if (*f == '#')
				*to++ = (char)('0' + any(&seed, 10));
			else if (*f == '@')
				*to++ = (char)('A' + any(&seed, 26));
			else
				*to++ = *f;
		}
		*to = '\0';
		list[i] = values[i];
	}
}

/* The last character becomes the one that the check accepts. */
static void complete(const char *check, unsigned n)
{
	weir_check_fn fn = weir_check_find(check);

	assert_non_null(fn);
	for (unsigned i = 0; i < n; i++) {
		size_t len = strlen(values[i]);
		const char *c = "0123456789X";

		for (; *c; c++) {
			values[i][len - 1] = *c;
			if (fn(values[i], len, 20260101) != WEIR_CHECK_REFUSED)
				break;
		}
		assert_true(*c);
	}
}

static struct weir_learned learnt(unsigned n)
{
	struct weir_learned ret;
	struct weir_error error = {0};

	if (weir_learn(list, n, &ret, &error) < 0)
		fail_msg("%s", error.text);
	return ret;
}

static void learn__policy_number(void **state)
{
	struct weir_learned l;

	(void)state;
	make("8YO########", N);
	complete("luhn", N);
	l = learnt(N);
	assert_int_equal(l.form.min, 19);
	assert_int_equal(l.form.max, 19);
	assert_int_equal(l.constant, 3);
	assert_int_equal(l.year, 2);
	assert_string_equal(l.form.check, "luhn");
	assert_true(l.recall > 0.999);
	assert_int_equal(l.taken, 0);
	assert_int_equal(l.confidence, 80);
	assert_true(l.few >> 5 & 1); /* first of the organisation: 3, 4 or 5 */
	assert_false(l.few >> 12 & 1);
	assert_true(strncmp(l.pattern, "820[0-4][0-9][3-5]", 18) == 0);
}

static void learn__letters_and_no_check(void **state)
{
	struct weir_learned l;

	(void)state;
	make("PDA@Y########", N);
	l = learnt(N);
	assert_null(l.form.check);
	assert_int_equal(l.year, 5);
	assert_true(strncmp(l.pattern, "PDA[A-Z]20[0-4][0-9]", 20) == 0);
	assert_true(l.recall > 0.999);
	assert_int_equal(l.weights.modulus, 0);
}

static void learn__every_named_check(void **state)
{
	static const char *const checks[] = {"luhn", "mod11_2", "mod11_10", "verhoeff"};

	(void)state;
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct weir_learned l;

		make("7###########", 100);
		complete(checks[i], 100);
		l = learnt(100);
		assert_non_null(l.form.check);
		assert_string_equal(l.form.check, checks[i]);
	}
}

/* One wrong value in a hundred does not hide the check; the wrong one is then not accepted. */
static void learn__typing_error(void **state)
{
	struct weir_learned l;

	(void)state;
	make("7###########", 200);
	complete("luhn", 200);
	values[17][11] = values[17][11] == '9' ? '0' : (char)(values[17][11] + 1);
	l = learnt(200);
	assert_string_equal(l.form.check, "luhn");
	assert_false(weir_learn_accepts(&l.form, values[17]));
	assert_true(l.recall > 0.99 && l.recall < 1);
}

static void with_sum(const unsigned *weights, unsigned n, unsigned modulus, unsigned constant)
{
	for (unsigned i = 0; i < N; i++) {
		unsigned sum = constant;

		for (unsigned k = 0; k < n; k++)
			sum += weights[k] * (unsigned)(values[i][k] - '0');
		values[i][n] = "0123456789X"[sum % modulus];
	}
}

static void expect_sum(unsigned modulus)
{
	struct weir_learned l = learnt(N);

	assert_int_equal(l.weights.modulus, modulus);
	for (unsigned i = 0; i < N; i++) {
		unsigned sum = l.weights.constant;

		for (unsigned k = 0; k < l.weights.count; k++)
			sum += l.weights.weight[k] * (unsigned)(values[i][k] - '0');
		assert_int_equal(values[i][l.weights.count], "0123456789X"[sum % modulus]);
	}
}

static void learn__weighted_sums(void **state)
{
	static const unsigned weights[] = {3, 7, 1, 3, 7, 1, 3, 7, 1, 9};

	(void)state;
	make("###########", N);
	with_sum(weights, 10, 10, 4);
	expect_sum(10);
	make("###########", N);
	with_sum(weights, 10, 11, 2);
	expect_sum(11);
	make("###########", N); /* and none where there is none */
	assert_int_equal(learnt(N).weights.modulus, 0);
}

static void learn__several_lengths(void **state)
{
	struct weir_learned l;

	(void)state;
	make("55########", N);
	for (unsigned i = 0; i < N; i += 3)
		values[i][9] = '\0';
	l = learnt(N);
	assert_int_equal(l.form.min, 9);
	assert_int_equal(l.form.max, 10);
	assert_string_equal(l.pattern, "5{2}[0-9]{7}[0-9]{0,1}");
	assert_true(l.recall > 0.999);
}

/* No sample, nor anything that is one but for blanks, is among what comes out. */
static void learn__gives_no_sample_away(void **state)
{
	struct weir_learned l;

	(void)state;
	make("1#####", N);
	l = learnt(N);
	for (unsigned i = 0; i < N; i++) {
		assert_null(strstr(l.pattern, values[i]));
		for (unsigned k = 0; k < WEIR_LEARN_MADE; k++) {
			assert_string_not_equal(l.made[k], values[i]);
			assert_string_not_equal(l.unmade[k], values[i]);
		}
	}
}

static void learn__too_few_or_no_form(void **state)
{
	struct weir_learned l;
	struct weir_error error = {0};
	static char junk[40][64];

	(void)state;
	make("7###########", 19);
	assert_int_equal(weir_learn(list, 19, &l, &error), -EINVAL);
	assert_non_null(strstr(error.text, "too few"));
	for (unsigned i = 0; i < N; i++)
		list[i] = "700000000005"; /* always the same */
	assert_int_equal(weir_learn(list, N, &l, &error), -EINVAL);
	for (unsigned i = 0; i < 40; i++) {
		memset(junk[i], '0' + (int)(i % 10), i + 1);
		list[i] = junk[i];
	}
	assert_int_equal(weir_learn(list, 40, &l, &error), -EINVAL);
	assert_non_null(strstr(error.text, "no common form"));
}

static void count(void *context, bool error, const struct weir_error *found)
{
	(void)context;
	if (error)
		fail_msg("%u:%u: %s", found->line, found->column, found->text);
}

/* The pattern means to PCRE2 what the form means here: the made-up values are samples that hold. */
static void learn__pattern_is_the_form(void **state)
{
	static const char *const formats[] = {"8YO########", "PDA@Y########", "A-##.##/####(#)",
					      "[####]^#-#\\#"};

	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct weir_learned l;
		char yaml[4096], pattern[2048], *to = pattern;

		make(formats[i], N);
		l = learnt(N);
		for (const char *p = l.pattern; *p; p++) {
			if (*p == '\'')
				*to++ = '\'';
			*to++ = *p;
		}
		*to = '\0';
		assert_true(l.made[0][0] && l.unmade[0][0]);
		(void)snprintf(
			yaml, sizeof(yaml),
			"apiVersion: weir/v1\nkind: Policy\nmetadata: {name: t}\ndetectors:\n"
			"  l: {pattern: '%s', level: C2, samples: {match: ['%s', '%s'], no_match: "
			"['%s']}}\n",
			pattern, l.made[0], values[3], l.unmade[0]);
		assert_int_equal(weir_policy_lint(yaml, strlen(yaml), count, NULL), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(learn__policy_number),
		cmocka_unit_test(learn__letters_and_no_check),
		cmocka_unit_test(learn__every_named_check),
		cmocka_unit_test(learn__typing_error),
		cmocka_unit_test(learn__weighted_sums),
		cmocka_unit_test(learn__several_lengths),
		cmocka_unit_test(learn__gives_no_sample_away),
		cmocka_unit_test(learn__too_few_or_no_form),
		cmocka_unit_test(learn__pattern_is_the_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
