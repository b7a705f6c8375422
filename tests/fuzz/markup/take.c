/* SPDX-License-Identifier: Apache-2.0 */
#include "take.h"

#include <stdlib.h>
#include <string.h>

#include "weir/base/macros.h"
#include "weir/unpack/unpack.h"

static void require(bool holds)
{
	if (!holds)
		abort();
}

static int begin(void *context, const struct weir_part *part)
{
	struct take *t = context;

	require(!t->open && strlen(part->path) < WEIR_UNPACK_PATH);
	t->open = true;
	t->parts++;
	return 0;
}

static int text(void *context, const void *data, size_t len)
{
	struct take *t = context;
	const uint8_t *p = data;

	require(t->open);
	for (size_t i = 0; i < len; i++)
		t->hash = (t->hash ^ p[i]) * UINT64_C(0x100000001b3);
	t->bytes += len;
	return 0;
}

static int end(void *context)
{
	struct take *t = context;

	require(t->open);
	t->open = false;
	t->hash = (t->hash ^ 0x100) * UINT64_C(0x100000001b3);
	return 0;
}

static void gap(void *context, enum weir_scan_status status, const char *path, const char *reason)
{
	struct take *t = context;

	require(reason[0] != '\0' && path);
	t->gaps++;
}

struct pieces {
	const uint8_t *data;
	size_t len, piece;
};

static ssize_t read_piece(void *context, void *data, size_t len, uint64_t offset)
{
	struct pieces *p = context;

	if (offset >= p->len)
		return 0;
	len = WEIR_MIN(len, p->piece);
	len = WEIR_MIN(len, (size_t)(p->len - offset));
	memcpy(data, p->data + offset, len);
	return (ssize_t)len;
}

void take_all(struct take *take, const void *data, size_t len, size_t piece)
{
	struct pieces pieces = {data, len, piece};
	struct weir_memory memory = {data, len};
	struct weir_bytes bytes = weir_bytes_of(&memory);
	struct weir_unpack_request request = {.file = -1, .limits = {.buffer = 1 << 20}};
	struct weir_unpack_sink sink = {
		.context = take, .begin = begin, .text = text, .end = end, .gap = gap};
	const char *type = NULL;

	*take = (struct take){.hash = UINT64_C(0xcbf29ce484222325)};
	if (piece > 0)
		bytes = (struct weir_bytes){read_piece, &pieces, UINT64_MAX};
	require(weir_unpack(&bytes, &request, &sink, &type) == 0);
	require(!take->open && type);
}
