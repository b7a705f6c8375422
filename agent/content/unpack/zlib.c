/* SPDX-License-Identifier: Apache-2.0 */
/* A zlib stream by itself, as git keeps each of its objects. Two bytes say so, and anything may begin with them: what does not
 * unpack is searched as it lies. */
#include <errno.h>

#include <zlib.h>

#include "inflate.h"
#include "little.h"

struct stream {
	struct weir_input in;
	struct weir_inflate *inflate;
	uint64_t next; /* offset in what was unpacked */
	uint32_t sum;
	bool ended;
};

/* The sum is written with its highest byte first. */
static int take_sum(struct stream *s)
{
	uint8_t b[4];
	int r = weir_input_take(&s->in, b, sizeof(b));

	s->ended = true;
	if (r < 0)
		return r;
	return __builtin_bswap32(weir_le32(b)) == s->sum ? 0 : -EBADMSG;
}

static ssize_t stream_read(void *context, void *data, size_t len, uint64_t offset)
{
	struct stream *s = context;
	ssize_t n;

	if (offset != s->next)
		return -ESPIPE;
	if (s->ended || len == 0)
		return 0;
	n = weir_inflate_read(s->inflate, data, len);
	if (n == 0)
		return take_sum(s);
	if (n > 0) {
		s->sum = (uint32_t)adler32_z(s->sum, data, (z_size_t)n);
		s->next += (uint64_t)n;
	}
	return n;
}

int weir_reader_zlib(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	struct stream s = {.in = {.bytes = bytes, .end = bytes->size}, .sum = 1};
	struct weir_bytes out = {.read_at = stream_read, .context = &s, .size = UINT64_MAX};
	int r = weir_input_take(&s.in, NULL, 2);

	if (r == 0)
		r = weir_inflate_new(u, &s.in, &s.inflate);
	if (r == 0)
		r = weir_emit_object(u, "content", &out);
	else if (r != -ENOMEM)
		r = weir_read_failed(u, r, NULL);
	if (r == 0 && s.next == 0)
		r = weir_emit_raw(u, bytes, NULL);
	weir_inflate_free(s.inflate);
	weir_input_done(&s.in);
	return r;
}
