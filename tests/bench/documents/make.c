/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#define PART_MAX (1u << 30)

struct member {
	const char *name;
	size_t at, packed, len;
	uint32_t crc;
};

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int le(struct weir_buf *b, uint64_t n, unsigned bytes)
{
	int r = 0;

	for (; bytes > 0 && r == 0; bytes--, n >>= 8)
		r = weir_buf_append(b, &(uint8_t){(uint8_t)n}, 1);
	return r;
}

static int deflated(struct weir_buf *b, const struct weir_buf *text, size_t *ret)
{
	uLong bound = compressBound(text->len);
	z_stream z = {.next_in = (Bytef *)text->data, .avail_in = (uInt)text->len};
	int r = weir_buf_reserve(b, bound + 64);

	if (r < 0 || deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	z.next_out = (Bytef *)b->data + b->len;
	z.avail_out = (uInt)bound + 64;
	r = deflate(&z, Z_FINISH);
	*ret = z.total_out;
	b->len += z.total_out;
	deflateEnd(&z);
	return r == Z_STREAM_END ? 0 : -EIO;
}

static int header(struct weir_buf *b, const struct member *m, bool central)
{
	int r = le(b, central ? 0x02014b50 : 0x04034b50, 4);

	r |= le(b, 20, 2) | (central ? le(b, 20, 2) : 0);
	r |= le(b, 0, 2) | le(b, 8, 2) | le(b, 0, 4) | le(b, m->crc, 4) | le(b, m->packed, 4);
	r |= le(b, m->len, 4) | le(b, strlen(m->name), 2) | le(b, 0, 2);
	if (central)
		r |= le(b, 0, 8) | le(b, 0, 2) | le(b, m->at, 4);
	return r | weir_buf_puts(b, m->name);
}

static int zip(struct document *d, struct member *m, const struct weir_buf *parts, size_t count)
{
	struct weir_buf packed _cleanup_(weir_buf_done) = WEIR_BUF_INIT(PART_MAX);
	size_t directory;
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		weir_buf_clear(&packed);
		r = deflated(&packed, &parts[i], &m[i].packed);
		m[i].at = d->zip.len;
		m[i].len = parts[i].len;
		m[i].crc = (uint32_t)crc32(0, (const Bytef *)parts[i].data, (uInt)parts[i].len);
		d->xml += m[i].len;
		r |= header(&d->zip, &m[i], false);
		r |= weir_buf_append(&d->zip, packed.data, packed.len);
	}
	directory = d->zip.len;
	for (size_t i = 0; i < count; i++)
		r |= header(&d->zip, &m[i], true);
	packed.len = d->zip.len - directory;
	r |= le(&d->zip, 0x06054b50, 4) | le(&d->zip, 0, 4) | le(&d->zip, count, 2);
	r |= le(&d->zip, count, 2) | le(&d->zip, packed.len, 4) | le(&d->zip, directory, 4);
	return r | le(&d->zip, 0, 2);
}

/* One hanzi of the common ones. */
static unsigned hanzi(uint64_t *state)
{
	uint64_t r = next(state);

	return 0x4e00 + (unsigned)((r & 0x3ff) * (r >> 20 & 0x1f));
}

static int put_hanzi(struct weir_buf *b, unsigned count, uint64_t *state)
{
	int r = 0;

	while (count-- > 0 && r == 0) {
		unsigned c = hanzi(state);
		uint8_t utf8[3] = {(uint8_t)(0xe0 | c >> 12), (uint8_t)(0x80 | (c >> 6 & 0x3f)),
				   (uint8_t)(0x80 | (c & 0x3f))};

		r = weir_buf_append(b, utf8, 3);
	}
	return r;
}

static const char types[] = "<?xml version=\"1.0\"?><Types><Default Extension=\"xml\" "
			    "ContentType=\"application/xml\"/></Types>";

/* Ten columns: three strings that are shared, seven numbers. */
static int put_row(struct weir_buf *sheet, struct weir_buf *strings, size_t row, uint64_t *state)
{
	unsigned shared = (unsigned)(row * 2);
	uint64_t a = next(state), b = next(state);
	int r = weir_buf_printf(strings, "<si><t>");

	r |= put_hanzi(strings, 3, state);
	r |= weir_buf_printf(strings, "</t></si><si><t>user%u@mail%u.example</t></si>",
			     (unsigned)(a >> 40), (unsigned)(b >> 58));
	return r | weir_buf_printf(sheet,
				   "<row r=\"%zu\" spans=\"1:10\"><c r=\"A%zu\" "
				   "t=\"s\"><v>%u</v></c><c r=\"B%zu\" "
				   "t=\"s\"><v>%u</v></c><c r=\"C%zu\" s=\"2\"><v>%u</v></c><c "
				   "r=\"D%zu\"><v>%llu</v></c>"
				   "<c r=\"E%zu\"><v>%u.%02u</v></c><c r=\"F%zu\" s=\"1\" "
				   "t=\"s\"><v>%u</v></c><c r=\"G%zu\"><v>%u</v>"
				   "</c><c r=\"H%zu\" s=\"1\"/><c r=\"I%zu\"><v>%u</v></c><c "
				   "r=\"J%zu\"><f>G%zu*I%zu</f><v>%u</v>"
				   "</c></row>",
				   row, row, shared, row, shared + 1, row,
				   30000 + (unsigned)(a & 0x3fff), row, 10000000000ULL + (a >> 31),
				   row, (unsigned)(b & 0xffff), (unsigned)(b >> 16 & 63), row,
				   (unsigned)(b >> 20) % (shared + 1), row, (unsigned)(a >> 50),
				   row, row, (unsigned)(b >> 54), row, row, row,
				   (unsigned)(a >> 44 & 0xfff));
}

int bench_make_xlsx(struct document *d, size_t rows)
{
	struct weir_buf parts[] = {
		WEIR_BUF_INIT(4096),	 WEIR_BUF_INIT(4096),	  WEIR_BUF_INIT(4096),
		WEIR_BUF_INIT(PART_MAX), WEIR_BUF_INIT(PART_MAX),
	};
	struct member members[] = {{.name = "[Content_Types].xml"},
				   {.name = "xl/workbook.xml"},
				   {.name = "xl/styles.xml"},
				   {.name = "xl/sharedStrings.xml"},
				   {.name = "xl/worksheets/sheet1.xml"}};
	uint64_t state = 0x9e3779b97f4a7c15;
	int r = weir_buf_puts(&parts[0], types);

	*d = (struct document){.name = "xlsx", .zip = WEIR_BUF_INIT(PART_MAX)};
	r |= weir_buf_puts(&parts[1], "<workbook><sheets><sheet name=\"a\"/></sheets></workbook>");
	r |= weir_buf_puts(&parts[2],
			   "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"0\"/>"
			   "<xf numFmtId=\"14\"/></cellXfs></styleSheet>");
	r |= weir_buf_puts(&parts[3], "<?xml version=\"1.0\"?><sst>");
	r |= weir_buf_puts(&parts[4], "<?xml version=\"1.0\"?><worksheet><sheetData>");
	for (size_t i = 1; i <= rows && r == 0; i++)
		r = put_row(&parts[4], &parts[3], i, &state);
	r |= weir_buf_puts(&parts[3], "</sst>");
	r |= weir_buf_puts(&parts[4], "</sheetData></worksheet>");
	r |= zip(d, members, parts, ARRAY_SIZE(parts));
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		weir_buf_done(&parts[i]);
	return r;
}

static int put_paragraph(struct weir_buf *b, uint64_t *state)
{
	uint64_t a = next(state);
	int r = weir_buf_printf(
		b,
		"<w:p w:rsidR=\"00%06X\" w:rsidRDefault=\"00%06X\"><w:pPr><w:pStyle "
		"w:val=\"a3\"/><w:ind w:firstLine=\"420\"/></w:pPr>",
		(unsigned)(a >> 60), (unsigned)(a >> 60));

	for (unsigned i = 0; i < 4 && r == 0; i++) {
		r = weir_buf_puts(b,
				  "<w:r><w:rPr><w:rFonts w:ascii=\"SimSun\" w:hAnsi=\"SimSun\" "
				  "w:hint=\"eastAsia\"/><w:sz w:val=\"21\"/><w:szCs w:val=\"21\"/>"
				  "</w:rPr><w:t>");
		r |= put_hanzi(b, 4 + (unsigned)(a >> (8 * i) & 7), state);
		if (i == 2)
			r |= weir_buf_printf(b, "%llu",
					     (unsigned long long)(10000000000ULL + (a >> 30)));
		r |= weir_buf_puts(b, "</w:t></w:r>");
	}
	return r | weir_buf_puts(b, "</w:p>");
}

int bench_make_docx(struct document *d, size_t paragraphs)
{
	struct weir_buf parts[] = {WEIR_BUF_INIT(4096), WEIR_BUF_INIT(PART_MAX)};
	struct member members[] = {{.name = "[Content_Types].xml"}, {.name = "word/document.xml"}};
	uint64_t state = 0x853c49e6748fea9b;
	int r = weir_buf_puts(&parts[0], types);

	*d = (struct document){.name = "docx", .zip = WEIR_BUF_INIT(PART_MAX)};
	r |= weir_buf_puts(&parts[1], "<?xml version=\"1.0\"?><w:document xmlns:w=\"w\"><w:body>");
	for (size_t i = 0; i < paragraphs && r == 0; i++)
		r = put_paragraph(&parts[1], &state);
	r |= weir_buf_puts(&parts[1], "</w:body></w:document>");
	r |= zip(d, members, parts, ARRAY_SIZE(parts));
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		weir_buf_done(&parts[i]);
	return r;
}
