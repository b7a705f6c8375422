/* SPDX-License-Identifier: Apache-2.0 */
/* Rings: who is in, how they fare, and what is done about it by hand and by itself. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "weir/base/time.h"

#define SILENT_NS      (300 * WEIR_NSEC_PER_SEC) /* five heartbeats */
#define JUMP_LEAST     20			 /* blocks below this many are no jump */
#define JUMP_FACTOR    4
#define STATUS_FAILED  3 /* weir.v1.RemoteConfigStatuses */
#define STATUS_APPLIED 1
#define ACTION_BLOCK   4 /* weir.v1.Action */

const unsigned weir_policy_rings[WEIR_POLICY_RINGS] = {100, 1000, 5000, WEIR_POLICY_PLACES};

int weir_policy_place(const uint8_t seed[static WEIR_POLICY_SEED_LEN], const uint8_t uid[static 16],
		      unsigned *ret)
{
	uint8_t bytes[WEIR_POLICY_SEED_LEN + 16], hash[WEIR_SHA256_LEN];
	uint64_t number = 0;
	int r;

	memcpy(bytes, seed, WEIR_POLICY_SEED_LEN);
	memcpy(bytes + WEIR_POLICY_SEED_LEN, uid, 16);
	r = weir_sha256(bytes, sizeof(bytes), hash);
	for (size_t i = 0; i < sizeof(number); i++)
		number = number << 8 | hash[i];
	if (r >= 0)
		*ret = (unsigned)(number % WEIR_POLICY_PLACES);
	return r;
}

struct rollout {
	uint64_t id, since_ns;
	uint32_t soak_s;
	unsigned ring;
	enum weir_policy_rollout state;
	uint8_t hash[WEIR_SHA256_LEN];
};

#define COLUMNS "id, rollout, ring, ring_since_ns, soak_s, hash"

static int take(const struct weir_db_rows *rows, struct rollout *ret)
{
	size_t len;
	const void *hash = weir_db_get_blob(rows, 5, &len);

	*ret = (struct rollout){
		.id = (uint64_t)weir_db_get_int(rows, 0),
		.state = (enum weir_policy_rollout)weir_db_get_int(rows, 1),
		.ring = (unsigned)weir_db_get_int(rows, 2),
		.since_ns = (uint64_t)weir_db_get_int(rows, 3),
		.soak_s = (uint32_t)weir_db_get_int(rows, 4),
	};
	if (len != sizeof(ret->hash))
		return -ESTALE; /* not published */
	memcpy(ret->hash, hash, len);
	return 0;
}

static int read_rollout(struct weir_db_tx *tx, uint64_t id, struct rollout *ret,
			struct weir_error *err)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(tx, &rows, "SELECT " COLUMNS " FROM policy_version WHERE id = $1",
			      weir_db_int((int64_t)id));

	if (r >= 0)
		r = weir_db_next(rows);
	if (r == 0) {
		weir_error_set(err, -ENOENT, 0, 0, "there is no such version");
		return -ENOENT;
	}
	if (r < 0)
		return r;
	r = take(rows, ret);
	if (r == -ESTALE)
		weir_error_set(err, r, 0, 0, "it is not published");
	return r;
}

static int set(struct weir_db_tx *tx, const struct rollout *rollout, uint64_t now_ns,
	       const char *reason)
{
	return WEIR_DB_RUN(tx,
			   "UPDATE policy_version SET rollout = $1, ring = $2, ring_since_ns = $3, "
			   "reason = $4 WHERE id = $5",
			   weir_db_int(rollout->state), weir_db_int(rollout->ring),
			   weir_db_int((int64_t)now_ns), weir_db_text(reason),
			   weir_db_int((int64_t)rollout->id));
}

static int promote(struct weir_db_tx *tx, struct rollout *rollout, uint64_t now_ns)
{
	rollout->ring++;
	rollout->state = rollout->ring == WEIR_POLICY_RINGS - 1 ? WEIR_POLICY_ROLLOUT_DONE
								: WEIR_POLICY_ROLLOUT_RUNNING;
	return set(tx, rollout, now_ns, "");
}

int weir_policy_promote(struct weir_store *store, const struct weir_principal *by, uint64_t id,
			uint64_t now_ns, struct weir_error *err)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct rollout rollout;
	int r = weir_db_write(store, &tx);

	if (r >= 0)
		r = read_rollout(tx, id, &rollout, err);
	if (r < 0)
		return r;
	if (rollout.ring + 1 >= WEIR_POLICY_RINGS)
		return weir_error_set(err, -ESTALE, 0, 0, "it is in the last ring");
	r = promote(tx, &rollout, now_ns);
	return r < 0 ? r : finish(tx, by, "policy.promote", "policy version", id, "");
}

int weir_policy_halt(struct weir_store *store, const struct weir_principal *by, uint64_t id,
		     const char *reason, uint64_t now_ns, struct weir_error *err)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct rollout rollout;
	int r;

	if (!text_valid(reason, WEIR_POLICY_NOTE_MAX, false))
		return weir_error_set(err, -EINVAL, 0, 0,
				      "a reason is one line of at most %d bytes",
				      WEIR_POLICY_NOTE_MAX);
	r = weir_db_write(store, &tx);
	if (r >= 0)
		r = read_rollout(tx, id, &rollout, err);
	if (r < 0)
		return r;
	rollout.state = WEIR_POLICY_ROLLOUT_HALTED;
	r = set(tx, &rollout, now_ns, reason);
	return r < 0 ? r : finish(tx, by, "policy.halt", "policy version", id, "");
}

/* Of the agents whose last offer was this one. */
static int count_agents(struct weir_db_tx *tx, const struct rollout *rollout, uint64_t now_ns,
			struct weir_policy_progress *ret)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(
		tx, &rows,
		"SELECT policy_status, CASE WHEN last_seen_ns < $1 THEN 1 ELSE 0 END, "
		"count(*) FROM fleet_agents WHERE policy_hash = $2 GROUP BY 1, 2",
		weir_db_int((int64_t)(now_ns - SILENT_NS)),
		weir_db_blob(rollout->hash, sizeof(rollout->hash)));

	while (r >= 0 && (r = weir_db_next(rows)) > 0) {
		int64_t status = weir_db_get_int(rows, 0);
		uint64_t n = (uint64_t)weir_db_get_int(rows, 2);

		if (status == STATUS_APPLIED)
			ret->applied += n;
		else if (status == STATUS_FAILED)
			ret->failed += n;
		if (weir_db_get_int(rows, 1) && status == STATUS_APPLIED)
			ret->silent += n;
	}
	return r;
}

static int count_blocks(struct weir_db_tx *tx, const struct rollout *rollout, uint64_t from_ns,
			uint64_t to_ns, uint64_t *ret)
{
	int64_t n = 0;
	int r = WEIR_DB_NUMBER(tx, &n,
			       "SELECT count(*) FROM event e JOIN agent a ON a.id = e.agent "
			       "JOIN fleet_agents f ON f.uid = a.uid WHERE f.policy_hash = $1 AND "
			       "e.action = $2 AND e.time_ns >= $3 AND e.time_ns < $4",
			       weir_db_blob(rollout->hash, sizeof(rollout->hash)),
			       weir_db_int(ACTION_BLOCK), weir_db_int((int64_t)from_ns),
			       weir_db_int((int64_t)to_ns));

	*ret = (uint64_t)n;
	return r;
}

static int measure(struct weir_db_tx *tx, const struct rollout *rollout, uint64_t now_ns,
		   struct weir_policy_progress *ret)
{
	const uint64_t since = WEIR_MIN(rollout->since_ns, now_ns);
	const uint64_t before = since - WEIR_MIN(now_ns - since, since);
	int r;

	*ret = (struct weir_policy_progress){};
	r = count_agents(tx, rollout, now_ns, ret);
	if (r >= 0)
		r = count_blocks(tx, rollout, since, now_ns, &ret->blocked);
	if (r >= 0)
		r = count_blocks(tx, rollout, before, since, &ret->blocked_before);
	return r;
}

int weir_policy_progress(struct weir_store *store, uint64_t id, uint64_t now_ns,
			 struct weir_policy_progress *ret)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct rollout rollout;
	int r = weir_db_read(store, &tx);

	if (r >= 0)
		r = read_rollout(tx, id, &rollout, NULL);
	return r < 0 ? r : measure(tx, &rollout, now_ns, ret);
}

/* NULL: nothing is wrong. */
static const char *trouble(const struct weir_policy_progress *p, char text[static 160])
{
	const uint64_t n = p->applied + p->failed;

	if (p->failed > 0 && p->failed * 100 > n)
		(void)snprintf(text, 160, "%" PRIu64 " of %" PRIu64 " endpoints refused it",
			       p->failed, n);
	else if (p->silent > 0 && p->silent * 100 > n)
		(void)snprintf(text, 160,
			       "%" PRIu64 " of %" PRIu64 " endpoints with it are not heard of",
			       p->silent, n);
	else if (p->blocked >= JUMP_LEAST && p->blocked > JUMP_FACTOR * p->blocked_before)
		(void)snprintf(text, 160, "%" PRIu64 " blocks, %" PRIu64 " in as long before",
			       p->blocked, p->blocked_before);
	else
		return NULL;
	return text;
}

static int next_running(struct weir_db_tx *tx, uint64_t after, struct rollout *ret)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(tx, &rows,
			      "SELECT " COLUMNS " FROM policy_version WHERE rollout = $1 AND "
			      "id > $2 ORDER BY id LIMIT 1",
			      weir_db_int(WEIR_POLICY_ROLLOUT_RUNNING),
			      weir_db_int((int64_t)after));

	if (r >= 0)
		r = weir_db_next(rows);
	if (r > 0)
		r = take(rows, ret) < 0 ? -EBADMSG : 1;
	return r;
}

static bool soaked(const struct rollout *rollout, const struct weir_policy_progress *progress,
		   uint64_t now_ns)
{
	return rollout->soak_s > 0 && progress->applied > 0 && now_ns > rollout->since_ns &&
	       now_ns - rollout->since_ns >= rollout->soak_s * WEIR_NSEC_PER_SEC;
}

/* 1 when something was done, 0: not, with nothing written. */
static int tend(struct weir_db_tx *tx, struct rollout *rollout, uint64_t now_ns,
		const char **ret_action)
{
	struct weir_policy_progress progress;
	char text[160];
	int r = measure(tx, rollout, now_ns, &progress);

	if (r < 0)
		return r;
	if (trouble(&progress, text)) {
		rollout->state = WEIR_POLICY_ROLLOUT_HALTED;
		*ret_action = "policy.halt";
		return set(tx, rollout, now_ns, text);
	}
	if (!soaked(rollout, &progress, now_ns))
		return 0;
	*ret_action = "policy.promote";
	return promote(tx, rollout, now_ns);
}

int tend_rollouts(struct weir_store *store, uint64_t now_ns)
{
	uint64_t after = 0;
	int done = 0;

	for (;;) {
		struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
		const char *action = "";
		struct rollout rollout;
		int r = weir_db_write(store, &tx);

		if (r >= 0)
			r = next_running(tx, after, &rollout);
		if (r <= 0)
			return r < 0 ? r : done;
		after = rollout.id;
		r = tend(tx, &rollout, now_ns, &action);
		if (r > 0)
			r = finish(tx, NULL, action, "policy version", rollout.id, "");
		if (r < 0)
			return r;
		done += *action != '\0';
	}
}
