/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/macros.h"
#include "weir/console_triage/filter.h"
#include "weir/console_triage/names.h"
#include "weir/v1/common.pb-c.h"

#define NOW UINT64_C(1795000000000000000)
#define ALL UINT32_MAX

static int parse(const char *line, struct weir_alert_filter *ret, struct weir_error *err)
{
	weir_alert_filter_init(ret);
	return weir_alert_filter_add_line(ret, line, NOW, err);
}

static void filter__asks_for_nothing_in_particular(void **state)
{
	static const char *const lines[] = {"", " ", "    "};
	struct weir_alert_filter filter;
	struct weir_error err = {};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_int_equal(parse(lines[i], &filter, &err), 0);
		for (size_t mask = 0; mask < _WEIR_FILTER_MASK_MAX; mask++)
			assert_int_equal(filter.masks[mask], ALL);
		for (size_t text = 0; text < _WEIR_FILTER_TEXT_MAX; text++) {
			assert_string_equal(filter.texts[text][0], "");
			assert_string_equal(filter.texts[text][1], "");
		}
		assert_int_equal(filter.since_ns, 0);
	}
}

static void filter__reads_a_line(void **state)
{
	struct weir_alert_filter filter;
	struct weir_error err = {};

	assert_int_equal(
		parse("  user:li.na channel:usb  -rule:stick host:\"ws 7: 客户\" ", &filter, &err),
		0);
	assert_string_equal(filter.texts[WEIR_FILTER_USER][0], "li.na");
	assert_string_equal(filter.texts[WEIR_FILTER_USER][1], "");
	assert_string_equal(filter.texts[WEIR_FILTER_RULE][0], "");
	assert_string_equal(filter.texts[WEIR_FILTER_RULE][1], "stick");
	assert_string_equal(filter.texts[WEIR_FILTER_HOST][0], "ws 7: 客户");
	assert_int_equal(filter.masks[WEIR_FILTER_CHANNEL],
			 1u << WEIR__V1__CHANNEL__CHANNEL_REMOVABLE);
	assert_int_equal(filter.masks[WEIR_FILTER_STATE], ALL);
}

static void filter__reads_masks(void **state)
{
	static const struct {
		const char *line;
		enum weir_filter_mask which;
		uint32_t mask;
	} cases[] = {
		{"state:new", WEIR_FILTER_STATE, WEIR_ALERT_NEW},
		{"state:open", WEIR_FILTER_STATE, WEIR_ALERT_NEW | WEIR_ALERT_IN_PROGRESS},
		{"state:new,resolved", WEIR_FILTER_STATE, WEIR_ALERT_NEW | WEIR_ALERT_RESOLVED},
		{"-state:suppressed", WEIR_FILTER_STATE, ~(uint32_t)WEIR_ALERT_SUPPRESSED},
		{"state:open -state:new", WEIR_FILTER_STATE, WEIR_ALERT_IN_PROGRESS},
		{"state:new -state:new", WEIR_FILTER_STATE, 0},
		{"severity:low", WEIR_FILTER_SEVERITY, WEIR_SEVERITY_LOW},
		{"severity:>=high", WEIR_FILTER_SEVERITY,
		 ~(uint32_t)(WEIR_SEVERITY_LOW | WEIR_SEVERITY_MEDIUM)},
		{"-severity:>=high", WEIR_FILTER_SEVERITY,
		 WEIR_SEVERITY_LOW | WEIR_SEVERITY_MEDIUM},
		{"verdict:none,test", WEIR_FILTER_VERDICT, WEIR_VERDICT_NONE | WEIR_VERDICT_TEST},
		{"verdict:benign_authorised", WEIR_FILTER_VERDICT, WEIR_VERDICT_BENIGN_AUTHORISED},
		{"channel:network,agent", WEIR_FILTER_CHANNEL,
		 1u << WEIR__V1__CHANNEL__CHANNEL_NETWORK | 1u << WEIR__V1__CHANNEL__CHANNEL_AGENT},
		{"-action:audit", WEIR_FILTER_ACTION, ~(1u << WEIR__V1__ACTION__ACTION_AUDIT)},
	};
	struct weir_alert_filter filter;
	struct weir_error err = {};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(parse(cases[i].line, &filter, &err), 0);
		for (size_t mask = 0; mask < _WEIR_FILTER_MASK_MAX; mask++)
			assert_int_equal(filter.masks[mask],
					 mask == cases[i].which ? cases[i].mask : ALL);
	}
}

static void filter__reads_times(void **state)
{
	struct weir_alert_filter filter;
	struct weir_error err = {};

	assert_int_equal(parse("since:24h", &filter, &err), 0);
	assert_int_equal(filter.since_ns, NOW - UINT64_C(86400000000000));
	assert_int_equal(parse("since:2026-11-18T11:06:40Z", &filter, &err), 0);
	assert_int_equal(filter.since_ns, NOW);
	assert_int_equal(parse("since:90000d", &filter, &err), 0);
	assert_int_equal(filter.since_ns, 0);
}

static void filter__knows_its_fields(void **state)
{
	static const char *const names[] = {
		"state", "verdict",  "severity",    "channel", "action", "since", "rule",
		"user",	 "assignee", "destination", "host",    "device", "agent", "detector"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_string_equal(weir_alert_filter_field(names[i]), names[i]);
	assert_string_equal(weir_alert_filter_field("State"), "");
	assert_string_equal(weir_alert_filter_field(""), "");
}

static void filter__refuses_what_it_does_not_know(void **state)
{
	static const struct {
		const char *line;
		unsigned column;
	} cases[] = {
		{"li.na", 1},
		{"user:", 1},
		{":x", 1},
		{"-", 1},
		{"--user:x", 1},
		{"user:a user:b", 8},
		{"-user:a -user:b", 9},
		{"user:客 nothing:b", 8},
		{"User:a", 1},
		{"user:\"a", 1},
		{"user:\"a\"b", 1},
		{"user:a\"b\"", 1},
		{"user:\"\"", 1},
		{"user:\xff", 1},
		{"state:", 1},
		{"state:new,", 1},
		{"state:,new", 1},
		{"state:NEW", 1},
		{"severity:>high", 1},
		{"severity:>=", 1},
		{"channel:2", 1},
		{"channel:unspecified", 1},
		{"action:deny", 1},
		{"since:yesterday", 1},
		{"-since:24h", 1},
		{"abcdefghijklmnopqrst:x", 1},
		{"rule:a\tuser:b rule:c", 15},
	};
	struct weir_alert_filter filter;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct weir_error err = {};

		if (parse(cases[i].line, &filter, &err) != -EINVAL)
			fail_msg("taken: %s", cases[i].line);
		assert_int_equal(err.column, cases[i].column);
		assert_true(strlen(err.text) > 0 && strlen(err.hint) > 0);
	}
}

static void filter__bounds_its_input(void **state)
{
	char line[2048] = "user:";
	struct weir_alert_filter filter;
	struct weir_error err = {};

	memset(line + 5, 'a', 255);
	assert_int_equal(parse(line, &filter, &err), 0);
	line[260] = 'a';
	assert_int_equal(parse(line, &filter, &err), -EINVAL);
	memset(line, ' ', 1024);
	line[1024] = '\0';
	assert_int_equal(parse(line, &filter, &err), 0);
	line[1024] = ' ';
	assert_int_equal(parse(line, &filter, &err), -EINVAL);
}

static void filter__does_not_repeat_the_input(void **state)
{
	struct weir_alert_filter filter;
	struct weir_error err = {};

	assert_int_equal(parse("state:SECRET", &filter, &err), -EINVAL);
	assert_null(strstr(err.text, "SECRET"));
	assert_null(strstr(err.hint, "SECRET"));
	assert_int_equal(parse("SECRET:x", &filter, &err), -EINVAL);
	assert_null(strstr(err.text, "SECRET"));
}

static void names__come_back(void **state)
{
	uint32_t bit;

	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(weir_alert_state_parse(weir_alert_state_name(1u << i), &bit), 0);
		assert_int_equal(bit, 1u << i);
		assert_int_equal(weir_severity_parse(weir_severity_name(1u << i), &bit), 0);
		assert_int_equal(bit, 1u << i);
	}
	for (uint32_t i = 0; i < 6; i++) {
		assert_int_equal(weir_alert_verdict_parse(weir_alert_verdict_name(1u << i), &bit),
				 0);
		assert_int_equal(bit, 1u << i);
	}
	assert_string_equal(weir_alert_state_name(3), "unknown");
	assert_string_equal(weir_alert_verdict_name(0), "unknown");
	assert_string_equal(weir_severity_name(1u << 31), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filter__asks_for_nothing_in_particular),
		cmocka_unit_test(filter__reads_a_line),
		cmocka_unit_test(filter__reads_masks),
		cmocka_unit_test(filter__reads_times),
		cmocka_unit_test(filter__knows_its_fields),
		cmocka_unit_test(filter__refuses_what_it_does_not_know),
		cmocka_unit_test(filter__bounds_its_input),
		cmocka_unit_test(filter__does_not_repeat_the_input),
		cmocka_unit_test(names__come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
