/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_triage/id.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#define DIGITS_MIN 4
#define DIGITS_MAX 13
#define INPUT_MAX  32 /* characters, dashes included */

/* One more digit into the running check: times x in GF(32) modulo x^5 + x^2 + 1, plus the digit. x
 * generates the field, so each of up to 31 places has a factor of its own: a wrong digit, or two
 * that were exchanged, never come out even. */
static unsigned check_add(unsigned check, unsigned digit)
{
	check <<= 1;
	return (check & 32 ? check ^ 0x25 : check) ^ digit;
}

void weir_id_format(enum weir_id_kind kind, uint64_t number, char text[static WEIR_ID_TEXT])
{
	unsigned n = DIGITS_MIN, check = 0;

	while (n < DIGITS_MAX && number >> (5 * n))
		n++;
	*text++ = (char)kind;
	*text++ = '-';
	while (n--) {
		unsigned digit = (number >> (5 * n)) & 31;

		check = check_add(check, digit);
		*text++ = digits[digit];
	}
	*text++ = digits[check_add(check, 0)];
	*text = '\0';
}

/* 0 to 31, or -1. */
static int digit_value(char c)
{
	const char *at;

	c = (char)toupper((unsigned char)c);
	if (c == 'O')
		c = '0';
	if (c == 'I' || c == 'L')
		c = '1';
	at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

int weir_id_parse(enum weir_id_kind kind, const char *text, uint64_t *ret)
{
	unsigned check = 0, n = 0, last = 0;
	uint64_t number = 0;

	if (strlen(text) > INPUT_MAX || toupper((unsigned char)text[0]) != (int)kind ||
	    text[1] != '-')
		return -EINVAL;
	for (const char *p = text + 2; *p; p++) {
		int value = digit_value(*p);

		if (*p == '-')
			continue;
		if (value < 0)
			return -EINVAL;
		/* The last one is the check character, and which one is last shows at the end. */
		if (number >> 58)
			return -ERANGE;
		number = n ? number << 5 | last : 0;
		check = check_add(check, (unsigned)value);
		last = (unsigned)value;
		n++;
	}
	if (n < 2)
		return -EINVAL;
	if (check != 0)
		return -EBADMSG;
	if (number == 0)
		return -ERANGE;
	*ret = number;
	return 0;
}
