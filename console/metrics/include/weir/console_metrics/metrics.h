/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_METRICS_METRICS_H
#define WEIR_CONSOLE_METRICS_METRICS_H

/* Figures as Prometheus reads them (text format 0.0.4). Names and help are static and right; the
 * values of labels may be anything. Knows nothing of what is counted. */

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"

#define WEIR_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* How long something took, counted by any number of threads; zeros to begin with. */
#define WEIR_HISTOGRAM_BUCKETS 13 /* 1 ms to 10 s, and what is above */
struct weir_histogram {
	_Atomic uint64_t n[WEIR_HISTOGRAM_BUCKETS + 1];
	_Atomic uint64_t sum_ns;
};
void weir_histogram_add(struct weir_histogram *histogram, uint64_t ns);

/* A page being written. The first failure stays, and what follows is left out. */
struct weir_exposition {
	struct weir_buf *buf; /* borrowed */
	int error;	      /* 0, -ENOBUFS or -ENOMEM */
};

enum weir_metric_type { WEIR_METRIC_COUNTER, WEIR_METRIC_GAUGE };

/* Begins a family; its samples follow, each with other labels. */
void weir_expose_family(struct weir_exposition *page, enum weir_metric_type type, const char *name,
			const char *help);

struct weir_label {
	const char *name, *value;
};
void weir_expose(struct weir_exposition *page, const char *name, const struct weir_label *labels,
		 size_t n, uint64_t value);

/* A family with one histogram, in seconds. */
void weir_expose_histogram(struct weir_exposition *page, const char *name, const char *help,
			   const struct weir_histogram *histogram);

#endif
