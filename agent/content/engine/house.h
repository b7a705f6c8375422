/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_HOUSE_H
#define WEIR_ENGINE_HOUSE_H

/* The forms of postal addresses, read by hand: a pattern tries up to forty beginnings of eighty characters
 * each, and addresses written back to back make that the whole cost. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/catalogue/catalogue.h"

#define WEIR_HOUSE_CHARACTERS 128

/* The characters of a stretch, as far as a form looks. */
struct weir_house {
	const uint8_t *data;
	size_t len;
	uint8_t count; /* characters that may stand in an address */
	uint8_t names; /* of these, from the first on, hanzi, letters and digits only */
	uint16_t at[WEIR_HOUSE_CHARACTERS + 1];
	int16_t last[WEIR_HOUSE_CHARACTERS]; /* the last mark of a house up to here; -1: none */
};

/* Where the stretch around the house number at data[at] begins. */
size_t weir_house_start(const uint8_t *data, size_t at);

void weir_house_read(struct weir_house *house, const uint8_t *data, size_t len);

/* What the form's pattern matches at data[0]: bytes from *ret_start to *ret_end are the value. reader:
 * one of enum weir_form_reader but none. */
bool weir_house_match(const struct weir_house *house, enum weir_form_reader reader,
		      size_t *ret_start, size_t *ret_end);

#endif
