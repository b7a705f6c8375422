/* SPDX-License-Identifier: Apache-2.0 */
/* The rows are well-formed: every field that another part relies on. */

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/utf8.h"
#include "weir/catalogue/catalogue.h"
#include "weir/findings/detectors.h"
#include "weir/findings/findings.h"
#include "weir/validate/validate.h"

static const struct weir_detector *row(size_t i)
{
	return weir_catalogue_at(weir_catalogue_builtin(), i);
}

static void table__order_is_that_of_the_ids(void **state)
{
	const struct weir_catalogue *c = weir_catalogue_builtin();

	assert_int_equal(weir_catalogue_count(c), WEIR_DETECTOR_COUNT);
	for (unsigned i = 0; i < WEIR_DETECTOR_COUNT; i++) {
		assert_string_equal(row(i)->id, weir_detector_id(i));
		assert_int_equal(weir_catalogue_find(c, weir_detector_id(i)), i);
	}
	assert_null(row(WEIR_DETECTOR_COUNT));
	assert_true(weir_catalogue_find(c, "cn_resident") < 0);
}

static void table__names_and_checks(void **state)
{
	for (size_t i = 0; i < WEIR_DETECTOR_COUNT; i++) {
		const struct weir_detector *d = row(i);

		assert_true(strlen(d->id) < WEIR_DETECTOR_ID_MAX);
		assert_true(d->name_zh && *d->name_zh && d->name_en && *d->name_en);
		assert_int_equal(weir_utf8_valid(d->name_zh, strlen(d->name_zh)),
				 strlen(d->name_zh));
		if (d->check)
			assert_non_null(weir_check_find(d->check));
		for (size_t f = 0; f < WEIR_DETECTOR_FORMS; f++)
			if (d->forms[f].check)
				assert_non_null(weir_check_find(d->forms[f].check));
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(d->rank, row(k)->rank);
	}
}

static void table__ranks_decide_collisions(void **state)
{
	static const char *const order[] = {
		"passport_mrz", "cn_resident_id",    "cn_uscc", "payment_card",
		"vin",		"cn_resident_id_15", "imei",	"insurance_policy",
		"cn_mobile",	"cn_landline",	     NULL};
	const struct weir_catalogue *c = weir_catalogue_builtin();

	for (size_t i = 1; order[i]; i++)
		assert_true(row((size_t)weir_catalogue_find(c, order[i - 1]))->rank <
			    row((size_t)weir_catalogue_find(c, order[i]))->rank);
}

static void good_words(const char *id, const char *const *words)
{
	for (size_t i = 0; words && words[i]; i++) {
		size_t n = strlen(words[i]);

		if (n < 2 || n > 32 || weir_utf8_valid(words[i], n) != n)
			fail_msg("%s: \"%s\" is no word", id, words[i]);
		for (const char *p = words[i]; *p; p++)
			assert_false(*p >= 'A' && *p <= 'Z');
		for (size_t k = 0; k < i; k++)
			if (strcmp(words[i], words[k]) == 0)
				fail_msg("%s: \"%s\" twice", id, words[i]);
	}
}

static void table__words(void **state)
{
	for (size_t i = 0; i < WEIR_DETECTOR_COUNT; i++) {
		const struct weir_detector *d = row(i);

		assert_non_null(d->words);
		assert_non_null(d->words[0]);
		good_words(d->id, d->words);
		good_words(d->id, d->negatives);
		good_words(d->id, d->anchors);
		/* a word cannot speak for and against */
		for (size_t p = 0; d->words[p]; p++)
			for (size_t n = 0; d->negatives && d->negatives[n]; n++)
				assert_string_not_equal(d->words[p], d->negatives[n]);
	}
}

/* A pattern sees bytes: a quantifier behind a hanzi or a hanzi in a class means something else than it
 * looks like. */
static void bytes_mean_characters(const char *id, const char *pattern)
{
	bool in_class = false;

	for (const char *p = pattern; *p; p++) {
		bool beyond = (unsigned char)*p >= 0x80;

		if (*p == '\\') {
			p++;
			continue;
		}
		if (beyond && (in_class || (p[1] && strchr("?*+{", p[1]))))
			fail_msg("%s: bytes of a character apart in %s", id, p);
		if (!in_class && *p == '[')
			in_class = true;
		else if (*p == ']')
			in_class = false;
	}
}

/* No repetition without a bound, no \d \w \s \b whose meaning hangs on options. */
static void bounded(const char *id, const char *pattern)
{
	bool in_class = false;

	for (const char *p = pattern; *p; p++) {
		if (*p == '\\' && p[1]) {
			if (!in_class && strchr("dDwWbBXRK", p[1]))
				fail_msg("%s: \\%c", id, p[1]);
			p++;
			continue;
		}
		if (!in_class && (*p == '*' || (*p == '+' && p > pattern && p[-1] != '}')))
			fail_msg("%s: no bound before %s", id, p);
		if (!in_class && *p == ',' && p[1] == '}')
			fail_msg("%s: no bound before %s", id, p);
		if (!in_class && *p == '[')
			in_class = true;
		else if (*p == ']')
			in_class = false;
	}
}

static void table__patterns(void **state)
{
	for (size_t i = 0; i < WEIR_DETECTOR_COUNT; i++) {
		const struct weir_detector *d = row(i);

		assert_true(d->forms[0].anchor != 0);
		for (size_t f = 0; f < WEIR_DETECTOR_FORMS && d->forms[f].anchor; f++) {
			const char *pattern = d->forms[f].pattern;
			PCRE2_SIZE offset;
			uint32_t groups = 0, empty = 1;
			pcre2_code *code;
			int error;

			if (d->forms[f].anchor == WEIR_ANCHOR_CELL) {
				/* the whole cell, so the check alone decides */
				assert_null(pattern);
				assert_non_null(d->check);
				assert_int_equal(d->confidence.refused, 0);
				continue;
			}
			assert_non_null(pattern);
			code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
					     PCRE2_ANCHORED | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP |
						     PCRE2_NEVER_BACKSLASH_C,
					     &error, &offset, NULL);
			if (!code)
				fail_msg("%s, form %zu, at %zu", d->id, f, (size_t)offset);
			(void)pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
			(void)pcre2_pattern_info(code, PCRE2_INFO_MATCHEMPTY, &empty);
			pcre2_code_free(code);
			assert_true(groups >= 1 && groups <= 4);
			if (empty)
				fail_msg("%s, form %zu, matches nothing", d->id, f);
			bytes_mean_characters(d->id, pattern);
			bounded(d->id, pattern);
		}
	}
}

/* At most 100 with a word, at least one form that is reported with one, nothing certain without. */
static void table__confidence_is_reachable(void **state)
{
	for (size_t i = 0; i < WEIR_DETECTOR_COUNT; i++) {
		const struct weir_detector *d = row(i);
		const struct weir_confidence *c = &d->confidence;
		bool reported = false;

		assert_true(c->accepted > 0 && c->accepted <= 100 && c->strong <= 100);
		assert_true(c->strong == 0 || c->strong >= c->accepted);
		assert_true(c->refused < c->accepted && c->far_word <= c->near_word + c->far_word);
		for (size_t f = 0; f < WEIR_DETECTOR_FORMS && d->forms[f].anchor; f++) {
			int best = (c->strong ? c->strong : c->accepted) + d->forms[f].shift +
				   c->near_word;

			reported = reported || best >= 50;
			if (best < 50 && d->forms[f].shift < 0)
				fail_msg("%s: form %zu is never reported", d->id, f);
		}
		assert_true(reported);
	}
}

static void table__labels(void **state)
{
	for (size_t i = 0; i < WEIR_DETECTOR_COUNT; i++) {
		const struct weir_detector *d = row(i);
		const struct weir_labels *l = &d->labels;

		assert_non_null(l->level);
		assert_true(strcmp(l->level, "C1") == 0 || strcmp(l->level, "C2") == 0 ||
			    strcmp(l->level, "C3") == 0 || strcmp(l->level, "-") == 0);
		assert_true(l->jrt0197 >= 1 && l->jrt0197 <= 5);
		assert_true(strcmp(l->nfra, "sensitive") == 0 || strcmp(l->nfra, "general") == 0 ||
			    strcmp(l->nfra, "system") == 0);
		/* authentication data is never shown, not even in part */
		if (strcmp(l->level, "C3") == 0)
			assert_true(d->mask.head == 0 && d->mask.tail == 0 && l->jrt0197 == 4);
		assert_true(d->mask.head + d->mask.tail <= 10);
	}
}

static void table__companions_exist(void **state)
{
	const struct weir_catalogue *c = weir_catalogue_builtin();

	for (size_t i = 0; i < WEIR_DETECTOR_COUNT; i++) {
		const char *companion = row(i)->companion;

		if (companion && strcmp(companion, WEIR_COMPANION_IDENTITY) != 0)
			assert_true(weir_catalogue_find(c, companion) >= 0);
	}
	assert_int_equal(row((size_t)weir_catalogue_find(c, "medical_terms"))->min_distinct, 3);
	assert_string_equal(row((size_t)weir_catalogue_find(c, "card_verification"))->companion,
			    "payment_card");
}

#define TODAY 20250601

static uint64_t state_of_draw = 88172645463325252u;

static unsigned draw(unsigned below)
{
	state_of_draw ^= state_of_draw << 13;
	state_of_draw ^= state_of_draw >> 7;
	state_of_draw ^= state_of_draw << 17;
	return (unsigned)(state_of_draw >> 33) % below;
}

static void draw_value(char *ret, size_t len, const char *alphabet)
{
	for (size_t i = 0; i < len; i++)
		ret[i] = alphabet[draw((unsigned)strlen(alphabet))];
}

static weir_check_fn check_of(const struct weir_detector *d, const struct weir_form *f)
{
	return weir_check_find(f->check ? f->check : d->check);
}

/* What two groups together can't be long, the check refuses. */
static void lengths_refused(const struct weir_detector *d, const struct weir_form *f)
{
	static const char *const alphabets[] = {"0123456789", "0123456789X", "0123456789ABCDEFGH"};
	char value[64];

	assert_true(f->anchor == WEIR_ANCHOR_SPAN || f->anchor == WEIR_ANCHOR_BREAK);
	assert_int_equal(d->confidence.refused, 0);
	for (size_t len = 1; len < sizeof(value); len++)
		for (unsigned i = 0; i < 3000 && !(f->pair >> len & 1); i++) {
			draw_value(value, len, alphabets[i % 3]);
			value[0] = (char)('0' + draw(10));
			if (check_of(d, f)(value, len, TODAY) != WEIR_CHECK_REFUSED)
				fail_msg("%s takes %zu characters", d->id, len);
		}
}

/* A match has just so many digits and capitals, with single marks between them. */
static void signs_counted(const struct weir_detector *d, const struct weir_form *f)
{
	pcre2_match_data *data = pcre2_match_data_create(4, NULL);
	const PCRE2_SIZE *place = pcre2_get_ovector_pointer(data);
	unsigned matches = 0;
	PCRE2_SIZE offset;
	int error;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)f->pattern, PCRE2_ZERO_TERMINATED,
					 PCRE2_ANCHORED, &error, &offset, NULL);

	assert_int_equal(f->anchor, WEIR_ANCHOR_SPAN);
	assert_non_null(code);
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t text[64];
		size_t len = 0, signs = 0;

		for (unsigned n = 12 + draw(12); n > 0; n--) {
			text[len++] =
				(uint8_t) "0123456789012345678901234567890123456789AX"[draw(42)];
			if (draw(8) == 0)
				text[len++] = (uint8_t) " ./_,-"[draw(6)];
		}
		if (pcre2_match(code, text, len, 0, 0, data, NULL) < 2)
			continue;
		matches++;
		for (size_t at = place[2]; at < place[3]; at++)
			signs += (text[at] >= '0' && text[at] <= '9') ||
				 (text[at] >= 'A' && text[at] <= 'Z');
		assert_int_equal(signs, f->signs);
	}
	assert_true(matches > 0);
	pcre2_match_data_free(data);
	pcre2_code_free(code);
}

static void never_strong(const struct weir_detector *d, const struct weir_form *f)
{
	char value[64];

	assert_true(d->confidence.strong > d->confidence.accepted);
	assert_int_equal(f->anchor, WEIR_ANCHOR_DIGITS);
	for (size_t len = 1; len < sizeof(value); len++)
		for (unsigned i = 0; i < 300; i++) {
			draw_value(value, len, "0123456789");
			if (i % 3 == 0 && len > 8)
				memcpy(value + 4, "2024", 4);
			assert_true(check_of(d, f)(value, len, TODAY) != WEIR_CHECK_STRONG);
		}
}

/* A try that a form's hints save would have given nothing. */
static void table__hints_cost_nothing(void **state)
{
	unsigned pairs = 0, signs = 0, ordinary = 0;

	for (size_t i = 0; i < WEIR_DETECTOR_COUNT; i++) {
		const struct weir_detector *d = row(i);

		for (size_t k = 0; k < WEIR_DETECTOR_FORMS && d->forms[k].anchor; k++) {
			const struct weir_form *f = &d->forms[k];

			if (f->pair && ++pairs)
				lengths_refused(d, f);
			if (f->signs && ++signs)
				signs_counted(d, f);
			if (f->ordinary && ++ordinary)
				never_strong(d, f);
		}
	}
	assert_true(pairs >= 9 && signs == 1 && ordinary == 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table__order_is_that_of_the_ids),
		cmocka_unit_test(table__names_and_checks),
		cmocka_unit_test(table__ranks_decide_collisions),
		cmocka_unit_test(table__words),
		cmocka_unit_test(table__patterns),
		cmocka_unit_test(table__confidence_is_reachable),
		cmocka_unit_test(table__labels),
		cmocka_unit_test(table__companions_exist),
		cmocka_unit_test(table__hints_cost_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
