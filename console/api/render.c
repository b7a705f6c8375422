/* SPDX-License-Identifier: Apache-2.0 */
/* From rows to JSON. Every text in a stored event was checked to be UTF-8 when it came in. */

#include "render.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "query.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/base/uid.h"
#include "weir/console_triage/id.h"
#include "weir/proto/enums.h"
#include "weir/proto/wire.h"
#include "weir/v1/event.pb-c.h"

#define HASH_LEN 32 /* SHA-256 */

static void json_decrefp_(json_t **json)
{
	json_decref(*json);
}

/* The setters skip what could not be made; one check of the whole follows in dump(). */
static void put(json_t *object, const char *name, json_t *value)
{
	(void)json_object_set_new(object, name, value);
}

static void put_text(json_t *object, const char *name, const char *text)
{
	put(object, name, json_string(text));
}

/* Left out when empty: most events have few of these. */
static void put_some(json_t *object, const char *name, const char *text)
{
	if (text[0])
		put_text(object, name, text);
}

static void put_number(json_t *object, const char *name, uint64_t number)
{
	put(object, name, json_integer((json_int_t)WEIR_MIN(number, (uint64_t)INT64_MAX)));
}

static void put_mark(json_t *object, const char *name, uint64_t mark)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, mark);
	put_text(object, name, text);
}

static void put_time(json_t *object, const char *name, uint64_t ns)
{
	char text[WEIR_TIME_TEXT];

	weir_time_format(ns, text);
	put_text(object, name, text);
}

static void put_uid(json_t *object, const char *name, const uint8_t uid[static WEIR_STORE_UID_LEN])
{
	char text[WEIR_UID_TEXT];

	weir_uid_format(uid, text);
	put_text(object, name, text);
}

/* Left out when there is none. */
static void put_hash(json_t *object, const char *name, const ProtobufCBinaryData *hash)
{
	char text[2 * HASH_LEN + 1];

	if (hash->len != HASH_LEN)
		return;
	weir_hex(hash->data, HASH_LEN, text);
	put_text(object, name, text);
}

static void put_enum(json_t *object, const char *name, const ProtobufCEnumDescriptor *type,
		     int value)
{
	char text[WEIR_ENUM_TEXT];

	weir_enum_format(type, value, text);
	put_text(object, name, text);
}

static int dump_chunk(const char *data, size_t len, void *context)
{
	return weir_buf_append(context, data, len) < 0 ? -1 : 0;
}

static int dump(const json_t *json, struct weir_buf *buf)
{
	size_t start = buf->len;

	if (!json)
		return -ENOMEM;
	if (json_dump_callback(json, dump_chunk, buf, JSON_COMPACT) < 0) {
		buf->len = start;
		return -ENOBUFS;
	}
	return 0;
}

static json_t *make_process(const Weir__V1__Process *process)
{
	json_t *object = json_object();

	put_number(object, "pid", process->pid);
	put_mark(object, "start_time_ns", process->start_time_ns);
	put_number(object, "parent_pid", process->parent_pid);
	put_text(object, "name", process->name);
	put_text(object, "executable", process->executable);
	put_number(object, "uid", process->uid);
	put_number(object, "gid", process->gid);
	put_number(object, "login_uid", process->login_uid);
	put_text(object, "user_name", process->user_name);
	return object;
}

static json_t *make_file(const Weir__V1__File *file)
{
	json_t *object = json_object();

	put_text(object, "path", file->path);
	put_number(object, "size", file->size);
	put_number(object, "device_major", file->device_major);
	put_number(object, "device_minor", file->device_minor);
	put_mark(object, "inode", file->inode);
	put_some(object, "type", file->type);
	return object;
}

static json_t *make_device(const Weir__V1__Device *device)
{
	json_t *object = json_object();

	put_text(object, "bus", device->bus);
	put_some(object, "vendor_id", device->vendor_id);
	put_some(object, "product_id", device->product_id);
	put_some(object, "vendor", device->vendor);
	put_some(object, "product", device->product);
	put_some(object, "serial_number", device->serial_number);
	put_some(object, "filesystem", device->filesystem);
	put_some(object, "mount_point", device->mount_point);
	return object;
}

static json_t *make_endpoint(const Weir__V1__Endpoint *endpoint)
{
	json_t *object = json_object();

	put_text(object, "ip", endpoint->ip);
	put_number(object, "port", endpoint->port);
	put_text(object, "protocol", endpoint->protocol);
	return object;
}

static json_t *make_counts(const Weir__V1__Event *event)
{
	json_t *array = json_array();

	for (size_t i = 0; i < event->n_counts; i++) {
		json_t *object = json_object();

		put_text(object, "detector", event->counts[i]->detector);
		put_number(object, "distinct", event->counts[i]->distinct);
		put_number(object, "total", event->counts[i]->total);
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *make_findings(const Weir__V1__Event *event)
{
	json_t *array = json_array();

	for (size_t i = 0; i < event->n_findings; i++) {
		json_t *object = json_object();

		put_text(object, "detector", event->findings[i]->detector);
		put_number(object, "confidence", event->findings[i]->confidence);
		put_number(object, "offset", event->findings[i]->offset);
		put_number(object, "length", event->findings[i]->length);
		put_text(object, "masked", event->findings[i]->masked);
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *make_classes(const Weir__V1__Event *event)
{
	json_t *array = json_array();

	for (size_t i = 0; i < event->n_classes; i++)
		json_array_append_new(array, json_string(event->classes[i]));
	return array;
}

static json_t *make_justification(const Weir__V1__Justification *justification)
{
	json_t *object = json_object();

	put_number(object, "refusal", justification->refusal);
	put_time(object, "time", justification->time_ns);
	put_number(object, "uid", justification->uid);
	put_text(object, "reason", justification->reason);
	return object;
}

/* What was decided and why. */
static void put_decision(json_t *object, const Weir__V1__Event *event)
{
	put_enum(object, "channel", &weir__v1__channel__descriptor, event->channel);
	put_enum(object, "action", &weir__v1__action__descriptor, event->action);
	put_text(object, "activity", event->activity);
	put_text(object, "rule", event->rule);
	put_number(object, "policy_revision", event->policy_revision);
	put(object, "classes", make_classes(event));
	put_text(object, "cause", event->cause);
	put_text(object, "hook", event->hook);
	put_enum(object, "tier", &weir__v1__tier__descriptor, event->tier);
	put(object, "late", json_boolean(event->late));
	if (event->since_ns)
		put_time(object, "since", event->since_ns);
	if (event->within_seconds) {
		put_number(object, "within_seconds", event->within_seconds);
		put_number(object, "within_values", event->within_values);
	}
	if (event->justification)
		put(object, "justification", make_justification(event->justification));
}

static void put_subject(json_t *object, const Weir__V1__Event *event)
{
	if (event->process)
		put(object, "process", make_process(event->process));
	if (event->file)
		put(object, "file", make_file(event->file));
	if (event->device)
		put(object, "device", make_device(event->device));
	if (event->destination)
		put(object, "destination", make_endpoint(event->destination));
}

static void put_content(json_t *object, const Weir__V1__Event *event)
{
	put(object, "counts", make_counts(event));
	put(object, "findings", make_findings(event));
	put_enum(object, "scan_status", &weir__v1__scan_status__descriptor, event->scan_status);
	put_some(object, "scan_reason", event->scan_reason);
	put_number(object, "bytes", event->bytes);
	put_number(object, "suppressed", event->suppressed);
	if (event->kernel_sequence)
		put_mark(object, "kernel_sequence", event->kernel_sequence);
	put_number(object, "scrubbed_bytes", event->scrubbed_bytes);
	put_text(object, "quarantine_id", event->quarantine_id);
	put_hash(object, "evidence_sha256", &event->evidence_sha256);
	put_some(object, "message_zh", event->message_zh);
	put_some(object, "message_en", event->message_en);
}

static void put_row(json_t *object, const struct weir_store_event *row)
{
	char id[WEIR_ID_TEXT];

	weir_id_format(WEIR_ID_EVENT, row->id, id);
	put_text(object, "id", id);
	put_uid(object, "agent_uid", row->agent_uid);
	put_text(object, "host_name", row->host);
	put_mark(object, "spool_epoch", row->epoch);
	put_number(object, "sequence", row->sequence);
	put(object, "alert", json_boolean(row->alert));
	put_time(object, "received_time", row->received_ns);
}

int weir_api_render_event(const struct weir_store_event *row, struct weir_buf *buf)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	json_t *object _cleanup_(json_decrefp_) = NULL;
	const Weir__V1__Event *event;
	int r;

	r = weir_wire_unpack(&weir__v1__event__descriptor, row->blob, row->len, &wire);
	if (r == -ENOMEM)
		return r;
	object = json_object();
	put_row(object, row);
	if (r < 0) {
		put(object, "unreadable", json_true());
		return dump(object, buf);
	}
	event = weir_wire_message(wire);
	put_time(object, "time", event->time_ns);
	put_mark(object, "time_ns", event->time_ns);
	put_decision(object, event);
	put_subject(object, event);
	put_content(object, event);
	return dump(object, buf);
}

int weir_api_render_agent(const struct weir_store_agent *agent, struct weir_buf *buf)
{
	json_t *object _cleanup_(json_decrefp_) = json_object();
	json_t *dropped = json_array();

	put_uid(object, "agent_uid", agent->uid);
	put_text(object, "host_name", agent->host);
	put_text(object, "agent_version", agent->version);
	put_time(object, "first_seen", agent->first_seen_ns);
	put_time(object, "last_seen", agent->last_seen_ns);
	put_mark(object, "spool_epoch", agent->epoch);
	put_number(object, "committed_sequence", agent->committed);
	put_number(object, "events", agent->n_events);
	put_number(object, "rejects", agent->n_rejects);
	for (size_t i = 0; i < agent->n_drops; i++) {
		json_t *drop = json_object();

		put_text(drop, "cause", agent->drops[i].cause);
		put_number(drop, "count", agent->drops[i].count);
		json_array_append_new(dropped, drop);
	}
	put(object, "dropped", dropped);
	return dump(object, buf);
}

int weir_api_render_error(const char *code, const char *message, const char *hint,
			  struct weir_buf *buf)
{
	json_t *object _cleanup_(json_decrefp_) = json_object();
	json_t *error = json_object();
	int r;

	put_text(error, "code", code);
	put_text(error, "message", message);
	put_text(error, "hint", hint);
	put(object, "error", error);
	r = dump(object, buf);
	return r < 0 ? r : weir_buf_puts(buf, "\n");
}
