/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>

#include "scratch.h"
#include "weir/dsse/keys.h"

static char dir[64], path[80];

static int setup(void **state)
{
	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/key", dir);
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(dir);
	return 0;
}

static void signer__is_made_for_its_owner_alone(void **state)
{
	struct weir_dsse_signer *made, *read, *other = NULL;
	struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_PEM_MAX);
	char id[WEIR_DSSE_KEY_ID_LEN + 1], text[64] = "";
	struct weir_dsse_keys *keys;
	uint8_t raw[WEIR_DSSE_KEY_LEN];
	struct stat st;
	FILE *file;

	assert_int_equal(weir_dsse_signer_make(path, &made), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	file = fopen(path, "r");
	assert_non_null(fgets(text, sizeof(text), file));
	assert_string_equal(text, "-----BEGIN PRIVATE KEY-----\n"); /* PKCS#8 */
	fclose(file);
	assert_int_equal(weir_dsse_signer_make(path, &other), -EEXIST);
	assert_null(other);
	assert_int_equal(weir_dsse_signer_load(path, &read), 0);
	assert_string_equal(weir_dsse_signer_id(read), weir_dsse_signer_id(made));
	assert_int_equal(weir_dsse_signer_public(read, &pem), 0);
	assert_int_equal(weir_dsse_key_parse(pem.data, pem.len, raw, id), 0);
	assert_string_equal(id, weir_dsse_signer_id(made));
	assert_int_equal(weir_dsse_keys_new(&keys), 0);
	assert_int_equal(weir_dsse_keys_add(keys, raw), 0);
	assert_int_equal(weir_dsse_keys_add(keys, raw), -EEXIST);
	assert_int_equal(weir_dsse_keys_count(keys), 1);
	assert_string_equal(weir_dsse_keys_id(keys, 0), id);
	assert_null(weir_dsse_keys_id(keys, 1));
	weir_dsse_keys_free(keys);
	weir_dsse_signer_free(made);
	weir_dsse_signer_free(read);
}

static void signer__others_may_read_it(void **state)
{
	struct weir_dsse_signer *signer = NULL;

	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(weir_dsse_signer_load(path, &signer), -EPERM);
	assert_int_equal(chmod(path, 0602), 0);
	assert_int_equal(weir_dsse_signer_load(path, &signer), -EPERM);
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(weir_dsse_signer_load(path, &signer), 0);
	weir_dsse_signer_free(signer);
	signer = NULL;
	assert_int_equal(weir_dsse_signer_load("/dev/null", &signer), -EINVAL);
	assert_int_equal(weir_dsse_signer_load(dir, &signer), -EINVAL);
	assert_int_equal(weir_dsse_signer_load("/nowhere/key", &signer), -ENOENT);
	assert_null(signer);
}

static void write_pem(const char *name, EVP_PKEY *key)
{
	char file_path[100];
	FILE *file;

	snprintf(file_path, sizeof(file_path), "%s/%s", dir, name);
	file = fopen(file_path, "w");
	assert_non_null(file);
	assert_int_equal(PEM_write_PUBKEY(file, key), 1);
	fclose(file);
}

static void keys__of_another_kind_are_an_error(void **state)
{
	EVP_PKEY *rsa = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	struct weir_dsse_keys *keys = NULL;
	char file_path[100];

	snprintf(file_path, sizeof(file_path), "%s/ec.pem", dir);
	write_pem("ec.pem", rsa);
	assert_int_equal(weir_dsse_keys_load(dir, &keys), -EINVAL);
	assert_null(keys);
	assert_int_equal(unlink(file_path), 0);
	assert_int_equal(weir_dsse_keys_load(dir, &keys), 0); /* the private one is no *.pem */
	assert_int_equal(weir_dsse_keys_count(keys), 0);
	weir_dsse_keys_free(keys);
	EVP_PKEY_free(rsa);
}

static void keys__are_bounded(void **state)
{
	struct weir_dsse_keys *keys = NULL;

	for (int i = 0; i <= WEIR_DSSE_KEYS_MAX; i++) {
		EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		char name[16];

		snprintf(name, sizeof(name), "%02d.pem", i);
		write_pem(name, key);
		EVP_PKEY_free(key);
		if (i + 1 == WEIR_DSSE_KEYS_MAX) {
			assert_int_equal(weir_dsse_keys_load(dir, &keys), 0);
			assert_int_equal(weir_dsse_keys_count(keys), WEIR_DSSE_KEYS_MAX);
			weir_dsse_keys_free(keys);
			keys = NULL;
		}
	}
	assert_int_equal(weir_dsse_keys_load(dir, &keys), -E2BIG);
	assert_null(keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signer__is_made_for_its_owner_alone),
		cmocka_unit_test(signer__others_may_read_it),
		cmocka_unit_test(keys__of_another_kind_are_an_error),
		cmocka_unit_test(keys__are_bounded),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
