/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DSSE_ENVELOPE_H
#define WEIR_DSSE_ENVELOPE_H

/* Signed documents: DSSE 1.0 envelopes in protobuf (weir.v1.Envelope), Ed25519. The bytes are hostile until they were opened: bounded,
 * decoded with limits, and nothing is given out of them before enough keys have vouched for it. What is given out are the very
 * bytes that the signatures cover. Stricter than DSSE: every signature names its key, no key signs twice, and fields that are
 * not known are refused. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"
#include "weir/dsse/keys.h"

#define WEIR_DSSE_BYTES_MAX	 (1024 * 1024) /* of an envelope; as WEIR_WIRE_BYTES_MAX */
#define WEIR_DSSE_SIGNATURES_MAX 16
#define WEIR_DSSE_TYPE_MAX	 128
#define WEIR_DSSE_SIGNATURE_LEN	 64

struct weir_dsse;

/* An envelope for which at least threshold (1 or more) different keys of keys have vouched. -EBADMSG: no envelope, or of another
 * type; -E2BIG: over a limit; -EKEYREJECTED: too few signatures, or one in the name of a key of ours that is not its; -EINVAL: threshold is 0.
 * *ret untouched on failure. */
int weir_dsse_open(const void *data, size_t len, const char *type,
		   const struct weir_dsse_keys *keys, unsigned threshold,
		   struct weir_dsse **ret) _must_use_;

/* The same before anybody vouched for it: for tools that show an envelope, and for whoever collects signatures. */
int weir_dsse_peek(const void *data, size_t len, const char *type,
		   struct weir_dsse **ret) _must_use_;
void weir_dsse_free(struct weir_dsse *envelope);
DEFINE_CLEANUP(weir_dsse_free, struct weir_dsse *);

/* What is signed; belongs to envelope. */
const void *weir_dsse_payload(const struct weir_dsse *envelope, size_t *ret_len);

/* Signatures, of whichever keys: their number, and the id of the key that number i names (NULL: no such). */
size_t weir_dsse_signatures(const struct weir_dsse *envelope);
const char *weir_dsse_signature_id(const struct weir_dsse *envelope, size_t i);

/* Which of keys have vouched for it: bit i for key number i. -EKEYREJECTED when a signature in the name of one of them is not its. */
int weir_dsse_vouched(const struct weir_dsse *envelope, const struct weir_dsse_keys *keys,
		      uint32_t *ret) _must_use_;

/* Appends an envelope with one signature. -EINVAL: no type, or too long; -ENOBUFS, -ENOMEM. */
int weir_dsse_sign(const char *type, const void *payload, size_t len,
		   const struct weir_dsse_signer *signer, struct weir_buf *buf) _must_use_;

/* Appends the same envelope with one signature more. -EEXIST when this key has signed it. */
int weir_dsse_cosign(const struct weir_dsse *envelope, const struct weir_dsse_signer *signer,
		     struct weir_buf *buf) _must_use_;

/* Appends what a signature over these covers. */
int weir_dsse_pae(const char *type, const void *payload, size_t len,
		  struct weir_buf *buf) _must_use_;

#define WEIR_SHA256_LEN 32
int weir_sha256(const void *data, size_t len, uint8_t ret[static WEIR_SHA256_LEN]) _must_use_;

#endif
