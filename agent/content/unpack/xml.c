/* SPDX-License-Identifier: Apache-2.0 */
/* The scanner: a window over the bytes, and in it the next '<' or '>' sixteen bytes at a time. What a name
 * means is its callers' business. */

#include "xml.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "block.h"

/* True when the token at x->at may yet grow. */
static bool more(const struct weir_xml *x)
{
	return !x->finished && x->end - x->at < WEIR_XML_TOKEN;
}

static int give(struct weir_xml *x, struct weir_xml_token *t, enum weir_xml_kind kind,
		const uint8_t *to, unsigned flags)
{
	t->kind = kind;
	t->flags = flags;
	t->data = x->at;
	t->len = (size_t)(to - x->at);
	x->at += t->len;
	return kind;
}

/* Where a text that goes on may be cut: not inside what may be an entity. */
static const uint8_t *cut(const struct weir_xml *x)
{
	const uint8_t *amp = memrchr(x->end - 32, '&', 32);

	return amp && !memchr(amp, ';', (size_t)(x->end - amp)) ? amp : x->end;
}

static int text(struct weir_xml *x, struct weir_xml_token *t, size_t skip)
{
	const uint8_t *p;
	unsigned flags;
	int r;

	for (;;) {
		flags = skip ? WEIR_XML_INK : 0;
		p = x->at + skip;
		for (;; p += WEIR_BLOCK) {
			weir_block block = weir_block_load(p);
			uint32_t lt = weir_block_equal(block, '<');
			uint32_t below = lt ? (lt & -lt) - 1 : WEIR_BLOCK_ALL;

			if (weir_block_equal(block, '&') & below)
				flags |= WEIR_XML_AMP;
			if (weir_block_upto(block, 0x1f) & below)
				flags |= WEIR_XML_CTRL;
			if (~weir_block_upto(block, 0x20) & below)
				flags |= WEIR_XML_INK;
			if (lt) {
				p += __builtin_ctz(lt);
				break;
			}
		}
		if (p < x->end || x->finished)
			return give(x, t, WEIR_XML_TEXT, p < x->end ? p : x->end, flags);
		if (!more(x))
			return give(x, t, WEIR_XML_TEXT, cut(x), flags);
		r = weir_xml_fill(x);
		if (r < 0)
			return r;
	}
}

/* The end of "</script" and the like, in any case; NULL: not here. */
static const uint8_t *find_close(const struct weir_xml *x, size_t len)
{
	const uint8_t *p = x->at;

	while ((p = memchr(p, '<', (size_t)(x->end - p)))) {
		if ((size_t)(x->end - p) < len)
			return NULL;
		if (strncasecmp((const char *)p, x->until, len) == 0)
			return p;
		p++;
	}
	return NULL;
}

static int aside(struct weir_xml *x, struct weir_xml_token *t)
{
	size_t len = strlen(x->until);
	const uint8_t *to;
	int r;

	for (;;) {
		if (x->aside == WEIR_XML_CODE)
			to = find_close(x, len);
		else
			to = memmem(x->at, (size_t)(x->end - x->at), x->until, len);
		if (to) {
			size_t past = x->aside == WEIR_XML_CODE ? 0 : len;

			r = give(x, t, x->aside, to, WEIR_XML_CTRL | WEIR_XML_INK);
			x->at += past;
			x->until = NULL;
			return r;
		}
		if (x->finished) {
			x->until = NULL;
			return give(x, t, x->aside, x->end, WEIR_XML_CTRL | WEIR_XML_INK);
		}
		if (!more(x))
			return give(x, t, x->aside, x->end - len, WEIR_XML_CTRL | WEIR_XML_INK);
		r = weir_xml_fill(x);
		if (r < 0)
			return r;
	}
}

/* Where a tag ends, from p behind its name: at '>', or at a '<' that shows that it is none; quoted values
 * may hold both. NULL: not before end. */
static const uint8_t *tag_end_quoted(const uint8_t *p, const uint8_t *end, bool last)
{
	for (; p < end && *p != '>' && *p != '<'; p++) {
		const uint8_t *back = p, *close;

		if (*p != '"' && *p != '\'')
			continue;
		while (back[-1] == ' ')
			back--;
		if (back[-1] != '=')
			continue; /* a quote that opens nothing */
		close = memchr(p + 1, *p, (size_t)(end - p - 1));
		if (!close)
			return last ? memchr(p, '>', (size_t)(end - p)) : NULL;
		p = close;
	}
	return p < end ? p : NULL;
}

static inline const uint8_t *tag_end(const uint8_t *p, const uint8_t *end, bool last)
{
	const uint8_t *from = p;
	uint32_t odd = 0;

	for (; p < end; p += WEIR_BLOCK) {
		weir_block block = weir_block_load(p);
		uint32_t stop = weir_block_equal(block, '>') | weir_block_equal(block, '<');
		uint32_t quote = weir_block_equal(block, '"');
		uint32_t single = weir_block_equal(block, '\'');
		uint32_t below = stop ? (stop & -stop) - 1 : WEIR_BLOCK_ALL;

		odd ^= (uint32_t)__builtin_parity(quote & below);
		if (single & below)
			return tag_end_quoted(from, end, last);
		if (stop) {
			p += __builtin_ctz(stop);
			if (odd)
				return tag_end_quoted(from, end, last);
			return p < end ? p : NULL;
		}
	}
	return NULL;
}

static inline uint64_t key_of(const uint8_t *name, size_t len, uint64_t fold)
{
	uint64_t key;

	memcpy(&key, name, sizeof(key));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	key = __builtin_bswap64(key);
#endif
	key |= fold;
	return len < 8 ? key & ((UINT64_C(1) << len * 8) - 1) : key;
}

#define FOLD UINT64_C(0x2020202020202020)

/* Splits the name at p off; its length, 0 when it is not all there or too long. */
static inline size_t name_of(const struct weir_xml *x, const uint8_t *p, struct weir_xml_token *t)
{
	const uint8_t *q = p, *colon = NULL;
	uint32_t stop, colons;

	for (;; q += WEIR_BLOCK) {
		weir_block block = weir_block_load(q);

		stop = weir_block_upto(block, 0x20) | weir_block_equal(block, '>') |
		       weir_block_equal(block, '/') | weir_block_equal(block, '<');
		colons = weir_block_equal(block, ':');
		if (stop)
			colons &= (stop & -stop) - 1;
		if (colons)
			colon = q + (31 - __builtin_clz(colons));
		if (stop)
			break;
		if (q - p > WEIR_XML_NAME)
			return 0;
	}
	q += __builtin_ctz(stop);
	t->data = colon ? colon + 1 : p;
	t->len = (size_t)(q - t->data);
	t->prefix = p;
	t->prefix_len = colon ? (size_t)(colon - p) : 0;
	t->key = key_of(t->data, t->len, x->options & WEIR_XML_HTML ? FOLD : 0);
	return (size_t)(q - p);
}

static bool starts_name(uint8_t c)
{
	return (uint8_t)((c | 0x20) - 'a') < 26 || c == '_' || c >= 0x80;
}

static void code_follows(struct weir_xml *x, const struct weir_xml_token *t)
{
	if (t->flags & WEIR_XML_EMPTY)
		return;
	if (t->key == WEIR_XML_KEY('s', 'c', 'r', 'i', 'p', 't'))
		x->until = "</script";
	else if (t->key == WEIR_XML_KEY('s', 't', 'y', 'l', 'e'))
		x->until = "</style";
	x->aside = WEIR_XML_CODE;
}

/* Name and end of a tag that is all in one block and has no quotes, as most are: its last byte, NULL when
 * it is not one of those. */
static inline const uint8_t *near_end(const struct weir_xml *x, const uint8_t *p,
				      struct weir_xml_token *t)
{
	weir_block block = weir_block_load(p);
	uint32_t angle = weir_block_equal(block, '>') | weir_block_equal(block, '<');
	uint32_t quotes = weir_block_equal(block, '"') | weir_block_equal(block, '\'');
	uint32_t blank = weir_block_upto(block, 0x20) | weir_block_equal(block, '/') | angle;
	uint32_t colons = weir_block_equal(block, ':');
	const uint8_t *end = p + __builtin_ctz(angle | 1u << WEIR_BLOCK);
	size_t len, prefix;

	if (!angle || quotes & ((angle & -angle) - 1) || end >= x->end || *end != '>')
		return NULL;
	len = (size_t)__builtin_ctz(blank);
	colons &= (1u << len) - 1;
	prefix = colons ? 31u - (unsigned)__builtin_clz(colons) : 0;
	t->prefix = p;
	t->prefix_len = prefix;
	t->data = p + prefix + (colons != 0);
	t->len = len - prefix - (colons != 0);
	t->key = key_of(t->data, t->len, x->options & WEIR_XML_HTML ? FOLD : 0);
	return end;
}

/* The same of any tag. NULL: a token that is none was given, *ret_kind, or -EAGAIN: its end is not here. */
static const uint8_t *far_end(struct weir_xml *x, uint8_t *name, struct weir_xml_token *t,
			      int *ret_kind)
{
	const uint8_t *reach = WEIR_MIN((const uint8_t *)x->end, x->at + WEIR_XML_TOKEN), *gt;
	size_t len = name_of(x, name, t);

	if (len == 0) {
		*ret_kind = text(x, t, 1);
		return NULL;
	}
	gt = tag_end(name + len, reach, x->finished || reach < x->end);
	if (gt && *gt == '>')
		return gt;
	if (gt)
		*ret_kind = text(x, t, 1);
	else if (more(x))
		*ret_kind = -EAGAIN;
	else
		*ret_kind = give(x, t, WEIR_XML_TEXT, reach,
				 WEIR_XML_AMP | WEIR_XML_CTRL | WEIR_XML_INK);
	return NULL;
}

/* A tag at x->at: its kind, or -EAGAIN: its end is not here. */
static inline int tag(struct weir_xml *x, struct weir_xml_token *t)
{
	bool closing = x->at[1] == '/';
	uint8_t *name = x->at + 1 + closing;
	const uint8_t *gt;
	int kind = 0;

	if (!starts_name(*name))
		return text(x, t, 1);
	gt = near_end(x, name, t);
	if (!gt)
		gt = far_end(x, name, t, &kind);
	if (!gt)
		return kind;
	x->at += gt + 1 - x->at;
	t->flags = 0;
	if (closing)
		return t->kind = WEIR_XML_END;
	t->attrs = t->data + t->len;
	t->attrs_end = gt;
	t->flags = gt[-1] == '/' ? WEIR_XML_EMPTY : 0;
	t->kind = WEIR_XML_START;
	if (x->options & WEIR_XML_HTML)
		code_follows(x, t);
	return WEIR_XML_START;
}

/* "<!" and "<?": what it opens is in x->until and x->aside. */
static void open_aside(struct weir_xml *x)
{
	static const char cdata[] = "<![CDATA[";

	x->aside = WEIR_XML_ASIDE;
	if (memcmp(x->at, "<!--", 4) == 0) {
		x->at += 4;
		x->until = "-->";
		if (x->options & WEIR_XML_HTML &&
		    (x->at[0] == '>' || (x->at[0] == '-' && x->at[1] == '>')))
			x->until = ">";
	} else if (memcmp(x->at, cdata, sizeof(cdata) - 1) == 0) {
		x->at += sizeof(cdata) - 1;
		x->aside = WEIR_XML_TEXT;
		x->until = "]]>";
	} else {
		x->aside = WEIR_XML_DECL;
		x->until = x->at[1] == '?' && !(x->options & WEIR_XML_HTML) ? "?>" : ">";
		x->at += 2;
	}
}

/* At '<'. -EAGAIN: an aside begins. */
static int markup(struct weir_xml *x, struct weir_xml_token *t)
{
	for (;;) {
		uint8_t c = x->at[1];
		int r = -EAGAIN;

		if (x->end - x->at >= 16 || x->finished) {
			if (c == '!' || c == '?') {
				open_aside(x);
				x->at = WEIR_MIN(x->at, x->end);
				return -EAGAIN;
			}
			r = tag(x, t);
			if (r != -EAGAIN)
				return r;
		}
		r = weir_xml_fill(x);
		if (r < 0)
			return r;
	}
}

bool weir_xml_leaf(struct weir_xml *x, const struct weir_xml_token *open,
		   struct weir_xml_token *ret)
{
	const uint8_t *p = x->at, *name = open->prefix;
	size_t n = (size_t)(open->data + open->len - name);
	unsigned flags = 0;

	if (open->flags & WEIR_XML_EMPTY)
		return false;
	for (unsigned i = 0; i < 8; i++, p += WEIR_BLOCK) {
		weir_block block;
		uint32_t lt, below;

		if (p >= x->end)
			return false;
		block = weir_block_load(p);
		lt = weir_block_equal(block, '<');
		below = lt ? (lt & -lt) - 1 : WEIR_BLOCK_ALL;
		if (weir_block_equal(block, '&') & below)
			flags |= WEIR_XML_AMP;
		if (weir_block_upto(block, 0x1f) & below)
			flags |= WEIR_XML_CTRL;
		if (~weir_block_upto(block, 0x20) & below)
			flags |= WEIR_XML_INK;
		if (!lt)
			continue;
		p += __builtin_ctz(lt);
		if ((size_t)(x->end - p) < n + 3 || p[1] != '/' || p[2 + n] != '>' ||
		    memcmp(p + 2, name, n) != 0)
			return false;
		ret->kind = WEIR_XML_TEXT;
		ret->flags = flags;
		ret->data = x->at;
		ret->len = (size_t)(p - x->at);
		x->at += p + 3 + n - x->at;
		return true;
	}
	return false;
}

bool weir_xml_begins(struct weir_xml *x)
{
	const uint8_t *p;

	if (weir_xml_fill(x) < 0)
		return true; /* the next call says why not */
	for (p = x->at; p < x->end && (*p == ' ' || (*p >= '\t' && *p <= '\r')); p++)
		;
	return p == x->end || *p == '<';
}

int weir_xml_next(struct weir_xml *x, struct weir_xml_token *ret)
{
	for (;;) {
		int r;

		if (x->at >= x->end) {
			r = x->finished ? 0 : weir_xml_fill(x);
			if (r < 0)
				return r;
			if (x->at >= x->end && x->finished) {
				ret->kind = WEIR_XML_FINISHED;
				return x->failed;
			}
		}
		if (x->until) {
			r = aside(x, ret);
			if (r < 0 || ret->len > 0)
				return r;
			continue;
		}
		if (*x->at != '<')
			return text(x, ret, 0);
		r = markup(x, ret);
		if (r != -EAGAIN)
			return r;
	}
}

bool weir_xml_is(const uint8_t *data, size_t len, const char *name)
{
	return strlen(name) == len && strncasecmp((const char *)data, name, len) == 0;
}

static inline const uint8_t *skip_blank(const uint8_t *p, const uint8_t *end)
{
	while (p < end && (*p <= ' ' || *p == '/'))
		p++;
	return p;
}

static const uint8_t *value_end(const uint8_t *p, const uint8_t *end, uint8_t quote)
{
	for (; p < end; p += WEIR_BLOCK) {
		uint32_t hit = weir_block_equal(weir_block_load(p), quote);

		if (hit) {
			p += __builtin_ctz(hit);
			break;
		}
	}
	return p < end ? p : end;
}

bool weir_xml_attr(struct weir_xml_token *tag, struct weir_xml_attr *ret)
{
	const uint8_t *end = tag->attrs_end, *p = skip_blank(tag->attrs, end);

	if (p >= end)
		return false;
	ret->name = ret->prefix = p;
	ret->prefix_len = 0;
	for (p++; p<end && * p> ' ' && *p != '=' && *p != '/'; p++)
		if (*p == ':') {
			ret->prefix_len = (size_t)(p - ret->prefix);
			ret->name = p + 1;
		}
	ret->name_len = (size_t)(p - ret->name);
	ret->key = key_of(ret->name, ret->name_len, 0);
	while (p < end && *p <= ' ')
		p++;
	ret->value = p;
	ret->len = 0;
	if (p < end && *p == '=') {
		for (p++; p < end && *p <= ' '; p++)
			;
		if (p < end && (*p == '"' || *p == '\'')) {
			ret->value = p + 1;
			p = value_end(p + 1, end, *p);
			ret->len = (size_t)(p - ret->value);
			p += p < end;
		} else {
			ret->value = p;
			while (p<end && * p> ' ')
				p++;
			ret->len = (size_t)(p - ret->value);
		}
	}
	tag->attrs = p;
	return true;
}
