/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a text and as an object: nothing fails, and a text gives the same whole and in pieces. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/engine/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static void check(const struct weir_findings *f, size_t size)
{
	require(f->status >= WEIR_SCAN_COMPLETE && f->status < _WEIR_SCAN_STATUS_MAX &&
		f->bytes <= size);
	require((f->status == WEIR_SCAN_COMPLETE) == (f->reason[0] == '\0'));
	require(f->count <= WEIR_FINDINGS_MAX && f->parts_count <= WEIR_FINDINGS_PARTS);
	require(memchr(f->reason, 0, sizeof(f->reason)) && memchr(f->type, 0, sizeof(f->type)));
	for (uint32_t i = 0; i < f->count; i++) {
		const struct weir_finding *one = &f->findings[i];

		require(one->length > 0 && one->confidence >= 50 && one->confidence <= 100);
		require(one->part || one->offset + one->length <= size);
		require(one->part < f->parts_count);
		require(i == 0 || one->part > f->findings[i - 1].part ||
			one->offset >= f->findings[i - 1].offset);
		require(memchr(one->masked, 0, sizeof(one->masked)) != NULL);
		require(f->total[one->detector] > 0 && f->distinct[one->detector] > 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[WEIR_HASH_KEY_LEN] = {7};
	static struct weir_engine *engine;
	static struct weir_findings a, b;
	const struct weir_engine_options options = {.key = key};
	struct weir_engine_request request = {.now_ns = UINT64_C(1764000000000000000),
					      .min_confidence = 50};
	struct weir_memory memory = {data, size};
	struct weir_bytes bytes = weir_bytes_of(&memory);
	size_t step = size ? data[0] + 1U : 1;

	request.unpack.file = -1;
	request.unpack.limits.bytes = 4 << 20;
	if (!engine)
		require(weir_engine_new(&options, &engine) == 0);
	weir_engine_begin(engine, &request);
	(void)weir_engine_feed(engine, data, size);
	weir_engine_finish(engine, &a);
	check(&a, size);
	weir_engine_begin(engine, &request);
	for (size_t at = 0; at < size; at += step)
		(void)weir_engine_feed(engine, data + at, WEIR_MIN(step, size - at));
	weir_engine_finish(engine, &b);
	require(memcmp(&a, &b, offsetof(struct weir_findings, findings)) == 0);
	require(memcmp(a.findings, b.findings, a.count * sizeof(a.findings[0])) == 0);
	weir_engine_scan(engine, &request, &bytes, &b);
	check(&b, size);
	return 0;
}
