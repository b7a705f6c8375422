/* SPDX-License-Identifier: Apache-2.0 */
/* Deleted rows stay in a database until their room is used again. Owns the page layout of the file
 * format, as far as that takes; trusts no number in it. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite_vfs.h"

#define HEADER 100
#define LEAST  4 /* bytes of a gap worth a look: the first four of a freed cell are overwritten */

struct spaces {
	struct weir_unpack *u;
	const struct weir_bytes *bytes;
	uint8_t *page;	/* owned */
	uint8_t *taken; /* owned: a bit for each page of the free list */
	uint32_t size, usable, count;
	bool begun;
};

static uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static bool is_taken(const struct spaces *s, uint32_t number)
{
	return s->taken[number / 8] & 1U << number % 8;
}

static int read_page(struct spaces *s, uint32_t number)
{
	int r = weir_read_tick(s->u);

	if (r < 0)
		return r;
	return weir_read_exact(s->bytes, (uint64_t)(number - 1) * s->size, s->page, s->size);
}

static bool any_set(const uint8_t *data, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		if (data[i])
			return true;
	return false;
}

static int give(struct spaces *s, const uint8_t *data, uint32_t len)
{
	int r = 0;

	if (len < LEAST || !any_set(data, len))
		return 0;
	if (!s->begun)
		r = weir_emit_begin(s->u, "(free)", NULL, WEIR_PART_BYTES);
	s->begun = true;
	if (r == 0)
		r = weir_emit_text(s->u, data, len);
	return r < 0 ? r : weir_emit_text(s->u, "\n", 1);
}

/* The list of free pages: trunk pages that name others. Each page is in it once, so it ends. */
static int mark_free(struct spaces *s, uint32_t trunk)
{
	while (trunk > 1 && trunk <= s->count && !is_taken(s, trunk)) {
		uint32_t entries;
		int r = read_page(s, trunk);

		if (r < 0)
			return r;
		s->taken[trunk / 8] |= (uint8_t)(1U << trunk % 8);
		entries = WEIR_MIN(get32(s->page + 4), s->usable / 4 - 2);
		for (uint32_t i = 0; i < entries; i++) {
			uint32_t leaf = get32(s->page + 8 + i * 4);

			if (leaf > 1 && leaf <= s->count)
				s->taken[leaf / 8] |= (uint8_t)(1U << leaf % 8);
		}
		trunk = get32(s->page);
	}
	return 0;
}

/* Freed cells inside a page of a tree: a chain of blocks at rising offsets. */
static int give_blocks(struct spaces *s, uint32_t first)
{
	uint32_t at = first, last = 0;
	int r = 0;

	while (r == 0 && at > last && at <= s->usable - 4) {
		uint32_t len = WEIR_MIN(get16(s->page + at + 2), s->usable - at);

		if (len > 4)
			r = give(s, s->page + at + 4, len - 4);
		last = at;
		at = get16(s->page + at);
	}
	return r;
}

/* A page that looks like one of a tree; one that merely looks so gives some of its bytes twice. */
static int give_room(struct spaces *s, uint32_t number)
{
	const uint8_t *h = s->page + (number == 1 ? HEADER : 0);
	bool leaf = h[0] == 10 || h[0] == 13;
	uint32_t from, to;
	int r;

	if (!leaf && h[0] != 2 && h[0] != 5)
		return 0;
	from = (uint32_t)(h - s->page) + (leaf ? 8 : 12) + get16(h + 3) * 2;
	to = get16(h + 5) ? get16(h + 5) : 65536;
	if (from > s->usable || to > s->usable || from > to)
		return 0;
	r = give(s, s->page + from, to - from);
	return r < 0 ? r : give_blocks(s, get16(h + 1));
}

static int give_pages(struct spaces *s)
{
	int r = 0;

	for (uint32_t number = 1; r == 0 && number <= s->count; number++) {
		r = read_page(s, number);
		if (r == 0 && is_taken(s, number))
			r = give(s, s->page, s->size);
		else if (r == 0)
			r = give_room(s, number);
	}
	return r;
}

int weir_sqlite_free(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	uint8_t header[HEADER], *page _cleanup_(freep) = NULL, *taken _cleanup_(freep) = NULL;
	struct spaces s = {.u = u, .bytes = bytes};
	int r = weir_read_exact(bytes, 0, header, sizeof(header)), end;

	if (r < 0)
		return weir_read_failed(u, r, NULL);
	s.size = get16(header + 16) == 1 ? 65536 : get16(header + 16);
	if (s.size < 512 || (s.size & (s.size - 1)) || header[20] > s.size - 480)
		return 0; /* the library has said that it is damaged */
	s.usable = s.size - header[20];
	s.count = (uint32_t)WEIR_MIN(bytes->size / s.size, (uint64_t)UINT32_MAX - 1);
	s.page = page = malloc(s.size);
	s.taken = taken = calloc(1, s.count / 8 + 1);
	if (!page || !taken)
		return -ENOMEM;
	r = mark_free(&s, get32(header + 32));
	if (r == 0)
		r = give_pages(&s);
	end = s.begun ? weir_emit_end(u) : 0;
	if (end < 0)
		return end;
	return weir_read_failed(u, r, "(free)");
}
