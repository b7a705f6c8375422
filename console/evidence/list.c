/* SPDX-License-Identifier: Apache-2.0 */
/* Requests as they are at a time. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

#define SELECT                                                                                   \
	"SELECT r.id, r.state, r.event, r.alert, r.agent, r.sha256, coalesce(b.size, 0), "       \
	"r.reason, r.minutes, r.requester, r.requester_name, r.decider, r.decider_name, "        \
	"r.created_ns, r.decided_ns, r.until_ns, r.reads, r.read_ns FROM evidence_request AS r " \
	"LEFT JOIN evidence_blob AS b ON b.agent = r.agent AND b.sha256 = r.sha256 WHERE "

static enum weir_evidence_state state_at(const struct weir_evidence_request *request,
					 uint64_t now_ns)
{
	const bool waited = request->state == WEIR_EVIDENCE_REQUESTED &&
			    now_ns >= request->created_ns + WEIR_EVIDENCE_WAIT_NS;
	const bool over = request->state == WEIR_EVIDENCE_APPROVED && now_ns >= request->until_ns;

	return waited || over ? WEIR_EVIDENCE_EXPIRED : request->state;
}

static int take_bytes(const struct weir_db_rows *rows, size_t column, void *ret, size_t wanted)
{
	size_t len;
	const void *data = weir_db_get_blob(rows, column, &len);

	if (len != wanted)
		return -EBADMSG;
	memcpy(ret, data, len);
	return 0;
}

static int take(const struct weir_db_rows *rows, uint64_t now_ns, struct weir_evidence_request *ret)
{
	*ret = (struct weir_evidence_request){
		.id = (uint64_t)weir_db_get_int(rows, 0),
		.state = (enum weir_evidence_state)weir_db_get_int(rows, 1),
		.event = (uint64_t)weir_db_get_int(rows, 2),
		.alert = (uint64_t)weir_db_get_int(rows, 3),
		.size = (uint64_t)weir_db_get_int(rows, 6),
		.reason = weir_db_get_text(rows, 7),
		.minutes = (uint32_t)weir_db_get_int(rows, 8),
		.requester = (uint64_t)weir_db_get_int(rows, 9),
		.requester_name = weir_db_get_text(rows, 10),
		.decider = (uint64_t)weir_db_get_int(rows, 11),
		.decider_name = weir_db_get_text(rows, 12),
		.created_ns = (uint64_t)weir_db_get_int(rows, 13),
		.decided_ns = (uint64_t)weir_db_get_int(rows, 14),
		.until_ns = (uint64_t)weir_db_get_int(rows, 15),
		.reads = (uint64_t)weir_db_get_int(rows, 16),
		.read_ns = (uint64_t)weir_db_get_int(rows, 17),
	};
	ret->state = state_at(ret, now_ns);
	if (take_bytes(rows, 4, ret->agent_uid, sizeof(ret->agent_uid)) < 0)
		return -EBADMSG;
	return take_bytes(rows, 5, ret->sha256, sizeof(ret->sha256));
}

/* The texts of the row go with it. */
static void keep_texts(struct found *found)
{
	struct weir_evidence_request *request = &found->request;

	(void)snprintf(found->reason, sizeof(found->reason), "%s", request->reason);
	(void)snprintf(found->requester_name, sizeof(found->requester_name), "%s",
		       request->requester_name);
	(void)snprintf(found->decider_name, sizeof(found->decider_name), "%s",
		       request->decider_name);
	request->reason = found->reason;
	request->requester_name = found->requester_name;
	request->decider_name = found->decider_name;
}

int evidence_find(struct weir_db_tx *tx, uint64_t id, uint64_t now_ns, struct found *ret,
		  struct weir_error *err)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(tx, &rows, SELECT "r.id = $1", weir_db_int((int64_t)id));

	if (r == 0)
		r = weir_db_next(rows);
	if (r == 0)
		return weir_error_set(err, -ENOENT, 0, 0, "there is no such request");
	if (r > 0)
		r = take(rows, now_ns, &ret->request);
	if (r == 0)
		keep_texts(ret);
	return r;
}

int weir_evidence_list(struct weir_store *store, uint64_t before, uint32_t limit, uint64_t now_ns,
		       weir_evidence_request_fn fn, void *context)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	struct weir_evidence_request request;
	int r = weir_db_read(store, &tx);

	if (r == 0)
		r = WEIR_DB_QUERY(tx, &rows, SELECT "r.id < $1 ORDER BY r.id DESC LIMIT $2",
				  weir_db_int(before ? (int64_t)before : INT64_MAX),
				  weir_db_int(limit));
	while (r == 0 && (r = weir_db_next(rows)) > 0) {
		r = take(rows, now_ns, &request);
		if (r == 0)
			r = fn(context, &request);
		if (r != 0)
			break;
	}
	return r < 0 ? r : 0;
}

int weir_evidence_get(struct weir_store *store, uint64_t id, uint64_t now_ns,
		      weir_evidence_request_fn fn, void *context)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct found found = {};
	int r = weir_db_read(store, &tx);

	if (r == 0)
		r = evidence_find(tx, id, now_ns, &found, NULL);
	if (r == 0)
		r = fn(context, &found.request);
	return r < 0 ? r : 0;
}
