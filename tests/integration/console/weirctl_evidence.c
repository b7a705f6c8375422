/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence from an endpoint to a reviewer's terminal: brought, asked for, approved by another person, opened with a key that the console never sees,
 * against a real console. */

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
#include <sys/stat.h>

#include <cmocka.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <sqlite3.h>

#include "client.h"
#include "fake.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/base/secret.h"
#include "weir/evidence/record.h"
#include "weir/evidence/sealed.h"
#include "weirctl_run.h"

#define PASSWORD "correct horse battery"
#define SERIAL	 "4A000000000000000000000000000001"
#define DN	 "CN=01010101-0101-0101-0101-010101010101"
#define CONTENT	 "name,number\n客户甲\t\\0001\x1b[31m\xff\n"
/* The same as weirctl shows it. */
#define SHOWN "name,number\n客户甲\t\\\\0001\\x1b[31m\\xff\n"

static const char endpoint[] =
	"X-Client-Verify: SUCCESS\r\nX-Client-Serial: " SERIAL "\r\nX-Client-DN: " DN "\r\n";

struct fixture {
	struct console *console;
	char key[128], stranger_key[128]; /* files of private keys */
	char li[128], wang[128];	  /* files of tokens: an analyst's, an approver's */
	struct weir_buf sealed;
	uint8_t hash[32];
	char hex[65];
};

struct call {
	const char *method, *path, *headers;
	const void *body;
	size_t len;
};

static int call(const struct fixture *f, const struct call *what, struct client_reply *reply)
{
	struct weir_buf request _cleanup_(weir_buf_done) = WEIR_BUF_INIT(4 * 1024 * 1024);
	int fd _cleanup_(weir_closep) = client_unix(f->console->socket);

	assert_true(fd >= 0);
	assert_int_equal(weir_buf_printf(&request,
					 "%s %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: "
					 "%zu\r\n\r\n",
					 what->method, what->path, what->headers, what->len),
			 0);
	assert_int_equal(weir_buf_append(&request, what->body, what->len), 0);
	assert_int_equal(client_exchange(fd, request.data, request.len, reply), 0);
	return reply->status;
}

/* PUT under the hash of the body, or under another; type NULL: application/cms. */
static int put(const struct fixture *f, const char *identity, const char *type,
	       const struct weir_buf *body, const char *hex)
{
	struct client_reply reply _cleanup_(client_reply_done) = {};
	char path[128], headers[512];

	(void)snprintf(path, sizeof(path), "/v1/evidence/%s", hex);
	(void)snprintf(headers, sizeof(headers), "%sContent-Type: %s\r\n", identity,
		       type ? type : "application/cms");
	return call(f, &(struct call){"PUT", path, headers, body->data, body->len}, &reply);
}

static void run_sql(const struct fixture *f, const char *sql)
{
	char path[128];
	sqlite3 *db;

	(void)snprintf(path, sizeof(path), "%s/console.db", f->console->state);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_busy_timeout(db, 60000), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* An endpoint that has come in; nginx has looked at its certificate. */
static void enroll(const struct fixture *f)
{
	run_sql(f, "INSERT INTO fleet_agents (uid, group_name, host, version, enrolled_ns, "
		   "last_seen_ns, healthy, last_error, policy_status, policy_error) VALUES "
		   "(x'01010101010101010101010101010101', '', 'ws-1', '0.1.0', 1, 1, 1, '', 0, '');"
		   "INSERT INTO fleet_certificates (serial, uid, key_hash, token, state, reason, "
		   "issued_ns, expires_ns, changed_ns) VALUES ('" SERIAL "', "
		   "x'01010101010101010101010101010101', x'00', 0, 1, '', 1, "
		   "9000000000000000000, 1)");
}

static void add_person(const struct fixture *f, const char *name, const char *role,
		       const char *token_file)
{
	struct client_reply reply _cleanup_(client_reply_done) = {};
	struct client_reply session _cleanup_(client_reply_done) = {};
	char headers[256], body[256];
	json_t *answer;
	const char *token;

	(void)snprintf(headers, sizeof(headers), "Authorization: Bearer %s\r\n", f->console->token);
	(void)snprintf(body, sizeof(body),
		       "{\"name\":\"%s\",\"password\":\"" PASSWORD "\",\"roles\":[\"%s\"],"
		       "\"every_group\":true}",
		       name, role);
	assert_int_equal(call(f,
			      &(struct call){"POST", "/api/v1/users", headers, body, strlen(body)},
			      &reply),
			 201);
	(void)snprintf(body, sizeof(body),
		       "{\"name\":\"%s\",\"password\":\"" PASSWORD "\",\"bearer\":true}", name);
	assert_int_equal(
		call(f, &(struct call){"POST", "/api/v1/login", "", body, strlen(body)}, &session),
		200);
	answer = json_loadb(session.body.data, session.body.len, 0, NULL);
	token = json_string_value(json_object_get(answer, "token"));
	assert_non_null(token);
	assert_int_equal(weir_secret_write(token_file, token, strlen(token)), 0);
	json_decref(answer);
}

static void seal(struct fixture *f, const char *cert)
{
	struct weir_buf plain _cleanup_(weir_buf_wipe) = WEIR_BUF_INIT(WEIR_EVIDENCE_PLAIN_MAX);
	struct weir_recipients *recipients _cleanup_(weir_recipients_freep) = NULL;
	struct weir_evidence evidence = {
		.time_ns = FAKE_TIME,
		.rule = "stick-bulk-identity",
		.name = "/home/li/\x1b]0;x\x07.csv",
		.size = 4000,
		.pieces = {{120, CONTENT, sizeof(CONTENT) - 1, NULL}, {900, "second", 6, NULL}},
		.n_pieces = 2,
	};

	memset(evidence.agent_uid, 1, sizeof(evidence.agent_uid));
	assert_int_equal(weir_recipients_new(&recipients), 0);
	assert_int_equal(weir_recipients_add(recipients, cert, strlen(cert)), 0);
	assert_int_equal(weir_evidence_encode(&evidence, &plain), 0);
	f->sealed = WEIR_BUF_INIT(WEIR_EVIDENCE_SEALED_MAX);
	assert_int_equal(weir_evidence_seal(recipients, plain.data, plain.len, &f->sealed), 0);
	assert_int_equal(
		EVP_Digest(f->sealed.data, f->sealed.len, f->hash, NULL, EVP_sha256(), NULL), 1);
	weir_hex(f->hash, sizeof(f->hash), f->hex);
}

static void make_keys(struct fixture *f)
{
	struct output made _cleanup_(output_done) =
		RUN("evidence", "key", "make", f->key, "--name", "李娜");
	struct output shown _cleanup_(output_done) = RUN("evidence", "key", "show", f->key);
	struct stat st;

	assert_int_equal(made.result.status, 0);
	assert_string_equal(made.out, shown.out);
	assert_int_equal(strncmp(made.out, "-----BEGIN CERTIFICATE-----\n", 28), 0);
	assert_int_equal(stat(f->key, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(STATUS("evidence", "key", "make", f->key), 1);
	assert_int_equal(STATUS("evidence", "key", "make", f->stranger_key), 0);
	assert_int_equal(STATUS("evidence", "key", "steal", f->key), 2);
	seal(f, made.out);
}

static int setup(void **state)
{
	static struct fixture fixture;
	struct fixture *f = &fixture;

	if (weirctl_setup(state) < 0)
		return -1;
	f->console = *state;
	(void)snprintf(f->key, sizeof(f->key), "%.63s/key.pem", f->console->dir);
	(void)snprintf(f->stranger_key, sizeof(f->stranger_key), "%.63s/other.pem",
		       f->console->dir);
	(void)snprintf(f->li, sizeof(f->li), "%.63s/li", f->console->dir);
	(void)snprintf(f->wang, sizeof(f->wang), "%.63s/wang", f->console->dir);
	enroll(f);
	add_person(f, "li.na", "analyst", f->li);
	add_person(f, "wang.wei", "evidence_approver", f->wang);
	make_keys(f);
	weirctl_post(f->console,
		     &(struct fake_batch){.agent = 1,
					  .epoch = 1,
					  .first = 1,
					  .n = 1,
					  .model = &(struct fake_event){.evidence = f->hash}});
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	weir_buf_done(&f->sealed);
	*state = f->console;
	return weirctl_teardown(state);
}

#define LI(...)	       RUN("evidence", __VA_ARGS__, "--token-file", f->li)
#define WANG(...)      RUN("evidence", __VA_ARGS__, "--token-file", f->wang)
#define DEVELOPER(...) RUN("evidence", __VA_ARGS__)

static void evidence__is_taken_from_an_endpoint_alone(void **state)
{
	const struct fixture *f = *state;
	const struct weir_buf plain = {.data = (char *)"plain", .len = 5};
	struct weir_buf large = {.len = WEIR_EVIDENCE_SEALED_MAX + 1};
	static const char plain_hex[] =
		"a116c9ed46d6207734a43317d30fd88f52ac8634c37d904bbf4e41d865f90475";

	weirctl_says(LI("request", "A-00012", "--reason", "x"), 5, "has not come yet");
	assert_int_equal(put(f, "", NULL, &f->sealed, f->hex), 401);
	assert_int_equal(put(f, "X-Client-Verify: NONE\r\n", NULL, &f->sealed, f->hex), 401);
	assert_int_equal(put(f, endpoint, "text/plain", &f->sealed, f->hex), 415);
	assert_int_equal(put(f, endpoint, NULL, &f->sealed, "00"), 400);
	assert_int_equal(put(f, endpoint, NULL, &plain, f->hex), 400);
	assert_int_equal(put(f, endpoint, NULL, &plain, plain_hex), 400);
	large.data = calloc(1, large.len);
	assert_int_equal(put(f, endpoint, NULL, &large, f->hex), 413);
	free(large.data);
	run_sql(f, "UPDATE fleet_certificates SET state = 2");
	assert_int_equal(put(f, endpoint, NULL, &f->sealed, f->hex), 403);
	run_sql(f, "UPDATE fleet_certificates SET state = 1");
	assert_int_equal(put(f, endpoint, NULL, &f->sealed, f->hex), 201);
	assert_int_equal(put(f, endpoint, NULL, &f->sealed, f->hex), 200);
	weirctl_says(RUN("event", "ls", "--jq", ".events[].evidence_sha256"), 0, f->hex);
}

static void evidence__takes_two_people(void **state)
{
	const struct fixture *f = *state;

	weirctl_says(LI("request", "A-00012"), 2, "--reason");
	weirctl_says(LI("request", "A-00013", "--reason", "x"), 2, "mistyped");
	weirctl_says(LI("request", "A-00012", "--reason", "x", "--minutes", "481"), 2, "480");
	weirctl_says(LI("request", "A-00012", "--reason", "complaint 7", "--minutes", "5"), 0,
		     "state\trequested\n");
	weirctl_says(LI("ls"), 0, "1\trequested\tE-");
	weirctl_says(LI("get", "1", "--key", f->key), 5, "nobody has approved it yet");
	weirctl_says(LI("approve", "1"), 4, "not yours");
	weirctl_says(WANG("request", "A-00012", "--reason", "x"), 4, "not yours");
	/* All roles in one person are still one person. */
	weirctl_says(DEVELOPER("request", "A-00012", "--reason", "mine"), 0, "id\t2\n");
	weirctl_says(DEVELOPER("approve", "2"), 4, "nobody decides on a request of his own");
	weirctl_says(WANG("deny", "2"), 0, "state\tdenied\n");
	weirctl_says(DEVELOPER("get", "2", "--key", f->key), 5, "denied by wang.wei");
	weirctl_says(WANG("approve", "1"), 0, "decider\twang.wei\n");
	weirctl_says(WANG("approve", "1"), 5, "decided already");
	weirctl_says(WANG("get", "1", "--key", f->key), 4, "not yours");
	weirctl_says(DEVELOPER("get", "1", "--key", f->key), 4, "only who asked");
	weirctl_says(LI("show", "1"), 0, "reads\t0\n");
}

static unsigned occurrences(const char *text, const char *part)
{
	unsigned n = 0;

	while ((text = strstr(text, part)) != NULL) {
		text += strlen(part);
		n++;
	}
	return n;
}

/* Who opened it stands above, below and before each piece; nothing acts on the terminal. */
static void assert_marked(const char *text)
{
	assert_int_equal(strncmp(text, "==== li.na (", 12), 0);
	assert_int_equal(occurrences(text, ") request 1 20"), 4);
	assert_int_equal(occurrences(text, "==== li.na ("), 2);
	assert_int_equal(occurrences(text, "---- li.na ("), 2);
	assert_non_null(strstr(text, "\nreason: complaint 7\napprover: wang.wei\nuntil: 20"));
	assert_non_null(strstr(text, "\nagent_uid: 01010101-0101-0101-0101-010101010101\n"));
	assert_non_null(strstr(text, "\nrule: stick-bulk-identity\n"));
	assert_non_null(strstr(text, "\nname: /home/li/\\x1b]0;x\\x07.csv\n"));
	assert_non_null(strstr(text, "Z ---- 34 bytes from 120\n" SHOWN));
	assert_non_null(strstr(text, "Z ---- 6 bytes from 900\nsecond\n"));
	for (const char *p = text; *p; p++)
		assert_true((unsigned char)*p >= 0x20 || *p == '\n' || *p == '\t');
}

static void assert_unknown_to(const struct fixture *f, const char *suffix)
{
	struct weir_buf data _cleanup_(weir_buf_done) = WEIR_BUF_INIT(256 * 1024 * 1024);
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/console.db%s", f->console->state, suffix);
	assert_int_equal(weir_read_file(AT_FDCWD, path, &data), 0);
	assert_true(data.len > 0 || *suffix);
	if (data.len)
		assert_null(memmem(data.data, data.len, "name,number", 11));
}

static void evidence__is_opened_with_a_key_and_marked(void **state)
{
	const struct fixture *f = *state;
	struct weir_buf file _cleanup_(weir_buf_wipe) = WEIR_BUF_INIT(64 * 1024);
	struct output shown _cleanup_(output_done) = LI("get", "1", "--key", f->key);
	char path[128];

	assert_int_equal(shown.result.status, 0);
	assert_marked(shown.out);
	(void)snprintf(path, sizeof(path), "%s/opened", f->console->dir);
	weirctl_says(LI("get", "1", "--key", f->key, "-o", path), 0, "");
	assert_int_equal(weir_secret_read(path, &file), 0); /* its owner's alone */
	assert_marked(file.data);
	weirctl_says(LI("get", "1", "--key", f->key, "--to", path), 1, "exists");
	weirctl_says(LI("get", "1", "--key", f->stranger_key), 1, "not sealed to this key");
	weirctl_says(LI("get", "1"), 2, "--key");
	weirctl_says(LI("get", "1", "--key", "/nowhere"), 1, "/nowhere");
	assert_int_equal(chmod(f->key, 0640), 0);
	weirctl_says(LI("get", "1", "--key", f->key), 1, "others may read it: chmod 600");
	setenv("LC_ALL", "zh_CN.UTF-8", 1);
	weirctl_says(LI("get", "1", "--key", f->key), 1, "他人可读");
	weirctl_says(RUN("key", "add", f->key), 1, "他人可读");
	setenv("LC_ALL", "C", 1);
	assert_int_equal(chmod(f->key, 0600), 0);
	weirctl_says(LI("show", "1"), 0, "reads\t4\n");
	weirctl_says(RUN("api", "GET", "/api/v1/audit?limit=500", "--jq",
			 "[.entries[] | select(.action == \"evidence.read\" and .actor_name == "
			 "\"li.na\" and .object == \"evidence request 1\")] | length"),
		     0, "4\n");
	weirctl_says(RUN("api", "GET", "/api/v1/audit?limit=500", "--jq",
			 "[.entries[] | select(.action | startswith(\"evidence.\")) | .action] | "
			 "group_by(.) | map(\"\\(.[0]) \\(length)\") | join(\",\")"),
		     0, "evidence.approve 1,evidence.deny 1,evidence.read 4,evidence.request 2\n");
	assert_unknown_to(f, "");
	assert_unknown_to(f, "-wal");
}

static void evidence__is_for_a_time(void **state)
{
	const struct fixture *f = *state;

	run_sql(f, "UPDATE evidence_request SET until_ns = 1 WHERE id = 1");
	weirctl_says(LI("get", "1", "--key", f->key), 5, "its time is over");
	weirctl_says(LI("ls"), 0, "1\texpired\tE-");
	weirctl_says(LI("show", "1"), 0, "reads\t4\n");
}

/* A console that gives other evidence than it says is found out. */
static void evidence__of_another_endpoint_is_not_shown(void **state)
{
	const struct fixture *f = *state;

	run_sql(f, "UPDATE evidence_request SET until_ns = 9000000000000000000, agent = "
		   "x'02020202020202020202020202020202' WHERE id = 1;"
		   "UPDATE evidence_blob SET agent = x'02020202020202020202020202020202'");
	weirctl_says(LI("get", "1", "--key", f->key), 1, "not the evidence of this event");
	run_sql(f, "UPDATE evidence_request SET sha256 = zeroblob(32) WHERE id = 1;"
		   "UPDATE evidence_blob SET sha256 = zeroblob(32)");
	weirctl_says(LI("get", "1", "--key", f->key), 1, "not the evidence of this event");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evidence__is_taken_from_an_endpoint_alone),
		cmocka_unit_test(evidence__takes_two_people),
		cmocka_unit_test(evidence__is_opened_with_a_key_and_marked),
		cmocka_unit_test(evidence__is_for_a_time),
		cmocka_unit_test(evidence__of_another_endpoint_is_not_shown),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
