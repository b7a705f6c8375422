/* SPDX-License-Identifier: Apache-2.0 */
/* What lies where it may not: overwritten on the medium, after a sealed copy went into the quarantine where there is one. What a
 * person moved, and did not copy, is not lost then. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "weir/base/fd.h"

#define SCRUB_AT_ONCE (1u << 20) /* bytes that may be overwritten without the scrubber */
#define NOBODY	      UINT64_MAX /* cookie of a scrubber's job that no event waits for */

void undo_opening(struct weir_pipeline *p, struct opening *opening, int fd, uint64_t *ret_bytes)
{
	struct weir_scrub_range range = {.start = opening->landed_start,
					 .end = opening->landed_end};
	int r = weir_scrub(fd, &range, ret_bytes);

	/* Whoever holds a lease on the file would keep what landed. */
	if (r == -EAGAIN && p->scrubber) {
		int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

		if (copy >= 0 && weir_scrubber_submit(p->scrubber, copy, &range, NOBODY) == 0)
			return;
	}
	count(p, WEIR_COUNT_SCRUBBED_BYTES, *ret_bytes);
	if (r == 0)
		return; /* scrub stays set: the writer may still hold the file, so its close does it
			   again */
	count(p, WEIR_COUNT_SCRUB_FAILED, 1);
	weir_log_warning(p->options.log, r,
			 "cannot overwrite what landed on a sink before the verdict");
}

static void forget_file(struct weir_pipeline *p, const struct pending *pending)
{
	const struct weir_kernel_port *kernel = &p->options.kernel;

	(void)kernel->ops->forget_flow(kernel->context, &pending->file.inode);
	label_forget(p, pending);
}

void undone(struct weir_pipeline *p, const struct pending *pending, struct emission *emission,
	    int result, uint64_t bytes)
{
	emission->scrubbed = bytes;
	count(p, WEIR_COUNT_SCRUBBED_BYTES, bytes);
	if (result < 0) {
		count(p, WEIR_COUNT_SCRUB_FAILED, 1);
		weir_log_warning(p->options.log, result,
				 "cannot take away a file that lies where it may not");
		leftover_keep(p, pending, emission, result);
		return;
	}
	emission->event.action = emission->verdict.action == WEIR_ACTION_WARN
					 ? WEIR_ABI_ACTION_WARN
					 : WEIR_ABI_ACTION_BLOCK;
	forget_file(p, pending);
}

/* The event waits for the scrubber. False: it does not take the job. */
static bool hold(struct weir_pipeline *p, struct pending *pending, const struct emission *emission,
		 const struct weir_seizure *seizure)
{
	static const struct weir_scrub_range whole = {.end = WEIR_SCRUB_WHOLE};
	struct held *held _cleanup_(freep) = p->scrubber ? malloc(sizeof(*held)) : NULL;
	int fd = held ? fcntl(pending->fd, F_DUPFD_CLOEXEC, 3) : -1;
	uint64_t cookie = pending_cookie(p, pending);

	if (fd < 0)
		return false;
	held->findings = *emission->findings;
	held->emission = *emission;
	held->emission.findings = &held->findings;
	if ((seizure ? weir_scrubber_seize(p->scrubber, fd, seizure, cookie)
		     : weir_scrubber_submit(p->scrubber, fd, &whole, cookie)) < 0)
		return false;
	pending->held = TAKE_PTR(held);
	return true;
}

static bool overwrite(struct weir_pipeline *p, struct pending *pending, struct emission *emission)
{
	static const struct weir_scrub_range whole = {.end = WEIR_SCRUB_WHOLE};
	uint64_t bytes;
	int r;

	if (pending->file.size > SCRUB_AT_ONCE && hold(p, pending, emission, NULL))
		return true;
	r = weir_scrub(pending->fd, &whole, &bytes);
	if (r == -EAGAIN && hold(p, pending, emission, NULL))
		return true;
	undone(p, pending, emission, r, bytes);
	return false;
}

/* Content that could not be read has shown nothing: that alone is reported and destroys nothing. A rule may want it in quarantine
 * all the same, from where it can come back. */
static bool may_be_undone(const struct pending *pending, const struct emission *emission,
			  bool quarantine)
{
	if (emission->volume && !pending->modified)
		return false; /* opened for writing, not written: what it holds came earlier */
	if (emission->findings->status == WEIR_SCAN_ERROR)
		return false;
	return quarantine || !emission->verdict.unscannable;
}

bool undo_file(struct weir_pipeline *p, struct pending *pending, struct emission *emission)
{
	bool quarantine =
		emission->verdict.action == WEIR_ACTION_QUARANTINE && p->options.quarantine;
	const struct weir_seizure seizure = {.quarantine = p->options.quarantine,
					     .path = pending->file.path,
					     .rule = emission->verdict.rule,
					     .explain = quarantine,
					     .only_sealed = quarantine};

	emission->event.late = emission->volume && pending->modified;
	if (!may_be_undone(pending, emission, quarantine))
		return false;
	if (p->options.quarantine && hold(p, pending, emission, &seizure))
		return true;
	if (quarantine) {
		count_drop(p, WEIR_COUNT_SCRUB_FAILED, "quarantine_queue", 1);
		return false;
	}
	return overwrite(p, pending, emission);
}

void undo_done(void *context, const struct weir_scrubber_done *done)
{
	struct weir_pipeline *p = context;
	struct pending *pending = pending_by_cookie(p, done->cookie);
	struct held *held _cleanup_(freep) = pending ? TAKE_PTR(pending->held) : NULL;

	if (done->cookie == NOBODY) {
		count(p, WEIR_COUNT_SCRUBBED_BYTES, done->bytes);
		count(p, WEIR_COUNT_SCRUB_FAILED, done->result < 0);
	}
	if (done->cookie != NOBODY && done->cookie & LEFTOVER_COOKIE)
		leftover_done(p, done);
	if (!held)
		return;
	if (done->seal_error < 0) {
		p->options.report.ops->count_drop(p->options.report.context, "quarantine_failed",
						  1);
		weir_log_warning(p->options.log, done->seal_error, "cannot seal a file");
	}
	/* The volume may have gone and the policy have changed meanwhile. */
	held->emission.volume = volume_by_dev(p, pending->file.inode.dev);
	held->emission.device = held->emission.volume ? &held->emission.volume->device : NULL;
	held->emission.verdict = decide(p, &held->emission);
	memcpy(held->emission.quarantine_id, done->quarantine_id, sizeof(done->quarantine_id));
	undone(p, pending, &held->emission, done->result, done->bytes);
	held->emission.verdict.alert = true;
	if (!files_report(p, pending, &held->emission))
		files_next(p, pending);
}
