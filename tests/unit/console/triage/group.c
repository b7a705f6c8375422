/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/console_triage/group.h"
#include "weir/console_triage/names.h"

#define HOUR_NS UINT64_C(3600000000000)
/* 2026-11-18T20:00:00Z */
#define WINDOW UINT64_C(1795032000000000000)

static void init(Weir__V1__Event *event, Weir__V1__Process *process)
{
	weir__v1__event__init(event);
	weir__v1__process__init(process);
	event->rule = (char *)"bulk";
	event->channel = WEIR__V1__CHANNEL__CHANNEL_REMOVABLE;
	event->time_ns = WINDOW;
	event->process = process;
	process->uid = 1000;
	process->user_name = (char *)"li.na";
}

static void group__is_rule_user_destination_and_window(void **state)
{
	Weir__V1__Event event;
	Weir__V1__Process process;
	struct weir_group group;

	init(&event, &process);
	weir_group_of(&event, &group);
	assert_string_equal(group.rule, "bulk");
	assert_string_equal(group.user, "li.na");
	assert_string_equal(group.destination, "removable");
	assert_false(group.local);
	assert_int_equal(group.window_ns, WINDOW);
}

static void group__windows_begin_at_four_in_china(void **state)
{
	static const struct {
		uint64_t time_ns, window_ns;
	} cases[] = {
		{WINDOW, WINDOW},
		{WINDOW + 1, WINDOW},
		{WINDOW + 24 * HOUR_NS - 1, WINDOW},
		{WINDOW + 24 * HOUR_NS, WINDOW + 24 * HOUR_NS},
		{WINDOW - 1, WINDOW - 24 * HOUR_NS},
		{1, 0},
		{20 * HOUR_NS, 20 * HOUR_NS},
	};
	Weir__V1__Event event;
	Weir__V1__Process process;
	struct weir_group group;

	init(&event, &process);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		event.time_ns = cases[i].time_ns;
		weir_group_of(&event, &group);
		assert_int_equal(group.window_ns, cases[i].window_ns);
	}
}

static void group__knows_accounts_of_one_machine(void **state)
{
	static const struct {
		uint32_t uid;
		const char *name, *user;
		bool local;
	} cases[] = {
		{1000, "li.na", "li.na", false},
		{4294967293, "li.na", "li.na", false},
		{0, "root", "root", true},
		{999, "backup", "backup", true},
		{4294967294, "nobody", "nobody", true},
		{1000, "", "uid:1000", true},
	};
	Weir__V1__Event event;
	Weir__V1__Process process;
	struct weir_group group;

	init(&event, &process);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		process.uid = cases[i].uid;
		process.user_name = (char *)cases[i].name;
		weir_group_of(&event, &group);
		assert_string_equal(group.user, cases[i].user);
		assert_int_equal(group.local, cases[i].local);
	}
	event.process = NULL;
	weir_group_of(&event, &group);
	assert_string_equal(group.user, "");
	assert_true(group.local);
}

static void group__cuts_a_long_name_between_characters(void **state)
{
	Weir__V1__Event event;
	Weir__V1__Process process;
	struct weir_group group;
	char name[600] = "";

	for (int i = 0; i < 150; i++)
		memcpy(name + 3 * i, "客", 4);
	init(&event, &process);
	process.user_name = name;
	weir_group_of(&event, &group);
	assert_int_equal(strlen(group.user), 255);
	assert_memory_equal(group.user, name, 255);
}

static void group__classes_destinations(void **state)
{
	static const struct {
		const char *ip, *destination;
	} cases[] = {
		{"10.0.0.1", "intranet"},
		{"172.16.0.1", "intranet"},
		{"172.31.255.255", "intranet"},
		{"172.32.0.1", "internet"},
		{"192.168.7.7", "intranet"},
		{"192.169.0.1", "internet"},
		{"169.254.1.1", "intranet"},
		{"100.64.0.1", "intranet"},
		{"100.127.255.255", "intranet"},
		{"100.128.0.0", "internet"},
		{"192.0.2.7", "internet"},
		{"127.0.0.1", "loopback"},
		{"::1", "loopback"},
		{"fd00::1", "intranet"},
		{"fe80::1", "intranet"},
		{"2001:db8::1", "internet"},
		{"::ffff:10.0.0.1", "intranet"},
		{"::ffff:192.0.2.7", "internet"},
		{"", "other"},
		{"not an address", "other"},
	};
	static const struct {
		int channel;
		const char *destination;
	} channels[] = {
		{WEIR__V1__CHANNEL__CHANNEL_FILE, "file"},
		{WEIR__V1__CHANNEL__CHANNEL_REMOVABLE, "removable"},
		{WEIR__V1__CHANNEL__CHANNEL_SHARE, "share"},
		{WEIR__V1__CHANNEL__CHANNEL_NETWORK, "other"},
		{WEIR__V1__CHANNEL__CHANNEL_AT_REST, "at_rest"},
		{WEIR__V1__CHANNEL__CHANNEL_AGENT, "agent"},
		{77, "other"},
	};
	Weir__V1__Endpoint endpoint = WEIR__V1__ENDPOINT__INIT;
	Weir__V1__Event event;
	Weir__V1__Process process;

	init(&event, &process);
	for (size_t i = 0; i < ARRAY_SIZE(channels); i++) {
		event.channel = (Weir__V1__Channel)channels[i].channel;
		assert_string_equal(weir_group_destination(&event), channels[i].destination);
	}
	event.channel = WEIR__V1__CHANNEL__CHANNEL_NETWORK;
	event.destination = &endpoint;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		endpoint.ip = (char *)cases[i].ip;
		assert_string_equal(weir_group_destination(&event), cases[i].destination);
	}
}

static void group__counts_identifiers(void **state)
{
	Weir__V1__DetectorCount counts[3], *slots[3];
	Weir__V1__Event event;
	Weir__V1__Process process;

	init(&event, &process);
	assert_int_equal(weir_group_identifiers(&event), 0);
	for (size_t i = 0; i < 3; i++) {
		weir__v1__detector_count__init(&counts[i]);
		slots[i] = &counts[i];
	}
	counts[0].distinct = 20;
	counts[0].total = 100;
	counts[1].total = 3;
	event.counts = slots;
	event.n_counts = 3;
	assert_int_equal(weir_group_identifiers(&event), 23);
	counts[1].total = UINT64_MAX;
	counts[2].distinct = UINT64_MAX;
	assert_int_equal(weir_group_identifiers(&event), UINT64_C(1) << 32);
}

static void group__weighs(void **state)
{
	static const struct {
		uint64_t identifiers;
		uint32_t out, stopped;
	} cases[] = {
		{0, WEIR_SEVERITY_MEDIUM, WEIR_SEVERITY_LOW},
		{1, WEIR_SEVERITY_LOW, WEIR_SEVERITY_LOW},
		{9, WEIR_SEVERITY_LOW, WEIR_SEVERITY_LOW},
		{10, WEIR_SEVERITY_MEDIUM, WEIR_SEVERITY_LOW},
		{99, WEIR_SEVERITY_MEDIUM, WEIR_SEVERITY_LOW},
		{100, WEIR_SEVERITY_HIGH, WEIR_SEVERITY_MEDIUM},
		{999, WEIR_SEVERITY_HIGH, WEIR_SEVERITY_MEDIUM},
		{1000, WEIR_SEVERITY_CRITICAL, WEIR_SEVERITY_HIGH},
		{UINT64_MAX, WEIR_SEVERITY_CRITICAL, WEIR_SEVERITY_HIGH},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(weir_group_severity(cases[i].identifiers, true, false),
				 cases[i].out);
		assert_int_equal(weir_group_severity(cases[i].identifiers, false, false),
				 cases[i].stopped);
		assert_int_equal(weir_group_severity(cases[i].identifiers, false, true),
				 WEIR_SEVERITY_HIGH);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(group__is_rule_user_destination_and_window),
		cmocka_unit_test(group__windows_begin_at_four_in_china),
		cmocka_unit_test(group__knows_accounts_of_one_machine),
		cmocka_unit_test(group__cuts_a_long_name_between_characters),
		cmocka_unit_test(group__classes_destinations),
		cmocka_unit_test(group__counts_identifiers),
		cmocka_unit_test(group__weighs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
