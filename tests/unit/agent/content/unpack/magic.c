/* SPDX-License-Identifier: Apache-2.0 */
#include "magic.h"

#include "helper.h"

#define CASE(bytes, type, readable)                      \
	{                                                \
		bytes, sizeof(bytes) - 1, type, readable \
	}

static const struct {
	const char *bytes;
	size_t len;
	const char *type;
	bool readable;
} cases[] = {
	CASE("", "application/x-empty", true),
	CASE("plain text\n", "text/plain", true),
	CASE("\xef\xbb\xbf\xe4\xb8\xad\xe6\x96\x87", "text/plain", true),
	CASE("\xd6\xd0\xce\xc4 in GBK", "text/plain", true),
	CASE("a\tb\r\n\f\x1b[0m", "text/plain", true),
	CASE("{\"a\": [1, 2]}\n", "text/plain", true),
	CASE("id,name\n1,a\n", "text/plain", true),
	CASE("PK\x03\x04\x14\0\0\0", "application/zip", true),
	CASE("PK\x05\x06\0\0\0\0", "application/zip", true),
	CASE("\x1f\x8b\x08\0", "application/gzip", true),
	CASE("\x1f\x9d\x90", "application/x-compress", true),
	CASE("x\x9c\x01\x02\x03\x04\x05\x06", "application/zlib", true),
	CASE("x^2 is how this sentence begins", "text/plain", true),
	CASE("7z\xbc\xaf\x27\x1c", "application/x-7z", true),
	CASE("Rar!\x1a\x07\x01\0", "application/vnd.rar", true),
	CASE("\xfd"
	     "7zXZ\0\0",
	     "application/x-xz", true),
	CASE("\x28\xb5\x2f\xfd\x04", "application/zstd", true),
	CASE("\x04\x22\x4d\x18\x60", "application/x-lz4", true),
	CASE("LZIP\x01\x0c\0\0\0\0\0", "application/x-lzip", true),
	CASE("LZIP is a program", "text/plain", true),
	CASE("BZh91AY&SY\x01\x02\x03\x04\x05\x06", "application/x-bzip2", true),
	CASE("BZh is how this sentence begins", "text/plain", true),
	CASE("!<arch>\ndebian-binary   ", "application/x-archive", true),
	CASE("\xed\xab\xee\xdb\3\0", "application/x-rpm", true),
	CASE("MSCF\0\0\0\0\1\2\3\4", "application/vnd.ms-cab", true),
	CASE("%PDF-1.7\n", "application/pdf", true),
	CASE("\x01\x02\x03\x04\0\0\n%PDF-1.4\n", "application/pdf", true),
	CASE("files begin with %PDF-1.4 mostly", "text/plain", true),
	CASE("HTTP/1.1 200 OK\n%PDF-1.4\n1 0 obj\n", "application/pdf", true),
	CASE("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole", true),
	CASE("{\\rtf1\\ansi", "application/rtf", true),
	CASE("SQLite format 3\0", "application/x-sqlite3", true),
	CASE("\x7f"
	     "ELF\x02\x01\x01",
	     "application/x-elf", false),
	CASE("\xcf\xfa\xed\xfe\x07\0\0\1", "application/x-mach-binary", false),
	CASE("\xca\xfe\xba\xbe\0\0\0\x34", "application/java-vm", false),
	CASE("\x89PNG\r\n\x1a\n", "image/png", true),
	CASE("\xff\xd8\xff\xe0", "image/jpeg", true),
	CASE("\0\0\0\x18"
	     "ftypisom\0\0\2\0",
	     "video/mp4", false),
	CASE("LUKS\xba\xbe\0\x02", "application/x-luks", false),
	CASE("Salted__\1\2\3\4\5\6\7\x08", "application/x-openssl", false),
	CASE("age-encryption.org/v1\n-> X25519", "application/x-age", false),
	CASE("-----BEGIN PGP MESSAGE-----\n", "application/pgp-encrypted", false),
	CASE("\x8c\x0d\x04\x09\x03\x02\x01\x05\x06\x07", "application/pgp-encrypted", false),
	CASE("$ANSIBLE_VAULT;1.1;AES256\n", "application/x-ansible-vault", false),
	CASE("\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5\1\0\4\0", "application/x-keepass", false),
	CASE("\xff\xfe"
	     "a\0b\0",
	     "text/plain", true),
	CASE("a\0b\0c\0d\0e\0f\0g\0h\0i\0", "text/plain", true),
	CASE("\0a\0b\0c\0d\0e\0f\0g\0h\0i", "text/plain", true),
	CASE("a\0\0\0b\0\0\0c\0\0\0d\0\0\0e\0\0\0", "text/plain", true),
	CASE("\x01\x02\x03\x04\x05\x06\x07\x0e", "application/octet-stream", false),
	CASE("<!DOCTYPE html>\n<p>", "text/html", true),
	CASE("\xef\xbb\xbf <!-- c --> <HTML>", "text/html", true),
	CASE("<?xml version='1.0'?><a/>", "application/xml", true),
	CASE("<?xml version='1.0'?><html xmlns=''>", "text/html", true),
	CASE("<p:sld xmlns:p='a'><p:c/>", "application/xml", true),
	CASE("<a b='c' xmlns='d'/>", "application/xml", true),
	CASE("<a> xmlns='d'>", "text/plain", true),
	CASE("<1 xmlns='d'>", "text/plain", true),
	CASE("<div xmlns='d'>one</div>", "text/html", true),
	CASE("if (a <b) return", "text/plain", true),
	CASE("<p>one</p>", "text/html", true),
	CASE("<!-- c -->\n<DIV class=x>one</DIV>", "text/html", true),
	CASE("<table><tr><td>1", "text/html", true),
	CASE("<body>one", "text/html", true),
	CASE("<head><title>one", "text/html", true),
	CASE("<p> is how a paragraph begins", "text/plain", true),
	CASE("<path>/usr</path>", "text/plain", true),
	CASE("<p, q> = 0 </", "text/plain", true),
	CASE("<!-- a note --> and text", "text/plain", true),
	CASE("<\0?\0x\0m\0l\0 \0v\0e\0r\0s\0i\0o\0n\0=\0", "application/xml", true),
	CASE("\xfe\xff\0<\0?\0x\0m\0l\0 \0", "application/xml", true),
	CASE("\xff\xfe<\0h\0t\0m\0l\0>\0\x2d\x4e", "text/html", true),
	CASE("\0<\0p\0>\0\x31\0\x32\0\x33\0<\0/\0p\0>", "text/html", true),
	CASE("\xff\xfe"
	     "F\0r\0o\0m\0:\0 \0a\0\n\0",
	     "text/plain", true),
	CASE("From: a@example.com\nTo: b@example.com\nSubject: x\nDate: y\n\nhi", "message/rfc822",
	     true),
	CASE("From: the start\nof a letter\n", "text/plain", true),
	CASE("Received: by x\n\tfor y\nMIME-Version: 1.0\n", "message/rfc822", true),
	CASE("From a@example.com Mon Jan 1 00:00:00 2024\nReceived: x\nMessage-ID: <y>\n\n",
	     "application/mbox", true),
	CASE("From here on it is a text\nabout: things\n", "text/plain", true),
	CASE("begin 644 file.bin\nM12345\n", "text/plain", true),
	CASE("0707010000000 is a number", "text/plain", true),
};

static void magic__cases(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct weir_kind *k =
			weir_magic((const uint8_t *)cases[i].bytes, cases[i].len);

		if (strcmp(k->type, cases[i].type) != 0)
			print_error("case %zu\n", i);
		assert_string_equal(k->type, cases[i].type);
		assert_int_equal(k->reason == NULL, cases[i].readable);
		assert_true(strlen(k->type) < WEIR_DETECTOR_ID_MAX);
		assert_true(!k->reason || strlen(k->reason) < WEIR_REASON_MAX);
	}
}

/* A tar of before 1988 has no magic, its checksum alone. */
static void magic__tar_by_checksum(void **state)
{
	uint8_t block[1024] = {0};
	unsigned sum = 0;

	memcpy(block, "customers.csv", 13);
	memcpy(block + 100, "000644 \0", 8);
	memcpy(block + 124, "00000000012 ", 12);
	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < 512; i++)
		sum += block[i];
	snprintf((char *)block + 148, 8, "%06o", sum);
	assert_string_equal(weir_magic(block, sizeof(block))->type, "application/x-tar");
	block[3] ^= 1;
	assert_string_not_equal(weir_magic(block, sizeof(block))->type, "application/x-tar");
}

static void magic__iso_far_from_the_start(void **state)
{
	uint8_t *data _cleanup_(freep) = calloc(1, WEIR_MAGIC_HEAD);

	assert_non_null(data);
	memset(data, 7, 64);
	memcpy(data + 32768, "\1CD001\1", 7);
	for (size_t i = 0; i < 4096; i += 3)
		data[i] = 1;
	assert_string_equal(weir_magic(data, WEIR_MAGIC_HEAD)->type, "application/x-iso9660");
	assert_string_not_equal(weir_magic(data, 32770)->type, "application/x-iso9660");
}

/* UTF-16 of few NULs; the same bytes in another order are none. */
static void magic__utf16_of_hanzi_and_digits(void **state)
{
	static const uint16_t units[] = {0x8eab, 0x4efd, 0x8bc1, 0x53f7, 0xff1a, 0x0663,
					 0x0661, 0x0660, 0x0661, 0x0660, 0x0662, '\n'};
	uint8_t data[1200];

	for (size_t i = 0; i < sizeof(data); i += 2) {
		data[i] = (uint8_t)units[i / 2 % ARRAY_SIZE(units)];
		data[i + 1] = (uint8_t)(units[i / 2 % ARRAY_SIZE(units)] >> 8);
	}
	assert_string_equal(weir_magic(data, sizeof(data))->type, "text/plain");
	for (size_t i = 0; i < sizeof(data); i += 3)
		data[i] = (uint8_t)(i * 7);
	assert_string_equal(weir_magic(data, sizeof(data))->type, "application/octet-stream");
}

static void magic__some_nuls_are_text(void **state)
{
	uint8_t data[4096];

	memset(data, 'a', sizeof(data));
	data[100] = data[2000] = 0;
	assert_string_equal(weir_magic(data, sizeof(data))->type, "text/plain");
	assert_false(weir_magic_binary(data, sizeof(data)));
	for (size_t i = 0; i < sizeof(data); i += 2)
		data[i] = 0;
	assert_true(weir_magic_binary(data, sizeof(data)));
}

static void magic__declared_charsets(void **state)
{
	static const struct {
		const char *text, *charset;
	} declared[] = {
		{"<html><meta charset=gbk>", "gbk"},
		{"<meta http-equiv=Content-Type content=\"text/html; charset=GB2312\">", "GB2312"},
		{"<?xml version=\"1.0\" encoding='Big5'?>", "Big5"},
		{"@charset \"utf-8\";", "utf-8"},
		{"charset=gbk in a sentence", NULL},
		{"<html>", NULL},
		{"<meta charset=", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(declared); i++) {
		char ret[32];
		const char *got = weir_magic_charset((const uint8_t *)declared[i].text,
						     strlen(declared[i].text), ret);

		if (!declared[i].charset)
			assert_null(got);
		else
			assert_string_equal(got, declared[i].charset);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(magic__cases),
		cmocka_unit_test(magic__tar_by_checksum),
		cmocka_unit_test(magic__iso_far_from_the_start),
		cmocka_unit_test(magic__utf16_of_hanzi_and_digits),
		cmocka_unit_test(magic__some_nuls_are_text),
		cmocka_unit_test(magic__declared_charsets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
