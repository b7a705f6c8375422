/* SPDX-License-Identifier: Apache-2.0 */
/* The whole engine through weir/content/content.h: detectors, context, records. Without
 * BENCH_FULL (the engine is not among the folders of this build) there is no such row. */

#include <errno.h>

#include "engines.h"

#ifdef BENCH_FULL
#include <stdlib.h>

#include "weir/content/content.h"

struct full {
	struct weir_content *content;
	struct weir_findings findings;
};

int full_new(struct full **ret)
{
	struct full *full _cleanup_(full_freep) = calloc(1, sizeof(*full));
	int r;

	if (!full)
		return -ENOMEM;
	r = weir_content_new(NULL, &full->content);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(full);
	return 0;
}

void full_free(struct full *full)
{
	if (!full)
		return;
	weir_content_free(full->content);
	free(full);
}

uint64_t full_scan(struct full *full, const uint8_t *data, size_t len)
{
	const struct weir_content_request request = {.now_ns = UINT64_C(1790000000000000000)};

	weir_content_begin(full->content, &request);
	for (size_t at = 0; at < len; at += 262144)
		if (weir_content_feed(full->content, data + at,
				      len - at < 262144 ? len - at : 262144) <= 0)
			break;
	weir_content_finish(full->content, &full->findings);
	return full->findings.count;
}
#else
int full_new(struct full **ret)
{
	return -ENOTSUP;
}

void full_free(struct full *full)
{
}

uint64_t full_scan(struct full *full, const uint8_t *data, size_t len)
{
	return 0;
}
#endif
