/* SPDX-License-Identifier: Apache-2.0 */
/* Codes of organisations, vehicles, insurers and hospitals. */

#include <string.h>

#include "checks.h"
#include "weir/base/macros.h"

/* One more than the value of digits, and of the letters but I, O, S, V and Z. */
static const uint8_t uscc_values[256] = {
	['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,	['6'] = 7,
	['7'] = 8,  ['8'] = 9,	['9'] = 10, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14,
	['E'] = 15, ['F'] = 16, ['G'] = 17, ['H'] = 18, ['J'] = 19, ['K'] = 20, ['L'] = 21,
	['M'] = 22, ['N'] = 23, ['P'] = 24, ['Q'] = 25, ['R'] = 26, ['T'] = 27, ['U'] = 28,
	['W'] = 29, ['X'] = 30, ['Y'] = 31,
};

/* GB 32100: every character but the last times 3^position, which comes round after thirty, and the last
 * make a multiple of 31. */
bool weir_mod31_holds(const char *value, size_t len)
{
	static const uint8_t weights[WEIR_MOD31_MAX] = {
		1,  3,	9,  27, 19, 26, 16, 17, 20, 29, 25, 13, 8,  24, 10, 30,
		28, 22, 4,  12, 5,  15, 14, 11, 2,  6,	18, 23, 7,  21, 1,  3,
		9,  27, 19, 26, 16, 17, 20, 29, 25, 13, 8,  24, 10, 30, 28, 22,
		4,  12, 5,  15, 14, 11, 2,  6,	18, 23, 7,  21, 1,  3,	9,  27};
	int sum, all;

	if (len < 2 || len > WEIR_MOD31_MAX)
		return false;
	sum = all = uscc_values[(uint8_t)value[len - 1]] - 1;
	for (size_t i = 0; i + 1 < len; i++) {
		int v = uscc_values[(uint8_t)value[i]] - 1;

		all |= v;
		sum += v * weights[i];
	}
	return all >= 0 && sum % 31 == 0;
}

/* GB 11714: eight characters and a check digit, X for ten. */
static bool org_code_holds(const char *s)
{
	static const uint8_t weights[8] = {3, 7, 9, 10, 5, 8, 4, 2};
	unsigned sum = 0;

	for (size_t i = 0; i < 8; i++) {
		if (!weir_is_digit(s[i]) && !weir_is_upper(s[i]))
			return false;
		sum += weights[i] * (unsigned)(weir_is_digit(s[i]) ? s[i] - '0' : s[i] - 'A' + 10);
	}
	return s[8] == "0X987654321"[sum % 11];
}

/* Who registered it, and what kind of body it is. */
static bool uscc_department(char department, char kind)
{
	const char *kinds;

	switch (department) {
	case '1':
	case '5':
	case '9':
		kinds = department == '1' ? "1239" : department == '5' ? "1239" : "123";
		return strchr(kinds, kind) != NULL;
	case '2':
	case '3':
	case '4':
	case '6':
	case '7':
	case '8':
	case 'A':
	case 'N':
	case 'Y':
		return kind >= '1' && kind <= '9';
	default:
		return false;
	}
}

enum weir_check weir_check_cn_uscc(const char *value, size_t len, uint32_t today)
{
	(void)today;
	if (len != 18 || !weir_all_digits(value + 2, 6) || !org_code_holds(value + 8) ||
	    !weir_mod31_holds(value, len) || weir_one_character(value + 2, 15))
		return WEIR_CHECK_REFUSED;
	return uscc_department(value[0], value[1]) &&
			       weir_region_province(weir_number(value + 2, 2)) &&
			       !weir_few_digits(value, len)
		       ? WEIR_CHECK_STRONG
		       : WEIR_CHECK_ACCEPTED;
}

enum weir_check weir_check_cn_org_code(const char *value, size_t len, uint32_t today)
{
	(void)today;
	return weir_accept_if(len == 9 && org_code_holds(value) && !weir_one_character(value, 8));
}

enum weir_check weir_check_mod31(const char *value, size_t len, uint32_t today)
{
	(void)today;
	return weir_accept_if(weir_mod31_holds(value, len));
}

/* ISO 7064 MOD 11,10. */
enum weir_check weir_check_mod11_10(const char *value, size_t len, uint32_t today)
{
	unsigned rest = 10;

	(void)today;
	if (len < 2 || len > 64 || !weir_all_digits(value, len))
		return WEIR_CHECK_REFUSED;
	for (size_t i = 0; i + 1 < len; i++) {
		rest = (rest + (unsigned)(value[i] - '0')) % 10;
		rest = (rest ? rest : 10) * 2 % 11;
	}
	return weir_accept_if((unsigned)(value[len - 1] - '0') == (11 - rest) % 10);
}

static int vin_value(char c)
{
	static const char letters[] = "ABCDEFGHJKLMNPRSTUVWXYZ";
	static const uint8_t values[] = {1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4,
					 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9};
	const char *at;

	if (weir_is_digit(c))
		return c - '0';
	at = c ? strchr(letters, c) : NULL;
	return at ? values[at - letters] : -1;
}

/* Strong: made in China, and the serial number ends in four digits as every maker's does. */
enum weir_check weir_check_vin(const char *value, size_t len, uint32_t today)
{
	static const uint8_t weights[17] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
	unsigned sum = 0, digits = 0;

	(void)today;
	if (len != 17)
		return WEIR_CHECK_REFUSED;
	for (size_t i = 0; i < 17; i++) {
		int v = vin_value(value[i]);

		if (v < 0)
			return WEIR_CHECK_REFUSED;
		sum += weights[i] * (unsigned)v;
		digits += weir_is_digit(value[i]);
	}
	if (value[8] != "0123456789X"[sum % 11] || digits < 4 || digits == 17)
		return WEIR_CHECK_REFUSED;
	return value[0] == 'L' && weir_all_digits(value + 13, 4) ? WEIR_CHECK_STRONG
								 : WEIR_CHECK_ACCEPTED;
}

/* UTF-8, three bytes each. */
static const char plate_provinces[] =
	"京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"
	"滬雲遼魯蘇贛陝閩貴粵寧瓊";
static const char plate_tails[] = "挂学警港澳领试超";

static bool hanzi_among(const char *set, const char *s)
{
	for (; *set; set += 3)
		if (memcmp(set, s, 3) == 0)
			return true;
	return false;
}

static size_t plate_separator(const char *s, size_t len)
{
	if (len >= 1 && (*s == ' ' || *s == '-' || *s == '.'))
		return 1;
	if (len >= 2 && memcmp(s, "·", 2) == 0)
		return 2;
	return len >= 3 && (memcmp(s, "•", 3) == 0 || memcmp(s, "・", 3) == 0) ? 3 : 0;
}

/* Six characters of a new-energy car: the letter of its drive first or last. */
static bool plate_new_energy(const char *s)
{
	static const char drives[] = "ABCDEFGHJK";

	if (strchr(drives, s[0]) && s[0])
		return weir_all_digits(s + 2, 4);
	return s[5] && strchr(drives, s[5]) && weir_all_digits(s, 5);
}

/* GA 36: the rest behind province and office. At most two of five characters are letters. */
static bool plate_body(const char *s, size_t len)
{
	size_t digits = 0;

	for (size_t i = 0; i < len; i++) {
		if (!weir_is_digit(s[i]) && (!weir_is_upper(s[i]) || s[i] == 'I' || s[i] == 'O'))
			return false;
		digits += weir_is_digit(s[i]);
	}
	if (len == 6)
		return plate_new_energy(s);
	return (len == 4 || len == 5) && digits >= 2;
}

/* Without province: armed police "WJ", military letters, both of hanzi or capitals and digits. */
static bool plate_uniformed(const char *value, size_t len)
{
	if (len >= 7 && len <= 12 && value[0] == 'W' && value[1] == 'J')
		return weir_all_digits(value + len - 4, 4);
	return len == 7 && weir_is_upper(value[0]) && weir_is_upper(value[1]) &&
	       weir_all_digits(value + 2, 5);
}

enum weir_check weir_check_cn_plate(const char *value, size_t len, uint32_t today)
{
	size_t at, body;

	(void)today;
	if (len < 7 || len > 16)
		return WEIR_CHECK_REFUSED;
	if (!hanzi_among(plate_provinces, value))
		return weir_accept_if(plate_uniformed(value, len));
	if (memcmp(value, "使", 3) == 0)
		return weir_accept_if(len == 9 && weir_all_digits(value + 3, 6));
	if (!weir_is_upper(value[3]) || value[3] == 'I' || value[3] == 'O')
		return WEIR_CHECK_REFUSED;
	at = 4 + plate_separator(value + 4, len - 4);
	body = len - at;
	if (body > 3 && hanzi_among(plate_tails, value + len - 3))
		return weir_accept_if(body - 3 == 4 && plate_body(value + at, 4));
	return weir_accept_if(body >= 5 && plate_body(value + at, body));
}

/* The one shape of policy numbers that several property insurers share: the kind of document, a
 * class of insurance in three letters, the year, eighteen digits in all. */
static bool motor_shape(const char *value, size_t len, const char *kinds, uint32_t today)
{
	uint32_t year;

	if (len != 22 || !strchr(kinds, value[0]) || !weir_all_digits(value + 4, 18))
		return false;
	for (size_t i = 1; i < 4; i++)
		if (!weir_is_upper(value[i]))
			return false;
	year = weir_number(value + 4, 4);
	return year >= 1995 && year <= today / 10000 + 1;
}

static enum weir_check document_number(const char *value, size_t len, const char *kinds,
				       uint32_t today)
{
	size_t digits = 0;

	if (len < 10 || len > 30)
		return WEIR_CHECK_REFUSED;
	for (size_t i = 0; i < len; i++) {
		if (!weir_is_digit(value[i]) && !weir_is_upper(value[i]))
			return WEIR_CHECK_REFUSED;
		digits += weir_is_digit(value[i]);
	}
	if (digits < 6 || weir_one_character(value, len))
		return WEIR_CHECK_REFUSED;
	return motor_shape(value, len, kinds, today) ? WEIR_CHECK_STRONG : WEIR_CHECK_ACCEPTED;
}

enum weir_check weir_check_insurance_policy(const char *value, size_t len, uint32_t today)
{
	return document_number(value, len, "PTE", today);
}

enum weir_check weir_check_insurance_claim(const char *value, size_t len, uint32_t today)
{
	return document_number(value, len, "RC", today);
}

enum weir_check weir_check_medical_record(const char *value, size_t len, uint32_t today)
{
	(void)today;
	if (len > 0 && weir_is_upper(value[0])) {
		value++;
		len--;
	}
	return weir_accept_if(len >= 6 && len <= 14 && weir_all_digits(value, len) &&
			      !weir_one_character(value, len) && memcmp(value, "12345", 5) != 0);
}
