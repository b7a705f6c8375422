/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds by content. Rows are tried from the top; text is told last, by the absence of control
 * characters and then by what it begins with (text.c). */
#include "magic.h"

#include <string.h>
#include <strings.h>

#include "text.h"
#include "weir/base/macros.h"
#include "weir/view/charset.h"

#define NOT_TEXT  "program files hold no text; their bytes alone were searched"
#define NOT_MEDIA "sound and video are not read; their bytes alone were searched"
#define NOT_DISK  "this kind of disk image is not opened; its bytes alone were searched"
#define NOT_KNOWN "unknown binary format; its bytes alone were searched"
#define NOT_READ  "this format is not read; its bytes alone were searched"

#define RAW(type, reason)                             \
	{                                             \
		type, NULL, reason, WEIR_KIND_TAIL, 0 \
	}
#define SECRET(type)                                    \
	{                                               \
		type, NULL, WEIR_UNPACK_ENCRYPTED, 0, 0 \
	}
#define LAYER(type, name)                                          \
	{                                                          \
		type, weir_reader_##name, NULL, WEIR_KIND_LAYER, 0 \
	}
#define DOCUMENT(type, name)                                          \
	{                                                             \
		type, weir_reader_##name, NULL, WEIR_KIND_DOCUMENT, 0 \
	}
#define FILTER(type, what)                                                            \
	{                                                                             \
		type, weir_reader_archive, NULL, WEIR_KIND_LAYER, WEIR_ARCHIVE_##what \
	}
#define HELD(type, name, more)                                             \
	{                                                                  \
		type, weir_reader_##name, NULL, WEIR_KIND_HOLD | (more), 0 \
	}
#define ARCHIVE(type, what)                                             \
	{                                                               \
		type, weir_reader_archive, NULL, 0, WEIR_ARCHIVE_##what \
	}
#define ARCHIVE_HELD(type, what)                                                     \
	{                                                                            \
		type, weir_reader_archive, NULL, WEIR_KIND_HOLD, WEIR_ARCHIVE_##what \
	}
#define IMAGE(type) HELD(type, image, WEIR_KIND_TAIL)

struct magic {
	uint16_t offset;
	uint8_t len;
	const char *bytes;
	struct weir_kind kind;
};

#define M(offset, bytes, ...)                                 \
	{                                                     \
		offset, sizeof(bytes) - 1, bytes, __VA_ARGS__ \
	}

/* Bytes written apart where a hexadecimal escape would swallow the letter after it. */
static const struct magic magics[] = {
	/* containers */
	M(0, "PK\x03\x04", HELD("application/zip", zip, 0)),
	M(0, "PK\x05\x06", HELD("application/zip", zip, 0)),
	M(0, "PK\x07\x08", HELD("application/zip", zip, 0)),
	M(0, "PK00PK\x03\x04", HELD("application/zip", zip, 0)),
	M(0, "\x1f\x8b", LAYER("application/gzip", gzip)),
	M(0, "\x1f\x9d", LAYER("application/x-compress", compress)),
	M(0, "x\x01", LAYER("application/zlib", zlib)),
	M(0, "x^", LAYER("application/zlib", zlib)),
	M(0, "x\x9c", LAYER("application/zlib", zlib)),
	M(0, "x\xda", LAYER("application/zlib", zlib)),
	M(0,
	  "\xfd"
	  "7zXZ\0",
	  FILTER("application/x-xz", XZ)),
	M(0, "\x28\xb5\x2f\xfd", FILTER("application/zstd", ZSTD)),
	M(0, "\x04\x22\x4d\x18", FILTER("application/x-lz4", LZ4)),
	M(0, "\x02\x21\x4c\x18", FILTER("application/x-lz4", LZ4)),
	M(0, "LZIP\x01", FILTER("application/x-lzip", LZIP)),
	M(0, "7z\xbc\xaf\x27\x1c", ARCHIVE_HELD("application/x-7z", 7ZIP)),
	M(0, "Rar!\x1a\x07", ARCHIVE("application/vnd.rar", RAR)),
	M(0, "MSCF\0\0\0\0",
	  {"application/vnd.ms-cab", weir_reader_cab, NULL, WEIR_KIND_HOLD, WEIR_ARCHIVE_CAB}),
	M(0, "!<arch>\n", ARCHIVE("application/x-archive", AR)),
	M(0, "\xed\xab\xee\xdb", FILTER("application/x-rpm", RPM)),
	M(0, "xar!\0\x1c", ARCHIVE_HELD("application/x-xar", XAR)),
	M(32768, "\1CD001\1", ARCHIVE_HELD("application/x-iso9660", ISO)),
	M(0, "\x89LZO\0\r\n\x1a\n", RAW("application/x-lzop", NOT_READ)),
	M(0, "LRZI", RAW("application/x-lrzip", NOT_READ)),
	M(0, "\x60\xea", RAW("application/x-arj", NOT_READ)),
	M(0, "MSWIM\0\0\0", RAW("application/x-wim", NOT_DISK)),
	M(0, "hsqs", RAW("application/x-squashfs", NOT_DISK)),
	M(0, "QFI\xfb", RAW("application/x-qcow2", NOT_DISK)),
	M(0, "KDMV", RAW("application/x-vmdk", NOT_DISK)),
	M(0, "vhdxfile", RAW("application/x-vhdx", NOT_DISK)),
	M(32768, "\0BEA01\1", RAW("application/x-udf", NOT_DISK)),
	M(1080, "\x53\xef", RAW("application/x-ext4", NOT_DISK)),
	/* documents */
	M(0, "%PDF-", HELD("application/pdf", pdf, WEIR_KIND_TAIL | WEIR_KIND_DOCUMENT)),
	M(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
	  HELD("application/x-ole", cfb, WEIR_KIND_DOCUMENT)),
	M(0, "\x78\x9f\x3e\x22", HELD("application/ms-tnef", tnef, WEIR_KIND_DOCUMENT)),
	M(0, "{\\rtf", DOCUMENT("application/rtf", rtf)),
	M(0, "SQLite format 3\0", HELD("application/x-sqlite3", sqlite, WEIR_KIND_DOCUMENT)),
	M(0, "ITSF\x03\0\0\0", RAW("application/x-chm", NOT_READ)),
	M(0, "\0\1\0\0Standard Jet DB\0", RAW("application/x-msaccess", NOT_READ)),
	M(0, "\0\1\0\0Standard ACE DB\0", RAW("application/x-msaccess", NOT_READ)),
	M(0, "!BDN", RAW("application/x-pst", NOT_READ)),
	M(0, "Obj\x01", RAW("application/x-avro", NOT_READ)),
	M(0, "PAR1", RAW("application/x-parquet", NOT_READ)),
	/* images */
	M(0, "\x89PNG\r\n\x1a\n", IMAGE("image/png")),
	M(0, "\xff\xd8\xff", IMAGE("image/jpeg")),
	M(0, "GIF87a", IMAGE("image/gif")),
	M(0, "GIF89a", IMAGE("image/gif")),
	M(0, "II*\0", IMAGE("image/tiff")),
	M(0, "MM\0*", IMAGE("image/tiff")),
	M(8, "WEBPVP8", IMAGE("image/webp")),
	M(4, "ftypheic", IMAGE("image/heic")),
	M(4, "ftypmif1", IMAGE("image/heic")),
	M(4, "ftypavif", IMAGE("image/avif")),
	M(0, "\0\0\1\0", IMAGE("image/x-icon")),
	M(0, "8BPS\0\1", IMAGE("image/x-psd")),
	M(0, "\xff\x4f\xff\x51", IMAGE("image/jp2")),
	M(0, "\0\0\0\x0cjP  \r\n", IMAGE("image/jp2")),
	/* sound and video */
	M(4, "ftyp", RAW("video/mp4", NOT_MEDIA)),
	M(8, "WAVEfmt ", RAW("audio/wav", NOT_MEDIA)),
	M(8, "AVI LIST", RAW("video/avi", NOT_MEDIA)),
	M(0, "OggS\0", RAW("audio/ogg", NOT_MEDIA)),
	M(0, "fLaC", RAW("audio/flac", NOT_MEDIA)),
	M(0, "ID3", RAW("audio/mpeg", NOT_MEDIA)),
	M(0, "\xff\xfb", RAW("audio/mpeg", NOT_MEDIA)),
	M(0, "#!AMR", RAW("audio/amr", NOT_MEDIA)),
	M(0, "\x1a\x45\xdf\xa3", RAW("video/webm", NOT_MEDIA)),
	M(0, "FLV\1", RAW("video/flv", NOT_MEDIA)),
	M(0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", RAW("video/x-asf", NOT_MEDIA)),
	M(0, "\0\0\1\xba", RAW("video/mpeg", NOT_MEDIA)),
	/* programs */
	M(0,
	  "\x7f"
	  "ELF",
	  RAW("application/x-elf", NOT_TEXT)),
	M(0, "\xca\xfe\xba\xbe", RAW("application/java-vm", NOT_TEXT)),
	M(0, "\0asm", RAW("application/wasm", NOT_TEXT)),
	M(0, "\xfe\xed\xfa\xce", RAW("application/x-mach-binary", NOT_TEXT)),
	M(0, "\xfe\xed\xfa\xcf", RAW("application/x-mach-binary", NOT_TEXT)),
	M(0, "\xce\xfa\xed\xfe", RAW("application/x-mach-binary", NOT_TEXT)),
	M(0, "\xcf\xfa\xed\xfe", RAW("application/x-mach-binary", NOT_TEXT)),
	M(0, "dex\n03", RAW("application/x-dex", NOT_TEXT)),
	/* encrypted as a whole */
	M(0, "LUKS\xba\xbe", SECRET("application/x-luks")),
	M(0, "SKUL\xba\xbe", SECRET("application/x-luks")),
	M(3, "-FVE-FS-", SECRET("application/x-bitlocker")),
	M(0, "Salted__", SECRET("application/x-openssl")),
	M(0, "U2FsdGVkX1", SECRET("application/x-openssl")),
	M(0, "age-encryption.org/", SECRET("application/x-age")),
	M(0, "-----BEGIN AGE ENCRYPTED FILE-----", SECRET("application/x-age")),
	M(0, "-----BEGIN PGP MESSAGE-----", SECRET("application/pgp-encrypted")),
	M(0, "-----BEGIN CMS-----", SECRET("application/pkcs7-mime")),
	M(0, "-----BEGIN PKCS7-----", SECRET("application/pkcs7-mime")),
	M(0, "$ANSIBLE_VAULT;", SECRET("application/x-ansible-vault")),
	M(0, "\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5", SECRET("application/x-keepass")),
	M(0, "\x03\xd9\xa2\x9a\x65\xfb\x4b\xb5", SECRET("application/x-keepass")),
	M(0, "\x85\x01\x0c\x03", SECRET("application/pgp-encrypted")),
	M(0, "\x85\x02\x0c\x03", SECRET("application/pgp-encrypted")),
	M(0, "\x84\x5e\x03", SECRET("application/pgp-encrypted")),
	M(0, "\x8c\x0d\x04", SECRET("application/pgp-encrypted")),
	M(0, "\xc3\x0d\x04", SECRET("application/pgp-encrypted")),
	M(0, "%TSD-Header-###%", SECRET("application/x-sealed")),
	M(4, "E-SafeNet\0", SECRET("application/x-sealed")),
	M(5, "E-SafeNet\0", SECRET("application/x-sealed")),
	M(6, "E-SafeNet\0", SECRET("application/x-sealed")),
	M(7, "E-SafeNet\0", SECRET("application/x-sealed")),
};

static const struct weir_kind empty = {"application/x-empty", NULL, NULL, 0, 0},
			      text = {"text/plain", NULL, NULL, WEIR_KIND_TEXT, 0},
			      wide_text = {"text/plain", NULL, NULL, 0, 0},
			      unknown = RAW("application/octet-stream", NOT_KNOWN),
			      program = RAW("application/x-msdos-program", NOT_TEXT),
			      pdf = HELD("application/pdf", pdf,
					 WEIR_KIND_TAIL | WEIR_KIND_DOCUMENT),
			      bmp = IMAGE("image/bmp"),
			      bzip2 = FILTER("application/x-bzip2", BZIP2),
			      tar = ARCHIVE("application/x-tar", TAR),
			      cpio = ARCHIVE("application/x-cpio", CPIO),
			      lzma = FILTER("application/x-lzma", LZMA),
			      lha = ARCHIVE("application/x-lha", LHA),
			      html = DOCUMENT("text/html", xml),
			      xml = DOCUMENT("application/xml", xml),
			      mail = DOCUMENT("message/rfc822", mail),
			      mbox = DOCUMENT("application/mbox", mail),
			      coded = LAYER("text/plain", coded);

const struct weir_kind weir_kind_zip_stream = ARCHIVE("application/zip", ZIP);

static bool printable(const struct magic *m)
{
	for (size_t i = 0; i < m->len; i++)
		if ((uint8_t)m->bytes[i] < 0x20 || (uint8_t)m->bytes[i] > 0x7e)
			return false;
	return true;
}

/* Magics that could as well begin a text, in whatever encoding, count only when the block is not
 * text. */
static bool doubtful(const struct magic *m)
{
	return (m->offset > 0 && m->len < 7) || (m->len <= 2 && (uint8_t)m->bytes[0] >= 0x20) ||
	       (printable(m) && m->len < 5);
}

static bool control(uint8_t c)
{
	return ((c < 0x20) & ((c < 0x08) | (c > 0x0d)) & (c != 0x1b)) | (c == 0x7f);
}

/* Control characters, NULs among them. Steps of a fixed length, so that the compiler makes vectors
 * of the inner loop. */
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

bool weir_magic_binary(const uint8_t *data, size_t len)
{
	size_t nuls, count = controls(data, len, &nuls) - nuls;

	/* runs of NUL alone are holes, in logs that were preallocated or cut; mixed with bytes they
	 * are a format */
	if (len >= 16 && nuls * 10 >= len * 3 && nuls * 10 <= len * 7)
		return true;
	return count > 2 && count * 20 > len - nuls;
}

/* UTF-16 and UTF-32, by mark or by where the NULs are. */
static bool wide(const uint8_t *data, size_t len)
{
	size_t nuls[4] = {0}, odd, even;

	if (len >= 2 &&
	    ((data[0] == 0xff && data[1] == 0xfe) || (data[0] == 0xfe && data[1] == 0xff)))
		return true;
	if (len >= 4 && memcmp(data, "\0\0\xfe\xff", 4) == 0)
		return true;
	for (size_t i = 0; i < len; i++)
		nuls[i % 4] += data[i] == 0;
	even = nuls[0] + nuls[2];
	odd = nuls[1] + nuls[3];
	return len >= 16 && ((even * 20 < len && odd * 10 >= len * 3) ||
			     (odd * 20 < len && even * 10 >= len * 3) ||
			     (nuls[0] * 80 < len && nuls[2] * 5 >= len && nuls[3] * 5 >= len) ||
			     (nuls[3] * 80 < len && nuls[0] * 5 >= len && nuls[1] * 5 >= len));
}

/* Markup in UTF-16, by its beginning; NULL: none. Other formats do not come so. */
static const struct weir_kind *by_wide_text(const uint8_t *data, size_t len)
{
	uint8_t narrow[1024];
	size_t n = 0, at = 0, low;

	if (len < 4)
		return NULL;
	if (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0)
		at = 2;
	low = (at ? data[0] == 0xff : data[0] != 0) ? 0 : 1;
	for (; at + 1 < len && n < sizeof(narrow); at += 2)
		narrow[n++] = data[at + 1 - low] == 0 && data[at + low] != 0 ? data[at + low] : '?';
	switch (weir_text_kind(narrow, n)) {
	case WEIR_TEXT_HTML:
		return &html;
	case WEIR_TEXT_XML:
		return &xml;
	default:
		return NULL;
	}
}

/* UTF-16 of few NULs: hanzi, digits of other scripts. Numbers of 32 bits look like UTF-32. */
static bool wide_by_units(const uint8_t *data, size_t len)
{
	size_t bom;
	enum weir_charset charset = weir_charset_guess(data, len, false, WEIR_CHARSET_BYTES, &bom);

	return charset == WEIR_CHARSET_UTF16LE || charset == WEIR_CHARSET_UTF16BE;
}

static bool octal(const uint8_t *p, size_t len, uint32_t *ret)
{
	uint32_t n = 0;
	size_t i = 0, digits = 0;

	while (i < len && p[i] == ' ')
		i++;
	for (; i < len && p[i] >= '0' && p[i] <= '7'; i++, digits++)
		n = n * 8 + (uint32_t)(p[i] - '0');
	*ret = n;
	return digits > 0 && (i == len || p[i] == ' ' || p[i] == 0);
}

/* By the checksum that all tars have; those of before 1988 have nothing else. */
static bool is_tar(const uint8_t *data, size_t len)
{
	uint32_t stored, sum = 0;
	int32_t with_signs = 0;

	if (len < 512 || data[0] == 0 || !octal(data + 148, 8, &stored))
		return false;
	for (size_t i = 0; i < 512; i++) {
		uint8_t c = i >= 148 && i < 156 ? ' ' : data[i];

		sum += c;
		with_signs += (int8_t)c;
	}
	return sum == stored || with_signs == (int32_t)stored;
}

static bool is_cpio(const uint8_t *data, size_t len)
{
	bool old = len >= 76 && memcmp(data, "070707", 6) == 0;
	size_t digits = old ? 76 : 110;

	if (!old &&
	    (len < 110 || (memcmp(data, "070701", 6) != 0 && memcmp(data, "070702", 6) != 0)))
		return false;
	for (size_t i = 6; i < digits; i++)
		if (!(data[i] >= '0' && data[i] <= (old ? '7' : '9')) &&
		    (old || !((data[i] | 0x20) >= 'a' && (data[i] | 0x20) <= 'f')))
			return false;
	/* the name follows */
	return len > digits && data[digits] != '\n' && data[digits] != '\r';
}

/* The oldest form: 16 bit numbers in either order, a name that ends where its length says. */
static bool is_old_cpio(const uint8_t *data, size_t len)
{
	bool little = len >= 26 && data[0] == 0xc7 && data[1] == 0x71;
	size_t name;

	if (len < 26 || (!little && !(data[0] == 0x71 && data[1] == 0xc7)))
		return false;
	name = little ? data[20] | (size_t)data[21] << 8 : data[21] | (size_t)data[20] << 8;
	return name >= 2 && name <= 1024 && len >= 26 + name && data[26] != 0 &&
	       data[26 + name - 1] == 0 && data[26 + name - 2] != 0;
}

/* The properties byte, a dictionary of a usual size, a length that can be. */
static bool is_lzma(const uint8_t *data, size_t len)
{
	uint32_t dictionary;
	uint64_t size;

	if (len < 14 || data[0] >= 225 || data[13] != 0)
		return false;
	dictionary = (uint32_t)data[1] | (uint32_t)data[2] << 8 | (uint32_t)data[3] << 16 |
		     (uint32_t)data[4] << 24;
	if (dictionary < 4096 || (dictionary & (dictionary - 1)) != 0)
		return false;
	size = (uint64_t)data[5] | (uint64_t)data[6] << 8 | (uint64_t)data[7] << 16 |
	       (uint64_t)data[8] << 24 | (uint64_t)data[9] << 32 | (uint64_t)data[10] << 40 |
	       (uint64_t)data[11] << 48 | (uint64_t)data[12] << 56;
	return size == UINT64_MAX || size < (uint64_t)1 << 38;
}

/* Behind bytes that readers skip, within the first 1 KiB. */
static bool is_late_pdf(const uint8_t *data, size_t len, bool binary)
{
	const uint8_t *at = memmem(data, WEIR_MIN(len, (size_t)1024), "%PDF-", 5);

	if (!at || at + 8 > data + len || at[5] < '1' || at[5] > '2' || at[6] != '.')
		return false;
	return binary || (memmem(at, len - (size_t)(at - data), " obj", 4) &&
			  (at == data || at[-1] == '\n' || at[-1] == '\r'));
}

static bool is_bzip2(const uint8_t *data, size_t len)
{
	return len >= 10 && memcmp(data, "BZh", 3) == 0 && data[3] >= '1' && data[3] <= '9' &&
	       (memcmp(data + 4, "1AY&SY", 6) == 0 || memcmp(data + 4, "\x17rE8P\x90", 6) == 0);
}

static bool is_lha(const uint8_t *data, size_t len)
{
	return len >= 21 && data[2] == '-' && data[3] == 'l' &&
	       (data[4] == 'h' || data[4] == 'z') && data[6] == '-' && data[20] <= 3;
}

static bool is_bmp(const uint8_t *data, size_t len)
{
	return len >= 18 && data[0] == 'B' && data[1] == 'M' && data[6] == 0 && data[7] == 0 &&
	       data[8] == 0 && data[9] == 0 &&
	       (data[14] == 40 || data[14] == 12 || data[14] >= 108);
}

static const struct weir_kind *computed(const uint8_t *data, size_t len, bool binary)
{
	if (is_tar(data, len) || (binary && len >= 512 && memcmp(data + 257, "ustar", 5) == 0))
		return &tar;
	if (is_bzip2(data, len))
		return &bzip2;
	if (is_cpio(data, len) || is_old_cpio(data, len))
		return &cpio;
	if (is_late_pdf(data, len, binary))
		return &pdf;
	if (!binary)
		return NULL;
	if (is_lzma(data, len))
		return &lzma;
	if (is_lha(data, len))
		return &lha;
	if (is_bmp(data, len))
		return &bmp;
	if (len >= 64 && memcmp(data, "MZ", 2) == 0)
		return &program;
	return NULL;
}

static const struct weir_kind *by_text(const uint8_t *data, size_t len)
{
	switch (weir_text_kind(data, len)) {
	case WEIR_TEXT_HTML:
		return &html;
	case WEIR_TEXT_XML:
		return &xml;
	case WEIR_TEXT_MAIL:
		return &mail;
	case WEIR_TEXT_MBOX:
		return &mbox;
	case WEIR_TEXT_CODED:
		return &coded;
	case WEIR_TEXT_PLAIN:
	default:
		return &text;
	}
}

const struct weir_kind *weir_magic(const uint8_t *data, size_t len)
{
	const struct weir_kind *kind;
	size_t sample = WEIR_MIN(len, (size_t)4096);
	bool binary;

	if (len == 0)
		return &empty;
	binary = weir_magic_binary(data, sample);
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
		const struct magic *m = &magics[i];

		if (m->offset + (size_t)m->len <= len &&
		    memcmp(data + m->offset, m->bytes, m->len) == 0 && (binary || !doubtful(m)))
			return &m->kind;
	}
	kind = computed(data, len, binary);
	if (kind)
		return kind;
	if (wide(data, sample) || (binary && wide_by_units(data, sample))) {
		kind = by_wide_text(data, sample);
		return kind ? kind : &wide_text;
	}
	return binary ? &unknown : by_text(data, sample);
}
