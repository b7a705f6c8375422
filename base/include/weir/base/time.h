/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_TIME_H
#define WEIR_BASE_TIME_H

/* Clocks, in nanoseconds. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"

#define WEIR_NSEC_PER_USEC UINT64_C(1000)
#define WEIR_NSEC_PER_MSEC UINT64_C(1000000)
#define WEIR_NSEC_PER_SEC  UINT64_C(1000000000)

uint64_t weir_now_realtime(void);  /* since 1970-01-01 UTC */
uint64_t weir_now_monotonic(void); /* CLOCK_MONOTONIC */
uint64_t weir_now_boottime(void);  /* CLOCK_BOOTTIME, the kernel records' clock */

/* RFC 3339 in UTC with milliseconds, "2026-11-22T08:15:30.123Z"; text needs WEIR_TIME_TEXT bytes.
 */
#define WEIR_TIME_TEXT 32
void weir_time_format(uint64_t realtime_ns, char text[static WEIR_TIME_TEXT]);

/* RFC 3339 with an offset, "2026-11-22T08:15:30.5+08:00" or "…Z", 1970 to 2261. 0, or -EINVAL with
 * *ret_ns untouched. */
int weir_time_parse(const char *text, uint64_t *ret_ns) _must_use_;

#endif
