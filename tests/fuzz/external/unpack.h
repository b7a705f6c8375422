/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_FUZZ_EXTERNAL_UNPACK_H
#define WEIR_FUZZ_EXTERNAL_UNPACK_H

/* Unpacks bytes that begin as their format does, and checks what every reader owes the sink. */

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/base/macros.h"
#include "weir/findings/findings.h"
#include "weir/unpack/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct seen {
	bool open;
	enum weir_part_form form;
	uint64_t bytes;
	unsigned sum; /* so that a sanitizer sees each byte read */
};

static inline void owed(bool kept)
{
	if (!kept)
		abort();
}

static inline int seen_begin(void *context, const struct weir_part *part)
{
	struct seen *s = context;

	owed(!s->open && strlen(part->path) < WEIR_UNPACK_PATH);
	owed(strlen(part->type) < WEIR_DETECTOR_ID_MAX);
	s->open = true;
	s->form = part->form;
	return 0;
}

static inline int seen_text(void *context, const void *data, size_t len)
{
	struct seen *s = context;

	owed(s->open);
	s->bytes += len;
	for (size_t i = 0; i < len; i++)
		s->sum += ((const uint8_t *)data)[i];
	return 0;
}

static inline int seen_end(void *context)
{
	struct seen *s = context;

	owed(s->open);
	s->open = false;
	return 0;
}

static inline void seen_gap(void *context, enum weir_scan_status status, const char *path,
			    const char *reason)
{
	owed(status == WEIR_SCAN_PARTIAL || status == WEIR_SCAN_UNSCANNABLE);
	owed(strlen(path) < WEIR_UNPACK_PATH && strlen(reason) < WEIR_REASON_MAX);
}

static inline int seen_tick(void *context)
{
	return 0;
}

static inline int unpack_as(const char *magic, size_t magic_len, const uint8_t *data, size_t len,
			    const struct weir_unpack_port *port)
{
	uint8_t *copy = malloc(magic_len + len);
	struct weir_memory memory = {copy, magic_len + len};
	struct weir_bytes bytes;
	struct weir_unpack_request request = {
		.limits = {.bytes = 8 << 20, .members = 200, .depth = 3}, .port = port, .file = -1};
	struct seen seen = {0};
	struct weir_unpack_sink sink = {.context = &seen,
					.begin = seen_begin,
					.text = seen_text,
					.end = seen_end,
					.gap = seen_gap,
					.tick = seen_tick};
	const char *type;

	if (!copy)
		return 0;
	memcpy(copy, magic, magic_len);
	if (len > 0)
		memcpy(copy + magic_len, data, len);
	bytes = weir_bytes_of(&memory);
	owed(weir_unpack(&bytes, &request, &sink, &type) == 0 && !seen.open);
	/* limits are kept, but for the piece that passes one and the raw bytes themselves */
	owed(seen.bytes < (16 << 20) + 4 * len);
	free(copy);
	return 0;
}

#endif
