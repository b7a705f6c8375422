/* SPDX-License-Identifier: Apache-2.0 */
/* Owns: what an unlock says and when it holds. Must not open anything. */

#include <errno.h>
#include <string.h>

#include "weir/dsse/envelope.h"
#include "weir/proto/wire.h"
#include "weir/unlock/unlock.h"
#include "weir/v1/unlock.pb-c.h"

#define SCHEMA	    1
#define PAYLOAD_MAX 384

static const char type[] = "application/vnd.weir.unlock.v1+protobuf";

static int agent_valid(const char *agent)
{
	return strcmp(agent, "*") == 0 ||
	       (strlen(agent) == 32 && strspn(agent, "0123456789abcdef") == 32);
}

static int text_valid(const char *text, size_t max)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return 0;
	return len > 0 && len <= max;
}

static int unlock_valid(const struct weir_unlock *u)
{
	return u->minutes > 0 && u->minutes <= WEIR_UNLOCK_MINUTES_MAX &&
	       u->expires_s > u->not_before_s &&
	       u->expires_s - u->not_before_s <= WEIR_UNLOCK_VALID_MAX_S && agent_valid(u->agent) &&
	       text_valid(u->purpose, sizeof(u->purpose) - 1);
}

static int take(const Weir__V1__Unlock *from, struct weir_unlock *ret)
{
	struct weir_unlock unlock = {.not_before_s = from->not_before_s,
				     .expires_s = from->expires_s,
				     .minutes = from->minutes};

	if (from->schema != SCHEMA || from->nonce.len != sizeof(unlock.nonce) ||
	    strlen(from->agent) >= sizeof(unlock.agent) ||
	    strlen(from->purpose) >= sizeof(unlock.purpose))
		return -EBADMSG;
	memcpy(unlock.nonce, from->nonce.data, sizeof(unlock.nonce));
	memcpy(unlock.agent, from->agent, strlen(from->agent) + 1);
	memcpy(unlock.purpose, from->purpose, strlen(from->purpose) + 1);
	if (!unlock_valid(&unlock))
		return -EBADMSG;
	*ret = unlock;
	return 0;
}

static int decode(const struct weir_dsse *envelope, struct weir_unlock *ret)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	size_t len;
	const void *payload = weir_dsse_payload(envelope, &len);
	int r = len <= PAYLOAD_MAX
			? weir_wire_unpack(&weir__v1__unlock__descriptor, payload, len, &wire)
			: -EBADMSG;

	return r < 0 ? r : take(weir_wire_message(wire), ret);
}

int weir_unlock_decode(const void *data, size_t len, struct weir_unlock *ret)
{
	struct weir_dsse *envelope _cleanup_(weir_dsse_freep) = NULL;
	int r = len <= WEIR_UNLOCK_BYTES_MAX ? weir_dsse_peek(data, len, type, &envelope) : -E2BIG;

	return r < 0 ? r : decode(envelope, ret);
}

int weir_unlock_verify(const struct weir_dsse_keys *keys, const void *data, size_t len,
		       const char *agent, uint64_t now_s, struct weir_unlock *ret)
{
	struct weir_dsse *envelope _cleanup_(weir_dsse_freep) = NULL;
	struct weir_unlock unlock;
	int r = len <= WEIR_UNLOCK_BYTES_MAX ? weir_dsse_open(data, len, type, keys, 1, &envelope)
					     : -E2BIG;

	if (r >= 0)
		r = decode(envelope, &unlock);
	if (r < 0)
		return r;
	if (strcmp(unlock.agent, "*") != 0 && strcmp(unlock.agent, agent) != 0)
		return -ENODEV;
	if (now_s < unlock.not_before_s || now_s >= unlock.expires_s)
		return -EKEYEXPIRED;
	*ret = unlock;
	return 0;
}

static int encode_payload(const struct weir_unlock *unlock, struct weir_buf *buf)
{
	Weir__V1__Unlock message;

	weir__v1__unlock__init(&message);
	message.schema = SCHEMA;
	message.nonce = (ProtobufCBinaryData){.len = sizeof(unlock->nonce),
					      .data = (uint8_t *)unlock->nonce};
	message.agent = (char *)unlock->agent;
	message.purpose = (char *)unlock->purpose;
	message.not_before_s = unlock->not_before_s;
	message.expires_s = unlock->expires_s;
	message.minutes = unlock->minutes;
	return weir_wire_pack(&message.base, buf);
}

int weir_unlock_sign(const struct weir_unlock *unlock, const char *key_path, struct weir_buf *buf)
{
	struct weir_buf payload _cleanup_(weir_buf_done) = WEIR_BUF_INIT(PAYLOAD_MAX);
	struct weir_dsse_signer *signer _cleanup_(weir_dsse_signer_freep) = NULL;
	int r = unlock_valid(unlock) ? weir_dsse_signer_load(key_path, &signer) : -EINVAL;

	if (r >= 0)
		r = encode_payload(unlock, &payload);
	return r < 0 ? r : weir_dsse_sign(type, payload.data, payload.len, signer, buf);
}
