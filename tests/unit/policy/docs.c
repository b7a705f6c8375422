/* SPDX-License-Identifier: Apache-2.0 */
/* The reference and the compiler say the same: its example compiles, has every key of its table,
 * and no key is taken that is not spelt so. The default policy keeps what its cases promise. */
#include "make.h"

#include <fcntl.h>
#include <stdlib.h>

#include "weir/base/fd.h"
#include "weir/policy/cases.h"

#define MAX_KEYS 100

static char *read_all(const char *path)
{
	struct weir_buf text = WEIR_BUF_INIT((size_t)1 << 20);
	int r = weir_read_file(AT_FDCWD, path, &text);

	if (r < 0)
		fail_msg("%s: %s", path, strerror(-r));
	return text.data;
}

/* The first fenced block of yaml behind from, allocated. */
static char *fenced_yaml(const char *from)
{
	const char *start = strstr(from, "```yaml\n"), *end;

	assert_non_null(start);
	start += strlen("```yaml\n");
	end = strstr(start, "```");
	assert_non_null(end);
	return strndup(start, (size_t)(end - start));
}

/* The last parts of the keys in the table's first column; the number of rows. */
static unsigned table_keys(const char *docs, char keys[MAX_KEYS][32])
{
	unsigned n = 0;

	for (const char *row = strstr(docs, "\n| `"); row; row = strstr(row + 1, "\n| `")) {
		const char *start = row + strlen("\n| `");
		const char *end = strchr(start, '`'), *dot;

		assert_non_null(end);
		dot = memrchr(start, '.', (size_t)(end - start));
		start = dot ? dot + 1 : start;
		assert_true(n < MAX_KEYS);
		(void)snprintf(keys[n++], 32, "%.*s", (int)(end - start), start);
	}
	return n;
}

/* Where the example has this key as a key. */
static char *find_key(char *yaml, const char *key)
{
	size_t len = strlen(key);

	for (char *at = strstr(yaml, key); at; at = strstr(at + 1, key)) {
		bool starts = at == yaml || at[-1] == ' ' || at[-1] == '\n' || at[-1] == '{';

		if (starts && at[len] == ':')
			return at;
	}
	return NULL;
}

static int compile_text(const char *yaml, struct weir_error *err)
{
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT((size_t)1 << 20);

	return weir_policy_compile(yaml, strlen(yaml), &wire, err);
}

static void docs__example_compiles(void **state)
{
	char *docs _cleanup_(freep) = read_all(WEIR_DOCS "/policy.md");
	char *yaml _cleanup_(freep) = fenced_yaml(docs);
	struct weir_error err = {0};

	(void)state;
	if (compile_text(yaml, &err) < 0)
		fail_msg("%u:%u: %s", err.line, err.column, err.text);
}

static void docs__every_key_is_known(void **state)
{
	char *docs _cleanup_(freep) = read_all(WEIR_DOCS "/policy.md");
	char keys[MAX_KEYS][32];
	unsigned n = table_keys(docs, keys);

	(void)state;
	assert_true(n >= 50);
	for (unsigned i = 0; i < n; i++) {
		char *yaml _cleanup_(freep) = fenced_yaml(docs);
		struct weir_error err = {0};
		char *at = find_key(yaml, keys[i]);

		if (!at)
			fail_msg("the example lacks \"%s\"", keys[i]);
		/* The same key with its first letter changed must not be taken silently. */
		*at = *at == 'x' ? 'y' : 'x';
		if (compile_text(yaml, &err) >= 0)
			fail_msg("a misspelt \"%s\" was taken", keys[i]);
		assert_non_null(strstr(err.text, "is not known in"));
	}
}

static void docs__case_example_runs(void **state)
{
	char *docs _cleanup_(freep) = read_all(WEIR_DOCS "/policy.md");
	char *yaml _cleanup_(freep) = fenced_yaml(docs);
	char *cases _cleanup_(freep) = fenced_yaml(strstr(docs, "\n## Cases"));
	struct weir_policy *policy = make_policy(yaml);
	struct weir_error err = {0};
	int r = weir_policy_cases(policy, cases, strlen(cases), NULL, NULL, &err);

	(void)state;
	if (r < 0)
		fail_msg("%u:%u: %s", err.line, err.column, err.text);
	assert_int_equal(r, 0);
	weir_policy_free(policy);
}

static void docs__default_policy_keeps_its_promises(void **state)
{
	char *yaml _cleanup_(freep) = read_all(WEIR_DEFAULT_POLICY "/baseline.yaml");
	char *cases _cleanup_(freep) = read_all(WEIR_DEFAULT_POLICY "/baseline-cases.yaml");
	struct weir_policy *policy = make_policy(yaml);
	struct weir_abi_config config = {0};
	struct weir_abi_dest dests[WEIR_ABI_DESTS];
	struct weir_error err = {0};

	(void)state;
	assert_int_equal(weir_policy_cases(policy, cases, strlen(cases), NULL, NULL, &err), 0);
	assert_int_equal(weir_policy_kernel(policy, &config, dests), 2);
	for (unsigned i = 1; i <= 3; i++) {
		bool network = i == WEIR_ABI_PROFILE_NETWORK;
		const struct weir_abi_profile *p = &config.profiles[i];

		assert_int_equal(p->action, WEIR_ABI_ACTION_BLOCK);
		assert_int_equal(p->limit[WEIR_ABI_DET_CN_RESIDENT_ID], 5);
		assert_int_equal(p->limit[WEIR_ABI_DET_PAYMENT_CARD], 5);
		assert_int_equal(p->on_unscannable,
				 network ? WEIR_ABI_ACTION_AUDIT : WEIR_ABI_ACTION_BLOCK);
		assert_int_equal(p->on_failure,
				 network ? WEIR_ABI_ACTION_AUDIT : WEIR_ABI_ACTION_BLOCK);
		assert_int_equal(p->on_open, WEIR_ABI_ACTION_ALLOW);
	}
	weir_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(docs__example_compiles),
		cmocka_unit_test(docs__every_key_is_known),
		cmocka_unit_test(docs__case_example_runs),
		cmocka_unit_test(docs__default_policy_keeps_its_promises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
