/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BENCH_MAKE_H
#define WEIR_BENCH_MAKE_H

/* Documents of about the given size, with made-up rows and prose. */

#include <stdbool.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"

struct document {
	const char *name;
	struct weir_buf zip;
	size_t xml; /* bytes in its parts */
};

int bench_make_xlsx(struct document *d, size_t rows) _must_use_;
int bench_make_docx(struct document *d, size_t paragraphs) _must_use_;

#endif
