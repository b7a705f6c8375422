/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_CONSOLE_POLICY_RECORDED_H
#define WEIR_TEST_CONSOLE_POLICY_RECORDED_H

/* Events as endpoints write them: by the agent's own encoder. */

#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/console_store/store.h"
#include "weir/event/event.h"
#include "weir/findings/findings.h"
#include "weir/policy/decide.h"

/* What happened. distinct counts are given in event or findings; done and rule are what was done. */
struct recorded {
	struct weir_event event;
	const struct weir_device *device;
	const struct weir_findings *findings;
	const char *
		customs[2]; /* ids of the policy's own detectors that found something; NULL: none */
	enum weir_action done;
	const char *user;
	uint64_t revision;
	bool reasoned; /* a reason was given, and it went through */
};

/* Appends the serialized event. */
void recorded_encode(const struct recorded *recorded, uint64_t sequence, struct weir_buf *ret);

/* Stores it as the next event of the agent with this number. */
void recorded_store(struct weir_store *store, const struct recorded *recorded, uint8_t agent,
		    uint64_t sequence, uint64_t received_ns);

#endif
