/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "weir/base/hash.h"

/* The reference vectors of SipHash-2-4 for the key 00 01 .. 0f and the messages "", 00, 00 01, ...
 * as the authors publish them (here as little-endian numbers). */
static const uint64_t vectors[] = {
	UINT64_C(0x726fdb47dd0e0e31), UINT64_C(0x74f839c593dc67fd), UINT64_C(0x0d6c8009d9a94f5a),
	UINT64_C(0x85676696d7fb7e2d), UINT64_C(0xcf2794e0277187b7), UINT64_C(0x18765564cd99a68d),
	UINT64_C(0xcbc9466e58fee3ce), UINT64_C(0xab0200f58b01d137), UINT64_C(0x93f5f5799a932462),
	UINT64_C(0x9e0082df0ba9e4b0), UINT64_C(0x7a5dbbc594ddb9f3), UINT64_C(0xf4b32f46226bada7),
	UINT64_C(0x751e8fbc860ee5fb), UINT64_C(0x14ea5627c0843d90), UINT64_C(0xf723ca908e7af2ee),
	UINT64_C(0xa129ca6149be45e5),
};

static void hash__siphash_reference_vectors(void **state)
{
	uint8_t key[WEIR_HASH_KEY_LEN], message[16];

	for (unsigned i = 0; i < 16; i++)
		key[i] = message[i] = (uint8_t)i;
	for (size_t len = 0; len < sizeof(vectors) / sizeof(vectors[0]); len++)
		assert_true(weir_siphash(message, len, key) == vectors[len]);
}

static void hash__does_not_depend_on_alignment(void **state)
{
	static const uint8_t key[WEIR_HASH_KEY_LEN] = {7};
	uint8_t room[64] = {0};
	uint64_t expected;

	for (size_t i = 0; i < 31; i++)
		room[i] = (uint8_t)(i * 37);
	expected = weir_siphash(room, 31, key);
	for (size_t shift = 1; shift < 8; shift++) {
		for (size_t i = 0; i < 31; i++)
			room[shift + i] = (uint8_t)(i * 37);
		assert_true(weir_siphash(room + shift, 31, key) == expected);
	}
}

static void hash__every_key_byte_counts(void **state)
{
	uint8_t key[WEIR_HASH_KEY_LEN] = {0};
	uint64_t zero = weir_siphash("weir", 4, key);

	for (size_t i = 0; i < sizeof(key); i++) {
		key[i] = 1;
		assert_true(weir_siphash("weir", 4, key) != zero);
		key[i] = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash__siphash_reference_vectors),
		cmocka_unit_test(hash__does_not_depend_on_alignment),
		cmocka_unit_test(hash__every_key_byte_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
