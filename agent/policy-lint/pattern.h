/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICYLINT_PATTERN_H
#define WEIR_POLICYLINT_PATTERN_H

/* One pattern, compiled the way the engine does. */

#include <stddef.h>

#include "weir/base/macros.h"
#include "weir/validate/validate.h"

struct pattern;

/* 0, -ENOMEM, or -EINVAL: it does not compile, which the catalogue says in words. */
int pattern_new(const char *text, struct pattern **ret) _must_use_;
void pattern_free(struct pattern *pattern);
DEFINE_CLEANUP(pattern_free, struct pattern *);

enum outcome {
	OUTCOME_NONE,	 /* no match */
	OUTCOME_REFUSED, /* matches, all of which the check refuses */
	OUTCOME_FOUND,
	OUTCOME_LIMIT, /* it took too many steps */
};

/* check may be NULL. */
enum outcome pattern_search(const struct pattern *pattern, const char *text, size_t len,
			    weir_check_fn check);

/* A kind of text ("digits") of which a few kilobytes exceed the engine's steps, NULL when none of those
 * tried does. */
const char *pattern_slow_on(const struct pattern *pattern);

#endif
