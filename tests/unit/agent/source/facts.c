/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "weir/source/facts.h"

static struct weir_abi_inode key(uint64_t ino)
{
	return (struct weir_abi_inode){.ino = ino, .dev = 5};
}

static void facts__set_get_forget(void **state)
{
	struct weir_facts *facts = NULL;
	struct weir_fact fact = {{1, 2, 3}}, got;

	assert_int_equal(weir_facts_new(16, &facts), 0);
	assert_int_equal(weir_facts_get(facts, key(1), &got), -ENOENT);
	assert_int_equal(weir_facts_set(facts, key(1), &fact), 0);
	assert_int_equal(weir_facts_get(facts, key(1), &got), 0);
	assert_int_equal(got.word[2], 3);
	assert_int_equal(weir_facts_get(facts, (struct weir_abi_inode){.ino = 1, .dev = 6}, &got),
			 -ENOENT);
	fact.word[2] = 4;
	assert_int_equal(weir_facts_set(facts, key(1), &fact), 0);
	assert_int_equal(weir_facts_count(facts), 1);
	assert_int_equal(weir_facts_get(facts, key(1), &got), 0);
	assert_int_equal(got.word[2], 4);
	weir_facts_forget(facts, key(1));
	weir_facts_forget(facts, key(1));
	assert_int_equal(weir_facts_count(facts), 0);
	assert_int_equal(weir_facts_get(facts, key(1), &got), -ENOENT);
	weir_facts_free(facts);
}

static void facts__bounded_and_reusable(void **state)
{
	struct weir_facts *facts = NULL;
	struct weir_fact fact = {{0}}, got;
	uint64_t n = 0;

	assert_int_equal(weir_facts_new(64, &facts), 0);
	while (weir_facts_set(facts, key(n + 1), &fact) == 0)
		n++;
	assert_int_equal(n, 48);
	for (unsigned round = 0; round < 1000; round++) {
		weir_facts_forget(facts, key(round + 1));
		assert_int_equal(weir_facts_set(facts, key(round + 49), &fact), 0);
		assert_int_equal(weir_facts_get(facts, key(round + 49), &got), 0);
		assert_int_equal(weir_facts_get(facts, key(round + 1), &got), -ENOENT);
	}
	assert_int_equal(weir_facts_count(facts), 48);
	weir_facts_free(facts);
}

struct race {
	struct weir_facts *facts;
	_Atomic bool stop;
	_Atomic uint64_t reads, torn;
};

static void *reader(void *argument)
{
	struct race *race = argument;

	while (!atomic_load(&race->stop)) {
		struct weir_fact fact;

		if (weir_facts_get(race->facts, key(7), &fact) < 0)
			continue;
		for (size_t i = 1; i < WEIR_FACT_WORDS; i++)
			if (fact.word[i] != fact.word[0])
				atomic_fetch_add(&race->torn, 1);
		atomic_fetch_add(&race->reads, 1);
	}
	return NULL;
}

/* Whatever the reader sees was written in one piece. */
static void facts__no_torn_reads(void **state)
{
	struct race race = {0};
	pthread_t thread;

	assert_int_equal(weir_facts_new(16, &race.facts), 0);
	assert_int_equal(pthread_create(&thread, NULL, reader, &race), 0);
	for (uint64_t i = 0; i < 200000 || atomic_load(&race.reads) < 1000; i++) {
		struct weir_fact fact = {{i, i, i, i, i, i}};

		assert_int_equal(weir_facts_set(race.facts, key(7), &fact), 0);
	}
	atomic_store(&race.stop, true);
	pthread_join(thread, NULL);
	assert_int_equal(race.torn, 0);
	weir_facts_free(race.facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts__set_get_forget),
		cmocka_unit_test(facts__bounded_and_reusable),
		cmocka_unit_test(facts__no_torn_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
