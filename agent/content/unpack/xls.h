/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_XLS_H
#define WEIR_UNPACK_XLS_H

/* Values of an Excel workbook: strings, numbers, formats. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/view/charset.h"

struct weir_xls_book {
	unsigned version;	   /* of BIFF: 5 or 8 */
	enum weir_charset charset; /* of 8-bit text before BIFF8 */
	bool date1904;
	struct weir_buf shared; /* all shared strings, one behind the other, UTF-8 */
	uint32_t *ends;		/* where each ends */
	uint8_t *seen;		/* a bit for each that a cell has shown */
	uint32_t shared_count, shared_size;
	uint8_t *date_formats; /* a bit for each number of a format that writes a date */
	uint16_t *xfs;	       /* format of each cell style */
	uint32_t xf_count, xf_size;
};

void weir_xls_book_init(struct weir_xls_book *book);
void weir_xls_book_done(struct weir_xls_book *book);

/* A string with its length before it (a byte when short_length, else two), appended to out; what is cut
 * off is left out. 0, -ENOMEM, -ENOBUFS, -EBADMSG. */
int weir_xls_string(const struct weir_xls_book *book, const uint8_t *data, size_t len,
		    bool short_length, struct weir_buf *out) _must_use_;
/* Up to *count characters, which is what is left afterwards. */
int weir_xls_characters(const struct weir_xls_book *book, const uint8_t *data, size_t len,
			bool wide, size_t *count, struct weir_buf *out) _must_use_;

/* Gives the next continuation: 1, 0 when there is none, or negative. */
typedef int (*weir_xls_more_fn)(void *context, const uint8_t **ret, size_t *ret_len);
/* The table of shared strings. 0, -ENOMEM, -EBADMSG, -ENOBUFS (what came before counts), or what more
 * gave. */
int weir_xls_load_shared(struct weir_xls_book *book, const uint8_t *data, size_t len,
			 weir_xls_more_fn more, void *context) _must_use_;
/* A shared string, which counts as seen; NULL when there is none of that number. */
const char *weir_xls_shared(struct weir_xls_book *book, uint32_t index, size_t *ret_len);
/* The first one from *index on that was not seen; NULL. */
const char *weir_xls_unseen(const struct weir_xls_book *book, uint32_t *index, size_t *ret_len);

int weir_xls_add_format(struct weir_xls_book *book, const uint8_t *data, size_t len) _must_use_;
int weir_xls_add_xf(struct weir_xls_book *book, uint16_t format) _must_use_;

double weir_xls_rk(uint32_t rk);
/* A value as a person would write it: whole numbers with all their digits, dates as 2024-01-31. xf: the
 * cell's style. Returns the length. */
#define WEIR_XLS_NUMBER 352
size_t weir_xls_number(const struct weir_xls_book *book, uint16_t xf, double value,
		       char text[static WEIR_XLS_NUMBER]);

#endif
