/* SPDX-License-Identifier: Apache-2.0 */
/* An endpoint's identity as it grows old, and policies that are fetched: the heartbeat of weir-sync
 * against a real console behind TLS. The endpoint's clock is the test's; the console's is moved by
 * making what it has issued older. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "client.h"
#include "process.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/console_client/heartbeat.h"
#include "weir/dsse/envelope.h"
#include "weir/dsse/status.h"

#define DAY_S	   UINT64_C(86400)
#define DUE_S	   (21 * DAY_S) /* behind two thirds of thirty days */
#define PATIENCE_S 90
#define LARGE	   (100 * 1024) /* more than an answer holds */

/* The console, and what stands in for nginx. */
struct place {
	struct console console;
	pid_t tls;
	char base[64];
	uint8_t n_endpoints;
};

struct endpoint {
	struct weir_endpoint self;
	char dir[128]; /* of the identity, and the agent's folder */
	uint32_t starts;
	uint64_t skipped_ns; /* of waiting that was left out */
	struct weir_heartbeat *heartbeat;
};

static struct place place; /* of the whole program */

static void wait_file(const char *path)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};

	for (int i = 0; i < PATIENCE_S * 100 && access(path, F_OK) < 0; i++)
		nanosleep(&pause, NULL);
	assert_int_equal(access(path, F_OK), 0);
}

static void start_tls(void)
{
	struct weir_buf port _cleanup_(weir_buf_done) = WEIR_BUF_INIT(16);
	char files[4][128];
	const char *const argv[] = {"/usr/bin/setpriv",
				    "--pdeathsig",
				    "KILL",
				    "python3",
				    WEIR_TEST_SOURCE "/tls.py",
				    files[0],
				    files[1],
				    place.console.socket,
				    files[2],
				    files[3],
				    NULL};

	(void)snprintf(files[0], sizeof(files[0]), "%s/server.pem", place.console.state);
	(void)snprintf(files[1], sizeof(files[1]), "%s/server.key", place.console.state);
	(void)snprintf(files[2], sizeof(files[2]), "%s/tls.port", place.console.dir);
	(void)snprintf(files[3], sizeof(files[3]), "%s/ca.pem", place.console.state);
	assert_int_equal(posix_spawn(&place.tls, argv[0], NULL, NULL, (char *const *)argv, environ),
			 0);
	wait_file(files[2]);
	assert_int_equal(weir_read_file(AT_FDCWD, files[2], &port), 0);
	(void)snprintf(place.base, sizeof(place.base), "https://127.0.0.1:%s", port.data);
}

/* A token for one endpoint of the group. */
static void make_token(const char *group, char token[static 160])
{
	struct client_reply reply _cleanup_(client_reply_done) = {};
	int fd _cleanup_(weir_closep) = client_unix(place.console.socket);
	const char *found;
	char body[128], text[512];

	assert_true(fd >= 0);
	(void)snprintf(body, sizeof(body), "{\"group\":\"%s\",\"max_uses\":1,\"ttl_s\":3600}",
		       group);
	(void)snprintf(text, sizeof(text),
		       "POST /api/v1/enrollment-tokens HTTP/1.1\r\nHost: x\r\n"
		       "Authorization: Bearer %s\r\nContent-Length: %zu\r\n\r\n%s",
		       place.console.token, strlen(body), body);
	assert_int_equal(client_exchange(fd, text, strlen(text), &reply), 0);
	assert_int_equal(reply.status, 201);
	found = strstr(reply.body.data, "weir-enroll.");
	assert_non_null(found);
	(void)snprintf(token, 160, "%.*s", (int)strcspn(found, "\""), found);
}

/* Runs the statement on the console's database with the blob as ?1; the first number of the answer, or
 * how many rows were changed. */
static int64_t ask_with(const char *sql, const void *blob, size_t len)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	char path[128];
	int64_t number = 0;
	int r;

	(void)snprintf(path, sizeof(path), "%s/console.db", place.console.state);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	sqlite3_busy_timeout(db, PATIENCE_S * 1000);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	sqlite3_bind_blob(st, 1, blob, (int)len, SQLITE_STATIC);
	r = sqlite3_step(st);
	if (r == SQLITE_ROW)
		number = sqlite3_column_int64(st, 0);
	else
		number = sqlite3_changes(db);
	assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
	sqlite3_close(db);
	return number;
}

static int64_t ask(const struct endpoint *endpoint, const char *sql)
{
	return ask_with(sql, endpoint->self.uid, WEIR_UID_LEN);
}

static int64_t certificates(const struct endpoint *endpoint)
{
	return ask(endpoint, "SELECT count(*) FROM fleet_certificates WHERE uid = ?1");
}

/* As if its certificates had been issued twenty days ago: the console declines before half the time. */
static void age(const struct endpoint *endpoint)
{
	assert_true(ask(endpoint, "UPDATE fleet_certificates SET issued_ns = issued_ns - "
				  "1728000000000000, expires_ns = expires_ns - 1728000000000000 "
				  "WHERE uid = ?1 AND expires_ns > 1000000000 * "
				  "(strftime('%s', 'now') + 1728000)") > 0);
}

static const char *path_of(const struct endpoint *endpoint, const char *name)
{
	static char path[200];

	(void)snprintf(path, sizeof(path), "%s/%s", endpoint->dir, name);
	return path;
}

static bool has(const struct endpoint *endpoint, const char *name)
{
	return access(path_of(endpoint, name), F_OK) == 0;
}

static struct weir_buf contents(const struct endpoint *endpoint, const char *name)
{
	struct weir_buf text = WEIR_BUF_INIT(2 * LARGE);

	assert_int_equal(weir_read_file(AT_FDCWD, path_of(endpoint, name), &text), 0);
	return text;
}

static void assert_same(const struct endpoint *endpoint, const char *name,
			const struct weir_buf *wanted, bool same)
{
	struct weir_buf text _cleanup_(weir_buf_done) = contents(endpoint, name);

	assert_int_equal(text.len == wanted->len && memcmp(text.data, wanted->data, text.len) == 0,
			 same);
}

/* weir-sync starts again. */
static void start(struct endpoint *endpoint)
{
	const struct weir_heartbeat_options options = {
		.base = place.base,
		.dir = endpoint->dir,
		.state = endpoint->dir,
		.endpoint = &endpoint->self,
		.start = ++endpoint->starts << 8,
	};
	struct weir_error err = {};

	weir_heartbeat_free(TAKE_PTR(endpoint->heartbeat));
	if (weir_heartbeat_new(&options, &err, &endpoint->heartbeat) < 0)
		fail_msg("%s", err.text);
}

/* One message; whatever there is to wait for is over. The endpoint's clock is ahead by so much. */
static void step(struct endpoint *endpoint, uint64_t ahead_s)
{
	uint64_t wait_ns = 0;

	assert_int_equal(weir_heartbeat_step(
				 endpoint->heartbeat, weir_now_monotonic() + endpoint->skipped_ns,
				 weir_now_realtime() / WEIR_NSEC_PER_SEC + ahead_s, 7, &wait_ns),
			 0);
	endpoint->skipped_ns += 3600 * WEIR_NSEC_PER_SEC;
}

static void assert_problem(const struct endpoint *endpoint, const char *words)
{
	const char *problem = weir_heartbeat_problem(endpoint->heartbeat);

	if (*words ? !strstr(problem, words) : *problem)
		fail_msg("\"%s\" instead of \"%s\"", problem, words);
}

static int setup_in(const char *group, void **state)
{
	struct endpoint *endpoint = calloc(1, sizeof(*endpoint));
	struct weir_enroll_options options = {.base = place.base};
	struct weir_error err = {};
	char token[160];

	assert_non_null(endpoint);
	endpoint->self = (struct weir_endpoint){.host = "ws", .version = "0.1.0", .hardware = ""};
	memset(endpoint->self.uid, ++place.n_endpoints, WEIR_UID_LEN);
	(void)snprintf(endpoint->dir, sizeof(endpoint->dir), "%s/e%u", place.console.dir,
		       place.n_endpoints);
	options.dir = endpoint->dir;
	options.endpoint = &endpoint->self;
	make_token(group, token);
	if (weir_enroll(&options, token, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(mkdir(path_of(endpoint, WEIR_POLICY_INBOX_DIR), 0700), 0);
	assert_int_equal(certificates(endpoint), 1);
	start(endpoint);
	*state = endpoint;
	return 0;
}

static int setup(void **state)
{
	return setup_in("g", state);
}

static int setup_fine(void **state)
{
	return setup_in("fine", state);
}

static int setup_wrong(void **state)
{
	return setup_in("wrong", state);
}

static int teardown(void **state)
{
	struct endpoint *endpoint = *state;

	weir_heartbeat_free(endpoint->heartbeat);
	free(endpoint);
	return 0;
}

/* The candidate is there, and the old identity as it was. */
static void get_candidate(struct endpoint *endpoint)
{
	struct weir_buf before _cleanup_(weir_buf_done) = contents(endpoint, WEIR_IDENTITY_CLIENT);
	const int64_t n = certificates(endpoint);
	struct stat st;

	age(endpoint);
	step(endpoint, DUE_S);
	assert_problem(endpoint, "");
	assert_int_equal(certificates(endpoint), n + 1);
	assert_int_equal(stat(path_of(endpoint, WEIR_IDENTITY_NEXT), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_same(endpoint, WEIR_IDENTITY_CLIENT, &before, true);
	assert_same(endpoint, WEIR_IDENTITY_NEXT, &before, false);
}

static void revoke_one(const struct endpoint *endpoint, const char *which)
{
	char sql[300];

	(void)snprintf(sql, sizeof(sql),
		       "UPDATE fleet_certificates SET state = 3 WHERE serial = (SELECT serial FROM "
		       "fleet_certificates WHERE uid = ?1 ORDER BY issued_ns %s LIMIT 1)",
		       which);
	assert_int_equal(ask(endpoint, sql), 1);
}

static void renewal__is_tried_before_it_replaces(void **state)
{
	struct endpoint *endpoint = *state;
	struct weir_buf next _cleanup_(weir_buf_done) = WEIR_BUF_INIT(0);

	get_candidate(endpoint);
	next = contents(endpoint, WEIR_IDENTITY_NEXT);
	step(endpoint, DUE_S);
	assert_problem(endpoint, "");
	assert_false(has(endpoint, WEIR_IDENTITY_NEXT));
	assert_same(endpoint, WEIR_IDENTITY_CLIENT, &next, true);
	/* and it is what the endpoint shows from then on */
	revoke_one(endpoint, "ASC");
	start(endpoint);
	step(endpoint, 0);
	assert_problem(endpoint, "");
	assert_int_equal(certificates(endpoint), 2);
	revoke_one(endpoint, "DESC");
	start(endpoint);
	step(endpoint, 0);
	assert_problem(endpoint, "401");
}

static void renewal__waits_for_its_time(void **state)
{
	struct endpoint *endpoint = *state;

	age(endpoint);
	step(endpoint, 15 * DAY_S);
	assert_problem(endpoint, "");
	assert_int_equal(certificates(endpoint), 1);
	assert_false(has(endpoint, WEIR_IDENTITY_NEXT));
}

/* An endpoint whose clock is ahead, or whose key was stolen, gets none before half the time. */
static void renewal__is_declined_too_early(void **state)
{
	struct endpoint *endpoint = *state;

	step(endpoint, DUE_S);
	assert_problem(endpoint, "");
	assert_int_equal(certificates(endpoint), 1);
	assert_false(has(endpoint, WEIR_IDENTITY_NEXT));
}

/* Who keeps asking with a key gets no store of certificates, and the endpoint beats on without. */
static void renewal__is_bounded_by_the_day(void **state)
{
	struct endpoint *endpoint = *state;
	static const char entries[] =
		"SELECT count(*) FROM audit_entry WHERE action = 'call.refuse' AND actor_name = "
		"'endpoint' AND via = 'certificate' AND object LIKE 'renewals of endpoint %'";

	age(endpoint);
	for (int i = 0; i < 8; i++) {
		start(endpoint);
		step(endpoint, DUE_S);
		assert_problem(endpoint, "");
		assert_int_equal(certificates(endpoint), 2 + i);
	}
	assert_int_equal(ask(endpoint, entries), 0);
	start(endpoint);
	step(endpoint, DUE_S);
	assert_problem(endpoint, "429");
	assert_int_equal(certificates(endpoint), 9);
	assert_false(has(endpoint, WEIR_IDENTITY_NEXT));
	assert_int_equal(ask(endpoint, entries), 1);
	step(endpoint, DUE_S + 60);
	assert_problem(endpoint, "");
	assert_int_equal(certificates(endpoint), 9);
	/* a day later */
	assert_int_equal(ask(endpoint,
			     "UPDATE fleet_certificates SET issued_ns = issued_ns - 86400000000000 "
			     "WHERE uid = ?1 AND token = 0"),
			 8);
	start(endpoint);
	step(endpoint, DUE_S);
	assert_problem(endpoint, "");
	assert_true(has(endpoint, WEIR_IDENTITY_NEXT));
}

static void candidate__that_fails_three_times_is_thrown_away(void **state)
{
	struct endpoint *endpoint = *state;
	struct weir_buf before _cleanup_(weir_buf_done) = contents(endpoint, WEIR_IDENTITY_CLIENT);

	get_candidate(endpoint);
	revoke_one(endpoint, "DESC");
	for (int i = 0; i < 3; i++) {
		assert_true(has(endpoint, WEIR_IDENTITY_NEXT));
		step(endpoint, DUE_S);
		assert_problem(endpoint, "401");
	}
	assert_false(has(endpoint, WEIR_IDENTITY_NEXT));
	assert_same(endpoint, WEIR_IDENTITY_CLIENT, &before, true);
	/* with the old one it goes on, and asks again in an hour */
	step(endpoint, DUE_S + 60);
	assert_problem(endpoint, "");
	assert_int_equal(certificates(endpoint), 2);
	step(endpoint, DUE_S + 3700);
	assert_problem(endpoint, "");
	assert_int_equal(certificates(endpoint), 3);
	assert_true(has(endpoint, WEIR_IDENTITY_NEXT));
	step(endpoint, DUE_S + 3700);
	assert_problem(endpoint, "");
	assert_false(has(endpoint, WEIR_IDENTITY_NEXT));
	assert_same(endpoint, WEIR_IDENTITY_CLIENT, &before, false);
}

static void candidate__is_asked_for_again_after_a_restart(void **state)
{
	struct endpoint *endpoint = *state;
	struct weir_buf before _cleanup_(weir_buf_done) = contents(endpoint, WEIR_IDENTITY_CLIENT);

	get_candidate(endpoint);
	start(endpoint);
	assert_false(has(endpoint, WEIR_IDENTITY_NEXT));
	assert_same(endpoint, WEIR_IDENTITY_CLIENT, &before, true);
	get_candidate(endpoint);
	step(endpoint, DUE_S);
	assert_problem(endpoint, "");
	assert_int_equal(certificates(endpoint), 3);
	assert_false(has(endpoint, WEIR_IDENTITY_NEXT));
	assert_same(endpoint, WEIR_IDENTITY_CLIENT, &before, false);
}

/* LARGE bytes. */
static struct weir_buf large(char fill)
{
	struct weir_buf envelope = WEIR_BUF_INIT(LARGE);

	assert_int_equal(weir_buf_reserve(&envelope, LARGE), 0);
	memset(envelope.data, fill, LARGE);
	envelope.len = LARGE;
	return envelope;
}

/* What is published for a group: signatures are the agent's to judge. */
static void publish(const char *group, unsigned revision, char fill)
{
	struct weir_buf envelope _cleanup_(weir_buf_done) = large(fill);
	uint8_t hash[WEIR_SHA256_LEN];
	char sql[700];

	(void)snprintf(sql, sizeof(sql),
		       "INSERT INTO policy_version (revision, state, group_name, note, min_agent, "
		       "source, cases, rendered, payload, envelope, not_before_s, expires_s, "
		       "author, author_name, created_ns, publisher, publisher_name, published_ns, "
		       "rollout, seed, ring, ring_since_ns, soak_s, reason) VALUES (%u, 1, '%s', "
		       "'', '', '', '', '', x'', ?1, 0, 9999999999, 1, 'a', 1, 2, 'b', 1, "
		       "3, zeroblob(16), 3, 1, 0, '')",
		       revision, group);
	assert_int_equal(ask_with(sql, envelope.data, envelope.len), 1);
	assert_int_equal(weir_sha256(envelope.data, envelope.len, hash), 0);
	(void)snprintf(sql, sizeof(sql), "UPDATE policy_version SET hash = ?1 WHERE revision = %u",
		       revision);
	assert_int_equal(ask_with(sql, hash, sizeof(hash)), 1);
}

/* Other bytes under the hash that is offered. */
static void exchange(unsigned revision, const struct weir_buf *envelope)
{
	char sql[128];

	(void)snprintf(sql, sizeof(sql),
		       "UPDATE policy_version SET envelope = ?1 WHERE revision = %u", revision);
	assert_int_equal(ask_with(sql, envelope->data, envelope->len), 1);
}

#define INBOX WEIR_POLICY_INBOX_DIR "/" WEIR_POLICY_INBOX_FILE

static void policy__too_large_for_an_answer_is_fetched(void **state)
{
	struct endpoint *endpoint = *state;
	struct weir_buf wanted _cleanup_(weir_buf_done) = large('1');
	struct stat st;

	step(endpoint, 0);
	assert_problem(endpoint, "");
	assert_same(endpoint, INBOX, &wanted, true);
	assert_int_equal(stat(path_of(endpoint, INBOX), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

static void policy__with_another_hash_is_refused(void **state)
{
	struct endpoint *endpoint = *state;
	struct weir_buf bytes _cleanup_(weir_buf_done) = large('2');

	bytes.data[LARGE / 2] ^= 1;
	exchange(102, &bytes);
	step(endpoint, 0);
	assert_problem(endpoint, "cannot bring the policy that the console offers");
	assert_false(has(endpoint, INBOX));
	/* it is offered until it has come */
	bytes.data[LARGE / 2] ^= 1;
	exchange(102, &bytes);
	step(endpoint, 0);
	assert_problem(endpoint, "");
	assert_same(endpoint, INBOX, &bytes, true);
}

/* A call of somebody with the bearer token; the status. */
static int post_as(const char *bearer, const char *target, const char *body,
		   struct client_reply *reply)
{
	int fd _cleanup_(weir_closep) = client_unix(place.console.socket);
	char text[1024];

	assert_true(fd >= 0);
	(void)snprintf(text, sizeof(text),
		       "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
		       "Content-Length: %zu\r\n\r\n%s",
		       target, bearer, strlen(body), body);
	assert_int_equal(client_exchange(fd, text, strlen(text), reply), 0);
	return reply->status;
}

/* An administrator of one group logs in. */
static void come_as(const char *name, const char *group, char session[static 80])
{
	struct client_reply made _cleanup_(client_reply_done) = {},
				 reply _cleanup_(client_reply_done) = {};
	const char *found;
	char body[256];

	(void)snprintf(body, sizeof(body),
		       "{\"name\":\"%s\",\"password\":\"correct horse battery\","
		       "\"roles\":[\"administrator\"],\"groups\":[\"%s\"]}",
		       name, group);
	assert_int_equal(post_as(place.console.token, "/api/v1/users", body, &made), 201);
	(void)snprintf(body, sizeof(body),
		       "{\"name\":\"%s\",\"password\":\"correct horse battery\",\"bearer\":true}",
		       name);
	assert_int_equal(post_as("", "/api/v1/login", body, &reply), 200);
	found = strstr(reply.body.data, "weirs_");
	assert_non_null(found);
	(void)snprintf(session, 80, "%.*s", (int)strcspn(found, "\""), found);
}

static int revoke_as(const struct endpoint *endpoint, const char *session)
{
	struct client_reply reply _cleanup_(client_reply_done) = {};
	char target[96], uid[WEIR_UID_TEXT];

	weir_uid_format(endpoint->self.uid, uid);
	(void)snprintf(target, sizeof(target), "/api/v1/endpoints/%s/revoke", uid);
	return post_as(session, target, "{\"reason\":\"stolen\"}", &reply);
}

/* For one who manages other groups' endpoints there is no such endpoint. */
static void endpoints__are_managed_by_those_of_their_group(void **state)
{
	struct endpoint *endpoint = *state;
	char others[80], own[80];

	come_as("admin.south", "south", others);
	come_as("admin.g", "g", own);
	assert_int_equal(revoke_as(endpoint, others), 404);
	step(endpoint, 0);
	assert_problem(endpoint, "");
	assert_int_equal(revoke_as(endpoint, own), 200);
	step(endpoint, 0);
	assert_problem(endpoint, "401");
}

/* GET with the headers that nginx sets; the status. */
static int get(const char *target, const char *headers)
{
	struct client_reply reply _cleanup_(client_reply_done) = {};
	int fd _cleanup_(weir_closep) = client_unix(place.console.socket);
	char text[512];

	assert_true(fd >= 0);
	(void)snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n", target, headers);
	assert_int_equal(client_exchange(fd, text, strlen(text), &reply), 0);
	return reply.status;
}

static int get_policy(const char *hash, const char *headers)
{
	char target[96];

	(void)snprintf(target, sizeof(target), "/v1/policy/%s", hash);
	return get(target, headers);
}

/* Its headers, as nginx sets them for its certificate. */
static void show(const struct endpoint *endpoint, char *headers, size_t size)
{
	char uid[WEIR_UID_TEXT], serial[64], command[300];
	const char *const argv[] = {"/bin/sh", "-c", command, NULL};
	struct process_result result _cleanup_(process_result_done) = {};

	(void)snprintf(command, sizeof(command), "openssl x509 -noout -serial -in '%s'",
		       path_of(endpoint, WEIR_IDENTITY_CLIENT));
	assert_int_equal(process_run(argv, &result), 0);
	assert_int_equal(sscanf(result.out.data, "serial=%63s", serial), 1);
	weir_uid_format(endpoint->self.uid, uid);
	(void)snprintf(headers, size,
		       "X-Client-Verify: SUCCESS\r\nX-Client-Serial: %s\r\nX-Client-DN: CN=%s\r\n",
		       serial, uid);
}

static void policy__is_for_endpoints_in_good_standing(void **state)
{
	static const char zeros[] =
		"0000000000000000000000000000000000000000000000000000000000000000";
	const struct endpoint *endpoint = *state;
	char headers[256];

	show(endpoint, headers, sizeof(headers));
	assert_int_equal(get_policy(zeros, headers), 404);
	assert_int_equal(get_policy("x", headers), 404);
	assert_int_equal(get_policy(zeros + 1, headers), 404);
	assert_int_equal(get("/v1/standing", headers), 204);
	assert_int_equal(get("/v1/standing", ""), 401);
	assert_int_equal(get_policy(zeros, ""), 401);
	assert_int_equal(get_policy(zeros, "X-Client-Verify: NONE\r\n"), 401);
	assert_int_equal(ask(endpoint, "UPDATE fleet_certificates SET state = 2 WHERE uid = ?1"),
			 1);
	assert_int_equal(get_policy(zeros, headers), 403);
	assert_int_equal(get("/v1/standing", headers), 403);
	assert_int_equal(ask(endpoint, "UPDATE fleet_certificates SET state = 3 WHERE uid = ?1"),
			 1);
	assert_int_equal(get("/v1/standing", headers), 401);
}

/* Policies are there before the first endpoint asks, and the console reads them once. */
static int setup_place(void **state)
{
	assert_int_equal(console_init(&place.console), 0);
	place.console.names = "127.0.0.1";
	assert_int_equal(console_start(&place.console, WEIR_TEST_BIN "/weir-console"), 0);
	publish("fine", 101, '1');
	publish("wrong", 102, '2');
	start_tls();
	return 0;
}

static int teardown_place(void **state)
{
	if (place.tls > 0) {
		kill(place.tls, SIGKILL);
		(void)waitpid(place.tls, NULL, 0);
	}
	console_done(&place.console);
	return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(renewal__is_tried_before_it_replaces),
		TEST(renewal__waits_for_its_time),
		TEST(renewal__is_declined_too_early),
		TEST(renewal__is_bounded_by_the_day),
		TEST(candidate__that_fails_three_times_is_thrown_away),
		TEST(candidate__is_asked_for_again_after_a_restart),
		TEST(policy__is_for_endpoints_in_good_standing),
		TEST(endpoints__are_managed_by_those_of_their_group),
		cmocka_unit_test_setup_teardown(policy__too_large_for_an_answer_is_fetched,
						setup_fine, teardown),
		cmocka_unit_test_setup_teardown(policy__with_another_hash_is_refused, setup_wrong,
						teardown),
	};

	return cmocka_run_group_tests(tests, setup_place, teardown_place);
}
