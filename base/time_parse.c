/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3339 in, strictly: nothing optional but the fraction. */

#include <errno.h>
#include <stdbool.h>
#include <time.h>

#include "weir/base/time.h"

/* n digits at *text, moved behind them; -1 when there are fewer. */
static int take_number(const char **text, unsigned n)
{
	int value = 0;

	for (; n; n--, (*text)++) {
		if (**text < '0' || **text > '9')
			return -1;
		value = value * 10 + (**text - '0');
	}
	return value;
}

static bool take_char(const char **text, const char *any)
{
	for (; *any; any++) {
		if (**text == *any) {
			(*text)++;
			return true;
		}
	}
	return false;
}

static bool take_date(const char **text, struct tm *tm)
{
	tm->tm_year = take_number(text, 4) - 1900;
	if (tm->tm_year < 70 || tm->tm_year > 361 || !take_char(text, "-"))
		return false;
	tm->tm_mon = take_number(text, 2) - 1;
	if (tm->tm_mon < 0 || tm->tm_mon > 11 || !take_char(text, "-"))
		return false;
	tm->tm_mday = take_number(text, 2);
	return tm->tm_mday >= 1 && tm->tm_mday <= 31 && take_char(text, "Tt ");
}

static bool take_clock(const char **text, struct tm *tm)
{
	tm->tm_hour = take_number(text, 2);
	if (tm->tm_hour < 0 || tm->tm_hour > 23 || !take_char(text, ":"))
		return false;
	tm->tm_min = take_number(text, 2);
	if (tm->tm_min < 0 || tm->tm_min > 59 || !take_char(text, ":"))
		return false;
	tm->tm_sec = take_number(text, 2);
	return tm->tm_sec >= 0 && tm->tm_sec <= 59;
}

/* Up to nine digits behind a dot. */
static bool take_fraction(const char **text, uint64_t *ret_ns)
{
	uint64_t ns = 0, unit = WEIR_NSEC_PER_SEC;

	*ret_ns = 0;
	if (!take_char(text, "."))
		return true;
	while (**text >= '0' && **text <= '9' && unit > 1) {
		unit /= 10;
		ns += unit * (uint64_t)(**text - '0');
		(*text)++;
	}
	*ret_ns = ns;
	return unit < WEIR_NSEC_PER_SEC;
}

/* Seconds to take off to get UTC. */
static bool take_offset(const char **text, int *ret_s)
{
	int sign, hours, minutes;

	*ret_s = 0;
	if (take_char(text, "Zz"))
		return true;
	sign = **text == '-' ? -1 : 1;
	if (!take_char(text, "+- "))
		return false;
	hours = take_number(text, 2);
	if (hours < 0 || hours > 23 || !take_char(text, ":"))
		return false;
	minutes = take_number(text, 2);
	*ret_s = sign * (hours * 3600 + minutes * 60);
	return minutes >= 0 && minutes <= 59;
}

int weir_time_parse(const char *text, uint64_t *ret_ns)
{
	struct tm tm = {};
	uint64_t fraction;
	int offset, day;
	time_t seconds;

	if (!take_date(&text, &tm) || !take_clock(&text, &tm) || !take_fraction(&text, &fraction) ||
	    !take_offset(&text, &offset) || *text)
		return -EINVAL;
	day = tm.tm_mday;
	seconds = timegm(&tm);
	/* The 31st of a month with 30 days comes back as another day. */
	if (tm.tm_mday != day || seconds < offset)
		return -EINVAL;
	*ret_ns = (uint64_t)(seconds - offset) * WEIR_NSEC_PER_SEC + fraction;
	return 0;
}
