/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_BOOK_H
#define WEIR_UNPACK_BOOK_H

/* What the sheets of a SpreadsheetML workbook share: strings, and which styles show dates. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow.h"
#include "xml.h"

#define WEIR_BOOK_STYLES 65536

struct weir_book {
	uint8_t *text; /* owned; WEIR_FLOW_PAD readable bytes behind the last */
	uint32_t *at;  /* owned; where each string starts; at[count]: the end */
	uint8_t *used; /* owned; a bit for each that a cell showed; NULL: none yet */
	uint32_t count;
	size_t text_size, at_size, max;
	bool full, from1904;
	uint32_t styles;
	uint8_t date[WEIR_BOOK_STYLES / 8];
};

/* max: bytes that strings may take. */
int weir_book_new(size_t max, struct weir_book **ret) _must_use_;
void weir_book_free(struct weir_book *book);
DEFINE_CLEANUP(weir_book_free, struct weir_book *);

/* From open documents: 0, what reading gave, -ENOMEM. Strings beyond max become lines of f; book->full. */
int weir_book_strings(struct weir_book *book, struct weir_xml *x, struct weir_flow *f) _must_use_;
int weir_book_styles(struct weir_book *book, struct weir_xml *x) _must_use_;
int weir_book_settings(struct weir_book *book, struct weir_xml *x) _must_use_;

/* The parts of these that other forms of a workbook share: after the last string; numbers of formats that
 * show dates (owned by the caller, WEIR_BOOK_STYLES bits); one of them; the next cell style's. */
int weir_book_seal(struct weir_book *book) _must_use_;
uint8_t *weir_book_date_ids(void);
void weir_book_date_id(uint8_t *ids, uint32_t id, bool date);
void weir_book_style(struct weir_book *book, const uint8_t *ids, uint32_t id);

/* A string, entities resolved, control characters as spaces. */
int weir_book_add(struct weir_book *book, const uint8_t *data, size_t len,
		  unsigned flags) _must_use_;
/* Ends it: the next one begins. 0 or -ENOMEM. */
int weir_book_next(struct weir_book *book) _must_use_;

/* String number i to f, marked as used. */
static inline void weir_book_show(struct weir_book *book, uint32_t i, struct weir_flow *f)
{
	if (i >= book->count)
		return;
	weir_flow_put(f, book->text + book->at[i], book->at[i + 1] - book->at[i]);
	book->used[i / 8] |= (uint8_t)(1 << i % 8);
}

/* Those that no cell showed, a line each. */
void weir_book_unused(struct weir_book *book, struct weir_flow *f);

static inline bool weir_book_is_date(const struct weir_book *book, uint32_t style)
{
	return style < WEIR_BOOK_STYLES && book->date[style / 8] >> style % 8 & 1;
}

/* A worksheet behind its outermost START: the rows as a table, the rest as text. */
int weir_book_sheet(struct weir_book *book, struct weir_xml *x, struct weir_flow *f) _must_use_;

#endif
