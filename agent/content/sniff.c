/* SPDX-License-Identifier: Apache-2.0 */
#include "sniff.h"

#include <string.h>

#include "weir/base/macros.h"

#define NOT_UNPACKED   "archives and compressed data are not unpacked yet"
#define NOT_EXTRACTED  "the text of this document format is not extracted yet"
#define NOT_TEXT       "program files hold no text; their bytes alone were searched"
#define NOT_RECOGNISED "images, sound and video are not read"
#define ENCRYPTED      "encrypted"

struct magic {
	uint16_t offset;
	uint8_t len;
	const char *bytes;
	const char *type, *reason;
};

#define M(offset, bytes, type, reason)                         \
	{                                                      \
		offset, sizeof(bytes) - 1, bytes, type, reason \
	}

static const struct magic magics[] = {
	M(0, "PK\x03\x04", "application/zip", NOT_UNPACKED),
	M(0, "PK\x05\x06", "application/zip", NOT_UNPACKED),
	M(0, "PK\x07\x08", "application/zip", NOT_UNPACKED),
	M(0, "\x1f\x8b", "application/gzip", NOT_UNPACKED),
	M(0, "\x1f\x9d", "application/x-compress", NOT_UNPACKED),
	M(0, "7z\xbc\xaf\x27\x1c", "application/x-7z", NOT_UNPACKED),
	M(0, "Rar!\x1a\x07", "application/vnd.rar", NOT_UNPACKED),
	M(0,
	  "\xfd"
	  "7zXZ\0",
	  "application/x-xz", NOT_UNPACKED),
	M(0, "\x28\xb5\x2f\xfd", "application/zstd", NOT_UNPACKED),
	M(0, "\x04\x22\x4d\x18", "application/x-lz4", NOT_UNPACKED),
	M(0, "LZIP", "application/x-lzip", NOT_UNPACKED),
	M(0, "BZh", "application/x-bzip2", NOT_UNPACKED),
	M(0, "MSCF", "application/vnd.ms-cab", NOT_UNPACKED),
	M(0, "!<arch>\n", "application/x-archive", NOT_UNPACKED),
	M(0, "\xed\xab\xee\xdb", "application/x-rpm", NOT_UNPACKED),
	M(0, "hsqs", "application/x-squashfs", NOT_UNPACKED),
	M(257, "ustar", "application/x-tar", NOT_UNPACKED),
	M(0, "%PDF-", "application/pdf", NOT_EXTRACTED),
	M(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole", NOT_EXTRACTED),
	M(0, "{\\rtf", "application/rtf", NOT_EXTRACTED),
	M(0, "SQLite format 3\0", "application/x-sqlite3", NOT_EXTRACTED),
	M(0,
	  "\x7f"
	  "ELF",
	  "application/x-elf", NOT_TEXT),
	M(0, "\xca\xfe\xba\xbe", "application/java-vm", NOT_TEXT),
	M(0, "\0asm", "application/wasm", NOT_TEXT),
	M(0, "\x89PNG\r\n\x1a\n", "image/png", NOT_RECOGNISED),
	M(0, "\xff\xd8\xff", "image/jpeg", NOT_RECOGNISED),
	M(0, "GIF87a", "image/gif", NOT_RECOGNISED),
	M(0, "GIF89a", "image/gif", NOT_RECOGNISED),
	M(0, "II*\0", "image/tiff", NOT_RECOGNISED),
	M(0, "MM\0*", "image/tiff", NOT_RECOGNISED),
	M(8, "WEBP", "image/webp", NOT_RECOGNISED),
	M(4, "ftyp", "video/mp4", NOT_RECOGNISED),
	M(0, "OggS", "audio/ogg", NOT_RECOGNISED),
	M(0, "fLaC", "audio/flac", NOT_RECOGNISED),
	M(0, "ID3", "audio/mpeg", NOT_RECOGNISED),
	M(0, "LUKS\xba\xbe", "application/x-luks", ENCRYPTED),
	M(0, "Salted__", "application/x-openssl", ENCRYPTED),
	M(0, "age-encryption.org/", "application/x-age", ENCRYPTED),
	M(0, "-----BEGIN PGP MESSAGE", "application/pgp-encrypted", ENCRYPTED),
};

/* Magics that could as well begin a text count only when the block is not text. */
static bool doubtful(const struct magic *m)
{
	for (size_t i = 0; i < m->len; i++)
		if ((uint8_t)m->bytes[i] < 0x20 || (uint8_t)m->bytes[i] > 0x7e)
			return false;
	return m->len < 5;
}

static bool control(uint8_t c)
{
	return ((c < 0x20) & ((c < 0x08) | (c > 0x0d)) & (c != 0x1b)) | (c == 0x7f);
}

/* Control characters with NUL among them. Steps of a fixed length, so that the compiler makes
 * vectors of the inner loop. */
static size_t controls(const uint8_t *data, size_t len, size_t *ret_nuls)
{
	size_t count = 0, nuls = 0, at = 0;

	for (; at + 64 <= len; at += 64) {
		uint8_t c = 0, n = 0;

		for (size_t i = 0; i < 64; i++) {
			c = (uint8_t)(c + control(data[at + i]));
			n = (uint8_t)(n + (data[at + i] == 0));
		}
		count += c;
		nuls += n;
	}
	for (; at < len; at++) {
		count += control(data[at]);
		nuls += data[at] == 0;
	}
	*ret_nuls = nuls;
	return count;
}

bool weir_sniff_binary(const uint8_t *data, size_t len)
{
	size_t nuls, count = controls(data, len, &nuls) - nuls;

	/* runs of NUL alone are holes, in logs that were preallocated or cut; mixed with bytes they
	 * are a format */
	if (len >= 16 && nuls * 10 >= len * 3 && nuls * 10 <= len * 7)
		return true;
	return count > 2 && count * 20 > len - nuls;
}

static bool utf16(const uint8_t *data, size_t len)
{
	size_t even = 0, odd = 0;

	if (len >= 2 &&
	    ((data[0] == 0xff && data[1] == 0xfe) || (data[0] == 0xfe && data[1] == 0xff)))
		return true;
	for (size_t i = 0; i < len; i++)
		*(i % 2 ? &odd : &even) += data[i] == 0;
	return len >= 16 && ((even * 20 < len && odd * 10 >= len * 3) ||
			     (odd * 20 < len && even * 10 >= len * 3));
}

struct weir_sniff weir_sniff(const uint8_t *data, size_t len)
{
	bool binary;

	len = WEIR_MIN(len, (size_t)WEIR_SNIFF_BYTES);
	binary = weir_sniff_binary(data, len);
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
		const struct magic *m = &magics[i];

		if (m->offset + (size_t)m->len > len ||
		    memcmp(data + m->offset, m->bytes, m->len) != 0)
			continue;
		if (binary || !doubtful(m))
			return (struct weir_sniff){m->type, m->reason};
	}
	if (len == 0)
		return (struct weir_sniff){"application/x-empty", NULL};
	if (utf16(data, len))
		return (struct weir_sniff){"text/plain; charset=utf-16",
					   "UTF-16 text is not decoded yet"};
	if (len >= 2 && memcmp(data, "MZ", 2) == 0 && binary)
		return (struct weir_sniff){"application/x-msdos-program", NOT_TEXT};
	if (binary)
		return (struct weir_sniff){"application/octet-stream",
					   "unknown binary format; its bytes alone were searched"};
	return (struct weir_sniff){"text/plain", NULL};
}
