/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_VALIDATE_CHECKS_H
#define WEIR_VALIDATE_CHECKS_H

/* Every check of this module, and the arithmetic that they share. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/validate/digits.h"
#include "weir/validate/validate.h"

/* name of the check, function behind it */
/* the formatter moves such a list at every run */
/* clang-format off */
#define WEIR_CHECKS(X) \
	X(cn_resident_id) X(payment_card) X(cn_mobile) X(cn_resident_id_15) \
	X(cn_residence_permit) X(cn_foreigner_id) X(hk_id) X(tw_id) \
	X(mo_id) X(cn_passport) X(cn_travel_permit) X(cn_landline) \
	X(bank_account) X(card_verification) X(card_track) X(cn_uscc) \
	X(cn_org_code) X(cn_plate) X(vin) X(insurance_policy) \
	X(insurance_claim) X(medical_record) X(cn_military_id) X(email) \
	X(cn_address) X(cn_name) X(birth_date) X(im_account) \
	X(iban) X(us_ssn) X(passport_mrz) X(imei) \
	X(ip_address) X(secret) X(secret_token) X(secret_pin) \
	X(cn_resident_id_mangled) X(payment_card_mangled) X(luhn) X(mod11_2) \
	X(mod11_10) X(mod31) X(mod97) X(verhoeff)
/* clang-format on */

#define WEIR_CHECK_DECLARE(name) \
	enum weir_check weir_check_##name(const char *value, size_t len, uint32_t today);
WEIR_CHECKS(WEIR_CHECK_DECLARE)
#undef WEIR_CHECK_DECLARE

static inline bool weir_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool weir_is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool weir_is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

/* At most 9 digits. */
static inline uint32_t weir_number(const char *s, size_t len)
{
	uint32_t n = 0;

	for (size_t i = 0; i < len; i++)
		n = n * 10 + (uint32_t)(s[i] - '0');
	return n;
}

static inline enum weir_check weir_accept_if(bool holds)
{
	return holds ? WEIR_CHECK_ACCEPTED : WEIR_CHECK_REFUSED;
}

bool weir_one_character(const char *s, size_t len);

/* Digits of at most five neighbouring values: what strokes, keys and votes are written with. One number
 * of sixteen digits in ten thousand is like that. */
bool weir_few_digits(const char *s, size_t len);

/* A day that exists. */
bool weir_calendar_date(uint32_t yyyymmdd);

/* A day that exists, from 1900 to today. */
bool weir_past_date(uint32_t yyyymmdd, uint32_t today);

/* The first two digits of a code of GB/T 2260. */
bool weir_region_province(uint32_t two);

/* Six digits that are plausible as a code of GB/T 2260, now or since 1980. */
bool weir_region_plausible(uint32_t six);

#endif
