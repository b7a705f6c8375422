/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_SECRET_H
#define WEIR_BASE_SECRET_H

/* Files that are their owner's alone: private keys. */

#include "weir/base/buf.h"
#include "weir/base/macros.h"

/* Reads the whole file into buf, which is empty; what it needs is reserved at once, so that
 * weir_buf_wipe() leaves nothing behind. -EPERM: anyone but its owner may read or write it; -EINVAL:
 * no regular file; -ENOBUFS: more than buf's maximum; or what open() and read() say. */
int weir_secret_read(const char *path, struct weir_buf *buf) _must_use_;

/* Makes the file, mode 0600, and syncs it. -EEXIST: nothing is overwritten. A failure leaves none. */
int weir_secret_write(const char *path, const void *data, size_t len) _must_use_;

#endif
