/* SPDX-License-Identifier: Apache-2.0 */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "internal.h"
#include "weir/proto/spool_format.h"

#define VERSION 1

/* Little endian. The first record of a file is its head. */
struct head {
	uint32_t crc; /* of all that follows, as in struct disk */
	uint32_t version;
	char magic[8];
	uint32_t record_len;
	uint8_t rest[RECORD_LEN - 20];
};

struct disk {
	uint32_t crc;
	int32_t type;
	uint32_t len;
	uint32_t pad;
	uint8_t volume[WEIR_LABELS_VOLUME_LEN];
	uint8_t handle[HANDLE_MAX];
	uint64_t size, ctime_ns;
	uint32_t distinct[_WEIR_ABI_DET_MAX];
	uint8_t rest[24];
};
_Static_assert(sizeof(struct head) == RECORD_LEN, "head");
_Static_assert(sizeof(struct disk) == RECORD_LEN, "disk");

static const char magic[8] = {'W', 'E', 'I', 'R', 'L', 'A', 'B', 'L'};

static uint32_t sum(const uint8_t bytes[static RECORD_LEN])
{
	return htole32(weir_spool_crc(bytes + sizeof(uint32_t), RECORD_LEN - sizeof(uint32_t)));
}

static void seal(uint8_t bytes[static RECORD_LEN])
{
	uint32_t crc = sum(bytes);

	memcpy(bytes, &crc, sizeof(crc));
}

void record_head(uint8_t ret[static RECORD_LEN])
{
	struct head head = {.version = htole32(VERSION), .record_len = htole32(RECORD_LEN)};

	memcpy(head.magic, magic, sizeof(magic));
	memcpy(ret, &head, sizeof(head));
	seal(ret);
}

bool record_is_head(const uint8_t bytes[static RECORD_LEN])
{
	uint8_t head[RECORD_LEN];

	record_head(head);
	return memcmp(bytes, head, RECORD_LEN) == 0;
}

void record_encode(const struct record *record, uint8_t ret[static RECORD_LEN])
{
	struct disk disk = {.type = (int32_t)htole32((uint32_t)record->place.type),
			    .len = htole32(record->place.len),
			    .size = htole64(record->size),
			    .ctime_ns = htole64(record->ctime_ns)};

	memcpy(disk.volume, record->place.volume.id, sizeof(disk.volume));
	memcpy(disk.handle, record->place.handle, sizeof(disk.handle));
	for (size_t i = 0; i < _WEIR_ABI_DET_MAX; i++)
		disk.distinct[i] = htole32(record->distinct[i]);
	memcpy(ret, &disk, sizeof(disk));
	seal(ret);
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i])
			return false;
	return true;
}

int record_decode(const uint8_t bytes[static RECORD_LEN], struct record *ret)
{
	struct record record = {0};
	struct disk disk;

	if (is_zero(bytes, RECORD_LEN))
		return -ENOENT;
	memcpy(&disk, bytes, sizeof(disk));
	record.place.type = (int32_t)le32toh((uint32_t)disk.type);
	record.place.len = le32toh(disk.len);
	if (disk.crc != sum(bytes) || record.place.len == 0 || record.place.len > HANDLE_MAX ||
	    disk.pad || !is_zero(disk.rest, sizeof(disk.rest)) ||
	    !is_zero(disk.handle + record.place.len, HANDLE_MAX - record.place.len))
		return -EBADMSG;
	memcpy(record.place.volume.id, disk.volume, sizeof(disk.volume));
	memcpy(record.place.handle, disk.handle, sizeof(disk.handle));
	record.size = le64toh(disk.size);
	record.ctime_ns = le64toh(disk.ctime_ns);
	for (size_t i = 0; i < _WEIR_ABI_DET_MAX; i++)
		record.distinct[i] = le32toh(disk.distinct[i]);
	*ret = record;
	return 0;
}
