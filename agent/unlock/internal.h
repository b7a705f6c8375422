/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNLOCK_INTERNAL_H
#define WEIR_UNLOCK_INTERNAL_H

#include <openssl/evp.h>

#include "weir/unlock/unlock.h"

#define SIGNATURE_LEN 64

struct weir_unlock_keys {
	EVP_PKEY *key[WEIR_UNLOCK_KEYS_MAX];
	size_t count;
};

/* keys.c */
void key_freep(EVP_PKEY **key);
/* -EINVAL when the file holds no Ed25519 key of this kind. */
int key_read(int dirfd, const char *name, int private_key, EVP_PKEY **ret);

#endif
