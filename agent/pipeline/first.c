/* SPDX-License-Identifier: Apache-2.0 */
/* Openings that wait at the gate until their file was looked at: which folders, the asking of the inspector before all others, the
 * answer. What is found goes the way of a file that was closed; here is only who waits for it. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

#define ROWS_MAX WEIR_GATE_FOLDERS_MAX

/* What the agent leaves alone comes first. Removable volumes and shares are another matter, wherever they are mounted. */
static size_t rows_of(struct weir_pipeline *p, struct weir_gate_folder rows[static ROWS_MAX])
{
	const struct weir_first_open *row;
	size_t n = 0;

	for (size_t i = 0; i < p->options.n_exclude && n < ROWS_MAX - WEIR_FIRST_OPEN_MAX; i++)
		rows[n++] = (struct weir_gate_folder){.path = p->options.exclude[i]};
	p->first_skipped = n;
	for (unsigned i = 0; (row = weir_policy_first_open(p->policy, i)); i++)
		rows[n++] = (struct weir_gate_folder){
			.path = row->folder, .budget_ms = row->budget_ms, .closed = row->closed};
	return n;
}

bool first_wanted(const struct weir_pipeline *p)
{
	return p->policy && weir_policy_first_open(p->policy, 0);
}

void first_apply(struct weir_pipeline *p)
{
	struct weir_gate_folder rows[ROWS_MAX];
	size_t n = first_wanted(p) ? rows_of(p, rows) : 0;
	int r;

	if (!p->gate || (n == 0 && !p->first_open))
		return;
	r = weir_gate_set_folders(p->gate, rows, n, ++p->first_edition);
	if (r < 0)
		weir_log_warning(p->options.log, r, "first openings do not wait");
	p->first_open = n > 0;
}

/* A folder that was not there, or whose file system was mounted anew. */
void first_mark(struct weir_pipeline *p)
{
	if (p->gate && p->first_open)
		(void)weir_gate_mark_folders(p->gate);
}

static struct ask *free_ask(struct weir_pipeline *p)
{
	for (size_t i = 0; i < ASKS; i++)
		if (!p->asks[i].pending)
			return &p->asks[i];
	return NULL;
}

static void answer(struct weir_pipeline *p, const struct ask *ask,
		   const struct weir_abi_label *label, bool failed)
{
	bool dirty = label && !(label->flags & WEIR_ABI_LABEL_CLEAN);
	struct weir_gate_answer_to to = {.wait = ask->wait,
					 .failed = failed,
					 .distinct = dirty ? label->distinct : NULL,
					 .source = ask->inode,
					 .pid = ask->process.pid,
					 .start_boot_ns = ask->process.start_boot_ns};
	int r = 0;

	/* The kernel looked at the opening before it waited, when there was no label yet. */
	if (dirty && !p->gate_guards)
		r = p->options.kernel.ops->taint(p->options.kernel.context, ask->process.pid,
						 ask->process.start_boot_ns, &ask->inode, label);
	if (r < 0 && r != -ESRCH && r != -ENOENT)
		count_drop(p, WEIR_COUNT_LABELS_REFUSED, "labels_refused", 1);
	if (p->gate)
		weir_gate_answer(p->gate, &to);
}

static void answer_all(struct weir_pipeline *p, const struct pending *pending,
		       const struct weir_abi_label *label, bool failed)
{
	for (size_t i = 0; i < ASKS; i++) {
		if (p->asks[i].pending != pending)
			continue;
		answer(p, &p->asks[i], label, failed);
		p->asks[i].pending = NULL;
	}
}

void first_judged(struct weir_pipeline *p, const struct pending *pending,
		  const struct weir_abi_label *label)
{
	if (p->gate && p->first_open && weir_gate_awaits(p->gate, pending->file.path))
		weir_gate_set_known(p->gate, pending->fd, pending->file.size,
				    pending->file.ctime_ns);
	answer_all(p, pending, label, false);
}

void first_unjudged(struct weir_pipeline *p, const struct pending *pending)
{
	answer_all(p, pending, NULL, true);
}

/* The kernel may know it from before this agent. */
static bool known_to_kernel(struct weir_pipeline *p, const struct weir_watch_file *file,
			    struct weir_abi_label *ret)
{
	const struct weir_kernel_port *kernel = &p->options.kernel;

	if (p->gate_guards || kernel->ops->get_label(kernel->context, &file->inode, ret) < 0)
		return false;
	return !(ret->flags & WEIR_ABI_LABEL_CLEAN) ||
	       (ret->size == file->size && ret->ctime_ns == file->ctime_ns);
}

/* What is being looked at may be no more what is opened: its close may still be in the kernel's queue, or to come. */
static void join(struct weir_pipeline *p, const struct weir_watch_file *file,
		 struct pending *pending)
{
	pending->again |=
		file->size != pending->file.size || file->ctime_ns != pending->file.ctime_ns;
	pending->awaited = true;
	p->options.inspector.ops->hurry(p->options.inspector.context, pending_cookie(p, pending));
}

static void look(struct weir_pipeline *p, struct weir_watch_file *file, struct ask *ask)
{
	struct pending *pending = pending_find(p, file->inode);

	if (pending &&
	    pending->held) /* it is being taken away, or what was found is being sealed */
		pending = NULL;
	else if (!pending)
		pending = files_look_first(p, file, &ask->process);
	else
		join(p, file, pending);
	if (pending)
		ask->pending = pending;
	else
		answer(p, ask, NULL, true);
}

static void asked(struct weir_pipeline *p, struct weir_watch_file *file, struct ask *ask)
{
	struct weir_abi_label label;

	ask->inode = file->inode; /* as the gate has it */
	file->inode.dev = volume_kernel_dev(p, file->mount_id, file->inode.dev);
	if (!p->gate_guards)
		ask->inode = file->inode;
	if (volume_by_dev(p, file->inode.dev)) {
		answer(p, ask, NULL, false);
	} else if (known_to_kernel(p, file, &label)) {
		if (p->gate)
			weir_gate_set_known(p->gate, file->fd, file->size, file->ctime_ns);
		answer(p, ask, &label, false);
	} else {
		look(p, file, ask);
	}
}

void first_asked(struct weir_pipeline *p, const struct weir_gate_record *record)
{
	struct ask *ask = free_ask(p), spare = {0};
	struct weir_watch_file file;
	int fd _cleanup_(weir_closep) = record->fd;

	count(p, WEIR_COUNT_FIRST_ASKED, 1);
	ask = ask ? ask : &spare;
	*ask = (struct ask){.wait = record->wait, .process = record->process};
	if (ask == &spare || weir_watch_describe(fd, &file) < 0) {
		answer(p, ask, NULL, true);
		return;
	}
	file.fd = TAKE_FD(fd);
	file.pid = record->process.pid;
	file.modified = false;
	asked(p, &file, ask);
	weir_close(file.fd);
}

/* It is nobody's verdict: what the rule says for the time when there is none. */
void first_unjudged_record(struct weir_pipeline *p, const struct weir_gate_record *record)
{
	struct emission emission = {
		.event = {.boot_ns = record->boot_ns,
			  .time_ns = weir_now_realtime() - (weir_now_boottime() - record->boot_ns),
			  .activity = WEIR_ACTIVITY_OPEN,
			  .channel = WEIR_ABI_CHANNEL_FILE,
			  .action = record->refused ? WEIR_ABI_ACTION_BLOCK : WEIR_ABI_ACTION_AUDIT,
			  .cause = record->cause,
			  .hook = WEIR_ABI_HOOK_FANOTIFY_OPEN,
			  .tier = p->options.kernel.ops->file_tier(p->options.kernel.context),
			  .process = record->process,
			  .target = record->target},
		.verdict = {.action = record->refused ? WEIR_ACTION_BLOCK : WEIR_ACTION_AUDIT,
			    .rule = "",
			    .message_zh = "",
			    .message_en = "",
			    .grant = "",
			    .refused = record->refused,
			    .alert = record->refused}};
	const struct weir_first_open *row = NULL;

	count(p, WEIR_COUNT_FIRST_UNJUDGED, 1);
	(void)snprintf(emission.event.path, sizeof(emission.event.path), "%s", record->path);
	if (record->edition == p->first_edition && record->folder >= p->first_skipped)
		row = weir_policy_first_open(p->policy,
					     (unsigned)(record->folder - p->first_skipped));
	if (row) {
		emission.verdict.rule = row->rule;
		emission.verdict.message_zh = row->message_zh;
		emission.verdict.message_en = row->message_en;
	}
	if (emit(p, &emission) < 0)
		count_drop(p, WEIR_COUNT_REPORT_FAILED, "report_failed", 1);
}
