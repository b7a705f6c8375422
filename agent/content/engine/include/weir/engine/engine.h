/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_ENGINE_H
#define WEIR_ENGINE_ENGINE_H

/* The content engine: bytes in, findings out. It opens nothing and waits for nothing; the clock and
 * the limits come in as arguments. An engine holds compiled patterns and scratch memory (some 12
 * MiB of address space, most of it touched by dense text alone, plus at most 1 MiB per detector that
 * finds many distinct values). One thread per engine.
 *
 *	object -> texts in it (weir/unpack) -> UTF-8 (weir/view) -> places (weir/find) -> values
 *	(forms, checks) -> confidence (neighbours, words) -> columns, records, distinct values
 *
 * Each text is looked at as it stands, once more normalised where it holds anything that reads
 * differently (weir/view/normal.h), and what it holds in base64 or hexadecimal is looked at in turn.
 *
 * Results do not depend on how the bytes were cut into pieces.
 *
 * What the status says
 *   complete	  every byte was understood and searched
 *   partial	  a limit ended it, or something inside could not be read: reason says what
 *   unscannable  the object itself could not be read (encrypted, an image, an unknown format); its
 *		  raw bytes are searched all the same, but finding nothing there means nothing */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/hash.h"
#include "weir/base/macros.h"
#include "weir/catalogue/catalogue.h"
#include "weir/findings/excerpts.h"
#include "weir/findings/findings.h"
#include "weir/unpack/unpack.h"
#include "weir/view/charset.h"

/* Distinct values of one detector are exact up to this many; what is beyond leaves the count
 * standing here. */
#define WEIR_ENGINE_DISTINCT_MAX 65536

struct weir_engine;

struct weir_engine_options {
	const struct weir_catalogue *catalogue; /* borrowed; NULL: the built-in one */
	const uint8_t *key; /* WEIR_HASH_KEY_LEN bytes for counting distinct values; NULL: random */
};

struct weir_engine_request {
	uint64_t now_ns;	/* since 1970 UTC: a birth date after it is none */
	uint64_t max_bytes;	/* read of the object, the rest makes it partial; 0: no limit */
	uint8_t min_confidence; /* findings below are left out of every count; at least 50 */
	const uint8_t
		*key; /* WEIR_HASH_KEY_LEN bytes for telling distinct values; NULL: the engine's */
	enum weir_charset charset; /* of a text; WEIR_CHARSET_BYTES: found out */
	struct weir_unpack_request unpack;
	int (*tick)(
		void *context); /* asked now and then: 0, or -ETIMEDOUT to end it; may be NULL */
	void *tick_context;
};

/* 0, -ENOMEM, -EINVAL (a pattern does not compile) or the error of the random source. options may be
 * NULL. Compiles to machine code where the system allows it, so it comes before a sandbox that
 * forbids executable memory. */
int weir_engine_new(const struct weir_engine_options *options, struct weir_engine **ret) _must_use_;
void weir_engine_free(struct weir_engine *engine);
DEFINE_CLEANUP(weir_engine_free, struct weir_engine *);

/* One text that comes in pieces: begin, feed (any number of times), finish. Nothing is unpacked. */
void weir_engine_begin(struct weir_engine *engine, const struct weir_engine_request *request);
/* 1: more is wanted; 0: the byte limit is passed, the rest need not come; -ENOMEM. */
int weir_engine_feed(struct weir_engine *engine, const void *data, size_t len);
/* Fills *ret. findings[] holds the first WEIR_FINDINGS_MAX by part and offset; entries at and after
 * count are not written. */
void weir_engine_finish(struct weir_engine *engine, struct weir_findings *ret);

/* One object of any type. */
void weir_engine_scan(struct weir_engine *engine, const struct weir_engine_request *request,
		      const struct weir_bytes *bytes, struct weir_findings *ret);

/* What stands around the findings of weir_engine_scan(), of the same object by the same request right before: the surest first until ret
 * is full, told by part and offset. The object is read once more, so it is what stands there now; what cannot be told for sure
 * (texts of one name in it) is left out. */
void weir_engine_excerpts(struct weir_engine *engine, const struct weir_engine_request *request,
			  const struct weir_bytes *bytes, const struct weir_findings *findings,
			  struct weir_excerpts *ret);

#endif
