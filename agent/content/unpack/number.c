/* SPDX-License-Identifier: Apache-2.0 */
#include "number.h"

#include <stdio.h>
#include <string.h>

#define DIGITS 40

struct decimal {
	char digit[DIGITS];
	size_t len;   /* of them */
	size_t point; /* of them before the point */
	int exponent;
	bool negative;
};

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* A whole decimal number, with or without an exponent. */
static bool read_decimal(const uint8_t *p, size_t len, struct decimal *d)
{
	const uint8_t *end = p + len;
	bool point = false, minus;

	*d = (struct decimal){.negative = len && *p == '-'};
	p += d->negative;
	for (; p < end && (is_digit(*p) || (*p == '.' && !point)); p++) {
		if (*p == '.') {
			point = true;
			d->point = d->len;
			continue;
		}
		if (d->len == DIGITS)
			return false;
		d->digit[d->len++] = (char)*p;
	}
	if (!point)
		d->point = d->len;
	if (d->len == 0)
		return false;
	if (p == end)
		return true;
	if ((*p | 0x20) != 'e')
		return false;
	p++;
	minus = p < end && *p == '-';
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	if (p == end || end - p > 3)
		return false;
	for (; p < end && is_digit(*p); p++)
		d->exponent = d->exponent * 10 + (*p - '0');
	if (minus)
		d->exponent = -d->exponent;
	return p == end;
}

size_t weir_number_expand(const uint8_t *in, size_t len, char out[static WEIR_NUMBER_TEXT])
{
	struct decimal d;
	size_t whole, n = 0;

	if (!memchr(in, 'E', len) && !memchr(in, 'e', len))
		return 0;
	if (!read_decimal(in, len, &d) || d.exponent <= 0)
		return 0;
	whole = d.point + (size_t)d.exponent;
	if (whole > DIGITS)
		return 0;
	if (d.negative)
		out[n++] = '-';
	for (size_t i = 0; i < whole || i < d.len; i++) {
		if (i == whole)
			out[n++] = '.';
		out[n++] = i < d.len ? d.digit[i] : '0';
	}
	return n;
}

/* Days since 1970-01-01 to a date, by eras of 400 years that begin in March. */
static void civil(int64_t days, int *year, unsigned *month, unsigned *day)
{
	int64_t z = days + 719468, era = z / 146097;
	unsigned of_era = (unsigned)(z - era * 146097);
	unsigned years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = of_era - (365 * years + years / 4 - years / 100);
	unsigned shifted = (5 * of_year + 2) / 153;

	*day = of_year - (153 * shifted + 2) / 5 + 1;
	*month = shifted < 10 ? shifted + 3 : shifted - 9;
	*year = (int)(years + (unsigned)(era * 400)) + (*month <= 2);
}

size_t weir_number_date(const uint8_t *in, size_t len, bool from1904,
			char out[static WEIR_NUMBER_TEXT])
{
	struct decimal d;
	uint64_t serial = 0, millionth = 0, second;
	int64_t days;
	unsigned month, day;
	int year, n;

	if (!read_decimal(in, len, &d) || d.negative || d.exponent != 0 || d.point > 7)
		return 0;
	for (size_t i = 0; i < d.point; i++)
		serial = serial * 10 + (uint64_t)(d.digit[i] - '0');
	for (size_t i = 0; i < 6; i++)
		millionth = millionth * 10 +
			    (d.point + i < d.len ? (uint64_t)(d.digit[d.point + i] - '0') : 0);
	if (serial < 1 || serial > 2958465)
		return 0;
	/* 1900 counts as a leap year there: days before March are one off */
	days = (int64_t)serial - (from1904 ? 24107 : serial < 60 ? 25568 : 25569);
	civil(days, &year, &month, &day);
	second = (millionth * 86400 + 500000) / 1000000;
	if (second == 0 || second >= 86400)
		n = snprintf(out, WEIR_NUMBER_TEXT, "%04d-%02u-%02u", year, month, day);
	else
		n = snprintf(out, WEIR_NUMBER_TEXT, "%04d-%02u-%02u %02u:%02u:%02u", year, month,
			     day, (unsigned)(second / 3600), (unsigned)(second / 60 % 60),
			     (unsigned)(second % 60));
	return (size_t)n;
}

bool weir_number_date_id(uint32_t id)
{
	return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) ||
	       (id >= 50 && id <= 58);
}

bool weir_number_date_code(const uint8_t *code, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t c = code[i] | 0x20;

		if (code[i] == '\\' || code[i] == '_' || code[i] == '*') {
			i++;
		} else if (code[i] == '"' || code[i] == '[') {
			const uint8_t *close =
				memchr(code + i + 1, code[i] == '"' ? '"' : ']', len - i - 1);

			if (!close)
				return false;
			i = (size_t)(close - code);
		} else if (c == 'y' || c == 'm' || c == 'd') {
			return true;
		}
	}
	return false;
}
