/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys of people. */

#include <errno.h>
#include <string.h>

#include "internal.h"
#include "weir/base/time.h"

static int insert(struct weir_db_tx *tx, const struct weir_principal *by, const char *key_id,
		  const uint8_t raw[static WEIR_DSSE_KEY_LEN], int64_t *ret_id)
{
	return WEIR_DB_NUMBER(
		tx, ret_id,
		"INSERT INTO policy_key (key_id, raw, owner, owner_name, state, created_ns) "
		"VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
		weir_db_text(key_id), weir_db_blob(raw, WEIR_DSSE_KEY_LEN),
		weir_db_int((int64_t)by->id), weir_db_text(by->name),
		weir_db_int(WEIR_POLICY_KEY_PENDING), weir_db_int((int64_t)weir_now_realtime()));
}

int weir_policy_key_add(struct weir_store *store, const struct weir_principal *by, const char *pem,
			size_t len, uint64_t *ret_id, struct weir_error *err)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	char key_id[WEIR_DSSE_KEY_ID_LEN + 1];
	uint8_t raw[WEIR_DSSE_KEY_LEN];
	int64_t id;
	int r = weir_dsse_key_parse(pem, len, raw, key_id);

	if (r < 0)
		return weir_error_set(err, r, 0, 0, "this is no Ed25519 public key in PEM");
	r = weir_db_write(store, &tx);
	if (r >= 0)
		r = insert(tx, by, key_id, raw, &id);
	if (r == -EEXIST)
		return weir_error_set(err, r, 0, 0, "this key is known already");
	if (r >= 0)
		r = finish(tx, by, "policy.key.add", "policy key", (uint64_t)id, "");
	if (r < 0)
		return r;
	*ret_id = (uint64_t)id;
	return 0;
}

static int owner_of(struct weir_db_tx *tx, uint64_t id, int64_t *ret, struct weir_error *err)
{
	int r = WEIR_DB_NUMBER(tx, ret, "SELECT owner FROM policy_key WHERE id = $1",
			       weir_db_int((int64_t)id));

	return r == -ENOENT ? weir_error_set(err, r, 0, 0, "there is no such key") : r;
}

static int change(struct weir_db_tx *tx, uint64_t id, int64_t from, int64_t to,
		  struct weir_error *err)
{
	int r = WEIR_DB_RUN(tx, "UPDATE policy_key SET state = $1 WHERE id = $2 AND state = $3",
			    weir_db_int(to), weir_db_int((int64_t)id), weir_db_int(from));

	return r == 0 ? weir_error_set(err, -ESTALE, 0, 0, "the key is not in this state") : r;
}

int weir_policy_key_approve(struct weir_store *store, const struct weir_principal *by, uint64_t id,
			    struct weir_error *err)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int64_t owner;
	int r = weir_db_write(store, &tx);

	if (r >= 0)
		r = owner_of(tx, id, &owner, err);
	if (r < 0)
		return r;
	if ((uint64_t)owner == by->id)
		return weir_error_set(err, -EPERM, 0, 0, "nobody approves a key of his own");
	r = change(tx, id, WEIR_POLICY_KEY_PENDING, WEIR_POLICY_KEY_ACTIVE, err);
	return r < 0 ? r : finish(tx, by, "policy.key.approve", "policy key", id, "");
}

int weir_policy_key_revoke(struct weir_store *store, const struct weir_principal *by, uint64_t id,
			   struct weir_error *err)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int64_t owner;
	int r = weir_db_write(store, &tx);

	if (r >= 0)
		r = owner_of(tx, id, &owner, err);
	if (r >= 0)
		r = WEIR_DB_RUN(tx, "UPDATE policy_key SET state = $1 WHERE id = $2",
				weir_db_int(WEIR_POLICY_KEY_REVOKED), weir_db_int((int64_t)id));
	return r < 0 ? r : finish(tx, by, "policy.key.revoke", "policy key", id, "");
}

int weir_policy_key_list(struct weir_store *store, weir_policy_key_fn fn, void *context)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = weir_db_read(store, &tx);

	if (r >= 0)
		r = WEIR_DB_QUERY(tx, &rows,
				  "SELECT id, key_id, owner, owner_name, state, created_ns "
				  "FROM policy_key ORDER BY id LIMIT $1",
				  weir_db_int(WEIR_POLICY_LIST_LIMIT));
	while (r >= 0 && (r = weir_db_next(rows)) > 0) {
		const struct weir_policy_key key = {
			.id = (uint64_t)weir_db_get_int(rows, 0),
			.key_id = weir_db_get_text(rows, 1),
			.owner = (uint64_t)weir_db_get_int(rows, 2),
			.owner_name = weir_db_get_text(rows, 3),
			.state = (enum weir_policy_key_state)weir_db_get_int(rows, 4),
			.created_ns = (uint64_t)weir_db_get_int(rows, 5),
		};

		r = fn(context, &key);
		if (r != 0)
			break;
	}
	return r < 0 ? r : 0;
}

int keys_active(struct weir_db_tx *tx, struct weir_dsse_keys **ret,
		uint64_t owners[static WEIR_DSSE_KEYS_MAX])
{
	struct weir_dsse_keys *keys _cleanup_(weir_dsse_keys_freep) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = weir_dsse_keys_new(&keys);

	if (r >= 0)
		r = WEIR_DB_QUERY(tx, &rows,
				  "SELECT raw, owner FROM policy_key WHERE state = $1 "
				  "ORDER BY id LIMIT $2",
				  weir_db_int(WEIR_POLICY_KEY_ACTIVE),
				  weir_db_int(WEIR_DSSE_KEYS_MAX));
	while (r >= 0 && (r = weir_db_next(rows)) > 0) {
		size_t len, at = weir_dsse_keys_count(keys);
		const void *raw = weir_db_get_blob(rows, 0, &len);

		owners[at] = (uint64_t)weir_db_get_int(rows, 1);
		r = len == WEIR_DSSE_KEY_LEN ? weir_dsse_keys_add(keys, raw) : -EBADMSG;
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(keys);
	return 0;
}

int keys_people(const struct weir_dsse *envelope, const struct weir_dsse_keys *keys,
		const uint64_t owners[static WEIR_DSSE_KEYS_MAX], unsigned *ret)
{
	uint32_t vouched = 0;
	unsigned people = 0;
	int r = envelope ? weir_dsse_vouched(envelope, keys, &vouched) : 0;

	if (r < 0)
		return r;
	for (size_t i = 0; i < weir_dsse_keys_count(keys); i++) {
		bool counted = !(vouched & UINT32_C(1) << i);

		for (size_t j = 0; j < i && !counted; j++)
			counted = (vouched & UINT32_C(1) << j) && owners[j] == owners[i];
		people += !counted;
	}
	*ret = people;
	return 0;
}
