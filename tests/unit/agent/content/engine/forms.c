/* SPDX-License-Identifier: Apache-2.0 */
/* Every way in which the numbers are written, what may stand beside them, and what must not. */

#include <inttypes.h>

#include "helper.h"

/* Digits by a template: '#' the next character of value, everything else itself. */
static char *spell(const char *template, const char *value)
{
	static char text[256];
	size_t used = 0;

	for (; *template && used + 1 < sizeof(text); template ++)
		text[used++] = *template == '#' && *value ? *value++ : *template;
	text[used] = '\0';
	return text;
}

/* An ID whose check character is X. */
static void id_with_x(char ret[static 19])
{
	unsigned n = 0;

	do
		synthetic_resident_id(n++, ret);
	while (ret[17] != 'X');
}

static void forms__resident_id(void **state)
{
	static const char *const forms[] = {
		"##################",
		"###### ######## ####",
		"######-########-####",
		"######-########-###-#",
		"###### ######## ### #",
		"身份证##################号",
		"电话号##################。",
		"(##################)",
		"##################.",
		"\"##################\",",
		"\t##################\r\n",
		"'##################",
		"<w:t>##################</w:t>",
		"##################\xef\xbc\x8c",
		"a=##################&b=1",
	};
	char id[19];

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		for (unsigned n = 0; n < 20; n++) {
			synthetic_resident_id(n * 13, id);
			assert_true(only(RESIDENT_ID, spell(forms[i], id)) >= 80);
		}
}

static void forms__resident_id_x(void **state)
{
	static const char *const forms[] = {"#################X",
					    "#################x",
					    "#################\xef\xbc\xb8",
					    "#################\xef\xbd\x98",
					    "#################\xc3\x97",
					    "###### ######## ###x"};
	char id[19];

	id_with_x(id);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		assert_true(only(RESIDENT_ID, spell(forms[i], id)) >= 80);
		assert_int_equal(look(spell(forms[i], id))->findings[0].masked[17], 'X');
	}
}

static void forms__card(void **state)
{
	static const struct {
		const char *form, *prefix;
		unsigned digits;
	} cases[] = {
		{"################", "62", 16},
		{"#### #### #### ####", "4", 16},
		{"####-####-####-####", "51", 16},
		{"###################", "62", 19},
		{"#### #### #### #### ###", "62", 19},
		{"####-####-####-####-###", "62", 19},
		{"###### #############", "62", 19},
		{"#### ###### #####", "34", 15},
		{"####-######-#####", "37", 15},
		{"#### ###### ####", "36", 14},
		{"#############", "4", 13},
		{"银行卡################到账", "62", 16},
		{"#### #### ########", "62", 16},
		{"#################", "62", 17},
		{"[################]", "4", 16},
		{"卡:################;", "4", 16},
	};
	char number[20];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (unsigned n = 1; n < 20; n++) {
			synthetic_card(cases[i].prefix, n * 104729, cases[i].digits, number);
			assert_true(only(PAYMENT_CARD, spell(cases[i].form, number)) >= 60);
		}
}

static void forms__card_before_its_code(void **state)
{
	char number[20];

	/* the three digits behind are not part of the card, whose check digit is right without them
	 */
	synthetic_card("62", 4711, 16, number);
	assert_true(only(PAYMENT_CARD, spell("卡号 #### #### #### #### 123", number)) >= 80);
	assert_int_equal(look(spell("卡号 #### #### #### #### 123", number))->findings[0].length,
			 19);
}

static void forms__mobile(void **state)
{
	static const char *const forms[] = {
		"###########",		"### #### ####",	 "###-####-####",
		"### ########",		"####### ####",		 "###.####.####",
		"+86###########",	"+86 ### #### ####",	 "(+86)###########",
		"0086###########",	"0086 ###########",	 "手机###########号",
		"tel:###########",	"电话：###-####-####。", "###########/",
		"<td>###########</td>",
	};
	char number[12];

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		for (unsigned n = 0; n < 20; n++) {
			synthetic_mobile(n * 17, number);
			assert_true(only(CN_MOBILE, spell(forms[i], number)) >= 60);
			assert_in_range(look(spell(forms[i], number))->findings[0].length, 11, 13);
		}
}

static void forms__several_on_a_line(void **state)
{
	const struct weir_findings *f;
	char id[19], number[20], mobile[12], text[128];

	synthetic_resident_id(5, id);
	synthetic_card("62", 5, 19, number);
	synthetic_mobile(5, mobile);
	for (const char *sep = ", |;\t\n"; *sep; sep++) {
		snprintf(text, sizeof(text), "%s%c%s%c%s", id, *sep, number, *sep, mobile);
		f = look(text);
		assert_int_equal(f->count, 3);
		assert_int_equal(f->findings[0].detector, RESIDENT_ID);
		assert_int_equal(f->findings[1].detector, PAYMENT_CARD);
		assert_int_equal(f->findings[1].offset, 19);
		assert_int_equal(f->findings[2].detector, CN_MOBILE);
		assert_int_equal(f->findings[2].offset, 39);
		assert_int_equal(f->records, *sep == '\n' ? 3 : 1);
	}
}

/* Parts of longer tokens: dropped. */
static void forms__neighbours(void **state)
{
	static const char *const forms[] = {
		"1%s",
		"%s7",
		"x%s",
		"%sx",
		"0x%s",
		"_%s",
		"%s_",
		"blk_-%s",
		"0.%s",
		"%s.5",
		"%s%%",
		"%spx",
		"a-%s",
		"%s-a",
		"1e-%s",
		"//%s",
		"deadbeef%sdead",
		"12-%s",
		"id/%s",
		"..%s",
		"%s-5",
		"550e8400-e29b-41d4-a716-%s",
	};
	char id[19], number[20], mobile[12], text[128];

	synthetic_resident_id(5, id);
	synthetic_card("62", 5, 19, number);
	synthetic_mobile(5, mobile);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof(text), forms[i], id);
		assert_int_equal(look(text)->count, 0);
		snprintf(text, sizeof(text), forms[i], number);
		assert_int_equal(look(text)->count, 0);
		snprintf(text, sizeof(text), forms[i], mobile);
		assert_int_equal(look(text)->count, 0);
#pragma GCC diagnostic pop
	}
}

/* Constants of programs, which backwards look like codes that begin with letters. */
static void forms__constants(void **state)
{
	struct weir_buf text = WEIR_BUF_INIT(16 << 20);
	struct weir_engine *engine = new_engine();

	for (uint64_t n = 1; n <= 50000; n++) {
		uint64_t digits = n * UINT64_C(7046029254386353131) % UINT64_C(9000000000000000) +
				  UINT64_C(1000000000000000);

		assert_int_equal(
			weir_buf_printf(&text, "{0x%" PRIu64 ", %" PRIu64 "ull},\n%" PRIu64 "LL;\n",
					digits, digits / 100, digits / 10),
			0);
	}
	assert_int_equal(look_at(engine, text.data, text.len)->count, 0);
	weir_buf_done(&text);
	weir_engine_free(engine);
}

/* A word before it says that it is one all the same; a digit at it says never. */
static void forms__neighbours_with_a_word(void **state)
{
	char id[19], text[128];

	synthetic_resident_id(5, id);
	snprintf(text, sizeof(text), "sfzh_%s", id);
	assert_int_equal(only(RESIDENT_ID, text),
			 worth(RESIDENT_ID, id, scale(RESIDENT_ID)->near_word));
	snprintf(text, sizeof(text), "身份证-%sA", id);
	assert_int_equal(only(RESIDENT_ID, text),
			 worth(RESIDENT_ID, id, scale(RESIDENT_ID)->near_word));
	snprintf(text, sizeof(text), "身份证1%s", id);
	assert_int_equal(only(RESIDENT_ID, text), -1);
}

/* In GBK a hanzi may end in a byte that reads as a letter. */
static void forms__gbk_before_a_number(void **state)
{
	char id[19], text[64];

	synthetic_resident_id(5, id);
	snprintf(text, sizeof(text),
		 "\xbf\xcd\x91"
		 "a%s",
		 id);
	assert_int_equal(only(RESIDENT_ID, text), 80);
	snprintf(text, sizeof(text),
		 "\xe5\xae\xa2"
		 "a%s",
		 id); /* UTF-8 and a letter */
	assert_int_equal(only(RESIDENT_ID, text), -1);
}

static void forms__malformed_bytes(void **state)
{
	char id[19], text[64];

	synthetic_resident_id(5, id);
	for (unsigned byte = 0x80; byte <= 0xff; byte++) {
		snprintf(text, sizeof(text), "%c%s%c", (char)byte, id, (char)byte);
		assert_int_equal(look(text)->total[RESIDENT_ID], 1);
	}
}

static void forms__long_groups_go_on(void **state)
{
	char number[20];

	synthetic_card("4", 99, 16, number);
	assert_int_equal(only(PAYMENT_CARD, spell("0000 #### #### #### ####", number)), -1);
	assert_true(only(PAYMENT_CARD, spell("1 #### #### #### ####", number)) >=
		    80); /* numbered line */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms__resident_id),
		cmocka_unit_test(forms__resident_id_x),
		cmocka_unit_test(forms__card),
		cmocka_unit_test(forms__card_before_its_code),
		cmocka_unit_test(forms__mobile),
		cmocka_unit_test(forms__several_on_a_line),
		cmocka_unit_test(forms__neighbours),
		cmocka_unit_test(forms__constants),
		cmocka_unit_test(forms__neighbours_with_a_word),
		cmocka_unit_test(forms__gbk_before_a_number),
		cmocka_unit_test(forms__malformed_bytes),
		cmocka_unit_test(forms__long_groups_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
