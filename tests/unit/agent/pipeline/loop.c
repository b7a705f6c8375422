/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "weir/base/time.h"
#include "weir/pipeline/loop.h"

struct source {
	struct weir_loop *loop;
	int fd, other;
	unsigned calls;
	int result;
};

static int on_ready(void *context, uint32_t events)
{
	struct source *source = context;

	source->calls++;
	if (source->other >= 0)
		weir_loop_remove(source->loop, source->other);
	return source->result;
}

static int stop(void *context, uint32_t events)
{
	struct source *source = context;

	source->calls++;
	weir_loop_stop(source->loop);
	return 0;
}

static void loop__calls_what_is_ready(void **state)
{
	struct source source = {.other = -1};

	assert_int_equal(weir_loop_new(&source.loop), 0);
	source.fd = eventfd(1, EFD_CLOEXEC);
	assert_int_equal(weir_loop_add(source.loop, source.fd, EPOLLIN, on_ready, &source), 0);
	assert_int_equal(weir_loop_add(source.loop, source.fd, EPOLLIN, on_ready, &source),
			 -EEXIST);
	assert_int_equal(weir_loop_step(source.loop, 0), 1);
	assert_int_equal(source.calls, 1);
	assert_int_equal(weir_loop_modify(source.loop, source.fd, 0), 0);
	assert_int_equal(weir_loop_step(source.loop, 0), 0);
	weir_loop_remove(source.loop, source.fd);
	assert_int_equal(weir_loop_step(source.loop, 0), 0);
	weir_loop_free(source.loop);
	close(source.fd);
}

static void loop__source_removed_by_another_is_not_called(void **state)
{
	struct source a = {.result = 0}, b;

	assert_int_equal(weir_loop_new(&a.loop), 0);
	b = a;
	a.fd = b.other = eventfd(1, EFD_CLOEXEC);
	b.fd = a.other = eventfd(1, EFD_CLOEXEC);
	assert_int_equal(weir_loop_add(a.loop, a.fd, EPOLLIN, on_ready, &a), 0);
	assert_int_equal(weir_loop_add(a.loop, b.fd, EPOLLIN, on_ready, &b), 0);
	assert_int_equal(weir_loop_step(a.loop, 0), 2);
	assert_int_equal(a.calls + b.calls, 1);
	weir_loop_free(a.loop);
	close(a.fd);
	close(b.fd);
}

static void loop__timer_and_stop(void **state)
{
	struct source source = {.other = -1};
	int id;

	assert_int_equal(weir_loop_new(&source.loop), 0);
	assert_int_equal(weir_loop_add_timer(source.loop, WEIR_NSEC_PER_MSEC, stop, &source, &id),
			 0);
	assert_int_equal(weir_loop_run(source.loop), 0);
	assert_int_equal(source.calls, 1);
	weir_loop_remove(source.loop, id);
	weir_loop_free(source.loop);
}

static void loop__failure_ends_it(void **state)
{
	struct source source = {.other = -1, .result = -EIO};

	assert_int_equal(weir_loop_new(&source.loop), 0);
	source.fd = eventfd(1, EFD_CLOEXEC);
	assert_int_equal(weir_loop_add(source.loop, source.fd, EPOLLIN, on_ready, &source), 0);
	assert_int_equal(weir_loop_run(source.loop), -EIO);
	weir_loop_free(source.loop);
	close(source.fd);
}

static void loop__bounded(void **state)
{
	struct source source = {.other = -1};
	int fds[WEIR_LOOP_SOURCES + 1];

	assert_int_equal(weir_loop_new(&source.loop), 0);
	assert_int_equal(weir_loop_add(source.loop, -1, EPOLLIN, on_ready, &source), -EBADF);
	for (size_t i = 0; i <= WEIR_LOOP_SOURCES; i++) {
		fds[i] = eventfd(0, EFD_CLOEXEC);
		assert_int_equal(weir_loop_add(source.loop, fds[i], EPOLLIN, on_ready, &source),
				 i < WEIR_LOOP_SOURCES ? 0 : -ENFILE);
	}
	weir_loop_free(source.loop);
	for (size_t i = 0; i <= WEIR_LOOP_SOURCES; i++)
		close(fds[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loop__calls_what_is_ready),
		cmocka_unit_test(loop__source_removed_by_another_is_not_called),
		cmocka_unit_test(loop__timer_and_stop),
		cmocka_unit_test(loop__failure_ends_it),
		cmocka_unit_test(loop__bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
