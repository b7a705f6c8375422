/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/base/time.h"

#include <stdio.h>
#include <time.h>

static uint64_t now(clockid_t clock)
{
	struct timespec ts = {0};

	(void)clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * WEIR_NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

uint64_t weir_now_realtime(void)
{
	return now(CLOCK_REALTIME);
}

uint64_t weir_now_monotonic(void)
{
	return now(CLOCK_MONOTONIC);
}

uint64_t weir_now_boottime(void)
{
	return now(CLOCK_BOOTTIME);
}

void weir_time_format(uint64_t realtime_ns, char text[static WEIR_TIME_TEXT])
{
	time_t seconds = (time_t)(realtime_ns / WEIR_NSEC_PER_SEC);
	struct tm tm = {0};
	size_t len;

	(void)gmtime_r(&seconds, &tm);
	len = strftime(text, WEIR_TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(text + len, WEIR_TIME_TEXT - len, ".%03uZ",
		       (unsigned)(realtime_ns / WEIR_NSEC_PER_MSEC % 1000));
}
