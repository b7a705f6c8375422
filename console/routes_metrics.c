/* SPDX-License-Identifier: Apache-2.0 */
/* What a running console tells of itself: figures alone, nothing of an endpoint or a person. Counts begin
 * with the process; what stands in the database is the same from every console. */

#include <stdio.h>

#include "routes.h"
#include "weir/console_export/export.h"

static void expose_by_status(struct weir_exposition *page, const char *name, const char *help,
			     const _Atomic uint64_t counts[static WEIR_HTTP_STATUS_MAX])
{
	char status[8];

	weir_expose_family(page, WEIR_METRIC_COUNTER, name, help);
	for (unsigned i = 0; i < WEIR_HTTP_STATUS_MAX; i++) {
		const struct weir_label label = {"status", status};
		uint64_t n = atomic_load(&counts[i]);

		(void)snprintf(status, sizeof(status), "%u", i);
		if (n)
			weir_expose(page, name, &label, 1, n);
	}
}

/* Of weir.v1.RejectCode, which no number here goes beyond. */
static void expose_rejects(struct weir_exposition *page,
			   const _Atomic uint64_t counts[static WEIR_STORE_REJECT_CODES])
{
	static const char *const codes[WEIR_STORE_REJECT_CODES] = {
		"other", "malformed", "sequence", "too_large", "lost", "conflict"};
	static const char name[] = "weir_ingest_rejects_total";

	weir_expose_family(page, WEIR_METRIC_COUNTER, name,
			   "Events that were written down as refused, by code.");
	for (size_t i = 0; i < WEIR_STORE_REJECT_CODES; i++)
		weir_expose(page, name, &(struct weir_label){"code", codes[i]}, 1,
			    atomic_load(&counts[i]));
}

static void expose_ingest(struct weir_exposition *page, const struct weir_ingest_counts *counts)
{
	expose_by_status(page, "weir_ingest_batches_total",
			 "Batches of events that endpoints brought, by the status of the answer.",
			 counts->batches);
	weir_expose_family(page, WEIR_METRIC_COUNTER, "weir_ingest_events_total", "Events stored.");
	weir_expose(page, "weir_ingest_events_total", NULL, 0, atomic_load(&counts->events));
	expose_rejects(page, counts->rejects);
	weir_expose_histogram(page, "weir_store_seconds",
			      "Time until a batch was on the disk, waiting for others included.",
			      &counts->store);
}

static void expose_http(struct weir_exposition *page, const struct weir_http_counts *counts)
{
	expose_by_status(page, "weir_http_responses_total", "Answers, by status.",
			 counts->answered);
	weir_expose_family(page, WEIR_METRIC_GAUGE, "weir_http_waiting",
			   "Calls that wait for something to be said.");
	weir_expose(page, "weir_http_waiting", NULL, 0, atomic_load(&counts->waiting));
}

static uint64_t behind_of(const struct weir_sink *sink)
{
	return sink->newest - sink->position;
}

static uint64_t passed_of(const struct weir_sink *sink)
{
	return sink->passed_over;
}

static uint64_t failures_of(const struct weir_sink *sink)
{
	return sink->failures;
}

/* The samples of a family stand together, so each family is a walk of its own. */
struct sink_family {
	enum weir_metric_type type;
	const char *name, *help;
	uint64_t (*value)(const struct weir_sink *sink);
};

static const struct sink_family sink_families[] = {
	{WEIR_METRIC_GAUGE, "weir_sink_behind",
	 "Lines of the log of alerts that a sink has not got yet.", behind_of},
	{WEIR_METRIC_COUNTER, "weir_sink_passed_over_total",
	 "Lines that a sink refused for good while it took others.", passed_of},
	{WEIR_METRIC_GAUGE, "weir_sink_failures", "Failures of a sink since its last success.",
	 failures_of},
};

struct sink_page {
	struct weir_exposition *page;
	const struct sink_family *family;
};

static int expose_sink(void *context, const struct weir_sink *sink)
{
	const struct sink_page *it = context;
	const struct weir_label labels[] = {{"sink", sink->name},
					    {"kind", weir_sink_kind_name(sink->kind)}};

	weir_expose(it->page, it->family->name, labels, ARRAY_SIZE(labels),
		    it->family->value(sink));
	return 0;
}

static int expose_sinks(struct weir_exposition *page, struct weir_store *store)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_read(store, &tx);

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(sink_families); i++) {
		struct sink_page it = {page, &sink_families[i]};

		weir_expose_family(page, it.family->type, it.family->name, it.family->help);
		r = weir_sink_list(tx, expose_sink, &it);
	}
	return r;
}

static void get_metrics(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_routes_context *console = call->console;
	struct weir_exposition page = {.buf = &reply->body};
	const struct weir_label version = {"version", WEIR_VERSION};
	int r;

	weir_expose_family(&page, WEIR_METRIC_GAUGE, "weir_build_info", "The version that runs.");
	weir_expose(&page, "weir_build_info", &version, 1, 1);
	expose_ingest(&page, &console->ingest_counts);
	expose_http(&page, &console->http_counts);
	r = expose_sinks(&page, console->store);
	if (r == 0)
		r = page.error;
	if (r < 0) {
		weir_route_log(console, r, "cannot tell the console's figures");
		weir_http_reply_error(reply, 503, "unavailable", "the figures cannot be told now",
				      "try again");
		return;
	}
	reply->status = 200;
	reply->content_type = WEIR_METRICS_TYPE;
}

const struct weir_route weir_routes_metrics[] = {
	{"GET", "/metrics", 0, WEIR_PERMIT_METRICS_READ, get_metrics},
	{},
};
