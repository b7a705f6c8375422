/* SPDX-License-Identifier: Apache-2.0 */
/* Cards and accounts, and the check formulas of their numbers. */

#include <string.h>

#include "checks.h"
#include "weir/base/macros.h"

#define LEN(n)	  (1U << (n))
#define LEN_16_19 (LEN(16) | LEN(17) | LEN(18) | LEN(19))
#define LEN_14_19 (LEN(14) | LEN(15) | LEN_16_19)

/* First digits, from..to, how many of them, the lengths that the scheme issues, and those of them
 * that are common today: only these count as strong. Maestro's wide ranges are left out: they admit
 * nearly everything. */
static const struct issuer {
	uint32_t from, to;
	uint8_t digits;
	uint32_t lengths, common;
} issuers[] = {
	{4, 4, 1, LEN(13) | LEN(16) | LEN(19), LEN(16)}, /* Visa */
	{51, 55, 2, LEN(16), LEN(16)},			 /* Mastercard */
	{2221, 2720, 4, LEN(16), LEN(16)},
	{34, 34, 2, LEN(15), LEN(15)}, /* American Express */
	{37, 37, 2, LEN(15), LEN(15)},
	{3528, 3589, 4, LEN_16_19, LEN(16)}, /* JCB */
	{300, 305, 3, LEN_14_19, 0},	     /* Diners Club */
	{3095, 3095, 4, LEN_14_19, 0},
	{36, 36, 2, LEN_14_19, 0},
	{38, 39, 2, LEN_14_19, 0},
	{6011, 6011, 4, LEN_16_19, LEN(16)}, /* Discover */
	{644, 649, 3, LEN_16_19, LEN(16)},
	{65, 65, 2, LEN_16_19, 0},
	{62, 62, 2, LEN_16_19, LEN(16) | LEN(19)}, /* UnionPay */
	{81, 81, 2, LEN_16_19, 0},
	{60, 60, 2, LEN_16_19, 0}, /* domestic cards from before UnionPay's numbers */
	{69, 69, 2, LEN_16_19, 0},
	{84, 84, 2, LEN_16_19, 0},
	{87, 87, 2, LEN_16_19, 0},
	{90, 99, 2, LEN_16_19, 0},
};

static enum weir_check issuer(const char *value, size_t len)
{
	enum weir_check best = WEIR_CHECK_REFUSED;

	for (size_t i = 0; i < ARRAY_SIZE(issuers); i++) {
		uint32_t prefix = weir_number(value, issuers[i].digits);

		if (prefix < issuers[i].from || prefix > issuers[i].to)
			continue;
		if (issuers[i].common & LEN(len))
			return WEIR_CHECK_STRONG;
		if (issuers[i].lengths & LEN(len))
			best = WEIR_CHECK_ACCEPTED;
	}
	return best;
}

/* Four numbers of a table that go up or down in small steps, as in lists of code points. */
static bool neighbouring_groups(const char *value, size_t len)
{
	for (size_t i = 4; len == 16 && i < 16; i += 4) {
		int step = (int)weir_number(value + i, 4) - (int)weir_number(value + i - 4, 4);

		if (step < -100 || step > 100)
			return false;
	}
	return len == 16;
}

enum weir_check weir_check_payment_card(const char *value, size_t len, uint32_t today)
{
	enum weir_check verdict;

	(void)today;
	if (len < 13 || len > 19 || !weir_all_digits(value, len) || weir_one_character(value, len))
		return WEIR_CHECK_REFUSED;
	if (!weir_luhn_holds(value, len) || neighbouring_groups(value, len))
		return WEIR_CHECK_REFUSED;
	verdict = issuer(value, len);
	return verdict == WEIR_CHECK_STRONG && weir_few_digits(value, len) ? WEIR_CHECK_ACCEPTED
									   : verdict;
}

/* What a spreadsheet leaves of nineteen digits: fifteen of them, then 0000 or an exponent. */
enum weir_check weir_check_payment_card_mangled(const char *value, size_t len, uint32_t today)
{
	(void)today;
	if (len < 17 || len > 19 || !weir_all_digits(value, 14))
		return WEIR_CHECK_REFUSED;
	if (len == 19 ? !weir_all_digits(value, 15) || memcmp(value + 15, "0000", 4) != 0
		      : memcmp(value + len - 3, "E18", 3) != 0 || !weir_all_digits(value, len - 3))
		return WEIR_CHECK_REFUSED;
	return weir_accept_if(!weir_one_character(value, 14) &&
			      issuer(value, 19) == WEIR_CHECK_STRONG);
}

/* "digits^name^yymm..." or "digits=yymm...", where D may stand for '='. */
enum weir_check weir_check_card_track(const char *value, size_t len, uint32_t today)
{
	size_t digits = 0, month;

	(void)today;
	if (len > 0 && value[0] == 'B') {
		value++;
		len--;
	}
	while (digits < len && weir_is_digit(value[digits]))
		digits++;
	if (digits < 13 || digits > 19 || digits >= len || !weir_luhn_holds(value, digits) ||
	    weir_one_character(value, digits))
		return WEIR_CHECK_REFUSED;
	month = digits + 3;
	if (value[digits] == '^') {
		const char *second = memchr(value + digits + 1, '^', len - digits - 1);

		if (!second)
			return WEIR_CHECK_REFUSED;
		month = (size_t)(second - value) + 3;
	} else if (value[digits] != '=' && value[digits] != 'D') {
		return WEIR_CHECK_REFUSED;
	}
	if (month + 5 > len || !weir_all_digits(value + month - 2, 7))
		return WEIR_CHECK_REFUSED;
	if (weir_number(value + month, 2) < 1 || weir_number(value + month, 2) > 12)
		return WEIR_CHECK_REFUSED;
	return issuer(value, digits) ? WEIR_CHECK_STRONG : WEIR_CHECK_ACCEPTED;
}

/* Three or four digits, or an expiry as MMYY or MMYYYY. */
enum weir_check weir_check_card_verification(const char *value, size_t len, uint32_t today)
{
	uint32_t year;

	if (!weir_all_digits(value, len))
		return WEIR_CHECK_REFUSED;
	if (len == 3 || len == 4)
		return WEIR_CHECK_ACCEPTED;
	if (len != 6 || weir_number(value, 2) < 1 || weir_number(value, 2) > 12)
		return WEIR_CHECK_REFUSED;
	year = weir_number(value + 2, 4);
	return weir_accept_if(year >= 2000 && year <= today / 10000 + 25);
}

enum weir_check weir_check_bank_account(const char *value, size_t len, uint32_t today)
{
	(void)today;
	return weir_accept_if(len >= 10 && len <= 28 && weir_all_digits(value, len) &&
			      !weir_one_character(value, len));
}

enum weir_check weir_check_luhn(const char *value, size_t len, uint32_t today)
{
	(void)today;
	return weir_accept_if(len >= 2 && len <= 64 && weir_all_digits(value, len) &&
			      weir_luhn_holds(value, len));
}

/* ISO 7064 MOD 97-10 over the value as it stands: letters are two digits each, the whole is 1. */
static uint32_t mod97(const char *value, size_t len, uint32_t rest)
{
	for (size_t i = 0; i < len; i++)
		rest = weir_is_digit(value[i])
			       ? (rest * 10 + (uint32_t)(value[i] - '0')) % 97
			       : (rest * 100 + (uint32_t)(value[i] - 'A') + 10) % 97;
	return rest;
}

static bool letters_and_digits(const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!weir_is_digit(value[i]) && !weir_is_upper(value[i]))
			return false;
	return true;
}

enum weir_check weir_check_mod97(const char *value, size_t len, uint32_t today)
{
	(void)today;
	return weir_accept_if(len >= 3 && len <= 64 && letters_and_digits(value, len) &&
			      mod97(value, len, 0) == 1);
}

/* Country and length, as the registry of ISO 13616 has them. */
static const char iban_lengths[] =
	"AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29"
	"ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20"
	"LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29"
	"PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20"
	"YE30";

enum weir_check weir_check_iban(const char *value, size_t len, uint32_t today)
{
	(void)today;
	if (len < 15 || len > 34 || !letters_and_digits(value, len) ||
	    !weir_all_digits(value + 2, 2))
		return WEIR_CHECK_REFUSED;
	for (size_t i = 0; i + 4 < sizeof(iban_lengths); i += 4)
		if (memcmp(iban_lengths + i, value, 2) == 0)
			return weir_accept_if(weir_number(iban_lengths + i + 2, 2) == len &&
					      mod97(value, 4, mod97(value + 4, len - 4, 0)) == 1);
	return WEIR_CHECK_REFUSED;
}

enum weir_check weir_check_imei(const char *value, size_t len, uint32_t today)
{
	(void)today;
	return weir_accept_if(len == 15 && weir_all_digits(value, len) && value[0] != '9' &&
			      !weir_one_character(value, len) && weir_luhn_holds(value, len));
}

/* Verhoeff's scheme: products in the dihedral group of order 10, and a permutation by position. */
enum weir_check weir_check_verhoeff(const char *value, size_t len, uint32_t today)
{
	static const uint8_t permuted[10] = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};
	unsigned sum = 0;

	(void)today;
	if (len < 2 || len > 64 || !weir_all_digits(value, len))
		return WEIR_CHECK_REFUSED;
	for (size_t i = 0; i < len; i++) {
		unsigned d = (unsigned)(value[len - 1 - i] - '0');

		for (size_t turn = 0; turn < i % 8; turn++)
			d = permuted[d];
		/* rotations are 0-4, reflections 5-9 */
		if (sum < 5)
			sum = d < 5 ? (sum + d) % 5 : 5 + (sum + d) % 5;
		else
			sum = d < 5 ? 5 + (sum - d) % 5 : (sum - d + 5) % 5;
	}
	return weir_accept_if(sum == 0);
}
