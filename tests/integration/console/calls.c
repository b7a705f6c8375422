/* SPDX-License-Identifier: Apache-2.0 */
/* Every call under every role against the real program. */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "process.h"
#include "staff.h"
#include "weir/base/fd.h"

#define CALLS_MAX 256

struct row {
	char method[8], path[96], who[160];
};

struct table {
	struct row row[CALLS_MAX];
	size_t n;
};

/* Lines of METHOD PATH WHO... */
static void parse_table(char *text, struct table *table)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		struct row *row = &table->row[table->n];
		char *path = strchr(line, ' ');
		char *who = path ? strchr(path + 1, ' ') : NULL;

		if (*line == '#')
			continue;
		if (!path || !who) {
			fail_msg("no line of the table: %s", line);
			return;
		}
		*path++ = *who++ = '\0';
		assert_true(++table->n < CALLS_MAX);
		(void)snprintf(row->method, sizeof(row->method), "%s", line);
		(void)snprintf(row->path, sizeof(row->path), "%s", path);
		(void)snprintf(row->who, sizeof(row->who), "%s", who);
	}
}

static const struct row *find(const struct table *table, const struct row *wanted)
{
	for (size_t i = 0; i < table->n; i++)
		if (strcmp(table->row[i].method, wanted->method) == 0 &&
		    strcmp(table->row[i].path, wanted->path) == 0)
			return &table->row[i];
	return NULL;
}

static void read_expected(struct table *table)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);

	assert_int_equal(weir_read_file(AT_FDCWD, WEIR_TEST_DATA "/console/calls.txt", &text), 0);
	table->n = 0;
	parse_table(text.data, table);
}

static void calls__are_all_told(void **state)
{
	struct process_result result _cleanup_(process_result_done) = {};
	static struct table expected, has;
	unsigned missing = 0;

	read_expected(&expected);
	assert_int_equal(process_run((const char *const[]){staff_console, "routes", NULL}, &result),
			 0);
	assert_int_equal(result.status, 0);
	parse_table(result.out.data, &has);
	assert_true(has.n > 20);
	for (size_t i = 0; i < has.n; i++)
		if (!find(&expected, &has.row[i]) && ++missing)
			print_error("not in tests/data/console/calls.txt: %s %s (%s)\n",
				    has.row[i].method, has.row[i].path, has.row[i].who);
	for (size_t i = 0; i < expected.n; i++)
		if (!find(&has, &expected.row[i]) && ++missing)
			print_error("no such call any more: %s %s\n", expected.row[i].method,
				    expected.row[i].path);
	assert_int_equal(missing, 0);
	assert_int_equal(has.n, expected.n);
}

/* A path of the pattern, for something that is not there. */
static void example(const char *pattern, char *path, size_t size)
{
	size_t n = 0;

	for (; *pattern && n + 1 < size; pattern++)
		path[n++] = *pattern == '*' ? '0' : *pattern;
	path[n] = '\0';
}

static bool names(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = list; (p = strstr(p, name)); p += len)
		if ((p == list || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
			return true;
	return false;
}

static void try_call(const struct staff *f, const struct row *row, const char *bearer,
		     const char *who, bool may, int refusal)
{
	char path[96];
	int status;

	example(row->path, path, sizeof(path));
	status = staff_call_as(f, bearer, row->method, path, NULL, NULL);
	if (may ? status == 401 || status == 403 || status == 0 : status != refusal)
		fail_msg("%s %s as %s: %d", row->method, row->path, who, status);
}

static void calls__are_allowed_and_denied(void **state)
{
	const struct staff *f = *state;
	static struct table expected;

	read_expected(&expected);
	for (size_t i = 0; i < expected.n; i++) {
		const struct row *row = &expected.row[i];
		bool public = strcmp(row->who, "public") == 0, all = strcmp(row->who, "all") == 0;

		try_call(f, row, NULL, "nobody", public, 401);
		try_call(f, row, f->ended, "an ended session", public, 401);
		try_call(f, row, "weirt_0123", "a token that is none", public, 401);
		/* an endpoint's handlers ask for its certificate besides */
		if (strcmp(row->who, "agent") != 0)
			try_call(f, row, f->console.token, "the developer", true, 0);
		for (unsigned role = 0; role < STAFF_ROLES; role++) {
			bool may = public || all || names(row->who, staff_roles[role]);

			try_call(f, row, f->token[role], staff_roles[role], may, 403);
			try_call(f, row, f->bound[role], staff_roles[role],
				 may && !names(row->who, "whole-fleet"), 403);
		}
	}
}

static int make_enrolment(const struct staff *f, const char *bearer, const char *group,
			  char id[static 80])
{
	json_t *answer = NULL;
	char body[128];
	int status;

	(void)snprintf(body, sizeof(body), "{\"group\":\"%s\",\"max_uses\":1,\"ttl_s\":60}", group);
	status = staff_call_as(f, bearer, "POST", "/api/v1/enrollment-tokens", body, &answer);
	if (status == 201)
		staff_copy_member(json_object_get(answer, "enrollment_token"), "id", id, 80);
	json_decref(answer);
	return status;
}

static size_t count_enrolments(const struct staff *f, const char *bearer)
{
	json_t *answer = NULL;
	size_t n;

	assert_int_equal(staff_call_as(f, bearer, "GET", "/api/v1/enrollment-tokens?limit=100",
				       NULL, &answer),
			 200);
	n = json_array_size(json_object_get(answer, "enrollment_tokens"));
	json_decref(answer);
	return n;
}

/* Who manages endpoints of some groups brings in endpoints of those. */
static void enrolments__are_of_ones_groups(void **state)
{
	const struct staff *f = *state;
	const char *const all = f->token[6], *const bound = f->bound[6];
	const size_t seen = count_enrolments(f, bound), are = count_enrolments(f, all);
	char ids[3][80], path[160];

	assert_int_equal(make_enrolment(f, bound, "south", ids[0]), 403);
	assert_int_equal(make_enrolment(f, bound, "", ids[0]), 403);
	assert_int_equal(make_enrolment(f, bound, "north", ids[0]), 201);
	assert_int_equal(make_enrolment(f, all, "south", ids[1]), 201);
	assert_int_equal(make_enrolment(f, all, "north", ids[2]), 201);
	assert_int_equal(count_enrolments(f, bound), seen + 2);
	assert_int_equal(count_enrolments(f, all), are + 3);
	for (int i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "/api/v1/enrollment-tokens/%.20s", ids[i]);
		assert_int_equal(staff_call_as(f, bound, "DELETE", path, NULL, NULL),
				 i == 1 ? 404 : 200);
	}
	assert_int_equal(
		staff_call_as(f, all, "DELETE", "/api/v1/enrollment-tokens/999", NULL, NULL), 404);
}

/* What a path is not is told to those who are somebody. */
static void calls__elsewhere_is_nothing(void **state)
{
	static const char *const paths[] = {
		"/",
		"/api/v1",
		"/api/v1/nothing",
		"/api/v1/alerts/../users",
		"/api/v1/alerts/..%2fusers",
		"/api/v1/users/%2e%2e/audit",
		"/../../etc/passwd",
		"//api/v1/users",
		"/api/v1/users;x",
		"/API/V1/USERS",
	};
	const struct staff *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		int status = staff_call_as(f, f->token[0], "GET", paths[i], NULL, NULL);

		assert_int_equal(staff_call_as(f, NULL, "GET", paths[i], NULL, NULL), 401);
		assert_true(status == 404 || status == 400);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls__are_all_told),
		cmocka_unit_test(calls__are_allowed_and_denied),
		cmocka_unit_test(enrolments__are_of_ones_groups),
		cmocka_unit_test(calls__elsewhere_is_nothing),
	};

	return cmocka_run_group_tests(tests, staff_setup, staff_teardown);
}
