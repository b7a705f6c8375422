/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/daemon/refusals.h"

static int parse(const char *text, struct weir_justify_arguments *ret, json_t **root)
{
	*root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	return weir_justify_parse(*root, ret);
}

static void refusals__reason_is_taken(void **state)
{
	struct weir_justify_arguments arguments;
	json_t *root;

	assert_int_equal(
		parse("{\"event\": 4711, \"reason\": \"为再保险结算\"}", &arguments, &root), 0);
	assert_int_equal(arguments.event, 4711);
	assert_string_equal(arguments.reason, "为再保险结算");
	json_decref(root);
}

static void refusals__anything_else_is_not(void **state)
{
	static const char *const table[] = {
		"{}",
		"[]",
		"{\"event\": 1}",
		"{\"reason\": \"no event\"}",
		"{\"event\": 0, \"reason\": \"a reason\"}",
		"{\"event\": -1, \"reason\": \"a reason\"}",
		"{\"event\": 1.5, \"reason\": \"a reason\"}",
		"{\"event\": \"1\", \"reason\": \"a reason\"}",
		"{\"event\": 1, \"reason\": 7}",
		"{\"event\": 1, \"reason\": \"no\"}",
		"{\"event\": 1, \"reason\": \"two\\nlines\"}",
		"{\"event\": 1, \"event\": 2, \"reason\": \"a reason\"}",
	};
	struct weir_justify_arguments arguments;
	json_t *root;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (parse(table[i], &arguments, &root) != -EINVAL)
			fail_msg("%s", table[i]);
		json_decref(root);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals__reason_is_taken),
		cmocka_unit_test(refusals__anything_else_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
