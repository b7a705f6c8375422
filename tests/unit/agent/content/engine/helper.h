/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_ENGINE_HELPER_H
#define TEST_ENGINE_HELPER_H

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
#include "weir/catalogue/catalogue.h"
#include "weir/engine/engine.h"

enum { RESIDENT_ID, PAYMENT_CARD, CN_MOBILE };

#define NOW UINT64_C(1764000000000000000) /* 2025-11-24 */

static const uint8_t test_key[WEIR_HASH_KEY_LEN] = {1, 2, 3};

static inline struct weir_engine *new_engine(void)
{
	struct weir_engine_options options = {.key = test_key};
	struct weir_engine *engine = NULL;

	assert_int_equal(weir_engine_new(&options, &engine), 0);
	return engine;
}

/* Everything that is ever reported. The result is overwritten by the next call. */
static inline const struct weir_findings *look_at(struct weir_engine *engine, const void *data,
						  size_t len)
{
	static struct weir_findings found;
	struct weir_engine_request request = {.now_ns = NOW, .min_confidence = 50};

	weir_engine_begin(engine, &request);
	assert_int_equal(weir_engine_feed(engine, data, len), 1);
	weir_engine_finish(engine, &found);
	return &found;
}

static inline const struct weir_findings *look(const char *text)
{
	struct weir_engine *engine = new_engine();
	const struct weir_findings *f = look_at(engine, text, strlen(text));

	weir_engine_free(engine);
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

/* What the value is worth alone, with what is added or taken off; -1: nothing. */
static inline int worth(unsigned detector, const char *value, int more)
{
	int level = only(detector, value) + more;

	return level < 50 ? -1 : level > 100 ? 100 : level;
}

static inline const struct weir_confidence *scale(unsigned detector)
{
	return &weir_catalogue_at(weir_catalogue_builtin(), detector)->confidence;
}

#endif
