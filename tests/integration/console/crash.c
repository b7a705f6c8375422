/* SPDX-License-Identifier: Apache-2.0 */
/* kill -9 of the console while batches come in: afterwards every event is there, and once. */

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "client.h"
#include "fake.h"
#include "process.h"
#include "weir/proto/wire.h"

static const char program[] = WEIR_TEST_BIN "/weir-console";

#define AGENTS	  3
#define EVENTS	  400 /* of each agent */
#define BATCH_MAX 9
#define KILLS	  12
#define TURNS_MAX 2000 /* an agent that gets nowhere gives up */

/* An agent that sends until everything is committed, whatever happens to the console. */
struct agent {
	const char *socket;
	uint8_t number;
	atomic_uint *alive; /* agents that still send */
	uint64_t committed;
	uint64_t lost; /* times that the console took a commitment back */
	unsigned failures, duplicates;
};

/* The committed sequence of the answer; false when there was no answer. */
static bool send_batch(struct agent *agent, uint64_t first, size_t n, uint64_t *ret_committed)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);
	struct client_reply reply _cleanup_(client_reply_done) = {};
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;

	fake_batch(&(struct fake_batch){.agent = agent->number, .epoch = 5, .first = first, .n = n},
		   &bytes);
	if (client_post(agent->socket, &bytes, &reply) < 0 || reply.status == 0)
		return false;
	if (reply.status != 200 && reply.status != 409)
		return false;
	if (weir_wire_unpack(&weir__v1__batch_ack__descriptor, reply.body.data, reply.body.len,
			     &wire) < 0)
		return false;
	*ret_committed = ((const Weir__V1__BatchAck *)weir_wire_message(wire))->committed_sequence;
	return true;
}

static void *run_agent(void *context)
{
	const struct timespec pause = {.tv_nsec = 2 * 1000 * 1000};
	struct agent *agent = context;
	unsigned turn = agent->number;

	while (agent->committed < EVENTS && turn < TURNS_MAX) {
		uint64_t first = agent->committed + 1, committed;
		size_t n = 1 + turn++ % BATCH_MAX;

		/* now and then an older batch once more, and one that is ahead */
		if (turn % 7 == 0 && first > 4)
			first -= 4;
		if (turn % 11 == 0)
			first += 3;
		n = WEIR_MIN(n, (size_t)(EVENTS + 4 - first));
		if (first + n - 1 > EVENTS) {
			first = agent->committed + 1;
			n = (size_t)(EVENTS - agent->committed);
			n = WEIR_MIN(n, (size_t)BATCH_MAX);
		}
		if (!send_batch(agent, first, n, &committed)) {
			agent->failures++;
			nanosleep(&pause, NULL);
			continue;
		}
		agent->duplicates += first <= agent->committed;
		if (committed < agent->committed)
			agent->lost++;
		agent->committed = committed;
	}
	atomic_fetch_sub(agent->alive, 1);
	return NULL;
}

static int64_t ask_number(const char *state, const char *sql)
{
	char path[160];
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	int64_t number;

	(void)snprintf(path, sizeof(path), "%s/console.db", state);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	number = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return number;
}

static void check_database(const char *state)
{
	assert_int_equal(ask_number(state, "SELECT count(*) FROM event"), AGENTS * EVENTS);
	assert_int_equal(ask_number(state, "SELECT count(*) FROM"
					   " (SELECT DISTINCT agent, epoch, sequence FROM event)"),
			 AGENTS * EVENTS);
	assert_int_equal(ask_number(state, "SELECT min(sequence) FROM event"), 1);
	assert_int_equal(ask_number(state, "SELECT max(sequence) FROM event"), EVENTS);
	assert_int_equal(ask_number(state, "SELECT min(committed_sequence) FROM spool"), EVENTS);
	assert_int_equal(ask_number(state, "SELECT sum(n_events) FROM spool"), AGENTS * EVENTS);
	assert_int_equal(ask_number(state, "SELECT count(*) FROM reject"), 0);
	assert_int_equal(ask_number(state, "SELECT count(*) FROM pragma_integrity_check WHERE"
					   " integrity_check = 'ok'"),
			 1);
}

static void crash__every_event_once(void **state)
{
	struct console console _cleanup_(console_done) = {};
	struct agent agents[AGENTS];
	pthread_t threads[AGENTS];
	atomic_uint alive = AGENTS;
	unsigned kills = 0, failures = 0, duplicates = 0;

	assert_int_equal(console_init(&console), 0);
	assert_int_equal(console_start(&console, program), 0);
	for (uint8_t i = 0; i < AGENTS; i++) {
		agents[i] = (struct agent){
			.socket = console.socket, .number = (uint8_t)(i + 1), .alive = &alive};
		assert_int_equal(pthread_create(&threads[i], NULL, run_agent, &agents[i]), 0);
	}
	while (atomic_load(&alive) && kills < KILLS) {
		/* another moment each time, so that all steps of a commit are hit sooner or later
		 */
		const struct timespec pause = {.tv_nsec = (long)(7 + kills * 3) * 1000 * 1000};

		nanosleep(&pause, NULL);
		assert_int_equal(console_stop(&console, SIGKILL), 128 + SIGKILL);
		kills++;
		assert_int_equal(console_start(&console, program), 0);
	}
	for (size_t i = 0; i < AGENTS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(agents[i].lost, 0);
		failures += agents[i].failures;
		duplicates += agents[i].duplicates;
	}
	print_message("%u kills, %u requests without an answer, %u sent again on purpose\n", kills,
		      failures, duplicates);
	assert_true(kills > 3 && failures > 0 && duplicates > 0);
	assert_int_equal(console_stop(&console, SIGTERM), 0);
	check_database(console.state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crash__every_event_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
