/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/uid.h"

static void uid__goes_there_and_back(void **state)
{
	static const char text[] = "00112233-4455-6677-8899-aabbccddeeff";
	uint8_t uid[WEIR_UID_LEN], other[WEIR_UID_LEN];
	char back[WEIR_UID_TEXT];

	assert_int_equal(weir_uid_parse(text, uid), 0);
	for (int i = 0; i < WEIR_UID_LEN; i++)
		assert_int_equal(uid[i], i * 0x11);
	weir_uid_format(uid, back);
	assert_string_equal(back, text);
	assert_int_equal(weir_uid_parse("00112233445566778899AABBCCDDEEFF", other), 0);
	assert_memory_equal(uid, other, sizeof(uid));
}

static void uid__refuses_the_rest(void **state)
{
	static const char *const texts[] = {
		"",
		"00112233-4455-6677-8899-aabbccddeef",
		"00112233-4455-6677-8899-aabbccddeefg",
		"001122334-455-6677-8899-aabbccddeeff",
		"00112233-4455-6677-8899-aabbccddeeff0",
		"0011223344556677 899aabbccddeeff",
		"00112233445566778899aabbccddeeff\n",
	};
	uint8_t uid[WEIR_UID_LEN] = {7};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(weir_uid_parse(texts[i], uid), -EINVAL);
	assert_int_equal(uid[0], 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uid__goes_there_and_back),
		cmocka_unit_test(uid__refuses_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
