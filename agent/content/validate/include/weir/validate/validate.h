/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_VALIDATE_VALIDATE_H
#define WEIR_VALIDATE_VALIDATE_H

/* Checks of single values. Pure, no allocation, no table built at run time.
 *
 * A value comes in normal form: numbers and codes without separators and in upper case, ASCII
 * digits, a check character X in upper case; e-mail addresses in lower case; names, addresses and
 * secrets as they stand in the text (UTF-8). Any bytes may come: a wrong length or alphabet is
 * refused. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum weir_check {
	WEIR_CHECK_REFUSED = 0,
	WEIR_CHECK_ACCEPTED, /* shape, ranges and check digits hold */
	WEIR_CHECK_STRONG, /* and it is also in a table that random values miss (region, issuer) */
};

/* today is a date as the number yyyymmdd. */
typedef enum weir_check (*weir_check_fn)(const char *value, size_t len, uint32_t today);

/* NULL when there is none of that name. The names are the detector ids and a few algorithms that
 * custom detectors use: luhn, mod11_2, mod11_10, mod31, mod97, verhoeff. */
weir_check_fn weir_check_find(const char *name);

/* The name of the check with this number, NULL behind the last; for listing. */
const char *weir_check_name(size_t number);

/* A number that is typed as an example: the last eight digits count up or down or are all the same,
 * or it is a number published for tests. */
bool weir_check_placeholder(const char *value, size_t len);

/* The bytes of a province's name in hanzi that text begins with; 0: of none. */
size_t weir_check_province(const char *text, size_t len);

/* The date of now_ns (since 1970 UTC) in the zone that is first to have it (UTC+14), as yyyymmdd. */
uint32_t weir_check_today(uint64_t now_ns);

#endif
