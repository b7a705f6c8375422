/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DSSE_KEYS_H
#define WEIR_DSSE_KEYS_H

/* Ed25519 keys in PEM files: public ones (SubjectPublicKeyInfo) vouch for others' documents, private ones (PKCS#8) make
 * signatures where somebody keeps them. A key's id is the SHA-256 of its 32 raw public bytes in lower-case hexadecimal. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"

#define WEIR_DSSE_KEYS_MAX   16
#define WEIR_DSSE_KEY_LEN    32
#define WEIR_DSSE_KEY_ID_LEN 64 /* without the NUL */
#define WEIR_DSSE_PEM_MAX    4096

/* Public keys, each of them once. */
struct weir_dsse_keys;
int weir_dsse_keys_new(struct weir_dsse_keys **ret) _must_use_;
void weir_dsse_keys_free(struct weir_dsse_keys *keys);
DEFINE_CLEANUP(weir_dsse_keys_free, struct weir_dsse_keys *);

/* Every *.pem below the folder at path; a folder that is not there holds none. A key that can't be read is an error (-EINVAL), not
 * a missing key; -E2BIG when there are too many. */
int weir_dsse_keys_load(const char *path, struct weir_dsse_keys **ret) _must_use_;

/* A key by its raw public bytes. -EEXIST when it is there, -E2BIG, -EINVAL. */
int weir_dsse_keys_add(struct weir_dsse_keys *keys,
		       const uint8_t raw[static WEIR_DSSE_KEY_LEN]) _must_use_;

size_t weir_dsse_keys_count(const struct weir_dsse_keys *keys);

/* The id of key number i, NULL when there is none; belongs to keys. */
const char *weir_dsse_keys_id(const struct weir_dsse_keys *keys, size_t i);

/* The raw bytes and the id of a public key in PEM text. -EINVAL when it is no Ed25519 key. */
int weir_dsse_key_parse(const char *pem, size_t len, uint8_t ret[static WEIR_DSSE_KEY_LEN],
			char ret_id[static WEIR_DSSE_KEY_ID_LEN + 1]) _must_use_;

/* A private key. */
struct weir_dsse_signer;

/* -EPERM when anyone but its owner may read or write the file, -EINVAL when it is no such key. */
int weir_dsse_signer_load(const char *path, struct weir_dsse_signer **ret) _must_use_;
void weir_dsse_signer_free(struct weir_dsse_signer *signer);
DEFINE_CLEANUP(weir_dsse_signer_free, struct weir_dsse_signer *);

/* Makes a key and its file, mode 0600. -EEXIST: nothing is overwritten. */
int weir_dsse_signer_make(const char *path, struct weir_dsse_signer **ret) _must_use_;

const char *weir_dsse_signer_id(const struct weir_dsse_signer *signer);

/* Appends the public half as PEM. */
int weir_dsse_signer_public(const struct weir_dsse_signer *signer, struct weir_buf *buf) _must_use_;

#endif
