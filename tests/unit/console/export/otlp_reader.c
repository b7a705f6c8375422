/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_reader.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A message, or what is left of it. */
struct span {
	const unsigned char *p;
	size_t len;
};

struct field {
	unsigned number, wire;
	uint64_t value;	   /* of wire types 0 and 1 */
	struct span bytes; /* of 2 */
};

static bool take_varint(struct span *span, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && span->len; shift += 7) {
		unsigned char c = *span->p++;

		span->len--;
		value |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80)) {
			*ret = value;
			return true;
		}
	}
	return false;
}

static bool take_bytes(struct span *span, uint64_t len, struct span *ret)
{
	if (len > span->len)
		return false;
	*ret = (struct span){span->p, (size_t)len};
	span->p += len;
	span->len -= (size_t)len;
	return true;
}

static bool take_field(struct span *span, struct field *ret)
{
	uint64_t tag;

	if (!take_varint(span, &tag))
		return false;
	*ret = (struct field){.number = (unsigned)(tag >> 3), .wire = (unsigned)(tag & 7)};
	switch (ret->wire) {
	case 0:
		return take_varint(span, &ret->value);
	case 1:
		if (!take_bytes(span, 8, &ret->bytes))
			return false;
		for (size_t i = 0; i < 8; i++)
			ret->value |= (uint64_t)ret->bytes.p[i] << (8 * i);
		return true;
	case 2:
		return take_varint(span, &tag) && take_bytes(span, tag, &ret->bytes);
	default:
		return false;
	}
}

static bool copy(const struct span *bytes, char *text, size_t size)
{
	if (bytes->len >= size || memchr(bytes->p, '\0', bytes->len))
		return false;
	memcpy(text, bytes->p, bytes->len);
	text[bytes->len] = '\0';
	return true;
}

/* AnyValue with a string_value. */
static bool read_any(struct span span, char *text, size_t size)
{
	struct field field;

	return take_field(&span, &field) && field.number == 1 && field.wire == 2 && !span.len &&
	       copy(&field.bytes, text, size);
}

/* KeyValue into the member that its key names. */
static bool read_attribute(struct span span, struct otlp_record *record)
{
	const struct {
		const char *key;
		char *text;
		size_t size;
	} known[] = {
		{"service.name", record->service_name, sizeof(record->service_name)},
		{"service.version", record->service_version, sizeof(record->service_version)},
		{"host.name", record->host_name, sizeof(record->host_name)},
		{"host.id", record->host_id, sizeof(record->host_id)},
		{"weir.alert.id", record->alert_id, sizeof(record->alert_id)},
		{"weir.rule", record->rule, sizeof(record->rule)},
		{"user.name", record->user_name, sizeof(record->user_name)},
	};
	struct field key, value;
	char name[64];

	if (!take_field(&span, &key) || key.number != 1 || !copy(&key.bytes, name, sizeof(name)))
		return false;
	if (!take_field(&span, &value) || value.number != 2 || value.wire != 2 || span.len)
		return false;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].key, name) == 0)
			return read_any(value.bytes, known[i].text, known[i].size);
	return false;
}

static bool read_log_text(const struct field *field, struct otlp_record *record)
{
	switch (field->number) {
	case 3:
		return copy(&field->bytes, record->severity_text, sizeof(record->severity_text));
	case 5:
		return read_any(field->bytes, record->body, sizeof(record->body));
	case 6:
		return read_attribute(field->bytes, record);
	case 12:
		return copy(&field->bytes, record->event_name, sizeof(record->event_name));
	default:
		return true;
	}
}

static bool read_log(struct span span, struct otlp_record *record)
{
	struct field field;

	while (span.len) {
		if (!take_field(&span, &field))
			return false;
		if (field.number == 1 && field.wire == 1)
			record->time_ns = field.value;
		else if (field.number == 11 && field.wire == 1)
			record->observed_ns = field.value;
		else if (field.number == 2 && field.wire == 0)
			record->severity = field.value;
		else if (field.wire != 2 || !read_log_text(&field, record))
			return false;
	}
	return true;
}

/* Resource: attributes alone. */
static bool read_resource(struct span span, struct otlp_record *record)
{
	struct field field;

	while (span.len)
		if (!take_field(&span, &field) || field.number != 1 || field.wire != 2 ||
		    !read_attribute(field.bytes, record))
			return false;
	return true;
}

/* ScopeLogs with one record. */
static bool read_scope(struct span span, struct otlp_record *record)
{
	struct field field;

	return take_field(&span, &field) && field.number == 2 && field.wire == 2 && !span.len &&
	       read_log(field.bytes, record);
}

static bool read_resource_logs(struct span span, struct otlp_record *record)
{
	struct field field;

	memset(record, 0, sizeof(*record));
	while (span.len) {
		if (!take_field(&span, &field) || field.wire != 2)
			return false;
		if (field.number == 1	? !read_resource(field.bytes, record)
		    : field.number == 2 ? !read_scope(field.bytes, record)
					: true)
			return false;
	}
	return true;
}

int otlp_read(const void *data, size_t len, struct otlp_record *records, size_t max)
{
	static struct otlp_record spare;
	struct span span = {data, len};
	struct field field;
	size_t n = 0;

	while (span.len) {
		if (!take_field(&span, &field) || field.number != 1 || field.wire != 2 ||
		    !read_resource_logs(field.bytes, n < max ? &records[n] : &spare))
			return -1;
		n++;
	}
	return (int)n;
}
