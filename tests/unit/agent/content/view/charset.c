/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/view/charset.h"

#include "decode.h"
#include "view.h"
#include "weir/base/macros.h"
#include "weir/base/utf8.h"

static const struct {
	enum weir_charset charset;
	const char *iconv;
	unsigned characters; /* at least so many code points are in it */
} charsets[] = {
	{WEIR_CHARSET_GB18030, "GB18030", 1112000},  {WEIR_CHARSET_BIG5, "BIG5-HKSCS", 18000},
	{WEIR_CHARSET_UTF16LE, "UTF-16LE", 1112063}, {WEIR_CHARSET_UTF16BE, "UTF-16BE", 1112063},
	{WEIR_CHARSET_UTF32LE, "UTF-32LE", 1112063}, {WEIR_CHARSET_UTF32BE, "UTF-32BE", 1112063},
	{WEIR_CHARSET_LATIN1, "ISO-8859-1", 255},
};

#define EVERYTHING (8u << 20)

struct both {
	uint8_t *coded, *utf8;
	size_t coded_len, utf8_len;
	unsigned count;
};

static size_t convert_one(iconv_t cd, const void *in, size_t len, uint8_t *out, size_t size)
{
	char *ip = (char *)in, *op = (char *)out;
	size_t room = size;

	iconv(cd, NULL, NULL, NULL, NULL);
	if (iconv(cd, &ip, &len, &op, &room) == (size_t)-1 || len > 0 ||
	    iconv(cd, NULL, NULL, &op, &room) == (size_t)-1)
		return 0;
	return size - room;
}

/* Every code point that iconv can write in the charset, and how iconv reads it back. */
static struct both every_character(const char *name)
{
	struct both both = {.coded = malloc(EVERYTHING), .utf8 = malloc(EVERYTHING)};
	iconv_t to = iconv_open(name, "UTF-8"), from = iconv_open("UTF-8", name);

	assert_true(to != (iconv_t)-1 && from != (iconv_t)-1 && both.coded && both.utf8);
	for (uint32_t point = 1; point < 0x110000; point++) {
		uint8_t utf8[4], coded[16], back[16], n;
		uint32_t packed;
		size_t coded_len, back_len;

		if (point >= 0xd800 && point < 0xe000)
			continue;
		packed = weir_view_pack(point, &n);
		for (uint8_t i = 0; i < n; i++)
			utf8[i] = (uint8_t)(packed >> (8 * i));
		coded_len = convert_one(to, utf8, n, coded, sizeof(coded));
		/* iconv has U+0080 as a byte of its own in BIG5-HKSCS; no other one has */
		if (coded_len == 0 || (strcmp(name, "BIG5-HKSCS") == 0 && point == 0x80))
			continue;
		back_len = convert_one(from, coded, coded_len, back, sizeof(back));
		if (back_len == 0)
			continue;
		memcpy(both.coded + both.coded_len, coded, coded_len);
		memcpy(both.utf8 + both.utf8_len, back, back_len);
		both.coded_len += coded_len;
		both.utf8_len += back_len;
		both.count++;
	}
	iconv_close(to);
	iconv_close(from);
	return both;
}

static void charset__every_character_as_iconv_has_it(void **state)
{
	uint8_t *out = malloc(EVERYTHING * 2);

	assert_non_null(out);
	for (size_t i = 0; i < ARRAY_SIZE(charsets); i++) {
		struct both both = every_character(charsets[i].iconv);

		assert_true(both.count >= charsets[i].characters);
		for (int level = VIEW_PORTABLE; level <= (int)weir_view_level(); level++) {
			size_t used, n;

			n = weir_view_decode(charsets[i].charset, both.coded, both.coded_len, true,
					     out, EVERYTHING * 2, &used,
					     (enum weir_view_level)level);
			assert_int_equal(used, both.coded_len);
			assert_int_equal(n, both.utf8_len);
			assert_memory_equal(out, both.utf8, n);
		}
		free(both.coded);
		free(both.utf8);
	}
	free(out);
}

/* Pairs that HKSCS leaves open come from cp950. */
static void charset__big5_knows_what_cp950_adds(void **state)
{
	unsigned added = 0;

	for (unsigned code = 0x8140; code < 0xff00; code++) {
		uint8_t in[2] = {(uint8_t)(code >> 8), (uint8_t)code}, hk[16], ms[16], got[16];
		ptrdiff_t hk_len, ms_len;
		size_t used, n;

		if (in[1] < 0x40 || in[1] == 0x7f || in[1] == 0xff)
			continue;
		hk_len = view_iconv("UTF-8", "BIG5-HKSCS", in, 2, hk, sizeof(hk));
		ms_len = view_iconv("UTF-8", "CP950", in, 2, ms, sizeof(ms));
		if (hk_len > 0 || ms_len <= 0)
			continue;
		n = weir_charset_decode(WEIR_CHARSET_BIG5, in, 2, true, got, sizeof(got), &used);
		assert_int_equal(n, ms_len);
		assert_memory_equal(got, ms, n);
		added++;
	}
	assert_true(added > 50);
}

/* What iconv says of the character at in, one at a time: the longest code that is exactly one. */
static size_t model(iconv_t cd, const uint8_t *in, size_t len, uint8_t *out, size_t *ret_out)
{
	static const uint8_t lengths[] = {1, 2, 4};

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		size_t n;

		if (lengths[i] > len)
			break;
		n = convert_one(cd, in, lengths[i], out, 16);
		if (n > 0) {
			*ret_out = n;
			return lengths[i];
		}
	}
	memcpy(out, "\xef\xbf\xbd", 3);
	*ret_out = 3;
	return 1;
}

static void charset__random_gb18030_as_iconv_takes_it_apart(void **state)
{
	iconv_t cd = iconv_open("UTF-8", "GB18030");
	uint64_t seed = 1;

	assert_true(cd != (iconv_t)-1);
	for (unsigned round = 0; round < 2000; round++) {
		uint8_t in[200], want[1000], got[1000];
		size_t want_len = 0, used, n;

		for (size_t i = 0; i < sizeof(in); i++) {
			uint64_t r = view_random(&seed);

			in[i] = r >> 60 < 3 ? (uint8_t)(0x30 + r % 10) : (uint8_t)(r >> 8);
		}
		for (size_t at = 0; at < sizeof(in);) {
			size_t made;

			at += model(cd, in + at, sizeof(in) - at, want + want_len, &made);
			want_len += made;
		}
		for (int level = VIEW_PORTABLE; level <= (int)weir_view_level(); level++) {
			n = weir_view_decode(WEIR_CHARSET_GB18030, in, sizeof(in), true, got,
					     sizeof(got), &used, (enum weir_view_level)level);
			assert_int_equal(used, sizeof(in));
			assert_int_equal(n, want_len);
			assert_memory_equal(got, want, n);
		}
	}
	iconv_close(cd);
}

/* Text of all kinds in a charset, with damage here and there. */
static size_t random_text(enum weir_charset charset, uint8_t *out, size_t len, uint64_t *seed)
{
	size_t at = 0;

	while (at + 4 <= len) {
		uint64_t r = view_random(seed);
		unsigned run = 1 + (unsigned)(r >> 8) % 40;

		for (; run > 0 && at + 4 <= len; run--) {
			uint64_t s = view_random(seed);

			switch (r % 5) {
			case 0: /* ASCII, in the width of the charset */
				out[at++] = (uint8_t)(0x20 + s % 0x5f);
				if (charset == WEIR_CHARSET_UTF16LE)
					out[at++] = 0;
				break;
			case 1: /* any bytes */
				out[at++] = (uint8_t)s;
				break;
			case 2: /* UTF-16 units below 0x800, or rare pairs */
				out[at++] = (uint8_t)(0x81 + s % 0x7e);
				out[at++] = (uint8_t)(s >> 8) % 8;
				break;
			default: /* hanzi */
				out[at++] = (uint8_t)(0xb0 + s % 40);
				out[at++] = charset == WEIR_CHARSET_UTF16LE
						    ? (uint8_t)(0x4e + (s >> 8) % 0x50)
						    : (uint8_t)(0xa1 + (s >> 8) % 94);
			}
		}
	}
	return at;
}

static size_t decode_all(enum weir_charset charset, const uint8_t *in, size_t len, uint8_t *out,
			 size_t size, enum weir_view_level level)
{
	size_t used, n = weir_view_decode(charset, in, len, true, out, size, &used, level);

	assert_int_equal(used, len);
	return n;
}

static void charset__levels_agree(void **state)
{
	static uint8_t in[4096], want[4 * 4096], got[4 * 4096];
	uint64_t seed = 2;

	for (unsigned round = 0; round < 400; round++)
		for (size_t i = 0; i < ARRAY_SIZE(charsets); i++) {
			size_t len = random_text(charsets[i].charset, in,
						 view_random(&seed) % sizeof(in), &seed);
			size_t n = decode_all(charsets[i].charset, in, len, want, sizeof(want),
					      VIEW_PORTABLE);

			assert_int_equal(weir_utf8_valid((char *)want, n), n);
			for (int level = 1; level <= (int)weir_view_level(); level++) {
				assert_int_equal(decode_all(charsets[i].charset, in, len, got,
							    sizeof(got),
							    (enum weir_view_level)level),
						 n);
				assert_memory_equal(got, want, n);
			}
		}
}

static void charset__pieces_give_the_same(void **state)
{
	static uint8_t in[4096], want[4 * 4096], got[4 * 4096];
	uint64_t seed = 3;

	for (unsigned round = 0; round < 300; round++)
		for (enum weir_charset c = 0; c < _WEIR_CHARSET_MAX; c++) {
			size_t len = random_text(c, in, sizeof(in), &seed), used, n, made = 0;
			size_t at = 0, have = 0;

			n = weir_charset_decode(c, in, len, true, want, sizeof(want), &used);
			assert_int_equal(used, len);
			while (at < len) {
				size_t size = 16 + view_random(&seed) % 300, piece;

				have = WEIR_MIN(len, have + 1 + view_random(&seed) % 200);
				piece = weir_charset_decode(c, in + at, have - at, have == len,
							    got + made, size, &used);
				/* the promise of the header */
				assert_true(used >= WEIR_MIN(size / 4, have - at) ||
					    have - at - used < 4);
				assert_true(piece <= size);
				at += used;
				made += piece;
			}
			assert_int_equal(made, n);
			assert_memory_equal(got, want, n);
		}
}

static void charset__a_cut_character_stays(void **state)
{
	static const struct {
		enum weir_charset charset;
		const char *bytes;
		size_t len;
	} cases[] = {
		{WEIR_CHARSET_UTF8, "\xe5\xbc\xa0", 3},
		{WEIR_CHARSET_UTF8, "\xf0\x9f\x98\x80", 4},
		{WEIR_CHARSET_GB18030, "\xd5\xc5", 2},
		{WEIR_CHARSET_GB18030, "\x95\x32\x82\x36", 4},
		{WEIR_CHARSET_BIG5, "\xb1\x69", 2},
		{WEIR_CHARSET_UTF16LE, "\x20\x5f", 2},
		{WEIR_CHARSET_UTF16BE, "\xd8\x3d\xde\x00", 4},
		{WEIR_CHARSET_UTF32LE, "\x20\x5f\0\0", 4},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (size_t cut = 1; cut < cases[i].len; cut++) {
			uint8_t out[32];
			size_t used = 99;

			assert_int_equal(weir_charset_decode(cases[i].charset,
							     (const uint8_t *)cases[i].bytes, cut,
							     false, out, sizeof(out), &used),
					 0);
			assert_int_equal(used, 0);
			weir_charset_decode(cases[i].charset, (const uint8_t *)cases[i].bytes, cut,
					    true, out, sizeof(out), &used);
			assert_int_equal(used, cut);
		}
}

static void charset__damage_does_not_swallow_ascii(void **state)
{
	uint8_t out[64];
	size_t used, n;

	/* a lead byte before a digit, before a line break, and alone at the end */
	n = weir_charset_decode(WEIR_CHARSET_GB18030,
				(const uint8_t *)"\xd5"
						 "13\x81\n\xd5",
				6, true, out, sizeof(out), &used);
	assert_int_equal(n, 12);
	assert_memory_equal(out,
			    "\xef\xbf\xbd"
			    "13\xef\xbf\xbd\n\xef\xbf\xbd",
			    12);
	/* a lone surrogate between digits */
	n = weir_charset_decode(WEIR_CHARSET_UTF16LE,
				(const uint8_t *)"1\0\0\xd8"
						 "3\0",
				6, true, out, sizeof(out), &used);
	assert_int_equal(n, 5);
	assert_memory_equal(out,
			    "1\xef\xbf\xbd"
			    "3",
			    5);
}

static void charset__source_is_the_way_back(void **state)
{
	static uint8_t in[1024], out[4 * 1024];
	uint64_t seed = 4;

	for (unsigned round = 0; round < 100; round++)
		for (enum weir_charset c = 0; c < _WEIR_CHARSET_MAX; c++) {
			size_t len = random_text(c, in, sizeof(in), &seed), used, n, last = 0;

			n = weir_charset_decode(c, in, len, true, out, sizeof(out), &used);
			for (size_t k = 0; k <= n; k++) {
				size_t at = weir_charset_source(c, in, len, k), again;
				uint8_t part[4 * 1024];

				assert_true(at >= last && at <= len);
				last = at;
				if (k % 7 != 0 && k != n)
					continue;
				/* converting just that much gives just that much */
				again = weir_charset_decode(c, in, at, true, part, sizeof(part),
							    &used);
				assert_true(again <= k && k - again < 4);
				assert_memory_equal(part, out, again);
			}
			assert_int_equal(last, len);
		}
}

static void charset__names(void **state)
{
	static const struct {
		const char *name;
		enum weir_charset charset;
	} cases[] = {
		{"UTF-8", WEIR_CHARSET_UTF8},
		{"utf8", WEIR_CHARSET_UTF8},
		{"GB2312", WEIR_CHARSET_GB18030},
		{"gbk", WEIR_CHARSET_GB18030},
		{"GB_2312-80", WEIR_CHARSET_GB18030},
		{"x-gbk", WEIR_CHARSET_GB18030},
		{"CP936", WEIR_CHARSET_GB18030},
		{"windows-936", WEIR_CHARSET_GB18030},
		{"Big5-HKSCS", WEIR_CHARSET_BIG5},
		{"x-x-big5", WEIR_CHARSET_BIG5},
		{"utf-16", WEIR_CHARSET_UTF16LE},
		{"UTF-16BE", WEIR_CHARSET_UTF16BE},
		{"utf_32_le", WEIR_CHARSET_UTF32LE},
		{"ISO-8859-1", WEIR_CHARSET_LATIN1},
		{"koi8-r", WEIR_CHARSET_BYTES},
		{"", WEIR_CHARSET_BYTES},
		{"a name that is far longer than any charset has", WEIR_CHARSET_BYTES},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(weir_charset_named(cases[i].name, strlen(cases[i].name)),
				 cases[i].charset);
	for (enum weir_charset c = WEIR_CHARSET_UTF8; c < _WEIR_CHARSET_MAX; c++)
		assert_int_equal(
			weir_charset_named(weir_charset_name(c), strlen(weir_charset_name(c))), c);
	assert_string_equal(weir_charset_name((enum weir_charset)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(charset__every_character_as_iconv_has_it),
		cmocka_unit_test(charset__big5_knows_what_cp950_adds),
		cmocka_unit_test(charset__random_gb18030_as_iconv_takes_it_apart),
		cmocka_unit_test(charset__levels_agree),
		cmocka_unit_test(charset__pieces_give_the_same),
		cmocka_unit_test(charset__a_cut_character_stays),
		cmocka_unit_test(charset__damage_does_not_swallow_ascii),
		cmocka_unit_test(charset__source_is_the_way_back),
		cmocka_unit_test(charset__names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
