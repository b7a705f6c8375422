/* SPDX-License-Identifier: Apache-2.0 */
/* OTLP logs as protobuf, only ever written: the message that holds values of any type contains
 * itself, and nothing here descends into such. Field numbers are those of opentelemetry-proto 1.x. */

#include <stdbool.h>
#include <string.h>

#include "weir/base/time.h"
#include "weir/console_export/record.h"
#include "weir/console_triage/id.h"

enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2 };

static int put_varint(struct weir_buf *buf, uint64_t value)
{
	unsigned char bytes[10];
	size_t n = 0;

	do {
		bytes[n++] = (unsigned char)(value & 0x7f) | (value > 0x7f ? 0x80 : 0);
		value >>= 7;
	} while (value);
	return weir_buf_append(buf, bytes, n);
}

static int put_tag(struct weir_buf *buf, unsigned field, enum wire wire)
{
	return put_varint(buf, (uint64_t)field << 3 | wire);
}

static int put_number(struct weir_buf *buf, unsigned field, uint64_t value)
{
	int r = put_tag(buf, field, WIRE_VARINT);

	return r < 0 ? r : put_varint(buf, value);
}

static int put_fixed64(struct weir_buf *buf, unsigned field, uint64_t value)
{
	unsigned char bytes[8];
	int r = put_tag(buf, field, WIRE_FIXED64);

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(value >> (8 * i));
	return r < 0 ? r : weir_buf_append(buf, bytes, sizeof(bytes));
}

static int put_bytes(struct weir_buf *buf, unsigned field, const void *data, size_t len)
{
	int r = put_tag(buf, field, WIRE_BYTES);

	if (r == 0)
		r = put_varint(buf, len);
	return r < 0 ? r : weir_buf_append(buf, data, len);
}

static int put_message(struct weir_buf *buf, unsigned field, const struct weir_buf *message)
{
	return put_bytes(buf, field, message->data ? message->data : "", message->len);
}

/* KeyValue with an AnyValue that is a text. */
static int put_attribute(struct weir_buf *buf, unsigned field, const char *name, const char *text)
{
	struct weir_buf pair _cleanup_(weir_buf_done) = WEIR_BUF_INIT(buf->max);
	struct weir_buf value _cleanup_(weir_buf_done) = WEIR_BUF_INIT(buf->max);
	int r;

	if (!*text)
		return 0;
	r = put_bytes(&value, 1, text, strlen(text));
	if (r == 0)
		r = put_bytes(&pair, 1, name, strlen(name));
	if (r == 0)
		r = put_message(&pair, 2, &value);
	return r < 0 ? r : put_message(buf, field, &pair);
}

/* SeverityNumber: 9 INFO, 13 WARN, 17 ERROR, 21 FATAL. */
static unsigned severity_of(const struct weir_export_record *record)
{
	if (record->step == WEIR_EXPORT_EVENT)
		return 9;
	switch (record->alert->severity) {
	case WEIR_SEVERITY_LOW:
		return 10;
	case WEIR_SEVERITY_MEDIUM:
		return 13;
	case WEIR_SEVERITY_HIGH:
		return 17;
	default:
		return 21;
	}
}

static int put_record(const struct weir_export_record *record, const struct weir_buf *text,
		      struct weir_buf *buf)
{
	struct weir_buf body _cleanup_(weir_buf_done) = WEIR_BUF_INIT(buf->max);
	const bool finding = record->step != WEIR_EXPORT_EVENT;
	const char *severity = finding ? weir_severity_name(record->alert->severity) : "info";
	const char *event_name = finding ? "weir.finding" : "weir.event";
	char id[WEIR_ID_TEXT];
	int r;

	weir_id_format(WEIR_ID_ALERT, record->alert->id, id);
	r = put_fixed64(buf, 1, record->event ? record->event->time_ns : record->time_ns);
	if (r == 0)
		r = put_number(buf, 2, severity_of(record));
	if (r == 0)
		r = put_bytes(buf, 3, severity, strlen(severity));
	if (r == 0)
		r = put_bytes(&body, 1, text->data, text->len);
	if (r == 0)
		r = put_message(buf, 5, &body);
	if (r == 0)
		r = put_attribute(buf, 6, "weir.alert.id", id);
	if (r == 0)
		r = put_attribute(buf, 6, "weir.rule", record->alert->rule);
	if (r == 0)
		r = put_attribute(buf, 6, "user.name", record->alert->user);
	if (r == 0)
		r = put_fixed64(buf, 11, record->time_ns);
	return r < 0 ? r : put_bytes(buf, 12, event_name, strlen(event_name));
}

static int put_resource(const struct weir_export_record *record, struct weir_buf *buf)
{
	int r = put_attribute(buf, 1, "service.name", "weir");

	if (r == 0)
		r = put_attribute(buf, 1, "service.version", WEIR_VERSION);
	if (r == 0)
		r = put_attribute(buf, 1, "host.name", record->host);
	return r < 0 ? r : put_attribute(buf, 1, "host.id", record->agent_uid);
}

int weir_export_otlp(const struct weir_export_record *record, const struct weir_buf *text,
		     struct weir_buf *buf)
{
	const size_t max = buf->max;
	struct weir_buf resource _cleanup_(weir_buf_done) = WEIR_BUF_INIT(max);
	struct weir_buf line _cleanup_(weir_buf_done) = WEIR_BUF_INIT(max);
	struct weir_buf scope _cleanup_(weir_buf_done) = WEIR_BUF_INIT(max);
	struct weir_buf logs _cleanup_(weir_buf_done) = WEIR_BUF_INIT(max);
	int r = put_resource(record, &resource);

	if (r == 0)
		r = put_record(record, text, &line);
	if (r == 0)
		r = put_message(&scope, 2, &line);
	if (r == 0)
		r = put_message(&logs, 1, &resource);
	if (r == 0)
		r = put_message(&logs, 2, &scope);
	if (r == 0)
		r = weir_buf_reserve(buf, logs.len + 16);
	if (r == 0)
		r = put_message(buf, 1, &logs);
	return r < 0 ? r : 1;
}
