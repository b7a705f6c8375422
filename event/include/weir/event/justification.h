/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EVENT_JUSTIFICATION_H
#define WEIR_EVENT_JUSTIFICATION_H

/* The reason that a person gave for what a rule of warn had refused. */

#include <stdbool.h>
#include <stdint.h>

#define WEIR_JUSTIFICATION_MIN	 4 /* characters that are not blank */
#define WEIR_JUSTIFICATION_MAX	 500
#define WEIR_JUSTIFICATION_BYTES (4 * WEIR_JUSTIFICATION_MAX + 1)

struct weir_justification {
	uint64_t refusal; /* its number, as the person was shown it */
	uint64_t time_ns; /* when the reason was given, since 1970 UTC */
	uint32_t uid;	  /* by whom */
	char reason[WEIR_JUSTIFICATION_BYTES];
};

/* UTF-8 of that length without control characters, line ends and marks that change the direction of
 * writing. */
bool weir_reason_valid(const char *text);

#endif
