/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_client/key.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "weir/base/parse.h"

DEFINE_CLEANUP(EVP_PKEY_free, EVP_PKEY *);
DEFINE_CLEANUP(X509_free, X509 *);
DEFINE_CLEANUP(X509_REQ_free, X509_REQ *);
DEFINE_CLEANUP(BIO_vfree, BIO *);

static int take(BIO *bio, struct weir_buf *pem)
{
	char *text;
	long len = BIO_get_mem_data(bio, &text);

	return len <= 0 ? -ENOMEM : weir_buf_append(pem, text, (size_t)len);
}

int weir_key_make(struct weir_buf *pem)
{
	EVP_PKEY *key _cleanup_(EVP_PKEY_freep) = EVP_EC_gen("P-256");
	BIO *bio _cleanup_(BIO_vfreep) = BIO_new(BIO_s_secmem());

	if (!key || !bio || PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
		return -ENOMEM;
	return take(bio, pem);
}

static EVP_PKEY *read_key(const struct weir_buf *pem)
{
	BIO *bio _cleanup_(BIO_vfreep) = BIO_new_mem_buf(pem->data ? pem->data : "", (int)pem->len);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;

	ERR_clear_error();
	return key;
}

static X509 *read_certificate(const struct weir_buf *pem)
{
	BIO *bio _cleanup_(BIO_vfreep) = BIO_new_mem_buf(pem->data ? pem->data : "", (int)pem->len);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	ERR_clear_error();
	return cert;
}

static bool set_name(X509_REQ *request, const char *text)
{
	return X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_UTF8,
					  (const unsigned char *)text, -1, -1, 0) == 1;
}

static bool set_alternative(X509_REQ *request, const char *text)
{
	char value[sizeof("URI:urn:uuid:") + WEIR_UID_TEXT];
	STACK_OF(X509_EXTENSION) *extensions = NULL;
	X509_EXTENSION *extension;
	bool good;

	(void)snprintf(value, sizeof(value), "URI:urn:uuid:%s", text);
	extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, value);
	good = extension && X509v3_add_ext(&extensions, extension, -1) &&
	       X509_REQ_add_extensions(request, extensions) == 1;
	X509_EXTENSION_free(extension);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	return good;
}

int weir_key_request(const struct weir_buf *key_pem, const uint8_t uid[static WEIR_UID_LEN],
		     struct weir_buf *pem)
{
	EVP_PKEY *key _cleanup_(EVP_PKEY_freep) = read_key(key_pem);
	X509_REQ *request _cleanup_(X509_REQ_freep) = X509_REQ_new();
	BIO *bio _cleanup_(BIO_vfreep) = BIO_new(BIO_s_mem());
	char text[WEIR_UID_TEXT];

	if (!key || !EVP_PKEY_is_a(key, "EC"))
		return -EINVAL;
	weir_uid_format(uid, text);
	if (!request || !bio || X509_REQ_set_version(request, X509_REQ_VERSION_1) != 1 ||
	    !set_name(request, text) || !set_alternative(request, text) ||
	    X509_REQ_set_pubkey(request, key) != 1 ||
	    X509_REQ_sign(request, key, EVP_sha256()) <= 0 ||
	    PEM_write_bio_X509_REQ(bio, request) != 1) {
		ERR_clear_error();
		return -ENOMEM;
	}
	return take(bio, pem);
}

static int read_time(const ASN1_TIME *from, uint64_t *ret_s)
{
	struct tm tm;
	time_t s;

	if (ASN1_TIME_to_tm(from, &tm) != 1)
		return -EBADMSG;
	s = timegm(&tm);
	if (s < 0)
		return -EBADMSG;
	*ret_s = (uint64_t)s;
	return 0;
}

int weir_key_validity(const struct weir_buf *key_pem, const struct weir_buf *certificate,
		      uint64_t *ret_from_s, uint64_t *ret_until_s)
{
	EVP_PKEY *key _cleanup_(EVP_PKEY_freep) = read_key(key_pem);
	X509 *cert _cleanup_(X509_freep) = read_certificate(certificate);
	bool ours = key && cert && X509_check_private_key(cert, key) == 1;
	int r;

	ERR_clear_error();
	if (!ours)
		return -EBADMSG;
	r = read_time(X509_get0_notBefore(cert), ret_from_s);
	return r < 0 ? r : read_time(X509_get0_notAfter(cert), ret_until_s);
}

int weir_key_pin(const struct weir_buf *certificate, char pin[static WEIR_PIN_TEXT])
{
	X509 *cert _cleanup_(X509_freep) = read_certificate(certificate);
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!cert || X509_digest(cert, EVP_sha256(), hash, &len) != 1)
		return -EBADMSG;
	weir_hex(hash, len, pin);
	return 0;
}
