/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys and where they come from. */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "internal.h"
#include "weir/base/fd.h"

int key_from_pem(const char *text, size_t len, int private_key, EVP_PKEY **ret)
{
	BIO *bio = BIO_new_mem_buf(len ? text : "", (int)len);
	EVP_PKEY *key;

	if (!bio)
		return -ENOMEM;
	key = private_key ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL)
			  : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	(void)BIO_free(bio);
	ERR_clear_error();
	if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) {
		EVP_PKEY_free(key);
		return -EINVAL;
	}
	*ret = key;
	return 0;
}

static int key_raw(EVP_PKEY *key, uint8_t ret[static WEIR_DSSE_KEY_LEN])
{
	size_t len = WEIR_DSSE_KEY_LEN;

	if (EVP_PKEY_get_raw_public_key(key, ret, &len) != 1 || len != WEIR_DSSE_KEY_LEN) {
		ERR_clear_error();
		return -EINVAL;
	}
	return 0;
}

int key_id(EVP_PKEY *key, char ret[static WEIR_DSSE_KEY_ID_LEN + 1])
{
	uint8_t raw[WEIR_DSSE_KEY_LEN], hash[WEIR_SHA256_LEN];
	int r = key_raw(key, raw);

	if (r >= 0)
		r = weir_sha256(raw, sizeof(raw), hash);
	for (size_t i = 0; r >= 0 && i < sizeof(hash); i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", hash[i]);
	return r;
}

int key_find(const struct weir_dsse_keys *keys, const char *id)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->item[i].id, id) == 0)
			return (int)i;
	return -1;
}

/* Takes the key over, also on failure. */
static int add(struct weir_dsse_keys *keys, EVP_PKEY *key)
{
	struct dsse_key *item = &keys->item[keys->count];
	char id[WEIR_DSSE_KEY_ID_LEN + 1];
	int r = key_id(key, id);

	if (r >= 0 && key_find(keys, id) >= 0)
		r = -EEXIST;
	if (r >= 0 && keys->count == WEIR_DSSE_KEYS_MAX)
		r = -E2BIG;
	if (r < 0) {
		EVP_PKEY_free(key);
		return r;
	}
	item->key = key;
	memcpy(item->id, id, sizeof(id));
	keys->count++;
	return 0;
}

int weir_dsse_keys_new(struct weir_dsse_keys **ret)
{
	struct weir_dsse_keys *keys = calloc(1, sizeof(*keys));

	if (!keys)
		return -ENOMEM;
	*ret = keys;
	return 0;
}

void weir_dsse_keys_free(struct weir_dsse_keys *keys)
{
	if (!keys)
		return;
	for (size_t i = 0; i < keys->count; i++)
		EVP_PKEY_free(keys->item[i].key);
	free(keys);
}

int weir_dsse_keys_add(struct weir_dsse_keys *keys, const uint8_t raw[static WEIR_DSSE_KEY_LEN])
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, WEIR_DSSE_KEY_LEN);

	if (!key) {
		ERR_clear_error();
		return -EINVAL;
	}
	return add(keys, key);
}

static int add_file(struct weir_dsse_keys *keys, int dirfd, const char *name)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_PEM_MAX);
	EVP_PKEY *key;
	int r = weir_read_file(dirfd, name, &text);

	if (r >= 0)
		r = key_from_pem(text.data, text.len, 0, &key);
	if (r < 0)
		return r;
	r = add(keys, key);
	return r == -EEXIST ? 0 : r; /* under two names it is still one key */
}

static int is_key(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 4 && strcmp(entry->d_name + len - 4, ".pem") == 0;
}

int weir_dsse_keys_load(const char *path, struct weir_dsse_keys **ret)
{
	struct weir_dsse_keys *keys _cleanup_(weir_dsse_keys_freep) = NULL;
	struct dirent *entry;
	int r = weir_dsse_keys_new(&keys);
	DIR *dir;

	if (r < 0)
		return r;
	dir = opendir(path);
	if (!dir && errno != ENOENT)
		return -errno;
	while (r >= 0 && dir && (entry = readdir(dir)))
		if (is_key(entry))
			r = add_file(keys, dirfd(dir), entry->d_name);
	if (dir)
		(void)closedir(dir);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(keys);
	return 0;
}

size_t weir_dsse_keys_count(const struct weir_dsse_keys *keys)
{
	return keys->count;
}

const char *weir_dsse_keys_id(const struct weir_dsse_keys *keys, size_t i)
{
	return i < keys->count ? keys->item[i].id : NULL;
}

int weir_dsse_key_parse(const char *pem, size_t len, uint8_t ret[static WEIR_DSSE_KEY_LEN],
			char ret_id[static WEIR_DSSE_KEY_ID_LEN + 1])
{
	EVP_PKEY *key;
	int r = len <= WEIR_DSSE_PEM_MAX ? key_from_pem(pem, len, 0, &key) : -EINVAL;

	if (r < 0)
		return r;
	r = key_raw(key, ret);
	if (r >= 0)
		r = key_id(key, ret_id);
	EVP_PKEY_free(key);
	return r;
}
