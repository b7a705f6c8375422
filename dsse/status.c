/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/dsse/status.h"

#include <errno.h>
#include <string.h>

#include "weir/base/fd.h"
#include "weir/proto/wire.h"
#include "weir/v1/envelope.pb-c.h"

#define SCHEMA	  1
#define BYTES_MAX 1024

static int take_hash(const ProtobufCBinaryData *from, bool *ret_has,
		     uint8_t ret[static WEIR_SHA256_LEN])
{
	*ret_has = from->len > 0;
	if (from->len == 0)
		return 0;
	if (from->len != WEIR_SHA256_LEN)
		return -EBADMSG;
	memcpy(ret, from->data, WEIR_SHA256_LEN);
	return 0;
}

static int take(const Weir__V1__PolicyStatus *from, struct weir_policy_status *ret)
{
	struct weir_policy_status status = {
		.outcome = (enum weir_policy_outcome)from->outcome,
		.applied_revision = from->applied_revision,
		.applied_expires_s = from->applied_expires_s,
		.changed_ns = from->changed_ns,
	};
	size_t len = strlen(from->message);

	if (from->schema != SCHEMA || len >= sizeof(status.message) || from->outcome < 0 ||
	    from->outcome > WEIR__V1__POLICY_OUTCOME__POLICY_OUTCOME_FAILED ||
	    take_hash(&from->envelope_sha256, &status.has_envelope, status.envelope_sha256) < 0 ||
	    take_hash(&from->applied_sha256, &status.has_applied, status.applied_sha256) < 0)
		return -EBADMSG;
	memcpy(status.message, from->message, len + 1);
	*ret = status;
	return 0;
}

int weir_policy_status_read(int dirfd, const char *path, struct weir_policy_status *ret)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(BYTES_MAX);
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	int r = weir_read_file(dirfd, path, &buf);

	if (r >= 0)
		r = weir_wire_unpack(&weir__v1__policy_status__descriptor, buf.data, buf.len,
				     &wire);
	return r < 0 ? r : take(weir_wire_message(wire), ret);
}

static ProtobufCBinaryData hash(bool has, const uint8_t bytes[static WEIR_SHA256_LEN])
{
	return (ProtobufCBinaryData){.len = has ? WEIR_SHA256_LEN : 0, .data = (uint8_t *)bytes};
}

int weir_policy_status_write(int dirfd, const char *path, const struct weir_policy_status *status)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(BYTES_MAX);
	Weir__V1__PolicyStatus message;
	int r;

	weir__v1__policy_status__init(&message);
	message.schema = SCHEMA;
	message.envelope_sha256 = hash(status->has_envelope, status->envelope_sha256);
	message.outcome = (Weir__V1__PolicyOutcome)status->outcome;
	message.message = (char *)status->message;
	message.applied_sha256 = hash(status->has_applied, status->applied_sha256);
	message.applied_revision = status->applied_revision;
	message.applied_expires_s = status->applied_expires_s;
	message.changed_ns = status->changed_ns;
	r = weir_wire_pack(&message.base, &buf);
	return r < 0 ? r : weir_write_file_atomic(dirfd, path, buf.data, buf.len, 0644);
}
