/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of a PDF: their dictionaries, looked at as text, and their bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inflate.h"
#include "pdf.h"

#define DICT_MAX 65536 /* the part of a dictionary that is looked at: its end */

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0;
}

static bool ends_name(const uint8_t *p, const uint8_t *end)
{
	return p >= end || is_space(*p) || strchr("/<>[]()%", *p);
}

/* The value behind the key, NULL when it is not there. */
static const uint8_t *find(const struct weir_pdf_stream *s, const char *key)
{
	const uint8_t *p = s->dict, *end = s->dict + s->dict_len;
	size_t len = strlen(key);

	if (s->dict_len > DICT_MAX)
		p = end - DICT_MAX;
	while ((p = memmem(p, (size_t)(end - p), key, len))) {
		p += len;
		if (!ends_name(p, end))
			continue;
		while (p < end && is_space(*p))
			p++;
		return p;
	}
	return NULL;
}

bool weir_pdf_has(const struct weir_pdf_stream *s, const char *key, const char *name)
{
	const uint8_t *p = find(s, key), *end = s->dict + s->dict_len;
	size_t len = name ? strlen(name) : 0;

	if (!p || !name)
		return p != NULL;
	while (p < end && (*p == '[' || is_space(*p)))
		p++;
	return (size_t)(end - p) >= len && memcmp(p, name, len) == 0 && ends_name(p + len, end);
}

unsigned long weir_pdf_number(const struct weir_pdf_stream *s, const char *key)
{
	const uint8_t *p = find(s, key), *end = s->dict + s->dict_len;
	unsigned long value = 0;

	while (p && p < end && *p >= '0' && *p <= '9' && value < 1000000000)
		value = value * 10 + (unsigned long)(*p++ - '0');
	return value;
}

/* /Filter /FlateDecode or /Filter [/FlateDecode] */
static bool is_deflated(const struct weir_pdf_stream *s)
{
	const uint8_t *p = find(s, "/Filter"), *end = s->dict + s->dict_len;
	static const char name[] = "/FlateDecode";

	while (p && p < end && (*p == '[' || is_space(*p)))
		p++;
	if (!p || (size_t)(end - p) < sizeof(name) || memcmp(p, name, sizeof(name) - 1) != 0)
		return false;
	for (p += sizeof(name) - 1; p < end && is_space(*p); p++)
		;
	/* in a list, it must be the only one */
	return p[0] == ']' || *find(s, "/Filter") != '[';
}

bool weir_pdf_readable(const struct weir_pdf_stream *s)
{
	if (!find(s, "/Filter"))
		return true;
	return is_deflated(s) && weir_pdf_number(s, "/Predictor") <= 1 && s->len > 2;
}

struct inflating {
	struct weir_memory memory;
	struct weir_bytes bytes;
	struct weir_input input;
	struct weir_inflate *inflate;
	uint64_t next;
};

/* Behind the two bytes of the zlib header; what is behind the data is not looked at. */
static int inflating_begin(struct inflating *i, struct weir_unpack *u,
			   const struct weir_pdf_stream *s)
{
	*i = (struct inflating){.memory = {s->data, s->len}};
	i->bytes = weir_bytes_of(&i->memory);
	i->input = (struct weir_input){.bytes = &i->bytes, .next = 2, .end = s->len};
	return weir_inflate_new(u, &i->input, &i->inflate);
}

static void inflating_done(struct inflating *i)
{
	weir_inflate_free(i->inflate);
	weir_input_done(&i->input);
}

static ssize_t inflating_read(void *context, void *data, size_t len, uint64_t offset)
{
	struct inflating *i = context;
	ssize_t n;

	if (offset != i->next)
		return -ESPIPE;
	n = weir_inflate_read(i->inflate, data, len);
	if (n > 0)
		i->next += (uint64_t)n;
	return n;
}

int weir_pdf_load(struct weir_unpack *u, const struct weir_pdf_stream *s, size_t max, uint8_t **ret,
		  size_t *ret_len)
{
	uint8_t *data _cleanup_(freep) = NULL;
	struct inflating i;
	size_t len = 0, size = 0;
	ssize_t n = 1;
	int r = inflating_begin(&i, u, s);

	while (r == 0 && n > 0 && len < max) {
		if (len == size) {
			uint8_t *grown = realloc(data, WEIR_MIN(max, size * 2 + 65536));

			if (!grown) {
				r = -ENOMEM;
				break;
			}
			data = grown;
			size = WEIR_MIN(max, size * 2 + 65536);
		}
		n = weir_inflate_read(i.inflate, data + len, size - len);
		len += n > 0 ? (size_t)n : 0;
	}
	inflating_done(&i);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(data);
	*ret_len = len;
	return n < 0 ? weir_read_failed(u, (int)n, NULL) : 0;
}

int weir_pdf_give(struct weir_unpack *u, const struct weir_pdf_stream *s, const char *name)
{
	struct weir_memory memory = {s->data, s->len};
	struct weir_bytes bytes = weir_bytes_of(&memory);
	struct inflating i;
	int r;

	if (!is_deflated(s))
		return weir_emit_object(u, name, &bytes);
	r = inflating_begin(&i, u, s);
	bytes = (struct weir_bytes){.read_at = inflating_read, .context = &i, .size = UINT64_MAX};
	if (r == 0)
		r = weir_emit_object(u, name, &bytes);
	inflating_done(&i);
	return r;
}
