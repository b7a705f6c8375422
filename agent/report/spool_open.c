/* SPDX-License-Identifier: Apache-2.0 */
/* Owns: finding out what a spool holds after whatever ended the last writer, and repairing it: a
 * torn tail is cut off, damaged files are copied or moved to NAME.bad and what is missing is
 * counted. No sequence is ever given twice. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool_internal.h"
#include "spool_state.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/proto/spool_segment.h"
#include "weir/report/spool.h"

#define DEFAULT_MAX	(256 * 1024 * 1024)
#define DEFAULT_SEGMENT (4 * 1024 * 1024)
#define LEAST_SEGMENT	1024
#define MOST_SEGMENTS	16384
#define BOOT_ID_FILE	"/proc/sys/kernel/random/boot_id"
#define BAD_MAX		8

/* What reading one segment showed. */
struct inspected {
	uint64_t epoch;	     /* 0: the header is not readable */
	uint64_t next;	     /* behind the last good record */
	uint64_t good_bytes; /* up to there */
	uint64_t bytes;	     /* of the file */
	bool damaged;	     /* more than a torn tail */
	bool this_boot;
};

static int parse_boot_id(const char *text, uint8_t ret[static WEIR_SPOOL_BOOT_LEN])
{
	uint8_t id[WEIR_SPOOL_BOOT_LEN] = {0};
	unsigned digits = 0;

	for (; *text && *text != '\n'; text++) {
		static const char hex[] = "0123456789abcdef";
		const char *digit = strchr(hex, *text);

		if (*text == '-')
			continue;
		if (!digit || digits == 2 * WEIR_SPOOL_BOOT_LEN)
			return -EINVAL;
		id[digits / 2] = (uint8_t)(id[digits / 2] << 4 | (digit - hex));
		digits++;
	}
	if (digits != 2 * WEIR_SPOOL_BOOT_LEN)
		return -EINVAL;
	memcpy(ret, id, sizeof(id));
	return 0;
}

static int read_boot_id(const char *given, uint8_t ret[static WEIR_SPOOL_BOOT_LEN])
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64);
	int r;

	if (given)
		return parse_boot_id(given, ret);
	r = weir_read_file(AT_FDCWD, BOOT_ID_FILE, &text);
	return r < 0 ? r : parse_boot_id(text.data ? text.data : "", ret);
}

/* Owner and mode are set on one that is there as well: the writer may have ended in between, or the
 * folder have another group since. */
static int open_ack(const struct weir_spool *spool)
{
	int fd _cleanup_(weir_closep) = -1;

	if (mkdirat(spool->dirfd, WEIR_SPOOL_ACK_DIR, 0770) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(spool->dirfd, WEIR_SPOOL_ACK_DIR,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	(void)!fchown(fd, (uid_t)-1, spool->gid);
	return fchmod(fd, 0770) < 0 ? -errno : 0;
}

static int open_folder(struct weir_spool *spool, const char *dir)
{
	struct stat st;
	int r;

	if (mkdir(dir, 0750) == 0) {
		if (chmod(dir, 0750) < 0)
			return -errno;
	} else {
		r = weir_mkdir_parents(dir, 0750);
		if (r < 0)
			return r;
	}
	spool->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (spool->dirfd < 0 || fstat(spool->dirfd, &st) < 0)
		return -errno;
	spool->gid = st.st_gid;
	spool->lockfd =
		openat(spool->dirfd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (spool->lockfd < 0)
		return -errno;
	if (flock(spool->lockfd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return open_ack(spool);
}

static void note_seqs(struct weir_spool *spool, const struct inspected *seen, uint64_t kernel_seq)
{
	if (seen->this_boot)
		weir_seqs_add(spool->seqs, kernel_seq);
}

static int inspect_records(struct weir_spool *spool, struct weir_spool_segment *segment,
			   struct inspected *seen)
{
	struct weir_spool_record_header header;
	const void *data;
	int r;

	while ((r = weir_spool_segment_peek(segment, &header, &data)) > 0) {
		note_seqs(spool, seen, header.kernel_seq);
		weir_spool_segment_advance(segment);
	}
	if (r < 0 && r != -EBADMSG)
		return r;
	seen->damaged = r == -EBADMSG;
	seen->next = weir_spool_segment_next(segment);
	seen->good_bytes = weir_spool_segment_offset(segment);
	return 0;
}

/* 0 also for a damaged one; negative errno only when the disk can't be read. */
static int inspect(struct weir_spool *spool, uint64_t first, struct inspected *ret)
{
	struct weir_spool_segment *segment _cleanup_(weir_spool_segment_freep) = NULL;
	struct inspected seen = {.next = first, .damaged = true};
	const struct weir_spool_header *header;
	char name[WEIR_SPOOL_NAME_LEN];
	struct stat st;
	int fd, r;

	weir_spool_segment_name(first, name);
	fd = openat(spool->dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		r = -errno;
		(void)weir_close(fd);
		return r;
	}
	seen.bytes = (uint64_t)st.st_size;
	r = weir_spool_segment_new(fd, &segment);
	if (r < 0 && r != -EBADMSG && r != -EPROTONOSUPPORT)
		return r;
	header = r < 0 ? NULL : weir_spool_segment_header(segment);
	if (header && header->first_sequence == first) {
		seen.epoch = header->epoch;
		seen.this_boot =
			memcmp(header->boot_id, spool->boot_id, sizeof(spool->boot_id)) == 0;
		r = inspect_records(spool, segment, &seen);
		if (r < 0)
			return r;
	}
	*ret = seen;
	return 0;
}

/* No record in the file can have had this sequence or one above. */
static uint64_t sequence_bound(uint64_t first, const struct inspected *seen)
{
	uint64_t body =
		seen->bytes > WEIR_SPOOL_HEADER_LEN ? seen->bytes - WEIR_SPOOL_HEADER_LEN : 0;

	if (!seen->damaged)
		return seen->next;
	return first + body / weir_spool_record_size(1) + 1;
}

static bool room_for_bad(struct weir_spool *spool, const char *name, char *ret, size_t size)
{
	for (unsigned i = 0; i < BAD_MAX; i++) {
		(void)snprintf(ret, size, "%s.%u.bad", name, i);
		if (faccessat(spool->dirfd, ret, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			return true;
	}
	return false;
}

static int copy_file(int dirfd, const char *from, const char *to)
{
	int in _cleanup_(weir_closep) = openat(dirfd, from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int out _cleanup_(weir_closep) =
		openat(dirfd, to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n;

	if (in < 0 || out < 0)
		return -errno;
	do {
		n = copy_file_range(in, NULL, out, NULL, 1 << 20, 0);
	} while (n > 0);
	return n < 0 ? -errno : 0;
}

/* Leaves of a segment what is good. A damaged one is kept for a person beside it; failing that does
 * not stop the repair. */
static int repair(struct weir_spool *spool, uint64_t first, const struct inspected *seen)
{
	char name[WEIR_SPOOL_NAME_LEN], aside[WEIR_SPOOL_NAME_LEN + 16];
	int fd _cleanup_(weir_closep) = -1;

	weir_spool_segment_name(first, name);
	if (seen->epoch != spool->epoch) {
		if (!room_for_bad(spool, name, aside, sizeof(aside)))
			return unlinkat(spool->dirfd, name, 0) < 0 ? -errno : 0;
		return renameat(spool->dirfd, name, spool->dirfd, aside) < 0 ? -errno : 0;
	}
	if (seen->damaged && room_for_bad(spool, name, aside, sizeof(aside)))
		(void)copy_file(spool->dirfd, name, aside);
	fd = openat(spool->dirfd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || ftruncate(fd, (off_t)seen->good_bytes) < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

/* Goes on writing to the last segment: when it is whole, of this boot and not full, or when it is
 * empty. */
static int reuse_last(struct weir_spool *spool, uint64_t first, const struct inspected *seen)
{
	struct weir_spool_header header = {.epoch = spool->epoch, .first_sequence = first};
	uint8_t bytes[WEIR_SPOOL_HEADER_LEN];
	char name[WEIR_SPOOL_NAME_LEN];
	int fd _cleanup_(weir_closep) = -1;
	int r;

	weir_spool_segment_name(first, name);
	fd = openat(spool->dirfd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	if (!seen->this_boot) {
		memcpy(header.boot_id, spool->boot_id, sizeof(header.boot_id));
		weir_spool_header_encode(&header, bytes);
		r = weir_pwrite_full(fd, bytes, sizeof(bytes), 0);
		if (r < 0)
			return r;
	}
	if (fdatasync(fd) < 0)
		return -errno;
	(void)weir_spool_reserve(spool, fd); /* what was cut off took its blocks along */
	spool->fd = TAKE_FD(fd);
	return 0;
}

static bool reusable(const struct weir_spool *spool, const struct inspected *seen)
{
	if (seen->epoch != spool->epoch || seen->damaged || seen->next != spool->next)
		return false;
	return seen->good_bytes == WEIR_SPOOL_HEADER_LEN ||
	       (seen->this_boot && seen->good_bytes < spool->segment_bytes);
}

static void count_lost(struct weir_spool *spool, uint64_t from, uint64_t to)
{
	from = WEIR_MAX(from, weir_spool_read_mark(spool) + 1);
	if (to > from)
		weir_drops_count(&spool->drops, "spool-damaged", to - from);
}

/* Repairs every segment and lists the good ones. The new segment exists before the old ones are
 * cut: the sequence it starts with could not be found out a second time. */
static int settle(struct weir_spool *spool, const uint64_t *list, const struct inspected *seen,
		  size_t n)
{
	bool reuse = n && reusable(spool, &seen[n - 1]);
	int r = 0;

	for (size_t i = 0; i < n && r >= 0; i++)
		if (seen[i].epoch == spool->epoch)
			r = weir_spool_add_segment(spool, list[i], seen[i].good_bytes);
	if (r < 0)
		return r;
	if (!reuse) {
		r = weir_spool_rotate(spool);
		/* A full disk is no reason to be without a spool: appending tries again. */
		if (r == -ENOSPC || r == -EDQUOT)
			return 0;
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < n; i++) {
		if (seen[i].epoch == spool->epoch && seen[i].good_bytes == seen[i].bytes)
			continue; /* what is missing behind it was counted when it was cut */
		r = repair(spool, list[i], &seen[i]);
		if (r < 0)
			return r;
		count_lost(spool, seen[i].next, i + 1 < n ? list[i + 1] : spool->next);
	}
	return reuse ? reuse_last(spool, list[n - 1], &seen[n - 1]) : 0;
}

/* Nothing tells what was numbered before: all that is there goes aside, and numbers start again
 * under a new epoch. */
static int begin_epoch(struct weir_spool *spool, const uint64_t *list, const struct inspected *seen,
		       size_t n)
{
	spool->epoch = weir_now_realtime() & INT64_MAX;
	spool->next = 1;
	for (size_t i = 0; i < n; i++) {
		int r = repair(spool, list[i], &seen[i]);

		if (r < 0)
			return r;
		weir_drops_count(&spool->drops, "spool-damaged",
				 sequence_bound(list[i], &seen[i]) - list[i]);
	}
	return settle(spool, NULL, NULL, 0);
}

static int recover(struct weir_spool *spool)
{
	uint64_t *list _cleanup_(freep) = NULL;
	struct inspected *seen _cleanup_(freep) = NULL;
	struct weir_spool_state state = {0};
	int n, r;

	n = weir_spool_list(spool->dirfd, &list);
	if (n < 0)
		return n;
	r = weir_spool_state_read(spool->dirfd, spool->boot_id, &state, spool->seqs);
	if (r < 0 && r != -ENOENT && r != -EBADMSG)
		return r;
	seen = calloc((size_t)n + 1, sizeof(*seen));
	if (!seen)
		return -ENOMEM;
	spool->next = 1;
	for (int i = 0; i < n; i++) {
		r = inspect(spool, list[i], &seen[i]);
		if (r < 0)
			return r;
		if (seen[i].epoch)
			spool->epoch = seen[i].epoch;
		spool->next = WEIR_MAX(spool->next, sequence_bound(list[i], &seen[i]));
	}
	if (n && spool->epoch == 0)
		spool->epoch = state.epoch;
	if (spool->epoch && spool->epoch == state.epoch)
		spool->next = WEIR_MAX(spool->next, state.next_sequence);
	if (spool->epoch == 0)
		return begin_epoch(spool, list, seen, (size_t)n);
	return settle(spool, list, seen, (size_t)n);
}

static void set_bounds(struct weir_spool *spool, const struct weir_spool_options *options)
{
	spool->max_bytes = options->max_bytes ? options->max_bytes : DEFAULT_MAX;
	spool->segment_bytes = options->segment_bytes ? options->segment_bytes : DEFAULT_SEGMENT;
	spool->segment_bytes = WEIR_MIN(spool->segment_bytes, spool->max_bytes / 4);
	spool->segment_bytes = WEIR_MAX(spool->segment_bytes, spool->max_bytes / MOST_SEGMENTS);
	spool->segment_bytes = WEIR_MAX(spool->segment_bytes, (uint64_t)LEAST_SEGMENT);
}

int weir_spool_new(const struct weir_spool_options *options, struct weir_spool **ret)
{
	struct weir_spool *spool _cleanup_(weir_spool_freep) = NULL;
	int r;

	spool = malloc(sizeof(*spool));
	if (!spool)
		return -ENOMEM;
	*spool = (struct weir_spool){
		.dirfd = -1,
		.lockfd = -1,
		.fd = -1,
		.drops = WEIR_DROPS_INIT,
		.scratch = WEIR_BUF_INIT(WEIR_SPOOL_RECORD_LEN + WEIR_SPOOL_EVENT_MAX),
	};
	set_bounds(spool, options);
	r = read_boot_id(options->boot_id, spool->boot_id);
	if (r >= 0)
		r = weir_seqs_new(&spool->seqs);
	if (r >= 0)
		r = open_folder(spool, options->dir);
	if (r >= 0)
		r = weir_drops_open(&spool->drops, spool->dirfd, spool->gid);
	if (r >= 0)
		r = recover(spool);
	if (r < 0)
		return r;
	weir_spool_keep_spare(spool);
	*ret = TAKE_PTR(spool);
	return 0;
}
