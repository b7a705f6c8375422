/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_CONSOLE_METRICS_EXPOSITION_H
#define WEIR_TEST_CONSOLE_METRICS_EXPOSITION_H

/* A reader of Prometheus' text format of its own, stricter than the format: the rules of promtool's linter for names and
 * help, whole families one behind the other, no series twice, buckets that grow and end with the count. */

#include <stdint.h>

/* NULL, or what is wrong; *ret_line (from 1) is where. */
const char *exposition_fault(const char *page, unsigned *ret_line);

/* The value of a series as it stands there ("weir_http_waiting", "weir_sink_behind{sink=\"a\",kind=\"file\"}"), or -1. */
int64_t exposition_value(const char *page, const char *series);

#endif
