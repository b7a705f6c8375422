/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel programs and the gate have decided already: joined with the device and the
 * policy's words, what landed before the verdict undone, reported. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "weir/action/abort.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/event/decode.h"

static uint64_t realtime_offset(void)
{
	return weir_now_realtime() - weir_now_boottime();
}

/* The record's path starts at the volume's root. */
static void join_path(struct weir_pipeline *p, struct weir_event *event,
		      const struct weir_pipeline_volume *volume)
{
	const struct weir_mount *mount = weir_mounts_by_dev(p->mounts, event->target.dev);
	const char *point = volume ? volume->device.mount_point : mount ? mount->point : NULL;
	const char *slash = event->path[0] == '/' ? "" : "/";
	char path[WEIR_EVENT_PATH_MAX];

	if (!point || event->path[0] == '\0')
		return;
	if (strcmp(point, "/") == 0)
		point = "";
	if (snprintf(path, sizeof(path), "%s%s%s", point, slash, event->path) < (int)sizeof(path))
		memcpy(event->path, path, sizeof(path));
}

/* The file that the record speaks of, if its name still leads to it; -1 otherwise: then its close
 * does. */
static int open_target(struct weir_pipeline *p, const struct weir_event *event)
{
	int fd _cleanup_(weir_closep) = -1;
	struct weir_watch_file file;

	if (event->path[0] != '/')
		return -1;
	fd = open(event->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || weir_watch_describe(fd, &file) < 0 || file.inode.ino != event->target.ino ||
	    volume_kernel_dev(p, file.mount_id, file.inode.dev) != event->target.dev)
		return -1;
	return TAKE_FD(fd);
}

static void note_opening(struct weir_pipeline *p, const struct weir_event *event)
{
	struct opening *opening = opening_get(p, event->target);

	*opening = (struct opening){.inode = event->target,
				    .used_ns = weir_now_monotonic(),
				    .hook = event->hook,
				    .refused = weir_event_refused(event),
				    .modified = opening->modified,
				    .opened_ns = event->time_ns,
				    .ctime_ns = event->ctime_ns,
				    .process = event->process};
}

/* The kernel or the gate let it by for a reason that was given: its close must not undo that. */
static void note_pass(struct weir_pipeline *p, struct emission *emission)
{
	const struct weir_event *event = &emission->event;
	uint64_t passed = pass_noted(p, emission);

	if (event->channel != WEIR_ABI_CHANNEL_NETWORK && !device_is_node(event))
		opening_get(p, event->target)->passed = passed;
}

/* An opening from before this agent started: its close was seen by nobody. Looked at now; what it
 * holds is told, but not undone, since the kernel judged the writes. */
static void look_again(struct weir_pipeline *p, const struct weir_event *event)
{
	struct weir_watch_file file;
	int fd = event->boot_ns < p->started_boot_ns ? open_target(p, event) : -1;

	if (fd < 0)
		return;
	if (weir_watch_describe(fd, &file) < 0) {
		weir_close(fd);
		return;
	}
	file.fd = fd;
	file.pid = event->process.pid;
	weir_pipeline_closed(p, &file);
	weir_close(file.fd);
}

static void undo(struct weir_pipeline *p, struct emission *emission)
{
	const struct weir_event *event = &emission->event;
	struct opening *opening = opening_get(p, event->target);
	int fd _cleanup_(weir_closep) = -1;

	if (opening->process.pid == 0)
		opening->process = event->process;
	opening->refused = true;
	if (event->landed_end <= event->landed_start)
		return;
	if (opening->scrub) {
		opening->landed_start = WEIR_MIN(opening->landed_start, event->landed_start);
		opening->landed_end = WEIR_MAX(opening->landed_end, event->landed_end);
	} else {
		opening->landed_start = event->landed_start;
		opening->landed_end = event->landed_end;
	}
	opening->scrub = true;
	fd = open_target(p, event);
	if (fd >= 0)
		undo_opening(p, opening, fd, &emission->scrubbed);
}

/* Dropped packets are sent again for minutes; the owner is to see an error now. That the connection
 * is gone already, or never was one, is no failure. */
static void end_connection(struct weir_pipeline *p, const struct weir_event *event)
{
	int r;

	if (event->hook != WEIR_ABI_HOOK_CGROUP_EGRESS || !weir_event_refused(event))
		return;
	r = weir_abort_connection(&event->local, &event->remote, event->process.pid);
	if (r < 0 && r != -ENOENT && r != -EPROTONOSUPPORT)
		weir_log_warning(p->options.log, r,
				 "cannot end a connection whose packets are refused");
}

/* No policy has a say in what is the agent's own. */
static int emit_own(struct weir_pipeline *p, struct emission *emission, bool alert)
{
	const struct weir_event *event = &emission->event;

	emission->verdict = (struct weir_verdict){
		.action = event->action == WEIR_ABI_ACTION_BLOCK ? WEIR_ACTION_BLOCK
								 : WEIR_ACTION_AUDIT,
		.rule = "",
		.message_zh = "",
		.message_en = event->activity == WEIR_ACTIVITY_UNLOCK ||
					      event->activity == WEIR_ACTIVITY_AWAY
				      ? event->path
				      : "",
		.grant = "",
		.alert = alert};
	join_path(p, &emission->event, NULL);
	return emit(p, emission);
}

static struct emission own_emission(const struct weir_pipeline *p, enum weir_activity activity,
				    const char *text)
{
	struct emission emission = {
		.event = {.boot_ns = weir_now_boottime(),
			  .time_ns = weir_now_realtime(),
			  .activity = activity,
			  .channel = WEIR_ABI_CHANNEL_AGENT,
			  .action = WEIR_ABI_ACTION_AUDIT,
			  .cause = WEIR_ABI_CAUSE_GUARD,
			  .tier = p->options.kernel.ops->file_tier(p->options.kernel.context),
			  .process = {.pid = (uint32_t)getpid(), .login_uid = (uint32_t)-1}}};

	(void)snprintf(emission.event.path, sizeof(emission.event.path), "%s", text);
	return emission;
}

int weir_pipeline_guard_event(struct weir_pipeline *p, enum weir_activity activity,
			      const char *text)
{
	struct emission emission = own_emission(p, activity, text);

	return emit_own(p, &emission, true);
}

int weir_pipeline_away_event(struct weir_pipeline *p, uint64_t since_boot_ns, bool orderly,
			     const char *text)
{
	struct emission emission = own_emission(p, WEIR_ACTIVITY_AWAY, text);
	struct weir_event *event = &emission.event;
	bool enforced = event->tier == WEIR_ABI_TIER_LSM || event->tier == WEIR_ABI_TIER_FMOD_RET;

	event->since_ns = event->time_ns - (event->boot_ns - since_boot_ns);
	return emit_own(p, &emission, !(orderly && enforced));
}

static int on_event(struct weir_pipeline *p, const void *data, size_t len, int type)
{
	struct emission emission = {0};
	struct weir_event *event = &emission.event;

	if (weir_event_decode(data, len, realtime_offset(), event) < 0) {
		count_drop(p, WEIR_COUNT_RECORDS_BAD, "records_bad", 1);
		return 0;
	}
	if (event->selftest)
		return 0;
	if (event->channel == WEIR_ABI_CHANNEL_AGENT)
		return emit_own(p, &emission, true);
	if (event->channel != WEIR_ABI_CHANNEL_NETWORK) {
		device_locate(p, &emission);
		if (!device_is_node(event))
			join_path(p, event, emission.volume);
	}
	if (type == WEIR_ABI_REC_SINK_OPEN) {
		note_opening(p, event);
		if (!weir_event_refused(event)) {
			look_again(p, event);
			return 0;
		}
	} else if (event->channel != WEIR_ABI_CHANNEL_NETWORK && !device_is_node(event) &&
		   event->cause != WEIR_ABI_CAUSE_DEVICE && weir_event_refused(event)) {
		undo(p, &emission);
	}
	if (event->passed)
		note_pass(p, &emission);
	end_connection(p, event);
	emission.verdict = decide(p, &emission);
	/* The kernel acted: what it refused is for a person's eyes whatever a newer policy would
	 * say. */
	if (event->action >= WEIR_ABI_ACTION_BLOCK)
		emission.verdict.alert = true;
	return emit(p, &emission);
}

static int on_volume(struct weir_pipeline *p, const void *data, size_t len)
{
	enum weir_abi_channel channel;
	uint32_t dev, pid;

	if (weir_event_decode_volume(data, len, &dev, &pid, &channel) < 0) {
		count_drop(p, WEIR_COUNT_RECORDS_BAD, "records_bad", 1);
		return 0;
	}
	weir_pipeline_mounts_changed(p);
	volume_seen(p, dev, pid);
	return 0;
}

int weir_pipeline_record(struct weir_pipeline *p, const void *data, size_t len)
{
	int type = weir_event_record_type(data, len);

	count(p, WEIR_COUNT_RECORDS, 1);
	switch (type) {
	case WEIR_ABI_REC_VERDICT:
	case WEIR_ABI_REC_SINK_OPEN:
		return on_event(p, data, len, type);
	case WEIR_ABI_REC_VOLUME:
		return on_volume(p, data, len);
	default:
		count_drop(p, WEIR_COUNT_RECORDS_BAD, "records_bad", 1);
		return 0;
	}
}

static void gate_event(struct weir_pipeline *p, const struct weir_gate_record *record,
		       struct weir_event *event)
{
	struct weir_abi_inode target = record->at_source ? record->held : record->target;

	target.dev = volume_kernel_dev(p, 0, target.dev);
	*event = (struct weir_event){
		.boot_ns = record->boot_ns,
		.time_ns = record->boot_ns + realtime_offset(),
		.activity = WEIR_ACTIVITY_OPEN,
		.channel = record->channel,
		.action = record->kind == WEIR_GATE_SINK_OPEN ? WEIR_ABI_ACTION_AUDIT
			  : record->warned		      ? WEIR_ABI_ACTION_WARN
							      : WEIR_ABI_ACTION_BLOCK,
		.passed = record->kind == WEIR_GATE_PASSED,
		.cause = record->cause,
		.hook = WEIR_ABI_HOOK_FANOTIFY_OPEN,
		.tier = p->options.kernel.ops->file_tier(p->options.kernel.context),
		.profile = record->profile,
		.process = record->process,
		.target = target,
		.ctime_ns = record->ctime_ns,
		.label = record->label,
	};
	memcpy(event->labelled, record->labelled, sizeof(event->labelled));
	(void)snprintf(event->path, sizeof(event->path), "%s", record->path);
}

void weir_pipeline_gate_record(struct weir_pipeline *p, const struct weir_gate_record *record)
{
	struct emission emission = {0};

	if (record->kind == WEIR_GATE_ASKED) {
		first_asked(p, record);
		return;
	}
	if (record->kind == WEIR_GATE_UNJUDGED) {
		first_unjudged_record(p, record);
		return;
	}
	gate_event(p, record, &emission.event);
	note_opening(p, &emission.event);
	if (record->kind == WEIR_GATE_SINK_OPEN)
		return;
	device_locate(p, &emission);
	if (record->kind == WEIR_GATE_PASSED)
		note_pass(p, &emission);
	emission.verdict = decide(p, &emission);
	emission.verdict.alert = true;
	if (emit(p, &emission) < 0)
		count_drop(p, WEIR_COUNT_REPORT_FAILED, "report_failed", 1);
}
