/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_ENGINES_H
#define BENCH_ENGINES_H

/* What is compared. Each scans all of the data once and counts. */

#include <stddef.h>
#include <stdint.h>

#include "patterns.h"
#include "weir/find/find.h"

/* limits.c: what no scanner can pass */
uint64_t limit_read(const uint8_t *data, size_t len);
uint64_t limit_memchr(const uint8_t *data, size_t len);

/* product.c: the words of the catalogue, each once */
struct word_list {
	const char **words; /* owned; the texts are not */
	size_t n;
};
int product_words(bool context, struct word_list *ret) _must_use_;
void word_list_done(struct word_list *list);

/* core.c: the finder and the twenty by hand. piece: bytes handed over at once, 0 for all. */
struct core;
/* words: NULL for those of the twenty */
int core_new(const char *variant, const struct word_list *words, unsigned places,
	     struct core **ret) _must_use_;
void core_free(struct core *core);
DEFINE_CLEANUP(core_free, struct core *);
const struct weir_finder *core_finder(const struct core *core);
uint64_t core_scan(struct core *core, const uint8_t *data, size_t len, size_t piece,
		   struct hits *hits);
/* Without the twenty; returns the candidates. */
uint64_t core_find(struct core *core, const uint8_t *data, size_t len);

/* pcre.c: each expression searched for by itself, compiled to machine code, checked */
struct pcre;
int pcre_new(struct pcre **ret) _must_use_;
void pcre_free(struct pcre *pcre);
DEFINE_CLEANUP(pcre_free, struct pcre *);
void pcre_scan(struct pcre *pcre, const uint8_t *data, size_t len, struct hits *hits);

/* hyperscan.c: loaded at run time, so that Vectorscan may stand in */
struct hyperscan;
int hyperscan_new(const char *library, struct hyperscan **ret) _must_use_;
void hyperscan_free(struct hyperscan *hs);
DEFINE_CLEANUP(hyperscan_free, struct hyperscan *);
void hyperscan_describe(const struct hyperscan *hs, char *out, size_t size);
uint64_t hyperscan_written(struct hyperscan *hs, const uint8_t *data, size_t len);
void hyperscan_tuned(struct hyperscan *hs, const uint8_t *data, size_t len, struct hits *hits);

/* re2.c: RE2::Set as written, 64 KiB at a time. -ENOTSUP when built without it. */
struct re2;
int re2_new(struct re2 **ret) _must_use_;
void re2_free(struct re2 *re2);
DEFINE_CLEANUP(re2_free, struct re2 *);
uint64_t re2_scan(struct re2 *re2, const uint8_t *data, size_t len);

/* full.c: the whole engine, through its public header */
struct full;
int full_new(struct full **ret) _must_use_;
void full_free(struct full *full);
DEFINE_CLEANUP(full_free, struct full *);
uint64_t full_scan(struct full *full, const uint8_t *data, size_t len);

#endif
