/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_POLICY_TALLY_H
#define WEIR_CONSOLE_POLICY_TALLY_H

/* Counts by texts that come from endpoints: a table with a secret key, a bound, and one number for what is beyond it. */

#include "weir/base/hash.h"
#include "weir/console_policy/simulate.h"

struct tally {
	struct weir_tally_entry *slots; /* open addressing; key NULL: empty */
	size_t size, n;			/* size is 0 or a power of two */
	uint64_t left_out;
	uint8_t hash_key[WEIR_HASH_KEY_LEN];
};

/* Adds one to n[number] of key. 0 or -ENOMEM. */
int tally_add(struct tally *tally, const char *key, unsigned number) _must_use_;

/* Its entries sorted; the tally is empty then. */
struct weir_tally_list tally_take(struct tally *tally);

void tally_list_done(struct weir_tally_list *list);
void tally_done(struct tally *tally);

#endif
