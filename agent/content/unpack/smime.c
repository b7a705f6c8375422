/* SPDX-License-Identifier: Apache-2.0 */
/* Just enough of BER to reach the content of a signed message: PKCS #7 has it as an octet string, in
 * one piece or in many. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mail.h"

#define DEPTH 12

struct ber {
	const uint8_t *p, *end;
};

struct element {
	uint8_t tag;
	const uint8_t *content;
	size_t len; /* SIZE_MAX: up to an end mark */
};

static bool next(struct ber *b, struct element *ret)
{
	size_t len;

	if (b->end - b->p < 2 || (b->p[0] & 0x1f) == 0x1f)
		return false;
	ret->tag = *b->p++;
	len = *b->p++;
	if (len == 0x80) {
		len = SIZE_MAX;
	} else if (len > 0x80) {
		size_t n = len & 0x7f;

		if (n > 4 || (size_t)(b->end - b->p) < n)
			return false;
		for (len = 0; n > 0; n--)
			len = len << 8 | *b->p++;
	}
	ret->content = b->p;
	ret->len = len;
	return len == SIZE_MAX || len <= (size_t)(b->end - b->p);
}

/* Steps into an element with this tag, if the next one has it. */
static bool enter(struct ber *b, uint8_t tag)
{
	struct element e;

	if (!next(b, &e) || e.tag != tag)
		return false;
	if (e.len != SIZE_MAX)
		b->end = e.content + e.len;
	return true;
}

/* Puts the pieces of the octet string that comes next one behind the other, over what was read. */
static bool gather(struct ber *b, uint8_t **out, unsigned depth)
{
	struct element e;
	struct ber inner;

	if (depth > DEPTH || !next(b, &e))
		return false;
	if (e.tag == 0x04 && e.len != SIZE_MAX) {
		memmove(*out, e.content, e.len);
		*out += e.len;
		b->p = e.content + e.len;
		return true;
	}
	if (e.tag != 0x24)
		return false;
	inner = (struct ber){e.content, e.len == SIZE_MAX ? b->end : e.content + e.len};
	while (inner.end - inner.p >= 2 && !(inner.p[0] == 0 && inner.p[1] == 0))
		if (!gather(&inner, out, depth + 1))
			return false;
	b->p = e.len == SIZE_MAX && inner.end - inner.p >= 2 ? inner.p + 2 : inner.p;
	return true;
}

/* The content of a signed message, moved to the start of data; 0: there is none. */
static size_t signed_content(uint8_t *data, size_t len)
{
	struct ber b = {data, data + len};
	struct element e;
	uint8_t *out = data;

	if (!enter(&b, 0x30) || !next(&b, &e) || e.tag != 0x06 || e.len == SIZE_MAX)
		return 0;
	b.p = e.content + e.len;
	if (!enter(&b, 0xa0) || !enter(&b, 0x30))
		return 0;
	for (unsigned i = 0; i < 2; i++) { /* version, algorithms */
		if (!next(&b, &e) || e.len == SIZE_MAX)
			return 0;
		b.p = e.content + e.len;
	}
	if (!enter(&b, 0x30) || !next(&b, &e) || e.tag != 0x06 || e.len == SIZE_MAX)
		return 0;
	b.p = e.content + e.len;
	if (!enter(&b, 0xa0))
		return 0;
	(void)gather(&b, &out, 0);
	return (size_t)(out - data);
}

int weir_smime_read(struct weir_unpack *u, const char *name, const struct weir_bytes *bytes)
{
	/* the ends of the object identifiers 1.2.840.113549.1.7.2 and 1.7.3 */
	static const uint8_t pkcs7[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07};
	uint8_t *data _cleanup_(freep) = NULL;
	struct weir_memory memory = {0};
	struct weir_bytes inner;
	const uint8_t *kind;
	size_t len = 0, n;
	int r = weir_read_all(u, bytes, &data, &len);

	if (r < 0)
		return weir_read_failed(u, r, name);
	kind = memmem(data, WEIR_MIN(len, (size_t)64), pkcs7, sizeof(pkcs7));
	n = kind && kind[sizeof(pkcs7)] == 2 ? signed_content(data, len) : 0;
	if (n == 0) {
		weir_emit_gap(u, WEIR_SCAN_UNSCANNABLE, name,
			      kind && kind[sizeof(pkcs7)] == 3
				      ? WEIR_UNPACK_ENCRYPTED
				      : "the content of the S/MIME message was not found");
		return 0;
	}
	memory = (struct weir_memory){data, n};
	inner = weir_bytes_of(&memory);
	return weir_emit_object(u, name, &inner);
}
