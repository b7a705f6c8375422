/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_FLEET_X509_H
#define WEIR_CONSOLE_FLEET_X509_H

/* OpenSSL's objects with cleanup, and what ca.c and csr.c share. */

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

#include "weir/base/buf.h"
#include "weir/console_fleet/ca.h"

DEFINE_CLEANUP(EVP_PKEY_free, EVP_PKEY *);
DEFINE_CLEANUP(X509_free, X509 *);
DEFINE_CLEANUP(X509_REQ_free, X509_REQ *);
DEFINE_CLEANUP(X509_CRL_free, X509_CRL *);
DEFINE_CLEANUP(X509_REVOKED_free, X509_REVOKED *);
DEFINE_CLEANUP(X509_EXTENSION_free, X509_EXTENSION *);
DEFINE_CLEANUP(ASN1_TIME_free, ASN1_TIME *);
DEFINE_CLEANUP(ASN1_INTEGER_free, ASN1_INTEGER *);
DEFINE_CLEANUP(BN_free, BIGNUM *);
DEFINE_CLEANUP(BIO_vfree, BIO *);

bool weir_x509_is_p256(const EVP_PKEY *key);
/* Appends what was written to bio. */
int weir_x509_take(BIO *bio, struct weir_buf *buf) _must_use_;
EVP_PKEY *weir_csr_key(const struct weir_csr *csr); /* belongs to csr */

#endif
