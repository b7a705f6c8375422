/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CLI_SCAN_OUTPUT_H
#define WEIR_CLI_SCAN_OUTPUT_H

/* The three forms in which weir scan prints what it found, to standard output, one file at a time.
 * Only masked text. */

#include <stdbool.h>
#include <stddef.h>

#include "weir/base/macros.h"
#include "weir/findings/custom.h"
#include "weir/findings/findings.h"

#define WEIR_SCAN_CLASSES 64

enum weir_scan_format {
	WEIR_SCAN_TEXT,
	WEIR_SCAN_JSON,
	WEIR_SCAN_SARIF,
};

struct weir_scan_result {
	const char *path; /* any bytes */
	const struct weir_findings *findings;
	const char *classes[WEIR_SCAN_CLASSES]; /* names; without a policy none */
	size_t class_count;
	const char *verdict, *rule; /* NULL without a policy */
};

struct weir_scan_printer {
	enum weir_scan_format format;
	const struct weir_custom *customs; /* the policy's own detectors */
	size_t n_customs;
	bool printed; /* something stands before the next result */
};

/* 0 or a negative errno of the output. */
int weir_scan_print_begin(struct weir_scan_printer *printer) _must_use_;
int weir_scan_print(struct weir_scan_printer *printer,
		    const struct weir_scan_result *result) _must_use_;
/* Whether anything of this result will be printed. */
bool weir_scan_print_shows(const struct weir_scan_printer *printer,
			   const struct weir_scan_result *result);
int weir_scan_print_end(struct weir_scan_printer *printer) _must_use_;

#endif
