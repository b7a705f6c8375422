/* SPDX-License-Identifier: Apache-2.0 */
/* Files closed after writing: to the inspector, then a label on local disk, or an event and its
 * consequence on a sink. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

static bool below(const char *folder, const char *path)
{
	size_t len = strlen(folder);

	while (len > 1 && folder[len - 1] == '/')
		len--;
	if (len == 1)
		return true;
	return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static bool below_any(const char *const *folders, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (below(folders[i], path))
			return true;
	return false;
}

static bool wanted_local(const struct weir_pipeline *p, const char *path)
{
	return path[0] == '/' &&
	       below_any(p->options.watch_paths, p->options.n_watch_paths, path) &&
	       !below_any(p->options.exclude, p->options.n_exclude, path);
}

/* Who wrote: the opener that a hook saw, else whoever closed, else what the kernel's table still
 * knows of it. */
static void find_writer(struct weir_pipeline *p, const struct opening *opening, uint32_t pid,
			struct weir_process *ret)
{
	struct weir_abi_process known;

	if (opening && opening->process.pid != 0) {
		*ret = opening->process;
		return;
	}
	*ret = (struct weir_process){.pid = pid, .login_uid = (uint32_t)-1};
	if (pid == 0 || weir_proc_describe("/proc", pid, p->kept, ret) == 0)
		return;
	if (p->options.kernel.ops->process(p->options.kernel.context, pid, &known) < 0)
		return;
	ret->start_boot_ns = known.start_boot_ns;
	ret->parent_pid = known.ppid;
	ret->uid = known.uid;
	ret->gid = known.gid;
	ret->login_uid = known.loginuid;
	(void)snprintf(ret->name, sizeof(ret->name), "%.*s", (int)sizeof(known.comm), known.comm);
	(void)snprintf(ret->executable, sizeof(ret->executable), "%.*s", (int)sizeof(known.exe),
		       known.exe);
}

static void event_of(struct weir_pipeline *p, const struct pending *pending,
		     struct weir_event *event)
{
	const struct weir_pipeline_volume *volume = volume_by_dev(p, pending->file.inode.dev);

	*event = (struct weir_event){
		.boot_ns = pending->boot_ns,
		.time_ns = weir_now_realtime(),
		.activity = pending->opening ? WEIR_ACTIVITY_OPEN : WEIR_ACTIVITY_CLOSE,
		.channel = volume ? volume->channel : WEIR_ABI_CHANNEL_FILE,
		.action = WEIR_ABI_ACTION_AUDIT,
		.hook = pending->opening ? WEIR_ABI_HOOK_FANOTIFY_OPEN
					 : WEIR_ABI_HOOK_FANOTIFY_CLOSE,
		.tier = p->options.kernel.ops->file_tier(p->options.kernel.context),
		.profile = volume ? volume->profile : WEIR_ABI_PROFILE_NONE,
		.process = pending->process,
		.target = pending->file.inode,
		.length = pending->file.size,
	};
	(void)snprintf(event->path, sizeof(event->path), "%s", pending->file.path);
}

static bool distinct_of(const struct weir_pipeline *p, const struct weir_findings *findings,
			uint32_t distinct[static _WEIR_ABI_DET_MAX])
{
	bool any = false;

	for (size_t i = 0; i < _WEIR_ABI_DET_MAX; i++) {
		int index = p->detector[i];

		distinct[i] = index >= 0 && index < WEIR_FINDINGS_DETECTORS
				      ? findings->distinct[index]
				      : 0;
	}
	for (size_t i = 0; i < WEIR_FINDINGS_DETECTORS; i++)
		any |= findings->distinct[i] > 0;
	return any;
}

/* What could not be read is known by who wrote it: fills in what the writers had opened. Content that
 * was read whole speaks for itself. */
static void take_lineage(struct weir_pipeline *p, const struct pending *pending,
			 const struct weir_findings *findings, struct weir_event *event)
{
	const struct weir_kernel_port *kernel = &p->options.kernel;
	struct weir_abi_carrier carrier;

	if (kernel->ops->carrier(kernel->context, &pending->file.inode, &carrier) < 0)
		return;
	(void)kernel->ops->forget_carrier(kernel->context, &pending->file.inode);
	if (findings->status == WEIR_SCAN_COMPLETE || carrier.until_ns == 0)
		return;
	event->label = carrier.label;
	memcpy(event->labelled, carrier.labelled, sizeof(event->labelled));
}

/* Labels speak of the content that was looked at: when the file changed meanwhile, another close is
 * on its way. */
static void set_label(struct weir_pipeline *p, const struct pending *pending,
		      const struct emission *emission)
{
	const struct weir_findings *findings = emission->findings;
	struct weir_abi_label label = {.size = pending->file.size,
				       .ctime_ns = pending->file.ctime_ns};
	bool dirty = distinct_of(p, findings, label.distinct);

	if (emission->event.label.ino != 0) {
		dirty = true;
		for (size_t i = 0; i < _WEIR_ABI_DET_MAX; i++)
			label.distinct[i] =
				WEIR_MAX(label.distinct[i], emission->event.labelled[i]);
	}

	label.classes = weir_policy_classes(p->policy, findings);
	label.flags = dirty ? 0 : WEIR_ABI_LABEL_CLEAN;
	/* Nothing found is not the same as clean: no label at all. */
	if (!dirty && findings->status != WEIR_SCAN_COMPLETE)
		label_forget(p, pending);
	else
		label_set(p, pending, &label);
	if (!dirty && findings->status == WEIR_SCAN_ERROR)
		first_unjudged(p, pending);
	else if (dirty || findings->status == WEIR_SCAN_COMPLETE)
		first_judged(p, pending, &label);
	else
		first_judged(p, pending, NULL);
}

static enum weir_abi_cause cause_of(const struct weir_findings *findings, bool any,
				    const struct weir_event *event)
{
	if (any)
		return WEIR_ABI_CAUSE_CONTENT;
	if (event->label.ino != 0)
		return WEIR_ABI_CAUSE_LABEL;
	return findings->status == WEIR_SCAN_COMPLETE ? WEIR_ABI_CAUSE_NONE
						      : WEIR_ABI_CAUSE_UNREADABLE;
}

void files_emit(struct weir_pipeline *p, struct emission *emission)
{
	if (emit(p, emission) < 0)
		p->options.report.ops->count_drop(p->options.report.context, "report_failed", 1);
}

/* The label counts from now on, whatever the event waits for. */
bool files_report(struct weir_pipeline *p, struct pending *pending, struct emission *emission)
{
	const bool waits = evidence_hold(p, pending, emission);

	if (!waits) {
		files_emit(p, emission);
		within_keep(p, emission);
	}
	if (!weir_event_refused(&emission->event))
		set_label(p, pending, emission);
	return waits;
}

/* On local disk only what a rule wants in quarantine: a file there has gone nowhere yet. */
static bool to_be_undone(const struct weir_pipeline *p, const struct emission *emission)
{
	if (emission->volume)
		return emission->verdict.refused;
	return emission->verdict.action == WEIR_ACTION_QUARANTINE && p->options.quarantine;
}

/* Most of what cannot be read is pictures, sound and programs. Where it stays, it is recorded, and for a person's eyes only when
 * somebody has hidden it or our own reading failed. */
static bool is_everyday(const struct emission *emission)
{
	return emission->verdict.unscannable && emission->event.action != WEIR_ABI_ACTION_BLOCK &&
	       !emission->findings->encrypted && emission->findings->status != WEIR_SCAN_ERROR;
}

/* True: it goes on when the scrubber is done, or whoever seals. */
static bool finish(struct weir_pipeline *p, struct pending *pending,
		   const struct weir_findings *findings)
{
	struct emission emission = {.findings = findings,
				    .size = pending->file.size,
				    .brought = pending->sink && pending->modified};
	bool any;

	event_of(p, pending, &emission.event);
	take_lineage(p, pending, findings, &emission.event);
	any = distinct_of(p, findings, emission.event.distinct);
	emission.event.cause = cause_of(findings, any, &emission.event);
	emission.volume = volume_by_dev(p, pending->file.inode.dev);
	emission.device = emission.volume ? &emission.volume->device : NULL;
	emission.verdict = decide(p, &emission);
	pass_for_file(p, pending, &emission);
	/* No news: local data without findings, or what is left of a file whose refusal was
	 * reported. */
	if (!any && (!emission.volume || pending->refused)) {
		set_label(p, pending, &emission);
		return false;
	}
	if (to_be_undone(p, &emission)) {
		if (undo_file(p, pending, &emission))
			return true;
	} else if (emission.verdict.action == WEIR_ACTION_ALLOW) {
		emission.event.action = WEIR_ABI_ACTION_ALLOW;
	}
	emission.verdict.alert &= !is_everyday(&emission);
	return files_report(p, pending, &emission);
}

static void fail(struct weir_pipeline *p, struct pending *pending, const char *cause,
		 const char *reason)
{
	static const struct weir_findings none = {.status = WEIR_SCAN_ERROR};
	struct weir_findings *findings _cleanup_(freep) = NULL;

	count_drop(p, WEIR_COUNT_INSPECT_DROPPED, cause, 1);
	first_unjudged(p, pending);
	if (!pending->sink)
		return;
	findings = malloc(sizeof(*findings));
	if (findings) {
		*findings = none;
		(void)snprintf(findings->reason, sizeof(findings->reason), "%s", reason);
	}
	(void)finish(p, pending, findings ? findings : &none);
}

/* Somebody waits for a file that is opened; what lies on a sink may be carried away; what stays here has time. */
static int submit(struct weir_pipeline *p, struct pending *pending)
{
	const struct weir_inspector_ops *ops = p->options.inspector.ops;
	int (*const by_haste)(void *, int, uint64_t) = pending->awaited ? ops->submit_urgent
						       : pending->sink	? ops->submit
									: ops->submit_leisurely;
	int fd = fcntl(pending->fd, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		return -errno;
	return by_haste(p->options.inspector.context, fd, pending_cookie(p, pending));
}

static void start(struct weir_pipeline *p, struct weir_watch_file *file, struct opening *opening,
		  bool sink)
{
	struct pending spare = {.fd = -1}, *pending = pending_take(p),
		       *used = pending ? pending : &spare;

	used->again = used->opening = used->awaited = false;
	used->sink = sink;
	used->refused = opening && opening->refused;
	used->modified = file->modified;
	used->passed = file->modified ? opening_take_pass(opening) : 0;
	used->file = *file;
	used->boot_ns = weir_now_boottime();
	used->after_ns = WEIR_MIN(p->drained_ns, unseen_since(p));
	used->fd = TAKE_FD(file->fd);
	used->file.fd = -1;
	find_writer(p, opening, file->pid, &used->process);
	if (!pending || submit(p, used) < 0) {
		fail(p, used, "inspect_queue",
		     pending ? "the inspector's queue is full"
			     : "too many files wait for the inspector");
		pending_release(used);
	}
}

void files_look_again(struct weir_pipeline *p, struct weir_watch_file *file)
{
	if (!pending_find(p, file->inode))
		start(p, file, NULL, false);
}

struct pending *files_look_first(struct weir_pipeline *p, struct weir_watch_file *file,
				 const struct weir_process *process)
{
	/* Openings are told of in the middle of a batch of closed files, which have their places. */
	struct pending *pending =
		pending_has_room(p, WEIR_WATCH_BATCH + 1) ? pending_take(p) : NULL;

	if (!pending)
		return NULL;
	pending->again = pending->sink = pending->refused = pending->modified = false;
	pending->opening = pending->awaited = true;
	pending->passed = 0;
	pending->file = *file;
	pending->process = *process;
	pending->boot_ns = pending->after_ns = weir_now_boottime();
	pending->fd = TAKE_FD(file->fd);
	pending->file.fd = -1;
	if (submit(p, pending) == 0)
		return pending;
	count_drop(p, WEIR_COUNT_INSPECT_DROPPED, "inspect_queue", 1);
	pending_release(pending);
	return NULL;
}

bool files_refresh(int fd, struct weir_watch_file *file)
{
	struct weir_watch_file now;

	if (weir_watch_describe(fd, &now) < 0)
		return false;
	file->size = now.size;
	file->ctime_ns = now.ctime_ns;
	return true;
}

void weir_pipeline_modified(struct weir_pipeline *p, const struct weir_watch_file *file)
{
	struct weir_abi_inode inode = file->inode;

	inode.dev = volume_kernel_dev(p, file->mount_id, inode.dev);
	if (volume_by_dev(p, inode.dev))
		opening_get(p, inode)->modified = true;
}

/* No event tells of stores through a mapping or of aio; the times of the file do. A change just before the opening and one after
 * it may look alike, by as much as the file's clock is coarse: then it was changed. */
static bool changed_since(const struct opening *opening, const struct weir_watch_file *file)
{
	if (opening->ctime_ns == 0)
		return false;
	return file->ctime_ns != opening->ctime_ns ||
	       (file->ctime_ns <= opening->opened_ns &&
		opening->opened_ns - file->ctime_ns <= weir_lookback_slack(file->ctime_ns));
}

static bool written_to(const struct weir_pipeline *p, const struct weir_pipeline_volume *volume,
		       const struct opening *opening, const struct weir_watch_file *file)
{
	if (!opening || opening->opened_ns == 0)
		return (opening && opening->modified) || unseen_written(p, volume, file->ctime_ns);
	return opening->modified || changed_since(opening, file);
}

void weir_pipeline_closed(struct weir_pipeline *p, struct weir_watch_file *file)
{
	struct weir_abi_inode seen = file->inode;
	const struct weir_pipeline_volume *volume;
	struct opening *opening;
	struct pending *pending;
	uint64_t scrubbed;
	bool sink;

	if (selftest_saw(p, seen))
		return;
	file->inode.dev = volume_kernel_dev(p, file->mount_id, seen.dev);
	volume = volume_by_dev(p, file->inode.dev);
	sink = volume != NULL;
	if (!sink && !wanted_local(p, file->path))
		return;
	count(p, WEIR_COUNT_FILES_CLOSED, 1);
	opening = sink ? opening_find(p, file->inode) : NULL;
	if (opening && opening->scrub) {
		undo_opening(p, opening, file->fd, &scrubbed);
		opening->scrub = false;
		files_refresh(file->fd, file);
	}
	if (sink)
		file->modified |= written_to(p, volume, opening, file);
	if (opening)
		opening->modified = false;
	pending = pending_find(p, file->inode);
	if (pending) {
		pending->again = true;
		pending->modified |= file->modified;
		pending->refused &= opening && opening->refused;
		if (file->modified)
			pending->passed = opening_take_pass(opening);
		return;
	}
	if (sink && file->size == 0) {
		(void)p->options.kernel.ops->forget_label(p->options.kernel.context, &file->inode);
		return; /* nothing is on the medium */
	}
	start(p, file, opening, sink);
}

/* Only the last state counts: one event for a burst of closes. True: pending is with the inspector
 * again or done with; what was found in the earlier state must not be taken for the later one's. */
static bool inspect_again(struct weir_pipeline *p, struct pending *pending)
{
	if (!pending->again || !files_refresh(pending->fd, &pending->file))
		return false;
	pending->again = false;
	weir_excerpts_free(TAKE_PTR(pending->excerpts));
	pending->generation++;
	if (submit(p, pending) < 0) {
		fail(p, pending, "inspect_queue", "the inspector's queue is full");
		pending_release(pending);
	}
	return true;
}

void files_end(struct weir_pipeline *p)
{
	for (size_t i = 0; i < PENDING_MAX; i++) {
		struct pending *pending = &p->pending[i];

		if (pending->fd < 0)
			continue;
		fail(p, pending, "agent_ended", "the agent ended before the inspection did");
		pending_release(pending);
	}
}

/* Whoever still waits for it does so in vain: what was taken away has no label. */
static void release(struct weir_pipeline *p, struct pending *pending)
{
	first_unjudged(p, pending);
	pending_release(pending);
}

void weir_pipeline_inspected(struct weir_pipeline *p, uint64_t cookie,
			     const struct weir_findings *findings)
{
	struct pending *pending = pending_by_cookie(p, cookie);

	mounts_look(p);
	if (!pending || pending->held)
		return;
	count(p, WEIR_COUNT_FILES_INSPECTED, 1);
	if (findings->status == WEIR_SCAN_ERROR)
		count(p, WEIR_COUNT_FILES_FAILED, 1);
	count(p, WEIR_COUNT_FILES_RECALLED, findings->recalled);
	if (p->options.inspector.ops->take_excerpts)
		pending->excerpts =
			p->options.inspector.ops->take_excerpts(p->options.inspector.context);
	if (inspect_again(p, pending) || finish(p, pending, findings))
		return;
	release(p, pending);
}

void files_next(struct weir_pipeline *p, struct pending *pending)
{
	if (!inspect_again(p, pending))
		release(p, pending);
}
