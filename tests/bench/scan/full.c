/* SPDX-License-Identifier: Apache-2.0 */
/* The whole engine through weir/engine/engine.h: detectors, context, records. */

#include <errno.h>
#include <stdlib.h>

#include "engines.h"
#include "weir/engine/engine.h"

#define PIECE ((size_t)256 << 10)

struct full {
	struct weir_engine *engine;
	struct weir_findings findings;
};

int full_new(struct full **ret)
{
	struct full *full _cleanup_(full_freep) = calloc(1, sizeof(*full));
	int r;

	if (!full)
		return -ENOMEM;
	r = weir_engine_new(NULL, &full->engine);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(full);
	return 0;
}

void full_free(struct full *full)
{
	if (!full)
		return;
	weir_engine_free(full->engine);
	free(full);
}

uint64_t full_scan(struct full *full, const uint8_t *data, size_t len)
{
	static const struct weir_engine_request request = {
		.now_ns = UINT64_C(1790000000000000000),
		.min_confidence = 50,
	};

	weir_engine_begin(full->engine, &request);
	for (size_t at = 0; at < len; at += PIECE)
		if (weir_engine_feed(full->engine, data + at, WEIR_MIN(PIECE, len - at)) <= 0)
			break;
	weir_engine_finish(full->engine, &full->findings);
	return full->findings.count;
}
