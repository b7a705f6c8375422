/* SPDX-License-Identifier: Apache-2.0 */
/* The way out: the decision's context, limits on repetition, the report. */

#include <errno.h>
#include <stdio.h>
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
		.device = emission->device,
		.findings = emission->findings,
		.now_ns = weir_now_realtime(),
		.passed = emission->event.passed,
		.within = within_before(p, emission),
	};

	return weir_policy_decide(p->policy, &input);
}

/* What makes two events alike: the same program doing the same thing with the same labelled data to
 * the same target with the same outcome. */
static uint64_t likeness(const struct weir_pipeline *p, const struct emission *emission)
{
	const struct weir_event *event = &emission->event;
	struct {
		uint64_t ino, label_ino, rule, program, remote;
		uint32_t dev, label_dev, uid, activity, channel, action, cause, port;
	} key = {
		.ino = event->channel == WEIR_ABI_CHANNEL_NETWORK ? 0 : event->target.ino,
		.dev = event->channel == WEIR_ABI_CHANNEL_NETWORK ? 0 : event->target.dev,
		.label_ino = event->label.ino,
		.label_dev = event->label.dev,
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

/* A failure that the next try would meet again. */
static bool hopeless(int r)
{
	return r == -EINVAL || r == -EMSGSIZE || r == -ENOBUFS || r == -EPROTO;
}

/* 1 when it is kept, 0 when it was before or is refused and counted. */
static int append(struct weir_pipeline *p, struct emission *emission)
{
	struct weir_report_item item = {
		.event = &emission->event,
		.device = emission->device,
		.findings = emission->findings,
		.verdict = &emission->verdict,
		.policy = p->policy,
		.size = emission->size,
		.scrubbed = emission->scrubbed,
		.quarantine_id = emission->quarantine_id,
		.justification = emission->justification,
		.evidence_sha256 = emission->has_evidence ? emission->evidence_sha256 : NULL,
	};
	int r = p->options.report.ops->append(p->options.report.context, &item);

	if (r == -EEXIST || r == -ENOSPC)
		return 0;
	if (r < 0) {
		count(p, WEIR_COUNT_REPORT_FAILED, 1);
		if (!hopeless(r))
			return r;
		/* It must not hold up what waits behind it. */
		p->options.report.ops->count_drop(p->options.report.context, "report_refused", 1);
		return 0;
	}
	emission->told = true;
	count(p, WEIR_COUNT_EVENTS, 1);
	if (emission->verdict.alert)
		count(p, WEIR_COUNT_ALERTS, 1);
	if (weir_event_refused(&emission->event))
		count(p, WEIR_COUNT_BLOCKED, 1);
	return 1;
}

/* The last of the events that were left out speaks for them when no further one does. */
static void keep(struct weir_pipeline *p, struct limit_slot *slot, const struct emission *emission)
{
	slot->limit.suppressed += emission->event.suppressed;
	slot->event = emission->event;
	slot->event.suppressed = 0;
	slot->verdict = emission->verdict;
	slot->size = emission->size;
	slot->scrubbed = emission->scrubbed;
	(void)snprintf(slot->rule, sizeof(slot->rule), "%s", emission->verdict.rule);
	(void)snprintf(slot->grant, sizeof(slot->grant), "%s", emission->verdict.grant);
	/* The texts are the policy's, which may go. */
	slot->verdict.rule = slot->rule;
	slot->verdict.grant = slot->grant;
	slot->verdict.message_zh = slot->verdict.message_en = "";
	count_drop(p, WEIR_COUNT_SUPPRESSED, "repeated", 1);
}

static int speak_for_left_out(struct weir_pipeline *p, struct limit_slot *slot)
{
	struct emission emission = {.event = slot->event,
				    .verdict = slot->verdict,
				    .size = slot->size,
				    .scrubbed = slot->scrubbed};
	int r;

	if (slot->limit.suppressed == 0)
		return 0;
	device_locate(p, &emission);
	emission.event.suppressed = slot->limit.suppressed - 1;
	r = append(p, &emission);
	if (r >= 0)
		slot->limit.suppressed = 0;
	return r;
}

void emit_left_out(struct weir_pipeline *p, bool all)
{
	uint64_t now = weir_now_monotonic();

	for (size_t i = 0; i < LIMIT_SLOTS; i++) {
		struct limit_slot *slot = &p->limits[i];
		struct weir_ratelimit limit = slot->limit;

		if (limit.suppressed == 0 || !(weir_ratelimit_pass(&limit, now, NULL) || all))
			continue;
		/* The disk may take it next time. */
		if (speak_for_left_out(p, slot) < 0)
			return;
		slot->limit = limit;
		slot->limit.suppressed = 0;
	}
}

static struct limit_slot *slot_of(struct weir_pipeline *p, const struct emission *emission)
{
	uint64_t hash = likeness(p, emission);
	struct limit_slot *slot = &p->limits[hash % LIMIT_SLOTS];

	if (slot->hash == hash)
		return slot;
	if (speak_for_left_out(p, slot) < 0)
		p->options.report.ops->count_drop(p->options.report.context, "report_failed", 1);
	*slot = (struct limit_slot){.hash = hash,
				    .limit = WEIR_RATELIMIT(REPEAT_EVERY_NS, REPEAT_BURST)};
	return slot;
}

static void note_refusal(struct weir_pipeline *p, const struct emission *emission)
{
	const struct weir_refused refused = {.event = &emission->event,
					     .verdict = &emission->verdict,
					     .findings = emission->findings,
					     .policy = p->policy};

	if (weir_event_refused(&emission->event) &&
	    emission->event.channel != WEIR_ABI_CHANNEL_AGENT)
		weir_refusals_note(p->refusals, &refused);
}

int emit(struct weir_pipeline *p, struct emission *emission)
{
	struct limit_slot *slot;
	struct weir_ratelimit limit;
	uint64_t before = 0;
	int r;

	note_refusal(p, emission);
	/* Passes are few, and a reason speaks for one alone. */
	if (emission->justification)
		return WEIR_MIN(append(p, emission), 0);
	if (emission->event.activity == WEIR_ACTIVITY_AWAY) {
		r = append(p, emission);
		return r == 0 ? -ENOSPC : WEIR_MIN(r, 0);
	}
	slot = slot_of(p, emission);
	limit = slot->limit;
	if (!weir_ratelimit_pass(&limit, weir_now_monotonic(), &before)) {
		slot->limit = limit;
		keep(p, slot, emission);
		return 0;
	}
	emission->event.suppressed += before;
	r = append(p, emission);
	/* One that is not in the report has used up nothing, and has not told what was before. */
	if (r > 0)
		slot->limit = limit;
	return WEIR_MIN(r, 0);
}
