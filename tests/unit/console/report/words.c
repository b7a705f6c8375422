/* SPDX-License-Identifier: Apache-2.0 */
/* What reports call things: kinds of data as the catalogue does, and values of every shape. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "weir/base/buf.h"
#include "weir/catalogue/catalogue.h"
#include "weir/console_report/say.h"
#include "weir/console_report/words.h"

static void words__call_kinds_of_data_as_the_catalogue_does(void **state)
{
	const struct weir_catalogue *catalogue = weir_catalogue_builtin();
	size_t n = weir_catalogue_count(catalogue);

	(void)state;
	assert_true(n > 30);
	for (size_t i = 0; i < n; i++) {
		const struct weir_detector *detector = weir_catalogue_at(catalogue, i);
		char name[96];

		(void)snprintf(name, sizeof(name), "kind_%s", detector->id);
		assert_string_equal(weir_report_word(name, true), detector->name_zh);
		assert_string_equal(weir_report_word(name, false), detector->name_en);
	}
}

static void words__are_names_where_there_are_none(void **state)
{
	(void)state;
	assert_string_equal(weir_report_word("nonsense", true), "nonsense");
	assert_string_equal(weir_report_word("", false), "");
	assert_true(weir_report_is_coded("level"));
	assert_false(weir_report_is_coded("title"));
}

static void assert_said(const char *column, const char *json, bool chinese, const char *wanted)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(4096);
	json_t *value = json_loads(json, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(value);
	assert_int_equal(weir_report_say(column, value, chinese, &text), 0);
	assert_string_equal(text.len ? text.data : "", wanted);
	json_decref(value);
}

static void words__say_values(void **state)
{
	(void)state;
	assert_said("title", "\"major\"", true, "major");
	assert_said("level", "\"major\"", true, "重大");
	assert_said("n", "17", true, "17");
	assert_said("n", "0.5", true, "0.500");
	assert_said("n", "null", true, "–");
	assert_said("n", "[]", true, "–");
	assert_said("n", "{}", true, "");
	assert_said("n", "{\"word\":7}", true, "");
	assert_said("n", "[{\"word\":\"major\"},\"major\",2]", true, "重大、major、2");
	assert_said("n", "[{\"word\":\"major\"},\"major\",2]", false, "major, major, 2");
	assert_said("n", "{\"word\":\"para_cause\",\"with\":[\"a {} b\"]}", false, "Cause: a {} b");
	/* What is missing is said to be. */
	assert_said("n", "{\"word\":\"para_cause\"}", true, "原因:–");
	assert_said("n", "{\"word\":\"para_cause\",\"with\":[{\"word\":\"to_fill_in\"}]}", true,
		    "原因:【待填写】");
	assert_said("n", "[[[[[[[[[[[[[1]]]]]]]]]]]]]", true, "…");
}

static void words__stay_within_their_bound(void **state)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(8);
	json_t *value = json_string("123456789");

	(void)state;
	assert_int_not_equal(weir_report_say("n", value, true, &text), 0);
	json_decref(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words__call_kinds_of_data_as_the_catalogue_does),
		cmocka_unit_test(words__are_names_where_there_are_none),
		cmocka_unit_test(words__say_values),
		cmocka_unit_test(words__stay_within_their_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
