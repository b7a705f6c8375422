/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICY_COMPILE_H
#define WEIR_POLICY_COMPILE_H

/* The human form of a policy (YAML, apiVersion weir/v1) into the serialized weir.v1.Policy that
 * weir_policy_new() takes. Unknown keys are errors; every error has line, column, reason and, where
 * one is known, a hint. Caps: 1 MiB of text, depth 16, 1,000 rules, 24 detectors, 64 classes, 256 groups and
 * grants each. The language is described in docs/policy.md. */

#include <stdbool.h>
#include <stddef.h>

#include "weir/base/buf.h"
#include "weir/base/error.h"
#include "weir/base/macros.h"

/* Appends the serialized policy to ret. 0, -EINVAL (the text is wrong, *reterr says where),
 * -ENOBUFS, -ENOMEM. */
int weir_policy_compile(const char *yaml, size_t len, struct weir_buf *ret,
			struct weir_error *reterr) _must_use_;

/* A detector of the human form with the places of what is written, for tools that look into patterns:
 * samples are not compiled into a policy. */
struct weir_policy_text {
	const char *text; /* NULL: not there */
	unsigned line, column;
};

struct weir_policy_sample {
	struct weir_policy_text text;
	bool match; /* must match; otherwise must not */
};

struct weir_policy_source {
	struct weir_policy_text id, pattern, check;
	const struct weir_policy_sample *samples;
	size_t n_samples;
};

typedef void (*weir_policy_source_fn)(void *context, const struct weir_policy_source *source);

/* Calls fn for each detector of a policy's text in order; what it gets is borrowed for the call. 0, or
 * as weir_policy_compile(), which finds more: use it first. */
int weir_policy_sources(const char *yaml, size_t len, weir_policy_source_fn fn, void *context,
			struct weir_error *reterr) _must_use_;

#endif
