/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/random.h>

#include "weir/base/hash.h"
#include "weir/source/facts.h"

#define READ_TRIES 64
#define SLOTS_MAX  (1u << 20)

enum slot_state {
	SLOT_FREE = 0, /* ends a probe */
	SLOT_USED = 1,
	SLOT_GONE = 2, /* reusable, does not end a probe */
};

struct slot {
	_Atomic uint64_t seq; /* odd while being written */
	_Atomic uint64_t state;
	_Atomic uint64_t ino;
	_Atomic uint64_t dev;
	_Atomic uint64_t word[WEIR_FACT_WORDS];
};

struct weir_facts {
	size_t mask;
	size_t used;
	uint8_t key[WEIR_HASH_KEY_LEN];
	struct slot slots[];
};

int weir_facts_new(size_t slots, struct weir_facts **ret)
{
	struct weir_facts *facts;
	size_t n = 16;

	while (n < slots && n < SLOTS_MAX)
		n *= 2;
	facts = calloc(1, sizeof(*facts) + n * sizeof(facts->slots[0]));
	if (!facts)
		return -ENOMEM;
	facts->mask = n - 1;
	if (getrandom(facts->key, sizeof(facts->key), 0) != (ssize_t)sizeof(facts->key)) {
		free(facts);
		return -EIO;
	}
	*ret = facts;
	return 0;
}

void weir_facts_free(struct weir_facts *facts)
{
	free(facts);
}

size_t weir_facts_count(const struct weir_facts *facts)
{
	return facts->used;
}

static size_t first_slot(const struct weir_facts *facts, struct weir_abi_inode key)
{
	uint64_t data[2] = {key.ino, key.dev};

	return (size_t)weir_siphash(data, sizeof(data), facts->key) & facts->mask;
}

static void write_slot(struct slot *slot, enum slot_state state, struct weir_abi_inode key,
		       const struct weir_fact *fact)
{
	uint64_t seq = atomic_load_explicit(&slot->seq, memory_order_relaxed);

	atomic_store_explicit(&slot->seq, seq + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	atomic_store_explicit(&slot->state, state, memory_order_relaxed);
	atomic_store_explicit(&slot->ino, key.ino, memory_order_relaxed);
	atomic_store_explicit(&slot->dev, key.dev, memory_order_relaxed);
	for (size_t i = 0; i < WEIR_FACT_WORDS; i++)
		atomic_store_explicit(&slot->word[i], fact ? fact->word[i] : 0,
				      memory_order_relaxed);
	atomic_store_explicit(&slot->seq, seq + 2, memory_order_release);
}

/* The writer's own view needs no sequence. Returns the slot of key, else one that may be taken,
 * else NULL. */
static struct slot *find(struct weir_facts *facts, struct weir_abi_inode key, bool *ret_there)
{
	struct slot *open = NULL;
	size_t at = first_slot(facts, key);

	*ret_there = false;
	for (size_t n = 0; n <= facts->mask; n++, at = (at + 1) & facts->mask) {
		struct slot *slot = &facts->slots[at];

		if (slot->state == SLOT_USED && slot->ino == key.ino && slot->dev == key.dev) {
			*ret_there = true;
			return slot;
		}
		if (slot->state != SLOT_USED && !open)
			open = slot;
		if (slot->state == SLOT_FREE)
			break;
	}
	return open;
}

int weir_facts_set(struct weir_facts *facts, struct weir_abi_inode key,
		   const struct weir_fact *fact)
{
	bool there;
	struct slot *slot = find(facts, key, &there);

	if (!there) {
		if (!slot || facts->used >= (facts->mask + 1) / 4 * 3)
			return -E2BIG;
		facts->used++;
	}
	write_slot(slot, SLOT_USED, key, fact);
	return 0;
}

void weir_facts_forget(struct weir_facts *facts, struct weir_abi_inode key)
{
	bool there;
	struct slot *slot = find(facts, key, &there);

	if (!there)
		return;
	write_slot(slot, SLOT_GONE, (struct weir_abi_inode){0}, NULL);
	facts->used--;
	/* A table full of gone slots makes every probe long; an empty one can start anew. */
	if (facts->used > 0)
		return;
	for (size_t i = 0; i <= facts->mask; i++)
		if (facts->slots[i].state != SLOT_FREE)
			write_slot(&facts->slots[i], SLOT_FREE, (struct weir_abi_inode){0}, NULL);
}

struct view {
	uint64_t state, ino, dev;
	struct weir_fact fact;
};

static int read_slot(const struct slot *slot, struct view *ret)
{
	for (unsigned i = 0; i < READ_TRIES; i++) {
		uint64_t seq = atomic_load_explicit(&slot->seq, memory_order_acquire);

		if (seq & 1)
			continue;
		ret->state = atomic_load_explicit(&slot->state, memory_order_relaxed);
		ret->ino = atomic_load_explicit(&slot->ino, memory_order_relaxed);
		ret->dev = atomic_load_explicit(&slot->dev, memory_order_relaxed);
		for (size_t k = 0; k < WEIR_FACT_WORDS; k++)
			ret->fact.word[k] =
				atomic_load_explicit(&slot->word[k], memory_order_relaxed);
		atomic_thread_fence(memory_order_acquire);
		if (atomic_load_explicit(&slot->seq, memory_order_relaxed) == seq)
			return 0;
	}
	return -EAGAIN;
}

int weir_facts_get(const struct weir_facts *facts, struct weir_abi_inode key, struct weir_fact *ret)
{
	size_t at = first_slot(facts, key);

	for (size_t n = 0; n <= facts->mask; n++, at = (at + 1) & facts->mask) {
		struct view view;
		int r = read_slot(&facts->slots[at], &view);

		if (r < 0)
			return r;
		if (view.state == SLOT_FREE)
			return -ENOENT;
		if (view.state == SLOT_USED && view.ino == key.ino && view.dev == key.dev) {
			*ret = view.fact;
			return 0;
		}
	}
	return -ENOENT;
}
