/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <string.h>

#include "weir/base/utf8.h"

#define REPLACEMENT 0xfffd

int weir_text_put(struct weir_buf *buf, const char *text, size_t max, const char *keep,
		  weir_text_fn fn)
{
	size_t len = strlen(text);
	int r = 0;

	len = weir_utf8_cut(text, len, max);
	for (size_t at = 0; r == 0 && at < len;) {
		uint32_t c;
		size_t n = weir_utf8_decode(text + at, len - at, &c);

		if (weir_utf8_acts(c) && !(c < 0x80 && strchr(keep, (char)c)))
			r = fn(buf, "\xef\xbf\xbd", 3, REPLACEMENT);
		else
			r = fn(buf, text + at, n, c);
		at += n;
	}
	return r;
}
