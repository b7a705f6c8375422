/* SPDX-License-Identifier: Apache-2.0 */
/* What is read by hand is what the pattern in the catalogue matches, byte for byte. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "house.h"
#include "weir/base/macros.h"
#include "weir/catalogue/catalogue.h"

#define LEN_MAX 1024

static uint64_t state = 88172645463325252u;

static unsigned draw(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % below;
}

/* What the two forms are made of, and what ends them. */
static const char *const pieces[] = {
	"北京", "上海市",   "内蒙古", "黑龙江省", "山",	  "东",	      "朝阳区", "建国路", "号",
	"号楼", "號",	    "室",     "栋",	  "棟",	  "幢",	      "座",	"房",	  "楼",
	"层",	"单元",	    "单",     "元",	  "巷",	  "12",	      "3",	"A",	  "b",
	"#",	"(",	    ")",      "-",	  " ",	  "（",	      "）",	"·",	  "，",
	"\n",	"\xe5\x8f", "\xe4",   "\x80",	  "\xc2", "\xef\xbc", "香",	"港",	  "，北京"};

/* Stretches that are as long as the forms allow come as often as short ones. */
static size_t text(char ret[static LEN_MAX])
{
	size_t len = 0, n = 1 + draw(draw(2) ? 20 : 160);
	unsigned usual = 30 + draw(ARRAY_SIZE(pieces) - 30 + 1);

	while (n-- > 0) {
		const char *piece = pieces[draw(usual)];
		size_t size = strlen(piece);

		if (len + size > LEN_MAX)
			break;
		memcpy(ret + len, piece, size);
		len += size;
	}
	return len;
}

static pcre2_code *compile(const char *pattern)
{
	int error;
	PCRE2_SIZE place;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
					 PCRE2_ANCHORED | PCRE2_NEVER_UTF, &error, &place, NULL);

	assert_non_null(code);
	return code;
}

static unsigned agrees(const struct weir_form *form)
{
	pcre2_code *code = compile(form->pattern);
	pcre2_match_data *data = pcre2_match_data_create(2, NULL);
	const PCRE2_SIZE *place = pcre2_get_ovector_pointer(data);
	char in[LEN_MAX];
	unsigned matches = 0;

	for (unsigned i = 0; i < 30000; i++) {
		size_t len = text(in), start = 0, end = 0;
		int r = pcre2_match(code, (PCRE2_SPTR)in, len, 0, 0, data, NULL);
		struct weir_house house;
		bool found;

		assert_true(r == 2 || r == PCRE2_ERROR_NOMATCH);
		weir_house_read(&house, (const uint8_t *)in, len);
		found = weir_house_match(&house, form->reader, &start, &end);
		if (found != (r > 0) || (found && (start != place[2] || end != place[3])))
			fail_msg("%d: %zu..%zu, not %zu..%zu of \"%.*s\"", form->reader, start, end,
				 r > 0 ? place[2] : 0, r > 0 ? place[3] : 0, (int)len, in);
		matches += found;
	}
	pcre2_match_data_free(data);
	pcre2_code_free(code);
	return matches;
}

static void house__reads_what_the_pattern_says(void **unused)
{
	const struct weir_catalogue *catalogue = weir_catalogue_builtin();
	int number = weir_catalogue_find(catalogue, "cn_address");
	const struct weir_detector *d = weir_catalogue_at(catalogue, (size_t)number);
	unsigned readers = 0;

	for (size_t k = 0; k < WEIR_DETECTOR_FORMS && d->forms[k].anchor; k++) {
		if (!d->forms[k].reader)
			continue;
		assert_int_equal(d->forms[k].anchor, WEIR_ANCHOR_HOUSE);
		/* neither always nor never */
		assert_in_range(agrees(&d->forms[k]), 3000, 27000);
		readers++;
	}
	assert_int_equal(readers, 2);
}

static size_t start_of(const char *text)
{
	return weir_house_start((const uint8_t *)text, strlen(text));
}

static void house__starts_behind_a_break(void **unused)
{
	char longer[400];

	assert_int_equal(start_of("地址：中山路5"), strlen("地址："));
	assert_int_equal(start_of("中山路，人民路5"), strlen("中山路，"));
	assert_int_equal(start_of("a b中山路5-2"), 2);
	assert_int_equal(start_of("中山路5"), 0);
	assert_int_equal(start_of(""), 0);
	/* no farther back than 180 bytes, and never inside a character */
	memset(longer, 0, sizeof(longer));
	for (size_t i = 0; i < 130; i++)
		memcpy(longer + 3 * i, "路", 3);
	assert_int_equal(start_of(longer), 210);
	longer[388] = '\0';
	assert_int_equal(start_of(longer), 210);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(house__reads_what_the_pattern_says),
		cmocka_unit_test(house__starts_behind_a_break),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
