/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gate_await.h"

static struct gate_waits waits;

static struct gate_wait *take(uint64_t until_ns)
{
	const struct gate_wait as = {.fd = 7, .tid = 9, .until_ns = until_ns, .closed = true};

	return gate_waits_take(&waits, &as);
}

static void gate_await__table_is_bounded(void **state)
{
	gate_waits_init(&waits);
	for (unsigned i = 0; i < WEIR_GATE_WAITS_MAX; i++)
		assert_non_null(take(100));
	assert_null(take(100));
	assert_int_equal(waits.used, WEIR_GATE_WAITS_MAX);
	gate_wait_end(&waits, &waits.entry[17]);
	assert_ptr_equal(take(100), &waits.entry[17]);
	assert_null(take(100));
}

/* An answer is for one turn of an entry: one that comes too late must not decide the next opening. */
static void gate_await__answers_find_their_own(void **state)
{
	struct gate_wait *first, *second;
	uint32_t number;

	gate_waits_init(&waits);
	first = take(100);
	number = gate_wait_number(&waits, first);
	assert_ptr_equal(gate_waits_find(&waits, number), first);
	assert_int_equal(first->tid, 9);
	assert_true(first->closed);
	gate_wait_end(&waits, first);
	assert_null(gate_waits_find(&waits, number));
	second = take(100);
	assert_ptr_equal(second, first);
	assert_null(gate_waits_find(&waits, number));
	assert_ptr_equal(gate_waits_find(&waits, gate_wait_number(&waits, second)), second);
	assert_null(gate_waits_find(&waits, UINT32_MAX));
}

/* The number wraps around; an entry's turns stay apart. */
static void gate_await__numbers_wrap(void **state)
{
	struct gate_wait *wait;

	gate_waits_init(&waits);
	waits.entry[0].turn = UINT32_MAX / WEIR_GATE_WAITS_MAX;
	wait = take(100);
	assert_ptr_equal(wait, &waits.entry[0]);
	assert_ptr_equal(gate_waits_find(&waits, gate_wait_number(&waits, wait)), wait);
	assert_null(gate_waits_find(&waits, gate_wait_number(&waits, wait) - WEIR_GATE_WAITS_MAX));
}

static void gate_await__budget(void **state)
{
	gate_waits_init(&waits);
	assert_true(gate_waits_next(&waits) == UINT64_MAX);
	assert_null(gate_waits_over(&waits, UINT64_MAX));
	take(300);
	take(100);
	take(200);
	assert_true(gate_waits_next(&waits) == 100);
	assert_null(gate_waits_over(&waits, 99));
	assert_ptr_equal(gate_waits_over(&waits, 100), &waits.entry[1]);
	gate_wait_end(&waits, &waits.entry[1]);
	assert_true(gate_waits_next(&waits) == 200);
	assert_ptr_equal(gate_waits_over(&waits, 1000), &waits.entry[0]);
	gate_wait_end(&waits, &waits.entry[0]);
	gate_wait_end(&waits, &waits.entry[2]);
	assert_int_equal(waits.used, 0);
}

static struct gate_folders *folders_of(const char *const *paths, const uint32_t *budgets, size_t n)
{
	struct gate_folders *ret = calloc(1, sizeof(*ret));

	assert_non_null(ret);
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(ret->list[i].path, sizeof(ret->list[i].path), "%s", paths[i]);
		ret->list[i].budget_ms = budgets[i];
	}
	ret->n = n;
	return ret;
}

static void gate_await__first_folder_decides(void **state)
{
	static const char *const paths[] = {"/srv/spool", "/srv/cases", "/srv", "/srv/never"};
	static const uint32_t budgets[] = {0, 100, 200, 300};
	static const struct {
		const char *path;
		int row;
	} cases[] = {{"/srv/cases/a", 1},
		     {"/srv/casesx/a", 2},
		     {"/srv/cases", 1},
		     {"/srv/spool/a", -1},
		     {"/srv/spoolx", 2},
		     {"/srv/never/a", 2},
		     {"/srvx/a", -1},
		     {"(unreachable)/srv/a", -1},
		     {"", -1},
		     {"/srv/cases/a (deleted)", 1}};
	struct gate_folders *folders = folders_of(paths, budgets, 4);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(gate_folders_match(folders, cases[i].path), cases[i].row);
	free(folders);
}

static void gate_await__root_is_everything(void **state)
{
	static const char *const path = "/";
	static const uint32_t budget = 10;
	struct gate_folders *folders = folders_of(&path, &budget, 1);

	assert_int_equal(gate_folders_match(folders, "/x"), 0);
	assert_int_equal(gate_folders_match(folders, "(unreachable)/x"), -1);
	free(folders);
}

/* By where it lies, for those who call it something else; where nobody knows, its file system is enough. */
static void gate_await__places(void **state)
{
	static const char *const paths[] = {"/var/agent", "/srv/cases", "/home"};
	static const uint32_t budgets[] = {0, 100, 200};
	struct gate_folders *folders = folders_of(paths, budgets, 3);

	folders->list[0].dev = folders->list[1].dev = 8;
	(void)snprintf(folders->list[0].place, sizeof(folders->list[0].place), "%s", "/agent");
	(void)snprintf(folders->list[1].place, sizeof(folders->list[1].place), "%s", "/cases");
	assert_int_equal(gate_folders_match_place(folders, 8, "/cases/a"), 1);
	assert_int_equal(gate_folders_match_place(folders, 8, "/agent/a"), -1);
	assert_int_equal(gate_folders_match_place(folders, 8, "/other"), -1);
	assert_int_equal(gate_folders_match_place(folders, 9, "/cases/a"), -1);
	assert_int_equal(gate_folders_match_place(folders, 8, NULL), 1);
	assert_int_equal(gate_folders_match_place(folders, 9, NULL), -1);
	free(folders);
}

static void gate_await__copies_change_hands(void **state)
{
	struct gate_folders_pair *pair = calloc(1, sizeof(*pair));
	struct gate_folders *spare;

	assert_non_null(pair);
	atomic_store(&pair->reading, -1);
	assert_int_equal(gate_folders_read(pair)->n, 0);
	spare = gate_folders_spare(pair);
	spare->n = 3;
	assert_int_equal(gate_folders_read(pair)->n, 0); /* until it is said */
	gate_folders_swap(pair);
	gate_folders_done(pair);
	assert_int_equal(gate_folders_read(pair)->n, 3);
	gate_folders_done(pair);
	assert_ptr_not_equal(gate_folders_spare(pair), spare);
	free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gate_await__table_is_bounded),
		cmocka_unit_test(gate_await__answers_find_their_own),
		cmocka_unit_test(gate_await__numbers_wrap),
		cmocka_unit_test(gate_await__budget),
		cmocka_unit_test(gate_await__first_folder_decides),
		cmocka_unit_test(gate_await__root_is_everything),
		cmocka_unit_test(gate_await__places),
		cmocka_unit_test(gate_await__copies_change_hands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
