/* SPDX-License-Identifier: Apache-2.0 */
/* compress (.Z): LZW with codes of growing width. Here rather than by libarchive, whose filter cannot be
 * asked for by name and would open layer in layer where nothing is counted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inflate.h"

#define BITS_MIN 9
#define BITS_MAX 16
#define CODES	 (1u << BITS_MAX)
#define CLEAR	 256u

struct lzw {
	struct weir_unpack *u;
	struct weir_input in;
	uint64_t next;		/* offset in what was unpacked */
	uint64_t counted;	/* offset in bytes */
	unsigned max_bits;	/* of a code */
	bool block;		/* code 256 clears the table */
	unsigned bits, section; /* width now; codes read since it changed */
	uint32_t held;		/* bits read and not used, held_bits of them */
	unsigned held_bits;
	uint32_t free, last; /* next code to be made; code before, CODES: none */
	uint8_t first;	     /* byte of the last string */
	int state;	     /* 1 goes on, 0 ended, else what failed */
	uint16_t prefix[CODES];
	uint8_t suffix[CODES];
	uint8_t stack[CODES]; /* a string from its end, left to be given out */
	size_t stacked;
};

static uint32_t first_free(const struct lzw *z)
{
	return z->block ? CLEAR + 1 : CLEAR;
}

/* 1, 0 at the end, negative errno. */
static int take_bits(struct lzw *z, unsigned count, uint32_t *ret)
{
	while (z->held_bits < count) {
		int r = weir_input_fill(&z->in);

		if (r <= 0)
			return r;
		z->held |= (uint32_t)*z->in.at++ << z->held_bits;
		z->in.left--;
		z->held_bits += 8;
	}
	*ret = z->held & ((1u << count) - 1);
	z->held >>= count;
	z->held_bits -= count;
	return 1;
}

/* Codes come in groups of eight of one width; what is left of a group is padding. */
static int change_width(struct lzw *z, unsigned bits)
{
	uint32_t ignored;
	int r = 1;

	while (r > 0 && z->section % 8 != 0) {
		r = take_bits(z, z->bits, &ignored);
		z->section++;
	}
	z->section = 0;
	z->bits = bits;
	return r;
}

static int next_code(struct lzw *z, uint32_t *ret)
{
	int r = 1;

	if (z->free >= 1u << z->bits && z->bits < z->max_bits)
		r = change_width(z, z->bits + 1);
	r = r <= 0 ? r : take_bits(z, z->bits, ret);
	z->section++;
	return r;
}

/* The string of code onto the stack, and a new code: the last string and its first byte. */
static int expand(struct lzw *z, uint32_t code)
{
	uint32_t at = code;

	if (code > z->free || (code == z->free && z->last == CODES))
		return -EBADMSG;
	if (code == z->free) {
		z->stack[z->stacked++] = z->first;
		at = z->last;
	}
	/* codes only refer to lower ones, so this ends */
	while (at >= CLEAR) {
		z->stack[z->stacked++] = z->suffix[at];
		at = z->prefix[at];
	}
	z->first = (uint8_t)at;
	z->stack[z->stacked++] = z->first;
	if (z->last != CODES && z->free < 1u << z->max_bits) {
		z->prefix[z->free] = (uint16_t)z->last;
		z->suffix[z->free] = z->first;
		z->free++;
	}
	z->last = code;
	return 1;
}

/* 1: the stack has something or the table was cleared; 0: the end. */
static int step(struct lzw *z)
{
	uint32_t code;
	int r = next_code(z, &code);

	if (r <= 0)
		return r;
	if (z->block && code == CLEAR) {
		z->free = first_free(z);
		z->last = CODES;
		return change_width(z, BITS_MIN);
	}
	if (z->last == CODES && code >= CLEAR)
		return -EBADMSG;
	return expand(z, code);
}

static ssize_t lzw_read(void *context, void *data, size_t len, uint64_t offset)
{
	struct lzw *z = context;
	uint8_t *out = data;
	size_t n = 0, steps = 0;
	int r = 0;

	if (offset != z->next)
		return -ESPIPE;
	len = WEIR_MIN(len, (size_t)65536);
	while (n < len && (z->stacked > 0 || z->state > 0) && r == 0) {
		if (z->stacked > 0)
			out[n++] = z->stack[--z->stacked];
		else
			z->state = step(z);
		/* clearing the table again and again gives nothing */
		if (++steps % 65536 == 0)
			r = weir_read_tick(z->u);
	}
	z->next += n;
	if (r == 0)
		r = weir_read_unpacked(z->u, weir_input_offset(&z->in) - z->counted, n);
	z->counted = weir_input_offset(&z->in);
	if (r < 0)
		return r;
	return n > 0 ? (ssize_t)n : z->state;
}

int weir_reader_compress(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	struct lzw *z = calloc(1, sizeof(*z));
	struct weir_bytes out = {.read_at = lzw_read, .context = z, .size = UINT64_MAX};
	uint8_t head[3] = {0};
	int r;

	if (!z)
		return -ENOMEM;
	z->u = u;
	z->in = (struct weir_input){.bytes = bytes, .end = bytes->size};
	r = weir_input_take(&z->in, head, sizeof(head));
	z->max_bits = head[2] & 0x1f;
	z->block = head[2] & 0x80;
	z->bits = BITS_MIN;
	z->free = first_free(z);
	z->last = CODES;
	z->state = 1;
	if (r == 0 && (z->max_bits < BITS_MIN || z->max_bits > BITS_MAX))
		r = -EBADMSG;
	r = r < 0 ? weir_read_failed(u, r, NULL) : weir_emit_object(u, "content", &out);
	weir_input_done(&z->in);
	free(z);
	return r;
}
