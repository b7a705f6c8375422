/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

#include "weir/unlock/unlock.h"

int weir_unlock_fingerprint(const char *const *texts, size_t n,
			    uint8_t ret[static WEIR_UNLOCK_FINGERPRINT])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

	/* With the NUL, so that where one ends and the next begins counts too. */
	for (size_t i = 0; good && i < n; i++)
		good = EVP_DigestUpdate(context, texts[i], strlen(texts[i]) + 1) == 1;
	good = good && EVP_DigestFinal_ex(context, ret, NULL) == 1;
	EVP_MD_CTX_free(context);
	return good ? 0 : -ENOMEM;
}
