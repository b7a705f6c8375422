/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/view/normal.h"

#include <errno.h>

#include "view.h"
#include "weir/base/macros.h"
#include "weir/base/utf8.h"

static void view(struct weir_normal *normal, const char *in)
{
	assert_int_equal(weir_normalise((const uint8_t *)in, strlen(in), normal), 0);
}

/* places of every byte of the result, as letters: 'a' is 0. NULL: not looked at. */
struct vector {
	const char *in, *out;
	unsigned rules;
	const char *from;
};

static void check(const struct vector *vectors, size_t count)
{
	struct weir_normal normal = {0};

	for (size_t i = 0; i < count; i++) {
		const struct vector *v = &vectors[i];
		char text[512];

		view(&normal, v->in);
		snprintf(text, sizeof(text), "%.*s", (int)normal.len, (char *)normal.text);
		assert_string_equal(text, v->out);
		assert_int_equal(normal.rules, v->rules);
		assert_int_equal(normal.from[normal.len], strlen(v->in));
		for (size_t k = 0; v->from && k < normal.len; k++)
			assert_int_equal(normal.from[k], v->from[k] - 'a');
	}
	weir_normal_done(&normal);
}

static void normal__width(void **state)
{
	static const struct vector vectors[] = {
		{"１３８", "138", WEIR_NORMAL_WIDTH, "adg"},
		{"Ａｂ～！", "Ab~!", WEIR_NORMAL_WIDTH, "adgj"},
		{"a　b", "a b", WEIR_NORMAL_WIDTH, "abe"},
		{"电话：１", "电话:1", WEIR_NORMAL_WIDTH, "abcdefgj"},
	};

	check(vectors, ARRAY_SIZE(vectors));
}

static void normal__invisible(void **state)
{
	static const struct vector vectors[] = {
		{"1\u200b3\u200d8", "138", WEIR_NORMAL_INVISIBLE, "aei"},
		{"1\u00ad3\ufeff8", "138", WEIR_NORMAL_INVISIBLE, "adh"},
		{"\u202e138\u202c", "138", WEIR_NORMAL_INVISIBLE, "def"},
		{"a\u2060\u2066\u206f\ufe00\ufe0fb", "ab", WEIR_NORMAL_INVISIBLE, NULL},
		{"a\U000e0100\U000e01ef\U000e0041b", "ab", WEIR_NORMAL_INVISIBLE, NULL},
		{"a\u034f\u061c\u115f\u1160\u17b4\u180e\u200f\u2064b", "ab", WEIR_NORMAL_INVISIBLE,
		 NULL},
		{"1\ufe0f\u20e33\ufe0f\u20e3", "13", WEIR_NORMAL_INVISIBLE, "ah"},
	};

	check(vectors, ARRAY_SIZE(vectors));
}

static void normal__digits_of_other_scripts(void **state)
{
	static const struct vector vectors[] = {
		{"٠١٩", "019", WEIR_NORMAL_DIGIT, "ace"},
		{"०१९", "019", WEIR_NORMAL_DIGIT, "adg"},
		{"𝟏𝟑𝟴", "138", WEIR_NORMAL_DIGIT, "aei"},
		{"①③⑧", "138", WEIR_NORMAL_DIGIT, "adg"},
		{"⓪⓿❶➂➒", "00139", WEIR_NORMAL_DIGIT, NULL},
		{"⑴⒊⑩", "1310", WEIR_NORMAL_DIGIT, "adgg"},
		{"13⑧12345678", "13812345678", WEIR_NORMAL_DIGIT, NULL},
		{"¹³⁸₁₂", "13812", WEIR_NORMAL_DIGIT, NULL},
		/* marks of a list, foot notes, powers */
		{"①13812345678 ②a", "①13812345678 ②a", 0, NULL},
		{"13812345678①", "13812345678①", 0, NULL},
		{"10 m²", "10 m²", 0, NULL},
	};

	check(vectors, ARRAY_SIZE(vectors));
}

static void normal__numerals(void **state)
{
	static const struct vector vectors[] = {
		{"一三八〇零○两贰", "13800022", WEIR_NORMAL_NUMERAL, "adgjmpsv"},
		{"壹幺弌貳二三叁參四肆五伍六陆陸七柒八捌九玖", "111223334455666778899",
		 WEIR_NORMAL_NUMERAL, NULL},
		{"1三8一二三4五", "13812345", WEIR_NORMAL_NUMERAL, NULL},
		{"一三八一二\u200b三四五六七八", "13812345678",
		 WEIR_NORMAL_NUMERAL | WEIR_NORMAL_INVISIBLE, NULL},
		{"1381234567八", "13812345678", WEIR_NORMAL_NUMERAL, NULL},
		/* six are a date or an ordinal */
		{"一三八一二三", "一三八一二三", 0, NULL},
		{"二〇二四年一二月", "二〇二四年一二月", 0, NULL},
		/* a number keeps its length */
		{"13812345678一共", "13812345678一共", 0, NULL},
		{"十百千万一二三四五六", "十百千万一二三四五六", 0, NULL},
	};

	check(vectors, ARRAY_SIZE(vectors));
}

static void normal__lookalikes(void **state)
{
	static const struct vector vectors[] = {
		{"138O0l38I00", "13800138100", WEIR_NORMAL_LOOKALIKE, "abcdefghijk"},
		{"l38o0138000", "13800138000", WEIR_NORMAL_LOOKALIKE, NULL},
		{"138О0138ο00", "13800138000", WEIR_NORMAL_LOOKALIKE, "abcdfghijlm"},
		{"138|0138000", "13810138000", WEIR_NORMAL_LOOKALIKE, NULL},
		/* columns */
		{"35|13800138000|1", "35|13800138000|1", 0, NULL},
		{"13800138000|6222", "13800138000|6222", 0, NULL},
		/* too short, too few digits, letters in front of a document number */
		{"12O45", "12O45", 0, NULL},
		{"abcO12l", "abcO12l", 0, NULL},
		{"O123456", "O123456", 0, NULL},
		{"1000000l 11644473600ll", "1000000l 11644473600ll", 0, NULL},
		{"I123456789", "I123456789", 0, NULL},
		{"IE29AIBK93115212345678", "IE29AIBK93115212345678", 0, NULL},
		{"hello IO lol 12345678", "hello IO lol 12345678", 0, NULL},
		/* the 18th */
		{"11010119900101123×", "11010119900101123X", WEIR_NORMAL_LOOKALIKE, NULL},
		{"110101 19900101 123×", "110101 19900101 123X", WEIR_NORMAL_LOOKALIKE, NULL},
		{"11010119900101123х", "11010119900101123x", WEIR_NORMAL_LOOKALIKE, NULL},
		{"11010119900101123Ｘ", "11010119900101123X", WEIR_NORMAL_WIDTH, NULL},
		{"1101011990010112×", "1101011990010112×", 0, NULL},
		{"3×4", "3×4", 0, NULL},
		/* words: mixed ones are disguised, pure ones are a language */
		{"раssword", "password", WEIR_NORMAL_LOOKALIKE, "acefghij"},
		{"Αccount", "Account", WEIR_NORMAL_LOOKALIKE, NULL},
		{"Сор Привет αβγ", "Сор Привет αβγ", 0, NULL},
	};

	check(vectors, ARRAY_SIZE(vectors));
}

static void normal__separators(void **state)
{
	static const struct vector vectors[] = {
		{"138\u00a01234\u20035678", "138 1234 5678", WEIR_NORMAL_SEPARATOR,
		 "abcdfghijmnop"},
		{"138\u20101234\u22125678", "138-1234-5678", WEIR_NORMAL_SEPARATOR, NULL},
		{"1\u20112\u20123\u20134\u20145\u20156", "1-2-3-4-5-6", WEIR_NORMAL_SEPARATOR,
		 NULL},
		{"138·1234・5678", "138.1234.5678", WEIR_NORMAL_SEPARATOR, NULL},
		{"1、2∕3⁄4", "1,2/3/4", WEIR_NORMAL_SEPARATOR, NULL},
		{"1，2．3／4－5＿6", "1,2.3/4-5_6", WEIR_NORMAL_WIDTH, NULL},
		{"1\n2\r\n3\t4\u20285\xc2\x85"
		 "6",
		 "1\n2\r\n3\t4\u20285\xc2\x85"
		 "6",
		 0, NULL},
	};

	check(vectors, ARRAY_SIZE(vectors));
}

static void normal__escapes_of_json(void **state)
{
	static const struct vector vectors[] = {
		{"\\u0031\\u5f20", "1张", WEIR_NORMAL_ESCAPE, "aggg"},
		{"\\ud83d\\ude00", "😀", WEIR_NORMAL_ESCAPE, "aaaa"},
		{"\\\\u0031\\\\\\u0032", "12", WEIR_NORMAL_ESCAPE, "ah"},
		{"\\x31\\xe5\\xbc\\xa0", "1张", WEIR_NORMAL_ESCAPE, "aeim"},
		{"\\xd5\\xc5\\xc8\\xfd", "张三", WEIR_NORMAL_ESCAPE, "aaaiii"},
		{"1\\/2\\\"3", "1/2\"3", WEIR_NORMAL_ESCAPE, "abdeg"},
		{"a\\n13\\tE1", "a\n13\tE1", WEIR_NORMAL_ESCAPE, NULL},
		{"a\\u000a1\\x0d2\\u0009", "a\n1\r2\t", WEIR_NORMAL_ESCAPE, NULL},
		/* not whole, alone, or control characters */
		{"\\u12 \\ud83d \\udE00 \\u0000 \\x0 \\u0007",
		 "\\u12 \\ud83d \\udE00 \\u0000 \\x0 \\u0007", 0, NULL},
		{"C:\\new\\dir", "C:\\new\\dir", 0, NULL},
		{"C:\\n\\users \\n\\n", "C:\\n\\users \\n\\n", 0, NULL},
		/* before what is escaped as well */
		{"!\\n\\u767b", "!\n登", WEIR_NORMAL_ESCAPE, "abdddd"},
		{"!\\r\\n1", "!\r\n1", WEIR_NORMAL_ESCAPE, "abdf"},
	};

	check(vectors, ARRAY_SIZE(vectors));
}

static void normal__escapes_of_html(void **state)
{
	static const struct vector vectors[] = {
		{"&#49;&#x33;&#X4e2d;", "13中", WEIR_NORMAL_ESCAPE, "afllll"},
		{"&#49&#51&#56 ", "138 ", WEIR_NORMAL_ESCAPE, "aeim"},
		{"138&nbsp;1234&middot;5", "138 1234.5", WEIR_NORMAL_ESCAPE | WEIR_NORMAL_SEPARATOR,
		 NULL},
		{"&lt;a&gt;&quot;&amp;&apos;", "<a>\"&'", WEIR_NORMAL_ESCAPE, "aefjpu"},
		{"1&zwj;3&shy;8", "138", WEIR_NORMAL_ESCAPE | WEIR_NORMAL_INVISIBLE, "agm"},
		{"a&#10;1&Tab;2&#xd;", "a\n1\t2\r", WEIR_NORMAL_ESCAPE, "abghmn"},
		/* twice over */
		{"&amp;#49;", "1", WEIR_NORMAL_ESCAPE, "a"},
		{"&unknown; a&b; &#; &#xd800; &#1114112; &#4294967345; &lt",
		 "&unknown; a&b; &#; &#xd800; &#1114112; &#4294967345; &lt", 0, NULL},
	};

	check(vectors, ARRAY_SIZE(vectors));
}

static void normal__escapes_of_urls(void **state)
{
	static const struct vector vectors[] = {
		{"%31%33%38", "138", WEIR_NORMAL_ESCAPE, "adg"},
		{"%E5%BC%A0", "张", WEIR_NORMAL_ESCAPE, "adg"},
		{"%D5%C5%C8%FD", "张三", WEIR_NORMAL_ESCAPE, "aaaggg"},
		{"%B5%C4", "的", WEIR_NORMAL_ESCAPE, "aaa"},
		{"%u5f20%u0031", "张1", WEIR_NORMAL_ESCAPE, "aaag"},
		{"%2531", "1", WEIR_NORMAL_ESCAPE, "a"},
		{"a+b%20c%0A1", "a+b c\n1", WEIR_NORMAL_ESCAPE, NULL},
		/* neither UTF-8 nor GB18030 */
		{"%FF%FE 100%x %3 %", "%FF%FE 100%x %3 %", 0, NULL},
		{"%E9%E8 \\xe9\\xe8", "%E9%E8 \\xe9\\xe8", 0, NULL},
		{"caf%E9 %00", "caf%E9 %00", 0, NULL},
		/* only what is ASCII of a run that is no text */
		{"%FF%31%FF", "%FF1%FF", WEIR_NORMAL_ESCAPE, NULL},
		/* three rounds are not made */
		{"%252531", "%31", WEIR_NORMAL_ESCAPE, NULL},
	};

	check(vectors, ARRAY_SIZE(vectors));
}

#define LINE60 "123456789 123456789 123456789 123456789 123456789 123456789 "

static void normal__quoted_printable(void **state)
{
	static const struct vector vectors[] = {
		{"=E5=BC=A0", "张", WEIR_NORMAL_ESCAPE, "adg"},
		{"=D5=C5=C8=FD", "张三", WEIR_NORMAL_ESCAPE, "aaaggg"},
		{"=31=33=38", "138", WEIR_NORMAL_ESCAPE, "adg"},
		{"href=3D\"x\"", "href=\"x\"", WEIR_NORMAL_ESCAPE, NULL},
		{"=E5=BC=\r\n=A0", "张", WEIR_NORMAL_ESCAPE, "adj"},
		{LINE60 "138123=\r\n45678", LINE60 "13812345678", WEIR_NORMAL_ESCAPE, NULL},
		{LINE60 "=41 138123=\n45678 =42", LINE60 "A 13812345678 B", WEIR_NORMAL_ESCAPE,
		 NULL},
		/* a blank before the break: only where an escape shows that it is mail */
		{LINE60 "=41 1381 =\n45678", LINE60 "A 1381 45678", WEIR_NORMAL_ESCAPE, NULL},
		{LINE60 "1381 =\n45678", LINE60 "1381 =\n45678", 0, NULL},
		/* settings and programs */
		{"id=330102 a=44", "id=330102 a=44", 0, NULL},
		{"empty=\nnext=1\n", "empty=\nnext=1\n", 0, NULL},
		{"a ==\nb", "a ==\nb", 0, NULL},
	};

	check(vectors, ARRAY_SIZE(vectors));
}

static void normal__words_of_mail(void **state)
{
	static const struct vector vectors[] = {
		{"=?gb2312?B?1cXI/Q==?=", "张三", WEIR_NORMAL_RFC2047, "lllnnn"},
		{"=?UTF-8?B?5byg?=", "张", WEIR_NORMAL_RFC2047, "klm"},
		{"=?gbk?Q?=D5=C5_1?=", "张 1", WEIR_NORMAL_RFC2047, "iiiop"},
		{"=?utf-8*zh?q?=31?=", "1", WEIR_NORMAL_RFC2047, NULL},
		{"=?big5?b?sWk=?=", "張", WEIR_NORMAL_RFC2047, NULL},
		/* a character cut in two by the words */
		{"=?utf-8?B?5bw=?=\r\n =?utf-8?B?oA==?=", "张", WEIR_NORMAL_RFC2047, NULL},
		{"=?utf-8?Q?a?= =?gbk?Q?b?=", "a b", WEIR_NORMAL_RFC2047, NULL},
		{"=?utf-8?Q?=E5=BC?= 1", "?? 1", WEIR_NORMAL_RFC2047, NULL},
		{"=?x?Z?a?= =?? =?utf-8?B?", "=?x?Z?a?= =?? =?utf-8?B?", 0, NULL},
		{"=?koi8-r?B?/////w==?=", "=?koi8-r?B?/////w==?=", 0, NULL},
	};

	check(vectors, ARRAY_SIZE(vectors));
}

/* What the next step makes of what the step before it gave. */
static void normal__rules_together(void **state)
{
	static const struct vector vectors[] = {
		{"\\uff11\\uff13\\uff18", "138", WEIR_NORMAL_ESCAPE | WEIR_NORMAL_WIDTH, "agm"},
		{"%EF%BC%91", "1", WEIR_NORMAL_ESCAPE | WEIR_NORMAL_WIDTH, "a"},
		{"1３\u200b8O0138000", "13800138000",
		 WEIR_NORMAL_WIDTH | WEIR_NORMAL_INVISIBLE | WEIR_NORMAL_LOOKALIKE, NULL},
	};

	check(vectors, ARRAY_SIZE(vectors));
}

static void normal__malformed_bytes_stay(void **state)
{
	static const struct vector vectors[] = {
		{"\xff\xe4\xb8 1\xc0\xaf\xed\xa0\x80", "\xff\xe4\xb8 1\xc0\xaf\xed\xa0\x80", 0,
		 NULL},
		/* an overlong middle dot */
		{"\xe0\x82\xb7\xf0\x80\x82\xb7", "\xe0\x82\xb7\xf0\x80\x82\xb7", 0, NULL},
		{"\xef\xbc", "\xef\xbc", 0, NULL},
	};

	check(vectors, ARRAY_SIZE(vectors));
}

static size_t random_piece(uint8_t *out, uint64_t *seed)
{
	static const char *const pieces[] = {
		"１",  "\u200b",     "①",      "一",	 "三",	   "О",
		"х",   "×",	     "\u00a0", "·",	 "，",	   "张",
		"的",  "\\u4e2d",    "\\x31",  "\\\"",	 "&#49;",  "&nbsp;",
		"%E5", "%BC%A0",     "%2531",  "=E5=BC", "=\r\n",  "=?gb2312?B?1cXI/Q==?=",
		"|",   "O",	     "l",      "138",	 "110101", " ",
		"\n",  "hello",	     "\xe4",   "\xff",	 "𝟏",	   "=?utf-8?Q?",
		"?=",  "\U000e0100", "²",      "=3D",
	};
	const char *piece = pieces[view_random(seed) % ARRAY_SIZE(pieces)];

	memcpy(out, piece, strlen(piece));
	return strlen(piece);
}

static void check_map(const struct weir_normal *normal, const uint8_t *in, size_t len)
{
	assert_true(normal->len <= 2 * len);
	assert_int_equal(normal->from[normal->len], len);
	for (size_t i = 0; i < normal->len; i++) {
		assert_true(normal->from[i] <= normal->from[i + 1]);
		assert_true(normal->from[i] < len);
		/* plain letters come from themselves or from an escape */
		if (normal->text[i] == in[normal->from[i]])
			continue;
		assert_true(normal->rules != 0);
	}
}

static void normal__the_map_rises(void **state)
{
	struct weir_normal normal = {0};
	uint64_t seed = 11;

	for (unsigned round = 0; round < 20000; round++) {
		uint8_t in[1024];
		size_t len = 0, count = view_random(&seed) % 40;

		while (count-- > 0)
			len += random_piece(in + len, &seed);
		assert_int_equal(weir_normalise(in, len, &normal), 0);
		check_map(&normal, in, len);
		if (normal.rules == 0) {
			assert_int_equal(normal.len, len);
			assert_memory_equal(normal.text, in, len);
		}
		/* well-formed text stays well-formed */
		if (weir_utf8_valid((char *)in, len) == len)
			assert_int_equal(weir_utf8_valid((char *)normal.text, normal.len),
					 normal.len);
	}
	weir_normal_done(&normal);
}

static void normal__plain_ascii_is_left_alone(void **state)
{
	struct weir_normal normal = {0};
	static uint8_t in[5000];
	uint64_t seed = 12;

	for (unsigned round = 0; round < 500; round++) {
		size_t len = view_random(&seed) % sizeof(in);

		for (size_t i = 0; i < len; i++) {
			static const char plain[] =
				"abcdefgh "
				"ijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789.,-/;:()\n\t";

			in[i] = (uint8_t)plain[view_random(&seed) % (sizeof(plain) - 1)];
		}
		assert_int_equal(weir_normalise(in, len, &normal), 0);
		assert_int_equal(normal.rules, 0);
		assert_int_equal(normal.len, len);
		assert_memory_equal(normal.text, in, len);
		for (size_t i = 0; i <= len; i++)
			assert_int_equal(normal.from[i], i);
	}
	weir_normal_done(&normal);
}

/* A normalised number is found the same wherever blocks of the scan begin. */
static void normal__at_every_place(void **state)
{
	struct weir_normal normal = {0};
	char in[256];

	for (size_t lead = 0; lead < 70; lead++)
		for (size_t tail = 0; tail < 70; tail += 23) {
			int n = snprintf(
				in, sizeof(in), "%.*s １3\u200b8O%%31\\u0032张3456|7%.*s",
				(int)lead,
				"the quick brown fox jumps over the lazy dog, and once more, ...",
				(int)tail,
				"........................................................"
				"..............");
			size_t at = WEIR_MIN(lead,
					     sizeof("the quick brown fox jumps over the lazy dog, "
						    "and once more, ...") -
						     1);

			assert_int_equal(weir_normalise((uint8_t *)in, (size_t)n, &normal), 0);
			assert_memory_equal(normal.text + at, " 138012张3456|7", 16);
			assert_int_equal(normal.from[at + 2], at + 4);
			assert_int_equal(normal.from[at + 3], at + 8);
		}
	weir_normal_done(&normal);
}

/* The only digit beside the letter may lie in another block of the scan. */
static void normal__lookalikes_at_every_place(void **state)
{
	struct weir_normal normal = {0};
	char in[128];

	for (int lead = 0; lead < 80; lead++) {
		snprintf(in, sizeof(in), "%*s12345O6 %*s", lead, "", 20, "");
		view(&normal, in);
		assert_memory_equal(normal.text + lead, "1234506 ", 8);
		snprintf(in, sizeof(in), "%*s12345678901234567O %*s", lead, "", 20, "");
		view(&normal, in);
		assert_memory_equal(normal.text + lead, "123456789012345670 ", 19);
		snprintf(in, sizeof(in), "%*sO12345678901234567 %*s", lead, "", 20, "");
		view(&normal, in);
		assert_memory_equal(normal.text + lead, "012345678901234567 ", 19);
	}
	weir_normal_done(&normal);
}

static void normal__limits(void **state)
{
	struct weir_normal normal = {0};
	size_t len = 1 << 20;
	uint8_t *in = malloc(len + 1);

	assert_non_null(in);
	assert_int_equal(weir_normalise(in, 0, &normal), 0);
	assert_int_equal(normal.len, 0);
	assert_int_equal(normal.from[0], 0);
	memset(in, 'a', len + 1);
	assert_int_equal(weir_normalise(in, len + 1, &normal), -E2BIG);
	assert_int_equal(weir_normalise(in, len, &normal), 0);
	assert_int_equal(normal.len, len);
	/* 64 readable bytes on both sides */
	assert_int_equal(normal.text[-64] + normal.text[len + 63], 0);
	weir_normal_done(&normal);
	weir_normal_done(&normal);
	free(in);
}

/* Input that invites quadratic work comes through in no time to speak of. */
static void normal__long_runs_of_everything(void **state)
{
	static const char *const units[] = {
		"%FF",	  "=?a?b?", "=FF", "\\", "&",	    "=\n", "一",
		"О",	  "①",	    "O1",  "1|", "\\ud83d", "%",   "=?utf-8?B?////",
		"\u200b", "×"};
	struct weir_normal normal = {0};
	size_t len = 1 << 20;
	uint8_t *in = malloc(len);

	assert_non_null(in);
	for (size_t u = 0; u < ARRAY_SIZE(units); u++) {
		for (size_t i = 0; i < len; i++)
			in[i] = (uint8_t)units[u][i % strlen(units[u])];
		assert_int_equal(weir_normalise(in, len, &normal), 0);
		check_map(&normal, in, len);
	}
	weir_normal_done(&normal);
	free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(normal__width),
		cmocka_unit_test(normal__invisible),
		cmocka_unit_test(normal__digits_of_other_scripts),
		cmocka_unit_test(normal__numerals),
		cmocka_unit_test(normal__lookalikes),
		cmocka_unit_test(normal__separators),
		cmocka_unit_test(normal__escapes_of_json),
		cmocka_unit_test(normal__escapes_of_html),
		cmocka_unit_test(normal__escapes_of_urls),
		cmocka_unit_test(normal__quoted_printable),
		cmocka_unit_test(normal__words_of_mail),
		cmocka_unit_test(normal__rules_together),
		cmocka_unit_test(normal__malformed_bytes_stay),
		cmocka_unit_test(normal__the_map_rises),
		cmocka_unit_test(normal__plain_ascii_is_left_alone),
		cmocka_unit_test(normal__at_every_place),
		cmocka_unit_test(normal__lookalikes_at_every_place),
		cmocka_unit_test(normal__limits),
		cmocka_unit_test(normal__long_runs_of_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
