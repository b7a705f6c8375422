/* SPDX-License-Identifier: Apache-2.0 */
/* From content and certificates to what only their owners open. */

#include <errno.h>
#include <stdlib.h>

#include <openssl/ec.h>
#include <openssl/err.h>

#include "internal.h"

int weir_recipients_new(struct weir_recipients **ret)
{
	struct weir_recipients *recipients = calloc(1, sizeof(*recipients));

	if (!recipients)
		return -ENOMEM;
	atomic_init(&recipients->owners, 1);
	*ret = recipients;
	return 0;
}

struct weir_recipients *weir_recipients_ref(struct weir_recipients *recipients)
{
	atomic_fetch_add(&recipients->owners, 1);
	return recipients;
}

void weir_recipients_free(struct weir_recipients *recipients)
{
	if (!recipients || atomic_fetch_sub(&recipients->owners, 1) > 1)
		return;
	for (size_t i = 0; i < recipients->count; i++)
		X509_free(recipients->cert[i]);
	free(recipients);
}

static bool same_key(const X509 *a, const X509 *b)
{
	return EVP_PKEY_eq(X509_get0_pubkey(a), X509_get0_pubkey(b)) == 1;
}

int weir_recipients_add(struct weir_recipients *recipients, const char *pem, size_t len)
{
	X509 *cert _cleanup_(X509_freep) = evidence_read_cert(pem, len);

	if (!cert)
		return -EINVAL;
	for (size_t i = 0; i < recipients->count; i++)
		if (same_key(recipients->cert[i], cert))
			return -EEXIST;
	if (recipients->count == WEIR_EVIDENCE_RECIPIENTS_MAX)
		return -E2BIG;
	recipients->cert[recipients->count++] = TAKE_PTR(cert);
	return 0;
}

size_t weir_recipients_count(const struct weir_recipients *recipients)
{
	return recipients->count;
}

/* Named by the key's identifier, since issuer and serial number of such a certificate say nothing. The library would take SHA-1 for the
 * KDF. */
static bool add_recipient(CMS_ContentInfo *cms, X509 *cert)
{
	CMS_RecipientInfo *info = CMS_add1_recipient_cert(cms, cert, CMS_USE_KEYID);
	EVP_PKEY_CTX *agreement = info ? CMS_RecipientInfo_get0_pkey_ctx(info) : NULL;

	return agreement && EVP_PKEY_CTX_set_ecdh_kdf_md(agreement, EVP_sha256()) > 0;
}

/* Straight into the cipher: CMS_final() would leave pieces of the content in buffers that nobody overwrites. */
static bool encrypt(CMS_ContentInfo *cms, const void *data, size_t len)
{
	BIO *cipher _cleanup_(BIO_free_allp) = CMS_dataInit(cms, NULL);

	return cipher && BIO_write(cipher, data, (int)len) == (int)len && BIO_flush(cipher) == 1 &&
	       CMS_dataFinal(cms, cipher) == 1;
}

static CMS_ContentInfo *envelop(const struct weir_recipients *recipients, const void *data,
				size_t len)
{
	CMS_ContentInfo *cms _cleanup_(CMS_ContentInfo_freep) =
		CMS_AuthEnvelopedData_create(EVP_aes_256_gcm());

	if (!cms)
		return NULL;
	for (size_t i = 0; i < recipients->count; i++)
		if (!add_recipient(cms, recipients->cert[i]))
			return NULL;
	return CMS_set_detached(cms, 0) == 1 && encrypt(cms, data, len) ? TAKE_PTR(cms) : NULL;
}

static int append(const CMS_ContentInfo *cms, struct weir_buf *buf)
{
	const int len = i2d_CMS_ContentInfo(cms, NULL);
	unsigned char *at;
	int r;

	if (len <= 0)
		return -ENOMEM;
	if (len > WEIR_EVIDENCE_SEALED_MAX)
		return -E2BIG;
	r = weir_buf_reserve(buf, (size_t)len);
	if (r < 0)
		return r;
	at = (unsigned char *)buf->data + buf->len;
	if (i2d_CMS_ContentInfo(cms, &at) != len)
		return -ENOMEM;
	buf->len += (size_t)len;
	buf->data[buf->len] = '\0';
	return 0;
}

int weir_evidence_seal(const struct weir_recipients *recipients, const void *data, size_t len,
		       struct weir_buf *buf)
{
	CMS_ContentInfo *cms _cleanup_(CMS_ContentInfo_freep) = NULL;
	int r;

	if (len == 0 || recipients->count == 0)
		return -EINVAL;
	if (len > WEIR_EVIDENCE_PLAIN_MAX)
		return -E2BIG;
	cms = envelop(recipients, data, len);
	r = cms ? append(cms, buf) : -ENOMEM;
	ERR_clear_error();
	return r;
}
