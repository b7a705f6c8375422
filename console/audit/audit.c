/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_audit/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "weir/base/time.h"
#include "weir/base/utf8.h"

static const char *const migrations[] = {
	"CREATE TABLE audit_entry ("
	"sequence {int} PRIMARY KEY, time_ns {int} NOT NULL, actor {int} NOT NULL, "
	"actor_name {text} NOT NULL, via {text} NOT NULL, action {text} NOT NULL, "
	"object {text} NOT NULL, detail {text} NOT NULL, before {blob} NOT NULL, "
	"hash {blob} NOT NULL) {keyed};"
	"CREATE TABLE audit_head ("
	"sequence {int} PRIMARY KEY, time_ns {int} NOT NULL, envelope {blob} NOT NULL) {keyed};",
};

int weir_audit_init(struct weir_store *store, struct weir_error *err)
{
	static const struct weir_db_schema schema = {"audit", migrations, ARRAY_SIZE(migrations)};

	return weir_db_migrate(store, &schema, err);
}

static int copy_hash(const struct weir_db_rows *rows, size_t column,
		     uint8_t ret[static WEIR_LEDGER_HASH_LEN])
{
	size_t len;
	const void *data = weir_db_get_blob(rows, column, &len);

	if (len != WEIR_LEDGER_HASH_LEN)
		return -EBADMSG;
	memcpy(ret, data, len);
	return 0;
}

/* Sequence and hash of the last entry; 0 and zeros before the first. Nobody else can add one before
 * this transaction ends. */
static int read_last(struct weir_db_tx *tx, uint64_t *ret_sequence,
		     uint8_t ret_hash[static WEIR_LEDGER_HASH_LEN])
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = weir_db_query(
		tx, "SELECT sequence, hash FROM audit_entry ORDER BY sequence DESC LIMIT 1", NULL,
		0, &rows);

	*ret_sequence = 0;
	memset(ret_hash, 0, WEIR_LEDGER_HASH_LEN);
	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r;
	*ret_sequence = (uint64_t)weir_db_get_int(rows, 0);
	return copy_hash(rows, 1, ret_hash);
}

/* Text that reads the same in a terminal, in JSON and in the database. */
static bool clean(const char *text)
{
	return weir_utf8_line(text, WEIR_LEDGER_TEXT_MAX);
}

#define VIA_TEXT 32

static void tell_via(const struct weir_principal *by, char via[static VIA_TEXT])
{
	if (!by)
		(void)snprintf(via, VIA_TEXT, "server");
	else if (by->id == 0)
		(void)snprintf(via, VIA_TEXT, "certificate"); /* an endpoint */
	else if (by->token)
		(void)snprintf(via, VIA_TEXT, "token %" PRIu64, by->token);
	else if (by->session)
		(void)snprintf(via, VIA_TEXT, "session %" PRIu64, by->session);
	else
		(void)snprintf(via, VIA_TEXT, "%s",
			       by->id == WEIR_PRINCIPAL_DEVELOPER_ID ? "developer token" : "login");
}

static int insert(struct weir_db_tx *tx, const struct weir_audit_entry *row)
{
	const struct weir_ledger_entry *entry = &row->entry;

	return WEIR_DB_RUN(
		tx,
		"INSERT INTO audit_entry (sequence, time_ns, actor, actor_name, via, action, "
		"object, "
		"detail, before, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		weir_db_int((int64_t)entry->sequence), weir_db_int((int64_t)entry->time_ns),
		weir_db_int((int64_t)entry->actor), weir_db_text(entry->actor_name),
		weir_db_text(entry->via), weir_db_text(entry->action), weir_db_text(entry->object),
		weir_db_text(entry->detail), weir_db_blob(row->before, sizeof(row->before)),
		weir_db_blob(row->hash, sizeof(row->hash)));
}

int weir_audit_write(struct weir_db_tx *tx, const struct weir_principal *by, const char *action,
		     const char *object, const char *detail)
{
	char via[VIA_TEXT];
	struct weir_audit_entry row = {
		.entry = {.time_ns = weir_now_realtime(),
			  .actor = by ? by->id : 0,
			  .actor_name = by ? by->name : "console",
			  .via = via,
			  .action = action,
			  .object = object,
			  .detail = detail},
	};
	uint64_t last;
	int r;

	if (!clean(row.entry.actor_name) || !clean(action) || !clean(object) || !clean(detail))
		return -EINVAL;
	tell_via(by, via);
	r = read_last(tx, &last, row.before);
	row.entry.sequence = last + 1;
	if (r == 0)
		r = weir_ledger_hash(&row.entry, row.before, row.hash);
	if (r == 0)
		r = insert(tx, &row);
	return r < 0 ? r : 0;
}

int weir_audit_note(struct weir_store *store, const struct weir_principal *by, const char *action,
		    const char *object, const char *detail)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_write(store, &tx);

	if (r == 0)
		r = weir_audit_write(tx, by, action, object, detail);
	return r < 0 ? r : weir_db_commit(tx);
}

static int hand_out(const struct weir_db_rows *rows, weir_audit_fn fn, void *context)
{
	struct weir_audit_entry row = {
		.entry = {.sequence = (uint64_t)weir_db_get_int(rows, 0),
			  .time_ns = (uint64_t)weir_db_get_int(rows, 1),
			  .actor = (uint64_t)weir_db_get_int(rows, 2),
			  .actor_name = weir_db_get_text(rows, 3),
			  .via = weir_db_get_text(rows, 4),
			  .action = weir_db_get_text(rows, 5),
			  .object = weir_db_get_text(rows, 6),
			  .detail = weir_db_get_text(rows, 7)},
	};

	/* A hash of another length is shown as zeros, and fails the check. */
	(void)copy_hash(rows, 8, row.before);
	(void)copy_hash(rows, 9, row.hash);
	return fn(context, &row);
}

#define COLUMNS "sequence, time_ns, actor, actor_name, via, action, object, detail, before, hash"

static int query_page(struct weir_db_tx *tx, const struct weir_audit_filter *filter,
		      struct weir_db_rows **ret)
{
	if (!filter->newest_first)
		return WEIR_DB_QUERY(tx, ret,
				     "SELECT " COLUMNS " FROM audit_entry WHERE sequence > $1 "
				     "ORDER BY sequence LIMIT $2",
				     weir_db_int((int64_t)filter->after),
				     weir_db_int(filter->limit));
	return WEIR_DB_QUERY(tx, ret,
			     "SELECT " COLUMNS " FROM audit_entry WHERE sequence < $1 "
			     "ORDER BY sequence DESC LIMIT $2",
			     weir_db_int(filter->before ? (int64_t)filter->before : INT64_MAX),
			     weir_db_int(filter->limit));
}

int weir_audit_list(struct weir_store *store, const struct weir_audit_filter *filter,
		    weir_audit_fn fn, void *context)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = weir_db_read(store, &tx);

	if (r == 0)
		r = query_page(tx, filter, &rows);
	while (r == 0) {
		r = weir_db_next(rows);
		if (r <= 0)
			return r;
		r = hand_out(rows, fn, context);
	}
	return r < 0 ? r : 0;
}
