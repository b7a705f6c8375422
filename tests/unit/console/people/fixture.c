/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "weir/console_audit/audit.h"

int people_setup(void **state)
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

int people_teardown(void **state)
{
	struct fixture *fixture = *state;

	weir_people_free(fixture->people);
	return place_close(&fixture->place);
}

uint64_t add(const struct fixture *f, const char *name, const char *roles_text, const uint8_t *totp)
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

int login_at(const struct fixture *f, const char *name, const char *password, const char *code,
	     uint64_t now, char session[static WEIR_SECRET_TEXT], struct weir_principal *ret,
	     uint32_t *ret_wait)
{
	const struct weir_login login = {name, password, code, "192.0.2.1"};

	return weir_people_login(f->people, &login, now, session, ret, ret_wait);
}

struct weir_principal login(const struct fixture *f, const char *name, uint64_t now,
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
unsigned audited(const struct fixture *f, const char *action)
{
	const struct weir_audit_filter all = {.limit = 10000};
	const char *context[2] = {action, NULL};

	assert_int_equal(weir_audit_list(f->store, &all, count_actions, context), 0);
	return (unsigned)(uintptr_t)context[1];
}

int take_person(void *context, const struct weir_person *person)
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
