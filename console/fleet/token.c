/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/evp.h>

#include "internal.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"

#define PREFIX	   "weir-enroll."
#define SECRET_LEN 32

static int hash_of(const uint8_t secret[static SECRET_LEN], uint8_t hash[static 32])
{
	return EVP_Digest(secret, SECRET_LEN, hash, NULL, EVP_sha256(), NULL) == 1 ? 0 : -ENOMEM;
}

static bool fits(const struct weir_fleet_token *token)
{
	return token->expires_ns > token->created_ns &&
	       token->expires_ns - token->created_ns <= WEIR_FLEET_TOKEN_MOST_NS &&
	       token->max_uses > 0 && token->max_uses <= WEIR_FLEET_TOKEN_USES &&
	       strlen(token->group) <= WEIR_FLEET_GROUP_MAX;
}

int weir_fleet_token_make(struct weir_fleet *fleet, struct weir_db_tx *tx,
			  const struct weir_fleet_token *token,
			  char text[static WEIR_FLEET_TOKEN_TEXT], int64_t *ret_id)
{
	uint8_t secret[SECRET_LEN], hash[32];
	char digits[2 * SECRET_LEN + 1];
	int r;

	if (!fits(token))
		return -EINVAL;
	if (getrandom(secret, sizeof(secret), 0) != (ssize_t)sizeof(secret))
		return -EIO;
	r = hash_of(secret, hash);
	if (r == 0)
		r = WEIR_DB_NUMBER(
			tx, ret_id,
			"INSERT INTO fleet_tokens (hash, group_name, created_by, "
			"created_ns, expires_ns, max_uses, uses, revoked) "
			"VALUES ($1, $2, $3, $4, $5, $6, 0, 0) RETURNING id",
			weir_db_blob(hash, sizeof(hash)), weir_db_text(token->group),
			weir_db_text(token->created_by), weir_db_int((int64_t)token->created_ns),
			weir_db_int((int64_t)token->expires_ns), weir_db_int(token->max_uses));
	if (r < 0)
		return r;
	weir_hex(secret, sizeof(secret), digits);
	(void)snprintf(text, WEIR_FLEET_TOKEN_TEXT, PREFIX "%s.%s", digits, weir_ca_pin(fleet->ca));
	explicit_bzero(secret, sizeof(secret));
	explicit_bzero(digits, sizeof(digits));
	return 0;
}

int weir_fleet_token_revoke(struct weir_db_tx *tx, int64_t id)
{
	int r = WEIR_DB_RUN(tx, "UPDATE fleet_tokens SET revoked = 1 WHERE id = $1",
			    weir_db_int(id));

	return r < 0 ? r : r == 0 ? -ENOENT : 0;
}

int weir_fleet_group_of(struct weir_db_tx *tx, const char *sql, struct weir_db_value key,
			char group[static WEIR_FLEET_GROUP_MAX + 1])
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = weir_db_query(tx, sql, &key, 1, &rows);

	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	(void)snprintf(group, WEIR_FLEET_GROUP_MAX + 1, "%s", weir_db_get_text(rows, 0));
	return 0;
}

int weir_fleet_token_group(struct weir_db_tx *tx, int64_t id,
			   char group[static WEIR_FLEET_GROUP_MAX + 1])
{
	return weir_fleet_group_of(tx, "SELECT group_name FROM fleet_tokens WHERE id = $1",
				   weir_db_int(id), group);
}

#define LIST                                                                           \
	"SELECT id, group_name, created_by, created_ns, expires_ns, max_uses, "        \
	"uses, revoked FROM fleet_tokens WHERE id < $1 AND ($3 = 0 OR group_name IN (" \
	"$4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)) "  \
	"ORDER BY id DESC LIMIT $2"

#define N_LIST (3 + WEIR_STORE_GROUPS_MAX)

int weir_fleet_token_list(struct weir_db_tx *tx, const struct weir_store_scope *scope,
			  int64_t before, uint32_t limit, weir_fleet_token_fn fn, void *context)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	struct weir_db_value values[N_LIST] = {
		weir_db_int(before ? before : INT64_MAX),
		weir_db_int(limit),
		weir_db_int(scope != NULL),
	};
	int r;

	weir_fleet_scope_values(scope, values + 3);
	r = weir_db_query(tx, LIST, values, N_LIST, &rows);
	while (r == 0 && (r = weir_db_next(rows)) == 1) {
		const struct weir_fleet_token token = {
			.id = weir_db_get_int(rows, 0),
			.group = weir_db_get_text(rows, 1),
			.created_by = weir_db_get_text(rows, 2),
			.created_ns = (uint64_t)weir_db_get_int(rows, 3),
			.expires_ns = (uint64_t)weir_db_get_int(rows, 4),
			.max_uses = (uint32_t)weir_db_get_int(rows, 5),
			.uses = (uint32_t)weir_db_get_int(rows, 6),
			.revoked = weir_db_get_int(rows, 7) != 0,
		};

		r = fn(context, &token);
	}
	return r;
}

/* The hash of the secret in text; -EACCES when it is no token of this authority. */
static int read_text(const struct weir_fleet *fleet, const char *text, uint8_t hash[static 32])
{
	uint8_t secret[SECRET_LEN];
	char digits[2 * SECRET_LEN + 1];
	const char *rest = text + strlen(PREFIX) + 2 * SECRET_LEN;
	int r;

	if (strncmp(text, PREFIX, strlen(PREFIX)) != 0 ||
	    strlen(text) != strlen(PREFIX) + 2 * SECRET_LEN + WEIR_CA_PIN_TEXT || *rest != '.' ||
	    strcmp(rest + 1, weir_ca_pin(fleet->ca)) != 0)
		return -EACCES;
	memcpy(digits, text + strlen(PREFIX), sizeof(digits) - 1);
	digits[sizeof(digits) - 1] = '\0';
	r = weir_unhex(digits, secret, sizeof(secret)) == SECRET_LEN ? hash_of(secret, hash)
								     : -EACCES;
	explicit_bzero(digits, sizeof(digits));
	explicit_bzero(secret, sizeof(secret));
	return r;
}

/* Found by its hash: how long that takes tells nothing about the tokens that there are. */
int weir_fleet_token_use(struct weir_db_tx *tx, const struct weir_fleet *fleet, const char *text,
			 uint64_t now_ns, int64_t *ret_id,
			 char group[static WEIR_FLEET_GROUP_MAX + 1])
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	uint8_t hash[32];
	int r = read_text(fleet, text, hash);

	if (r == 0)
		r = WEIR_DB_QUERY(tx, &rows,
				  "UPDATE fleet_tokens SET uses = uses + 1 WHERE hash = $1 "
				  "AND uses < max_uses AND expires_ns > $2 AND revoked = 0 "
				  "RETURNING id, group_name",
				  weir_db_blob(hash, sizeof(hash)), weir_db_int((int64_t)now_ns));
	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r < 0 ? r : -EACCES;
	*ret_id = weir_db_get_int(rows, 0);
	(void)snprintf(group, WEIR_FLEET_GROUP_MAX + 1, "%s", weir_db_get_text(rows, 1));
	r = weir_db_next(rows);
	return r < 0 ? r : 0;
}

int weir_fleet_token_find(struct weir_db_tx *tx, const struct weir_fleet *fleet, const char *text,
			  int64_t *ret_id)
{
	uint8_t hash[32];
	int r = read_text(fleet, text, hash);

	if (r == 0)
		r = WEIR_DB_NUMBER(tx, ret_id,
				   "SELECT id FROM fleet_tokens WHERE hash = $1 AND revoked = 0",
				   weir_db_blob(hash, sizeof(hash)));
	return r == -ENOENT ? -EACCES : r;
}
