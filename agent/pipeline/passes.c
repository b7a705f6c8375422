/* SPDX-License-Identifier: Apache-2.0 */
/* Reasons that people gave, and where their passes lie: in the kernel's map, at the gate, and in the table that knows the reason.
 * Whoever uses one first takes it from the others. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "weir/base/time.h"

static void withdraw(void *context, const struct weir_pass *pass)
{
	struct weir_pipeline *p = context;
	uint32_t uid = pass->justification.uid;

	(void)p->options.kernel.ops->forget_pass(p->options.kernel.context, uid, pass->profile);
	if (p->gate)
		weir_gate_forget_pass(p->gate, uid, pass->profile);
}

static int bring(struct weir_pipeline *p, const struct weir_pass *pass)
{
	uint32_t uid = pass->justification.uid;
	int r = p->options.kernel.ops->set_pass(p->options.kernel.context, uid, pass->profile,
						pass->until_ns);

	if (r == 0 && p->gate)
		r = weir_gate_set_pass(p->gate, uid, pass->profile, pass->until_ns);
	if (r < 0)
		withdraw(p, pass);
	return r;
}

/* What was refused, once more, with the reason: an event of its own, since the pass may never be used. */
static int report(struct weir_pipeline *p, const struct weir_refusal *refusal,
		  const struct weir_justification *given)
{
	struct emission emission = {.event = refusal->event,
				    .justification = given,
				    .verdict = {.action = WEIR_ACTION_WARN,
						.rule = refusal->rule,
						.message_zh = refusal->message_zh,
						.message_en = refusal->message_en,
						.grant = "",
						.alert = true}};
	struct weir_event *event = &emission.event;

	event->activity = WEIR_ACTIVITY_JUSTIFY;
	event->action = WEIR_ABI_ACTION_WARN;
	event->passed = true;
	event->kernel_seq = event->suppressed = event->length = 0;
	event->time_ns = given->time_ns;
	event->boot_ns = weir_now_boottime();
	device_locate(p, &emission);
	return emit(p, &emission);
}

/* Told before it holds: there is no pass whose reason is not on the disk. */
int weir_pipeline_justify(struct weir_pipeline *p, uint32_t uid, uint64_t id, const char *reason)
{
	struct weir_justification given = {
		.refusal = id, .time_ns = weir_now_realtime(), .uid = uid};
	const struct weir_refusal *refusal;
	const struct weir_pass *pass;
	int r;

	if (snprintf(given.reason, sizeof(given.reason), "%s", reason) >= (int)sizeof(given.reason))
		return -EINVAL;
	r = weir_refusals_justify(p->refusals, &given, weir_now_boottime(), &pass, &refusal);
	if (r < 0)
		return r;
	r = report(p, refusal, &pass->justification);
	if (r >= 0)
		r = bring(p, pass);
	if (r < 0)
		weir_refusals_withdraw(p->refusals, id);
	return r;
}

size_t weir_pipeline_refusals(const struct weir_pipeline *p, uint32_t uid,
			      const struct weir_refusal *ret[static WEIR_REFUSALS_OF_ONE])
{
	return weir_refusals_of(p->refusals, uid, ret);
}

static const struct weir_justification *use(struct weir_pipeline *p, const struct weir_event *event)
{
	uint32_t uid = event->process.uid;
	const struct weir_justification *given =
		weir_refusals_use(p->refusals, uid, event->profile, weir_now_boottime());

	if (!given)
		return NULL;
	(void)p->options.kernel.ops->forget_pass(p->options.kernel.context, uid, event->profile);
	if (p->gate)
		weir_gate_forget_pass(p->gate, uid, event->profile);
	return given;
}

/* Given to an agent before this one, or counted for another file already: the event of the reason is at the console. */
static const struct weir_justification forgotten = {.uid = (uint32_t)-1, .reason = ""};

uint64_t pass_noted(struct weir_pipeline *p, struct emission *emission)
{
	const struct weir_justification *given = use(p, &emission->event);

	emission->justification = given ? given : &forgotten;
	return given ? given->refusal : PASS_FORGOTTEN;
}

/* One that the kernel or the gate has used, and whose record is still on its way or was dropped, is used here: the file that comes
 * first is the one that it was used for. */
static uint64_t use_at_close(struct weir_pipeline *p, const struct pending *pending,
			     const struct emission *emission)
{
	const struct weir_justification *given = NULL;

	if (emission->volume && pending->modified && emission->verdict.action == WEIR_ACTION_WARN &&
	    emission->findings->status != WEIR_SCAN_ERROR)
		given = use(p, &emission->event);
	return given ? given->refusal : 0;
}

void pass_for_file(struct weir_pipeline *p, struct pending *pending, struct emission *emission)
{
	const struct weir_justification *given;

	/* The record may have come after the close. */
	if (!pending->passed && pending->modified)
		pending->passed = opening_take_pass(opening_find(p, pending->file.inode));
	if (!pending->passed)
		pending->passed = use_at_close(p, pending, emission);
	if (!pending->passed)
		return;
	emission->event.passed = true;
	emission->verdict = decide(p, emission);
	if (emission->verdict.action != WEIR_ACTION_WARN)
		return;
	emission->event.action = WEIR_ABI_ACTION_WARN;
	given = weir_refusals_reason(p->refusals, pending->passed);
	emission->justification = given ? given : &forgotten;
}

void passes_forget(struct weir_pipeline *p)
{
	weir_refusals_forget(p->refusals, withdraw, p);
}
