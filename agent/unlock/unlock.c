/* SPDX-License-Identifier: Apache-2.0 */
/* Owns: what bytes make an unlock, and which of them a signature covers. Must not open anything. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <openssl/err.h>

#include "internal.h"
#include "weir/proto/wire.h"
#include "weir/v1/unlock.pb-c.h"

#define SCHEMA	    1
#define PAYLOAD_MAX 384

/* What is signed says what it is, so that no signature of the key over something else fits. */
static const char domain[] = "weir.v1.Unlock\n";
#define DOMAIN_LEN (sizeof(domain) - 1)

struct covered {
	uint8_t bytes[DOMAIN_LEN + PAYLOAD_MAX];
	size_t len;
	uint8_t signature[SIGNATURE_LEN];
};

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

static int decode_payload(const void *data, size_t len, struct weir_unlock *ret)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	int r = weir_wire_unpack(&weir__v1__unlock__descriptor, data, len, &wire);

	return r < 0 ? r : take(weir_wire_message(wire), ret);
}

static int decode(const void *data, size_t len, struct covered *ret_covered,
		  struct weir_unlock *ret)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	const Weir__V1__SignedUnlock *outer;
	int r;

	if (len > WEIR_UNLOCK_BYTES_MAX)
		return -E2BIG;
	r = weir_wire_unpack(&weir__v1__signed_unlock__descriptor, data, len, &wire);
	if (r < 0)
		return r;
	outer = weir_wire_message(wire);
	if (outer->signature.len != SIGNATURE_LEN || outer->unlock.len == 0 ||
	    outer->unlock.len > PAYLOAD_MAX)
		return -EBADMSG;
	memcpy(ret_covered->bytes, domain, DOMAIN_LEN);
	memcpy(ret_covered->bytes + DOMAIN_LEN, outer->unlock.data, outer->unlock.len);
	ret_covered->len = DOMAIN_LEN + outer->unlock.len;
	memcpy(ret_covered->signature, outer->signature.data, SIGNATURE_LEN);
	return decode_payload(outer->unlock.data, outer->unlock.len, ret);
}

int weir_unlock_decode(const void *data, size_t len, struct weir_unlock *ret)
{
	struct covered covered;

	return decode(data, len, &covered, ret);
}

static int signed_by(EVP_PKEY *key, const struct covered *covered)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int good = context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
		   EVP_DigestVerify(context, covered->signature, SIGNATURE_LEN, covered->bytes,
				    covered->len) == 1;

	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return good;
}

int weir_unlock_verify(const struct weir_unlock_keys *keys, const void *data, size_t len,
		       const char *agent, uint64_t now_s, struct weir_unlock *ret)
{
	struct weir_unlock unlock;
	struct covered covered;
	size_t i = 0;
	int r = decode(data, len, &covered, &unlock);

	if (r < 0)
		return r;
	while (i < keys->count && !signed_by(keys->key[i], &covered))
		i++;
	if (i == keys->count)
		return -EKEYREJECTED;
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

static int sign(EVP_PKEY *key, struct covered *covered)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t len = sizeof(covered->signature);
	int good = context && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
		   EVP_DigestSign(context, covered->signature, &len, covered->bytes,
				  covered->len) == 1 &&
		   len == SIGNATURE_LEN;

	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return good ? 0 : -EINVAL;
}

int weir_unlock_sign(const struct weir_unlock *unlock, const char *key_path, struct weir_buf *buf)
{
	struct weir_buf payload _cleanup_(weir_buf_done) = WEIR_BUF_INIT(PAYLOAD_MAX);
	EVP_PKEY *key _cleanup_(key_freep) = NULL;
	Weir__V1__SignedUnlock message;
	struct covered covered;
	int r = unlock_valid(unlock) ? key_read(AT_FDCWD, key_path, 1, &key) : -EINVAL;

	if (r >= 0)
		r = encode_payload(unlock, &payload);
	if (r < 0)
		return r;
	memcpy(covered.bytes, domain, DOMAIN_LEN);
	memcpy(covered.bytes + DOMAIN_LEN, payload.data, payload.len);
	covered.len = DOMAIN_LEN + payload.len;
	r = sign(key, &covered);
	if (r < 0)
		return r;
	weir__v1__signed_unlock__init(&message);
	message.unlock = (ProtobufCBinaryData){.len = payload.len, .data = (uint8_t *)payload.data};
	message.signature = (ProtobufCBinaryData){.len = SIGNATURE_LEN, .data = covered.signature};
	return weir_wire_pack(&message.base, buf);
}
