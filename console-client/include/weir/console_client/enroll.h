/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_CLIENT_ENROLL_H
#define WEIR_CONSOLE_CLIENT_ENROLL_H

/* The endpoint's identity: the console's authority and the endpoint's own key and certificate, in a
 * folder that only weir-sync may enter. Key and certificate are one file, so that they are replaced
 * together or not at all. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/error.h"
#include "weir/base/macros.h"
#include "weir/base/uid.h"
#include "weir/console_client/key.h"

#define WEIR_IDENTITY_CA     "ca.pem"
#define WEIR_IDENTITY_CLIENT "client.pem" /* mode 0600 */
#define WEIR_IDENTITY_NEXT   "next.pem" /* a candidate: in use once a connection with it succeeds */

/* Who the endpoint is. Strings are borrowed. */
struct weir_endpoint {
	uint8_t uid[WEIR_UID_LEN];
	const char *host, *version;
	const char *hardware; /* tells machines apart, and nothing about them; "": not known */
};

#define WEIR_HARDWARE_TEXT 33
/* From the machine's id, hashed: that id itself is not for others. "" when there is none. */
void weir_endpoint_hardware(char text[static WEIR_HARDWARE_TEXT]);

struct weir_enroll_options {
	const char *base; /* https address where endpoints enroll */
	const char *dir;  /* of the identity; made with mode 0700 */
	const struct weir_endpoint *endpoint;
	bool (*cancelled)(void *);
};

/* Comes in by a token, which is not kept. The authority is taken from the console and believed only if
 * it has the token's pin; the token is sent only to who has a certificate of that authority. -EINVAL:
 * no such token or address; -EKEYREJECTED: another authority; -EACCES: the console refuses the token;
 * -EPROTO: its answer makes no sense; and as weir_http_perform(). *err says it in words. */
int weir_enroll(const struct weir_enroll_options *options, const char *token,
		struct weir_error *err) _must_use_;

/* Appends a message with a request for a certificate for this key; what /v1/enroll takes, and with a
 * sequence number what renews over /v1/opamp. */
struct weir_wire;
int weir_enroll_message(const struct weir_endpoint *endpoint, const struct weir_buf *key,
			struct weir_buf *body) _must_use_;

#endif
