/* SPDX-License-Identifier: Apache-2.0 */
/* Names that stand in a column of their own, with no label before them. */

#include "helper.h"

static const char *const families[] = {"王",   "李", "张", "刘", "陈",
				       "欧阳", "赵", "黄", "蔺", "周"};
static const char *const given[] = {"伟", "芳", "秀英", "敏", "建国",
				    "静", "磊", "　军", "娜", "强"};
static const char *const words[] = {"苹果", "电脑", "桌子", "椅子", "键盘", "屏幕", "纸张"};

static unsigned name_number(void)
{
	return (unsigned)weir_catalogue_find(weir_catalogue_builtin(), "cn_name");
}

/* Rows of "name,number" behind the head; every nth name is a word that is none, 0: none is. number: of
 * digits, 0: of four. */
static void rows(struct weir_buf *text, const char *head, unsigned count, unsigned nth, bool number)
{
	char id[19];

	weir_buf_clear(text);
	assert_int_equal(weir_buf_puts(text, head), 0);
	for (unsigned i = 0; i < count; i++) {
		bool word = nth > 0 && i % nth == nth - 1;

		synthetic_resident_id(i, id);
		assert_int_equal(weir_buf_printf(text, "%s%s,%.*s\n",
						 word ? "" : families[i % ARRAY_SIZE(families)],
						 word ? words[i % ARRAY_SIZE(words)]
						      : given[i % ARRAY_SIZE(given)],
						 number ? 18 : 4, id),
				 0);
	}
}

/* Names found, and how sure the least sure one is. */
static unsigned names(const struct weir_buf *text, unsigned *ret_least)
{
	struct weir_engine *engine = new_engine();
	const struct weir_findings *f = look_at(engine, text->data, text->len);
	unsigned n = name_number(), total;

	*ret_least = 100;
	for (unsigned i = 0; i < f->count; i++)
		if (f->findings[i].detector == n && f->findings[i].confidence < *ret_least)
			*ret_least = f->findings[i].confidence;
	total = (unsigned)f->total[n];
	weir_engine_free(engine);
	return total;
}

static void cells__a_head_of_names(void **state)
{
	static const char *const heads[] = {
		"姓名,编号\n", "客户姓名,编号\n", "投保人,编号\n", "被保险人,编号\n",
		"name,id\n",   "Name,id\n",	  "custName,id\n", "\"姓名\",\"编号\"\n"};
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1 << 20);
	unsigned least;

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		rows(&text, heads[i], 40, 0, false);
		assert_int_equal(names(&text, &least), 40);
		assert_int_equal(least, 75);
		assert_true(weir_buf_puts(&text, "王,1234\n") == 0);
		assert_int_equal(names(&text, &least), 40);
	}
	rows(&text, "产品,编号\n", 40, 0, false);
	assert_int_equal(names(&text, &least), 0);
	rows(&text, "公司名称,编号\n", 40, 0, true);
	assert_int_equal(names(&text, &least), 0);
}

static void cells__one_row_is_enough_under_a_head(void **state)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1 << 20);
	unsigned least;

	rows(&text, "姓名,编号\n", 1, 0, false);
	assert_int_equal(names(&text, &least), 1);
	assert_int_equal(least, 75);
	weir_buf_clear(&text);
	assert_int_equal(weir_buf_puts(&text, "姓名\n王伟\n \"李 敏\" \r\n张建国"), 0);
	assert_int_equal(names(&text, &least), 3);
}

/* Seven cells in ten under a head, nine without one, and then beside numbers alone. */
static void cells__most_of_them_are_names(void **state)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1 << 20);
	unsigned least;

	rows(&text, "姓名,编号\n", 60, 4, false);
	assert_int_equal(names(&text, &least), 45);
	rows(&text, "姓名,编号\n", 60, 3, false);
	assert_int_equal(names(&text, &least), 0);
	rows(&text, "", 60, 0, true);
	assert_int_equal(names(&text, &least), 60);
	rows(&text, "", 60, 10, true);
	assert_int_equal(names(&text, &least), 54);
	rows(&text, "", 63, 9, true);
	assert_int_equal(names(&text, &least), 0);
	rows(&text, "", 60, 0, false);
	assert_int_equal(names(&text, &least), 0);
	rows(&text, "", 4, 0, true);
	assert_int_equal(names(&text, &least), 0);
}

/* The end of a column, the edges of segments, columns behind the one with names. */
static void cells__every_row_of_a_long_text(void **state)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(4 << 20);
	unsigned least;

	rows(&text, "姓名,编号\n", 40000, 0, false);
	assert_true(text.len > 4 * 131072);
	assert_int_equal(names(&text, &least), 40000);
	weir_buf_clear(&text);
	assert_int_equal(weir_buf_puts(&text, "n;姓名;note\n"), 0);
	for (unsigned i = 0; i < 20000; i++)
		assert_int_equal(weir_buf_printf(&text, "%u;王%s;\"李芳;%s\n", i,
						 given[i % ARRAY_SIZE(given)],
						 i % 2 ? "\"" : "x\""),
				 0);
	assert_int_equal(names(&text, &least), 20000);
}

static void cells__nothing_but_cells(void **state)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1 << 20);
	unsigned least;

	rows(&text, "姓名,编号\n", 10, 0, false);
	assert_int_equal(
		weir_buf_puts(&text, "王伟和李芳,1234\n王伟 李芳,1234\n王伟x,1234\n,1\n\n"), 0);
	assert_int_equal(names(&text, &least), 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells__a_head_of_names),
		cmocka_unit_test(cells__one_row_is_enough_under_a_head),
		cmocka_unit_test(cells__most_of_them_are_names),
		cmocka_unit_test(cells__every_row_of_a_long_text),
		cmocka_unit_test(cells__nothing_but_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
