/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes through the engine, whole and in pieces: it must not fail, and both must find the same.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/content/content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static struct weir_content *engine(size_t window)
{
	static const uint8_t key[WEIR_HASH_KEY_LEN] = {7};
	struct weir_content_options options = {.key = key, .window = window};
	struct weir_content *content = NULL;

	require(weir_content_new(&options, &content) == 0);
	return content;
}

static void check(const struct weir_findings *f, size_t size)
{
	require(f->status >= WEIR_SCAN_COMPLETE && f->status < _WEIR_SCAN_STATUS_MAX &&
		f->bytes == size);
	require(f->count <= WEIR_FINDINGS_MAX);
	require(memchr(f->reason, 0, sizeof(f->reason)) && memchr(f->type, 0, sizeof(f->type)));
	for (uint32_t i = 0; i < f->count; i++) {
		const struct weir_finding *one = &f->findings[i];

		require(one->offset + one->length <= size && one->length >= 11 &&
			one->confidence <= 100);
		require(i == 0 ||
			one->offset >= f->findings[i - 1].offset + f->findings[i - 1].length);
		require(memchr(one->masked, '*', sizeof(one->masked)) &&
			memchr(one->masked, 0, sizeof(one->masked)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct weir_content *whole, *pieces;
	static struct weir_findings a, b;
	const struct weir_content_request request = {.now_ns = UINT64_C(1764000000000000000)};
	size_t step = size ? data[0] + 1U : 1;

	if (!whole) {
		whole = engine(1 << 20);
		pieces = engine(16384);
	}
	weir_content_begin(whole, &request);
	(void)weir_content_feed(whole, data, size);
	weir_content_finish(whole, &a);
	check(&a, size);
	weir_content_begin(pieces, &request);
	for (size_t at = 0; at < size; at += step)
		(void)weir_content_feed(pieces, data + at, WEIR_MIN(step, size - at));
	weir_content_finish(pieces, &b);
	require(memcmp(&a, &b, offsetof(struct weir_findings, findings)) == 0);
	require(memcmp(a.findings, b.findings, a.count * sizeof(a.findings[0])) == 0);
	return 0;
}
