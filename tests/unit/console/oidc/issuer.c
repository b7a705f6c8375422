/* SPDX-License-Identifier: Apache-2.0 */
#include "issuer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include "weir/base/parse.h"

EVP_PKEY *issuer_key(const char *kind)
{
	EVP_PKEY *key;
	uint32_t bits;

	if (weir_parse_u32(kind, &bits) == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
	else
		key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind);
	assert_non_null(key);
	return key;
}

void issuer_encode(const void *data, size_t len, struct weir_buf *buf)
{
	unsigned char text[ISSUER_TOKEN_MAX];
	int n;

	assert_true(len < sizeof(text) / 2);
	n = EVP_EncodeBlock(text, data, (int)len);
	for (int i = 0; i < n && text[i] != '='; i++) {
		char c = text[i] == '+' ? '-' : text[i] == '/' ? '_' : (char)text[i];

		assert_int_equal(weir_buf_append(buf, &c, 1), 0);
	}
}

static void add_number(EVP_PKEY *key, const char *name, const char *member, int size,
		       struct weir_buf *buf)
{
	unsigned char bytes[1024];
	BIGNUM *number = NULL;
	int len;

	assert_int_equal(EVP_PKEY_get_bn_param(key, name, &number), 1);
	len = size ? size : BN_num_bytes(number);
	assert_int_equal(BN_bn2binpad(number, bytes, len), len);
	BN_free(number);
	assert_int_equal(weir_buf_printf(buf, ",\"%s\":\"", member), 0);
	issuer_encode(bytes, (size_t)len, buf);
	assert_int_equal(weir_buf_puts(buf, "\""), 0);
}

void issuer_jwk(EVP_PKEY *key, const char *more, struct weir_buf *buf)
{
	const bool rsa = EVP_PKEY_is_a(key, "RSA") == 1;
	const int size = (EVP_PKEY_get_bits(key) + 7) / 8;

	assert_int_equal(weir_buf_printf(buf, "{\"kty\":\"%s\"%s%s", rsa ? "RSA" : "EC",
					 *more ? "," : "", more),
			 0);
	if (rsa) {
		add_number(key, OSSL_PKEY_PARAM_RSA_N, "n", 0, buf);
		add_number(key, OSSL_PKEY_PARAM_RSA_E, "e", 0, buf);
	} else {
		assert_int_equal(
			weir_buf_printf(buf, ",\"crv\":\"%s\"", size == 32 ? "P-256" : "P-384"), 0);
		add_number(key, OSSL_PKEY_PARAM_EC_PUB_X, "x", size, buf);
		add_number(key, OSSL_PKEY_PARAM_EC_PUB_Y, "y", size, buf);
	}
	assert_int_equal(weir_buf_puts(buf, "}"), 0);
}

/* JOSE has the two numbers of a signature side by side, OpenSSL has them in DER. */
static size_t flatten(unsigned char *signature, size_t len, int size)
{
	const unsigned char *p = signature;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &p, (long)len);

	assert_non_null(pair);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, size), size);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + size, size), size);
	ECDSA_SIG_free(pair);
	return 2 * (size_t)size;
}

static void sign(EVP_PKEY *key, struct weir_buf *buf)
{
	unsigned char signature[2048];
	size_t len = sizeof(signature);
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	assert_non_null(context);
	assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(
		EVP_DigestSign(context, signature, &len, (unsigned char *)buf->data, buf->len), 1);
	EVP_MD_CTX_free(context);
	if (!EVP_PKEY_is_a(key, "RSA"))
		len = flatten(signature, len, (EVP_PKEY_get_bits(key) + 7) / 8);
	assert_int_equal(weir_buf_puts(buf, "."), 0);
	issuer_encode(signature, len, buf);
}

void issuer_token(EVP_PKEY *key, const char *header, const char *claims, struct weir_buf *buf)
{
	weir_buf_clear(buf);
	issuer_encode(header, strlen(header), buf);
	assert_int_equal(weir_buf_puts(buf, "."), 0);
	issuer_encode(claims, strlen(claims), buf);
	if (key)
		sign(key, buf);
	else
		assert_int_equal(weir_buf_puts(buf, "."), 0);
}
