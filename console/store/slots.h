/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_STORE_SLOTS_H
#define WEIR_CONSOLE_STORE_SLOTS_H

/* Where a connection keeps its prepared statements: by their text, a few hundred of them. The texts
 * are the program's own, so a hash without a key will do. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WEIR_SLOTS_N	 512
#define WEIR_SLOTS_TRIES 8

struct weir_slot {
	const char *sql; /* NULL: empty; whose it is, is the driver's affair */
	bool used;	 /* by rows that are open */
};

/* The slot that has sql, or one to put it into after what is there was dropped, or NULL when all
 * that it could have are in use. at(i) is slot i. */
static inline struct weir_slot *weir_slots_find(struct weir_slot *(*at)(void *slots, size_t i),
						void *slots, const char *sql, bool *ret_hit)
{
	struct weir_slot *free_slot = NULL;
	uint32_t hash = 2166136261U;

	for (const char *c = sql; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619U;
	*ret_hit = false;
	for (size_t i = 0; i < WEIR_SLOTS_TRIES; i++) {
		struct weir_slot *slot = at(slots, (hash + i) % WEIR_SLOTS_N);

		if (slot->sql && strcmp(slot->sql, sql) == 0) {
			if (slot->used)
				return NULL;
			*ret_hit = true;
			return slot;
		}
		if (!slot->used && (!free_slot || (free_slot->sql && !slot->sql)))
			free_slot = slot;
	}
	return free_slot;
}

#endif
