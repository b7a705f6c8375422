/* SPDX-License-Identifier: Apache-2.0 */
#include "sniff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "weir/findings/findings.h"

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
	CASE("PK\x03\x04\x14\0\0\0", "application/zip", false),
	CASE("\x1f\x8b\x08\0", "application/gzip", false),
	CASE("7z\xbc\xaf\x27\x1c", "application/x-7z", false),
	CASE("Rar!\x1a\x07\x01\0", "application/vnd.rar", false),
	CASE("\xfd"
	     "7zXZ\0\0",
	     "application/x-xz", false),
	CASE("\x28\xb5\x2f\xfd\x04", "application/zstd", false),
	CASE("BZh91AY&SY\x01\x02\x03\x04\x05\x06", "application/x-bzip2", false),
	CASE("BZh is how this sentence begins", "text/plain", true),
	CASE("%PDF-1.7\n", "application/pdf", false),
	CASE("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole", false),
	CASE("\x7f"
	     "ELF\x02\x01\x01",
	     "application/x-elf", false),
	CASE("\x89PNG\r\n\x1a\n", "image/png", false),
	CASE("\xff\xd8\xff\xe0", "image/jpeg", false),
	CASE("LUKS\xba\xbe\0\x02", "application/x-luks", false),
	CASE("-----BEGIN PGP MESSAGE-----\n", "application/pgp-encrypted", false),
	CASE("\xff\xfe"
	     "a\0b\0",
	     "text/plain; charset=utf-16", false),
	CASE("a\0b\0c\0d\0e\0f\0g\0h\0i\0", "text/plain; charset=utf-16", false),
	CASE("\x01\x02\x03\x04\x05\x06\x07\x0e", "application/octet-stream", false),
};

static void sniff__cases(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct weir_sniff s = weir_sniff((const uint8_t *)cases[i].bytes, cases[i].len);

		assert_string_equal(s.type, cases[i].type);
		assert_int_equal(s.reason == NULL, cases[i].readable);
		assert_true(strlen(s.type) < WEIR_DETECTOR_ID_MAX);
		assert_true(!s.reason || strlen(s.reason) < WEIR_REASON_MAX);
	}
}

static void sniff__some_nuls_are_text(void **state)
{
	uint8_t data[4096];

	memset(data, 'a', sizeof(data));
	data[100] = data[2000] = 0;
	assert_null(weir_sniff(data, sizeof(data)).reason);
	for (size_t i = 0; i < sizeof(data); i += 2)
		data[i] = 0;
	assert_non_null(weir_sniff(data, sizeof(data)).reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sniff__cases),
		cmocka_unit_test(sniff__some_nuls_are_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
