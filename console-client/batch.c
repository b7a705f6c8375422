/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_client/batch.h"

#include <errno.h>
#include <stdlib.h>

#include "weir/proto/wire.h"
#include "weir/v1/event.pb-c.h"

#define SCHEMA 1

/* The message while it is put together. */
struct cutting {
	Weir__V1__EventBatch message;
	struct weir_spool_drop drops[WEIR_SPOOL_DROPS_MAX];
	Weir__V1__DropCount drop_counts[WEIR_SPOOL_DROPS_MAX];
	Weir__V1__DropCount *drop_slots[WEIR_SPOOL_DROPS_MAX];
	ProtobufCBinaryData events[WEIR_BATCH_EVENTS_MAX];
	size_t offsets[WEIR_BATCH_EVENTS_MAX]; /* in bytes, which moves while it grows */
	struct weir_buf bytes;
};

static void free_cutting(struct cutting **cutting)
{
	if (*cutting)
		weir_buf_done(&(*cutting)->bytes);
	free(*cutting);
}

void weir_batch_done(struct weir_batch *batch)
{
	weir_buf_done(&batch->body);
}

static void put_drops(struct cutting *c, struct weir_spool_reader *reader)
{
	int n = weir_spool_reader_drops(reader, c->drops);

	/* Counts that can't be read now go with a later batch: they only grow. */
	for (int i = 0; i < n; i++) {
		weir__v1__drop_count__init(&c->drop_counts[i]);
		c->drop_counts[i].cause = c->drops[i].cause;
		c->drop_counts[i].count = c->drops[i].count;
		c->drop_slots[i] = &c->drop_counts[i];
	}
	c->message.n_dropped = n > 0 ? (size_t)n : 0;
	c->message.dropped = c->drop_slots;
}

static size_t field_size(uint32_t len)
{
	return 1 + (len < 128 ? 1 : len < 16384 ? 2 : 3) + (size_t)len;
}

/* Takes one record when it belongs: 1, 0 when the batch is complete, negative errno. */
static int take(struct cutting *c, struct weir_spool_reader *reader, struct weir_batch *batch,
		size_t *room)
{
	struct weir_spool_record record;
	int r = weir_spool_reader_peek(reader, &record);

	if (r <= 0)
		return r;
	if (batch->count && record.sequence != batch->last + 1)
		return 0;
	if (batch->count && field_size(record.len) > *room)
		return 0;
	c->offsets[batch->count] = c->bytes.len;
	c->events[batch->count].len = record.len;
	r = weir_buf_append(&c->bytes, record.data, record.len);
	if (r < 0)
		return r;
	*room -= WEIR_MIN(field_size(record.len), *room);
	if (batch->count == 0)
		batch->first = record.sequence;
	batch->last = record.sequence;
	batch->count++;
	weir_spool_reader_advance(reader);
	return 1;
}

static int take_all(struct cutting *c, struct weir_spool_reader *reader, uint32_t max_events,
		    struct weir_batch *batch)
{
	/* first_sequence and lost_from, which are not known yet, take at most 11 bytes each. */
	size_t envelope = protobuf_c_message_get_packed_size(&c->message.base) + 22;
	size_t room = WEIR_BATCH_BYTES_MAX - WEIR_MIN(envelope, (size_t)WEIR_BATCH_BYTES_MAX);
	int r = 1;

	while (batch->count < max_events && (r = take(c, reader, batch, &room)) > 0)
		;
	if (r == -EBADMSG && batch->count) {
		batch->damaged = true;
		return 0;
	}
	return WEIR_MIN(r, 0);
}

static int pack(struct cutting *c, uint64_t due, struct weir_batch *batch)
{
	for (uint32_t i = 0; i < batch->count; i++)
		c->events[i].data = (uint8_t *)c->bytes.data + c->offsets[i];
	if (batch->count && batch->first > due)
		batch->lost_from = due;
	c->message.first_sequence = batch->first;
	c->message.lost_from = batch->lost_from;
	c->message.n_events = batch->count;
	c->message.events = c->events;
	return weir_wire_pack(&c->message.base, &batch->body);
}

int weir_batch_cut(struct weir_spool_reader *reader, const struct weir_batch_sender *sender,
		   uint64_t due, uint32_t max_events, struct weir_batch *batch)
{
	struct cutting *c _cleanup_(free_cutting) = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	if (max_events == 0 || max_events > WEIR_BATCH_EVENTS_MAX)
		max_events = WEIR_BATCH_EVENTS_MAX;
	weir_batch_done(batch);
	*batch = WEIR_BATCH_INIT;
	batch->epoch = weir_spool_reader_epoch(reader);
	c->bytes = WEIR_BUF_INIT(WEIR_BATCH_BYTES_MAX);
	weir__v1__event_batch__init(&c->message);
	c->message.schema = SCHEMA;
	c->message.agent_uid =
		(ProtobufCBinaryData){sizeof(sender->agent_uid), (uint8_t *)sender->agent_uid};
	c->message.spool_epoch = batch->epoch;
	c->message.host_name = (char *)sender->host_name;
	c->message.agent_version = (char *)sender->agent_version;
	put_drops(c, reader);
	r = take_all(c, reader, max_events, batch);
	if (r >= 0)
		r = pack(c, due, batch);
	return r < 0 ? r : batch->count > 0;
}
