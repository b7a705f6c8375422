/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the directory: from the end, past a comment and what may have been appended. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "little.h"
#include "zip_inside.h"

#define TAIL	   (65535 + ZIP_END_LEN)
#define CANDIDATES 64 /* a comment may be full of signatures */

static bool signed_at(const struct weir_bytes *bytes, uint64_t offset, uint32_t sign)
{
	uint8_t b[4];

	return weir_read_exact(bytes, offset, b, sizeof(b)) == 0 && weir_le32(b) == sign;
}

/* The directory begins where the record says or, with bytes put before the archive, right before the
 * record. */
static int place(const struct weir_bytes *bytes, uint64_t record, uint64_t offset, uint64_t len,
		 struct zip_end *ret)
{
	if (len == 0 && ret->expected == 0 && offset <= record) {
		ret->base = 0;
		ret->directory = ret->directory_end = record;
		return 0;
	}
	if (len <= record && offset <= record - len &&
	    signed_at(bytes, record - len, ZIP_CENTRAL_SIGN)) {
		ret->directory = record - len;
		ret->directory_end = record;
		ret->base = record - len - offset;
		return 0;
	}
	if (offset < record && signed_at(bytes, offset, ZIP_CENTRAL_SIGN)) {
		ret->directory = offset;
		ret->directory_end = record;
		ret->base = 0;
		return 0;
	}
	return -EBADMSG;
}

/* The record of zip64 stands where its locator says, or right before that. */
static int read_end64(const struct weir_bytes *bytes, uint64_t end, struct zip_end *ret)
{
	uint8_t b[ZIP_END64_LEN];
	uint64_t at;

	if (end < ZIP_LOCATOR_LEN + ZIP_END64_LEN ||
	    weir_read_exact(bytes, end - ZIP_LOCATOR_LEN, b, ZIP_LOCATOR_LEN) < 0 ||
	    weir_le32(b) != ZIP_LOCATOR_SIGN)
		return -ENOENT;
	at = weir_le64(b + 8);
	if (!signed_at(bytes, at, ZIP_END64_SIGN))
		at = end - ZIP_LOCATOR_LEN - ZIP_END64_LEN;
	if (weir_read_exact(bytes, at, b, sizeof(b)) < 0 || weir_le32(b) != ZIP_END64_SIGN)
		return -EBADMSG;
	ret->expected = weir_le64(b + 32);
	return place(bytes, at, weir_le64(b + 48), weir_le64(b + 40), ret);
}

static int read_end(const struct weir_bytes *bytes, uint64_t at, const uint8_t *b,
		    struct zip_end *ret)
{
	struct zip_end end = {.comment_len = weir_le16(b + 20)};
	int r;

	if (at + ZIP_END_LEN + end.comment_len > bytes->size)
		return -EBADMSG;
	end.end = at + ZIP_END_LEN + end.comment_len;
	end.expected = weir_le16(b + 10);
	r = read_end64(bytes, at, &end);
	if (r == -ENOENT || (r < 0 && weir_le32(b + 16) != UINT32_MAX)) {
		end.expected = weir_le16(b + 10);
		r = place(bytes, at, weir_le32(b + 16), weir_le32(b + 12), &end);
	}
	if (r == 0)
		*ret = end;
	return r;
}

int zip_end_find(const struct weir_bytes *bytes, struct zip_end *ret)
{
	size_t len = (size_t)WEIR_MIN(bytes->size, (uint64_t)TAIL), tried = 0;
	uint64_t start = bytes->size - len;
	uint8_t *tail _cleanup_(freep) = NULL;

	if (bytes->size == UINT64_MAX || len < ZIP_END_LEN)
		return -EBADMSG;
	tail = malloc(len);
	if (!tail)
		return -ENOMEM;
	if (weir_read_exact(bytes, start, tail, len) < 0)
		return -EBADMSG;
	for (size_t at = len - ZIP_END_LEN + 1; at-- > 0 && tried < CANDIDATES;) {
		if (tail[at] != 'P' || weir_le32(tail + at) != ZIP_END_SIGN)
			continue;
		tried++;
		if (read_end(bytes, start + at, tail + at, ret) == 0)
			return 0;
	}
	return -EBADMSG;
}

bool weir_zip_tail(const struct weir_bytes *bytes)
{
	struct zip_end end;

	return zip_end_find(bytes, &end) == 0 && end.expected > 0;
}
