/* SPDX-License-Identifier: Apache-2.0 */
#include "tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define FIRST_SIZE 64

static struct weir_tally_entry *place(const struct tally *tally, const char *key)
{
	size_t at = (size_t)weir_siphash(key, strlen(key), tally->hash_key);

	for (;; at++) {
		struct weir_tally_entry *entry = &tally->slots[at & (tally->size - 1)];

		if (!entry->key || strcmp(entry->key, key) == 0)
			return entry;
	}
}

static int grow(struct tally *tally)
{
	struct tally wider = *tally;

	wider.size = tally->size ? 2 * tally->size : FIRST_SIZE;
	if (!tally->size && getrandom(wider.hash_key, sizeof(wider.hash_key), 0) < 0)
		return -errno;
	wider.slots = calloc(wider.size, sizeof(*wider.slots));
	if (!wider.slots)
		return -ENOMEM;
	for (size_t i = 0; i < tally->size; i++)
		if (tally->slots[i].key)
			*place(&wider, tally->slots[i].key) = tally->slots[i];
	free(tally->slots);
	*tally = wider;
	return 0;
}

int tally_add(struct tally *tally, const char *key, unsigned number)
{
	struct weir_tally_entry *entry;
	int r = 2 * tally->n < tally->size ? 0 : grow(tally);

	if (r < 0)
		return r;
	entry = place(tally, key);
	if (!entry->key && tally->n == WEIR_SIMULATE_KEYS_MAX) {
		tally->left_out++;
		return 0;
	}
	if (!entry->key) {
		entry->key = strdup(key);
		if (!entry->key)
			return -ENOMEM;
		tally->n++;
	}
	entry->n[number]++;
	return 0;
}

static uint64_t sum(const struct weir_tally_entry *entry)
{
	uint64_t ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(entry->n); i++)
		ret += entry->n[i];
	return ret;
}

/* The same order for the same counts, whatever the key of the hash. */
static int largest_first(const void *a, const void *b)
{
	const struct weir_tally_entry *x = a, *y = b;
	uint64_t n = sum(x), m = sum(y);

	if (n != m)
		return n > m ? -1 : 1;
	return strcmp(x->key, y->key);
}

struct weir_tally_list tally_take(struct tally *tally)
{
	struct weir_tally_list ret = {.entries = tally->slots, .left_out = tally->left_out};

	for (size_t i = 0; i < tally->size; i++)
		if (tally->slots[i].key)
			ret.entries[ret.n++] = tally->slots[i];
	if (ret.n)
		qsort(ret.entries, ret.n, sizeof(*ret.entries), largest_first);
	*tally = (struct tally){};
	return ret;
}

void tally_list_done(struct weir_tally_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->entries[i].key);
	free(list->entries);
	*list = (struct weir_tally_list){};
}

void tally_done(struct tally *tally)
{
	for (size_t i = 0; i < tally->size; i++)
		free(tally->slots[i].key);
	free(tally->slots);
	*tally = (struct tally){};
}
