/* SPDX-License-Identifier: Apache-2.0 */
/* Folders whose files wait for a verdict: as rows in the order of the rules, with warnings, as changes. */
#include "make.h"

#include "weir/policy/diff.h"

static struct weir_policy *policy_of(const char *rules)
{
	char text[2000];

	(void)snprintf(text, sizeof(text),
		       "apiVersion: weir/v1\nkind: Policy\nmetadata: {name: t}\nrules:\n%s", rules);
	return make_policy(text);
}

static void first_open__rows_in_the_order_of_rules(void **state)
{
	struct weir_policy *policy =
		policy_of("  - {id: a, first_open: {folders: [/srv/x, /srv/y], budget_ms: 100}, "
			  "action: audit, on_failure: closed, message: {zh: z, en: e}}\n"
			  "  - {id: b, channel: removable, action: audit}\n"
			  "  - {id: c, channel: [share, file], first_open: {folders: /home}, "
			  "action: audit}\n");
	static const struct {
		const char *folder, *rule;
		uint32_t budget_ms;
		bool closed;
	} expected[] = {{"/srv/x", "a", 100, true},
			{"/srv/y", "a", 100, true},
			{"/home", "c", WEIR_FIRST_OPEN_MS, false}};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct weir_first_open *row = weir_policy_first_open(policy, i);

		assert_non_null(row);
		assert_string_equal(row->folder, expected[i].folder);
		assert_string_equal(row->rule, expected[i].rule);
		assert_int_equal(row->budget_ms, expected[i].budget_ms);
		assert_int_equal(row->closed, expected[i].closed);
	}
	assert_string_equal(weir_policy_first_open(policy, 0)->message_en, "e");
	assert_null(weir_policy_first_open(policy, ARRAY_SIZE(expected)));
	weir_policy_free(policy);
}

/* 65 folders in two rules that are each within bounds. */
static void first_open__bounded_over_all_rules(void **state)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(100000);
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT(100000);
	struct weir_error err = {0};

	(void)state;
	assert_int_equal(weir_buf_printf(&text, "apiVersion: weir/v1\nkind: Policy\n"
						"metadata: {name: t}\nrules:\n"),
			 0);
	for (unsigned rule = 0; rule < 5; rule++) {
		assert_int_equal(weir_buf_printf(&text,
						 "  - {id: r%u, action: audit, first_open: "
						 "{folders: [/%u",
						 rule, rule),
				 0);
		for (unsigned i = 1; i < 13; i++)
			assert_int_equal(weir_buf_printf(&text, ", /%u/%u", rule, i), 0);
		assert_int_equal(weir_buf_printf(&text, "]}}\n"), 0);
	}
	assert_int_equal(weir_policy_compile(text.data, text.len, &wire, &err), -EINVAL);
	assert_non_null(strstr(err.text, "more than 64 folders"));
}

static bool warned(const char *rules, const char *about)
{
	struct weir_policy *policy = policy_of(rules);
	struct weir_error warning;
	bool ret = false;

	for (unsigned i = 0; weir_policy_warning(policy, i, &warning); i++)
		ret |= strstr(warning.text, about) != NULL;
	weir_policy_free(policy);
	return ret;
}

static void first_open__warns_of_the_systems_folders(void **state)
{
	static const char *const system[] = {"/", "/usr", "/usr/share/x", "/etc", "/var/log"};
	char rules[200];

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(system); i++) {
		(void)snprintf(rules, sizeof(rules),
			       "  - {id: a, first_open: {folders: %s}, action: audit}\n",
			       system[i]);
		assert_true(warned(rules, "the system itself reads"));
	}
	assert_false(warned("  - {id: a, first_open: {folders: [/srv, /home, /usrx]}, action: "
			    "audit}\n",
			    "system"));
}

static void first_open__warns_of_what_another_rule_takes(void **state)
{
	(void)state;
	assert_true(warned("  - {id: a, channel: file, content: {customers: '>=5'}, first_open: "
			   "{folders: /srv}, action: audit}\n"
			   "  - {id: b, first_open: {folders: /srv/x}, action: audit}\n",
			   "takes all in \"/srv\""));
	assert_false(warned("  - {id: a, content: {customers: '>=5'}, first_open: {folders: "
			    "/srv/x}, action: audit}\n"
			    "  - {id: b, first_open: {folders: [/srv/xy, /srv]}, action: audit}\n",
			    "takes all in"));
}

struct seen {
	char field[64];
	enum weir_policy_effect effect;
	unsigned n;
};

static int see(void *context, const struct weir_policy_change *change)
{
	struct seen *seen = context;

	(void)snprintf(seen->field, sizeof(seen->field), "%s", change->field);
	seen->effect = change->effect;
	seen->n++;
	return 0;
}

static struct seen diff(const char *before, const char *after)
{
	struct weir_buf a _cleanup_(weir_buf_done) = WEIR_BUF_INIT(100000);
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(100000);
	const char *texts[] = {before, after};
	struct weir_buf *wires[] = {&a, &b};
	struct seen seen = {0};
	struct weir_error err;

	for (unsigned i = 0; i < 2; i++) {
		char text[1000];

		(void)snprintf(text, sizeof(text),
			       "apiVersion: weir/v1\nkind: Policy\nmetadata: {name: t}\nrules:\n"
			       "  - {id: a, channel: file, action: audit, %s}\n",
			       texts[i]);
		assert_int_equal(weir_policy_compile(text, strlen(text), wires[i], &err), 0);
	}
	assert_int_equal(weir_policy_diff(a.data, a.len, b.data, b.len, see, &seen, &err), 0);
	return seen;
}

static void first_open__changes_are_told(void **state)
{
	struct seen seen = diff("first_open: {folders: /a}", "first_open: {folders: [/a, /b]}");

	(void)state;
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.field, "first_open.folders");
	assert_int_equal(seen.effect, WEIR_POLICY_EFFECT_UNKNOWN);
	seen = diff("first_open: {folders: /a}", "first_open: {folders: /a, budget_ms: 501}");
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.field, "first_open.budget_ms");
	seen = diff("first_open: {folders: /a}", "first_open: {folders: /a}, on_failure: closed");
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.effect, WEIR_POLICY_EFFECT_STRICTER);
	seen = diff("on_failure: open", "on_failure: closed");
	assert_int_equal(seen.effect, WEIR_POLICY_EFFECT_UNKNOWN);
	seen = diff("on_failure: open", "first_open: {folders: /a}");
	assert_int_equal(seen.n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_open__rows_in_the_order_of_rules),
		cmocka_unit_test(first_open__bounded_over_all_rules),
		cmocka_unit_test(first_open__warns_of_the_systems_folders),
		cmocka_unit_test(first_open__warns_of_what_another_rule_takes),
		cmocka_unit_test(first_open__changes_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
