/* SPDX-License-Identifier: Apache-2.0 */
#include "seqs.h"

#include <errno.h>
#include <stdlib.h>

#define SLOTS (WEIR_SEQS_MAX * 2) /* at most half full */

struct weir_seqs {
	size_t start, count; /* of the ring */
	uint64_t ring[WEIR_SEQS_MAX];
	uint64_t slots[SLOTS]; /* linear probing; 0: free */
};

int weir_seqs_new(struct weir_seqs **ret)
{
	struct weir_seqs *seqs = calloc(1, sizeof(*seqs));

	if (!seqs)
		return -ENOMEM;
	*ret = seqs;
	return 0;
}

void weir_seqs_free(struct weir_seqs *seqs)
{
	free(seqs);
}

/* Sequences come from the kernel's own counter: no need for a key. */
static size_t home(uint64_t seq)
{
	return (size_t)((seq * UINT64_C(0x9e3779b97f4a7c15)) >> 32) % SLOTS;
}

static size_t find(const struct weir_seqs *seqs, uint64_t seq)
{
	size_t i = home(seq);

	while (seqs->slots[i] && seqs->slots[i] != seq)
		i = (i + 1) % SLOTS;
	return i;
}

/* Closes the hole that a removed entry leaves, so that no probe ends early. */
static void remove_slot(struct weir_seqs *seqs, uint64_t seq)
{
	size_t hole = find(seqs, seq);

	for (size_t i = (hole + 1) % SLOTS; seqs->slots[i]; i = (i + 1) % SLOTS) {
		size_t from_home = (i + SLOTS - home(seqs->slots[i])) % SLOTS;
		size_t from_hole = (i + SLOTS - hole) % SLOTS;

		if (from_home < from_hole)
			continue;
		seqs->slots[hole] = seqs->slots[i];
		hole = i;
	}
	seqs->slots[hole] = 0;
}

bool weir_seqs_has(const struct weir_seqs *seqs, uint64_t seq)
{
	return seq && seqs->slots[find(seqs, seq)] == seq;
}

void weir_seqs_add(struct weir_seqs *seqs, uint64_t seq)
{
	if (!seq || weir_seqs_has(seqs, seq))
		return;
	if (seqs->count == WEIR_SEQS_MAX) {
		remove_slot(seqs, seqs->ring[seqs->start]);
		seqs->start = (seqs->start + 1) % WEIR_SEQS_MAX;
		seqs->count--;
	}
	seqs->slots[find(seqs, seq)] = seq;
	seqs->ring[(seqs->start + seqs->count++) % WEIR_SEQS_MAX] = seq;
}

size_t weir_seqs_count(const struct weir_seqs *seqs)
{
	return seqs->count;
}

uint64_t weir_seqs_at(const struct weir_seqs *seqs, size_t i)
{
	return seqs->ring[(seqs->start + i) % WEIR_SEQS_MAX];
}
