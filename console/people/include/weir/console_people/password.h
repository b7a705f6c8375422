/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_PEOPLE_PASSWORD_H
#define WEIR_CONSOLE_PEOPLE_PASSWORD_H

/* Passwords as Argon2id (RFC 9106) verifiers, and one-time codes after RFC 6238. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"

#define WEIR_PASSWORD_MIN 12  /* bytes */
#define WEIR_PASSWORD_MAX 256 /* bytes */

/* What one verification costs. Kept beside each verifier, so that a later default does not lock
 * anyone out. */
struct weir_password_cost {
	uint32_t memory_kib;
	uint32_t passes;
	uint32_t lanes;
};

/* 64 MiB, 3 passes, one lane: RFC 9106's second choice on one core. */
#define WEIR_PASSWORD_COST ((struct weir_password_cost){64 * 1024, 3, 1})

#define WEIR_PASSWORD_TEXT 160 /* bytes of a verifier with its NUL */

/* 0 when it may be somebody's password: long enough, UTF-8 without control characters, not the
 * person's own name. Else -EINVAL and *ret_why, a static text. */
int weir_password_fits(const char *password, const char *name, const char **ret_why) _must_use_;

/* "$argon2id$v=19$m=65536,t=3,p=1$SALT$HASH" with a salt of its own. */
int weir_password_hash(const char *password, const struct weir_password_cost *cost,
		       char ret[static WEIR_PASSWORD_TEXT]) _must_use_;

/* 0, -EACCES (another password), -EBADMSG (no verifier, or one that costs over 1 GiB), -ENOMEM. In
 * constant time for one verifier. */
int weir_password_verify(const char *password, const char *verifier) _must_use_;

/* Made with another cost than this. */
bool weir_password_outdated(const char *verifier, const struct weir_password_cost *cost);

#define WEIR_TOTP_SECRET_LEN 20 /* bytes: as long as SHA-1 */
#define WEIR_TOTP_DIGITS     6
#define WEIR_TOTP_STEP_S     30

/* The code of the step that `time_s` lies in. */
int weir_totp_code(const uint8_t secret[static WEIR_TOTP_SECRET_LEN], uint64_t time_s,
		   char ret[static WEIR_TOTP_DIGITS + 1]) _must_use_;

/* Accepts the code of this step and of one step to either side, but none of a step up to last_step:
 * a code works once. 0 with the step in *ret_step, which the caller keeps; -EACCES. */
int weir_totp_verify(const uint8_t secret[static WEIR_TOTP_SECRET_LEN], const char *code,
		     uint64_t time_s, uint64_t last_step, uint64_t *ret_step) _must_use_;

/* The secret as authenticators read it: base 32 (RFC 4648), 32 letters. */
#define WEIR_TOTP_TEXT 33
void weir_totp_format(const uint8_t secret[static WEIR_TOTP_SECRET_LEN],
		      char ret[static WEIR_TOTP_TEXT]);

#endif
