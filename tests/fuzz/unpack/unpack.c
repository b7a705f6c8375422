/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an object, in memory and as a stream in small pieces; the first byte chooses the piece.
 * What the sink is told keeps the contract: order, paths, limits. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/utf8.h"
#include "weir/unpack/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BYTES (1u << 20)

struct sink {
	bool open;
	uint64_t bytes;
	unsigned parts;
};

struct source {
	const uint8_t *data;
	size_t size, piece;
	uint64_t next;
};

static void check(bool true_here)
{
	if (!true_here)
		abort();
}

static int on_begin(void *context, const struct weir_part *part)
{
	struct sink *s = context;
	size_t len = strlen(part->path);

	check(!s->open);
	check(len < WEIR_UNPACK_PATH && weir_utf8_valid(part->path, len) == len);
	for (size_t i = 0; i < len; i++)
		check((uint8_t)part->path[i] >= 0x20);
	check(strlen(part->type) < WEIR_DETECTOR_ID_MAX);
	check(part->depth <= 4);
	s->open = true;
	s->parts++;
	return 0;
}

static int on_text(void *context, const void *data, size_t len)
{
	struct sink *s = context;

	check(s->open && len <= 65536);
	s->bytes += len;
	return 0;
}

static int on_end(void *context)
{
	struct sink *s = context;

	check(s->open);
	s->open = false;
	return 0;
}

static void on_gap(void *context, enum weir_scan_status status, const char *path,
		   const char *reason)
{
	check(status == WEIR_SCAN_PARTIAL || status == WEIR_SCAN_UNSCANNABLE);
	check(strlen(reason) < WEIR_REASON_MAX && strlen(path) < WEIR_UNPACK_PATH);
}

static int on_tick(void *context)
{
	return 0;
}

static ssize_t source_read(void *context, void *data, size_t len, uint64_t offset)
{
	struct source *s = context;

	check(offset == s->next);
	if (offset >= s->size)
		return 0;
	if (len > s->piece)
		len = s->piece;
	if (len > s->size - offset)
		len = (size_t)(s->size - offset);
	memcpy(data, s->data + offset, len);
	s->next = offset + len;
	return (ssize_t)len;
}

static void unpack(const struct weir_bytes *bytes, size_t size)
{
	struct weir_unpack_request request = {.limits = {.bytes = BYTES,
							 .buffer = BYTES,
							 .members = 200,
							 .ratio = 100,
							 .depth = 4},
					      .file = -1};
	struct sink s = {0};
	struct weir_unpack_sink sink = {.context = &s,
					.begin = on_begin,
					.text = on_text,
					.end = on_end,
					.gap = on_gap,
					.tick = on_tick};
	const char *type = NULL;
	int r = weir_unpack(bytes, &request, &sink, &type);

	check(r == 0 || r == -ENOMEM);
	check(!s.open);
	check(r < 0 || type != NULL);
	/* unpacked once, taken out once, and as it lies on every level */
	check(s.bytes <= 3 * (uint64_t)BYTES + 6 * (size + 65536));
	check(s.parts <= 200 * 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_memory memory;
	struct weir_bytes bytes;
	struct source source;

	if (size < 1)
		return 0;
	memory = (struct weir_memory){data + 1, size - 1};
	bytes = weir_bytes_of(&memory);
	unpack(&bytes, size);
	source = (struct source){.data = data + 1, .size = size - 1, .piece = 1u + data[0] * 8u};
	bytes = (struct weir_bytes){.read_at = source_read, .context = &source, .size = UINT64_MAX};
	unpack(&bytes, size);
	return 0;
}
