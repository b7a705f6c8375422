/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/proto/spool_format.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "weir/base/fd.h"
#include "weir/base/parse.h"

#define SEGMENTS_MAX   65536
#define SEGMENT_DIGITS 20

static const char segment_magic[8] = {'W', 'E', 'I', 'R', 'S', 'P', 'O', 'L'};
static const char mark_magic[8] = {'W', 'E', 'I', 'R', 'M', 'A', 'R', 'K'};

static void put32(uint8_t *at, uint32_t value)
{
	value = htole32(value);
	memcpy(at, &value, sizeof(value));
}

static void put64(uint8_t *at, uint64_t value)
{
	value = htole64(value);
	memcpy(at, &value, sizeof(value));
}

static uint32_t get32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

static uint64_t get64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return le64toh(value);
}

uint32_t weir_spool_crc(const void *data, size_t len)
{
	return (uint32_t)crc32_z(crc32_z(0, NULL, 0), data, len);
}

void weir_spool_header_encode(const struct weir_spool_header *header,
			      uint8_t out[static WEIR_SPOOL_HEADER_LEN])
{
	memset(out, 0, WEIR_SPOOL_HEADER_LEN);
	memcpy(out, segment_magic, sizeof(segment_magic));
	put32(out + 8, WEIR_SPOOL_VERSION);
	put64(out + 16, header->epoch);
	put64(out + 24, header->first_sequence);
	memcpy(out + 32, header->boot_id, WEIR_SPOOL_BOOT_LEN);
	put32(out + 60, weir_spool_crc(out, 60));
}

int weir_spool_header_decode(const uint8_t in[static WEIR_SPOOL_HEADER_LEN],
			     struct weir_spool_header *ret)
{
	struct weir_spool_header header;

	if (memcmp(in, segment_magic, sizeof(segment_magic)) != 0 ||
	    get32(in + 60) != weir_spool_crc(in, 60))
		return -EBADMSG;
	if (get32(in + 8) != WEIR_SPOOL_VERSION)
		return -EPROTONOSUPPORT;
	header.epoch = get64(in + 16);
	header.first_sequence = get64(in + 24);
	memcpy(header.boot_id, in + 32, WEIR_SPOOL_BOOT_LEN);
	if (header.epoch == 0 || header.first_sequence == 0)
		return -EBADMSG;
	*ret = header;
	return 0;
}

void weir_spool_record_encode(const struct weir_spool_record_header *header,
			      uint8_t out[static WEIR_SPOOL_RECORD_LEN])
{
	put64(out, header->sequence);
	put64(out + 8, header->kernel_seq);
	put32(out + 16, header->length);
	put32(out + 20, header->crc);
	put32(out + 24, header->flags);
	put32(out + 28, weir_spool_crc(out, 28));
}

int weir_spool_record_decode(const uint8_t in[static WEIR_SPOOL_RECORD_LEN],
			     struct weir_spool_record_header *ret)
{
	struct weir_spool_record_header header = {
		.sequence = get64(in),
		.kernel_seq = get64(in + 8),
		.length = get32(in + 16),
		.crc = get32(in + 20),
		.flags = get32(in + 24),
	};

	if (get32(in + 28) != weir_spool_crc(in, 28))
		return -EBADMSG;
	if (header.sequence == 0 || header.length == 0 || header.length > WEIR_SPOOL_EVENT_MAX)
		return -EBADMSG;
	*ret = header;
	return 0;
}

size_t weir_spool_record_size(uint32_t length)
{
	return WEIR_SPOOL_RECORD_LEN + (((size_t)length + 7) & ~(size_t)7);
}

void weir_spool_mark_encode(const struct weir_spool_mark *mark,
			    uint8_t out[static WEIR_SPOOL_MARK_LEN])
{
	memset(out, 0, WEIR_SPOOL_MARK_LEN);
	memcpy(out, mark_magic, sizeof(mark_magic));
	put64(out + 8, mark->epoch);
	put64(out + 16, mark->sequence);
	put32(out + 28, weir_spool_crc(out, 28));
}

int weir_spool_mark_decode(const uint8_t in[static WEIR_SPOOL_MARK_LEN],
			   struct weir_spool_mark *ret)
{
	if (memcmp(in, mark_magic, sizeof(mark_magic)) != 0 ||
	    get32(in + 28) != weir_spool_crc(in, 28))
		return -EBADMSG;
	*ret = (struct weir_spool_mark){.epoch = get64(in + 8), .sequence = get64(in + 16)};
	return 0;
}

void weir_spool_drop_encode(const struct weir_spool_drop *drop,
			    uint8_t out[static WEIR_SPOOL_DROP_LEN])
{
	memset(out, 0, WEIR_SPOOL_DROP_LEN);
	memcpy(out, drop->cause, strnlen(drop->cause, WEIR_SPOOL_CAUSE_MAX - 1));
	put64(out + WEIR_SPOOL_CAUSE_MAX, drop->count);
}

int weir_spool_drop_decode(const uint8_t in[static WEIR_SPOOL_DROP_LEN],
			   struct weir_spool_drop *ret)
{
	struct weir_spool_drop drop = {.count = get64(in + WEIR_SPOOL_CAUSE_MAX)};
	size_t len = strnlen((const char *)in, WEIR_SPOOL_CAUSE_MAX);

	if (len == 0)
		return -ENOENT;
	if (len == WEIR_SPOOL_CAUSE_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < len; i++)
		if (in[i] < 0x21 || in[i] > 0x7e)
			return -EBADMSG;
	memcpy(drop.cause, in, len);
	*ret = drop;
	return 0;
}

void weir_spool_segment_name(uint64_t first_sequence, char ret[static WEIR_SPOOL_NAME_LEN])
{
	(void)snprintf(ret, WEIR_SPOOL_NAME_LEN, "%020" PRIu64 ".seg", first_sequence);
}

int weir_spool_segment_parse(const char *name, uint64_t *ret_first)
{
	char digits[SEGMENT_DIGITS + 1] = "";
	uint64_t first;

	if (strlen(name) != SEGMENT_DIGITS + 4 || strcmp(name + SEGMENT_DIGITS, ".seg") != 0)
		return -EINVAL;
	memcpy(digits, name, SEGMENT_DIGITS);
	if (strspn(digits, "0123456789") != SEGMENT_DIGITS || weir_parse_u64(digits, &first) < 0 ||
	    first == 0)
		return -EINVAL;
	*ret_first = first;
	return 0;
}

static int compare_u64(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static void close_dir(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

static int list_add(uint64_t **list, size_t *count, size_t *room, uint64_t first)
{
	if (*count == SEGMENTS_MAX)
		return -E2BIG;
	if (*count == *room) {
		size_t more = *room ? *room * 2 : 64;
		uint64_t *grown = realloc(*list, more * sizeof(**list));

		if (!grown)
			return -ENOMEM;
		*list = grown;
		*room = more;
	}
	(*list)[(*count)++] = first;
	return 0;
}

int weir_spool_list(int dirfd, uint64_t **ret)
{
	uint64_t *list _cleanup_(freep) = NULL;
	DIR *dir _cleanup_(close_dir) = NULL;
	int fd _cleanup_(weir_closep) = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t count = 0, room = 0;
	struct dirent *entry;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir)
		return -errno;
	(void)TAKE_FD(fd);
	while ((errno = 0, entry = readdir(dir))) {
		uint64_t first;
		int r;

		if (weir_spool_segment_parse(entry->d_name, &first) < 0)
			continue;
		r = list_add(&list, &count, &room, first);
		if (r < 0)
			return r;
	}
	if (errno)
		return -errno;
	if (count)
		qsort(list, count, sizeof(*list), compare_u64);
	*ret = TAKE_PTR(list);
	return (int)count;
}
