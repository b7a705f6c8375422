/* SPDX-License-Identifier: Apache-2.0 */
/* winmail.dat: what Outlook wraps a mail into for others of its kind. A list of attributes; two of them
 * hold lists of properties. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "little.h"
#include "ole.h"

#define ATTRIBUTE_MAX (64U << 20)
#define BREAKS_OFF    "the message breaks off"

enum {
	A_FROM = 0x8000,
	A_DATA = 0x800f,
	A_TITLE = 0x8010,
	A_PROPERTIES = 0x9003,
	A_ATTACHMENT = 0x9005,
	A_CODEPAGE = 0x9007,

	P_RTF = 0x1009,
	P_HTML = 0x1013,
	P_DATA = 0x3701,
};

struct tnef {
	struct weir_unpack *u;
	const struct weir_bytes *bytes;
	enum weir_charset charset; /* BYTES: to be guessed */
	char title[160];
	bool damaged;
	struct weir_words words;
};

static void line(struct tnef *t, enum weir_charset charset, const uint8_t *data, size_t len)
{
	size_t bom = 0;

	if (charset != WEIR_CHARSET_UTF16LE)
		len = strnlen((const char *)data, len);
	if (charset == WEIR_CHARSET_BYTES)
		charset = weir_charset_guess(data, len, true, WEIR_CHARSET_BYTES, &bom);
	weir_words_coded(&t->words, charset, data + bom, len - bom);
	weir_words_code(&t->words, '\n');
}

/* ---- properties ---- */

struct list {
	const uint8_t *data;
	size_t len, at;
};

struct property {
	unsigned id, type;
	const uint8_t *data;
	size_t len;
};

static bool number(struct list *l, uint32_t *ret)
{
	if (l->len - l->at < 4)
		return false;
	*ret = weir_le32(l->data + l->at);
	l->at += 4;
	return true;
}

static bool skip(struct list *l, size_t n)
{
	if (n > l->len - l->at)
		return false;
	l->at += n;
	return true;
}

/* Bytes with their length before them, padded to four. */
static bool counted(struct list *l, struct property *ret)
{
	uint32_t n;

	if (!number(l, &n) || n > l->len - l->at)
		return false;
	ret->data = l->data + l->at;
	ret->len = n;
	l->at += WEIR_MIN(((size_t)n + 3) & ~(size_t)3, l->len - l->at);
	return true;
}

static bool named(struct list *l, struct property *ret)
{
	uint32_t kind;

	if (!skip(l, 16) || !number(l, &kind))
		return false;
	return kind == 1 ? counted(l, ret) : skip(l, 4);
}

static size_t fixed_size(unsigned type)
{
	switch (type) {
	case 0x02:
	case 0x03:
	case 0x04:
	case 0x0a:
	case 0x0b:
		return 4;
	case 0x05:
	case 0x06:
	case 0x07:
	case 0x14:
	case 0x40:
		return 8;
	case 0x48:
		return 16;
	default:
		return 0;
	}
}

typedef int (*visit_fn)(struct tnef *t, const struct property *property);

/* Every value of every property; 1 when the list is damaged. */
static int each(struct tnef *t, const uint8_t *data, size_t len, visit_fn visit)
{
	struct list l = {data, len, 0};
	uint32_t count, tag, values;
	int r = 0;

	if (!number(&l, &count))
		return 1;
	for (; count > 0 && r == 0; count--) {
		struct property p = {0};
		size_t size;

		if (!number(&l, &tag))
			return 1;
		p.type = tag & 0xfff;
		p.id = tag >> 16;
		size = fixed_size(p.type);
		values = 1;
		if (p.id >= 0x8000 && !named(&l, &p))
			return 1;
		if ((size == 0 || tag & 0x1000) && !number(&l, &values))
			return 1;
		for (; values > 0 && r == 0; values--) {
			if (size > 0 ? !skip(&l, size) : !counted(&l, &p))
				return 1;
			if (size == 0)
				r = visit(t, &p);
		}
	}
	return r;
}

static int visit_text(struct tnef *t, const struct property *p)
{
	if (p->type == 0x1e)
		line(t, t->charset, p->data, p->len);
	else if (p->type == 0x1f)
		line(t, WEIR_CHARSET_UTF16LE, p->data, p->len & ~(size_t)1);
	return t->words.r;
}

static int object(struct tnef *t, const char *name, const uint8_t *data, size_t len)
{
	struct weir_memory memory = {data, len};
	struct weir_bytes bytes = weir_bytes_of(&memory);

	return len > 0 ? weir_emit_object(t->u, name, &bytes) : 0;
}

static int visit_object(struct tnef *t, const struct property *p)
{
	uint8_t *rtf _cleanup_(freep) = NULL;
	size_t len = 0;
	int r;

	if (p->id == P_HTML && p->type == 0x102)
		return object(t, "body.html", p->data, p->len);
	if (p->id == P_DATA && p->type == 0x0d && p->len > 16) /* behind the interface's name */
		return object(t, t->title, p->data + 16, p->len - 16);
	if (p->id == P_DATA && p->type == 0x102)
		return object(t, t->title, p->data, p->len);
	if (p->id != P_RTF || p->type != 0x102)
		return 0;
	r = weir_lzfu(p->data, p->len, &rtf, &len);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		t->damaged = true;
	r = weir_read_unpacked(t->u, p->len, len);
	return r < 0 ? r : object(t, "body.rtf", rtf, len);
}

static int properties(struct tnef *t, const uint8_t *data, size_t len)
{
	int r, end;

	weir_words_init(&t->words, t->u, "properties");
	r = each(t, data, len, visit_text);
	end = weir_words_end(&t->words);
	if (r < 0 || end < 0)
		return r < 0 ? r : end;
	t->damaged |= r == 1;
	r = each(t, data, len, visit_object);
	return r < 0 ? r : 0;
}

/* ---- attributes ---- */

static int text(struct tnef *t, unsigned name, const uint8_t *data, size_t len)
{
	while (len > 0 && data[len - 1] == 0)
		len--;
	if (name == A_TITLE) {
		size_t n = WEIR_MIN(len, sizeof(t->title) - 1);

		memcpy(t->title, data, n);
		t->title[n] = '\0';
	}
	weir_words_init(&t->words, t->u, NULL);
	if (len > 0)
		line(t, t->charset, data, len);
	return weir_words_end(&t->words);
}

static int held(struct tnef *t, uint32_t id, uint64_t at, uint32_t len)
{
	uint8_t *data _cleanup_(freep) = NULL;
	unsigned name = id & 0xffff;
	int r;

	if (len > ATTRIBUTE_MAX) {
		weir_emit_gap(t->u, WEIR_SCAN_PARTIAL, NULL, "an attribute is too large to hold");
		return 0;
	}
	data = malloc((size_t)len + 4);
	if (!data)
		return -ENOMEM;
	r = weir_read_exact(t->bytes, at, data, len);
	if (r < 0)
		return weir_read_failed(t->u, r, NULL);
	if (name == A_CODEPAGE && len >= 4)
		t->charset = weir_words_codepage(weir_le32(data));
	if (name == A_PROPERTIES || name == A_ATTACHMENT)
		return properties(t, data, len);
	if (id >> 16 == 1 || id >> 16 == 2 || name == A_FROM || name == A_TITLE)
		return text(t, name, data, len);
	return 0;
}

static int attribute(struct tnef *t, uint32_t id, uint64_t at, uint32_t len)
{
	struct weir_range range = {t->bytes, at, len};
	struct weir_bytes bytes;

	if ((id & 0xffff) != A_DATA)
		return held(t, id, at, len);
	bytes = weir_bytes_range(&range);
	return len > 0 ? weir_emit_object(t->u, t->title[0] ? t->title : "attachment", &bytes) : 0;
}

int weir_reader_tnef(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	struct tnef *t _cleanup_(freep) = calloc(1, sizeof(*t));
	uint64_t at = 6;
	int r = 0;

	if (!t)
		return -ENOMEM;
	t->u = u;
	t->bytes = bytes;
	while (r == 0 && at < bytes->size) {
		uint8_t head[9];
		uint32_t len;

		r = weir_read_tick(u);
		if (r < 0)
			break;
		if (bytes->size - at < sizeof(head) ||
		    weir_read_exact(bytes, at, head, sizeof(head)) < 0 || head[0] < 1 ||
		    head[0] > 2) {
			t->damaged = true;
			break;
		}
		at += sizeof(head);
		len = weir_le32(head + 5);
		if (len > bytes->size - at) {
			t->damaged = true;
			len = (uint32_t)(bytes->size - at);
		}
		r = attribute(t, weir_le32(head + 1), at, len);
		at += (uint64_t)len + 2; /* a sum behind it */
	}
	if (r == 0 && t->damaged) {
		weir_emit_gap(u, WEIR_SCAN_PARTIAL, NULL, BREAKS_OFF);
		return weir_emit_raw(u, bytes, NULL);
	}
	return r;
}
