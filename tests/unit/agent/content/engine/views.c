/* SPDX-License-Identifier: Apache-2.0 */
/* Values that read as numbers only once the text is normalised or decoded: found, and where they
 * stand in the bytes that came. */

#include "helper.h"

#include "weir/view/charset.h"

static const char hanzi[] = "我们在会议上讨论了下一季度的工作安排，";

/* Every digit as the bytes of digit[], anything else as it is. */
static size_t respell(const char *value, const char *const digit[10], char *ret)
{
	size_t n = 0;

	for (; *value; value++) {
		const char *as = *value >= '0' && *value <= '9' ? digit[*value - '0'] : NULL;
		size_t len = as ? strlen(as) : 1;

		memcpy(ret + n, as ? as : value, len);
		n += len;
	}
	ret[n] = '\0';
	return n;
}

static void expect_id(const char *before, const char *value, size_t len, const char *behind)
{
	struct weir_buf text = WEIR_BUF_INIT(1 << 16);
	struct weir_engine *engine = new_engine();
	const struct weir_findings *f;

	assert_int_equal(weir_buf_printf(&text, "%s身份证号：", before), 0);
	assert_int_equal(weir_buf_append(&text, value, len), 0);
	assert_int_equal(weir_buf_puts(&text, behind), 0);
	f = look_at(engine, text.data, text.len);
	assert_int_equal(f->total[RESIDENT_ID], 1);
	assert_int_equal(f->findings[0].offset, strlen(before) + 15);
	assert_int_equal(f->findings[0].length, len);
	weir_buf_done(&text);
	weir_engine_free(engine);
}

static void views__digits_of_other_kinds(void **state)
{
	static const char *const wide[] = {"０", "１", "２", "３", "４",
					   "５", "６", "７", "８", "９"};
	static const char *const numerals[] = {"〇", "一", "二", "三", "四",
					       "五", "六", "七", "八", "九"};
	static const char *const arabic[] = {"٠", "١", "٢", "٣", "٤", "٥", "٦", "٧", "٨", "٩"};
	static const char *const circled[] = {"⓪", "①", "②", "③", "④", "⑤", "⑥", "⑦", "⑧", "⑨"};
	static const char *const *const kinds[] = {wide, numerals, arabic, circled};
	char id[19], text[128];

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		for (unsigned n = 0; n < 20; n++) {
			size_t len;

			synthetic_resident_id(n * 31, id);
			if (id[17] == 'X' && kinds[k] != wide)
				continue;
			len = respell(id, kinds[k], text);
			expect_id("", text, len, "。");
			expect_id(hanzi, text, len, hanzi);
		}
}

static void views__marks_without_width(void **state)
{
	static const char *const marks[] = {"\xe2\x80\x8b", "\xe2\x80\x8d", "\xc2\xad",
					    "\xef\xbb\xbf", "\xe2\x80\xae"};
	char id[19], text[256];

	synthetic_resident_id(5, id);
	for (size_t m = 0; m < ARRAY_SIZE(marks); m++) {
		text[0] = '\0';
		for (size_t i = 0; i < 18; i++) {
			size_t at = strlen(text);

			snprintf(text + at, sizeof(text) - at, "%s%c", i ? marks[m] : "", id[i]);
		}
		expect_id(hanzi, text, strlen(text), hanzi);
	}
}

static void views__backwards(void **state)
{
	char id[19], back[19];

	synthetic_resident_id(5, id);
	for (size_t i = 0; i < 18; i++)
		back[i] = id[17 - i];
	back[18] = '\0';
	expect_id("", back, 18, "。");
	assert_int_equal(look(back)->findings[0].masked[0], id[0]);
}

static size_t base64(const char *data, size_t len, char *ret)
{
	static const char signs[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t n = 0;

	for (size_t i = 0; i < len; i += 3) {
		unsigned char three[3] = {0};
		unsigned bits;

		memcpy(three, data + i, len - i < 3 ? len - i : 3);
		bits = (unsigned)three[0] << 16 | (unsigned)three[1] << 8 | three[2];
		for (size_t k = 0; k < 4; k++)
			ret[n++] = i + k > len ? '=' : signs[bits >> (18 - 6 * k) & 63];
	}
	ret[n] = '\0';
	return n;
}

/* The finding lies on the characters that its bytes are written with. */
static void views__base64(void **state)
{
	char id[19], inner[128], outer[256], text[512];
	const struct weir_findings *f;
	size_t at;

	for (unsigned n = 0; n < 12; n++) {
		synthetic_resident_id(n, id);
		at = (size_t)snprintf(inner, sizeof(inner), "%.*s身份证号：", (int)n,
				      "abcdefghijkl");
		snprintf(inner + at, sizeof(inner) - at, "%s，张某", id);
		(void)base64(inner, strlen(inner), outer);
		snprintf(text, sizeof(text), "{\"data\":\"%s\"}\n", outer);
		f = look(text);
		assert_int_equal(f->total[RESIDENT_ID], 1);
		assert_in_range(f->findings[0].offset, 9 + at / 3 * 4, 9 + at / 3 * 4 + 3);
		assert_in_range(f->findings[0].length, 23, 26);
	}
}

static void views__base64_twice(void **state)
{
	char id[19], inner[128], middle[256], outer[512], text[1024];

	synthetic_resident_id(3, id);
	snprintf(inner, sizeof(inner), "客户的身份证号：%s，请妥善保管", id);
	(void)base64(inner, strlen(inner), middle);
	(void)base64(middle, strlen(middle), outer);
	snprintf(text, sizeof(text), "x %s y", outer);
	assert_int_equal(look(text)->total[RESIDENT_ID], 1);
}

/* A long stretch is cut by the segments: nothing between is lost, nothing counted twice. */
static void views__base64_over_segments(void **state)
{
	struct weir_engine *engine = new_engine();
	struct weir_buf inner = WEIR_BUF_INIT(1 << 20), text = WEIR_BUF_INIT(1 << 20);
	const struct weir_findings *f;
	char id[19];

	for (unsigned i = 0; i < 3000; i++) {
		synthetic_resident_id(i, id);
		assert_int_equal(weir_buf_printf(&inner, "第%u位客户身份证号：%s\n", i, id), 0);
	}
	assert_int_equal(weir_buf_reserve(&text, inner.len * 2), 0);
	assert_int_equal(weir_buf_puts(&text, "data: "), 0);
	text.len += base64(inner.data, inner.len, text.data + text.len);
	assert_true(text.len > 2 * 65536);
	f = look_at(engine, text.data, text.len);
	assert_int_equal(f->distinct[RESIDENT_ID], 3000);
	assert_in_range(f->total[RESIDENT_ID], 3000, 3000);
	weir_buf_done(&inner);
	weir_buf_done(&text);
	weir_engine_free(engine);
}

static void views__escapes(void **state)
{
	char id[19], escaped[256] = "", percent[256] = "";

	synthetic_resident_id(6, id);
	for (size_t i = 0; i < 18; i++) {
		snprintf(escaped + 6 * i, sizeof(escaped) - 6 * i, "\\u%04x", id[i]);
		snprintf(percent + 3 * i, sizeof(percent) - 3 * i, "%%%02X", id[i]);
	}
	expect_id("{\"", escaped, 108, "\"}");
	expect_id("q=", percent, 54, "&x=1");
}

/* An encoding that shows late: everything before it is ASCII. */
static void views__late_encoding(void **state)
{
	struct weir_engine *engine = new_engine();
	struct weir_buf text = WEIR_BUF_INIT(1 << 20);
	static const char gbk[] = "\xbf\xcd\xbb\xa7\xc9\xed\xb7\xdd\xd6\xa4\xba\xc5\xa3\xba";
	const struct weir_findings *f;
	size_t place = 0;
	char id[19];

	for (size_t before = 10; before < 200000; before = before * 3 + 7) {
		weir_buf_clear(&text);
		for (size_t i = 0; i < before; i++)
			assert_int_equal(weir_buf_puts(&text, i % 60 == 59 ? "\n" : "x"), 0);
		for (unsigned i = 0; i < 40; i++) {
			synthetic_resident_id(i, id);
			place = text.len + 14;
			assert_int_equal(weir_buf_printf(&text, "%s%s\n", gbk, id), 0);
		}
		f = look_at(engine, text.data, text.len);
		assert_int_equal(f->total[RESIDENT_ID], 40);
		assert_int_equal(f->findings[39].offset, place);
		assert_true(f->findings[39].confidence >= 95);
	}
	weir_buf_done(&text);
	weir_engine_free(engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(views__digits_of_other_kinds),
		cmocka_unit_test(views__marks_without_width),
		cmocka_unit_test(views__backwards),
		cmocka_unit_test(views__base64),
		cmocka_unit_test(views__base64_twice),
		cmocka_unit_test(views__base64_over_segments),
		cmocka_unit_test(views__escapes),
		cmocka_unit_test(views__late_encoding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
