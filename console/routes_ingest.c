/* SPDX-License-Identifier: Apache-2.0 */
#include "routes_agent.h"
#include "weir/base/time.h"
#include "weir/console_ingest/ingest.h"

static void count(struct weir_ingest_counts *counts, const struct weir_ingest_reply *reply)
{
	const struct weir_store_result *result = &reply->result;
	uint64_t events = result->stored;

	if (reply->status < WEIR_HTTP_STATUS_MAX)
		atomic_fetch_add(&counts->batches[reply->status], 1);
	if (reply->store_ns)
		weir_histogram_add(&counts->store, reply->store_ns);
	for (size_t i = 0; i < WEIR_STORE_REJECT_CODES; i++) {
		atomic_fetch_add(&counts->rejects[i], result->rejects[i]);
		events -= result->rejects[i];
	}
	atomic_fetch_add(&counts->events, events);
}

static void post_events(const struct weir_call *call, struct weir_http_reply *reply)
{
	struct weir_ingest_request batch = {
		.content_type = weir_http_header(call->http, "content-type"),
		.content_encoding = weir_http_header(call->http, "content-encoding"),
		.body = call->http->body,
		.len = call->http->len,
		.now_ns = weir_now_realtime(),
	};
	struct weir_ingest_reply result = {.ack = WEIR_BUF_INIT(WEIR_INGEST_ACK_MAX)};
	struct weir_fleet_identity identity;
	int r = weir_route_identify_trusted(call, &identity, reply);

	if (r < 0)
		return;
	batch.agent_uid = r == 1 ? identity.uid : NULL;
	batch.group = r == 1 ? identity.group : NULL;
	weir_ingest_batch(call->console->store, &batch, &result);
	count(&call->console->ingest_counts, &result);
	if (result.error)
		weir_route_log(call->console, result.error, "cannot store events");
	reply->retry_after_s = result.retry_after_s;
	if (result.code) {
		weir_http_reply_error(reply, result.status, result.code, result.message,
				      result.hint);
		weir_buf_done(&result.ack);
		return;
	}
	reply->status = result.status;
	reply->content_type = "application/x-protobuf";
	weir_buf_done(&reply->body);
	reply->body = result.ack;
}

const struct weir_route weir_routes_ingest[] = {
	{"POST", "/v1/events", WEIR_INGEST_BATCH_MAX, WEIR_PERMIT_AGENT, post_events},
	{},
};
