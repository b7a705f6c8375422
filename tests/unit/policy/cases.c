/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

#include "weir/policy/cases.h"

static const char policy_text[] = HEAD
	"classes: {id: {level: C2, detectors: [cn_resident_id], min_confidence: 70}}\n"
	"groups:\n"
	"  sticks: {usb: [{vendor: '0951', serial: 'A*'}]}\n"
	"  re: {hosts: ['192.0.2.10:22']}\n"
	"rules:\n"
	"  - {id: stick, channel: removable, not_to: sticks, content: {class: id, distinct: "
	"'>=5'},\n"
	"     action: block, on_unscannable: warn}\n"
	"  - {id: net, channel: network, content: {class: id, distinct: '>=5'}, action: block}\n"
	"grants:\n"
	"  - {id: G-1, recipient: re, classes: [id], purpose: p, method: {channel: network, to: "
	"re},\n"
	"     agreement: a, approver: b, valid: {from: 2026-11-01, until: 2026-12-31}}\n";

struct results {
	unsigned n, met;
	unsigned line;
	char difference[256];
};

static void collect(void *context, const struct weir_policy_case *result)
{
	struct results *results = context;

	results->n++;
	results->met += result->met;
	assert_int_equal(result->met, result->difference[0] == '\0');
	if (!result->met) {
		results->line = result->line;
		(void)snprintf(results->difference, sizeof(results->difference), "%s",
			       result->difference);
	}
}

static int run(const char *cases, struct results *ret, struct weir_error *err)
{
	struct weir_policy *policy = make_policy(policy_text);
	int r;

	*ret = (struct results){0};
	r = weir_policy_cases(policy, cases, strlen(cases), collect, ret, err);
	weir_policy_free(policy);
	return r;
}

static void cases__met(void **state)
{
	static const char cases[] =
		"cases:\n"
		"  - {name: a, channel: removable, distinct: {cn_resident_id: 5},\n"
		"     expect: {action: block, rule: stick, alert: true, unscannable: false, grant: "
		"''}}\n"
		"  - {name: b, channel: removable, distinct: {cn_resident_id: 4}, expect: {action: "
		"audit}}\n"
		"  - {name: c, channel: removable, distinct: {cn_resident_id: 5}, confidence: 69,\n"
		"     expect: {action: audit, rule: ''}}\n"
		"  - {name: d, channel: removable, device: {vendor: '0951', product: '1', serial: "
		"A7},\n"
		"     distinct: {cn_resident_id: 5}, expect: {action: audit}}\n"
		"  - {name: e, channel: removable, status: unscannable,\n"
		"     expect: {action: warn, unscannable: true, refused: true}}\n"
		"  - {name: h, channel: removable, status: unscannable, passed: true,\n"
		"     expect: {action: warn, unscannable: true, refused: false}}\n"
		"  - {name: f, channel: network, host: '192.0.2.10:22', at: 2026-12-31,\n"
		"     distinct: {cn_resident_id: 5}, expect: {action: allow, grant: G-1}}\n"
		"  - {name: g, channel: network, host: '192.0.2.10:22', at: 2027-01-01,\n"
		"     distinct: {cn_resident_id: 5}, expect: {action: block, rule: net, grant: "
		"''}}\n";
	struct results results;
	struct weir_error err = {0};

	(void)state;
	assert_int_equal(run(cases, &results, &err), 0);
	assert_int_equal(results.n, 8);
	assert_int_equal(results.met, 8);
}

static void cases__not_met(void **state)
{
	struct results results;
	struct weir_error err = {0};

	(void)state;
	assert_int_equal(run("cases:\n"
			     "  - {name: a, channel: removable, expect: {action: audit}}\n"
			     "  - {name: b, channel: removable, distinct: {cn_resident_id: 5},\n"
			     "     expect: {action: audit, rule: '', alert: false}}\n",
			     &results, &err),
			 1);
	assert_int_equal(results.n, 2);
	assert_int_equal(results.met, 1);
	assert_int_equal(results.line, 3);
	assert_string_equal(results.difference,
			    "action is \"block\", not \"audit\", rule is \"stick\", "
			    "not \"\", alert is \"true\", not \"false\"");
}

static void cases__wrong_files(void **state)
{
	const struct {
		const char *text;
		unsigned line, column;
		const char *error;
	} table[] = {
		{"- a\n", 1, 1, "a file of cases is a mapping of keys to values"},
		{"cases: {}\n", 1, 8, "\"cases\" is a list"},
		{"cases:\n  - {name: a, channel: usb, expect: {}}\n", 2, 24,
		 "\"usb\" is not known here"},
		{"cases:\n  - {name: a, expect: {}}\n", 2, 5, "\"channel\" is missing"},
		{"cases:\n  - {name: a, channel: file}\n", 2, 5, "\"expect\" is missing"},
		{"cases:\n  - {name: a, channel: file, host: a.example, expect: {}}\n", 2, 36,
		 "\"a.example\" is no address"},
		{"cases:\n  - {name: a, channel: file, host: 192.0.2.0/24, expect: {}}\n", 2, 36,
		 "\"192.0.2.0/24\" is no address"},
		{"cases:\n  - {name: a, channel: file, distinct: {cn_resident: 5}, expect: {}}\n",
		 2, 41, "\"cn_resident\" is not known in \"distinct\""},
		{"cases:\n  - {name: a, channel: file, distinct: {cn_mobile: x}, expect: {}}\n", 2,
		 52, "\"x\" is no number from 0 to 4294967295"},
		{"cases:\n  - {name: a, channel: file, distinct: 5, expect: {}}\n", 2, 40,
		 "\"distinct\" is a mapping of keys to values"},
		{"cases:\n  - {name: a, channel: file, at: today, expect: {}}\n", 2, 34,
		 "\"today\" is no date"},
		{"cases:\n  - {name: a, channel: file, device: {vendor: '123456789'}, expect: "
		 "{}}\n",
		 2, 47, "longer than 7 bytes"},
		{"cases:\n  - {name: a, channel: file, expect: {rule: r, verdict: x}}\n", 2, 48,
		 "\"verdict\" is not known in \"expect\""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct results results;
		struct weir_error err = {0};

		assert_int_equal(run(table[i].text, &results, &err), -EINVAL);
		assert_string_equal(err.text, table[i].error);
		assert_int_equal(err.line, table[i].line);
		assert_int_equal(err.column, table[i].column);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases__met),
		cmocka_unit_test(cases__not_met),
		cmocka_unit_test(cases__wrong_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
