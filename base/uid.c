/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/base/uid.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "weir/base/parse.h"

/* The groups of digits end behind these bytes. */
static bool dash_before(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

int weir_uid_parse(const char *text, uint8_t uid[static WEIR_UID_LEN])
{
	char digits[2 * WEIR_UID_LEN + 1] = "";
	const bool dashes = strlen(text) == WEIR_UID_TEXT - 1;
	uint8_t result[WEIR_UID_LEN];

	if (!dashes && strlen(text) != 2 * WEIR_UID_LEN)
		return -EINVAL;
	for (size_t i = 0; i < WEIR_UID_LEN; i++) {
		if (dashes && dash_before(i) && *text++ != '-')
			return -EINVAL;
		memcpy(digits + 2 * i, text, 2);
		text += 2;
	}
	if (weir_unhex(digits, result, sizeof(result)) != WEIR_UID_LEN)
		return -EINVAL;
	memcpy(uid, result, sizeof(result));
	return 0;
}

void weir_uid_format(const uint8_t uid[static WEIR_UID_LEN], char text[static WEIR_UID_TEXT])
{
	for (size_t i = 0; i < WEIR_UID_LEN; i++) {
		if (dash_before(i))
			*text++ = '-';
		weir_hex(uid + i, 1, text);
		text += 2;
	}
}
