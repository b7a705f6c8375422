/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_VIEW_ESCAPE_H
#define WEIR_VIEW_ESCAPE_H

/* What the ways of escaping share: reading the input without stepping over its end, and writing one
 * thing instead of another. */

#include "decode.h"
#include "text.h"
#include "weir/view/normal.h"

#define ESCAPE_RUN_MAX	 1024 /* bytes in a row written as %XX and the like */
#define ESCAPE_BYTES_MAX 4096 /* bytes in RFC 2047 words joined to one */

struct weir_escape {
	const struct weir_view_text *in;
	struct weir_view_out *out;
	size_t kept;	  /* of the input, written or resolved */
	size_t soft_line; /* where the line behind a soft break begins */
	unsigned rules;
};

/* Bytes, and where in the input each is written. */
struct weir_escape_bytes {
	size_t count;
	uint8_t byte[ESCAPE_BYTES_MAX];
	uint32_t at[ESCAPE_BYTES_MAX + 1];
};

static inline int weir_escape_hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static inline uint8_t weir_escape_at(const struct weir_escape *job, size_t at)
{
	return at < job->in->len ? job->in->text[at] : 0;
}

/* digits hexadecimal ones at at; -1: there are not that many. */
static inline int32_t weir_escape_hex_at(const struct weir_escape *job, size_t at, unsigned digits)
{
	int32_t value = 0;

	for (unsigned i = 0; i < digits; i++) {
		int four = weir_escape_hex(weir_escape_at(job, at + i));

		if (four < 0)
			return -1;
		value = value << 4 | four;
	}
	return value;
}

/* Writes what stands before at and was not written yet. */
void weir_escape_flush(struct weir_escape *job, size_t at);

/* One code point instead of n bytes at at. 0 when it is none that a text holds, else n. */
size_t weir_escape_resolve(struct weir_escape *job, uint32_t point, size_t at, size_t n);

static inline bool weir_escape_blank(uint32_t point)
{
	return point == '\t' || point == '\n' || point == '\r';
}

static inline bool weir_escape_character(uint32_t point)
{
	if (point < 0x20)
		return weir_escape_blank(point);
	return !(point >= 0x7f && point < 0xa0) && (point & 0xfffff800) != 0xd800 &&
	       point <= 0x10ffff;
}

/* Runs of %XX, \xXX and =XX, by the kind's first character (bytes.c). */

/* Where the two digits of an escaped byte at at begin, 0: none there. */
size_t weir_escape_digits(const struct weir_escape *job, size_t at, uint8_t kind);

/* Behind "=", blanks and a line break; 0: there is none. */
size_t weir_escape_soft(const struct weir_escape *job, size_t at);

/* The run at at; returns its end. */
size_t weir_escape_gather(const struct weir_escape *job, size_t at, uint8_t kind,
			  struct weir_escape_bytes *ret);

/* Text instead of a run, or of its ASCII when the whole is none. Returns the bytes of input that are
 * dealt with. */
size_t weir_escape_run(struct weir_escape *job, size_t at, struct weir_escape_bytes *run);

void weir_escape_put(struct weir_escape *job, enum weir_charset charset,
		     const struct weir_escape_bytes *run);

/* RFC 2047 words, =XX and soft line breaks: what begins with "=" at at (mail.c). */
size_t weir_escape_mail(struct weir_escape *job, size_t at);

#endif
