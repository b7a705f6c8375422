/* SPDX-License-Identifier: Apache-2.0 */
/* weir detect: JSON lines in, JSON lines out. */

#include "run.h"

static char id[19], mobile[12];

static int set_up(void **state)
{
	synthetic_resident_id(78, id);
	synthetic_mobile(78, mobile);
	return scratch_begin(state);
}

static json_int_t number(json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void detect__offsets_in_code_points(void **state)
{
	struct ran ran = {0};
	json_t *line, *findings, *second;
	char text[512];

	/* hanzi of three bytes, an emoji of four, an escape, a decomposed letter */
	snprintf(text, sizeof(text),
		 "{\"id\": 7, \"text\": \"客户😀\\u00e9e\\u0301 %s，手机%s。\"}\n", id, mobile);
	scratch_file("in", text);
	ran = RUN("in", "detect");
	assert_int_equal(ran.status, 1);
	line = json_line(&ran, 0);
	assert_int_equal(number(line, "id"), 7);
	findings = json_object_get(line, "findings");
	assert_int_equal(json_array_size(findings), 2);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(findings, 0), "detector")),
		"cn_resident_id");
	assert_int_equal(number(json_array_get(findings, 0), "start"), 7);
	assert_int_equal(number(json_array_get(findings, 0), "end"), 25);
	second = json_array_get(findings, 1);
	assert_int_equal(number(second, "start"), 28);
	assert_int_equal(number(second, "end"), 39);
	assert_int_equal(number(second, "confidence"), 85);
	assert_int_equal(json_object_size(second), 4);
	assert_null(strstr(text_of(&ran.out), mobile));
	json_decref(line);
	ran_done(&ran);
}

static void detect__ids_come_back(void **state)
{
	struct ran ran = {0};

	scratch_file(
		"in",
		"{\"id\":\"a\",\"text\":\"\"}\n{\"text\":\"\"}\n{\"id\":[1,null],\"text\":\"x\"}");
	ran = RUN("in", "detect");
	assert_int_equal(ran.status, 0);
	assert_string_equal(text_of(&ran.out),
			    "{\"id\":\"a\",\"findings\":[]}\n{\"id\":null,\"findings\":[]}\n"
			    "{\"id\":[1,null],\"findings\":[]}\n");
	ran_done(&ran);
}

static void detect__a_name_is_not_standard_input(void **state)
{
	struct ran ran = {0};

	scratch_file("in", "{\"id\":1,\"text\":\"\"}\n");
	ran = RUN("in", "detect", "in");
	assert_int_equal(ran.status, 2);
	assert_string_equal(text_of(&ran.out), "");
	ran_done(&ran);
}

static void detect__complaints_quote_nothing(void **state)
{
	struct ran ran = {0};
	char text[128];

	snprintf(text, sizeof(text), "{\"id\": 1, \"text\" %s}\n", mobile);
	scratch_file("in", text);
	ran = RUN("in", "detect");
	assert_int_equal(ran.status, 2);
	assert_non_null(strstr(text_of(&ran.err), "line 1: no JSON at byte "));
	assert_null(strstr(text_of(&ran.err), mobile));
	ran_done(&ran);
}

static void detect__bad_lines(void **state)
{
	struct ran ran = {0};

	scratch_file("in", "{\"id\":1,\"text\":\"\"}\nnot "
			   "json\n[]\n{\"id\":2,\"text\":3}\n{\"id\":3,\"text\":\"\"}\n");
	ran = RUN("in", "detect");
	assert_int_equal(ran.status, 2);
	assert_string_equal(text_of(&ran.out),
			    "{\"id\":1,\"findings\":[]}\n{\"id\":3,\"findings\":[]}\n");
	assert_non_null(strstr(text_of(&ran.err), "line 2: "));
	assert_non_null(strstr(text_of(&ran.err), "line 3: "));
	assert_non_null(strstr(text_of(&ran.err), "line 4: "));
	ran_done(&ran);
}

static void detect__least_confidence(void **state)
{
	struct ran low = {0}, high = {0}, bad = {0};
	char text[128];

	snprintf(text, sizeof(text), "{\"id\":1,\"text\":\"%s\"}\n", mobile);
	scratch_file("in", text);
	low = RUN("in", "detect", "--min-confidence", "60");
	high = RUN("in", "detect", "--min-confidence", "61");
	bad = RUN("in", "detect", "--min-confidence", "x");
	assert_int_equal(low.status, 1);
	assert_int_equal(high.status, 0);
	assert_int_equal(bad.status, 2);
	ran_done(&low);
	ran_done(&high);
	ran_done(&bad);
}

/* Lines longer than every buffer, and many of them. */
static void detect__long_and_many(void **state)
{
	struct weir_buf text = WEIR_BUF_INIT(32 << 20);
	struct ran ran = {0};
	json_t *line, *last;

	assert_int_equal(weir_buf_puts(&text, "{\"id\":0,\"text\":\""), 0);
	for (unsigned i = 0; i < 200000; i++)
		assert_int_equal(weir_buf_puts(&text, "文字"), 0);
	assert_int_equal(weir_buf_printf(&text, "%s\"}\n", id), 0);
	for (unsigned i = 1; i < 5000; i++)
		assert_int_equal(weir_buf_printf(&text, "{\"id\":%u,\"text\":\"%s\"}\n", i, id), 0);
	scratch_file("in", text.data);
	ran = RUN("in", "detect");
	assert_int_equal(ran.status, 1);
	line = json_line(&ran, 0);
	assert_int_equal(number(json_array_get(json_object_get(line, "findings"), 0), "start"),
			 400000);
	last = json_line(&ran, 4999);
	assert_int_equal(number(last, "id"), 4999);
	json_decref(line);
	json_decref(last);
	ran_done(&ran);
	weir_buf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(detect__offsets_in_code_points),
		cmocka_unit_test(detect__ids_come_back),
		cmocka_unit_test(detect__a_name_is_not_standard_input),
		cmocka_unit_test(detect__complaints_quote_nothing),
		cmocka_unit_test(detect__bad_lines),
		cmocka_unit_test(detect__least_confidence),
		cmocka_unit_test(detect__long_and_many),
	};

	return cmocka_run_group_tests(tests, set_up, scratch_end);
}
