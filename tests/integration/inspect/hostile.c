/* SPDX-License-Identifier: Apache-2.0 */
/* What the asking side makes of workers that are broken or hostile. */

#include "helper.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "scratch.h"
#include "weir/base/time.h"
#include "weir/ipc/worker.h"

static struct outcomes outcomes;

static struct weir_inspector *start(const char *program, unsigned workers, uint64_t timeout_ns)
{
	struct weir_inspector_options options = {
		.program = program, .workers = workers, .queue = 8, .timeout_ns = timeout_ns};
	struct weir_inspector *in = NULL;

	memset(&outcomes, 0, sizeof(outcomes));
	assert_int_equal(weir_inspector_new(&options, record, &outcomes, &in), 0);
	return in;
}

/* One bad request, then a good one: the first ends as an error, the second is answered by a fresh
 * worker. */
static void bad_then_good(const char *what, const char *reason)
{
	struct weir_inspector *in = start(FAKE_WORKER, 1, 300 * WEIR_NSEC_PER_MSEC);

	assert_int_equal(weir_inspector_submit(in, memory_file(what, 1), 1), 0);
	assert_int_equal(weir_inspector_submit(in, memory_file("g", 1), 2), 0);
	drain(in);
	assert_int_equal(outcomes.answered[1], 1);
	assert_int_equal(outcomes.status[1], WEIR_SCAN_ERROR);
	assert_non_null(strstr(outcomes.reason[1], reason));
	assert_int_equal(outcomes.answered[2], 1);
	assert_int_equal(outcomes.status[2], WEIR_SCAN_COMPLETE);
	weir_inspector_free(in);
}

static struct weir_inspector *asked;
static uint32_t excerpt_bytes[8]; /* by cookie, of what was taken */

static void take(void *context, uint64_t cookie, const struct weir_findings *findings)
{
	struct weir_excerpts *excerpts _cleanup_(weir_excerpts_freep) =
		weir_inspector_take_excerpts(asked);

	excerpt_bytes[cookie] = excerpts ? excerpts->bytes : 0;
	record(context, cookie, findings);
}

/* What a file with this letter comes to when so many bytes are wanted, and a good one behind it. */
static uint32_t excerpts_of(const char *what, uint32_t wanted)
{
	struct weir_inspector_options options = {.program = FAKE_WORKER,
						 .timeout_ns = 300 * WEIR_NSEC_PER_MSEC};

	memset(&outcomes, 0, sizeof(outcomes));
	assert_int_equal(weir_inspector_new(&options, take, &outcomes, &asked), 0);
	weir_inspector_want_excerpts(asked, wanted);
	assert_int_equal(weir_inspector_submit(asked, memory_file(what, 1), 1), 0);
	assert_int_equal(weir_inspector_submit(asked, memory_file("g", 1), 2), 0);
	drain(asked);
	assert_int_equal(outcomes.answered[1] + outcomes.answered[2], 2);
	assert_int_equal(outcomes.status[2], WEIR_SCAN_COMPLETE);
	assert_int_equal(excerpt_bytes[2], 0);
	weir_inspector_free(asked);
	return excerpt_bytes[1];
}

static void inspector__excerpts_come_with_their_answer(void **state)
{
	assert_int_equal(excerpts_of("e", 8), 8);
	assert_int_equal(outcomes.status[1], WEIR_SCAN_COMPLETE);
	assert_int_equal(excerpts_of("g", 8), 0);
	assert_int_equal(outcomes.status[1], WEIR_SCAN_COMPLETE);
}

/* Nobody asked, more than was asked for, of nothing, one over the other: such a worker is not believed at all. */
static void inspector__excerpts_that_are_none(void **state)
{
	static const struct {
		const char *what, *reason;
		uint32_t wanted;
	} bad[] = {{"e", "protocol", 0},
		   {"e", "protocol", 7},
		   {"m", "protocol", 16},
		   {"n", "protocol", 16},
		   {"o", "no sense", 16}};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(excerpts_of(bad[i].what, bad[i].wanted), 0);
		assert_int_equal(outcomes.status[1], WEIR_SCAN_ERROR);
		assert_non_null(strstr(outcomes.reason[1], bad[i].reason));
	}
}

static void inspector__killed_worker_is_replaced(void **state)
{
	bad_then_good("k", "died");
}

static void inspector__stopped_worker_times_out(void **state)
{
	bad_then_good("h", "time-out");
}

static void inspector__answer_to_another_request(void **state)
{
	bad_then_good("s", "no sense");
}

static void inspector__count_without_findings(void **state)
{
	bad_then_good("c", "no sense");
}

static void inspector__text_without_end(void **state)
{
	bad_then_good("t", "no sense");
}

static void inspector__short_answer(void **state)
{
	bad_then_good("l", "no sense");
}

static void inspector__answer_with_descriptor(void **state)
{
	bad_then_good("f", "protocol");
}

/* What went wrong once goes right with the next worker, and is told once. */
static void inspector__asked_once_more(void **state)
{
	static const char *const once[] = {"K", "S", "C", "T", "L", "F"};

	for (size_t i = 0; i < ARRAY_SIZE(once); i++) {
		struct weir_inspector *in = start(FAKE_WORKER, 1, 0);

		assert_int_equal(weir_inspector_submit(in, memory_file(once[i], 1), 1), 0);
		assert_int_equal(weir_inspector_submit(in, memory_file("g", 1), 2), 0);
		drain(in);
		assert_int_equal(outcomes.answered[1], 1);
		assert_int_equal(outcomes.status[1], WEIR_SCAN_COMPLETE);
		assert_int_equal(outcomes.status[2], WEIR_SCAN_COMPLETE);
		assert_int_equal(weir_inspector_retries(in), 1);
		weir_inspector_free(in);
	}
}

/* One that takes too long would only take as long again. */
static void inspector__no_second_time_out(void **state)
{
	struct weir_inspector *in = start(FAKE_WORKER, 1, 300 * WEIR_NSEC_PER_MSEC);

	assert_int_equal(weir_inspector_submit(in, memory_file("H", 1), 1), 0);
	drain(in);
	assert_int_equal(outcomes.status[1], WEIR_SCAN_ERROR);
	assert_int_equal(weir_inspector_retries(in), 0);
	weir_inspector_free(in);
}

static size_t open_descriptors(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Every descriptor that was submitted is closed, whatever became of the request. */
static void inspector__descriptors_are_closed(void **state)
{
	size_t before = open_descriptors();
	struct weir_inspector *in = start(FAKE_WORKER, 2, 300 * WEIR_NSEC_PER_MSEC);

	for (uint64_t i = 0; i < 8; i++)
		assert_int_equal(weir_inspector_submit(in, memory_file(&"kKgShgsK"[i], 1), i), 0);
	drain(in);
	assert_int_equal(weir_inspector_submit(in, memory_file("h", 1), 8), 0);
	assert_int_equal(weir_inspector_submit(in, memory_file("h", 1), 9), 0);
	assert_true(turn(in));
	weir_inspector_free(in);
	assert_int_equal(open_descriptors(), before);
}

static void inspector__second_answer_ends_the_worker(void **state)
{
	struct weir_inspector *in = start(FAKE_WORKER, 1, 0);

	assert_int_equal(weir_inspector_submit(in, memory_file("d", 1), 1), 0);
	drain(in);
	assert_int_equal(outcomes.status[1], WEIR_SCAN_COMPLETE);
	for (uint64_t i = 2; i < 5; i++) {
		assert_int_equal(weir_inspector_submit(in, memory_file("g", 1), i), 0);
		drain(in);
		assert_int_equal(outcomes.answered[i], 1);
	}
	weir_inspector_free(in);
}

static void inspector__many_crashes_all_answered(void **state)
{
	struct weir_inspector *in = start(FAKE_WORKER, 2, 0);

	for (uint64_t i = 0; i < 8; i++)
		assert_int_equal(weir_inspector_submit(in, memory_file(i % 2 ? "k" : "g", 1), i),
				 0);
	drain(in);
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(outcomes.answered[i], 1);
		assert_int_equal(outcomes.status[i], i % 2 ? WEIR_SCAN_ERROR : WEIR_SCAN_COMPLETE);
	}
	assert_int_equal(weir_inspector_retries(in), 4);
	weir_inspector_free(in);
}

static void inspector__queue_full(void **state)
{
	struct weir_inspector *in = start(FAKE_WORKER, 1, 0);
	int fd;

	for (uint64_t i = 0; i < 8; i++)
		assert_int_equal(weir_inspector_submit(in, memory_file("g", 1), i), 0);
	fd = memory_file("g", 1);
	assert_int_equal(weir_inspector_submit(in, fd, 8), -EAGAIN);
	assert_int_equal(close(fd), -1); /* it was taken and closed */
	assert_int_equal(errno, EBADF);
	assert_int_equal(weir_inspector_pending(in), 8);
	drain(in);
	assert_int_equal(weir_inspector_submit(in, memory_file("g", 1), 8), 0);
	drain(in);
	assert_int_equal(outcomes.answered[8], 1);
	weir_inspector_free(in);
}

/* What is with a worker counts as well. */
static void inspector__queue_counts_what_runs(void **state)
{
	struct weir_inspector *in = start(FAKE_WORKER, 1, 0);

	assert_true(turn(in)); /* hello: from here on a request goes to the worker at once */
	for (uint64_t i = 0; i < 8; i++)
		assert_int_equal(weir_inspector_submit(in, memory_file("h", 1), i), 0);
	assert_int_equal(weir_inspector_pending(in), 8);
	assert_int_equal(weir_inspector_submit(in, memory_file("g", 1), 8), -EAGAIN);
	weir_inspector_free(in);
}

static void inspector__worker_that_never_starts(void **state)
{
	struct weir_inspector *in = start("/bin/false", 2, 0);

	for (uint64_t i = 0; i < 4; i++)
		assert_int_equal(weir_inspector_submit(in, memory_file("g", 1), i), 0);
	drain(in);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(outcomes.status[i], WEIR_SCAN_ERROR);
		assert_non_null(strstr(outcomes.reason[i], "do not start"));
	}
	weir_inspector_free(in);
}

static bool kernel_has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1U) >= 1;
}

/* One is busy, the other died and no more can be had, and something waits: the agent sleeps until the busy one is done. */
static void inspector__sleeps_while_no_worker_starts(void **state)
{
	char dir[64], path[96], command[256];
	struct weir_inspector *in;
	unsigned turns = 0;

	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/worker", dir);
	snprintf(command, sizeof(command), "cp %s %s", FAKE_WORKER, path);
	assert_int_equal(system(command), 0);
	in = start(path, 2, 6 * WEIR_NSEC_PER_SEC);
	assert_int_equal(weir_inspector_submit(in, memory_file("g", 1), 2), 0);
	assert_int_equal(weir_inspector_submit(in, memory_file("g", 1), 3), 0);
	drain(in);
	scratch_remove(dir);
	assert_int_equal(weir_inspector_submit(in, memory_file("h", 1), 0), 0);
	assert_int_equal(weir_inspector_submit(in, memory_file("k", 1), 1), 0);
	for (; weir_inspector_pending(in) > 0; turns++)
		assert_true(turn(in));
	assert_in_range(turns, 2, 500);
	assert_non_null(strstr(outcomes.reason[0], "time-out"));
	assert_non_null(strstr(outcomes.reason[1], "do not start"));
	weir_inspector_free(in);
}

/* The worker is copied under a name that says which part it lacks: its program is all that an
 * inspector hands it. */
static void inspector__worker_without_its_sandbox(void **state)
{
	for (unsigned bit = 0; bit < 4; bit++) {
		struct weir_inspector *in;
		char dir[64], path[96], command[256];

		scratch_make(dir);
		snprintf(path, sizeof(path), "%s/unconfined-%u", dir, bit);
		snprintf(command, sizeof(command), "cp %s %s", FAKE_WORKER, path);
		assert_int_equal(system(command), 0);
		in = start(path, 1, 0);
		assert_int_equal(weir_inspector_submit(in, memory_file("g", 1), 1), 0);
		drain(in);
		if (1U << bit == WEIR_WORKER_LANDLOCK && !kernel_has_landlock()) {
			assert_int_equal(outcomes.status[1], WEIR_SCAN_COMPLETE);
		} else {
			assert_int_equal(outcomes.status[1], WEIR_SCAN_ERROR);
			assert_non_null(strstr(outcomes.reason[1], "without their sandbox"));
		}
		weir_inspector_free(in);
		scratch_remove(dir);
	}
}

static void inspector__no_such_program(void **state)
{
	struct weir_inspector_options options = {.program = "/nonexistent/weir-inspect"};
	struct weir_inspector *in = NULL;

	assert_int_equal(weir_inspector_new(&options, record, &outcomes, &in), -ENOENT);
	assert_null(in);
}

static void inspector__freed_with_requests_under_way(void **state)
{
	struct weir_inspector *in = start(FAKE_WORKER, 2, 0);

	for (uint64_t i = 0; i < 8; i++)
		assert_int_equal(weir_inspector_submit(in, memory_file("h", 1), i), 0);
	assert_true(turn(in));
	weir_inspector_free(in);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(outcomes.answered[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inspector__excerpts_come_with_their_answer),
		cmocka_unit_test(inspector__excerpts_that_are_none),
		cmocka_unit_test(inspector__killed_worker_is_replaced),
		cmocka_unit_test(inspector__stopped_worker_times_out),
		cmocka_unit_test(inspector__answer_to_another_request),
		cmocka_unit_test(inspector__count_without_findings),
		cmocka_unit_test(inspector__text_without_end),
		cmocka_unit_test(inspector__short_answer),
		cmocka_unit_test(inspector__answer_with_descriptor),
		cmocka_unit_test(inspector__asked_once_more),
		cmocka_unit_test(inspector__no_second_time_out),
		cmocka_unit_test(inspector__descriptors_are_closed),
		cmocka_unit_test(inspector__second_answer_ends_the_worker),
		cmocka_unit_test(inspector__many_crashes_all_answered),
		cmocka_unit_test(inspector__queue_full),
		cmocka_unit_test(inspector__queue_counts_what_runs),
		cmocka_unit_test(inspector__worker_that_never_starts),
		cmocka_unit_test(inspector__worker_without_its_sandbox),
		cmocka_unit_test(inspector__sleeps_while_no_worker_starts),
		cmocka_unit_test(inspector__no_such_program),
		cmocka_unit_test(inspector__freed_with_requests_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
