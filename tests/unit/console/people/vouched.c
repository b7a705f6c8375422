/* SPDX-License-Identifier: Apache-2.0 */
/* Whom an identity provider vouches for. */

#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "weir/console_audit/audit.h"

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
		cmocka_unit_test_setup_teardown(admit__makes_a_person_and_a_session, people_setup,
						people_teardown),
		cmocka_unit_test_setup_teardown(admit__takes_over_what_changed, people_setup,
						people_teardown),
		cmocka_unit_test_setup_teardown(admit__refuses, people_setup, people_teardown),
		cmocka_unit_test_setup_teardown(admit__knows_whom_an_administrator_bound,
						people_setup, people_teardown),
		cmocka_unit_test_setup_teardown(attempt__counts_an_address, people_setup,
						people_teardown),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
