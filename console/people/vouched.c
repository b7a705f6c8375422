/* SPDX-License-Identifier: Apache-2.0 */
/* People whom somebody else vouches for. Issuer and subject say who it is; a name never does. */

#include <errno.h>
#include <string.h>

#include "internal.h"
#include "weir/base/utf8.h"

static int refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EACCES;
}

static int find(struct weir_db_tx *tx, const struct weir_person_vouched *vouched, uint64_t *ret)
{
	int64_t id = 0;
	int r = WEIR_DB_NUMBER(tx, &id, "SELECT id FROM person WHERE issuer = $1 AND subject = $2",
			       weir_db_text(vouched->issuer), weir_db_text(vouched->subject));

	*ret = (uint64_t)id;
	return r;
}

static int add(struct weir_db_tx *tx, const struct weir_person_vouched *vouched,
	       const struct weir_person_change *change, uint64_t *ret_id, const char **ret_why)
{
	char name[WEIR_PERSON_NAME_MAX + 1];
	const char *why;
	int r;

	if (strlen(vouched->name) > WEIR_PERSON_NAME_MAX)
		return refuse(ret_why, "name");
	name_fold(vouched->name, name);
	r = people_add_in(tx, NULL, name, change, "", ret_id, &why);
	if (r == -EEXIST)
		return refuse(ret_why, "name taken");
	return r == -EINVAL ? refuse(ret_why, "name") : r;
}

static bool has_groups(const struct weir_principal *principal,
		       const struct weir_person_vouched *vouched)
{
	if (principal->n_groups != vouched->n_groups)
		return false;
	for (size_t i = 0; i < vouched->n_groups; i++) {
		bool there = false;

		for (unsigned j = 0; j < principal->n_groups; j++)
			there |= strcmp(principal->groups[j], vouched->groups[i]) == 0;
		if (!there)
			return false;
	}
	return true;
}

/* What has not changed is left alone: other sessions go on. */
static int update(struct weir_db_tx *tx, uint64_t id, const struct weir_person_vouched *vouched,
		  const struct weir_person_change *change, const char **ret_why)
{
	struct weir_principal now = {};
	const char *why;
	int r = people_principal(tx, id, &now);

	if (r < 0)
		return r == -EACCES ? refuse(ret_why, "disabled") : r;
	if (now.roles == vouched->roles && now.every_group == vouched->every_group &&
	    has_groups(&now, vouched))
		return 0;
	r = people_change_in(tx, NULL, id, change, "", &why);
	if (r == -EPERM)
		return refuse(ret_why, "last administrator");
	return r == -EINVAL ? refuse(ret_why, "groups") : r;
}

static int find_or_add(struct weir_db_tx *tx, const struct weir_person_vouched *vouched,
		       uint64_t *ret_id, const char **ret_why)
{
	struct weir_person_change change = {
		.roles = &vouched->roles,
		.set_groups = true,
		.every_group = vouched->every_group,
		.groups = vouched->groups,
		.n_groups = vouched->n_groups,
	};
	char display[WEIR_PERSON_DISPLAY_MAX + 1];
	int r = find(tx, vouched, ret_id);

	if (r == 0)
		return update(tx, *ret_id, vouched, &change, ret_why);
	if (r != -ENOENT)
		return r;
	change.issuer = vouched->issuer;
	change.subject = vouched->subject;
	weir_utf8_clean(vouched->display, display, sizeof(display));
	change.display = display;
	return add(tx, vouched, &change, ret_id, ret_why);
}

int weir_people_admit(struct weir_people *people, const struct weir_person_vouched *vouched,
		      uint64_t now_ns, char ret_session[static WEIR_SECRET_TEXT],
		      struct weir_principal *ret, const char **ret_why)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	uint64_t id;
	int r;

	*ret_why = "";
	if (!weir_roles_go_together(vouched->roles))
		return refuse(ret_why, "roles");
	r = weir_db_write(people->store, &tx);
	if (r == 0)
		r = find_or_add(tx, vouched, &id, ret_why);
	if (r == 0)
		r = people_principal(tx, id, ret);
	if (r == 0)
		r = attempt_right(tx, NULL, vouched->address);
	if (r == 0)
		r = session_open(tx, ret, now_ns, "{\"by\":\"oidc\"}", ret_session);
	return r < 0 ? r : weir_db_commit(tx);
}
