/* SPDX-License-Identifier: Apache-2.0 */
/* Identity documents of Hong Kong, Macau, Taiwan and abroad, and travel documents. */

#include <string.h>

#include "checks.h"

/* One or two letters, six digits, a check character; a missing first letter counts as 36. */
enum weir_check weir_check_hk_id(const char *value, size_t len, uint32_t today)
{
	size_t letters = len == 9 ? 2 : 1;
	unsigned sum = 0, weight = 9;

	(void)today;
	if ((len != 8 && len != 9) || !weir_all_digits(value + letters, 6) ||
	    weir_one_character(value + letters, 6))
		return WEIR_CHECK_REFUSED;
	if (letters == 1)
		sum += 36 * weight--;
	for (size_t i = 0; i < letters; i++) {
		if (!weir_is_upper(value[i]))
			return WEIR_CHECK_REFUSED;
		sum += (unsigned)(value[i] - 'A' + 10) * weight--;
	}
	for (size_t i = 0; i < 6; i++)
		sum += (unsigned)(value[letters + i] - '0') * weight--;
	if (value[len - 1] == 'A')
		sum += 10;
	else if (weir_is_digit(value[len - 1]))
		sum += (unsigned)(value[len - 1] - '0');
	else
		return WEIR_CHECK_REFUSED;
	return weir_accept_if(sum % 11 == 0);
}

/* The letter is a number of two digits; the second sign is a digit, or a letter in the old numbers
 * of residents from abroad, of which the last digit of its number counts. */
enum weir_check weir_check_tw_id(const char *value, size_t len, uint32_t today)
{
	static const uint8_t letters[26] = {10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21,
					    22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33};
	unsigned n, sum;

	(void)today;
	if (len != 10 || !weir_is_upper(value[0]) || !weir_all_digits(value + 2, 8) ||
	    weir_one_character(value + 2, 8))
		return WEIR_CHECK_REFUSED;
	n = letters[value[0] - 'A'];
	sum = n / 10 + n % 10 * 9;
	if (value[1] >= 'A' && value[1] <= 'D')
		sum += letters[value[1] - 'A'] % 10 * 8U;
	else if (value[1] == '1' || value[1] == '2' || value[1] == '8' || value[1] == '9')
		sum += (unsigned)(value[1] - '0') * 8;
	else
		return WEIR_CHECK_REFUSED;
	for (unsigned i = 2; i < 9; i++)
		sum += (unsigned)(value[i] - '0') * (9 - i);
	sum += (unsigned)(value[9] - '0');
	return weir_accept_if(sum % 10 == 0);
}

enum weir_check weir_check_mo_id(const char *value, size_t len, uint32_t today)
{
	(void)today;
	return weir_accept_if(len == 8 && weir_all_digits(value, len) &&
			      (value[0] == '1' || value[0] == '5' || value[0] == '7') &&
			      !weir_one_character(value, len));
}

/* Eight digits that read as a day belong to a version or a date, not to a document. */
static bool a_day(const char *digits)
{
	uint32_t n = weir_number(digits, 8);

	return n >= 19500101 && n <= 20991231 && weir_calendar_date(n);
}

static bool series_letter(char c)
{
	return weir_is_upper(c) && c != 'I' && c != 'O';
}

/* Letters, then that many digits, to the end. */
static bool shaped(const char *value, size_t len, const char *letters, size_t digits)
{
	size_t n = strlen(letters);

	return len == n + digits && memcmp(value, letters, n) == 0 &&
	       weir_all_digits(value + n, digits) && !weir_one_character(value + n, digits) &&
	       !(digits == 8 && a_day(value + n));
}

enum weir_check weir_check_cn_passport(const char *value, size_t len, uint32_t today)
{
	static const struct {
		const char *letters;
		uint8_t digits;
	} shapes[] = {{"E", 8}, {"G", 8},  {"14", 7}, {"15", 7}, {"PE", 7}, {"P", 7},
		      {"P", 8}, {"SE", 7}, {"S", 7},  {"S", 8},	 {"DE", 7}, {"D", 7},
		      {"D", 8}, {"K", 8},  {"KJ", 7}, {"H", 8},	 {"MA", 7}};

	(void)today;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (shaped(value, len, shapes[i].letters, shapes[i].digits))
			return WEIR_CHECK_ACCEPTED;
	return weir_accept_if(len == 9 && value[0] == 'E' && series_letter(value[1]) &&
			      weir_all_digits(value + 2, 7) && !weir_one_character(value + 2, 7));
}

enum weir_check weir_check_cn_travel_permit(const char *value, size_t len, uint32_t today)
{
	(void)today;
	if (len == 8)
		return weir_accept_if(shaped(value, len, "", 8));
	if (len == 9 && value[0] == 'C' && series_letter(value[1]))
		return weir_accept_if(weir_all_digits(value + 2, 7) &&
				      !weir_one_character(value + 2, 7));
	if (len == 9 && value[0] && strchr("HMCW", value[0]))
		return weir_accept_if(shaped(value + 1, 8, "", 8));
	if (len == 11 && (value[0] == 'H' || value[0] == 'M'))
		return weir_accept_if(shaped(value + 1, 10, "", 10));
	return weir_accept_if(len == 11 && weir_all_digits(value, 10) && weir_is_upper(value[10]) &&
			      !weir_one_character(value, 10));
}

enum weir_check weir_check_us_ssn(const char *value, size_t len, uint32_t today)
{
	uint32_t area;

	(void)today;
	if (len != 9 || !weir_all_digits(value, len) || weir_one_character(value, len))
		return WEIR_CHECK_REFUSED;
	area = weir_number(value, 3);
	/* 123-45-..., 111-22-...: typed as an example */
	if (area == 123 || (weir_one_character(value, 3) && value[3] == value[4]))
		return WEIR_CHECK_REFUSED;
	return weir_accept_if(area != 0 && area != 666 && area < 900 &&
			      weir_number(value + 3, 2) != 0 && weir_number(value + 5, 4) != 0);
}

#define MRZ_MAX 90

static int mrz_value(char c)
{
	if (weir_is_digit(c))
		return c - '0';
	if (weir_is_upper(c))
		return c - 'A' + 10;
	return c == '<' ? 0 : -1;
}

/* A field and the check digit behind it; the composite of several fields goes on from sum. */
struct mrz_sum {
	unsigned sum, at;
};

static bool mrz_add(struct mrz_sum *s, const char *field, size_t len)
{
	static const uint8_t weights[3] = {7, 3, 1};

	for (size_t i = 0; i < len; i++) {
		int v = mrz_value(field[i]);

		if (v < 0)
			return false;
		s->sum += weights[s->at++ % 3] * (unsigned)v;
	}
	return true;
}

static bool mrz_field(const char *field, size_t len)
{
	struct mrz_sum s = {0};

	return mrz_add(&s, field, len) && (unsigned)mrz_value(field[len]) == s.sum % 10;
}

static bool mrz_composite(const struct mrz_sum *s, char check)
{
	return weir_is_digit(check) && (unsigned)(check - '0') == s->sum % 10;
}

/* Two lines of n: number, nationality, birth, sex, expiry, optional data, composite. */
static bool mrz_two_lines(const char *text, size_t n)
{
	const char *second = text + n;
	struct mrz_sum all = {0};

	if (!mrz_field(second, 9) || !mrz_field(second + 13, 6) || !mrz_field(second + 21, 6))
		return false;
	return mrz_add(&all, second, 10) && mrz_add(&all, second + 13, 7) &&
	       mrz_add(&all, second + 21, n - 22) && mrz_composite(&all, second[n - 1]);
}

static bool mrz_three_lines(const char *text)
{
	const char *second = text + 30;
	struct mrz_sum all = {0};

	if (!mrz_field(text + 5, 9) || !mrz_field(second, 6) || !mrz_field(second + 8, 6))
		return false;
	return mrz_add(&all, text + 5, 25) && mrz_add(&all, second, 7) &&
	       mrz_add(&all, second + 8, 7) && mrz_add(&all, second + 18, 11) &&
	       mrz_composite(&all, second[29]);
}

/* ICAO 9303: TD3 of 2 x 44, TD2 of 2 x 36, TD1 of 3 x 30; line ends are skipped. */
enum weir_check weir_check_passport_mrz(const char *value, size_t len, uint32_t today)
{
	char text[MRZ_MAX];
	size_t n = 0;

	(void)today;
	for (size_t i = 0; i < len; i++) {
		if (value[i] == '\r' || value[i] == '\n' || value[i] == ' ')
			continue;
		if (n >= MRZ_MAX || mrz_value(value[i]) < 0)
			return WEIR_CHECK_REFUSED;
		text[n++] = value[i];
	}
	switch (n) {
	case 88:
		return mrz_two_lines(text, 44) ? WEIR_CHECK_STRONG : WEIR_CHECK_REFUSED;
	case 72:
		return mrz_two_lines(text, 36) ? WEIR_CHECK_STRONG : WEIR_CHECK_REFUSED;
	case 90:
		return mrz_three_lines(text) ? WEIR_CHECK_STRONG : WEIR_CHECK_REFUSED;
	default:
		return WEIR_CHECK_REFUSED;
	}
}
