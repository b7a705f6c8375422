/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CLI_SCAN_STORED_H
#define WEIR_CLI_SCAN_STORED_H

/* Findings as text and back, for keeping them between runs: everything that is in struct weir_findings,
 * so masked values only. */

#include <stddef.h>

#include "weir/base/macros.h"
#include "weir/findings/findings.h"

/* Allocated; NULL without memory. */
char *weir_stored_write(const struct weir_findings *findings) _must_use_;

/* Takes any bytes: 0, -EINVAL (not what write made, or out of bounds) or -ENOMEM. *ret is undefined on
 * failure. */
int weir_stored_read(const char *data, size_t len, struct weir_findings *ret) _must_use_;

#endif
