/* SPDX-License-Identifier: Apache-2.0 */
/* One secret for a log-in, in the browser's cookie; what the provider is told are keyed hashes of it under
 * names of their own, of which none leads to another. */

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "internal.h"
#include "weir/dsse/envelope.h"

_Static_assert(OIDC_DERIVED_TEXT == (WEIR_SHA256_LEN * 8 + 5) / 6 + 1, "a hash in base64url fits");

static void write_base64url(const uint8_t hash[static WEIR_SHA256_LEN],
			    char ret[static OIDC_DERIVED_TEXT])
{
	unsigned char text[(WEIR_SHA256_LEN + 2) / 3 * 4 + 1];

	(void)EVP_EncodeBlock(text, hash, WEIR_SHA256_LEN);
	for (size_t i = 0; i < OIDC_DERIVED_TEXT - 1; i++)
		ret[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : (char)text[i];
	ret[OIDC_DERIVED_TEXT - 1] = '\0';
}

int oidc_derive(const char *secret, const char *purpose, char ret[static OIDC_DERIVED_TEXT])
{
	uint8_t mac[WEIR_SHA256_LEN];
	unsigned len = sizeof(mac);

	if (!HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)purpose,
		  strlen(purpose), mac, &len))
		return -ENOMEM;
	write_base64url(mac, ret);
	return 0;
}

int oidc_challenge(const char *verifier, char ret[static OIDC_DERIVED_TEXT])
{
	uint8_t hash[WEIR_SHA256_LEN];
	int r = weir_sha256(verifier, strlen(verifier), hash);

	if (r == 0)
		write_base64url(hash, ret);
	return r;
}
