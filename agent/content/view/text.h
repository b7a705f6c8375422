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

/* n bytes of the input as they are. */
static inline void weir_view_keep(struct weir_view_out *out, const struct weir_view_text *in,
				  size_t at, size_t n)
{
	uint32_t *from = out->from + out->len;

	memcpy(out->text + out->len, in->text + at, n);
	if (in->from) {
		memcpy(from, in->from + at, n * sizeof(*from));
	} else {
		for (size_t i = 0; i < n; i++)
			from[i] = (uint32_t)(at + i);
	}
	out->len += n;
}

/* One round of resolving escapes. False: there are none, out is as it was. out takes 1.4 times the
 * input. Adds to *rules what was done. */
bool weir_view_unescape(const struct weir_view_text *in, struct weir_view_out *out,
			unsigned *rules);

/* O, l and their like among digits, in place. True when something changed. */
bool weir_view_lookalikes(uint8_t *text, size_t len);

#endif
