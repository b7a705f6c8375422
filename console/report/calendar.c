/* SPDX-License-Identifier: Apache-2.0 */
#include "calendar.h"

#include <stdlib.h>

#define FREE_MAX 366 /* days in a row without work; a table that says more is taken for wrong */

int64_t calendar_day_of(uint64_t time_ns)
{
	return (int64_t)((time_ns + CALENDAR_ZONE_NS) / CALENDAR_DAY_NS);
}

uint64_t calendar_start_of(int64_t day)
{
	return (uint64_t)day * CALENDAR_DAY_NS - CALENDAR_ZONE_NS;
}

static int compare(const void *key, const void *element)
{
	const int64_t day = *(const int64_t *)key;
	const struct calendar_day *other = element;

	return day < other->day ? -1 : day > other->day;
}

bool calendar_is_working(const struct calendar *calendar, int64_t day)
{
	const struct calendar_day *known = calendar->n ? bsearch(&day, calendar->days, calendar->n,
								 sizeof(*calendar->days), compare)
						       : NULL;

	if (known)
		return known->working;
	/* 1970-01-01 was a Thursday. */
	return (day + 3) % 7 < 5;
}

uint64_t calendar_after_working_days(const struct calendar *calendar, uint64_t time_ns, unsigned n)
{
	int64_t day = calendar_day_of(time_ns);
	unsigned unused = 0;

	while (n > 0) {
		day++;
		if (calendar_is_working(calendar, day) || ++unused > FREE_MAX) {
			n--;
			unused = 0;
		}
	}
	return calendar_start_of(day + 1);
}
