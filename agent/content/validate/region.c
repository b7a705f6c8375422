/* SPDX-License-Identifier: Apache-2.0 */
/* Administrative divisions by GB/T 2260: six digits of province, prefecture and county.
 *
 * This is no list of codes. It says for each province which prefectures there are or were since
 * 1980, and for all of them which numbers the standard gives to districts, counties and county-level
 * cities. About 3% of all numbers of six digits fit, and every code that was issued should: people
 * keep the number of a county that is long gone. */

#include "checks.h"

#include "weir/base/macros.h"

/* Prefectures from 1 to cities are cities; regions, leagues and autonomous prefectures stand from
 * regions_from to regions_to. Code 90 holds county-level cities that belong to no prefecture. */
static const struct province {
	uint8_t code, cities, regions_from, regions_to;
} provinces[] = {
	{11, 2, 0, 0},	  {12, 2, 0, 0},    {13, 11, 21, 30}, {14, 11, 21, 27}, {15, 9, 21, 30},
	{21, 14, 21, 26}, {22, 8, 21, 25},  {23, 12, 21, 27}, {31, 2, 0, 0},	{32, 13, 19, 30},
	{33, 11, 21, 27}, {34, 18, 21, 29}, {35, 9, 21, 27},  {36, 11, 21, 27}, {37, 17, 20, 32},
	{41, 18, 21, 30}, {42, 13, 21, 31}, {43, 13, 21, 33}, {44, 20, 21, 29}, {45, 14, 21, 28},
	{46, 4, 0, 0},	  {50, 3, 0, 0},    {51, 20, 21, 38}, {52, 6, 21, 28},	{53, 9, 21, 36},
	{54, 6, 21, 27},  {61, 10, 21, 28}, {62, 12, 21, 30}, {63, 2, 21, 28},	{64, 5, 21, 24},
	{65, 5, 21, 43},
};

static bool municipality(uint32_t province)
{
	return province == 11 || province == 12 || province == 31 || province == 50;
}

static bool prefecture_plausible(const struct province *p, uint32_t prefecture)
{
	if (prefecture >= 1 && prefecture <= p->cities)
		return true;
	if (prefecture == 90)
		return !municipality(p->code);
	/* cities of Guangdong that were founded after its old regions were counted */
	if (p->code == 44 && prefecture >= 51 && prefecture <= 53)
		return true;
	return p->regions_from > 0 && prefecture >= p->regions_from && prefecture <= p->regions_to;
}

static bool county_plausible(uint32_t four, uint32_t county)
{
	switch (four) {
	case 4419: /* cities without districts */
	case 4420:
	case 4604:
	case 6202:
		if (county == 0)
			return true;
		break;
	case 5001:
	case 5002:
		return county >= 1 && county <= 56;
	default:
		break;
	}
	return (county >= 1 && county <= 38) || (county >= 81 && county <= 89);
}

bool weir_region_province(uint32_t two)
{
	for (size_t i = 0; i < ARRAY_SIZE(provinces); i++)
		if (provinces[i].code == two)
			return true;
	return two == 71 || (two >= 81 && two <= 83);
}

bool weir_region_plausible(uint32_t six)
{
	uint32_t province = six / 10000, prefecture = six / 100 % 100, county = six % 100;

	switch (province) {
	case 71:
	case 81:
	case 82:
	case 83:
		return prefecture == 0 && county == 0;
	case 46: /* counties of Hainan before its prefectures */
		if (prefecture == 0)
			return county >= 1 && county <= 36;
		break;
	default:
		break;
	}
	for (size_t i = 0; i < ARRAY_SIZE(provinces); i++)
		if (provinces[i].code == province)
			return prefecture_plausible(&provinces[i], prefecture) &&
			       county_plausible(six / 100, county);
	return false;
}
