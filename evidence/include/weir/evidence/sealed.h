/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EVIDENCE_SEALED_H
#define WEIR_EVIDENCE_SEALED_H

/* Evidence sealed to its reviewers: CMS AuthEnvelopedData (RFC 5083) in DER. AES-256-GCM (RFC 5084) under a key of its own, which is
 * wrapped for each recipient with what ECDH on P-256 gives: an ephemeral key and the recipient's (RFC 5753: X9.63 KDF with
 * SHA-256, AES-256 key wrap). Without one of the recipients' private keys it tells its length and who the recipients are. It does not tell
 * who sealed it: that is known by the way it came. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"
#include "weir/evidence/reviewer.h"

#define WEIR_EVIDENCE_RECIPIENTS_MAX 16
#define WEIR_EVIDENCE_PLAIN_MAX	     (1024 * 1024)
#define WEIR_EVIDENCE_SEALED_MAX     (WEIR_EVIDENCE_PLAIN_MAX + 16 * 1024)

/* Those who may open it, each of them once. Several threads may seal to the same. */
struct weir_recipients;
int weir_recipients_new(struct weir_recipients **ret) _must_use_;
/* One owner more, each of whom frees it; on any thread. */
struct weir_recipients *weir_recipients_ref(struct weir_recipients *recipients);
void weir_recipients_free(struct weir_recipients *recipients);
DEFINE_CLEANUP(weir_recipients_free, struct weir_recipients *);

/* One by a certificate in PEM, of which the P-256 key and its identifier count: it vouches for nobody, whoever names it does.
 * -EINVAL: no such certificate; -EEXIST; -E2BIG; -ENOMEM. */
int weir_recipients_add(struct weir_recipients *recipients, const char *pem, size_t len) _must_use_;
size_t weir_recipients_count(const struct weir_recipients *recipients);

/* Appends 1 to WEIR_EVIDENCE_PLAIN_MAX bytes, sealed; no copy of them is left in memory. -EINVAL: nothing to seal, or for nobody; -E2BIG; -ENOBUFS; -ENOMEM. */
int weir_evidence_seal(const struct weir_recipients *recipients, const void *data, size_t len,
		       struct weir_buf *buf) _must_use_;

/* Whether it has the form of what weir_evidence_seal() makes, by its outside: 0, -E2BIG (over WEIR_EVIDENCE_SEALED_MAX) or
 * -EBADMSG. No key is needed. */
int weir_evidence_check(const void *sealed, size_t len) _must_use_;

/* Checks it, and appends what was sealed to plain, which is empty, has a maximum of at least len and is to end by
 * weir_buf_wipe(). -ENOKEY: not sealed for this reviewer; -EBADMSG: malformed, or changed since. Nothing of what does not hold
 * comes out. */
int weir_evidence_open(const void *sealed, size_t len, const struct weir_reviewer *reviewer,
		       struct weir_buf *plain) _must_use_;

#endif
