/* SPDX-License-Identifier: Apache-2.0 */
/* From ready to published: signatures and the people behind them. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "weir/base/time.h"
#include "weir/dsse/policy.h"

/* What the deciding transaction looks at; owned by it. */
struct candidate {
	enum weir_policy_state state;
	uint64_t author, revision, expires_s;
	struct weir_buf payload, envelope;
};

#define CANDIDATE                                                          \
	((struct candidate){.payload = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX), \
			    .envelope = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX)})

static void candidate_done(struct candidate *candidate)
{
	weir_buf_done(&candidate->payload);
	weir_buf_done(&candidate->envelope);
}

static int take_blob(const struct weir_db_rows *rows, size_t column, struct weir_buf *ret)
{
	size_t len;
	const void *data = weir_db_get_blob(rows, column, &len);

	return weir_buf_append(ret, data, len);
}

static int read_candidate(struct weir_db_tx *tx, uint64_t id, struct candidate *ret,
			  struct weir_error *err)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(tx, &rows,
			      "SELECT state, author, revision, expires_s, payload, envelope "
			      "FROM policy_version WHERE id = $1",
			      weir_db_int((int64_t)id));

	if (r >= 0)
		r = weir_db_next(rows);
	if (r == 0) {
		weir_error_set(err, -ENOENT, 0, 0, "there is no such version");
		return -ENOENT;
	}
	if (r < 0)
		return r;
	ret->state = (enum weir_policy_state)weir_db_get_int(rows, 0);
	ret->author = (uint64_t)weir_db_get_int(rows, 1);
	ret->revision = (uint64_t)weir_db_get_int(rows, 2);
	ret->expires_s = (uint64_t)weir_db_get_int(rows, 3);
	r = take_blob(rows, 4, &ret->payload);
	if (r >= 0)
		r = take_blob(rows, 5, &ret->envelope);
	if (r < 0)
		return r;
	if (ret->state != WEIR_POLICY_READY)
		return weir_error_set(err, -ESTALE, 0, 0, "the version is %s already",
				      ret->state == WEIR_POLICY_PUBLISHED ? "published"
									  : "withdrawn");
	return 0;
}

static bool has_signature(const struct weir_dsse *envelope, const char *key_id)
{
	for (size_t i = 0; i < weir_dsse_signatures(envelope); i++)
		if (strcmp(weir_dsse_signature_id(envelope, i), key_id) == 0)
			return true;
	return false;
}

/* None of those that were there may be missing, and every one has to be of an active key. */
static int check_signatures(const struct weir_dsse *fresh, const struct candidate *candidate,
			    const struct weir_dsse_keys *keys, struct weir_error *err)
{
	struct weir_dsse *old _cleanup_(weir_dsse_freep) = NULL;
	uint32_t vouched = 0;
	int r = candidate->envelope.len > 0
			? weir_dsse_peek(candidate->envelope.data, candidate->envelope.len,
					 WEIR_SIGNED_POLICY_TYPE, &old)
			: 0;

	if (r < 0)
		return r;
	for (size_t i = 0; old && i < weir_dsse_signatures(old); i++)
		if (!has_signature(fresh, weir_dsse_signature_id(old, i)))
			return weir_error_set(err, -ESTALE, 0, 0,
					      "somebody signed meanwhile: fetch it and sign again");
	if (weir_dsse_vouched(fresh, keys, &vouched) < 0 ||
	    (size_t)__builtin_popcount(vouched) != weir_dsse_signatures(fresh))
		return weir_error_set(
			err, -EKEYREJECTED, 0, 0,
			"a signature is not of a key that is registered and approved");
	return 0;
}

static int take_envelope(struct weir_db_tx *tx, const struct candidate *candidate, uint64_t id,
			 const void *data, size_t len, struct weir_error *err)
{
	struct weir_dsse *fresh _cleanup_(weir_dsse_freep) = NULL;
	struct weir_dsse_keys *keys _cleanup_(weir_dsse_keys_freep) = NULL;
	uint64_t owners[WEIR_DSSE_KEYS_MAX];
	const void *payload;
	size_t payload_len;
	int r;

	if (weir_dsse_peek(data, len, WEIR_SIGNED_POLICY_TYPE, &fresh) < 0)
		return weir_error_set(err, -EINVAL, 0, 0, "this is no signed policy");
	payload = weir_dsse_payload(fresh, &payload_len);
	if (payload_len != candidate->payload.len ||
	    memcmp(payload, candidate->payload.data, payload_len) != 0)
		return weir_error_set(err, -EINVAL, 0, 0, "something else was signed");
	r = keys_active(tx, &keys, owners);
	if (r >= 0)
		r = check_signatures(fresh, candidate, keys, err);
	if (r >= 0)
		r = WEIR_DB_RUN(tx, "UPDATE policy_version SET envelope = $1 WHERE id = $2",
				weir_db_blob(data, len), weir_db_int((int64_t)id));
	return r;
}

int weir_policy_sign(struct weir_store *store, const struct weir_principal *by, uint64_t id,
		     const void *envelope, size_t len, struct weir_error *err)
{
	struct candidate candidate _cleanup_(candidate_done) = CANDIDATE;
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_write(store, &tx);

	if (r >= 0)
		r = read_candidate(tx, id, &candidate, err);
	if (r >= 0)
		r = take_envelope(tx, &candidate, id, envelope, len, err);
	return r < 0 ? r : finish(tx, by, "policy.sign", "policy version", id, "");
}

static int check_people(struct weir_db_tx *tx, const struct weir_policy_rules *rules,
			const struct weir_principal *by, const struct candidate *candidate,
			struct weir_error *err)
{
	struct weir_dsse *envelope _cleanup_(weir_dsse_freep) = NULL;
	struct weir_dsse_keys *keys _cleanup_(weir_dsse_keys_freep) = NULL;
	uint64_t owners[WEIR_DSSE_KEYS_MAX];
	const unsigned wanted = WEIR_MAX(rules->threshold, 2u);
	unsigned people = 0;
	int r = keys_active(tx, &keys, owners);

	if (by->id == candidate->author)
		return weir_error_set(err, -EPERM, 0, 0,
				      "nobody publishes a version of his own: ask another person");
	if (r >= 0 && candidate->envelope.len > 0)
		r = weir_dsse_peek(candidate->envelope.data, candidate->envelope.len,
				   WEIR_SIGNED_POLICY_TYPE, &envelope);
	if (r >= 0)
		r = keys_people(envelope, keys, owners, &people);
	if (r >= 0 && people < wanted)
		return weir_error_set(err, -EKEYREJECTED, 0, 0, "%u of %u people have signed it",
				      people, wanted);
	return r;
}

/* Endpoints would refuse it: revisions only grow. */
static int check_revision(struct weir_db_tx *tx, const struct candidate *candidate, uint64_t now_ns,
			  struct weir_error *err)
{
	int64_t highest = 0;
	int r = WEIR_DB_NUMBER(
		tx, &highest,
		"SELECT coalesce(max(revision), 0) FROM policy_version WHERE state = $1",
		weir_db_int(WEIR_POLICY_PUBLISHED));

	if (r >= 0 && (uint64_t)highest >= candidate->revision)
		return weir_error_set(
			err, -ESTALE, 0, 0,
			"revision %" PRId64 " was published since: make this one again", highest);
	if (r >= 0 && candidate->expires_s <= now_ns / WEIR_NSEC_PER_SEC)
		return weir_error_set(err, -ESTALE, 0, 0, "it has expired before it was published");
	return r;
}

static int set_published(struct weir_db_tx *tx, const struct weir_principal *by, uint64_t id,
			 const struct candidate *candidate, const struct weir_policy_plan *plan,
			 uint64_t now_ns)
{
	const bool everywhere = plan->ring == WEIR_POLICY_RINGS - 1;
	uint8_t hash[WEIR_SHA256_LEN];
	int r = weir_sha256(candidate->envelope.data, candidate->envelope.len, hash);

	if (r < 0)
		return r;
	return WEIR_DB_RUN(
		tx,
		"UPDATE policy_version SET state = $1, hash = $2, publisher = $3, publisher_name = "
		"$4, published_ns = $5, rollout = $6, ring = $7, ring_since_ns = $5, soak_s = $8 "
		"WHERE id = $9",
		weir_db_int(WEIR_POLICY_PUBLISHED), weir_db_blob(hash, sizeof(hash)),
		weir_db_int((int64_t)by->id), weir_db_text(by->name), weir_db_int((int64_t)now_ns),
		weir_db_int(everywhere ? WEIR_POLICY_ROLLOUT_DONE : WEIR_POLICY_ROLLOUT_RUNNING),
		weir_db_int(plan->ring), weir_db_int(plan->soak_s), weir_db_int((int64_t)id));
}

int weir_policy_publish(struct weir_store *store, const struct weir_policy_rules *rules,
			const struct weir_principal *by, uint64_t id,
			const struct weir_policy_plan *plan, uint64_t now_ns,
			struct weir_error *err)
{
	struct candidate candidate _cleanup_(candidate_done) = CANDIDATE;
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r;

	if (plan->ring >= WEIR_POLICY_RINGS)
		return weir_error_set(err, -EINVAL, 0, 0, "there is no such ring");
	r = weir_db_write(store, &tx);
	if (r >= 0)
		r = read_candidate(tx, id, &candidate, err);
	if (r >= 0)
		r = check_people(tx, rules, by, &candidate, err);
	if (r >= 0)
		r = check_revision(tx, &candidate, now_ns, err);
	if (r >= 0)
		r = set_published(tx, by, id, &candidate, plan, now_ns);
	return r < 0 ? r : finish(tx, by, "policy.publish", "policy version", id, "");
}

int weir_policy_withdraw(struct weir_store *store, const struct weir_principal *by, uint64_t id,
			 struct weir_error *err)
{
	struct candidate candidate _cleanup_(candidate_done) = CANDIDATE;
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_write(store, &tx);

	if (r >= 0)
		r = read_candidate(tx, id, &candidate, err);
	if (r >= 0)
		r = WEIR_DB_RUN(tx, "UPDATE policy_version SET state = $1 WHERE id = $2",
				weir_db_int(WEIR_POLICY_WITHDRAWN), weir_db_int((int64_t)id));
	return r < 0 ? r : finish(tx, by, "policy.withdraw", "policy version", id, "");
}
