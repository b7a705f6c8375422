/* SPDX-License-Identifier: Apache-2.0 */
/* An event of a hostile endpoint that a simulation judges: whatever it says, the answer is one of those that there are. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "weir/policy/compile.h"
#include "weir/proto/wire.h"

static const char text[] = "apiVersion: weir/v1\nkind: Policy\nmetadata: {name: test}\n"
			   "detectors: {emp: {pattern: 'E[0-9]{6}', level: C1}}\n"
			   "classes: {c: {level: C2, detectors: [emp, cn_resident_id, cn_mobile], "
			   "min_confidence: 70}}\n"
			   "groups: {g: {usb: [{vendor: '0951'}], hosts: ['192.0.2.0/24']}}\n"
			   "devices: [{id: d, vendor: '1234', action: block}]\n"
			   "rules:\n"
			   "  - {id: r, content: {class: c, distinct: '>=5', customers: '>=2'}, "
			   "not_to: g, action: warn}\n"
			   "  - {id: s, content: {limits: {emp: 3, payment_card: 2}}, action: "
			   "block, on_unscannable: audit}\n";

static struct weir_policy *make_policy(void)
{
	struct weir_buf compiled _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64 * 1024);
	struct weir_policy *policy = NULL;

	if (weir_policy_compile(text, strlen(text), &compiled, NULL) < 0 ||
	    weir_policy_new(compiled.data, compiled.len, &policy, NULL) < 0)
		abort();
	return policy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_policy *policy _cleanup_(weir_policy_freep) = NULL;
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	struct judge *judge _cleanup_(judge_freep) = NULL;
	struct judged judged;

	if (weir_wire_unpack(&weir__v1__event__descriptor, data, size, &wire) < 0)
		return 0;
	policy = make_policy();
	if (judge_new(1, &judge) < 0)
		return 0;
	judged = judge_event(judge, policy, policy, weir_wire_message(wire));
	if (judged.would >= WEIR_SIMULATE_ACTS || judged.happened >= WEIR_SIMULATE_ACTS ||
	    judged.reason >= WEIR_SIMULATE_REASONS)
		abort();
	return 0;
}
