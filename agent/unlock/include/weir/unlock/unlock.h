/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNLOCK_UNLOCK_H
#define WEIR_UNLOCK_UNLOCK_H

/* Signed orders to open the guard for a while: weir.v1.Unlock in an envelope. The bytes are hostile until verified: bounded, decoded with
 * limits, and nothing of them is acted on before a key of the agent's configuration has vouched for them. Times are seconds
 * since 1970 UTC. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"
#include "weir/dsse/keys.h"

#define WEIR_UNLOCK_BYTES_MAX	1024 /* of a signed unlock */
#define WEIR_UNLOCK_NONCE_LEN	16
#define WEIR_UNLOCK_MINUTES_MAX 240
#define WEIR_UNLOCK_VALID_MAX_S (31u * 86400)

struct weir_unlock {
	uint8_t nonce[WEIR_UNLOCK_NONCE_LEN];
	char agent[33];	   /* 32 lower-case hexadecimal digits, or "*" */
	char purpose[129]; /* without control characters */
	uint64_t not_before_s, expires_s;
	uint32_t minutes;
};

/* What an unlock says, whoever signed it. 0, -EBADMSG or -E2BIG; *ret untouched on failure. */
int weir_unlock_decode(const void *data, size_t len, struct weir_unlock *ret) _must_use_;

/* 0 when one of keys signed it for this agent (uid in hexadecimal) and now lies in its time. -EBADMSG, -E2BIG: no unlock;
 * -EKEYREJECTED: no key of ours signed it; -ENODEV: for another agent; -EKEYEXPIRED: too early or too late. */
int weir_unlock_verify(const struct weir_dsse_keys *keys, const void *data, size_t len,
		       const char *agent, uint64_t now_s, struct weir_unlock *ret) _must_use_;

/* Writes down in the file at path, synced, that an unlock was used, before it takes effect. -EALREADY when it was used before;
 * -ENOSPC when 1,024 used ones are still valid. Time does not go back for it: a clock that was set back brings no unlock to life
 * (-EKEYEXPIRED). */
int weir_unlock_use(const char *path, const struct weir_unlock *unlock, uint64_t now_s) _must_use_;

/* SHA-256 over texts, told apart from any other list of texts. */
#define WEIR_UNLOCK_FINGERPRINT 32
int weir_unlock_fingerprint(const char *const *texts, size_t n,
			    uint8_t ret[static WEIR_UNLOCK_FINGERPRINT]) _must_use_;

/* Appends unlock, signed with the private key in a PEM file, to buf. -EINVAL: not such an unlock or key; else as weir_dsse_signer_load(). */
int weir_unlock_sign(const struct weir_unlock *unlock, const char *key_path,
		     struct weir_buf *buf) _must_use_;

#endif
