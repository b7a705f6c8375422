/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are base64, hexadecimal or uuencode as a whole. What they say they are is a guess, so
 * that their bytes are searched as they lie, too. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mime.h"
#include "reader.h"
#include "weir/view/coded.h"

struct coded {
	const struct weir_bytes *bytes;
	struct weir_coded_stream stream;
	uint64_t in, pos;
	uint8_t data[8192];
	uint8_t out[8192];
	size_t at, len;
};

static ssize_t coded_read(void *context, void *data, size_t len, uint64_t offset)
{
	struct coded *c = context;

	if (offset != c->pos)
		return -ESPIPE;
	while (c->at == c->len && !c->stream.ended) {
		ssize_t n = c->bytes->read_at(c->bytes->context, c->data, sizeof(c->data), c->in);

		if (n <= 0)
			return n;
		c->in += (uint64_t)n;
		c->at = 0;
		c->len = weir_coded_stream(&c->stream, c->data, (size_t)n, c->out);
	}
	len = WEIR_MIN(len, c->len - c->at);
	memcpy(data, c->out + c->at, len);
	c->at += len;
	c->pos += len;
	return (ssize_t)len;
}

static int read_coding(struct weir_unpack *u, const struct weir_bytes *bytes,
		       enum weir_coding coding)
{
	struct coded *c _cleanup_(freep) = calloc(1, sizeof(*c));
	struct weir_bytes inner = {coded_read, c, UINT64_MAX};

	if (!c)
		return -ENOMEM;
	c->bytes = bytes;
	c->stream.coding = coding;
	return weir_emit_object(u, coding == WEIR_CODING_HEX ? "hex" : "base64", &inner);
}

/* "begin 644 name", also several of them. */
static int read_uuencode(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	struct weir_window *window _cleanup_(weir_window_freep) = NULL;
	struct weir_mime_body *body _cleanup_(freep) = malloc(sizeof(*body));
	struct weir_lines *lines _cleanup_(freep) = calloc(1, sizeof(*lines));
	int r = body && lines ? weir_window_new(u, bytes, &window) : -ENOMEM;

	if (r == 0)
		lines->window = window;
	while (r == 0) {
		char name[WEIR_MIME_NAME];
		struct weir_bytes inner;
		uint8_t rest[4096];
		ssize_t n = 1;

		/* to the line that begins a file, by way of what stands before it */
		weir_mime_begin(body, lines, WEIR_MIME_IDENTITY);
		body->find_uuencode = true;
		while (n > 0)
			n = weir_mime_read(body, rest, sizeof(rest));
		if (n < 0 || !body->found_uuencode)
			return (int)n;
		memcpy(name, body->uuencode_name, sizeof(name));
		weir_mime_begin(body, lines, WEIR_MIME_UUENCODE);
		inner = weir_mime_bytes(body);
		r = weir_emit_object(u, name, &inner);
		for (n = 1; r == 0 && n > 0;)
			n = weir_mime_read(body, rest, sizeof(rest));
		r = r == 0 ? (int)n : r;
	}
	return r;
}

static int read_known(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	const uint8_t *head;
	size_t len = 0;
	enum weir_coding coding;
	int r;

	head = weir_read_head(u, &len);
	r = weir_emit_raw(u, bytes, NULL);
	if (r < 0)
		return r;
	if (weir_coded_whole(head, len, &coding))
		return read_coding(u, bytes, coding);
	return read_uuencode(u, bytes);
}

int weir_reader_coded(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	uint8_t *data _cleanup_(freep) = NULL;
	struct weir_memory memory = {0};
	struct weir_bytes held;
	int r;

	if (bytes->size != UINT64_MAX)
		return read_known(u, bytes);
	r = weir_read_all(u, bytes, &data, &memory.len);
	if (r < 0)
		return weir_read_failed(u, r, NULL);
	memory.data = data;
	held = weir_bytes_of(&memory);
	return read_known(u, &held);
}
