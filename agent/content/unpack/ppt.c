/* SPDX-License-Identifier: Apache-2.0 */
/* PowerPoint 97 to 2003: a tree of records, each with its length before it. Containers are simply
 * stepped into, so that depth costs nothing; what earlier savings left in the file is read too. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "little.h"
#include "ole.h"
#include "window.h"

#define DAMAGED	 "the presentation's records are damaged; its bytes were searched instead"
#define OBJECT_Z (64 << 20)

enum {
	R_TEXT_CHARS = 0x0fa0,
	R_TEXT_BYTES = 0x0fa8,
	R_STRING = 0x0fba,
	R_OBJECT = 0x1011,
	R_CRYPT = 0x2f14,
};

#define TOKEN_ENCRYPTED 0xf3d1c4dfU

struct ppt {
	const struct weir_ole *o;
	struct weir_window *window;
	const struct weir_bytes *bytes;
	struct weir_words words;
	bool objects; /* the second time round: embedded objects, texts are done */
	bool damaged, encrypted;
};

static void put(struct ppt *p, uint16_t c)
{
	if (c == 0x0b || c == '\r')
		c = '\n';
	if (c >= 0x20 || c == '\t' || c == '\n')
		weir_words_unit(&p->words, c);
}

static int text(struct ppt *p, uint64_t at, uint32_t len, bool wide)
{
	uint64_t end = at + len;

	while (at < end && p->words.r == 0) {
		const uint8_t *d = NULL;
		size_t want = (size_t)WEIR_MIN(end - at, (uint64_t)8192);
		ssize_t n = weir_window_get(p->window, at, want, &d);

		if (n < 0)
			return (int)n;
		for (size_t i = 0; i + (wide ? 1 : 0) < (size_t)n; i += wide ? 2 : 1)
			put(p, wide ? weir_le16(d + i) : d[i]);
		at += (size_t)n;
		if ((size_t)n < want) {
			p->damaged = true;
			break;
		}
	}
	weir_words_code(&p->words, '\n');
	return p->words.r;
}

/* A packed compound file that is embedded: its bytes come as they are asked for. */
struct packed {
	const struct weir_bytes *bytes;
	uint64_t at, end, out;
	z_stream z;
	uint8_t in[4096];
};

static ssize_t packed_read(void *context, void *data, size_t len, uint64_t offset)
{
	struct packed *k = context;

	if (offset != k->out)
		return -ESPIPE;
	k->z.next_out = data;
	k->z.avail_out = (uInt)WEIR_MIN(len, (size_t)OBJECT_Z);
	len = k->z.avail_out;
	while (k->z.avail_out == len) {
		int z;

		if (k->z.avail_in == 0 && k->at < k->end) {
			size_t want = (size_t)WEIR_MIN(k->end - k->at, (uint64_t)sizeof(k->in));
			ssize_t n = k->bytes->read_at(k->bytes->context, k->in, want, k->at);

			if (n < 0)
				return n;
			k->at = n == 0 ? k->end : k->at + (uint64_t)n;
			k->z.next_in = k->in;
			k->z.avail_in = (uInt)n;
		}
		z = inflate(&k->z, Z_NO_FLUSH);
		if (z == Z_STREAM_END || (z != Z_OK && k->z.avail_out < len))
			break;
		if (z != Z_OK)
			return -EBADMSG;
	}
	k->out += len - k->z.avail_out;
	return (ssize_t)(len - k->z.avail_out);
}

struct counted { /* what comes out of a packed object is counted against the limits */
	struct weir_unpack *u;
	struct packed packed;
	uint64_t before; /* packed bytes counted so far */
};

static ssize_t counted_read(void *context, void *data, size_t len, uint64_t offset)
{
	struct counted *c = context;
	ssize_t n = packed_read(&c->packed, data, len, offset);
	uint64_t in = c->packed.z.total_in;
	int r;

	if (n <= 0)
		return n;
	r = weir_read_unpacked(c->u, in - c->before, (uint64_t)n);
	c->before = in;
	return r < 0 ? r : n;
}

static int object(struct ppt *p, uint64_t at, uint32_t len, bool packed)
{
	struct weir_range range = {p->bytes, at, len};
	struct weir_bytes bytes = weir_bytes_range(&range);
	struct counted *c _cleanup_(freep) = NULL;
	char path[WEIR_OLE_PATH];
	const char *name = weir_ole_name(p->o, "object", path);
	int r;

	if (!packed)
		return weir_emit_object(p->o->u, name, &bytes);
	if (len < 4)
		return 0;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->u = p->o->u;
	c->packed.bytes = p->bytes;
	c->packed.at = at + 4;
	c->packed.end = at + len;
	if (inflateInit(&c->packed.z) != Z_OK)
		return -ENOMEM;
	bytes = (struct weir_bytes){counted_read, c, UINT64_MAX};
	r = weir_emit_object(p->o->u, name, &bytes);
	inflateEnd(&c->packed.z);
	return r;
}

static int record(struct ppt *p, unsigned head, unsigned type, uint64_t at, uint32_t len)
{
	switch (type) {
	case R_TEXT_CHARS:
	case R_STRING:
		return p->objects ? 0 : text(p, at, len, true);
	case R_TEXT_BYTES:
		return p->objects ? 0 : text(p, at, len, false);
	case R_OBJECT:
		return p->objects ? object(p, at, len, head >> 4 == 1) : 0;
	case R_CRYPT:
		p->encrypted = true;
		return 0;
	default:
		return 0;
	}
}

static int walk(struct ppt *p)
{
	uint64_t at = 0;
	int r = 0;

	while (r == 0 && !p->encrypted) {
		const uint8_t *d = NULL;
		ssize_t n = weir_window_get(p->window, at, 8, &d);
		unsigned head, type;
		uint64_t left;
		uint32_t len;

		if (n < 0)
			return (int)n;
		if (n < 8) {
			p->damaged |= n > 0 && !weir_padding(d, (size_t)n);
			break;
		}
		head = weir_le16(d);
		type = weir_le16(d + 2);
		len = weir_le32(d + 4);
		at += 8;
		if ((head & 15) == 15) {
			r = type == R_CRYPT ? record(p, head, type, at, len) : 0;
			continue;
		}
		left = p->bytes->size - WEIR_MIN(at, p->bytes->size);
		if (len > left) {
			p->damaged = true;
			len = (uint32_t)left;
		}
		r = record(p, head, type, at, len);
		at += len;
	}
	return r;
}

static int user_says_encrypted(const struct weir_ole *o, bool *ret)
{
	uint32_t id = weir_cfb_find(o->cfb, o->storage, "Current User");
	uint8_t *data _cleanup_(freep) = NULL;
	size_t len = 0;
	int r;

	*ret = weir_cfb_find(o->cfb, o->storage, "EncryptedSummary") != WEIR_CFB_NONE;
	if (id == WEIR_CFB_NONE)
		return 0;
	r = weir_ole_load(o, id, 256, &data, &len);
	if (r == 0 && len >= 16 && weir_le32(data + 12) == TOKEN_ENCRYPTED)
		*ret = true;
	return r;
}

static int read_document(struct ppt *p, uint32_t id)
{
	struct weir_window *window _cleanup_(weir_window_freep) = NULL;
	struct weir_cfb_stream s;
	struct weir_bytes bytes;
	int r = weir_cfb_open(p->o->cfb, id, &s, &bytes), end;

	if (r == 0)
		r = weir_window_new(p->o->u, &bytes, &window);
	if (r < 0)
		return r;
	p->window = window;
	p->bytes = &bytes;
	weir_words_init(&p->words, p->o->u, p->o->path);
	r = walk(p);
	end = weir_words_end(&p->words);
	p->objects = true;
	if (r == 0 && end == 0 && !p->encrypted)
		r = walk(p);
	p->damaged |= window && window->broken;
	return r < 0 ? r : end;
}

int weir_ppt_read(const struct weir_ole *o)
{
	uint32_t id = weir_cfb_find(o->cfb, o->storage, "PowerPoint Document");
	struct ppt p = {.o = o};
	int r = user_says_encrypted(o, &p.encrypted);

	if (r == 0 && !p.encrypted)
		r = read_document(&p, id);
	if (r < 0)
		return r;
	if (p.encrypted)
		weir_ole_gap(o, WEIR_SCAN_UNSCANNABLE, WEIR_UNPACK_ENCRYPTED);
	else if (p.damaged)
		return weir_ole_raw(o, id, DAMAGED);
	return 0;
}
