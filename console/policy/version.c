/* SPDX-License-Identifier: Apache-2.0 */
/* Making versions, collecting signatures, showing both. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "internal.h"
#include "weir/base/time.h"
#include "weir/dsse/policy.h"

/* Of one version: the texts with it, not in lists. */
#define SHORT_COLUMNS                                                                         \
	"id, revision, state, group_name, note, min_agent, not_before_s, expires_s, author, " \
	"author_name, created_ns, publisher, publisher_name, published_ns, rollout, ring, "   \
	"reason, hash, envelope"
#define LONG_COLUMNS SHORT_COLUMNS ", source, cases, rendered, payload"

/* What becomes a row. */
struct made {
	uint64_t revision, not_before_s, expires_s;
	struct weir_buf text, compiled, payload;
	uint8_t seed[WEIR_POLICY_SEED_LEN];
};

static void made_done(struct made *made)
{
	weir_buf_done(&made->text);
	weir_buf_done(&made->compiled);
	weir_buf_done(&made->payload);
}

static int check_draft(const struct weir_policy_draft *draft, struct weir_error *err)
{
	if (strlen(draft->source) > WEIR_POLICY_TEXT_MAX ||
	    strlen(draft->cases) > WEIR_SIGNED_POLICY_CASES_MAX)
		return weir_error_set(err, -EINVAL, 0, 0, "the policy or its cases are too long");
	if (!text_valid(draft->note, WEIR_POLICY_NOTE_MAX, true))
		return weir_error_set(err, -EINVAL, 0, 0,
				      "the note is one line of at most %d bytes",
				      WEIR_POLICY_NOTE_MAX);
	if (draft->days == 0 || draft->days > WEIR_POLICY_DAYS_MAX)
		return weir_error_set(err, -EINVAL, 0, 0, "it has to expire within %d days",
				      WEIR_POLICY_DAYS_MAX);
	return 0;
}

/* Of the payload published last for the same audience; for the record. */
static int find_previous(struct weir_db_tx *tx, const char *group,
			 struct weir_signed_policy *policy)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	const void *payload;
	size_t len;
	int r = WEIR_DB_QUERY(tx, &rows,
			      "SELECT payload FROM policy_version WHERE state = $1 AND "
			      "group_name = $2 ORDER BY revision DESC LIMIT 1",
			      weir_db_int(WEIR_POLICY_PUBLISHED), weir_db_text(group));

	if (r >= 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r;
	payload = weir_db_get_blob(rows, 0, &len);
	policy->has_prev = true;
	return weir_sha256(payload, len, policy->prev_sha256);
}

static int make_payload(struct weir_db_tx *tx, const struct weir_policy_rules *rules,
			const struct weir_policy_draft *draft, struct made *made,
			struct weir_error *err)
{
	struct weir_signed_policy policy = {
		.tenant = rules->tenant,
		.group = draft->group,
		.revision = made->revision,
		.not_before_s = made->not_before_s,
		.expires_s = made->expires_s,
		.min_agent = draft->min_agent,
		.policy = made->compiled.data,
		.policy_len = made->compiled.len,
		.cases = draft->cases,
		.cases_len = strlen(draft->cases),
	};
	int r = find_previous(tx, draft->group, &policy);

	if (r >= 0)
		r = weir_signed_policy_encode(&policy, &made->payload);
	if (r == -EINVAL)
		return weir_error_set(err, r, 0, 0,
				      "group or min_agent is not of the form that it should have");
	if (r == -ENOBUFS)
		return weir_error_set(err, -EINVAL, 0, 0, "the policy is too large");
	return r;
}

static int make(struct weir_db_tx *tx, const struct weir_policy_rules *rules,
		const struct weir_policy_draft *draft, uint64_t now_ns, struct made *made,
		struct weir_error *err)
{
	int64_t last = 0;
	int r = WEIR_DB_NUMBER(
		tx, &last, "SELECT coalesce(max(revision), 0) FROM policy_version WHERE id > $1",
		weir_db_int(0));

	if (r < 0)
		return r;
	made->revision = (uint64_t)last + 1;
	made->not_before_s = now_ns / WEIR_NSEC_PER_SEC;
	made->expires_s = made->not_before_s + draft->days * UINT64_C(86400);
	if (getrandom(made->seed, sizeof(made->seed), 0) != (ssize_t)sizeof(made->seed))
		return -EIO;
	r = render(tx, draft->source, made->revision, now_ns, &made->text);
	if (r >= 0)
		r = try_text(&made->text, draft->cases, &made->compiled, err);
	if (r == -ENOBUFS)
		return weir_error_set(err, -EINVAL, 0, 0, "the policy is too large");
	return r < 0 ? r : make_payload(tx, rules, draft, made, err);
}

static int insert(struct weir_db_tx *tx, const struct weir_principal *by,
		  const struct weir_policy_draft *draft, const struct made *made, uint64_t now_ns,
		  int64_t *ret_id)
{
	return WEIR_DB_NUMBER(
		tx, ret_id,
		"INSERT INTO policy_version (revision, state, group_name, note, min_agent, source, "
		"cases, rendered, payload, envelope, not_before_s, expires_s, author, author_name, "
		"created_ns, publisher, publisher_name, published_ns, rollout, seed, ring, "
		"ring_since_ns, soak_s, reason) VALUES ($1, 0, $2, $3, $4, $5, $6, $7, $8, $9, "
		"$10, "
		"$11, $12, $13, $14, 0, '', 0, 0, $15, 0, 0, 0, '') RETURNING id",
		weir_db_int((int64_t)made->revision), weir_db_text(draft->group),
		weir_db_text(draft->note), weir_db_text(draft->min_agent),
		weir_db_text(draft->source), weir_db_text(draft->cases),
		weir_db_text(made->text.data), weir_db_blob(made->payload.data, made->payload.len),
		weir_db_blob("", 0), weir_db_int((int64_t)made->not_before_s),
		weir_db_int((int64_t)made->expires_s), weir_db_int((int64_t)by->id),
		weir_db_text(by->name), weir_db_int((int64_t)now_ns),
		weir_db_blob(made->seed, sizeof(made->seed)));
}

int weir_policy_create(struct weir_store *store, const struct weir_policy_rules *rules,
		       const struct weir_principal *by, const struct weir_policy_draft *draft,
		       uint64_t now_ns, uint64_t *ret_id, struct weir_error *err)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct made made _cleanup_(made_done) = {
		.text = WEIR_BUF_INIT(WEIR_POLICY_TEXT_MAX),
		.compiled = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX),
		.payload = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX - 8192), /* signatures and type */
	};
	int64_t id;
	int r = check_draft(draft, err);

	if (r >= 0)
		r = weir_db_write(store, &tx);
	if (r >= 0)
		r = make(tx, rules, draft, now_ns, &made, err);
	if (r >= 0)
		r = insert(tx, by, draft, &made, now_ns, &id);
	if (r >= 0)
		r = finish(tx, by, "policy.create", "policy version", (uint64_t)id, "");
	if (r < 0)
		return r;
	*ret_id = (uint64_t)id;
	return 0;
}

/* Owned copies of what a published version was made of. */
struct copies {
	char *group, *source, *cases, *min_agent;
	bool published;
};

static void copies_done(struct copies *copies)
{
	free(copies->group);
	free(copies->source);
	free(copies->cases);
	free(copies->min_agent);
}

static int copy(void *context, const struct weir_policy_version *version)
{
	struct copies *copies = context;

	copies->published = version->state == WEIR_POLICY_PUBLISHED;
	copies->group = strdup(version->group);
	copies->source = strdup(version->source);
	copies->cases = strdup(version->cases);
	copies->min_agent = strdup(version->min_agent);
	return copies->group && copies->source && copies->cases && copies->min_agent ? 0 : -ENOMEM;
}

int weir_policy_again(struct weir_store *store, const struct weir_policy_rules *rules,
		      const struct weir_principal *by, uint64_t id, uint64_t now_ns,
		      uint64_t *ret_id, struct weir_error *err)
{
	struct copies copies _cleanup_(copies_done) = {};
	char note[64];
	int r = weir_policy_get(store, id, copy, &copies);

	if (r == -ENOENT)
		return weir_error_set(err, r, 0, 0, "there is no such version");
	if (r < 0)
		return r;
	if (!copies.published)
		return weir_error_set(err, -ESTALE, 0, 0, "it was never published");
	(void)snprintf(note, sizeof(note), "version %" PRIu64 " again", id);
	return weir_policy_create(store, rules, by,
				  &(struct weir_policy_draft){.group = copies.group,
							      .source = copies.source,
							      .cases = copies.cases,
							      .note = note,
							      .min_agent = copies.min_agent,
							      .days = 90},
				  now_ns, ret_id, err);
}

static int show(const struct weir_db_rows *rows, bool whole, const struct weir_dsse_keys *keys,
		const uint64_t owners[static WEIR_DSSE_KEYS_MAX], weir_policy_version_fn fn,
		void *context)
{
	struct weir_dsse *envelope _cleanup_(weir_dsse_freep) = NULL;
	struct weir_policy_version v = {
		.id = (uint64_t)weir_db_get_int(rows, 0),
		.revision = (uint64_t)weir_db_get_int(rows, 1),
		.state = (enum weir_policy_state)weir_db_get_int(rows, 2),
		.group = weir_db_get_text(rows, 3),
		.note = weir_db_get_text(rows, 4),
		.min_agent = weir_db_get_text(rows, 5),
		.not_before_s = (uint64_t)weir_db_get_int(rows, 6),
		.expires_s = (uint64_t)weir_db_get_int(rows, 7),
		.author = (uint64_t)weir_db_get_int(rows, 8),
		.author_name = weir_db_get_text(rows, 9),
		.created_ns = (uint64_t)weir_db_get_int(rows, 10),
		.publisher = (uint64_t)weir_db_get_int(rows, 11),
		.publisher_name = weir_db_get_text(rows, 12),
		.published_ns = (uint64_t)weir_db_get_int(rows, 13),
		.rollout = (enum weir_policy_rollout)weir_db_get_int(rows, 14),
		.ring = (unsigned)weir_db_get_int(rows, 15),
		.reason = weir_db_get_text(rows, 16),
		.source = whole ? weir_db_get_text(rows, 19) : "",
		.cases = whole ? weir_db_get_text(rows, 20) : "",
		.text = whole ? weir_db_get_text(rows, 21) : "",
	};
	size_t len;
	const void *hash = weir_db_get_blob(rows, 17, &len);
	int r = 0;

	if (len == sizeof(v.hash))
		memcpy(v.hash, hash, len);
	v.envelope = weir_db_get_blob(rows, 18, &v.envelope_len);
	if (whole)
		v.payload = weir_db_get_blob(rows, 22, &v.payload_len);
	if (v.envelope_len > 0)
		r = weir_dsse_peek(v.envelope, v.envelope_len, WEIR_SIGNED_POLICY_TYPE, &envelope);
	if (r >= 0)
		r = keys_people(envelope, keys, owners, &v.signatures);
	return r < 0 ? r : fn(context, &v);
}

static int show_all(struct weir_db_rows *rows, bool whole, const struct weir_dsse_keys *keys,
		    const uint64_t owners[static WEIR_DSSE_KEYS_MAX], weir_policy_version_fn fn,
		    void *context)
{
	int n = 0, r;

	while ((r = weir_db_next(rows)) > 0) {
		n++;
		r = show(rows, whole, keys, owners, fn, context);
		if (r != 0)
			break;
	}
	return r < 0 ? r : n;
}

static int read_versions(struct weir_store *store, const char *sql,
			 const struct weir_db_value values[static 2], size_t n_values, bool whole,
			 weir_policy_version_fn fn, void *context)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	struct weir_dsse_keys *keys _cleanup_(weir_dsse_keys_freep) = NULL;
	uint64_t owners[WEIR_DSSE_KEYS_MAX];
	int r = weir_db_read(store, &tx);

	if (r >= 0)
		r = keys_active(tx, &keys, owners);
	if (r >= 0)
		r = weir_db_query(tx, sql, values, n_values, &rows);
	return r < 0 ? r : show_all(rows, whole, keys, owners, fn, context);
}

int weir_policy_list(struct weir_store *store, uint64_t before, uint32_t limit,
		     weir_policy_version_fn fn, void *context)
{
	const struct weir_db_value values[] = {weir_db_int(before ? (int64_t)before : INT64_MAX),
					       weir_db_int(limit)};
	int r = read_versions(store,
			      "SELECT " SHORT_COLUMNS " FROM policy_version WHERE id < $1 "
			      "ORDER BY id DESC LIMIT $2",
			      values, 2, false, fn, context);

	return WEIR_MIN(r, 0);
}

int weir_policy_get(struct weir_store *store, uint64_t id, weir_policy_version_fn fn, void *context)
{
	const struct weir_db_value values[] = {weir_db_int((int64_t)id), weir_db_null()};
	int r = read_versions(store, "SELECT " LONG_COLUMNS " FROM policy_version WHERE id = $1",
			      values, 1, true, fn, context);

	return r == 0 ? -ENOENT : WEIR_MIN(r, 0);
}
