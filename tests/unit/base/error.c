/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/error.h"

static void error__set_fills_and_returns_the_code(void **state)
{
	struct weir_error err = {.hint = "old"};

	assert_int_equal(weir_error_set(&err, -EINVAL, 3, 7, "unknown key \"%s\"", "ruls"),
			 -EINVAL);
	assert_int_equal(err.code, -EINVAL);
	assert_int_equal(err.line, 3);
	assert_int_equal(err.column, 7);
	assert_string_equal(err.text, "unknown key \"ruls\"");
	assert_string_equal(err.hint, "");
	weir_error_hint(&err, "did you mean \"%s\"?", "rules");
	assert_string_equal(err.hint, "did you mean \"rules\"?");
	assert_string_equal(err.text, "unknown key \"ruls\"");
}

static void error__nobody_wants_the_details(void **state)
{
	assert_int_equal(weir_error_set(NULL, -ENOMEM, 0, 0, "no memory"), -ENOMEM);
	weir_error_hint(NULL, "nothing");
}

static void error__long_text_is_cut(void **state)
{
	struct weir_error err;
	char text[1000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(weir_error_set(&err, -EINVAL, 1, 1, "%s", text), -EINVAL);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	weir_error_hint(&err, "%s", text);
	assert_int_equal(strlen(err.hint), sizeof(err.hint) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(error__set_fills_and_returns_the_code),
		cmocka_unit_test(error__nobody_wants_the_details),
		cmocka_unit_test(error__long_text_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
