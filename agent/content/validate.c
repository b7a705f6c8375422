/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/content/validate.h"

#include <string.h>

#include "weir/base/macros.h"
#include "weir/base/time.h"

static bool all_digits(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

static uint32_t number(const char *s, size_t len)
{
	uint32_t n = 0;

	for (size_t i = 0; i < len; i++)
		n = n * 10 + (uint32_t)(s[i] - '0');
	return n;
}

static bool province(uint32_t code)
{
	switch (code) {
	case 11 ... 15:
	case 21 ... 23:
	case 31 ... 37:
	case 41 ... 46:
	case 50 ... 54:
	case 61 ... 65:
	case 71:
	case 81 ... 83:
		return true;
	default:
		return false;
	}
}

static bool calendar_date(uint32_t yyyymmdd)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	uint32_t year = yyyymmdd / 10000, month = yyyymmdd / 100 % 100, day = yyyymmdd % 100;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (uint32_t)(leap && month == 2);
}

bool weir_validate_cn_resident_id(const char *value, size_t len, uint32_t today)
{
	static const uint8_t weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
	uint32_t sum = 0, birth;

	if (len != 18 || !all_digits(value, 17))
		return false;
	if (!province(number(value, 2)))
		return false;
	birth = number(value + 6, 8);
	if (birth < 19000101 || birth > today || !calendar_date(birth))
		return false;
	for (size_t i = 0; i < 17; i++)
		sum += weights[i] * (uint32_t)(value[i] - '0');
	return value[17] == "10X98765432"[sum % 11];
}

#define LEN(n)	  (1U << (n))
#define LEN_16_19 (LEN(16) | LEN(17) | LEN(18) | LEN(19))
#define LEN_14_19 (LEN(14) | LEN(15) | LEN_16_19)

/* First digits, from..to, how many of them, and the card lengths that the scheme issues. Maestro's
 * wide ranges are left out: they admit nearly everything. */
static const struct issuer {
	uint32_t from, to;
	uint8_t digits;
	uint32_t lengths;
} issuers[] = {
	{4, 4, 1, LEN(13) | LEN(16) | LEN(19)}, /* Visa */
	{51, 55, 2, LEN(16)},			/* Mastercard */
	{2221, 2720, 4, LEN(16)},
	{34, 34, 2, LEN(15)}, /* American Express */
	{37, 37, 2, LEN(15)},
	{3528, 3589, 4, LEN_16_19}, /* JCB */
	{300, 305, 3, LEN_14_19},   /* Diners Club */
	{3095, 3095, 4, LEN_14_19},
	{36, 36, 2, LEN_14_19},
	{38, 39, 2, LEN_14_19},
	{6011, 6011, 4, LEN_16_19}, /* Discover */
	{644, 649, 3, LEN_16_19},
	{65, 65, 2, LEN_16_19},
	{62, 62, 2, LEN_16_19}, /* UnionPay */
	{81, 81, 2, LEN_16_19},
};

static bool issued(const char *value, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(issuers); i++) {
		uint32_t prefix = number(value, issuers[i].digits);

		if (prefix >= issuers[i].from && prefix <= issuers[i].to &&
		    issuers[i].lengths & LEN(len))
			return true;
	}
	return false;
}

static bool luhn(const char *value, size_t len)
{
	unsigned sum = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned digit = (unsigned)(value[len - 1 - i] - '0');

		if (i % 2)
			digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
		sum += digit;
	}
	return sum % 10 == 0;
}

static bool one_digit(const char *value, size_t len)
{
	for (size_t i = 1; i < len; i++)
		if (value[i] != value[0])
			return false;
	return true;
}

bool weir_validate_payment_card(const char *value, size_t len, uint32_t today)
{
	if (len < 13 || len > 19 || !all_digits(value, len))
		return false;
	return issued(value, len) && luhn(value, len) && !one_digit(value, len);
}

/* MIIT's allocation as of 2023; machine-to-machine numbers (140-144) are not people's. */
bool weir_validate_cn_mobile(const char *value, size_t len, uint32_t today)
{
	uint32_t three, fourth;

	if (len != 11 || !all_digits(value, len) || value[0] != '1')
		return false;
	three = number(value, 3);
	fourth = (uint32_t)(value[3] - '0');
	switch (three) {
	case 130 ... 139:
	case 145 ... 149:
	case 150 ... 153:
	case 155 ... 159:
	case 162:
	case 165 ... 167:
	case 170 ... 173:
	case 175 ... 178:
	case 180 ... 189:
	case 190 ... 193:
	case 195 ... 199:
		return true;
	case 161:
		return fourth == 9;
	case 174:
		return fourth == 0 || fourth == 9 || (fourth == 1 && value[4] <= '2');
	default:
		return false;
	}
}

bool weir_validate_is_placeholder(const char *value, size_t len)
{
	const char *tail;
	int step;

	if (len < 11 || !all_digits(value, len))
		return false;
	if (len == 11 && memcmp(value, "13800138000", 11) == 0)
		return true;
	tail = value + len - 8;
	step = tail[1] - tail[0];
	if (step < -1 || step > 1)
		return false;
	for (size_t i = 1; i < 8; i++)
		if (tail[i] - tail[i - 1] != step)
			return false;
	return true;
}

weir_validator_fn weir_validator_find(const char *name)
{
	static const struct {
		const char *name;
		weir_validator_fn fn;
	} validators[] = {
		{"cn_resident_id", weir_validate_cn_resident_id},
		{"payment_card", weir_validate_payment_card},
		{"cn_mobile", weir_validate_cn_mobile},
	};

	for (size_t i = 0; i < ARRAY_SIZE(validators); i++)
		if (strcmp(validators[i].name, name) == 0)
			return validators[i].fn;
	return NULL;
}

/* Days to a civil date: H. Hinnant's algorithm, with years that begin in March. */
uint32_t weir_validate_today(uint64_t now_ns)
{
	uint64_t days = (now_ns / WEIR_NSEC_PER_SEC + UINT64_C(14) * 3600) / 86400 + 719468;
	uint64_t era = days / 146097, doe = days % 146097;
	uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	uint64_t day = doy - (153 * mp + 2) / 5 + 1, month = mp < 10 ? mp + 3 : mp - 9;
	uint64_t year = yoe + era * 400 + (month <= 2);

	return (uint32_t)(year * 10000 + month * 100 + day);
}
