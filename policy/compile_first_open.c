/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "compile_body.h"
#include "internal.h"
#include "weir/base/macros.h"

int compile_first_open(const struct reading *r, const struct yaml_node *node,
		       Weir__V1__PolicyRule *rule)
{
	static const char *const keys[] = {"folders", "budget_ms"};
	uint64_t budget_ms = WEIR_FIRST_OPEN_MS;
	const struct yaml_node *folders = NULL;
	Weir__V1__FirstOpen *ret;
	int code;

	if (!node)
		return 0;
	code = want_map(r, node, "\"first_open\"", keys, ARRAY_SIZE(keys));
	if (code < 0)
		return code;
	ret = compile_alloc(r, sizeof(*ret));
	if (!ret)
		return -ENOMEM;
	weir__v1__first_open__init(ret);
	rule->first_open = ret;
	code = want_key(r, node, "folders", &folders);
	if (code >= 0)
		code = take_texts(r, folders, &ret->folders, &ret->n_folders);
	if (code >= 0)
		code = take_u64(r, yaml_get(node, "budget_ms"), UINT32_MAX, &budget_ms);
	ret->budget_ms = (uint32_t)budget_ms;
	return code;
}
