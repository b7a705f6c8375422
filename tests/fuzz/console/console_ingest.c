/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an EventBatch: an answer each time, the mark never goes back, and whatever was
 * stored can be shown as JSON. */

#include <stdlib.h>

#include "weir/console_api/api.h"
#include "weir/console_ingest/ingest.h"

#define RUNS_OF_A_STORE 100

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void list(struct weir_store *store)
{
	const struct weir_principal by = weir_principal_developer();
	struct weir_api_reply reply = {.body = WEIR_BUF_INIT(WEIR_API_REPLY_MAX)};

	weir_api_list_events(store, &by, "limit=20", 1, &reply);
	if (reply.status != 200)
		abort();
	weir_buf_clear(&reply.body);
	weir_api_list_agents(store, &by, "", &reply);
	if (reply.status != 200)
		abort();
	weir_buf_done(&reply.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct weir_store *store;
	static unsigned runs;
	const struct weir_ingest_request request = {
		.content_type = "application/x-protobuf", .body = data, .len = size, .now_ns = 1};

	/* A new store costs more than a run; some runs share one. */
	if (runs++ % RUNS_OF_A_STORE == 0) {
		weir_store_free(TAKE_PTR(store));
		if (weir_store_open_memory(&store) < 0)
			abort();
	}
	for (int i = 0; i < 2; i++) {
		struct weir_ingest_reply reply = {.ack = WEIR_BUF_INIT(WEIR_INGEST_ACK_MAX)};

		weir_ingest_batch(store, &request, &reply);
		if (reply.status != 200 && reply.status != 400 && reply.status != 409 &&
		    reply.status != 413)
			abort();
		if (reply.code && reply.ack.len)
			abort();
		weir_buf_done(&reply.ack);
	}
	list(store);
	return 0;
}
