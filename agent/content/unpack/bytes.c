/* SPDX-License-Identifier: Apache-2.0 */
/* Where bytes come from: memory, parts of others, streams with a head that can be read again. Knows
 * no format. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

static ssize_t memory_read(void *context, void *data, size_t len, uint64_t offset)
{
	const struct weir_memory *memory = context;

	if (offset >= memory->len)
		return 0;
	len = WEIR_MIN(len, (size_t)(memory->len - offset));
	memcpy(data, memory->data + offset, len);
	return (ssize_t)len;
}

struct weir_bytes weir_bytes_of(struct weir_memory *memory)
{
	return (struct weir_bytes){.read_at = memory_read, .context = memory, .size = memory->len};
}

const struct weir_memory *weir_read_memory(const struct weir_bytes *bytes)
{
	return bytes->read_at == memory_read ? bytes->context : NULL;
}

static ssize_t range_read(void *context, void *data, size_t len, uint64_t offset)
{
	const struct weir_range *range = context;

	if (offset >= range->len)
		return 0;
	len = (size_t)WEIR_MIN((uint64_t)len, range->len - offset);
	return range->bytes->read_at(range->bytes->context, data, len, range->start + offset);
}

struct weir_bytes weir_bytes_range(struct weir_range *range)
{
	uint64_t size = range->bytes->size;

	if (size == UINT64_MAX)
		return (struct weir_bytes){
			.read_at = range_read, .context = range, .size = UINT64_MAX};
	range->start = WEIR_MIN(range->start, size);
	range->len = WEIR_MIN(range->len, size - range->start);
	return (struct weir_bytes){.read_at = range_read, .context = range, .size = range->len};
}

ssize_t weir_bytes_fill(const struct weir_bytes *bytes, void *data, size_t len, uint64_t offset)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = bytes->read_at(bytes->context, (uint8_t *)data + done, len - done,
					   offset + done);

		if (n < 0)
			return done > 0 ? (ssize_t)done : n;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int weir_read_exact(const struct weir_bytes *bytes, uint64_t offset, void *data, size_t len)
{
	size_t done = 0;

	if (offset > UINT64_MAX - len)
		return -ENODATA;
	while (done < len) {
		ssize_t n = bytes->read_at(bytes->context, (uint8_t *)data + done, len - done,
					   offset + done);

		if (n < 0)
			return (int)n;
		if (n == 0)
			return -ENODATA;
		done += (size_t)n;
	}
	return 0;
}

/* One piece from inner, at its present place. */
static ssize_t headed_next(struct weir_headed *h, void *data, size_t len)
{
	ssize_t n;

	if (h->failed < 0)
		return h->failed;
	if (h->ended)
		return 0;
	n = h->inner->read_at(h->inner->context, data, len, h->next);
	if (n < 0)
		h->failed = (int)n;
	else if (n == 0)
		h->ended = true;
	else
		h->next += (uint64_t)n;
	return n;
}

static ssize_t headed_read(void *context, void *data, size_t len, uint64_t offset)
{
	struct weir_headed *h = context;
	uint8_t skipped[4096];

	if (offset < h->len) {
		len = WEIR_MIN(len, h->len - (size_t)offset);
		memcpy(data, h->head + offset, len);
		return (ssize_t)len;
	}
	if (offset < h->next)
		return -ESPIPE;
	while (offset > h->next) {
		ssize_t n = headed_next(
			h, skipped, (size_t)WEIR_MIN((uint64_t)sizeof(skipped), offset - h->next));

		if (n <= 0)
			return n;
	}
	return len == 0 ? 0 : headed_next(h, data, len);
}

struct weir_bytes weir_bytes_headed(struct weir_headed *headed)
{
	return (struct weir_bytes){.read_at = headed_read, .context = headed, .size = UINT64_MAX};
}

int weir_headed_fill(struct weir_unpack *u, struct weir_headed *h, size_t max)
{
	size_t size = h->len;

	while (h->len < max && !h->ended && h->failed == 0) {
		int r = weir_read_tick(u);
		ssize_t n;

		if (r < 0)
			return r;
		if (h->len == size) {
			size_t grown = WEIR_MIN(max, WEIR_MAX(size * 2, (size_t)WEIR_MAGIC_HEAD));
			uint8_t *head = realloc(h->head, grown + 64);

			if (!head)
				return -ENOMEM;
			h->head = head;
			size = grown;
		}
		n = headed_next(h, h->head + h->len, WEIR_MIN(size - h->len, (size_t)PIECE));
		h->len += n > 0 ? (size_t)n : 0;
	}
	if (h->head)
		memset(h->head + h->len, 0, 64);
	return 0;
}

void weir_headed_done(struct weir_headed *h)
{
	free(h->head);
	h->head = NULL;
}

int weir_read_all(struct weir_unpack *u, const struct weir_bytes *bytes, uint8_t **ret_data,
		  size_t *ret_len)
{
	size_t len = 0, size = bytes->size == UINT64_MAX ? PIECE : 0;
	uint8_t *data _cleanup_(freep) = NULL;

	if (bytes->size != UINT64_MAX && bytes->size > u->limits.buffer)
		return -EFBIG;
	if (bytes->size != UINT64_MAX)
		size = (size_t)bytes->size;
	data = malloc(size + 64);
	if (!data)
		return -ENOMEM;
	for (;;) {
		ssize_t n;
		int r = weir_read_tick(u);

		if (r < 0)
			return r;
		if (len == size) {
			uint8_t more, *grown;

			n = bytes->read_at(bytes->context, &more, 1, len);
			if (n <= 0)
				break;
			if (len + 1 > u->limits.buffer)
				return -EFBIG;
			size = (size_t)WEIR_MIN((uint64_t)size * 2 + PIECE, u->limits.buffer);
			grown = realloc(data, size + 64);
			if (!grown)
				return -ENOMEM;
			data = grown;
			data[len++] = more;
			continue;
		}
		n = bytes->read_at(bytes->context, data + len, WEIR_MIN(size - len, (size_t)PIECE),
				   len);
		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	memset(data + len, 0, 64);
	*ret_data = TAKE_PTR(data);
	*ret_len = len;
	return 0;
}
