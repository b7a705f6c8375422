/* SPDX-License-Identifier: Apache-2.0 */
/* Which unlocks were used: a file of fixed records behind the latest time that was seen. */

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "weir/base/fd.h"
#include "weir/unlock/unlock.h"

#define RECORDS_MAX 1024

struct head {
	char magic[8];
	uint64_t latest_s; /* little endian, as below */
};

struct record {
	uint8_t nonce[WEIR_UNLOCK_NONCE_LEN];
	uint64_t expires_s;
};

static const char magic[8] = "weirunl1";

/* A file that is not there has no records; one that is no such file is an error: without it everything could be used again. */
static int read_used(const char *path, struct weir_buf *buf, uint64_t *ret_latest)
{
	struct head head;
	int r = weir_read_file(AT_FDCWD, path, buf);

	if (r == -ENOENT) {
		*ret_latest = 0;
		return 0;
	}
	if (r < 0)
		return r;
	if (buf->len < sizeof(head) || (buf->len - sizeof(head)) % sizeof(struct record) != 0)
		return -EBADMSG;
	memcpy(&head, buf->data, sizeof(head));
	if (memcmp(head.magic, magic, sizeof(magic)) != 0)
		return -EBADMSG;
	*ret_latest = le64toh(head.latest_s);
	return (int)((buf->len - sizeof(head)) / sizeof(struct record));
}

int weir_unlock_use(const char *path, const struct weir_unlock *unlock, uint64_t now_s)
{
	const size_t size = sizeof(struct head) + RECORDS_MAX * sizeof(struct record);
	struct weir_buf old _cleanup_(weir_buf_done) = WEIR_BUF_INIT(size);
	struct weir_buf fresh _cleanup_(weir_buf_done) = WEIR_BUF_INIT(size);
	struct record record = {.expires_s = htole64(unlock->expires_s)};
	struct head head;
	uint64_t latest;
	int r, n = read_used(path, &old, &latest);

	if (n < 0)
		return n;
	latest = WEIR_MAX(latest, now_s);
	if (latest >= unlock->expires_s)
		return -EKEYEXPIRED;
	memcpy(head.magic, magic, sizeof(magic));
	head.latest_s = htole64(latest);
	r = weir_buf_append(&fresh, &head, sizeof(head));
	for (int i = 0; r >= 0 && i < n; i++) {
		struct record used;

		memcpy(&used, old.data + sizeof(head) + (size_t)i * sizeof(used), sizeof(used));
		if (memcmp(used.nonce, unlock->nonce, sizeof(used.nonce)) == 0)
			return -EALREADY;
		if (le64toh(used.expires_s) > latest)
			r = weir_buf_append(&fresh, &used, sizeof(used));
	}
	memcpy(record.nonce, unlock->nonce, sizeof(record.nonce));
	if (r >= 0)
		r = weir_buf_append(&fresh, &record, sizeof(record));
	if (r < 0)
		return r == -ENOBUFS ? -ENOSPC : r;
	return weir_write_file_atomic(AT_FDCWD, path, fresh.data, fresh.len, 0600);
}
