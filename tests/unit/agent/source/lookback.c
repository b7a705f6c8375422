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
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/source/lookback.h"

#define SECOND WEIR_NSEC_PER_SEC

struct seen {
	unsigned files, ends;
	char names[512]; /* of the files, each with a space behind it */
	uint64_t cookie;
	int result;
	bool busy; /* no room for another file */
};

static struct fixture {
	char dir[64];
	int fd;
	struct seen seen;
	struct weir_lookback *lookback;
} f;

static bool ready(void *context)
{
	return !f.seen.busy;
}

static void found(void *context, uint64_t cookie, int fd)
{
	char link[64], path[256];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	assert_true(n > 0);
	path[n] = '\0';
	if (strlen(f.seen.names) < 400) {
		strncat(f.seen.names, path + strlen(f.dir) + 1, 100);
		strncat(f.seen.names, " ", 2);
	}
	f.seen.files++;
	f.seen.cookie = cookie;
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(fd);
}

static void ended(void *context, uint64_t cookie, int result)
{
	f.seen.ends++;
	f.seen.cookie = cookie;
	f.seen.result = result;
}

static const struct weir_lookback_ops ops = {.ready = ready, .found = found, .ended = ended};

static int setup(void **state)
{
	f = (struct fixture){0};
	scratch_make(f.dir);
	f.fd = open(f.dir, O_PATH | O_CLOEXEC);
	assert_true(f.fd >= 0);
	assert_int_equal(weir_lookback_new(&ops, NULL, &f.lookback), 0);
	return 0;
}

static int teardown(void **state)
{
	weir_lookback_free(f.lookback);
	close(f.fd);
	scratch_remove(f.dir);
	return 0;
}

static void put(const char *name, const char *text)
{
	assert_int_equal(weir_write_file_atomic(f.fd, name, text, strlen(text), 0600), 0);
}

static void wait_for_ends(unsigned ends)
{
	struct pollfd messages = {.fd = weir_lookback_fd(f.lookback), .events = POLLIN};

	while (f.seen.ends < ends) {
		assert_int_equal(poll(&messages, 1, 60000), 1);
		assert_int_equal(weir_lookback_dispatch(f.lookback), 0);
	}
}

static void look(uint64_t since_ns, uint64_t until_ns, uint64_t budget_ns)
{
	const struct weir_lookback_range range = {.since_ns = since_ns, .until_ns = until_ns};

	f.seen = (struct seen){0};
	assert_int_equal(weir_lookback_start(f.lookback, f.fd, &range, budget_ns, 42), 0);
	wait_for_ends(1);
	assert_int_equal(f.seen.cookie, 42);
}

static void lookback__knows_how_coarse_clocks_are(void **state)
{
	const struct weir_lookback_range range = {.since_ns = 101 * SECOND + 7,
						  .until_ns = 103 * SECOND};
	static const struct {
		uint64_t ctime_ns;
		bool within;
	} rows[] = {
		{100 * SECOND, true}, /* FAT: up to 102 s */
		{98 * SECOND, false},
		{101 * SECOND, true}, /* by the tick */
		{100 * SECOND + 1, false},
		{101 * SECOND + 7, true},
		{103 * SECOND, true},
		{103 * SECOND + 1, false},
		{0, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (weir_lookback_within(&range, rows[i].ctime_ns) != rows[i].within)
			fail_msg("row %zu", i);
	assert_false(weir_lookback_within(&(struct weir_lookback_range){0}, 100 * SECOND));
}

static void lookback__finds_what_changed_and_nothing_else(void **state)
{
	uint64_t before = weir_now_realtime(), after;

	assert_int_equal(mkdirat(f.fd, "a", 0700), 0);
	assert_int_equal(mkdirat(f.fd, "a/b", 0700), 0);
	put("a/b/list", "text");
	put("a/empty", "");
	assert_int_equal(symlinkat("b/list", f.fd, "a/link"), 0);
	assert_int_equal(symlinkat("/etc", f.fd, "a/folder"), 0);
	assert_int_equal(mkfifoat(f.fd, "fifo", 0600), 0);
	after = weir_now_realtime();
	look(before, after, 60 * SECOND);
	assert_string_equal(f.seen.names, "a/b/list ");
	assert_int_equal(f.seen.result, 0);
	look(before - 3600 * SECOND, before - 1800 * SECOND, 60 * SECOND);
	assert_int_equal(f.seen.files, 0);
	assert_int_equal(f.seen.result, 0);
	look(after + 60 * SECOND, after + 120 * SECOND, 60 * SECOND);
	assert_int_equal(f.seen.files, 0);
}

static void lookback__is_bounded(void **state)
{
	uint64_t before = weir_now_realtime();
	char name[128] = "";

	look(before, UINT64_MAX / 2, 0);
	assert_int_equal(f.seen.result, 0); /* nothing there takes no time */
	put("one", "text");
	look(before, UINT64_MAX / 2, 0);
	assert_int_equal(f.seen.result, -ETIME);
	for (unsigned i = 0; i <= WEIR_LOOKBACK_FILES; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		close(openat(f.fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	}
	look(before, UINT64_MAX / 2, 60 * SECOND);
	assert_int_equal(f.seen.files, 1); /* the rest is empty */
	assert_int_equal(f.seen.result, 0);
	for (unsigned i = 0; i < WEIR_LOOKBACK_FILES; i++) {
		int fd;

		snprintf(name, sizeof(name), "n%u", i);
		fd = openat(f.fd, name, O_WRONLY | O_CLOEXEC);
		assert_int_equal(write(fd, "x", 1), 1);
		close(fd);
	}
	look(before, UINT64_MAX / 2, 60 * SECOND);
	assert_int_equal(f.seen.files, WEIR_LOOKBACK_FILES);
	assert_int_equal(f.seen.result, -E2BIG);
	name[0] = '\0';
	for (unsigned i = 0; i <= WEIR_LOOKBACK_DEPTH; i++) {
		strncat(name, i ? "/d" : "d", 3);
		assert_int_equal(mkdirat(f.fd, name, 0700), 0);
	}
	assert_int_equal(unlinkat(f.fd, "one", 0), 0);
	look(before, UINT64_MAX / 2, 60 * SECOND);
	assert_int_equal(f.seen.result, -E2BIG);
}

static void lookback__one_volume_after_the_other(void **state)
{
	const struct weir_lookback_range range = {.until_ns = UINT64_MAX / 2};
	unsigned taken = 0;
	int r;

	put("one", "text");
	f.seen.busy = true;
	while ((r = weir_lookback_start(f.lookback, f.fd, &range, 60 * SECOND, taken)) == 0 &&
	       taken < 100000)
		taken++;
	/* They go on while nobody has room for a file, and what nobody has taken waits. */
	assert_true(r == -EAGAIN || r == 0);
	assert_true(taken >= WEIR_LOOKBACK_QUEUE);
	assert_int_equal(weir_lookback_dispatch(f.lookback), 0);
	assert_int_equal(f.seen.files + f.seen.ends, 0);
	f.seen.busy = false;
	wait_for_ends(taken);
	assert_int_equal(f.seen.files, taken);
	assert_int_equal(f.seen.result, 0);
	assert_int_equal(f.seen.cookie, taken - 1);
}

/* Freed in the middle of it: nothing is told, nothing is left open. */
static void lookback__ends_at_any_time(void **state)
{
	const struct weir_lookback_range range = {.until_ns = UINT64_MAX / 2};
	char name[32];

	for (unsigned i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		put(name, "x");
	}
	for (unsigned i = 0; i < 20; i++) {
		for (unsigned k = 0; k < i % 4; k++)
			assert_int_equal(weir_lookback_start(f.lookback, f.fd, &range, SECOND, k),
					 0);
		weir_lookback_free(f.lookback);
		assert_int_equal(weir_lookback_new(&ops, NULL, &f.lookback), 0);
	}
	assert_int_equal(f.seen.files + f.seen.ends, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(lookback__knows_how_coarse_clocks_are),
		TEST(lookback__finds_what_changed_and_nothing_else),
		TEST(lookback__is_bounded),
		TEST(lookback__one_volume_after_the_other),
		TEST(lookback__ends_at_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
