/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_REPORT_PDF_TABLE_H
#define WEIR_REPORT_PDF_TABLE_H

#include <jansson.h>

#include "page.h"

/* The rows (objects with the members of the first) under a heading, which is repeated on each sheet.
 * Members beyond the 16th are left out. */
void table_draw(struct page *page, const json_t *rows, bool chinese);

#endif
