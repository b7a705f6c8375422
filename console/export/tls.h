/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_EXPORT_TLS_H
#define WEIR_CONSOLE_EXPORT_TLS_H

/* Bytes to a server by TLS (1.2 or later; its certificate and name checked), a connection for each
 * delivery, so that its end says whether they have been read. One thread for each. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/error.h"
#include "weir/base/macros.h"

#define WEIR_TLS_HOST_MAX 253 /* bytes of a name */

struct weir_tls;

struct weir_tls_options {
	const char *address;	 /* "siem.example:6514", "192.0.2.7", "[2001:db8::7]:6514" */
	const char *port;	 /* when the address has none */
	const char *ca;		 /* PEM: who may vouch for the server; "": as this machine has it */
	const char *certificate; /* PEM, with its chain; "": the client has none */
	const char *key;	 /* PEM, of the certificate, without a password; "" with none */
	int end_fd;		 /* borrowed: readable when nobody is to wait any more; -1: never */
	uint64_t timeout_ns;	 /* of one delivery, but for the look-up of the name */
};

/* -EINVAL: *err (may be NULL) says what is wrong. Asks nobody outside. */
int weir_tls_new(const struct weir_tls_options *options, struct weir_error *err,
		 struct weir_tls **ret) _must_use_;
void weir_tls_free(struct weir_tls *tls);
DEFINE_CLEANUP(weir_tls_free, struct weir_tls *);

/* 0: the server has read all of it and then closed in order. Else nobody knows what it has:
 * -ECONNREFUSED, -EHOSTUNREACH (no such name), -EKEYREJECTED (not the server that it should be),
 * -EACCES (the server says no), -EPROTO (no TLS, or too old), -ECONNRESET, -ETIMEDOUT, -ECANCELED
 * (end_fd), or what else the network says. */
int weir_tls_deliver(struct weir_tls *tls, const void *data, size_t len) _must_use_;

#endif
