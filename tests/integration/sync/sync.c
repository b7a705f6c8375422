/* SPDX-License-Identifier: Apache-2.0 */
/* The sync state machine with a real spool against a console that misbehaves. The clock is the
 * test's own. */
#include "sync_fixture.h"

struct fixture {
	char top[64];
	char dir[96];
	struct fake_console *console;
	struct weir_http *http;
	struct weir_spool *spool;
	struct weir_sync *sync;
	uint64_t now;
};

static void start_sync(struct fixture *f, const char *token)
{
	struct weir_sync_options options = {
		.spool_dir = f->dir,
		.http = f->http,
		.bearer = token,
		.sender = {.agent_uid = UID_BYTES, .host_name = "host-1", .agent_version = "1"},
	};

	memcpy(options.sender.agent_uid, UID_BYTES, sizeof(options.sender.agent_uid));
	weir_sync_free(f->sync);
	f->sync = NULL;
	assert_int_equal(weir_sync_new(&options, &f->sync), 0);
}

static void open_spool(struct fixture *f)
{
	struct weir_spool_options options = {
		.dir = f->dir, .max_bytes = 1 << 20, .segment_bytes = 2048};

	weir_spool_free(f->spool);
	f->spool = NULL;
	assert_int_equal(weir_spool_new(&options, &f->spool), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct weir_http_options options = {.timeout_ns = 20 * WEIR_NSEC_PER_SEC};

	scratch_make(f->top);
	(void)snprintf(f->dir, sizeof(f->dir), "%s/spool", f->top);
	f->console = fake_console_new(NULL);
	options.base = f->console->base;
	assert_int_equal(weir_http_new(&options, &f->http, NULL), 0);
	f->now = WEIR_NSEC_PER_SEC;
	open_spool(f);
	start_sync(f, NULL);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	weir_sync_free(f->sync);
	weir_http_free(f->http);
	weir_spool_free(f->spool);
	fake_console_free(f->console);
	scratch_remove(f->top);
	free(f);
	return 0;
}

/* Steps until drained or the steps are used up; waiting moves the clock. Returns the time waited.
 */
static uint64_t run(struct fixture *f, unsigned steps)
{
	uint64_t began = f->now;

	for (unsigned i = 0; i < steps; i++) {
		uint64_t wait = 0;
		int r = weir_sync_step(f->sync, f->now, UINT64_C(0x9e3779b97f4a7c15) * (i + 1),
				       &wait);

		assert_true(r >= 0);
		if (r == 0 && weir_sync_drained(f->sync))
			break;
		if (r == 0)
			f->now += wait;
	}
	return f->now - began;
}

static void expect_all(struct fixture *f, uint64_t n)
{
	assert_true(weir_sync_drained(f->sync));
	assert_int_equal(f->console->bad_requests, 0);
	assert_int_equal(f->console->changed, 0);
	assert_int_equal(f->console->committed, n);
	for (uint64_t i = 1; i <= n; i++)
		assert_int_not_equal(f->console->hash[i], 0);
	assert_int_equal(read_mark(f->dir), n);
}

static void sync__drains(void **state)
{
	struct fixture *f = *state;

	fill(f->spool, 2500);
	weir_spool_count_drop(f->spool, "ring-full", 3);
	(void)run(f, 20);
	expect_all(f, 2500);
	assert_int_equal(f->console->requests, 3);
	assert_int_equal(f->console->largest_batch, 1000);
	assert_int_equal(f->console->duplicates, 0);
	assert_memory_equal(f->console->agent_uid, UID_BYTES, 16);
	assert_string_equal(f->console->host, "host-1");
	assert_true(f->console->epoch == weir_spool_epoch(f->spool));
	assert_int_equal(f->console->drops, 3);
	/* The writer then lets go of it, and what comes later follows on. */
	assert_int_equal(weir_spool_maintain(f->spool), 0);
	fill(f->spool, 5);
	(void)run(f, 20);
	expect_all(f, 2505);
}

static void sync__no_spool_yet(void **state)
{
	struct fixture *f = *state;
	uint64_t wait = 0;

	(void)snprintf(f->dir, sizeof(f->dir), "%s/later", f->top);
	start_sync(f, NULL);
	assert_int_equal(weir_sync_step(f->sync, f->now, 1, &wait), 0);
	assert_true(wait > 0);
	open_spool(f);
	fill(f->spool, 3);
	(void)run(f, 10);
	expect_all(f, 3);
}

static void sync__retry_after_is_waited(void **state)
{
	struct fixture *f = *state;

	fill(f->spool, 10);
	f->console->fail = 2;
	f->console->fail_status = 503;
	f->console->retry_after = "7";
	assert_true(run(f, 20) >= 14 * WEIR_NSEC_PER_SEC);
	expect_all(f, 10);
	assert_int_equal(f->console->requests, 3);
	assert_int_equal(weir_sync_counters(f->sync)->failures, 2);
	assert_string_equal(weir_sync_problem(f->sync), "");
}

static void sync__answer_cut_off(void **state)
{
	struct fixture *f = *state;

	fill(f->spool, 10);
	f->console->cut = 1;
	(void)run(f, 20);
	expect_all(f, 10);
	/* The console had them: they came again with the same bytes. */
	assert_int_equal(f->console->duplicates, 10);
}

static void sync__console_away(void **state)
{
	struct fixture *f = *state;
	struct weir_http_options options = {.base = "unix:/nonexistent/socket"};
	uint64_t wait = 0;

	fill(f->spool, 3);
	weir_http_free(f->http);
	assert_int_equal(weir_http_new(&options, &f->http, NULL), 0);
	start_sync(f, NULL);
	assert_int_equal(weir_sync_step(f->sync, f->now, 5, &wait), 1);
	assert_int_equal(weir_sync_step(f->sync, f->now, 5, &wait), 0);
	assert_true(wait > 0 && wait <= WEIR_NSEC_PER_SEC);
	assert_false(weir_sync_drained(f->sync));
	assert_non_null(strstr(weir_sync_problem(f->sync), "/nonexistent/socket"));
	assert_int_equal(read_mark(f->dir), 0);
}

static void sync__committed_later_than_accepted(void **state)
{
	struct fixture *f = *state;
	uint64_t wait = 0;

	fill(f->spool, 10);
	f->console->withhold = true;
	assert_int_equal(weir_sync_step(f->sync, f->now, 1, &wait), 1);
	assert_int_equal(weir_sync_step(f->sync, f->now, 1, &wait), 0);
	assert_int_equal(f->console->accepted, 10);
	assert_false(weir_sync_drained(f->sync));
	assert_int_equal(read_mark(f->dir), 0);
	/* Nothing is sent again before its time; then it is, and the console has it committed. */
	assert_int_equal(f->console->requests, 1);
	(void)run(f, 20);
	expect_all(f, 10);
	assert_true(f->console->duplicates >= 10);
}

static void sync__accepts_part_of_a_batch(void **state)
{
	struct fixture *f = *state;

	fill(f->spool, 10);
	f->console->accept_most = 4;
	(void)run(f, 20);
	expect_all(f, 10);
	assert_int_equal(f->console->requests, 3);
	assert_int_equal(f->console->duplicates, 0);
}

static void sync__halves_when_too_large(void **state)
{
	struct fixture *f = *state;

	fill(f->spool, 300);
	f->console->most_events = 40;
	(void)run(f, 200);
	expect_all(f, 300);
	assert_int_equal(f->console->duplicates, 0);
	assert_in_range(f->console->largest_batch, 2, 40);
}

static void sync__sets_a_refused_event_aside(void **state)
{
	struct fixture *f = *state;
	char path[200];

	fill(f->spool, 100);
	f->console->poison = 37;
	(void)run(f, 200);
	assert_true(weir_sync_drained(f->sync));
	assert_int_equal(f->console->committed, 100);
	assert_int_equal(f->console->hash[37], 0);
	assert_int_not_equal(f->console->hash[36], 0);
	assert_int_not_equal(f->console->hash[38], 0);
	assert_int_equal(weir_sync_counters(f->sync)->set_aside, 1);
	(void)snprintf(path, sizeof(path), "%s/ack/refused-%llu-37", f->dir,
		       (unsigned long long)weir_spool_epoch(f->spool));
	assert_int_equal(access(path, F_OK), 0);
}

/* A console that refuses everything gets at most one event set aside. */
static void sync__refusing_console_loses_nothing(void **state)
{
	struct fixture *f = *state;

	fill(f->spool, 50);
	f->console->fail = 100;
	f->console->fail_status = 400;
	(void)run(f, 60);
	assert_false(weir_sync_drained(f->sync));
	assert_true(weir_sync_counters(f->sync)->set_aside <= 1);
	assert_int_equal(read_mark(f->dir), 0);
	f->console->fail = 0;
	(void)run(f, 200);
	assert_true(weir_sync_drained(f->sync));
	assert_int_equal(f->console->committed, 50);
}

static void sync__does_not_believe_nonsense(void **state)
{
	struct fixture *f = *state;

	fill(f->spool, 10);
	f->console->garbage = 1;
	f->console->lie = 1;
	(void)run(f, 20);
	assert_int_equal(weir_sync_counters(f->sync)->protocol, 2);
	expect_all(f, 10);
}

/* The console was restored from a backup: it goes on from where it is. */
static void sync__console_behind(void **state)
{
	struct fixture *f = *state;

	fill(f->spool, 10);
	(void)run(f, 20);
	expect_all(f, 10);
	f->console->accepted = f->console->committed = 4;
	fill(f->spool, 2);
	(void)run(f, 20);
	expect_all(f, 12);
	assert_int_equal(f->console->duplicates, 0);
}

/* ... and the spool no longer has what it lacks: the batch says so. */
static void sync__console_behind_what_is_left(void **state)
{
	struct fixture *f = *state;

	fill(f->spool, 300);
	(void)run(f, 20);
	expect_all(f, 300);
	assert_int_equal(weir_spool_maintain(f->spool), 0);
	f->console->accepted = f->console->committed = 4;
	fill(f->spool, 2);
	(void)run(f, 20);
	expect_all(f, 302);
}

static void sync__unyielding_console(void **state)
{
	struct fixture *f = *state;

	fill(f->spool, 300);
	(void)run(f, 20);
	assert_int_equal(weir_spool_maintain(f->spool), 0);
	f->console->accepted = f->console->committed = 4;
	f->console->ignore_lost_from = true;
	fill(f->spool, 2);
	/* Tries with growing pauses, not in a loop. */
	assert_true(run(f, 40) > 60 * WEIR_NSEC_PER_SEC);
	assert_false(weir_sync_drained(f->sync));
}

static void sync__goes_on_after_a_restart(void **state)
{
	struct fixture *f = *state;

	fill(f->spool, 10);
	(void)run(f, 20);
	start_sync(f, NULL);
	fill(f->spool, 3);
	(void)run(f, 20);
	expect_all(f, 13);
	assert_int_equal(f->console->duplicates, 0);
}

/* The console knows what it has; the mark is made anew, batch by batch. */
static void sync__mark_lost(void **state)
{
	struct fixture *f = *state;
	char path[200];

	fill(f->spool, 2500);
	(void)run(f, 20);
	expect_all(f, 2500);
	(void)snprintf(path, sizeof(path), "%s/ack/committed", f->dir);
	assert_int_equal(unlink(path), 0);
	start_sync(f, NULL);
	fill(f->spool, 5);
	(void)run(f, 20);
	expect_all(f, 2505);
	assert_int_equal(f->console->duplicates, 2500);
	assert_string_equal(weir_sync_problem(f->sync), "");
}

/* Someone moved the whole folder away while it was being read. */
static void sync__spool_replaced(void **state)
{
	struct fixture *f = *state;
	char old[200];

	fill(f->spool, 10);
	(void)run(f, 20);
	expect_all(f, 10);
	(void)snprintf(old, sizeof(old), "%s/old", f->top);
	assert_int_equal(rename(f->dir, old), 0);
	(void)run(f, 20);
	open_spool(f);
	f->console->accepted = f->console->committed = 0;
	memset(f->console->hash, 0, sizeof(f->console->hash));
	fill(f->spool, 3);
	(void)run(f, 20);
	expect_all(f, 3);
	assert_true(f->console->epoch == weir_spool_epoch(f->spool));
}

static void sync__damaged_segment(void **state)
{
	struct fixture *f = *state;
	char path[200];
	int fd;

	fill(f->spool, 200);
	(void)snprintf(path, sizeof(path), "%s/00000000000000000001.seg", f->dir);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "damage", 6, 400), 6);
	(void)weir_close(fd);
	(void)run(f, 20);
	assert_true(weir_sync_drained(f->sync));
	assert_int_equal(weir_sync_counters(f->sync)->damaged, 1);
	assert_int_equal(f->console->committed, 200);
	assert_int_not_equal(f->console->hash[1], 0);
	assert_int_equal(f->console->hash[20], 0);
	assert_int_not_equal(f->console->hash[200], 0);
	assert_int_equal(read_mark(f->dir), 200);
}

static void sync__token(void **state)
{
	struct fixture *f = *state;

	fill(f->spool, 3);
	f->console->token = "secret-token";
	(void)run(f, 10);
	assert_int_equal(f->console->committed, 0);
	assert_null(strstr(weir_sync_problem(f->sync), "secret"));
	start_sync(f, "secret-token");
	(void)run(f, 10);
	expect_all(f, 3);
}

/* Counts alone are news too, but not at every look. */
static void sync__reports_drops_without_events(void **state)
{
	struct fixture *f = *state;

	fill(f->spool, 1);
	(void)run(f, 10);
	weir_spool_count_drop(f->spool, "ring-full", 9);
	f->now += 61 * WEIR_NSEC_PER_SEC;
	(void)run(f, 10);
	assert_int_equal(f->console->drops, 9);
	assert_int_equal(f->console->requests, 2);
	(void)run(f, 10);
	assert_int_equal(f->console->requests, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sync__drains),
		TEST(sync__no_spool_yet),
		TEST(sync__retry_after_is_waited),
		TEST(sync__answer_cut_off),
		TEST(sync__console_away),
		TEST(sync__committed_later_than_accepted),
		TEST(sync__accepts_part_of_a_batch),
		TEST(sync__halves_when_too_large),
		TEST(sync__sets_a_refused_event_aside),
		TEST(sync__refusing_console_loses_nothing),
		TEST(sync__does_not_believe_nonsense),
		TEST(sync__console_behind),
		TEST(sync__console_behind_what_is_left),
		TEST(sync__unyielding_console),
		TEST(sync__goes_on_after_a_restart),
		TEST(sync__mark_lost),
		TEST(sync__spool_replaced),
		TEST(sync__damaged_segment),
		TEST(sync__token),
		TEST(sync__reports_drops_without_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
