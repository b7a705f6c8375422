/* SPDX-License-Identifier: Apache-2.0 */
/* From the bytes of an EventBatch to the store and back to a BatchAck. Owns the limits of what an
 * agent may send; knows no HTTP library and nothing of who asks for events. */

#include "weir/console_ingest/ingest.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "event.h"
#include "weir/base/time.h"
#include "weir/proto/wire.h"
#include "weir/v1/event.pb-c.h"

#define SCHEMA	      1
#define RETRY_AFTER_S 5
#define RETRY_FULL_S  60
#define PROTOBUF_TYPE "application/x-protobuf"

/* A batch being read: the items borrow from wires and from the batch's message. */
struct reading {
	struct weir_wire *batch_wire;
	const Weir__V1__EventBatch *batch;
	struct weir_store_item *items;
	struct weir_wire **wires;
	size_t n_items;
	struct weir_store_drop drops[WEIR_STORE_DROPS_MAX];
	size_t n_drops;
};

static void reading_done(struct reading *reading)
{
	for (size_t i = 0; reading->wires && i < reading->n_items; i++)
		weir_wire_free(reading->wires[i]);
	free(reading->wires);
	free(reading->items);
	weir_wire_free(reading->batch_wire);
}

static void refuse(struct weir_ingest_reply *reply, unsigned status, const char *code,
		   const char *message, const char *hint)
{
	reply->status = status;
	reply->code = code;
	reply->message = message;
	reply->hint = hint;
}

static void refuse_for_now(struct weir_ingest_reply *reply, int error)
{
	refuse(reply, 503, "unavailable",
	       error == -ENOSPC ? "the console's disk is full"
				: "the console cannot store events now",
	       "keep the batch and send it again later");
	reply->retry_after_s = error == -ENOSPC ? RETRY_FULL_S : RETRY_AFTER_S;
	reply->error = error;
}

/* The media type without its parameters. */
static bool is_protobuf(const char *content_type)
{
	size_t len;

	if (!content_type)
		return false;
	len = strcspn(content_type, "; \t");
	return len == strlen(PROTOBUF_TYPE) && strncasecmp(content_type, PROTOBUF_TYPE, len) == 0;
}

static bool check_envelope(const struct weir_ingest_request *request,
			   struct weir_ingest_reply *reply)
{
	const char *encoding = request->content_encoding;

	if (!is_protobuf(request->content_type)) {
		refuse(reply, 415, "content_type", "the body must be application/x-protobuf",
		       "set Content-Type: " PROTOBUF_TYPE);
		return false;
	}
	if (encoding && strcasecmp(encoding, "identity") != 0) {
		refuse(reply, 415, "content_encoding",
		       "this console takes uncompressed batches only",
		       "send Content-Encoding: identity, or none");
		return false;
	}
	if (request->len > WEIR_INGEST_BATCH_MAX) {
		refuse(reply, 413, "too_large", "the batch is over 1 MiB", "send smaller batches");
		return false;
	}
	return true;
}

/* Text that may be shown: no control characters, so that a host's name cannot dress up a terminal
 * or a log. */
static bool is_label(const char *text, size_t max)
{
	size_t len = strlen(text);

	if (len > max)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return true;
}

/* NULL, or what is wrong with the batch as a whole. */
static const char *find_fault(const Weir__V1__EventBatch *batch)
{
	if (batch->schema != SCHEMA)
		return "schema is not 1";
	if (batch->agent_uid.len != WEIR_STORE_UID_LEN)
		return "agent_uid is not 16 bytes long";
	if (batch->n_events && batch->first_sequence == 0)
		return "first_sequence is 0; sequences start at 1";
	if (batch->first_sequence > WEIR_STORE_NUMBER_MAX - batch->n_events)
		return "first_sequence is out of range";
	if (!is_label(batch->host_name, WEIR_INGEST_HOST_MAX))
		return "host_name is too long or has control characters";
	if (!is_label(batch->agent_version, WEIR_INGEST_VERSION_MAX))
		return "agent_version is too long or has control characters";
	for (size_t i = 0; i < batch->n_dropped; i++)
		if (batch->dropped[i]->cause[0] == '\0' ||
		    !is_label(batch->dropped[i]->cause, WEIR_INGEST_CAUSE_MAX))
			return "a drop's cause is empty, too long or has control characters";
	return NULL;
}

static bool read_batch(const struct weir_ingest_request *request, struct reading *reading,
		       struct weir_ingest_reply *reply)
{
	const char *fault;
	int r;

	r = weir_wire_unpack(&weir__v1__event_batch__descriptor, request->body, request->len,
			     &reading->batch_wire);
	if (r == -ENOMEM) {
		refuse_for_now(reply, r);
		return false;
	}
	if (r < 0) {
		refuse(reply, r == -E2BIG ? 413 : 400, r == -E2BIG ? "too_large" : "malformed",
		       r == -E2BIG ? "the batch has too many fields"
				   : "the body is not an EventBatch",
		       r == -E2BIG ? "send smaller batches" : "do not send these bytes again");
		return false;
	}
	reading->batch = weir_wire_message(reading->batch_wire);
	if (reading->batch->n_events > WEIR_STORE_EVENTS_MAX ||
	    reading->batch->n_dropped > WEIR_STORE_DROPS_MAX) {
		refuse(reply, 413, "too_large",
		       "the batch has over 1000 events or over 64 drop counts",
		       "send smaller batches");
		return false;
	}
	fault = find_fault(reading->batch);
	if (fault)
		refuse(reply, 400, "malformed", fault, "do not send these bytes again");
	return !fault;
}

static int read_events(struct reading *reading)
{
	const Weir__V1__EventBatch *batch = reading->batch;
	int r;

	reading->items = calloc(batch->n_events + 1, sizeof(*reading->items));
	reading->wires = calloc(batch->n_events + 1, sizeof(*reading->wires));
	if (!reading->items || !reading->wires)
		return -ENOMEM;
	for (; reading->n_items < batch->n_events; reading->n_items++) {
		size_t i = reading->n_items;

		r = weir_ingest_event(batch->events[i].data, batch->events[i].len,
				      batch->first_sequence + i, &reading->items[i],
				      &reading->wires[i]);
		if (r < 0)
			return r;
	}
	for (; reading->n_drops < batch->n_dropped; reading->n_drops++)
		reading->drops[reading->n_drops] = (struct weir_store_drop){
			.cause = batch->dropped[reading->n_drops]->cause,
			.count = batch->dropped[reading->n_drops]->count,
		};
	return 0;
}

static int pack_ack(const struct reading *reading, const struct weir_store_result *result,
		    struct weir_buf *buf)
{
	Weir__V1__BatchAck ack = WEIR__V1__BATCH_ACK__INIT;
	Weir__V1__Reject rejects[WEIR_STORE_EVENTS_MAX], *pointers[WEIR_STORE_EVENTS_MAX];

	ack.accepted_sequence = result->committed;
	ack.committed_sequence = result->committed;
	ack.rejects = pointers;
	for (size_t i = 0; !result->gap && i < reading->n_items; i++) {
		if (reading->items[i].reject == 0)
			continue;
		pointers[ack.n_rejects] = &rejects[ack.n_rejects];
		weir__v1__reject__init(&rejects[ack.n_rejects]);
		rejects[ack.n_rejects].index = (uint32_t)i;
		rejects[ack.n_rejects].code = (Weir__V1__RejectCode)reading->items[i].reject;
		ack.n_rejects++;
	}
	return weir_wire_pack(&ack.base, buf);
}

static int store_batch(struct weir_store *store, const struct reading *reading,
		       const struct weir_ingest_request *request, struct weir_ingest_reply *reply)
{
	const uint64_t begun_ns = weir_now_monotonic();
	const Weir__V1__EventBatch *message = reading->batch;
	struct weir_store_batch batch = {
		.epoch = message->spool_epoch,
		.first_sequence = message->first_sequence,
		.lost_from = message->lost_from,
		.received_ns = WEIR_MIN(request->now_ns, WEIR_STORE_NUMBER_MAX),
		.host = message->host_name,
		.version = message->agent_version,
		.group = request->group,
		.items = reading->items,
		.n_items = reading->n_items,
		.drops = reading->drops,
		.n_drops = reading->n_drops,
	};
	int r;

	memcpy(batch.agent_uid, message->agent_uid.data, sizeof(batch.agent_uid));
	r = weir_store_ingest(store, &batch, &reply->result);
	reply->store_ns = weir_now_monotonic() - begun_ns;
	return r;
}

void weir_ingest_batch(struct weir_store *store, const struct weir_ingest_request *request,
		       struct weir_ingest_reply *reply)
{
	struct reading reading _cleanup_(reading_done) = {};
	int r;

	*reply = (struct weir_ingest_reply){.ack = reply->ack};
	if (!check_envelope(request, reply) || !read_batch(request, &reading, reply))
		return;
	if (request->agent_uid &&
	    memcmp(request->agent_uid, reading.batch->agent_uid.data, WEIR_STORE_UID_LEN) != 0)
		return refuse(reply, 403, "not_yours",
			      "the batch is another agent's than the certificate",
			      "enroll this endpoint");
	r = read_events(&reading);
	if (r == 0)
		r = store_batch(store, &reading, request, reply);
	if (r == 0)
		r = pack_ack(&reading, &reply->result, &reply->ack);
	if (r < 0)
		refuse_for_now(reply, r);
	else
		reply->status = reply->result.gap ? 409 : 200;
}
