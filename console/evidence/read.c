/* SPDX-License-Identifier: Apache-2.0 */
/* Giving out: to who asked, while the time runs, never without an entry in the audit log. */

#include <errno.h>
#include <stdio.h>

#include "internal.h"
#include "weir/base/parse.h"

static int check(const struct weir_evidence_request *request, const struct weir_principal *by,
		 struct weir_error *err)
{
	if (request->requester != by->id)
		return weir_error_set(err, -EPERM, 0, 0, "only who asked for it gets it");
	switch (request->state) {
	case WEIR_EVIDENCE_APPROVED:
		return 0;
	case WEIR_EVIDENCE_REQUESTED:
		return weir_error_set(err, -ESTALE, 0, 0, "nobody has approved it yet");
	case WEIR_EVIDENCE_DENIED:
		return weir_error_set(err, -ESTALE, 0, 0, "it was denied by %s",
				      request->decider_name);
	default:
		return weir_error_set(err, -ESTALE, 0, 0, "its time is over: ask again");
	}
}

static int load(struct weir_db_tx *tx, const struct weir_evidence_request *request,
		struct weir_buf *ret, struct weir_error *err)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	const void *data;
	size_t len;
	int r = WEIR_DB_QUERY(tx, &rows,
			      "SELECT data FROM evidence_blob WHERE agent = $1 AND sha256 = $2",
			      weir_db_blob(request->agent_uid, sizeof(request->agent_uid)),
			      weir_db_blob(request->sha256, sizeof(request->sha256)));

	if (r == 0)
		r = weir_db_next(rows);
	if (r == 0)
		return weir_error_set(err, -ENODATA, 0, 0, "it was destroyed when its time came");
	if (r < 0)
		return r;
	data = weir_db_get_blob(rows, 0, &len);
	return weir_buf_append(ret, data, len);
}

static int note(struct weir_db_tx *tx, const struct weir_principal *by,
		struct weir_evidence_request *request, uint64_t now_ns)
{
	char hash[2 * WEIR_EVIDENCE_HASH_LEN + 1], detail[96];
	int r = WEIR_DB_RUN(
		tx, "UPDATE evidence_request SET reads = reads + 1, read_ns = $1 WHERE id = $2",
		weir_db_int((int64_t)now_ns), weir_db_int((int64_t)request->id));

	if (r < 0)
		return r;
	request->reads++;
	request->read_ns = now_ns;
	weir_hex(request->sha256, sizeof(request->sha256), hash);
	(void)snprintf(detail, sizeof(detail), "{\"sha256\":\"%s\"}", hash);
	return evidence_finish(tx, by, "evidence.read", request->id, detail);
}

int weir_evidence_read(struct weir_store *store, const struct weir_principal *by, uint64_t id,
		       uint64_t now_ns, weir_evidence_request_fn fn, void *context,
		       struct weir_buf *ret, struct weir_error *err)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_buf sealed _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EVIDENCE_SEALED_MAX);
	struct found found = {};
	int r = weir_db_write(store, &tx);

	if (r == 0)
		r = evidence_find(tx, id, now_ns, &found, err);
	if (r == 0)
		r = check(&found.request, by, err);
	if (r == 0)
		r = load(tx, &found.request, &sealed, err);
	if (r == 0)
		r = note(tx, by, &found.request, now_ns);
	if (r == 0)
		r = weir_buf_append(ret, sealed.data, sealed.len);
	return r < 0 ? r : fn(context, &found.request);
}
