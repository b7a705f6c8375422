/* SPDX-License-Identifier: Apache-2.0 */
/* gzip: members one after the other, each with a name and a comment that it may have. */
#include <errno.h>
#include <string.h>

#include "inflate.h"
#include "little.h"

enum flag { HEADER_CRC = 2, EXTRA = 4, NAME = 8, COMMENT = 16 };

struct gzip {
	struct weir_unpack *u;
	struct weir_input in;
	struct weir_inflate *inflate;
	uint64_t next;	 /* offset in what was unpacked */
	uint64_t member; /* where the present member began in it */
	uint32_t crc;
	bool inside; /* of a member's data */
	bool ended;
};

/* A text up to its NUL, at most size - 1 bytes of it kept. */
static int take_text(struct weir_input *in, char *ret, size_t size)
{
	size_t len = 0;

	for (;;) {
		char c;
		int r = weir_input_take(in, &c, 1);

		if (r < 0)
			return r;
		if (c == '\0')
			break;
		if (len + 1 < size)
			ret[len++] = c;
	}
	ret[len] = '\0';
	return 0;
}

static int take_name(struct gzip *g, char *ret, size_t size)
{
	int r = take_text(&g->in, ret, size);

	return r < 0 ? r : weir_emit_name(g->u, ret, strlen(ret));
}

/* 0, -EBADMSG, -ENODATA, errors. name: empty when there is none. */
static int take_header(struct gzip *g, char *name, size_t size)
{
	char comment[1024];
	uint8_t b[10], n[2];
	int r = weir_input_take(&g->in, b, sizeof(b));

	*name = '\0';
	if (r == 0 && (b[0] != 0x1f || b[1] != 0x8b || b[2] != 8))
		return -EBADMSG;
	if (r == 0 && b[3] & EXTRA) {
		r = weir_input_take(&g->in, n, 2);
		r = r < 0 ? r : weir_input_take(&g->in, NULL, weir_le16(n));
	}
	if (r == 0 && b[3] & NAME)
		r = take_name(g, name, size);
	if (r == 0 && b[3] & COMMENT)
		r = take_name(g, comment, sizeof(comment));
	if (r == 0 && b[3] & HEADER_CRC)
		r = weir_input_take(&g->in, NULL, 2);
	return r;
}

/* Behind a member: its checksum, then another member, zeroes, the end, or what else was hung there. */
static int next_member(struct gzip *g)
{
	char name[512];
	uint8_t b[8];
	int r = weir_input_take(&g->in, b, sizeof(b));

	g->inside = false;
	if (r < 0)
		return r;
	if (weir_le32(b) != g->crc || weir_le32(b + 4) != (uint32_t)(g->next - g->member))
		return -EBADMSG;
	r = weir_input_fill(&g->in);
	if (r <= 0 || g->in.at[0] != 0x1f) {
		g->ended = true;
		return WEIR_MIN(r, 0);
	}
	r = take_header(g, name, sizeof(name));
	if (r < 0)
		return r;
	weir_inflate_reset(g->inflate);
	g->inside = true;
	g->crc = 0;
	g->member = g->next;
	return 0;
}

static ssize_t gzip_read(void *context, void *data, size_t len, uint64_t offset)
{
	struct gzip *g = context;
	ssize_t n = 0;

	if (offset != g->next)
		return -ESPIPE;
	while (len > 0 && !g->ended) {
		int r;

		if (!g->inside)
			return -EBADMSG;
		n = weir_inflate_read(g->inflate, data, len);
		if (n != 0)
			break;
		r = weir_read_tick(g->u);
		r = r < 0 ? r : next_member(g);
		if (r < 0)
			return r;
	}
	if (n > 0) {
		g->crc = weir_crc32(g->crc, data, (size_t)n);
		g->next += (uint64_t)n;
	}
	return n;
}

static ssize_t rest_read(void *context, void *data, size_t len, uint64_t offset)
{
	struct weir_input *in = context;
	int r = weir_input_fill(in);
	size_t n = WEIR_MIN(len, in->left);

	if (r <= 0)
		return r;
	memcpy(data, in->at, n);
	in->at += n;
	in->left -= n;
	return (ssize_t)n;
}

/* What follows the last member, padding apart. */
static int emit_rest(struct gzip *g)
{
	struct weir_bytes rest = {.read_at = rest_read, .context = &g->in, .size = UINT64_MAX};

	for (;;) {
		int r = weir_input_fill(&g->in);

		if (r == 0)
			return 0;
		r = r < 0 ? r : weir_read_tick(g->u);
		if (r < 0)
			return weir_read_failed(g->u, r, NULL);
		while (g->in.left > 0 && *g->in.at == 0) {
			g->in.at++;
			g->in.left--;
		}
		if (g->in.left > 0)
			return weir_emit_object(g->u, "behind the data", &rest);
	}
}

int weir_reader_gzip(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	struct gzip g = {.u = u, .in = {.bytes = bytes, .end = bytes->size}, .inside = true};
	struct weir_bytes out = {.read_at = gzip_read, .context = &g, .size = UINT64_MAX};
	char name[512];
	int r = take_header(&g, name, sizeof(name));

	if (r == 0)
		r = weir_inflate_new(u, &g.in, &g.inflate);
	if (r == 0)
		r = weir_emit_object(u, *name ? name : "content", &out);
	else if (r != -ENOMEM)
		r = weir_read_failed(u, r, NULL);
	if (r == 0 && g.ended)
		r = emit_rest(&g);
	weir_inflate_free(g.inflate);
	weir_input_done(&g.in);
	return r;
}
