/* SPDX-License-Identifier: Apache-2.0 */
/* Cabinets are libarchive's, but one that lies about its stored blocks makes it read beyond its buffer:
 * what it is given is looked over first. */
#include <errno.h>

#include "little.h"
#include "reader.h"

#define HEADER	   36
#define RESERVES   4 /* flag: fields of the maker's own */
#define BLOCKS_MAX (1u << 20)

struct cab {
	const struct weir_bytes *bytes;
	unsigned folder_len, block_len; /* of a folder's entry and a block's header */
	uint64_t folders;		/* where their entries begin */
	unsigned count;
	uint32_t blocks; /* looked at so far */
};

static int read_header(struct cab *cab)
{
	uint8_t b[HEADER], reserves[4];
	int r = weir_read_exact(cab->bytes, 0, b, sizeof(b));

	if (r < 0)
		return r;
	cab->folders = HEADER;
	cab->folder_len = cab->block_len = 8;
	cab->count = weir_le16(b + 26);
	if (!(weir_le16(b + 30) & RESERVES))
		return weir_le16(b + 30) == 0 ? 0 : -EOPNOTSUPP;
	r = weir_read_exact(cab->bytes, HEADER, reserves, sizeof(reserves));
	cab->folders += 4u + weir_le16(reserves);
	cab->folder_len += reserves[2];
	cab->block_len += reserves[3];
	/* a set of several cabinets: members go on in another file */
	return r == 0 && weir_le16(b + 30) != RESERVES ? -EOPNOTSUPP : r;
}

/* A stored block is as long packed as it is unpacked. */
static int check_folder(struct weir_unpack *u, struct cab *cab, unsigned index)
{
	uint8_t b[8];
	uint64_t at;
	unsigned blocks;
	int r = weir_read_exact(cab->bytes, cab->folders + (uint64_t)index * cab->folder_len, b,
				sizeof(b));

	if (r < 0)
		return r;
	at = weir_le32(b);
	blocks = weir_le16(b + 4);
	if ((weir_le16(b + 6) & 0x0f) != 0)
		return 0;
	for (unsigned i = 0; i < blocks; i++) {
		r = weir_read_exact(cab->bytes, at, b, sizeof(b));
		if (r == 0 && i % 256 == 0)
			r = weir_read_tick(u);
		if (r == 0 && (weir_le16(b + 4) != weir_le16(b + 6) || ++cab->blocks > BLOCKS_MAX))
			r = -EBADMSG;
		if (r < 0)
			return r;
		at += cab->block_len + weir_le16(b + 4);
	}
	return 0;
}

int weir_reader_cab(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	struct cab cab = {.bytes = bytes};
	int r = read_header(&cab);

	for (unsigned i = 0; r == 0 && i < cab.count; i++)
		r = check_folder(u, &cab, i);
	if (r == 0)
		return weir_reader_archive(u, bytes);
	r = weir_read_failed(u, r == -ENODATA ? -EBADMSG : r, NULL);
	return r < 0 ? r : weir_emit_raw(u, bytes, NULL);
}
