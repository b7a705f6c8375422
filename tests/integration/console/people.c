/* SPDX-License-Identifier: Apache-2.0 */
/* Every call under every role against the real program, and what people try who have none. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "client.h"
#include "process.h"
#include "weir/base/fd.h"

#define PASSWORD   "correct horse battery"
#define CALLS_MAX  256
#define N_ROLES	   8
#define HEADER_MAX 512

static const char program[] = WEIR_TEST_BIN "/weir-console";

static const char *const role_names[N_ROLES] = {
	"viewer",	 "analyst",	     "senior",	      "evidence_approver",
	"policy_author", "policy_publisher", "administrator", "auditor",
};

/* The scopes that each role's token gets: all that the role has. Written out here once more. */
static const char *const scopes[N_ROLES] = {
	"\"alert.read\",\"event.read\",\"agent.read\",\"policy.read\",\"register.read\","
	"\"report.read\"",
	"\"alert.read\",\"alert.triage\",\"event.read\",\"agent.read\",\"policy.read\","
	"\"register.read\",\"register.write\",\"evidence.request\",\"evidence.read\","
	"\"report.read\"",
	"\"alert.read\",\"alert.triage\",\"alert.close\",\"event.read\",\"agent.read\","
	"\"policy.read\",\"register.read\",\"register.write\",\"register.approve\","
	"\"evidence.request\",\"evidence.read\",\"report.read\"",
	"\"alert.read\",\"event.read\",\"evidence.approve\"",
	"\"agent.read\",\"policy.read\",\"policy.write\",\"register.read\",\"report.read\"",
	"\"agent.read\",\"policy.read\",\"policy.publish\",\"register.read\",\"report.read\"",
	"\"agent.read\",\"agent.manage\",\"policy.read\",\"user.manage\",\"export.manage\","
	"\"metrics.read\"",
	"\"audit.read\"",
};

struct fixture {
	struct console console;
	char session[N_ROLES][80]; /* bearer tokens of sessions */
	char token[N_ROLES][80];   /* API tokens with all that the role has */
	char bound[N_ROLES][80];   /* the same of persons who are bound to a group */
	char ended[80];		   /* a session that was closed */
};

static int call(const struct fixture *f, const char *method, const char *path, const char *header,
		const char *body, struct client_reply *reply)
{
	struct weir_buf request _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64 * 1024);
	int fd _cleanup_(weir_closep) = client_tcp(f->console.port);

	assert_true(fd >= 0);
	assert_int_equal(
		weir_buf_printf(&request, "%s %s HTTP/1.1\r\nHost: x\r\n%s", method, path, header),
		0);
	if (strcmp(method, "GET") != 0)
		assert_int_equal(weir_buf_printf(&request, "Content-Length: %zu\r\n",
						 body ? strlen(body) : 0),
				 0);
	assert_int_equal(weir_buf_printf(&request, "\r\n%s", body ? body : ""), 0);
	assert_int_equal(client_exchange(fd, request.data, request.len, reply), 0);
	return reply->status;
}

static int call_as(const struct fixture *f, const char *bearer, const char *method,
		   const char *path, const char *body, json_t **ret)
{
	struct client_reply reply _cleanup_(client_reply_done) = {};
	char header[HEADER_MAX] = "";
	int status;

	if (bearer)
		(void)snprintf(header, sizeof(header), "Authorization: Bearer %s\r\n", bearer);
	status = call(f, method, path, header, body, &reply);
	if (ret)
		*ret = json_loadb(reply.body.data ? reply.body.data : "", reply.body.len, 0, NULL);
	return status;
}

static void copy_member(json_t *object, const char *name, char *text, size_t size)
{
	const char *value = json_string_value(json_object_get(object, name));

	assert_non_null(value);
	(void)snprintf(text, size, "%s", value);
}

static void log_in(const struct fixture *f, const char *name, char session[static 80])
{
	char body[256];
	json_t *answer = NULL;

	(void)snprintf(body, sizeof(body),
		       "{\"name\":\"%s\",\"password\":\"" PASSWORD "\",\"bearer\":true}", name);
	assert_int_equal(call_as(f, NULL, "POST", "/api/v1/login", body, &answer), 200);
	copy_member(answer, "token", session, 80);
	json_decref(answer);
}

static void add_person(const struct fixture *f, unsigned role, bool bound)
{
	char body[256];

	(void)snprintf(body, sizeof(body),
		       "{\"name\":\"%s.%s\",\"password\":\"" PASSWORD "\",\"roles\":[\"%s\"],%s}",
		       role_names[role], bound ? "bound" : "one", role_names[role],
		       bound ? "\"groups\":[\"north\"]" : "\"every_group\":true");
	assert_int_equal(call_as(f, f->console.token, "POST", "/api/v1/users", body, NULL), 201);
}

static void add_token(const struct fixture *f, unsigned role, const char *session,
		      char token[static 80])
{
	char body[512];
	json_t *answer = NULL;

	(void)snprintf(body, sizeof(body),
		       "{\"name\":\"test\",\"permissions\":[%s],\"expires_in\":3600}",
		       scopes[role]);
	assert_int_equal(call_as(f, session, "POST", "/api/v1/tokens", body, &answer), 201);
	copy_member(answer, "secret", token, 80);
	json_decref(answer);
}

static void add_role(struct fixture *f, unsigned role)
{
	char name[64];

	add_person(f, role, false);
	(void)snprintf(name, sizeof(name), "%s.one", role_names[role]);
	log_in(f, name, f->session[role]);
	add_token(f, role, f->session[role], f->token[role]);
}

static void add_bound_role(struct fixture *f, unsigned role)
{
	char name[64], session[80];

	add_person(f, role, true);
	(void)snprintf(name, sizeof(name), "%s.bound", role_names[role]);
	log_in(f, name, session);
	add_token(f, role, session, f->bound[role]);
}

static int setup(void **state)
{
	static struct fixture fixture;

	if (console_init(&fixture.console) < 0 || console_start(&fixture.console, program) < 0)
		return -1;
	for (unsigned i = 0; i < N_ROLES; i++)
		add_role(&fixture, i);
	for (unsigned i = 0; i < N_ROLES; i++)
		add_bound_role(&fixture, i);
	log_in(&fixture, "viewer.one", fixture.ended);
	assert_int_equal(call_as(&fixture, fixture.ended, "POST", "/api/v1/logout", NULL, NULL),
			 200);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	console_done(&((struct fixture *)*state)->console);
	return 0;
}

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
	assert_int_equal(process_run((const char *const[]){program, "routes", NULL}, &result), 0);
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

static void try_call(const struct fixture *f, const struct row *row, const char *bearer,
		     const char *who, bool may, int refusal)
{
	char path[96];
	int status;

	example(row->path, path, sizeof(path));
	status = call_as(f, bearer, row->method, path, NULL, NULL);
	if (may ? status == 401 || status == 403 || status == 0 : status != refusal)
		fail_msg("%s %s as %s: %d", row->method, row->path, who, status);
}

static void calls__are_allowed_and_denied(void **state)
{
	const struct fixture *f = *state;
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
		for (unsigned role = 0; role < N_ROLES; role++) {
			bool may = public || all || names(row->who, role_names[role]);

			try_call(f, row, f->token[role], role_names[role], may, 403);
			try_call(f, row, f->bound[role], role_names[role],
				 may && !names(row->who, "whole-fleet"), 403);
		}
	}
}

static int make_enrolment(const struct fixture *f, const char *bearer, const char *group,
			  char id[static 80])
{
	json_t *answer = NULL;
	char body[128];
	int status;

	(void)snprintf(body, sizeof(body), "{\"group\":\"%s\",\"max_uses\":1,\"ttl_s\":60}", group);
	status = call_as(f, bearer, "POST", "/api/v1/enrollment-tokens", body, &answer);
	if (status == 201)
		copy_member(json_object_get(answer, "enrollment_token"), "id", id, 80);
	json_decref(answer);
	return status;
}

static size_t count_enrolments(const struct fixture *f, const char *bearer)
{
	json_t *answer = NULL;
	size_t n;

	assert_int_equal(
		call_as(f, bearer, "GET", "/api/v1/enrollment-tokens?limit=100", NULL, &answer),
		200);
	n = json_array_size(json_object_get(answer, "enrollment_tokens"));
	json_decref(answer);
	return n;
}

/* Who manages endpoints of some groups brings in endpoints of those. */
static void enrolments__are_of_ones_groups(void **state)
{
	const struct fixture *f = *state;
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
		assert_int_equal(call_as(f, bound, "DELETE", path, NULL, NULL), i == 1 ? 404 : 200);
	}
	assert_int_equal(call_as(f, all, "DELETE", "/api/v1/enrollment-tokens/999", NULL, NULL),
			 404);
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
	const struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		int status = call_as(f, f->token[0], "GET", paths[i], NULL, NULL);

		assert_int_equal(call_as(f, NULL, "GET", paths[i], NULL, NULL), 401);
		assert_true(status == 404 || status == 400);
	}
}

static void people__an_administrator_gets_no_content(void **state)
{
	const struct fixture *f = *state;
	const char *const admin = f->session[6];
	json_t *answer = NULL;
	const char *code;

	/* not by a token, not by a role of their own, not by one more role */
	assert_int_equal(call_as(f, admin, "POST", "/api/v1/tokens",
				 "{\"name\":\"x\",\"permissions\":[\"alert.read\"],"
				 "\"expires_in\":60}",
				 NULL),
			 403);
	assert_int_equal(
		call_as(f, admin, "POST", "/api/v1/users/7", "{\"roles\":[\"viewer\"]}", &answer),
		403);
	code = json_string_value(json_object_get(json_object_get(answer, "error"), "code"));
	assert_string_equal(code, "forbidden");
	json_decref(answer);
	assert_int_equal(call_as(f, f->console.token, "POST", "/api/v1/users/7",
				 "{\"roles\":[\"administrator\",\"viewer\"]}", NULL),
			 400);
	assert_int_equal(call_as(f, admin, "GET", "/api/v1/alerts", NULL, NULL), 403);
	assert_int_equal(call_as(f, admin, "GET", "/api/v1/events", NULL, NULL), 403);
}

static void people__another_ones_token_is_out_of_reach(void **state)
{
	const struct fixture *f = *state;
	json_t *answer = NULL, *tokens;
	char path[64];

	assert_int_equal(call_as(f, f->session[1], "GET", "/api/v1/tokens", NULL, &answer), 200);
	tokens = json_object_get(answer, "tokens");
	assert_int_equal(json_array_size(tokens), 1);
	(void)snprintf(path, sizeof(path), "/api/v1/tokens/%d",
		       (int)json_integer_value(json_object_get(json_array_get(tokens, 0), "id")));
	assert_null(json_object_get(json_array_get(tokens, 0), "secret"));
	json_decref(answer);
	assert_int_equal(call_as(f, f->session[0], "DELETE", path, NULL, NULL), 404);
	assert_int_equal(call_as(f, f->session[0], "GET", "/api/v1/tokens?user=2", NULL, NULL),
			 403);
	assert_int_equal(call_as(f, f->token[1], "GET", "/api/v1/whoami", NULL, NULL), 200);
	/* a token makes none and sets no password */
	assert_int_equal(call_as(f, f->token[1], "POST", "/api/v1/tokens",
				 "{\"name\":\"x\",\"permissions\":[\"alert.read\"],"
				 "\"expires_in\":60}",
				 NULL),
			 403);
	assert_int_equal(call_as(f, f->token[1], "POST", "/api/v1/password",
				 "{\"old\":\"" PASSWORD "\",\"password\":\"another good one\"}",
				 NULL),
			 403);
}

/* A browser's cookie reads; it changes nothing without what only our own page knows. */
static void people__a_cookie_alone_changes_nothing(void **state)
{
	const struct fixture *f = *state;
	struct client_reply reply _cleanup_(client_reply_done) = {};
	char session[80], csrf[80], header[HEADER_MAX];
	const char *p;
	json_t *answer;
	struct client_reply more[5] = {};

	assert_int_equal(call(f, "POST", "/api/v1/login", "",
			      "{\"name\":\"viewer.one\",\"password\":\"" PASSWORD "\"}", &reply),
			 200);
	p = strstr(reply.head.data, "\r\nSet-Cookie: __Host-weir=weirs_");
	assert_non_null(p);
	assert_non_null(strstr(p, "; Path=/; Secure; HttpOnly; SameSite=Strict\r\n"));
	p += strlen("\r\nSet-Cookie: __Host-weir=");
	(void)snprintf(session, sizeof(session), "%.*s", (int)strcspn(p, ";"), p);
	assert_null(strstr(reply.body.data, session));
	answer = json_loads(reply.body.data, 0, NULL);
	copy_member(answer, "csrf", csrf, sizeof(csrf));
	json_decref(answer);
	(void)snprintf(header, sizeof(header), "Cookie: a=b; __Host-weir=%s; c=d\r\n", session);
	assert_int_equal(call(f, "GET", "/api/v1/whoami", header, NULL, &more[0]), 200);
	assert_non_null(strstr(more[0].body.data, csrf));
	assert_int_equal(call(f, "POST", "/api/v1/logout", header, NULL, &more[1]), 403);
	assert_non_null(strstr(more[1].body.data, "\"csrf\""));
	(void)snprintf(header, sizeof(header), "Cookie: __Host-weir=%s\r\nX-CSRF-Token: %.63s0\r\n",
		       session, csrf);
	if (csrf[63] != '0')
		assert_int_equal(call(f, "POST", "/api/v1/logout", header, NULL, &more[2]), 403);
	(void)snprintf(header, sizeof(header), "Cookie: __Host-weir=%s\r\nX-CSRF-Token: %s\r\n",
		       session, csrf);
	assert_int_equal(call(f, "POST", "/api/v1/logout", header, NULL, &more[3]), 200);
	assert_non_null(strstr(more[3].head.data, "Max-Age=0"));
	/* played once more */
	assert_int_equal(call(f, "GET", "/api/v1/whoami", header, NULL, &more[4]), 401);
	for (size_t i = 0; i < ARRAY_SIZE(more); i++)
		client_reply_done(&more[i]);
}

static void people__hostile_texts_are_texts(void **state)
{
	static const struct {
		const char *method, *path, *body;
		int status;
	} cases[] = {
		{"POST", "/api/v1/users",
		 "{\"name\":\"x'); DROP TABLE person; --\",\"roles\":"
		 "[\"viewer\"]}",
		 400},
		{"POST", "/api/v1/users",
		 "{\"name\":\"a\\r\\nSet-Cookie: x=y\",\"roles\":"
		 "[\"viewer\"]}",
		 400},
		{"POST", "/api/v1/users", "{\"name\":\"nul\\u0000\",\"roles\":[\"viewer\"]}", 400},
		{"POST", "/api/v1/users", "{\"name\":\"x\",\"roles\":[\"root\"]}", 400},
		{"POST", "/api/v1/users", "{\"name\":\"x\",\"name\":\"y\",\"roles\":[\"viewer\"]}",
		 400},
		{"POST", "/api/v1/users", "{\"name\":\"x\",\"roles\":[\"viewer\"],\"id\":1}", 400},
		{"POST", "/api/v1/users", "[]", 400},
		{"POST", "/api/v1/users", "{", 400},
		{"POST", "/api/v1/users", "", 400},
		{"GET", "/api/v1/users/1%20OR%201=1", NULL, 400},
		{"GET", "/api/v1/users/-1", NULL, 400},
		{"GET", "/api/v1/users/99999999999999999999", NULL, 400},
		{"GET", "/api/v1/users?limit=1;DROP", NULL, 400},
		{"GET", "/api/v1/audit?after=1", NULL, 400},
		{"GET", "/api/v1/audit?user=2", NULL, 400},
		{"GET", "/api/v1/users/99999999", NULL, 404},
		{"DELETE", "/api/v1/tokens/99999999", NULL, 404},
	};
	const struct fixture *f = *state;
	json_t *answer = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int status = call_as(f, f->console.token, cases[i].method, cases[i].path,
				     cases[i].body, NULL);

		if (status != cases[i].status)
			fail_msg("%s %s %s: %d", cases[i].method, cases[i].path, cases[i].body,
				 status);
	}
	assert_int_equal(call_as(f, NULL, "POST", "/api/v1/login",
				 "{\"name\":\"' OR 1=1 --\",\"password\":\"' OR 1=1 --\"}", NULL),
			 401);
	assert_int_equal(call_as(f, f->console.token, "GET", "/api/v1/users", NULL, &answer), 200);
	assert_int_equal(json_array_size(json_object_get(answer, "users")), 2 * N_ROLES);
	json_decref(answer);
}

/* Who was refused, what was done, and by whom is in the log, and the log is whole. */
static void people__what_happened_is_told(void **state)
{
	static const char *const wanted[] = {
		"user.add",  "session.open", "session.close",
		"token.add", "call.refuse",  "session.refuse",
	};
	const struct fixture *f = *state;
	char path[96];
	json_t *answer = NULL;
	long long after = 0;
	unsigned seen = 0;
	uint64_t sequence = 0;
	char before[80] = "0000000000000000000000000000000000000000000000000000000000000000";

	do {
		json_t *entries;
		const char *next;

		(void)snprintf(path, sizeof(path), "/api/v1/audit?order=oldest&limit=50&after=%lld",
			       after);
		assert_int_equal(call_as(f, f->token[7], "GET", path, NULL, &answer), 200);
		entries = json_object_get(answer, "entries");
		for (size_t i = 0; i < json_array_size(entries); i++) {
			json_t *entry = json_array_get(entries, i);
			const char *action = json_string_value(json_object_get(entry, "action"));

			assert_int_equal(json_integer_value(json_object_get(entry, "sequence")),
					 ++sequence);
			assert_string_equal(json_string_value(json_object_get(entry, "before")),
					    before);
			copy_member(entry, "hash", before, sizeof(before));
			assert_null(strstr(json_string_value(json_object_get(entry, "detail")),
					   PASSWORD));
			for (size_t j = 0; j < ARRAY_SIZE(wanted); j++)
				if (strcmp(action, wanted[j]) == 0)
					seen |= 1u << j;
		}
		next = json_string_value(json_object_get(answer, "next_after"));
		after = next ? strtoll(next, NULL, 10) : 0;
		json_decref(answer);
	} while (after);
	assert_int_equal(seen, (1u << ARRAY_SIZE(wanted)) - 1);
}

/* weirctl by the one with this token; its output in *result. */
static int run_weirctl(const struct fixture *f, const char *token, const char *const *words,
		       struct process_result *result)
{
	static const char weirctl[] = WEIR_TEST_BIN "/weirctl";
	const char *argv[12] = {weirctl};
	char address[64], file[128], line[96];

	(void)snprintf(address, sizeof(address), "http://127.0.0.1:%u", f->console.port);
	(void)snprintf(file, sizeof(file), "%s/bearer", f->console.dir);
	(void)snprintf(line, sizeof(line), "%s\n", token);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, file, line, strlen(line), 0600), 0);
	setenv("WEIR_CONSOLE", address, 1);
	setenv("WEIR_TOKEN_FILE", file, 1);
	setenv("XDG_CONFIG_HOME", f->console.dir, 1);
	for (size_t i = 0; words[i]; i++)
		argv[i + 1] = words[i];
	assert_int_equal(process_run(argv, result), 0);
	return result->status;
}

#define WEIRCTL(f, token, result, ...) \
	run_weirctl(f, token, (const char *const[]){__VA_ARGS__, NULL}, result)

static int verify_export(const struct fixture *f, const char *data, size_t len, const char *words)
{
	struct process_result result _cleanup_(process_result_done) = {};
	char file[128], key[128];

	(void)snprintf(file, sizeof(file), "%s/export", f->console.dir);
	(void)snprintf(key, sizeof(key), "%s/audit.pub", f->console.state);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, file, data, len, 0600), 0);
	(void)WEIRCTL(f, f->token[7], &result, "audit", "verify", "--file", file, "--key", key);
	if (!strstr(result.status ? result.err.data : result.out.data, words))
		fail_msg("not told: %s", words);
	return result.status;
}

/* On the console and away from it; and what was changed in an export is found. */
static void audit__is_verified_by_weirctl(void **state)
{
	struct fixture *f = *state;
	struct process_result online _cleanup_(process_result_done) = {};
	struct process_result refused _cleanup_(process_result_done) = {};
	struct process_result export _cleanup_(process_result_done) = {};
	struct process_result tail _cleanup_(process_result_done) = {};
	char *name, *last;

	/* its end puts all so far under a head; tokens outlive it */
	assert_int_equal(console_stop(&f->console, SIGTERM), 0);
	assert_int_equal(console_start(&f->console, program), 0);
	assert_int_equal(WEIRCTL(f, f->token[7], &online, "audit", "verify"), 0);
	assert_int_equal(strncmp(online.out.data, "ok\t", 3), 0);
	assert_int_equal(WEIRCTL(f, f->token[6], &refused, "audit", "verify"), 4);
	assert_int_equal(WEIRCTL(f, f->token[7], &tail, "audit", "tail", "--limit", "3"), 0);
	assert_non_null(strstr(tail.out.data, "call.refuse"));
	assert_int_equal(WEIRCTL(f, f->token[7], &export, "audit", "export"), 0);
	assert_int_equal(verify_export(f, export.out.data, export.out.len, "ok\t"), 0);
	name = strstr(export.out.data, "\"actor_name\":\"viewer.one\"");
	assert_non_null(name);
	name += strlen("\"actor_name\":\"");
	*name = 'w';
	assert_int_equal(verify_export(f, export.out.data, export.out.len, "has been changed"), 1);
	*name = 'v';
	/* without the entry before the last */
	last = memrchr(export.out.data, '\n', export.out.len - 1);
	name = memrchr(export.out.data, '\n', (size_t)(last - export.out.data));
	memmove(name, last, export.out.len - (size_t)(last - export.out.data));
	assert_int_equal(verify_export(f, export.out.data, export.out.len - (size_t)(last - name),
				       "is missing"),
			 1);
	/* the head without what it has seen */
	name = memchr(export.out.data, '\n', export.out.len);
	assert_int_equal(verify_export(f, export.out.data, (size_t)(name - export.out.data + 1),
				       "a signed head has seen"),
			 1);
}

static void weirctl__logs_in_and_out(void **state)
{
	const struct fixture *f = *state;
	struct process_result in _cleanup_(process_result_done) = {};
	struct process_result who _cleanup_(process_result_done) = {};
	struct process_result out _cleanup_(process_result_done) = {};
	struct process_result gone _cleanup_(process_result_done) = {};
	char command[512];

	setenv("XDG_CONFIG_HOME", f->console.dir, 1);
	unsetenv("WEIR_CONSOLE");
	unsetenv("WEIR_TOKEN_FILE");
	(void)snprintf(command, sizeof(command),
		       "printf '%%s\n' '" PASSWORD "' | %s/weirctl --console http://127.0.0.1:%u "
		       "login --keep-as here senior.one",
		       WEIR_TEST_BIN, f->console.port);
	assert_int_equal(process_run((const char *const[]){"/bin/sh", "-c", command, NULL}, &in),
			 0);
	assert_int_equal(in.status, 0);
	assert_null(strstr(in.out.data, "weirs_"));
#define HERE(...) \
	(const char *const[]){WEIR_TEST_BIN "/weirctl", "--context", "here", __VA_ARGS__, NULL}
	assert_int_equal(process_run(HERE("whoami"), &who), 0);
	assert_int_equal(who.status, 0);
	assert_non_null(strstr(who.out.data, "senior.one"));
	assert_int_equal(process_run(HERE("logout"), &out), 0);
	assert_int_equal(out.status, 0);
	assert_int_equal(process_run(HERE("whoami"), &gone), 0);
	assert_int_equal(gone.status, 4);
#undef HERE
}

static int add_on_server(const char *const *argv, const char *words)
{
	struct process_result result _cleanup_(process_result_done) = {};

	assert_int_equal(process_run(argv, &result), 0);
	if (words && !strstr(result.err.data ? result.err.data : "", words))
		fail_msg("not told: %s", words);
	return result.status;
}

static void user_add__is_the_first_way_in(void **state)
{
	const struct fixture *f = *state;
	struct console own;
	struct process_result result _cleanup_(process_result_done) = {};
	char command[512];

#define ADD(state, ...) \
	(const char *const[]){program, "user", "add", "--state", state, __VA_ARGS__, NULL}
	assert_int_equal(console_init(&own), 0);
	assert_int_equal(add_on_server(ADD(f->console.state, "--roles", "viewer", "x"),
				       "another weir-console uses"),
			 1);
	assert_int_equal(add_on_server(ADD(own.state, "--roles", "root", "x"), "not known"), 2);
	assert_int_equal(add_on_server(ADD(own.state, "--roles", "viewer"), "one NAME"), 2);
	assert_int_equal(add_on_server(ADD(own.state, "x"), "needed"), 2);
	assert_int_equal(
		add_on_server(ADD(own.state, "--roles", "viewer,auditor", "x"), "do not go"), 1);
	/* standard input is empty */
	assert_int_equal(add_on_server(ADD(own.state, "--roles", "viewer", "--password-stdin", "x"),
				       "no password"),
			 2);
	assert_int_equal(add_on_server(ADD(own.state, "--roles", "viewer", "x"), NULL), 0);
	assert_int_equal(add_on_server(ADD(own.state, "--roles", "viewer", "x"), "of this name"),
			 1);
	(void)snprintf(command, sizeof(command),
		       "echo '" PASSWORD "' | %s user add --state %s --roles administrator "
		       "--password-stdin --totp root",
		       program, own.state);
	assert_int_equal(
		process_run((const char *const[]){"/bin/sh", "-c", command, NULL}, &result), 0);
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out.data, "otpauth://totp/Weir:root?secret="));
	console_done(&own);
#undef ADD
}

/* Entries of refused calls of one person, and how many more they tell of. */
static void count_refusals(const struct fixture *f, const char *name, unsigned *entries,
			   unsigned *counted)
{
	json_t *answer = NULL, *rows;

	*entries = *counted = 0;
	assert_int_equal(call_as(f, f->token[7], "GET", "/api/v1/audit?order=newest&limit=100",
				 NULL, &answer),
			 200);
	rows = json_object_get(answer, "entries");
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		unsigned n = 0;

		if (strcmp(json_string_value(json_object_get(row, "actor_name")), name) != 0 ||
		    strcmp(json_string_value(json_object_get(row, "action")), "call.refuse") != 0)
			continue;
		if (sscanf(json_string_value(json_object_get(row, "detail")), "{\"count\":%u}",
			   &n) == 1)
			*counted += n;
		else
			++*entries;
	}
	json_decref(answer);
}

/* Whoever knocks all the time doesn't fill the log, and how often it was is in it. */
static void people__refusals_are_bounded(void **state)
{
	struct fixture *f = *state;
	char session[80];
	unsigned entries, counted;

	assert_int_equal(call_as(f, f->console.token, "POST", "/api/v1/users",
				 "{\"name\":\"guest\",\"password\":\"" PASSWORD
				 "\",\"roles\":[\"viewer\"]}",
				 NULL),
			 201);
	log_in(f, "guest", session);
	for (int i = 0; i < 60; i++)
		assert_int_equal(call_as(f, session, "GET", "/api/v1/audit", NULL, NULL), 403);
	count_refusals(f, "guest", &entries, &counted);
	assert_in_range(entries, 10, 40); /* ten a minute, on however slow a machine */
	/* its end writes what was only counted */
	assert_int_equal(console_stop(&f->console, SIGTERM), 0);
	assert_int_equal(console_start(&f->console, program), 0);
	count_refusals(f, "guest", &entries, &counted);
	assert_int_equal(entries + counted, 60);
	assert_true(counted > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls__are_all_told),
		cmocka_unit_test(calls__are_allowed_and_denied),
		cmocka_unit_test(enrolments__are_of_ones_groups),
		cmocka_unit_test(calls__elsewhere_is_nothing),
		cmocka_unit_test(people__an_administrator_gets_no_content),
		cmocka_unit_test(people__another_ones_token_is_out_of_reach),
		cmocka_unit_test(people__a_cookie_alone_changes_nothing),
		cmocka_unit_test(people__hostile_texts_are_texts),
		cmocka_unit_test(people__what_happened_is_told),
		cmocka_unit_test(audit__is_verified_by_weirctl),
		cmocka_unit_test(weirctl__logs_in_and_out),
		cmocka_unit_test(user_add__is_the_first_way_in),
		cmocka_unit_test(people__refusals_are_bounded),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
