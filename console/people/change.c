/* SPDX-License-Identifier: Apache-2.0 */
/* Adding and changing people. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "internal.h"
#include "weir/base/buf.h"
#include "weir/base/time.h"
#include "weir/base/utf8.h"

#define DETAIL_MAX WEIR_LEDGER_TEXT_MAX

static int wrong(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EINVAL;
}

static bool text_valid(const char *text, size_t max)
{
	size_t len = strlen(text);

	if (len > max || weir_utf8_valid(text, len) != len)
		return false;
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static int check_groups(const struct weir_person_change *change, const char **ret_why)
{
	if (change->n_groups > WEIR_GROUPS_MAX)
		return wrong(ret_why, "a person is bound to 16 groups at most");
	if (change->every_group && change->n_groups)
		return wrong(ret_why, "every group, or those named");
	for (size_t i = 0; i < change->n_groups; i++)
		if (!weir_name_valid(change->groups[i], WEIR_GROUP_NAME_MAX))
			return wrong(ret_why, "a group's name is made of a-z, 0-9, '.', '_', '-'");
	return 0;
}

static int check(const char *name, const struct weir_person_change *change, const char **ret_why)
{
	*ret_why = "";
	if (change->display && !text_valid(change->display, WEIR_PERSON_DISPLAY_MAX))
		return wrong(ret_why, "the display name is text of up to 128 bytes");
	if (change->roles && !weir_roles_go_together(*change->roles))
		return wrong(ret_why, "these roles do not go together in one person");
	if (!change->issuer != !change->subject)
		return wrong(ret_why, "issuer and subject belong together");
	if (change->issuer && (!text_valid(change->issuer, WEIR_PERSON_SUBJECT_MAX) ||
			       !text_valid(change->subject, WEIR_PERSON_SUBJECT_MAX)))
		return wrong(ret_why, "issuer and subject are text of up to 255 bytes");
	if (change->password && *change->password &&
	    weir_password_fits(change->password, name, ret_why) < 0)
		return -EINVAL;
	return check_groups(change, ret_why);
}

/* What changed, without what is secret. Role names need no escaping; a display name does, and is not
 * told. */
static int tell(struct weir_db_tx *tx, const struct weir_principal *by, const char *action,
		uint64_t id, const char *name, const struct weir_person_change *change)
{
	struct weir_buf detail _cleanup_(weir_buf_done) = WEIR_BUF_INIT(DETAIL_MAX);
	char object[32], roles[WEIR_ROLES_TEXT] = "";
	int r;

	(void)snprintf(object, sizeof(object), "user %" PRIu64, id);
	r = weir_buf_printf(&detail, "{\"name\":\"%s\"", name);
	if (change->roles)
		weir_roles_format(*change->roles, roles);
	if (r == 0 && change->roles)
		r = weir_buf_printf(&detail, ",\"roles\":\"%s\"", roles);
	if (r == 0 && change->disabled)
		r = weir_buf_printf(&detail, ",\"disabled\":%s",
				    *change->disabled ? "true" : "false");
	if (r == 0 && change->password)
		r = weir_buf_printf(&detail, ",\"password\":\"%s\"",
				    *change->password ? "set" : "removed");
	if (r == 0 && (change->totp || change->no_totp))
		r = weir_buf_printf(&detail, ",\"totp\":\"%s\"", change->totp ? "set" : "removed");
	if (r == 0 && change->issuer)
		r = weir_buf_printf(&detail, ",\"identity\":\"%s\"",
				    *change->issuer ? "set" : "removed");
	if (r == 0 && change->set_groups)
		r = weir_buf_printf(&detail, ",\"every_group\":%s,\"groups\":[",
				    change->every_group ? "true" : "false");
	for (size_t i = 0; r == 0 && change->set_groups && i < change->n_groups; i++)
		r = weir_buf_printf(&detail, "%s\"%s\"", i ? "," : "", change->groups[i]);
	if (r == 0)
		r = weir_buf_puts(&detail, change->set_groups ? "]}" : "}");
	return r < 0 ? r : weir_audit_write(tx, by, action, object, detail.data);
}

static int put_groups(struct weir_db_tx *tx, uint64_t id, const struct weir_person_change *change)
{
	int r = WEIR_DB_RUN(tx, "DELETE FROM person_group WHERE person = $1",
			    weir_db_int((int64_t)id));

	if (r >= 0)
		r = WEIR_DB_RUN(tx, "UPDATE person SET every_group = $2 WHERE id = $1",
				weir_db_int((int64_t)id), weir_db_int(change->every_group));
	for (size_t i = 0; r >= 0 && i < change->n_groups; i++)
		r = WEIR_DB_RUN(tx,
				"INSERT INTO person_group (person, name) VALUES ($1, $2) "
				"ON CONFLICT (person, name) DO NOTHING",
				weir_db_int((int64_t)id), weir_db_text(change->groups[i]));
	return r < 0 ? r : 0;
}

static int put_totp(struct weir_db_tx *tx, uint64_t id, const struct weir_person_change *change)
{
	int r = WEIR_DB_RUN(tx, "UPDATE person SET totp = $2, totp_step = 0 WHERE id = $1",
			    weir_db_int((int64_t)id),
			    change->totp ? weir_db_blob(change->totp, WEIR_TOTP_SECRET_LEN)
					 : weir_db_null());

	return r < 0 ? r : 0;
}

/* verifier: of change->password, "" to take it away. */
static int put(struct weir_db_tx *tx, uint64_t id, const struct weir_person_change *change,
	       const char *verifier)
{
	const struct weir_db_value row = weir_db_int((int64_t)id);
	char roles[WEIR_ROLES_TEXT];
	int r = 0;

	if (change->display)
		r = WEIR_DB_RUN(tx, "UPDATE person SET display = $2 WHERE id = $1", row,
				weir_db_text(change->display));
	if (r >= 0 && change->roles) {
		weir_roles_format(*change->roles, roles);
		r = WEIR_DB_RUN(tx, "UPDATE person SET roles = $2 WHERE id = $1", row,
				weir_db_text(roles));
	}
	if (r >= 0 && change->disabled)
		r = WEIR_DB_RUN(tx, "UPDATE person SET state = $2 WHERE id = $1", row,
				weir_db_int(*change->disabled ? PERSON_DISABLED : PERSON_ACTIVE));
	if (r >= 0 && change->password)
		r = WEIR_DB_RUN(tx, "UPDATE person SET password = $2 WHERE id = $1", row,
				weir_db_text(*verifier ? verifier : NULL));
	if (r >= 0 && change->issuer)
		r = WEIR_DB_RUN(tx, "UPDATE person SET issuer = $2, subject = $3 WHERE id = $1",
				row, weir_db_text(*change->issuer ? change->issuer : NULL),
				weir_db_text(*change->subject ? change->subject : NULL));
	if (r >= 0 && (change->totp || change->no_totp))
		r = put_totp(tx, id, change);
	if (r >= 0 && change->set_groups)
		r = put_groups(tx, id, change);
	return r < 0 ? r : 0;
}

static int insert(struct weir_db_tx *tx, const char *name, uint64_t *ret_id)
{
	int64_t id;
	int r = WEIR_DB_NUMBER(
		tx, &id,
		"INSERT INTO person (name, display, roles, every_group, state, "
		"totp_step, created_ns) VALUES ($1, '', '', 0, 1, 0, $2) RETURNING id",
		weir_db_text(name), weir_db_int((int64_t)weir_now_realtime()));

	if (r == 0)
		*ret_id = (uint64_t)id;
	return r;
}

/* Hashed outside any transaction: it takes long. */
static int make_verifier(struct weir_people *people, const struct weir_person_change *change,
			 char ret[static WEIR_PASSWORD_TEXT])
{
	ret[0] = '\0';
	return change->password && *change->password ? hashing_make(people, change->password, ret)
						     : 0;
}

static int check_new(const char *name, const struct weir_person_change *change,
		     const char **ret_why)
{
	if (!weir_name_valid(name, WEIR_PERSON_NAME_MAX) || strcmp(name, "developer") == 0 ||
	    strcmp(name, "console") == 0)
		return wrong(ret_why, "a name is made of a-z, 0-9, '.', '_', '-' and '@'");
	if (!change->roles)
		return wrong(ret_why, "a person has at least one role");
	return check(name, change, ret_why);
}

int people_add_in(struct weir_db_tx *tx, const struct weir_principal *by, const char *name,
		  const struct weir_person_change *change, const char *verifier, uint64_t *ret_id,
		  const char **ret_why)
{
	int r = check_new(name, change, ret_why);

	if (r == 0)
		r = insert(tx, name, ret_id);
	if (r == 0)
		r = put(tx, *ret_id, change, verifier);
	return r < 0 ? r : tell(tx, by, "user.add", *ret_id, name, change);
}

int weir_people_add(struct weir_people *people, const struct weir_principal *by, const char *name,
		    const struct weir_person_change *change, uint64_t *ret_id, const char **ret_why)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	char verifier[WEIR_PASSWORD_TEXT];
	int r = check_new(name, change, ret_why);

	if (r == 0)
		r = make_verifier(people, change, verifier);
	if (r == 0)
		r = weir_db_write(people->store, &tx);
	if (r == 0)
		r = people_add_in(tx, by, name, change, verifier, ret_id, ret_why);
	return r < 0 ? r : weir_db_commit(tx);
}

static int read_name(struct weir_db_tx *tx, uint64_t id, char ret[static WEIR_PERSON_NAME_MAX + 1])
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(tx, &rows, "SELECT name FROM person WHERE id = $1",
			      weir_db_int((int64_t)id));

	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	(void)snprintf(ret, WEIR_PERSON_NAME_MAX + 1, "%s", weir_db_get_text(rows, 0));
	return 0;
}

static bool changes_standing(const struct weir_person_change *change)
{
	return change->roles || change->disabled || change->set_groups || change->issuer;
}

static int count_administrators(struct weir_db_tx *tx, int64_t *ret)
{
	return WEIR_DB_NUMBER(tx, ret,
			      "SELECT count(*) FROM person WHERE state = $1 AND "
			      "roles LIKE '%administrator%'",
			      weir_db_int(PERSON_ACTIVE));
}

/* Whoever has lost something does not go on with what was opened before. */
static int end_what_is_held(struct weir_db_tx *tx, uint64_t id,
			    const struct weir_person_change *change)
{
	int r = 0;

	if (changes_standing(change) || change->password || change->totp || change->no_totp)
		r = people_end_sessions(tx, id);
	if (r == 0 && change->disabled && *change->disabled)
		r = WEIR_DB_RUN(tx, "DELETE FROM person_token WHERE person = $1",
				weir_db_int((int64_t)id));
	return r < 0 ? r : 0;
}

int people_change_in(struct weir_db_tx *tx, const struct weir_principal *by, uint64_t id,
		     const struct weir_person_change *change, const char *verifier,
		     const char **ret_why)
{
	char name[WEIR_PERSON_NAME_MAX + 1];
	int64_t before = 0, after = 0;
	int r = read_name(tx, id, name);

	if (r == 0)
		r = check(name, change, ret_why);
	if (r == 0)
		r = count_administrators(tx, &before);
	if (r == 0)
		r = put(tx, id, change, verifier);
	if (r == 0)
		r = count_administrators(tx, &after);
	if (r == 0 && before && !after) {
		*ret_why = "this is the last administrator";
		return -EPERM;
	}
	if (r == 0)
		r = end_what_is_held(tx, id, change);
	return r < 0 ? r : tell(tx, by, "user.change", id, name, change);
}

int weir_people_change(struct weir_people *people, const struct weir_principal *by, uint64_t id,
		       const struct weir_person_change *change, const char **ret_why)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	char verifier[WEIR_PASSWORD_TEXT];
	int r;

	*ret_why = "";
	if (by && by->id == id) {
		*ret_why = "nobody changes this of their own";
		return -EPERM;
	}
	r = make_verifier(people, change, verifier);
	if (r == 0)
		r = weir_db_write(people->store, &tx);
	if (r == 0)
		r = people_change_in(tx, by, id, change, verifier, ret_why);
	return r < 0 ? r : weir_db_commit(tx);
}
