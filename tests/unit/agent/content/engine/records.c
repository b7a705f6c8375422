/* SPDX-License-Identifier: Apache-2.0 */
/* Columns, records, customers, and values that count only in company. */

#include "helper.h"

static int number_of(const char *id)
{
	int number = weir_catalogue_find(weir_catalogue_builtin(), id);

	assert_true(number >= 0);
	return number;
}

static void append(struct weir_buf *text, const char *line)
{
	assert_int_equal(weir_buf_puts(text, line), 0);
}

/* Numbers under a head, in a cell of their own, far from any word. */
static const struct weir_findings *table(struct weir_buf *text, const char *head, unsigned rows)
{
	struct weir_engine *engine = new_engine();
	const struct weir_findings *f;
	char mobile[12];

	append(text, head);
	for (unsigned i = 0; i < rows; i++) {
		synthetic_mobile(i, mobile);
		assert_int_equal(weir_buf_printf(text, "%u,%s,%s,%s\n", i, i % 2 ? "yes" : "no",
						 mobile, "some words to keep the head far away"),
				 0);
	}
	f = look_at(engine, text->data, text->len);
	weir_engine_free(engine);
	return f;
}

static void columns__a_head_speaks_for_its_column(void **state)
{
	const struct weir_confidence *c = scale(CN_MOBILE);
	struct weir_buf text = WEIR_BUF_INIT(1 << 20);
	const struct weir_findings *f = table(&text, "n,agreed,手机号,note\n", 200);

	assert_int_equal(f->total[CN_MOBILE], 200);
	assert_int_equal(f->findings[3].confidence, c->accepted + c->near_word);
	/* from the fifth on the column speaks as well */
	assert_int_equal(f->findings[150].confidence,
			 WEIR_MIN(c->accepted + c->near_word + c->column, 100));
	weir_buf_done(&text);
}

static void columns__a_head_of_another_column_does_not(void **state)
{
	const struct weir_confidence *c = scale(CN_MOBILE);
	struct weir_buf text = WEIR_BUF_INIT(1 << 20);
	const struct weir_findings *f = table(&text, "n,手机号,value,note\n", 200);

	assert_int_equal(f->findings[150].confidence, c->accepted + c->column);
	weir_buf_done(&text);
}

static void columns__a_negative_head_takes_off(void **state)
{
	const struct weir_confidence *c = scale(CN_MOBILE);
	struct weir_buf text = WEIR_BUF_INIT(1 << 20);
	const struct weir_findings *f = table(&text, "n,agreed,订单号,note\n", 200);
	int level = c->accepted - c->negative + c->column;

	assert_int_equal(f->total[CN_MOBILE], level < 50 ? 0 : 200);
	weir_buf_done(&text);
}

/* What a column lifts above the least confidence is counted from its first value on. */
static void columns__the_first_four_are_not_lost(void **state)
{
	const struct weir_confidence *c = scale(CN_MOBILE);
	struct weir_engine *engine = new_engine();
	struct weir_engine_request request = {.now_ns = NOW};
	struct weir_buf text = WEIR_BUF_INIT(1 << 20);
	static struct weir_findings f;

	for (unsigned rows = 3; rows < 12; rows++) {
		weir_buf_clear(&text);
		(void)table(&text, "n,agreed,value,note\n", rows);
		request.min_confidence = (uint8_t)(c->accepted + c->column);
		weir_engine_begin(engine, &request);
		assert_int_equal(weir_engine_feed(engine, text.data, text.len), 1);
		weir_engine_finish(engine, &f);
		assert_int_equal(f.total[CN_MOBILE], rows < 5 ? 0 : rows);
		assert_int_equal(f.count, rows < 5 ? 0 : rows);
		for (unsigned i = 1; i < f.count; i++)
			assert_true(f.findings[i].offset > f.findings[i - 1].offset);
	}
	weir_buf_done(&text);
	weir_engine_free(engine);
}

static void columns__quotes_hide_separators(void **state)
{
	struct weir_engine *engine = new_engine();
	struct weir_buf text = WEIR_BUF_INIT(1 << 20);
	const struct weir_findings *f;
	char mobile[12];

	append(&text, "name,手机号\n");
	for (unsigned i = 0; i < 100; i++) {
		synthetic_mobile(i, mobile);
		assert_int_equal(weir_buf_printf(&text,
						 "\"some, one, far away from the head\",%s\n",
						 mobile),
				 0);
	}
	f = look_at(engine, text.data, text.len);
	assert_true(f->findings[99].confidence >=
		    scale(CN_MOBILE)->accepted + scale(CN_MOBILE)->near_word);
	weir_buf_done(&text);
	weir_engine_free(engine);
}

static void records__a_row_with_both_is_a_customer(void **state)
{
	struct weir_engine *engine = new_engine();
	struct weir_buf text = WEIR_BUF_INIT(1 << 20);
	char mobile[12], id[19];

	append(&text, "手机号,身份证号\n");
	for (unsigned i = 0; i < 50; i++) {
		synthetic_mobile(i, mobile);
		synthetic_resident_id(i, id);
		if (i % 5 == 0)
			assert_int_equal(weir_buf_printf(&text, "%s,\n", mobile), 0);
		else
			assert_int_equal(weir_buf_printf(&text, "%s,%s\n", mobile, id), 0);
	}
	assert_int_equal(look_at(engine, text.data, text.len)->customers, 40);
	assert_int_equal(look_at(engine, text.data, text.len)->records, 50);
	weir_buf_done(&text);
	weir_engine_free(engine);
}

static void records__lines_near_each_other_are_one(void **state)
{
	char text[4096], mobile[12], id[19];

	synthetic_mobile(4, mobile);
	synthetic_resident_id(4, id);
	snprintf(text, sizeof(text), "身份证号：%s\n住址不详\n手机：%s。\n", id, mobile);
	assert_int_equal(look(text)->customers, 1);
	snprintf(text, sizeof(text), "身份证号：%s。\n%*s\n手机：%s。\n", id, 1500, "x", mobile);
	assert_int_equal(look(text)->customers, 0);
	snprintf(text, sizeof(text), "手机：%s\n手机：%s\n", mobile, mobile);
	assert_int_equal(look(text)->customers, 0);
}

static void company__a_code_counts_only_beside_its_card(void **state)
{
	int cvv = number_of("card_verification");
	char text[2048], card[20];

	synthetic_card("62", 4711, 16, card);
	snprintf(text, sizeof(text), "卡号 %s CVV2: 123\n", card);
	assert_int_equal(look(text)->total[cvv], 1);
	snprintf(text, sizeof(text), "CVV2: 123 卡号 %s\n", card);
	assert_int_equal(look(text)->total[cvv], 1);
	snprintf(text, sizeof(text), "CVV2: 123%*s卡号 %s\n", 1200, "", card);
	assert_int_equal(look(text)->total[cvv], 0);
	assert_int_equal(look("CVV2: 123\n")->total[cvv], 0);
}

static void company__medical_words_need_three_and_a_person(void **state)
{
	int terms = number_of("medical_terms");
	char text[512], id[19];

	synthetic_resident_id(4, id);
	snprintf(text, sizeof(text), "身份证号 %s 诊断：糖尿病、高血压、恶性肿瘤\n", id);
	assert_true(look(text)->total[terms] >= 3);
	snprintf(text, sizeof(text), "身份证号 %s 诊断：糖尿病\n", id);
	assert_int_equal(look(text)->total[terms], 0);
	assert_int_equal(look(text)->distinct[terms], 0);
	assert_int_equal(look(text)->count, 1);
	assert_int_equal(look("科普：糖尿病、高血压、恶性肿瘤\n")->total[terms], 0);
}

static void records__distinct_by_confidence(void **state)
{
	struct weir_engine *engine = new_engine();
	const struct weir_confidence *c = scale(CN_MOBILE);
	struct weir_buf text = WEIR_BUF_INIT(1 << 16);
	const struct weir_findings *f;
	char mobile[12];

	for (unsigned i = 0; i < 30; i++) {
		synthetic_mobile(i, mobile);
		assert_int_equal(weir_buf_printf(&text, "%s%s 。\n%*s\n", i < 10 ? "手机" : "- ",
						 mobile, 2000, ""),
				 0);
	}
	f = look_at(engine, text.data, text.len);
	assert_int_equal(f->distinct[CN_MOBILE], 30);
	assert_int_equal(f->distinct_from[CN_MOBILE][0], 30);
	assert_int_equal(f->distinct_from[CN_MOBILE][(c->accepted + c->near_word - 50) / 5], 10);
	assert_int_equal(f->best[CN_MOBILE], c->accepted + c->near_word);
	weir_buf_done(&text);
	weir_engine_free(engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns__a_head_speaks_for_its_column),
		cmocka_unit_test(columns__a_head_of_another_column_does_not),
		cmocka_unit_test(columns__a_negative_head_takes_off),
		cmocka_unit_test(columns__the_first_four_are_not_lost),
		cmocka_unit_test(columns__quotes_hide_separators),
		cmocka_unit_test(records__a_row_with_both_is_a_customer),
		cmocka_unit_test(records__lines_near_each_other_are_one),
		cmocka_unit_test(records__distinct_by_confidence),
		cmocka_unit_test(company__a_code_counts_only_beside_its_card),
		cmocka_unit_test(company__medical_words_need_three_and_a_person),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
