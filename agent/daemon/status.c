/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/base/time.h"
#include "weir/base/utf8.h"
#include "weir/daemon/answers.h"
#include "weir/event/decode.h"

static json_t *time_text(uint64_t realtime_ns)
{
	char text[WEIR_TIME_TEXT];

	weir_time_format(realtime_ns, text);
	return json_string(text);
}

/* Mount points are named by the label of a stick: any bytes. */
static json_t *path_json(const char *path)
{
	char text[3 * WEIR_EVENT_PATH_MAX];

	weir_utf8_clean(path, text, sizeof(text));
	return json_string(text);
}

static json_t *volume_json(const struct weir_pipeline_volume *volume)
{
	const struct weir_device *device = &volume->device;

	return json_pack("{s:o, s:s, s:i, s:b, s:b, s:b, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
			 "mount_point", path_json(device->mount_point), "channel",
			 weir_event_channel_name(volume->channel), "profile", (int)volume->profile,
			 "watched", volume->watched, "gated", volume->gated, "in_kernel",
			 volume->in_kernel, "error", volume->error, "bus", device->bus, "vendor_id",
			 device->vendor_id, "product_id", device->product_id, "vendor",
			 device->vendor, "product", device->product, "serial_number",
			 device->serial_number, "filesystem", device->filesystem);
}

static json_t *volumes_json(const struct weir_pipeline_status *status)
{
	json_t *volumes = json_array();

	for (size_t i = 0; i < status->n_volumes; i++)
		if (weir_pipeline_volume_is_there(&status->volumes[i]))
			json_array_append_new(volumes, volume_json(&status->volumes[i]));
	return volumes;
}

static json_t *counts_json(const struct weir_pipeline_status *status)
{
	json_t *counts = json_object();

	for (int i = 0; i < _WEIR_PIPELINE_COUNT_MAX; i++)
		json_object_set_new(counts, weir_pipeline_count_name(i),
				    json_integer((json_int_t)status->counts[i]));
	return counts;
}

static json_t *kernel_counts_json(const struct weir_pipeline_status *status)
{
	static const char *const names[_WEIR_ABI_COUNT_MAX] = {
		[WEIR_ABI_COUNT_DROP_VERDICT] = "drop_verdict",
		[WEIR_ABI_COUNT_DROP_OPENING] = "drop_opening",
		[WEIR_ABI_COUNT_NO_FLOW] = "no_flow",
		[WEIR_ABI_COUNT_NO_SLOT] = "no_slot",
		[WEIR_ABI_COUNT_NO_PROC] = "no_proc",
		[WEIR_ABI_COUNT_NO_VOLUME] = "no_volume",
		[WEIR_ABI_COUNT_UNREADABLE] = "unreadable",
		[WEIR_ABI_COUNT_TOO_LONG] = "too_long",
		[WEIR_ABI_COUNT_OPAQUE] = "opaque",
		[WEIR_ABI_COUNT_DENIED] = "denied",
		[WEIR_ABI_COUNT_SCANNED_CALLS] = "scanned_calls",
		[WEIR_ABI_COUNT_SCANNED_BYTES] = "scanned_bytes",
		[WEIR_ABI_COUNT_SLOW_BLOCKS] = "slow_blocks",
		[WEIR_ABI_COUNT_DETOURED] = "detoured",
		[WEIR_ABI_COUNT_LATE_LOOKS] = "late_looks",
	};
	json_t *counts = json_object();

	for (size_t i = 0; i < _WEIR_ABI_COUNT_MAX; i++)
		if (names[i])
			json_object_set_new(counts, names[i],
					    json_integer((json_int_t)status->kernel_counts[i]));
	return counts;
}

static json_t *policy_json(const struct weir_answer_facts *facts)
{
	static const char *const origins[] = {[WEIR_POLICY_FROM_FILE] = "file",
					      [WEIR_POLICY_LAST_GOOD] = "last-good",
					      [WEIR_POLICY_EMPTY] = "empty",
					      [WEIR_POLICY_SIGNED] = "signed"};

	return json_pack(
		"{s:s, s:I, s:s, s:s, s:o, s:b, s:s}", "name", weir_policy_name(facts->policy),
		"revision", (json_int_t)weir_policy_revision(facts->policy), "origin",
		origins[facts->policy_origin], "error", facts->policy_error, "expires",
		facts->policy_expires_s > 0 ? time_text(facts->policy_expires_s * WEIR_NSEC_PER_SEC)
					    : json_null(),
		"expired", facts->policy_expired, "refused", facts->policy_refused);
}

static json_t *labels_json(const struct weir_pipeline_status *status)
{
	const struct weir_labels_health *labels = &status->labels;

	return json_pack("{s:i, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "error",
			 status->labels_error, "begun_anew", labels->anew, "kept",
			 (json_int_t)labels->kept, "restored", (json_int_t)labels->restored,
			 "changed", (json_int_t)labels->changed, "gone", (json_int_t)labels->gone,
			 "damaged", (json_int_t)labels->damaged, "evicted",
			 (json_int_t)labels->evicted, "not_keepable", (json_int_t)labels->homeless,
			 "failed", (json_int_t)labels->failed);
}

static json_t *first_open_json(const struct weir_gate_health *gate)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:i}", "waited", (json_int_t)gate->asked,
			 "judged", (json_int_t)gate->judged, "late", (json_int_t)gate->late,
			 "no_room", (json_int_t)gate->full, "let_by", (json_int_t)gate->let_by,
			 "known", (json_int_t)gate->known, "unmarked", gate->unmarked);
}

json_t *weir_answer_status(const struct weir_answer_facts *facts)
{
	const struct weir_pipeline_status *status = facts->status;
	const struct weir_gate_health *gate = &status->gate;

	return json_pack(
		"{s:i, s:s, s:s, s:i, s:o, s:o, s:{s:s, s:s, s:s}, s:o, s:o, s:o, s:o, s:o, s:I, "
		"s:o, "
		"s:{s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:I}, s:{s:I, s:I}}",
		"schema", 1, "version", WEIR_VERSION, "agent_uid", facts->agent_uid, "pid",
		(int)facts->pid, "started", time_text(facts->started_ns), "policy",
		policy_json(facts), "tier", "file", weir_event_tier_name(status->file_tier),
		"network", weir_event_tier_name(status->net_tier), "device",
		weir_event_tier_name(status->device_tier), "devices", weir_answer_devices(facts),
		"volumes", volumes_json(status), "counts", counts_json(status), "kernel_counts",
		kernel_counts_json(status), "kept_labels", labels_json(status), "pending",
		(json_int_t)status->pending, "first_open", first_open_json(gate), "gate", "running",
		gate->running, "opened_by_deadman", gate->opened, "decided",
		(json_int_t)gate->decided, "refused", (json_int_t)gate->refused, "dropped",
		(json_int_t)gate->dropped, "labels_evicted", (json_int_t)gate->evicted, "labels",
		(json_int_t)gate->labels, "longest_ns", (json_int_t)gate->longest_ns, "spool",
		"epoch", (json_int_t)(facts->spool_epoch & INT64_MAX), "next_sequence",
		(json_int_t)facts->spool_next);
}
