/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICY_COMPILE_H
#define WEIR_POLICY_COMPILE_H

/* The human form of a policy (YAML, apiVersion weir/v1) into the serialized weir.v1.Policy that
 * weir_policy_new() takes. Unknown keys are errors; every error has line, column, reason and, where
 * one is known, a hint. Caps: 1 MiB of text, depth 16, 1,000 rules, 64 classes, 256 groups and
 * grants each. The language is described in docs/policy.md. */

#include <stddef.h>

#include "weir/base/buf.h"
#include "weir/base/error.h"
#include "weir/base/macros.h"

/* Appends the serialized policy to ret. 0, -EINVAL (the text is wrong, *reterr says where),
 * -ENOBUFS, -ENOMEM. */
int weir_policy_compile(const char *yaml, size_t len, struct weir_buf *ret,
			struct weir_error *reterr) _must_use_;

#endif
