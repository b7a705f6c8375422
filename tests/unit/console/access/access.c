/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "weir/console_access/access.h"

/* The matrix, written out once more. */
static const struct {
	const char *role;
	const char *may;
} expected[] = {
	{"viewer", "alert.read event.read agent.read policy.read register.read report.read"},
	{"analyst",
	 "alert.read alert.triage event.read agent.read policy.read register.read register.write "
	 "evidence.request evidence.read report.read"},
	{"senior",
	 "alert.read alert.triage alert.close event.read agent.read policy.read register.read "
	 "register.write register.approve evidence.request evidence.read report.read"},
	{"evidence_approver", "alert.read event.read evidence.approve"},
	{"policy_author", "agent.read policy.read policy.write register.read report.read"},
	{"policy_publisher", "agent.read policy.read policy.publish register.read report.read"},
	{"administrator",
	 "agent.read agent.manage policy.read user.manage export.manage metrics.read"},
	{"auditor", "audit.read"},
};

static bool listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = list; (p = strstr(p, name)); p += len)
		if ((p == list || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
			return true;
	return false;
}

static void access__matrix_is_as_written(void **state)
{
	assert_int_equal(ARRAY_SIZE(expected), WEIR_ROLE_END_);
	for (unsigned i = 0; i < WEIR_ROLE_END_; i++) {
		weir_permissions set = weir_roles_permissions(WEIR_ROLE_BIT(i));

		assert_string_equal(weir_role_name((enum weir_role)i), expected[i].role);
		for (unsigned p = 0; p < WEIR_PERMIT_END_; p++) {
			const char *name = weir_permission_name((enum weir_permission)p);
			bool has = set & WEIR_PERMISSION_BIT(p);

			assert_int_equal(has, name && listed(expected[i].may, name));
		}
	}
}

static void access__permissions_have_names(void **state)
{
	enum weir_permission parsed;

	for (unsigned p = 0; p < WEIR_PERMIT_ALERT_READ; p++)
		assert_null(weir_permission_name((enum weir_permission)p));
	for (unsigned p = WEIR_PERMIT_ALERT_READ; p < WEIR_PERMIT_END_; p++) {
		const char *name = weir_permission_name((enum weir_permission)p);

		assert_non_null(name);
		assert_int_equal(weir_permission_parse(name, &parsed), 0);
		assert_int_equal(parsed, p);
		/* no permission that nobody has */
		assert_true(weir_roles_permissions(WEIR_ROLES_ALL) & WEIR_PERMISSION_BIT(p));
	}
	assert_null(weir_permission_name(WEIR_PERMIT_END_));
	assert_int_equal(weir_permission_parse("", &parsed), -EINVAL);
	assert_int_equal(weir_permission_parse("alert.Read", &parsed), -EINVAL);
	assert_int_equal(weir_permission_parse("alert", &parsed), -EINVAL);
}

static void access__roles_are_parsed(void **state)
{
	static const char *const wrong[] = {
		"",	"viewer,", ",viewer",	     "viewer,viewer", "Viewer", "viewer auditor",
		"root", "view",	   "viewer,,auditor"};
	char text[WEIR_ROLES_TEXT];
	weir_roles roles = 77;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(weir_roles_parse(wrong[i], &roles), -EINVAL);
	assert_int_equal(roles, 77);
	assert_int_equal(weir_roles_parse("senior,viewer", &roles), 0);
	assert_int_equal(roles, WEIR_ROLE_BIT(WEIR_ROLE_SENIOR) | WEIR_ROLE_BIT(WEIR_ROLE_VIEWER));
	weir_roles_format(roles, text);
	assert_string_equal(text, "viewer,senior");
	weir_roles_format(WEIR_ROLES_ALL, text);
	assert_int_equal(weir_roles_parse(text, &roles), 0);
	assert_int_equal(roles, WEIR_ROLES_ALL);
	weir_roles_format(0, text);
	assert_string_equal(text, "");
}

static void access__duties_stay_apart(void **state)
{
	static const struct {
		const char *roles;
		bool together;
	} cases[] = {
		{"viewer", true},
		{"analyst,evidence_approver", true},
		{"policy_author,policy_publisher", true},
		{"administrator", true},
		{"administrator,policy_author", true},
		{"administrator,viewer", false},
		{"administrator,analyst", false},
		{"administrator,senior", false},
		{"administrator,evidence_approver", false},
		{"auditor", true},
		{"auditor,viewer", false},
		{"auditor,administrator", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		weir_roles roles;

		assert_int_equal(weir_roles_parse(cases[i].roles, &roles), 0);
		assert_int_equal(weir_roles_go_together(roles), cases[i].together);
	}
	assert_false(weir_roles_go_together(0));
	assert_false(weir_roles_go_together(WEIR_ROLES_ALL + 1));
}

static void access__nobody_may_nothing(void **state)
{
	const struct weir_principal nobody = {.permissions = UINT64_MAX, .every_group = true};
	const struct weir_principal developer = weir_principal_developer();
	const struct weir_principal bare = {.id = 7};

	for (unsigned p = 0; p <= WEIR_PERMIT_END_; p++) {
		assert_false(weir_principal_may(&nobody, (enum weir_permission)p));
		assert_int_equal(weir_principal_may(&bare, (enum weir_permission)p),
				 p == WEIR_PERMIT_PERSON);
		assert_int_equal(weir_principal_may(&developer, (enum weir_permission)p),
				 p >= WEIR_PERMIT_PERSON && p < WEIR_PERMIT_END_);
	}
	assert_false(weir_principal_sees(&nobody, ""));
	assert_true(weir_principal_sees(&developer, "branch"));
}

static void access__groups_bound_what_is_seen(void **state)
{
	struct weir_principal person = {.id = 7, .n_groups = 2, .groups = {"north", "south"}};

	assert_true(weir_principal_sees(&person, "north"));
	assert_true(weir_principal_sees(&person, "south"));
	assert_false(weir_principal_sees(&person, "east"));
	assert_false(weir_principal_sees(&person, "nort"));
	assert_false(weir_principal_sees(&person, ""));
	person.n_groups = 0;
	assert_false(weir_principal_sees(&person, "north"));
	person.every_group = true;
	assert_true(weir_principal_sees(&person, ""));
}

static void principal__is_bound_by_groups(void **state)
{
	struct weir_principal who = {.id = 7};

	who.roles = WEIR_ROLE_BIT(WEIR_ROLE_VIEWER);
	assert_true(weir_principal_is_bound(&who)); /* sees nothing */
	who.n_groups = 1;
	assert_true(weir_principal_is_bound(&who));
	who.every_group = true;
	assert_false(weir_principal_is_bound(&who));
	who = (struct weir_principal){.id = 7};
	who.roles = WEIR_ROLE_BIT(WEIR_ROLE_ADMINISTRATOR);
	assert_false(weir_principal_is_bound(&who));
	who.n_groups = 1;
	assert_true(weir_principal_is_bound(&who));
	assert_true(weir_permission_is_whole_fleet(WEIR_PERMIT_REPORT_READ));
	assert_false(weir_permission_is_whole_fleet(WEIR_PERMIT_ALERT_READ));
	assert_false(weir_permission_is_whole_fleet(WEIR_PERMIT_REGISTER_READ));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(principal__is_bound_by_groups),
		cmocka_unit_test(access__matrix_is_as_written),
		cmocka_unit_test(access__permissions_have_names),
		cmocka_unit_test(access__roles_are_parsed),
		cmocka_unit_test(access__duties_stay_apart),
		cmocka_unit_test(access__nobody_may_nothing),
		cmocka_unit_test(access__groups_bound_what_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
