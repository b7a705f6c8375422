/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/event/justification.h"

#include <string.h>

#include "weir/base/utf8.h"

/* What is not seen where it is shown, or changes how its neighbours are. */
static bool hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

static bool blank(uint32_t c)
{
	return c == ' ' || c == 0xa0 || c == 0x3000;
}

bool weir_reason_valid(const char *text)
{
	size_t len = strnlen(text, WEIR_JUSTIFICATION_BYTES), all = 0, visible = 0;

	if (len == WEIR_JUSTIFICATION_BYTES || weir_utf8_valid(text, len) != len)
		return false;
	for (size_t at = 0; at < len; all++) {
		uint32_t c;

		at += weir_utf8_decode(text + at, len - at, &c);
		if (hidden(c))
			return false;
		visible += !blank(c);
	}
	return visible >= WEIR_JUSTIFICATION_MIN && all <= WEIR_JUSTIFICATION_MAX;
}
