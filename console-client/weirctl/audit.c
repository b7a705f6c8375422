/* SPDX-License-Identifier: Apache-2.0 */
#include "audit.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/parse.h"

#define ENVELOPE_TEXT_MAX (WEIR_LEDGER_HEAD_MAX / 3 * 4 + 8)

static int read_number(const json_t *row, const char *name, uint64_t *ret)
{
	const char *text = json_string_value(json_object_get(row, name));

	return text && weir_parse_u64(text, ret) == 0 ? 0 : -EBADMSG;
}

static int read_hash(const json_t *row, const char *name, uint8_t hash[static WEIR_LEDGER_HASH_LEN])
{
	const char *text = json_string_value(json_object_get(row, name));

	return text && weir_unhex(text, hash, WEIR_LEDGER_HASH_LEN) == WEIR_LEDGER_HASH_LEN
		       ? 0
		       : -EBADMSG;
}

int weirctl_audit_entry(const json_t *row, struct weir_ledger_entry *ret,
			uint8_t before[static WEIR_LEDGER_HASH_LEN],
			uint8_t hash[static WEIR_LEDGER_HASH_LEN])
{
	const struct {
		const char *name;
		const char **text;
	} texts[] = {
		{"actor_name", &ret->actor_name}, {"via", &ret->via},
		{"action", &ret->action},	  {"object", &ret->object},
		{"detail", &ret->detail},
	};
	json_int_t sequence = json_integer_value(json_object_get(row, "sequence"));

	if (sequence <= 0 || read_number(row, "time_ns", &ret->time_ns) < 0 ||
	    read_number(row, "actor", &ret->actor) < 0 || read_hash(row, "before", before) < 0 ||
	    read_hash(row, "hash", hash) < 0)
		return -EBADMSG;
	ret->sequence = (uint64_t)sequence;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		*texts[i].text = json_string_value(json_object_get(row, texts[i].name));
		if (!*texts[i].text)
			return -EBADMSG;
	}
	return 0;
}

int weirctl_audit_head(const json_t *row, const struct weir_dsse_keys *keys,
		       struct weir_ledger_head *ret)
{
	const char *text = json_string_value(json_object_get(row, "envelope"));
	unsigned char data[ENVELOPE_TEXT_MAX];
	size_t len = text ? strlen(text) : 0;
	int n;

	if (len < 4 || len % 4 || len > ENVELOPE_TEXT_MAX)
		return -EBADMSG;
	n = EVP_DecodeBlock(data, (const unsigned char *)text, (int)len);
	if (n < 0)
		return -EBADMSG;
	/* The decoder counts the padding too. */
	n -= (text[len - 1] == '=') + (text[len - 2] == '=');
	return weir_ledger_head_open(data, (size_t)n, keys, ret);
}

static int open_heads(const json_t *rows, const struct weir_dsse_keys *keys,
		      struct weir_ledger_head *heads, struct weir_error *err)
{
	for (size_t i = 0; i < json_array_size(rows); i++) {
		int r = weirctl_audit_head(json_array_get(rows, i), keys, &heads[i]);

		if (r == -EKEYREJECTED)
			return weir_error_set(err, r, 0, 0,
					      "head %zu is not signed with a key that was given",
					      i + 1);
		if (r < 0)
			return weir_error_set(err, r, 0, 0, "head %zu can't be read", i + 1);
	}
	return 0;
}

static int check_entries(const json_t *rows, struct weir_ledger_check *check,
			 struct weir_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_array_size(rows); i++) {
		uint8_t before[WEIR_LEDGER_HASH_LEN], hash[WEIR_LEDGER_HASH_LEN];
		struct weir_ledger_entry entry;

		if (weirctl_audit_entry(json_array_get(rows, i), &entry, before, hash) < 0)
			return weir_error_set(err, -EBADMSG, 0, 0, "row %zu is no entry", i + 1);
		r = weir_ledger_check_entry(check, &entry, before, hash, err);
	}
	return r;
}

int weirctl_audit_check(const json_t *entries, const json_t *heads,
			const struct weir_dsse_keys *keys, uint64_t *ret_count,
			uint64_t *ret_uncovered, struct weir_error *err)
{
	struct weir_ledger_check *check _cleanup_(weir_ledger_check_freep) = NULL;
	const size_t n = json_array_size(heads);
	struct weir_ledger_head *opened _cleanup_(freep) = calloc(n + 1, sizeof(*opened));
	int r;

	if (!opened)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	r = open_heads(heads, keys, opened, err);
	if (r == 0)
		r = weir_ledger_check_new(opened, n, err, &check);
	if (r == 0)
		r = check_entries(entries, check, err);
	if (r == 0)
		r = weir_ledger_check_end(check, err);
	if (r < 0)
		return r;
	*ret_count = weir_ledger_check_count(check);
	*ret_uncovered = weir_ledger_check_uncovered(check);
	return 0;
}
