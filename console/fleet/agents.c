/* SPDX-License-Identifier: Apache-2.0 */
/* The table of endpoints: shown to people, and written in batches from what was heard. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"
#include "weir/base/time.h"

#define BATCH 500

/* The best certificate of an endpoint tells its state: an active one before a quarantined one before
 * those revoked, and among these the one that lasts longest. */
#define LIST                                                                                \
	"SELECT a.uid, a.group_name, a.host, a.version, c.state, c.reason, a.enrolled_ns, " \
	"a.last_seen_ns, c.expires_ns, a.healthy, a.last_error, a.policy_status, "          \
	"a.policy_error, a.policy_hash, a.effective_hash "                                  \
	"FROM fleet_agents a JOIN fleet_certificates c ON c.serial = "                      \
	"(SELECT b.serial FROM fleet_certificates b WHERE b.uid = a.uid "                   \
	"ORDER BY b.state, b.expires_ns DESC, b.serial LIMIT 1) "                           \
	"WHERE a.uid > $1 AND ($2 = 0 OR c.state = $2) AND ($4 = 0 OR a.group_name IN ("    \
	"$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)) "      \
	"ORDER BY a.uid LIMIT $3"

#define N_LIST (4 + WEIR_STORE_GROUPS_MAX)

static const void *hash_column(const struct weir_db_rows *rows, size_t column)
{
	size_t len;
	const void *data = weir_db_get_blob(rows, column, &len);

	return len == WEIR_FLEET_HASH_LEN ? data : NULL;
}

static int give_agent(const struct weir_db_rows *rows, weir_fleet_agent_fn fn, void *context)
{
	struct weir_fleet_agent agent = {
		.group = weir_db_get_text(rows, 1),
		.host = weir_db_get_text(rows, 2),
		.version = weir_db_get_text(rows, 3),
		.state = (enum weir_fleet_state)weir_db_get_int(rows, 4),
		.reason = weir_db_get_text(rows, 5),
		.enrolled_ns = (uint64_t)weir_db_get_int(rows, 6),
		.last_seen_ns = (uint64_t)weir_db_get_int(rows, 7),
		.expires_ns = (uint64_t)weir_db_get_int(rows, 8),
		.healthy = weir_db_get_int(rows, 9) != 0,
		.last_error = weir_db_get_text(rows, 10),
		.policy_status = (unsigned)weir_db_get_int(rows, 11),
		.policy_error = weir_db_get_text(rows, 12),
		.policy_hash = hash_column(rows, 13),
		.effective_hash = hash_column(rows, 14),
	};
	size_t len;
	const void *uid = weir_db_get_blob(rows, 0, &len);

	if (len != WEIR_UID_LEN)
		return -EBADMSG;
	memcpy(agent.uid, uid, WEIR_UID_LEN);
	return fn(context, &agent);
}

/* A place that no group needs has the last one again. */
void weir_fleet_scope_values(const struct weir_store_scope *scope, struct weir_db_value *values)
{
	for (size_t i = 0; i < WEIR_STORE_GROUPS_MAX; i++)
		values[i] = weir_db_text(
			scope && scope->n ? scope->groups[WEIR_MIN(i, scope->n - 1)] : NULL);
}

int weir_fleet_agent_list(struct weir_db_tx *tx, const struct weir_store_scope *scope,
			  const uint8_t *after, enum weir_fleet_state state, uint32_t limit,
			  weir_fleet_agent_fn fn, void *context)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	struct weir_db_value values[N_LIST] = {
		weir_db_blob(after, after ? WEIR_UID_LEN : 0),
		weir_db_int(state),
		weir_db_int(limit),
		weir_db_int(scope != NULL),
	};
	int r;

	weir_fleet_scope_values(scope, &values[4]);
	r = weir_db_query(tx, LIST, values, N_LIST, &rows);
	while (r == 0 && (r = weir_db_next(rows)) == 1)
		r = give_agent(rows, fn, context);
	return r;
}

int weir_fleet_agent_group(struct weir_db_tx *tx, const uint8_t uid[static WEIR_UID_LEN],
			   char group[static WEIR_FLEET_GROUP_MAX + 1])
{
	return weir_fleet_group_of(tx, "SELECT group_name FROM fleet_agents WHERE uid = $1",
				   weir_db_blob(uid, WEIR_UID_LEN), group);
}

static struct weir_db_value text_if(bool has, const char *text)
{
	return has ? weir_db_text(text) : weir_db_null();
}

static struct weir_db_value hash_if(bool has, const uint8_t *hash)
{
	return has ? weir_db_blob(hash, WEIR_FLEET_HASH_LEN) : weir_db_null();
}

static struct weir_db_value int_if(bool has, int64_t number)
{
	return has ? weir_db_int(number) : weir_db_null();
}

/* What was not said stays. */
static int write_row(struct weir_db_tx *tx, const struct weir_session_row *row)
{
	return WEIR_DB_RUN(
		tx,
		"UPDATE fleet_agents SET last_seen_ns = $2, host = coalesce($3, host), "
		"version = coalesce($4, version), healthy = coalesce($5, healthy), "
		"last_error = coalesce($6, last_error), "
		"policy_hash = coalesce($7, policy_hash), "
		"policy_status = coalesce($8, policy_status), "
		"policy_error = coalesce($9, policy_error), "
		"effective_hash = coalesce($10, effective_hash) WHERE uid = $1",
		weir_db_blob(row->uid, WEIR_UID_LEN), weir_db_int((int64_t)row->last_seen_ns),
		text_if(row->has_host, row->host), text_if(row->has_version, row->version),
		int_if(row->has_health, row->healthy), text_if(row->has_health, row->last_error),
		hash_if(row->has_policy, row->policy_hash),
		int_if(row->has_policy, row->policy_status),
		text_if(row->has_policy, row->policy_error),
		hash_if(row->has_effective, row->effective_hash));
}

static int write_rows(struct weir_fleet *fleet, const struct weir_session_row *rows, unsigned n)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_write(fleet->store, &tx);

	for (unsigned i = 0; r >= 0 && i < n; i++)
		r = write_row(tx, &rows[i]);
	return r < 0 ? r : weir_db_commit(tx);
}

int weir_fleet_flush(struct weir_fleet *fleet, bool all)
{
	struct weir_session_row *rows _cleanup_(freep) = calloc(BATCH, sizeof(*rows));
	unsigned n = BATCH;
	int r = 0;

	if (!rows)
		return -ENOMEM;
	while (r == 0 && n == BATCH) {
		n = weir_sessions_take(fleet->sessions, weir_now_monotonic(), all, rows, BATCH);
		if (n)
			r = write_rows(fleet, rows, n);
		if (r < 0)
			weir_sessions_give_back(fleet->sessions, rows, n);
	}
	return r;
}
