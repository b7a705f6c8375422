/* SPDX-License-Identifier: Apache-2.0 */
/* bench_documents [MIB [ROUNDS]]: milliseconds per megabyte of file to get the text out of an xlsx and a
 * docx of about MIB (12) MiB made here, single thread, rounds interleaved, median (best): weir_unpack();
 * libarchive with expat; libarchive and ISA-L alone, which only inflate. */

#include <archive.h>
#include <archive_entry.h>
#include <expat.h>
#include <isa-l.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "make.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/unpack/unpack.h"

#define ROUNDS_MAX 31
#define PIECE	   65536

static size_t took; /* bytes of text, so that nothing is left out */

static int take_begin(void *context, const struct weir_part *part)
{
	return 0;
}

static int take_text(void *context, const void *data, size_t len)
{
	took += len;
	return 0;
}

static int take_end(void *context)
{
	return 0;
}

static void take_gap(void *context, enum weir_scan_status status, const char *path,
		     const char *reason)
{
	printf("gap: %s: %s\n", path, reason);
}

static int run_weir(const struct document *d)
{
	struct weir_memory memory = {(const uint8_t *)d->zip.data, d->zip.len};
	struct weir_bytes bytes = weir_bytes_of(&memory);
	struct weir_unpack_request request = {.file = -1, .limits = {.buffer = 256u << 20}};
	struct weir_unpack_sink sink = {
		.begin = take_begin, .text = take_text, .end = take_end, .gap = take_gap};
	const char *type;

	return weir_unpack(&bytes, &request, &sink, &type);
}

static void on_text(void *context, const XML_Char *text, int len)
{
	static char held[PIECE];
	static size_t at;

	if (at + (size_t)len > sizeof(held))
		at = 0;
	if ((size_t)len <= sizeof(held))
		memcpy(held + at, text, (size_t)len);
	at += (size_t)len;
	took += (size_t)len;
}

static void on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
	took += name[0] == 'p';
}

static void on_end(void *context, const XML_Char *name)
{
	took += name[0] == 'p';
}

static int each_member(const struct document *d, bool parse)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	static uint8_t piece[PIECE];
	int r = 0;

	archive_read_support_format_zip_seekable(a);
	if (archive_read_open_memory(a, d->zip.data, d->zip.len) != ARCHIVE_OK)
		r = -1;
	while (r == 0 && archive_read_next_header(a, &entry) == ARCHIVE_OK) {
		XML_Parser parser = XML_ParserCreate(NULL);
		la_ssize_t n;

		XML_SetCharacterDataHandler(parser, on_text);
		XML_SetElementHandler(parser, on_start, on_end);
		while (r == 0 && (n = archive_read_data(a, piece, sizeof(piece))) > 0) {
			took += (size_t)n;
			if (parse && XML_Parse(parser, (const char *)piece, (int)n, 0) == 0)
				r = -1;
		}
		XML_ParserFree(parser);
	}
	archive_read_free(a);
	return r;
}

static int run_expat(const struct document *d)
{
	return each_member(d, true);
}

static int run_archive(const struct document *d)
{
	return each_member(d, false);
}

static uint32_t le32(const char *p)
{
	uint32_t n;

	memcpy(&n, p, sizeof(n));
	return le32toh(n);
}

static int run_isal(const struct document *d)
{
	static uint8_t piece[PIECE];
	static struct inflate_state z;

	for (size_t at = 0; le32(d->zip.data + at) == 0x04034b50;) {
		const char *h = d->zip.data + at;
		size_t name = le32(h + 26) & 0xffff, packed = le32(h + 18);

		isal_inflate_init(&z);
		z.next_in = (uint8_t *)(uintptr_t)(h + 30 + name);
		z.avail_in = (uint32_t)packed;
		do {
			z.next_out = piece;
			z.avail_out = sizeof(piece);
			if (isal_inflate(&z) != ISAL_DECOMP_OK)
				return -1;
			took += sizeof(piece) - z.avail_out;
		} while (z.block_state != ISAL_BLOCK_FINISH);
		at += 30 + name + packed;
	}
	return 0;
}

static const struct {
	const char *name;
	int (*run)(const struct document *d);
} engines[] = {
	{"weir_unpack", run_weir},
	{"libarchive + expat", run_expat},
	{"libarchive, inflate alone", run_archive},
	{"ISA-L, inflate alone", run_isal},
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static int measure(const struct document *d, unsigned rounds)
{
	double ms[ARRAY_SIZE(engines)][ROUNDS_MAX], mb = (double)d->zip.len / 1e6;

	printf("%s: %.1f MB, %.1f MB in its parts, ms per MB of file, median (best)\n", d->name, mb,
	       (double)d->xml / 1e6);
	for (unsigned round = 0; round < rounds; round++)
		for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
			uint64_t start = weir_now_monotonic();

			if (engines[i].run(d) < 0) {
				printf("%s failed\n", engines[i].name);
				return 1;
			}
			ms[i][round] = (double)(weir_now_monotonic() - start) / 1e6 / mb;
		}
	for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
		qsort(ms[i], rounds, sizeof(double), compare);
		printf("  %-28s %7.2f (%.2f)  %.1fx\n", engines[i].name, ms[i][rounds / 2],
		       ms[i][0], ms[i][rounds / 2] / ms[0][rounds / 2]);
	}
	return 0;
}

int main(int argc, char **argv)
{
	uint32_t mib = 12, rounds = 7;
	struct document xlsx = {}, docx = {};
	int r;

	if ((argc > 1 && weir_parse_u32(argv[1], &mib) < 0) ||
	    (argc > 2 && weir_parse_u32(argv[2], &rounds) < 0) || mib == 0 || mib > 64 ||
	    rounds == 0 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: bench_documents [MIB [ROUNDS]]\n");
		return 2;
	}
	r = bench_make_xlsx(&xlsx, (size_t)mib * 12500);
	r = r < 0 ? r : bench_make_docx(&docx, (size_t)mib * 5500);
	if (r < 0)
		fprintf(stderr, "bench_documents: no memory\n");
	else
		r = measure(&xlsx, rounds) | measure(&docx, rounds);
	weir_buf_done(&xlsx.zip);
	weir_buf_done(&docx.zip);
	return r != 0;
}
