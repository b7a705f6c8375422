/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "internal.h"

/* What a comparison gives is a number in one database and a truth in the other. */
#define COLUMNS                                                                               \
	"id, name, display, roles, every_group, state, "                                      \
	"CASE WHEN password IS NULL THEN 0 ELSE 1 END, CASE WHEN totp IS NULL THEN 0 ELSE 1 " \
	"END, issuer, subject, created_ns"

typedef char group_name[WEIR_GROUP_NAME_MAX + 1];

static int read_groups(struct weir_db_tx *tx, uint64_t id, group_name groups[WEIR_GROUPS_MAX],
		       size_t *ret_n)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(
		tx, &rows, "SELECT name FROM person_group WHERE person = $1 ORDER BY name LIMIT $2",
		weir_db_int((int64_t)id), weir_db_int(WEIR_GROUPS_MAX));

	*ret_n = 0;
	while (r == 0 && (r = weir_db_next(rows)) > 0) {
		(void)snprintf(groups[*ret_n], sizeof(groups[*ret_n]), "%s",
			       weir_db_get_text(rows, 0));
		++*ret_n;
		r = 0;
	}
	return r;
}

/* A role that this console does not know gives nothing. */
static weir_roles known_roles(const char *text)
{
	weir_roles roles = 0;

	return weir_roles_parse(text, &roles) < 0 ? 0 : roles;
}

static int read_principal(struct weir_db_tx *tx, uint64_t id, struct weir_principal *ret)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(tx, &rows,
			      "SELECT name, roles, every_group, state FROM person WHERE id = $1",
			      weir_db_int((int64_t)id));

	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	*ret = (struct weir_principal){.id = id};
	(void)snprintf(ret->name, sizeof(ret->name), "%s", weir_db_get_text(rows, 0));
	ret->roles = known_roles(weir_db_get_text(rows, 1));
	ret->permissions = weir_roles_permissions(ret->roles);
	ret->every_group = weir_db_get_int(rows, 2) != 0;
	return weir_db_get_int(rows, 3) == PERSON_ACTIVE ? 0 : -EACCES;
}

int people_principal(struct weir_db_tx *tx, uint64_t id, struct weir_principal *ret)
{
	size_t n = 0;
	int r = read_principal(tx, id, ret);

	if (r == 0)
		r = read_groups(tx, id, ret->groups, &n);
	ret->n_groups = (unsigned)n;
	return r;
}

int people_end_sessions(struct weir_db_tx *tx, uint64_t id)
{
	int r = WEIR_DB_RUN(tx, "DELETE FROM person_session WHERE person = $1",
			    weir_db_int((int64_t)id));

	return r < 0 ? r : 0;
}

/* The groups are read before the row's texts are handed out: both belong to one statement at a
 * time. */
static int hand_out(struct weir_db_tx *tx, const struct weir_db_rows *rows, weir_person_fn fn,
		    void *context)
{
	group_name groups[WEIR_GROUPS_MAX];
	struct weir_person person = {
		.id = (uint64_t)weir_db_get_int(rows, 0),
		.name = weir_db_get_text(rows, 1),
		.display = weir_db_get_text(rows, 2),
		.roles = known_roles(weir_db_get_text(rows, 3)),
		.every_group = weir_db_get_int(rows, 4) != 0,
		.disabled = weir_db_get_int(rows, 5) != PERSON_ACTIVE,
		.has_password = weir_db_get_int(rows, 6) != 0,
		.has_totp = weir_db_get_int(rows, 7) != 0,
		.issuer = weir_db_get_text(rows, 8),
		.subject = weir_db_get_text(rows, 9),
		.created_ns = (uint64_t)weir_db_get_int(rows, 10),
		.groups = (const group_name *)groups,
	};
	int r = read_groups(tx, person.id, groups, &person.n_groups);

	return r < 0 ? r : fn(context, &person);
}

static int each(struct weir_db_tx *tx, struct weir_db_rows *rows, weir_person_fn fn, void *context,
		unsigned *ret_n)
{
	int r = 0;

	*ret_n = 0;
	while (r == 0) {
		r = weir_db_next(rows);
		if (r <= 0)
			return r;
		++*ret_n;
		r = hand_out(tx, rows, fn, context);
	}
	return r < 0 ? r : 0;
}

int weir_people_list(struct weir_people *people, uint64_t after, uint32_t limit, weir_person_fn fn,
		     void *context)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	unsigned n;
	int r = weir_db_read(people->store, &tx);

	if (r == 0)
		r = WEIR_DB_QUERY(tx, &rows,
				  "SELECT " COLUMNS
				  " FROM person WHERE id > $1 ORDER BY id LIMIT $2",
				  weir_db_int((int64_t)after), weir_db_int(limit));
	return r < 0 ? r : each(tx, rows, fn, context, &n);
}

int weir_people_get(struct weir_people *people, uint64_t id, weir_person_fn fn, void *context)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	unsigned n = 0;
	int r = weir_db_read(people->store, &tx);

	if (r == 0)
		r = WEIR_DB_QUERY(tx, &rows, "SELECT " COLUMNS " FROM person WHERE id = $1",
				  weir_db_int((int64_t)id));
	if (r == 0)
		r = each(tx, rows, fn, context, &n);
	return r == 0 && n == 0 ? -ENOENT : r;
}

int weir_people_find(struct weir_people *people, const char *name, uint64_t *ret)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int64_t id;
	int r = weir_db_read(people->store, &tx);

	if (r == 0)
		r = WEIR_DB_NUMBER(tx, &id, "SELECT id FROM person WHERE name = $1",
				   weir_db_text(name));
	if (r == 0)
		*ret = (uint64_t)id;
	return r;
}
