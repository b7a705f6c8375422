/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_NUMBER_H
#define WEIR_UNPACK_NUMBER_H

/* Numbers of spreadsheet cells, as a person would read them. Text in, text out, no floating point and no
 * locale. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_NUMBER_TEXT 64

/* "1.10101199003071E+17" as 110101199003071000: with a positive exponent and at most 40 digits. The length,
 * 0 when the number is not of that kind and stays as it is. */
size_t weir_number_expand(const uint8_t *in, size_t len, char out[static WEIR_NUMBER_TEXT]);

/* A serial date of a spreadsheet as yyyy-mm-dd, with hh:mm:ss when it has a time. The length, 0 when it is
 * no day before the year 10000. */
size_t weir_number_date(const uint8_t *in, size_t len, bool from1904,
			char out[static WEIR_NUMBER_TEXT]);

/* Number formats of a date, by number and by code. */
bool weir_number_date_id(uint32_t id);
bool weir_number_date_code(const uint8_t *code, size_t len);

#endif
