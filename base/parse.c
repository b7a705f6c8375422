/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/base/parse.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

struct unit {
	const char *name;
	uint64_t factor;
};

/* The digits at *text; moves *text behind them. */
static int take_digits(const char **text, uint64_t *ret)
{
	uint64_t value = 0;
	const char *p = *text;

	if (*p < '0' || *p > '9')
		return -EINVAL;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			return -ERANGE;
	}
	*text = p;
	*ret = value;
	return 0;
}

static int take_unit(const char *text, uint64_t value, const struct unit *units, size_t n,
		     uint64_t *ret)
{
	if (*text == ' ') {
		text += strspn(text, " ");
		if (!*text)
			return -EINVAL;
	}
	for (size_t i = 0; i < n; i++) {
		uint64_t product;

		if (strcmp(text, units[i].name) != 0)
			continue;
		if (__builtin_mul_overflow(value, units[i].factor, &product))
			return -ERANGE;
		*ret = product;
		return 0;
	}
	return -EINVAL;
}

int weir_parse_u64(const char *text, uint64_t *ret)
{
	uint64_t value;
	int r = take_digits(&text, &value);

	if (r < 0)
		return r;
	if (*text)
		return -EINVAL;
	*ret = value;
	return 0;
}

int weir_parse_u32(const char *text, uint32_t *ret)
{
	uint64_t value;
	int r = weir_parse_u64(text, &value);

	if (r < 0)
		return r;
	if (value > UINT32_MAX)
		return -ERANGE;
	*ret = (uint32_t)value;
	return 0;
}

int weir_parse_size(const char *text, uint64_t *ret)
{
	static const struct unit units[] = {
		{"", 1},
		{"B", 1},
		{"KiB", UINT64_C(1) << 10},
		{"MiB", UINT64_C(1) << 20},
		{"GiB", UINT64_C(1) << 30},
		{"TiB", UINT64_C(1) << 40},
	};
	uint64_t value;
	int r = take_digits(&text, &value);

	return r < 0 ? r : take_unit(text, value, units, ARRAY_SIZE(units), ret);
}

int weir_parse_duration(const char *text, uint64_t *ret_ns)
{
	static const struct unit units[] = {
		{"ns", 1},
		{"us", UINT64_C(1000)},
		{"ms", UINT64_C(1000000)},
		{"s", UINT64_C(1000000000)},
		{"min", UINT64_C(60000000000)},
		{"h", UINT64_C(3600000000000)},
		{"d", UINT64_C(86400000000000)},
	};
	uint64_t value;
	int r = take_digits(&text, &value);

	return r < 0 ? r : take_unit(text, value, units, ARRAY_SIZE(units), ret_ns);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -EINVAL;
}

int weir_unhex(const char *text, void *ret, size_t size)
{
	uint8_t *bytes = ret;
	size_t n = 0;

	for (; text[0]; text += 2, n++) {
		int high = digit(text[0]), low = text[1] ? digit(text[1]) : -EINVAL;

		if (high < 0 || low < 0)
			return -EINVAL;
		if (n == size)
			return -ERANGE;
		bytes[n] = (uint8_t)(high << 4 | low);
	}
	return (int)n;
}

void weir_hex(const void *data, size_t len, char *text)
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++) {
		*text++ = hex[bytes[i] >> 4];
		*text++ = hex[bytes[i] & 15];
	}
	*text = '\0';
}
