/* SPDX-License-Identifier: Apache-2.0 */
#include "view.h"
#include "weir/base/macros.h"
#include "weir/view/charset.h"

static const char letter[] =
	"尊敬的客户：您好！感谢您选择我们的产品，本公司将在三个工作日内与您联系，请保持电话畅通。\n"
	"保险责任自合同生效之日起开始，至合同终止时结束；被保险人应当如实告知有关情况。\n";
static const char letter_traditional[] =
	"尊敬的客戶：您好！感謝您選擇我們的產品，本公司將在三個工作日內與您聯繫，請保持電話暢通。\n"
	"保險責任自合同生效之日起開始，至合同終止時結束；被保險人應當如實告知有關情況。\n";
static const char table[] =
	"姓名,电话,地址\n张伟,,北京市朝阳区\n李娜,,上海市浦东新区\n王芳,,广州市天河区\n";
static const char digits[] =
	"姓名,电话\n张伟,٠١٢٣٤٥٦٧٨٩٠\n李娜,۰۱۲۳۴۵۶۷۸۹۰\n王芳,０１２３４５６７８９０\n";
static const char numerals[] = "王芳,壹叁捌零零壹叁捌零零壹叁捌零零\n李娜,①③⑧⓪⓪①③⑧⓪⓪①③⑧⓪⓪\n";
static const char names[] = "姓名\n翟昊\n裴璐\n";

static enum weir_charset guess_as(const char *text, const char *iconv, enum weir_charset declared,
				  bool final)
{
	uint8_t coded[8192];
	ptrdiff_t len = view_iconv(iconv, "UTF-8", text, strlen(text), coded, sizeof(coded));
	size_t bom = 99;
	enum weir_charset charset;

	assert_true(len > 0);
	charset = weir_charset_guess(coded, (size_t)len, final, declared, &bom);
	assert_int_equal(bom, 0);
	return charset;
}

static void guess__text_without_a_word_about_it(void **state)
{
	static const struct {
		const char *text, *iconv;
		enum weir_charset charset;
	} cases[] = {
		{letter, "UTF-8", WEIR_CHARSET_UTF8},
		{letter, "GB2312", WEIR_CHARSET_GB18030},
		{letter, "GB18030", WEIR_CHARSET_GB18030},
		{letter, "UTF-16LE", WEIR_CHARSET_UTF16LE},
		{letter, "UTF-16BE", WEIR_CHARSET_UTF16BE},
		{letter, "UTF-32LE", WEIR_CHARSET_UTF32LE},
		{letter, "UTF-32BE", WEIR_CHARSET_UTF32BE},
		{letter_traditional, "UTF-8", WEIR_CHARSET_UTF8},
		{letter_traditional, "BIG5", WEIR_CHARSET_BIG5},
		{letter_traditional, "GBK", WEIR_CHARSET_GB18030},
		{letter_traditional, "UTF-16LE", WEIR_CHARSET_UTF16LE},
		{letter_traditional, "UTF-16BE", WEIR_CHARSET_UTF16BE},
		{table, "UTF-8", WEIR_CHARSET_UTF8},
		{table, "GBK", WEIR_CHARSET_GB18030},
		{table, "UTF-16LE", WEIR_CHARSET_UTF16LE},
		{table, "UTF-16BE", WEIR_CHARSET_UTF16BE},
		{names, "UTF-8", WEIR_CHARSET_UTF8},
		{digits, "UTF-16LE", WEIR_CHARSET_UTF16LE},
		{digits, "UTF-16BE", WEIR_CHARSET_UTF16BE},
		{numerals, "UTF-16LE", WEIR_CHARSET_UTF16LE},
		{numerals, "UTF-16BE", WEIR_CHARSET_UTF16BE},
		{names, "GBK", WEIR_CHARSET_GB18030},
		{"联通", "GBK", WEIR_CHARSET_GB18030},
		{"plain ASCII, 13 words or so\r\n", "UTF-8", WEIR_CHARSET_UTF8},
		{"plain ASCII, 13 words or so\r\n", "UTF-16LE", WEIR_CHARSET_UTF16LE},
		{"plain ASCII, 13 words or so\r\n", "UTF-16BE", WEIR_CHARSET_UTF16BE},
		{"Привет, как дела? Всё хорошо.", "UTF-8", WEIR_CHARSET_UTF8},
		{"Jérôme, sûr", "UTF-8", WEIR_CHARSET_UTF8},
		{"Grüße aus Köln, naïve café", "UTF-8", WEIR_CHARSET_UTF8},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(guess_as(cases[i].text, cases[i].iconv, WEIR_CHARSET_BYTES, true),
				 cases[i].charset);
}

/* The last character may be cut off by the end of the sample, not by the end of the text. */
static void guess__a_cut_at_any_byte(void **state)
{
	size_t bom;

	for (size_t cut = 4; cut < sizeof(letter) - 1; cut++)
		assert_int_equal(weir_charset_guess((const uint8_t *)letter, cut, false,
						    WEIR_CHARSET_BYTES, &bom),
				 WEIR_CHARSET_UTF8);
	for (size_t cut = 12; cut < 160; cut++) {
		uint8_t coded[4096];

		assert_true(view_iconv("GBK", "UTF-8", letter, sizeof(letter) - 1, coded,
				       sizeof(coded)) > 160);
		assert_int_equal(weir_charset_guess(coded, cut, false, WEIR_CHARSET_BYTES, &bom),
				 WEIR_CHARSET_GB18030);
		assert_true(view_iconv("UTF-16LE", "UTF-8", letter, sizeof(letter) - 1, coded,
				       sizeof(coded)) > 160);
		assert_int_equal(weir_charset_guess(coded, cut, false, WEIR_CHARSET_BYTES, &bom),
				 WEIR_CHARSET_UTF16LE);
	}
}

static void guess__byte_order_marks(void **state)
{
	static const struct {
		const char *bytes;
		size_t len, bom;
		enum weir_charset charset;
	} cases[] = {
		{"\xef\xbb\xbf"
		 "a",
		 4, 3, WEIR_CHARSET_UTF8},
		{"\xff\xfe"
		 "a\0",
		 4, 2, WEIR_CHARSET_UTF16LE},
		{"\xfe\xff\0a", 4, 2, WEIR_CHARSET_UTF16BE},
		{"\xff\xfe\0\0a\0\0\0", 8, 4, WEIR_CHARSET_UTF32LE},
		{"\0\0\xfe\xff\0\0\0a", 8, 4, WEIR_CHARSET_UTF32BE},
		{"\x84\x31\x95\x33"
		 "a",
		 5, 4, WEIR_CHARSET_GB18030},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t bom = 99;

		/* a mark is stronger than a declaration */
		assert_int_equal(weir_charset_guess((const uint8_t *)cases[i].bytes, cases[i].len,
						    true, WEIR_CHARSET_LATIN1, &bom),
				 cases[i].charset);
		assert_int_equal(bom, cases[i].bom);
	}
}

static void guess__a_declaration_holds_unless_the_bytes_contradict(void **state)
{
	/* too little to tell otherwise */
	assert_int_equal(guess_as("鑫淼", "BIG5", WEIR_CHARSET_BIG5, true), WEIR_CHARSET_BIG5);
	assert_int_equal(guess_as("plain", "UTF-8", WEIR_CHARSET_GB18030, true),
			 WEIR_CHARSET_GB18030);
	assert_int_equal(guess_as("café naïve", "ISO-8859-1", WEIR_CHARSET_LATIN1, true),
			 WEIR_CHARSET_LATIN1);
	/* wrong in practice every day */
	assert_int_equal(guess_as(letter, "UTF-8", WEIR_CHARSET_GB18030, true), WEIR_CHARSET_UTF8);
	assert_int_equal(guess_as(letter, "GBK", WEIR_CHARSET_UTF8, true), WEIR_CHARSET_GB18030);
	assert_int_equal(guess_as(letter, "GBK", WEIR_CHARSET_LATIN1, true), WEIR_CHARSET_GB18030);
	assert_int_equal(guess_as(letter, "UTF-8", WEIR_CHARSET_UTF16LE, true), WEIR_CHARSET_UTF8);
	assert_int_equal(guess_as(letter, "UTF-16BE", WEIR_CHARSET_UTF16LE, true),
			 WEIR_CHARSET_UTF16BE);
}

static void guess__what_is_no_text(void **state)
{
	uint8_t data[4096];
	uint64_t seed = 7;
	size_t bom;

	for (unsigned round = 0; round < 200; round++) {
		for (size_t i = 0; i < sizeof(data); i++)
			data[i] = (uint8_t)(view_random(&seed) >> 16);
		data[0] = 0x01; /* no mark */
		assert_int_equal(
			weir_charset_guess(data, sizeof(data), true, WEIR_CHARSET_BYTES, &bom),
			WEIR_CHARSET_BYTES);
	}
	/* numbers of 16 bits have NULs on one side and are no text */
	for (size_t i = 0; i < sizeof(data); i += 2) {
		data[i] = (uint8_t)(view_random(&seed) >> 16);
		data[i + 1] = 0;
	}
	assert_int_equal(weir_charset_guess(data, sizeof(data), true, WEIR_CHARSET_BYTES, &bom),
			 WEIR_CHARSET_BYTES);
	assert_int_equal(weir_charset_guess(data, 0, true, WEIR_CHARSET_BYTES, &bom),
			 WEIR_CHARSET_UTF8);
}

/* One damaged byte does not turn a UTF-8 text into something else. */
static void guess__damaged_utf8(void **state)
{
	char text[sizeof(letter)];
	size_t bom;

	memcpy(text, letter, sizeof(letter));
	text[30] = (char)0xff;
	assert_int_equal(weir_charset_guess((const uint8_t *)text, sizeof(text) - 1, true,
					    WEIR_CHARSET_BYTES, &bom),
			 WEIR_CHARSET_UTF8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guess__text_without_a_word_about_it),
		cmocka_unit_test(guess__a_cut_at_any_byte),
		cmocka_unit_test(guess__byte_order_marks),
		cmocka_unit_test(guess__a_declaration_holds_unless_the_bytes_contradict),
		cmocka_unit_test(guess__what_is_no_text),
		cmocka_unit_test(guess__damaged_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
