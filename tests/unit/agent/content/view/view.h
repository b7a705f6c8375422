/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_VIEW_H
#define WEIR_TESTS_VIEW_H

/* For the tests of the view module: cmocka, iconv as the reference, and repeatable randomness. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline uint64_t view_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* All of in, or -1. */
static inline ptrdiff_t view_iconv(const char *to, const char *from, const void *in, size_t len,
				   void *out, size_t size)
{
	iconv_t cd = iconv_open(to, from);
	char *ip = (char *)in, *op = out;
	size_t r;

	assert_true(cd != (iconv_t)-1);
	r = iconv(cd, &ip, &len, &op, &size);
	if (r != (size_t)-1)
		r = iconv(cd, NULL, NULL, &op, &size);
	iconv_close(cd);
	return r == (size_t)-1 ? -1 : op - (char *)out;
}

#endif
