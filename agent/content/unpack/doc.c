/* SPDX-License-Identifier: Apache-2.0 */
/* Word 6 to 2003. The text lies in pieces that a table in another stream puts in order: body,
 * footnotes, headers, comments, endnotes and text boxes follow each other in it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "little.h"
#include "ole.h"

#define FIB_97	  0x1aa /* up to the place of the piece table and its length */
#define FIB_95	  0x168
#define TABLE_MAX (16 << 20)
#define TEXT_MAX  (64 << 20)
#define DAMAGED	  "the table of the document's pieces is damaged; its bytes were searched instead"

#define COMPLEX	  0x0004 /* there are pieces (before Word 97) */
#define ENCRYPTED 0x0100
#define TABLE_1	  0x0200
#define WIDE	  0x1000

struct doc {
	const struct weir_ole *o;
	uint32_t stream;     /* WordDocument */
	const uint8_t *data; /* all of it */
	size_t size;
	uint64_t
		budget; /* bytes of pieces that may still be read: pieces may overlap in a hostile file */
	struct weir_words words;
	enum weir_charset charset; /* of 8-bit text */
	uint16_t flags;
	bool word97;
	uint32_t characters; /* in all texts */
	uint32_t table, table_len;
};

/* One character of Word's own or of the text. */
static void put(struct doc *d, uint16_t c)
{
	switch (c) {
	case 0x07:
		weir_words_code(&d->words, '\t');
		return;
	case 0x0b:
	case 0x0c:
	case 0x0d:
	case 0x0e:
		weir_words_code(&d->words, '\n');
		return;
	case 0x13: /* a field's instruction, its result, its end */
	case 0x14:
	case 0x15:
		weir_words_code(&d->words, ' ');
		return;
	case 0x1e:
		weir_words_code(&d->words, '-');
		return;
	default:
		if (c >= 0x20 || c == '\t' || c == '\n')
			weir_words_unit(&d->words, c);
	}
}

static void narrow(struct doc *d, const uint8_t *data, size_t len)
{
	size_t from = 0;

	if (d->charset == WEIR_CHARSET_LATIN1) {
		for (size_t i = 0; i < len && d->words.r == 0; i++)
			put(d, (uint16_t)weir_words_1252(data[i]));
		return;
	}
	for (size_t i = 0; i <= len && d->words.r == 0; i++) {
		if (i < len && data[i] >= 0x20)
			continue;
		if (i > from)
			weir_words_coded(&d->words, d->charset, data + from, i - from);
		if (i < len)
			put(d, data[i]);
		from = i + 1;
	}
}

/* 0, 1: not all of it is there, or negative. */
static int piece(struct doc *d, uint64_t at, uint64_t len, bool wide)
{
	bool all = at <= d->size && len <= d->size - at && len <= d->budget;

	if (at >= d->size)
		return all ? 0 : 1;
	len = WEIR_MIN(len, d->size - at);
	len = WEIR_MIN(len, d->budget);
	d->budget -= len;
	for (uint64_t done = 0; done < len && d->words.r == 0;) {
		/* between two calls of tick; a double byte parted here is two characters lost */
		uint64_t n = WEIR_MIN(len - done, UINT64_C(65536));
		int r = weir_read_tick(d->o->u);

		if (r < 0)
			return r;
		if (wide)
			for (uint64_t i = 0; i + 1 < n; i += 2)
				put(d, weir_le16(d->data + at + done + i));
		else
			narrow(d, d->data + at + done, n);
		done += n;
	}
	return d->words.r < 0 ? d->words.r : all ? 0 : 1;
}

/* The pieces, n of them: n + 1 positions in characters, then 8 bytes each. */
static int pieces(struct doc *d, const uint8_t *table, size_t n)
{
	bool whole_text = weir_le32(table) == 0 && weir_le32(table + n * 4) >= d->characters;
	int r = 0;

	for (size_t i = 0; i < n && r >= 0; i++) {
		const uint8_t *at = table + (n + 1) * 4 + i * 8;
		uint32_t from = weir_le32(table + i * 4), to = weir_le32(table + i * 4 + 4);
		uint32_t fc = weir_le32(at + 2);
		bool wide = d->word97 && !(fc & 0x40000000);
		int one;

		if (!d->word97)
			wide = (d->flags & WIDE) != 0;
		else if (!wide)
			fc = (fc & 0x3fffffff) / 2;
		if (to < from) {
			whole_text = false;
			continue;
		}
		one = piece(d, fc, (uint64_t)(to - from) * (wide ? 2 : 1), wide);
		if (one == 1)
			whole_text = false;
		r = one < 0 ? one : 0;
	}
	if (r == 0 && (!whole_text || d->budget == 0))
		r = 1;
	return r;
}

/* Finds the pieces behind formatting that Word keeps for itself: 1 when there are none. */
static int complex(struct doc *d, const uint8_t *data, size_t len)
{
	size_t at = 0;

	while (at + 5 <= len) {
		size_t n;

		if (data[at] == 1) {
			at += 3 + (size_t)weir_le16(data + at + 1);
			continue;
		}
		if (data[at] != 2)
			return 1;
		n = weir_le32(data + at + 1);
		at += 5;
		if (n > len - at || n < 16)
			return 1;
		return pieces(d, data + at, (n - 4) / 12);
	}
	return 1;
}

static int load_pieces(struct doc *d)
{
	uint8_t *data _cleanup_(freep) = NULL;
	size_t len = 0;
	uint32_t stream = d->stream;
	int r;

	if (d->word97)
		stream = weir_cfb_find(d->o->cfb, d->o->storage,
				       d->flags & TABLE_1 ? "1Table" : "0Table");
	if (stream == WEIR_CFB_NONE || d->table_len == 0)
		return 1;
	r = weir_ole_load(d->o, stream, (size_t)TABLE_MAX, &data, &len);
	if (r < 0)
		return r;
	if (d->table > len || d->table_len > len - d->table)
		return 1;
	return complex(d, data + d->table, d->table_len);
}

/* Before Word 97, a text without pieces lies in one run. */
static int one_run(struct doc *d, const uint8_t *fib)
{
	uint32_t from = weir_le32(fib + 0x18), to = weir_le32(fib + 0x1c);

	if (to <= from || to > d->size)
		return 1;
	return piece(d, from, to - from,
		     d->flags & WIDE && (to - from) / 2 >= d->characters && d->characters > 0);
}

static enum weir_charset language(uint16_t lid)
{
	switch (lid) {
	case 0x0804:
	case 0x1004:
		return WEIR_CHARSET_GB18030;
	case 0x0404:
	case 0x0c04:
	case 0x1404:
		return WEIR_CHARSET_BIG5;
	default:
		return WEIR_CHARSET_LATIN1;
	}
}

static enum weir_charset guess(const struct doc *d, uint16_t lid, uint32_t from)
{
	enum weir_charset charset = language(lid);
	size_t bom = 0;

	if (charset != WEIR_CHARSET_LATIN1 || from >= d->size)
		return charset;
	charset = weir_charset_guess(d->data + from, WEIR_MIN(d->size - from, (size_t)32768), false,
				     WEIR_CHARSET_BYTES, &bom);
	return charset == WEIR_CHARSET_GB18030 || charset == WEIR_CHARSET_BIG5
		       ? charset
		       : WEIR_CHARSET_LATIN1;
}

static int texts(struct doc *d, const uint8_t *fib)
{
	size_t first = d->word97 ? 0x4c : 0x34;

	for (size_t i = 0; i < 8; i++) {
		uint32_t n = weir_le32(fib + first + i * 4);

		d->characters += n < UINT32_MAX / 8 ? n : 0;
	}
	d->table = weir_le32(fib + (d->word97 ? 0x1a2 : 0x160));
	d->table_len = weir_le32(fib + (d->word97 ? 0x1a6 : 0x164));
	if (!d->word97)
		d->charset = guess(d, weir_le16(fib + 6), weir_le32(fib + 0x18));
	if (!d->word97 && !(d->flags & COMPLEX))
		return one_run(d, fib);
	return load_pieces(d);
}

static int read_doc(struct doc *d)
{
	uint8_t fib[FIB_97] = {0};
	uint16_t ident;
	int r, end;

	memcpy(fib, d->data, WEIR_MIN(d->size, sizeof(fib)));
	ident = weir_le16(fib);
	d->flags = weir_le16(fib + 10);
	d->word97 = ident == 0xa5ec && weir_le16(fib + 2) > 105;
	if (d->flags & ENCRYPTED && ident >= 0xa5db && ident <= 0xa5ec) {
		weir_ole_gap(d->o, WEIR_SCAN_UNSCANNABLE, WEIR_UNPACK_ENCRYPTED);
		return 0;
	}
	weir_words_init(&d->words, d->o->u, d->o->path);
	r = d->size < (d->word97 ? FIB_97 : FIB_95) ? 1 : texts(d, fib);
	end = weir_words_end(&d->words);
	if (r < 0 || end < 0)
		return r < 0 ? r : end;
	return r == 1 ? weir_ole_raw(d->o, d->stream, DAMAGED) : 0;
}

int weir_doc_read(const struct weir_ole *o)
{
	struct doc d = {.o = o, .charset = WEIR_CHARSET_LATIN1};
	uint8_t *data _cleanup_(freep) = NULL;
	int r;

	d.stream = weir_cfb_find(o->cfb, o->storage, "WordDocument");
	if (weir_cfb_entry(o->cfb, d.stream)->size > TEXT_MAX)
		return weir_ole_raw(o, d.stream, "the document is too large to hold");
	r = weir_ole_load(o, d.stream, TEXT_MAX, &data, &d.size);
	if (r < 0)
		return r;
	d.data = data;
	d.budget = (uint64_t)d.size * 2 + 65536;
	return read_doc(&d);
}
