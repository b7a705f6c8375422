/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_PARSE_H
#define WEIR_BASE_PARSE_H

/* Text to numbers, whole string or nothing. 0, -EINVAL (not a number, trailing text) or -ERANGE;
 * *ret untouched on failure. */

#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"

int weir_parse_u64(const char *text, uint64_t *ret) _must_use_;
int weir_parse_u32(const char *text, uint32_t *ret) _must_use_;

/* "4096", "64KiB", "16 MiB", "1GiB" in bytes. */
int weir_parse_size(const char *text, uint64_t *ret) _must_use_;

/* "1500ms", "30s", "5min", "2h", "14d" in nanoseconds. */
int weir_parse_duration(const char *text, uint64_t *ret_ns) _must_use_;

/* Pairs of hexadecimal digits. The number of bytes, -EINVAL, or -ERANGE when there are more than size. */
int weir_unhex(const char *text, void *ret, size_t size) _must_use_;

/* And back, in lower case: text needs 2 * len + 1 bytes. */
void weir_hex(const void *data, size_t len, char *text);

#endif
