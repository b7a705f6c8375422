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

/* The same of the variant with 128 bits. */
static const uint64_t vectors128[][2] = {
	{UINT64_C(0xe6a825ba047f81a3), UINT64_C(0x930255c71472f66d)},
	{UINT64_C(0x44af996bd8c187da), UINT64_C(0x45fc229b11597634)},
	{UINT64_C(0xc75da4a48d227781), UINT64_C(0xe4ff0af6de8ba3fc)},
	{UINT64_C(0x4ea967520cb6709c), UINT64_C(0x51ed8529b0b6335f)},
	{UINT64_C(0xaf8f9c2dc16481f8), UINT64_C(0x7955cd7b7c6e0f7d)},
	{UINT64_C(0x886f778059876813), UINT64_C(0x27960e69077a5254)},
	{UINT64_C(0x1386208b33caee14), UINT64_C(0x5ea1d78f30a05e48)},
	{UINT64_C(0x53c1dbd8beebf1a1), UINT64_C(0x3982f01fa64ab8c0)},
	{UINT64_C(0x61f55862baa9623b), UINT64_C(0xb49714f364e2830f)},
	{UINT64_C(0xabbad90a06994426), UINT64_C(0xed716dbb028b7fc4)},
	{UINT64_C(0x56691478c30d1100), UINT64_C(0xbafbd0f3d34754c9)},
	{UINT64_C(0x77666b3868c55101), UINT64_C(0x18dce5816fdcb4a2)},
	{UINT64_C(0x58f35e9066b226d6), UINT64_C(0x25c13285f64d6382)},
	{UINT64_C(0x108bc0e947e26998), UINT64_C(0xf752b9c44f9329d0)},
	{UINT64_C(0x9cded766aceffc31), UINT64_C(0x024949e45f48c77e)},
	{UINT64_C(0x11a8b03399e99354), UINT64_C(0xd9c3cf970fec087e)},
};

static void hash__siphash_reference_vectors(void **state)
{
	uint8_t key[WEIR_HASH_KEY_LEN], message[16];

	for (unsigned i = 0; i < 16; i++)
		key[i] = message[i] = (uint8_t)i;
	for (size_t len = 0; len < sizeof(vectors) / sizeof(vectors[0]); len++)
		assert_true(weir_siphash(message, len, key) == vectors[len]);
}

static void hash__siphash128_reference_vectors(void **state)
{
	uint8_t key[WEIR_HASH_KEY_LEN], message[16];
	uint64_t hash[2];

	for (unsigned i = 0; i < 16; i++)
		key[i] = message[i] = (uint8_t)i;
	for (size_t len = 0; len < sizeof(vectors128) / sizeof(vectors128[0]); len++) {
		weir_siphash128(message, len, key, hash);
		assert_true(hash[0] == vectors128[len][0]);
		assert_true(hash[1] == vectors128[len][1]);
	}
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
		cmocka_unit_test(hash__siphash128_reference_vectors),
		cmocka_unit_test(hash__does_not_depend_on_alignment),
		cmocka_unit_test(hash__every_key_byte_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
