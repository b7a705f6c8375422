/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_REPORT_CALENDAR_H
#define WEIR_CONSOLE_REPORT_CALENDAR_H

/* Days and weeks as they are counted in China: UTC+8, which has known no summer time since 1991.
 * Monday to Friday are working days unless the customer's table says otherwise, since the State
 * Council moves them every year. Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALENDAR_DAY_NS	 (UINT64_C(86400) * 1000000000)
#define CALENDAR_WEEK_NS (7 * CALENDAR_DAY_NS)
#define CALENDAR_ZONE_NS (UINT64_C(8) * 3600 * 1000000000)

/* A day that is not what its weekday says. */
struct calendar_day {
	int64_t day; /* since 1970-01-01 */
	bool working;
};

struct calendar {
	const struct calendar_day *days; /* by day, each once */
	size_t n;
};

int64_t calendar_day_of(uint64_t time_ns);
/* When the day begins. */
uint64_t calendar_start_of(int64_t day);

bool calendar_is_working(const struct calendar *calendar, int64_t day);

/* The end of the n-th working day after the day of time_ns, which itself does not count. */
uint64_t calendar_after_working_days(const struct calendar *calendar, uint64_t time_ns, unsigned n);

#endif
