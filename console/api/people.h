/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_PEOPLE_PRIVATE_H
#define WEIR_CONSOLE_API_PEOPLE_PRIVATE_H

#include <jansson.h>

#include "weir/console_access/access.h"

/* Arrays of names. */
json_t *weir_api_permissions(weir_permissions permissions);
json_t *weir_api_roles(weir_roles roles);
json_t *weir_api_groups(const char (*groups)[WEIR_GROUP_NAME_MAX + 1], size_t n);

#endif
