/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_RE2SET_H
#define BENCH_RE2SET_H

/* RE2::Set, which is C++: tells for each piece of 64 KiB which expressions match, but not where. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct re2set;

/* NULL when an expression is refused or memory is short. */
struct re2set *re2set_new(const char *const *expressions, size_t n);
void re2set_free(struct re2set *set);
/* The sum over all pieces of how many expressions match; UINT64_MAX when its memory ran out, so that
 * the figure would be of something else. */
uint64_t re2set_scan(const struct re2set *set, const uint8_t *data, size_t len);

#ifdef __cplusplus
}
#endif

#endif
