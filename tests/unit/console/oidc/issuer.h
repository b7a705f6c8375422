/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_OIDC_ISSUER_H
#define WEIR_TEST_OIDC_ISSUER_H

/* Keys and tokens of the test's own, made with OpenSSL and no JOSE library: what we read was written by somebody
 * else's understanding of the standards. Each function ends the test when something fails. */

#include <openssl/evp.h>

#include "weir/base/buf.h"

#define ISSUER_TOKEN_MAX (64 * 1024)

/* "P-256", "P-384" or the bits of an RSA key. */
EVP_PKEY *issuer_key(const char *kind);

/* The key's public half as a JWK; more: members besides, as JSON text without braces, or "". */
void issuer_jwk(EVP_PKEY *key, const char *more, struct weir_buf *buf);

/* base64url without padding. */
void issuer_encode(const void *data, size_t len, struct weir_buf *buf);

/* "header.claims.signature" by ES256 or RS256 as the key is; NULL: an empty signature. */
void issuer_token(EVP_PKEY *key, const char *header, const char *claims, struct weir_buf *buf);

#endif
