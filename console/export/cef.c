/* SPDX-License-Identifier: Apache-2.0 */
/* CEF 0: a header of bars and an extension of name=value. A value that was not escaped could add
 * fields of its own, so every text goes through put_header() or put_value(). */

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "text.h"
#include "weir/base/time.h"
#include "weir/console_export/record.h"
#include "weir/console_triage/group.h"
#include "weir/console_triage/id.h"
#include "weir/proto/enums.h"

#define HEADER_MAX 512
#define VALUE_MAX  1023

static int put_header_point(struct weir_buf *buf, const char *p, size_t n, uint32_t c)
{
	int r = c == '|' || c == '\\' ? weir_buf_puts(buf, "\\") : 0;

	return r < 0 ? r : weir_buf_append(buf, p, n);
}

static int put_value_point(struct weir_buf *buf, const char *p, size_t n, uint32_t c)
{
	int r;

	if (c == '\n' || c == '\r')
		return weir_buf_puts(buf, c == '\n' ? "\\n" : "\\r");
	r = c == '=' || c == '\\' ? weir_buf_puts(buf, "\\") : 0;
	return r < 0 ? r : weir_buf_append(buf, p, n);
}

static int put_header(struct weir_buf *buf, const char *text)
{
	int r = weir_text_put(buf, text, HEADER_MAX, "", put_header_point);

	return r < 0 ? r : weir_buf_puts(buf, "|");
}

/* An extension being written: the first failure stays. */
struct extension {
	struct weir_buf *buf;
	int error;
};

/* name is static and has its "=". */
static void put_text(struct extension *ext, const char *name, const char *text)
{
	if (ext->error < 0 || !*text)
		return;
	ext->error = weir_buf_printf(ext->buf, " %s", name);
	if (ext->error == 0)
		ext->error = weir_text_put(ext->buf, text, VALUE_MAX, "\r\n", put_value_point);
}

static void put_number(struct extension *ext, const char *name, uint64_t number)
{
	if (ext->error == 0)
		ext->error = weir_buf_printf(ext->buf, " %s%" PRIu64, name, number);
}

static void put_enum(struct extension *ext, const char *name, const ProtobufCEnumDescriptor *type,
		     int value)
{
	char text[WEIR_ENUM_TEXT];

	weir_enum_format(type, value, text);
	put_text(ext, name, text);
}

static void put_subject(struct extension *ext, const Weir__V1__Event *event)
{
	if (event->process) {
		put_text(ext, "sproc=", event->process->name);
		put_number(ext, "spid=", event->process->pid);
		put_number(ext, "suid=", event->process->uid);
	}
	if (event->file) {
		const char *slash = strrchr(event->file->path, '/');

		put_text(ext, "fname=", slash ? slash + 1 : event->file->path);
		put_text(ext, "filePath=", event->file->path);
		put_number(ext, "fsize=", event->file->size);
	}
	if (event->destination) {
		put_text(ext, "dst=", event->destination->ip);
		put_number(ext, "dpt=", event->destination->port);
		put_text(ext, "proto=", event->destination->protocol);
	}
}

static void put_event(struct extension *ext, const struct weir_export_record *record)
{
	const Weir__V1__Event *event = record->event;
	struct weir_buf counts _cleanup_(weir_buf_done) = WEIR_BUF_INIT(VALUE_MAX);

	put_text(ext, "dvchost=", record->host);
	put_text(ext, "deviceExternalId=", record->agent_uid);
	if (!event)
		return;
	put_enum(ext, "act=", &weir__v1__action__descriptor, event->action);
	put_text(ext, "outcome=", weir_group_stopped(event) ? "stopped" : "let_through");
	put_text(ext, "reason=", event->cause);
	put_subject(ext, event);
	for (size_t i = 0; ext->error == 0 && i < event->n_counts; i++)
		if (weir_buf_printf(&counts, "%s%s:%" PRIu64, i ? "," : "",
				    event->counts[i]->detector,
				    event->counts[i]->distinct ? event->counts[i]->distinct
							       : event->counts[i]->total) < 0)
			break;
	if (counts.len) {
		put_text(ext, "cs4Label=", "counts");
		put_text(ext, "cs4=", counts.data);
	}
	if (event->n_findings) {
		put_text(ext, "cs5Label=", "masked");
		put_text(ext, "cs5=", event->findings[0]->masked);
	}
}

static void put_finding(struct extension *ext, const struct weir_alert *alert)
{
	put_number(ext, "start=", alert->first_ns / WEIR_NSEC_PER_MSEC);
	put_number(ext, "end=", alert->last_ns / WEIR_NSEC_PER_MSEC);
	put_number(ext, "cnt=", alert->n_events);
	put_text(ext, "cs1Label=", "state");
	put_text(ext, "cs1=", weir_alert_state_name(alert->state));
	put_text(ext, "cs2Label=", "verdict");
	put_text(ext, "cs2=", weir_alert_verdict_name(alert->verdict));
	put_text(ext, "cs6Label=", "assignee");
	put_text(ext, "cs6=", alert->assignee);
	put_text(ext, "cn1Label=", "identifiers");
	put_number(ext, "cn1=", alert->identifiers);
}

static int put_extension(const struct weir_export_record *record, struct weir_buf *buf)
{
	const bool finding = record->step != WEIR_EXPORT_EVENT;
	struct extension ext = {.buf = buf};
	char id[WEIR_ID_TEXT];

	ext.error = weir_buf_printf(
		buf, "rt=%" PRIu64,
		(finding || !record->event ? record->time_ns : record->event->time_ns) /
			WEIR_NSEC_PER_MSEC);
	weir_id_format(finding ? WEIR_ID_ALERT : WEIR_ID_EVENT,
		       finding ? record->alert->id : record->event_id, id);
	put_text(&ext, "externalId=", id);
	put_enum(&ext, "cat=", &weir__v1__channel__descriptor, (int)record->alert->channel);
	put_text(&ext, "suser=", record->alert->user);
	put_text(&ext, "cs3Label=", "destination");
	put_text(&ext, "cs3=", record->alert->destination);
	if (finding)
		put_finding(&ext, record->alert);
	put_event(&ext, record);
	return ext.error;
}

static unsigned severity_of(const struct weir_export_record *record)
{
	if (record->step == WEIR_EXPORT_EVENT)
		return 1;
	switch (record->alert->severity) {
	case WEIR_SEVERITY_LOW:
		return 3;
	case WEIR_SEVERITY_MEDIUM:
		return 5;
	case WEIR_SEVERITY_HIGH:
		return 8;
	default:
		return 10;
	}
}

int weir_export_cef(const struct weir_export_record *record, struct weir_buf *buf)
{
	static const char *const names[] = {"Data movement", "Data security finding created",
					    "Data security finding updated",
					    "Data security finding closed"};
	const char *rule = record->alert->rule;
	const size_t start = buf->len;
	int r;

	if (record->step == WEIR_EXPORT_EVENT && !record->event)
		return 0;
	r = weir_buf_puts(buf, "CEF:0|Weir|Weir|" WEIR_VERSION "|");
	if (r == 0)
		r = put_header(buf, *rule ? rule : "default");
	if (r == 0)
		r = weir_buf_printf(buf, "%s|%u|", names[record->step], severity_of(record));
	if (r == 0)
		r = put_extension(record, buf);
	if (r == 0)
		return 1;
	if (buf->data) {
		buf->len = start;
		buf->data[start] = '\0';
	}
	return r;
}
