/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_CONTENT_HELPER_H
#define TEST_CONTENT_HELPER_H

/* One text through an engine. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "synthetic.h"
#include "weir/base/buf.h"
#include "weir/content/catalogue.h"
#include "weir/content/content.h"

enum { RESIDENT_ID, PAYMENT_CARD, CN_MOBILE };

#define NOW UINT64_C(1764000000000000000) /* 2025-11-24 */

static const uint8_t test_key[WEIR_HASH_KEY_LEN] = {1, 2, 3};

static inline struct weir_content *new_engine(size_t window)
{
	struct weir_content_options options = {.key = test_key, .window = window};
	struct weir_content *content = NULL;

	assert_int_equal(weir_content_new(&options, &content), 0);
	return content;
}

/* Everything from confidence 1 on. The result is overwritten by the next call. */
static inline const struct weir_findings *look_at(struct weir_content *content, const void *data,
						  size_t len)
{
	static struct weir_findings found;
	struct weir_content_request request = {.now_ns = NOW, .min_confidence = 1};

	weir_content_begin(content, &request);
	assert_int_equal(weir_content_feed(content, data, len), 1);
	weir_content_finish(content, &found);
	return &found;
}

static inline const struct weir_findings *look(const char *text)
{
	struct weir_content *content = new_engine(0);
	const struct weir_findings *f = look_at(content, text, strlen(text));

	weir_content_free(content);
	return f;
}

/* A text by a format, and the only finding in it: its detector and confidence. -1: none. */
static inline int only(unsigned detector, const char *text)
{
	const struct weir_findings *f = look(text);

	if (f->count == 0)
		return -1;
	if (f->count != 1 || f->findings[0].detector != detector)
		fail_msg("%u findings, the first by %u at %u", f->count, f->findings[0].detector,
			 (unsigned)f->findings[0].offset);
	return f->findings[0].confidence;
}

#endif
