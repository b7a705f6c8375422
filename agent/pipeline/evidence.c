/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence of what was found in a file: sealed before its event goes out, so that the event can name it. Whatever fails costs the evidence,
 * is counted, and never costs the event. What was decided is in force by then: sealing holds up a report, nothing else. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "weir/report/text.h"

static void dropped(struct weir_pipeline *p, int result)
{
	const bool full = result == -ENOSPC, queue = result == -EAGAIN;

	count_drop(p, WEIR_COUNT_EVIDENCE_DROPPED,
		   full	   ? "evidence_full"
		   : queue ? "evidence_queue"
			   : "evidence_failed",
		   1);
	if (!full && !queue)
		weir_log_warning(p->options.log, result, "cannot keep evidence");
}

/* Names and paths are as the file system has them: made well-formed here. */
struct texts {
	char rule[RULE_TEXT], name[WEIR_EVIDENCE_TEXT_MAX];
};

static void fill(struct weir_pipeline *p, const struct emission *emission,
		 const struct weir_excerpts *excerpts, struct texts *texts,
		 struct weir_evidence *ret)
{
	const struct weir_event *event = &emission->event;

	(void)weir_text_copy(texts->rule, sizeof(texts->rule), emission->verdict.rule, RULE_TEXT);
	(void)weir_text_copy(texts->name, sizeof(texts->name), event->path, sizeof(event->path));
	*ret = (struct weir_evidence){.time_ns = event->time_ns,
				      .rule = texts->rule,
				      .name = texts->name,
				      .n_pieces = excerpts->count};
	memcpy(ret->agent_uid, p->options.agent_uid, sizeof(ret->agent_uid));
	for (uint32_t i = 0; i < excerpts->count; i++) {
		const struct weir_excerpt *excerpt = &excerpts->list[i];

		ret->pieces[i] = (struct weir_evidence_piece){
			.offset = excerpt->offset,
			.data = excerpts->data + excerpt->at,
			.len = excerpt->len,
			.part = emission->findings->parts[excerpt->part]};
	}
}

static struct held *copy(const struct emission *emission)
{
	struct held *held = malloc(sizeof(*held));

	if (!held)
		return NULL;
	held->findings = *emission->findings;
	held->emission = *emission;
	held->emission.findings = &held->findings;
	if (emission->justification) { /* the table may give its place to another one meanwhile */
		held->justification = *emission->justification;
		held->emission.justification = &held->justification;
	}
	return held;
}

bool evidence_hold(struct weir_pipeline *p, struct pending *pending,
		   const struct emission *emission)
{
	struct weir_excerpts *excerpts _cleanup_(weir_excerpts_freep) = TAKE_PTR(pending->excerpts);
	struct held *held _cleanup_(freep) = NULL;
	struct weir_evidence evidence;
	struct texts texts;
	int r;

	if (!p->capture || !excerpts || excerpts->count == 0 ||
	    !weir_policy_keeps_evidence(p->policy, &emission->verdict))
		return false;
	held = copy(emission);
	fill(p, emission, excerpts, &texts, &evidence);
	r = held ? weir_capture_submit(p->capture, &evidence, weir_policy_recipients(p->policy),
				       pending_cookie(p, pending))
		 : -ENOMEM;
	if (r < 0) {
		dropped(p, r);
		return false;
	}
	pending->held = TAKE_PTR(held);
	return true;
}

static void note(struct weir_pipeline *p, struct emission *emission,
		 const struct weir_capture_done *done)
{
	if (done->result < 0) {
		dropped(p, done->result);
		return;
	}
	memcpy(emission->evidence_sha256, done->sha256, sizeof(done->sha256));
	emission->has_evidence = true;
}

void evidence_sealed(void *context, const struct weir_capture_done *done)
{
	struct weir_pipeline *p = context;
	struct pending *pending = pending_by_cookie(p, done->cookie);
	struct held *held _cleanup_(freep) = pending ? TAKE_PTR(pending->held) : NULL;
	struct emission *emission = held ? &held->emission : NULL;
	bool alert;

	if (!held)
		return;
	/* The volume may have gone and the policy have changed meanwhile; what was done stays so. */
	emission->volume = volume_by_dev(p, pending->file.inode.dev);
	emission->device = emission->volume ? &emission->volume->device : NULL;
	alert = emission->verdict.alert;
	emission->verdict = decide(p, emission);
	emission->verdict.alert = alert;
	note(p, emission, done);
	files_emit(p, emission);
	within_keep(p, emission);
	if (emission->has_evidence && emission->told)
		count(p, WEIR_COUNT_EVIDENCE, 1);
	else if (emission->has_evidence) /* one of many alike: no event names it */
		weir_evidence_folder_remove(p->options.evidence, done->sha256);
	files_next(p, pending);
}
