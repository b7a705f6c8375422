/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of reviewers, and the certificates that name them. */

#include "weir/evidence/reviewer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "internal.h"
#include "weir/base/parse.h"
#include "weir/base/secret.h"
#include "weir/base/utf8.h"

#define SERIAL_BITS 126

static bool is_p256(const EVP_PKEY *key)
{
	char group[32];

	return key && EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
	       strcmp(group, SN_X9_62_prime256v1) == 0;
}

X509 *evidence_read_cert(const char *pem, size_t len)
{
	BIO *bio _cleanup_(BIO_free_allp) =
		len > 0 && len <= WEIR_REVIEWER_PEM_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
	X509 *cert _cleanup_(X509_freep) = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	const bool good = cert && is_p256(X509_get0_pubkey(cert)) && X509_get0_subject_key_id(cert);

	ERR_clear_error();
	return good ? TAKE_PTR(cert) : NULL;
}

int weir_reviewer_fingerprint(const char *pem, size_t len,
			      char ret[static WEIR_REVIEWER_FINGERPRINT])
{
	X509 *cert _cleanup_(X509_freep) = evidence_read_cert(pem, len);
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned n;

	if (!cert)
		return -EINVAL;
	if (X509_digest(cert, EVP_sha256(), hash, &n) != 1 || 2 * n + 1 > WEIR_REVIEWER_FINGERPRINT)
		return -ENOMEM;
	weir_hex(hash, n, ret);
	return 0;
}

static EVP_PKEY *read_key(const char *pem, size_t len)
{
	BIO *bio _cleanup_(BIO_free_allp) = BIO_new_mem_buf(pem, (int)len);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;

	ERR_clear_error();
	return key;
}

int weir_reviewer_parse(const char *pem, size_t len, struct weir_reviewer **ret)
{
	struct weir_reviewer *reviewer _cleanup_(weir_reviewer_freep) =
		calloc(1, sizeof(*reviewer));

	if (!reviewer)
		return -ENOMEM;
	reviewer->cert = evidence_read_cert(pem, len);
	reviewer->key = reviewer->cert ? read_key(pem, len) : NULL;
	if (!reviewer->key || X509_check_private_key(reviewer->cert, reviewer->key) != 1) {
		ERR_clear_error();
		return -EINVAL;
	}
	*ret = TAKE_PTR(reviewer);
	return 0;
}

int weir_reviewer_load(const char *path, struct weir_reviewer **ret)
{
	struct weir_buf pem _cleanup_(weir_buf_wipe) = WEIR_BUF_INIT(WEIR_REVIEWER_PEM_MAX);
	int r = weir_secret_read(path, &pem);

	return r < 0 ? r : weir_reviewer_parse(pem.data, pem.len, ret);
}

void weir_reviewer_free(struct weir_reviewer *reviewer)
{
	if (!reviewer)
		return;
	EVP_PKEY_free(reviewer->key);
	X509_free(reviewer->cert);
	free(reviewer);
}

static bool add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *extension _cleanup_(X509_EXTENSION_freep) = NULL;
	X509V3_CTX context;

	X509V3_set_ctx(&context, cert, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	return extension && X509_add_ext(cert, extension, -1) == 1;
}

static bool set_serial(X509 *cert)
{
	BIGNUM *number = BN_new();
	const bool good = number &&
			  BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
			  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));

	BN_free(number);
	return good;
}

/* Without an end (RFC 5280, 4.1.2.5): what ends is its place among the recipients. */
static bool set_times(X509 *cert)
{
	return X509_gmtime_adj(X509_getm_notBefore(cert), 0) &&
	       ASN1_TIME_set_string_X509(X509_getm_notAfter(cert), "99991231235959Z") == 1;
}

static X509 *make_cert(EVP_PKEY *key, const char *name)
{
	X509 *cert _cleanup_(X509_freep) = X509_new();
	X509_NAME *subject = cert ? X509_get_subject_name(cert) : NULL;
	const bool good = cert && X509_set_version(cert, X509_VERSION_3) == 1 && set_serial(cert) &&
			  set_times(cert) &&
			  X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
						     (const unsigned char *)name, -1, -1, 0) == 1 &&
			  X509_set_issuer_name(cert, subject) == 1 &&
			  X509_set_pubkey(cert, key) == 1 &&
			  add_extension(cert, NID_key_usage, "critical,keyAgreement") &&
			  add_extension(cert, NID_subject_key_identifier, "hash");

	return good && X509_sign(cert, key, EVP_sha256()) > 0 ? TAKE_PTR(cert) : NULL;
}

/* Both in one file. */
static int write_file(const struct weir_reviewer *reviewer, const char *path)
{
	BIO *bio _cleanup_(BIO_free_allp) = BIO_new(BIO_s_mem()); /* overwritten by its end */
	char *text;
	long len;

	if (!bio ||
	    PEM_write_bio_PKCS8PrivateKey(bio, reviewer->key, NULL, NULL, 0, NULL, NULL) != 1 ||
	    PEM_write_bio_X509(bio, reviewer->cert) != 1)
		return -ENOMEM;
	len = BIO_get_mem_data(bio, &text);
	return weir_secret_write(path, text, (size_t)len);
}

int weir_reviewer_make(const char *path, const char *name, struct weir_reviewer **ret)
{
	struct weir_reviewer *reviewer _cleanup_(weir_reviewer_freep) = NULL;
	int r;

	if (!*name || !weir_utf8_line(name, WEIR_REVIEWER_NAME_MAX))
		return -EINVAL;
	reviewer = calloc(1, sizeof(*reviewer));
	if (!reviewer)
		return -ENOMEM;
	reviewer->key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", SN_X9_62_prime256v1);
	reviewer->cert = reviewer->key ? make_cert(reviewer->key, name) : NULL;
	r = reviewer->cert ? write_file(reviewer, path) : -ENOMEM;
	ERR_clear_error();
	if (r < 0)
		return r;
	*ret = TAKE_PTR(reviewer);
	return 0;
}

int weir_reviewer_certificate(const struct weir_reviewer *reviewer, struct weir_buf *buf)
{
	BIO *bio _cleanup_(BIO_free_allp) = BIO_new(BIO_s_mem());
	char *text;
	long len;

	if (!bio || PEM_write_bio_X509(bio, reviewer->cert) != 1) {
		ERR_clear_error();
		return -ENOMEM;
	}
	len = BIO_get_mem_data(bio, &text);
	return weir_buf_append(buf, text, (size_t)len);
}
