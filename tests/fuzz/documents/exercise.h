/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_FUZZ_DOCUMENTS_EXERCISE_H
#define WEIR_FUZZ_DOCUMENTS_EXERCISE_H

/* Any bytes, held and as a stream in pieces: no failure, parts begun and ended in turn, no more text
 * than so many times the bytes, and the same both ways. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/unpack/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	uint64_t bytes, parts, sum;
	int open;
};

static inline void require(int holds)
{
	if (!holds)
		abort();
}

static inline int on_begin(void *context, const struct weir_part *part)
{
	struct seen *s = context;

	require(!s->open++ && memchr(part->path, 0, WEIR_UNPACK_PATH) && part->type);
	s->parts++;
	return 0;
}

static inline int on_text(void *context, const void *data, size_t len)
{
	struct seen *s = context;

	/* reads every byte, for the sanitizer */
	for (size_t i = 0; i < len; i++)
		s->sum = s->sum * 31 + ((const uint8_t *)data)[i];
	require(s->open == 1);
	s->bytes += len;
	return 0;
}

static inline int on_end(void *context)
{
	struct seen *s = context;

	require(s->open-- == 1);
	return 0;
}

static inline void on_gap(void *context, enum weir_scan_status status, const char *path,
			  const char *reason)
{
	require((status == WEIR_SCAN_PARTIAL || status == WEIR_SCAN_UNSCANNABLE) && context &&
		memchr(path, 0, WEIR_UNPACK_PATH) && strlen(reason) < WEIR_REASON_MAX);
}

static inline int on_tick(void *context)
{
	return context ? 0 : -ECANCELED;
}

struct source {
	const uint8_t *data;
	size_t len, piece;
	uint64_t next;
};

static inline ssize_t forward(void *context, void *data, size_t len, uint64_t offset)
{
	struct source *s = context;

	require(offset >= s->next);
	if (offset >= s->len)
		return 0;
	len = WEIR_MIN(len, s->piece);
	len = WEIR_MIN(len, (size_t)(s->len - offset));
	memcpy(data, s->data + offset, len);
	s->next = offset + len;
	return (ssize_t)len;
}

static inline void exercise(const uint8_t *data, size_t size)
{
	struct seen held = {0}, streamed = {0};
	struct weir_memory memory = {data, size};
	struct weir_bytes bytes = weir_bytes_of(&memory);
	struct source source = {data, size, size % 97 + 1, 0};
	struct weir_bytes stream = {forward, &source, UINT64_MAX};
	struct weir_unpack_request request = {.file = -1, .limits = {.bytes = 16 << 20}};
	struct weir_unpack_sink sink = {&held, on_begin, on_text, on_end, on_gap, on_tick};
	const char *type = NULL;

	require(weir_unpack(&bytes, &request, &sink, &type) == 0 && type && !held.open);
	sink.context = &streamed;
	require(weir_unpack(&stream, &request, &sink, &type) == 0 && !streamed.open);
	require(held.bytes == streamed.bytes && held.parts == streamed.parts &&
		held.sum == streamed.sum);
	require(held.bytes <= 200 * (uint64_t)size + (20 << 20));
}

/* The same of what begins as its format does. */
static inline void exercise_behind(const char *head, size_t len, const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(len + size);

	require(copy != NULL);
	memcpy(copy, head, len);
	if (size > 0)
		memcpy(copy + len, data, size);
	exercise(copy, len + size);
	free(copy);
}

#endif
