/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/daemon/presence.h"

#define BEAT WEIR_PRESENCE_BEAT_NS

static char dir[64];
static struct weir_presence_before before;

static int setup(void **state)
{
	scratch_make(dir);
	memset(&before, 0xff, sizeof(before));
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(dir);
	return 0;
}

static struct weir_presence *begin(void)
{
	struct weir_presence *presence = NULL;

	assert_int_equal(weir_presence_new(dir, &presence, &before), 0);
	assert_non_null(presence);
	return presence;
}

static void presence__nobody_before(void **state)
{
	weir_presence_free(begin());
	assert_false(before.known);
}

static void presence__ended_in_order(void **state)
{
	struct weir_presence *presence = begin();
	uint64_t at = weir_now_boottime();

	weir_presence_end(presence, at);
	weir_presence_free(presence);
	presence = begin();
	assert_true(before.known && before.orderly && before.since_ns == at);
	/* This one has reported nothing yet, and ends at once. */
	weir_presence_beat(presence, at + BEAT, 0);
	weir_presence_free(presence);
	weir_presence_free(begin());
	assert_true(before.known && !before.orderly && before.since_ns == at);
}

/* A process that beats twice and is killed. */
static void beat_and_die(uint64_t at, uint64_t judged)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct weir_presence *presence;

		if (weir_presence_new(dir, &presence, &before) < 0)
			_exit(1);
		weir_presence_beat(presence, at, at);
		weir_presence_beat(presence, at + BEAT, judged);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void presence__killed_vouches_for_what_it_judged(void **state)
{
	uint64_t at = weir_now_boottime() - 10 * BEAT;

	beat_and_die(at, at + BEAT / 2);
	weir_presence_free(begin());
	assert_true(before.known);
	assert_false(before.orderly);
	assert_true(before.since_ns == at + BEAT / 2);
}

static void presence__what_is_not_judged_stands(void **state)
{
	uint64_t at = weir_now_boottime() - 10 * BEAT;

	beat_and_die(at, 0);
	weir_presence_free(begin());
	assert_true(before.known && before.since_ns == at);
}

static void presence__another_boot_or_torn(void **state)
{
	char path[96];
	int fd;

	weir_presence_free(begin());
	snprintf(path, sizeof(path), "%s/presence", dir);
	fd = open(path, O_WRONLY);
	assert_int_equal(weir_pwrite_full(fd, "x", 1, 0), 0);
	weir_close(fd);
	weir_presence_free(begin());
	assert_false(before.known);
	assert_int_equal(truncate(path, 20), 0);
	weir_presence_free(begin());
	assert_false(before.known);
}

static void presence__stopped(void **state)
{
	struct weir_presence *presence = begin();
	uint64_t at = weir_now_boottime() + BEAT;

	weir_presence_beat(presence, at, at);
	weir_presence_beat(presence, at + BEAT, at);
	assert_true(weir_presence_stopped_since(presence, at + 2 * BEAT) == 0);
	assert_true(weir_presence_stopped_since(presence, at + 4 * BEAT) == at + BEAT);
	weir_presence_beat(presence, at + 4 * BEAT, at);
	assert_true(weir_presence_stopped_since(presence, at + 4 * BEAT) == at + BEAT);
	weir_presence_free(presence);
}

static void presence__no_folder(void **state)
{
	struct weir_presence *presence = NULL;

	assert_int_equal(weir_presence_new("/nowhere", &presence, &before), -ENOENT);
	assert_null(presence);
}

#define TEST(name) cmocka_unit_test_setup_teardown(presence__##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nobody_before),
		TEST(ended_in_order),
		TEST(killed_vouches_for_what_it_judged),
		TEST(what_is_not_judged_stands),
		TEST(another_boot_or_torn),
		TEST(stopped),
		TEST(no_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
