/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_FINDINGS_FINDINGS_H
#define WEIR_FINDINGS_FINDINGS_H

/* What looking at some bytes showed. Plain data; matched text is in it in its masked form alone. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_FINDINGS_MAX	1000 /* kept; what is beyond is counted */
#define WEIR_FINDINGS_DETECTORS 64
#define WEIR_MASKED_MAX		48
#define WEIR_DETECTOR_ID_MAX	32
#define WEIR_REASON_MAX		96
#define WEIR_FINDINGS_PARTS	64 /* names kept of the parts that findings lie in */
#define WEIR_PART_MAX		160
#define WEIR_FINDINGS_VALUES \
	128 /* told apart over several objects; what is beyond is counted alone */

/* Distinct values are counted by the confidence that they reach: step i is 50 + 5 * i and above. */
#define WEIR_CONFIDENCE_STEPS 11

enum weir_scan_status {
	WEIR_SCAN_COMPLETE = 1,
	WEIR_SCAN_PARTIAL, /* a limit ended it; what was found holds, what was not says nothing */
	WEIR_SCAN_UNSCANNABLE, /* encrypted, unknown, unreadable */
	WEIR_SCAN_ERROR,       /* the engine failed: worker died, time-out, no memory */
	_WEIR_SCAN_STATUS_MAX,
	_WEIR_SCAN_STATUS_INVALID = -22,
};

struct weir_finding {
	uint64_t offset;	      /* bytes from the start of the part */
	uint32_t length;	      /* bytes */
	uint16_t detector;	      /* index into the catalogue */
	uint8_t confidence;	      /* 0-100 */
	uint8_t part;		      /* index into parts; 0: the object itself */
	char masked[WEIR_MASKED_MAX]; /* UTF-8, NUL-terminated */
};

/* A distinct value, by the keyed hash that it was counted by: the same value has the same hash under one key. */
struct weir_value {
	uint64_t hash;
	uint8_t detector;
	uint8_t step; /* the last confidence step that it reached */
};

struct weir_findings {
	enum weir_scan_status status;
	uint8_t encrypted; /* 1: the object, or some of what lies in it; 0 or 1 */
	uint8_t recalled; /* 1: complete, nothing found, and known from before: the same bytes were searched; 0 or 1 */
	char reason[WEIR_REASON_MAX];	 /* why not complete; empty when complete */
	char type[WEIR_DETECTOR_ID_MAX]; /* "text/plain", "application/octet-stream" */
	uint64_t bytes;			 /* looked at */
	uint64_t records;		 /* lines or rows with at least one finding */
	uint64_t customers;		 /* records that hold a contact and an identity together */
	uint64_t total[WEIR_FINDINGS_DETECTORS]; /* matches per detector */
	uint32_t distinct
		[WEIR_FINDINGS_DETECTORS]; /* distinct values per detector, exact up to the engine's cap */
	uint32_t distinct_from[WEIR_FINDINGS_DETECTORS][WEIR_CONFIDENCE_STEPS]; /* of those, with at
										   least this
										   confidence */
	uint8_t best[WEIR_FINDINGS_DETECTORS]; /* highest confidence per detector */
	uint32_t
		values_count; /* kept below: of each detector those with the lowest hashes, so that the same ones are kept again */
	struct weir_value
		values[WEIR_FINDINGS_VALUES]; /* by detector, then hash; never the same twice */
	uint32_t parts_count;		      /* names kept; at least 1: parts[0] is "" */
	char parts[WEIR_FINDINGS_PARTS][WEIR_PART_MAX]; /* paths inside the object, UTF-8 */
	uint32_t count;					/* findings kept below */
	struct weir_finding findings[WEIR_FINDINGS_MAX];
};

/* Distinct values of a detector with at least this confidence, rounded up to the next step; below the
 * first step all of them. Findings that do not tell values apart by confidence (distinct_from all 0)
 * count whole or not at all, by the best one. */
static inline uint32_t weir_findings_distinct(const struct weir_findings *f, unsigned detector,
					      uint8_t min_confidence)
{
	unsigned step = min_confidence <= 50 ? 0 : (min_confidence - 50U + 4U) / 5U;

	if (detector >= WEIR_FINDINGS_DETECTORS || step >= WEIR_CONFIDENCE_STEPS)
		return 0;
	if (min_confidence < 50)
		return f->best[detector] >= min_confidence ? f->distinct[detector] : 0;
	if (f->distinct_from[detector][0] == 0)
		return f->best[detector] >= min_confidence ? f->distinct[detector] : 0;
	return f->distinct_from[detector][step];
}

#endif
