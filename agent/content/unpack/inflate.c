/* SPDX-License-Identifier: Apache-2.0 */
#include "inflate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include "core.h"

#define INPUT (64 * 1024)
#define BACK  16 /* bytes before the buffer's data that can be given back */

struct weir_inflate {
	struct weir_unpack *u;
	struct weir_input *in;
	struct inflate_state state;
	bool ended;
	int failed;
};

uint32_t weir_crc32(uint32_t crc, const void *data, size_t len)
{
	return crc32_gzip_refl(crc, data, len);
}

void weir_input_done(struct weir_input *in)
{
	free(in->buffer);
	in->buffer = NULL;
}

int weir_input_fill(struct weir_input *in)
{
	const struct weir_memory *memory = weir_read_memory(in->bytes);
	uint64_t room = in->end - in->next;
	ssize_t n;

	if (in->left > 0)
		return 1;
	if (room == 0)
		return 0;
	if (memory) {
		if (in->next >= memory->len)
			return 0;
		room = WEIR_MIN(room, memory->len - in->next);
		n = (ssize_t)WEIR_MIN(room, (uint64_t)INPUT);
		in->at = memory->data + in->next;
	} else {
		if (!in->buffer)
			in->buffer = calloc(1, BACK + INPUT);
		if (!in->buffer)
			return -ENOMEM;
		if (in->at)
			memmove(in->buffer, in->at - BACK, BACK);
		/* in full, so that what damaged data gives does not depend on how it came */
		n = weir_bytes_fill(in->bytes, in->buffer + BACK,
				    (size_t)WEIR_MIN(room, (uint64_t)INPUT), in->next);
		if (n <= 0)
			return (int)n;
		in->at = in->buffer + BACK;
	}
	in->left = (size_t)n;
	in->next += (uint64_t)n;
	return 1;
}

int weir_input_take(struct weir_input *in, void *data, size_t len)
{
	uint8_t *to = data;

	while (len > 0) {
		int r = weir_input_fill(in);
		size_t n;

		if (r <= 0)
			return r == 0 ? -ENODATA : r;
		n = WEIR_MIN(len, in->left);
		if (to) {
			memcpy(to, in->at, n);
			to += n;
		}
		in->at += n;
		in->left -= n;
		len -= n;
	}
	return 0;
}

int weir_inflate_new(struct weir_unpack *u, struct weir_input *in, struct weir_inflate **ret)
{
	/* zeroes: damaged data may refer to what was never written */
	struct weir_inflate *i = calloc(1, sizeof(*i));

	if (!i)
		return -ENOMEM;
	i->u = u;
	i->in = in;
	weir_inflate_reset(i);
	*ret = i;
	return 0;
}

void weir_inflate_free(struct weir_inflate *inflate)
{
	free(inflate);
}

void weir_inflate_reset(struct weir_inflate *i)
{
	isal_inflate_init(&i->state);
	i->ended = false;
	i->failed = 0;
}

/* ISA-L reads up to 8 bytes ahead into its bit buffer; whole ones go back. */
static void give_back(struct weir_inflate *i)
{
	size_t ahead = (size_t)WEIR_MAX(i->state.read_in_length, 0) / 8;

	i->in->at -= ahead;
	i->in->left += ahead;
	i->state.read_in_length = 0;
}

/* One call of ISA-L. Returns the bytes written, negative errno when nothing was and never will be. */
static ssize_t step(struct weir_inflate *i, void *data, size_t len)
{
	uint32_t room = (uint32_t)WEIR_MIN(len, (size_t)INPUT), before;
	int r = weir_input_fill(i->in);

	if (r < 0)
		return r;
	before = (uint32_t)i->in->left;
	i->state.next_in = (uint8_t *)i->in->at;
	i->state.avail_in = before;
	i->state.next_out = data;
	i->state.avail_out = room;
	r = isal_inflate(&i->state);
	i->in->at += before - i->state.avail_in;
	i->in->left = i->state.avail_in;
	room -= i->state.avail_out;
	if (i->state.block_state == ISAL_BLOCK_FINISH) {
		i->ended = true;
		give_back(i);
	} else if (room == 0 && before == 0) {
		i->failed = -ENODATA;
	} else if (r < 0 || (room == 0 && before == i->state.avail_in)) {
		i->failed = -EBADMSG;
	}
	r = weir_read_unpacked(i->u, before - WEIR_MIN(before, i->state.avail_in), room);
	return r < 0 ? r : (ssize_t)room;
}

ssize_t weir_inflate_read(struct weir_inflate *i, void *data, size_t len)
{
	size_t done = 0;

	while (done < len && !i->ended && i->failed == 0) {
		ssize_t n = step(i, (uint8_t *)data + done, len - done);

		if (n < 0) {
			i->failed = (int)n;
			break;
		}
		done += (size_t)n;
	}
	return done > 0 ? (ssize_t)done : i->failed;
}
