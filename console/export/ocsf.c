/* SPDX-License-Identifier: Apache-2.0 */
/* OCSF 1.8: Data Security Finding (2006) for alerts, File System Activity (1001) and Network Activity
 * (4001) for the events in them. Names and numbers are the schema's own. */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "weir/base/time.h"
#include "weir/console_export/record.h"
#include "weir/console_triage/group.h"
#include "weir/console_triage/id.h"
#include "weir/proto/enums.h"

#define OCSF_VERSION "1.8.0"
#define MASKED_MAX   8 /* masked values in one record */

/* A number of an enum and its caption. */
struct caption {
	int id;
	const char *text;
};

static void put_caption(json_t *object, const char *id_name, const char *name, struct caption value)
{
	weir_json_put_enum(object, id_name, value.id, name, value.text);
}

static void put_ms(json_t *object, const char *name, uint64_t ns)
{
	weir_json_put_number(object, name, ns / WEIR_NSEC_PER_MSEC);
}

static struct caption severity_of(const struct weir_alert *alert)
{
	switch (alert->severity) {
	case WEIR_SEVERITY_LOW:
		return (struct caption){2, "Low"};
	case WEIR_SEVERITY_MEDIUM:
		return (struct caption){3, "Medium"};
	case WEIR_SEVERITY_HIGH:
		return (struct caption){4, "High"};
	case WEIR_SEVERITY_CRITICAL:
		return (struct caption){5, "Critical"};
	default:
		return (struct caption){0, "Unknown"};
	}
}

static struct caption status_of(const struct weir_alert *alert)
{
	switch (alert->state) {
	case WEIR_ALERT_NEW:
		return (struct caption){1, "New"};
	case WEIR_ALERT_IN_PROGRESS:
		return (struct caption){2, "In Progress"};
	case WEIR_ALERT_SUPPRESSED:
		return (struct caption){3, "Suppressed"};
	case WEIR_ALERT_RESOLVED:
		return (struct caption){4, "Resolved"};
	default:
		return (struct caption){0, "Unknown"};
	}
}

static struct caption verdict_of(const struct weir_alert *alert)
{
	switch (alert->verdict) {
	case WEIR_VERDICT_FALSE_POSITIVE:
		return (struct caption){1, "False Positive"};
	case WEIR_VERDICT_TRUE_POSITIVE:
		return (struct caption){2, "True Positive"};
	case WEIR_VERDICT_BENIGN_AUTHORISED:
		return (struct caption){5, "Benign"};
	case WEIR_VERDICT_TEST:
		return (struct caption){6, "Test"};
	case WEIR_VERDICT_DUPLICATE:
		return (struct caption){10, "Duplicate"};
	default:
		return (struct caption){0, "Unknown"};
	}
}

static struct caption disposition_of(const Weir__V1__Event *event)
{
	if (event->action == WEIR__V1__ACTION__ACTION_QUARANTINE)
		return (struct caption){3, "Quarantined"};
	if (event->action == WEIR__V1__ACTION__ACTION_WARN && event->justification)
		return (struct caption){8, "Approved"};
	if (weir_group_stopped(event))
		return (struct caption){2, "Blocked"};
	if (event->action == WEIR__V1__ACTION__ACTION_ALLOW)
		return (struct caption){1, "Allowed"};
	return (struct caption){15, "Detected"};
}

static struct caption lifecycle_of(const Weir__V1__Event *event)
{
	switch (event->channel) {
	case WEIR__V1__CHANNEL__CHANNEL_FILE:
	case WEIR__V1__CHANNEL__CHANNEL_AT_REST:
		return (struct caption){1, "Data at-Rest"};
	case WEIR__V1__CHANNEL__CHANNEL_NETWORK:
		return (struct caption){2, "Data in-Transit"};
	case WEIR__V1__CHANNEL__CHANNEL_REMOVABLE:
	case WEIR__V1__CHANNEL__CHANNEL_SHARE:
		return (struct caption){3, "Data in-Use"};
	default:
		return (struct caption){0, "Unknown"};
	}
}

static json_t *make_metadata(const struct weir_export_record *record, const char *const *profiles,
			     size_t n_profiles)
{
	json_t *object = json_object(), *product = json_object(), *names = json_array();
	char uid[24];

	(void)snprintf(uid, sizeof(uid), "%" PRIu64, record->position);
	weir_json_put_text(product, "name", "Weir");
	weir_json_put_text(product, "vendor_name", "Weir");
	weir_json_put_text(product, "version", WEIR_VERSION);
	weir_json_put(object, "product", product);
	weir_json_put_text(object, "version", OCSF_VERSION);
	weir_json_put_number(object, "sequence", record->position);
	weir_json_put_text(object, "uid", uid);
	put_ms(object, "logged_time", record->time_ns);
	for (size_t i = 0; i < n_profiles; i++)
		(void)json_array_append_new(names, json_string(profiles[i]));
	weir_json_put(object, "profiles", names);
	return object;
}

/* What every class has. */
static json_t *make_base(struct caption class, struct caption category, struct caption activity)
{
	json_t *object = json_object();
	char type[96];

	(void)snprintf(type, sizeof(type), "%s: %s", class.text, activity.text);
	put_caption(object, "class_uid", "class_name", class);
	put_caption(object, "category_uid", "category_name", category);
	put_caption(object, "activity_id", "activity_name", activity);
	put_caption(object, "type_uid", "type_name",
		    (struct caption){class.id * 100 + activity.id, type});
	return object;
}

static json_t *make_user(const char *name, const Weir__V1__Process *process)
{
	json_t *object = json_object();
	char uid[16];

	weir_json_put_text(object, "name", name);
	if (process) {
		(void)snprintf(uid, sizeof(uid), "%u", process->uid);
		weir_json_put_text(object, "uid", uid);
	}
	return object;
}

static json_t *make_actor(const Weir__V1__Process *process)
{
	json_t *object = json_object(), *made = json_object();

	weir_json_put_number(made, "pid", process->pid);
	weir_json_put_text(made, "name", process->name);
	weir_json_put_text(made, "path", process->executable);
	weir_json_put(made, "user", make_user(process->user_name, process));
	weir_json_put(object, "process", made);
	weir_json_put(object, "user", make_user(process->user_name, process));
	return object;
}

static json_t *make_device(const struct weir_export_record *record)
{
	json_t *object = json_object();

	put_caption(object, "type_id", "type", (struct caption){0, "Unknown"});
	weir_json_put_text(object, "hostname", record->host);
	weir_json_put_text(object, "uid", record->agent_uid);
	return object;
}

static json_t *make_file(const Weir__V1__File *file)
{
	json_t *object = json_object();
	const char *slash = strrchr(file->path, '/');
	const char *name = slash && slash[1] ? slash + 1 : file->path;

	/* A name is required; a path that nobody could read has none. */
	weir_json_put_text(object, "name", *name ? name : "unknown");
	weir_json_put_text(object, "path", file->path);
	put_caption(object, "type_id", "type", (struct caption){1, "Regular File"});
	weir_json_put_text(object, "mime_type", file->type);
	weir_json_put_number(object, "size", file->size);
	return object;
}

static json_t *make_endpoint(const Weir__V1__Endpoint *endpoint)
{
	json_t *object = json_object();

	weir_json_put_text(object, "ip", endpoint->ip);
	if (endpoint->port)
		weir_json_put_number(object, "port", endpoint->port);
	return object;
}

/* Masked values only: what was matched never reached the console. */
static void put_masked(json_t *object, const Weir__V1__Event *event)
{
	struct weir_buf masked _cleanup_(weir_buf_done) = WEIR_BUF_INIT(4096);
	int r = 0;

	for (size_t i = 0; r == 0 && i < event->n_findings && i < MASKED_MAX; i++)
		r = weir_buf_printf(&masked, "%s%s", i ? ", " : "", event->findings[i]->masked);
	if (r == 0 && masked.len)
		weir_json_put_text(object, "pattern_match", masked.data);
}

static json_t *make_data_security(const struct weir_export_record *record)
{
	json_t *object = json_object(), *policy = json_object();
	const Weir__V1__Event *event = record->event;

	put_caption(object, "detection_system_id", "detection_system",
		    (struct caption){1, "Endpoint"});
	weir_json_put_text(policy, "uid", record->alert->rule);
	weir_json_put_text(policy, "name", *record->alert->rule ? record->alert->rule : "default");
	weir_json_put(object, "policy", policy);
	if (!event)
		return object;
	put_caption(object, "data_lifecycle_state_id", "data_lifecycle_state", lifecycle_of(event));
	if (event->n_counts)
		weir_json_put_text(object, "detection_pattern", event->counts[0]->detector);
	put_masked(object, event);
	return object;
}

/* What the schema has no place for. */
static json_t *make_unmapped(const Weir__V1__Event *event)
{
	json_t *object = json_object(), *counts = json_object();
	char name[WEIR_ENUM_TEXT];

	weir_enum_format(&weir__v1__channel__descriptor, event->channel, name);
	weir_json_put_text(object, "channel", name);
	weir_enum_format(&weir__v1__tier__descriptor, event->tier, name);
	weir_json_put_text(object, "tier", name);
	weir_json_put_text(object, "cause", event->cause);
	weir_json_put_text(object, "hook", event->hook);
	for (size_t i = 0; i < event->n_counts; i++)
		weir_json_put_number(counts, event->counts[i]->detector,
				     event->counts[i]->distinct ? event->counts[i]->distinct
								: event->counts[i]->total);
	weir_json_put(object, "counts", counts);
	return object;
}

/* The profiles "host" and "security_control". */
static void put_event(json_t *object, const struct weir_export_record *record)
{
	const Weir__V1__Event *event = record->event;
	const struct caption allowed = {1, "Allowed"}, denied = {2, "Denied"};

	put_caption(object, "action_id", "action", weir_group_stopped(event) ? denied : allowed);
	put_caption(object, "disposition_id", "disposition", disposition_of(event));
	if (event->process)
		weir_json_put(object, "actor", make_actor(event->process));
	if (*record->host || *record->agent_uid)
		weir_json_put(object, "device", make_device(record));
	if (event->file)
		weir_json_put(object, "file", make_file(event->file));
	if (event->destination && *event->destination->ip)
		weir_json_put(object, "dst_endpoint", make_endpoint(event->destination));
	weir_json_put(object, "unmapped", make_unmapped(event));
}

static json_t *make_finding_info(const struct weir_alert *alert)
{
	json_t *object = json_object(), *types = json_array();
	char id[WEIR_ID_TEXT];

	weir_id_format(WEIR_ID_ALERT, alert->id, id);
	weir_json_put_text(object, "uid", id);
	weir_json_put_text(object, "title", *alert->rule ? alert->rule : "default");
	put_ms(object, "created_time", alert->created_ns);
	put_ms(object, "modified_time", alert->changed_ns);
	put_ms(object, "first_seen_time", alert->first_ns);
	put_ms(object, "last_seen_time", alert->last_ns);
	weir_json_put_number(object, "related_events_count", alert->n_events);
	(void)json_array_append_new(types, json_string(alert->destination));
	weir_json_put(object, "types", types);
	return object;
}

static json_t *make_finding(const struct weir_export_record *record)
{
	static const char *const profiles[] = {"host", "incident", "security_control"};
	static const char *const steps[] = {"", "Create", "Update", "Close"};
	const struct weir_alert *alert = record->alert;
	json_t *object = make_base((struct caption){2006, "Data Security Finding"},
				   (struct caption){2, "Findings"},
				   (struct caption){(int)record->step, steps[record->step]});

	put_ms(object, "time", alert->created_ns);
	put_ms(object, "start_time", alert->first_ns);
	put_ms(object, "end_time", alert->last_ns);
	weir_json_put_number(object, "count", alert->n_events);
	put_caption(object, "severity_id", "severity", severity_of(alert));
	put_caption(object, "status_id", "status", status_of(alert));
	put_caption(object, "verdict_id", "verdict", verdict_of(alert));
	weir_json_put(object, "is_alert", json_true());
	weir_json_put(object, "metadata", make_metadata(record, profiles, ARRAY_SIZE(profiles)));
	weir_json_put(object, "finding_info", make_finding_info(alert));
	weir_json_put(object, "data_security", make_data_security(record));
	if (*alert->assignee)
		weir_json_put(object, "assignee", make_user(alert->assignee, NULL));
	if (record->event)
		put_event(object, record);
	return object;
}

static struct caption file_activity_of(const Weir__V1__Event *event)
{
	if (strcmp(event->activity, "open") == 0)
		return (struct caption){14, "Open"};
	if (event->channel == WEIR__V1__CHANNEL__CHANNEL_AT_REST)
		return (struct caption){2, "Read"};
	return (struct caption){3, "Update"};
}

/* NULL when no class fits: then the finding alone tells of it. */
static json_t *make_activity(const struct weir_export_record *record)
{
	static const char *const profiles[] = {"host", "security_control"};
	const Weir__V1__Event *event = record->event;
	const bool network = event && event->channel == WEIR__V1__CHANNEL__CHANNEL_NETWORK;
	char id[WEIR_ID_TEXT];
	json_t *object;

	if (!event || event->channel == WEIR__V1__CHANNEL__CHANNEL_AGENT)
		return NULL;
	if (network ? !event->destination || !*event->destination->ip
		    : !event->file || !event->process)
		return NULL;
	object = network ? make_base((struct caption){4001, "Network Activity"},
				     (struct caption){4, "Network Activity"},
				     weir_group_stopped(event) ? (struct caption){5, "Refuse"}
							       : (struct caption){6, "Traffic"})
			 : make_base((struct caption){1001, "File System Activity"},
				     (struct caption){1, "System Activity"},
				     file_activity_of(event));
	weir_id_format(WEIR_ID_EVENT, record->event_id, id);
	put_ms(object, "time", event->time_ns);
	put_caption(object, "severity_id", "severity", (struct caption){1, "Informational"});
	weir_json_put(object, "metadata", make_metadata(record, profiles, ARRAY_SIZE(profiles)));
	weir_json_put_text(json_object_get(object, "metadata"), "original_event_uid", id);
	put_event(object, record);
	return object;
}

int weir_export_ocsf(const struct weir_export_record *record, struct weir_buf *buf)
{
	json_t *object _cleanup_(weir_json_freep) = NULL;
	int r;

	object = record->step == WEIR_EXPORT_EVENT ? make_activity(record) : make_finding(record);
	if (!object && record->step == WEIR_EXPORT_EVENT)
		return 0;
	r = weir_json_write(object, buf);
	return r < 0 ? r : 1;
}
