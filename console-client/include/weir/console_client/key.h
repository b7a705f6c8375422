/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_CLIENT_KEY_H
#define WEIR_CONSOLE_CLIENT_KEY_H

/* The endpoint's key, and its request for a certificate. */

#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"
#include "weir/base/uid.h"

#define WEIR_KEY_PEM_MAX (16 * 1024)
#define WEIR_PIN_TEXT	 65

/* Appends a new P-256 key in PEM; the caller wipes it. -ENOMEM. */
int weir_key_make(struct weir_buf *pem) _must_use_;

/* Appends a request in PEM: CN = uid, SAN URI urn:uuid:<uid>, signed by the key. -EINVAL: no P-256 key;
 * -ENOMEM. */
int weir_key_request(const struct weir_buf *key, const uint8_t uid[static WEIR_UID_LEN],
		     struct weir_buf *pem) _must_use_;

/* When the certificate was issued and when it ends, in seconds since 1970. -EBADMSG: none, or not for
 * this key. */
int weir_key_validity(const struct weir_buf *key, const struct weir_buf *certificate,
		      uint64_t *ret_from_s, uint64_t *ret_until_s) _must_use_;

/* The SHA-256 of the certificate's DER in hexadecimal. -EBADMSG: no certificate. */
int weir_key_pin(const struct weir_buf *certificate, char pin[static WEIR_PIN_TEXT]) _must_use_;

#endif
