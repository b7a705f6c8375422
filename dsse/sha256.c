/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <openssl/evp.h>

#include "weir/dsse/envelope.h"

int weir_sha256(const void *data, size_t len, uint8_t ret[static WEIR_SHA256_LEN])
{
	return EVP_Digest(len ? data : "", len, ret, NULL, EVP_sha256(), NULL) == 1 ? 0 : -ENOMEM;
}
