/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_LABELS_INTERNAL_H
#define WEIR_LABELS_INTERNAL_H

/* record.c: a record's bytes; place.c: what names a file for ever; index.c: which record is which file's; labels.c: the file of
 * records. */

#include "weir/base/hash.h"
#include "weir/labels/labels.h"

#define RECORD_LEN 128 /* a divisor of every sector: one is torn off whole or not at all */
#define HANDLE_MAX 40  /* ext4 gives 8 bytes, xfs 12, btrfs 20 */
#define NO_SLOT	   UINT32_MAX

/* A file's place: its file system and the kernel's handle, whose bytes are the kernel's own. */
struct place {
	struct weir_labels_volume volume;
	int32_t type;
	uint32_t len; /* 1 to HANDLE_MAX; what is behind is 0 */
	uint8_t handle[HANDLE_MAX];
};

struct record {
	struct place place;
	uint64_t size, ctime_ns;
	uint32_t distinct[_WEIR_ABI_DET_MAX];
};

/* record.c */
void record_encode(const struct record *record, uint8_t ret[static RECORD_LEN]);
/* 0, -ENOENT: nothing there, -EBADMSG. */
int record_decode(const uint8_t bytes[static RECORD_LEN], struct record *ret) _must_use_;
void record_head(uint8_t ret[static RECORD_LEN]);
bool record_is_head(const uint8_t bytes[static RECORD_LEN]);

/* place.c */
/* -EOPNOTSUPP: there is none that lasts. */
int place_of(int fd, struct place *ret) _must_use_;
/* A descriptor, or -ESTALE: that file is gone. */
int place_open(const struct place *place, int root) _must_use_;

/* index.c: a hash table from a place to the number of its record. */
struct index_entry {
	uint64_t place; /* hashes with the table's key; 0: free */
	uint64_t volume;
	uint32_t next; /* of the same chain */
};

struct index {
	uint8_t key[WEIR_HASH_KEY_LEN];
	size_t max, used;
	uint32_t newest; /* where the search for a free record begins */
	struct index_entry *entries;
	uint32_t *chains;
};

int index_init(struct index *index, size_t max) _must_use_;
void index_done(struct index *index);
uint64_t index_volume(const struct index *index, const struct weir_labels_volume *volume);
/* The record's number or NO_SLOT. */
uint32_t index_find(const struct index *index, const struct place *place);
/* A free number, else the oldest that is used. */
uint32_t index_choose(const struct index *index);
/* slot is free. */
void index_add(struct index *index, uint32_t slot, const struct place *place);
void index_remove(struct index *index, uint32_t slot);

#endif
