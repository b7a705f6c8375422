/* SPDX-License-Identifier: Apache-2.0 */
/* The stream: cuts, windows, limits, counts, outcomes. */

#include "helper.h"

#include <errno.h>
#include <stdbool.h>

#include "weir/base/utf8.h"

static void same(const struct weir_findings *a, const struct weir_findings *b)
{
	assert_memory_equal(a, b, offsetof(struct weir_findings, findings));
	assert_memory_equal(a->findings, b->findings, a->count * sizeof(a->findings[0]));
}

static struct weir_findings *feed_cut(struct weir_engine *engine, const char *text, size_t len,
				      size_t cut, size_t step)
{
	static struct weir_findings found;
	struct weir_engine_request request = {.now_ns = NOW, .min_confidence = 50};

	memset(&found, 0, sizeof(found));
	weir_engine_begin(engine, &request);
	assert_int_equal(weir_engine_feed(engine, text, cut), 1);
	for (size_t at = cut; at < len; at += step)
		assert_int_equal(
			weir_engine_feed(engine, text + at, at + step < len ? step : len - at), 1);
	weir_engine_finish(engine, &found);
	return &found;
}

/* Customers in several spellings, with words, logs and prose between them. */
static void make_text(struct weir_buf *text, unsigned rows)
{
	char id[19], card[20], mobile[12];

	assert_int_equal(weir_buf_puts(text, "姓名,身份证号,手机,银行卡\n"), 0);
	for (unsigned i = 0; i < rows; i++) {
		synthetic_resident_id(i, id);
		synthetic_card("62", i * 1000003, 19, card);
		synthetic_mobile(i, mobile);
		assert_int_equal(weir_buf_printf(text, "客户%u,%s,%s,%s\n", i, id, mobile, card),
				 0);
		assert_int_equal(
			weir_buf_printf(
				text,
				"2025-01-02 03:04:05.678 INFO blk_-%s 1 2 3 4 5 6 7 8 9 0 1 2\n",
				card),
			0);
		assert_int_equal(weir_buf_printf(text, "联系 %.3s-%.4s-%s 或 %.6s %.8s %s，谢谢\n",
						 mobile, mobile + 3, mobile + 7, id, id + 6,
						 id + 14),
				 0);
	}
}

static void engine__cut_at_every_byte(void **state)
{
	struct weir_engine *engine = new_engine();
	struct weir_buf text = WEIR_BUF_INIT(1 << 16);
	struct weir_findings whole;

	make_text(&text, 6);
	whole = *feed_cut(engine, text.data, text.len, text.len, 1);
	assert_int_equal(whole.total[RESIDENT_ID], 12);
	assert_int_equal(whole.total[CN_MOBILE], 12);
	assert_int_equal(whole.total[PAYMENT_CARD], 6);
	for (size_t cut = 0; cut <= text.len; cut++)
		same(&whole, feed_cut(engine, text.data, text.len, cut, text.len));
	same(&whole, feed_cut(engine, text.data, text.len, 0, 1));
	weir_buf_done(&text);
	weir_engine_free(engine);
}

/* UTF-16 with its mark, little end first. */
static void to_utf16(const struct weir_buf *text, struct weir_buf *ret)
{
	size_t at = 0;

	assert_int_equal(weir_buf_append(ret, "\xff\xfe", 2), 0);
	while (at < text->len) {
		uint32_t c;
		char unit[2];

		at += weir_utf8_decode(text->data + at, text->len - at, &c);
		unit[0] = (char)(c & 0xff);
		unit[1] = (char)(c >> 8);
		assert_int_equal(weir_buf_append(ret, unit, 2), 0);
	}
}

static void cut_at_random(struct weir_engine *engine, const struct weir_buf *text, uint32_t seed)
{
	static struct weir_findings whole, cut;
	const struct weir_engine_request request = {.now_ns = NOW};

	whole = *feed_cut(engine, text->data, text->len, text->len, 1);
	assert_true(whole.total[RESIDENT_ID] > 1000);
	for (unsigned round = 0; round < 20; round++) {
		size_t at = 0;

		weir_engine_begin(engine, &request);
		while (at < text->len) {
			size_t n;

			seed = seed * 1664525 + 1013904223;
			n = round % 3 ? seed >> 16 : seed >> 27;
			n = WEIR_MIN(n, text->len - at);
			assert_int_equal(weir_engine_feed(engine, text->data + at, n), 1);
			at += n;
		}
		weir_engine_finish(engine, &cut);
		same(&whole, &cut);
	}
}

/* Several segments with everything in them that is read in another way, in three encodings. */
static void engine__cut_at_random(void **state)
{
	struct weir_engine *engine = new_engine();
	struct weir_buf text = WEIR_BUF_INIT(4 << 20), wide = WEIR_BUF_INIT(4 << 20);

	make_text(&text, 1200);
	assert_int_equal(weir_buf_puts(&text, "１３９０４１７１９３０ \\u0031\\u0033 "
					      "5aeT5ZCN77ya5byg5p+Q77yM6Lqr5Lu96K+B5Y+377ya\n"),
			 0);
	make_text(&text, 1200);
	to_utf16(&text, &wide);
	assert_true(text.len > 2 * 131072 && wide.len > 3 * 131072);
	cut_at_random(engine, &text, 1);
	cut_at_random(engine, &wide, 2);
	weir_buf_done(&text);
	weir_buf_done(&wide);
	weir_engine_free(engine);
}

/* However the text lies over the segments, the same is found. */
static void engine__segment_edges(void **state)
{
	struct weir_engine *engine = new_engine();
	struct weir_buf text = WEIR_BUF_INIT(1 << 20);
	struct weir_findings whole;

	assert_int_equal(weir_buf_puts(&text, "\n\n"), 0);
	make_text(&text, 1600);
	assert_true(text.len > 2 * 131072);
	whole = *feed_cut(engine, text.data, text.len, 0, text.len);
	assert_int_equal(whole.total[RESIDENT_ID], 3200);
	for (size_t shift = 1; shift < 400; shift += 19) {
		struct weir_buf moved = WEIR_BUF_INIT(1 << 20);
		const struct weir_findings *f;

		assert_int_equal(weir_buf_printf(&moved, "\n%*s\n", (int)shift, ""), 0);
		assert_int_equal(weir_buf_append(&moved, text.data + 2, text.len - 2), 0);
		f = feed_cut(engine, moved.data, moved.len, 0, 4093);
		assert_memory_equal(f->total, whole.total, sizeof(f->total));
		assert_memory_equal(f->distinct_from, whole.distinct_from,
				    sizeof(f->distinct_from));
		assert_int_equal(f->records, whole.records);
		for (size_t i = 0; i < f->count; i++) {
			assert_int_equal(f->findings[i].offset, whole.findings[i].offset + shift);
			assert_int_equal(f->findings[i].confidence, whole.findings[i].confidence);
		}
		weir_buf_done(&moved);
	}
	weir_buf_done(&text);
	weir_engine_free(engine);
}

/* Words far before and far behind, with nothing else about: edges of segments fall between word and
 * value in every place. */
static void engine__segments_keep_the_context(void **state)
{
	struct weir_engine *engine = new_engine();
	struct weir_buf text = WEIR_BUF_INIT(1 << 20);
	struct weir_findings whole;
	char filler[1501], id[19];

	memset(filler, 'x', sizeof(filler));
	filler[1500] = '\0';
	for (unsigned i = 0; i < 150; i++) {
		synthetic_resident_id(i, id);
		assert_int_equal(weir_buf_printf(&text, "%s%.*s %s %.*s%s%s%.*s\n",
						 i % 2 ? "身份证" : "", 870, filler, id, 860,
						 filler, i % 2 ? "" : "身份证", filler, (int)i,
						 filler),
				 0);
	}
	assert_true(text.len > 2 * 131072);
	whole = *feed_cut(engine, text.data, text.len, 0, text.len);
	assert_int_equal(whole.count, 150);
	for (unsigned i = 1; i < 150; i++)
		assert_int_equal(whole.findings[i].confidence, whole.findings[0].confidence);
	weir_buf_done(&text);
	weir_engine_free(engine);
}

/* One run of digits and separators, longer than any segment: what stands in it is found, and time
 * stays linear. */
static void engine__endless_run_of_digits(void **state)
{
	struct weir_engine *engine = new_engine();
	struct weir_buf text = WEIR_BUF_INIT(4 << 20);
	struct weir_findings whole;
	char mobile[12];

	for (unsigned i = 0; i < 100000; i++) {
		synthetic_mobile(i, mobile);
		assert_int_equal(weir_buf_printf(&text, i % 100 == 50 ? "%s " : "%.7s ", mobile),
				 0);
	}
	whole = *feed_cut(engine, text.data, text.len, text.len, 1);
	assert_true(whole.total[CN_MOBILE] >= 950);
	same(&whole, feed_cut(engine, text.data, text.len, 0, 999));
	weir_buf_done(&text);
	weir_engine_free(engine);
}

static void engine__distinct_and_kept(void **state)
{
	struct weir_engine *engine = new_engine();
	struct weir_buf text = WEIR_BUF_INIT(8 << 20);
	const struct weir_findings *f;
	char id[19];

	for (unsigned i = 0; i < 50000; i++) {
		synthetic_resident_id(i % 20000, id);
		assert_int_equal(weir_buf_printf(&text, "%s%c", id, i % 2 ? '\n' : ','), 0);
	}
	f = look_at(engine, text.data, text.len);
	assert_int_equal(f->status, WEIR_SCAN_COMPLETE);
	assert_int_equal(f->total[RESIDENT_ID], 50000);
	assert_int_equal(f->distinct[RESIDENT_ID], 20000);
	assert_int_equal(f->records, 25000);
	assert_int_equal(f->count, WEIR_FINDINGS_MAX);
	for (unsigned i = 0; i < f->count; i++)
		assert_int_equal(f->findings[i].offset, i * 19);
	/* a second object starts from nothing */
	f = look_at(engine, text.data, 19);
	assert_int_equal(f->distinct[RESIDENT_ID], 1);
	weir_buf_done(&text);
	weir_engine_free(engine);
}

static void engine__spelling_does_not_make_it_distinct(void **state)
{
	char id[19], text[128];

	synthetic_resident_id(8, id);
	snprintf(text, sizeof(text), "%s\n%.6s %.8s %s\n", id, id, id + 6, id + 14);
	assert_int_equal(look(text)->total[RESIDENT_ID], 2);
	assert_int_equal(look(text)->distinct[RESIDENT_ID], 1);
}

static void engine__byte_limit(void **state)
{
	struct weir_engine *engine = new_engine();
	struct weir_engine_request request = {.now_ns = NOW, .max_bytes = 37};
	static struct weir_findings f;
	char first[19], second[19], text[64];

	synthetic_resident_id(1, first);
	synthetic_resident_id(2, second);
	snprintf(text, sizeof(text), "%s\n%s\n", first, second);
	weir_engine_begin(engine, &request);
	assert_int_equal(weir_engine_feed(engine, text, 37), 1);
	assert_int_equal(weir_engine_feed(engine, text + 37, 1), 0);
	weir_engine_finish(engine, &f);
	assert_int_equal(f.status, WEIR_SCAN_PARTIAL);
	assert_int_equal(f.bytes, 37);
	assert_int_equal(f.total[RESIDENT_ID], 2);

	weir_engine_begin(engine, &request);
	assert_int_equal(weir_engine_feed(engine, text, 37), 1);
	weir_engine_finish(engine, &f);
	assert_int_equal(f.status, WEIR_SCAN_COMPLETE);
	assert_string_equal(f.reason, "");
	weir_engine_free(engine);
}

static void engine__least_confidence(void **state)
{
	struct weir_engine *engine = new_engine();
	struct weir_engine_request request = {.now_ns = NOW, .min_confidence = 61};
	static struct weir_findings f;
	char mobile[12], text[64];

	synthetic_mobile(1, mobile);
	snprintf(text, sizeof(text), "%s\n", mobile);
	weir_engine_begin(engine, &request);
	(void)weir_engine_feed(engine, text, strlen(text));
	weir_engine_finish(engine, &f);
	assert_int_equal(f.total[CN_MOBILE] + f.distinct[CN_MOBILE] + f.best[CN_MOBILE] +
				 f.records + f.count,
			 0);
	weir_engine_free(engine);
}

static void engine__empty(void **state)
{
	struct weir_engine *engine = new_engine();
	static struct weir_findings f;

	weir_engine_begin(engine, &(struct weir_engine_request){.now_ns = NOW});
	weir_engine_finish(engine, &f);
	assert_int_equal(f.status, WEIR_SCAN_COMPLETE);
	assert_string_equal(f.type, "application/x-empty");
	assert_string_equal(f.reason, "");
	weir_engine_free(engine);
	weir_engine_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(engine__cut_at_every_byte),
		cmocka_unit_test(engine__cut_at_random),
		cmocka_unit_test(engine__segment_edges),
		cmocka_unit_test(engine__segments_keep_the_context),
		cmocka_unit_test(engine__endless_run_of_digits),
		cmocka_unit_test(engine__distinct_and_kept),
		cmocka_unit_test(engine__spelling_does_not_make_it_distinct),
		cmocka_unit_test(engine__byte_limit),
		cmocka_unit_test(engine__least_confidence),
		cmocka_unit_test(engine__empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
