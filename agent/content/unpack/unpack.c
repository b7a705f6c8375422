/* SPDX-License-Identifier: Apache-2.0 */
/* One object, and each that lies in it: its kind, the reader for it, what is left when there is none.
 * Formats are the readers' business. */
#include "weir/unpack/unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

#define NAMES_MAX PIECE

const struct weir_unpack_port *weir_read_port(const struct weir_unpack *u)
{
	return u->request->port;
}

int weir_read_file_of(const struct weir_unpack *u, const struct weir_bytes *bytes)
{
	return bytes == u->top ? u->request->file : -1;
}

const struct weir_unpack_limits *weir_read_limits(const struct weir_unpack *u)
{
	return &u->limits;
}

const uint8_t *weir_read_head(const struct weir_unpack *u, size_t *ret_len)
{
	*ret_len = u->frame->head_len;
	return u->frame->head;
}

void weir_read_type(struct weir_unpack *u, const char *type)
{
	u->frame->type = type;
}

void weir_read_document(struct weir_unpack *u)
{
	u->frame->document = true;
}

/* What the object lies in, layers around it aside; NULL: nothing. */
static struct weir_frame *holder(const struct weir_unpack *u)
{
	struct weir_frame *f = u->frame->up;

	while (f && f->kind->flags & WEIR_KIND_LAYER)
		f = f->up;
	return f;
}

bool weir_read_in_document(const struct weir_unpack *u)
{
	const struct weir_frame *f = holder(u);

	return f && (f->document || f->kind->flags & WEIR_KIND_DOCUMENT);
}

uint64_t weir_read_ornament(struct weir_unpack *u, uint64_t bytes)
{
	struct weir_frame *f = holder(u);

	return f->ornaments += bytes;
}

const struct weir_kind *weir_read_kind(const struct weir_unpack *u)
{
	return u->frame->kind;
}

/* Blocks of 4 KiB from the start of the text, however it was read. */
static bool has_binary(const uint8_t *data, size_t len)
{
	for (size_t at = 0; at < len; at += 4096)
		if (weir_magic_binary(data + at, WEIR_MIN(len - at, (size_t)4096)))
			return true;
	return false;
}

static int raw_pieces(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	const struct weir_memory *memory = weir_read_memory(bytes);

	for (uint64_t at = 0;;) {
		const uint8_t *data = u->io;
		ssize_t n;
		int r;

		if (memory) {
			data = memory->data + at;
			n = (ssize_t)WEIR_MIN((uint64_t)PIECE, memory->len - at);
		} else {
			n = weir_bytes_fill(bytes, u->io, PIECE, at);
		}
		if (n <= 0)
			return (int)n;
		u->binary = u->binary || has_binary(data, (size_t)n);
		r = weir_emit_text(u, data, (size_t)n);
		if (r < 0)
			return r;
		at += (uint64_t)n;
	}
}

int weir_emit_raw(struct weir_unpack *u, const struct weir_bytes *bytes, const char *charset)
{
	int r, end;

	u->binary = false;
	if (!u->io && !weir_read_memory(bytes)) {
		u->io = malloc(PIECE);
		if (!u->io)
			return -ENOMEM;
	}
	r = weir_emit_begin(u, NULL, charset, WEIR_PART_BYTES);
	if (r < 0)
		return r;
	r = raw_pieces(u, bytes);
	end = weir_emit_end(u);
	if (end < 0)
		return end;
	return r == -ESPIPE ? 0 : weir_read_failed(u, r, NULL);
}

static int read_tail(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	if (bytes->size == UINT64_MAX || !weir_zip_tail(bytes))
		return 0;
	return weir_reader_zip(u, bytes);
}

/* Bytes that no reader takes. */
static int read_plain(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	const struct weir_kind *kind = u->frame->kind;
	char declared[32];
	int r = weir_emit_raw(
		u, bytes,
		kind->flags & WEIR_KIND_TEXT
			? weir_magic_charset(u->frame->head, u->frame->head_len, declared)
			: NULL);

	if (r < 0)
		return r;
	if (kind->reason)
		weir_emit_gap(u, WEIR_SCAN_UNSCANNABLE, NULL, kind->reason);
	else if (kind->flags & WEIR_KIND_TEXT && u->binary)
		weir_emit_gap(u, WEIR_SCAN_PARTIAL, NULL,
			      "binary data inside text; its bytes alone were searched");
	return u->binary ? read_tail(u, bytes) : 0;
}

static int read_kind(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	const struct weir_kind *kind = u->frame->kind;
	int r, end;

	r = kind->read ? kind->read(u, bytes) : read_plain(u, bytes);
	if (r == 0 && kind->read && kind->flags & WEIR_KIND_TAIL)
		r = read_tail(u, bytes);
	if (r == 0)
		r = weir_core_flush_names(u);
	end = weir_emit_end(u);
	if (end < 0)
		return end;
	return weir_read_failed(u, r, NULL);
}

/* What needs random access and comes as a stream: held, or, too large for that, read as far as a
 * stream can be. */
static int read_held(struct weir_unpack *u, struct weir_headed *headed)
{
	size_t room = (size_t)(u->limits.buffer - u->held), held;
	struct weir_memory memory;
	struct weir_bytes bytes;
	int r = weir_headed_fill(u, headed, room);

	if (r < 0)
		return r;
	u->frame->head = headed->head;
	u->frame->head_len = WEIR_MIN(headed->len, (size_t)WEIR_MAGIC_HEAD);
	held = headed->len;
	u->held += held;
	if (headed->len < room || headed->ended) {
		memory = (struct weir_memory){headed->head, headed->len};
		bytes = weir_bytes_of(&memory);
		r = weir_read_failed(u, headed->failed, NULL);
		r = r < 0 ? r : read_kind(u, &bytes);
	} else {
		bytes = weir_bytes_headed(headed);
		weir_emit_gap(u, WEIR_SCAN_PARTIAL, NULL, "too large to be held in memory");
		if (u->frame->kind->read == weir_reader_zip) {
			u->frame->kind = &weir_kind_zip_stream;
			r = read_kind(u, &bytes);
		} else {
			r = weir_emit_raw(u, &bytes, NULL);
		}
	}
	u->held -= held;
	return r;
}

static int read_stream(struct weir_unpack *u, const struct weir_bytes *inner)
{
	struct weir_frame *f = u->frame;
	struct weir_headed headed = {.inner = inner};
	struct weir_bytes bytes = weir_bytes_headed(&headed);
	int r = weir_headed_fill(u, &headed, WEIR_MAGIC_HEAD);

	if (r == 0 && headed.len == 0 && headed.failed < 0) {
		r = weir_read_failed(u, headed.failed, NULL);
	} else if (r == 0) {
		f->head = headed.head;
		f->head_len = headed.len;
		f->kind = weir_magic(f->head, f->head_len);
		f->type = f->kind->type;
		r = f->kind->flags & WEIR_KIND_HOLD ? read_held(u, &headed) : read_kind(u, &bytes);
	}
	weir_headed_done(&headed);
	return r;
}

static int read_known(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	struct weir_frame *f = u->frame;
	const struct weir_memory *memory = weir_read_memory(bytes);
	uint8_t *head _cleanup_(freep) = NULL;

	if (memory) {
		f->head = memory->data;
		f->head_len = WEIR_MIN(memory->len, (size_t)WEIR_MAGIC_HEAD);
	} else {
		ssize_t n;

		head = malloc(WEIR_MAGIC_HEAD);
		if (!head)
			return -ENOMEM;
		n = weir_bytes_fill(bytes, head, WEIR_MAGIC_HEAD, 0);
		if (n < 0)
			return weir_read_failed(u, (int)n, NULL);
		f->head = head;
		f->head_len = (size_t)n;
	}
	f->kind = weir_magic(f->head, f->head_len);
	f->type = f->kind->type;
	return read_kind(u, bytes);
}

static int read_object(struct weir_unpack *u, const struct weir_bytes *bytes, const char **ret_type)
{
	struct weir_frame frame = {.up = u->frame,
				   .type = "application/octet-stream",
				   .names = WEIR_BUF_INIT(NAMES_MAX)};
	int r;

	u->frame = &frame;
	r = bytes->size == UINT64_MAX ? read_stream(u, bytes) : read_known(u, bytes);
	weir_buf_done(&frame.names);
	u->frame = frame.up;
	if (ret_type)
		*ret_type = frame.type;
	return r < 0 ? r : weir_core_state(u);
}

int weir_emit_object(struct weir_unpack *u, const char *name, const struct weir_bytes *bytes)
{
	size_t before;
	int r = u->open ? weir_emit_end(u) : 0;

	if (r == 0)
		r = weir_read_member(u);
	if (r < 0)
		return r;
	if (u->depth >= u->limits.depth) {
		weir_emit_gap(u, WEIR_SCAN_PARTIAL, name, "nested more deeply than the limit");
		return 0;
	}
	before = weir_path_push(u, name);
	u->depth++;
	r = read_object(u, bytes, NULL);
	u->depth--;
	weir_path_pop(u, before);
	return r;
}

int weir_unpack(const struct weir_bytes *bytes, const struct weir_unpack_request *request,
		const struct weir_unpack_sink *sink, const char **ret_type)
{
	struct weir_unpack *u _cleanup_(freep) = calloc(1, sizeof(*u));
	const char *type;
	int r;

	if (!u)
		return -ENOMEM;
	u->sink = sink;
	u->request = request;
	u->top = bytes;
	u->limits = request->limits;
	if (u->limits.bytes == 0)
		u->limits.bytes = 1u << 30;
	if (u->limits.buffer == 0)
		u->limits.buffer = 64u << 20;
	if (u->limits.members == 0)
		u->limits.members = 100000;
	if (u->limits.ratio == 0)
		u->limits.ratio = 200;
	if (u->limits.depth == 0)
		u->limits.depth = 16;
	r = read_object(u, bytes, &type);
	free(u->io);
	if (u->stopped < 0)
		return u->stopped;
	if (r < 0 && r != -EDQUOT)
		return r;
	*ret_type = type;
	return 0;
}
