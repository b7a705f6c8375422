/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/macros.h"
#include "weir/console_api/id.h"

static void id__formats(void **state)
{
	char text[WEIR_API_ID_TEXT];

	weir_api_id_format(1, true, text);
	assert_string_equal(text, "A-00001");
	weir_api_id_format(31, false, text);
	assert_string_equal(text, "E-0000Z");
	weir_api_id_format(33554432, true, text);
	assert_string_equal(text, "A-100000");
	weir_api_id_format(INT64_MAX, true, text);
	assert_string_equal(text, "A-7ZZZZZZZZZZZZ");
}

static void id__comes_back(void **state)
{
	static const uint64_t ids[] = {1,	 31,	   32,	       1023,	   1024,
				       33554431, 33554432, 4294967295, 4294967296, INT64_MAX - 1,
				       INT64_MAX};
	char text[WEIR_API_ID_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		for (int alert = 0; alert < 2; alert++) {
			uint64_t id = 0;

			weir_api_id_format(ids[i], alert, text);
			assert_int_equal(weir_api_id_parse(text, &id), 0);
			assert_int_equal(id, ids[i]);
		}
	}
}

static void id__forgives_how_people_write(void **state)
{
	static const char *const same[] = {"A-10", "a-10",     "A-IO",
					   "A-lo", "E-0001-0", "A-000000000000010"};
	uint64_t id;

	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		id = 0;
		assert_int_equal(weir_api_id_parse(same[i], &id), 0);
		assert_int_equal(id, 32);
	}
}

static void id__refuses_what_is_none(void **state)
{
	static const struct {
		const char *text;
		int error;
	} cases[] = {
		{"", -EINVAL},
		{"A", -EINVAL},
		{"A-", -EINVAL},
		{"A---", -EINVAL},
		{"10", -EINVAL},
		{"B-10", -EINVAL},
		{"A-1U", -EINVAL},
		{"A-1 ", -EINVAL},
		{"A-\xc3\xa9", -EINVAL},
		{"A10", -EINVAL},
		{"A-0", -ERANGE},
		{"A-00000", -ERANGE},
		{"A-8000000000000", -ERANGE},
		{"A-ZZZZZZZZZZZZZ", -ERANGE},
		{"A-11111111111111111111", -ERANGE},
		{"A-000000000000000000000000000000001", -EINVAL},
	};
	uint64_t id = 99;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(weir_api_id_parse(cases[i].text, &id), cases[i].error);
	assert_int_equal(id, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(id__formats),
		cmocka_unit_test(id__comes_back),
		cmocka_unit_test(id__forgives_how_people_write),
		cmocka_unit_test(id__refuses_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
