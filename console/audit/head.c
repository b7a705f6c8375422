/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "weir/console_audit/audit.h"

/* The last entry without a head. 0: there is none. */
static int read_unsigned(struct weir_store *store, struct weir_ledger_head *ret)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	const void *hash;
	size_t len;
	int r = weir_db_read(store, &tx);

	if (r == 0)
		r = weir_db_query(tx,
				  "SELECT sequence, hash FROM audit_entry WHERE sequence > "
				  "(SELECT coalesce(max(sequence), 0) FROM audit_head) "
				  "ORDER BY sequence DESC LIMIT 1",
				  NULL, 0, &rows);
	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r;
	ret->sequence = (uint64_t)weir_db_get_int(rows, 0);
	hash = weir_db_get_blob(rows, 1, &len);
	if (len != sizeof(ret->hash))
		return -EBADMSG;
	memcpy(ret->hash, hash, len);
	return 1;
}

/* Another console may have signed the same. */
static int store_head(struct weir_store *store, const struct weir_ledger_head *head,
		      const struct weir_buf *envelope)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_write(store, &tx);

	if (r == 0)
		r = WEIR_DB_RUN(tx,
				"INSERT INTO audit_head (sequence, time_ns, envelope) "
				"VALUES ($1, $2, $3) ON CONFLICT (sequence) DO NOTHING",
				weir_db_int((int64_t)head->sequence),
				weir_db_int((int64_t)head->time_ns),
				weir_db_blob(envelope->data, envelope->len));
	return r < 0 ? r : weir_db_commit(tx);
}

int weir_audit_sign(struct weir_store *store, const struct weir_dsse_signer *signer,
		    uint64_t now_ns)
{
	struct weir_buf envelope _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_LEDGER_HEAD_MAX);
	struct weir_ledger_head head = {.time_ns = now_ns};
	int r = read_unsigned(store, &head);

	if (r <= 0)
		return r;
	r = weir_ledger_head_sign(&head, signer, &envelope);
	if (r == 0)
		r = store_head(store, &head, &envelope);
	return r < 0 ? r : 1;
}

int weir_audit_signed_at(struct weir_store *store, uint64_t *ret_ns)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int64_t time_ns;
	int r = weir_db_read(store, &tx);

	if (r == 0)
		r = weir_db_number(tx, "SELECT coalesce(max(time_ns), 0) FROM audit_head", NULL, 0,
				   &time_ns);
	if (r == 0)
		*ret_ns = (uint64_t)time_ns;
	return r;
}

int weir_audit_heads(struct weir_store *store, uint64_t after, uint32_t limit,
		     weir_audit_head_fn fn, void *context)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = weir_db_read(store, &tx);

	if (r == 0)
		r = WEIR_DB_QUERY(tx, &rows,
				  "SELECT sequence, envelope FROM audit_head WHERE sequence > $1 "
				  "ORDER BY sequence LIMIT $2",
				  weir_db_int((int64_t)after), weir_db_int(limit));
	while (r == 0) {
		const void *head;
		size_t len;

		r = weir_db_next(rows);
		if (r <= 0)
			return r;
		head = weir_db_get_blob(rows, 1, &len);
		r = fn(context, (uint64_t)weir_db_get_int(rows, 0), head, len);
	}
	return r < 0 ? r : 0;
}
