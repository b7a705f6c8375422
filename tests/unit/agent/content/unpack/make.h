/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_UNPACK_MAKE_H
#define WEIR_TEST_UNPACK_MAKE_H

/* Writes documents byte by byte, and damages them. */

#include <string.h>

#include "helper.h"
#include "weir/base/utf8.h"

static inline void put(struct weir_buf *b, const void *data, size_t len)
{
	assert_int_equal(weir_buf_append(b, data, len), 0);
}

static inline void put_text(struct weir_buf *b, const char *text)
{
	put(b, text, strlen(text));
}

static inline void put8(struct weir_buf *b, unsigned v)
{
	uint8_t c = (uint8_t)v;

	put(b, &c, 1);
}

static inline void put16(struct weir_buf *b, unsigned v)
{
	put8(b, v & 0xff);
	put8(b, v >> 8 & 0xff);
}

static inline void put32(struct weir_buf *b, uint32_t v)
{
	put16(b, v & 0xffff);
	put16(b, v >> 16);
}

static inline void put_double(struct weir_buf *b, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	put32(b, (uint32_t)bits);
	put32(b, (uint32_t)(bits >> 32));
}

/* UTF-8 as UTF-16; returns the units. */
static inline size_t put_wide(struct weir_buf *b, const char *text)
{
	size_t units = 0, len = strlen(text);

	for (size_t at = 0; at < len;) {
		uint32_t c;

		at += weir_utf8_decode(text + at, len - at, &c);
		if (c >= 0x10000) {
			put16(b, 0xd800 + ((c - 0x10000) >> 10));
			c = 0xdc00 + (c & 0x3ff);
			units++;
		}
		put16(b, c);
		units++;
	}
	return units;
}

static inline void set16(struct weir_buf *b, size_t at, unsigned v)
{
	b->data[at] = (char)(v & 0xff);
	b->data[at + 1] = (char)(v >> 8 & 0xff);
}

static inline void set32(struct weir_buf *b, size_t at, uint32_t v)
{
	set16(b, at, v & 0xffff);
	set16(b, at + 2, v >> 16);
}

static inline void put_zeroes(struct weir_buf *b, size_t len)
{
	while (len-- > 0)
		put8(b, 0);
}

#define BUF WEIR_BUF_INIT(64u << 20)

/* ---- compound files ---- */

#define CFB_ENTRIES 64
#define CFB_END	    0xfffffffeU
#define CFB_FREE    0xffffffffU

struct cfb_file {
	struct {
		const char *name;
		unsigned type, parent;
		struct weir_buf data;
		uint32_t start;
	} entries[CFB_ENTRIES];
	unsigned count;
	uint32_t directory; /* sector of the directory, known when it is made */
};

static inline void cfb_init(struct cfb_file *f)
{
	memset(f, 0, sizeof(*f));
	f->entries[0].name = "Root Entry";
	f->entries[0].type = 5;
	f->entries[0].data = BUF;
	f->count = 1;
}

static inline void cfb_done(struct cfb_file *f)
{
	for (unsigned i = 0; i < f->count; i++)
		weir_buf_done(&f->entries[i].data);
}

static inline unsigned cfb_storage(struct cfb_file *f, unsigned parent, const char *name)
{
	assert_true(f->count < CFB_ENTRIES);
	f->entries[f->count].name = name;
	f->entries[f->count].type = 1;
	f->entries[f->count].parent = parent;
	f->entries[f->count].data = BUF;
	return f->count++;
}

static inline unsigned cfb_stream(struct cfb_file *f, unsigned parent, const char *name,
				  const void *data, size_t len)
{
	unsigned id = cfb_storage(f, parent, name);

	f->entries[id].type = 2;
	put(&f->entries[id].data, data, len);
	return id;
}

static inline void cfb_pad(struct weir_buf *b, size_t unit)
{
	while (b->len % unit)
		put8(b, 0);
}

/* Links a run of sectors in a table; returns its first. */
static inline uint32_t cfb_chain(uint32_t *table, uint32_t *next, size_t len, size_t unit)
{
	uint32_t n = (uint32_t)((len + unit - 1) / unit), first = *next;

	if (n == 0)
		return CFB_END;
	for (uint32_t i = 0; i < n; i++)
		table[first + i] = i + 1 < n ? first + i + 1 : CFB_END;
	*next += n;
	return first;
}

static inline void cfb_entry(const struct cfb_file *f, unsigned id, struct weir_buf *out)
{
	uint32_t child = CFB_FREE, right = CFB_FREE;
	size_t before = out->len;

	put_wide(out, f->entries[id].name);
	put_zeroes(out, 64 - (out->len - before));
	put16(out, (unsigned)(strlen(f->entries[id].name) + 1) * 2);
	put8(out, f->entries[id].type);
	put8(out, 1);
	for (unsigned i = f->count - 1; i > 0; i--)
		if (f->entries[i].parent == id)
			child = i;
	for (unsigned i = id + 1; id > 0 && i < f->count && right == CFB_FREE; i++)
		if (f->entries[i].parent == f->entries[id].parent)
			right = i;
	put32(out, CFB_FREE);
	put32(out, right);
	put32(out, child);
	put_zeroes(out, 36);
	put32(out, f->entries[id].start);
	put32(out, (uint32_t)f->entries[id].data.len);
	put32(out, 0);
}

/* The file: header, one run of FAT sectors, directory, FAT of small sectors, small sectors, streams.
 * shift: 9 or 12. */
static inline void cfb_make(struct cfb_file *f, unsigned shift, struct weir_buf *out)
{
	static uint32_t fat[65536], mini[65536];
	size_t unit = (size_t)1 << shift, fats = unit == 512 ? 16 : 2;
	uint32_t next = (uint32_t)fats, mini_next = 0, mini_fat, total;
	struct weir_buf *root = &f->entries[0].data;

	memset(fat, 0xff, sizeof(fat));
	memset(mini, 0xff, sizeof(mini));
	for (size_t i = 0; i < fats; i++)
		fat[i] = 0xfffffffd;
	for (unsigned i = 1; i < f->count; i++) {
		struct weir_buf *data = &f->entries[i].data;

		if (f->entries[i].type != 2 || data->len >= 4096)
			continue;
		f->entries[i].start = cfb_chain(mini, &mini_next, data->len, 64);
		put(root, data->data ? data->data : "", data->len);
		cfb_pad(root, 64);
	}
	f->directory = cfb_chain(fat, &next, (size_t)f->count * 128, unit);
	mini_fat = cfb_chain(fat, &next, (size_t)mini_next * 4, unit);
	f->entries[0].start = cfb_chain(fat, &next, root->len, unit);
	for (unsigned i = 1; i < f->count; i++)
		if (f->entries[i].type == 2 && f->entries[i].data.len >= 4096)
			f->entries[i].start = cfb_chain(fat, &next, f->entries[i].data.len, unit);
	total = next;
	assert_true(total <= fats * unit / 4);
	put(out, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
	put_zeroes(out, 16);
	put16(out, 0x3e);
	put16(out, shift == 9 ? 3 : 4);
	put16(out, 0xfffe);
	put16(out, shift);
	put16(out, 6);
	put_zeroes(out, 10);
	put32(out, (uint32_t)fats);
	put32(out, f->directory);
	put32(out, 0);
	put32(out, 4096);
	put32(out, mini_fat);
	put32(out, mini_next ? (uint32_t)((mini_next * 4 + unit - 1) / unit) : 0);
	put32(out, CFB_END);
	put32(out, 0);
	for (uint32_t i = 0; i < 109; i++)
		put32(out, i < fats ? i : CFB_FREE);
	cfb_pad(out, unit);
	for (size_t i = 0; i < fats * unit / 4; i++)
		put32(out, fat[i]);
	for (unsigned i = 0; i < f->count; i++)
		cfb_entry(f, i, out);
	cfb_pad(out, unit);
	for (uint32_t i = 0; i < mini_next; i++)
		put32(out, mini[i]);
	while (out->len % unit)
		put8(out, 0xff);
	put(out, root->data ? root->data : "", root->len);
	cfb_pad(out, unit);
	for (unsigned i = 1; i < f->count; i++)
		if (f->entries[i].type == 2 && f->entries[i].data.len >= 4096) {
			put(out, f->entries[i].data.data, f->entries[i].data.len);
			cfb_pad(out, unit);
		}
}

/* ---- damage ---- */

/* Cuts at every byte (in steps beyond 16 KiB): always 0; and where sure says so, from that length on,
 * what is gone is gone with a gap. */
static inline void cut_everywhere(const struct weir_buf *file, const char *needle, size_t sure)
{
	struct got *g _cleanup_(got_freep) = got_new();
	size_t step = file->len / 16384 + 1;

	for (size_t len = 0; len < file->len; len += step) {
		uint8_t *copy = malloc(len + 1); /* of just this size, for the sanitizer */

		memcpy(copy, file->data, len);
		assert_int_equal(unpack_memory(g, copy, len), 0);
		if (needle && len >= sure && !got_has(g, needle))
			assert_non_null(got_gapped(g, NULL));
		free(copy);
	}
}

/* Turns single bits over, and some bytes into extremes: always 0, and never endless. */
static inline void flip_everywhere(const struct weir_buf *file)
{
	static const uint8_t values[] = {0x00, 0x7f, 0x80, 0xff};
	struct got *g _cleanup_(got_freep) = got_new();
	uint8_t *copy = malloc(file->len + 1);
	size_t step = file->len / 8192 + 1;

	g->forget = true;
	memcpy(copy, file->data, file->len);
	for (size_t at = 0; at < file->len; at += step) {
		uint8_t was = copy[at];

		copy[at] = (uint8_t)(was ^ 1U << at % 8);
		assert_int_equal(unpack_memory(g, copy, file->len), 0);
		assert_true(g->bytes < 64 * file->len + (1 << 20));
		copy[at] = values[at % 4];
		assert_int_equal(unpack_memory(g, copy, file->len), 0);
		assert_true(g->bytes < 64 * file->len + (1 << 20));
		copy[at] = was;
	}
	free(copy);
}

/* However the bytes come, the same texts come out. */
static inline void same_in_pieces(const struct weir_buf *file, const char *needle)
{
	struct got *g _cleanup_(got_freep) = got_new();
	uint64_t bytes;

	assert_int_equal(unpack_memory(g, file->data, file->len), 0);
	assert_true(got_has(g, needle));
	bytes = g->bytes;
	assert_int_equal(unpack_with(g, file->data, file->len, NULL, NULL, 7, true), 0);
	assert_true(got_has(g, needle));
	assert_int_equal(g->bytes, bytes);
	assert_int_equal(unpack_with(g, file->data, file->len, NULL, NULL, 1000, false), 0);
	assert_int_equal(g->bytes, bytes);
}

#endif
