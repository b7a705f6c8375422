/* SPDX-License-Identifier: Apache-2.0 */
/* weir-console's other commands: a backup of a console at work, its return elsewhere, retention, and
 * what is said about databases that cannot be used. */

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client.h"
#include "fake.h"
#include "process.h"
#include "weir/base/fd.h"
#include "weir/console_store/db.h"
#include "weir/proto/wire.h"

static const char program[] = WEIR_TEST_BIN "/weir-console";

static int setup(void **state)
{
	static struct console console;

	*state = &console;
	return console_init(&console);
}

static int teardown(void **state)
{
	console_done(*state);
	return 0;
}

/* The committed sequence that the answer says. */
static uint64_t post_of(const struct console *console, uint8_t agent, uint64_t first, size_t n)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);
	struct client_reply reply _cleanup_(client_reply_done) = {};
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;

	fake_batch(&(struct fake_batch){.agent = agent, .epoch = 5, .first = first, .n = n},
		   &bytes);
	assert_int_equal(client_post(console->socket, &bytes, &reply), 0);
	assert_int_equal(weir_wire_unpack(&weir__v1__batch_ack__descriptor, reply.body.data,
					  reply.body.len, &wire),
			 0);
	return ((const Weir__V1__BatchAck *)weir_wire_message(wire))->committed_sequence;
}

static uint64_t post(const struct console *console, uint64_t first, size_t n)
{
	return post_of(console, 1, first, n);
}

/* One number from the database, or what the statement changes; no console is running. */
static int64_t ask(const struct console *console, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	char path[128];
	int64_t number = 0;

	(void)snprintf(path, sizeof(path), "%s/console.db", console->state);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	if (sqlite3_step(st) == SQLITE_ROW)
		number = sqlite3_column_int64(st, 0);
	else
		number = sqlite3_changes(db);
	assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
	sqlite3_close(db);
	return number;
}

/* Runs weir-console with up to six arguments; its exit status. What it said must hold `says`. */
static int run(const char *says, const char *a, const char *b, const char *c, const char *d,
	       const char *e, const char *f)
{
	const char *const argv[] = {program, a, b, c, d, e, f, NULL};
	struct process_result result _cleanup_(process_result_done) = {};

	assert_int_equal(process_run(argv, &result), 0);
	if (!result.err.data || !strstr(result.err.data, says))
		fail_msg("%s is not in: %s", says, result.err.data ? result.err.data : "");
	return result.status;
}

static void maintain__backs_up_and_restores(void **state)
{
	struct console *console = *state, other _cleanup_(console_done) = {};
	char file[128], database[160];
	struct stat st;

	(void)snprintf(file, sizeof(file), "%s/backup.db", console->dir);
	assert_int_equal(console_start(console, program), 0);
	assert_int_equal(post(console, 1, 20), 20);
	assert_int_equal(
		run("copied and checked", "backup", "--state", console->state, file, NULL, NULL),
		0);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(post(console, 21, 5), 25);
	/* Nothing is overwritten, and no console's database changed under it. */
	assert_int_equal(
		run("is there already", "backup", "--state", console->state, file, NULL, NULL), 1);
	assert_int_equal(
		run("another weir-console", "restore", "--state", console->state, file, NULL, NULL),
		1);
	assert_int_equal(console_init(&other), 0);
	assert_int_equal(
		run("restored and checked", "restore", "--state", other.state, file, NULL, NULL),
		0);
	assert_int_equal(
		run("is there already", "restore", "--state", other.state, file, NULL, NULL), 1);
	assert_int_equal(console_start(&other, program), 0);
	/* It goes on where the backup was. */
	assert_int_equal(post(&other, 18, 3), 20);
	assert_int_equal(post(&other, 21, 5), 25);
	(void)snprintf(database, sizeof(database), "%s/console.db-wal", other.state);
	assert_int_equal(access(database, F_OK), 0);
}

static void maintain__refuses_a_damaged_backup(void **state)
{
	struct console *console = *state;
	char file[128], junk[9000];
	int fd;

	(void)snprintf(file, sizeof(file), "%s/backup.db", console->dir);
	assert_int_equal(console_start(console, program), 0);
	assert_int_equal(post(console, 1, 200), 200);
	assert_int_equal(run("copied", "backup", "--state", console->state, file, NULL, NULL), 0);
	assert_int_equal(console_stop(console, SIGTERM), 0);
	memset(junk, 0xa5, sizeof(junk));
	fd = open(file, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, junk, sizeof(junk), 16384), sizeof(junk));
	weir_close(fd);
	(void)snprintf(junk, sizeof(junk), "%s/other", console->dir);
	assert_int_equal(run("", "restore", "--state", junk, file, NULL, NULL), 1);
	(void)snprintf(junk, sizeof(junk), "%s/other/console.db", console->dir);
	assert_int_equal(access(junk, F_OK), -1);
	(void)snprintf(junk, sizeof(junk), "%s/other/console.db.unfinished", console->dir);
	assert_int_equal(access(junk, F_OK), -1);
}

static void maintain__keeps_what_must_be_kept(void **state)
{
	struct console *console = *state;

	assert_int_equal(console_start(console, program), 0);
	assert_int_equal(
		run("1096", "retention", "--state", console->state, "--keep-alerts", "1095", NULL),
		1);
	assert_int_equal(
		run("366", "retention", "--state", console->state, "--keep-events", "365", NULL),
		1);
	assert_int_equal(run("0 alerts, 0 other events", "retention", "--state", console->state,
			     "--keep-alerts", "1096", NULL),
			 0);
	assert_int_equal(run("30 days", "retention", "--state", console->state, "--keep-evidence",
			     "29", NULL),
			 1);
	assert_int_equal(run("the evidence of 0 events", "retention", "--state", console->state,
			     "--keep-evidence", "30", NULL),
			 0);
	assert_int_equal(run("1096 days or more", "--keep-alerts", "30", "--state", console->state,
			     "--socket", console->socket),
			 2);
	assert_int_equal(run("Usage", "retention", NULL, NULL, NULL, NULL, NULL), 2);
	assert_int_equal(run("Usage", "destroy", "--state", console->state, NULL, NULL, NULL), 2);
	assert_int_equal(run("Usage", "backup", "--state", console->state, NULL, NULL, NULL), 2);
}

/* Of four alerts as old as can be: who closed one has let it go, with its log. */
static void maintain__destroys_alerts_that_are_over(void **state)
{
	struct console *console = *state;

	assert_int_equal(console_start(console, program), 0);
	for (uint8_t agent = 1; agent <= 4; agent++)
		assert_int_equal(post_of(console, agent, 1, 3), 3);
	assert_int_equal(console_stop(console, SIGTERM), 0);
	assert_int_equal(ask(console, "SELECT count(*) FROM alert WHERE state = 1"), 4);
	assert_int_equal(ask(console, "UPDATE alert SET changed_ns = 1 WHERE id < 4"), 3);
	assert_int_equal(ask(console, "UPDATE alert SET state = 4, verdict = 2 WHERE id <> 2"), 3);
	assert_int_equal(ask(console, "UPDATE alert SET state = 8, verdict = 1 WHERE id = 3"), 1);
	assert_int_equal(run("; and 0 alerts that were over", "retention", "--state",
			     console->state, "--keep-events", "366", NULL),
			 0);
	assert_int_equal(ask(console, "SELECT count(*) FROM alert"), 4);
	assert_int_equal(run("; and 2 alerts that were over", "retention", "--state",
			     console->state, "--keep-alerts", "1096", NULL),
			 0);
	assert_int_equal(ask(console, "SELECT sum(id) FROM alert"), 2 + 4);
	assert_int_equal(ask(console, "SELECT count(*) FROM alert_log WHERE alert IN (1, 3)"), 0);
	assert_int_equal(ask(console, "SELECT count(*) FROM alert_seen WHERE alert IN (1, 3)"), 0);
	assert_true(ask(console, "SELECT count(*) FROM alert_log WHERE alert = 4") > 0);
	assert_int_equal(ask(console, "SELECT count(*) FROM audit_entry WHERE "
				      "action = 'alert.destroy' AND object = '2 alerts' "
				      "AND actor = 0 AND detail LIKE '{\"before_ns\":%}'"),
			 1);
	assert_int_equal(run("; and 0 alerts that were over", "retention", "--state",
			     console->state, "--keep-alerts", "1096", NULL),
			 0);
}

static void maintain__says_what_is_wrong_with_a_database(void **state)
{
	static const struct {
		const char *database, *says;
	} cases[] = {
		{"mysql:host=x", "sqlite:PATH or postgresql:CONNINFO"},
		{"sqlite:", "sqlite:PATH or postgresql:CONNINFO"},
		{"sqlite:/nowhere/at/all.db", "cannot open the database /nowhere/at/all.db"},
		{"postgresql:host=/nowhere", "cannot connect to the database"},
		{"postgresql:host=/nowhere password=hunter", "passfile=FILE"},
		{"postgresql://weir:hunter@localhost/weir", "passfile=FILE"},
		{"postgresql:host", "malformed"},
	};
	struct console *console = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(run(cases[i].says, "--state", console->state, "--socket",
				     console->socket, "--database", cases[i].database),
				 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(maintain__backs_up_and_restores, setup, teardown),
		cmocka_unit_test_setup_teardown(maintain__refuses_a_damaged_backup, setup,
						teardown),
		cmocka_unit_test_setup_teardown(maintain__keeps_what_must_be_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(maintain__destroys_alerts_that_are_over, setup,
						teardown),
		cmocka_unit_test_setup_teardown(maintain__says_what_is_wrong_with_a_database, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
