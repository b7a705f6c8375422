/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/action/scrubber.h"
#include "weir/base/fd.h"

struct seen {
	unsigned calls;
	uint64_t cookies, bytes;
	int result;
	struct weir_scrubber_done last;
};

static void done(void *context, const struct weir_scrubber_done *job)
{
	struct seen *seen = context;

	seen->calls++;
	seen->cookies += job->cookie;
	seen->bytes += job->bytes;
	seen->result = job->result < 0 ? job->result : seen->result;
	seen->last = *job;
}

static int file_of(const char *dir, unsigned i)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%u", dir, i);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, "12345", 5, 0600), 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void wait_for(struct weir_scrubber *scrubber, const struct seen *seen, unsigned calls)
{
	struct pollfd ready = {.fd = weir_scrubber_fd(scrubber), .events = POLLIN};

	while (seen->calls < calls) {
		assert_int_equal(poll(&ready, 1, -1), 1);
		assert_int_equal(weir_scrubber_dispatch(scrubber), 0);
	}
}

static void scrubber__every_job_is_answered(void **state)
{
	struct weir_scrub_range range = {.start = 2, .end = WEIR_SCRUB_WHOLE};
	struct weir_scrubber *scrubber = NULL;
	struct seen seen = {0};
	char dir[64], path[128];
	struct stat st;

	scratch_make(dir);
	assert_int_equal(weir_scrubber_new(done, &seen, &scrubber), 0);
	for (unsigned i = 0; i < 200; i++) {
		if (i % WEIR_SCRUBBER_QUEUE == 0)
			wait_for(scrubber, &seen, i);
		assert_int_equal(weir_scrubber_submit(scrubber, file_of(dir, i), &range, i), 0);
	}
	wait_for(scrubber, &seen, 200);
	assert_int_equal(seen.cookies, 199 * 200 / 2);
	assert_int_equal(seen.bytes, 200 * 3);
	assert_int_equal(seen.result, 0);
	snprintf(path, sizeof(path), "%s/199", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 2);
	weir_scrubber_free(scrubber);
	scratch_remove(dir);
}

static void scrubber__bounded_by_what_was_not_dispatched(void **state)
{
	struct weir_scrub_range range = {.end = WEIR_SCRUB_WHOLE};
	struct weir_scrubber *scrubber = NULL;
	struct seen seen = {0};
	char dir[64];

	scratch_make(dir);
	assert_int_equal(weir_scrubber_new(done, &seen, &scrubber), 0);
	for (unsigned i = 0; i < WEIR_SCRUBBER_QUEUE; i++)
		assert_int_equal(weir_scrubber_submit(scrubber, file_of(dir, i), &range, i), 0);
	assert_int_equal(weir_scrubber_submit(scrubber, file_of(dir, 99), &range, 99), -EAGAIN);
	wait_for(scrubber, &seen, WEIR_SCRUBBER_QUEUE);
	assert_int_equal(weir_scrubber_submit(scrubber, file_of(dir, 99), &range, 99), 0);
	weir_scrubber_free(scrubber);
	weir_scrubber_free(NULL);
	scratch_remove(dir);
}

static void scrubber__freed_with_jobs_waiting(void **state)
{
	struct weir_scrub_range range = {.end = WEIR_SCRUB_WHOLE};
	struct weir_scrubber *scrubber = NULL;
	struct seen seen = {0};
	char dir[64];

	scratch_make(dir);
	assert_int_equal(weir_scrubber_new(done, &seen, &scrubber), 0);
	for (unsigned i = 0; i < WEIR_SCRUBBER_QUEUE; i++)
		assert_int_equal(weir_scrubber_submit(scrubber, file_of(dir, i), &range, i), 0);
	weir_scrubber_free(scrubber);
	assert_int_equal(seen.calls, WEIR_SCRUBBER_QUEUE);
	assert_true(seen.result == 0 || seen.result == -ECANCELED);
	scratch_remove(dir);
}

static void scrubber__failure_is_told(void **state)
{
	struct weir_scrub_range range = {.inode = {.ino = 1, .dev = 1}, .end = WEIR_SCRUB_WHOLE};
	struct weir_scrubber *scrubber = NULL;
	struct seen seen = {0};
	char dir[64];

	scratch_make(dir);
	assert_int_equal(weir_scrubber_new(done, &seen, &scrubber), 0);
	assert_int_equal(weir_scrubber_submit(scrubber, file_of(dir, 0), &range, 7), 0);
	wait_for(scrubber, &seen, 1);
	assert_int_equal(seen.result, -ESTALE);
	assert_int_equal(seen.bytes, 0);
	weir_scrubber_free(scrubber);
	scratch_remove(dir);
}

static off_t size_at(const char *dir, unsigned i)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%u", dir, i);
	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static int nothing(void *context, const struct weir_quarantine_entry *entry)
{
	return 0;
}

/* Emptied or explained as asked; what cannot be sealed stays where a rule wants it kept, and goes where it does not. */
static void scrubber__seizes(void **state)
{
	struct weir_quarantine *quarantine = NULL;
	struct weir_seizure seizure = {.path = "/data/list.csv", .rule = "lists"};
	struct weir_quarantine_entry entry;
	struct weir_scrubber *scrubber = NULL;
	struct seen seen = {0};
	char dir[64], store[80];

	scratch_make(dir);
	snprintf(store, sizeof(store), "%s/q", dir);
	assert_int_equal(weir_quarantine_open(store, &quarantine), 0);
	assert_int_equal(weir_scrubber_new(done, &seen, &scrubber), 0);
	seizure.quarantine = quarantine;
	assert_int_equal(weir_scrubber_seize(scrubber, file_of(dir, 0), &seizure, 7), 0);
	wait_for(scrubber, &seen, 1);
	assert_int_equal(seen.last.result, 0);
	assert_int_equal(seen.last.seal_error, 0);
	assert_int_equal(seen.last.bytes, 5);
	assert_int_equal(size_at(dir, 0), 0);
	assert_int_equal(weir_quarantine_get(quarantine, seen.last.quarantine_id, &entry), 0);
	assert_string_equal(entry.path, "/data/list.csv");
	assert_string_equal(entry.rule, "lists");
	seizure.explain = true;
	assert_int_equal(weir_scrubber_seize(scrubber, file_of(dir, 1), &seizure, 8), 0);
	wait_for(scrubber, &seen, 2);
	assert_true(size_at(dir, 1) > 100);
	assert_int_equal(weir_quarantine_list(quarantine, nothing, NULL), 2);

	scratch_remove(store); /* no room at all */
	assert_int_equal(weir_scrubber_seize(scrubber, file_of(dir, 2), &seizure, 9), 0);
	wait_for(scrubber, &seen, 3);
	assert_int_equal(seen.last.seal_error, -ENOENT);
	assert_string_equal(seen.last.quarantine_id, "");
	assert_int_equal(size_at(dir, 2), 0);
	seizure.only_sealed = true;
	assert_int_equal(weir_scrubber_seize(scrubber, file_of(dir, 3), &seizure, 10), 0);
	wait_for(scrubber, &seen, 4);
	assert_int_equal(seen.last.result, -ENOENT);
	assert_int_equal(size_at(dir, 3), 5);
	weir_scrubber_free(scrubber);
	weir_quarantine_free(quarantine);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scrubber__every_job_is_answered),
		cmocka_unit_test(scrubber__bounded_by_what_was_not_dispatched),
		cmocka_unit_test(scrubber__freed_with_jobs_waiting),
		cmocka_unit_test(scrubber__failure_is_told),
		cmocka_unit_test(scrubber__seizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
