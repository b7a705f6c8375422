/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_KEYS_H
#define TEST_KEYS_H

/* A key of a test's own: its private half signs unlocks, a folder with its public half lets them count. Needs cmocka.h before it
 * and libcrypto. */

#include <openssl/pem.h>
#include <stdio.h>
#include <sys/stat.h>

/* public_path NULL: nobody is to know it. */
static inline void keys_make(const char *private_path, const char *public_path)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	FILE *file = fopen(private_path, "w");

	assert_non_null(key);
	assert_non_null(file);
	assert_int_equal(fchmod(fileno(file), 0600), 0);
	assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(file);
	if (public_path) {
		file = fopen(public_path, "w");
		assert_non_null(file);
		assert_int_equal(PEM_write_PUBKEY(file, key), 1);
		fclose(file);
	}
	EVP_PKEY_free(key);
}

#endif
