/* SPDX-License-Identifier: Apache-2.0 */
/* Many digits at a time: the same as one by one. */

#include "weir/validate/digits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "vectors.h"

#define ROUNDS 300

/* Of any number of digits, whatever stands behind them. */
static void digits__luhn_of_any_length(void **state)
{
	char digits[VECTOR_MAX];
	uint64_t seed = 17;
	unsigned right = 0;

	for (size_t n = 1; n < 40; n++) {
		for (unsigned i = 0; i < 200; i++) {
			vector_fill(digits, n, "0123456789", &seed);
			digits[n] = '\0';
			right += vector_luhn_holds(digits);
			assert_int_equal(weir_luhn_holds(digits, n), vector_luhn_holds(digits));
		}
	}
	assert_in_range(right, 600, 1000);
}

/* Eight at a time or one by one: every length, with what surrounds the digits different each time. */
static void digits__eight_at_a_time(void **state)
{
	uint64_t seed = 8;
	unsigned held = 0;

	(void)state;
	for (unsigned round = 0; round < 100 * ROUNDS; round++) {
		char text[64], plain[64] = "";
		size_t start = round % 9, len = 1 + round % 40;

		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = (char)(i - start < len ? '0' + vector_random(&seed) % 10
							 : vector_random(&seed));
		memcpy(plain, text + start, len);
		assert_true(weir_all_digits(text + start, len));
		assert_int_equal(weir_luhn_holds(text + start, len), vector_luhn_holds(plain));
		held += weir_luhn_holds(text + start, len);
	}
	assert_in_range(held, 5 * ROUNDS, 20 * ROUNDS);
}

/* The greatest sums that there are. */
static void digits__luhn_of_nines(void **state)
{
	char nines[4096 + 1];

	(void)state;
	memset(nines, '9', sizeof(nines));
	nines[4096] = 0;
	for (size_t len = 4096; len > 4000; len--)
		assert_int_equal(weir_luhn_holds(nines + 4096 - len, len),
				 vector_luhn_holds(nines + 4096 - len));
}

/* Every byte in every place, beside every neighbour that might carry over. */
static void digits__all_or_not(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 17 * 256 * 4; round++) {
		static const char beside[] = {'0', '9', (char)0xff, (char)0xfa};
		char text[18];
		size_t place = round % 17;
		uint8_t byte = (uint8_t)(round / 17);
		uint8_t other = (uint8_t)beside[round / (17 * 256)];

		memset(text, '7', sizeof(text));
		text[(place + 16) % 17] = (char)other;
		text[place] = (char)byte;
		assert_int_equal(weir_all_digits(text, 17),
				 (uint8_t)(byte - '0') < 10 && (uint8_t)(other - '0') < 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits__luhn_of_any_length),
		cmocka_unit_test(digits__eight_at_a_time),
		cmocka_unit_test(digits__luhn_of_nines),
		cmocka_unit_test(digits__all_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
