/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_BIFF12_H
#define WEIR_UNPACK_BIFF12_H

/* Binary workbooks (xlsb): the parts of SpreadsheetML as records. */

#include "book.h"

/* Into book, as weir_book_strings() and its like: 0, what reading gave, -ENOMEM. */
int weir_biff12_strings(struct weir_unpack *u, const struct weir_bytes *bytes,
			struct weir_book *book) _must_use_;
int weir_biff12_styles(struct weir_unpack *u, const struct weir_bytes *bytes,
		       struct weir_book *book) _must_use_;
int weir_biff12_settings(struct weir_unpack *u, const struct weir_bytes *bytes,
			 struct weir_book *book) _must_use_;

/* Any other part: cells as a table, the strings in all other records as lines. */
int weir_biff12_part(struct weir_unpack *u, const struct weir_bytes *bytes, struct weir_book *book,
		     struct weir_flow *f) _must_use_;

#endif
