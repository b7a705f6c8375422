/* SPDX-License-Identifier: Apache-2.0 */
/* Names of members, made fit to be shown and stored. */
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "weir/base/utf8.h"
#include "weir/view/charset.h"

/* Control characters, and those that change the direction of what stands around them. */
static bool hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e ||
	       c == 0x200f;
}

static size_t clean_utf8(const char *name, size_t len, char *ret, size_t size)
{
	size_t n = 0;

	for (size_t at = 0, step; at < len; at += step) {
		const char *from = name + at;
		size_t take;
		uint32_t c;

		step = take = weir_utf8_decode(name + at, len - at, &c);
		if (c == 0xfffd || hidden(c)) {
			from = "\xef\xbf\xbd";
			take = 3;
		}
		if (n + take + 1 > size)
			break;
		memcpy(ret + n, from, take);
		n += take;
	}
	ret[n] = '\0';
	return n;
}

size_t weir_path_clean(const char *name, size_t len, char *ret, size_t size)
{
	if (weir_utf8_valid(name, len) != len) {
		char wide[WEIR_UNPACK_PATH * 4];
		size_t used, bom, n;
		enum weir_charset charset;

		len = WEIR_MIN(len, (size_t)WEIR_UNPACK_PATH);
		charset = weir_charset_guess((const uint8_t *)name, len, true, WEIR_CHARSET_BYTES,
					     &bom);
		n = weir_charset_decode(charset, (const uint8_t *)name, len, true, (uint8_t *)wide,
					sizeof(wide), &used);
		return clean_utf8(wide, n, ret, size);
	}
	return clean_utf8(name, len, ret, size);
}

size_t weir_path_push(struct weir_unpack *u, const char *name)
{
	size_t before = u->path_len;

	if (!name || !*name)
		return before;
	if (u->path_len > 0 && u->path_len + 1 < sizeof(u->path))
		u->path[u->path_len++] = '/';
	u->path_len += weir_path_clean(name, strnlen(name, WEIR_UNPACK_PATH), u->path + u->path_len,
				       sizeof(u->path) - u->path_len);
	return before;
}

void weir_path_pop(struct weir_unpack *u, size_t len)
{
	u->path_len = len;
	u->path[len] = '\0';
}
