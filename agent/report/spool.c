/* SPDX-License-Identifier: Apache-2.0 */
/* Owns: appending, the bound, removal of what was committed. Must not read back what it wrote
 * (spool_open.c does), and must not believe the reader's mark beyond what can be checked. */

#include "weir/report/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool_internal.h"
#include "spool_state.h"
#include "weir/base/fd.h"

#define SPARE "segment.new" /* the next segment: empty, its blocks reserved */

void weir_spool_free(struct weir_spool *spool)
{
	if (!spool)
		return;
	if (spool->fd >= 0 && spool->unsynced)
		(void)fdatasync(spool->fd);
	spool->fd = weir_close(spool->fd);
	spool->dirfd = weir_close(spool->dirfd);
	spool->lockfd = weir_close(spool->lockfd);
	weir_drops_done(&spool->drops);
	weir_seqs_free(spool->seqs);
	weir_buf_done(&spool->scratch);
	free(spool->segments);
	free(spool);
}

uint64_t weir_spool_next_sequence(const struct weir_spool *spool)
{
	return spool->next;
}

uint64_t weir_spool_epoch(const struct weir_spool *spool)
{
	return spool->epoch;
}

void weir_spool_count_drop(struct weir_spool *spool, const char *cause, uint64_t n)
{
	weir_drops_count(&spool->drops, cause, n);
}

int weir_spool_add_segment(struct weir_spool *spool, uint64_t first, uint64_t size)
{
	if (!spool->segments || spool->n_segments == spool->room) {
		size_t room = spool->room ? spool->room * 2 : 64;
		struct spool_segment *grown = realloc(spool->segments, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		spool->segments = grown;
		spool->room = room;
	}
	spool->segments[spool->n_segments++] = (struct spool_segment){.first = first, .size = size};
	spool->total += size;
	return 0;
}

/* The blocks of the whole segment beforehand: a disk that others fill then still takes it. Where it cannot be had, appending fails
 * when it must. */
bool weir_spool_reserve(const struct weir_spool *spool, int fd)
{
	return fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)spool->segment_bytes) == 0;
}

/* Cutting off what there is would give the blocks back. */
static int open_spare(struct weir_spool *spool)
{
	int fd _cleanup_(weir_closep) = openat(
		spool->dirfd, SPARE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || fchmod(fd, 0640) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADF;
	if (st.st_size != 0 && ftruncate(fd, 0) < 0)
		return -errno;
	(void)!fchown(fd, (uid_t)-1, spool->gid);
	return TAKE_FD(fd);
}

void weir_spool_keep_spare(struct weir_spool *spool)
{
	int fd _cleanup_(weir_closep) = spool->spare ? -1 : open_spare(spool);

	if (fd >= 0)
		spool->spare = weir_spool_reserve(spool, fd);
}

/* A segment appears under its name only with its header, and durably. */
static int create_segment(struct weir_spool *spool, int *ret_fd)
{
	struct weir_spool_header header = {.epoch = spool->epoch, .first_sequence = spool->next};
	uint8_t bytes[WEIR_SPOOL_HEADER_LEN];
	char name[WEIR_SPOOL_NAME_LEN];
	int fd _cleanup_(weir_closep) = open_spare(spool);
	int r;

	if (fd < 0)
		return fd;
	spool->spare = false;
	(void)weir_spool_reserve(spool, fd);
	memcpy(header.boot_id, spool->boot_id, sizeof(header.boot_id));
	weir_spool_header_encode(&header, bytes);
	weir_spool_segment_name(spool->next, name);
	r = weir_write_full(fd, bytes, sizeof(bytes));
	if (r >= 0 && (fsync(fd) < 0 || renameat(spool->dirfd, SPARE, spool->dirfd, name) < 0 ||
		       fsync(spool->dirfd) < 0))
		r = -errno;
	if (r < 0) {
		(void)unlinkat(spool->dirfd, SPARE, 0);
		return r;
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int weir_spool_rotate(struct weir_spool *spool)
{
	int fd _cleanup_(weir_closep) = -1;
	int r;

	if (spool->fd >= 0 && spool->unsynced && fdatasync(spool->fd) < 0)
		weir_drops_count(&spool->drops, "spool-sync", 1);
	spool->unsynced = false;
	r = create_segment(spool, &fd);
	if (r < 0)
		return r;
	if (spool->segments && spool->n_segments &&
	    spool->segments[spool->n_segments - 1].first == spool->next) {
		/* An empty one of this name could not be written to and has been replaced. */
		spool->total -= spool->segments[--spool->n_segments].size;
	}
	r = weir_spool_add_segment(spool, spool->next, WEIR_SPOOL_HEADER_LEN);
	if (r < 0)
		return r;
	(void)weir_close(spool->fd);
	spool->fd = TAKE_FD(fd);
	return 0;
}

/* Alerts may use all of the space, others leave an eighth of it to them. */
static int check_room(struct weir_spool *spool, size_t size, int sync)
{
	uint64_t limit = sync ? spool->max_bytes : spool->max_bytes - spool->max_bytes / 8;

	if (spool->total + size <= limit)
		return 0;
	weir_drops_count(&spool->drops, sync ? "spool-full-alert" : "spool-full", 1);
	return -ENOSPC;
}

static int compose(struct weir_spool *spool, const void *event, size_t len, uint64_t kernel_seq,
		   int sync)
{
	static const uint8_t padding[8];
	struct weir_spool_record_header header = {
		.sequence = spool->next,
		.kernel_seq = kernel_seq,
		.length = (uint32_t)len,
		.crc = weir_spool_crc(event, len),
		.flags = sync ? WEIR_SPOOL_ALERT : 0,
	};
	uint8_t bytes[WEIR_SPOOL_RECORD_LEN];
	size_t size = weir_spool_record_size((uint32_t)len);
	int r;

	weir_spool_record_encode(&header, bytes);
	weir_buf_clear(&spool->scratch);
	r = weir_buf_append(&spool->scratch, bytes, sizeof(bytes));
	if (r >= 0)
		r = weir_buf_append(&spool->scratch, event, len);
	if (r >= 0)
		r = weir_buf_append(&spool->scratch, padding, size - sizeof(bytes) - len);
	return r;
}

static int write_record(struct weir_spool *spool, size_t size)
{
	struct spool_segment *last =
		spool->n_segments ? &spool->segments[spool->n_segments - 1] : NULL;
	int r;

	if (spool->fd < 0 || !last ||
	    (last->size > WEIR_SPOOL_HEADER_LEN && last->size + size > spool->segment_bytes)) {
		r = weir_spool_rotate(spool);
		if (r < 0)
			return r;
		last = &spool->segments[spool->n_segments - 1];
	}
	r = weir_pwrite_full(spool->fd, spool->scratch.data, size, (off_t)last->size);
	if (r < 0) {
		/* Part of it may be there; when it can't be cut off, opening will. */
		if (ftruncate(spool->fd, (off_t)last->size) < 0)
			spool->fd = weir_close(spool->fd);
		return r;
	}
	last->size += size;
	spool->total += size;
	return 0;
}

int weir_spool_append(struct weir_spool *spool, const void *event, size_t len, uint64_t kernel_seq,
		      int sync)
{
	size_t size;
	int r;

	if (len == 0 || len > WEIR_SPOOL_EVENT_MAX)
		return -EMSGSIZE;
	if (weir_seqs_has(spool->seqs, kernel_seq))
		return -EEXIST;
	size = weir_spool_record_size((uint32_t)len);
	r = check_room(spool, size, sync);
	if (r < 0)
		return r;
	r = compose(spool, event, len, kernel_seq, sync);
	if (r >= 0)
		r = write_record(spool, size);
	if (r < 0) {
		weir_drops_count(&spool->drops, sync ? "spool-write-alert" : "spool-write", 1);
		return r;
	}
	weir_seqs_add(spool->seqs, kernel_seq);
	spool->next++;
	spool->unsynced = true;
	if (!sync)
		return 0;
	/* The event stays in the spool when the disk refuses to sync it: a reader may have seen it.
	 */
	if (fdatasync(spool->fd) < 0)
		return -errno;
	spool->unsynced = false;
	return 0;
}

/* Another uid writes this file: nothing about it is taken for granted. */
static int read_mark_file(struct weir_spool *spool, struct weir_spool_mark *ret)
{
	uint8_t bytes[WEIR_SPOOL_MARK_LEN];
	int ack _cleanup_(weir_closep) = -1;
	int fd _cleanup_(weir_closep) = -1;
	struct stat st;

	ack = openat(spool->dirfd, WEIR_SPOOL_ACK_DIR,
		     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (ack < 0)
		return -errno;
	fd = openat(ack, WEIR_SPOOL_MARK_FILE,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size != WEIR_SPOOL_MARK_LEN ||
	    weir_pread_full(fd, bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -EBADMSG;
	return weir_spool_mark_decode(bytes, ret);
}

uint64_t weir_spool_read_mark(struct weir_spool *spool)
{
	struct weir_spool_mark mark = {0};
	int r = read_mark_file(spool, &mark);

	if (r == -ENOENT)
		return 0;
	if (r >= 0 && mark.epoch == spool->epoch && mark.sequence < spool->next)
		return mark.sequence;
	/* Each wrong mark counts once, not once a look. A mark of an earlier epoch is merely old.
	 */
	if (r >= 0 && mark.epoch != spool->epoch)
		return 0;
	if (r < 0)
		mark = (struct weir_spool_mark){.epoch = UINT64_MAX};
	if (mark.epoch != spool->refused.epoch || mark.sequence != spool->refused.sequence) {
		spool->refused = mark;
		weir_drops_count(&spool->drops, "mark-refused", 1);
	}
	return 0;
}

static int save_state(struct weir_spool *spool)
{
	struct weir_spool_state state = {.epoch = spool->epoch, .next_sequence = spool->next};

	memcpy(state.boot_id, spool->boot_id, sizeof(state.boot_id));
	return weir_spool_state_write(spool->dirfd, &state, spool->seqs);
}

/* The number of segments at the front that hold nothing beyond the mark; never the last one. */
static size_t count_committed(const struct weir_spool *spool, uint64_t mark)
{
	size_t n = 0;

	while (n + 1 < spool->n_segments && spool->segments[n + 1].first - 1 <= mark)
		n++;
	return n;
}

static void remove_front(struct weir_spool *spool, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char name[WEIR_SPOOL_NAME_LEN];

		weir_spool_segment_name(spool->segments[i].first, name);
		(void)unlinkat(spool->dirfd, name, 0);
		spool->total -= spool->segments[i].size;
	}
	spool->n_segments -= n;
	memmove(spool->segments, spool->segments + n, spool->n_segments * sizeof(*spool->segments));
}

static int remove_committed(struct weir_spool *spool)
{
	size_t n = count_committed(spool, weir_spool_read_mark(spool));
	int r;

	if (n == 0)
		return 0;
	r = save_state(spool);
	if (r == -ENOSPC || r == -EDQUOT) {
		/* A full disk must not keep the spool from making room. */
		remove_front(spool, 1);
		n--;
		r = save_state(spool);
	}
	if (r < 0)
		return r;
	remove_front(spool, n);
	return 0;
}

int weir_spool_maintain(struct weir_spool *spool)
{
	int r = 0, removed;

	if (spool->fd >= 0 && spool->unsynced) {
		if (fdatasync(spool->fd) < 0)
			r = -errno;
		else
			spool->unsynced = false;
	}
	removed = remove_committed(spool);
	weir_spool_keep_spare(spool);
	return r < 0 ? r : removed;
}
