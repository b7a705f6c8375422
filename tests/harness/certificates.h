/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_CERTIFICATES_H
#define TEST_CERTIFICATES_H

/* An authority of a test's own, and certificates that it vouches for: P-256, good from an hour ago for a day. Needs cmocka.h
 * before it and libcrypto. */

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#define CERTIFICATE_PEM 4096

struct certificate {
	X509 *x509;
	EVP_PKEY *pkey;
	char pem[CERTIFICATE_PEM], key[CERTIFICATE_PEM];
};

static inline void certificate_done(struct certificate *certificate)
{
	X509_free(certificate->x509);
	EVP_PKEY_free(certificate->pkey);
	*certificate = (struct certificate){};
}

static inline void certificate_extend(X509 *x509, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(extension);
	assert_int_equal(X509_add_ext(x509, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

static inline void certificate_write(struct certificate *certificate)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(PEM_write_bio_X509(bio, certificate->x509), 1);
	certificate->pem[BIO_read(bio, certificate->pem, CERTIFICATE_PEM - 1)] = '\0';
	assert_int_equal(
		PEM_write_bio_PrivateKey(bio, certificate->pkey, NULL, NULL, 0, NULL, NULL), 1);
	certificate->key[BIO_read(bio, certificate->key, CERTIFICATE_PEM - 1)] = '\0';
	BIO_free(bio);
}

/* issuer NULL: an authority. names: "DNS:localhost,IP:127.0.0.1", NULL: none. */
static inline void certificate_make(struct certificate *ret, const struct certificate *issuer,
				    const char *name, const char *names)
{
	static long serial = 1;

	*ret = (struct certificate){.x509 = X509_new(), .pkey = EVP_EC_gen("P-256")};
	assert_non_null(ret->pkey);
	assert_int_equal(X509_set_version(ret->x509, X509_VERSION_3), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(ret->x509), serial++), 1);
	X509_gmtime_adj(X509_getm_notBefore(ret->x509), -3600);
	X509_gmtime_adj(X509_getm_notAfter(ret->x509), 86400);
	assert_int_equal(X509_set_pubkey(ret->x509, ret->pkey), 1);
	assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(ret->x509), "CN",
						    MBSTRING_ASC, (const unsigned char *)name, -1,
						    -1, 0),
			 1);
	assert_int_equal(X509_set_issuer_name(ret->x509, X509_get_subject_name(issuer ? issuer->x509
										      : ret->x509)),
			 1);
	certificate_extend(ret->x509, NID_basic_constraints,
			   issuer ? "critical,CA:FALSE" : "critical,CA:TRUE");
	if (names)
		certificate_extend(ret->x509, NID_subject_alt_name, names);
	assert_true(X509_sign(ret->x509, issuer ? issuer->pkey : ret->pkey, EVP_sha256()) > 0);
	certificate_write(ret);
}

#endif
