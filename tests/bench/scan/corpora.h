/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_CORPORA_H
#define BENCH_CORPORA_H

/* What is scanned: made from this machine's own documentation and headers, or generated. The same
 * machine and size give the same bytes. All values of persons are made up. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"

enum corpus_kind {
	CORPUS_TEXT,
	CORPUS_CSV,
	CORPUS_LOGS,
	CORPUS_SOURCE,
	CORPUS_RANDOM,
	CORPUS_GB18030,
	CORPUS_UTF16,
	CORPORA
};

/* len bytes with 64 NULs around them, on a line of the cache as what is mapped or read in pages. */
struct corpus {
	uint8_t *room, *data; /* room owns */
	size_t len;
	size_t unique; /* text: bytes that are not repetition */
};

const char *corpus_name(enum corpus_kind kind);
int corpus_make(enum corpus_kind kind, size_t len, struct corpus *ret) _must_use_;
/* A text in another encoding. */
int corpus_encode(const struct corpus *text, const char *charset, struct corpus *ret) _must_use_;
void corpus_done(struct corpus *corpus);

#endif
