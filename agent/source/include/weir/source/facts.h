/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SOURCE_FACTS_H
#define WEIR_SOURCE_FACTS_H

/* A fixed-size hash table from inode to six numbers that one thread writes and another reads
 * without ever waiting: each slot is a sequence lock. What the gate's thread knows of labels and
 * volumes comes to it this way. */

#include <stddef.h>
#include <stdint.h>

#include "weir/abi/types.h"
#include "weir/base/macros.h"

#define WEIR_FACT_WORDS 6

struct weir_facts;

struct weir_fact {
	uint64_t word[WEIR_FACT_WORDS];
};

/* slots is rounded up to a power of two; at most 2^20. Three quarters of them are used at most. */
int weir_facts_new(size_t slots, struct weir_facts **ret) _must_use_;
void weir_facts_free(struct weir_facts *facts);
DEFINE_CLEANUP(weir_facts_free, struct weir_facts *);

/* Writer only. set: 0 or -E2BIG. */
int weir_facts_set(struct weir_facts *facts, struct weir_abi_inode key,
		   const struct weir_fact *fact) _must_use_;
void weir_facts_forget(struct weir_facts *facts, struct weir_abi_inode key);
size_t weir_facts_count(const struct weir_facts *facts);

/* Any thread. 0, -ENOENT, or -EAGAIN when the writer kept changing the slot: bounded, never waits.
 */
int weir_facts_get(const struct weir_facts *facts, struct weir_abi_inode key,
		   struct weir_fact *ret) _must_use_;

#endif
