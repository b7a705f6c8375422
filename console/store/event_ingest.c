/* SPDX-License-Identifier: Apache-2.0 */
/* Writing: the batches of several callers in one transaction, step by step for all of them at once,
 * so that a database behind a socket is asked a handful of times and not once a batch. Exactly once:
 * what is at or below the committed sequence is skipped, and that mark moves in the same
 * transaction. */

#include <errno.h>
#include <stdio.h>

#include "internal.h"
#include "weir/base/time.h"

#define TRIES	3 /* of a group that the database undid in favour of others */
#define ROOM_NS (WEIR_NSEC_PER_SEC * 3600) /* no month ends within an hour of UTC */

/* An item that differs from the one stored under its key, or a hole, has no item to tell of. */
struct cursor {
	size_t job;
	size_t item;
	bool hole; /* already given */
};

struct group {
	struct weir_store_job *jobs[WEIR_STORE_GROUP_MAX];
	size_t n;
	struct cursor asked, answered; /* of the step that runs */
	size_t drop;
	char detail[96];
};

static struct weir_db_value number(uint64_t value)
{
	return weir_db_int((int64_t)value);
}

/* Jobs one after the other: the next one, or NULL behind the last. */
static struct weir_store_job *next_job(struct group *group)
{
	return group->asked.job < group->n ? group->jobs[group->asked.job++] : NULL;
}

static void restart(struct group *group)
{
	group->asked = group->answered = (struct cursor){};
	group->drop = 0;
}

/* Step 1: what is known: the agent's row, whether it still says the truth, and up to where the spool
 * is committed. */

static struct weir_db_value group_of(const struct weir_store_job *job)
{
	return weir_db_text(job->batch->group ? job->batch->group : "");
}

static int ask_state(void *context, struct weir_db_value *values)
{
	const struct weir_store_job *job = next_job(context);

	if (!job)
		return 0;
	values[0] = weir_db_blob(job->batch->agent_uid, WEIR_STORE_UID_LEN);
	values[1] = number(job->batch->epoch);
	values[2] = weir_db_text(job->batch->host);
	values[3] = weir_db_text(job->batch->version);
	values[4] = number(job->batch->received_ns -
			   WEIR_MIN(job->batch->received_ns, WEIR_STORE_SEEN_NS));
	values[5] = group_of(job);
	return 1;
}

static int keep_state(void *context, size_t i, const struct weir_db_rows *row, int changed)
{
	struct weir_store_job *job = ((struct group *)context)->jobs[i];

	job->agent = row ? (uint64_t)weir_db_get_int(row, 0) : 0;
	job->committed = row ? (uint64_t)weir_db_get_int(row, 1) : 0;
	job->known = row && weir_db_get_int(row, 2);
	return 0;
}

static int read_state(struct weir_db_tx *tx, struct group *group)
{
	restart(group);
	return weir_db_each(
		tx,
		"SELECT a.id, coalesce(s.committed_sequence, 0), CASE WHEN a.epoch = $2"
		"  AND a.host = $3 AND a.version = $4 AND a.last_seen_ns >= $5 AND a.group_name = "
		"$6 THEN 1 ELSE 0 END"
		" FROM agent AS a LEFT JOIN spool AS s ON s.agent = a.id AND s.epoch = $2"
		" WHERE a.uid = $1",
		6, ask_state, keep_state, group);
}

/* Step 2: the agents' rows, where something is new. */

static struct weir_store_job *next_unknown(struct group *group, struct cursor *at)
{
	while (at->job < group->n) {
		struct weir_store_job *job = group->jobs[at->job++];

		if (!job->known)
			return job;
	}
	return NULL;
}

static int ask_agent(void *context, struct weir_db_value *values)
{
	struct group *group = context;
	const struct weir_store_job *job = next_unknown(group, &group->asked);

	if (!job)
		return 0;
	values[0] = weir_db_blob(job->batch->agent_uid, WEIR_STORE_UID_LEN);
	values[1] = weir_db_text(job->batch->host);
	values[2] = weir_db_text(job->batch->version);
	values[3] = number(job->batch->received_ns);
	values[4] = number(job->batch->epoch);
	values[5] = group_of(job);
	return 1;
}

static int keep_agent(void *context, size_t i, const struct weir_db_rows *row, int changed)
{
	struct group *group = context;
	struct weir_store_job *job = next_unknown(group, &group->answered);

	if (!row || !job)
		return -EIO;
	job->agent = (uint64_t)weir_db_get_int(row, 0);
	return 0;
}

static int note_agents(struct weir_db_tx *tx, struct group *group)
{
	restart(group);
	return weir_db_each(
		tx,
		"INSERT INTO agent (uid, host, version, first_seen_ns, last_seen_ns, epoch,"
		"  group_name) VALUES ($1, $2, $3, $4, $4, $5, $6)"
		" ON CONFLICT (uid) DO UPDATE SET host = excluded.host,"
		"  version = excluded.version, epoch = excluded.epoch,"
		"  group_name = excluded.group_name,"
		"  last_seen_ns = CASE WHEN excluded.last_seen_ns > agent.last_seen_ns"
		"   THEN excluded.last_seen_ns ELSE agent.last_seen_ns END"
		" RETURNING id",
		6, ask_agent, keep_agent, group);
}

/* What of each batch is new. */

/* What of the batch was there before: its first n items. */
static size_t n_resent(const struct weir_store_job *job)
{
	const struct weir_store_batch *batch = job->batch;

	if (job->result.gap || batch->n_items == 0 || batch->first_sequence > job->committed)
		return 0;
	return WEIR_MIN((size_t)(job->committed + 1 - batch->first_sequence), batch->n_items);
}

static bool has_hole(const struct weir_store_job *job)
{
	return !job->result.gap && job->batch->n_items &&
	       job->batch->first_sequence > job->committed + 1;
}

static void count_reject(struct weir_store_job *job, uint32_t code)
{
	job->rejects++;
	job->result.rejects[code < WEIR_STORE_REJECT_CODES ? code : 0]++;
}

static void plan_job(struct weir_store_job *job)
{
	const struct weir_store_batch *batch = job->batch;
	size_t resent;

	job->result.committed = job->committed;
	if (batch->n_items && batch->first_sequence > job->committed + 1 &&
	    (batch->lost_from == 0 || batch->lost_from > job->committed + 1)) {
		job->result.gap = true;
		return;
	}
	resent = n_resent(job);
	if (batch->n_items > resent)
		job->result.committed = batch->first_sequence + batch->n_items - 1;
	if (has_hole(job))
		count_reject(job, WEIR_STORE_REJECT_LOST);
	for (size_t i = resent; i < batch->n_items; i++)
		if (batch->items[i].reject)
			count_reject(job, batch->items[i].reject);
	job->result.stored = (uint32_t)(batch->n_items - resent) + has_hole(job);
}

/* In their order: a batch goes on where an earlier one of the same spool will have ended. */
static void plan(struct group *group)
{
	for (size_t i = 0; i < group->n; i++) {
		struct weir_store_job *job = group->jobs[i];

		for (size_t k = i; k-- > 0;) {
			if (group->jobs[k]->agent == job->agent &&
			    group->jobs[k]->batch->epoch == job->batch->epoch) {
				job->committed = group->jobs[k]->result.committed;
				break;
			}
		}
		plan_job(job);
	}
}

/* Steps 3 and 4: what is new, events and rejects apart. */

/* The next new item that is a reject, or is none; NULL behind the last. */
static const struct weir_store_item *next_new(struct group *group, bool reject,
					      struct weir_store_job **ret_job)
{
	struct cursor *at = &group->asked;

	for (; at->job < group->n; at->job++, at->item = 0) {
		struct weir_store_job *job = group->jobs[at->job];

		if (job->result.gap)
			continue;
		at->item = WEIR_MAX(at->item, n_resent(job));
		while (at->item < job->batch->n_items) {
			const struct weir_store_item *item = &job->batch->items[at->item++];

			if ((item->reject != 0) == reject) {
				*ret_job = job;
				return item;
			}
		}
	}
	return NULL;
}

static int give_event(void *context, struct weir_db_value *values)
{
	struct group *group = context;
	struct weir_store_job *job = NULL;
	const struct weir_store_item *item = next_new(group, false, &job);

	if (!item)
		return 0;
	values[0] = number(job->agent);
	values[1] = number(job->batch->epoch);
	values[2] = number(job->batch->first_sequence + group->asked.item - 1);
	values[3] = number(item->time_ns);
	values[4] = number(job->batch->received_ns);
	values[5] = number(item->channel);
	values[6] = number(item->action);
	values[7] = number(item->tier);
	values[8] = number(item->alert);
	values[9] = weir_db_text(item->rule);
	values[10] = weir_db_text(item->hook);
	values[11] = weir_db_text(item->cause);
	values[12] = weir_db_blob(item->blob, item->len);
	return 1;
}

static void reject_values(const struct weir_store_job *job, uint64_t sequence, uint32_t code,
			  size_t len, const char *detail, struct weir_db_value *values)
{
	values[0] = number(job->agent);
	values[1] = number(job->batch->epoch);
	values[2] = number(sequence);
	values[3] = number(job->batch->received_ns);
	values[4] = number(code);
	values[5] = number(len);
	values[6] = weir_db_text(detail ? detail : "");
}

/* A hole that the endpoint explains is written down once, at its first sequence. */
static void hole_values(struct group *group, const struct weir_store_job *job,
			struct weir_db_value *values)
{
	(void)snprintf(group->detail, sizeof(group->detail),
		       "%llu to %llu are lost on the endpoint",
		       (unsigned long long)job->committed + 1,
		       (unsigned long long)job->batch->first_sequence - 1);
	reject_values(job, job->committed + 1, WEIR_STORE_REJECT_LOST, 0, group->detail, values);
}

static int give_hole(void *context, struct weir_db_value *values)
{
	struct group *group = context;
	struct weir_store_job *job;

	while ((job = next_job(group))) {
		if (has_hole(job)) {
			hole_values(group, job, values);
			return 1;
		}
	}
	return 0;
}

static int give_reject(void *context, struct weir_db_value *values)
{
	struct group *group = context;
	struct weir_store_job *job = NULL;
	const struct weir_store_item *item = next_new(group, true, &job);

	if (!item)
		return 0;
	reject_values(job, job->batch->first_sequence + group->asked.item - 1, item->reject,
		      item->len, item->detail, values);
	return 1;
}

static const struct weir_db_table event_table = {
	"event",
	"agent, epoch, sequence, time_ns, received_ns, channel, action, tier, alert, rule, hook,"
	" cause, blob",
	13,
};

static const struct weir_db_table reject_table = {
	"reject",
	"agent, epoch, sequence, received_ns, code, bytes, detail",
	7,
};

static int store_new(struct weir_db_tx *tx, struct group *group)
{
	int r;

	restart(group);
	r = weir_db_append(tx, &event_table, give_event, group);
	restart(group);
	if (r == 0)
		r = weir_db_append(tx, &reject_table, give_hole, group);
	restart(group);
	if (r == 0)
		r = weir_db_append(tx, &reject_table, give_reject, group);
	return r;
}

/* Step 5: what is there already. A resend carries the same bytes. Others come from a copy of the
 * machine, or from one that was set back to an older state: what cannot be stored under its key is
 * at least written down. */

static const struct weir_store_item *next_resent(struct group *group, struct cursor *at,
						 struct weir_store_job **ret_job)
{
	for (; at->job < group->n; at->job++, at->item = 0) {
		struct weir_store_job *job = group->jobs[at->job];

		while (at->item < n_resent(job)) {
			const struct weir_store_item *item = &job->batch->items[at->item++];

			if (item->reject == 0) {
				*ret_job = job;
				return item;
			}
		}
	}
	return NULL;
}

static int ask_conflict(void *context, struct weir_db_value *values)
{
	struct group *group = context;
	struct weir_store_job *job = NULL;
	const struct weir_store_item *item = next_resent(group, &group->asked, &job);

	if (!item)
		return 0;
	reject_values(job, job->batch->first_sequence + group->asked.item - 1,
		      WEIR_STORE_REJECT_CONFLICT, item->len,
		      "another event is stored under this sequence", values);
	values[7] = weir_db_blob(item->blob, item->len);
	return 1;
}

static int count_conflict(void *context, size_t i, const struct weir_db_rows *row, int changed)
{
	struct group *group = context;
	struct weir_store_job *job = NULL;

	if (!next_resent(group, &group->answered, &job))
		return -EIO;
	if (changed > 0) {
		job->result.stored++;
		count_reject(job, WEIR_STORE_REJECT_CONFLICT);
	}
	return 0;
}

static int check_resent(struct weir_db_tx *tx, struct group *group)
{
	restart(group);
	return weir_db_each(
		tx,
		"INSERT INTO reject (agent, epoch, sequence, received_ns, code, bytes, detail)"
		" SELECT $1, $2, $3, $4, $5, $6, $7 WHERE EXISTS (SELECT 1 FROM event"
		"  WHERE agent = $1 AND epoch = $2 AND sequence = $3 AND blob <> $8)"
		" ON CONFLICT DO NOTHING",
		8, ask_conflict, count_conflict, group);
}

/* Step 6: what the endpoints say they dropped. */

static int give_drop(void *context, struct weir_db_value *values)
{
	struct group *group = context;

	for (; group->asked.job < group->n; group->asked.job++, group->drop = 0) {
		const struct weir_store_job *job = group->jobs[group->asked.job];
		const struct weir_store_drop *drop;

		if (job->result.gap || group->drop >= job->batch->n_drops)
			continue;
		drop = &job->batch->drops[group->drop++];
		values[0] = number(job->agent);
		values[1] = weir_db_text(drop->cause);
		values[2] = number(WEIR_MIN(drop->count, WEIR_STORE_NUMBER_MAX));
		values[3] = number(WEIR_STORE_DROPS_MAX);
		return 1;
	}
	return 0;
}

static int store_drops(struct weir_db_tx *tx, struct group *group)
{
	restart(group);
	return weir_db_each(
		tx,
		"INSERT INTO drop_count (agent, cause, count)"
		" SELECT $1, $2, $3 WHERE $4 > (SELECT count(*) FROM drop_count WHERE agent = $1)"
		"  OR EXISTS (SELECT 1 FROM drop_count WHERE agent = $1 AND cause = $2)"
		" ON CONFLICT (agent, cause) DO UPDATE SET count = excluded.count"
		"  WHERE excluded.count > drop_count.count",
		4, give_drop, NULL, group);
}

/* Step 7: the marks, and the totals beside them. */

static int give_mark(void *context, struct weir_db_value *values)
{
	struct group *group = context;
	const struct weir_store_job *job;

	while ((job = next_job(group))) {
		if (job->result.stored == 0)
			continue;
		values[0] = number(job->agent);
		values[1] = number(job->batch->epoch);
		values[2] = number(job->result.committed);
		values[3] = number(job->result.stored - job->rejects);
		values[4] = number(job->rejects);
		return 1;
	}
	return 0;
}

static int set_committed(struct weir_db_tx *tx, struct group *group)
{
	restart(group);
	return weir_db_each(
		tx,
		"INSERT INTO spool (agent, epoch, committed_sequence, n_events, n_rejects)"
		" VALUES ($1, $2, $3, $4, $5)"
		" ON CONFLICT (agent, epoch) DO UPDATE SET"
		"  committed_sequence = excluded.committed_sequence,"
		"  n_events = spool.n_events + excluded.n_events,"
		"  n_rejects = spool.n_rejects + excluded.n_rejects",
		5, give_mark, NULL, group);
}

/* Batches that arrive together arrive in one month, but for once. */
static int make_room(struct weir_db_tx *tx, const struct group *group)
{
	int r = 0;

	for (size_t i = 0; r == 0 && tx->store->ops->make_room && i < group->n; i++) {
		const uint64_t now = group->jobs[i]->batch->received_ns;

		if (i == 0 || now / ROOM_NS != group->jobs[i - 1]->batch->received_ns / ROOM_NS)
			r = tx->store->ops->make_room(tx, now);
	}
	return r;
}

/* Step 8: what follows from the new events. */

static int tell_stored(struct weir_store *store, struct weir_db_tx *tx, const struct group *group)
{
	int r = 0;

	for (size_t i = 0; r == 0 && store->stored && i < group->n; i++) {
		const struct weir_store_job *job = group->jobs[i];
		const struct weir_store_stored stored = {job->batch, n_resent(job), job->agent};

		if (!job->result.gap && stored.first_item < job->batch->n_items)
			r = store->stored(store->stored_context, tx, &stored);
	}
	return r;
}

int weir_store_event_id(struct weir_db_tx *tx, const struct weir_store_stored *stored, size_t item,
			uint64_t *ret)
{
	int64_t id = 0;
	int r = WEIR_DB_NUMBER(
		tx, &id, "SELECT id FROM event WHERE agent = $1 AND epoch = $2 AND sequence = $3",
		number(stored->agent), number(stored->batch->epoch),
		number(stored->batch->first_sequence + item));

	if (r == 0)
		*ret = (uint64_t)id;
	return r;
}

static int apply(struct weir_store *store, struct group *group)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_begin(store, WEIR_DB_INGEST, &tx);

	if (r == 0)
		r = make_room(tx, group);
	if (r == 0)
		r = read_state(tx, group);
	if (r == 0)
		r = note_agents(tx, group);
	if (r < 0)
		return r;
	plan(group);
	r = store_new(tx, group);
	if (r == 0)
		r = check_resent(tx, group);
	if (r == 0)
		r = store_drops(tx, group);
	if (r == 0)
		r = set_committed(tx, group);
	if (r == 0)
		r = tell_stored(store, tx, group);
	return r < 0 ? r : weir_db_commit(tx);
}

static int apply_group(struct weir_store *store, struct group *group)
{
	int r = -EAGAIN;

	for (unsigned i = 0; r == -EAGAIN && i < TRIES; i++) {
		for (size_t k = 0; k < group->n; k++) {
			group->jobs[k]->result = (struct weir_store_result){};
			group->jobs[k]->rejects = 0;
		}
		r = apply(store, group);
	}
	return r;
}

/* Whether the fault may lie in one batch, so that the others go without it. */
static bool is_about_a_batch(int error)
{
	return error == -EINVAL || error == -EEXIST || error == -ESRCH;
}

static void apply_alone(struct weir_store *store, struct weir_store_job *jobs)
{
	for (struct weir_store_job *job = jobs; job; job = job->next) {
		struct group group = {.jobs = {job}, .n = 1};

		job->error = apply_group(store, &group);
	}
}

void weir_store_apply(struct weir_store *store, struct weir_store_job *jobs)
{
	struct group group = {};
	int r;

	for (struct weir_store_job *job = jobs; job; job = job->next)
		group.jobs[group.n++] = job;
	r = apply_group(store, &group);
	if (group.n > 1 && is_about_a_batch(r)) {
		apply_alone(store, jobs);
		return;
	}
	for (size_t i = 0; i < group.n; i++)
		group.jobs[i]->error = r;
}
