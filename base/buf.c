/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void weir_freep(void *slot)
{
	void **ptr = slot;

	free(*ptr);
	*ptr = NULL;
}

void weir_buf_done(struct weir_buf *buf)
{
	free(buf->data);
	*buf = WEIR_BUF_INIT(buf->max);
}

void weir_buf_wipe(struct weir_buf *buf)
{
	if (buf->data)
		explicit_bzero(buf->data, buf->size);
	weir_buf_done(buf);
}

void weir_buf_clear(struct weir_buf *buf)
{
	buf->len = 0;
	if (buf->data)
		buf->data[0] = '\0';
}

int weir_buf_reserve(struct weir_buf *buf, size_t len)
{
	size_t size = buf->size ? buf->size : 256, need;
	char *data;

	if (len > buf->max || buf->len > buf->max - len)
		return -ENOBUFS;
	if (buf->data && buf->len + len < buf->size)
		return 0;
	/* No object is larger than PTRDIFF_MAX, and below it the doubling cannot wrap around. */
	need = buf->len + len;
	if (need >= PTRDIFF_MAX)
		return -ENOMEM;
	while (size <= need)
		size *= 2;
	if (size - 1 > buf->max)
		size = buf->max + 1;
	data = realloc(buf->data, size);
	if (!data)
		return -ENOMEM;
	if (!buf->data)
		data[0] = '\0';
	buf->data = data;
	buf->size = size;
	return 0;
}

int weir_buf_append(struct weir_buf *buf, const void *data, size_t len)
{
	int r = weir_buf_reserve(buf, len);

	if (r < 0)
		return r;
	if (len)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
	return 0;
}

int weir_buf_puts(struct weir_buf *buf, const char *text)
{
	return weir_buf_append(buf, text, strlen(text));
}

int weir_buf_printf(struct weir_buf *buf, const char *fmt, ...)
{
	va_list args;
	int need, r;

	va_start(args, fmt);
	need = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (need < 0)
		return -EINVAL;
	r = weir_buf_reserve(buf, (size_t)need);
	if (r < 0)
		return r;
	va_start(args, fmt);
	(void)vsnprintf(buf->data + buf->len, (size_t)need + 1, fmt, args);
	va_end(args);
	buf->len += (size_t)need;
	return 0;
}

void weir_buf_drop(struct weir_buf *buf, size_t len)
{
	if (len >= buf->len) {
		weir_buf_clear(buf);
		return;
	}
	memmove(buf->data, buf->data + len, buf->len - len + 1);
	buf->len -= len;
}
