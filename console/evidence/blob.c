/* SPDX-License-Identifier: Apache-2.0 */
/* What endpoints bring: taken once, by its hash, while there is room. */

#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

#include "internal.h"

static struct weir_db_value agent_of(const struct weir_evidence_blob *blob)
{
	return weir_db_blob(blob->agent_uid, sizeof(blob->agent_uid));
}

static int check(const struct weir_evidence_blob *blob)
{
	uint8_t hash[WEIR_EVIDENCE_HASH_LEN];

	if (EVP_Digest(blob->len ? blob->data : "", blob->len, hash, NULL, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	if (memcmp(hash, blob->sha256, sizeof(hash)) != 0)
		return -EINVAL;
	return weir_evidence_check(blob->data, blob->len);
}

/* 1: it is there. */
static int is_there(struct weir_db_tx *tx, const struct weir_evidence_blob *blob)
{
	int64_t size;
	int r = WEIR_DB_NUMBER(tx, &size,
			       "SELECT size FROM evidence_blob WHERE agent = $1 AND sha256 = $2",
			       agent_of(blob), weir_db_blob(blob->sha256, sizeof(blob->sha256)));

	return r == -ENOENT ? 0 : r < 0 ? r : 1;
}

static int check_agent(struct weir_db_tx *tx, const struct weir_evidence_room *room,
		       const struct weir_evidence_blob *blob)
{
	int64_t bytes = 0, n = 0;
	int r = WEIR_DB_NUMBER(tx, &n, "SELECT count(*) FROM evidence_blob WHERE agent = $1",
			       agent_of(blob));

	if (r == 0)
		r = WEIR_DB_NUMBER(tx, &bytes,
				   "SELECT CAST(coalesce(sum(size), 0) AS bigint) FROM "
				   "evidence_blob WHERE agent = $1",
				   agent_of(blob));
	if (r < 0)
		return r;
	return (uint64_t)n >= room->agent_blobs || (uint64_t)bytes + blob->len > room->agent_bytes
		       ? -EDQUOT
		       : 0;
}

static int check_room(struct weir_db_tx *tx, const struct weir_evidence_room *room,
		      const struct weir_evidence_blob *blob)
{
	int64_t bytes;
	int r = WEIR_DB_NUMBER(tx, &bytes, "SELECT bytes FROM evidence_room WHERE number = $1",
			       weir_db_int(1));

	if (r < 0)
		return r;
	return (uint64_t)bytes + blob->len > room->bytes ? -ENOSPC : 0;
}

static int insert(struct weir_db_tx *tx, const struct weir_evidence_blob *blob, uint64_t now_ns)
{
	int r = WEIR_DB_RUN(tx,
			    "INSERT INTO evidence_blob (agent, sha256, size, received_ns, data) "
			    "VALUES ($1, $2, $3, $4, $5)",
			    agent_of(blob), weir_db_blob(blob->sha256, sizeof(blob->sha256)),
			    weir_db_int((int64_t)blob->len), weir_db_int((int64_t)now_ns),
			    weir_db_blob(blob->data, blob->len));

	if (r >= 0)
		r = WEIR_DB_RUN(tx, "UPDATE evidence_room SET bytes = bytes + $1 WHERE number = 1",
				weir_db_int((int64_t)blob->len));
	return r < 0 ? r : 0;
}

int weir_evidence_put(struct weir_store *store, const struct weir_evidence_room *room,
		      const struct weir_evidence_blob *blob, uint64_t now_ns)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = check(blob);

	if (r == 0)
		r = weir_db_write(store, &tx);
	if (r == 0)
		r = is_there(tx, blob);
	if (r != 0)
		return r < 0 ? r : 0;
	r = check_agent(tx, room, blob);
	if (r == 0)
		r = check_room(tx, room, blob);
	if (r == 0)
		r = insert(tx, blob, now_ns);
	if (r == 0)
		r = weir_db_commit(tx);
	return r < 0 ? r : 1;
}
