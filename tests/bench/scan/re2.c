/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "engines.h"

#ifdef WEIR_BENCH_RE2
#include "re2set.h"

struct re2 {
	struct re2set *set;
};

int re2_new(struct re2 **ret)
{
	static char room[PATTERNS][PATTERN_MAX + 4];
	struct re2 *re2 _cleanup_(re2_freep) = calloc(1, sizeof(*re2));
	const char *texts[PATTERNS];

	if (!re2)
		return -ENOMEM;
	for (unsigned i = 0; i < PATTERNS; i++) {
		char text[PATTERN_MAX];

		pattern_consuming(&pattern_texts[i], text);
		snprintf(room[i], sizeof(room[i]), "%s%s", pattern_texts[i].any_case ? "(?i)" : "",
			 text);
		texts[i] = room[i];
	}
	re2->set = re2set_new(texts, PATTERNS);
	if (!re2->set)
		return -EINVAL;
	*ret = TAKE_PTR(re2);
	return 0;
}

void re2_free(struct re2 *re2)
{
	if (!re2)
		return;
	re2set_free(re2->set);
	free(re2);
}

uint64_t re2_scan(struct re2 *re2, const uint8_t *data, size_t len)
{
	uint64_t matched = re2set_scan(re2->set, data, len);

	if (matched == UINT64_MAX)
		fprintf(stderr, "bench_scan: re2 ran out of memory\n");
	return matched;
}
#else
struct re2 {
	int unused;
};

int re2_new(struct re2 **ret)
{
	*ret = NULL;
	return -ENOTSUP;
}

void re2_free(struct re2 *re2)
{
	(void)re2;
}

uint64_t re2_scan(struct re2 *re2, const uint8_t *data, size_t len)
{
	return 0;
}
#endif
