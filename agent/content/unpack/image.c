/* SPDX-License-Identifier: Apache-2.0 */
/* Images: the texts beside the picture, and the picture's own where a program reads it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inflate.h"
#include "little.h"
#include "magic.h"
#include "program.h"

#define NOT_READ "images are not read"
#define PICTURE	 "a picture was not read" /* of a document: the rest of it was */
#define FAILED	 "the image could not be read"
#define LATE	 "reading the image took too long"
#define SMALL	 64 /* pixels both ways, below which a picture holds no text */
/* A document's picture is taken for a logo below all of these, and while all such are below the last. */
#define ORNAMENT_BYTES (16u << 10)
#define ORNAMENT_SIDE  200   /* pixels of its shorter side; or */
#define ORNAMENT_AREA  90000 /* pixels in all */
#define ORNAMENTS_MAX  (64u << 10)
#define NOTE_MAX       (1u << 20)

struct notes {
	struct weir_unpack *u;
	bool begun;
	uint32_t width, height; /* 0: not known */
};

static uint32_t big16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t big32(const uint8_t *p)
{
	return big16(p) << 16 | big16(p + 2);
}

static int note(struct notes *n, const void *data, size_t len)
{
	int r = 0;

	if (!n->begun)
		r = weir_emit_begin(n->u, "(properties)", NULL, WEIR_PART_BYTES);
	n->begun = true;
	if (r == 0)
		r = weir_emit_text(n->u, data, len);
	return r < 0 ? r : weir_emit_text(n->u, "\n", 1);
}

/* Comments and application segments up to the picture itself. */
static int read_jpeg(struct notes *n, const struct weir_bytes *bytes)
{
	uint8_t *segment _cleanup_(freep) = malloc(65536), mark[4];
	uint64_t at = 2;
	int r = 0;

	if (!segment)
		return -ENOMEM;
	while (r == 0 && (r = weir_read_exact(bytes, at, mark, 4)) == 0) {
		uint32_t len = big16(mark + 2);

		if (mark[0] != 0xff || mark[1] == 0xda || mark[1] == 0xd9 || len < 2)
			break;
		if (mark[1] == 0xff) {
			at++;
			continue;
		}
		r = weir_read_exact(bytes, at + 4, segment, len - 2);
		if (r == 0 && mark[1] >= 0xc0 && mark[1] <= 0xcf && mark[1] != 0xc4 &&
		    mark[1] != 0xc8 && mark[1] != 0xcc && len >= 7) {
			n->height = big16(segment + 1);
			n->width = big16(segment + 3);
		}
		/* APP0 is JFIF, APP2 colour profiles */
		if (r == 0 &&
		    (mark[1] == 0xfe || (mark[1] >= 0xe1 && mark[1] <= 0xef && mark[1] != 0xe2)))
			r = note(n, segment, len - 2);
		at += 2 + len;
	}
	return r == -ENODATA ? 0 : r;
}

/* zTXt: keyword, NUL, method 0, zlib. iTXt: keyword, NUL, packed, method, language, NUL, keyword,
 * NUL, text. What is not packed is given as it is. */
static int png_text(struct notes *n, const uint8_t *data, size_t len, bool itxt)
{
	const uint8_t *p = memchr(data, 0, len), *end = data + len;
	uint8_t *text _cleanup_(freep) = NULL;
	struct weir_memory memory;
	struct weir_bytes bytes = weir_bytes_of(&memory);
	struct weir_input input = {.bytes = &bytes, .next = 2};
	struct weir_inflate *inflate = NULL;
	ssize_t got = 0;
	int r;

	if (!p || end - p < 4)
		return note(n, data, len);
	if (itxt && p[1] == 0)
		return note(n, data, len);
	p += itxt ? 3 : 2;
	for (int i = 0; itxt && i < 2 && p; i++) {
		p = memchr(p, 0, (size_t)(end - p));
		p = p ? p + 1 : NULL;
	}
	if (!p || end - p < 3)
		return note(n, data, len);
	memory = (struct weir_memory){p, (size_t)(end - p)};
	bytes.size = input.end = memory.len;
	text = malloc(65536);
	r = text ? weir_inflate_new(n->u, &input, &inflate) : -ENOMEM;
	for (size_t sum = 0; r == 0 && sum < NOTE_MAX; sum += (size_t)got) {
		got = weir_inflate_read(inflate, text, 65536);
		if (got <= 0)
			break;
		r = note(n, text, (size_t)got);
	}
	weir_inflate_free(inflate);
	weir_input_done(&input);
	return r < 0 ? r : WEIR_MIN((int)got, 0);
}

static int png_chunk(struct notes *n, const uint8_t *head, const uint8_t *data, size_t len)
{
	if (memcmp(head, "IHDR", 4) == 0 && len >= 8) {
		n->width = big32(data);
		n->height = big32(data + 4);
		return 0;
	}
	if (memcmp(head, "tEXt", 4) == 0 || memcmp(head, "eXIf", 4) == 0)
		return note(n, data, len);
	if (memcmp(head, "zTXt", 4) == 0)
		return png_text(n, data, len, false);
	return png_text(n, data, len, true);
}

static int read_png(struct notes *n, const struct weir_bytes *bytes)
{
	uint8_t head[8];
	uint64_t at = 8;
	int r = 0;

	while (r == 0 && (r = weir_read_exact(bytes, at, head, sizeof(head))) == 0) {
		uint32_t len = big32(head);
		uint8_t *data _cleanup_(freep) = NULL;

		r = weir_read_tick(n->u);
		if (r < 0 || memcmp(head + 4, "IEND", 4) == 0 || len > INT32_MAX)
			break;
		if (len > 0 && len <= NOTE_MAX &&
		    (memcmp(head + 4, "IHDR", 4) == 0 || memcmp(head + 4, "eXIf", 4) == 0 ||
		     memcmp(head + 5, "TXt", 3) == 0 || memcmp(head + 5, "EXt", 3) == 0)) {
			data = malloc(len);
			if (!data)
				return -ENOMEM;
			r = weir_read_exact(bytes, at + 8, data, len);
			if (r == 0)
				r = png_chunk(n, head + 4, data, len);
		}
		at += 12 + (uint64_t)len;
	}
	return r == -ENODATA ? 0 : r;
}

static int read_notes(struct notes *n, const struct weir_bytes *bytes)
{
	size_t len;
	const uint8_t *head = weir_read_head(n->u, &len);
	int r;

	if (len > 4 && memcmp(head, "\xff\xd8\xff", 3) == 0)
		r = read_jpeg(n, bytes);
	else if (len > 8 && memcmp(head, "\x89PNG", 4) == 0)
		r = read_png(n, bytes);
	else
		return weir_emit_raw(n->u, bytes, NULL);
	if (n->begun && r == 0)
		r = weir_emit_end(n->u);
	return r < 0 ? weir_read_failed(n->u, r, NULL) : 0;
}

static int on_text(void *context, const char *data, size_t len)
{
	struct notes *n = context;
	int r = 0;

	if (!n->begun)
		r = weir_emit_begin(n->u, NULL, "utf-8", WEIR_PART_TEXT);
	n->begun = true;
	return r < 0 ? r : weir_emit_text(n->u, data, len);
}

/* A document with a logo is not a document that was not read. A few lines of text need more pixels than a
 * logo has, and a page more logos than a document; of what size nobody knows may be a scan. */
static bool is_ornament(const struct notes *n, const struct weir_bytes *bytes)
{
	uint32_t width = n->width, height = n->height;
	size_t len;
	const uint8_t *head = weir_read_head(n->u, &len);

	/* its frames may be larger than that: enough for a guess, too little to pass over it alone */
	if (len >= 10 && memcmp(head, "GIF8", 4) == 0) {
		width = weir_le16(head + 6);
		height = weir_le16(head + 8);
	}
	return bytes->size < ORNAMENT_BYTES && width > 0 && height > 0 &&
	       (WEIR_MIN(width, height) < ORNAMENT_SIDE ||
		(uint64_t)width * height < ORNAMENT_AREA) &&
	       weir_read_ornament(n->u, bytes->size) <= ORNAMENTS_MAX;
}

static void gap(const struct notes *n, const struct weir_bytes *bytes, int end)
{
	struct weir_unpack *u = n->u;

	if (!weir_read_in_document(u))
		weir_emit_gap(u, WEIR_SCAN_UNSCANNABLE, NULL,
			      end == -ENOSYS	  ? NOT_READ
			      : end == -ETIMEDOUT ? LATE
						  : FAILED);
	else if (!is_ornament(n, bytes))
		weir_emit_gap(u, WEIR_SCAN_PARTIAL, NULL, PICTURE);
}

int weir_reader_image(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	struct notes n = {.u = u};
	int end = 0, r = read_notes(&n, bytes);

	if (r < 0)
		return r;
	if (n.width > 0 && n.height > 0 && n.width < SMALL && n.height < SMALL)
		return 0;
	n.begun = false;
	r = weir_read_program(u, WEIR_EXTERNAL_OCR, bytes, on_text, &n, &end);
	if (r < 0)
		return r;
	if (n.begun)
		r = weir_emit_end(u);
	if (end < 0)
		gap(&n, bytes, end);
	return r;
}
