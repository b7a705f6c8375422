/* SPDX-License-Identifier: Apache-2.0 */
/* Telephone numbers, mail addresses, accounts of messengers, network addresses, dates of birth. */

#include <string.h>

#include "checks.h"
#include "weir/base/macros.h"

/* MIIT's allocation as of 2023; machine-to-machine numbers (140-144) are not people's. */
enum weir_check weir_check_cn_mobile(const char *value, size_t len, uint32_t today)
{
	uint32_t fourth;

	(void)today;
	if (len != 11 || !weir_all_digits(value, len))
		return WEIR_CHECK_REFUSED;
	fourth = (uint32_t)(value[3] - '0');
	switch (weir_number(value, 3)) {
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
		return WEIR_CHECK_ACCEPTED;
	case 161:
		return weir_accept_if(fourth == 9);
	case 174:
		return weir_accept_if(fourth == 0 || fourth == 9 ||
				      (fourth == 1 && value[4] <= '2'));
	default:
		return WEIR_CHECK_REFUSED;
	}
}

/* Area codes behind the 0: 10, 2x, and tens of three digits that have at least one city. */
static size_t area_code(const char *s, size_t len)
{
	static const uint8_t tens[] = {31, 33, 34, 35, 37, 39, 41, 42, 43, 45, 46, 47,
				       48, 51, 52, 53, 54, 55, 56, 57, 58, 59, 63, 66,
				       69, 70, 71, 72, 73, 74, 75, 76, 77, 79, 81, 82,
				       83, 85, 87, 88, 89, 90, 91, 93, 94, 95, 97, 99};

	if (len < 3)
		return 0;
	if ((s[0] == '1' && s[1] == '0') || (s[0] == '2' && s[1] != '6'))
		return 2;
	for (size_t i = 0; i < ARRAY_SIZE(tens); i++)
		if (weir_number(s, 2) == tens[i])
			return 3;
	return 0;
}

/* With area code (its 0 may be missing behind +86), or the local number alone. */
enum weir_check weir_check_cn_landline(const char *value, size_t len, uint32_t today)
{
	size_t area = 0;

	(void)today;
	if (len < 7 || len > 12 || !weir_all_digits(value, len) || weir_one_character(value, len))
		return WEIR_CHECK_REFUSED;
	if (len > 8) {
		if (value[0] == '0') {
			value++;
			len--;
		}
		area = area_code(value, len);
		if (area == 0 || len - area < 7 || len - area > 8 || (area == 2 && len - area != 8))
			return WEIR_CHECK_REFUSED;
	}
	return weir_accept_if(value[area] >= '2' && !weir_one_character(value + area, len - area));
}

/* Country codes that are top-level domains. */
static const char countries[] = "acadaeafagaialamaoaqarasatauawaxazbabbbdbebfbgbhbibjbmbnbobrbsbtbw"
				"bybzcacccdcfcgchcickclcmcn"
				"cocrcucvcwcxcyczdedjdkdmdodzeceeegereseteufifjfkfmfofrgagbgdgegfgg"
				"ghgiglgmgngpgqgrgsgtgugwgy"
				"hkhmhnhrhthuidieiliminioiqirisitjejmjojpkekgkhkikmknkpkrkwkykzlalb"
				"lclilklrlsltlulvlymamcmdme"
				"mgmhmkmlmmmnmompmqmrmsmtmumvmwmxmymznancnenfngninlnonpnrnunzompape"
				"pfpgphpkplpmpnprpsptpwpyqa"
				"rerorsrurwsasbscsdsesgshsiskslsmsnsosrssstsusvsxsysztctdtftgthtjtk"
				"tltmtntotrtttvtwtzuaugukus"
				"uyuzvavcvevgvivnvuwfwsyeytzazmzw";

static const char *const domains[] = {
	"com",	   "net",     "org",	"edu",	     "gov",	"mil",	   "int",     "info",
	"biz",	   "name",    "pro",	"aero",	     "coop",	"museum",  "mobi",    "asia",
	"cat",	   "jobs",    "tel",	"travel",    "post",	"xxx",	   "arpa",    "top",
	"xyz",	   "vip",     "shop",	"club",	     "site",	"online",  "store",   "tech",
	"wang",	   "ltd",     "group",	"ink",	     "work",	"cloud",   "fun",     "host",
	"website", "space",   "press",	"news",	     "live",	"red",	   "love",    "link",
	"mail",	   "email",   "dev",	"app",	     "world",	"today",   "company", "center",
	"law",	   "beer",    "design", "art",	     "video",	"social",  "team",    "show",
	"cool",	   "chat",    "city",	"fund",	     "gold",	"plus",	   "guru",    "run",
	"insure",  "bank",    "health", "life",	     "finance", "academy", "systems", "software",
	"network", "digital", "agency", "solutions", "expert",	"care",	   "page",    "blog",
	"icu",	   "bid",     "loan",	"win",	     "men",	"kim",	   "ren",     "citic",
	"unicom",  "baidu",   "gmbh",	"berlin",    "london",
};

/* "user@script.py": names of files that end like a country. */
static bool file_ending(const char *end, size_t len)
{
	static const char endings[] = "pyshsomdps";

	for (size_t i = 0; len == 2 && i + 2 < sizeof(endings); i += 2)
		if (memcmp(endings + i, end, 2) == 0)
			return true;
	return false;
}

static bool top_level(const char *s, size_t len)
{
	if (len == 2) {
		for (size_t i = 0; i + 2 < sizeof(countries); i += 2)
			if (memcmp(countries + i, s, 2) == 0)
				return true;
		return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(domains); i++)
		if (strlen(domains[i]) == len && memcmp(domains[i], s, len) == 0)
			return true;
	return len > 4 && memcmp(s, "xn--", 4) == 0;
}

static bool local_part(const char *s, size_t len)
{
	static const char *const nobody[] = {"git",  "hg",	"svn",	    "user",
					     "root", "noreply", "no-reply", "donotreply"};

	if (len == 0 || len > 64 || s[0] == '.' || s[len - 1] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!weir_is_digit(s[i]) && !weir_is_lower(s[i]) &&
		    !(s[i] && strchr("._%+-", s[i])))
			return false;
		if (i && s[i] == '.' && s[i - 1] == '.')
			return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(nobody); i++)
		if (strlen(nobody[i]) == len && memcmp(nobody[i], s, len) == 0)
			return false;
	return true;
}

/* Names that RFC 2606 keeps for examples. */
static bool example_domain(const char *s, size_t len)
{
	static const char *const names[] = {"example.com", "example.net", "example.org"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = strlen(names[i]);

		if (len >= n && memcmp(s + len - n, names[i], n) == 0 &&
		    (len == n || s[len - n - 1] == '.'))
			return true;
	}
	return false;
}

static bool domain_name(const char *s, size_t len)
{
	size_t labels = 0, start = 0;

	if (len < 4 || len > 253)
		return false;
	for (size_t i = 0; i <= len; i++) {
		if (i < len && s[i] != '.') {
			if (!weir_is_digit(s[i]) && !weir_is_lower(s[i]) && s[i] != '-')
				return false;
			continue;
		}
		if (i == start || i - start > 63 || s[start] == '-' || s[i - 1] == '-')
			return false;
		labels++;
		if (i < len)
			start = i + 1;
	}
	if (labels < 2 || !top_level(s + start, len - start))
		return false;
	return !(labels == 2 && file_ending(s + start, len - start)) && !example_domain(s, len);
}

enum weir_check weir_check_email(const char *value, size_t len, uint32_t today)
{
	const char *at = len <= 320 ? memchr(value, '@', len) : NULL;
	size_t local;

	(void)today;
	if (!at)
		return WEIR_CHECK_REFUSED;
	local = (size_t)(at - value);
	return weir_accept_if(local_part(value, local) && domain_name(at + 1, len - local - 1));
}

/* A number of QQ, or a name of WeChat: a letter first, six to twenty characters. Strong: one that
 * cannot be a word. */
enum weir_check weir_check_im_account(const char *value, size_t len, uint32_t today)
{
	bool digit = false, mark = false;

	(void)today;
	if (len >= 5 && len <= 16 && weir_all_digits(value, len))
		return weir_accept_if(value[0] != '0' && (len <= 12 || len == 16) &&
				      !weir_one_character(value, len));
	if (len < 6 || len > 28 || (!weir_is_lower(value[0]) && !weir_is_upper(value[0])))
		return WEIR_CHECK_REFUSED;
	for (size_t i = 1; i < len; i++) {
		if (weir_is_digit(value[i]))
			digit = true;
		else if (value[i] == '_' || value[i] == '-')
			mark = true;
		else if (!weir_is_lower(value[i]) && !weir_is_upper(value[i]))
			return WEIR_CHECK_REFUSED;
	}
	if (memcmp(value, "wxid_", 5) == 0)
		return len >= 15 ? WEIR_CHECK_STRONG : WEIR_CHECK_REFUSED;
	return weir_accept_if(digit || mark || len <= 20);
}

/* Public unicast addresses of version 4: not private, loopback, link-local, shared, documentation,
 * benchmark, multicast or reserved. */
enum weir_check weir_check_ip_address(const char *value, size_t len, uint32_t today)
{
	uint32_t part[4] = {0}, n = 0, digits = 0;

	(void)today;
	for (size_t i = 0; i < len; i++) {
		if (value[i] == '.') {
			if (digits == 0 || ++n > 3)
				return WEIR_CHECK_REFUSED;
			digits = 0;
		} else if (weir_is_digit(value[i]) && ++digits <= 3 &&
			   !(digits == 2 && part[n] == 0)) {
			part[n] = part[n] * 10 + (uint32_t)(value[i] - '0');
		} else {
			return WEIR_CHECK_REFUSED;
		}
	}
	if (n != 3 || digits == 0 || part[0] > 223 || part[1] > 255 || part[2] > 255 ||
	    part[3] > 255)
		return WEIR_CHECK_REFUSED;
	/* versions and section numbers look like this */
	if (part[0] < 10 && part[1] < 10 && part[2] < 10 && part[3] < 10)
		return WEIR_CHECK_REFUSED;
	switch (part[0]) {
	case 0:
	case 10:
	case 127:
		return WEIR_CHECK_REFUSED;
	case 100:
		return weir_accept_if(part[1] < 64 || part[1] > 127);
	case 169:
		return weir_accept_if(part[1] != 254);
	case 172:
		return weir_accept_if(part[1] < 16 || part[1] > 31);
	case 192:
		return weir_accept_if(part[1] != 168 && !(part[1] == 0 && part[2] <= 2));
	case 198:
		return weir_accept_if(part[1] != 18 && part[1] != 19 &&
				      !(part[1] == 51 && part[2] == 100));
	case 203:
		return weir_accept_if(!(part[1] == 0 && part[2] == 113));
	default:
		return WEIR_CHECK_ACCEPTED;
	}
}

/* Year, month, day with anything but digits between them, or eight digits; a year of the Republic
 * of China behind its name. Strong: a child under 14. */
enum weir_check weir_check_birth_date(const char *value, size_t len, uint32_t today)
{
	static const char republic[] = "民国";
	uint32_t part[3] = {0}, n = 0, digits = 0, date;
	bool roc = len > 6 && (memcmp(value, republic, 6) == 0 || memcmp(value, "民國", 6) == 0);

	if (len > 40)
		return WEIR_CHECK_REFUSED;
	if (len == 8 && weir_all_digits(value, len)) {
		date = weir_number(value, 8);
	} else {
		for (size_t i = 0; i < len; i++) {
			if (!weir_is_digit(value[i])) {
				n += digits > 0;
				digits = 0;
			} else if (n < 3 && ++digits <= 4) {
				part[n] = part[n] * 10 + (uint32_t)(value[i] - '0');
			} else {
				return WEIR_CHECK_REFUSED;
			}
		}
		n += digits > 0;
		if (n != 3 || part[1] > 12 || part[2] > 31)
			return WEIR_CHECK_REFUSED;
		date = (part[0] + (roc ? 1911 : 0)) * 10000 + part[1] * 100 + part[2];
	}
	if (!weir_past_date(date, today))
		return WEIR_CHECK_REFUSED;
	return date + 140000 > today ? WEIR_CHECK_STRONG : WEIR_CHECK_ACCEPTED;
}
