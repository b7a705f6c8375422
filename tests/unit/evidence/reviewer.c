/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "scratch.h"
#include "weir/base/secret.h"
#include "weir/evidence/sealed.h"

static char dir[64], path[80];

static int setup(void **state)
{
	scratch_make(dir);
	(void)snprintf(path, sizeof(path), "%s/key.pem", dir);
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(dir);
	return 0;
}

#define PEM WEIR_BUF_INIT(WEIR_REVIEWER_PEM_MAX)

static void reviewer__is_made_for_its_owner_alone(void **state)
{
	struct weir_reviewer *made, *read = NULL, *other = NULL;
	struct weir_buf pem _cleanup_(weir_buf_done) = PEM;
	struct weir_buf again _cleanup_(weir_buf_done) = PEM;
	struct stat st;

	assert_int_equal(weir_reviewer_make(path, "li.na", &made), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(weir_reviewer_make(path, "li.na", &other), -EEXIST);
	assert_int_equal(weir_reviewer_load(path, &read), 0);
	assert_int_equal(weir_reviewer_certificate(made, &pem), 0);
	assert_int_equal(weir_reviewer_certificate(read, &again), 0);
	assert_string_equal(pem.data, again.data);
	assert_null(strstr(pem.data, "PRIVATE"));
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(weir_reviewer_load(path, &other), -EPERM);
	assert_int_equal(weir_reviewer_load("/nowhere/key", &other), -ENOENT);
	assert_null(other);
	weir_reviewer_free(made);
	weir_reviewer_free(read);
}

static void reviewer__has_a_name(void **state)
{
	static const char *const wrong[] = {
		"", "a\nb", "a\x7f", "\xff",
		"a2345678901234567890123456789012345678901234567890123456789012345"};
	struct weir_reviewer *reviewer = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(weir_reviewer_make(path, wrong[i], &reviewer), -EINVAL);
	assert_null(reviewer);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(weir_reviewer_make(path, "李娜 (总部)", &reviewer), 0);
	weir_reviewer_free(reviewer);
}

static void reviewer__certificate_says_what_it_is_for(void **state)
{
	struct weir_buf pem _cleanup_(weir_buf_done) = PEM;
	struct weir_reviewer *reviewer;
	BIO *bio;
	X509 *cert;

	assert_int_equal(weir_reviewer_make(path, "li.na", &reviewer), 0);
	assert_int_equal(weir_reviewer_certificate(reviewer, &pem), 0);
	bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	assert_non_null(cert);
	assert_int_equal(X509_get_key_usage(cert), X509v3_KU_KEY_AGREEMENT);
	assert_non_null(X509_get0_subject_key_id(cert));
	assert_int_equal(X509_cmp_current_time(X509_get0_notAfter(cert)), 1);
	assert_int_equal(X509_verify(cert, X509_get0_pubkey(cert)), 1);
	X509_free(cert);
	BIO_free(bio);
	weir_reviewer_free(reviewer);
}

/* Key and certificate have to belong together. */
static void reviewer__is_whole_or_none(void **state)
{
	struct weir_buf file _cleanup_(weir_buf_wipe) = PEM;
	struct weir_buf other _cleanup_(weir_buf_done) = PEM;
	struct weir_reviewer *reviewer, *another, *read = NULL;
	char another_path[80];
	const char *cert;
	size_t key_len;

	(void)snprintf(another_path, sizeof(another_path), "%s/another.pem", dir);
	assert_int_equal(weir_reviewer_make(path, "li.na", &reviewer), 0);
	assert_int_equal(weir_reviewer_make(another_path, "wang.wei", &another), 0);
	assert_int_equal(weir_secret_read(path, &file), 0);
	assert_int_equal(weir_reviewer_certificate(another, &other), 0);
	cert = strstr(file.data, "-----BEGIN CERTIFICATE");
	assert_non_null(cert);
	key_len = (size_t)(cert - file.data);
	assert_int_equal(weir_reviewer_parse(file.data, key_len, &read), -EINVAL);
	assert_int_equal(weir_reviewer_parse(cert, file.len - key_len, &read), -EINVAL);
	file.len = key_len;
	assert_int_equal(weir_buf_append(&file, other.data, other.len), 0);
	assert_int_equal(weir_reviewer_parse(file.data, file.len, &read), -EINVAL);
	assert_int_equal(weir_reviewer_parse("", 0, &read), -EINVAL);
	assert_null(read);
	weir_reviewer_free(reviewer);
	weir_reviewer_free(another);
}

/* A certificate of another curve or kind, or without the key's identifier. */
static void make_other(EVP_PKEY *key, bool with_id, struct weir_buf *pem)
{
	BIO *bio = BIO_new(BIO_s_mem());
	X509 *cert = X509_new();
	X509V3_CTX context;
	X509_EXTENSION *id;
	char *text;
	long len;

	assert_non_null(key);
	assert_int_equal(X509_set_pubkey(cert, key), 1);
	assert_int_equal(X509_set_version(cert, X509_VERSION_3), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), 0));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), 3600));
	X509V3_set_ctx(&context, cert, cert, NULL, NULL, 0);
	id = X509V3_EXT_conf_nid(NULL, &context, NID_subject_key_identifier, "hash");
	if (with_id)
		assert_int_equal(X509_add_ext(cert, id, -1), 1);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509(bio, cert), 1);
	len = BIO_get_mem_data(bio, &text);
	assert_int_equal(weir_buf_append(pem, text, (size_t)len), 0);
	X509_EXTENSION_free(id);
	X509_free(cert);
	EVP_PKEY_free(key);
	BIO_free(bio);
}

static void recipients__are_of_p256_keys(void **state)
{
	struct weir_buf p256 _cleanup_(weir_buf_done) = PEM;
	struct weir_buf p384 _cleanup_(weir_buf_done) = PEM;
	struct weir_buf rsa _cleanup_(weir_buf_done) = PEM;
	struct weir_buf nameless _cleanup_(weir_buf_done) = PEM;
	struct weir_recipients *recipients;

	make_other(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), true, &p256);
	make_other(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384"), true, &p384);
	make_other(EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048), true, &rsa);
	make_other(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), false, &nameless);
	assert_int_equal(weir_recipients_new(&recipients), 0);
	assert_int_equal(weir_recipients_add(recipients, p384.data, p384.len), -EINVAL);
	assert_int_equal(weir_recipients_add(recipients, rsa.data, rsa.len), -EINVAL);
	assert_int_equal(weir_recipients_add(recipients, nameless.data, nameless.len), -EINVAL);
	assert_int_equal(weir_recipients_add(recipients, "x", 1), -EINVAL);
	assert_int_equal(weir_recipients_add(recipients, NULL, 0), -EINVAL);
	assert_int_equal(weir_recipients_count(recipients), 0);
	assert_int_equal(weir_recipients_add(recipients, p256.data, p256.len), 0);
	assert_int_equal(weir_recipients_add(recipients, p256.data, p256.len), -EEXIST);
	assert_int_equal(weir_recipients_count(recipients), 1);
	weir_recipients_free(recipients);
}

static void recipients__are_bounded(void **state)
{
	struct weir_recipients *recipients;

	assert_int_equal(weir_recipients_new(&recipients), 0);
	for (int i = 0; i <= WEIR_EVIDENCE_RECIPIENTS_MAX; i++) {
		struct weir_buf pem _cleanup_(weir_buf_done) = PEM;

		make_other(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), true, &pem);
		assert_int_equal(weir_recipients_add(recipients, pem.data, pem.len),
				 i < WEIR_EVIDENCE_RECIPIENTS_MAX ? 0 : -E2BIG);
	}
	assert_int_equal(weir_recipients_count(recipients), WEIR_EVIDENCE_RECIPIENTS_MAX);
	weir_recipients_free(recipients);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reviewer__is_made_for_its_owner_alone, setup,
						teardown),
		cmocka_unit_test_setup_teardown(reviewer__has_a_name, setup, teardown),
		cmocka_unit_test_setup_teardown(reviewer__certificate_says_what_it_is_for, setup,
						teardown),
		cmocka_unit_test_setup_teardown(reviewer__is_whole_or_none, setup, teardown),
		cmocka_unit_test(recipients__are_of_p256_keys),
		cmocka_unit_test(recipients__are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
