/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_PARAMS_H
#define WEIR_CONSOLE_API_PARAMS_H

/* A query string as parameters: decoded, each once, none that the call does not know. Which there are is
 * said by tables, as in query.c. */

#include <stddef.h>

#include "weir/base/error.h"
#include "weir/base/macros.h"

/* One parameter: reads the decoded value into what context points to. */
struct weir_api_param {
	const char *name;
	int (*read)(void *context, const char *value, struct weir_error *err);
};

/* n at most 32. -EINVAL with *err, which repeats nothing of the query. */
int weir_api_read_params(const char *query, const struct weir_api_param *params, size_t n,
			 void *context, struct weir_error *err) _must_use_;

/* Sets *err; -EINVAL. The texts are static. */
int weir_api_fault(struct weir_error *err, const char *message, const char *hint);

#endif
