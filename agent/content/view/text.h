/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_VIEW_TEXT_H
#define WEIR_VIEW_TEXT_H

/* A text with the place in the original of each byte, as the steps of the normalised view hand it
 * on, and how a step writes its own. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct weir_view_text {
	const uint8_t *text;
	const uint32_t *from; /* len + 1 places; NULL: text is the original */
	size_t len;
};

struct weir_view_out {
	uint8_t *text;
	uint32_t *from;
	size_t len;
};

static inline uint32_t weir_view_from(const struct weir_view_text *in, size_t at)
{
	return in->from ? in->from[at] : (uint32_t)at;
}

/* One byte that stands for what begins at `at` in the input. */
static inline void weir_view_put(struct weir_view_out *out, const struct weir_view_text *in,
				 uint8_t byte, size_t at)
{
	out->text[out->len] = byte;
	out->from[out->len++] = weir_view_from(in, at);
}

/* from[0..n) = at, at + 1, ...; may write 15 further. */
static inline void weir_view_count_up(uint32_t *from, size_t n, uint32_t at)
{
	typedef uint32_t four __attribute__((vector_size(16)));
	four a = {at, at + 1, at + 2, at + 3};

	for (size_t i = 0; i < n; i += 16) {
		four b = a + 4, c = a + 8, d = a + 12;

		memcpy(from + i, &a, 16);
		memcpy(from + i + 4, &b, 16);
		memcpy(from + i + 8, &c, 16);
		memcpy(from + i + 12, &d, 16);
		a += 16;
	}
}

/* n bytes of the input as they are. Behind both arrays of out there is room for 64 more. */
static inline void weir_view_keep(struct weir_view_out *out, const struct weir_view_text *in,
				  size_t at, size_t n)
{
	uint32_t *from = out->from + out->len;

	if (n == 0)
		return;
	/* short pieces by one copy of fixed length, where that many are there */
	if (n <= 64 && in->len - at >= 64)
		memcpy(out->text + out->len, in->text + at, 64);
	else
		memcpy(out->text + out->len, in->text + at, n);
	if (in->from)
		memcpy(from, in->from + at, n * sizeof(*from));
	else
		weir_view_count_up(from, n, (uint32_t)at);
	out->len += n;
}

/* One round of resolving escapes. False: there are none, out is as it was. out takes 1.4 times the
 * input. Adds to *rules what was done. */
bool weir_view_unescape(const struct weir_view_text *in, struct weir_view_out *out,
			unsigned *rules);

/* O, l and their like among digits, in place. True when something changed. */
bool weir_view_lookalikes(uint8_t *text, size_t len);

#endif
