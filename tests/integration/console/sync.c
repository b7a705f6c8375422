/* SPDX-License-Identifier: Apache-2.0 */
/* The whole way: a spool on disk, weir-sync, weir-console, its database. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
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
#include "fake.h"
#include "process.h"
#include "weir/base/fd.h"
#include "weir/proto/spool_format.h"
#include "weir/report/spool.h"

#define READER 65534 /* the user and group that weir-sync becomes */

struct fixture {
	struct console console;
	char dir[96], uid_file[96];
	struct weir_spool *spool;
};

static void open_spool(struct fixture *f)
{
	/* Small segments, so that a few events fill several. */
	const struct weir_spool_options options = {
		.dir = f->dir, .max_bytes = 1 << 20, .segment_bytes = 2048};

	weir_spool_free(f->spool);
	f->spool = NULL;
	assert_int_equal(weir_spool_new(&options, &f->spool), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_int_equal(console_init(&f->console), 0);
	assert_int_equal(console_start(&f->console, WEIR_TEST_BIN "/weir-console"), 0);
	assert_int_equal(chmod(f->console.dir, 0755), 0);
	(void)snprintf(f->dir, sizeof(f->dir), "%s/spool", f->console.dir);
	(void)snprintf(f->uid_file, sizeof(f->uid_file), "%s/uid", f->console.dir);
	assert_int_equal(
		weir_write_file_atomic(AT_FDCWD, f->uid_file, "0123456789abcdef", 16, 0600), 0);
	assert_int_equal(mkdir(f->dir, 0750), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(f->dir, 0, READER), 0);
	open_spool(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	weir_spool_free(f->spool);
	console_done(&f->console);
	free(f);
	return 0;
}

static void append(struct fixture *f, unsigned n)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(4096);

	for (unsigned i = 0; i < n; i++) {
		weir_buf_clear(&buf);
		fake_event(&(struct fake_event){.sequence = weir_spool_next_sequence(f->spool)},
			   &buf);
		assert_int_equal(weir_spool_append(f->spool, buf.data, buf.len, 0, 1), 0);
	}
}

static pid_t spawn_sync(struct fixture *f, bool once)
{
	char address[64];
	const char *argv[16] = {WEIR_TEST_BIN "/weir-sync", "--spool",	 f->dir,
				"--agent-uid-file",	    f->uid_file, "--token-file",
				f->console.token_file,	    "--console", address};
	size_t n = 9;
	pid_t pid;

	(void)snprintf(address, sizeof(address), "http://127.0.0.1:%u", f->console.port);
	if (geteuid() == 0) {
		argv[n++] = "--user";
		argv[n++] = "65534:65534";
	}
	if (once)
		argv[n++] = "--once";
	pid = fork();
	if (pid == 0) {
		/* The leak check may not trace a process that changed its user. */
		(void)setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
		(void)execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	assert_true(pid > 0);
	return pid;
}

static void sync_once(struct fixture *f)
{
	pid_t pid = spawn_sync(f, true);
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* One number from the console's database. */
static int64_t ask(struct fixture *f, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	char path[128];
	int64_t number;

	(void)snprintf(path, sizeof(path), "%s/console.db", f->console.state);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	number = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return number;
}

static int64_t n_events(struct fixture *f)
{
	return ask(f, "SELECT count(*) FROM event");
}

static int64_t n_holes(struct fixture *f)
{
	return ask(f, "SELECT count(*) FROM reject WHERE code = 4");
}

static int64_t committed(struct fixture *f)
{
	return ask(f, "SELECT max(committed_sequence) FROM spool");
}

/* Damages the second record of the spool's second segment; *ret_first and *ret_end are the
 * sequences that this costs. */
static void damage(struct fixture *f, uint64_t *ret_first, uint64_t *ret_end)
{
	int dir _cleanup_(weir_closep) = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t *list _cleanup_(freep) = NULL;
	struct weir_spool_record_header header;
	uint8_t bytes[WEIR_SPOOL_RECORD_LEN], byte;
	char name[WEIR_SPOOL_NAME_LEN];
	int fd _cleanup_(weir_closep) = -1;
	off_t at = WEIR_SPOOL_HEADER_LEN;

	assert_true(weir_spool_list(dir, &list) >= 4);
	weir_spool_segment_name(list[1], name);
	fd = openat(dir, name, O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, bytes, sizeof(bytes), at), sizeof(bytes));
	assert_int_equal(weir_spool_record_decode(bytes, &header), 0);
	at += (off_t)weir_spool_record_size(header.length) + WEIR_SPOOL_RECORD_LEN + 10;
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 0x40;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	*ret_first = list[1] + 1;
	*ret_end = list[2];
}

static void sync__a_damaged_segment_is_a_hole(void **state)
{
	struct fixture *f = *state;
	uint64_t first, end;
	char sql[256], mark[128];

	append(f, 60);
	damage(f, &first, &end);
	assert_in_range(end - first, 1, 50);
	sync_once(f);
	assert_int_equal(committed(f), 60);
	assert_int_equal(n_events(f), 60 - (end - first));
	(void)snprintf(sql, sizeof(sql),
		       "SELECT count(*) FROM event WHERE sequence >= %u AND sequence < %u",
		       (unsigned)first, (unsigned)end);
	assert_int_equal(ask(f, sql), 0);
	(void)snprintf(sql, sizeof(sql),
		       "SELECT count(*) FROM reject WHERE code = 4 AND sequence = %u AND detail ="
		       " '%u to %u are lost on the endpoint'",
		       (unsigned)first, (unsigned)first, (unsigned)end - 1);
	assert_int_equal(ask(f, sql), 1);
	assert_int_equal(ask(f, "SELECT sum(n_rejects) FROM spool"), 1);
	/* Nothing of it holds up what comes later, and a second sending changes nothing. */
	assert_int_equal(weir_spool_maintain(f->spool), 0);
	append(f, 5);
	(void)snprintf(mark, sizeof(mark), "%s/ack/committed", f->dir);
	assert_int_equal(unlink(mark), 0);
	sync_once(f);
	assert_int_equal(committed(f), 65);
	assert_int_equal(n_events(f), 65 - (end - first));
	assert_int_equal(n_holes(f), 1);
	assert_int_equal(access(mark, F_OK), 0);
}

/* The agent starts again before anything was sent: it cuts the segment and counts what is gone. */
static void sync__a_repaired_segment_is_a_hole(void **state)
{
	struct fixture *f = *state;
	uint64_t first, end;

	append(f, 60);
	damage(f, &first, &end);
	open_spool(f);
	append(f, 5);
	sync_once(f);
	assert_int_equal(committed(f), 65);
	assert_int_equal(n_events(f), 65 - (end - first));
	assert_int_equal(n_holes(f), 1);
	assert_int_equal(ask(f, "SELECT count FROM drop_count WHERE cause = 'spool-damaged'"),
			 end - first);
}

/* Under a new epoch the same numbers are other events. */
static void sync__a_lost_spool_begins_anew(void **state)
{
	struct fixture *f = *state;
	char old[128];

	append(f, 20);
	sync_once(f);
	(void)snprintf(old, sizeof(old), "%s/old", f->console.dir);
	assert_int_equal(rename(f->dir, old), 0);
	assert_int_equal(mkdir(f->dir, 0750), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(f->dir, 0, READER), 0);
	open_spool(f);
	append(f, 20);
	sync_once(f);
	assert_int_equal(n_events(f), 40);
	assert_int_equal(n_holes(f), 0);
	assert_int_equal(ask(f, "SELECT count(DISTINCT epoch) FROM event"), 2);
}

static void kill_sync(pid_t pid)
{
	int status;

	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

/* Either end is killed again and again, and the mark lost; each event is there once, as written. */
static void sync__exactly_once_whatever_is_killed(void **state)
{
	struct fixture *f = *state;
	unsigned total = 0;

	for (unsigned round = 0; round < 12; round++) {
		const struct timespec pause = {.tv_nsec = (long)(1 + round * 7) * 1000000};
		char mark[128];
		pid_t pid;

		pid = spawn_sync(f, false);
		append(f, 100 + 11 * round);
		total += 100 + 11 * round;
		nanosleep(&pause, NULL);
		if (round % 3 == 1) {
			(void)console_stop(&f->console, SIGKILL);
			assert_int_equal(console_start(&f->console, WEIR_TEST_BIN "/weir-console"),
					 0);
		}
		kill_sync(pid);
		(void)snprintf(mark, sizeof(mark), "%s/ack/committed", f->dir);
		if (round % 4 == 3)
			(void)unlink(mark);
		assert_int_equal(weir_spool_maintain(f->spool), 0);
		if (round % 5 == 4)
			open_spool(f);
	}
	sync_once(f);
	assert_int_equal(n_events(f), total);
	assert_int_equal(committed(f), total);
	assert_int_equal(ask(f, "SELECT count(DISTINCT sequence) FROM event"), total);
	assert_int_equal(ask(f, "SELECT count(*) FROM reject"), 0);
	assert_int_equal(ask(f, "SELECT sum(n_events) FROM spool"), total);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sync__a_damaged_segment_is_a_hole),
		TEST(sync__a_repaired_segment_is_a_hole),
		TEST(sync__a_lost_spool_begins_anew),
		TEST(sync__exactly_once_whatever_is_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
