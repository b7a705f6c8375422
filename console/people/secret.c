/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_people/secret.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "weir/dsse/envelope.h"

#define RANDOM_LEN 32
#define KIND_LEN   6

_Static_assert(sizeof(WEIR_SECRET_SESSION) == KIND_LEN + 1 &&
		       sizeof(WEIR_SECRET_TOKEN) == KIND_LEN + 1,
	       "one length for all prefixes");
_Static_assert(KIND_LEN + 2 * RANDOM_LEN + 1 <= WEIR_SECRET_TEXT, "a secret fits");

static void write_hex(const uint8_t *data, size_t len, char *text)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*text++ = hex[data[i] >> 4];
		*text++ = hex[data[i] & 15];
	}
	*text = '\0';
}

int weir_secret_make(const char *kind, char ret[static WEIR_SECRET_TEXT])
{
	uint8_t random[RANDOM_LEN];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -EIO;
	memcpy(ret, kind, KIND_LEN);
	write_hex(random, sizeof(random), ret + KIND_LEN);
	explicit_bzero(random, sizeof(random));
	return 0;
}

int weir_secret_hash(const char *kind, const char *text, uint8_t ret[static WEIR_SECRET_HASH])
{
	size_t len = strlen(text);

	if (len != KIND_LEN + 2 * RANDOM_LEN || memcmp(text, kind, KIND_LEN) != 0)
		return -EINVAL;
	return weir_sha256(text, len, ret);
}

int weir_csrf_make(const char *session, char ret[static WEIR_CSRF_TEXT])
{
	static const char purpose[] = "weir.csrf";
	uint8_t mac[WEIR_SECRET_HASH];
	unsigned len = sizeof(mac);

	if (!HMAC(EVP_sha256(), session, (int)strlen(session), (const unsigned char *)purpose,
		  sizeof(purpose), mac, &len))
		return -ENOMEM;
	write_hex(mac, sizeof(mac), ret);
	return 0;
}

bool weir_csrf_fits(const char *session, const char *shown)
{
	char wanted[WEIR_CSRF_TEXT];

	return strlen(shown) == sizeof(wanted) - 1 && weir_csrf_make(session, wanted) == 0 &&
	       CRYPTO_memcmp(shown, wanted, sizeof(wanted)) == 0;
}
