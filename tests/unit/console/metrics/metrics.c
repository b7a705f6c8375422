/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exposition.h"
#include "weir/console_metrics/metrics.h"

static void assert_fine(const struct weir_buf *page)
{
	unsigned line;
	const char *fault = exposition_fault(page->data, &line);

	if (fault)
		fail_msg("line %u: %s\n%s", line, fault, page->data);
}

static void metrics__are_written_as_the_format_says(void **state)
{
	static const char expected[] = "# HELP a_total Some.\n"
				       "# TYPE a_total counter\n"
				       "a_total 7\n"
				       "# HELP b Others.\n"
				       "# TYPE b gauge\n"
				       "b{x=\"1\"} 18446744073709551615\n"
				       "b{x=\"2\",y=\"z\"} 0\n";
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(65536);
	struct weir_exposition page = {.buf = &buf};
	const struct weir_label labels[] = {{"x", "2"}, {"y", "z"}};

	weir_expose_family(&page, WEIR_METRIC_COUNTER, "a_total", "Some.");
	weir_expose(&page, "a_total", NULL, 0, 7);
	weir_expose_family(&page, WEIR_METRIC_GAUGE, "b", "Others.");
	weir_expose(&page, "b", &(struct weir_label){"x", "1"}, 1, UINT64_MAX);
	weir_expose(&page, "b", labels, 2, 0);
	assert_int_equal(page.error, 0);
	assert_string_equal(buf.data, expected);
	assert_fine(&buf);
}

static void metrics__labels_may_be_anything(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(65536);
	struct weir_exposition page = {.buf = &buf};
	const struct weir_label label = {"x", "a\"b\\c\nd\xff\xe4\xbd\xa0} 5"};

	weir_expose_family(&page, WEIR_METRIC_GAUGE, "b", "One.");
	weir_expose(&page, "b", &label, 1, 3);
	assert_int_equal(page.error, 0);
	assert_non_null(
		strstr(buf.data, "\nb{x=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\xe4\xbd\xa0} 5\"} 3\n"));
	assert_fine(&buf);
}

static void metrics__histograms_add_up(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(65536);
	struct weir_exposition page = {.buf = &buf};
	static struct weir_histogram histogram;

	weir_expose_histogram(&page, "empty_seconds", "Nothing.", &histogram);
	weir_histogram_add(&histogram, 0);
	weir_histogram_add(&histogram, 1000000); /* on a bound: within */
	weir_histogram_add(&histogram, 1000001);
	weir_histogram_add(&histogram, UINT64_C(10000000000));
	weir_histogram_add(&histogram, UINT64_C(90000000000));
	weir_expose_histogram(&page, "store_seconds", "Some.", &histogram);
	assert_int_equal(page.error, 0);
	assert_fine(&buf);
	assert_int_equal(exposition_value(buf.data, "empty_seconds_count"), 0);
	assert_int_equal(exposition_value(buf.data, "store_seconds_bucket{le=\"0.001\"}"), 2);
	assert_int_equal(exposition_value(buf.data, "store_seconds_bucket{le=\"0.0025\"}"), 3);
	assert_int_equal(exposition_value(buf.data, "store_seconds_bucket{le=\"5\"}"), 3);
	assert_int_equal(exposition_value(buf.data, "store_seconds_bucket{le=\"10\"}"), 4);
	assert_int_equal(exposition_value(buf.data, "store_seconds_bucket{le=\"+Inf\"}"), 5);
	assert_int_equal(exposition_value(buf.data, "store_seconds_count"), 5);
	assert_non_null(strstr(buf.data, "\nstore_seconds_sum 100.002000001\n"));
}

static void metrics__a_full_page_is_an_error(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(20);
	struct weir_exposition page = {.buf = &buf};

	weir_expose_family(&page, WEIR_METRIC_GAUGE, "b", "More than there is room for.");
	weir_expose(&page, "b", NULL, 0, 3);
	assert_int_equal(page.error, -ENOBUFS);
}

/* The reader itself. */
static void metrics__faults_are_found(void **state)
{
#define HEAD(name, type) "# HELP " name " x\n# TYPE " name " " type "\n"
#define TWO		 "b_bucket{le=\"1\"} 2\n"
	static const char *const bad[] = {
		"",
		"a 1",
		"a 1\n",
		HEAD("a", "counter") "a 1\n",
		HEAD("a_total", "gauge") "a_total 1\n",
		HEAD("a", "summary") "a 1\n",
		"# HELP a \n# TYPE a gauge\na 1\n",
		"# HELP 1a x\n# TYPE 1a gauge\n1a 1\n",
		"# TYPE a gauge\na 1\n",
		"# HELP a x\na 1\n",
		HEAD("a", "gauge") "c 1\n",
		HEAD("a", "gauge") "ab 1\n",
		HEAD("a", "gauge") "a 1\na 2\n",
		HEAD("a", "gauge") "a{x=\"1\"} 1\na{x=\"1\"} 2\n",
		HEAD("a", "gauge") "a{x=1} 1\n",
		HEAD("a", "gauge") "a{x=\"1} 1\n",
		HEAD("a", "gauge") "a{x=\"\\q\"} 1\n",
		HEAD("a", "gauge") "a{x=\"1\"y=\"2\"} 1\n",
		HEAD("a", "gauge") "a{x=\"\xff\"} 1\n",
		HEAD("a", "gauge") "a x\n",
		HEAD("a", "gauge") "a 1 \n",
		HEAD("a", "gauge") "a 1\n" HEAD("b", "gauge") "b 1\na 2\n",
		HEAD("a", "gauge") "a 1\n" HEAD("a", "gauge") "a{x=\"1\"} 1\n",
		HEAD("b", "histogram") TWO,
		HEAD("b", "histogram") TWO "b_bucket{le=\"1\"} 2\n",
		HEAD("b", "histogram") TWO "b_bucket{le=\"+Inf\"} 1\nb_sum 1\nb_count 1\n",
		HEAD("b", "histogram") TWO "b_bucket{le=\"+Inf\"} 2\nb_sum 1\nb_count 3\n",
		HEAD("b", "histogram") TWO "b_bucket{le=\"+Inf\"} 2\nb_sum 1\n",
	};
	static const char good[] = HEAD("b", "histogram") TWO
		"b_bucket{le=\"+Inf\"} 2\nb_sum 0.5\nb_count 2\n" HEAD("a", "gauge") "a 1\n";
	unsigned line;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!exposition_fault(bad[i], &line))
			fail_msg("no fault was found in %s", bad[i]);
	assert_null(exposition_fault(good, &line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metrics__are_written_as_the_format_says),
		cmocka_unit_test(metrics__labels_may_be_anything),
		cmocka_unit_test(metrics__histograms_add_up),
		cmocka_unit_test(metrics__a_full_page_is_an_error),
		cmocka_unit_test(metrics__faults_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
