/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/view/coded.h"

#include "view.h"
#include "weir/base/macros.h"

static const char usual[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* width: characters a line, 0: one line. */
static size_t base64(const char *alphabet, bool pad, unsigned width, const uint8_t *in, size_t len,
		     char *out)
{
	size_t n = 0, in_line = 0;

	for (size_t i = 0; i < len; i += 3) {
		uint32_t bits = (uint32_t)in[i] << 16 | (i + 1 < len ? in[i + 1] << 8 : 0) |
				(i + 2 < len ? in[i + 2] : 0);
		unsigned whole = len - i >= 3 ? 4 : (unsigned)(len - i) + 1;

		for (unsigned k = 0; k < 4; k++) {
			if (k >= whole && !pad)
				break;
			out[n++] = k < whole ? alphabet[bits >> (18 - 6 * k) & 63] : '=';
			if (width && ++in_line % width == 0)
				out[n++] = '\n';
		}
	}
	return n;
}

static size_t hex(const char *between, const uint8_t *in, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += (size_t)snprintf(out + n, 8, "%s%02x", i ? between : "", in[i]);
	return n;
}

static const char *const texts[] = {
	"张三，身份证号码请见附件，电话另行通知",
	"The policy holder is to be told within 10 days.",
	"{\"name\":\"Li Na\",\"policy\":\"P2024\"}",
	"姓名,电话\n李娜,\n王芳,\n陈杰,\n",
};

static void expect(const char *coded, size_t len, enum weir_coding coding, const void *text,
		   size_t text_len)
{
	uint8_t out[4096];
	size_t n = 99;

	assert_int_equal(weir_coded_decode((const uint8_t *)coded, len, out, sizeof(out), &n),
			 coding);
	assert_int_equal(n, text_len);
	assert_memory_equal(out, text, n);
}

static void coded__round_trips(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const uint8_t *text = (const uint8_t *)texts[i];
		size_t len = strlen(texts[i]);
		char coded[4096];

		expect(coded, base64(usual, true, 0, text, len, coded), WEIR_CODING_BASE64, text,
		       len);
		expect(coded, base64(usual, false, 0, text, len, coded), WEIR_CODING_BASE64, text,
		       len);
		expect(coded, base64(url, false, 0, text, len, coded), WEIR_CODING_BASE64, text,
		       len);
		expect(coded, base64(usual, true, 20, text, len, coded), WEIR_CODING_BASE64, text,
		       len);
		expect(coded, hex("", text, len, coded), WEIR_CODING_HEX, text, len);
		expect(coded, hex(" ", text, len, coded), WEIR_CODING_HEX, text, len);
		expect(coded, hex(":", text, len, coded), WEIR_CODING_HEX, text, len);
		expect(coded, hex("\n", text, len, coded), WEIR_CODING_HEX, text, len);
	}
}

static void coded__text_in_other_charsets(void **state)
{
	static const char *const names[] = {"GBK", "UTF-16LE", "UTF-16BE"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		uint8_t text[512];
		char coded[2048];
		ptrdiff_t len = view_iconv(names[i], "UTF-8", texts[0], strlen(texts[0]), text,
					   sizeof(text));

		assert_true(len > 0);
		expect(coded, base64(usual, true, 0, text, (size_t)len, coded), WEIR_CODING_BASE64,
		       text, (size_t)len);
		expect(coded, hex("", text, (size_t)len, coded), WEIR_CODING_HEX, text,
		       (size_t)len);
	}
}

/* Text that is mostly numbers, spelled the formal way, which prose doesn't hold. */
static void coded__numbers_spelled_out(void **state)
{
	static const char line[] = "证：捌壹零贰叁肆伍陆柒捌玖零壹贰叁肆伍陆\n";
	char text[sizeof(line) * 12] = "", coded[4096];
	uint8_t gbk[sizeof(text)];
	ptrdiff_t len;

	for (size_t i = 0; i < 12; i++)
		memcpy(text + i * (sizeof(line) - 1), line, sizeof(line));
	len = view_iconv("GBK", "UTF-8", text, strlen(text), gbk, sizeof(gbk));
	assert_true(len > 400);
	expect(coded, base64(usual, true, 0, gbk, (size_t)len, coded), WEIR_CODING_BASE64, gbk,
	       (size_t)len);
}

static void coded__containers(void **state)
{
	static const struct {
		const char *magic;
		size_t len;
	} cases[] = {
		{"PK\x03\x04", 4},
		{"\x1f\x8b\x08", 3},
		{"7z\xbc\xaf\x27\x1c", 6},
		{"Rar!\x1a\x07", 6},
		{"\xfd\x37zXZ\0", 6},
		{"BZh91AY&SY", 10},
		{"BZh11AY&SY", 10},
		{"\x28\xb5\x2f\xfd", 4},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8},
		{"%PDF-", 5},
		{"SQLite format 3\0", 16},
	};
	uint64_t seed = 5;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t data[200];
		char coded[1024];

		for (size_t k = 0; k < sizeof(data); k++)
			data[k] = (uint8_t)(view_random(&seed) >> 8);
		memcpy(data, cases[i].magic, cases[i].len);
		expect(coded, base64(usual, true, 76, data, sizeof(data), coded),
		       WEIR_CODING_BASE64, data, sizeof(data));
		expect(coded, hex("", data, sizeof(data), coded), WEIR_CODING_HEX, data,
		       sizeof(data));
	}
}

static void coded__what_only_looks_coded(void **state)
{
	static const char *const cases[] = {
		"",
		"short",
		"MTM4MDAxMzgwMDA=",
		"d41d8cd98f00b204e9800998ecf8427e",
		"da39a3ee5e6b4b0d3255bfef95601890afd80709",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
		"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
		"550e8400-e29b-41d4-a716-446655440000",
		"/usr/share/doc/libarchive/NEWS",
		"org/springframework/boot/autoconfigure/SpringBootApplication",
		"getElementsByClassNameAndTagName",
		"com_example_project_SomeVeryLongIdentifier2",
		"AbstractSingletonProxyFactoryBeanImplementation",
		"this_is_a_long_snake_case_identifier_name",
		"CONFIG_ARCH_SUPPORTS_MEMORY_FAILURE",
		"1234567890123456789012345678901234567890",
		"2024112213450198765432100001",
		"12 34 56 78 90 12 34 56 78 90 12 34",
		"the quick brown fox jumps over the lazy dog",
		"MTM4MDAxMzgwMDAgMTM4MDAxMzgwMDA=MTM4",
		"MTM4MDAxMzgwMDAgMTM4*DAxMzgwMDAx",
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t out[256];
		size_t n = 99;

		assert_int_equal(weir_coded_decode((const uint8_t *)cases[i], strlen(cases[i]), out,
						   sizeof(out), &n),
				 WEIR_CODING_NONE);
		assert_int_equal(n, 0);
	}
}

/* Random data in base64 and hexadecimal is decoded by chance hardly ever. */
static void coded__random_data(void **state)
{
	unsigned taken = 0;
	uint64_t seed = 6;

	for (unsigned round = 0; round < 20000; round++) {
		uint8_t data[40], out[128];
		char coded[128];
		size_t len = 18 + view_random(&seed) % 20, n;

		for (size_t k = 0; k < len; k++)
			data[k] = (uint8_t)(view_random(&seed) >> 8);
		taken += weir_coded_decode((uint8_t *)coded,
					   base64(usual, true, 0, data, len, coded), out,
					   sizeof(out), &n) != WEIR_CODING_NONE;
		taken += weir_coded_decode((uint8_t *)coded, hex("", data, len, coded), out,
					   sizeof(out), &n) != WEIR_CODING_NONE;
	}
	assert_true(taken < 40);
}

static void coded__source(void **state)
{
	const uint8_t *text = (const uint8_t *)texts[0];
	size_t len = strlen(texts[0]);
	char coded[4096];
	size_t n = base64(usual, true, 10, text, len, coded);
	const uint8_t *in = (const uint8_t *)coded;

	/* bytes 0, 1 and 2 begin in characters 0, 1 and 2; byte 9 is character 12, behind a break */
	assert_int_equal(weir_coded_source(WEIR_CODING_BASE64, in, n, 0), 0);
	assert_int_equal(weir_coded_source(WEIR_CODING_BASE64, in, n, 1), 1);
	assert_int_equal(weir_coded_source(WEIR_CODING_BASE64, in, n, 2), 2);
	assert_int_equal(weir_coded_source(WEIR_CODING_BASE64, in, n, 3), 4);
	assert_int_equal(weir_coded_source(WEIR_CODING_BASE64, in, n, 9), 13);
	assert_int_equal(weir_coded_source(WEIR_CODING_BASE64, in, n, len + 10), n);
	n = hex(":", text, len, coded);
	for (size_t at = 0; at < len; at++)
		assert_int_equal(weir_coded_source(WEIR_CODING_HEX, in, n, at), at * 3);
	assert_int_equal(weir_coded_source(WEIR_CODING_HEX, in, n, len), n);
	assert_int_equal(weir_coded_source(WEIR_CODING_NONE, in, n, 7), 7);
}

static void coded__whole_files(void **state)
{
	enum weir_coding coding = WEIR_CODING_NONE;
	static uint8_t data[3000];
	static char coded[9000];
	uint64_t seed = 7;
	size_t n;

	for (size_t k = 0; k < sizeof(data); k++)
		data[k] = (uint8_t)(view_random(&seed) >> 8);
	n = base64(usual, true, 76, data, sizeof(data), coded);
	assert_false(weir_coded_whole((uint8_t *)coded, n, &coding));
	memcpy(data, "PK\x03\x04", 4);
	base64(usual, true, 76, data, sizeof(data), coded);
	for (size_t first = 1024; first < 1100; first++) {
		coding = WEIR_CODING_NONE;
		assert_true(weir_coded_whole((uint8_t *)coded, first, &coding));
		assert_int_equal(coding, WEIR_CODING_BASE64);
	}
	hex("", data, sizeof(data), coded);
	assert_true(weir_coded_whole((uint8_t *)coded, 1025, &coding));
	assert_int_equal(coding, WEIR_CODING_HEX);
	n = base64(usual, true, 76, (const uint8_t *)texts[1], 47, coded);
	assert_true(weir_coded_whole((uint8_t *)coded, n, &coding));
	assert_false(weir_coded_whole((const uint8_t *)texts[1], 47, &coding));
	coded[40] = '!';
	assert_false(weir_coded_whole((uint8_t *)coded, n, &coding));
}

static void coded__streams_cut_anywhere(void **state)
{
	static uint8_t data[2000], want[4096], got[4096];
	static char coded[8192];
	uint64_t seed = 8;

	for (unsigned round = 0; round < 500; round++) {
		bool six = round % 2;
		struct weir_coded_stream whole = {.coding = six ? WEIR_CODING_BASE64
								: WEIR_CODING_HEX},
					 pieces = whole;
		size_t len = view_random(&seed) % sizeof(data), n, made = 0, at = 0;

		for (size_t k = 0; k < len; k++)
			data[k] = (uint8_t)(view_random(&seed) >> 8);
		n = six ? base64(usual, true, (unsigned)(view_random(&seed) % 80), data, len, coded)
			: hex(round % 4 ? " " : "", data, len, coded);
		assert_int_equal(weir_coded_stream(&whole, (uint8_t *)coded, n, want), len);
		assert_memory_equal(want, data, len);
		while (at < n) {
			size_t piece = WEIR_MIN(n - at, 1 + view_random(&seed) % 50);

			made += weir_coded_stream(&pieces, (uint8_t *)coded + at, piece,
						  got + made);
			at += piece;
		}
		assert_int_equal(made, len);
		assert_memory_equal(got, data, len);
		assert_int_equal(pieces.ended, whole.ended);
	}
}

static void coded__streams_end_at_what_does_not_belong(void **state)
{
	struct weir_coded_stream stream = {.coding = WEIR_CODING_BASE64};
	uint8_t out[64];

	assert_int_equal(weir_coded_stream(&stream, (const uint8_t *)"MTM4!MTM4", 9, out), 3);
	assert_true(stream.ended);
	assert_int_equal(weir_coded_stream(&stream, (const uint8_t *)"MTM4", 4, out), 0);
	stream = (struct weir_coded_stream){.coding = WEIR_CODING_HEX};
	assert_int_equal(weir_coded_stream(&stream, (const uint8_t *)"31:3", 4, out), 1);
	assert_int_equal(weir_coded_stream(&stream, (const uint8_t *)"3\nzz", 4, out), 1);
	assert_int_equal(out[0], '3');
	assert_true(stream.ended);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(coded__round_trips),
		cmocka_unit_test(coded__text_in_other_charsets),
		cmocka_unit_test(coded__numbers_spelled_out),
		cmocka_unit_test(coded__containers),
		cmocka_unit_test(coded__what_only_looks_coded),
		cmocka_unit_test(coded__random_data),
		cmocka_unit_test(coded__source),
		cmocka_unit_test(coded__whole_files),
		cmocka_unit_test(coded__streams_cut_anywhere),
		cmocka_unit_test(coded__streams_end_at_what_does_not_belong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
