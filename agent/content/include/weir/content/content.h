/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONTENT_CONTENT_H
#define WEIR_CONTENT_CONTENT_H

/* The content engine: bytes in, findings out. It opens nothing and waits for nothing; the clock and
 *the limits come in as arguments. An engine holds compiled patterns and scratch memory of a fixed
 *size (about 0.3 MiB, plus at most 1 MiB per detector that finds many distinct values). One thread
 *per engine.
 *
 * The bytes of one object go through begin, feed (any number of pieces), finish. What is found does
 *not depend on how the bytes were cut into pieces.
 *
 * What the status says
 *   complete	  text, and every byte of it was searched
 *   partial	  the byte limit, a pattern limit or weir_content_stop() ended it, or text with
 *binary data inside unscannable  archives, compressed, encrypted, office, PDF, image and program
 *files, UTF-16, and every other binary format: nothing unpacks or decodes these here. Their raw
 *bytes are searched all the same, and what shows up in them is reported, but finding nothing there
 *means nothing.
 *
 * Text is taken as UTF-8 or another encoding that keeps ASCII digits; malformed bytes do not stop a
 *search. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/hash.h"
#include "weir/base/macros.h"
#include "weir/findings/findings.h"

/* Distinct values of one detector are exact up to this many; what is beyond leaves the count
 * standing here. */
#define WEIR_CONTENT_DISTINCT_MAX 65536

struct weir_content;

struct weir_content_options {
	const uint8_t *key; /* WEIR_HASH_KEY_LEN bytes for counting distinct values; NULL: random */
	size_t window;	    /* bytes searched at once; 0: 128 KiB, at least 16 KiB. Findings do not
			       depend on it */
};

struct weir_content_request {
	uint64_t now_ns;	/* since 1970 UTC: a birth date after it is none */
	uint64_t max_bytes;	/* looked at, the rest makes it partial; 0: no limit */
	uint8_t min_confidence; /* findings below are left out of every count */
};

/* 0, -ENOMEM, -EINVAL (a pattern does not compile) or the error of the random source. options may
 * be NULL. Compiles to machine code where the system allows it, so it comes before a sandbox that
 * forbids executable memory. */
int weir_content_new(const struct weir_content_options *options,
		     struct weir_content **ret) _must_use_;
void weir_content_free(struct weir_content *content);
DEFINE_CLEANUP(weir_content_free, struct weir_content *);

/* Forgets what was under way and starts a new object. */
void weir_content_begin(struct weir_content *content, const struct weir_content_request *request);

/* 1: more is wanted; 0: the byte limit is passed, the rest need not come. -ENOMEM: distinct values
 * could not be kept, and weir_content_finish() will say so. */
int weir_content_feed(struct weir_content *content, const void *data, size_t len);

/* The caller ends it early: status is at best `status` with this reason. The first call wins. */
void weir_content_stop(struct weir_content *content, enum weir_scan_status status,
		       const char *reason);

/* Searches what is left and fills *ret. findings[] holds the first WEIR_FINDINGS_MAX by offset;
 * entries at and after count are not written. */
void weir_content_finish(struct weir_content *content, struct weir_findings *ret);

#endif
