/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "internal.h"

int oidc_encode(struct weir_buf *buf, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";
	int r = 0;

	for (; r == 0 && *text; text++) {
		if (strchr(plain, *text))
			r = weir_buf_append(buf, text, 1);
		else
			r = weir_buf_printf(buf, "%%%02X", (unsigned char)*text);
	}
	return r;
}

int oidc_add_pair(struct weir_buf *buf, const char *name, const char *value)
{
	const char *before = buf->len == 0 || buf->data[buf->len - 1] == '?' ? "" : "&";
	int r = weir_buf_printf(buf, "%s%s=", before, name);

	return r < 0 ? r : oidc_encode(buf, value);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One character of a form at *p, which is moved behind it. -1: it is none. */
static int decode_one(const char **p, const char *end)
{
	int high, low;

	if (**p != '%') {
		char c = *(*p)++;

		return c == '+' ? ' ' : (unsigned char)c;
	}
	if (end - *p < 3)
		return -1;
	high = digit((*p)[1]);
	low = digit((*p)[2]);
	*p += 3;
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static int decode(const char *p, size_t len, char ret[static OIDC_VALUE_MAX])
{
	const char *end = p + len;
	size_t n = 0;

	while (p < end) {
		int c = decode_one(&p, end);

		if (c < ' ' || c == 0x7f || n + 1 >= OIDC_VALUE_MAX)
			return -EBADMSG;
		ret[n++] = (char)c;
	}
	ret[n] = '\0';
	return 0;
}

/* Where the value of this name goes; NULL: it is of no use to us. */
static char *place_of(struct oidc_answer *answer, const char *name, size_t len)
{
	const struct {
		const char *name;
		char *place;
	} known[] = {
		{"code", answer->code},
		{"state", answer->state},
		{"error", answer->error},
		{"iss", answer->iss},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strlen(known[i].name) == len && memcmp(known[i].name, name, len) == 0)
			return known[i].place;
	return NULL;
}

static int take_pair(struct oidc_answer *answer, const char *pair, size_t len)
{
	const char *equals = memchr(pair, '=', len);
	size_t name = equals ? (size_t)(equals - pair) : len;
	char *place = place_of(answer, pair, name);

	if (!place)
		return 0;
	if (*place || !equals)
		return -EBADMSG;
	return decode(equals + 1, len - name - 1, place);
}

int oidc_answer_parse(const char *query, struct oidc_answer *ret)
{
	int r = 0;

	memset(ret, 0, sizeof(*ret));
	while (r == 0 && *query) {
		size_t len = strcspn(query, "&");

		r = take_pair(ret, query, len);
		query += len;
		query += *query == '&';
	}
	return r;
}
