/* SPDX-License-Identifier: Apache-2.0 */
/* People, what they change, and their tokens. */

#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "weir/console_audit/audit.h"

static void people__are_added(void **state)
{
	const struct fixture *f = *state;
	const weir_roles roles = WEIR_ROLE_BIT(WEIR_ROLE_ANALYST);
	static const char *const groups[] = {"south", "north"};
	const struct weir_person_change change = {.display = "\xe6\x9d\x8e\xe5\xa8\x9c",
						  .roles = &roles,
						  .set_groups = true,
						  .groups = groups,
						  .n_groups = 2};
	struct seen seen = {};
	const char *why;
	uint64_t id, found;

	assert_int_equal(weir_people_add(f->people, NULL, "li.na", &change, &id, &why), 0);
	assert_int_equal(weir_people_get(f->people, id, take_person, &seen), 0);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.person.id, id);
	assert_string_equal(seen.name, "li.na");
	assert_string_equal(seen.display, "\xe6\x9d\x8e\xe5\xa8\x9c");
	assert_int_equal(seen.person.roles, roles);
	assert_false(seen.person.every_group);
	assert_string_equal(seen.groups, "north south ");
	assert_false(seen.person.disabled);
	assert_false(seen.person.has_password);
	assert_false(seen.person.has_totp);
	assert_string_equal(seen.issuer, "");
	assert_string_equal(seen.subject, "");
	assert_true(seen.person.created_ns > 0);
	assert_int_equal(weir_people_find(f->people, "li.na", &found), 0);
	assert_int_equal(found, id);
	assert_int_equal(weir_people_find(f->people, "li", &found), -ENOENT);
	assert_int_equal(weir_people_get(f->people, id + 1, take_person, &seen), -ENOENT);
	assert_int_equal(weir_people_add(f->people, NULL, "li.na", &change, &id, &why), -EEXIST);
	assert_int_equal(audited(f, "user.add"), 1);
}

static void people__are_checked(void **state)
{
	const struct fixture *f = *state;
	static const char *const names[] = {"",	       "Li.Na",	    "li na",	   "../x", ".x",
					    "-x",      "@x",	    "li'na",	   "li\"", "li\n",
					    "console", "developer", "\xe6\x9d\x8e"};
	const weir_roles analyst = WEIR_ROLE_BIT(WEIR_ROLE_ANALYST);
	const weir_roles none = 0;
	const weir_roles both =
		WEIR_ROLE_BIT(WEIR_ROLE_ADMINISTRATOR) | WEIR_ROLE_BIT(WEIR_ROLE_VIEWER);
	static const char *const bad_group[] = {"no rth"};
	const struct weir_person_change cases[] = {
		{.roles = NULL},
		{.roles = &none},
		{.roles = &both},
		{.roles = &analyst, .password = "short"},
		{.roles = &analyst, .password = "long but with li.na in it"},
		{.roles = &analyst, .display = "a\x1b[0m"},
		{.roles = &analyst, .issuer = "https://x"},
		{.roles = &analyst, .set_groups = true, .groups = bad_group, .n_groups = 1},
		{.roles = &analyst,
		 .set_groups = true,
		 .every_group = true,
		 .groups = bad_group,
		 .n_groups = 1},
	};
	const struct weir_person_change good = {.roles = &analyst};
	struct seen seen = {};
	const char *why = "";
	uint64_t id;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(weir_people_add(f->people, NULL, names[i], &good, &id, &why),
				 -EINVAL);
		assert_true(*why);
	}
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		why = "";
		assert_int_equal(weir_people_add(f->people, NULL, "li.na", &cases[i], &id, &why),
				 -EINVAL);
		assert_true(*why);
	}
	assert_int_equal(weir_people_list(f->people, 0, 100, take_person, &seen), 0);
	assert_int_equal(seen.n, 0);
	assert_int_equal(audited(f, "user.add"), 0);
}

static void people__change_ends_what_is_held(void **state)
{
	const struct fixture *f = *state;
	uint64_t root = add(f, "root", "administrator", NULL);
	uint64_t id = add(f, "li.na", "senior", NULL);
	char session[WEIR_SECRET_TEXT], token[WEIR_SECRET_TEXT], own[WEIR_SECRET_TEXT];
	struct weir_principal by = login(f, "root", T0, own);
	struct weir_principal li_na = login(f, "li.na", T0, session), seen;
	const weir_roles viewer = WEIR_ROLE_BIT(WEIR_ROLE_VIEWER);
	const bool yes = true;
	const char *why = "";
	uint64_t token_id;

	assert_int_equal(by.id, root);
	assert_int_equal(weir_people_add_token(f->people, &li_na, "script",
					       WEIR_PERMISSION_BIT(WEIR_PERMIT_ALERT_CLOSE) |
						       WEIR_PERMISSION_BIT(WEIR_PERMIT_ALERT_READ),
					       T0, T0 + 3600 * SECOND, token, &token_id, &why),
			 0);
	assert_int_equal(weir_people_change(f->people, &by, id,
					    &(struct weir_person_change){.roles = &viewer}, &why),
			 0);
	assert_int_equal(weir_people_identify(f->people, session, T0, &seen), -EACCES);
	/* the token stays, with what the person still may */
	assert_int_equal(weir_people_identify(f->people, token, T0, &seen), 0);
	assert_int_equal(seen.permissions, WEIR_PERMISSION_BIT(WEIR_PERMIT_ALERT_READ));
	assert_int_equal(seen.id, id);
	assert_int_equal(seen.token, token_id);
	assert_int_equal(seen.session, 0);
	assert_int_equal(weir_people_change(f->people, &by, id,
					    &(struct weir_person_change){.disabled = &yes}, &why),
			 0);
	assert_int_equal(weir_people_identify(f->people, token, T0, &seen), -EACCES);
	assert_int_equal(audited(f, "user.change"), 2);
}

static void people__nobody_changes_their_own(void **state)
{
	const struct fixture *f = *state;
	uint64_t id = add(f, "root", "administrator", NULL), second;
	char session[WEIR_SECRET_TEXT];
	struct weir_principal by = login(f, "root", T0, session);
	const weir_roles all = WEIR_ROLE_BIT(WEIR_ROLE_SENIOR);
	const bool yes = true;
	const char *why = "";

	assert_int_equal(weir_people_change(f->people, &by, id,
					    &(struct weir_person_change){.roles = &all}, &why),
			 -EPERM);
	assert_true(*why);
	/* not because there would be no other one */
	second = add(f, "root.two", "administrator", NULL);
	assert_int_equal(weir_people_change(f->people, &by, id,
					    &(struct weir_person_change){.roles = &all}, &why),
			 -EPERM);
	assert_int_equal(weir_people_change(f->people, &by, second,
					    &(struct weir_person_change){.roles = &all}, &why),
			 0);
	/* nor does anybody take the last administrator away */
	assert_int_equal(weir_people_change(f->people, NULL, id,
					    &(struct weir_person_change){.roles = &all}, &why),
			 -EPERM);
	assert_int_equal(weir_people_change(f->people, NULL, id,
					    &(struct weir_person_change){.disabled = &yes}, &why),
			 -EPERM);
	assert_int_equal(weir_people_identify(f->people, session, T0, &by), 0);
	assert_int_equal(weir_people_change(f->people, NULL, second + 1,
					    &(struct weir_person_change){.disabled = &yes}, &why),
			 -ENOENT);
	assert_int_equal(audited(f, "user.change"), 1);
}

static void people__set_their_own_password(void **state)
{
	const struct fixture *f = *state;
	char session[WEIR_SECRET_TEXT], other[WEIR_SECRET_TEXT];
	struct weir_principal by, seen, token_only;
	const char *why = "";
	uint32_t wait;

	(void)add(f, "li.na", "analyst", NULL);
	by = login(f, "li.na", T0, session);
	(void)login(f, "li.na", T0, other);
	token_only = by;
	token_only.session = 0;
	token_only.token = 5;
	assert_int_equal(weir_people_set_password(f->people, &token_only, PASSWORD,
						  "another good one", T0, &why),
			 -EPERM);
	assert_int_equal(
		weir_people_set_password(f->people, &by, "wrong", "another good one", T0, &why),
		-EACCES);
	assert_int_equal(weir_people_set_password(f->people, &by, PASSWORD, "short", T0, &why),
			 -EINVAL);
	assert_int_equal(
		weir_people_set_password(f->people, &by, PASSWORD, "another good one", T0, &why),
		0);
	/* this session stays, every other one goes */
	assert_int_equal(weir_people_identify(f->people, session, T0, &seen), 0);
	assert_int_equal(weir_people_identify(f->people, other, T0, &seen), -EACCES);
	assert_int_equal(login_at(f, "li.na", PASSWORD, "", T0, other, &seen, &wait), -EACCES);
	assert_int_equal(login_at(f, "li.na", "another good one", "", T0, other, &seen, &wait), 0);
	assert_int_equal(audited(f, "user.password"), 1);
}

static int take_token(void *context, const struct weir_token *token)
{
	struct weir_token *seen = context;

	*seen = *token;
	assert_string_equal(token->name, "night export");
	return 0;
}

static void tokens__are_bounded(void **state)
{
	const struct fixture *f = *state;
	uint64_t id = add(f, "li.na", "viewer", NULL), token_id = 0;
	char session[WEIR_SECRET_TEXT], token[WEIR_SECRET_TEXT];
	struct weir_principal by = login(f, "li.na", T0, session), used = {};
	const weir_permissions read = WEIR_PERMISSION_BIT(WEIR_PERMIT_ALERT_READ);
	struct weir_token seen = {};
	const char *why;

#define ADD(by, name, permissions, expires) \
	weir_people_add_token(f->people, by, name, permissions, T0, expires, token, &token_id, &why)
	assert_int_equal(ADD(&by, "x", WEIR_PERMISSION_BIT(WEIR_PERMIT_ALERT_CLOSE), T0 + SECOND),
			 -EPERM);
	assert_int_equal(ADD(&by, "x", 0, T0 + SECOND), -EINVAL);
	assert_int_equal(ADD(&by, "", read, T0 + SECOND), -EINVAL);
	assert_int_equal(ADD(&by, "a\"b", read, T0 + SECOND), -EINVAL);
	assert_int_equal(ADD(&by, "x", read, T0), -EINVAL);
	assert_int_equal(ADD(&by, "x", read, T0 + WEIR_TOKEN_MAX_NS + 1), -EINVAL);
	assert_int_equal(ADD(&by, "night export", read, T0 + 60 * SECOND), 0);
	assert_int_equal(weir_people_identify(f->people, token, T0, &used), 0);
	assert_int_equal(used.id, id);
	assert_int_equal(used.permissions, read);
	assert_true(weir_principal_may(&used, WEIR_PERMIT_ALERT_READ));
	assert_false(weir_principal_may(&used, WEIR_PERMIT_EVENT_READ));
	/* a token makes no token */
	assert_int_equal(ADD(&used, "x", read, T0 + SECOND), -EPERM);
	assert_int_equal(weir_people_list_tokens(f->people, id, take_token, &seen), 0);
	assert_int_equal(seen.id, used.token);
	assert_int_equal(seen.person, id);
	assert_int_equal(seen.permissions, read);
	assert_int_equal(seen.created_ns, T0);
	assert_int_equal(seen.expires_ns, T0 + 60 * SECOND);
	assert_int_equal(weir_people_identify(f->people, token, T0 + 60 * SECOND, &used), -EACCES);
	for (int i = 0; i < WEIR_TOKENS_MAX - 1; i++)
		assert_int_equal(ADD(&by, "x", read, T0 + SECOND), 0);
	assert_int_equal(ADD(&by, "x", read, T0 + SECOND), -E2BIG);
#undef ADD
}

static void tokens__are_revoked(void **state)
{
	const struct fixture *f = *state;
	char session[WEIR_SECRET_TEXT], token[WEIR_SECRET_TEXT];
	const weir_permissions read = WEIR_PERMISSION_BIT(WEIR_PERMIT_ALERT_READ);
	struct weir_principal by, other, root, seen;
	const char *why;
	uint64_t id;

	(void)add(f, "li.na", "viewer", NULL);
	(void)add(f, "wang.wei", "senior", NULL);
	(void)add(f, "root", "administrator", NULL);
	by = login(f, "li.na", T0, session);
	other = login(f, "wang.wei", T0, session);
	root = login(f, "root", T0, session);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(weir_people_add_token(f->people, &by, "x", read, T0, T0 + SECOND,
						       token, &id, &why),
				 0);
		assert_int_equal(weir_people_revoke_token(f->people, &other, id), -ENOENT);
		assert_int_equal(weir_people_identify(f->people, token, T0, &seen), 0);
		assert_int_equal(weir_people_revoke_token(f->people, i ? &root : &by, id), 0);
		assert_int_equal(weir_people_identify(f->people, token, T0, &seen), -EACCES);
		assert_int_equal(weir_people_revoke_token(f->people, &by, id), -ENOENT);
	}
	assert_int_equal(audited(f, "token.add"), 2);
	assert_int_equal(audited(f, "token.revoke"), 2);
}

static int find_secret(void *context, const struct weir_audit_entry *row)
{
	const char *const *secrets = context;

	for (; *secrets; secrets++)
		if (strstr(row->entry.detail, *secrets) || strstr(row->entry.object, *secrets))
			return -EEXIST;
	return 0;
}

/* Neither the log nor any table holds what lets somebody in. */
static void people__secrets_are_not_kept(void **state)
{
	const struct fixture *f = *state;
	const struct weir_audit_filter all = {.limit = 10000};
	char session[WEIR_SECRET_TEXT], token[WEIR_SECRET_TEXT];
	const char *const secrets[] = {PASSWORD, session, token, NULL};
	struct weir_principal by;
	const char *why;
	uint64_t id;
	int64_t n;
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;

	(void)add(f, "li.na", "viewer", NULL);
	by = login(f, "li.na", T0, session);
	assert_int_equal(weir_people_add_token(f->people, &by, "x",
					       WEIR_PERMISSION_BIT(WEIR_PERMIT_ALERT_READ), T0,
					       T0 + SECOND, token, &id, &why),
			 0);
	assert_int_equal(weir_audit_list(f->store, &all, find_secret, (void *)secrets), 0);
	assert_int_equal(weir_db_read(f->store, &tx), 0);
	assert_int_equal(WEIR_DB_NUMBER(tx, &n,
					"SELECT count(*) FROM person_session WHERE hash = $1",
					weir_db_blob(session, strlen(session))),
			 0);
	assert_int_equal(n, 0);
	assert_int_equal(WEIR_DB_NUMBER(tx, &n,
					"SELECT count(*) FROM person WHERE password LIKE $1",
					weir_db_text("%" PASSWORD "%")),
			 0);
	assert_int_equal(n, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(people__are_added, people_setup, people_teardown),
		cmocka_unit_test_setup_teardown(people__are_checked, people_setup, people_teardown),
		cmocka_unit_test_setup_teardown(people__change_ends_what_is_held, people_setup,
						people_teardown),
		cmocka_unit_test_setup_teardown(people__nobody_changes_their_own, people_setup,
						people_teardown),
		cmocka_unit_test_setup_teardown(people__set_their_own_password, people_setup,
						people_teardown),
		cmocka_unit_test_setup_teardown(tokens__are_bounded, people_setup, people_teardown),
		cmocka_unit_test_setup_teardown(tokens__are_revoked, people_setup, people_teardown),
		cmocka_unit_test_setup_teardown(people__secrets_are_not_kept, people_setup,
						people_teardown),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
