/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_metrics/metrics.h"

#include <inttypes.h>
#include <string.h>

#include "weir/base/time.h"
#include "weir/base/utf8.h"

static const struct {
	uint64_t ns;
	const char *text;
} bounds[WEIR_HISTOGRAM_BUCKETS] = {
	{1000000, "0.001"},  {2500000, "0.0025"}, {5000000, "0.005"},  {10000000, "0.01"},
	{25000000, "0.025"}, {50000000, "0.05"},  {100000000, "0.1"},  {250000000, "0.25"},
	{500000000, "0.5"},  {1000000000, "1"},	  {2500000000, "2.5"}, {5000000000, "5"},
	{10000000000, "10"},
};

void weir_histogram_add(struct weir_histogram *histogram, uint64_t ns)
{
	size_t i = 0;

	while (i < WEIR_HISTOGRAM_BUCKETS && ns > bounds[i].ns)
		i++;
	atomic_fetch_add_explicit(&histogram->n[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&histogram->sum_ns, ns, memory_order_relaxed);
}

static void put(struct weir_exposition *page, const char *text)
{
	if (page->error == 0)
		page->error = weir_buf_puts(page->buf, text);
}

/* A label's value: three characters are escaped, and what is no UTF-8 is replaced. */
static void put_value(struct weir_exposition *page, const char *value)
{
	const size_t len = strlen(value);

	for (size_t at = 0; page->error == 0 && at < len;) {
		uint32_t c;
		size_t n = weir_utf8_decode(value + at, len - at, &c);

		if (c == '\\' || c == '"' || c == '\n')
			put(page, c == '\\' ? "\\\\" : c == '"' ? "\\\"" : "\\n");
		else if (c == 0xfffd)
			put(page, "\xef\xbf\xbd");
		else
			page->error = weir_buf_append(page->buf, value + at, n);
		at += n;
	}
}

static void put_head(struct weir_exposition *page, const char *type, const char *name,
		     const char *help)
{
	if (page->error == 0)
		page->error = weir_buf_printf(page->buf, "# HELP %s %s\n# TYPE %s %s\n", name, help,
					      name, type);
}

void weir_expose_family(struct weir_exposition *page, enum weir_metric_type type, const char *name,
			const char *help)
{
	put_head(page, type == WEIR_METRIC_COUNTER ? "counter" : "gauge", name, help);
}

void weir_expose(struct weir_exposition *page, const char *name, const struct weir_label *labels,
		 size_t n, uint64_t value)
{
	put(page, name);
	for (size_t i = 0; i < n; i++) {
		put(page, i ? "," : "{");
		put(page, labels[i].name);
		put(page, "=\"");
		put_value(page, labels[i].value);
		put(page, i + 1 == n ? "\"}" : "\"");
	}
	if (page->error == 0)
		page->error = weir_buf_printf(page->buf, " %" PRIu64 "\n", value);
}

static void put_bucket(struct weir_exposition *page, const char *name, const char *bound,
		       uint64_t n)
{
	if (page->error == 0)
		page->error = weir_buf_printf(page->buf, "%s_bucket{le=\"%s\"} %" PRIu64 "\n", name,
					      bound, n);
}

void weir_expose_histogram(struct weir_exposition *page, const char *name, const char *help,
			   const struct weir_histogram *histogram)
{
	uint64_t n = 0, sum_ns;

	put_head(page, "histogram", name, help);
	for (size_t i = 0; i < WEIR_HISTOGRAM_BUCKETS; i++) {
		n += atomic_load_explicit(&histogram->n[i], memory_order_relaxed);
		put_bucket(page, name, bounds[i].text, n);
	}
	n += atomic_load_explicit(&histogram->n[WEIR_HISTOGRAM_BUCKETS], memory_order_relaxed);
	put_bucket(page, name, "+Inf", n);
	sum_ns = atomic_load_explicit(&histogram->sum_ns, memory_order_relaxed);
	if (page->error == 0)
		page->error = weir_buf_printf(
			page->buf, "%s_sum %" PRIu64 ".%09" PRIu64 "\n%s_count %" PRIu64 "\n", name,
			sum_ns / WEIR_NSEC_PER_SEC, sum_ns % WEIR_NSEC_PER_SEC, name, n);
}
