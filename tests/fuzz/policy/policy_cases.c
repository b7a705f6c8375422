/* SPDX-License-Identifier: Apache-2.0 */
/* The cases that people write beside a policy: each is decided, or the error says where the file is wrong. The policy is one that knows
 * every kind of thing that a case may speak of. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/policy/cases.h"
#include "weir/policy/compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] =
	"apiVersion: weir/v1\nkind: Policy\nmetadata: {name: test}\n"
	"classes: {id: {level: C2, detectors: [cn_resident_id, cn_mobile], min_confidence: 70}}\n"
	"groups:\n"
	"  sticks: {usb: [{vendor: '0951', serial: 'A*'}]}\n"
	"  re: {hosts: ['192.0.2.10:22']}\n"
	"rules:\n"
	"  - {id: stick, channel: removable, not_to: sticks, content: {class: id, distinct: "
	"'>=5'},\n"
	"     action: block, on_unscannable: warn}\n"
	"  - {id: net, channel: network, content: {class: id, distinct: '>=5'}, action: block}\n"
	"grants:\n"
	"  - {id: G-1, recipient: re, classes: [id], purpose: p, method: {channel: network, to: "
	"re},\n"
	"     agreement: a, approver: b, valid: {from: 2026-11-01, until: 2026-12-31}}\n";

struct seen {
	int not_met;
};

static void collect(void *context, const struct weir_policy_case *result)
{
	struct seen *seen = context;

	if (result->met != (result->difference[0] == '\0') || result->line == 0)
		abort();
	seen->not_met += !result->met;
}

static struct weir_policy *make(void)
{
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT((size_t)1 << 20);
	struct weir_policy *policy = NULL;
	struct weir_error err = {0};

	if (weir_policy_compile(text, strlen(text), &wire, &err) < 0 ||
	    weir_policy_new(wire.data, wire.len, &policy, &err) < 0)
		abort();
	return policy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct weir_policy *policy;
	struct weir_error err = {0};
	struct seen seen = {0};
	int r;

	if (!policy)
		policy = make();
	r = weir_policy_cases(policy, (const char *)data, size, collect, &seen, &err);
	if (r < 0 ? !err.text[0] : r != seen.not_met)
		abort();
	return 0;
}
