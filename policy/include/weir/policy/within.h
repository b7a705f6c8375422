/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICY_WITHIN_H
#define WEIR_POLICY_WITHIN_H

/* Counting over several files: what a policy asks for, and what its decisions are told of the files before. Who keeps count, and of
 * whom, is for the caller. */

#include <stdint.h>

#include "weir/findings/findings.h"

#define WEIR_WITHIN_TIMES  4	/* different ones in one policy */
#define WEIR_WITHIN_VALUES 4096 /* that a rule may ask for; so many are to be told apart */
#define WEIR_WITHIN_MIN_S  60
#define WEIR_WITHIN_MAX_S  604800

struct weir_policy;

/* What came within one of the times, besides the file that is decided on. */
struct weir_within {
	/* distinct values that the file does not hold, as struct weir_findings has its own */
	uint32_t others_from[WEIR_FINDINGS_DETECTORS][WEIR_CONFIDENCE_STEPS];
	uint64_t
		fresh; /* bit set of the detectors of which the file has a value that did not come before */
};

/* Time number i from 0 on, in seconds; 0 when there is no more. */
uint32_t weir_policy_within(const struct weir_policy *policy, unsigned i);

/* Bit set of the detectors whose values are counted over files, as numbered in findings. */
uint64_t weir_policy_within_detectors(const struct weir_policy *policy);

#endif
