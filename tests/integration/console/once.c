/* SPDX-License-Identifier: Apache-2.0 */
/* Every event there, and once: a fleet of simulated agents sends to one console or several, resends,
 * overtakes, gives up in the middle of a request and sends one batch to two consoles at once, while
 * consoles and the database server are killed (SIGKILL), the consoles' clocks jump by hours to years
 * (libfaketime) and the SQLite file is copied as it stands at some moment. Meanwhile a reader follows
 * the events by their numbers and must see each of them.
 *
 * once sqlite|postgresql [AGENTS [EVENTS [BATCH [KILLS]]]]     EVENTS: of each agent */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "client.h"
#include "fake.h"
#include "postgres.h"
#include "process.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/console_store/db.h"
#include "weir/proto/wire.h"

static const char program[] = WEIR_TEST_BIN "/weir-console";

#define EPOCH	     5
#define CONSOLES_MAX 3
#define SENDERS	     4
#define AGENTS_MAX   100000
#define STUCK_NS     (UINT64_C(300) * 1000000000) /* nothing committed for so long: given up */

struct options {
	bool postgresql;
	uint32_t agents, events, batch, kills;
};

static struct options options = {.agents = 40, .events = 60, .batch = 9, .kills = 6};

struct agent {
	_Atomic uint64_t committed; /* as acknowledged */
};

struct fleet {
	struct console consoles[CONSOLES_MAX];
	size_t n_consoles;
	struct postgres pg;
	char database[POSTGRES_CONNINFO_MAX + 32];
	char clock[80]; /* the file that says by how much the consoles' clocks are off */
	struct agent *agents;
	atomic_uint sending; /* senders that still run */
	atomic_bool stop;    /* the reader, once it has caught up */
	_Atomic uint64_t progress_ns;
	atomic_uint failures, resent, ahead, cut, twice, taken_back;
	uint64_t n_followed;
	atomic_uint follow_errors;
};

struct sender {
	struct fleet *fleet;
	uint32_t number;
	uint32_t random;
};

static uint32_t roll(struct sender *sender, uint32_t sides)
{
	sender->random = sender->random * 1664525 + 1013904223;
	return (sender->random >> 8) % sides;
}

static const char *any_socket(struct sender *sender)
{
	return sender->fleet->consoles[roll(sender, (uint32_t)sender->fleet->n_consoles)].socket;
}

/* Sends the first part of a request, or all of it, and waits for no answer. */
static void send_and_leave(struct sender *sender, const struct weir_buf *bytes, size_t part)
{
	int fd _cleanup_(weir_closep) = client_unix(any_socket(sender));
	char head[256];
	int n = snprintf(head, sizeof(head),
			 "POST /v1/events HTTP/1.1\r\nHost: console\r\n"
			 "Content-Type: application/x-protobuf\r\nContent-Length: %zu\r\n\r\n",
			 bytes->len);

	if (fd < 0)
		return;
	if (send(fd, head, (size_t)n, MSG_NOSIGNAL) == n)
		(void)!send(fd, bytes->data, part, MSG_NOSIGNAL);
}

/* The committed sequence of the answer; false when there was none, or one that says "later". */
static bool post(struct sender *sender, const struct weir_buf *bytes, uint64_t *ret_committed)
{
	struct client_reply reply _cleanup_(client_reply_done) = {};
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;

	if (client_post(any_socket(sender), bytes, &reply) < 0)
		return false;
	if (reply.status != 200 && reply.status != 409)
		return false;
	if (weir_wire_unpack(&weir__v1__batch_ack__descriptor, reply.body.data, reply.body.len,
			     &wire) < 0)
		return false;
	*ret_committed = ((const Weir__V1__BatchAck *)weir_wire_message(wire))->committed_sequence;
	return true;
}

/* Where the next batch begins: mostly where the last one ended. */
static uint64_t choose_first(struct sender *sender, uint64_t committed)
{
	switch (roll(sender, 10)) {
	case 0:
		atomic_fetch_add(&sender->fleet->resent, committed > 0);
		return committed - WEIR_MIN(committed, (uint64_t)roll(sender, options.batch)) +
		       (committed == 0);
	case 1:
		atomic_fetch_add(&sender->fleet->ahead, 1);
		return committed + 2 + roll(sender, 3);
	default:
		return committed + 1;
	}
}

static void spoil(struct sender *sender, const struct weir_buf *bytes)
{
	switch (roll(sender, 12)) {
	case 0:
		atomic_fetch_add(&sender->fleet->cut, 1);
		send_and_leave(sender, bytes, roll(sender, (uint32_t)bytes->len));
		break;
	case 1:
		atomic_fetch_add(&sender->fleet->twice, 1);
		send_and_leave(sender, bytes, bytes->len);
		break;
	default:
		break;
	}
}

static void send_batch(struct sender *sender, uint32_t number)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);
	struct agent *agent = &sender->fleet->agents[number];
	const uint64_t committed = atomic_load(&agent->committed);
	uint64_t first = choose_first(sender, committed), now = 0;

	if (first > options.events)
		first = committed + 1;
	fake_batch(&(struct fake_batch){.one_of_many = number + 1,
					.epoch = EPOCH,
					.first = first,
					.n = WEIR_MIN(options.events + 1 - first,
						      (uint64_t)1 + roll(sender, options.batch))},
		   &bytes);
	spoil(sender, &bytes);
	if (!post(sender, &bytes, &now)) {
		const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};

		atomic_fetch_add(&sender->fleet->failures, 1);
		nanosleep(&pause, NULL);
		return;
	}
	if (now < committed)
		atomic_fetch_add(&sender->fleet->taken_back, 1);
	if (now > committed)
		atomic_store(&sender->fleet->progress_ns, weir_now_monotonic());
	atomic_store(&agent->committed, now);
}

static void *run_sender(void *context)
{
	struct sender *sender = context;
	struct fleet *fleet = sender->fleet;
	bool all = false;

	while (!all && weir_now_monotonic() - atomic_load(&fleet->progress_ns) < STUCK_NS) {
		all = true;
		for (uint32_t i = sender->number; i < options.agents; i += SENDERS) {
			if (atomic_load(&fleet->agents[i].committed) >= options.events)
				continue;
			all = false;
			send_batch(sender, i);
		}
	}
	atomic_fetch_sub(&fleet->sending, 1);
	return NULL;
}

/* One step of who reads on from the last number that he has seen. */
static int follow_once(struct weir_store *store, int64_t *last, uint64_t *ret_n)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = weir_db_read(store, &tx);

	*ret_n = 0;
	if (r == 0)
		r = WEIR_DB_QUERY(tx, &rows,
				  "SELECT id FROM event WHERE id > $1 ORDER BY id LIMIT 1000",
				  weir_db_int(*last));
	while (r == 0 && (r = weir_db_next(rows)) > 0) {
		if (weir_db_get_int(rows, 0) <= *last)
			return -EBADMSG;
		*last = weir_db_get_int(rows, 0);
		(*ret_n)++;
		r = 0;
	}
	return r;
}

static void *run_reader(void *context)
{
	const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
	struct fleet *fleet = context;
	struct weir_store *store _cleanup_(weir_store_freep) = NULL;
	int64_t last = 0;
	uint64_t n = 0;
	int r = 0;

	while (!store && weir_store_open(fleet->database, NULL, &store) < 0)
		nanosleep(&pause, NULL);
	do {
		const bool stop = atomic_load(&fleet->stop);

		r = follow_once(store, &last, &n);
		fleet->n_followed += n;
		atomic_fetch_add(&fleet->follow_errors, r < 0);
		if (stop && r == 0 && n == 0)
			return NULL;
		if (n == 0)
			nanosleep(&pause, NULL);
	} while (r != -EBADMSG);
	return NULL;
}

static void ask(struct weir_db_tx *tx, const char *sql, int64_t expected)
{
	int64_t number = -1;

	assert_int_equal(weir_db_number(tx, sql, NULL, 0, &number), 0);
	if (number != expected)
		fail_msg("%s: %lld, not %lld", sql, (long long)number, (long long)expected);
}

/* Of one agent: from 1 on, without a hole, each once and as it was sent, up to the mark. */
static void check_agent(struct weir_db_tx *tx, int64_t agent, int64_t committed)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;

	assert_int_equal(WEIR_DB_QUERY(tx, &rows,
				       "SELECT count(*), count(DISTINCT sequence),"
				       " coalesce(max(sequence), 0), coalesce(min(sequence), 1),"
				       " count(CASE WHEN epoch <> 5"
				       "  OR time_ns <> $2 + sequence * 1000000000 THEN 1 END)"
				       " FROM event WHERE agent = $1",
				       weir_db_int(agent), weir_db_int((int64_t)FAKE_TIME)),
			 0);
	assert_int_equal(weir_db_next(rows), 1);
	assert_int_equal(weir_db_get_int(rows, 0), committed);
	assert_int_equal(weir_db_get_int(rows, 1), committed);
	assert_int_equal(weir_db_get_int(rows, 2), committed);
	assert_int_equal(weir_db_get_int(rows, 3), 1);
	assert_int_equal(weir_db_get_int(rows, 4), 0);
}

/* acked[i]: what agent i had been told is committed; NULL: everything. */
static void check_store(struct weir_store *store, const uint64_t *acked)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	uint32_t n = 0, number = 0;
	size_t len = 0;

	assert_int_equal(weir_db_read(store, &tx), 0);
	ask(tx, "SELECT count(*) FROM reject", 0);
	assert_int_equal(WEIR_DB_QUERY(tx, &rows,
				       "SELECT a.id, a.uid, s.committed_sequence, s.n_events"
				       " FROM agent AS a JOIN spool AS s ON s.agent = a.id"),
			 0);
	for (; weir_db_next(rows) == 1; n++) {
		const char *uid = weir_db_get_blob(rows, 1, &len);
		const int64_t committed = weir_db_get_int(rows, 2);

		memcpy(&number, uid + 4, sizeof(number));
		assert_in_range(number, 1, options.agents);
		assert_true(committed >= (int64_t)(acked ? acked[number - 1] : options.events));
		assert_true(committed <= options.events);
		assert_int_equal(weir_db_get_int(rows, 3), committed);
		check_agent(tx, weir_db_get_int(rows, 0), committed);
	}
	for (uint32_t i = 0; acked && i < options.agents; i++)
		n += acked[i] == 0; /* may not be there yet; those that are were counted */
	assert_true(acked ? n >= options.agents : n == options.agents);
}

static void copy_file(const char *from, const char *to, bool torn)
{
	static char buffer[1 << 20];
	int in _cleanup_(weir_closep) = open(from, O_RDONLY | O_CLOEXEC);
	int out _cleanup_(weir_closep) = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n;

	assert_true(in >= 0 && out >= 0);
	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		assert_int_equal(write(out, buffer, (size_t)n), n);
	assert_int_equal(n, 0);
	/* A write that was on its way when the power went. */
	memset(buffer, 0xa5, 5000);
	if (torn)
		assert_int_equal(write(out, buffer, 5000), 5000);
}

/* What a power cut would leave at this moment: the console stands still while the file and its log
 * are copied. All that was acknowledged before is in the copy. */
static void check_copy(struct fleet *fleet)
{
	struct weir_store *copy _cleanup_(weir_store_freep) = NULL;
	uint64_t *acked _cleanup_(freep) = calloc(options.agents, sizeof(*acked));
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	const struct console *console = &fleet->consoles[0];
	char from[160], to[160];

	assert_non_null(acked);
	for (uint32_t i = 0; i < options.agents; i++)
		acked[i] = atomic_load(&fleet->agents[i].committed);
	assert_int_equal(kill(console->pid, SIGSTOP), 0);
	assert_int_equal(waitpid(console->pid, NULL, WUNTRACED), console->pid);
	(void)snprintf(from, sizeof(from), "%s/console.db", console->state);
	(void)snprintf(to, sizeof(to), "%s/copy.db", console->dir);
	copy_file(from, to, false);
	(void)snprintf(from, sizeof(from), "%s/console.db-wal", console->state);
	(void)snprintf(to, sizeof(to), "%s/copy.db-wal", console->dir);
	copy_file(from, to, true);
	assert_int_equal(kill(console->pid, SIGCONT), 0);
	(void)snprintf(to, sizeof(to), "%s/copy.db", console->dir);
	assert_int_equal(weir_store_open_sqlite(to, NULL, &copy), 0);
	check_store(copy, acked);
	/* A writer may take as long as it likes. */
	assert_int_equal(weir_db_write(copy, &tx), 0);
	ask(tx, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'", 1);
	weir_db_end(TAKE_PTR(tx));
	weir_store_free(TAKE_PTR(copy));
	unlink(to);
	(void)snprintf(to, sizeof(to), "%s/copy.db-wal", console->dir);
	unlink(to);
	(void)snprintf(to, sizeof(to), "%s/copy.db-shm", console->dir);
	unlink(to);
}

/* What the consoles' clocks are off by from now on, within a second: libfaketime reads the file anew. */
static void jump_clocks(const struct fleet *fleet, uint32_t i)
{
	static const char *const offsets[] = {"+0", "+3h", "-1d", "+400d", "-3y", "+10y", "-90s"};
	const char *offset = offsets[i % ARRAY_SIZE(offsets)];

	assert_int_equal(
		weir_write_file_atomic(AT_FDCWD, fleet->clock, offset, strlen(offset), 0600), 0);
}

/* With a clock that can jump; not with ASan, which wants to be loaded before anything else. */
static void start_console(struct fleet *fleet, size_t i)
{
#ifndef __SANITIZE_ADDRESS__
	setenv("LD_PRELOAD", "/usr/$LIB/faketime/libfaketimeMT.so.1", 1);
	setenv("FAKETIME_TIMESTAMP_FILE", fleet->clock, 1);
	setenv("FAKETIME_CACHE_DURATION", "1", 1);
	setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1", 1);
	/* Else timed waits by the monotonic clock end at once: every thread that waits would spin. */
	setenv("FAKETIME_FORCE_MONOTONIC_FIX", "0", 1);
#endif
	assert_int_equal(console_start(&fleet->consoles[i], program), 0);
	unsetenv("LD_PRELOAD");
}

/* Ends it; 128 + SIGKILL, or 0. libfaketime leaves its own behind. */
static int end_console(struct console *console, int signal)
{
	const pid_t pid = console->pid;
	const int status = console_stop(console, signal);
	char left[2][64];

	(void)snprintf(left[0], sizeof(left[0]), "/dev/shm/faketime_shm_%d", pid);
	(void)snprintf(left[1], sizeof(left[1]), "/dev/shm/sem.faketime_sem_%d", pid);
	for (size_t i = 0; i < ARRAY_SIZE(left); i++)
		(void)unlink(left[i]);
	return status;
}

static void kill_console(struct fleet *fleet, size_t i)
{
	assert_int_equal(end_console(&fleet->consoles[i], SIGKILL), 128 + SIGKILL);
	start_console(fleet, i);
}

/* Disturbance number i: every third is one of the database. */
static void disturb(struct fleet *fleet, uint32_t i)
{
	jump_clocks(fleet, i + 1);
	if (i % 3 != 2) {
		kill_console(fleet, i % fleet->n_consoles);
	} else if (options.postgresql) {
		postgres_kill(&fleet->pg);
		assert_int_equal(postgres_start(&fleet->pg), 0);
	} else {
		check_copy(fleet);
	}
}

static void start_fleet(struct fleet *fleet)
{
	char conninfo[POSTGRES_CONNINFO_MAX];

	fleet->n_consoles = options.postgresql ? CONSOLES_MAX : 1;
	for (size_t i = 0; i < fleet->n_consoles; i++)
		assert_int_equal(console_init(&fleet->consoles[i]), 0);
	(void)snprintf(fleet->clock, sizeof(fleet->clock), "%s/clock", fleet->consoles[0].dir);
	jump_clocks(fleet, 0);
	if (options.postgresql) {
		assert_int_equal(postgres_init(&fleet->pg, false), 0);
		assert_int_equal(postgres_conninfo(&fleet->pg, NULL, conninfo), 0);
		(void)snprintf(fleet->database, sizeof(fleet->database), "postgresql:%s", conninfo);
	} else {
		(void)snprintf(fleet->database, sizeof(fleet->database), "sqlite:%s/console.db",
			       fleet->consoles[0].state);
	}
	for (size_t i = 0; i < fleet->n_consoles; i++) {
		fleet->consoles[i].database = fleet->database;
		start_console(fleet, i);
	}
}

static void fleet_done(struct fleet *fleet)
{
	for (size_t i = 0; i < CONSOLES_MAX; i++)
		console_done(&fleet->consoles[i]);
	postgres_done(&fleet->pg);
	free(fleet->agents);
}

static uint64_t n_committed(const struct fleet *fleet)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < options.agents; i++)
		n += atomic_load(&fleet->agents[i].committed);
	return n;
}

/* Spread over the whole of it, however long it takes. */
static uint32_t disturb_until_sent(struct fleet *fleet)
{
	const uint64_t all = (uint64_t)options.agents * options.events;
	uint32_t n = 0;

	while (atomic_load(&fleet->sending)) {
		/* another moment each time, so that all steps of a commit are hit sooner or later
		 */
		const struct timespec pause = {.tv_nsec = (long)(5 + n * 7 % 20) * 1000 * 1000};

		nanosleep(&pause, NULL);
		if (n < options.kills && n_committed(fleet) >= all * n / options.kills)
			disturb(fleet, n++);
	}
	return n;
}

/* That the clocks did jump: what came within minutes was received hours apart. */
static void check_clocks(struct weir_store *store)
{
#ifndef __SANITIZE_ADDRESS__
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int64_t apart_ns = 0;

	assert_int_equal(weir_db_read(store, &tx), 0);
	assert_int_equal(weir_db_number(tx, "SELECT max(received_ns) - min(received_ns) FROM event",
					NULL, 0, &apart_ns),
			 0);
	assert_true(apart_ns > INT64_C(3600) * 1000000000);
#endif
}

static void check_end(struct fleet *fleet, uint32_t n_disturbed)
{
	struct weir_store *store _cleanup_(weir_store_freep) = NULL;

	assert_int_equal(fleet->taken_back, 0);
	for (uint32_t i = 0; i < options.agents; i++)
		assert_int_equal(fleet->agents[i].committed, options.events);
	for (size_t i = 0; i < fleet->n_consoles; i++)
		assert_int_equal(end_console(&fleet->consoles[i], SIGTERM), 0);
	assert_int_equal(weir_store_open(fleet->database, NULL, &store), 0);
	check_store(store, NULL);
	check_clocks(store);
	assert_int_equal(fleet->n_followed, (uint64_t)options.agents * options.events);
	assert_true(n_disturbed > 0 && fleet->failures > 0 && fleet->resent > 0);
	assert_true(fleet->ahead > 0 && fleet->cut > 0 && fleet->twice > 0);
}

static void once__every_event_is_there_once(void **state)
{
	struct fleet fleet _cleanup_(fleet_done) = {.sending = SENDERS};
	struct sender senders[SENDERS];
	pthread_t threads[SENDERS], reader;
	const uint64_t start = weir_now_monotonic();
	uint32_t n;

	fleet.agents = calloc(options.agents, sizeof(*fleet.agents));
	assert_non_null(fleet.agents);
	start_fleet(&fleet);
	fleet.progress_ns = weir_now_monotonic();
	assert_int_equal(pthread_create(&reader, NULL, run_reader, &fleet), 0);
	for (uint32_t i = 0; i < SENDERS; i++) {
		senders[i] = (struct sender){&fleet, i, 4711 + i};
		assert_int_equal(pthread_create(&threads[i], NULL, run_sender, &senders[i]), 0);
	}
	n = disturb_until_sent(&fleet);
	for (size_t i = 0; i < SENDERS; i++)
		pthread_join(threads[i], NULL);
	fleet.stop = true;
	pthread_join(reader, NULL);
	print_message("%llu events in %.1f s; %u times disturbed; %u requests without an answer, "
		      "%u resent, %u ahead, %u cut, %u twice; %u failed reads\n",
		      (unsigned long long)options.agents * options.events,
		      (double)(weir_now_monotonic() - start) / 1e9, n, fleet.failures, fleet.resent,
		      fleet.ahead, fleet.cut, fleet.twice, fleet.follow_errors);
	check_end(&fleet, n);
}

static bool read_options(int argc, char **argv)
{
	uint32_t *const numbers[] = {&options.agents, &options.events, &options.batch,
				     &options.kills};

	if (argc < 2 || argc > 6)
		return false;
	options.postgresql = strcmp(argv[1], "postgresql") == 0;
	for (int i = 2; i < argc; i++)
		if (weir_parse_u32(argv[i], numbers[i - 2]) < 0)
			return false;
	return options.agents > 0 && options.agents <= AGENTS_MAX && options.events > 0 &&
	       options.batch > 0 && options.batch <= 1000;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(once__every_event_is_there_once),
	};

	if (!read_options(argc, argv)) {
		(void)fprintf(stderr, "once sqlite|postgresql [AGENTS [EVENTS [BATCH [KILLS]]]]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name(argv[1], tests, NULL, NULL);
}
