/* SPDX-License-Identifier: Apache-2.0 */
/* Owns: the limits on what protobuf-c is shown. Must not know any particular message. */

#include "weir/proto/wire.h"

#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/utf8.h"

/* Of a small message and of a large one; the lower of both sums is what it gets. */
#define SMALL_PER_BYTE 128
#define SMALL_FLOOR    (16 * 1024)
#define LARGE_PER_BYTE 16
#define LARGE_FLOOR    (256 * 1024)

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_64 = 1,
	WIRE_BYTES = 2,
	WIRE_32 = 5,
};

struct span {
	const uint8_t *at;
	const uint8_t *end;
};

struct weir_wire {
	ProtobufCMessage *message; /* in the arena */
	size_t used, size;
	alignas(max_align_t) uint8_t arena[];
};

static size_t left(const struct span *s)
{
	return (size_t)(s->end - s->at);
}

static int take_varint(struct span *s, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte;

		if (s->at == s->end)
			return -EBADMSG;
		byte = *s->at++;
		if (shift == 63 && byte > 1)
			return -EBADMSG;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = value;
			return 0;
		}
	}
	return -EBADMSG;
}

static int take_key(struct span *s, uint32_t *ret_number, enum wire_type *ret_type)
{
	uint64_t key;
	int r = take_varint(s, &key);

	if (r < 0)
		return r;
	if (key > UINT32_MAX || key >> 3 == 0)
		return -EBADMSG;
	switch (key & 7) {
	case WIRE_VARINT:
	case WIRE_64:
	case WIRE_BYTES:
	case WIRE_32:
		*ret_number = (uint32_t)(key >> 3);
		*ret_type = (enum wire_type)(key & 7);
		return 0;
	default: /* groups are out of use, the others never were */
		return -EBADMSG;
	}
}

/* Moves over one value; *ret_body is the content of a length-delimited one. */
static int take_value(struct span *s, enum wire_type type, struct span *ret_body)
{
	uint64_t n = type == WIRE_64 ? 8 : 4;
	int r;

	if (type == WIRE_VARINT)
		return take_varint(s, &n);
	if (type == WIRE_BYTES) {
		r = take_varint(s, &n);
		if (r < 0)
			return r;
	}
	if (n > left(s))
		return -EBADMSG;
	*ret_body = (struct span){s->at, s->at + n};
	s->at += n;
	return 0;
}

static enum wire_type expected_type(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return WIRE_32;
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return WIRE_64;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return WIRE_BYTES;
	default:
		return WIRE_VARINT;
	}
}

static bool text_ok(const struct span *body)
{
	return left(body) == 0 ||
	       (!memchr(body->at, 0, left(body)) &&
		weir_utf8_valid((const char *)body->at, left(body)) == left(body));
}

/* Elements of a packed repeated field, each counted like a field. */
static int check_packed(struct span body, enum wire_type type, size_t *fields)
{
	struct span ignored;

	while (left(&body)) {
		int r = take_value(&body, type, &ignored);

		if (r < 0)
			return r;
		if (++*fields > WEIR_WIRE_FIELDS_MAX)
			return -E2BIG;
	}
	return 0;
}

static int check_message(const ProtobufCMessageDescriptor *type, struct span s, unsigned depth,
			 size_t *fields);

static int check_field(const ProtobufCFieldDescriptor *field, enum wire_type type, struct span body,
		       unsigned depth, size_t *fields)
{
	enum wire_type expected;

	if (!field)
		return 0;
	expected = expected_type(field->type);
	if (type != expected) {
		if (type == WIRE_BYTES && field->label == PROTOBUF_C_LABEL_REPEATED)
			return check_packed(body, expected, fields);
		return -EBADMSG;
	}
	if (field->type == PROTOBUF_C_TYPE_STRING)
		return text_ok(&body) ? 0 : -EBADMSG;
	if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		return check_message(field->descriptor, body, depth + 1, fields);
	return 0;
}

static int check_message(const ProtobufCMessageDescriptor *type, struct span s, unsigned depth,
			 size_t *fields)
{
	if (depth > WEIR_WIRE_DEPTH_MAX)
		return -E2BIG;
	while (left(&s)) {
		struct span body = {0};
		enum wire_type wire;
		uint32_t number;
		int r;

		if (++*fields > WEIR_WIRE_FIELDS_MAX)
			return -E2BIG;
		r = take_key(&s, &number, &wire);
		if (r >= 0)
			r = take_value(&s, wire, &body);
		if (r >= 0)
			r = check_field(protobuf_c_message_descriptor_get_field(type, number), wire,
					body, depth, fields);
		if (r < 0)
			return r;
	}
	return 0;
}

int weir_wire_check(const ProtobufCMessageDescriptor *type, const void *data, size_t len)
{
	const uint8_t *bytes = len ? data : (const uint8_t *)"";
	size_t fields = 0;

	if (len > WEIR_WIRE_BYTES_MAX)
		return -E2BIG;
	return check_message(type, (struct span){bytes, bytes + len}, 1, &fields);
}

static void *arena_alloc(void *context, size_t size)
{
	struct weir_wire *wire = context;
	const size_t align = alignof(max_align_t);
	void *at;

	if (size > wire->size)
		return NULL;
	size = (size + align - 1) & ~(align - 1);
	if (size > wire->size - wire->used)
		return NULL;
	at = wire->arena + wire->used;
	wire->used += size;
	/* protobuf-c 1.4 leaves some pointers unset when it gives up half way. */
	return memset(at, 0, size);
}

static void arena_free(void *context, void *at)
{
	(void)context;
	(void)at;
}

/* Two bytes on the wire can become a whole struct, so what a message may take is bounded here. */
static size_t arena_size(size_t len)
{
	size_t size =
		WEIR_MIN(SMALL_FLOOR + len * SMALL_PER_BYTE, LARGE_FLOOR + len * LARGE_PER_BYTE);

	return WEIR_MIN(size, (size_t)WEIR_WIRE_ARENA_MAX);
}

int weir_wire_unpack(const ProtobufCMessageDescriptor *type, const void *data, size_t len,
		     struct weir_wire **ret)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	ProtobufCAllocator allocator = {.alloc = arena_alloc, .free = arena_free};
	size_t size;
	int r = weir_wire_check(type, data, len);

	if (r < 0)
		return r;
	size = arena_size(len);
	/* Not zeroed as a whole: most of it is never touched, and a batch holds one for each of its
	 * events. */
	wire = malloc(sizeof(*wire) + size);
	if (!wire)
		return -ENOMEM;
	*wire = (struct weir_wire){.size = size};
	allocator.allocator_data = wire;
	wire->message =
		protobuf_c_message_unpack(type, &allocator, len, len ? data : (const uint8_t *)"");
	if (!wire->message)
		return -E2BIG; /* the form was checked above: what is left is the arena */
	*ret = TAKE_PTR(wire);
	return 0;
}

void weir_wire_free(struct weir_wire *wire)
{
	free(wire);
}

void weir_wire_wipe(struct weir_wire *wire)
{
	if (wire)
		explicit_bzero(wire->arena, wire->used);
	free(wire);
}

const void *weir_wire_message(const struct weir_wire *wire)
{
	return wire->message;
}

int weir_wire_pack(const ProtobufCMessage *message, struct weir_buf *buf)
{
	size_t size = protobuf_c_message_get_packed_size(message);
	int r = weir_buf_reserve(buf, size);

	if (r < 0)
		return r;
	if (size)
		(void)protobuf_c_message_pack(message, (uint8_t *)buf->data + buf->len);
	buf->len += size;
	buf->data[buf->len] = '\0';
	return 0;
}
