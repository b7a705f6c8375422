/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DSSE_INTERNAL_H
#define WEIR_DSSE_INTERNAL_H

#include <openssl/evp.h>

#include "weir/dsse/envelope.h"
#include "weir/dsse/keys.h"

struct weir_dsse_keys {
	struct dsse_key {
		EVP_PKEY *key;
		char id[WEIR_DSSE_KEY_ID_LEN + 1];
	} item[WEIR_DSSE_KEYS_MAX];
	size_t count;
};

struct weir_dsse_signer {
	EVP_PKEY *key;
	char id[WEIR_DSSE_KEY_ID_LEN + 1];
};

/* keys.c */
int key_id(EVP_PKEY *key, char ret[static WEIR_DSSE_KEY_ID_LEN + 1]);
/* Reads one PEM file's text as a key of Ed25519. -EINVAL when it is none. */
int key_from_pem(const char *text, size_t len, int private_key, EVP_PKEY **ret);
/* -1: not there. */
int key_find(const struct weir_dsse_keys *keys, const char *id);

#endif
