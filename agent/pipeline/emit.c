/* SPDX-License-Identifier: Apache-2.0 */
/* The way out: the decision's context, limits on repetition, the report. */

#include <errno.h>
#include <string.h>

#include "internal.h"
#include "weir/base/time.h"

#define REPEAT_BURST	8
#define REPEAT_EVERY_NS (10 * WEIR_NSEC_PER_SEC)

void count(struct weir_pipeline *p, enum weir_pipeline_count what, uint64_t n)
{
	p->counts[what] += n;
}

void count_drop(struct weir_pipeline *p, enum weir_pipeline_count what, const char *cause,
		uint64_t n)
{
	count(p, what, n);
	p->options.report.ops->count_drop(p->options.report.context, cause, n);
}

struct weir_verdict decide(struct weir_pipeline *p, const struct emission *emission)
{
	struct weir_policy_input input = {
		.event = &emission->event,
		.device = emission->volume ? &emission->volume->device : NULL,
		.findings = emission->findings,
		.now_ns = weir_now_realtime(),
	};

	return weir_policy_decide(p->policy, &input);
}

/* What makes two events alike: the same program doing the same thing to the same target with the
 * same outcome. */
static uint64_t likeness(const struct weir_pipeline *p, const struct emission *emission)
{
	const struct weir_event *event = &emission->event;
	struct {
		uint64_t ino, rule, program, remote;
		uint32_t dev, uid, activity, channel, action, cause, port, pad;
	} key = {
		.ino = event->channel == WEIR_ABI_CHANNEL_NETWORK ? 0 : event->target.ino,
		.dev = event->channel == WEIR_ABI_CHANNEL_NETWORK ? 0 : event->target.dev,
		.uid = event->process.uid,
		.activity = (uint32_t)event->activity,
		.channel = (uint32_t)event->channel,
		.action = (uint32_t)event->action,
		.cause = (uint32_t)event->cause,
		.port = event->remote.port,
	};

	key.rule =
		weir_siphash(emission->verdict.rule, strlen(emission->verdict.rule), p->hash_key);
	key.program = weir_siphash(event->process.name, strlen(event->process.name), p->hash_key);
	key.remote = weir_siphash(event->remote.addr, sizeof(event->remote.addr), p->hash_key);
	return weir_siphash(&key, sizeof(key), p->hash_key);
}

static bool pass(struct weir_pipeline *p, struct emission *emission)
{
	uint64_t hash = likeness(p, emission), before = 0;
	struct limit_slot *slot = &p->limits[hash % LIMIT_SLOTS];

	if (slot->hash != hash) {
		/* What the slot's former owner still had to say is not lost: it was counted when it
		 * was left out. */
		*slot = (struct limit_slot){.hash = hash,
					    .limit = WEIR_RATELIMIT(REPEAT_EVERY_NS, REPEAT_BURST)};
	}
	if (!weir_ratelimit_pass(&slot->limit, weir_now_monotonic(), &before)) {
		count_drop(p, WEIR_COUNT_SUPPRESSED, "repeated", 1);
		return false;
	}
	emission->event.suppressed += before;
	return true;
}

int emit(struct weir_pipeline *p, struct emission *emission)
{
	struct weir_report_item item = {
		.event = &emission->event,
		.device = emission->volume ? &emission->volume->device : NULL,
		.findings = emission->findings,
		.verdict = &emission->verdict,
		.policy = p->policy,
		.size = emission->size,
		.scrubbed = emission->scrubbed,
	};
	int r;

	if (!pass(p, emission))
		return 0;
	r = p->options.report.ops->append(p->options.report.context, &item);
	if (r == -EEXIST || r == -ENOSPC)
		return 0;
	if (r < 0) {
		count(p, WEIR_COUNT_REPORT_FAILED, 1);
		return r;
	}
	count(p, WEIR_COUNT_EVENTS, 1);
	if (emission->verdict.alert)
		count(p, WEIR_COUNT_ALERTS, 1);
	if (emission->event.action == WEIR_ABI_ACTION_BLOCK)
		count(p, WEIR_COUNT_BLOCKED, 1);
	return 0;
}
