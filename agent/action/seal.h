/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ACTION_SEAL_H
#define WEIR_ACTION_SEAL_H

/* A file's content under a key, so that what backs up, indexes or searches the disk does not find it. AES-256-GCM in chunks (the
 * STREAM construction): cut, reordered or changed chunks do not open. */

#include <stdint.h>

#include "weir/base/macros.h"

#define WEIR_SEAL_KEY_LEN 32

/* Reads in from its start to its end by position, appends the sealed form to out. *ret_bytes (may be NULL) are those read. */
int weir_seal(const uint8_t key[static WEIR_SEAL_KEY_LEN], int in, int out,
	      uint64_t *ret_bytes) _must_use_;

/* The reverse. -EBADMSG: not sealed with this key, damaged or cut; what is in out by then must not be used. */
int weir_unseal(const uint8_t key[static WEIR_SEAL_KEY_LEN], int in, int out,
		uint64_t *ret_bytes) _must_use_;

#endif
