/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EVIDENCE_REVIEWER_H
#define WEIR_EVIDENCE_REVIEWER_H

/* Who opens evidence: a private P-256 key, with a certificate that carries its public half to the endpoints. Both stand in one PEM file,
 * its owner's alone. */

#include <stddef.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"

#define WEIR_REVIEWER_PEM_MAX  8192 /* bytes of such a file, and of a certificate */
#define WEIR_REVIEWER_NAME_MAX 64   /* bytes; UTF-8 without control characters */

#define WEIR_REVIEWER_FINGERPRINT 65

struct weir_reviewer;

/* SHA-256 of a reviewer's certificate (of its DER), in hexadecimal. -EINVAL: it is none. */
int weir_reviewer_fingerprint(const char *pem, size_t len,
			      char ret[static WEIR_REVIEWER_FINGERPRINT]) _must_use_;

/* Makes a key, its certificate and the file, mode 0600. name: for people, in the certificate. -EEXIST: nothing is overwritten;
 * -EINVAL: the name. */
int weir_reviewer_make(const char *path, const char *name, struct weir_reviewer **ret) _must_use_;

/* -EPERM when anyone but its owner may read or write the file, -EINVAL when it is no such key with its certificate. */
int weir_reviewer_load(const char *path, struct weir_reviewer **ret) _must_use_;
/* The same from the file's text. */
int weir_reviewer_parse(const char *pem, size_t len, struct weir_reviewer **ret) _must_use_;

void weir_reviewer_free(struct weir_reviewer *reviewer);
DEFINE_CLEANUP(weir_reviewer_free, struct weir_reviewer *);

/* Appends the certificate as PEM. */
int weir_reviewer_certificate(const struct weir_reviewer *reviewer,
			      struct weir_buf *buf) _must_use_;

#endif
