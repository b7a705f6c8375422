/* SPDX-License-Identifier: Apache-2.0 */
/* What a simulation tells, and whom: numbers to whoever reads policies, names to those alone who may read the events. */

#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/macros.h"
#include "weir/console_api/policy.h"
#include "weir/console_audit/audit.h"
#include "weir/console_policy/policy.h"

static const char source[] =
	"{\"source\":\"apiVersion: weir/v1\\nkind: Policy\\nmetadata: {name: t}\\n"
	"classes: {id: {level: C2, detectors: [cn_resident_id]}}\\n"
	"rules: [{id: loose, channel: removable, content: {class: id, distinct: '>=5'}, action: "
	"audit}]\\n\","
	"\"note\":\"n\",\"days\":30}";

/* Of the events below: the person, the hosts and uids, the file, the device, the program, the masked value, the
 * address; and an event's own id. */
static const char *const names[] = {"li.na",	"ws-1",	     "ws-2",	    "01010101",
				    "02020202", "list.csv",  "/home/",	    "SYN-",
				    "4711",	"/usr/bin",  "11****",	    "192.0.2.7",
				    "\"E-",	"by_person", "by_endpoint", "sample"};

static struct weir_principal somebody(weir_roles roles, bool every_group)
{
	return (struct weir_principal){.id = 7,
				       .name = "wang",
				       .roles = roles,
				       .permissions = weir_roles_permissions(roles),
				       .every_group = every_group};
}

/* The whole answer, as it goes out. */
static void ask(struct weir_store *store, weir_api_policy_fn fn, const struct weir_principal *by,
		const char *body, struct weir_api_reply *reply)
{
	static const struct weir_policy_rules rules = {.tenant = "insurer", .threshold = 2};
	const struct weir_api_policy_call call = {
		.store = store,
		.rules = &rules,
		.by = by,
		.query = "",
		.id = "1",
		.body = body,
		.len = strlen(body),
		.now_ns = NOW,
	};

	*reply = (struct weir_api_reply){.body = WEIR_BUF_INIT(WEIR_API_REPLY_MAX)};
	fn(&call, reply);
}

static int setup(void **state)
{
	const struct weir_principal developer = weir_principal_developer();
	struct weir_api_reply reply;

	if (api_setup(state) < 0 || weir_policy_init(*state, NULL) < 0)
		return -1;
	ask(*state, weir_api_add_version, &developer, source, &reply);
	if (reply.status != 201)
		fail_msg("%s", reply.body.data);
	weir_buf_done(&reply.body);
	return 0;
}

static unsigned count_names(const char *answer)
{
	unsigned n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		n += strstr(answer, names[i]) != NULL;
	return n;
}

/* The events that no longer are blocked, and how many persons and endpoints they are of. */
static void assert_numbers(const char *answer, unsigned events, unsigned persons)
{
	json_t *json = json_loads(answer, JSON_REJECT_DUPLICATES, NULL);
	const json_t *changes = json_object_get(json_object_get(json, "simulation"), "changes");
	bool found = false;

	for (size_t i = 0; i < json_array_size(changes); i++) {
		const json_t *one = json_array_get(changes, i);
		const char *name = json_string_value(json_object_get(one, "change"));

		if (strcmp(name, "no_longer_blocked") != 0)
			continue;
		found = true;
		assert_int_equal(json_integer_value(json_object_get(one, "events")), events);
		assert_int_equal(json_integer_value(json_object_get(one, "persons")), persons);
		assert_int_equal(json_integer_value(json_object_get(one, "endpoints")), persons);
	}
	assert_true(found);
	json_decref(json);
}

static void assert_named(struct weir_store *store, const struct weir_principal *by, unsigned events,
			 bool named)
{
	struct weir_api_reply reply;

	ask(store, weir_api_simulate_version, by, "{\"days\":7}", &reply);
	assert_int_equal(reply.status, 200);
	assert_numbers(reply.body.data, events, events ? 1 : 0);
	if (named ? count_names(reply.body.data) < 6 : count_names(reply.body.data) != 0)
		fail_msg("%s", reply.body.data);
	weir_buf_done(&reply.body);
}

/* Every set of roles that may not read events, and there are some that may simulate. */
static void simulate__names_nobody_to_who_reads_no_events(void **state)
{
	unsigned tried = 0;

	for (weir_roles roles = 1; roles <= WEIR_ROLES_ALL; roles++) {
		const struct weir_principal by = somebody(roles, true);

		if ((roles & ~WEIR_ROLES_ALL) ||
		    !weir_principal_may(&by, WEIR_PERMIT_POLICY_READ) ||
		    weir_principal_may(&by, WEIR_PERMIT_EVENT_READ))
			continue;
		assert_named(*state, &by, 6, false);
		tried++;
	}
	assert_true(tried >= 3);
}

static void simulate__names_them_to_who_reads_events(void **state)
{
	const struct weir_principal by = somebody(
		WEIR_ROLE_BIT(WEIR_ROLE_POLICY_AUTHOR) | WEIR_ROLE_BIT(WEIR_ROLE_SENIOR), true);

	assert_named(*state, &by, 6, true);
}

/* Without a group there is nothing to count and nobody to name, whatever the role. */
static void simulate__is_of_ones_own_endpoints(void **state)
{
	const struct weir_principal by = somebody(WEIR_ROLES_ALL, false);
	struct weir_api_reply reply;

	ask(*state, weir_api_simulate_version, &by, "{}", &reply);
	assert_int_equal(reply.status, 200);
	assert_numbers(reply.body.data, 0, 0);
	for (size_t i = 0; i < 13; i++)
		if (strstr(reply.body.data, names[i]))
			fail_msg("%s in %s", names[i], reply.body.data);
	weir_buf_done(&reply.body);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(simulate__names_nobody_to_who_reads_no_events,
						setup, api_teardown),
		cmocka_unit_test_setup_teardown(simulate__names_them_to_who_reads_events, setup,
						api_teardown),
		cmocka_unit_test_setup_teardown(simulate__is_of_ones_own_endpoints, setup,
						api_teardown),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
