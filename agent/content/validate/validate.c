/* SPDX-License-Identifier: Apache-2.0 */
/* The table of checks, and what every check needs: dates, numbers typed as an example. */

#include "weir/validate/validate.h"

#include <string.h>

#include "checks.h"
#include "weir/base/macros.h"
#include "weir/base/time.h"

static const struct {
	const char *name;
	weir_check_fn fn;
} checks[] = {
#define WEIR_CHECK_ROW(name) {#name, weir_check_##name},
	WEIR_CHECKS(WEIR_CHECK_ROW)
#undef WEIR_CHECK_ROW
};

weir_check_fn weir_check_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		if (strcmp(checks[i].name, name) == 0)
			return checks[i].fn;
	return NULL;
}

const char *weir_check_name(size_t number)
{
	return number < ARRAY_SIZE(checks) ? checks[number].name : NULL;
}

bool weir_one_character(const char *s, size_t len)
{
	for (size_t i = 1; i < len; i++)
		if (s[i] != s[0])
			return false;
	return true;
}

bool weir_few_digits(const char *s, size_t len)
{
	char low = '9', high = '0';

	if (!weir_all_digits(s, len))
		return false;
	for (size_t i = 0; i < len; i++) {
		low = WEIR_MIN(low, s[i]);
		high = WEIR_MAX(high, s[i]);
	}
	return high - low < 5;
}

bool weir_calendar_date(uint32_t yyyymmdd)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	uint32_t year = yyyymmdd / 10000, month = yyyymmdd / 100 % 100, day = yyyymmdd % 100;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (uint32_t)(leap && month == 2);
}

bool weir_past_date(uint32_t yyyymmdd, uint32_t today)
{
	return yyyymmdd >= 19000101 && yyyymmdd <= today && weir_calendar_date(yyyymmdd);
}

/* FNV-1a over 64 bits of numbers that schemes and standards publish as samples, so that none of
 * them stands here; in rising order. */
static const uint64_t published[] = {
	UINT64_C(0x0032990666d9f34b), UINT64_C(0x023397acc5677c71), UINT64_C(0x06d5573923c6cdfc),
	UINT64_C(0x0cc962c9111cbd14), UINT64_C(0x0f989797ed2dae82), UINT64_C(0x12962a1069a8d6cd),
	UINT64_C(0x1360b051b89aac09), UINT64_C(0x14fa13032914554d), UINT64_C(0x171a68f9c70fa7c1),
	UINT64_C(0x18ee04703e7005b9), UINT64_C(0x1ffb44e2bd8cb65b), UINT64_C(0x28c6df008bf33be3),
	UINT64_C(0x29a71a650a74eaac), UINT64_C(0x2bf99f0dbde9ad03), UINT64_C(0x2c45df891083d458),
	UINT64_C(0x2d21856ab329e12b), UINT64_C(0x2d795ac0699f817a), UINT64_C(0x3333da035c61493c),
	UINT64_C(0x3ab99ec589b73549), UINT64_C(0x3ca2d8967fdeed89), UINT64_C(0x3cf7575eec1f3e0b),
	UINT64_C(0x3fa8094cd15dc848), UINT64_C(0x44f05d9184455a19), UINT64_C(0x53e83f0f549afeec),
	UINT64_C(0x55af7a9270548a89), UINT64_C(0x5ecd84eb80c2b20b), UINT64_C(0x60d92892eab547bf),
	UINT64_C(0x67eae8bb89570d07), UINT64_C(0x6f3d63c98b48cfc3), UINT64_C(0x6f3d8ac98b491208),
	UINT64_C(0x756c455b581b38db), UINT64_C(0x79f3496097efb3ce), UINT64_C(0x7d6085f5b04b2982),
	UINT64_C(0x7e231a14728d8de6), UINT64_C(0x7f7608beecf07582), UINT64_C(0x8844ddbd306670b3),
	UINT64_C(0x9187a3637e97c47b), UINT64_C(0x9270504ebcea03dc), UINT64_C(0x949e95940e87c02d),
	UINT64_C(0x98e5e91594923b98), UINT64_C(0x99b4b559c6f8ebc0), UINT64_C(0x9eb566fe1005c845),
	UINT64_C(0x9fb77e709fbdd796), UINT64_C(0xa57446649a88a954), UINT64_C(0xaba291ab8df4098a),
	UINT64_C(0xafe3a2a7cc3660cc), UINT64_C(0xb0e5af95712c4ba0), UINT64_C(0xb1aeee47453abd92),
	UINT64_C(0xb1bc7c4745463938), UINT64_C(0xb6d21e05d4e3a77d), UINT64_C(0xbc92dcf02b056197),
	UINT64_C(0xbca484ed66f51e6c), UINT64_C(0xc23dd2fa847ee5eb), UINT64_C(0xc500421738618c10),
	UINT64_C(0xc53d7f6c097a50a5), UINT64_C(0xd583922762582b8f), UINT64_C(0xde1d31efafb398ac),
	UINT64_C(0xde6d5a3a04e75107), UINT64_C(0xde9b5aaca1376848), UINT64_C(0xe17187e0783bc9aa),
	UINT64_C(0xe31a9c9ad3e149cf), UINT64_C(0xe847d064e27a53ec), UINT64_C(0xe8adeef0d83ab8fb),
	UINT64_C(0xf2323261479eb99f), UINT64_C(0xf9949359275b7c3f),
};

static bool is_published(const char *value, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t low = 0, high = ARRAY_SIZE(published);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)value[i]) * UINT64_C(0x100000001b3);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (published[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ARRAY_SIZE(published) && published[low] == hash;
}

/* The digits count up or down by one, or stand still. */
static bool counting(const char *s, size_t len)
{
	int step = s[1] - s[0];

	if (step < -1 || step > 1)
		return false;
	for (size_t i = 1; i < len; i++)
		if (s[i] - s[i - 1] != step)
			return false;
	return true;
}

/* The same two or three digits again and again. */
static bool repeating(const char *s, size_t len, size_t period)
{
	return len >= 12 && weir_all_digits(s, len) && memcmp(s, s + period, len - period) == 0;
}

bool weir_check_placeholder(const char *value, size_t len)
{
	if (len < 8 || len > 64)
		return false;
	if (repeating(value, len, 2) || repeating(value, len, 3))
		return true;
	if (weir_all_digits(value + len - 8, 8)) {
		if (counting(value + len - 8, 8))
			return true;
		/* a check digit behind them */
		if (len >= 13 && weir_all_digits(value, len) && counting(value + len - 9, 8))
			return true;
	}
	return is_published(value, len);
}

/* Days to a civil date: H. Hinnant's algorithm, with years that begin in March. */
uint32_t weir_check_today(uint64_t now_ns)
{
	uint64_t days = (now_ns / WEIR_NSEC_PER_SEC + UINT64_C(14) * 3600) / 86400 + 719468;
	uint64_t era = days / 146097, doe = days % 146097;
	uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	uint64_t day = doy - (153 * mp + 2) / 5 + 1, month = mp < 10 ? mp + 3 : mp - 9;
	uint64_t year = yoe + era * 400 + (month <= 2);

	return (uint32_t)(year * 10000 + month * 100 + day);
}
