/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys: read from and written to files of their owner's alone. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "internal.h"
#include "weir/base/fd.h"

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

/* What is looked at and what is read are one file. */
static int read_private(const char *path, char text[static WEIR_DSSE_PEM_MAX])
{
	int fd _cleanup_(weir_closep) = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_mode & 0077)
		return -EPERM;
	return (int)weir_pread_full(fd, text, WEIR_DSSE_PEM_MAX, 0);
}

int weir_dsse_signer_load(const char *path, struct weir_dsse_signer **ret)
{
	char text[WEIR_DSSE_PEM_MAX];
	EVP_PKEY *key;
	int r = read_private(path, text);

	if (r >= 0)
		r = key_from_pem(text, (size_t)r, 1, &key);
	OPENSSL_cleanse(text, sizeof(text));
	return r < 0 ? r : make(key, ret);
}

void weir_dsse_signer_free(struct weir_dsse_signer *signer)
{
	if (!signer)
		return;
	EVP_PKEY_free(signer->key);
	free(signer);
}

static int write_private(const char *path, BIO *bio)
{
	char *text;
	long len = BIO_get_mem_data(bio, &text);
	int fd _cleanup_(weir_closep) =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = weir_write_full(fd, text, (size_t)len);
	if (r >= 0 && fsync(fd) < 0)
		r = -errno;
	OPENSSL_cleanse(text, (size_t)len);
	if (r < 0)
		(void)unlink(path);
	return r;
}

int weir_dsse_signer_make(const char *path, struct weir_dsse_signer **ret)
{
	struct weir_dsse_signer *signer _cleanup_(weir_dsse_signer_freep) = NULL;
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	BIO *bio;
	int r = key ? make(key, &signer) : -ENOMEM;

	if (r < 0)
		return r;
	bio = BIO_new(BIO_s_mem());
	r = bio && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1
		    ? write_private(path, bio)
		    : -ENOMEM;
	(void)BIO_free(bio);
	ERR_clear_error();
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
