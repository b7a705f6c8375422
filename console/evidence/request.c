/* SPDX-License-Identifier: Apache-2.0 */
/* Asked for by one person, decided by another. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/base/utf8.h"
#include "weir/console_triage/triage.h"
#include "weir/proto/wire.h"
#include "weir/v1/event.pb-c.h"

#define NEWEST 200 /* lines of an alert's log that are looked through */

/* What is asked for, found. */
struct target {
	uint64_t event;
	uint8_t agent_uid[WEIR_UID_LEN];
	uint8_t sha256[WEIR_EVIDENCE_HASH_LEN];
};

static int check(const struct weir_evidence_ask *ask, struct weir_error *err)
{
	if (!ask->event == !ask->alert)
		return weir_error_set(err, -EINVAL, 0, 0, "either an event or an alert is named");
	if (!*ask->reason || !weir_utf8_line(ask->reason, WEIR_EVIDENCE_REASON_MAX))
		return weir_error_set(err, -EINVAL, 0, 0, "the reason is a line of 1 to %d bytes",
				      WEIR_EVIDENCE_REASON_MAX);
	if (ask->minutes < 1 || ask->minutes > WEIR_EVIDENCE_MINUTES_MAX)
		return weir_error_set(err, -EINVAL, 0, 0, "it is for 1 to %d minutes",
				      WEIR_EVIDENCE_MINUTES_MAX);
	return 0;
}

/* 1: the event names evidence; 0: it does not, or can't be read. */
static int read_target(const struct weir_db_rows *rows, struct target *ret)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	const Weir__V1__Event *event;
	size_t len, uid_len;
	const void *uid = weir_db_get_blob(rows, 0, &uid_len);
	const void *blob = weir_db_get_blob(rows, 1, &len);
	int r = weir_wire_unpack(&weir__v1__event__descriptor, blob, len, &wire);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	event = weir_wire_message(wire);
	if (uid_len != sizeof(ret->agent_uid) || event->evidence_sha256.len != sizeof(ret->sha256))
		return 0;
	memcpy(ret->agent_uid, uid, uid_len);
	memcpy(ret->sha256, event->evidence_sha256.data, sizeof(ret->sha256));
	return 1;
}

/* 1, 0 as above, or -ENOENT: there is no such event, or it is none of by's groups. */
static int look_at(struct weir_db_tx *tx, const struct weir_principal *by, uint64_t event,
		   struct target *ret)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(tx, &rows,
			      "SELECT a.uid, e.blob, a.group_name FROM event AS e JOIN agent AS a "
			      "ON a.id = e.agent WHERE e.id = $1",
			      weir_db_int((int64_t)event));

	if (r == 0)
		r = weir_db_next(rows);
	if (r < 0)
		return r;
	if (r == 0 || !weir_principal_sees(by, weir_db_get_text(rows, 2)))
		return -ENOENT;
	ret->event = event;
	return read_target(rows, ret);
}

/* 1: it is kept here. */
static int is_here(struct weir_db_tx *tx, const struct target *target)
{
	int64_t size;
	int r = WEIR_DB_NUMBER(tx, &size,
			       "SELECT size FROM evidence_blob WHERE agent = $1 AND sha256 = $2",
			       weir_db_blob(target->agent_uid, sizeof(target->agent_uid)),
			       weir_db_blob(target->sha256, sizeof(target->sha256)));

	return r == -ENOENT ? 0 : r < 0 ? r : 1;
}

static int fail_none(struct weir_error *err)
{
	return weir_error_set(err, -ENOENT, 0, 0,
			      "there is no such event or alert, or no evidence was kept of it");
}

static int fail_absent(struct weir_error *err)
{
	return weir_error_set(err, -ENODATA, 0, 0,
			      "the evidence is not here: it has not come yet, or was destroyed");
}

static int find_event(struct weir_db_tx *tx, const struct weir_principal *by, uint64_t event,
		      struct target *ret, struct weir_error *err)
{
	int r = look_at(tx, by, event, ret);

	if (r == 0 || r == -ENOENT)
		return fail_none(err);
	if (r > 0)
		r = is_here(tx, ret);
	return r == 0 ? fail_absent(err) : r;
}

struct events {
	uint64_t id[NEWEST];
	size_t n;
};

static int keep_event(void *context, const struct weir_alert_log *log)
{
	struct events *events = context;

	if (log->event && events->n < NEWEST)
		events->id[events->n++] = log->event;
	return 0;
}

/* The newest event of the alert whose evidence is here. */
static int find_alert(struct weir_db_tx *tx, const struct weir_principal *by, uint64_t alert,
		      struct target *ret, struct weir_error *err)
{
	struct events events = {};
	bool named = false;
	int r = weir_triage_log(tx, alert, NEWEST, keep_event, &events);

	for (size_t i = 0; r == 0 && i < events.n; i++) {
		r = look_at(tx, by, events.id[i], ret);
		if (r == 1) {
			named = true;
			r = is_here(tx, ret);
		}
		if (r == -ENOENT) /* older than events are kept, or another group's */
			r = 0;
	}
	if (r != 0)
		return r;
	return named ? fail_absent(err) : fail_none(err);
}

static int insert(struct weir_db_tx *tx, const struct weir_principal *by,
		  const struct weir_evidence_ask *ask, const struct target *target, uint64_t now_ns,
		  int64_t *ret_id)
{
	return WEIR_DB_NUMBER(
		tx, ret_id,
		"INSERT INTO evidence_request (state, event, alert, agent, sha256, reason, "
		"minutes, requester, requester_name, decider, decider_name, created_ns, "
		"decided_ns, until_ns, reads, read_ns) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
		"0, '', $10, 0, 0, 0, 0) RETURNING id",
		weir_db_int(WEIR_EVIDENCE_REQUESTED), weir_db_int((int64_t)target->event),
		weir_db_int((int64_t)ask->alert),
		weir_db_blob(target->agent_uid, sizeof(target->agent_uid)),
		weir_db_blob(target->sha256, sizeof(target->sha256)), weir_db_text(ask->reason),
		weir_db_int(ask->minutes), weir_db_int((int64_t)by->id), weir_db_text(by->name),
		weir_db_int((int64_t)now_ns));
}

int weir_evidence_request(struct weir_store *store, const struct weir_principal *by,
			  const struct weir_evidence_ask *ask, uint64_t now_ns, uint64_t *ret_id,
			  struct weir_error *err)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	char hash[2 * WEIR_EVIDENCE_HASH_LEN + 1], detail[160];
	struct target target = {};
	int64_t id = 0;
	int r = check(ask, err);

	if (r == 0)
		r = weir_db_write(store, &tx);
	if (r == 0)
		r = ask->event ? find_event(tx, by, ask->event, &target, err)
			       : find_alert(tx, by, ask->alert, &target, err);
	if (r > 0)
		r = insert(tx, by, ask, &target, now_ns, &id);
	if (r < 0)
		return r;
	weir_hex(target.sha256, sizeof(target.sha256), hash);
	(void)snprintf(detail, sizeof(detail),
		       "{\"event\":%" PRIu64 ",\"minutes\":%" PRIu32 ",\"sha256\":\"%s\"}",
		       target.event, ask->minutes, hash);
	r = evidence_finish(tx, by, "evidence.request", (uint64_t)id, detail);
	if (r == 0)
		*ret_id = (uint64_t)id;
	return r;
}

/* By id, and inside the transaction that decides. */
static int check_decision(const struct weir_evidence_request *request,
			  const struct weir_principal *by, struct weir_error *err)
{
	if (request->requester == by->id)
		return weir_error_set(err, -EPERM, 0, 0,
				      "nobody decides on a request of his own: ask another person");
	if (request->state == WEIR_EVIDENCE_EXPIRED && !request->decider)
		return weir_error_set(err, -ESTALE, 0, 0, "it waited for too long: ask again");
	if (request->state != WEIR_EVIDENCE_REQUESTED)
		return weir_error_set(err, -ESTALE, 0, 0, "it is decided already, by %s",
				      request->decider_name);
	return 0;
}

int weir_evidence_decide(struct weir_store *store, const struct weir_principal *by, uint64_t id,
			 bool approve, uint64_t now_ns, struct weir_error *err)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct found found = {};
	uint64_t until_ns = 0;
	int r = weir_db_write(store, &tx);

	if (r == 0)
		r = evidence_find(tx, id, now_ns, &found, err);
	if (r == 0)
		r = check_decision(&found.request, by, err);
	if (r < 0)
		return r;
	if (approve)
		until_ns = now_ns + found.request.minutes * 60 * WEIR_NSEC_PER_SEC;
	r = WEIR_DB_RUN(tx,
			"UPDATE evidence_request SET state = $1, decider = $2, decider_name = $3, "
			"decided_ns = $4, until_ns = $5 WHERE id = $6",
			weir_db_int(approve ? WEIR_EVIDENCE_APPROVED : WEIR_EVIDENCE_DENIED),
			weir_db_int((int64_t)by->id), weir_db_text(by->name),
			weir_db_int((int64_t)now_ns), weir_db_int((int64_t)until_ns),
			weir_db_int((int64_t)id));
	return r < 0 ? r
		     : evidence_finish(tx, by, approve ? "evidence.approve" : "evidence.deny", id,
				       "");
}
