/* SPDX-License-Identifier: Apache-2.0 */
/* A segment file with any bytes in it. Checksums would keep the fuzzer out: the first byte says
 * whether they are put right before reading. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/proto/spool_segment.h"

#define SIZE_MAX_HERE (256 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_crc(uint8_t *at, uint32_t crc)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(crc >> 8 * i);
}

static uint32_t length_of(const uint8_t *record)
{
	return record[16] | (uint32_t)record[17] << 8 | (uint32_t)record[18] << 16 |
	       (uint32_t)record[19] << 24;
}

static void mend(uint8_t *bytes, size_t size)
{
	size_t at = WEIR_SPOOL_HEADER_LEN;

	if (size < WEIR_SPOOL_HEADER_LEN)
		return;
	put_crc(bytes + 60, weir_spool_crc(bytes, 60));
	while (at + WEIR_SPOOL_RECORD_LEN <= size) {
		uint32_t length = length_of(bytes + at);

		if (length <= size - at - WEIR_SPOOL_RECORD_LEN)
			put_crc(bytes + at + 20,
				weir_spool_crc(bytes + at + WEIR_SPOOL_RECORD_LEN, length));
		put_crc(bytes + at + 28, weir_spool_crc(bytes + at, 28));
		if (length > WEIR_SPOOL_EVENT_MAX)
			return;
		at += weir_spool_record_size(length);
	}
}

static void read_segment(int fd)
{
	struct weir_spool_segment *segment _cleanup_(weir_spool_segment_freep) = NULL;
	struct weir_spool_record_header record;
	const void *data;
	uint64_t next;
	int r = weir_spool_segment_new(fd, &segment);

	if (r < 0)
		return;
	next = weir_spool_segment_header(segment)->first_sequence;
	while ((r = weir_spool_segment_peek(segment, &record, &data)) > 0) {
		if (record.sequence != next++ || record.length == 0 ||
		    record.length > WEIR_SPOOL_EVENT_MAX ||
		    weir_spool_crc(data, record.length) != record.crc)
			abort();
		weir_spool_segment_advance(segment);
	}
	if (r < 0 && r != -EBADMSG)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes _cleanup_(freep) = NULL;
	int fd;

	if (size < 1 || size > SIZE_MAX_HERE)
		return 0;
	bytes = malloc(size);
	fd = memfd_create("segment", MFD_CLOEXEC);
	if (!bytes || fd < 0)
		abort();
	memcpy(bytes, data + 1, size - 1);
	if (data[0] & 1)
		mend(bytes, size - 1);
	if (weir_write_full(fd, bytes, size - 1) < 0)
		abort();
	read_segment(fd);
	return 0;
}
