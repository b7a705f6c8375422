/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <stdint.h>
#include <string.h>

#include "weir/base/macros.h"
#include "weir/base/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"
#define ELLIPSIS    "\xe2\x80\xa6/"

static bool harmless(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return false;
	if (c >= 0x2028 && c <= 0x202e)
		return false;
	return !(c >= 0x2066 && c <= 0x2069) && c != 0xfffd;
}

/* keep_slash is false for one name of a path: a name can't hold the separator. */
static size_t copy_safe(char *ret, size_t size, const char *data, size_t len, bool keep_slash)
{
	size_t at = 0, out = 0;

	while (at < len && data[at]) {
		uint32_t c;
		size_t n = weir_utf8_decode(data + at, len - at, &c);
		bool good = harmless(c) && (c != '/' || keep_slash);
		const char *from = good ? data + at : REPLACEMENT;
		size_t need = good ? n : strlen(REPLACEMENT);

		if (out + need >= size)
			break;
		memcpy(ret + out, from, need);
		out += need;
		at += n;
	}
	ret[out] = '\0';
	return out;
}

size_t weir_event_text(char *ret, size_t size, const char *data, size_t len)
{
	return copy_safe(ret, size, data, len, true);
}

static size_t append_name(char *ret, size_t size, size_t out, const char *name, size_t len)
{
	size_t start = out;

	if (len == 0 || (len == 1 && name[0] == '/'))
		return out;
	if (out > 0 && ret[out - 1] != '/') {
		if (out + 1 >= size)
			return out;
		ret[out++] = '/';
	}
	if ((len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.'))
		return out +
		       copy_safe(ret + out, size - out, REPLACEMENT, strlen(REPLACEMENT), false);
	out += copy_safe(ret + out, size - out, name, len, false);
	if (out > start && ret[out - 1] == '/')
		out--;
	ret[out] = '\0';
	return out;
}

void weir_event_path(char *ret, size_t size, const char *names, size_t len, bool cut)
{
	size_t out = 0, end = len;

	if (cut) {
		memcpy(ret, ELLIPSIS, strlen(ELLIPSIS));
		out = strlen(ELLIPSIS);
	}
	ret[out] = '\0';
	if (end > 0 && names[end - 1] == '\0')
		end--;
	for (;;) {
		size_t start = end;

		while (start > 0 && names[start - 1])
			start--;
		out = append_name(ret, size, out, names + start, end - start);
		if (start == 0)
			break;
		end = start - 1;
	}
}
