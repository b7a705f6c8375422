/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "place.h"
#include "weir/base/time.h"
#include "weir/console_audit/audit.h"
#include "weir/console_people/people.h"

#define PASSWORD "correct horse battery"
#define T0	 (UINT64_C(1800000000) * WEIR_NSEC_PER_SEC)
#define SECOND	 WEIR_NSEC_PER_SEC

struct fixture {
	void *place;
	struct weir_store *store;
	struct weir_people *people;
};

static int setup(void **state)
{
	static struct fixture fixture;
	const struct weir_password_cost cheap = {64, 1, 1};

	assert_int_equal(place_open(&fixture.place, NULL), 0);
	fixture.store = place_store(&fixture.place);
	assert_int_equal(weir_audit_init(fixture.store, NULL), 0);
	assert_int_equal(weir_people_new(fixture.store, &cheap, NULL, &fixture.people), 0);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	weir_people_free(fixture->people);
	return place_close(&fixture->place);
}

static uint64_t add(const struct fixture *f, const char *name, const char *roles_text,
		    const uint8_t *totp)
{
	weir_roles roles;
	const struct weir_person_change change = {
		.roles = &roles, .password = PASSWORD, .totp = totp};
	const char *why = "";
	uint64_t id = 0;

	assert_int_equal(weir_roles_parse(roles_text, &roles), 0);
	assert_int_equal(weir_people_add(f->people, NULL, name, &change, &id, &why), 0);
	assert_true(id > 0);
	return id;
}

static int login_at(const struct fixture *f, const char *name, const char *password,
		    const char *code, uint64_t now, char session[static WEIR_SECRET_TEXT],
		    struct weir_principal *ret, uint32_t *ret_wait)
{
	const struct weir_login login = {name, password, code, "192.0.2.1"};

	return weir_people_login(f->people, &login, now, session, ret, ret_wait);
}

static struct weir_principal login(const struct fixture *f, const char *name, uint64_t now,
				   char session[static WEIR_SECRET_TEXT])
{
	struct weir_principal principal = {};
	uint32_t wait;

	assert_int_equal(login_at(f, name, PASSWORD, "", now, session, &principal, &wait), 0);
	return principal;
}

static int count_actions(void *context, const struct weir_audit_entry *row)
{
	const char **wanted = context;

	if (strcmp(row->entry.action, wanted[0]) == 0)
		wanted[1]++;
	return 0;
}

/* How many entries of the audit log have this action. */
static unsigned audited(const struct fixture *f, const char *action)
{
	const struct weir_audit_filter all = {.limit = 10000};
	const char *context[2] = {action, NULL};

	assert_int_equal(weir_audit_list(f->store, &all, count_actions, context), 0);
	return (unsigned)(uintptr_t)context[1];
}

struct seen {
	struct weir_person person;
	char name[65], display[129], groups[200], issuer[300], subject[300];
	unsigned n;
};

static int take_person(void *context, const struct weir_person *person)
{
	struct seen *seen = context;

	seen->person = *person;
	seen->n++;
	(void)snprintf(seen->name, sizeof(seen->name), "%s", person->name);
	(void)snprintf(seen->display, sizeof(seen->display), "%s", person->display);
	(void)snprintf(seen->issuer, sizeof(seen->issuer), "%s", person->issuer);
	(void)snprintf(seen->subject, sizeof(seen->subject), "%s", person->subject);
	seen->groups[0] = '\0';
	for (size_t i = 0; i < person->n_groups; i++)
		(void)snprintf(seen->groups + strlen(seen->groups), 100, "%s ", person->groups[i]);
	return 0;
}

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

static void login__opens_a_session(void **state)
{
	const struct fixture *f = *state;
	uint64_t id = add(f, "li.na", "analyst", NULL);
	char session[WEIR_SECRET_TEXT], other[WEIR_SECRET_TEXT];
	struct weir_principal by = login(f, "Li.Na", T0, session), again = {};

	assert_int_equal(by.id, id);
	assert_string_equal(by.name, "li.na");
	assert_int_equal(by.roles, WEIR_ROLE_BIT(WEIR_ROLE_ANALYST));
	assert_true(by.session > 0);
	assert_int_equal(weir_people_identify(f->people, session, T0 + SECOND, &again), 0);
	assert_memory_equal(&again, &by, sizeof(by));
	(void)login(f, "li.na", T0, other);
	assert_string_not_equal(session, other);
	other[20] = other[20] == 'a' ? 'b' : 'a';
	assert_int_equal(weir_people_identify(f->people, other, T0, &again), -EACCES);
	assert_int_equal(weir_people_identify(f->people, "", T0, &again), -EACCES);
	assert_int_equal(
		weir_people_identify(f->people, "weirs_'; DROP TABLE person; --", T0, &again),
		-EACCES);
	/* over */
	assert_int_equal(weir_people_logout(f->people, &by), 0);
	assert_int_equal(weir_people_identify(f->people, session, T0 + SECOND, &again), -EACCES);
	assert_int_equal(audited(f, "session.open"), 2);
	assert_int_equal(audited(f, "session.close"), 1);
}

static void login__sessions_end_by_themselves(void **state)
{
	const struct fixture *f = *state;
	char session[WEIR_SECRET_TEXT];
	struct weir_principal by;
	uint64_t now = T0;

	(void)add(f, "li.na", "analyst", NULL);
	(void)login(f, "li.na", T0, session);
	/* idle */
	assert_int_equal(
		weir_people_identify(f->people, session, T0 + WEIR_SESSION_IDLE_NS - 1, &by), 0);
	assert_int_equal(
		weir_people_identify(f->people, session, T0 + 2 * WEIR_SESSION_IDLE_NS - 1, &by),
		-EACCES);
	/* in use, until it is over all the same */
	(void)login(f, "li.na", T0, session);
	for (; now < T0 + WEIR_SESSION_MAX_NS; now += WEIR_SESSION_IDLE_NS / 2)
		assert_int_equal(weir_people_identify(f->people, session, now, &by), 0);
	assert_int_equal(weir_people_identify(f->people, session, now, &by), -EACCES);
	assert_int_equal(weir_people_purge(f->people, now), 0);
	assert_int_equal(weir_people_identify(f->people, session, T0, &by), -EACCES);
}

static void login__refuses_alike(void **state)
{
	const struct fixture *f = *state;
	char session[WEIR_SECRET_TEXT], text[WEIR_PASSWORD_MAX + 2];
	struct weir_principal by = {};
	uint32_t wait = 1;

	(void)add(f, "li.na", "analyst", NULL);
	assert_int_equal(login_at(f, "li.na", PASSWORD "x", "", T0, session, &by, &wait), -EACCES);
	assert_int_equal(login_at(f, "nobody", PASSWORD, "", T0, session, &by, &wait), -EACCES);
	assert_int_equal(login_at(f, "", "", "", T0, session, &by, &wait), -EACCES);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(login_at(f, "li.na", text, "", T0, session, &by, &wait), -EACCES);
	assert_int_equal(wait, 0);
	assert_int_equal(by.id, 0);
	/* a name that is none is not in the log: it may be a password */
	assert_int_equal(audited(f, "session.refuse"), 3);
	assert_int_equal(audited(f, "session.open"), 0);
}

/* An account waits longer and longer, but not for ever, and a right password ends it. */
static void login__waits_after_wrong_ones(void **state)
{
	static const uint32_t waits[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900};
	const struct fixture *f = *state;
	char session[WEIR_SECRET_TEXT];
	struct weir_principal by = {};
	uint64_t now = T0;
	uint32_t wait;

/* From nowhere in particular: addresses have their own count. */
#define TRY(password)                                                                      \
	weir_people_login(f->people, &(struct weir_login){"li.na", password, "", ""}, now, \
			  session, &by, &wait)
	(void)add(f, "li.na", "analyst", NULL);
	for (int i = 0; i < WEIR_ATTEMPTS_FREE; i++)
		assert_int_equal(TRY("wrong"), -EACCES);
	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		assert_int_equal(TRY("wrong"), -EACCES);
		/* also with the right one, and without counting */
		assert_int_equal(TRY(PASSWORD), -EAGAIN);
		assert_in_range(wait, waits[i], waits[i] + 1);
		now += (waits[i] + 1) * SECOND;
	}
	assert_int_equal(TRY(PASSWORD), 0);
	for (int i = 0; i < WEIR_ATTEMPTS_FREE; i++)
		assert_int_equal(TRY("wrong"), -EACCES);
	assert_int_equal(TRY(PASSWORD), 0);
#undef TRY
}

static void login__waits_for_an_address(void **state)
{
	const struct fixture *f = *state;
	const struct weir_login elsewhere = {"li.na", PASSWORD, "", "192.0.2.2"};
	char session[WEIR_SECRET_TEXT], name[16];
	struct weir_principal by = {};
	uint32_t wait;

	(void)add(f, "li.na", "analyst", NULL);
	for (int i = 0; i <= WEIR_ATTEMPTS_ADDRESS; i++) {
		(void)snprintf(name, sizeof(name), "name%d", i);
		assert_int_equal(login_at(f, name, "wrong", "", T0, session, &by, &wait), -EACCES);
	}
	assert_int_equal(login_at(f, "li.na", PASSWORD, "", T0, session, &by, &wait), -EAGAIN);
	assert_int_equal(weir_people_login(f->people, &elsewhere, T0, session, &by, &wait), 0);
	/* forgotten in the end */
	assert_int_equal(weir_people_purge(f->people, T0 + 7200 * SECOND), 0);
	assert_int_equal(
		login_at(f, "li.na", PASSWORD, "", T0 + 7200 * SECOND, session, &by, &wait), 0);
}

static void login__asks_for_the_code(void **state)
{
	static const uint8_t secret[] = "12345678901234567890";
	const struct fixture *f = *state;
	char session[WEIR_SECRET_TEXT], code[WEIR_TOTP_DIGITS + 1];
	struct weir_principal by = {};
	uint32_t wait;

	(void)add(f, "break.glass", "administrator", secret);
	assert_int_equal(weir_totp_code(secret, T0 / SECOND, code), 0);
	assert_int_equal(login_at(f, "break.glass", PASSWORD, "", T0, session, &by, &wait),
			 -EACCES);
	assert_int_equal(login_at(f, "break.glass", PASSWORD, "000000", T0, session, &by, &wait),
			 -EACCES);
	assert_int_equal(login_at(f, "break.glass", "wrong", code, T0, session, &by, &wait),
			 -EACCES);
	assert_int_equal(login_at(f, "break.glass", PASSWORD, code, T0, session, &by, &wait), 0);
	/* a code that somebody looked at is worth nothing */
	assert_int_equal(
		login_at(f, "break.glass", PASSWORD, code, T0 + SECOND, session, &by, &wait),
		-EACCES);
	assert_int_equal(weir_totp_code(secret, T0 / SECOND + 30, code), 0);
	assert_int_equal(
		login_at(f, "break.glass", PASSWORD, code, T0 + 30 * SECOND, session, &by, &wait),
		0);
}

struct racer {
	const struct fixture *fixture;
	const char *code;
	int result;
};

static void *race(void *context)
{
	struct racer *racer = context;
	char session[WEIR_SECRET_TEXT];
	struct weir_principal by = {};
	uint32_t wait;

	racer->result = login_at(racer->fixture, "break.glass", PASSWORD, racer->code, T0, session,
				 &by, &wait);
	return NULL;
}

/* Of two at once, one. */
static void login__a_code_is_one_persons(void **state)
{
	static const uint8_t secret[] = "12345678901234567890";
	const struct fixture *f = *state;
	char code[WEIR_TOTP_DIGITS + 1];
	struct racer racers[2] = {{f, code, 1}, {f, code, 1}};
	pthread_t threads[2];

	(void)add(f, "break.glass", "administrator", secret);
	assert_int_equal(weir_totp_code(secret, T0 / SECOND, code), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_true((racers[0].result == 0 && racers[1].result == -EACCES) ||
		    (racers[0].result == -EACCES && racers[1].result == 0));
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

static struct weir_person_vouched vouched(const char *subject, const char *name, weir_roles roles)
{
	return (struct weir_person_vouched){
		.issuer = "https://idp.example",
		.subject = subject,
		.name = name,
		.display = "",
		.roles = roles,
		.address = "192.0.2.1",
	};
}

static void refused(const struct fixture *f, const struct weir_person_vouched *person,
		    const char *wanted)
{
	char session[WEIR_SECRET_TEXT] = "";
	struct weir_principal principal = {};
	const char *why;

	assert_int_equal(weir_people_admit(f->people, person, T0, session, &principal, &why),
			 -EACCES);
	assert_string_equal(why, wanted);
}

static struct weir_principal admitted(const struct fixture *f,
				      const struct weir_person_vouched *person, uint64_t now,
				      char session[static WEIR_SECRET_TEXT])
{
	struct weir_principal principal = {}, again = {};
	const char *why;

	assert_int_equal(weir_people_admit(f->people, person, now, session, &principal, &why), 0);
	assert_string_equal(why, "");
	assert_int_equal(weir_people_identify(f->people, session, now, &again), 0);
	assert_int_equal(again.id, principal.id);
	assert_int_equal(again.session, principal.session);
	return again;
}

static void admit__makes_a_person_and_a_session(void **state)
{
	const struct fixture *f = *state;
	struct weir_person_vouched person =
		vouched("u-1", "Li.Na", WEIR_ROLE_BIT(WEIR_ROLE_ANALYST));
	char session[WEIR_SECRET_TEXT], other[WEIR_SECRET_TEXT];
	struct weir_principal principal;
	struct seen seen = {};

	person.display = "Li\x1b Na";
	person.groups[person.n_groups++] = "south";
	person.groups[person.n_groups++] = "north";
	principal = admitted(f, &person, T0, session);
	assert_string_equal(principal.name, "li.na");
	assert_int_equal(principal.roles, WEIR_ROLE_BIT(WEIR_ROLE_ANALYST));
	assert_true(principal.session != 0);
	assert_false(principal.every_group);
	assert_true(weir_principal_sees(&principal, "north"));
	assert_true(weir_principal_sees(&principal, "south"));
	assert_false(weir_principal_sees(&principal, "east"));
	assert_int_equal(weir_people_get(f->people, principal.id, take_person, &seen), 0);
	assert_string_equal(seen.issuer, "https://idp.example");
	assert_string_equal(seen.subject, "u-1");
	assert_string_equal(seen.display, "Li\xef\xbf\xbd Na");
	assert_string_equal(seen.groups, "north south ");
	assert_false(seen.person.has_password);
	/* the same person, whatever they are called by now; what did not change is left alone */
	person.name = "someone.else";
	person.groups[0] = "north";
	person.groups[1] = "south";
	assert_int_equal(admitted(f, &person, T0 + SECOND, other).id, principal.id);
	assert_int_equal(weir_people_identify(f->people, session, T0 + SECOND, &principal), 0);
	assert_int_equal(audited(f, "user.add"), 1);
	assert_int_equal(audited(f, "user.change"), 0);
	assert_int_equal(audited(f, "session.open"), 2);
}

/* Nobody comes in with less and goes on with more. */
static void admit__takes_over_what_changed(void **state)
{
	const struct fixture *f = *state;
	struct weir_person_vouched person =
		vouched("u-1", "li.na", WEIR_ROLE_BIT(WEIR_ROLE_SENIOR));
	char before[WEIR_SECRET_TEXT], after[WEIR_SECRET_TEXT];
	struct weir_principal principal;

	person.every_group = true;
	principal = admitted(f, &person, T0, before);
	assert_true(weir_principal_sees(&principal, "anything"));
	person.roles = WEIR_ROLE_BIT(WEIR_ROLE_VIEWER);
	principal = admitted(f, &person, T0, after);
	assert_int_equal(principal.roles, WEIR_ROLE_BIT(WEIR_ROLE_VIEWER));
	assert_int_equal(weir_people_identify(f->people, before, T0, &principal), -EACCES);
	person.every_group = false;
	person.groups[person.n_groups++] = "north";
	principal = admitted(f, &person, T0, before);
	assert_false(weir_principal_sees(&principal, "anything"));
	assert_true(weir_principal_sees(&principal, "north"));
	person.groups[0] = "south";
	principal = admitted(f, &person, T0, before);
	assert_false(weir_principal_sees(&principal, "north"));
	assert_int_equal(audited(f, "user.change"), 3);
}

static void admit__refuses(void **state)
{
	const struct fixture *f = *state;
	const weir_roles viewer = WEIR_ROLE_BIT(WEIR_ROLE_VIEWER);
	const weir_roles administrator = WEIR_ROLE_BIT(WEIR_ROLE_ADMINISTRATOR);
	const struct weir_person_change off = {.disabled = &(const bool){true}};
	struct weir_person_vouched person = vouched("u-1", "li.na", viewer);
	char session[WEIR_SECRET_TEXT], large[80];
	struct weir_principal principal;
	struct seen seen = {};
	const char *why;
	uint64_t id = add(f, "li.na", "viewer", NULL);

	/* a name is no proof */
	refused(f, &person, "name taken");
	assert_int_equal(weir_people_get(f->people, id, take_person, &seen), 0);
	assert_string_equal(seen.subject, "");
	person.name = "console";
	refused(f, &person, "name");
	person.name = "";
	refused(f, &person, "name");
	person.name = "li na";
	refused(f, &person, "name");
	memset(large, 'x', sizeof(large));
	large[WEIR_PERSON_NAME_MAX + 1] = '\0';
	person.name = large;
	refused(f, &person, "name");
	person.name = "wang";
	person.roles = viewer | administrator;
	refused(f, &person, "roles");
	person.roles = 0;
	refused(f, &person, "roles");
	person.roles = administrator;
	principal = admitted(f, &person, T0, session);
	person.roles = viewer;
	refused(f, &person, "last administrator");
	add(f, "root", "administrator", NULL);
	assert_int_equal(weir_people_change(f->people, NULL, principal.id, &off, &why), 0);
	refused(f, &person, "disabled");
	assert_int_equal(weir_people_identify(f->people, session, T0, &principal), -EACCES);
	/* the same subject elsewhere is another person */
	person.issuer = "https://other.example";
	person.name = "wang.two";
	assert_true(admitted(f, &person, T0, session).id != principal.id);
}

/* An administrator binds somebody who was there before. */
static void admit__knows_whom_an_administrator_bound(void **state)
{
	const struct fixture *f = *state;
	const struct weir_person_change bind = {.issuer = "https://idp.example", .subject = "u-9"};
	const struct weir_person_vouched person =
		vouched("u-9", "li.na", WEIR_ROLE_BIT(WEIR_ROLE_VIEWER));
	uint64_t id = add(f, "li.na", "viewer", NULL);
	char session[WEIR_SECRET_TEXT];
	const char *why;

	assert_int_equal(weir_people_change(f->people, NULL, id, &bind, &why), 0);
	assert_int_equal(admitted(f, &person, T0, session).id, id);
}

static void attempt__counts_an_address(void **state)
{
	const struct fixture *f = *state;
	const struct weir_person_vouched person =
		vouched("u-1", "li.na", WEIR_ROLE_BIT(WEIR_ROLE_VIEWER));
	char session[WEIR_SECRET_TEXT];
	uint32_t wait;

	for (unsigned i = 0; i < WEIR_ATTEMPTS_ADDRESS + 1; i++) {
		assert_int_equal(weir_people_attempt(f->people, "192.0.2.1", T0, &wait), 0);
		weir_people_refused(f->people, "192.0.2.1", "oidc", "state");
	}
	assert_int_equal(weir_people_attempt(f->people, "192.0.2.1", T0, &wait), -EAGAIN);
	assert_true(wait > 0);
	assert_int_equal(weir_people_attempt(f->people, "192.0.2.2", T0, &wait), 0);
	assert_int_equal(weir_people_attempt(f->people, "", T0, &wait), 0);
	assert_int_equal(audited(f, "session.refuse"), WEIR_ATTEMPTS_ADDRESS + 1);
	(void)admitted(f, &person, T0, session);
	assert_int_equal(weir_people_attempt(f->people, "192.0.2.1", T0, &wait), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(people__are_added, setup, teardown),
		cmocka_unit_test_setup_teardown(people__are_checked, setup, teardown),
		cmocka_unit_test_setup_teardown(login__opens_a_session, setup, teardown),
		cmocka_unit_test_setup_teardown(login__sessions_end_by_themselves, setup, teardown),
		cmocka_unit_test_setup_teardown(login__refuses_alike, setup, teardown),
		cmocka_unit_test_setup_teardown(login__waits_after_wrong_ones, setup, teardown),
		cmocka_unit_test_setup_teardown(login__waits_for_an_address, setup, teardown),
		cmocka_unit_test_setup_teardown(login__asks_for_the_code, setup, teardown),
		cmocka_unit_test_setup_teardown(login__a_code_is_one_persons, setup, teardown),
		cmocka_unit_test_setup_teardown(people__change_ends_what_is_held, setup, teardown),
		cmocka_unit_test_setup_teardown(people__nobody_changes_their_own, setup, teardown),
		cmocka_unit_test_setup_teardown(people__set_their_own_password, setup, teardown),
		cmocka_unit_test_setup_teardown(tokens__are_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(tokens__are_revoked, setup, teardown),
		cmocka_unit_test_setup_teardown(people__secrets_are_not_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(admit__makes_a_person_and_a_session, setup,
						teardown),
		cmocka_unit_test_setup_teardown(admit__takes_over_what_changed, setup, teardown),
		cmocka_unit_test_setup_teardown(admit__refuses, setup, teardown),
		cmocka_unit_test_setup_teardown(admit__knows_whom_an_administrator_bound, setup,
						teardown),
		cmocka_unit_test_setup_teardown(attempt__counts_an_address, setup, teardown),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
