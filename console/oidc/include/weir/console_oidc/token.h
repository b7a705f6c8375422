/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_OIDC_TOKEN_H
#define WEIR_CONSOLE_OIDC_TOKEN_H

/* ID tokens of OpenID Connect and the keys that sign them (RFC 7515, 7517, 7519; OpenID Connect
 * Core 3.1.3.7). Both are hostile bytes: bounded, and nothing is given out of a token before its signature,
 * its issuer, its audience, its times and its nonce were found right. RS256 and ES256 alone: no
 * "none", nothing with a shared secret, no encryption, and no header that has to be understood. Knows
 * no network and no database. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"

#define WEIR_OIDC_KEYS_BYTES_MAX  (256 * 1024)
#define WEIR_OIDC_KEYS_MAX	  32 /* of use to us; what is beyond is not looked at */
#define WEIR_OIDC_TOKEN_BYTES_MAX (16 * 1024)
#define WEIR_OIDC_TEXT_MAX	  255 /* bytes of a kid or subject */
#define WEIR_OIDC_SKEW_S	  60  /* by which two clocks may differ */
#define WEIR_OIDC_AGE_MAX_S	  600 /* of a token when it comes: a log-in's time */

/* Public keys. */
struct weir_oidc_keys;

/* Reads a key set. Keys of other kinds, for other uses, or too short are left out. -EBADMSG: it is none,
 * or has no key of use; -E2BIG; -ENOMEM. */
int weir_oidc_keys_parse(const char *json, size_t len, struct weir_oidc_keys **ret) _must_use_;
void weir_oidc_keys_free(struct weir_oidc_keys *keys);
DEFINE_CLEANUP(weir_oidc_keys_free, struct weir_oidc_keys *);
size_t weir_oidc_keys_count(const struct weir_oidc_keys *keys);

/* What a token has to say. All borrowed. */
struct weir_oidc_expected {
	const char *issuer;
	const char *client_id;
	const char *nonce;
	uint64_t now_s; /* since 1970 UTC */
};

struct weir_oidc_token;

/* 0 with *ret; -EACCES, with *ret_why a static word for the log ("signature", "audience", ...);
 * -ENOKEY, *ret_why "key": signed by a key that keys do not have; -ENOMEM. */
int weir_oidc_verify(const struct weir_oidc_keys *keys, const char *token, size_t len,
		     const struct weir_oidc_expected *expected, struct weir_oidc_token **ret,
		     const char **ret_why) _must_use_;
void weir_oidc_token_free(struct weir_oidc_token *token);
DEFINE_CLEANUP(weir_oidc_token_free, struct weir_oidc_token *);

/* Who it is, for this issuer: 1 to WEIR_OIDC_TEXT_MAX bytes. Belongs to token. */
const char *weir_oidc_token_subject(const struct weir_oidc_token *token);
/* A claim's text; "" when there is none, or it is no text. Belongs to token. */
const char *weir_oidc_token_text(const struct weir_oidc_token *token, const char *claim);
/* Whether a claim is this text, or a list with it. */
bool weir_oidc_token_has(const struct weir_oidc_token *token, const char *claim, const char *text);

#endif
