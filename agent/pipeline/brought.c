/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/pipeline/brought.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/time.h"

#define FIRST_ROOM 64

/* A value, or values of a file that are counted and not told apart: those have the file's hash. */
struct entry {
	uint64_t hash;
	uint64_t time_ns; /* when it came last */
	uint64_t look;	  /* the last one whose file holds it */
	uint32_t weight;  /* of a value 1 */
	uint8_t detector, step;
	bool rest;
};

struct place {
	uint64_t volume, used_ns; /* used_ns 0: free */
	uint32_t person, count, room;
	struct entry *entries; /* owned, of room */
};

struct weir_brought {
	struct place places[WEIR_BROUGHT_PLACES];
	uint64_t times_ns[WEIR_WITHIN_TIMES];
	unsigned n_times;
	uint64_t detectors, dropped, looks;
	struct weir_within within[WEIR_WITHIN_TIMES];
};

/* What of one file is to be counted, in turn. */
struct items {
	const struct weir_findings *findings;
	uint64_t file, detectors;
	uint32_t next;		 /* value */
	unsigned detector, step; /* of the rest; detectors behind it are done */
	uint32_t reached
		[WEIR_CONFIDENCE_STEPS]; /* of this detector, what is not told at each step */
};

int weir_brought_new(struct weir_brought **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

static void forget_place(struct place *place)
{
	free(place->entries);
	*place = (struct place){0};
}

void weir_brought_free(struct weir_brought *b)
{
	for (size_t i = 0; b && i < WEIR_BROUGHT_PLACES; i++)
		forget_place(&b->places[i]);
	free(b);
}

void weir_brought_set(struct weir_brought *b, const uint32_t *seconds, unsigned n,
		      uint64_t detectors)
{
	b->n_times = WEIR_MIN(n, (unsigned)WEIR_WITHIN_TIMES);
	b->detectors = detectors;
	for (unsigned i = 0; i < b->n_times; i++)
		b->times_ns[i] = seconds[i] * WEIR_NSEC_PER_SEC;
	for (size_t i = 0; i < WEIR_BROUGHT_PLACES; i++) {
		struct place *place = &b->places[i];
		uint32_t kept = 0;

		for (uint32_t k = 0; k < place->count; k++)
			if (detectors >> place->entries[k].detector & 1)
				place->entries[kept++] = place->entries[k];
		place->count = kept;
	}
}

/* How many of a detector's values reached a step and are not among those that are told. At a higher step there are never more. */
static void take_rest(struct items *items, unsigned detector)
{
	const struct weir_findings *f = items->findings;
	uint32_t told[WEIR_CONFIDENCE_STEPS] = {0};
	const bool steps = f->distinct_from[detector][0] > 0;

	for (uint32_t i = 0; i < f->values_count; i++)
		for (unsigned k = 0; f->values[i].detector == detector && k <= f->values[i].step;
		     k++)
			told[k]++;
	for (unsigned k = WEIR_CONFIDENCE_STEPS; k-- > 0;) {
		const uint32_t all = steps ? f->distinct_from[detector][k]
				     : f->best[detector] >= 50 + 5 * k ? f->distinct[detector]
								       : 0;
		const uint32_t left = all > told[k] ? all - told[k] : 0;

		items->reached[k] = k + 1 < WEIR_CONFIDENCE_STEPS
					    ? WEIR_MAX(left, items->reached[k + 1])
					    : left;
	}
}

static bool next_rest(struct items *items, struct entry *ret)
{
	for (; items->detector < WEIR_FINDINGS_DETECTORS; items->detector++, items->step = 0) {
		if (!(items->detectors >> items->detector & 1) ||
		    items->findings->distinct[items->detector] == 0)
			continue;
		if (items->step == 0)
			take_rest(items, items->detector);
		while (items->step < WEIR_CONFIDENCE_STEPS) {
			const unsigned k = items->step++;
			const uint32_t above =
				k + 1 < WEIR_CONFIDENCE_STEPS ? items->reached[k + 1] : 0;

			if (items->reached[k] == above)
				continue;
			*ret = (struct entry){.hash = items->file,
					      .weight = items->reached[k] - above,
					      .detector = (uint8_t)items->detector,
					      .step = (uint8_t)k,
					      .rest = true};
			return true;
		}
	}
	return false;
}

static bool next(struct items *items, struct entry *ret)
{
	while (items->next < items->findings->values_count) {
		const struct weir_value *v = &items->findings->values[items->next++];

		if (!(items->detectors >> v->detector & 1))
			continue;
		*ret = (struct entry){
			.hash = v->hash, .weight = 1, .detector = v->detector, .step = v->step};
		return true;
	}
	return next_rest(items, ret);
}

static struct items items_of(const struct weir_brought *b, const struct weir_brought_file *file,
			     const struct weir_findings *findings)
{
	return (struct items){.findings = findings, .file = file->file, .detectors = b->detectors};
}

static struct place *find_place(struct weir_brought *b, const struct weir_brought_file *file)
{
	for (size_t i = 0; i < WEIR_BROUGHT_PLACES; i++) {
		struct place *place = &b->places[i];

		if (place->used_ns && place->volume == file->volume &&
		    place->person == file->person)
			return place;
	}
	return NULL;
}

static struct entry *find(struct place *place, const struct entry *item)
{
	for (uint32_t i = 0; place && i < place->count; i++) {
		struct entry *entry = &place->entries[i];

		if (entry->hash == item->hash && entry->detector == item->detector &&
		    entry->rest == item->rest && (!item->rest || entry->step == item->step))
			return entry;
	}
	return NULL;
}

static bool came_within(const struct entry *entry, uint64_t now_ns, uint64_t time_ns)
{
	return now_ns - entry->time_ns < time_ns;
}

static void add_others(const struct weir_brought *b, const struct place *place, uint64_t now_ns,
		       unsigned time, struct weir_within *ret)
{
	for (uint32_t i = 0; i < place->count; i++) {
		const struct entry *entry = &place->entries[i];

		if (entry->look == b->looks || !came_within(entry, now_ns, b->times_ns[time]))
			continue;
		for (unsigned k = 0; k <= entry->step; k++)
			ret->others_from[entry->detector][k] += entry->weight;
	}
}

const struct weir_within *weir_brought_look(struct weir_brought *b,
					    const struct weir_brought_file *file,
					    const struct weir_findings *findings)
{
	struct items items = items_of(b, file, findings);
	struct place *place = find_place(b, file);
	struct entry item;

	if (b->n_times == 0)
		return NULL;
	memset(b->within, 0, sizeof(b->within));
	b->looks++;
	while (next(&items, &item)) {
		struct entry *entry = find(place, &item);

		if (entry)
			entry->look = b->looks;
		for (unsigned i = 0; i < b->n_times; i++)
			if (!entry || entry->weight < item.weight ||
			    !came_within(entry, file->now_ns, b->times_ns[i]))
				b->within[i].fresh |= UINT64_C(1) << item.detector;
	}
	for (unsigned i = 0; place && i < b->n_times; i++)
		add_others(b, place, file->now_ns, i, &b->within[i]);
	return b->within;
}

static struct place *make_place(struct weir_brought *b, const struct weir_brought_file *file)
{
	struct place *oldest = &b->places[0];

	for (size_t i = 1; i < WEIR_BROUGHT_PLACES; i++)
		if (b->places[i].used_ns < oldest->used_ns)
			oldest = &b->places[i];
	b->dropped += oldest->count;
	forget_place(oldest);
	oldest->volume = file->volume;
	oldest->person = file->person;
	return oldest;
}

/* What counts for none of the times any more. */
static void expire(const struct weir_brought *b, struct place *place, uint64_t now_ns)
{
	uint64_t longest = 0;
	uint32_t kept = 0;

	for (unsigned i = 0; i < b->n_times; i++)
		longest = WEIR_MAX(longest, b->times_ns[i]);
	for (uint32_t i = 0; i < place->count; i++)
		if (came_within(&place->entries[i], now_ns, longest))
			place->entries[kept++] = place->entries[i];
	place->count = kept;
}

static struct entry *oldest_of_most(struct place *place)
{
	uint32_t counts[WEIR_FINDINGS_DETECTORS] = {0};
	struct entry *ret = NULL;
	unsigned most = 0;

	for (uint32_t i = 0; i < place->count; i++)
		counts[place->entries[i].detector]++;
	for (unsigned d = 1; d < WEIR_FINDINGS_DETECTORS; d++)
		if (counts[d] > counts[most])
			most = d;
	for (uint32_t i = 0; i < place->count; i++)
		if (place->entries[i].detector == most &&
		    (!ret || place->entries[i].time_ns < ret->time_ns))
			ret = &place->entries[i];
	return ret;
}

/* NULL: no memory. */
static struct entry *room(struct weir_brought *b, struct place *place)
{
	const uint32_t more =
		WEIR_MIN(place->room ? place->room * 2 : FIRST_ROOM, (uint32_t)WEIR_BROUGHT_VALUES);
	struct entry *entries;

	if (place->count < place->room)
		return &place->entries[place->count++];
	if (place->count == WEIR_BROUGHT_VALUES) {
		b->dropped++;
		return oldest_of_most(place);
	}
	entries = reallocarray(place->entries, more, sizeof(*entries));
	if (!entries)
		return NULL;
	place->entries = entries;
	place->room = more;
	return &place->entries[place->count++];
}

void weir_brought_keep(struct weir_brought *b, const struct weir_brought_file *file,
		       const struct weir_findings *findings)
{
	struct items items = items_of(b, file, findings);
	struct place *place = find_place(b, file);
	struct entry item, *entry;

	while (b->n_times > 0 && next(&items, &item)) {
		if (!place)
			place = make_place(b, file);
		if (place->used_ns != file->now_ns)
			expire(b, place, file->now_ns);
		place->used_ns = file->now_ns;
		entry = find(place, &item);
		if (entry)
			item.step = WEIR_MAX(item.step, entry->step);
		else
			entry = room(b, place);
		item.time_ns = file->now_ns;
		if (entry)
			*entry = item;
		else
			b->dropped++;
	}
}

uint64_t weir_brought_take_dropped(struct weir_brought *b)
{
	const uint64_t ret = b->dropped;

	b->dropped = 0;
	return ret;
}
