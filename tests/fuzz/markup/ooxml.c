/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of office packages, separated by bytes of 0xff, put into a zip archive that is sound. The first byte
 * chooses the family. */

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "take.h"
#include "weir/base/buf.h"

#define PARTS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct part {
	const char *name;
	const uint8_t *data;
	size_t len, at;
};

static const char *const families[][PARTS] = {
	{"[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml",
	 "xl/sharedStrings.xml", "xl/styles.xml", "xl/comments1.xml", "xl/media/a.xml",
	 "docProps/app.xml"},
	{"[Content_Types].xml", "word/document.xml", "word/comments.xml", "word/settings.xml",
	 "ppt/slides/slide1.xml", "word/_rels/document.xml.rels", "customXml/item1.xml",
	 "word/vml.vml"},
	{"mimetype", "content.xml", "styles.xml", "META-INF/manifest.xml", "meta.xml",
	 "settings.xml", "Object 1/content.xml", "a.rdf"},
	{"[Content_Types].xml", "xl/workbook.bin", "xl/worksheets/sheet1.bin",
	 "xl/sharedStrings.bin", "xl/styles.bin", "xl/comments1.bin", "xl/tables/table1.bin",
	 "xl/vbaProject.bin"},
};

static void le(struct weir_buf *b, uint64_t n, unsigned bytes)
{
	for (; bytes > 0; bytes--, n >>= 8)
		if (weir_buf_append(b, &(uint8_t){(uint8_t)n}, 1) < 0)
			abort();
}

static void put(struct weir_buf *b, const void *data, size_t len)
{
	if (len > 0 && weir_buf_append(b, data, len) < 0)
		abort();
}

static void header(struct weir_buf *b, const struct part *p, bool central)
{
	le(b, central ? 0x02014b50 : 0x04034b50, 4);
	le(b, 20, 2);
	if (central)
		le(b, 20, 2);
	le(b, 0, 8);
	le(b, crc32(0, p->data, (uInt)p->len), 4);
	le(b, p->len, 4);
	le(b, p->len, 4);
	le(b, strlen(p->name), 2);
	le(b, 0, 2);
	if (central) {
		le(b, 0, 8);
		le(b, 0, 2);
		le(b, p->at, 4);
	}
	put(b, p->name, strlen(p->name));
}

static size_t split(struct part *parts, const char *const *names, const uint8_t *data, size_t size)
{
	static const char mimetype[] = "application/vnd.oasis.opendocument.spreadsheet";
	size_t count = 0;

	while (count < PARTS) {
		const uint8_t *end = size ? memchr(data, 0xff, size) : NULL;
		size_t len = end ? (size_t)(end - data) : size;

		parts[count] = (struct part){names[count], data, len, 0};
		if (strcmp(names[count], "mimetype") == 0)
			parts[count] = (struct part){names[count], (const uint8_t *)mimetype,
						     sizeof(mimetype) - 1, 0};
		count++;
		if (!end)
			break;
		data = end + 1;
		size -= len + 1;
	}
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_buf b = WEIR_BUF_INIT(1 << 22);
	struct part parts[PARTS];
	struct take take;
	size_t count, directory;

	if (size < 1 || size > 1 << 20)
		return 0;
	count = split(parts, families[data[0] % ARRAY_SIZE(families)], data + 1, size - 1);
	for (size_t i = 0; i < count; i++) {
		parts[i].at = b.len;
		header(&b, &parts[i], false);
		put(&b, parts[i].data, parts[i].len);
	}
	directory = b.len;
	for (size_t i = 0; i < count; i++)
		header(&b, &parts[i], true);
	count |= count << 16;
	le(&b, 0x06054b50, 4);
	le(&b, 0, 4);
	size = b.len - 8 - directory;
	le(&b, count, 4);
	le(&b, size, 4);
	le(&b, directory, 4);
	le(&b, 0, 2);
	take_all(&take, b.data, b.len, 0);
	if (take.parts == 0 && take.gaps == 0 && b.len > 400)
		abort();
	weir_buf_done(&b);
	return 0;
}
