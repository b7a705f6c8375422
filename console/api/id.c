/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_api/id.h"

#include <errno.h>
#include <string.h>

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#define DIGITS_MIN 5
#define INPUT_MAX  32 /* characters, dashes included */

void weir_api_id_format(uint64_t id, bool alert, char text[static WEIR_API_ID_TEXT])
{
	unsigned n = DIGITS_MIN;

	while (n < 13 && id >> (5 * n))
		n++;
	text[0] = alert ? 'A' : 'E';
	text[1] = '-';
	for (unsigned i = 0; i < n; i++)
		text[2 + i] = digits[(id >> (5 * (n - 1 - i))) & 31];
	text[2 + n] = '\0';
}

/* 0 to 31, or -1. */
static int digit_value(char c)
{
	const char *at;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		c = '0';
	if (c == 'I' || c == 'L')
		c = '1';
	at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

int weir_api_id_parse(const char *text, uint64_t *ret)
{
	uint64_t id = 0;
	unsigned n = 0;

	if (strlen(text) > INPUT_MAX || !text[0] || !strchr("AaEe", text[0]) || text[1] != '-')
		return -EINVAL;
	for (const char *p = text + 2; *p; p++) {
		int value = digit_value(*p);

		if (*p == '-')
			continue;
		if (value < 0)
			return -EINVAL;
		if (id >> 58)
			return -ERANGE;
		id = id << 5 | (unsigned)value;
		n++;
	}
	if (n == 0)
		return -EINVAL;
	if (id == 0)
		return -ERANGE;
	*ret = id;
	return 0;
}
