/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "weir/ledger/ledger.h"

struct weir_ledger_check {
	const struct weir_ledger_head *heads;
	size_t n_heads;
	size_t next_head;		    /* the first that no entry has reached */
	uint64_t first, last;		    /* sequences; 0: no entry yet */
	uint8_t hash[WEIR_LEDGER_HASH_LEN]; /* of the last */
};

/* Several keys may have signed the same state. */
static bool agree(const struct weir_ledger_head *a, const struct weir_ledger_head *b)
{
	return a->sequence < b->sequence ||
	       (a->sequence == b->sequence && memcmp(a->hash, b->hash, sizeof(a->hash)) == 0);
}

int weir_ledger_check_new(const struct weir_ledger_head *heads, size_t n, struct weir_error *err,
			  struct weir_ledger_check **ret)
{
	struct weir_ledger_check *check;

	for (size_t i = 1; i < n; i++)
		if (!agree(&heads[i - 1], &heads[i]))
			return weir_error_set(err, -EBADMSG, 0, 0,
					      "the signed heads of entries %" PRIu64 " and %" PRIu64
					      " contradict each other",
					      heads[i - 1].sequence, heads[i].sequence);
	check = calloc(1, sizeof(*check));
	if (!check)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	check->heads = heads;
	check->n_heads = n;
	*ret = check;
	return 0;
}

void weir_ledger_check_free(struct weir_ledger_check *check)
{
	free(check);
}

/* Takes the heads before the first entry: the last of them may stand for what was destroyed when
 * its time was over. */
static int begin(struct weir_ledger_check *check, uint64_t first, struct weir_error *err)
{
	const struct weir_ledger_head *head = NULL;

	while (check->next_head < check->n_heads && check->heads[check->next_head].sequence < first)
		head = &check->heads[check->next_head++];
	if (first != 1 && (!head || head->sequence != first - 1))
		return weir_error_set(err, -EBADMSG, 0, 0,
				      "the log begins with entry %" PRIu64
				      ", and no signed head vouches for what came before",
				      first);
	if (head)
		memcpy(check->hash, head->hash, sizeof(check->hash));
	check->first = first;
	return 0;
}

static int meet_heads(struct weir_ledger_check *check, struct weir_error *err)
{
	while (check->next_head < check->n_heads &&
	       check->heads[check->next_head].sequence == check->last) {
		const struct weir_ledger_head *head = &check->heads[check->next_head++];

		if (memcmp(head->hash, check->hash, sizeof(check->hash)) != 0)
			return weir_error_set(err, -EBADMSG, 0, 0,
					      "entry %" PRIu64
					      " is not the one that its head has signed",
					      check->last);
	}
	return 0;
}

int weir_ledger_check_entry(struct weir_ledger_check *check, const struct weir_ledger_entry *entry,
			    const uint8_t before[static WEIR_LEDGER_HASH_LEN],
			    const uint8_t hash[static WEIR_LEDGER_HASH_LEN], struct weir_error *err)
{
	uint8_t wanted[WEIR_LEDGER_HASH_LEN];
	int r = 0;

	if (!check->first)
		r = begin(check, entry->sequence, err);
	else if (entry->sequence != check->last + 1)
		r = weir_error_set(err, -EBADMSG, 0, 0,
				   "entry %" PRIu64 " is missing or out of place: %" PRIu64
				   " follows %" PRIu64,
				   check->last + 1, entry->sequence, check->last);
	if (r < 0)
		return r;
	if (memcmp(before, check->hash, sizeof(check->hash)) != 0)
		return weir_error_set(err, -EBADMSG, 0, 0,
				      "entry %" PRIu64 " does not follow the one before it",
				      entry->sequence);
	r = weir_ledger_hash(entry, before, wanted);
	if (r < 0 && r != -EINVAL)
		return weir_error_set(err, r, 0, 0, "cannot hash entry %" PRIu64, entry->sequence);
	if (r < 0 || memcmp(hash, wanted, sizeof(wanted)) != 0)
		return weir_error_set(err, -EBADMSG, 0, 0, "entry %" PRIu64 " has been changed",
				      entry->sequence);
	check->last = entry->sequence;
	memcpy(check->hash, wanted, sizeof(check->hash));
	return meet_heads(check, err);
}

int weir_ledger_check_end(const struct weir_ledger_check *check, struct weir_error *err)
{
	const struct weir_ledger_head *head;

	if (check->n_heads == 0)
		return 0;
	head = &check->heads[check->n_heads - 1];
	if (head->sequence <= check->last)
		return 0;
	return weir_error_set(err, -EBADMSG, 0, 0,
			      "the log ends with entry %" PRIu64
			      ", but a signed head has seen entry %" PRIu64,
			      check->last, head->sequence);
}

uint64_t weir_ledger_check_count(const struct weir_ledger_check *check)
{
	return check->first ? check->last - check->first + 1 : 0;
}

uint64_t weir_ledger_check_uncovered(const struct weir_ledger_check *check)
{
	uint64_t covered = check->next_head ? check->heads[check->next_head - 1].sequence : 0;

	return WEIR_MIN(check->last - covered, weir_ledger_check_count(check));
}
