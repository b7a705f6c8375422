/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/cli/column.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *text, const char *column, const char *const *cells, size_t n)
{
	struct weir_column c = {0};

	assert_int_equal(weir_column_read(text, strlen(text), column, &c), 0);
	assert_int_equal(c.n, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(c.cells[i], cells[i]);
	weir_column_done(&c);
}

#define CELLS(...)                          \
	(const char *const[]){__VA_ARGS__}, \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

static void column__lines(void **state)
{
	(void)state;
	expect("a,b\r\nc d\n\ne", NULL, CELLS("a,b", "c d", "", "e"));
	expect("", NULL, NULL, 0);
	expect("\xef\xbb\xbf"
	       "a\n",
	       NULL, CELLS("a"));
}

static void column__heading_and_number(void **state)
{
	static const char table[] = "name,no\r\n\"Li, W\",\"1\"\"2\"\r\nZhao\r\nWu,3,x\r\n";

	(void)state;
	expect(table, "no", CELLS("1\"2", "3"));
	expect(table, "2", CELLS("no", "1\"2", "3"));
	expect(table, "name", CELLS("Li, W", "Zhao", "Wu"));
	expect("a\tb\n1\t2\n", "b", CELLS("2"));
	expect("a;b,c;d\n1;2;3\n", "d", CELLS("3"));
}

static void column__missing(void **state)
{
	struct weir_column c = {0};

	(void)state;
	assert_int_equal(weir_column_read("a,b\n1,2\n", 8, "c", &c), -ENOENT);
	expect("a,b\n1,2\n", "7", NULL, 0);
}

/* Every length of a table with an open quote in it: no byte beyond is looked at. */
static void column__cut_anywhere(void **state)
{
	static const char table[] = "n,m\n\"a\n,b\",2\n3,\"4";

	(void)state;
	for (size_t len = 0; len < sizeof(table); len++) {
		struct weir_column c = {0};

		if (weir_column_read(table, len, "m", &c) == 0)
			weir_column_done(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(column__lines),
		cmocka_unit_test(column__heading_and_number),
		cmocka_unit_test(column__missing),
		cmocka_unit_test(column__cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
