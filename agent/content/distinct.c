/* SPDX-License-Identifier: Apache-2.0 */
#include "distinct.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 256 /* 2 KiB */

void weir_distinct_done(struct weir_distinct *set)
{
	free(set->slots);
	*set = (struct weir_distinct){.max = set->max};
}

void weir_distinct_clear(struct weir_distinct *set)
{
	set->count = 0;
	if (set->size > FIRST_SIZE)
		weir_distinct_done(set);
	else if (set->slots)
		memset(set->slots, 0, set->size * sizeof(*set->slots));
}

/* True when the hash was new. At least one slot is free. */
static bool insert(uint64_t *slots, size_t size, uint64_t hash)
{
	size_t at = hash & (size - 1);

	while (slots[at] && slots[at] != hash)
		at = (at + 1) & (size - 1);
	if (slots[at] == hash)
		return false;
	slots[at] = hash;
	return true;
}

static int grow(struct weir_distinct *set)
{
	size_t size = set->size ? set->size * 2 : FIRST_SIZE;
	uint64_t *slots = calloc(size, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < set->size; i++)
		if (set->slots[i])
			(void)insert(slots, size, set->slots[i]);
	free(set->slots);
	set->slots = slots;
	set->size = size;
	return 0;
}

int weir_distinct_add(struct weir_distinct *set, uint64_t hash)
{
	int r;

	if (set->count >= set->max)
		return 0;
	if (set->count >= set->size / 2) {
		r = grow(set);
		if (r < 0)
			return r;
	}
	set->count += insert(set->slots, set->size, hash ? hash : 1);
	return 0;
}
