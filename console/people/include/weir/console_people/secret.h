/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_PEOPLE_SECRET_H
#define WEIR_CONSOLE_PEOPLE_SECRET_H

/* Secrets that the console hands out and knows again: 256 random bits behind a prefix that says what
 * they are. The database holds their SHA-256 alone; no salt, since nobody guesses 256 bits. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/macros.h"

#define WEIR_SECRET_SESSION "weirs_"
#define WEIR_SECRET_TOKEN   "weirt_"
#define WEIR_SECRET_TEXT    72 /* bytes with the NUL */
#define WEIR_SECRET_HASH    32

/* A new secret of the kind, one of the prefixes above. -EIO: no random numbers. */
int weir_secret_make(const char *kind, char ret[static WEIR_SECRET_TEXT]) _must_use_;

/* What is stored of it. -EINVAL: not a secret of this kind. */
int weir_secret_hash(const char *kind, const char *text,
		     uint8_t ret[static WEIR_SECRET_HASH]) _must_use_;

/* What a page has to show beside the cookie of its session before it may change anything; another
 * site can send the cookie but can't know this. Follows from the session's secret. */
#define WEIR_CSRF_TEXT 65
int weir_csrf_make(const char *session, char ret[static WEIR_CSRF_TEXT]) _must_use_;

/* In constant time. */
bool weir_csrf_fits(const char *session, const char *shown);

#endif
