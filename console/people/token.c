/* SPDX-License-Identifier: Apache-2.0 */
/* API tokens: what a person hands to a program. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "internal.h"
#include "weir/base/buf.h"
#include "weir/base/time.h"

#define PERMISSIONS_MAX 1024

static int format_permissions(weir_permissions permissions, struct weir_buf *buf)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < WEIR_PERMIT_END_; i++) {
		const char *name = weir_permission_name((enum weir_permission)i);

		if (name && permissions & WEIR_PERMISSION_BIT(i))
			r = weir_buf_printf(buf, "%s%s", buf->len ? "," : "", name);
	}
	return r;
}

weir_permissions people_parse_permissions(const char *text)
{
	weir_permissions set = 0;
	char name[32];

	while (*text) {
		size_t len = strcspn(text, ",");
		enum weir_permission permission;

		(void)snprintf(name, sizeof(name), "%.*s", (int)len, text);
		if (weir_permission_parse(name, &permission) == 0)
			set |= WEIR_PERMISSION_BIT(permission);
		text += len;
		text += *text == ',';
	}
	return set;
}

static int check(const struct weir_principal *by, const char *name, weir_permissions permissions,
		 uint64_t now_ns, uint64_t expires_ns, const char **ret_why)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789._- ";

	*ret_why = "";
	if (by->token || permissions & ~by->permissions)
		return -EPERM;
	if (!*name || strlen(name) > WEIR_TOKEN_NAME_MAX || name[strspn(name, good)])
		*ret_why = "a token's name is made of letters, digits, '.', '_', '-' and blanks";
	else if (permissions == 0)
		*ret_why = "a token has at least one permission";
	else if (expires_ns <= now_ns || expires_ns - now_ns > WEIR_TOKEN_MAX_NS)
		*ret_why = "a token expires within 366 days";
	return **ret_why ? -EINVAL : 0;
}

static int insert(struct weir_db_tx *tx, const struct weir_principal *by, const char *name,
		  const char *permissions, uint64_t now_ns, uint64_t expires_ns,
		  const uint8_t hash[static WEIR_SECRET_HASH], int64_t *ret_id)
{
	int64_t n;
	int r = WEIR_DB_NUMBER(tx, &n,
			       "SELECT count(*) FROM person_token WHERE person = $1 "
			       "AND expires_ns > $2",
			       weir_db_int((int64_t)by->id), weir_db_int((int64_t)now_ns));

	if (r < 0 || n >= WEIR_TOKENS_MAX)
		return r < 0 ? r : -E2BIG;
	return WEIR_DB_NUMBER(tx, ret_id,
			      "INSERT INTO person_token (hash, person, name, permissions, "
			      "created_ns, expires_ns, used_ns) VALUES ($1, $2, $3, $4, $5, $6, 0) "
			      "RETURNING id",
			      weir_db_blob(hash, WEIR_SECRET_HASH), weir_db_int((int64_t)by->id),
			      weir_db_text(name), weir_db_text(permissions),
			      weir_db_int((int64_t)now_ns), weir_db_int((int64_t)expires_ns));
}

static int tell(struct weir_db_tx *tx, const struct weir_principal *by, const char *action,
		uint64_t id, const char *permissions, uint64_t expires_ns)
{
	char object[32], detail[PERMISSIONS_MAX + 64] = "", expires[WEIR_TIME_TEXT];

	(void)snprintf(object, sizeof(object), "token %" PRIu64, id);
	weir_time_format(expires_ns, expires);
	if (permissions)
		(void)snprintf(detail, sizeof(detail),
			       "{\"permissions\":\"%s\",\"expires\":\"%s\"}", permissions, expires);
	return weir_audit_write(tx, by, action, object, detail);
}

int weir_people_add_token(struct weir_people *people, const struct weir_principal *by,
			  const char *name, weir_permissions permissions, uint64_t now_ns,
			  uint64_t expires_ns, char ret_token[static WEIR_SECRET_TEXT],
			  uint64_t *ret_id, const char **ret_why)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(PERMISSIONS_MAX);
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	uint8_t hash[WEIR_SECRET_HASH];
	int64_t id;
	int r = check(by, name, permissions, now_ns, expires_ns, ret_why);

	if (r == 0)
		r = format_permissions(permissions, &text);
	if (r == 0)
		r = weir_secret_make(WEIR_SECRET_TOKEN, ret_token);
	if (r == 0)
		r = weir_secret_hash(WEIR_SECRET_TOKEN, ret_token, hash);
	if (r == 0)
		r = weir_db_write(people->store, &tx);
	if (r == 0)
		r = insert(tx, by, name, text.data, now_ns, expires_ns, hash, &id);
	if (r == 0)
		r = tell(tx, by, "token.add", (uint64_t)id, text.data, expires_ns);
	if (r == 0)
		r = weir_db_commit(tx);
	if (r == 0)
		*ret_id = (uint64_t)id;
	return r;
}

int weir_people_revoke_token(struct weir_people *people, const struct weir_principal *by,
			     uint64_t id)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	const bool any = weir_principal_may(by, WEIR_PERMIT_USER_MANAGE);
	int r = weir_db_write(people->store, &tx);

	if (r == 0)
		r = WEIR_DB_RUN(
			tx, "DELETE FROM person_token WHERE id = $1 AND (person = $2 OR $3 = 1)",
			weir_db_int((int64_t)id), weir_db_int((int64_t)by->id), weir_db_int(any));
	if (r == 0)
		r = -ENOENT;
	if (r > 0)
		r = tell(tx, by, "token.revoke", id, NULL, 0);
	return r < 0 ? r : weir_db_commit(tx);
}

int weir_people_list_tokens(struct weir_people *people, uint64_t person, weir_token_fn fn,
			    void *context)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = weir_db_read(people->store, &tx);

	if (r == 0)
		r = WEIR_DB_QUERY(tx, &rows,
				  "SELECT id, person, name, permissions, created_ns, expires_ns, "
				  "used_ns FROM person_token WHERE person = $1 ORDER BY id "
				  "LIMIT 1000",
				  weir_db_int((int64_t)person));
	while (r == 0) {
		struct weir_token token;

		r = weir_db_next(rows);
		if (r <= 0)
			return r;
		token = (struct weir_token){
			.id = (uint64_t)weir_db_get_int(rows, 0),
			.person = (uint64_t)weir_db_get_int(rows, 1),
			.name = weir_db_get_text(rows, 2),
			.permissions = people_parse_permissions(weir_db_get_text(rows, 3)),
			.created_ns = (uint64_t)weir_db_get_int(rows, 4),
			.expires_ns = (uint64_t)weir_db_get_int(rows, 5),
			.used_ns = (uint64_t)weir_db_get_int(rows, 6),
		};
		r = fn(context, &token);
	}
	return r < 0 ? r : 0;
}
