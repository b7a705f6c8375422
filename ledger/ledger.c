/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/ledger/ledger.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#define ENTRY_DOMAIN "weir.ledger.entry.1"
#define HEAD_TYPE    "application/vnd.weir.ledger-head.v1"
#define ENTRY_MAX    (8 * WEIR_LEDGER_TEXT_MAX)

static int put_number(struct weir_buf *buf, uint64_t number)
{
	const uint64_t big = htobe64(number);

	return weir_buf_append(buf, &big, sizeof(big));
}

/* The length before the bytes: no two entries have one form. */
static int put_text(struct weir_buf *buf, const char *text)
{
	size_t len = strlen(text);
	int r = len > WEIR_LEDGER_TEXT_MAX ? -EINVAL : put_number(buf, len);

	return r < 0 ? r : weir_buf_append(buf, text, len);
}

static int put_entry(struct weir_buf *buf, const struct weir_ledger_entry *entry)
{
	const char *const texts[] = {ENTRY_DOMAIN,  entry->actor_name, entry->via,
				     entry->action, entry->object,     entry->detail};
	const uint64_t numbers[] = {entry->sequence, entry->time_ns, entry->actor};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(numbers); i++)
		r = put_number(buf, numbers[i]);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(texts); i++)
		r = put_text(buf, texts[i]);
	return r;
}

int weir_ledger_hash(const struct weir_ledger_entry *entry,
		     const uint8_t before[static WEIR_LEDGER_HASH_LEN],
		     uint8_t ret[static WEIR_LEDGER_HASH_LEN])
{
	struct weir_buf form _cleanup_(weir_buf_done) = WEIR_BUF_INIT(ENTRY_MAX);
	int r = weir_buf_append(&form, before, WEIR_LEDGER_HASH_LEN);

	if (r == 0)
		r = put_entry(&form, entry);
	return r < 0 ? r : weir_sha256(form.data, form.len, ret);
}

/* What is signed: fixed length, most significant byte first. */
struct head_form {
	uint64_t time_ns, sequence;
	uint8_t hash[WEIR_LEDGER_HASH_LEN];
};

int weir_ledger_head_sign(const struct weir_ledger_head *head,
			  const struct weir_dsse_signer *signer, struct weir_buf *buf)
{
	struct head_form form = {.time_ns = htobe64(head->time_ns),
				 .sequence = htobe64(head->sequence)};

	memcpy(form.hash, head->hash, sizeof(form.hash));
	return weir_dsse_sign(HEAD_TYPE, &form, sizeof(form), signer, buf);
}

int weir_ledger_head_open(const void *data, size_t len, const struct weir_dsse_keys *keys,
			  struct weir_ledger_head *ret)
{
	struct weir_dsse *envelope _cleanup_(weir_dsse_freep) = NULL;
	struct head_form form;
	const void *payload;
	size_t payload_len;
	int r;

	if (len > WEIR_LEDGER_HEAD_MAX)
		return -EBADMSG;
	r = weir_dsse_open(data, len, HEAD_TYPE, keys, 1, &envelope);
	if (r < 0)
		return r;
	payload = weir_dsse_payload(envelope, &payload_len);
	if (payload_len != sizeof(form))
		return -EBADMSG;
	memcpy(&form, payload, sizeof(form));
	*ret = (struct weir_ledger_head){.time_ns = be64toh(form.time_ns),
					 .sequence = be64toh(form.sequence)};
	memcpy(ret->hash, form.hash, sizeof(ret->hash));
	return ret->sequence ? 0 : -EBADMSG;
}
