/* SPDX-License-Identifier: Apache-2.0 */
/* Writing: several batches in one transaction, each under a savepoint of its own, so that one that
 * fails takes no other with it. Exactly once: what is at or below the committed sequence is
 * skipped, and that mark moves in the same transaction. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sqlite.h"

static const char *const statement_sql[_ST_MAX] = {
	[ST_BEGIN] = "BEGIN IMMEDIATE",
	[ST_COMMIT] = "COMMIT",
	[ST_ROLLBACK] = "ROLLBACK",
	[ST_SAVE] = "SAVEPOINT batch",
	[ST_RELEASE] = "RELEASE batch",
	[ST_UNDO] = "ROLLBACK TO batch",
	[ST_AGENT] = "INSERT INTO agent (uid, host, version, first_seen_ns, last_seen_ns, epoch)"
		     " VALUES (?1, ?2, ?3, ?4, ?4, ?5)"
		     " ON CONFLICT (uid) DO UPDATE SET host = ?2, version = ?3, epoch = ?5,"
		     "  last_seen_ns = max(last_seen_ns, ?4)"
		     " RETURNING id",
	[ST_COMMITTED] = "SELECT committed_sequence FROM spool WHERE agent = ?1 AND epoch = ?2",
	[ST_SET_COMMITTED] =
		"INSERT INTO spool (agent, epoch, committed_sequence) VALUES (?1, ?2, ?3)"
		" ON CONFLICT (agent, epoch) DO UPDATE SET committed_sequence = ?3",
	[ST_EVENT] = "INSERT INTO event (agent, epoch, sequence, time_ns, received_ns, channel, "
		     "action, tier,"
		     " alert, rule, hook, cause, blob)"
		     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
	[ST_REJECT] =
		"INSERT INTO reject (agent, epoch, sequence, received_ns, code, bytes, detail)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[ST_CONFLICT] =
		"INSERT INTO reject (agent, epoch, sequence, received_ns, code, bytes, detail)"
		" SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS (SELECT 1 FROM event"
		"  WHERE agent = ?1 AND epoch = ?2 AND sequence = ?3 AND blob <> ?8)"
		" ON CONFLICT DO NOTHING",
	[ST_DROP] =
		"INSERT INTO drop_count (agent, cause, count)"
		" SELECT ?1, ?2, ?3 WHERE ?4 > (SELECT count(*) FROM drop_count WHERE agent = ?1)"
		"  OR EXISTS (SELECT 1 FROM drop_count WHERE agent = ?1 AND cause = ?2)"
		" ON CONFLICT (agent, cause) DO UPDATE SET count = max(count, excluded.count)",
	[ST_COUNT] = "UPDATE agent SET n_events = n_events + ?2, n_rejects = n_rejects + ?3 WHERE "
		     "id = ?1",
};

static int take_statement(struct weir_sqlite *be, enum weir_sqlite_statement which,
			  sqlite3_stmt **ret)
{
	int rc;

	if (!be->statements[which]) {
		rc = sqlite3_prepare_v3(be->writer, statement_sql[which], -1,
					SQLITE_PREPARE_PERSISTENT, &be->statements[which], NULL);
		if (rc != SQLITE_OK)
			return weir_sqlite_errno(rc);
	}
	*ret = be->statements[which];
	return 0;
}

/* Runs a statement to its end and resets it. */
static int finish(sqlite3_stmt *st)
{
	int rc;

	do
		rc = sqlite3_step(st);
	while (rc == SQLITE_ROW);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return weir_sqlite_errno(rc);
}

static int run(struct weir_sqlite *be, enum weir_sqlite_statement which)
{
	sqlite3_stmt *st = NULL;
	int r = take_statement(be, which, &st);

	return r < 0 ? r : finish(st);
}

static void bind_text(sqlite3_stmt *st, int place, const char *text)
{
	sqlite3_bind_text(st, place, text, -1, SQLITE_STATIC);
}

static void bind_number(sqlite3_stmt *st, int place, uint64_t number)
{
	sqlite3_bind_int64(st, place, (sqlite3_int64)number);
}

static int note_agent(struct weir_sqlite *be, const struct weir_store_batch *batch,
		      uint64_t *ret_id)
{
	sqlite3_stmt *st = NULL;
	int r = take_statement(be, ST_AGENT, &st);
	uint64_t id = 0;
	int rc;

	if (r < 0)
		return r;
	sqlite3_bind_blob(st, 1, batch->agent_uid, WEIR_STORE_UID_LEN, SQLITE_STATIC);
	bind_text(st, 2, batch->host);
	bind_text(st, 3, batch->version);
	bind_number(st, 4, batch->received_ns);
	bind_number(st, 5, batch->epoch);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		id = (uint64_t)sqlite3_column_int64(st, 0);
	r = finish(st);
	if (r < 0)
		return r;
	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? -EIO : weir_sqlite_errno(rc);
	*ret_id = id;
	return 0;
}

static int read_committed(struct weir_sqlite *be, uint64_t agent, uint64_t epoch, uint64_t *ret)
{
	sqlite3_stmt *st = NULL;
	int r = take_statement(be, ST_COMMITTED, &st);
	uint64_t committed = 0;

	if (r < 0)
		return r;
	bind_number(st, 1, agent);
	bind_number(st, 2, epoch);
	if (sqlite3_step(st) == SQLITE_ROW)
		committed = (uint64_t)sqlite3_column_int64(st, 0);
	r = finish(st);
	if (r < 0)
		return r;
	*ret = committed;
	return 0;
}

/* Moves the mark and the agent's totals. */
static int set_committed(struct weir_sqlite *be, uint64_t agent, const struct weir_store_job *job,
			 uint32_t rejects)
{
	sqlite3_stmt *st = NULL;
	int r = take_statement(be, ST_SET_COMMITTED, &st);

	if (r < 0)
		return r;
	bind_number(st, 1, agent);
	bind_number(st, 2, job->batch->epoch);
	bind_number(st, 3, job->result.committed);
	r = finish(st);
	if (r == 0)
		r = take_statement(be, ST_COUNT, &st);
	if (r < 0)
		return r;
	bind_number(st, 1, agent);
	bind_number(st, 2, job->result.stored - rejects);
	bind_number(st, 3, rejects);
	return finish(st);
}

static int store_event(struct weir_sqlite *be, uint64_t agent, const struct weir_store_batch *batch,
		       size_t i)
{
	const struct weir_store_item *item = &batch->items[i];
	sqlite3_stmt *st = NULL;
	int r = take_statement(be, ST_EVENT, &st);

	if (r < 0)
		return r;
	bind_number(st, 1, agent);
	bind_number(st, 2, batch->epoch);
	bind_number(st, 3, batch->first_sequence + i);
	bind_number(st, 4, item->time_ns);
	bind_number(st, 5, batch->received_ns);
	bind_number(st, 6, item->channel);
	bind_number(st, 7, item->action);
	bind_number(st, 8, item->tier);
	sqlite3_bind_int(st, 9, item->alert);
	bind_text(st, 10, item->rule);
	bind_text(st, 11, item->hook);
	bind_text(st, 12, item->cause);
	/* A NULL pointer would bind NULL; an event may be empty. */
	sqlite3_bind_blob64(st, 13, item->len ? item->blob : "", item->len, SQLITE_STATIC);
	return finish(st);
}

static void bind_reject(sqlite3_stmt *st, uint64_t agent, const struct weir_store_batch *batch,
			uint64_t sequence, const struct weir_store_item *item)
{
	bind_number(st, 1, agent);
	bind_number(st, 2, batch->epoch);
	bind_number(st, 3, sequence);
	bind_number(st, 4, batch->received_ns);
	bind_number(st, 5, item->reject);
	bind_number(st, 6, item->len);
	bind_text(st, 7, item->detail ? item->detail : "");
}

static int store_reject(struct weir_sqlite *be, uint64_t agent,
			const struct weir_store_batch *batch, uint64_t sequence,
			const struct weir_store_item *item)
{
	sqlite3_stmt *st = NULL;
	int r = take_statement(be, ST_REJECT, &st);

	if (r < 0)
		return r;
	bind_reject(st, agent, batch, sequence, item);
	return finish(st);
}

/* A resend carries the same bytes. Others come from a copy of the machine, or from one that was set
 * back to an older state: what cannot be stored under its key is at least written down. 1 when it
 * was, 0 when there is nothing to tell. */
static int store_conflict(struct weir_sqlite *be, uint64_t agent,
			  const struct weir_store_batch *batch, size_t i)
{
	const struct weir_store_item *item = &batch->items[i];
	const struct weir_store_item conflict = {
		.reject = WEIR_STORE_REJECT_CONFLICT,
		.len = item->len,
		.detail = "another event is stored under this sequence",
	};
	sqlite3_stmt *st = NULL;
	int r = item->reject ? 0 : take_statement(be, ST_CONFLICT, &st);

	if (r < 0 || item->reject)
		return r;
	bind_reject(st, agent, batch, batch->first_sequence + i, &conflict);
	sqlite3_bind_blob64(st, 8, item->len ? item->blob : "", item->len, SQLITE_STATIC);
	r = finish(st);
	return r < 0 ? r : sqlite3_changes(be->writer) > 0;
}

/* A hole that the endpoint explains is written down once, at its first sequence. */
static int store_hole(struct weir_sqlite *be, uint64_t agent, const struct weir_store_batch *batch,
		      uint64_t first)
{
	struct weir_store_item hole = {.reject = WEIR_STORE_REJECT_LOST};
	char detail[96];

	(void)snprintf(detail, sizeof(detail), "%llu to %llu are lost on the endpoint",
		       (unsigned long long)first, (unsigned long long)batch->first_sequence - 1);
	hole.detail = detail;
	return store_reject(be, agent, batch, first, &hole);
}

static int store_drops(struct weir_sqlite *be, uint64_t agent, const struct weir_store_batch *batch)
{
	sqlite3_stmt *st = NULL;
	int r = take_statement(be, ST_DROP, &st);

	for (size_t i = 0; r == 0 && i < batch->n_drops; i++) {
		bind_number(st, 1, agent);
		bind_text(st, 2, batch->drops[i].cause);
		bind_number(st, 3, WEIR_MIN(batch->drops[i].count, WEIR_STORE_NUMBER_MAX));
		bind_number(st, 4, WEIR_STORE_DROPS_MAX);
		r = finish(st);
	}
	return r;
}

/* Looks at the items up to skip, which are there already. */
static int check_resent(struct weir_sqlite *be, uint64_t agent, struct weir_store_job *job,
			uint64_t skip)
{
	for (size_t i = 0; i < skip && i < job->batch->n_items; i++) {
		int r = store_conflict(be, agent, job->batch, i);

		if (r < 0)
			return r;
		job->result.stored += (uint32_t)r;
	}
	return 0;
}

/* The items behind the committed sequence. */
static int store_items(struct weir_sqlite *be, uint64_t agent, struct weir_store_job *job,
		       uint64_t committed)
{
	const struct weir_store_batch *batch = job->batch;
	uint64_t skip = batch->n_items ? committed + 1 - batch->first_sequence : 0;
	uint32_t rejects;
	int r = check_resent(be, agent, job, skip);

	if (r < 0)
		return r;
	rejects = job->result.stored; /* holes and conflicts, so far */
	for (size_t i = skip; i < batch->n_items; i++) {
		r = batch->items[i].reject
			    ? store_reject(be, agent, batch, batch->first_sequence + i,
					   &batch->items[i])
			    : store_event(be, agent, batch, i);
		if (r < 0)
			return r;
		committed = batch->first_sequence + i;
		job->result.stored++;
		rejects += batch->items[i].reject != 0;
	}
	job->result.committed = committed;
	return job->result.stored ? set_committed(be, agent, job, rejects) : 0;
}

static int apply(struct weir_sqlite *be, struct weir_store_job *job)
{
	const struct weir_store_batch *batch = job->batch;
	uint64_t agent = 0, committed = 0;
	int r;

	r = note_agent(be, batch, &agent);
	if (r < 0)
		return r;
	r = read_committed(be, agent, batch->epoch, &committed);
	if (r < 0)
		return r;
	r = store_drops(be, agent, batch);
	if (r < 0)
		return r;
	if (batch->n_items && batch->first_sequence > committed + 1) {
		if (batch->lost_from == 0 || batch->lost_from > committed + 1) {
			job->result.gap = true;
			job->result.committed = committed;
			return 0;
		}
		r = store_hole(be, agent, batch, committed + 1);
		if (r < 0)
			return r;
		job->result.stored++;
		committed = batch->first_sequence - 1;
	}
	return store_items(be, agent, job, committed);
}

/* 0 also when the batch itself was refused: then job->error says so and its part is undone. */
static int apply_alone(struct weir_sqlite *be, struct weir_store_job *job)
{
	int r = run(be, ST_SAVE);

	if (r < 0)
		return r;
	job->error = apply(be, job);
	if (job->error == 0 && !job->result.gap)
		return run(be, ST_RELEASE);
	r = run(be, ST_UNDO);
	return r < 0 ? r : run(be, ST_RELEASE);
}

static int ingest_group(struct weir_sqlite *be, struct weir_store_job *jobs)
{
	int r = run(be, ST_BEGIN);

	for (struct weir_store_job *job = jobs; r == 0 && job; job = job->next)
		r = apply_alone(be, job);
	if (r == 0)
		r = run(be, ST_COMMIT);
	/* A full disk may have ended the transaction already; then this says so, which is no news.
	 */
	if (r < 0 && !sqlite3_get_autocommit(be->writer))
		(void)run(be, ST_ROLLBACK);
	return r;
}

void weir_sqlite_ingest(void *backend, struct weir_store_job *jobs)
{
	struct weir_sqlite *be = backend;
	const bool shared = be->reader == be->writer;
	int r;

	if (shared)
		pthread_mutex_lock(&be->read_lock);
	r = ingest_group(be, jobs);
	if (shared)
		pthread_mutex_unlock(&be->read_lock);
	for (struct weir_store_job *job = jobs; job; job = job->next)
		if (r < 0)
			job->error = r;
}
