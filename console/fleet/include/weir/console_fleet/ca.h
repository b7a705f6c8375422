/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_FLEET_CA_H
#define WEIR_CONSOLE_FLEET_CA_H

/* The authority that the fleet's certificates come from: one P-256 key, which signs the endpoints'
 * certificates, the one of nginx, and the list of those revoked. Its certificate is known by its pin,
 * the SHA-256 of its DER. Any thread may use one object. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/error.h"
#include "weir/base/macros.h"
#include "weir/base/uid.h"

#define WEIR_CA_KEY_FILE "ca.key" /* PEM, mode 0600 */
#define WEIR_CA_FILE	 "ca.pem"
#define WEIR_CA_PEM_MAX	 (16 * 1024) /* of one certificate */

#define WEIR_CA_PIN_TEXT    65 /* hexadecimal, lower case */
#define WEIR_CA_SERIAL_TEXT 33 /* hexadecimal, upper case, as nginx writes it */

struct weir_ca;

/* Opens the authority in the folder, or makes it when neither file is there. -EPERM: others may read
 * the key; -EINVAL: the files are no P-256 authority, or do not belong together. */
int weir_ca_open(int dir_fd, struct weir_error *err, struct weir_ca **ret) _must_use_;
void weir_ca_free(struct weir_ca *ca);
DEFINE_CLEANUP(weir_ca_free, struct weir_ca *);

/* Belong to ca. */
const char *weir_ca_pem(const struct weir_ca *ca);
const char *weir_ca_pin(const struct weir_ca *ca);

/* A request for a certificate, checked: PEM, one P-256 key, signed by it, and a subject that is
 * CN=<uid> and nothing else. What else it asks for is not heeded. */
struct weir_csr;
#define WEIR_CSR_MAX (8 * 1024) /* bytes of PEM */
/* -EBADMSG: no such request; -EKEYREJECTED: another kind of key, or not signed by it; -ENOMEM. */
int weir_csr_parse(const void *pem, size_t len, struct weir_csr **ret) _must_use_;
void weir_csr_free(struct weir_csr *csr);
DEFINE_CLEANUP(weir_csr_free, struct weir_csr *);
const uint8_t *weir_csr_uid(const struct weir_csr *csr);      /* WEIR_UID_LEN */
const uint8_t *weir_csr_key_hash(const struct weir_csr *csr); /* 32: SHA-256 of the public key */

/* Seconds since 1970. */
struct weir_ca_validity {
	uint64_t from_s, until_s;
};

/* Appends the certificate of an endpoint: CN = uid, SAN URI urn:uuid:<uid>, for clients alone. */
int weir_ca_issue(struct weir_ca *ca, const struct weir_csr *csr,
		  const struct weir_ca_validity *validity, struct weir_buf *pem,
		  char serial[static WEIR_CA_SERIAL_TEXT]) _must_use_;

/* Appends a server's certificate and its new key. names: host names and addresses, by commas. -EINVAL:
 * a name that is none. */
int weir_ca_issue_server(struct weir_ca *ca, const char *names,
			 const struct weir_ca_validity *validity, struct weir_buf *pem,
			 struct weir_buf *key) _must_use_;

/* Appends the list of the revoked serials. */
int weir_ca_revocations(struct weir_ca *ca, const char (*serials)[WEIR_CA_SERIAL_TEXT], size_t n,
			const struct weir_ca_validity *validity, struct weir_buf *pem) _must_use_;

#endif
