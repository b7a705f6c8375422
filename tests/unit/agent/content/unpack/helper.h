/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_UNPACK_HELPER_H
#define WEIR_TEST_UNPACK_HELPER_H

/* Unpacks from memory and keeps what came: parts with their texts, gaps. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/buf.h"
#include "weir/unpack/unpack.h"

#define GOT_PARTS 512 /* kept; all are counted */
#define GOT_GAPS  128

struct got_part {
	char path[WEIR_UNPACK_PATH];
	char charset[32]; /* "" none */
	const char *type;
	enum weir_part_form form;
	unsigned depth;
	struct weir_buf text;
};

struct got_gap {
	enum weir_scan_status status;
	char path[WEIR_UNPACK_PATH];
	const char *reason;
};

struct got {
	struct got_part parts[GOT_PARTS];
	size_t parts_count;
	struct got_gap gaps[GOT_GAPS];
	size_t gaps_count;
	uint64_t bytes; /* of text in all */
	size_t ticks;
	const char *type;
	bool open;
	bool forget;	/* set before: texts are counted, not kept */
	int fail_after; /* set before: text() answers -ECANCELED after so many calls, 0: never */
	int r;
};

static inline int got_begin(void *context, const struct weir_part *part)
{
	struct got *g = context;
	struct got_part *p = &g->parts[g->parts_count < GOT_PARTS ? g->parts_count : GOT_PARTS - 1];

	assert_false(g->open);
	assert_true(strlen(part->path) < WEIR_UNPACK_PATH);
	assert_true(strlen(part->type) < WEIR_DETECTOR_ID_MAX);
	g->open = true;
	g->parts_count++;
	weir_buf_done(&p->text);
	*p = (struct got_part){.type = part->type,
			       .form = part->form,
			       .depth = part->depth,
			       .text = WEIR_BUF_INIT(256u << 20)};
	memcpy(p->path, part->path, strlen(part->path) + 1);
	if (part->charset)
		memcpy(p->charset, part->charset, strnlen(part->charset, 31));
	return 0;
}

static inline int got_text(void *context, const void *data, size_t len)
{
	struct got *g = context;
	size_t at = g->parts_count < GOT_PARTS ? g->parts_count - 1 : GOT_PARTS - 1;

	assert_true(g->open);
	g->bytes += len;
	if (g->fail_after > 0 && --g->fail_after == 0)
		return -ECANCELED;
	return g->forget ? 0 : weir_buf_append(&g->parts[at].text, data, len);
}

static inline int got_end(void *context)
{
	struct got *g = context;

	assert_true(g->open);
	g->open = false;
	return 0;
}

static inline void got_gap(void *context, enum weir_scan_status status, const char *path,
			   const char *reason)
{
	struct got *g = context;

	assert_true(status == WEIR_SCAN_PARTIAL || status == WEIR_SCAN_UNSCANNABLE);
	assert_true(strlen(path) < WEIR_UNPACK_PATH);
	assert_true(strlen(reason) < WEIR_REASON_MAX);
	if (g->gaps_count < GOT_GAPS) {
		struct got_gap *gap = &g->gaps[g->gaps_count];

		gap->status = status;
		gap->reason = reason;
		memcpy(gap->path, path, strlen(path) + 1);
	}
	g->gaps_count++;
}

static inline int got_tick(void *context)
{
	struct got *g = context;

	g->ticks++;
	return 0;
}

static inline void got_clear(struct got *g)
{
	bool forget = g->forget;

	for (size_t i = 0; i < GOT_PARTS; i++)
		weir_buf_done(&g->parts[i].text);
	memset(g, 0, sizeof(*g));
	g->forget = forget;
}

static inline void got_free(struct got *g)
{
	if (g)
		got_clear(g);
	free(g);
}
DEFINE_CLEANUP(got_free, struct got *);

static inline struct got *got_new(void)
{
	struct got *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	return g;
}

/* Bytes handed out in pieces, and no way back when stream is set. */
struct pieces {
	const uint8_t *data;
	size_t len, piece; /* 0: as much as is asked for */
	bool stream;
	uint64_t next;
};

static inline ssize_t pieces_read(void *context, void *data, size_t len, uint64_t offset)
{
	struct pieces *p = context;

	if (p->stream)
		assert_true(offset == p->next);
	if (offset >= p->len)
		return 0;
	if (p->piece > 0 && len > p->piece)
		len = p->piece;
	if (len > p->len - offset)
		len = (size_t)(p->len - offset);
	memcpy(data, p->data + offset, len);
	p->next = offset + len;
	return (ssize_t)len;
}

/* Clears got first; of what is set before, fail_after and forget stay. */
static inline int unpack_bytes(struct got *g, const struct weir_bytes *bytes,
			       const struct weir_unpack_request *request)
{
	int fail_after = g->fail_after;
	struct weir_unpack_sink sink = {.context = g,
					.begin = got_begin,
					.text = got_text,
					.end = got_end,
					.gap = got_gap,
					.tick = got_tick};

	got_clear(g);
	g->fail_after = fail_after;
	g->r = weir_unpack(bytes, request, &sink, &g->type);
	if (g->r == 0)
		assert_false(g->open);
	return g->r;
}

/* limits, port: may be NULL. piece 0: whole. stream: of unknown size. */
static inline int unpack_with(struct got *g, const void *data, size_t len,
			      const struct weir_unpack_limits *limits,
			      const struct weir_unpack_port *port, size_t piece, bool stream)
{
	struct pieces pieces = {.data = data, .len = len, .piece = piece, .stream = stream};
	struct weir_bytes bytes = {
		.read_at = pieces_read, .context = &pieces, .size = stream ? UINT64_MAX : len};
	struct weir_unpack_request request = {.port = port, .file = -1};

	if (limits)
		request.limits = *limits;
	return unpack_bytes(g, &bytes, &request);
}

/* As most callers have it: no limits of their own, and text() never fails. */
static inline int unpack_plain(struct got *g, const struct weir_bytes *bytes)
{
	const struct weir_unpack_request request = {.file = -1};

	g->fail_after = 0;
	return unpack_bytes(g, bytes, &request);
}

/* Of known size, in memory. */
static inline int unpack_memory(struct got *g, const void *data, size_t len)
{
	struct weir_memory memory = {data, len};
	struct weir_bytes bytes = weir_bytes_of(&memory);

	return unpack_plain(g, &bytes);
}

/* The first part of this path and form (0: any), or NULL. */
static inline struct got_part *got_find(struct got *g, const char *path, int form)
{
	for (size_t i = 0; i < g->parts_count && i < GOT_PARTS; i++)
		if (strcmp(g->parts[i].path, path) == 0 &&
		    (form == 0 || (int)g->parts[i].form == form))
			return &g->parts[i];
	return NULL;
}

/* Does any part hold this text? */
static inline bool got_has(const struct got *g, const char *text)
{
	for (size_t i = 0; i < g->parts_count && i < GOT_PARTS; i++)
		if (g->parts[i].text.data &&
		    memmem(g->parts[i].text.data, g->parts[i].text.len, text, strlen(text)))
			return true;
	return false;
}

/* Is there a gap with this in its reason (NULL: any gap)? */
static inline const struct got_gap *got_gapped(const struct got *g, const char *reason)
{
	for (size_t i = 0; i < g->gaps_count && i < GOT_GAPS; i++)
		if (!reason || strstr(g->gaps[i].reason, reason))
			return &g->gaps[i];
	return NULL;
}

#endif
