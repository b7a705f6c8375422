/* SPDX-License-Identifier: Apache-2.0 */
#include "event.h"

#include <string.h>

/* clang-format off */
const char *const weirctl_event_fields[] = {
	"id", "time", "time_ns", "received_time", "agent_uid", "host_name", "spool_epoch", "sequence",
	"alert", "channel", "action", "activity", "rule", "policy_revision", "classes", "cause",
	"hook", "tier", "late", "since", "within_seconds", "within_values", "justification", "process", "file",
	"device", "destination", "counts", "findings", "scan_status", "scan_reason", "bytes", "suppressed",
	"scrubbed_bytes", "quarantine_id", "evidence_sha256", "message_zh", "message_en", "unreadable",
	NULL,
};
/* clang-format on */

const char *weirctl_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

int weirctl_scalar(const json_t *value, struct weir_buf *buf)
{
	if (json_is_string(value))
		return weir_buf_puts(buf, json_string_value(value));
	if (json_is_integer(value))
		return weir_buf_printf(buf, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	if (json_is_boolean(value))
		return weir_buf_puts(buf, json_is_true(value) ? "yes" : "no");
	return weir_buf_puts(buf, "");
}

int weirctl_event_actor(const json_t *event, struct weir_buf *buf)
{
	const json_t *process = json_object_get(event, "process");
	const char *user = weirctl_text(process, "user_name");
	int r;

	if (!process)
		return weir_buf_puts(buf, "");
	r = *user ? weir_buf_puts(buf, user) : weirctl_scalar(json_object_get(process, "uid"), buf);
	return r < 0 ? r : weir_buf_printf(buf, "/%s", weirctl_text(process, "name"));
}

int weirctl_event_target(const json_t *event, struct weir_buf *buf)
{
	const json_t *destination = json_object_get(event, "destination");
	const char *ip = weirctl_text(destination, "ip");
	int r;

	if (!destination)
		return weir_buf_puts(buf, weirctl_text(json_object_get(event, "file"), "path"));
	r = weir_buf_printf(buf, strchr(ip, ':') ? "[%s]:" : "%s:", ip);
	return r < 0 ? r : weirctl_scalar(json_object_get(destination, "port"), buf);
}

int weirctl_event_counts(const json_t *event, struct weir_buf *buf)
{
	const json_t *counts = json_object_get(event, "counts");
	int r = weir_buf_puts(buf, "");

	for (size_t i = 0; r == 0 && i < json_array_size(counts); i++) {
		const json_t *count = json_array_get(counts, i);
		json_int_t distinct = json_integer_value(json_object_get(count, "distinct"));

		if (distinct == 0)
			distinct = json_integer_value(json_object_get(count, "total"));
		r = weir_buf_printf(buf, "%s%s:%" JSON_INTEGER_FORMAT, i ? "," : "",
				    weirctl_text(count, "detector"), distinct);
	}
	return r;
}
