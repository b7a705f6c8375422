/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys: read from and written to files of their owner's alone. */

#include <errno.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "internal.h"
#include "weir/base/secret.h"

/* Takes the key over, also on failure. */
static int make(EVP_PKEY *key, struct weir_dsse_signer **ret)
{
	struct weir_dsse_signer *signer _cleanup_(weir_dsse_signer_freep) =
		calloc(1, sizeof(*signer));
	int r;

	if (!signer) {
		EVP_PKEY_free(key);
		return -ENOMEM;
	}
	signer->key = key;
	r = key_id(key, signer->id);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(signer);
	return 0;
}

int weir_dsse_signer_load(const char *path, struct weir_dsse_signer **ret)
{
	struct weir_buf text _cleanup_(weir_buf_wipe) = WEIR_BUF_INIT(WEIR_DSSE_PEM_MAX);
	EVP_PKEY *key;
	int r = weir_secret_read(path, &text);

	if (r >= 0)
		r = key_from_pem(text.data, text.len, 1, &key);
	return r < 0 ? r : make(key, ret);
}

void weir_dsse_signer_free(struct weir_dsse_signer *signer)
{
	if (!signer)
		return;
	EVP_PKEY_free(signer->key);
	free(signer);
}

static int write_private(const char *path, EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int r = -ENOMEM;

	if (bio && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1) {
		char *text;
		long len = BIO_get_mem_data(bio, &text);

		r = weir_secret_write(path, text, (size_t)len);
	}
	(void)BIO_free(bio); /* overwrites it */
	ERR_clear_error();
	return r;
}

int weir_dsse_signer_make(const char *path, struct weir_dsse_signer **ret)
{
	struct weir_dsse_signer *signer _cleanup_(weir_dsse_signer_freep) = NULL;
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	int r = key ? make(key, &signer) : -ENOMEM;

	if (r >= 0)
		r = write_private(path, key);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(signer);
	return 0;
}

const char *weir_dsse_signer_id(const struct weir_dsse_signer *signer)
{
	return signer->id;
}

int weir_dsse_signer_public(const struct weir_dsse_signer *signer, struct weir_buf *buf)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int r = -ENOMEM;

	if (bio && PEM_write_bio_PUBKEY(bio, signer->key) == 1) {
		char *text;
		long len = BIO_get_mem_data(bio, &text);

		r = weir_buf_append(buf, text, (size_t)len);
	}
	(void)BIO_free(bio);
	ERR_clear_error();
	return r;
}
