/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "queue.h"
#include "weir/ipc/inspector.h"

#define SIZE 8

static struct queue queue;

static int setup(void **state)
{
	return queue_init(&queue, SIZE);
}

static int teardown(void **state)
{
	queue_done(&queue);
	return 0;
}

static void put(uint64_t cookie, enum haste haste, uint64_t since_ns)
{
	queue_put(&queue, (struct waiting){.cookie = cookie,
					   .haste = haste,
					   .since_ns = since_ns,
					   .home = (unsigned)(cookie % 2),
					   .fd = -1});
}

/* Takes all of them from the front. */
static void assert_order(const uint64_t *expected, size_t n)
{
	assert_int_equal(queue.count, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(queue_take(&queue, 0).cookie, expected[i]);
	assert_int_equal(queue.count, 0);
}

static void queue__haste_comes_first_then_age(void **state)
{
	static const uint64_t expected[] = {3, 6, 2, 5, 1, 4};

	/* Over the ring's end. */
	for (unsigned i = 0; i < SIZE - 2; i++) {
		put(i, PROMPT, 0);
		(void)queue_take(&queue, 0);
	}
	put(1, LEISURELY, 1);
	put(2, PROMPT, 2);
	put(3, URGENT, 3);
	put(4, LEISURELY, 4);
	put(5, PROMPT, 5);
	put(6, URGENT, 6);
	assert_order(expected, 6);
}

static void queue__what_was_put_off_is_passed_by_urgent_ones_alone(void **state)
{
	static const uint64_t expected[] = {4, 1, 3, 2};

	put(1, LEISURELY, 0);
	put(2, LEISURELY, 1);
	put(3, PROMPT, WEIR_INSPECTOR_LEISURE_NS);
	put(4, URGENT, WEIR_INSPECTOR_LEISURE_NS);
	assert_order(expected, 4);
}

static void queue__what_comes_back_is_first(void **state)
{
	static const uint64_t expected[] = {1, 2};

	put(2, URGENT, 0);
	queue_put_back(&queue, (struct waiting){.cookie = 1, .haste = PROMPT, .fd = -1});
	assert_order(expected, 2);
}

static void queue__the_others_keep_their_order(void **state)
{
	static const uint64_t expected[] = {0, 1, 3};

	for (uint64_t i = 0; i < 4; i++)
		put(i, PROMPT, i);
	assert_int_equal(queue_take(&queue, 2).cookie, 2);
	assert_int_equal(queue_at(&queue, 0)->passed, 1);
	assert_order(expected, 3);
}

static void queue__home_is_found_among_equals(void **state)
{
	assert_int_equal(queue_find_home(&queue, 0), -1);
	put(1, PROMPT, 0);
	put(2, LEISURELY, 0);
	assert_int_equal(queue_find_home(&queue, 1), 0);
	assert_int_equal(queue_find_home(&queue, 0),
			 -1); /* it would pass one that has more haste */
	put(4, PROMPT, 0);
	assert_int_equal(queue_find_home(&queue, 0), 1);
	queue_at(&queue, 0)->passed = LOOK_AHEAD;
	assert_int_equal(queue_find_home(&queue, 0), -1);
	assert_int_equal(queue_find_home(&queue, 1), 0);
}

static void queue__end_closes_descriptors(void **state)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	queue_put(&queue, (struct waiting){.fd = ends[1]});
	queue_done(&queue);
	assert_int_equal(close(ends[1]), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(close(ends[0]), 0);
	queue_done(&queue);
	assert_int_equal(queue_init(&queue, SIZE), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queue__haste_comes_first_then_age),
		cmocka_unit_test(queue__what_was_put_off_is_passed_by_urgent_ones_alone),
		cmocka_unit_test(queue__what_comes_back_is_first),
		cmocka_unit_test(queue__the_others_keep_their_order),
		cmocka_unit_test(queue__home_is_found_among_equals),
		cmocka_unit_test(queue__end_closes_descriptors),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
