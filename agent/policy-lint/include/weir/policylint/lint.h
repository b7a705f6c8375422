/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICYLINT_LINT_H
#define WEIR_POLICYLINT_LINT_H

/* What only a matcher can say of a policy's own detectors: whether their patterns compile, their checks
 * exist and their samples hold. policy itself knows neither patterns nor checks. */

#include <stdbool.h>
#include <stddef.h>

#include "weir/base/error.h"
#include "weir/base/macros.h"

/* One thing found; borrowed for the call. Nothing of a sample's text is in it. */
typedef void (*weir_policy_lint_fn)(void *context, bool error, const struct weir_error *found);

/* Looks into every detector of a policy's text, which weir_policy_compile() has taken. The number of
 * errors (warnings do not count), or a negative errno. Patterns run under limits: it ends. */
int weir_policy_lint(const char *yaml, size_t len, weir_policy_lint_fn fn,
		     void *context) _must_use_;

#endif
