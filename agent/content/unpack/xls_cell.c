/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "little.h"
#include "xls.h"

double weir_xls_rk(uint32_t rk)
{
	double value;

	if (rk & 2) {
		value = (double)((int32_t)rk >> 2);
	} else {
		uint64_t bits = (uint64_t)(rk & 0xfffffffcU) << 32;

		memcpy(&value, &bits, sizeof(value));
	}
	return rk & 1 ? value / 100 : value;
}

static bool is_date(const struct weir_xls_book *book, uint16_t xf)
{
	unsigned format = xf < book->xf_count ? book->xfs[xf] : 0;

	if (book->date_formats && book->date_formats[format / 8] & 1 << format % 8)
		return true;
	return (format >= 14 && format <= 22) || (format >= 27 && format <= 36) ||
	       (format >= 45 && format <= 47) || (format >= 50 && format <= 58);
}

/* Days since 1970-01-01 to a calendar date. Counted from a first of March, so that the day that leap
 * years add comes last. */
static void civil(int days, int *year, int *month, int *day)
{
	int from = days + 719468; /* since 0000-03-01 */
	int era = from / 146097, in_era = from % 146097;
	int y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int in_year = in_era - (365 * y + y / 4 - y / 100);
	int m = (5 * in_year + 2) / 153;

	*day = in_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = y + era * 400 + (*month <= 2 ? 1 : 0);
}

static size_t date(const struct weir_xls_book *book, double value, char *text)
{
	double whole = floor(value);
	int seconds = (int)((value - whole) * 86400 + 0.5);
	int days, year, month, day, n;

	/* day 60 of 1900 is one that never was */
	days = (int)whole + (book->date1904 ? 1462 : 0);
	days += days < 60 ? 1 : 0;
	civil(days - 25569, &year, &month, &day);
	if (seconds >= 86400)
		seconds = 86399;
	n = snprintf(text, WEIR_XLS_NUMBER, "%04d-%02d-%02d", year, month, day);
	if (seconds > 0)
		n += snprintf(text + n, WEIR_XLS_NUMBER - (size_t)n, " %02d:%02d:%02d",
			      seconds / 3600, seconds / 60 % 60, seconds % 60);
	return (size_t)n;
}

/* The shortest digits that give the same value again, then zeros: what was typed as a long number
 * keeps the digits that Excel kept, and no others appear. */
static size_t whole_number(double value, char *text)
{
	char digits[32];
	int exponent, n, from = value < 0 ? 1 : 0;
	size_t len = 0;

	for (int precision = 15; precision <= 17; precision++) {
		(void)snprintf(digits, sizeof(digits), "%.*e", precision - 1, value);
		if (strtod(digits, NULL) == value)
			break;
	}
	n = (int)strcspn(digits, "e");
	exponent = 0;
	for (const char *p = digits + n + 2; *p; p++)
		exponent = exponent * 10 + (*p - '0');
	if (from)
		text[len++] = '-';
	for (int i = from; i < n && exponent >= 0; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			continue;
		text[len++] = digits[i];
		exponent--;
	}
	for (; exponent >= 0; exponent--)
		text[len++] = '0';
	text[len] = '\0';
	return len;
}

size_t weir_xls_number(const struct weir_xls_book *book, uint16_t xf, double value,
		       char text[static WEIR_XLS_NUMBER])
{
	if (isfinite(value) && value >= 1 && value < 2958466 && is_date(book, xf))
		return date(book, value, text);
	if (isfinite(value) && fabs(value) < 1e22 && value == floor(value) && fabs(value) >= 1e15)
		return whole_number(value, text);
	return (size_t)snprintf(text, WEIR_XLS_NUMBER, "%.15g", value);
}
