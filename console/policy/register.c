/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the sharing register: asked for, decided by another person, ended. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

#define NAME_MAX_BYTES 64

static const char name_letters[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

static bool name_valid(const char *name, size_t len)
{
	return len > 0 && len <= NAME_MAX_BYTES && strspn(name, name_letters) >= len;
}

/* "a,b,c" */
static bool classes_valid(const char *classes)
{
	for (unsigned n = 1; n <= WEIR_REGISTER_CLASSES_MAX; n++) {
		size_t len = strcspn(classes, ",");

		if (!name_valid(classes, len))
			return false;
		if (!classes[len])
			return true;
		classes += len + 1;
	}
	return false;
}

static bool channel_valid(const char *channel)
{
	return strcmp(channel, "removable") == 0 || strcmp(channel, "share") == 0 ||
	       strcmp(channel, "network") == 0;
}

static int check(const struct weir_register_entry *e, uint64_t now_ns, struct weir_error *err)
{
	if (!name_valid(e->recipient, strlen(e->recipient)) ||
	    !name_valid(e->to_group, strlen(e->to_group)))
		return weir_error_set(err, -EINVAL, 0, 0,
				      "recipient and destination are groups of the policy");
	if (!classes_valid(e->classes))
		return weir_error_set(err, -EINVAL, 0, 0,
				      "classes are names of the policy's classes, at most %d",
				      WEIR_REGISTER_CLASSES_MAX);
	if (!channel_valid(e->channel))
		return weir_error_set(err, -EINVAL, 0, 0,
				      "the channel is removable, share or network");
	if (!text_valid(e->purpose, WEIR_REGISTER_TEXT_MAX, false) ||
	    !text_valid(e->agreement, WEIR_REGISTER_TEXT_MAX, false))
		return weir_error_set(err, -EINVAL, 0, 0,
				      "purpose and agreement are lines of 1 to %d bytes",
				      WEIR_REGISTER_TEXT_MAX);
	if (e->until_ns <= e->from_ns || e->until_ns <= now_ns || e->until_ns > INT64_MAX)
		return weir_error_set(err, -EINVAL, 0, 0, "it ends before it begins, or has ended");
	return 0;
}

static int insert(struct weir_db_tx *tx, const struct weir_principal *by,
		  const struct weir_register_entry *e, uint64_t now_ns, int64_t *ret_id)
{
	return WEIR_DB_NUMBER(
		tx, ret_id,
		"INSERT INTO register_entry (state, recipient, classes, purpose, agreement, "
		"channel, to_group, from_ns, until_ns, requester, requester_name, approver, "
		"approver_name, created_ns, decided_ns, reminded_ns, ended_ns) VALUES ($1, $2, $3, "
		"$4, $5, $6, $7, $8, $9, $10, $11, 0, '', $12, 0, 0, 0) RETURNING id",
		weir_db_int(WEIR_REGISTER_REQUESTED), weir_db_text(e->recipient),
		weir_db_text(e->classes), weir_db_text(e->purpose), weir_db_text(e->agreement),
		weir_db_text(e->channel), weir_db_text(e->to_group),
		weir_db_int((int64_t)e->from_ns), weir_db_int((int64_t)e->until_ns),
		weir_db_int((int64_t)by->id), weir_db_text(by->name), weir_db_int((int64_t)now_ns));
}

int weir_register_request(struct weir_store *store, const struct weir_principal *by,
			  const struct weir_register_entry *entry, uint64_t now_ns,
			  uint64_t *ret_id, struct weir_error *err)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int64_t id;
	int r = check(entry, now_ns, err);

	if (r >= 0)
		r = weir_db_write(store, &tx);
	if (r >= 0)
		r = insert(tx, by, entry, now_ns, &id);
	if (r >= 0)
		r = finish(tx, by, "register.request", "register entry", (uint64_t)id, "");
	if (r < 0)
		return r;
	*ret_id = (uint64_t)id;
	return 0;
}

/* Who asked for it, when it is in this state. */
static int find(struct weir_db_tx *tx, uint64_t id, enum weir_register_state state,
		uint64_t *ret_requester, struct weir_error *err)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(tx, &rows,
			      "SELECT state, requester FROM register_entry WHERE id = $1",
			      weir_db_int((int64_t)id));

	if (r >= 0)
		r = weir_db_next(rows);
	if (r == 0) {
		weir_error_set(err, -ENOENT, 0, 0, "there is no such entry");
		return -ENOENT;
	}
	if (r < 0)
		return r;
	if (weir_db_get_int(rows, 0) != state) {
		weir_error_set(err, -ESTALE, 0, 0, "the entry is not in this state any more");
		return -ESTALE;
	}
	*ret_requester = (uint64_t)weir_db_get_int(rows, 1);
	return 0;
}

int weir_register_decide(struct weir_store *store, const struct weir_principal *by, uint64_t id,
			 bool approve, uint64_t now_ns, struct weir_error *err)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	uint64_t requester;
	int r = weir_db_write(store, &tx);

	if (r >= 0)
		r = find(tx, id, WEIR_REGISTER_REQUESTED, &requester, err);
	if (r < 0)
		return r;
	if (requester == by->id)
		return weir_error_set(err, -EPERM, 0, 0,
				      "nobody decides on a request of his own: ask another person");
	r = WEIR_DB_RUN(tx,
			"UPDATE register_entry SET state = $1, approver = $2, approver_name = $3, "
			"decided_ns = $4 WHERE id = $5",
			weir_db_int(approve ? WEIR_REGISTER_ACTIVE : WEIR_REGISTER_REFUSED),
			weir_db_int((int64_t)by->id), weir_db_text(by->name),
			weir_db_int((int64_t)now_ns), weir_db_int((int64_t)id));
	return r < 0 ? r
		     : finish(tx, by, approve ? "register.approve" : "register.refuse",
			      "register entry", id, "");
}

static int set_ended(struct weir_db_tx *tx, uint64_t id, uint64_t now_ns)
{
	return WEIR_DB_RUN(tx, "UPDATE register_entry SET state = $1, ended_ns = $2 WHERE id = $3",
			   weir_db_int(WEIR_REGISTER_ENDED), weir_db_int((int64_t)now_ns),
			   weir_db_int((int64_t)id));
}

int weir_register_end(struct weir_store *store, const struct weir_principal *by, uint64_t id,
		      uint64_t now_ns, struct weir_error *err)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	uint64_t requester;
	int r = weir_db_write(store, &tx);

	if (r >= 0)
		r = find(tx, id, WEIR_REGISTER_ACTIVE, &requester, err);
	if (r >= 0)
		r = set_ended(tx, id, now_ns);
	return r < 0 ? r : finish(tx, by, "register.end", "register entry", id, "");
}

#define COLUMNS                                                                           \
	"id, state, recipient, classes, purpose, agreement, channel, to_group, from_ns, " \
	"until_ns, requester, requester_name, approver, approver_name, created_ns, "      \
	"decided_ns, reminded_ns, ended_ns, "                                             \
	"(SELECT count(*) FROM register_transfer t WHERE t.entry = register_entry.id), "  \
	"(SELECT coalesce(max(t.time_ns), 0) FROM register_transfer t WHERE t.entry = "   \
	"register_entry.id)"

static int show(const struct weir_db_rows *rows, weir_register_fn fn, void *context)
{
	char name[24];
	const struct weir_register_entry entry = {
		.id = (uint64_t)weir_db_get_int(rows, 0),
		.name = name,
		.state = (enum weir_register_state)weir_db_get_int(rows, 1),
		.recipient = weir_db_get_text(rows, 2),
		.classes = weir_db_get_text(rows, 3),
		.purpose = weir_db_get_text(rows, 4),
		.agreement = weir_db_get_text(rows, 5),
		.channel = weir_db_get_text(rows, 6),
		.to_group = weir_db_get_text(rows, 7),
		.from_ns = (uint64_t)weir_db_get_int(rows, 8),
		.until_ns = (uint64_t)weir_db_get_int(rows, 9),
		.requester = (uint64_t)weir_db_get_int(rows, 10),
		.requester_name = weir_db_get_text(rows, 11),
		.approver = (uint64_t)weir_db_get_int(rows, 12),
		.approver_name = weir_db_get_text(rows, 13),
		.created_ns = (uint64_t)weir_db_get_int(rows, 14),
		.decided_ns = (uint64_t)weir_db_get_int(rows, 15),
		.reminded_ns = (uint64_t)weir_db_get_int(rows, 16),
		.ended_ns = (uint64_t)weir_db_get_int(rows, 17),
		.transfers = (uint64_t)weir_db_get_int(rows, 18),
		.last_transfer_ns = (uint64_t)weir_db_get_int(rows, 19),
	};

	(void)snprintf(name, sizeof(name), "G-%04" PRIu64, entry.id);
	return fn(context, &entry);
}

static int read_entries(struct weir_store *store, const char *sql,
			const struct weir_db_value *values, size_t n_values, weir_register_fn fn,
			void *context)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int n = 0, r = weir_db_read(store, &tx);

	if (r >= 0)
		r = weir_db_query(tx, sql, values, n_values, &rows);
	while (r >= 0 && (r = weir_db_next(rows)) > 0) {
		n++;
		r = show(rows, fn, context);
		if (r != 0)
			break;
	}
	return r < 0 ? r : n;
}

int weir_register_list(struct weir_store *store, uint64_t before, uint32_t limit,
		       weir_register_fn fn, void *context)
{
	const struct weir_db_value values[] = {weir_db_int(before ? (int64_t)before : INT64_MAX),
					       weir_db_int(limit)};
	int r = read_entries(store,
			     "SELECT " COLUMNS " FROM register_entry WHERE id < $1 "
			     "ORDER BY id DESC LIMIT $2",
			     values, ARRAY_SIZE(values), fn, context);

	return WEIR_MIN(r, 0);
}

int weir_register_get(struct weir_store *store, uint64_t id, weir_register_fn fn, void *context)
{
	const struct weir_db_value value = weir_db_int((int64_t)id);
	int r = read_entries(store, "SELECT " COLUMNS " FROM register_entry WHERE id = $1", &value,
			     1, fn, context);

	return r == 0 ? -ENOENT : WEIR_MIN(r, 0);
}

/* The next entry whose time has come, and what for. */
struct due {
	int64_t id;
	bool ended;
};

static int next_due(struct weir_db_tx *tx, uint64_t now_ns, struct due *ret)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(tx, &rows,
			      "SELECT id, CASE WHEN until_ns <= $1 THEN 1 ELSE 0 END "
			      "FROM register_entry WHERE state = $2 AND (until_ns <= $1 OR "
			      "(reminded_ns = 0 AND until_ns <= $3)) ORDER BY id LIMIT 1",
			      weir_db_int((int64_t)now_ns), weir_db_int(WEIR_REGISTER_ACTIVE),
			      weir_db_int((int64_t)(now_ns + WEIR_REGISTER_REMIND_NS)));

	if (r >= 0)
		r = weir_db_next(rows);
	if (r > 0)
		*ret = (struct due){weir_db_get_int(rows, 0), weir_db_get_int(rows, 1) != 0};
	return r;
}

int tend_register(struct weir_store *store, uint64_t now_ns)
{
	for (int done = 0;; done++) {
		struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
		struct due due;
		int r = weir_db_write(store, &tx);

		if (r >= 0)
			r = next_due(tx, now_ns, &due);
		if (r <= 0)
			return r < 0 ? r : done;
		r = due.ended ? set_ended(tx, (uint64_t)due.id, now_ns)
			      : WEIR_DB_RUN(
					tx,
					"UPDATE register_entry SET reminded_ns = $1 WHERE id = $2",
					weir_db_int((int64_t)now_ns), weir_db_int(due.id));
		if (r >= 0)
			r = finish(tx, NULL, due.ended ? "register.end" : "register.remind",
				   "register entry", (uint64_t)due.id, "");
		if (r < 0)
			return r;
	}
}
