/* SPDX-License-Identifier: Apache-2.0 */
/* Detectors of a policy: what is refused and why, what is copied, and that an anchor loses no match. */

#include <errno.h>

#include "places.h"
#include "weir/base/macros.h"
#include "weir/findings/detectors.h"
#include "weir/findings/findings.h"

static struct weir_custom custom(const char *pattern)
{
	return (struct weir_custom){.id = "staff", .pattern = pattern, .base = 75};
}

static struct weir_catalogue *make(const char *pattern)
{
	struct weir_custom one = custom(pattern);
	struct weir_catalogue *c = NULL;
	struct weir_error error = {0};
	int r = weir_catalogue_new(&one, 1, &c, &error);

	if (r < 0)
		fail_msg("%s: %s", pattern, error.text);
	return c;
}

static void refused(const struct weir_custom *one, unsigned column, const char *reason)
{
	struct weir_catalogue *c = (struct weir_catalogue *)&c;
	struct weir_error error = {0};

	assert_int_equal(weir_catalogue_new(one, 1, &c, &error), -EINVAL);
	assert_ptr_equal(c, &c); /* untouched */
	if (!strstr(error.text, reason))
		fail_msg("\"%s\" does not say \"%s\"", error.text, reason);
	assert_int_equal(error.column, column);
	/* without a place for the reason as well */
	assert_int_equal(weir_catalogue_new(one, 1, &c, NULL), -EINVAL);
}

static void refused_pattern(const char *pattern, unsigned column, const char *reason)
{
	struct weir_custom one = custom(pattern);

	refused(&one, column, reason);
}

static void custom__bad_patterns(void **state)
{
	char longer[1100];

	refused_pattern("", 0, "no pattern");
	refused_pattern("[0-9", 5, "missing");
	refused_pattern("工号(\\d+", 7, "parenthesis");
	refused_pattern("[[:foo:]]", 4, "POSIX");
	refused_pattern("\\d*", 1, "nothing");
	refused_pattern("(*UTF)\\d{8}", 1, "verb");
	refused_pattern("工[号码]\\d{6}", 3, "[...]");
	refused_pattern("工号码?\\d{6}", 3, "quantifier");
	refused_pattern("\\C{4}", 3, "\\C");
	refused_pattern("\xff\\d{6}", 0, "UTF-8");
	refused_pattern("(?x)\\d{8} # number", 0, "group");
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	refused_pattern(longer, 0, "1024");
}

static void custom__bad_fields(void **state)
{
	static const char *const short_word[] = {"x", NULL};
	static const char *const long_word[] = {"0123456789012345678901234567890123456789", NULL};
	struct weir_custom one = custom("\\d{8}");

	one.id = "";
	refused(&one, 0, "id");
	one.id = "with space";
	refused(&one, 0, "id");
	one.id = "cn_mobile";
	refused(&one, 0, "already");
	one.id = "staff";
	one.base = 0;
	refused(&one, 0, "confidence");
	one.base = 101;
	refused(&one, 0, "confidence");
	one.base = 50;
	one.check = "crc32";
	refused(&one, 0, "check");
	one.check = NULL;
	one.level = "C4";
	refused(&one, 0, "level");
	one.level = NULL;
	one.words = short_word;
	refused(&one, 0, "word");
	one.words = long_word;
	refused(&one, 0, "word");
}

static void custom__too_many(void **state)
{
	struct weir_custom many[WEIR_FINDINGS_DETECTORS];
	char ids[WEIR_FINDINGS_DETECTORS][16];
	struct weir_catalogue *c = NULL;
	struct weir_error error = {0};
	size_t room = WEIR_FINDINGS_DETECTORS - WEIR_DETECTOR_COUNT;

	for (size_t i = 0; i < WEIR_FINDINGS_DETECTORS; i++) {
		snprintf(ids[i], sizeof(ids[i]), "staff%zu", i);
		many[i] = custom("\\d{8}");
		many[i].id = ids[i];
	}
	assert_int_equal(weir_catalogue_new(many, room + 1, &c, &error), -E2BIG);
	assert_null(c);
	assert_int_equal(weir_catalogue_new(many, room, &c, &error), 0);
	assert_int_equal(weir_catalogue_count(c), WEIR_FINDINGS_DETECTORS);
	for (size_t i = 0; i < room; i++) {
		assert_int_equal(weir_catalogue_find(c, ids[i]), WEIR_DETECTOR_COUNT + i);
		for (size_t k = 0; k < WEIR_DETECTOR_COUNT + i; k++)
			assert_true(weir_catalogue_at(c, k)->rank <
				    weir_catalogue_at(c, WEIR_DETECTOR_COUNT + i)->rank);
	}
	weir_catalogue_free(c);
	many[1].id = many[0].id;
	c = NULL;
	assert_int_equal(weir_catalogue_new(many, 2, &c, &error), -EINVAL);
	assert_null(c);
	weir_catalogue_free(NULL);
}

static void custom__is_copied(void **state)
{
	char id[] = "staff", pattern[] = "EMP\\d{6}", word[] = "Badge No", check[] = "luhn";
	const char *words[] = {word, NULL};
	struct weir_custom one = {.id = id,
				  .pattern = pattern,
				  .words = words,
				  .check = check,
				  .level = "C2",
				  .base = 66};
	struct weir_catalogue *c = NULL;
	const struct weir_detector *d;

	assert_int_equal(weir_catalogue_new(&one, 1, &c, NULL), 0);
	memset(id, 'x', 5);
	memset(pattern, 'x', 5);
	memset(word, 'x', 5);
	memset(check, 'x', 4);
	d = weir_catalogue_at(c, WEIR_DETECTOR_COUNT);
	assert_non_null(d);
	assert_string_equal(d->id, "staff");
	assert_string_equal(d->name_zh, "staff");
	assert_string_equal(d->forms[0].pattern, "(EMP\\d{6})");
	assert_string_equal(d->words[0], "badge no");
	assert_null(d->words[1]);
	assert_string_equal(d->check, "luhn");
	assert_string_equal(d->labels.level, "C2");
	assert_int_equal(d->labels.jrt0197, 3);
	assert_int_equal(d->confidence.accepted, 66);
	assert_int_equal(d->normal, WEIR_NORMAL_CODE);
	assert_null(weir_catalogue_at(c, WEIR_DETECTOR_COUNT + 1));
	weir_catalogue_free(c);
}

/* The anchors as letters, in order. */
static void anchors_of(const char *pattern, char ret[static 4], char word[static 33])
{
	static const char letters[] = "?DSTAPQFHW";
	struct weir_catalogue *c = make(pattern);
	const struct weir_detector *d = weir_catalogue_at(c, WEIR_DETECTOR_COUNT);
	size_t n = 0;

	word[0] = '\0';
	for (; n < 3 && d->forms[n].anchor; n++)
		ret[n] = d->forms[n].anchor == WEIR_ANCHOR_ANY ? '*' : letters[d->forms[n].anchor];
	ret[n] = '\0';
	if (d->forms[0].anchor == WEIR_ANCHOR_WORD)
		snprintf(word, 33, "%s", d->anchors[0]);
	weir_catalogue_free(c);
}

static const struct {
	const char *pattern, *anchors, *word;
} anchored[] = {
	{"\\d{8}", "D", ""},
	{"[0-9]{8,12}", "D", ""},
	{"(\\d{8})", "D", ""},
	{"(?<![0-9])\\d{8}(?![0-9])", "DT", ""},
	{"\\d{6}-\\d{4}", "D", ""},
	{"\\d{6}[A-Z]", "T", ""},
	{"\\d{6}[A-Z]?", "DT", ""},
	{"EMP\\d{6}", "T", ""},
	{"[A-Z]{2}\\d{8}", "T", ""},
	{"[A-Z0-9]{2}\\d{8}", "DT", ""},
	{"2088\\d{12}", "D", ""},
	{"(?i)emp\\d{6,}", "T", ""},
	{"EMP\\d{4}", "W", "emp"},
	{"EMP-\\d{6}", "W", "emp"},
	{"工号\\d{6}", "W", "工号"},
	{"工号[:：]?\\d{6}", NULL, ""},
	{"工号(?::|：)?\\s*(\\d{6})", "W", "工号"},
	{"工号:(\\d{6})", "W", "工号"},
	/* nothing sure at the start */
	{"EMP[A-Z]{3}\\d{2}", "*", ""},
	{"EMP-(\\d{6})", "*", ""},
	{"\\d{4}", "*", ""},
	{"[A-Z]?\\d{5}", "*", ""},
	{"\\d{8}|X\\d{8}", "*", ""},
	{"(\\d{8}|X\\d{8})", "*", ""},
	{"(?:\\d{8})+", "*", ""},
	{"(\\d{8}-)?\\d{4}", "*", ""},
	{".{3}\\d{8}", "*", ""},
	{"\\w{3}\\d{8}", "*", ""},
	{"[^0-9]\\d{8}", "*", ""},
	{"(?x)\\d {8}", "*", ""},
	{"\\Q12\\E345678", "*", ""},
	{"x?yz-\\d{8}", "*", ""},
	{"-\\d{8}", "*", ""},
	{"a\\K\\d{8}", "*", ""},
	{"[[:digit:]]{8}", "*", ""},
	{"^\\d{8}", "*", ""},
};

static void custom__anchors(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(anchored); i++) {
		char anchors[4], word[33];

		if (!anchored[i].anchors)
			continue;
		anchors_of(anchored[i].pattern, anchors, word);
		if (strcmp(anchors, anchored[i].anchors) != 0 ||
		    strcmp(word, anchored[i].word) != 0)
			fail_msg("%s: %s \"%s\"", anchored[i].pattern, anchors, word);
	}
}

static bool touches(const char *text, size_t len, size_t start, size_t end)
{
	return (start > 0 && (model_digit(text[start - 1]) || model_letter(text[start - 1]))) ||
	       model_digit(model_at(text, len, end)) || model_letter(model_at(text, len, end));
}

/* Every match that touches no letter or digit begins at a place of its detector. */
static void no_match_lost(const struct weir_detector *d, const char *text)
{
	size_t len = strlen(text);
	pcre2_match_data *data = pcre2_match_data_create(8, NULL);
	int error;
	PCRE2_SIZE offset;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)d->forms[0].pattern, PCRE2_ZERO_TERMINATED,
					 PCRE2_ANCHORED | PCRE2_NEVER_UTF, &error, &offset, NULL);

	assert_non_null(code);
	for (size_t at = 0; at < len; at++) {
		PCRE2_SIZE *place = pcre2_get_ovector_pointer(data);
		bool tried = false;

		if (pcre2_match(code, (PCRE2_SPTR)text, len, at, 0, data, NULL) < 2 ||
		    touches(text, len, place[0], place[1]))
			continue;
		for (size_t f = 0; d->forms[f].anchor; f++)
			tried = tried || model_place(d, &d->forms[f], text, len, at);
		if (!tried)
			fail_msg("%s is lost at %zu of \"%s\"", d->forms[0].pattern, at, text);
	}
	pcre2_match_data_free(data);
	pcre2_code_free(code);
}

/* Texts out of the pieces that the patterns are about. */
static void custom__no_match_is_lost(void **state)
{
	static const char *const pieces[] = {"12345678", "123456", "1234", "2088", "EMP", "emp",
					     "Emp",	 "X",	   "-",	   ":",	   "：",  "工号",
					     " ",	 "\n",	   "_",	   "A",	   "xyz", "tempo",
					     ".",	 "yz",	   "AB",   "0",	   "a"};
	unsigned seed = 7;

	for (size_t i = 0; i < ARRAY_SIZE(anchored); i++) {
		struct weir_catalogue *c;

		if (!anchored[i].anchors)
			continue;
		c = make(anchored[i].pattern);
		for (unsigned n = 0; n < 400; n++) {
			char text[256] = "";

			for (unsigned k = 0; k < 6; k++) {
				seed = seed * 1103515245 + 12345;
				strncat(text, pieces[(seed >> 16) % ARRAY_SIZE(pieces)], 20);
			}
			no_match_lost(weir_catalogue_at(c, WEIR_DETECTOR_COUNT), text);
		}
		weir_catalogue_free(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(custom__bad_patterns), cmocka_unit_test(custom__bad_fields),
		cmocka_unit_test(custom__too_many),	cmocka_unit_test(custom__is_copied),
		cmocka_unit_test(custom__anchors),	cmocka_unit_test(custom__no_match_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
