/* SPDX-License-Identifier: Apache-2.0 */
/* The real worker, killed at every moment: no verdict is lost, none is given twice, none is wrong. */

#include "helper.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>

#include "synthetic.h"
#include "weir/base/time.h"
#include "weir/findings/detectors.h"

#define IDS   50
#define BYTES (4u << 20)

static struct outcomes outcomes;
static uint64_t found[OUTCOMES];

static void note(void *context, uint64_t cookie, const struct weir_findings *f)
{
	record(context, cookie, f);
	found[cookie] = f->total[weir_detector_number("cn_resident_id")];
}

static struct weir_inspector *start(unsigned workers)
{
	struct weir_inspector_options options = {.program = WEIR_TEST_BIN "/weir-inspect",
						 .workers = workers,
						 .queue = OUTCOMES,
						 .timeout_ns = 60 * WEIR_NSEC_PER_SEC};
	struct weir_inspector *in = NULL;

	memset(&outcomes, 0, sizeof(outcomes));
	memset(found, 0, sizeof(found));
	assert_int_equal(weir_inspector_new(&options, note, &outcomes, &in), 0);
	return in;
}

/* Text that takes some milliseconds, with n identities in it. */
static int customers(unsigned n, size_t bytes)
{
	struct weir_buf text = WEIR_BUF_INIT(64u << 20);
	char id[19];
	int fd;

	for (unsigned i = 0; i < n; i++) {
		synthetic_resident_id(i, id);
		assert_int_equal(weir_buf_printf(&text, "身份证号：%s\n", id), 0);
		for (size_t end = bytes / n * (i + 1); text.len < end;)
			assert_int_equal(weir_buf_puts(&text, "一些别的文字 and other words\n"), 0);
	}
	fd = memory_file(text.data, text.len);
	weir_buf_done(&text);
	return fd;
}

/* Kills up to max children of this process; returns how many. */
static unsigned kill_workers(unsigned max)
{
	char path[64], text[256] = "", *at = text;
	unsigned n = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	(void)!read(fd, text, sizeof(text) - 1);
	(void)weir_close(fd);
	for (; *at && n < max; n++) {
		pid_t pid = (pid_t)strtoull(at, &at, 10);

		while (*at == ' ')
			at++;
		(void)kill(pid, SIGKILL);
	}
	return n;
}

static void serve_until(struct weir_inspector *in, uint64_t when)
{
	for (;;) {
		struct pollfd p = {.fd = weir_inspector_fd(in), .events = POLLIN};
		uint64_t now = weir_now_monotonic();
		struct timespec wait = {.tv_nsec = (long)(when - now)};

		if (now >= when)
			return;
		if (ppoll(&p, 1, &wait, NULL) > 0)
			assert_int_equal(weir_inspector_dispatch(in), 0);
	}
}

/* Once for each request, from before the worker has greeted until after its answer. */
static void killed__once_at_every_moment(void **state)
{
	int file = customers(IDS, BYTES);
	uint64_t retries = 0;

	for (unsigned i = 0; i < 60; i++) {
		struct weir_inspector *in = start(1);
		uint64_t begun = weir_now_monotonic();

		if (i % 2) /* to a worker that is ready */
			assert_true(turn(in));
		begun = weir_now_monotonic();
		assert_int_equal(weir_inspector_submit(in, dup(file), 1), 0);
		serve_until(in, begun + i * WEIR_NSEC_PER_MSEC / 5);
		(void)kill_workers(1);
		drain(in);
		assert_int_equal(outcomes.answered[1], 1);
		assert_int_equal(outcomes.status[1], WEIR_SCAN_COMPLETE);
		assert_int_equal(found[1], IDS);
		retries += weir_inspector_retries(in);
		weir_inspector_free(in);
	}
	print_message("%u requests were asked twice\n", (unsigned)retries);
	assert_true(retries > 0);
	(void)weir_close(file);
}

/* Again and again while many wait: each is answered once, rightly or as an error. */
static void killed__again_and_again(void **state)
{
	uint64_t begun = weir_now_monotonic(), now, pace;
	struct weir_inspector *in = start(2);
	unsigned files = 200, errors = 0, kills = 0;

	assert_true(turn(in));
	now = weir_now_monotonic();
	pace = now - begun; /* what a start takes: some live to see a request, some don't */

	for (uint64_t i = 0; i < files; i++)
		assert_int_equal(
			weir_inspector_submit(in, customers(1 + (unsigned)i % 7, 65536), i), 0);
	while (weir_inspector_pending(in) > 0 && kills < 60) {
		now += (1 + kills * 7 % 13) * pace / 4;
		now = WEIR_MAX(now, weir_now_monotonic());
		serve_until(in, now);
		kills += kill_workers(1);
	}
	drain(in);
	for (unsigned i = 0; i < files; i++) {
		assert_int_equal(outcomes.answered[i], 1);
		if (outcomes.status[i] == WEIR_SCAN_ERROR) {
			errors++;
			continue;
		}
		assert_int_equal(outcomes.status[i], WEIR_SCAN_COMPLETE);
		assert_int_equal(found[i], 1 + i % 7);
	}
	print_message("%u kills, %u asked twice, %u errors of %u\n", kills,
		      (unsigned)weir_inspector_retries(in), errors, files);
	weir_inspector_free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed__once_at_every_moment),
		cmocka_unit_test(killed__again_and_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
