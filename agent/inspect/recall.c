/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/inspect/recall.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "weir/base/hash.h"
#include "weir/validate/validate.h"

#define WAYS 4
#define SETS (WEIR_RECALL_ENTRIES / WAYS)

struct entry {
	struct weir_recall_id id;
	uint64_t bytes;
	char type[WEIR_DETECTOR_ID_MAX]; /* "": free */
};

struct weir_recall {
	uint8_t key[WEIR_HASH_KEY_LEN];
	unsigned next; /* way that is given up in a full set */
	struct entry entries[SETS][WAYS];
};

int weir_recall_new(struct weir_recall **ret)
{
	struct weir_recall *recall _cleanup_(weir_recall_freep) = calloc(1, sizeof(*recall));

	if (!recall)
		return -ENOMEM;
	if (getrandom(recall->key, sizeof(recall->key), 0) != (ssize_t)sizeof(recall->key))
		return -EIO;
	*ret = TAKE_PTR(recall);
	return 0;
}

void weir_recall_free(struct weir_recall *recall)
{
	free(recall);
}

void weir_recall_identify(const struct weir_recall *recall,
			  const struct weir_worker_request *request,
			  const struct weir_memory *content, struct weir_recall_id *ret)
{
	uint64_t words[5] = {[2] = weir_check_today(request->now_ns),
			     [3] = request->max_bytes,
			     [4] = request->min_confidence};

	weir_siphash128(content->data, content->len, recall->key, words);
	weir_siphash128(words, sizeof(words), recall->key, ret->word);
}

/* The entry of id; NULL: there is none. */
static const struct entry *find(const struct weir_recall *recall, const struct weir_recall_id *id)
{
	const struct entry *set = recall->entries[id->word[0] % SETS];

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].type[0] && memcmp(&set[i].id, id, sizeof(*id)) == 0)
			return &set[i];
	return NULL;
}

bool weir_recall_get(const struct weir_recall *recall, const struct weir_recall_id *id,
		     struct weir_findings *ret)
{
	const struct entry *entry = find(recall, id);

	if (!entry)
		return false;
	memset(ret, 0, offsetof(struct weir_findings, findings));
	ret->status = WEIR_SCAN_COMPLETE;
	ret->recalled = 1;
	memcpy(ret->type, entry->type, sizeof(ret->type));
	ret->bytes = entry->bytes;
	ret->parts_count = 1;
	return true;
}

static bool is_clean(const struct weir_findings *f)
{
	if (f->status != WEIR_SCAN_COMPLETE || f->encrypted || f->records > 0 || f->count > 0)
		return false;
	for (size_t i = 0; i < WEIR_FINDINGS_DETECTORS; i++)
		if (f->total[i] > 0)
			return false;
	return true;
}

static struct entry *room(struct weir_recall *recall, const struct weir_recall_id *id)
{
	struct entry *set = recall->entries[id->word[0] % SETS];

	for (size_t i = 0; i < WAYS; i++)
		if (!set[i].type[0])
			return &set[i];
	return &set[recall->next++ % WAYS];
}

void weir_recall_put(struct weir_recall *recall, const struct weir_recall_id *id,
		     const struct weir_findings *findings)
{
	struct entry *entry;

	if (!is_clean(findings) || find(recall, id))
		return;
	entry = room(recall, id);
	*entry = (struct entry){.id = *id, .bytes = findings->bytes};
	memcpy(entry->type, findings->type, sizeof(entry->type));
}
