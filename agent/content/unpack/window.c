/* SPDX-License-Identifier: Apache-2.0 */
#include "window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int weir_window_new(struct weir_unpack *u, const struct weir_bytes *bytes, struct weir_window **ret)
{
	struct weir_window *w = malloc(sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->u = u;
	w->bytes = bytes;
	w->at = 0;
	w->len = 0;
	w->broken = false;
	*ret = w;
	return 0;
}

void weir_window_free(struct weir_window *w)
{
	free(w);
}

static int fill(struct weir_window *w, uint64_t offset)
{
	int r = weir_read_tick(w->u);

	if (r < 0)
		return r;
	if (offset >= w->at && offset - w->at < w->len) {
		w->len -= offset - w->at;
		memmove(w->data, w->data + (offset - w->at), w->len);
	} else {
		w->len = 0;
	}
	w->at = offset;
	while (w->len < sizeof(w->data)) {
		ssize_t n = w->bytes->read_at(w->bytes->context, w->data + w->len,
					      sizeof(w->data) - w->len, offset + w->len);

		if (n < 0)
			w->broken = true;
		if (n <= 0)
			break;
		w->len += (size_t)n;
	}
	return 0;
}

ssize_t weir_window_get(struct weir_window *w, uint64_t offset, size_t want, const uint8_t **ret)
{
	size_t have;

	if (offset < w->at || offset - w->at > w->len || w->len - (offset - w->at) < want) {
		int r;

		/* at the end there is nothing more to ask for */
		if (w->len > 0 && w->len < sizeof(w->data) && offset >= w->at &&
		    offset - w->at <= w->len)
			goto have;
		r = fill(w, offset);
		if (r < 0)
			return r;
	}
have:
	have = w->len - (size_t)(offset - w->at);
	*ret = w->data + (offset - w->at);
	return (ssize_t)WEIR_MIN(have, want);
}
