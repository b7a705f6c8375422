/* SPDX-License-Identifier: Apache-2.0 */
/* The packed RTF of Outlook: matches in a ring of 4 KiB that starts with the most common words of
 * RTF. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "little.h"
#include "ole.h"

#define RING	 4096
#define HEAD	 16
#define PACKED	 0x75465a4cU
#define UNPACKED 0x414c454dU
#define MOST	 (64U << 20)

static const char start[] =
	"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss "
	"\\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New "
	"RomanCourier{\\colortbl\\red0"
	"\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

struct lzfu {
	uint8_t ring[RING];
	unsigned at;
	uint8_t *out;
	size_t len, size;
};

static void put(struct lzfu *z, uint8_t byte)
{
	z->ring[z->at] = byte;
	z->at = (z->at + 1) % RING;
	if (z->len < z->size)
		z->out[z->len++] = byte;
}

static int unpack(struct lzfu *z, const uint8_t *p, const uint8_t *end)
{
	while (p < end) {
		unsigned flags = *p++;

		for (unsigned bit = 0; bit < 8; bit++, flags >>= 1) {
			unsigned ref, from, n;

			if (p == end)
				return -EBADMSG;
			if (!(flags & 1)) {
				put(z, *p++);
				continue;
			}
			if (end - p < 2)
				return -EBADMSG;
			ref = (unsigned)p[0] << 8 | p[1];
			p += 2;
			from = ref >> 4;
			if (from == z->at)
				return 0;
			for (n = (ref & 15) + 2; n > 0; n--, from++)
				put(z, z->ring[from % RING]);
		}
	}
	return -EBADMSG;
}

int weir_lzfu(const uint8_t *data, size_t len, uint8_t **ret, size_t *ret_len)
{
	struct lzfu z = {.at = sizeof(start) - 1};
	size_t packed;
	int r = 0;

	*ret = NULL;
	*ret_len = 0;
	if (len < HEAD)
		return -EBADMSG;
	packed = WEIR_MIN((size_t)weir_le32(data), len - 4);
	/* nine bits hold at most 17 bytes: what claims to be longer is not */
	z.size = WEIR_MIN((size_t)weir_le32(data + 4), len * 10);
	z.size = WEIR_MIN(z.size, (size_t)MOST);
	z.out = malloc(z.size + 16);
	if (!z.out)
		return -ENOMEM;
	memcpy(z.ring, start, sizeof(start) - 1);
	memset(z.ring + z.at, ' ', RING - z.at);
	if (weir_le32(data + 8) == UNPACKED) {
		z.len = WEIR_MIN(z.size, len - HEAD);
		memcpy(z.out, data + HEAD, z.len);
	} else if (weir_le32(data + 8) == PACKED && packed >= HEAD - 4) {
		r = unpack(&z, data + HEAD, data + 4 + packed);
	} else {
		r = -EBADMSG;
	}
	*ret = z.out;
	*ret_len = z.len;
	return r;
}
