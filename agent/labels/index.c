/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "internal.h"

int index_init(struct index *index, size_t max)
{
	*index = (struct index){.max = max,
				.newest = (uint32_t)max - 1,
				.entries = calloc(max, sizeof(*index->entries)),
				.chains = malloc(max * sizeof(*index->chains))};
	if (!index->entries || !index->chains)
		return -ENOMEM;
	memset(index->chains, 0xff, max * sizeof(*index->chains)); /* NO_SLOT */
	return getrandom(index->key, sizeof(index->key), 0) == (ssize_t)sizeof(index->key) ? 0
											   : -EIO;
}

void index_done(struct index *index)
{
	free(index->entries);
	free(index->chains);
}

static uint64_t hash(const struct index *index, const void *data, size_t len)
{
	uint64_t h = weir_siphash(data, len, index->key);

	return h ? h : 1;
}

uint64_t index_volume(const struct index *index, const struct weir_labels_volume *volume)
{
	return hash(index, volume, sizeof(*volume));
}

static uint64_t place_hash(const struct index *index, const struct place *place)
{
	_Static_assert(sizeof(*place) == WEIR_LABELS_VOLUME_LEN + 8 + HANDLE_MAX, "no padding");
	return hash(index, place, sizeof(*place));
}

/* Two places of one hash are one in 2^64 for who does not have the key. */
uint32_t index_find(const struct index *index, const struct place *place)
{
	uint64_t h = place_hash(index, place);
	uint32_t slot = index->chains[h % index->max];

	while (slot != NO_SLOT && index->entries[slot].place != h)
		slot = index->entries[slot].next;
	return slot;
}

uint32_t index_choose(const struct index *index)
{
	size_t slot = index->newest;

	do
		slot = (slot + 1) % index->max;
	while (index->used < index->max && index->entries[slot].place);
	return (uint32_t)slot;
}

void index_add(struct index *index, uint32_t slot, const struct place *place)
{
	uint64_t h = place_hash(index, place);
	uint32_t *chain = &index->chains[h % index->max];

	index->entries[slot] = (struct index_entry){
		.place = h, .volume = index_volume(index, &place->volume), .next = *chain};
	*chain = slot;
	index->newest = slot;
	index->used++;
}

void index_remove(struct index *index, uint32_t slot)
{
	uint32_t *at = &index->chains[index->entries[slot].place % index->max];

	while (*at != slot)
		at = &index->entries[*at].next;
	*at = index->entries[slot].next;
	index->entries[slot] = (struct index_entry){0};
	index->used--;
}
