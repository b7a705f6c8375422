/* SPDX-License-Identifier: Apache-2.0 */
/* What adds to and takes from the confidence, which detector wins, and what is shown of a value. */

#include "helper.h"

static char id[19], card[20], mobile[12];

static int set_up(void **state)
{
	synthetic_resident_id(5, id);
	synthetic_card("62", 8154711, 19, card);
	synthetic_mobile(5, mobile);
	return 0;
}

static int level(unsigned detector, const char *before, const char *value, const char *behind)
{
	char text[4096];

	snprintf(text, sizeof(text), "%s%s%s", before, value, behind);
	return only(detector, text);
}

/* first, n spaces, last. */
static const char *apart(const char *first, unsigned n, const char *last)
{
	static char text[2048];
	size_t used = strlen(first);

	assert_true(used + n + strlen(last) < sizeof(text));
	memcpy(text, first, used);
	memset(text + used, ' ', n);
	memcpy(text + used + n, last, strlen(last) + 1);
	return text;
}

static void confidence__near_word(void **state)
{
	assert_int_equal(level(RESIDENT_ID, "", id, ""), worth(RESIDENT_ID, id, 0));
	assert_int_equal(level(RESIDENT_ID, "身份证号码：", id, ""),
			 worth(RESIDENT_ID, id, scale(RESIDENT_ID)->near_word));
	assert_int_equal(level(RESIDENT_ID, "{\"idNo\": \"", id, "\"}"),
			 worth(RESIDENT_ID, id, scale(RESIDENT_ID)->near_word));
	assert_int_equal(level(RESIDENT_ID, "Resident ID Card: ", id, ""),
			 worth(RESIDENT_ID, id, scale(RESIDENT_ID)->near_word));
	assert_int_equal(level(PAYMENT_CARD, "", card, ""), worth(PAYMENT_CARD, card, 0));
	assert_int_equal(level(PAYMENT_CARD, "收款账号 ", card, ""),
			 worth(PAYMENT_CARD, card, scale(PAYMENT_CARD)->near_word));
	assert_int_equal(level(CN_MOBILE, "", mobile, ""), worth(CN_MOBILE, mobile, 0));
	assert_int_equal(level(CN_MOBILE, "custMobile=", mobile, ""),
			 worth(CN_MOBILE, mobile, scale(CN_MOBILE)->near_word));
	assert_int_equal(level(CN_MOBILE, "<PHONE>", mobile, "</PHONE>"),
			 worth(CN_MOBILE, mobile, scale(CN_MOBILE)->near_word));
}

static void confidence__words_count_whole(void **state)
{
	assert_int_equal(level(CN_MOBILE, "hotel: ", mobile, ""),
			 worth(CN_MOBILE, mobile, 0)); /* not tel */
	assert_int_equal(level(CN_MOBILE, "telly: ", mobile, ""), worth(CN_MOBILE, mobile, 0));
	assert_int_equal(level(CN_MOBILE, "tel: ", mobile, ""),
			 worth(CN_MOBILE, mobile, scale(CN_MOBILE)->near_word));
	assert_int_equal(level(CN_MOBILE, "latest: ", mobile, ""),
			 worth(CN_MOBILE, mobile, 0)); /* not test */
	assert_int_equal(level(CN_MOBILE, "test: ", mobile, ""),
			 worth(CN_MOBILE, mobile, -scale(CN_MOBILE)->negative));
}

static void confidence__near_ends_after_32_bytes(void **state)
{
	assert_int_equal(level(CN_MOBILE, apart("tel", 29, ""), mobile, ""),
			 worth(CN_MOBILE, mobile, scale(CN_MOBILE)->near_word));
	assert_int_equal(level(CN_MOBILE, apart("tel", 30, ""), mobile, ""),
			 worth(CN_MOBILE, mobile, scale(CN_MOBILE)->far_word)); /* far */
}

static void confidence__far_word(void **state)
{
	assert_int_equal(level(RESIDENT_ID, apart("姓名,身份证,电话", 500, ""), id, ""),
			 worth(RESIDENT_ID, id, scale(RESIDENT_ID)->far_word));
	assert_int_equal(level(RESIDENT_ID, apart("身份证", 900 - 9, ""), id, ""),
			 worth(RESIDENT_ID, id, scale(RESIDENT_ID)->far_word));
	assert_int_equal(level(RESIDENT_ID, apart("身份证", 900 - 8, ""), id, ""),
			 worth(RESIDENT_ID, id, 0));
	assert_int_equal(level(RESIDENT_ID, "", id, apart("", 899, "身份证")),
			 worth(RESIDENT_ID, id, scale(RESIDENT_ID)->far_word));
	assert_int_equal(level(RESIDENT_ID, "", id, apart("", 900, "身份证")),
			 worth(RESIDENT_ID, id, 0));
}

/* The search for far words is carried on from value to value: the same answer as for each alone. */
static void confidence__far_word_of_many(void **state)
{
	struct weir_buf text = WEIR_BUF_INIT(1 << 20);
	const struct weir_findings *f;
	struct weir_engine *engine = new_engine();

	for (unsigned i = 0; i < 300; i++)
		assert_int_equal(weir_buf_printf(&text, "%s%s .\n",
						 apart(i % 50 == 25 ? "身份证" : "", 60, ""), id),
				 0);
	f = look_at(engine, text.data, text.len);
	assert_int_equal(f->count, 300);
	for (unsigned i = 0; i < 300; i++) {
		const char *value = text.data + f->findings[i].offset;
		size_t left = (size_t)(value - text.data) < 900 ? (size_t)(value - text.data) : 900;
		size_t right = text.len - f->findings[i].offset - 18 < 909
				       ? text.len - f->findings[i].offset - 18
				       : 908;
		bool word = memmem(value - left, left + 18 + right, "身份证", 9) != NULL;

		assert_int_equal(f->findings[i].confidence,
				 worth(RESIDENT_ID, id, word ? scale(RESIDENT_ID)->far_word : 0));
	}
	weir_buf_done(&text);
	weir_engine_free(engine);
}

static void confidence__negative_word(void **state)
{
	assert_int_equal(level(RESIDENT_ID, "订单号：", id, ""),
			 worth(RESIDENT_ID, id, -scale(RESIDENT_ID)->negative));
	assert_int_equal(level(CN_MOBILE, "trace_id=", mobile, ""),
			 worth(CN_MOBILE, mobile, -scale(CN_MOBILE)->negative));
	assert_int_equal(level(PAYMENT_CARD, "流水号 ", card, ""),
			 worth(PAYMENT_CARD, card, -scale(PAYMENT_CARD)->negative));
	/* the word nearer to the value decides */
	assert_int_equal(level(CN_MOBILE, "订单 手机 ", mobile, ""),
			 worth(CN_MOBILE, mobile, scale(CN_MOBILE)->near_word));
	assert_int_equal(level(CN_MOBILE, "手机 订单 ", mobile, ""),
			 worth(CN_MOBILE, mobile, -scale(CN_MOBILE)->negative));
	/* one on another line speaks of something else */
	assert_int_equal(level(CN_MOBILE, "订单\n. ", mobile, ""), worth(CN_MOBILE, mobile, 0));
}

static void confidence__mobile_ranges_and_placeholders(void **state)
{
	const struct weir_confidence *c = scale(CN_MOBILE);

	assert_int_equal(level(CN_MOBILE, "", "15420417193", ""), -1); /* 154 is not allocated */
	assert_int_equal(level(CN_MOBILE, "手机", "15420417193", ""), c->refused + c->near_word);
	assert_int_equal(level(CN_MOBILE, "手机", "13912345678", ""),
			 c->accepted + c->near_word - c->placeholder);
	assert_int_equal(level(CN_MOBILE, "", "12920417193", ""), -1);
	assert_true(level(CN_MOBILE, "+86", mobile, "") > c->accepted);
}

static void confidence__check_digit_decides(void **state)
{
	id[17] = id[17] == '5' ? '6' : '5';
	card[18] = (char)('0' + (card[18] - '0' + 1) % 10);
	assert_int_equal(level(RESIDENT_ID, "身份证", id, ""), -1);
	assert_int_equal(level(PAYMENT_CARD, "卡号", card, ""), -1);
	(void)set_up(state);
}

static void confidence__birth_date_in_the_future(void **state)
{
	struct weir_engine *engine = new_engine();
	struct weir_engine_request request = {.now_ns = 0}; /* 1970 */
	static struct weir_findings f;
	char text[32];
	unsigned n = 0;

	do
		synthetic_resident_id(n++, text);
	while (strncmp(text + 6, "198", 3) != 0);
	weir_engine_begin(engine, &request);
	assert_int_equal(weir_engine_feed(engine, text, 18), 1);
	weir_engine_finish(engine, &f);
	assert_int_equal(f.total[RESIDENT_ID], 0);
	assert_int_equal(look(text)->total[RESIDENT_ID], 1);
	weir_engine_free(engine);
}

/* An ID of Gansu that is a UnionPay number by every rule as well. */
static void confidence__resident_id_before_card(void **state)
{
	char number[19], check[20];
	unsigned n = 4;

	for (;; n += 5) {
		synthetic_resident_id(n, number);
		memcpy(check, number, 17);
		synthetic_luhn(check, 17);
		if (strcmp(check, number) == 0)
			break;
	}
	assert_memory_equal(number, "62", 2);
	assert_int_equal(level(RESIDENT_ID, "", number, ""), worth(RESIDENT_ID, number, 0));
	assert_int_equal(level(RESIDENT_ID, "卡号", number, ""), worth(RESIDENT_ID, number, 0));
}

static void masked_is(const char *text, const char *masked)
{
	const struct weir_findings *f = look(text);

	assert_int_equal(f->count, 1);
	assert_string_equal(f->findings[0].masked, masked);
}

static void confidence__masks(void **state)
{
	char masked[32], grouped[32];

	snprintf(masked, sizeof(masked), "%c***************%s", id[0], id + 16);
	masked_is(id, masked);
	snprintf(grouped, sizeof(grouped), "%.6s-%.8s-%s", id, id + 6, id + 14);
	masked_is(grouped, masked);
	snprintf(masked, sizeof(masked), "%.4s************%s", card, card + 16);
	masked_is(card, masked);
	snprintf(masked, sizeof(masked), "%.3s****%s", mobile, mobile + 7);
	masked_is(mobile, masked);
}

static void confidence__mask_of_every_card_length(void **state)
{
	static const struct {
		const char *prefix;
		unsigned digits, shown;
	} cases[] = {{"4", 13, 5},  {"36", 14, 6}, {"34", 15, 7}, {"62", 16, 8},
		     {"62", 17, 5}, {"62", 18, 6}, {"62", 19, 7}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct weir_findings *f;
		char number[20];
		unsigned shown = 0;

		synthetic_card(cases[i].prefix, 918273, cases[i].digits, number);
		f = look(number);
		assert_int_equal(f->count, 1);
		assert_int_equal(strlen(f->findings[0].masked), cases[i].digits);
		for (const char *p = f->findings[0].masked; *p; p++)
			shown += *p != '*';
		assert_int_equal(shown, cases[i].shown);
	}
}

/* Lines of numbers that are nothing by themselves, with the text between the first and the last. */
static const struct weir_findings *among_numbers(const char *text)
{
	static char dense[16384];
	size_t used = 0;

	for (unsigned i = 0; i < 240; i++)
		used += (size_t)snprintf(dense + used, sizeof(dense) - used, "%u 73%09u %u\n%s",
					 400 + i, i * 7654321, i % 7, i == 120 ? text : "");
	assert_true(used < sizeof(dense) - 1);
	return look(dense);
}

#define APART "------------------------------------------"

/* Where every line has numbers, most are dropped before the words are weighed: not those that have one, on
 * either side, and as near as ever. */
static void confidence__words_among_many_numbers(void **state)
{
	static const struct {
		const char *text;
		unsigned found;
	} cases[] = {
		{"", 0},
		{"账号 73000000012 " APART "\n", 1},
		{"policy no: 7300000001234 " APART "\n", 1},
		{"order no: 7300000001234\n", 0},
		/* a word of the same detectors that is too far away to lift the numbers around it */
		{"账号\n" APART "\n", 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct weir_findings *f = among_numbers(cases[i].text);

		if (f->count != cases[i].found)
			fail_msg("%zu: %u findings", i, f->count);
	}
}

static void confidence__far_word_among_many_numbers(void **state)
{
	char text[64], word[64];
	const struct weir_findings *f;
	unsigned alone, lifted;

	snprintf(text, sizeof(text), "x,%s,y\n", mobile);
	snprintf(word, sizeof(word), "x,%s,y\n手机\n", mobile);
	f = among_numbers(text);
	assert_int_equal(f->count, 1);
	alone = f->findings[0].confidence;
	f = among_numbers(word);
	assert_int_equal(f->count, 1);
	lifted = f->findings[0].confidence;
	assert_int_equal(f->findings[0].detector, CN_MOBILE);
	assert_int_equal(lifted, alone + 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(confidence__near_word),
		cmocka_unit_test(confidence__words_count_whole),
		cmocka_unit_test(confidence__near_ends_after_32_bytes),
		cmocka_unit_test(confidence__far_word),
		cmocka_unit_test(confidence__far_word_of_many),
		cmocka_unit_test(confidence__negative_word),
		cmocka_unit_test(confidence__words_among_many_numbers),
		cmocka_unit_test(confidence__far_word_among_many_numbers),
		cmocka_unit_test(confidence__mobile_ranges_and_placeholders),
		cmocka_unit_test(confidence__check_digit_decides),
		cmocka_unit_test(confidence__birth_date_in_the_future),
		cmocka_unit_test(confidence__resident_id_before_card),
		cmocka_unit_test(confidence__masks),
		cmocka_unit_test(confidence__mask_of_every_card_length),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
