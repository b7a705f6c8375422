/* SPDX-License-Identifier: Apache-2.0 */
/* What each place is, on texts that can be read. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants these first */
#include <cmocka.h>
#include <errno.h>

#include "weir/find/find.h"

#define MAX 4096

static const char *const words[] = {"身份证", "身份证号", "passport", "id", "\1akia\1"};

static struct weir_finder *finder_of(unsigned places)
{
	struct weir_finder *finder = NULL;

	assert_int_equal(weir_finder_new(words, sizeof(words) / sizeof(words[0]), places, &finder),
			 0);
	return finder;
}

static size_t find(unsigned places, const char *text, size_t len, struct weir_candidate *out)
{
	struct weir_finder *finder _cleanup_(weir_finder_freep) = finder_of(places);
	size_t next = 0;
	size_t n = weir_find(finder, (const uint8_t *)text, len, 0, 0, len, out, MAX, &next);

	assert_int_equal(next, len);
	return n;
}

/* The texts of the candidates, with '|' between. */
static void expect(unsigned places, const char *text, const char *expected)
{
	struct weir_candidate found[MAX];
	size_t n = find(places, text, strlen(text), found);
	char got[8192] = "";
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		assert_true(found[i].end <= strlen(text) && found[i].place == places);
		used += (size_t)snprintf(got + used, sizeof(got) - used, "%s%.*s", i ? "|" : "",
					 (int)(found[i].end - found[i].start),
					 text + found[i].start);
	}
	assert_string_equal(got, expected);
}

static void find__span_is_digits_with_single_separators(void **state)
{
	expect(WEIR_PLACE_SPAN, "a123456b", "123456");
	expect(WEIR_PLACE_SPAN, "12345", "");
	expect(WEIR_PLACE_SPAN, "1-2-3 4", "1-2-3 4");
	expect(WEIR_PLACE_SPAN, "12--34567", "");
	expect(WEIR_PLACE_SPAN, " 123.456,789/0_1 ", "123.456,789/0_1");
	expect(WEIR_PLACE_SPAN, "tel:138 0000 0000, 010-1234567.", "138 0000 0000|010-1234567");
}

static void find__span_tells_its_digits(void **state)
{
	struct weir_candidate found[MAX];

	assert_int_equal(find(WEIR_PLACE_SPAN, "x 12-3456 7", 11, found), 1);
	assert_int_equal(found[0].start, 2);
	assert_int_equal(found[0].digits, 7);
	assert_int_equal(found[0].separators, 2);
	assert_int_equal(found[0].runs, 0x17b);
	assert_int_equal(find(WEIR_PLACE_SPAN, "1234567", 7, found), 1);
	assert_int_equal(found[0].separators, 0);
	assert_int_equal(found[0].runs, 0x7f);
}

static void find__long_span_comes_in_pieces(void **state)
{
	static char text[10000];
	struct weir_candidate found[MAX];
	size_t n;

	memset(text, '7', sizeof(text));
	n = find(WEIR_PLACE_SPAN, text, sizeof(text), found);
	assert_int_equal(n, 5);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(found[i].start, i ? found[i - 1].end : 0);
		assert_true(found[i].end - found[i].start <= WEIR_FIND_SPAN_MAX);
		assert_int_equal(found[i].digits, found[i].end - found[i].start);
		assert_true(found[i].runs == UINT64_MAX);
	}
	assert_int_equal(found[4].end, sizeof(text));
}

static void find__token_has_letters_and_digits(void **state)
{
	expect(WEIR_PLACE_TOKEN, "91310000MA1FL8XQ30", "91310000MA1FL8XQ30");
	expect(WEIR_PLACE_TOKEN, "internationalisation 123456789012345678", "");
	expect(WEIR_PLACE_TOKEN, "ABCDEFGHIJKLM1", "");
	expect(WEIR_PLACE_TOKEN, "(ABCDEFGHIJKLMN1)", "ABCDEFGHIJKLMN1");
}

static void find__signs_stand_where_they_mean_something(void **state)
{
	expect(WEIR_PLACE_AT, "a@b @param x_@-y @ 张@b", "@|@");
	expect(WEIR_PLACE_PLATE, "京A12345 中A 沪b 粤B·12345 粵C 滬b", "京A|粤B|粵C");
	expect(WEIR_PLACE_FILLER, "P<CHN<<<<<<A<<B<<<", "<<<|<<<");
	expect(WEIR_PLACE_HOUSE, "12号 3栋 5年 6 室 楼", "2号|3栋");
	expect(WEIR_PLACE_IBAN, "GB82WEST XGB82 gB82 DE8 FR7630", "GB82|FR76");
}

static void find__words_in_any_case_and_whole(void **state)
{
	expect(WEIR_PLACE_WORD, "我的身份证号是", "身份证|身份证号");
	expect(WEIR_PLACE_WORD, "Passport PASSPORT passports apassport", "Passport|PASSPORT");
	expect(WEIR_PLACE_WORD, "myId id_card idCard IDcard 身份证id", "Id|id|id|身份证|id");
	expect(WEIR_PLACE_WORD, "xAKIAy", "AKIA");
}

static void find__odd_text(void **state)
{
	static const char *const odd[] = {"电话１３８００００１１１１",
					  "一三八零零一二三四五六",
					  "13800\342\200\213001111",
					  "\\u0031\\u0033\\u0038\\u0030",
					  "%31%33%38%30",
					  "=31=33=38=30",
					  "&#49;&#51;&#x38;&#48;",
					  "1380013=\n8000",
					  "=?gb2312?B?yO3Dxg==?=",
					  "138–0013–8000",
					  "l38OO13800O",
					  "\377\001京A１２３４５\001\3776",
					  "=31 =32 =3\n=33 =34 =\n",
					  "=3Da =3D =3D\"b\"=3D",
					  "138001\320\2368000"};
	static const char *const plain[] = {
		"在使用一个数据系统的时候，第二个文件可以配置。2024年10月15日",
		"x = y; a && b; 100%",
		"\\n\\t\\u \\x",
		"price: 1,234.56",
		"HTTP/1.1 200 12345678901234567890",
		"（一）第一条、第二条",
		"id=12&ts=34 order=5678 trace=AB12&x=99",
		"4\00112\2013\0014567\302\262\376\0029\0018",
		"1234567\001\342\200\213\0018",
		"int i = 10; long l = 0;"};
	struct weir_candidate found[MAX];

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		if (find(WEIR_PLACE_ODD, odd[i], strlen(odd[i]), found) != 1)
			fail_msg("not odd: %s", odd[i]);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (find(WEIR_PLACE_ODD, plain[i], strlen(plain[i]), found) != 0)
			fail_msg("odd: %s", plain[i]);
}

static void find__coded_text(void **state)
{
	expect(WEIR_PLACE_CODED, "x: QWxhZGRpbjpvcGVuIHNlc2FtZQ== y",
	       "QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
	expect(WEIR_PLACE_CODED,
	       "QWxhZGRpbjpvcGVuIHNlc2FtZQ\r\nQWxhZGRpbjpvcGVuIHNlc2FtZQ\r\nYQ==\r\n\r\nBye",
	       "QWxhZGRpbjpvcGVuIHNlc2FtZQ\r\nQWxhZGRpbjpvcGVuIHNlc2FtZQ\r\nYQ==");
	expect(WEIR_PLACE_CODED, "QWxhZGRpbjpvcGVuIHNlc2Ft\nand more", "QWxhZGRpbjpvcGVuIHNlc2Ft");
	expect(WEIR_PLACE_CODED, "/usr/share/documentation/package/copyright", "");
	expect(WEIR_PLACE_CODED, "----------------------------------------", "");
	expect(WEIR_PLACE_CODED, "313338303031333830303131", "313338303031333830303131");
	expect(WEIR_PLACE_CODED, "<31 33 38 30 30 31 33 38 30 30 31 31>",
	       "31 33 38 30 30 31 33 38 30 30 31 31");
	expect(WEIR_PLACE_CODED, "31:33:38:30:30:31:33:38:30:30:31", "");
}

static void find__goes_on_where_it_stopped(void **state)
{
	struct weir_finder *finder _cleanup_(weir_finder_freep) = finder_of(WEIR_PLACE_ALL);
	struct weir_candidate all[MAX], some[WEIR_FIND_CANDIDATES_MIN];
	char text[12000];
	size_t next, n, seen = 0;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "id 123456 "[i % 10];
	n = weir_find(finder, (uint8_t *)text, sizeof(text), 5, 0, sizeof(text), all, MAX, &next);
	assert_int_equal(next, sizeof(text));
	assert_true(n > 2000);
	for (size_t from = 0; from < sizeof(text); from = next) {
		size_t m = weir_find(finder, (uint8_t *)text, sizeof(text), 5, from, sizeof(text),
				     some, WEIR_FIND_CANDIDATES_MIN, &next);

		assert_true(next > from && seen + m <= n);
		for (size_t i = 0; i < m; i++, seen++)
			assert_memory_equal(&some[i], &all[seen], sizeof(some[i]));
	}
	assert_int_equal(seen, n);
}

static void find__refuses_words(void **state)
{
	static const char *const bad[] = {
		"", "x", "Upper", "\xff\xfe", "\1\1", "a\1", "123456789012345678901234567890123"};
	static const char *many[5000];
	struct weir_finder *finder = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(weir_finder_new(&bad[i], 1, WEIR_PLACE_ALL, &finder), -EINVAL);
	for (size_t i = 0; i < 5000; i++)
		many[i] = "ab";
	assert_int_equal(weir_finder_new(many, 4097, WEIR_PLACE_ALL, &finder), -E2BIG);
	assert_null(finder);
}

static void find__variants_by_name(void **state)
{
	struct weir_finder *finder _cleanup_(weir_finder_freep) = finder_of(WEIR_PLACE_ALL);

	assert_int_equal(weir_finder_use(finder, "portable"), 0);
	assert_string_equal(weir_finder_variant(finder), "portable");
	assert_int_equal(weir_finder_use(finder, "mmx"), -EINVAL);
#if defined(__x86_64__)
	assert_int_equal(weir_finder_use(finder, "sse2"), 0);
	assert_int_equal(weir_finder_use(finder, "neon"), -ENOTSUP);
#endif
	assert_true(weir_finder_size(finder) > 0);
}

/* Hundreds of words, whose prints pass nearly all places: each is given once. */
static void find__many_words_once_each(void **state)
{
	static const char *const variants[] = {"portable", "sse2", "avx2", "avx512", "neon"};
	static char room[1200][16], text[1200 * 12];
	static const char *list[1200];
	struct weir_finder *finder _cleanup_(weir_finder_freep) = NULL;
	struct weir_candidate found[MAX];
	size_t len = 0, next;

	for (unsigned i = 0; i < 1200; i++) {
		if (i % 2)
			snprintf(room[i], sizeof(room[i]), "%c%c%c%c", 'a' + i % 26,
				 'a' + i / 26 % 26, 'a' + i / 676, 'x');
		else
			snprintf(room[i], sizeof(room[i]), "\xe5%c%c\xe6%c%c", 0x80 + i % 64,
				 0x80 + i / 64, 0x80 + i % 61, 0x80 + i % 59);
		list[i] = room[i];
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s ", room[i]);
	}
	assert_int_equal(weir_finder_new(list, 1200, WEIR_PLACE_WORD, &finder), 0);
	for (size_t v = 0; v < sizeof(variants) / sizeof(variants[0]); v++) {
		if (weir_finder_use(finder, variants[v]) < 0)
			continue;
		assert_int_equal(
			weir_find(finder, (uint8_t *)text, len, 0, 0, len, found, MAX, &next),
			1200);
		for (unsigned i = 0; i < 1200; i++)
			assert_int_equal(found[i].word, i);
	}
}

/* With blocks on both sides, where words are sieved before they are looked up. */
static void find__short_words_within_long_text(void **state)
{
	static const char *const list[] = {"qq",       "tel",	       "\1key\1", "card",
					   "\316\276", "\350\241\250", "c.v"};
	static const char text[] =
		"QQ:1 qq\347 xqq qqs|telNo TEL tel\347\224\265 tel_x TEL1 telephone "
		"TELE|monkeys|CARD cardNo Card cards|\316\276|\350\241\250a "
		"\350\241\250|C.V c.vx";
	static const unsigned expected[] = {0, 0, 1, 1, 1, 1, 1, 2, 3, 3, 3, 4, 5, 5, 6};
	static const char *const variants[] = {"portable", "sse2", "avx2", "avx512", "neon"};
	struct weir_finder *finder _cleanup_(weir_finder_freep) = NULL;
	struct weir_candidate found[MAX];
	uint8_t room[512];
	size_t next;

	assert_int_equal(weir_finder_new(list, 7, WEIR_PLACE_WORD, &finder), 0);
	memset(room, ' ', sizeof(room));
	memcpy(room + 150, text, sizeof(text) - 1);
	for (size_t v = 0; v < sizeof(variants) / sizeof(variants[0]); v++) {
		if (weir_finder_use(finder, variants[v]) < 0)
			continue;
		assert_int_equal(weir_find(finder, room, sizeof(room), 0, 0, sizeof(room), found,
					   MAX, &next),
				 sizeof(expected) / sizeof(expected[0]));
		for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
			assert_int_equal(found[i].word, expected[i]);
	}
}

static void find__nothing_in_nothing(void **state)
{
	struct weir_finder *finder _cleanup_(weir_finder_freep) = finder_of(WEIR_PLACE_ALL);
	struct weir_candidate found[WEIR_FIND_CANDIDATES_MIN];
	size_t next = 9;

	assert_int_equal(weir_find(finder, (const uint8_t *)"", 0, 0, 0, 0, found,
				   WEIR_FIND_CANDIDATES_MIN, &next),
			 0);
	assert_int_equal(next, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(find__span_is_digits_with_single_separators),
		cmocka_unit_test(find__span_tells_its_digits),
		cmocka_unit_test(find__long_span_comes_in_pieces),
		cmocka_unit_test(find__token_has_letters_and_digits),
		cmocka_unit_test(find__signs_stand_where_they_mean_something),
		cmocka_unit_test(find__words_in_any_case_and_whole),
		cmocka_unit_test(find__odd_text),
		cmocka_unit_test(find__coded_text),
		cmocka_unit_test(find__goes_on_where_it_stopped),
		cmocka_unit_test(find__refuses_words),
		cmocka_unit_test(find__variants_by_name),
		cmocka_unit_test(find__many_words_once_each),
		cmocka_unit_test(find__short_words_within_long_text),
		cmocka_unit_test(find__nothing_in_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
