/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_PROTO_WIRE_H
#define WEIR_PROTO_WIRE_H

/* Protobuf from and to bytes, with limits. Unpacking first walks the wire format by the message's
 * descriptor and refuses what is malformed, too deep or too many; only then does protobuf-c see it,
 * with memory from an arena that has a hard bound. */

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"

#define WEIR_WIRE_BYTES_MAX  (1024 * 1024) /* of one message */
#define WEIR_WIRE_FIELDS_MAX 65536 /* in one message, nested ones and packed elements included */
#define WEIR_WIRE_DEPTH_MAX  8	   /* messages inside messages */
#define WEIR_WIRE_ARENA_MAX  (8 * 1024 * 1024) /* memory of one unpacked message */

/* Checks data as a serialized message of this type without allocating: whole fields, known wire
 * types, no groups, field numbers in range, the wire type that the schema gives a known field,
 * strings that are UTF-8 without NUL, and the limits above. Unknown fields are counted and let
 * through. 0, -EBADMSG (malformed) or -E2BIG (over a limit). data may be NULL when len is 0. */
int weir_wire_check(const ProtobufCMessageDescriptor *type, const void *data,
		    size_t len) _must_use_;

/* An unpacked message and the memory that holds it. Does not refer to the bytes that it came from.
 */
struct weir_wire;

/* weir_wire_check(), then unpacks. The arena is 128 bytes for each wire byte and 16 KiB, or 16 bytes
 * and 256 KiB where that is less, at most WEIR_WIRE_ARENA_MAX. 0, -EBADMSG, -E2BIG (a limit or the arena) or -ENOMEM; *ret untouched on
 * failure. */
int weir_wire_unpack(const ProtobufCMessageDescriptor *type, const void *data, size_t len,
		     struct weir_wire **ret) _must_use_;
void weir_wire_free(struct weir_wire *wire);
DEFINE_CLEANUP(weir_wire_free, struct weir_wire *);

/* The same, after overwriting what was unpacked. */
void weir_wire_wipe(struct weir_wire *wire);
DEFINE_CLEANUP(weir_wire_wipe, struct weir_wire *);

/* The message: cast it to the generated struct of its type. Belongs to wire. Never NULL. */
const void *weir_wire_message(const struct weir_wire *wire);

/* Appends the serialized message to buf. 0, -ENOBUFS (buf's maximum) or -ENOMEM; buf untouched on
 * failure. */
int weir_wire_pack(const ProtobufCMessage *message, struct weir_buf *buf) _must_use_;

#endif
