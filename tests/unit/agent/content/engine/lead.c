/* SPDX-License-Identifier: Apache-2.0 */
/* What is read off patterns never says anything but what the pattern engine says. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "lead.h"
#include "weir/catalogue/catalogue.h"

#define LEN 24

static uint64_t state = 88172645463325252u;

static unsigned draw(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % below;
}

/* Mostly what the patterns are made of. */
static void text(uint8_t ret[static LEN + WEIR_LEAD_MAX])
{
	static const char usual[] = "0123456789012345678901234567890123456789 -./_,+()XAZafz=:";

	for (size_t i = 0; i < LEN + WEIR_LEAD_MAX; i++)
		ret[i] = draw(40) ? (uint8_t)usual[draw(sizeof(usual) - 1)] : (uint8_t)draw(256);
	if (draw(2))
		memset(ret, '1' + (int)draw(9), draw(LEN));
}

/* How many text begins with. */
static size_t digits(const uint8_t *in)
{
	size_t n = 0;

	while (n < LEN && in[n] >= '0' && in[n] <= '9')
		n++;
	return n;
}

static bool has(const uint64_t set[static 4], uint8_t c)
{
	return set[c / 64] >> c % 64 & 1;
}

static pcre2_code *compile(const char *pattern)
{
	int code;
	PCRE2_SIZE place;
	pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
					     PCRE2_ANCHORED, &code, &place, NULL);

	assert_non_null(compiled);
	return compiled;
}

/* Both readings against the pattern engine, on texts that it may match. */
static void agrees(const char *pattern)
{
	struct weir_sieve *sieve = calloc(1, sizeof(*sieve));
	struct weir_plain plain = weir_plain_of(pattern);
	pcre2_code *code = compile(pattern);
	pcre2_match_data *data = pcre2_match_data_create(4, NULL);
	uint8_t in[LEN + WEIR_LEAD_MAX];
	uint64_t behind[4];

	weir_behind_of(pattern, behind);
	assert_non_null(sieve);
	assert_int_equal(weir_sieve_add(sieve, pattern), 0);
	for (unsigned i = 0; i < 3000; i++) {
		PCRE2_SIZE *place = pcre2_get_ovector_pointer(data);
		size_t n;
		int r;

		text(in);
		r = pcre2_match(code, in, LEN, 0, 0, data, NULL);
		n = r > 0 ? place[1] : 0;
		if (n > 0 && !(weir_sieve_look(sieve, in) & 1))
			fail_msg("%s: a match was ruled out", pattern);
		if (n > 0 && digits(in) > 0 && digits(in) < LEN && !has(behind, in[digits(in)]))
			fail_msg("%s: a match was ruled out behind its digits", pattern);
		if (plain.count > 0 && weir_plain_match(&plain, in, LEN, 0) != n)
			fail_msg("%s: %zu, not %zu", pattern, weir_plain_match(&plain, in, LEN, 0),
				 n);
		if (plain.count > 0 && weir_plain_match(&plain, in, LEN, digits(in)) != n)
			fail_msg("%s: not %zu of %zu digits", pattern, n, digits(in));
	}
	pcre2_match_data_free(data);
	pcre2_code_free(code);
	free(sieve);
}

static void lead__catalogue_agrees(void **unused)
{
	const struct weir_catalogue *catalogue = weir_catalogue_builtin();

	for (size_t i = 0; i < weir_catalogue_count(catalogue); i++) {
		const struct weir_detector *d = weir_catalogue_at(catalogue, i);

		for (size_t k = 0; k < WEIR_DETECTOR_FORMS && d->forms[k].anchor; k++)
			if (d->forms[k].pattern)
				agrees(d->forms[k].pattern);
	}
}

static void lead__odd_patterns_agree(void **unused)
{
	static const char *const patterns[] = {
		"1?2",
		"(1|23|456)7",
		"(?:1|)2",
		"(?i)a1",
		"[^0-9]1",
		"(1)\\1{2}",
		"(?=1)[0-9]{3}",
		"\\d{3}",
		"\\Q1(\\E[0-9]",
		"[]1]2",
		"[\\s1]1*",
		"1{0}2",
		"(?:12){2}",
		"1{,2}",
		"(1{2,}+)0",
		"([0-9]{2}+)1",
		"([0-9]{3,5}?)",
		"([0-9]?)",
		"([0-9]{2,4})",
		"([0-9]{2,4})[0-9]",
		"(?<!1)1",
		"(?>1|11)1",
		"[[:digit:]]1",
		"(1(2|3))4",
		"^1",
		"1|2",
		"(?<=x|)1",
		"a-z1",
		"1\\x32",
		"(?:(?:1)?2)?3",
		"([0-9]{2}=1)",
		"([0-9]?[1-9]{1,4}[-.]1?)",
		"([0-9]{2}=1|1)",
		"([0-9]{2}-?1)",
		"([0-9]{2}[0-9X]1)",
	};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		agrees(patterns[i]);
}

static void lead__sets(void **unused)
{
	struct weir_lead lead = weir_lead_of("(?<![0-9])(1[3-9](?:[0-9]{2})-?)");

	assert_int_equal(lead.count, 4);
	assert_true(lead.at[0][0] == UINT64_C(1) << '1');
	assert_true(lead.at[1][0] == UINT64_C(0x7f) << '3');
	assert_int_equal(weir_lead_of("(?i)a").count, 0);
	assert_int_equal(weir_lead_of("1(").count, 0);
	assert_int_equal(weir_lead_of("[1").count, 0);
	assert_int_equal(weir_lead_of("1)").count, 0);
	assert_true(weir_plain_of("(1[3-9][0-9]{9})").count == 3);
	assert_true(weir_plain_of("([A-Z0-9]{10,30})(?![0-9A-Za-z])").edge);
	assert_true(weir_plain_of("([0-9-]{2,3})(?![0-9A-Za-z])").count == 0);
	assert_true(weir_plain_of("(?:[0-9])").count == 0);
}

/* How many bytes may stand behind the digits. */
static unsigned behind(const char *pattern)
{
	uint64_t set[4];
	unsigned n = 0;

	weir_behind_of(pattern, set);
	for (unsigned c = 0; c < 256; c++)
		n += has(set, (uint8_t)c);
	for (unsigned c = '0'; c <= '9'; c++)
		assert_true(has(set, (uint8_t)c));
	return n;
}

static void lead__behind(void **unused)
{
	assert_int_equal(behind("([0-9]{13,19}=[0-9]{7,27})(?![0-9A-Za-z=])"), 11);
	assert_int_equal(behind("([1-9][0-9]{7,16}+[ ./_,-][A-Z]{1,10}+(?:-[A-Z])?)(?!a|b)"), 16);
	/* another way to go on, or to begin; not only digits; nothing behind them; not understood */
	assert_int_equal(behind("([0-9]{3}-?[0-9X])"), 256);
	assert_int_equal(behind("([0-9]{3}[0-9X])"), 256);
	assert_int_equal(behind("([0-9]{3}=1|[0-9]{4})"), 256);
	assert_int_equal(behind("([0-9]{3}=1)|1"), 256);
	assert_int_equal(behind("([0-9]{3})"), 256);
	assert_int_equal(behind("([0-9]{3})="), 256);
	assert_int_equal(behind("(?:[0-9]{3}=)"), 256);
	assert_int_equal(behind("([0-9]{3}=1)?2"), 256);
	assert_int_equal(behind("([0-9]{3}=\\d)"), 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lead__catalogue_agrees),
		cmocka_unit_test(lead__odd_patterns_agree),
		cmocka_unit_test(lead__sets),
		cmocka_unit_test(lead__behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
