/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_HASH_H
#define WEIR_BASE_HASH_H

/* SipHash-2-4 (Aumasson and Bernstein, 2012): the keyed hash for hash tables that hostile input
 * fills and for counting distinct values without storing them; with 128 bits, for telling contents apart. Nobody can make two
 * inputs collide without the key, so a key is random and stays in the process. */

#include <stddef.h>
#include <stdint.h>

#define WEIR_HASH_KEY_LEN 16

uint64_t weir_siphash(const void *data, size_t len, const uint8_t key[static WEIR_HASH_KEY_LEN]);

/* The variant of twice the length; no half of it is what weir_siphash() gives. */
void weir_siphash128(const void *data, size_t len, const uint8_t key[static WEIR_HASH_KEY_LEN],
		     uint64_t ret[static 2]);

#endif
