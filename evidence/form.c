/* SPDX-License-Identifier: Apache-2.0 */
/* The outer form of what is sealed. A CMS reader takes far more than we make: other ciphers and none, tags of one byte, nonces of any
 * length, texts for whoever knows a password, other ways to wrap a key, of which one (AES with padding) makes the reader of OpenSSL 3.0
 * write beyond its memory. What is not as we make it never comes to that reader. */

#include <errno.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#include "internal.h"

#define NONCE_LEN 12
#define TAG_LEN	  16
/* What agrees on a key: a point of P-256, not compressed, as a BIT STRING without unused bits. */
#define POINT_LEN   66
#define WRAPPED_LEN 40
/* Of all recipients together; one takes about 250. */
#define RECIPIENTS_LEN_MAX (8 * 1024)

/* Contents of object identifiers. */
static const uint8_t auth_enveloped[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
					 0x01, 0x09, 0x10, 0x01, 0x17};
static const uint8_t plain_data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
static const uint8_t ec_public_key[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
static const uint8_t ecdh_sha256_kdf[] = {0x2b, 0x81, 0x04, 0x01, 0x0b, 0x01};
static const uint8_t aes_256_wrap[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2d};
static const uint8_t aes_256_gcm[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2e};

/* What is left of an element's content. */
struct der {
	const uint8_t *at, *end;
};

static size_t left(const struct der *der)
{
	return (size_t)(der->end - der->at);
}

/* Takes the next element, which has this tag of this class and a definite length; *ret is its content. */
static bool take(struct der *der, int class, int tag, bool constructed, struct der *ret)
{
	const int form = constructed ? V_ASN1_CONSTRUCTED : 0;
	const uint8_t *at = der->at;
	int found_tag, found_class;
	long len;

	if (at == der->end ||
	    ASN1_get_object(&at, &len, &found_tag, &found_class, der->end - at) != form ||
	    found_tag != tag || found_class != class)
		return false;
	*ret = (struct der){at, at + len};
	der->at = at + len;
	return true;
}

static bool take_universal(struct der *der, int tag, struct der *ret)
{
	return take(der, V_ASN1_UNIVERSAL, tag, tag == V_ASN1_SEQUENCE || tag == V_ASN1_SET, ret);
}

static bool take_oid(struct der *der, const uint8_t *oid, size_t len)
{
	struct der found;

	return take_universal(der, V_ASN1_OBJECT, &found) && left(&found) == len &&
	       memcmp(found.at, oid, len) == 0;
}

/* An INTEGER of one byte. */
static bool take_small(struct der *der, uint8_t value)
{
	struct der found;

	return take_universal(der, V_ASN1_INTEGER, &found) && left(&found) == 1 &&
	       *found.at == value;
}

static bool take_octets(struct der *der, size_t len)
{
	struct der found;

	return take_universal(der, V_ASN1_OCTET_STRING, &found) && left(&found) == len;
}

/* The ephemeral key. */
static bool take_originator(struct der *der)
{
	struct der originator, key, algorithm, point;

	return take(der, V_ASN1_CONTEXT_SPECIFIC, 0, true, &originator) &&
	       take(&originator, V_ASN1_CONTEXT_SPECIFIC, 1, true, &key) &&
	       left(&originator) == 0 && take_universal(&key, V_ASN1_SEQUENCE, &algorithm) &&
	       take_oid(&algorithm, ec_public_key, sizeof(ec_public_key)) &&
	       left(&algorithm) == 0 && take_universal(&key, V_ASN1_BIT_STRING, &point) &&
	       left(&key) == 0 && left(&point) == POINT_LEN && point.at[0] == 0 &&
	       point.at[1] == POINT_CONVERSION_UNCOMPRESSED;
}

static bool take_wrap(struct der *der)
{
	struct der agreement, wrap;

	return take_universal(der, V_ASN1_SEQUENCE, &agreement) &&
	       take_oid(&agreement, ecdh_sha256_kdf, sizeof(ecdh_sha256_kdf)) &&
	       take_universal(&agreement, V_ASN1_SEQUENCE, &wrap) && left(&agreement) == 0 &&
	       take_oid(&wrap, aes_256_wrap, sizeof(aes_256_wrap)) && left(&wrap) == 0;
}

/* Named by the key's identifier, whose length is the certificate's. */
static bool take_wrapped(struct der *der)
{
	struct der keys, key, name, identifier;

	return take_universal(der, V_ASN1_SEQUENCE, &keys) &&
	       take_universal(&keys, V_ASN1_SEQUENCE, &key) && left(&keys) == 0 &&
	       take(&key, V_ASN1_CONTEXT_SPECIFIC, 0, true, &name) &&
	       take_universal(&name, V_ASN1_OCTET_STRING, &identifier) && left(&name) == 0 &&
	       take_octets(&key, WRAPPED_LEN) && left(&key) == 0;
}

/* Every one by key agreement. */
static bool take_recipients(struct der *der)
{
	struct der all, one;
	size_t n = 0;

	if (!take_universal(der, V_ASN1_SET, &all) || left(&all) > RECIPIENTS_LEN_MAX)
		return false;
	while (left(&all) > 0)
		if (++n > WEIR_EVIDENCE_RECIPIENTS_MAX ||
		    !take(&all, V_ASN1_CONTEXT_SPECIFIC, 1, true, &one) || !take_small(&one, 3) ||
		    !take_originator(&one) || !take_wrap(&one) || !take_wrapped(&one) ||
		    left(&one) > 0)
			return false;
	return n > 0;
}

static bool take_cipher(struct der *der)
{
	struct der algorithm, parameters;

	return take_universal(der, V_ASN1_SEQUENCE, &algorithm) &&
	       take_oid(&algorithm, aes_256_gcm, sizeof(aes_256_gcm)) &&
	       take_universal(&algorithm, V_ASN1_SEQUENCE, &parameters) && left(&algorithm) == 0 &&
	       take_octets(&parameters, NONCE_LEN) && take_small(&parameters, TAG_LEN) &&
	       left(&parameters) == 0;
}

static bool take_content(struct der *der)
{
	struct der info, encrypted;

	return take_universal(der, V_ASN1_SEQUENCE, &info) &&
	       take_oid(&info, plain_data, sizeof(plain_data)) && take_cipher(&info) &&
	       take(&info, V_ASN1_CONTEXT_SPECIFIC, 0, false, &encrypted) && left(&info) == 0 &&
	       left(&encrypted) > 0 && left(&encrypted) <= WEIR_EVIDENCE_PLAIN_MAX;
}

static bool has_form(struct der whole)
{
	struct der info, explicit, enveloped;

	return take_universal(&whole, V_ASN1_SEQUENCE, &info) && left(&whole) == 0 &&
	       take_oid(&info, auth_enveloped, sizeof(auth_enveloped)) &&
	       take(&info, V_ASN1_CONTEXT_SPECIFIC, 0, true, &explicit) && left(&info) == 0 &&
	       take_universal(&explicit, V_ASN1_SEQUENCE, &enveloped) && left(&explicit) == 0 &&
	       take_small(&enveloped, 0) && take_recipients(&enveloped) &&
	       take_content(&enveloped) && take_octets(&enveloped, TAG_LEN) &&
	       left(&enveloped) == 0;
}

int weir_evidence_check(const void *sealed, size_t len)
{
	const uint8_t *at = len ? sealed : (const uint8_t *)"";
	bool good;

	if (len > WEIR_EVIDENCE_SEALED_MAX)
		return -E2BIG;
	good = has_form((struct der){at, at + len});
	ERR_clear_error();
	return good ? 0 : -EBADMSG;
}
