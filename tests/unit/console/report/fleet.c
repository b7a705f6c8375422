/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"
#include "weir/console_ingest/ingest.h"
#include "weir/proto/wire.h"
#include "weir/v1/event.pb-c.h"

const char *const fleet_rules[FLEET_RULES] = {"stick-bulk", "net-bulk", "warn-identity",
					      "<b>warn & \"quote\"</b>", "审计-客户"};

const char *const fleet_causes[FLEET_CAUSES] = {"ring full", "spool full"};

/* xorshift64*, so that the fleet is the same everywhere. */
static uint32_t draw(struct fleet *fleet, uint32_t below)
{
	fleet->random ^= fleet->random >> 12;
	fleet->random ^= fleet->random << 25;
	fleet->random ^= fleet->random >> 27;
	return (uint32_t)((fleet->random * UINT64_C(2685821657736338717)) >> 33) % below;
}

static void pack(const struct fleet_event *from, uint64_t sequence, struct weir_buf *ret)
{
	Weir__V1__Event event = WEIR__V1__EVENT__INIT;
	Weir__V1__Justification reason = WEIR__V1__JUSTIFICATION__INIT;

	event.sequence = sequence;
	event.time_ns = from->time_ns;
	event.channel = (Weir__V1__Channel)from->channel;
	event.action = (Weir__V1__Action)from->action;
	event.tier = (Weir__V1__Tier)from->tier;
	event.alert = from->alert;
	event.rule = (char *)fleet_rules[from->rule];
	event.activity = (char *)(from->kind == FLEET_REASON ? "justify" : "write");
	event.suppressed = from->suppressed;
	reason.reason = (char *)"settlement";
	if (from->kind != FLEET_REFUSED)
		event.justification = &reason;
	assert_int_equal(weir_wire_pack(&event.base, ret), 0);
}

/* Later weeks have fewer incidents: something to find. */
static unsigned draw_count(struct fleet *fleet, unsigned day)
{
	return day < 7 ? draw(fleet, 9) : draw(fleet, 4);
}

static struct fleet_event *draw_event(struct fleet *fleet, unsigned agent, unsigned day)
{
	struct fleet_event *event = &fleet->events[fleet->n_events++];

	assert_true(fleet->n_events <= FLEET_EVENTS_MAX);
	*event = (struct fleet_event){.agent = agent, .day = day, .rule = draw(fleet, FLEET_RULES)};
	event->time_ns =
		FLEET_FROM + day * FLEET_DAY + (uint64_t)draw(fleet, 86400) * UINT64_C(1000000000);
	event->channel = 1 + draw(fleet, 5);
	event->tier = 1 + draw(fleet, 4);
	event->suppressed = draw(fleet, 4) == 0 ? draw(fleet, 10) : 0;
	if (event->rule == 2 || event->rule == 3) {
		event->action = WEIR__V1__ACTION__ACTION_WARN;
		event->kind = (enum fleet_kind)draw(fleet, 3);
		event->alert = event->kind == FLEET_REFUSED;
	} else {
		event->action = event->rule == 4 ? WEIR__V1__ACTION__ACTION_AUDIT
						 : WEIR__V1__ACTION__ACTION_BLOCK;
		event->alert = event->rule != 4 || draw(fleet, 3) == 0;
	}
	return event;
}

struct batch {
	Weir__V1__EventBatch message;
	struct weir_buf events[16];
	ProtobufCBinaryData data[16];
	uint8_t uid[16];
	Weir__V1__DropCount drops[FLEET_CAUSES], *pointers[FLEET_CAUSES];
};

/* Counters of the endpoint's own, told again with each batch: they only grow. */
static void add_drops(struct fleet *fleet, struct fleet_agent *agent, struct batch *batch)
{
	for (size_t i = 0; i < FLEET_CAUSES; i++) {
		agent->dropped[i] += draw(fleet, 8) == 0 ? draw(fleet, 50) : 0;
		weir__v1__drop_count__init(&batch->drops[i]);
		batch->drops[i].cause = (char *)fleet_causes[i];
		batch->drops[i].count = agent->dropped[i];
		batch->pointers[i] = &batch->drops[i];
	}
	batch->message.dropped = batch->pointers;
	batch->message.n_dropped = FLEET_CAUSES;
}

static void send_batch(struct weir_store *store, struct batch *batch, unsigned agent,
		       const char *host, uint64_t now_ns)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);
	struct weir_ingest_reply reply = {.ack = WEIR_BUF_INIT(WEIR_INGEST_ACK_MAX)};
	struct weir_ingest_request request = {.content_type = "application/x-protobuf",
					      .now_ns = now_ns};

	memset(batch->uid, (int)agent + 1, sizeof(batch->uid));
	batch->message.agent_uid = (ProtobufCBinaryData){sizeof(batch->uid), batch->uid};
	batch->message.schema = 1;
	batch->message.spool_epoch = 1;
	batch->message.host_name = (char *)host;
	batch->message.events = batch->data;
	for (size_t i = 0; i < batch->message.n_events; i++)
		batch->data[i] = (ProtobufCBinaryData){batch->events[i].len,
						       (uint8_t *)batch->events[i].data};
	assert_int_equal(weir_wire_pack(&batch->message.base, &bytes), 0);
	request.body = bytes.data;
	request.len = bytes.len;
	weir_ingest_batch(store, &request, &reply);
	assert_int_equal(reply.status, 200);
	weir_buf_done(&reply.ack);
	for (size_t i = 0; i < batch->message.n_events; i++)
		weir_buf_done(&batch->events[i]);
}

/* What one endpoint has on one day comes at the day's end, in one batch. */
static void make_day(struct fleet *fleet, struct weir_store *store, unsigned agent, unsigned day)
{
	struct batch batch = {.message = WEIR__V1__EVENT_BATCH__INIT};
	struct fleet_agent *self = &fleet->agents[agent];
	unsigned n = draw_count(fleet, day);
	uint64_t now = FLEET_FROM + (day + 1) * FLEET_DAY - 1;

	if (n == 0)
		return;
	batch.message.first_sequence = self->sequence + 1;
	batch.message.agent_version = (char *)self->version;
	for (unsigned i = 0; i < n; i++) {
		batch.events[i] = WEIR_BUF_INIT(4096);
		pack(draw_event(fleet, agent, day), ++self->sequence, &batch.events[i]);
	}
	batch.message.n_events = n;
	add_drops(fleet, self, &batch);
	send_batch(store, &batch, agent, self->host, now);
	if (!self->first_seen_ns)
		self->first_seen_ns = now;
	self->last_seen_ns = now;
}

/* Some endpoints come late, some go early. */
void fleet_make(struct fleet *fleet, struct weir_store *store)
{
	*fleet = (struct fleet){.random = UINT64_C(0x9e3779b97f4a7c15)};
	for (unsigned agent = 0; agent < FLEET_AGENTS; agent++) {
		(void)snprintf(fleet->agents[agent].host, sizeof(fleet->agents[agent].host),
			       "<ws-%u>", agent);
		fleet->agents[agent].version = agent % 3 ? "0.2.0" : "0.1.9";
	}
	for (unsigned day = 0; day < FLEET_DAYS; day++)
		for (unsigned agent = 0; agent < FLEET_AGENTS; agent++)
			if (day >= (agent % 5 == 4 ? 8U : 0U) && day < (agent % 7 == 6 ? 6U : 99U))
				make_day(fleet, store, agent, day);
}
