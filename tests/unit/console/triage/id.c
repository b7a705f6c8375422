/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/macros.h"
#include "weir/console_triage/id.h"

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void id__formats(void **state)
{
	char text[WEIR_ID_TEXT];

	weir_id_format(WEIR_ID_ALERT, 1, text);
	assert_string_equal(text, "A-00012");
	weir_id_format(WEIR_ID_EVENT, 31, text);
	assert_string_equal(text, "E-000ZV");
	weir_id_format(WEIR_ID_SUPPRESSION, 33554432, text);
	assert_string_equal(text, "S-100000A");
	weir_id_format(WEIR_ID_ALERT, INT64_MAX, text);
	assert_int_equal(strlen(text), 2 + 13 + 1);
	assert_int_equal(strncmp(text, "A-7ZZZZZZZZZZZZ", 15), 0);
}

static void id__comes_back(void **state)
{
	static const enum weir_id_kind kinds[] = {WEIR_ID_ALERT, WEIR_ID_EVENT,
						  WEIR_ID_SUPPRESSION};
	static const uint64_t ids[] = {1,	 31,	   32,	       1023,	   1024,
				       33554431, 33554432, 4294967295, 4294967296, INT64_MAX - 1,
				       INT64_MAX};
	char text[WEIR_ID_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
			uint64_t id = 0;

			weir_id_format(kinds[kind], ids[i], text);
			assert_int_equal(weir_id_parse(kinds[kind], text, &id), 0);
			assert_int_equal(id, ids[i]);
			assert_int_equal(weir_id_parse(kinds[(kind + 1) % 3], text, &id), -EINVAL);
		}
	}
}

/* Every wrong character at every place, and every two neighbours that changed places. */
static void id__finds_slips_of_the_hand(void **state)
{
	char text[WEIR_ID_TEXT], wrong[WEIR_ID_TEXT];
	uint64_t id = 99;

	weir_id_format(WEIR_ID_ALERT, UINT64_C(0x123456789ABC), text);
	for (size_t i = 2; text[i]; i++) {
		for (size_t digit = 0; digit < 32; digit++) {
			memcpy(wrong, text, sizeof(wrong));
			wrong[i] = digits[digit];
			if (wrong[i] != text[i])
				assert_int_equal(weir_id_parse(WEIR_ID_ALERT, wrong, &id),
						 -EBADMSG);
		}
		for (size_t j = i + 1; text[j]; j++) {
			memcpy(wrong, text, sizeof(wrong));
			wrong[i] = text[j];
			wrong[j] = text[i];
			if (text[i] != text[j])
				assert_int_equal(weir_id_parse(WEIR_ID_ALERT, wrong, &id),
						 -EBADMSG);
		}
	}
	assert_int_equal(id, 99);
}

static void id__forgives_how_people_write(void **state)
{
	static const char *const same[] = {"A-00104", "a-00104",   "A-oo1O4", "a-OOlo4",
					   "A-0OI04", "A-00-10-4", "A-104",   "A-000000000104"};
	uint64_t id;

	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		id = 0;
		assert_int_equal(weir_id_parse(WEIR_ID_ALERT, same[i], &id), 0);
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
		{"A-1", -EINVAL},
		{"A---", -EINVAL},
		{"00104", -EINVAL},
		{"B-00104", -EINVAL},
		{"E-00104", -EINVAL},
		{"A-001U8", -EINVAL},
		{"A-00104 ", -EINVAL},
		{"A-\xc3\xa9", -EINVAL},
		{"A00104", -EINVAL},
		{"A-00107", -EBADMSG},
		{"A-01004", -EBADMSG},
		{"A-00", -ERANGE},
		{"A-00000", -ERANGE},
		{"A-80000000000000", -ERANGE},
		{"A-ZZZZZZZZZZZZZZ", -ERANGE},
		{"A-11111111111111111111", -ERANGE},
		{"A-000000000000000000000000000000001", -EINVAL},
	};
	uint64_t id = 99;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int r = weir_id_parse(WEIR_ID_ALERT, cases[i].text, &id);

		if (r != cases[i].error)
			print_error("%s: %d\n", cases[i].text, r);
		assert_int_equal(r, cases[i].error);
	}
	assert_int_equal(id, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(id__formats),
		cmocka_unit_test(id__comes_back),
		cmocka_unit_test(id__finds_slips_of_the_hand),
		cmocka_unit_test(id__forgives_how_people_write),
		cmocka_unit_test(id__refuses_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
