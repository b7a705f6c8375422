/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of a mail's head: RFC 2045 and 2183 (type, encoding, disposition), 2047 (encoded words), 2231
 * (parameters in pieces and charsets). */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mime.h"

#define WORDS 2048 /* bytes of encoded words that are decoded together */

static int hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* ---- RFC 2047 ---- */

struct word {
	const uint8_t *charset, *text;
	size_t charset_len, text_len, len;
	bool base64;
};

/* "=?charset?Q?text?=" at data. */
static bool word_at(const uint8_t *data, size_t len, struct word *ret)
{
	const uint8_t *mark, *end, *star;

	if (len < 8 || data[0] != '=' || data[1] != '?')
		return false;
	mark = memchr(data + 2, '?', WEIR_MIN(len - 2, (size_t)64));
	if (!mark || (size_t)(mark - data) + 3 >= len || mark[2] != '?' || mark == data + 2)
		return false;
	if ((mark[1] | 0x20) != 'b' && (mark[1] | 0x20) != 'q')
		return false;
	end = mark + 3;
	while (end + 1 < data + len && !(end[0] == '?' && end[1] == '='))
		end++;
	if (end + 1 >= data + len)
		return false;
	ret->charset = data + 2;
	star = memchr(data + 2, '*', (size_t)(mark - data) - 2); /* a language behind it */
	ret->charset_len = (size_t)((star ? star : mark) - data) - 2;
	ret->base64 = (mark[1] | 0x20) == 'b';
	ret->text = mark + 3;
	ret->text_len = (size_t)(end - ret->text);
	ret->len = (size_t)(end + 2 - data);
	return true;
}

static size_t from_base64(const uint8_t *in, size_t len, uint8_t *out, size_t size)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	unsigned count = 0;
	size_t n = 0;

	for (size_t i = 0; i < len && n < size; i++) {
		const char *p = in[i] ? memchr(alphabet, in[i], 64) : NULL;

		if (!p)
			continue;
		bits = bits << 6 | (uint32_t)(p - alphabet);
		count += 6;
		if (count >= 8) {
			count -= 8;
			out[n++] = (uint8_t)(bits >> count);
		}
	}
	return n;
}

static size_t from_quoted(const uint8_t *in, size_t len, uint8_t mark, uint8_t *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < size; i++) {
		if (in[i] == mark && i + 2 < len && hex(in[i + 1]) >= 0 && hex(in[i + 2]) >= 0) {
			out[n++] = (uint8_t)(hex(in[i + 1]) << 4 | hex(in[i + 2]));
			i += 2;
		} else {
			out[n++] = in[i] == '_' && mark == '=' ? ' ' : in[i];
		}
	}
	return n;
}

struct sink { /* to a text, or to a buffer */
	struct weir_words *words;
	char *buf;
	size_t len, size;
};

static void sink_put(struct sink *s, enum weir_charset charset, const uint8_t *data, size_t len)
{
	size_t used = 0;

	if (s->words) {
		weir_words_coded(s->words, charset, data, len);
		return;
	}
	if (charset == WEIR_CHARSET_BYTES)
		charset = WEIR_CHARSET_UTF8;
	len = WEIR_MIN(len, (s->size - s->len) / 4);
	s->len += weir_charset_decode(charset, data, len, true, (uint8_t *)s->buf + s->len,
				      s->size - s->len, &used);
}

/* Text between encoded words: in whatever charset it looks to be. */
static void sink_raw(struct sink *s, const uint8_t *data, size_t len)
{
	enum weir_charset charset = WEIR_CHARSET_UTF8;
	size_t bom = 0;

	for (size_t i = 0; i < len; i++) {
		if (data[i] < 0x80)
			continue;
		charset = weir_charset_guess(data, len, true, WEIR_CHARSET_BYTES, &bom);
		break;
	}
	sink_put(s, charset, data, len);
}

/* Decodes the words from *at on that follow each other in one charset, as characters may be cut in
 * two between them. */
static void sink_words(struct sink *s, const uint8_t *data, size_t len, size_t *at)
{
	struct word first = {0}, w;
	uint8_t out[WORDS];
	size_t n = 0, next = *at;

	while (next < len && word_at(data + next, len - next, &w)) {
		if (n > 0 && (w.charset_len != first.charset_len ||
			      strncasecmp((const char *)w.charset, (const char *)first.charset,
					  w.charset_len) != 0 ||
			      w.text_len > sizeof(out) - n))
			break;
		if (n == 0)
			first = w;
		n += w.base64 ? from_base64(w.text, w.text_len, out + n, sizeof(out) - n)
			      : from_quoted(w.text, w.text_len, '=', out + n, sizeof(out) - n);
		next += w.len;
		*at = next;
		while (next < len && blank(data[next]))
			next++;
	}
	sink_put(s, weir_charset_named((const char *)first.charset, first.charset_len), out, n);
	if (next < len && word_at(data + next, len - next, &w))
		*at = next;
}

static void sink_field(struct sink *s, const uint8_t *data, size_t len)
{
	size_t from = 0;

	for (size_t i = 0; i < len;) {
		struct word w;

		if (data[i] != '=' || !word_at(data + i, len - i, &w)) {
			i++;
			continue;
		}
		sink_raw(s, data + from, i - from);
		sink_words(s, data, len, &i);
		from = i;
	}
	sink_raw(s, data + from, len - from);
}

void weir_mime_decode_words(struct weir_words *words, const uint8_t *data, size_t len)
{
	struct sink s = {.words = words};

	sink_field(&s, data, len);
}

size_t weir_mime_decode_name(const uint8_t *data, size_t len, char *ret, size_t size)
{
	struct sink s = {.buf = ret, .size = size - 1};

	sink_field(&s, data, len);
	ret[s.len] = '\0';
	return s.len;
}

/* ---- parameters ---- */

struct parameter {
	const char *name;
	size_t name_len;
	char value[1024];
	size_t len;
	bool extended; /* percent signs, and in the first piece a charset */
};

static size_t quoted_value(const char *p, size_t len, struct parameter *ret)
{
	size_t i = 1;

	for (; i < len && p[i] != '"'; i++) {
		if (p[i] == '\\' && i + 1 < len)
			i++;
		if (ret->len < sizeof(ret->value))
			ret->value[ret->len++] = p[i];
	}
	return i < len ? i + 1 : len;
}

/* The next "; name=value" in p; bytes used, 0: none. */
static size_t next_parameter(const char *p, size_t len, struct parameter *ret)
{
	size_t i = 0, from;

	while (i < len && (p[i] == ';' || blank((uint8_t)p[i])))
		i++;
	from = i;
	while (i < len && p[i] != '=' && p[i] != ';')
		i++;
	ret->name = p + from;
	ret->name_len = i - from;
	ret->len = 0;
	while (ret->name_len > 0 && blank((uint8_t)ret->name[ret->name_len - 1]))
		ret->name_len--;
	ret->extended = ret->name_len > 0 && ret->name[ret->name_len - 1] == '*';
	if (i == len || p[i] == ';')
		return i;
	for (i++; i < len && blank((uint8_t)p[i]);)
		i++;
	if (i < len && p[i] == '"')
		return i + quoted_value(p + i, len - i, ret);
	for (; i < len && p[i] != ';'; i++)
		if (ret->len < sizeof(ret->value))
			ret->value[ret->len++] = p[i];
	while (ret->len > 0 && blank((uint8_t)ret->value[ret->len - 1]))
		ret->len--;
	return i;
}

static bool is_named(const struct parameter *p, const char *name, bool *ret_first)
{
	size_t n = strlen(name);

	if (p->name_len < n || strncasecmp(p->name, name, n) != 0)
		return false;
	*ret_first = p->name_len < n + 2 || p->name[n] != '*' || p->name[n + 1] == '0' ||
		     p->name[n + 1] == '*';
	return p->name_len == n || p->name[n] == '*';
}

/* A parameter put together from its pieces, which are taken in the order in which they come. As bytes
 * with the charset, if it says one. */
static size_t find(const char *field, size_t len, const char *name, char *ret, size_t size,
		   char *charset)
{
	size_t n = 0, at = 0, step;
	struct parameter p;

	charset[0] = '\0';
	while (at < len && (step = next_parameter(field + at, len - at, &p)) > 0) {
		const char *value = p.value, *end;
		bool first = false;

		at += step;
		if (!is_named(&p, name, &first))
			continue;
		if (first)
			n = 0;
		if (p.extended && first && (end = memchr(value, '\'', p.len))) {
			size_t c = WEIR_MIN((size_t)(end - value), (size_t)31);

			memcpy(charset, value, c);
			charset[c] = '\0';
			end = memchr(end + 1, '\'', p.len - (size_t)(end + 1 - value));
			value = end ? end + 1 : value;
		}
		n += from_quoted((const uint8_t *)value, p.len - (size_t)(value - p.value),
				 p.extended ? '%' : 0, (uint8_t *)ret + n, size - 1 - n);
		if (p.name_len == strlen(name))
			break;
	}
	ret[n] = '\0';
	return n;
}

static void find_name(struct weir_mime_head *head, const char *field, size_t len, const char *name)
{
	char value[1024], charset[32];
	size_t n = find(field, len, name, value, sizeof(value), charset);
	struct sink s = {.buf = head->name, .size = sizeof(head->name) - 1};

	if (n == 0)
		return;
	if (charset[0])
		sink_put(&s, weir_charset_named(charset, strlen(charset)), (uint8_t *)value, n);
	else
		sink_field(&s, (uint8_t *)value, n);
	head->name[s.len] = '\0';
}

static void content_type(struct weir_mime_head *head, const char *value, size_t len)
{
	char charset[32], word[16];
	size_t n = 0;

	while (n < len && value[n] != ';' && !blank((uint8_t)value[n]) &&
	       n < sizeof(head->type) - 1) {
		char c = value[n];

		head->type[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	head->type[n] = '\0';
	head->typed = n > 0;
	while (n < len && value[n] != ';')
		n++;
	value += n;
	len -= n;
	find(value, len, "charset", head->charset, sizeof(head->charset), charset);
	find(value, len, "boundary", head->boundary, sizeof(head->boundary), charset);
	find(value, len, "format", word, sizeof(word), charset);
	head->flowed = strcasecmp(word, "flowed") == 0;
	find(value, len, "delsp", word, sizeof(word), charset);
	head->delete_space = strcasecmp(word, "yes") == 0;
	if (!head->name[0])
		find_name(head, value, len, "name");
}

static void coding(struct weir_mime_head *head, const char *value, size_t len)
{
	static const struct {
		const char *name;
		enum weir_mime_coding coding;
	} known[] = {{"quoted-printable", WEIR_MIME_QUOTED}, {"base64", WEIR_MIME_BASE64},
		     {"x-uuencode", WEIR_MIME_UUENCODE},     {"uuencode", WEIR_MIME_UUENCODE},
		     {"x-uue", WEIR_MIME_UUENCODE},	     {"uue", WEIR_MIME_UUENCODE}};

	head->coding = WEIR_MIME_IDENTITY;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		size_t n = strlen(known[i].name);

		if (len >= n && strncasecmp(value, known[i].name, n) == 0 &&
		    (len == n || value[n] == ' ' || value[n] == ';' || value[n] == '\t'))
			head->coding = known[i].coding;
	}
}

void weir_mime_field(struct weir_mime_head *head, const char *field, size_t len)
{
	const char *colon = memchr(field, ':', len);
	size_t n = colon ? (size_t)(colon - field) : 0;
	const char *value = field + n + 1;

	if (n == 0)
		return;
	len -= n + 1;
	while (n > 0 && blank((uint8_t)field[n - 1]))
		n--;
	while (len > 0 && blank((uint8_t)*value)) {
		value++;
		len--;
	}
	if (n == 12 && strncasecmp(field, "Content-Type", n) == 0)
		content_type(head, value, len);
	else if (n == 25 && strncasecmp(field, "Content-Transfer-Encoding", n) == 0)
		coding(head, value, len);
	else if (n == 19 && strncasecmp(field, "Content-Disposition", n) == 0)
		find_name(head, value, len, "filename");
}
