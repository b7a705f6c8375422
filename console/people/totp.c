/* SPDX-License-Identifier: Apache-2.0 */
#include <endian.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "weir/console_people/password.h"

#define SHA1_LEN 20

/* RFC 4226, 5.3: four bytes at a place that the last byte names. */
static int hotp(const uint8_t *secret, uint64_t counter, char ret[static WEIR_TOTP_DIGITS + 1])
{
	const uint64_t big = htobe64(counter);
	uint8_t mac[SHA1_LEN];
	unsigned len = sizeof(mac);
	uint32_t number;

	if (!HMAC(EVP_sha1(), secret, WEIR_TOTP_SECRET_LEN, (const unsigned char *)&big,
		  sizeof(big), mac, &len))
		return -ENOMEM;
	memcpy(&number, mac + (mac[SHA1_LEN - 1] & 15), sizeof(number));
	number = (be32toh(number) & INT32_MAX) % 1000000;
	(void)snprintf(ret, WEIR_TOTP_DIGITS + 1, "%06u", number);
	return 0;
}

int weir_totp_code(const uint8_t secret[static WEIR_TOTP_SECRET_LEN], uint64_t time_s,
		   char ret[static WEIR_TOTP_DIGITS + 1])
{
	return hotp(secret, time_s / WEIR_TOTP_STEP_S, ret);
}

/* All three steps are tried, whichever fits. */
int weir_totp_verify(const uint8_t secret[static WEIR_TOTP_SECRET_LEN], const char *code,
		     uint64_t time_s, uint64_t last_step, uint64_t *ret_step)
{
	const uint64_t now = time_s / WEIR_TOTP_STEP_S;
	uint64_t found = 0;

	if (strlen(code) != WEIR_TOTP_DIGITS || now == 0)
		return -EACCES;
	for (uint64_t step = now - 1; step <= now + 1; step++) {
		char wanted[WEIR_TOTP_DIGITS + 1];
		int r = hotp(secret, step, wanted);

		if (r < 0)
			return r;
		if (CRYPTO_memcmp(wanted, code, WEIR_TOTP_DIGITS) == 0 && step > last_step)
			found = step;
	}
	if (found == 0)
		return -EACCES;
	*ret_step = found;
	return 0;
}

/* 20 bytes are exactly 32 letters of five bits. */
void weir_totp_format(const uint8_t secret[static WEIR_TOTP_SECRET_LEN],
		      char ret[static WEIR_TOTP_TEXT])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint32_t bits = 0;
	unsigned n_bits = 0;
	char *p = ret;

	for (size_t i = 0; i < WEIR_TOTP_SECRET_LEN; i++) {
		bits = bits << 8 | secret[i];
		n_bits += 8;
		while (n_bits >= 5) {
			n_bits -= 5;
			*p++ = letters[bits >> n_bits & 31];
		}
	}
	*p = '\0';
}
