/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "x509.h"

struct weir_csr {
	EVP_PKEY *key;
	uint8_t uid[WEIR_UID_LEN];
	uint8_t key_hash[32];
};

bool weir_x509_is_p256(const EVP_PKEY *key)
{
	char group[32];

	return EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
	       strcmp(group, SN_X9_62_prime256v1) == 0;
}

int weir_x509_take(BIO *bio, struct weir_buf *buf)
{
	char *text;
	long len = BIO_get_mem_data(bio, &text);

	return len <= 0 ? -ENOMEM : weir_buf_append(buf, text, (size_t)len);
}

/* The subject is one CN that is a uid as this project writes it: whatever reads the certificate later,
 * as text or by its parts, reads the same. */
static int take_uid(const X509_REQ *request, uint8_t uid[static WEIR_UID_LEN])
{
	const X509_NAME *name = X509_REQ_get_subject_name(request);
	const X509_NAME_ENTRY *entry =
		X509_NAME_entry_count(name) == 1 ? X509_NAME_get_entry(name, 0) : NULL;
	const ASN1_STRING *value;
	char text[WEIR_UID_TEXT];

	if (!entry || OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) != NID_commonName)
		return -EBADMSG;
	value = X509_NAME_ENTRY_get_data(entry);
	if (ASN1_STRING_type(value) == V_ASN1_BMPSTRING ||
	    ASN1_STRING_length(value) != sizeof(text) - 1)
		return -EBADMSG;
	memcpy(text, ASN1_STRING_get0_data(value), sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	return weir_uid_parse(text, uid) < 0 ? -EBADMSG : 0;
}

static int check(X509_REQ *request, struct weir_csr *csr)
{
	unsigned char *der = NULL;
	int len, r = take_uid(request, csr->uid);

	if (r < 0)
		return r;
	csr->key = X509_REQ_get_pubkey(request);
	if (!csr->key || !weir_x509_is_p256(csr->key) || X509_REQ_verify(request, csr->key) != 1)
		return -EKEYREJECTED;
	len = i2d_PUBKEY(csr->key, &der);
	if (len <= 0)
		return -ENOMEM;
	r = EVP_Digest(der, (size_t)len, csr->key_hash, NULL, EVP_sha256(), NULL) == 1 ? 0
										       : -ENOMEM;
	OPENSSL_free(der);
	return r;
}

int weir_csr_parse(const void *pem, size_t len, struct weir_csr **ret)
{
	struct weir_csr *csr _cleanup_(weir_csr_freep) = NULL;
	X509_REQ *request _cleanup_(X509_REQ_freep) = NULL;
	BIO *bio _cleanup_(BIO_vfreep) = NULL;
	int r;

	if (len == 0 || len > WEIR_CSR_MAX)
		return -EBADMSG;
	csr = calloc(1, sizeof(*csr));
	bio = BIO_new_mem_buf(pem, (int)len);
	if (!csr || !bio)
		return -ENOMEM;
	request = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
	r = request ? check(request, csr) : -EBADMSG;
	ERR_clear_error();
	if (r < 0)
		return r;
	*ret = TAKE_PTR(csr);
	return 0;
}

void weir_csr_free(struct weir_csr *csr)
{
	if (!csr)
		return;
	EVP_PKEY_free(csr->key);
	free(csr);
}

const uint8_t *weir_csr_uid(const struct weir_csr *csr)
{
	return csr->uid;
}

const uint8_t *weir_csr_key_hash(const struct weir_csr *csr)
{
	return csr->key_hash;
}

EVP_PKEY *weir_csr_key(const struct weir_csr *csr)
{
	return csr->key;
}
