/* SPDX-License-Identifier: Apache-2.0 */
#include "recorded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "weir/event/decode.h"
#include "weir/event/justification.h"
#include "weir/findings/detectors.h"
#include "weir/report/encode.h"

void recorded_encode(const struct recorded *recorded, uint64_t sequence, struct weir_buf *ret)
{
	const char *detectors[WEIR_FINDINGS_DETECTORS] = {WEIR_DETECTOR_IDS};
	static const struct weir_justification reason = {.refusal = 1, .reason = "settlement"};
	const struct weir_verdict verdict = {
		.rule = "then", .grant = "", .message_zh = "", .message_en = ""};
	struct weir_report_input input = {
		.sequence = sequence,
		.event = &recorded->event,
		.device = recorded->device,
		.findings = recorded->findings,
		.verdict = &verdict,
		.done = recorded->done,
		.policy_revision = recorded->revision,
		.detectors = detectors,
		.n_detectors = WEIR_FINDINGS_DETECTORS,
		.user_name = recorded->user,
		.justification = recorded->reasoned ? &reason : NULL,
	};

	for (size_t i = 0; i < ARRAY_SIZE(recorded->customs); i++)
		detectors[WEIR_DETECTOR_COUNT + i] = recorded->customs[i];
	assert_int_equal(weir_report_encode(&input, ret), 0);
}

void recorded_store(struct weir_store *store, const struct recorded *recorded, uint8_t agent,
		    uint64_t sequence, uint64_t received_ns)
{
	struct weir_buf blob _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64 * 1024);
	char host[16];
	struct weir_store_item item = {
		.time_ns = recorded->event.time_ns,
		.channel = (uint32_t)recorded->event.channel,
		.action = (uint32_t)recorded->done,
		.tier = (uint32_t)recorded->event.tier,
		.rule = "then",
		.hook = "",
		.cause = weir_event_cause_name(recorded->event.cause),
	};
	struct weir_store_batch batch = {
		.agent_uid = {agent},
		.epoch = 1,
		.first_sequence = sequence,
		.received_ns = received_ns,
		.host = host,
		.version = "0.1.0",
		.items = &item,
		.n_items = 1,
	};
	struct weir_store_result result;

	(void)snprintf(host, sizeof(host), "ws-%u", agent);
	recorded_encode(recorded, sequence, &blob);
	item.blob = blob.data;
	item.len = blob.len;
	assert_int_equal(weir_store_ingest(store, &batch, &result), 0);
	assert_int_equal(result.stored, 1);
}
