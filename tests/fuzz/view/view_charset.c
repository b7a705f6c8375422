/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes in any charset: all levels agree, pieces give the same, the result is UTF-8, and the way
 * back rises. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "weir/base/utf8.h"
#include "weir/view/charset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static uint8_t whole[4 * 4096], other[4 * 4096];

static void pieces(enum weir_charset charset, const uint8_t *data, size_t size, size_t n,
		   size_t step)
{
	size_t at = 0, have = 0, made = 0, used;

	while (at < size) {
		have = have + step < size ? have + step : size;
		made += weir_charset_decode(charset, data + at, have - at, have == size,
					    other + made, 4 * step + 16, &used);
		at += used;
	}
	require(made == n && memcmp(whole, other, n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t bom, step = size ? data[0] + 1U : 1, last = 0;
	enum weir_charset guess;

	if (size > 4096)
		return 0;
	for (enum weir_charset c = 0; c < _WEIR_CHARSET_MAX; c++) {
		size_t used, n = weir_view_decode(c, data, size, true, whole, sizeof(whole), &used,
						  VIEW_PORTABLE);

		require(used == size && n <= 3 * size);
		require(c <= WEIR_CHARSET_UTF8 || weir_utf8_valid((char *)whole, n) == n);
		for (int level = 1; level <= (int)weir_view_level(); level++)
			require(weir_view_decode(c, data, size, true, other, sizeof(other), &used,
						 (enum weir_view_level)level) == n &&
				used == size && memcmp(whole, other, n) == 0);
		pieces(c, data, size, n, step);
		last = 0;
		for (size_t k = 0; k <= n; k += 1 + n / 16) {
			size_t at = weir_charset_source(c, data, size, k);

			require(at >= last && at <= size);
			last = at;
		}
		guess = weir_charset_guess(data, size, step % 2, c, &bom);
		require((unsigned)guess < _WEIR_CHARSET_MAX && bom <= 4 && bom <= size);
	}
	weir_charset_named((const char *)data, size);
	return 0;
}
