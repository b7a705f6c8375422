/* SPDX-License-Identifier: Apache-2.0 */
/* Runs on the building machine: writes the tables of tables.h as C, from iconv(3) and rules.h. */
#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hanzi.h"
#include "rules.h"

#define PAIRS	0x8000
#define FOURS	39420
#define PLANES	0x20000
#define PAGES	(PLANES >> 6)
#define COLUMNS 16

static iconv_t open_or_die(const char *to, const char *from)
{
	iconv_t cd = iconv_open(to, from);

	if (cd == (iconv_t)-1) {
		fprintf(stderr, "iconv has no %s to %s: install the C library's charset modules\n",
			from, to);
		exit(1);
	}
	return cd;
}

/* One code of len bytes to UTF-8, at most 4 bytes. 0: no character, or more than it has room for. */
static size_t convert(iconv_t cd, const uint8_t *code, size_t len, uint8_t ret[4])
{
	char in[4], out[16];
	char *from = in, *to = out;
	size_t left = len, room = sizeof(out);

	memcpy(in, code, len);
	iconv(cd, NULL, NULL, NULL, NULL);
	if (iconv(cd, &from, &left, &to, &room) == (size_t)-1 || left > 0)
		return 0;
	/* what the converter holds back for a combining mark that may follow */
	if (iconv(cd, NULL, NULL, &to, &room) == (size_t)-1)
		return 0;
	if (to - out > 4)
		return 0;
	memcpy(ret, out, (size_t)(to - out));
	return (size_t)(to - out);
}

static void dump(const char *type, const char *name, const char *bound, const uint32_t *cells,
		 size_t count)
{
	printf("const %s %s%s = {", type, name, bound);
	for (size_t i = 0; i < count; i++)
		printf("%s%u,", i % COLUMNS == 0 ? "\n" : "", cells[i]);
	printf("\n};\n");
}

static void make_pairs(const char *name, const char *charset, const char *second)
{
	static uint32_t cells[PAIRS];
	iconv_t cd = open_or_die("UTF-8", charset);
	iconv_t other = second ? open_or_die("UTF-8", second) : (iconv_t)-1;

	memset(cells, 0, sizeof(cells));
	for (unsigned i = 0; i < PAIRS; i++) {
		unsigned code = i + 0x8000;
		uint8_t in[2] = {code >> 8, code & 0xff}, out[4] = {0};
		size_t n = convert(cd, in, 2, out);

		if (n == 0 && second)
			n = convert(other, in, 2, out);
		/* a lead that stands alone and an ASCII byte are no pair */
		if (n == 0 || in[0] == 0x80 || in[0] == 0xff || in[1] < 0x40 || in[1] == 0x7f ||
		    in[1] == 0xff || out[0] < 0x80)
			continue;
		for (size_t k = 0; k < n; k++)
			cells[i] |= (uint32_t)out[k] << (8 * k);
	}
	dump("uint32_t", name, "[VIEW_PAIRS]", cells, PAIRS);
	iconv_close(cd);
	if (second)
		iconv_close(other);
}

static void make_fours(void)
{
	static uint32_t cells[FOURS];
	iconv_t cd = open_or_die("UTF-8", "GB18030");

	for (unsigned i = 0; i < FOURS; i++) {
		uint8_t in[4] = {(uint8_t)(0x81 + i / 12600), (uint8_t)(0x30 + i / 1260 % 10),
				 (uint8_t)(0x81 + i / 10 % 126), (uint8_t)(0x30 + i % 10)};
		uint8_t out[4] = {0};
		size_t n = convert(cd, in, 4, out);

		if (n == 2)
			cells[i] = (out[0] & 0x1fu) << 6 | (out[1] & 0x3fu);
		else if (n == 3)
			cells[i] =
				(out[0] & 0x0fu) << 12 | (out[1] & 0x3fu) << 6 | (out[2] & 0x3fu);
	}
	dump("uint16_t", "weir_view_gb_fours", "[VIEW_GB_FOURS]", cells, FOURS);
	iconv_close(cd);
}

static void mark_common(iconv_t cd, const char *text, uint32_t *bits, bool bmp)
{
	for (const char *p = text; *p;) {
		size_t n = ((unsigned char)*p & 0xf0) == 0xe0 ? 3 : 2;
		char in[4] = {0}, out[8] = {0};
		char *from = in, *to = out;
		size_t left = n, room = sizeof(out);
		unsigned code;

		memcpy(in, p, n);
		p += n;
		iconv(cd, NULL, NULL, NULL, NULL);
		if (iconv(cd, &from, &left, &to, &room) == (size_t)-1 || to - out != 2)
			continue;
		code = (unsigned)(unsigned char)out[0] << 8 | (unsigned char)out[1];
		if (!bmp && code < 0x8000)
			continue;
		code -= bmp ? 0 : 0x8000;
		bits[code / 8] |= 1u << (code % 8);
	}
}

static void make_common(const char *name, const char *bound, const char *charset, bool simple,
			size_t count)
{
	static uint32_t bits[65536 / 8];
	iconv_t cd = open_or_die(charset, "UTF-8");
	bool bmp = count == 65536 / 8;

	memset(bits, 0, sizeof(bits));
	if (simple) {
		mark_common(cd, HANZI_SIMPLE, bits, bmp);
		mark_common(cd, HANZI_FORMS_SIMPLE, bits, bmp);
	}
	mark_common(cd, HANZI_TRADITIONAL, bits, bmp);
	mark_common(cd, HANZI_FORMS_TRADITIONAL, bits, bmp);
	mark_common(cd, HANZI_NUMERALS, bits, bmp);
	mark_common(cd, HANZI_MARKS, bits, bmp);
	dump("uint8_t", name, bound, bits, count);
	iconv_close(cd);
}

static void make_rules(void)
{
	static uint32_t cell[PLANES], page[PAGES];
	static uint32_t kept[256][64];
	size_t pages = 1;

	for (size_t i = 0; i < sizeof(weir_view_rules) / sizeof(weir_view_rules[0]); i++) {
		const struct weir_view_rule *r = &weir_view_rules[i];

		for (uint32_t c = r->first; c <= r->last; c++)
			cell[c] = (uint32_t)r->kind << 8 |
				  (uint8_t)(r->value + (c - r->first) * r->step);
	}
	for (size_t i = 0; i < PAGES; i++) {
		size_t k = 0;

		while (k < pages && memcmp(kept[k], &cell[i * 64], sizeof(kept[0])) != 0)
			k++;
		if (k == 256)
			exit(1);
		if (k == pages)
			memcpy(kept[pages++], &cell[i * 64], sizeof(kept[0]));
		page[i] = (uint32_t)k;
	}
	dump("uint8_t", "weir_view_rule_page", "[VIEW_RULE_PLANES >> 6]", page, PAGES);
	printf("const uint16_t weir_view_rule_cell[][64] = {\n");
	for (size_t k = 0; k < pages; k++) {
		printf("{");
		for (size_t i = 0; i < 64; i++)
			printf("%u,", kept[k][i]);
		printf("},\n");
	}
	printf("};\n");
}

static void make_close(void)
{
	uint32_t lens[256];

	printf("const uint8_t weir_view_close[256][16] = {\n");
	for (unsigned i = 0; i < 256; i++) {
		unsigned n = 0;

		printf("{");
		for (unsigned c = 0; c < 4; c++)
			for (unsigned k = 0; k <= (i >> (2 * c) & 3); k++, n++)
				printf("%u,", c * 4 + k);
		lens[i] = n;
		while (n++ < 16)
			printf("128,");
		printf("},\n");
	}
	printf("};\n");
	dump("uint8_t", "weir_view_close_len", "[256]", lens, 256);
}

/* What tables.h calls VIEW_CODED_OTHER, _SPACE, _PAD and _COLON. */
static void make_coded(void)
{
	uint32_t base64[256], hex[256];
	const char *letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

	for (unsigned i = 0; i < 256; i++)
		base64[i] = hex[i] = 0xff;
	base64['\t'] = base64['\n'] = base64['\r'] = base64[' '] = 0xfe;
	hex['\t'] = hex['\n'] = hex['\r'] = hex[' '] = 0xfe;
	base64['='] = 0xfd;
	hex[':'] = 0xfc;
	base64['+'] = base64['-'] = 62;
	base64['/'] = base64['_'] = 63;
	for (unsigned i = 0; letters[i]; i++)
		base64[(unsigned char)letters[i]] = i;
	for (unsigned i = 0; i < 10; i++)
		hex['0' + i] = i;
	for (unsigned i = 0; i < 6; i++)
		hex['a' + i] = hex['A' + i] = 10 + i;
	dump("uint8_t", "weir_view_base64", "[256]", base64, 256);
	dump("uint8_t", "weir_view_hex", "[256]", hex, 256);
}

int main(int argc, char **argv)
{
	if (argc != 2 || !freopen(argv[1], "w", stdout)) {
		fprintf(stderr, "usage: %s OUTPUT\n", argv[0]);
		return 1;
	}
	printf("/* SPDX-License-Identifier: Apache-2.0 */\n#include \"tables.h\"\n");
	make_pairs("weir_view_gb_pairs", "GB18030", NULL);
	make_pairs("weir_view_big5_pairs", "BIG5-HKSCS", "CP950");
	make_fours();
	make_common("weir_view_gb_common", "[VIEW_PAIRS / 8]", "GB18030", true, PAIRS / 8);
	make_common("weir_view_big5_common", "[VIEW_PAIRS / 8]", "BIG5", false, PAIRS / 8);
	make_common("weir_view_bmp_common", "[65536 / 8]", "UTF-16BE", true, 65536 / 8);
	make_rules();
	make_close();
	make_coded();
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
