/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/proto/spool_segment.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/fd.h"

#define WINDOW (128 * 1024)
_Static_assert(WINDOW >= WEIR_SPOOL_RECORD_LEN + WEIR_SPOOL_EVENT_MAX, "a record fits");

struct weir_spool_segment {
	int fd;
	uint64_t offset; /* of the present place */
	uint64_t next;	 /* the sequence expected there */
	size_t size;	 /* of the record that peek found; 0 before */
	uint64_t window_at;
	size_t window_len;
	struct weir_spool_header header;
	uint8_t window[WINDOW];
};

static int read_header(struct weir_spool_segment *segment)
{
	uint8_t bytes[WEIR_SPOOL_HEADER_LEN];
	struct stat st;
	ssize_t n;
	int r;

	if (fstat(segment->fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	n = weir_pread_full(segment->fd, bytes, sizeof(bytes), 0);
	if (n < 0)
		return (int)n;
	if (n < (ssize_t)sizeof(bytes))
		return -EBADMSG;
	r = weir_spool_header_decode(bytes, &segment->header);
	if (r < 0)
		return r;
	segment->offset = WEIR_SPOOL_HEADER_LEN;
	segment->next = segment->header.first_sequence;
	return 0;
}

int weir_spool_segment_new(int fd, struct weir_spool_segment **ret)
{
	int owned _cleanup_(weir_closep) = fd;
	struct weir_spool_segment *segment _cleanup_(weir_spool_segment_freep) = NULL;
	int r;

	segment = malloc(sizeof(*segment));
	if (!segment)
		return -ENOMEM;
	*segment = (struct weir_spool_segment){.fd = TAKE_FD(owned)};
	r = read_header(segment);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(segment);
	return 0;
}

void weir_spool_segment_free(struct weir_spool_segment *segment)
{
	if (!segment)
		return;
	segment->fd = weir_close(segment->fd);
	free(segment);
}

const struct weir_spool_header *weir_spool_segment_header(const struct weir_spool_segment *segment)
{
	return &segment->header;
}

uint64_t weir_spool_segment_offset(const struct weir_spool_segment *segment)
{
	return segment->offset;
}

uint64_t weir_spool_segment_next(const struct weir_spool_segment *segment)
{
	return segment->next;
}

/* Makes len bytes at the present place stand in the window: 1, 0 when the file has fewer, negative
 * errno. What was read before the file ended is read again, for the writer may have replaced a torn
 * tail since. */
static int fill(struct weir_spool_segment *segment, size_t len, const uint8_t **ret)
{
	uint64_t skip = segment->offset - segment->window_at;
	ssize_t n;

	if (segment->offset < segment->window_at || skip > segment->window_len ||
	    segment->window_len - skip < len) {
		n = weir_pread_full(segment->fd, segment->window, WINDOW, (off_t)segment->offset);
		if (n < 0)
			return (int)n;
		segment->window_at = segment->offset;
		segment->window_len = (size_t)n;
		skip = 0;
	}
	if (segment->window_len - skip < len)
		return 0;
	*ret = segment->window + skip;
	return 1;
}

static bool all_zero(const uint8_t *data, size_t len)
{
	return len == 0 || (data[0] == 0 && memcmp(data, data + 1, len - 1) == 0);
}

/* File systems may leave zeros where a power cut took the data: 0 when nothing else follows,
 * otherwise -EBADMSG. */
static int damage_or_zeros(struct weir_spool_segment *segment)
{
	uint64_t at = segment->offset;

	for (;;) {
		ssize_t n = weir_pread_full(segment->fd, segment->window, WINDOW, (off_t)at);

		segment->window_len = 0;
		if (n < 0)
			return (int)n;
		if (!all_zero(segment->window, (size_t)n))
			return -EBADMSG;
		if (n < WINDOW)
			return 0;
		at += (uint64_t)n;
	}
}

static int peek_once(struct weir_spool_segment *segment, struct weir_spool_record_header *ret,
		     const void **ret_data)
{
	struct weir_spool_record_header header;
	const uint8_t *bytes = NULL;
	size_t size;
	int r = fill(segment, WEIR_SPOOL_RECORD_LEN, &bytes);

	if (r <= 0)
		return r;
	if (weir_spool_record_decode(bytes, &header) < 0)
		return damage_or_zeros(segment);
	if (header.sequence != segment->next)
		return -EBADMSG;
	size = weir_spool_record_size(header.length);
	r = fill(segment, size, &bytes);
	if (r <= 0)
		return r;
	if (weir_spool_crc(bytes + WEIR_SPOOL_RECORD_LEN, header.length) != header.crc)
		return -EBADMSG;
	segment->size = size;
	*ret = header;
	*ret_data = bytes + WEIR_SPOOL_RECORD_LEN;
	return 1;
}

int weir_spool_segment_peek(struct weir_spool_segment *segment,
			    struct weir_spool_record_header *ret, const void **ret_data)
{
	int r;

	segment->size = 0;
	r = peek_once(segment, ret, ret_data);
	if (r != -EBADMSG)
		return r;
	/* A writer that starts again cuts a torn tail off and writes on: what was read at that
	 * moment may be a mixture of both. Damage is what the file still says when read anew. */
	segment->window_len = 0;
	return peek_once(segment, ret, ret_data);
}

void weir_spool_segment_advance(struct weir_spool_segment *segment)
{
	if (segment->size == 0)
		return;
	segment->offset += segment->size;
	segment->next++;
	segment->size = 0;
}

int weir_spool_segment_sync(struct weir_spool_segment *segment)
{
	return fdatasync(segment->fd) < 0 ? -errno : 0;
}
