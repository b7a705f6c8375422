/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONTENT_VALIDATE_H
#define WEIR_CONTENT_VALIDATE_H

/* Checks of single values, in normal form: ASCII digits without separators, a check character X in
 * upper case. Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* today is a date as the number yyyymmdd. */
typedef bool (*weir_validator_fn)(const char *value, size_t len, uint32_t today);

/* NULL when there is none of that name. */
weir_validator_fn weir_validator_find(const char *name);

/* GB 11643: 18 characters, a province of GB/T 2260, a real calendar date from 1900-01-01 to today,
 * and the check character of ISO 7064 MOD 11-2. */
bool weir_validate_cn_resident_id(const char *value, size_t len, uint32_t today);

/* ISO/IEC 7812: an issuer range with a length that it issues, Luhn's check digit, and not one digit
 * repeated. */
bool weir_validate_payment_card(const char *value, size_t len, uint32_t today);

/* Eleven digits in a range that is allocated to mobile subscribers. No check digit exists. */
bool weir_validate_cn_mobile(const char *value, size_t len, uint32_t today);

/* A number that is typed as an example: the last eight digits count up or down or are all the same,
 * or the operators' well-known service number. */
bool weir_validate_is_placeholder(const char *value, size_t len);

/* The date of now_ns in the zone that is first to have it (UTC+14), as yyyymmdd. */
uint32_t weir_validate_today(uint64_t now_ns);

#endif
