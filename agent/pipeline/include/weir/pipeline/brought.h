/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_PIPELINE_BROUGHT_H
#define WEIR_PIPELINE_BROUGHT_H

/* What each person has brought to each volume lately, so that a list in pieces is counted as one: distinct values by the hashes that the
 * inspector tells, never the values. In memory alone. Times are the caller's, of a clock that never goes back.
 *
 * Of one person at one volume WEIR_BROUGHT_VALUES are told apart, of WEIR_BROUGHT_PLACES such pairs; the oldest go, which is counted: of
 * values those of the detector that has most, so that many of one kind cannot push another out. One thread. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/findings/findings.h"
#include "weir/policy/within.h"

#define WEIR_BROUGHT_PLACES 64
#define WEIR_BROUGHT_VALUES WEIR_WITHIN_VALUES

struct weir_brought;

struct weir_brought_file {
	uint64_t volume, file; /* hashes of what they are */
	uint32_t person;
	uint64_t now_ns;
};

int weir_brought_new(struct weir_brought **ret) _must_use_;
void weir_brought_free(struct weir_brought *brought);
DEFINE_CLEANUP(weir_brought_free, struct weir_brought *);

/* What is counted from now on: n times, and the detectors. What was counted of others is forgotten. */
void weir_brought_set(struct weir_brought *brought, const uint32_t *seconds, unsigned n,
		      uint64_t detectors);

/* What this person has brought to this volume within each of the times, and what of that the file would add to. Borrowed until the next
 * call; NULL: nothing is counted. */
const struct weir_within *weir_brought_look(struct weir_brought *brought,
					    const struct weir_brought_file *file,
					    const struct weir_findings *findings);

/* The file is there and stays. Saved once more it counts once. */
void weir_brought_keep(struct weir_brought *brought, const struct weir_brought_file *file,
		       const struct weir_findings *findings);

/* Values that went although they counted, since the last call. */
uint64_t weir_brought_take_dropped(struct weir_brought *brought);

#endif
