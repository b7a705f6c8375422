/* SPDX-License-Identifier: Apache-2.0 */
/* Owns: which ranges are wanted, and taking them out of the texts as they go by. Must not judge: what is found is decided. */

#include "pick.h"

#include <errno.h>
#include <string.h>

#define AROUND UINT64_C(256) /* bytes before and behind a finding: its row, or its sentence */

struct range {
	uint64_t from, to;
	uint32_t text;
	uint8_t part;
	uint8_t *data; /* as much of it as came: taken */
	uint32_t taken;
};

struct pick {
	const struct weir_engine_request *request;
	struct range ranges[WEIR_EXCERPTS_MAX]; /* by part and offset, not overlapping */
	size_t n, left;				/* left: not passed yet */
	uint64_t bytes;				/* of all ranges */
	uint32_t text;				/* the one that goes by, from 1 */
	uint64_t at;				/* in it */
};

/* The ranges from first on, up to last, meet or touch the new one. */
static void find_place(const struct pick *pick, const struct range *new, size_t *ret_first,
		       size_t *ret_last)
{
	size_t first = 0, last;

	while (first < pick->n &&
	       (pick->ranges[first].part < new->part ||
		(pick->ranges[first].part == new->part && pick->ranges[first].to < new->from)))
		first++;
	for (last = first; last < pick->n && pick->ranges[last].part == new->part &&
			   pick->ranges[last].from <= new->to;
	     last++)
		;
	*ret_first = first;
	*ret_last = last;
}

/* Left out when the whole would be over the bounds. */
static void want(struct pick *pick, const struct range *wanted, uint32_t room)
{
	struct range new = *wanted;
	uint64_t bytes = pick->bytes;
	size_t first, last;

	find_place(pick, &new, &first, &last);
	for (size_t i = first; i < last; i++) {
		new.from = WEIR_MIN(new.from, pick->ranges[i].from);
		new.to = WEIR_MAX(new.to, pick->ranges[i].to);
		bytes -= pick->ranges[i].to - pick->ranges[i].from;
	}
	bytes += new.to - new.from;
	if (bytes > room || pick->n - (last - first) + 1 > WEIR_EXCERPTS_MAX)
		return;
	memmove(&pick->ranges[first + 1], &pick->ranges[last],
		(pick->n - last) * sizeof(pick->ranges[0]));
	pick->ranges[first] = new;
	pick->n = pick->n - (last - first) + 1;
	pick->bytes = bytes;
}

/* The surest findings first, in the order of the content among equals, as in events. */
static void plan(struct pick *pick, const struct weir_findings *findings, const uint32_t *text_of,
		 uint32_t room)
{
	for (int confidence = 100; confidence >= 0; confidence--) {
		for (uint32_t i = 0; i < findings->count; i++) {
			const struct weir_finding *f = &findings->findings[i];
			const uint32_t text = text_of[f->part];

			if (f->confidence != confidence || text == 0)
				continue;
			want(pick,
			     &(struct range){.from = f->offset - WEIR_MIN(f->offset, AROUND),
					     .to = f->offset + f->length + AROUND,
					     .text = text,
					     .part = f->part},
			     room);
		}
	}
}

static int begin(void *context, const struct weir_part *part)
{
	struct pick *pick = context;

	pick->text++;
	pick->at = 0;
	return 0;
}

static void take(struct range *range, uint64_t at, const uint8_t *data, size_t len)
{
	const uint64_t from = WEIR_MAX(at, range->from), to = WEIR_MIN(at + len, range->to);

	if (from >= to)
		return;
	memcpy(range->data + range->taken, data + (from - at), (size_t)(to - from));
	range->taken += (uint32_t)(to - from);
}

/* Ends it all when nothing more is to come. */
static int text(void *context, const void *data, size_t len)
{
	struct pick *pick = context;

	for (size_t i = 0; i < pick->n; i++) {
		struct range *range = &pick->ranges[i];

		if (range->text != pick->text || range->to <= pick->at)
			continue;
		take(range, pick->at, data, len);
		pick->left -= pick->at + len >= range->to;
	}
	pick->at += len;
	return pick->left == 0 ? -ECANCELED : 0;
}

static int end(void *context)
{
	return 0;
}

static void gap(void *context, enum weir_scan_status status, const char *path, const char *reason)
{
}

static int tick(void *context)
{
	const struct weir_engine_request *request = ((struct pick *)context)->request;

	return request->tick ? request->tick(request->tick_context) : 0;
}

static void tell(const struct pick *pick, struct weir_excerpts *ret)
{
	for (size_t i = 0; i < pick->n; i++) {
		const struct range *range = &pick->ranges[i];

		for (uint32_t at = 0, n; at < range->taken; at += n) {
			n = WEIR_MIN(range->taken - at, WEIR_EXCERPT_BYTES_MAX);
			if (weir_excerpts_add(ret, range->part, range->from + at, range->data + at,
					      n) < 0)
				return;
		}
	}
}

void weir_pick(const struct weir_engine_request *request, const struct weir_bytes *bytes,
	       const struct weir_findings *findings,
	       const uint32_t text_of[static WEIR_FINDINGS_PARTS], struct weir_excerpts *ret)
{
	struct pick pick = {.request = request};
	const struct weir_unpack_sink sink = {.context = &pick,
					      .begin = begin,
					      .text = text,
					      .end = end,
					      .gap = gap,
					      .tick = tick};
	struct weir_excerpts *room _cleanup_(weir_excerpts_freep) = NULL;
	const char *type;

	plan(&pick, findings, text_of, ret->room - ret->bytes);
	pick.left = pick.n;
	if (pick.n == 0 || weir_excerpts_new((uint32_t)pick.bytes, &room) < 0)
		return;
	for (size_t i = 0; i < pick.n; i++) {
		pick.ranges[i].data = room->data + room->bytes;
		room->bytes += (uint32_t)(pick.ranges[i].to - pick.ranges[i].from);
	}
	(void)!weir_unpack(bytes, &request->unpack, &sink, &type);
	tell(&pick, ret);
}
