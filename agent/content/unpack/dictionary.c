/* SPDX-License-Identifier: Apache-2.0 */
/* How much memory unpacking would take, by what the packed data says about itself. */
#include <errno.h>

#include "archived.h"
#include "little.h"

/* The largest that xz makes by its own levels is 64 MiB; zstd refuses more than 128 MiB by itself. */
#define MAX ((uint64_t)128 << 20)

/* A number of 7 bits a byte; the place behind it, 0 when it does not end. */
static size_t skip_number(const uint8_t *p, size_t at, size_t len)
{
	while (at < len && p[at] & 0x80)
		at++;
	return at < len ? at + 1 : 0;
}

/* The dictionary of LZMA2 in the first block's header. */
static uint64_t xz_dictionary(const uint8_t *p, size_t len)
{
	size_t at = 14;

	if (len < 24 || p[12] == 0)
		return 0;
	if (p[13] & 0x40)
		at = skip_number(p, at, len);
	if (at && p[13] & 0x80)
		at = skip_number(p, at, len);
	for (unsigned filters = (p[13] & 3u) + 1; at && filters > 0 && at + 3 <= len; filters--) {
		if (p[at] == 0x21 && p[at + 1] == 1) {
			unsigned bits = p[at + 2] & 0x3f;

			return bits >= 40 ? UINT32_MAX
					  : (uint64_t)(2 | (bits & 1)) << (bits / 2 + 11);
		}
		at = skip_number(p, at, len);
		/* the length of the properties is one byte in all filters there are */
		at = at && at < len ? at + 1 + p[at] : 0;
	}
	return 0;
}

static uint64_t lzip_dictionary(uint8_t coded)
{
	uint64_t size = (uint64_t)1 << (coded & 0x1f);

	return size - size / 16 * (coded >> 5);
}

int weir_archive_fits(enum weir_kind_archive what, const uint8_t *head, size_t len)
{
	uint64_t size = 0;

	if (what == WEIR_ARCHIVE_XZ)
		size = xz_dictionary(head, len);
	else if (what == WEIR_ARCHIVE_LZMA && len >= 5)
		size = weir_le32(head + 1);
	else if (what == WEIR_ARCHIVE_LZIP && len >= 6)
		size = lzip_dictionary(head[5]);
	return size > MAX ? -EFBIG : 0;
}
