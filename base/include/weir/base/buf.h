/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_BUF_H
#define WEIR_BASE_BUF_H

/* A growing byte buffer with a hard maximum given at the start. data[len] is always a readable NUL
 * when data is not NULL. Not for several threads. An append past the maximum returns -ENOBUFS and
 * leaves the buffer as it was. */

#include <stddef.h>

#include "weir/base/macros.h"

struct weir_buf {
	char *data; /* owned; NULL while empty */
	size_t len;
	size_t size; /* bytes allocated */
	size_t max;  /* bytes that len may never exceed */
};

#define WEIR_BUF_INIT(maximum) ((struct weir_buf){.max = (maximum)})

/* Frees the data; the buffer may be used again under the same maximum. */
void weir_buf_done(struct weir_buf *buf);

/* The same, after overwriting what was in it: for content and keys. Growing leaves copies behind, so
 * reserve what such a buffer needs at once. */
void weir_buf_wipe(struct weir_buf *buf);

/* Forgets the content, keeps the allocation. */
void weir_buf_clear(struct weir_buf *buf);

/* 0, -ENOBUFS (maximum) or -ENOMEM. */
int weir_buf_append(struct weir_buf *buf, const void *data, size_t len) _must_use_;
int weir_buf_puts(struct weir_buf *buf, const char *text) _must_use_;
int weir_buf_printf(struct weir_buf *buf, const char *fmt, ...) _printf_(2, 3) _must_use_;

/* Makes room for len more bytes behind data[len] without changing len. */
int weir_buf_reserve(struct weir_buf *buf, size_t len) _must_use_;

/* Drops the first len bytes (all of them when there are fewer). */
void weir_buf_drop(struct weir_buf *buf, size_t len);

#endif
