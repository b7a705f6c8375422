/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/cms.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "scratch.h"
#include "weir/evidence/sealed.h"

#define N_REVIEWERS 3
#define TEXT	    "name,id\nZhang San,no number\n"
#define TEXT_LEN    (sizeof(TEXT) - 1)

struct fixture {
	char dir[64];
	struct weir_reviewer *reviewer[N_REVIEWERS];
	struct weir_recipients *recipients; /* all but the last */
};

static int setup(void **state)
{
	static struct fixture fixture;
	struct fixture *f = &fixture;

	scratch_make(f->dir);
	assert_int_equal(weir_recipients_new(&f->recipients), 0);
	for (size_t i = 0; i < N_REVIEWERS; i++) {
		struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_REVIEWER_PEM_MAX);
		char path[128];

		(void)snprintf(path, sizeof(path), "%s/%zu", f->dir, i);
		assert_int_equal(weir_reviewer_make(path, "审查 1", &f->reviewer[i]), 0);
		assert_int_equal(weir_reviewer_certificate(f->reviewer[i], &pem), 0);
		if (i + 1 < N_REVIEWERS)
			assert_int_equal(weir_recipients_add(f->recipients, pem.data, pem.len), 0);
	}
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < N_REVIEWERS; i++)
		weir_reviewer_free(f->reviewer[i]);
	weir_recipients_free(f->recipients);
	scratch_remove(f->dir);
	return 0;
}

static void seal(const struct fixture *f, struct weir_buf *sealed)
{
	assert_int_equal(weir_evidence_seal(f->recipients, TEXT, TEXT_LEN, sealed), 0);
	assert_int_equal(weir_evidence_check(sealed->data, sealed->len), 0);
}

#define SEALED WEIR_BUF_INIT(WEIR_EVIDENCE_SEALED_MAX)

static int try(const struct weir_buf *sealed, const struct weir_reviewer *reviewer)
{
	struct weir_buf plain _cleanup_(weir_buf_wipe) = SEALED;
	int r = weir_evidence_open(sealed->data, sealed->len, reviewer, &plain);

	if (r == 0) {
		assert_int_equal(plain.len, TEXT_LEN);
		assert_string_equal(plain.data, TEXT);
	} else {
		assert_null(plain.data);
	}
	return r;
}

static void sealed__is_opened_by_its_recipients_alone(void **state)
{
	const struct fixture *f = *state;
	struct weir_buf sealed _cleanup_(weir_buf_done) = SEALED;
	struct weir_buf again _cleanup_(weir_buf_done) = SEALED;

	seal(f, &sealed);
	seal(f, &again);
	assert_null(memmem(sealed.data, sealed.len, "Zhang", 5));
	assert_true(sealed.len < TEXT_LEN + 1024);
	/* dhSinglePass-stdDH-sha256kdf-scheme, aes256-wrap */
	assert_non_null(memmem(sealed.data, sealed.len, "\x2b\x81\x04\x01\x0b\x01", 6));
	assert_non_null(memmem(sealed.data, sealed.len, "\x60\x86\x48\x01\x65\x03\x04\x01\x2d", 9));
	assert_false(sealed.len == again.len && memcmp(sealed.data, again.data, again.len) == 0);
	assert_int_equal(try(&sealed, f->reviewer[0]), 0);
	assert_int_equal(try(&sealed, f->reviewer[1]), 0);
	assert_int_equal(try(&again, f->reviewer[1]), 0);
	assert_int_equal(try(&sealed, f->reviewer[2]), -ENOKEY);
}

static void sealed__has_bounds(void **state)
{
	const struct fixture *f = *state;
	struct weir_buf sealed _cleanup_(weir_buf_done) = SEALED;
	struct weir_buf plain _cleanup_(weir_buf_wipe) = SEALED;
	struct weir_buf little _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64);
	struct weir_recipients *nobody;
	char *large = calloc(1, WEIR_EVIDENCE_PLAIN_MAX + 1);

	assert_int_equal(weir_recipients_new(&nobody), 0);
	assert_int_equal(weir_evidence_seal(nobody, TEXT, TEXT_LEN, &sealed), -EINVAL);
	assert_int_equal(weir_evidence_seal(f->recipients, TEXT, 0, &sealed), -EINVAL);
	assert_int_equal(
		weir_evidence_seal(f->recipients, large, WEIR_EVIDENCE_PLAIN_MAX + 1, &sealed),
		-E2BIG);
	assert_int_equal(weir_evidence_seal(f->recipients, TEXT, TEXT_LEN, &little), -ENOBUFS);
	assert_int_equal(little.len, 0);
	assert_int_equal(sealed.len, 0);
	memset(large, 'x', WEIR_EVIDENCE_PLAIN_MAX);
	assert_int_equal(weir_evidence_seal(f->recipients, large, WEIR_EVIDENCE_PLAIN_MAX, &sealed),
			 0);
	assert_int_equal(weir_evidence_open(sealed.data, sealed.len, f->reviewer[0], &plain), 0);
	assert_int_equal(plain.len, WEIR_EVIDENCE_PLAIN_MAX);
	assert_memory_equal(plain.data, large, WEIR_EVIDENCE_PLAIN_MAX);
	assert_int_equal(weir_evidence_check(sealed.data, WEIR_EVIDENCE_SEALED_MAX + 1), -E2BIG);
	weir_recipients_free(nobody);
	free(large);
}

/* What is not authenticated (how the key was agreed on) may differ and still open; then it is the same content. */
static void sealed__never_opens_to_something_else(void **state)
{
	const struct fixture *f = *state;
	struct weir_buf sealed _cleanup_(weir_buf_done) = SEALED;
	size_t refused = 0;

	seal(f, &sealed);
	for (size_t i = 0; i < sealed.len; i++) {
		sealed.data[i] ^= 1 << i % 8;
		refused += try(&sealed, f->reviewer[0]) < 0;
		sealed.data[i] ^= 1 << i % 8;
	}
	/* Of two recipients one's key is not looked at. */
	assert_true(refused >= TEXT_LEN + 16 && refused < sealed.len);
	/* Content and tag stand at the end. */
	for (size_t i = sealed.len - 18 - TEXT_LEN; i < sealed.len; i++) {
		sealed.data[i] ^= 0x10;
		assert_int_equal(try(&sealed, f->reviewer[1]), -EBADMSG);
		sealed.data[i] ^= 0x10;
	}
	assert_int_equal(try(&sealed, f->reviewer[1]), 0);
}

static void sealed__has_one_length(void **state)
{
	const struct fixture *f = *state;
	struct weir_buf sealed _cleanup_(weir_buf_done) = SEALED;
	const size_t len = (seal(f, &sealed), sealed.len);

	for (sealed.len = 0; sealed.len < len; sealed.len++) {
		/* A copy of its own, so that a sanitizer sees a read beyond it. */
		char *copy = malloc(sealed.len + !sealed.len);

		memcpy(copy, sealed.data, sealed.len);
		assert_int_equal(weir_evidence_check(copy, sealed.len), -EBADMSG);
		free(copy);
	}
	assert_int_equal(weir_buf_append(&sealed, "", 1), 0);
	assert_int_equal(try(&sealed, f->reviewer[0]), -EBADMSG);
	assert_int_equal(weir_evidence_check(NULL, 0), -EBADMSG);
}

/* One byte less of a length of the form 82 xx xx. */
static void lessen(char *at)
{
	const unsigned len = (unsigned)(uint8_t)at[2] << 8 | (uint8_t)at[3];

	assert_int_equal((uint8_t)at[1], 0x82);
	at[2] = (char)((len - 1) >> 8);
	at[3] = (char)(len - 1);
}

static void sealed__needs_a_whole_tag(void **state)
{
	const struct fixture *f = *state;
	struct weir_buf sealed _cleanup_(weir_buf_done) = SEALED;
	char *size;

	seal(f, &sealed);
	/* aes256-GCM, then its parameters: a nonce of 12 bytes and the tag's length. */
	size = memmem(sealed.data, sealed.len, "\x60\x86\x48\x01\x65\x03\x04\x01\x2e", 9);
	assert_non_null(size);
	size += 9;
	assert_memory_equal(size, "\x30\x11\x04\x0c", 4);
	size += 4 + 12;
	assert_memory_equal(size, "\x02\x01\x10", 3);
	size[2] = 4;
	assert_int_equal(try(&sealed, f->reviewer[0]), -EBADMSG);
	size[2] = 16;
	/* The same in the tag itself, every length around it made right. */
	assert_int_equal((uint8_t)sealed.data[sealed.len - 17], 16);
	sealed.data[sealed.len - 17] = 15;
	sealed.len--;
	lessen(sealed.data);	  /* ContentInfo */
	lessen(sealed.data + 17); /* its content */
	lessen(sealed.data + 21); /* AuthEnvelopedData */
	assert_int_equal(try(&sealed, f->reviewer[0]), -EBADMSG);
}

static void encode(CMS_ContentInfo *cms, struct weir_buf *ret)
{
	unsigned char *der = NULL;
	const int len = i2d_CMS_ContentInfo(cms, &der);

	assert_true(len > 0);
	weir_buf_clear(ret);
	assert_int_equal(weir_buf_append(ret, der, (size_t)len), 0);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
}

static X509 *certificate(const struct weir_reviewer *reviewer)
{
	struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_REVIEWER_PEM_MAX);
	BIO *bio;
	X509 *cert;

	assert_int_equal(weir_reviewer_certificate(reviewer, &pem), 0);
	bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	assert_non_null(cert);
	BIO_free(bio);
	return cert;
}

/* For one, with these; sealed. */
static void seal_by_library(X509 *cert, unsigned flags, const EVP_MD *kdf, const EVP_CIPHER *cipher,
			    struct weir_buf *sealed)
{
	BIO *bio = BIO_new_mem_buf(TEXT, TEXT_LEN);
	CMS_ContentInfo *cms =
		CMS_encrypt(NULL, NULL, cipher, CMS_BINARY | CMS_PARTIAL | CMS_STREAM);
	CMS_RecipientInfo *info = CMS_add1_recipient_cert(cms, cert, flags);

	assert_non_null(info);
	assert_true(EVP_PKEY_CTX_set_ecdh_kdf_md(CMS_RecipientInfo_get0_pkey_ctx(info), kdf) > 0);
	assert_int_equal(CMS_set_detached(cms, 0), 1);
	assert_int_equal(CMS_final(cms, bio, NULL, CMS_BINARY), 1);
	encode(cms, sealed);
	BIO_free(bio);
}

static void seal_for_a_password(struct weir_buf *sealed)
{
	BIO *bio = BIO_new_mem_buf(TEXT, TEXT_LEN);
	CMS_ContentInfo *cms = CMS_AuthEnvelopedData_create(EVP_aes_256_gcm());

	assert_non_null(CMS_add0_recipient_password(cms, -1, NID_undef, NID_undef,
						    (unsigned char *)OPENSSL_strdup("guess"), -1,
						    EVP_aes_256_cbc()));
	assert_int_equal(CMS_set_detached(cms, 0), 1);
	assert_int_equal(CMS_final(cms, bio, NULL, CMS_BINARY), 1);
	encode(cms, sealed);
	BIO_free(bio);
}

/* What a CMS reader would open all the same. */
static void sealed__is_of_one_kind(void **state)
{
	const struct fixture *f = *state;
	const unsigned by_key = CMS_USE_KEYID;
	struct weir_buf sealed _cleanup_(weir_buf_done) = SEALED;
	X509 *cert = certificate(f->reviewer[0]);
	const struct {
		unsigned flags;
		const EVP_MD *kdf;
		const EVP_CIPHER *cipher;
		int expected;
	} cases[] = {
		{by_key, EVP_sha256(), EVP_aes_256_gcm(), 0}, /* what the others are measured by */
		{0, EVP_sha256(), EVP_aes_256_gcm(), -EBADMSG}, /* named by issuer and number */
		{by_key, EVP_sha1(), EVP_aes_256_gcm(), -EBADMSG},
		{by_key, EVP_sha256(), EVP_aes_128_gcm(), -EBADMSG},
		{by_key, EVP_sha256(), EVP_aes_256_cbc(), -EBADMSG},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		seal_by_library(cert, cases[i].flags, cases[i].kdf, cases[i].cipher, &sealed);
		assert_int_equal(try(&sealed, f->reviewer[0]), cases[i].expected);
	}
	seal_for_a_password(&sealed);
	assert_int_equal(try(&sealed, f->reviewer[0]), -EBADMSG);
	weir_buf_clear(&sealed);
	assert_int_equal(weir_buf_append(&sealed, TEXT, TEXT_LEN), 0);
	assert_int_equal(try(&sealed, f->reviewer[0]), -EBADMSG);
	X509_free(cert);
}

/* A change of one byte in how the key is wrapped, each of which is some other algorithm to a reader, is refused by the form: AES with
 * padding, of that name's last byte 0x30, breaks the memory of OpenSSL 3.0. */
static void sealed__wraps_keys_in_one_way(void **state)
{
	const struct fixture *f = *state;
	static const char wrap[] = "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2d";
	struct weir_buf sealed _cleanup_(weir_buf_done) = SEALED;
	char *at;

	seal(f, &sealed);
	at = memmem(sealed.data, sealed.len, wrap, sizeof(wrap) - 1);
	assert_non_null(at);
	at += sizeof(wrap) - 2;
	for (int last = 0; last < 256; last++) {
		*at = (char)last;
		assert_int_equal(weir_evidence_check(sealed.data, sealed.len),
				 last == 0x2d ? 0 : -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sealed__is_opened_by_its_recipients_alone),
		cmocka_unit_test(sealed__has_bounds),
		cmocka_unit_test(sealed__never_opens_to_something_else),
		cmocka_unit_test(sealed__has_one_length),
		cmocka_unit_test(sealed__needs_a_whole_tag),
		cmocka_unit_test(sealed__is_of_one_kind),
		cmocka_unit_test(sealed__wraps_keys_in_one_way),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
