/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions, and whose secret it is that a call shows. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "internal.h"
#include "weir/base/time.h"

/* When a session or token was used last is written once a minute, not with every call. */
#define SEEN_NS (60 * WEIR_NSEC_PER_SEC)

int session_open(struct weir_db_tx *tx, struct weir_principal *principal, uint64_t now_ns,
		 const char *detail, char ret[static WEIR_SECRET_TEXT])
{
	uint8_t hash[WEIR_SECRET_HASH];
	int64_t id = 0;
	int r = weir_secret_make(WEIR_SECRET_SESSION, ret);

	if (r == 0)
		r = weir_secret_hash(WEIR_SECRET_SESSION, ret, hash);
	if (r == 0)
		r = WEIR_DB_NUMBER(tx, &id,
				   "INSERT INTO person_session (hash, person, seen_ns, expires_ns) "
				   "VALUES ($1, $2, $3, $4) RETURNING id",
				   weir_db_blob(hash, sizeof(hash)),
				   weir_db_int((int64_t)principal->id),
				   weir_db_int((int64_t)now_ns),
				   weir_db_int((int64_t)(now_ns + WEIR_SESSION_MAX_NS)));
	if (r < 0)
		return r;
	principal->session = (uint64_t)id;
	return weir_audit_write(tx, principal, "session.open", "", detail);
}

/* What a secret stands for. */
struct held {
	uint64_t id, person;
	uint64_t used_ns, expires_ns;
	weir_permissions permissions; /* of a token */
};

static int read_held(struct weir_db_tx *tx, bool session,
		     const uint8_t hash[static WEIR_SECRET_HASH], struct held *ret)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	const struct weir_db_value key = weir_db_blob(hash, WEIR_SECRET_HASH);
	int r;

	if (session)
		r = WEIR_DB_QUERY(tx, &rows,
				  "SELECT id, person, seen_ns, expires_ns FROM person_session "
				  "WHERE hash = $1",
				  key);
	else
		r = WEIR_DB_QUERY(tx, &rows,
				  "SELECT id, person, used_ns, expires_ns, permissions "
				  "FROM person_token WHERE hash = $1",
				  key);
	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r < 0 ? r : -EACCES;
	*ret = (struct held){.id = (uint64_t)weir_db_get_int(rows, 0),
			     .person = (uint64_t)weir_db_get_int(rows, 1),
			     .used_ns = (uint64_t)weir_db_get_int(rows, 2),
			     .expires_ns = (uint64_t)weir_db_get_int(rows, 3),
			     .permissions = UINT64_MAX};
	if (!session)
		ret->permissions = people_parse_permissions(weir_db_get_text(rows, 4));
	return 0;
}

static int look_up(struct weir_people *people, bool session,
		   const uint8_t hash[static WEIR_SECRET_HASH], uint64_t now_ns, struct held *held,
		   struct weir_principal *ret)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_read(people->store, &tx);

	if (r == 0)
		r = read_held(tx, session, hash, held);
	if (r < 0)
		return r;
	if (now_ns >= held->expires_ns ||
	    (session && now_ns >= held->used_ns + WEIR_SESSION_IDLE_NS))
		return -EACCES;
	r = people_principal(tx, held->person, ret);
	ret->permissions &= held->permissions;
	if (session)
		ret->session = held->id;
	else
		ret->token = held->id;
	return r == -ENOENT ? -EACCES : r;
}

static int mark_used(struct weir_people *people, bool session, uint64_t id, uint64_t now_ns)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_write(people->store, &tx);

	if (r == 0 && session)
		r = WEIR_DB_RUN(tx, "UPDATE person_session SET seen_ns = $2 WHERE id = $1",
				weir_db_int((int64_t)id), weir_db_int((int64_t)now_ns));
	else if (r == 0)
		r = WEIR_DB_RUN(tx, "UPDATE person_token SET used_ns = $2 WHERE id = $1",
				weir_db_int((int64_t)id), weir_db_int((int64_t)now_ns));
	return r < 0 ? r : weir_db_commit(tx);
}

int weir_people_identify(struct weir_people *people, const char *secret, uint64_t now_ns,
			 struct weir_principal *ret)
{
	struct weir_principal principal = {};
	struct held held = {};
	uint8_t hash[WEIR_SECRET_HASH];
	bool session = true;
	int r = weir_secret_hash(WEIR_SECRET_SESSION, secret, hash);

	if (r == -EINVAL) {
		session = false;
		r = weir_secret_hash(WEIR_SECRET_TOKEN, secret, hash);
	}
	if (r < 0)
		return r == -EINVAL ? -EACCES : r;
	r = look_up(people, session, hash, now_ns, &held, &principal);
	if (r == 0 && now_ns >= held.used_ns + SEEN_NS)
		r = mark_used(people, session, held.id, now_ns);
	if (r == 0)
		*ret = principal;
	return r;
}

int weir_people_logout(struct weir_people *people, const struct weir_principal *by)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r;

	if (!by->session)
		return 0;
	r = weir_db_write(people->store, &tx);
	if (r == 0)
		r = WEIR_DB_RUN(tx, "DELETE FROM person_session WHERE id = $1",
				weir_db_int((int64_t)by->session));
	if (r > 0)
		r = weir_audit_write(tx, by, "session.close", "", "");
	return r < 0 ? r : weir_db_commit(tx);
}
