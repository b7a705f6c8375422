/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_CLIENT_OPAMP_H
#define WEIR_CONSOLE_CLIENT_OPAMP_H

/* The endpoint's side of the messages in weir/v1/opamp.proto: bytes from what is said, and what was
 * heard from bytes. */

#include "weir/console_client/enroll.h"
#include "weir/dsse/status.h"
#include "weir/proto/wire.h"

#define WEIR_OPAMP_MAX	    (256 * 1024)
#define WEIR_OPAMP_TYPE	    "Content-Type: application/x-protobuf"
#define WEIR_OPAMP_HASH_LEN WEIR_SHA256_LEN

struct weir_opamp_say {
	const struct weir_endpoint *endpoint;
	uint64_t sequence;
	bool full;				 /* who it is, too */
	const struct weir_buf *csr;		 /* NULL: none */
	const struct weir_policy_status *policy; /* NULL: not said */
	const uint8_t *offered; /* with policy: the offer that was taken last; NULL: none yet */
};

int weir_opamp_pack(const struct weir_opamp_say *say, struct weir_buf *body) _must_use_;

/* What points somewhere belongs to wire. */
struct weir_opamp_heard {
	struct weir_wire *wire;
	bool full_state;
	uint32_t heartbeat_s;			/* 0: not said */
	const ProtobufCBinaryData *certificate; /* NULL: none */
	const uint8_t *offer;			/* WEIR_OPAMP_HASH_LEN; NULL: none */
	const ProtobufCBinaryData *envelope;	/* with offer; NULL: it is to be fetched */
};

/* -EBADMSG, -E2BIG, -ENOMEM. */
int weir_opamp_read(const void *data, size_t len, struct weir_opamp_heard *ret) _must_use_;
void weir_opamp_heard_done(struct weir_opamp_heard *heard);

/* Appends key and certificate as one file, if they belong together. -EBADMSG. */
int weir_opamp_bundle(const struct weir_buf *key, const ProtobufCBinaryData *certificate,
		      struct weir_buf *ret) _must_use_;

#endif
