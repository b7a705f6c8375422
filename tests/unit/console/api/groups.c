/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever has groups sees what is of them alone. */

#include "fixture.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/macros.h"

/* An analyst of these groups, with a NULL behind the last. */
static struct weir_principal analyst_of(const char *const *groups)
{
	struct weir_principal by = {
		.id = 7, .name = "li.na", .roles = WEIR_ROLE_BIT(WEIR_ROLE_SENIOR)};

	by.permissions = weir_roles_permissions(by.roles);
	for (; *groups; groups++)
		(void)snprintf(by.groups[by.n_groups++], sizeof(by.groups[0]), "%s", *groups);
	return by;
}

static size_t seen(struct weir_store *store, const struct weir_principal *by, enum call which,
		   const char *member)
{
	json_t *json = call_as(store, by, which, NULL, "", 200);
	size_t n = json_array_size(json_object_get(json, member));

	assert_true(json_is_array(json_object_get(json, member)));
	json_decref(json);
	return n;
}

static void expect_seen(struct weir_store *store, const char *const *groups, size_t events,
			size_t alerts, size_t agents)
{
	const struct weir_principal by = analyst_of(groups);

	assert_int_equal(seen(store, &by, EVENTS, "events"), events);
	assert_int_equal(seen(store, &by, ALERTS, "alerts"), alerts);
	assert_int_equal(seen(store, &by, AGENTS, "agents"), agents);
}

#define OF(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NONE	((const char *const[]){NULL})

/* Beside the ten events of endpoints in no group: two of agent 3 in the north, one of agent 4 in the
 * south. */
static void put_groups(struct weir_store *store)
{
	put_batch_in(store, &(struct fake_batch){.agent = 3, .epoch = 9, .first = 1, .n = 2},
		     "north");
	put_batch_in(store, &(struct fake_batch){.agent = 4, .epoch = 9, .first = 1, .n = 1},
		     "south");
}

static void groups__bound_lists(void **state)
{
	struct weir_store *store = *state;
	const struct weir_principal nobody = {.every_group = true};
	struct weir_principal all = analyst_of(NONE), administrator = {.id = 8};

	put_groups(store);
	expect_seen(store, OF("north"), 2, 1, 1);
	expect_seen(store, OF("south"), 1, 1, 1);
	expect_seen(store, OF("north", "south"), 3, 2, 2);
	expect_seen(store, OF("south", "east", "north"), 3, 2, 2);
	expect_seen(store, OF("east"), 0, 0, 0);
	expect_seen(store, OF("nort_"), 0, 0, 0);
	expect_seen(store, OF("NORTH"), 0, 0, 0);
	expect_seen(store, NONE, 0, 0, 0);
	all.every_group = true;
	assert_int_equal(seen(store, &all, EVENTS, "events"), 13);
	assert_int_equal(seen(store, &all, ALERTS, "alerts"), 4);
	assert_int_equal(seen(store, &all, AGENTS, "agents"), 4);
	assert_int_equal(seen(store, &nobody, EVENTS, "events"), 0);
	assert_int_equal(seen(store, &nobody, ALERTS, "alerts"), 0);
	/* who runs the machines sees them all, and nothing of what they found */
	administrator.permissions = weir_roles_permissions(WEIR_ROLE_BIT(WEIR_ROLE_ADMINISTRATOR));
	assert_int_equal(seen(store, &administrator, AGENTS, "agents"), 4);
	assert_int_equal(seen(store, &administrator, EVENTS, "events"), 0);
	assert_int_equal(seen(store, &administrator, ALERTS, "alerts"), 0);
}

/* The first row's id of a list. */
static void first_id(struct weir_store *store, const char *const *groups, enum call which,
		     const char *member, char id[static 32])
{
	const struct weir_principal by = analyst_of(groups);
	json_t *json = call_as(store, &by, which, NULL, "", 200);
	const json_t *row = json_array_get(json_object_get(json, member), 0);

	(void)snprintf(id, 32, "%s", json_string_value(json_object_get(row, "id")));
	json_decref(json);
}

static void expect_single(struct weir_store *store, const char *const *groups, enum call which,
			  const char *id, unsigned status)
{
	const struct weir_principal by = analyst_of(groups);

	json_decref(call_as(store, &by, which, id, "", status));
}

static void groups__bound_what_is_read_alone(void **state)
{
	struct weir_store *store = *state;
	char event[32], alert[32];

	put_groups(store);
	first_id(store, OF("north"), EVENTS, "events", event);
	first_id(store, OF("north"), ALERTS, "alerts", alert);
	expect_single(store, OF("north"), EVENT, event, 200);
	expect_single(store, OF("south", "north"), EVENT, event, 200);
	expect_single(store, OF("south"), EVENT, event, 404);
	expect_single(store, NONE, EVENT, event, 404);
	expect_single(store, OF("north"), ALERT, alert, 200);
	expect_single(store, OF("south"), ALERT, alert, 404);
	expect_single(store, NONE, ALERT, alert, 404);
	/* of an endpoint in no group */
	expect_single(store, OF("north"), EVENT, "E-00012", 404);
	expect_single(store, OF("north"), ALERT, "A-00012", 404);
	json_decref(call(store, ALERT, "A-00012", "", 200));
}

/* Nobody changes what they do not see. */
static void groups__bound_changes(void **state)
{
	struct weir_store *store = *state;
	const struct weir_principal north = analyst_of(OF("north"));
	char alert[32], body[128];
	json_t *json;

	put_groups(store);
	first_id(store, OF("south"), ALERTS, "alerts", alert);
	(void)snprintf(body, sizeof(body), "{\"alerts\":[\"%s\"],\"assignee\":\"x\"}", alert);
	json_decref(change_as(store, &north, WEIR_TRIAGE_ASSIGN, body, 404));
	first_id(store, OF("north"), ALERTS, "alerts", alert);
	(void)snprintf(body, sizeof(body), "{\"alerts\":[\"%s\",\"A-00012\"],\"assignee\":\"x\"}",
		       alert);
	json_decref(change_as(store, &north, WEIR_TRIAGE_ASSIGN, body, 404));
	json = change_as(store, &north, WEIR_TRIAGE_ASSIGN,
			 "{\"query\":\"state:open\",\"assignee\":\"x\"}", 200);
	assert_int_equal(json_integer_value(json_object_get(json, "count")), 1);
	json_decref(json);
	/* the query's one is the north's, and the others are as they were */
	json = call(store, ALERT, alert, "", 200);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(json, "alert"), "version")), 2);
	json_decref(json);
	json = call(store, ALERT, "A-00012", "", 200);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(json, "alert"), "version")), 1);
	json_decref(json);
}

/* What happened in two groups is for those who see both; an endpoint that moved is where it is. */
static void groups__of_an_alert_are_all_asked_for(void **state)
{
	struct weir_store *store = *state;

	put_groups(store);
	put_batch_in(store, &(struct fake_batch){.agent = 3, .epoch = 9, .first = 3, .n = 1},
		     "south");
	expect_seen(store, OF("north"), 0, 0, 0);
	expect_seen(store, OF("south"), 4, 1, 2);
	expect_seen(store, OF("north", "south"), 4, 2, 2);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(groups__bound_lists, api_setup, api_teardown),
		cmocka_unit_test_setup_teardown(groups__bound_what_is_read_alone, api_setup,
						api_teardown),
		cmocka_unit_test_setup_teardown(groups__bound_changes, api_setup, api_teardown),
		cmocka_unit_test_setup_teardown(groups__of_an_alert_are_all_asked_for, api_setup,
						api_teardown),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
