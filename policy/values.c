/* SPDX-License-Identifier: Apache-2.0 */
#include "values.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "weir/base/parse.h"
#include "weir/base/time.h"

#define CHINA_OFFSET (8 * 3600)
#define DAY	     86400

static int parse_port(const char *text, uint16_t *ret)
{
	uint32_t port;

	if (weir_parse_u32(text, &port) < 0 || port == 0 || port > UINT16_MAX)
		return -EINVAL;
	*ret = (uint16_t)port;
	return 0;
}

/* Cuts ":port" off: after "]" when the address is in brackets, otherwise behind the only colon. */
static int split_port(char *text, char **ret_host, uint16_t *ret_port)
{
	char *colon = strrchr(text, ':');

	*ret_port = 0;
	*ret_host = text;
	if (text[0] == '[') {
		char *close = strchr(text, ']');

		if (!close)
			return -EINVAL;
		*close = '\0';
		*ret_host = text + 1;
		if (!close[1])
			return 0;
		return close[1] == ':' ? parse_port(close + 2, ret_port) : -EINVAL;
	}
	if (!colon || strchr(text, ':') != colon)
		return 0;
	*colon = '\0';
	return parse_port(colon + 1, ret_port);
}

static bool parse_address(const char *text, struct host_text *ret, uint8_t *ret_bits)
{
	memset(ret->addr, 0, sizeof(ret->addr));
	if (inet_pton(AF_INET, text, ret->addr + 12) == 1) {
		ret->addr[10] = ret->addr[11] = 0xff;
		*ret_bits = 32;
		return true;
	}
	*ret_bits = 128;
	return inet_pton(AF_INET6, text, ret->addr) == 1;
}

static bool host_name(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len < 254 && text[0] != '-' && text[0] != '.' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
		       len &&
	       strspn(text, "0123456789.") != len;
}

int parse_host(const char *text, struct host_text *ret)
{
	struct host_text host = {0};
	char copy[300], *body, *slash;
	uint8_t bits;
	uint32_t prefix;

	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	(void)snprintf(copy, sizeof(copy), "%s", text);
	if (split_port(copy, &body, &host.port) < 0)
		return -EINVAL;
	slash = strchr(body, '/');
	if (slash)
		*slash++ = '\0';
	if (parse_address(body, &host, &bits)) {
		prefix = bits;
		if (slash && (weir_parse_u32(slash, &prefix) < 0 || prefix > bits))
			return -EINVAL;
		host.prefix = (uint8_t)(128 - bits + prefix);
	} else {
		if (slash || !host_name(body))
			return -EINVAL;
		host.named = true;
		(void)snprintf(host.name, sizeof(host.name), "%s", body);
	}
	*ret = host;
	return 0;
}

static bool digits(const char *text, unsigned n, int *ret)
{
	int value = 0;

	for (unsigned i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (text[i] - '0');
	}
	*ret = value;
	return true;
}

static bool real_date(const struct tm *tm)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year = tm->tm_year + 1900;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (year < 1971 || year > 2261 || tm->tm_mon < 0 || tm->tm_mon > 11)
		return false;
	return tm->tm_mday >= 1 && tm->tm_mday <= days[tm->tm_mon] + (leap && tm->tm_mon == 1);
}

/* "Z" or "+08:00", in seconds. */
static bool parse_offset(const char *text, int *ret)
{
	int hours, minutes;

	if (strcmp(text, "Z") == 0) {
		*ret = 0;
		return true;
	}
	if ((text[0] != '+' && text[0] != '-') || !digits(text + 1, 2, &hours) || text[3] != ':' ||
	    !digits(text + 4, 2, &minutes) || text[6] || hours > 14 || minutes > 59)
		return false;
	*ret = (hours * 3600 + minutes * 60) * (text[0] == '-' ? -1 : 1);
	return true;
}

static bool parse_clock(const char *text, struct tm *tm, int *ret_offset)
{
	if ((text[0] != 'T' && text[0] != ' ') || !digits(text + 1, 2, &tm->tm_hour) ||
	    text[3] != ':' || !digits(text + 4, 2, &tm->tm_min) || text[6] != ':' ||
	    !digits(text + 7, 2, &tm->tm_sec))
		return false;
	return tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec < 60 &&
	       parse_offset(text + 9, ret_offset);
}

int parse_when(const char *text, bool end, uint64_t *ret_ns)
{
	struct tm tm = {0};
	int offset = CHINA_OFFSET;
	time_t seconds;

	if (!digits(text, 4, &tm.tm_year) || text[4] != '-' || !digits(text + 5, 2, &tm.tm_mon) ||
	    text[7] != '-' || !digits(text + 8, 2, &tm.tm_mday))
		return -EINVAL;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	if (!real_date(&tm) || (text[10] && !parse_clock(text + 10, &tm, &offset)))
		return -EINVAL;
	seconds = timegm(&tm) - offset + (end && !text[10] ? DAY : 0);
	*ret_ns = (uint64_t)seconds * WEIR_NSEC_PER_SEC;
	return 0;
}

int parse_duration(const char *text, uint32_t *ret_seconds)
{
	static const struct {
		char unit;
		uint32_t seconds;
	} units[] = {{'m', 60}, {'h', 3600}, {'d', DAY}};
	const size_t len = strlen(text);
	char number[8];
	uint32_t n;

	if (len < 2 || len > sizeof(number))
		return -EINVAL;
	memcpy(number, text, len - 1);
	number[len - 1] = '\0';
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (text[len - 1] != units[i].unit)
			continue;
		if (weir_parse_u32(number, &n) < 0 || n > UINT32_MAX / units[i].seconds)
			return -EINVAL;
		*ret_seconds = n * units[i].seconds;
		return 0;
	}
	return -EINVAL;
}

int parse_distinct(const char *text, Weir__V1__Comparison *ret_comparison, uint64_t *ret)
{
	bool least = text[0] == '>' && text[1] == '=';
	uint64_t value;

	if (text[0] != '>')
		return -EINVAL;
	text += least ? 2 : 1;
	text += *text == ' ';
	if (weir_parse_u64(text, &value) < 0)
		return -EINVAL;
	*ret_comparison = least ? WEIR__V1__COMPARISON__COMPARISON_AT_LEAST
				: WEIR__V1__COMPARISON__COMPARISON_MORE_THAN;
	*ret = value;
	return 0;
}
