/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_OPENAPI_H
#define WEIR_CONSOLE_OPENAPI_H

/* The description of the calls, OpenAPI 3.1: what each is for, takes and answers from openapi.json beside this file, and path, permission
 * and size from its row. A row that is not described, and a description without a row, are errors: the two cannot drift. */

#include "routes.h"

struct weir_openapi;

/* -EINVAL with *err (openapi.json is none), -ENOMEM. */
int weir_openapi_new(struct weir_error *err, struct weir_openapi **ret) _must_use_;
void weir_openapi_free(struct weir_openapi *openapi);
DEFINE_CLEANUP(weir_openapi_free, struct weir_openapi *);

/* permission: as it is told. -EINVAL with *err: not described, or a body where none is taken. */
int weir_openapi_add(struct weir_openapi *openapi, const struct weir_route *row,
		     const char *permission, struct weir_error *err) _must_use_;

/* The document, after all rows; the caller frees it. -EINVAL with *err: more is described. */
int weir_openapi_finish(struct weir_openapi *openapi, struct weir_error *err,
			char **ret) _must_use_;

#endif
