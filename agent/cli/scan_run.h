/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CLI_SCAN_RUN_H
#define WEIR_CLI_SCAN_RUN_H

/* A scan from its first path to its last: walks, hands descriptors to the inspector, prints what comes
 * back or what is remembered. Never looks into a file's content itself. */

#include <stdint.h>

#include "scan_output.h"
#include "weir/base/macros.h"

#define WEIR_SCAN_JOBS_MAX 16

struct weir_scan_options {
	enum weir_scan_format format;
	unsigned jobs;
	uint32_t min_confidence;
	uint64_t max_bytes;    /* 0: the inspector's */
	const char *pdf, *ocr; /* programs; NULL: the inspector's, "": none */
	const char *policy;    /* NULL: none */
	const char *state_dir; /* NULL: nothing is remembered */
	bool state_named;      /* by the person: that it cannot be used is an error */
};

/* paths: NULL-terminated. The exit status: 0, 1, 2, or 128 and the signal that ended it. */
int weir_scan_run(const struct weir_scan_options *options, char *const *paths);

#endif
