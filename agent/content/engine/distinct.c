/* SPDX-License-Identifier: Apache-2.0 */
#include "distinct.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 256 /* 2 KiB */
#define STEP_BITS  WEIR_DISTINCT_STEP_BITS
#define STEP_MASK  ((UINT64_C(1) << STEP_BITS) - 1)
#define INDEX_BITS 12
#define REGISTERS  (1U << INDEX_BITS)

_Static_assert(WEIR_CONFIDENCE_STEPS < STEP_MASK, "a step and 1 fit");

void weir_distinct_done(struct weir_distinct *set)
{
	free(set->slots);
	free(set->registers);
	*set = (struct weir_distinct){.max = set->max};
}

void weir_distinct_clear(struct weir_distinct *set)
{
	set->count = 0;
	free(set->registers);
	set->registers = NULL;
	if (set->size > FIRST_SIZE)
		weir_distinct_done(set);
	else if (set->slots)
		memset(set->slots, 0, set->size * sizeof(*set->slots));
}

/* The slot of the hash, or the free one where it belongs. At least one is free. */
static uint64_t *slot_of(uint64_t *slots, size_t size, uint64_t hash)
{
	size_t at = (hash >> STEP_BITS) & (size - 1);

	while (slots[at] && (slots[at] ^ hash) & ~STEP_MASK)
		at = (at + 1) & (size - 1);
	return &slots[at];
}

static int grow(struct weir_distinct *set)
{
	size_t size = set->size ? set->size * 2 : FIRST_SIZE;
	uint64_t *slots = calloc(size, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < set->size; i++)
		if (set->slots[i])
			*slot_of(slots, size, set->slots[i]) = set->slots[i];
	free(set->slots);
	set->slots = slots;
	set->size = size;
	return 0;
}

/* The hash is mixed once more: its high bits chose the slot. */
static void note(struct weir_distinct *set, uint64_t hash)
{
	uint64_t mixed = (hash | STEP_MASK) * UINT64_C(0x9e3779b97f4a7c15);
	unsigned at, zeros;

	mixed ^= mixed >> 32;
	mixed *= UINT64_C(0xd6e8feb86659fd93);
	mixed ^= mixed >> 32;
	at = (unsigned)(mixed >> (64 - INDEX_BITS));
	zeros = (unsigned)__builtin_clzll(mixed << INDEX_BITS | (UINT64_C(1) << (INDEX_BITS - 1)));
	set->registers[at] = (uint8_t)WEIR_MAX((unsigned)set->registers[at], zeros + 1);
}

static int start_estimate(struct weir_distinct *set)
{
	set->registers = calloc(REGISTERS, 1);
	if (!set->registers)
		return -ENOMEM;
	for (size_t i = 0; i < set->size; i++)
		if (set->slots[i])
			note(set, set->slots[i]);
	return 0;
}

int weir_distinct_add(struct weir_distinct *set, uint64_t hash, unsigned confidence)
{
	uint64_t step = confidence > 50 ? WEIR_MIN((confidence - 50) / 5, 10U) : 0, *slot;
	int r = 0;

	if (set->count < set->max && set->count >= set->size / 2)
		r = grow(set);
	else if (set->count >= set->max && !set->registers)
		r = start_estimate(set);
	if (r < 0)
		return r;
	if (set->registers)
		note(set, hash);
	slot = slot_of(set->slots, set->size, hash);
	if (*slot == 0 && set->count >= set->max)
		return 0;
	set->count += *slot == 0;
	*slot = (hash & ~STEP_MASK) | WEIR_MAX(*slot & STEP_MASK, step + 1);
	return 0;
}

static double estimate(const struct weir_distinct *set)
{
	double sum = 0, m = REGISTERS;
	unsigned empty = 0;

	for (unsigned i = 0; i < REGISTERS; i++) {
		sum += ldexp(1, -set->registers[i]);
		empty += set->registers[i] == 0;
	}
	return empty ? m * log(m / empty) : 0.7213 / (1 + 1.079 / m) * m * m / sum;
}

void weir_distinct_steps(const struct weir_distinct *set,
			 uint32_t ret[static WEIR_CONFIDENCE_STEPS])
{
	double factor = 1;

	memset(ret, 0, WEIR_CONFIDENCE_STEPS * sizeof(*ret));
	for (size_t i = 0; i < set->size; i++)
		if (set->slots[i])
			ret[(set->slots[i] & STEP_MASK) - 1]++;
	for (int i = WEIR_CONFIDENCE_STEPS - 2; i >= 0; i--)
		ret[i] += ret[i + 1];
	if (set->registers && set->count > 0)
		factor = WEIR_MAX(1.0, WEIR_MIN(estimate(set), 4e9) / set->count);
	for (int i = 0; factor > 1 && i < WEIR_CONFIDENCE_STEPS; i++)
		ret[i] = (uint32_t)(ret[i] * factor);
}

/* Where the hash belongs among the n that are there already, ascending. */
static size_t place_of(const uint64_t *hashes, size_t n, uint64_t hash)
{
	size_t low = 0;

	while (low < n) {
		const size_t middle = low + (n - low) / 2;

		if (hashes[middle] < hash)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

size_t weir_distinct_lowest(const struct weir_distinct *set, uint64_t *ret_hashes,
			    uint8_t *ret_steps, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; room > 0 && set->count > 0 && i < set->size; i++) {
		const uint64_t hash = set->slots[i] & ~STEP_MASK;
		size_t at;

		if (!set->slots[i] || (n == room && hash > ret_hashes[n - 1]))
			continue;
		at = place_of(ret_hashes, n, hash);
		n -= n == room;
		memmove(&ret_hashes[at + 1], &ret_hashes[at], (n - at) * sizeof(*ret_hashes));
		memmove(&ret_steps[at + 1], &ret_steps[at], n - at);
		ret_hashes[at] = hash;
		ret_steps[at] = (uint8_t)((set->slots[i] & STEP_MASK) - 1);
		n++;
	}
	return n;
}
