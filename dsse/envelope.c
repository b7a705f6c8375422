/* SPDX-License-Identifier: Apache-2.0 */
/* Owns: what bytes make an envelope, and what of them a signature covers. Must not open files or know any payload. */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "internal.h"
#include "weir/proto/wire.h"
#include "weir/v1/envelope.pb-c.h"

#define PAE_MAX (WEIR_DSSE_BYTES_MAX + 256)

struct weir_dsse {
	struct weir_wire *wire;
	const Weir__V1__Envelope *message; /* of wire */
};

int weir_dsse_pae(const char *type, const void *payload, size_t len, struct weir_buf *buf)
{
	const size_t before = buf->len;
	int r = weir_buf_printf(buf, "DSSEv1 %zu %s %zu ", strlen(type), type, len);

	if (r >= 0)
		r = weir_buf_append(buf, payload, len);
	if (r < 0)
		buf->len = before;
	return r;
}

static bool is_key_id(const char *text)
{
	return strlen(text) == WEIR_DSSE_KEY_ID_LEN &&
	       strspn(text, "0123456789abcdef") == WEIR_DSSE_KEY_ID_LEN;
}

static bool signature_valid(const Weir__V1__Envelope *message, size_t i)
{
	const Weir__V1__EnvelopeSignature *signature = message->signatures[i];

	if (signature->sig.len != WEIR_DSSE_SIGNATURE_LEN || !is_key_id(signature->keyid) ||
	    signature->base.n_unknown_fields > 0)
		return false;
	for (size_t j = 0; j < i; j++)
		if (strcmp(message->signatures[j]->keyid, signature->keyid) == 0)
			return false;
	return true;
}

static int check(const Weir__V1__Envelope *message, const char *type)
{
	if (message->n_signatures > WEIR_DSSE_SIGNATURES_MAX)
		return -E2BIG;
	if (message->base.n_unknown_fields > 0 || message->payload.len == 0 ||
	    message->n_signatures == 0 || strcmp(message->payload_type, type) != 0)
		return -EBADMSG;
	for (size_t i = 0; i < message->n_signatures; i++)
		if (!signature_valid(message, i))
			return -EBADMSG;
	return 0;
}

int weir_dsse_peek(const void *data, size_t len, const char *type, struct weir_dsse **ret)
{
	struct weir_dsse *envelope _cleanup_(weir_dsse_freep) = calloc(1, sizeof(*envelope));
	int r;

	if (!envelope)
		return -ENOMEM;
	r = weir_wire_unpack(&weir__v1__envelope__descriptor, data, len, &envelope->wire);
	if (r < 0)
		return r;
	envelope->message = weir_wire_message(envelope->wire);
	r = check(envelope->message, type);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(envelope);
	return 0;
}

void weir_dsse_free(struct weir_dsse *envelope)
{
	if (!envelope)
		return;
	weir_wire_free(envelope->wire);
	free(envelope);
}

const void *weir_dsse_payload(const struct weir_dsse *envelope, size_t *ret_len)
{
	*ret_len = envelope->message->payload.len;
	return envelope->message->payload.data;
}

size_t weir_dsse_signatures(const struct weir_dsse *envelope)
{
	return envelope->message->n_signatures;
}

const char *weir_dsse_signature_id(const struct weir_dsse *envelope, size_t i)
{
	return i < envelope->message->n_signatures ? envelope->message->signatures[i]->keyid : NULL;
}

static int cover(const struct weir_dsse *envelope, struct weir_buf *pae)
{
	return weir_dsse_pae(envelope->message->payload_type, envelope->message->payload.data,
			     envelope->message->payload.len, pae);
}

static bool signed_by(EVP_PKEY *key, const ProtobufCBinaryData *signature,
		      const struct weir_buf *pae)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
		    EVP_DigestVerify(context, signature->data, signature->len,
				     (const unsigned char *)pae->data, pae->len) == 1;

	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return good;
}

int weir_dsse_vouched(const struct weir_dsse *envelope, const struct weir_dsse_keys *keys,
		      uint32_t *ret)
{
	struct weir_buf pae _cleanup_(weir_buf_done) = WEIR_BUF_INIT(PAE_MAX);
	uint32_t vouched = 0;
	int r = cover(envelope, &pae);

	if (r < 0)
		return r;
	for (size_t i = 0; i < envelope->message->n_signatures; i++) {
		const Weir__V1__EnvelopeSignature *signature = envelope->message->signatures[i];
		int found = key_find(keys, signature->keyid);

		if (found < 0)
			continue;
		if (!signed_by(keys->item[found].key, &signature->sig, &pae))
			return -EKEYREJECTED;
		vouched |= UINT32_C(1) << found;
	}
	*ret = vouched;
	return 0;
}

int weir_dsse_open(const void *data, size_t len, const char *type,
		   const struct weir_dsse_keys *keys, unsigned threshold, struct weir_dsse **ret)
{
	struct weir_dsse *envelope _cleanup_(weir_dsse_freep) = NULL;
	uint32_t vouched = 0;
	int r = threshold > 0 ? weir_dsse_peek(data, len, type, &envelope) : -EINVAL;

	if (r >= 0)
		r = weir_dsse_vouched(envelope, keys, &vouched);
	if (r < 0)
		return r;
	if ((unsigned)__builtin_popcount(vouched) < threshold)
		return -EKEYREJECTED;
	*ret = TAKE_PTR(envelope);
	return 0;
}

static int make_signature(const struct weir_dsse_signer *signer, const struct weir_buf *pae,
			  uint8_t ret[static WEIR_DSSE_SIGNATURE_LEN])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t len = WEIR_DSSE_SIGNATURE_LEN;
	bool good = context && EVP_DigestSignInit(context, NULL, NULL, NULL, signer->key) == 1 &&
		    EVP_DigestSign(context, ret, &len, (const unsigned char *)pae->data,
				   pae->len) == 1 &&
		    len == WEIR_DSSE_SIGNATURE_LEN;

	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return good ? 0 : -EINVAL;
}

/* Appends message with one signature more behind those it has. */
static int pack(const Weir__V1__Envelope *message, const struct weir_dsse_signer *signer,
		struct weir_buf *buf)
{
	struct weir_buf pae _cleanup_(weir_buf_done) = WEIR_BUF_INIT(PAE_MAX);
	Weir__V1__EnvelopeSignature *signatures[WEIR_DSSE_SIGNATURES_MAX], fresh;
	Weir__V1__Envelope whole = *message;
	uint8_t bytes[WEIR_DSSE_SIGNATURE_LEN];
	int r = weir_dsse_pae(message->payload_type, message->payload.data, message->payload.len,
			      &pae);

	if (r >= 0)
		r = make_signature(signer, &pae, bytes);
	if (r < 0)
		return r;
	for (size_t i = 0; i < message->n_signatures; i++)
		signatures[i] = message->signatures[i];
	weir__v1__envelope_signature__init(&fresh);
	fresh.sig = (ProtobufCBinaryData){.len = sizeof(bytes), .data = bytes};
	fresh.keyid = (char *)signer->id;
	signatures[whole.n_signatures++] = &fresh;
	whole.signatures = signatures;
	return weir_wire_pack(&whole.base, buf);
}

int weir_dsse_sign(const char *type, const void *payload, size_t len,
		   const struct weir_dsse_signer *signer, struct weir_buf *buf)
{
	Weir__V1__Envelope message;

	if (!type[0] || strlen(type) > WEIR_DSSE_TYPE_MAX || len == 0)
		return -EINVAL;
	weir__v1__envelope__init(&message);
	message.payload = (ProtobufCBinaryData){.len = len, .data = (uint8_t *)payload};
	message.payload_type = (char *)type;
	return pack(&message, signer, buf);
}

int weir_dsse_cosign(const struct weir_dsse *envelope, const struct weir_dsse_signer *signer,
		     struct weir_buf *buf)
{
	const Weir__V1__Envelope *message = envelope->message;

	for (size_t i = 0; i < message->n_signatures; i++)
		if (strcmp(message->signatures[i]->keyid, signer->id) == 0)
			return -EEXIST;
	if (message->n_signatures == WEIR_DSSE_SIGNATURES_MAX)
		return -E2BIG;
	return pack(message, signer, buf);
}
