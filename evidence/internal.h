/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EVIDENCE_INTERNAL_H
#define WEIR_EVIDENCE_INTERNAL_H

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "weir/evidence/sealed.h"

DEFINE_CLEANUP(BIO_free_all, BIO *);
DEFINE_CLEANUP(CMS_ContentInfo_free, CMS_ContentInfo *);
DEFINE_CLEANUP(EVP_PKEY_free, EVP_PKEY *);
DEFINE_CLEANUP(X509_free, X509 *);
DEFINE_CLEANUP(X509_EXTENSION_free, X509_EXTENSION *);

struct weir_reviewer {
	EVP_PKEY *key;
	X509 *cert;
};

struct weir_recipients {
	X509 *cert[WEIR_EVIDENCE_RECIPIENTS_MAX];
	size_t count;
	atomic_uint owners;
};

/* The certificate in the PEM text, when it is one of a P-256 key with an identifier; else NULL. */
X509 *evidence_read_cert(const char *pem, size_t len);

#endif
