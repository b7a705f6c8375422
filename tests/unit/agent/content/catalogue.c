/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is in the table must be usable by the engine. */

#include "helper.h"

#include "weir/base/utf8.h"
#include "weir/content/validate.h"

static void catalogue__ids(void **state)
{
	assert_int_equal(weir_content_catalogue_find("cn_resident_id"), RESIDENT_ID);
	assert_int_equal(weir_content_catalogue_find("payment_card"), PAYMENT_CARD);
	assert_int_equal(weir_content_catalogue_find("cn_mobile"), CN_MOBILE);
	assert_true(weir_content_catalogue_find("nothing") < 0);
	assert_null(weir_content_catalogue_at(weir_content_catalogue_count()));
	assert_true(weir_content_catalogue_count() <= WEIR_FINDINGS_DETECTORS);
}

static void check_words(const char *const *words)
{
	for (; words && *words; words++) {
		size_t len = strlen(*words);

		assert_in_range(len, 2,
				32); /* the engine's window around a value reckons with this */
		assert_int_equal(weir_utf8_valid(*words, len), len);
		for (size_t i = 0; i < len; i++)
			assert_false((*words)[i] >= 'A' && (*words)[i] <= 'Z');
	}
}

static void catalogue__rows(void **state)
{
	for (size_t i = 0; i < weir_content_catalogue_count(); i++) {
		const struct weir_detector *d = weir_content_catalogue_at(i);

		assert_int_equal(weir_content_catalogue_find(d->id), i);
		assert_in_range(strlen(d->id), 1, WEIR_DETECTOR_ID_MAX - 1);
		assert_non_null(d->name_zh);
		assert_non_null(d->name_en);
		assert_non_null(d->labels.level);
		assert_non_null(d->patterns[0]);
		assert_true(!d->validator || weir_validator_find(d->validator));
		assert_true(d->confidence.accepted > d->confidence.refused &&
			    d->confidence.accepted <= 100);
		assert_true(d->min_digits >= 11);
		assert_true(d->mask.head + d->mask.tail < 10);
		check_words(d->words);
		check_words(d->negatives);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(catalogue__ids),
		cmocka_unit_test(catalogue__rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
