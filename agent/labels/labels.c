/* SPDX-License-Identifier: Apache-2.0 */
/* The file: a head and a record for each labelled file, each changed in its place. A record is its own witness, so that no order of
 * writing matters and nothing waits for the disk. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

#define RECORDS_PER_READ 256

struct weir_labels {
	int fd;
	bool unsynced;
	struct index index;
	struct weir_labels_health health;
};

static off_t offset_of(uint32_t slot)
{
	return ((off_t)slot + 1) * RECORD_LEN;
}

static int write_record(struct weir_labels *labels, uint32_t slot, const uint8_t *bytes)
{
	labels->unsynced = true;
	return weir_pwrite_full(labels->fd, bytes, RECORD_LEN, offset_of(slot));
}

/* A record that can't be emptied is forgotten until the next start, which looks at the file that it speaks of. */
static int drop(struct weir_labels *labels, uint32_t slot)
{
	static const uint8_t nothing[RECORD_LEN];
	int r = write_record(labels, slot, nothing);

	index_remove(&labels->index, slot);
	labels->health.failed += r < 0;
	return r;
}

static void take_record(struct weir_labels *labels, uint32_t slot, const uint8_t *bytes)
{
	struct record record;
	int r = record_decode(bytes, &record);

	if (r == -ENOENT)
		return;
	if (r < 0 || index_find(&labels->index, &record.place) != NO_SLOT)
		labels->health.damaged++; /* its place is free */
	else
		index_add(&labels->index, slot, &record.place);
}

static int read_records(struct weir_labels *labels)
{
	uint8_t bytes[RECORDS_PER_READ * RECORD_LEN];
	uint32_t slot = 0;
	ssize_t n;

	do {
		n = weir_pread_full(labels->fd, bytes, sizeof(bytes), offset_of(slot));
		for (ssize_t at = 0; at + RECORD_LEN <= n && slot < labels->index.max;
		     at += RECORD_LEN)
			take_record(labels, slot++, bytes + at);
	} while (n == (ssize_t)sizeof(bytes) && slot < labels->index.max);
	return n < 0 ? (int)n : 0;
}

static int begin_anew(struct weir_labels *labels)
{
	uint8_t head[RECORD_LEN];

	record_head(head);
	if (ftruncate(labels->fd, 0) < 0)
		return -errno;
	labels->unsynced = true;
	return weir_pwrite_full(labels->fd, head, sizeof(head), 0);
}

static int read_all(struct weir_labels *labels, off_t size)
{
	const off_t most = offset_of((uint32_t)labels->index.max);
	uint8_t head[RECORD_LEN];
	ssize_t n = weir_pread_full(labels->fd, head, sizeof(head), 0);

	if (n < 0)
		return (int)n;
	if (n < RECORD_LEN || !record_is_head(head)) {
		labels->health.anew = n > 0;
		return begin_anew(labels);
	}
	if (size > most && ftruncate(labels->fd, most) < 0)
		return -errno;
	return read_records(labels);
}

/* Whoever else could write it would decide what is known of files. */
static int open_own(const char *path, struct stat *ret)
{
	int fd _cleanup_(weir_closep) =
		open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);

	if (fd < 0 || fstat(fd, ret) < 0)
		return -errno;
	if (!S_ISREG(ret->st_mode))
		return -EBADF;
	if (ret->st_uid != geteuid() || (ret->st_mode & 077) || ret->st_nlink != 1)
		return -EPERM;
	return TAKE_FD(fd);
}

int weir_labels_open(const char *path, size_t max, struct weir_labels **ret)
{
	struct weir_labels *labels _cleanup_(weir_labels_freep) = calloc(1, sizeof(*labels));
	struct stat st = {0};
	int r;

	if (!labels)
		return -ENOMEM;
	if (max == 0 || max > WEIR_LABELS_MAX) {
		labels->fd = -1;
		return -EINVAL;
	}
	labels->fd = open_own(path, &st);
	if (labels->fd < 0)
		return labels->fd;
	r = index_init(&labels->index, max);
	if (r == 0)
		r = read_all(labels, st.st_size);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(labels);
	return 0;
}

void weir_labels_free(struct weir_labels *labels)
{
	if (!labels)
		return;
	weir_close(labels->fd);
	index_done(&labels->index);
	free(labels);
}

/* Of a file that may not be among these. */
static int find(struct weir_labels *labels, int fd, struct place *place, uint32_t *ret)
{
	int r = place_of(fd, place);

	if (r < 0)
		return r;
	*ret = index_find(&labels->index, place);
	return 0;
}

static uint32_t make_room(struct weir_labels *labels)
{
	uint32_t slot = index_choose(&labels->index);

	if (labels->index.entries[slot].place) {
		index_remove(&labels->index, slot); /* what is written there replaces it */
		labels->health.evicted++;
	}
	return slot;
}

int weir_labels_keep(struct weir_labels *labels, int fd, const struct weir_abi_label *label)
{
	struct record record = {.size = label->size, .ctime_ns = label->ctime_ns};
	uint8_t bytes[RECORD_LEN];
	uint32_t slot;
	int r = find(labels, fd, &record.place, &slot);

	if (r < 0) {
		labels->health.homeless += r == -EOPNOTSUPP;
		labels->health.failed += r != -EOPNOTSUPP;
		return r;
	}
	memcpy(record.distinct, label->distinct, sizeof(record.distinct));
	record_encode(&record, bytes);
	if (slot == NO_SLOT) {
		slot = make_room(labels);
		index_add(&labels->index, slot, &record.place);
	}
	r = write_record(labels, slot, bytes);
	if (r < 0)
		(void)drop(labels, slot);
	return r;
}

bool weir_labels_any(const struct weir_labels *labels)
{
	return labels->index.used > 0;
}

int weir_labels_forget(struct weir_labels *labels, int fd)
{
	struct place place;
	uint32_t slot;
	int r = labels->index.used ? find(labels, fd, &place, &slot) : -EOPNOTSUPP;

	if (r < 0)
		return r == -EOPNOTSUPP ? 0 : r;
	return slot == NO_SLOT ? 0 : drop(labels, slot);
}

static int read_record(struct weir_labels *labels, uint32_t slot, struct record *ret)
{
	uint8_t bytes[RECORD_LEN];
	ssize_t n = weir_pread_full(labels->fd, bytes, sizeof(bytes), offset_of(slot));

	if (n < 0)
		return (int)n;
	return n == RECORD_LEN && record_decode(bytes, ret) == 0 ? 0 : -EBADMSG;
}

/* Whether the file is what the label speaks of. */
static bool is_same(const struct record *record, const struct statx *stx)
{
	return S_ISREG(stx->stx_mode) && stx->stx_size == record->size &&
	       (uint64_t)stx->stx_ctime.tv_sec * WEIR_NSEC_PER_SEC + stx->stx_ctime.tv_nsec ==
		       record->ctime_ns;
}

static int open_file(const struct record *record, int root, struct weir_labels_file *ret)
{
	int fd _cleanup_(weir_closep) = place_open(&record->place, root);
	struct statx stx;

	if (fd < 0)
		return fd;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &stx) < 0)
		return -errno;
	if (stx.stx_nlink == 0)
		return -ESTALE;
	ret->changed = !is_same(record, &stx);
	ret->label.size = record->size;
	ret->label.ctime_ns = record->ctime_ns;
	memcpy(ret->label.distinct, record->distinct, sizeof(ret->label.distinct));
	ret->fd = TAKE_FD(fd);
	return 0;
}

static void look_up(struct weir_labels *labels, uint32_t slot, int root,
		    struct weir_labels_file *ret)
{
	struct weir_labels_health *health = &labels->health;
	struct record record;
	int r = read_record(labels, slot, &record);

	health->damaged += r == -EBADMSG;
	if (r == 0) {
		r = open_file(&record, root, ret);
		health->gone += r == -ESTALE;
	}
	health->restored += r == 0 && !ret->changed;
	health->changed += ret->changed;
	if (r == -EBADMSG || r == -ESTALE || ret->changed)
		(void)drop(labels, slot);
	else
		health->failed += r < 0;
}

int weir_labels_next(struct weir_labels *labels, int root, const struct weir_labels_volume *volume,
		     size_t *cursor, struct weir_labels_file *ret)
{
	uint64_t wanted = index_volume(&labels->index, volume);

	*ret = (struct weir_labels_file){.fd = -1};
	while (*cursor < labels->index.max) {
		uint32_t slot = (uint32_t)(*cursor)++;

		if (labels->index.entries[slot].volume != wanted)
			continue;
		look_up(labels, slot, root, ret);
		return 1;
	}
	return 0;
}

int weir_labels_sync(struct weir_labels *labels)
{
	if (!labels->unsynced)
		return 0;
	labels->unsynced = false;
	return fdatasync(labels->fd) < 0 ? -errno : 0;
}

void weir_labels_health(const struct weir_labels *labels, struct weir_labels_health *ret)
{
	*ret = labels->health;
	ret->kept = labels->index.used;
}
