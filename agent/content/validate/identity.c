/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of mainland identity documents. */

#include <string.h>

#include "checks.h"

/* The body that residents, permit holders and foreigners share: six digits of origin, birth,
 * sequence, check character. */
static bool body(const char *value, size_t len, uint32_t today)
{
	return len == 18 && weir_all_digits(value, 17) &&
	       weir_past_date(weir_number(value + 6, 8), today) && weir_mod11_2(value) == value[17];
}

enum weir_check weir_check_cn_resident_id(const char *value, size_t len, uint32_t today)
{
	if (!body(value, len, today) || !weir_region_province(weir_number(value, 2)))
		return WEIR_CHECK_REFUSED;
	return weir_region_plausible(weir_number(value, 6)) ? WEIR_CHECK_STRONG
							    : WEIR_CHECK_ACCEPTED;
}

/* A spreadsheet keeps fifteen digits of a number: the last three become 000, or an exponent. */
enum weir_check weir_check_cn_resident_id_mangled(const char *value, size_t len, uint32_t today)
{
	if (len != 18 && len != 17)
		return WEIR_CHECK_REFUSED;
	if (memcmp(value + len - 3, "000", 3) != 0 && memcmp(value + len - 3, "E17", 3) != 0)
		return WEIR_CHECK_REFUSED;
	if (!weir_all_digits(value, len - 3) || (len == 17 && value[14] != 'E'))
		return WEIR_CHECK_REFUSED;
	return weir_accept_if(weir_region_plausible(weir_number(value, 6)) &&
			      weir_past_date(weir_number(value + 6, 8), today));
}

/* No check digit; the century is not written and can only be the twentieth. */
enum weir_check weir_check_cn_resident_id_15(const char *value, size_t len, uint32_t today)
{
	if (len != 15 || !weir_all_digits(value, 15) || weir_one_character(value, len))
		return WEIR_CHECK_REFUSED;
	if (!weir_region_province(weir_number(value, 2)) ||
	    !weir_past_date(19000000 + weir_number(value + 6, 6), today))
		return WEIR_CHECK_REFUSED;
	return weir_region_plausible(weir_number(value, 6)) ? WEIR_CHECK_STRONG
							    : WEIR_CHECK_ACCEPTED;
}

enum weir_check weir_check_cn_residence_permit(const char *value, size_t len, uint32_t today)
{
	uint32_t region;

	if (!body(value, len, today))
		return WEIR_CHECK_REFUSED;
	region = weir_number(value, 6);
	return region == 810000 || region == 820000 || region == 830000 ? WEIR_CHECK_STRONG
									: WEIR_CHECK_REFUSED;
}

/* Since 2023: 9, the province that accepted, the country by ISO 3166-1 numeric. Before: the
 * country in letters and twelve digits whose meaning is not published. */
enum weir_check weir_check_cn_foreigner_id(const char *value, size_t len, uint32_t today)
{
	uint32_t country;

	if (len == 15) {
		for (size_t i = 0; i < 3; i++)
			if (!weir_is_upper(value[i]))
				return WEIR_CHECK_REFUSED;
		return weir_accept_if(weir_all_digits(value + 3, 12) &&
				      !weir_one_character(value + 3, 12));
	}
	if (!body(value, len, today) || value[0] != '9')
		return WEIR_CHECK_REFUSED;
	country = weir_number(value + 3, 3);
	if (weir_number(value + 1, 2) > 65 || !weir_region_province(weir_number(value + 1, 2)))
		return WEIR_CHECK_REFUSED;
	return country >= 4 && country <= 894 ? WEIR_CHECK_STRONG : WEIR_CHECK_ACCEPTED;
}

enum weir_check weir_check_cn_military_id(const char *value, size_t len, uint32_t today)
{
	(void)today;
	return weir_accept_if(len >= 6 && len <= 8 && weir_all_digits(value, len) &&
			      !weir_one_character(value, len));
}

enum weir_check weir_check_mod11_2(const char *value, size_t len, uint32_t today)
{
	uint32_t rest = 0;

	(void)today;
	if (len < 2 || len > 64 || !weir_all_digits(value, len - 1))
		return WEIR_CHECK_REFUSED;
	for (size_t i = 0; i < len - 1; i++)
		rest = (rest + (uint32_t)(value[i] - '0')) * 2 % 11;
	return weir_accept_if(value[len - 1] == "0123456789X"[(12 - rest) % 11]);
}
