/* SPDX-License-Identifier: Apache-2.0 */
/* Owns: the order of records over segments, and the committed mark. Must not change anything but
 * ack/. */

#include "weir/proto/spool_reader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/proto/spool_segment.h"

#define ASIDE_MAX 64

struct weir_spool_reader {
	int dirfd;
	uint64_t epoch;
	struct weir_spool_segment *segment; /* NULL before the first and after a damaged one */
	uint64_t after;	 /* the segment looked for next is the first one that starts above */
	uint64_t wanted; /* the next sequence to return; 0: whatever is first */
	bool unsynced;	 /* records of segment were returned since the last sync */
	struct weir_spool_reader_stats stats;
};

static int open_segment(int dirfd, uint64_t first, struct weir_spool_segment **ret)
{
	struct weir_spool_segment *segment _cleanup_(weir_spool_segment_freep) = NULL;
	char name[WEIR_SPOOL_NAME_LEN];
	int fd, r;

	weir_spool_segment_name(first, name);
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	r = weir_spool_segment_new(fd, &segment);
	if (r < 0)
		return r;
	if (weir_spool_segment_header(segment)->first_sequence != first)
		return -EBADMSG;
	*ret = TAKE_PTR(segment);
	return 0;
}

/* The epoch is that of the newest segment that can be read. */
static int read_epoch(int dirfd, uint64_t *ret)
{
	uint64_t *list _cleanup_(freep) = NULL;
	int n = weir_spool_list(dirfd, &list), r = -ENOENT;

	if (n < 0)
		return n;
	for (int i = n - 1; i >= 0; i--) {
		struct weir_spool_segment *segment _cleanup_(weir_spool_segment_freep) = NULL;

		r = open_segment(dirfd, list[i], &segment);
		if (r < 0)
			continue;
		*ret = weir_spool_segment_header(segment)->epoch;
		return 0;
	}
	return r;
}

int weir_spool_reader_new(const char *dir, struct weir_spool_reader **ret)
{
	struct weir_spool_reader *reader _cleanup_(weir_spool_reader_freep) = NULL;
	int r;

	reader = malloc(sizeof(*reader));
	if (!reader)
		return -ENOMEM;
	*reader =
		(struct weir_spool_reader){.dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	if (reader->dirfd < 0)
		return -errno;
	r = read_epoch(reader->dirfd, &reader->epoch);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(reader);
	return 0;
}

void weir_spool_reader_free(struct weir_spool_reader *reader)
{
	if (!reader)
		return;
	weir_spool_segment_free(reader->segment);
	reader->dirfd = weir_close(reader->dirfd);
	free(reader);
}

bool weir_spool_reader_is_at(const struct weir_spool_reader *reader, const char *dir)
{
	struct stat here, there;

	return fstat(reader->dirfd, &here) == 0 && stat(dir, &there) == 0 &&
	       here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

uint64_t weir_spool_reader_epoch(const struct weir_spool_reader *reader)
{
	return reader->epoch;
}

const struct weir_spool_reader_stats *weir_spool_reader_stats(
	const struct weir_spool_reader *reader)
{
	return &reader->stats;
}

int weir_spool_reader_sync(struct weir_spool_reader *reader)
{
	int r;

	if (!reader->unsynced || !reader->segment)
		return 0;
	r = weir_spool_segment_sync(reader->segment);
	if (r < 0)
		return r;
	reader->unsynced = false;
	return 0;
}

static void leave_segment(struct weir_spool_reader *reader)
{
	weir_spool_segment_free(reader->segment);
	reader->segment = NULL;
	reader->unsynced = false;
}

int weir_spool_reader_seek(struct weir_spool_reader *reader, uint64_t sequence)
{
	uint64_t *list _cleanup_(freep) = NULL;
	uint64_t start = 0;
	int n, r = weir_spool_reader_sync(reader);

	if (r < 0)
		return r;
	n = weir_spool_list(reader->dirfd, &list);
	if (n < 0)
		return n;
	for (int i = 0; i < n && list[i] <= sequence; i++)
		start = list[i] - 1;
	leave_segment(reader);
	reader->after = start;
	reader->wanted = sequence;
	return 0;
}

/* What was returned before the damage is as good as any other: it is synced like that. */
static int damaged(struct weir_spool_reader *reader)
{
	int r = weir_spool_reader_sync(reader);

	if (r < 0)
		return r;
	leave_segment(reader);
	reader->stats.bad_segments++;
	return -EBADMSG;
}

/* Moves to the segment that starts at first. 0, -EAGAIN when the writer removed it meanwhile,
 * -EBADMSG, -ESTALE. */
static int enter_segment(struct weir_spool_reader *reader, uint64_t first)
{
	struct weir_spool_segment *segment _cleanup_(weir_spool_segment_freep) = NULL;
	int r = weir_spool_reader_sync(reader);

	if (r < 0)
		return r;
	r = open_segment(reader->dirfd, first, &segment);
	if (r == -ENOENT)
		return -EAGAIN;
	if (r == -EBADMSG || r == -EPROTONOSUPPORT) {
		reader->after = first;
		return damaged(reader);
	}
	if (r < 0)
		return r;
	if (weir_spool_segment_header(segment)->epoch != reader->epoch)
		return -ESTALE;
	leave_segment(reader);
	reader->segment = TAKE_PTR(segment);
	reader->after = first;
	return 0;
}

/* The start of the segment behind the present one: 1, 0 when there is none, -ESTALE when the spool
 * is another one. */
static int find_next(struct weir_spool_reader *reader, uint64_t *ret)
{
	uint64_t *list _cleanup_(freep) = NULL;
	uint64_t epoch;
	int n = weir_spool_list(reader->dirfd, &list);

	if (n < 0)
		return n;
	for (int i = 0; i < n; i++) {
		if (list[i] <= reader->after)
			continue;
		*ret = list[i];
		return 1;
	}
	if (read_epoch(reader->dirfd, &epoch) == 0 && epoch != reader->epoch)
		return -ESTALE;
	return 0;
}

/* Peeks in the present segment, passing over records below the wanted one. */
static int peek_here(struct weir_spool_reader *reader, struct weir_spool_record *ret)
{
	struct weir_spool_record_header header;
	const void *data;
	int r;

	if (!reader->segment)
		return 0;
	while ((r = weir_spool_segment_peek(reader->segment, &header, &data)) > 0 &&
	       header.sequence < reader->wanted)
		weir_spool_segment_advance(reader->segment);
	if (r <= 0)
		return r == -EBADMSG ? damaged(reader) : r;
	if (reader->wanted)
		reader->stats.lost += header.sequence - reader->wanted;
	reader->wanted = header.sequence;
	reader->unsynced = true;
	*ret = (struct weir_spool_record){
		.sequence = header.sequence,
		.kernel_seq = header.kernel_seq,
		.flags = header.flags,
		.len = header.length,
		.data = data,
	};
	return 1;
}

int weir_spool_reader_peek(struct weir_spool_reader *reader, struct weir_spool_record *ret)
{
	for (;;) {
		uint64_t first;
		int r = peek_here(reader, ret);

		if (r != 0)
			return r;
		r = find_next(reader, &first);
		if (r <= 0)
			return r;
		/* The writer may have filled this segment between the look at it and the look at
		 * the folder. */
		r = peek_here(reader, ret);
		if (r != 0)
			return r;
		r = enter_segment(reader, first);
		if (r < 0 && r != -EAGAIN)
			return r;
	}
}

void weir_spool_reader_advance(struct weir_spool_reader *reader)
{
	if (!reader->segment)
		return;
	weir_spool_segment_advance(reader->segment);
	reader->wanted++;
	reader->stats.records++;
}

static int open_ack(struct weir_spool_reader *reader)
{
	int fd = openat(reader->dirfd, WEIR_SPOOL_ACK_DIR,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int weir_spool_reader_committed(struct weir_spool_reader *reader, uint64_t *ret)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_SPOOL_MARK_LEN);
	int ack _cleanup_(weir_closep) = open_ack(reader);
	struct weir_spool_mark mark = {0};
	int r;

	if (ack < 0)
		return ack;
	r = weir_read_file(ack, WEIR_SPOOL_MARK_FILE, &bytes);
	if (r < 0 && r != -ENOENT && r != -ENOBUFS)
		return r;
	/* A damaged mark costs a second sending, no more: the console knows what it has. */
	if (r < 0 || bytes.len != WEIR_SPOOL_MARK_LEN ||
	    weir_spool_mark_decode((const uint8_t *)bytes.data, &mark) < 0 ||
	    mark.epoch != reader->epoch)
		mark.sequence = 0;
	*ret = mark.sequence;
	return 0;
}

int weir_spool_reader_commit(struct weir_spool_reader *reader, uint64_t sequence)
{
	struct weir_spool_mark mark = {.epoch = reader->epoch, .sequence = sequence};
	uint8_t bytes[WEIR_SPOOL_MARK_LEN];
	int ack _cleanup_(weir_closep) = -1;
	uint64_t present;
	int r = weir_spool_reader_committed(reader, &present);

	if (r < 0)
		return r;
	if (sequence <= present)
		return 0;
	ack = open_ack(reader);
	if (ack < 0)
		return ack;
	weir_spool_mark_encode(&mark, bytes);
	return weir_write_file_atomic(ack, WEIR_SPOOL_MARK_FILE, bytes, sizeof(bytes), 0640);
}

static void close_dir(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

static int count_files(int dirfd)
{
	DIR *dir _cleanup_(close_dir) = NULL;
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int count = 0;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		(void)weir_close(fd);
		return -ENOMEM;
	}
	while (count <= ASIDE_MAX + 8 && readdir(dir))
		count++;
	return count;
}

int weir_spool_reader_set_aside(struct weir_spool_reader *reader, const char *name,
				const void *data, size_t len)
{
	int ack _cleanup_(weir_closep) = open_ack(reader);
	int n;

	if (ack < 0)
		return ack;
	if (strchr(name, '/') || name[0] == '.' || strcmp(name, WEIR_SPOOL_MARK_FILE) == 0)
		return -EINVAL;
	n = count_files(ack);
	if (n < 0)
		return n;
	if (n >= ASIDE_MAX + 3) /* "." and ".." and the mark */
		return -EDQUOT;
	return weir_write_file_atomic(ack, name, data, len, 0640);
}

int weir_spool_reader_drops(struct weir_spool_reader *reader,
			    struct weir_spool_drop ret[static WEIR_SPOOL_DROPS_MAX])
{
	uint8_t bytes[WEIR_SPOOL_DROPS_MAX * WEIR_SPOOL_DROP_LEN];
	int fd _cleanup_(weir_closep) = openat(reader->dirfd, WEIR_SPOOL_DROPS_FILE,
					       O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int count = 0;
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	n = weir_pread_full(fd, bytes, sizeof(bytes), 0);
	if (n < 0)
		return (int)n;
	for (ssize_t at = 0; at + WEIR_SPOOL_DROP_LEN <= n; at += WEIR_SPOOL_DROP_LEN)
		if (weir_spool_drop_decode(bytes + at, &ret[count]) == 0)
			count++;
	return count;
}
