/* SPDX-License-Identifier: Apache-2.0 */
/* Keys from PEM files. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "internal.h"
#include "weir/base/fd.h"

#define PEM_BYTES_MAX 4096

void key_freep(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

int key_read(int dirfd, const char *name, int private_key, EVP_PKEY **ret)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(PEM_BYTES_MAX);
	EVP_PKEY *key;
	BIO *bio;
	int r = weir_read_file(dirfd, name, &text);

	if (r < 0)
		return r;
	bio = BIO_new_mem_buf(text.data ? text.data : "", (int)text.len);
	if (!bio)
		return -ENOMEM;
	key = private_key ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL)
			  : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	(void)BIO_free(bio);
	ERR_clear_error();
	if (text.data)
		OPENSSL_cleanse(text.data, text.len);
	if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) {
		EVP_PKEY_free(key);
		return -EINVAL;
	}
	*ret = key;
	return 0;
}

static int is_key(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 4 && strcmp(entry->d_name + len - 4, ".pem") == 0;
}

static int load_all(DIR *dir, struct weir_unlock_keys *keys)
{
	struct dirent *entry;

	while ((entry = readdir(dir))) {
		int r;

		if (!is_key(entry))
			continue;
		if (keys->count == WEIR_UNLOCK_KEYS_MAX)
			return -E2BIG;
		r = key_read(dirfd(dir), entry->d_name, 0, &keys->key[keys->count]);
		if (r < 0)
			return r;
		keys->count++;
	}
	return 0;
}

int weir_unlock_keys_load(const char *path, struct weir_unlock_keys **ret)
{
	struct weir_unlock_keys *keys _cleanup_(weir_unlock_keys_freep) = calloc(1, sizeof(*keys));
	DIR *dir;
	int r = 0;

	if (!keys)
		return -ENOMEM;
	dir = opendir(path);
	if (!dir && errno != ENOENT)
		return -errno;
	if (dir) {
		r = load_all(dir, keys);
		(void)closedir(dir);
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(keys);
	return 0;
}

size_t weir_unlock_keys_count(const struct weir_unlock_keys *keys)
{
	return keys->count;
}

void weir_unlock_keys_free(struct weir_unlock_keys *keys)
{
	if (!keys)
		return;
	for (size_t i = 0; i < keys->count; i++)
		EVP_PKEY_free(keys->key[i]);
	free(keys);
}

int weir_unlock_fingerprint(const char *const *texts, size_t n,
			    uint8_t ret[static WEIR_UNLOCK_FINGERPRINT])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

	/* With the NUL, so that where one ends and the next begins counts too. */
	for (size_t i = 0; good && i < n; i++)
		good = EVP_DigestUpdate(context, texts[i], strlen(texts[i]) + 1) == 1;
	good = good && EVP_DigestFinal_ex(context, ret, NULL) == 1;
	EVP_MD_CTX_free(context);
	return good ? 0 : -ENOMEM;
}
