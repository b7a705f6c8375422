/* SPDX-License-Identifier: Apache-2.0 */
/* What libarchive opens, member by member, and what it leaves over. */
#include <errno.h>
#include <string.h>

#include "archived.h"

/* Formats that hold their members as they are. */
static bool plain(enum weir_kind_archive what)
{
	return what == WEIR_ARCHIVE_TAR || what == WEIR_ARCHIVE_CPIO || what == WEIR_ARCHIVE_AR ||
	       what == WEIR_ARCHIVE_ISO;
}

/* Behind damage, the bytes themselves. */
static int emit_rest(struct weir_unpack *u, struct weir_archive *a)
{
	struct weir_bytes rest = weir_archive_rest(a);

	return weir_emit_raw(u, &rest, NULL);
}

/* Where the rest has something else than padding, from *skip on: 1; 0: nowhere. */
static int find_rest(struct weir_unpack *u, const struct weir_bytes *rest, uint64_t *skip)
{
	uint8_t piece[4096];
	ssize_t n;

	for (;; *skip += (uint64_t)n) {
		int r = weir_read_tick(u);

		if (r < 0)
			return r;
		n = rest->read_at(rest->context, piece, sizeof(piece), *skip);
		if (n <= 0)
			return (int)n;
		for (ssize_t i = 0; i < n; i++)
			if (piece[i] != 0 && piece[i] != '\n')
				return 1;
	}
}

/* A tar's last block is empty. */
static bool ends_tar(const struct weir_archive *a)
{
	uint8_t block[512];

	if (weir_archive_tail(a, block, sizeof(block)) != sizeof(block))
		return false;
	for (size_t i = 0; i < sizeof(block); i++)
		if (block[i])
			return false;
	return true;
}

/* RAR ends with a block of its own; it may hold a checksum and a number beside its head. */
static bool ends_rar4(const struct weir_archive *a)
{
	static const uint8_t lengths[] = {7, 11, 13, 20};
	uint8_t tail[20];
	size_t len = weir_archive_tail(a, tail, sizeof(tail));

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
		if (len >= lengths[i] && tail[len - lengths[i] + 2] == 0x7b &&
		    tail[len - lengths[i] + 5] == lengths[i])
			return true;
	return false;
}

/* Of RAR 5's, libarchive takes the checksum alone. Sets what is behind it. */
static bool ends_rar(struct weir_unpack *u, const struct weir_archive *a,
		     const struct weir_bytes *rest, uint64_t *skip)
{
	size_t len;
	const uint8_t *head = weir_read_head(u, &len);
	uint8_t block[2];

	*skip = 0;
	if (len < 8 || head[6] != 1)
		return ends_rar4(a);
	if (weir_read_exact(rest, 0, block, sizeof(block)) < 0 || block[0] > 16 || block[1] != 5)
		return false;
	*skip = 1u + block[0];
	return true;
}

/* At the end as libarchive sees it: is it one? */
static int check_end(struct weir_unpack *u, struct weir_archive *a, enum weir_kind_archive what)
{
	struct weir_bytes rest = weir_archive_rest(a), bytes;
	struct weir_range range;
	uint64_t skip = 0;
	bool cut = false;
	int r;

	switch (what) {
	case WEIR_ARCHIVE_7ZIP:
	case WEIR_ARCHIVE_ISO:
	case WEIR_ARCHIVE_XAR:
	case WEIR_ARCHIVE_ZIP:
		return 0; /* not read in order */
	case WEIR_ARCHIVE_TAR:
		cut = !ends_tar(a);
		break;
	case WEIR_ARCHIVE_RAR:
		cut = !ends_rar(u, a, &rest, &skip);
		break;
	default:
		break;
	}
	if (cut)
		weir_emit_gap(u, WEIR_SCAN_PARTIAL, NULL, "cut off; what is there was searched");
	r = find_rest(u, &rest, &skip);
	if (r <= 0)
		return r;
	if (what > _WEIR_ARCHIVE_FILTER_MAX)
		weir_emit_gap(u, WEIR_SCAN_PARTIAL, NULL,
			      "bytes behind the last member; searched as they lie");
	range = (struct weir_range){&rest, skip, UINT64_MAX - skip};
	bytes = weir_bytes_range(&range);
	return weir_emit_object(u, "behind the data", &bytes);
}

static int emit_member(struct weir_unpack *u, struct weir_archive *a,
		       const struct weir_archive_member *m)
{
	enum weir_kind_archive what = weir_read_kind(u)->archive;
	int r = 0;

	if (m->name && what > _WEIR_ARCHIVE_FILTER_MAX)
		r = weir_emit_name(u, m->name, strlen(m->name));
	if (r == 0 && m->link)
		r = weir_emit_name(u, m->link, strlen(m->link));
	if (r < 0)
		return r;
	if (what < _WEIR_ARCHIVE_FILTER_MAX)
		return weir_emit_object(u, "content", weir_archive_bytes(a));
	if (m->file && !m->encrypted)
		return weir_emit_object(u, m->name, weir_archive_bytes(a));
	if (m->encrypted)
		weir_emit_gap(u, WEIR_SCAN_UNSCANNABLE, m->name, WEIR_UNPACK_ENCRYPTED);
	return weir_read_member(u);
}

static int read_members(struct weir_unpack *u, struct weir_archive *a)
{
	enum weir_kind_archive what = weir_read_kind(u)->archive;
	struct weir_archive_member member;
	int r;

	while ((r = weir_archive_next(a, &member)) > 0) {
		r = emit_member(u, a, &member);
		if (r < 0)
			return r;
		/* a failure below is the end of everything read through it */
		if (weir_archive_failed(a) < 0)
			return weir_read_failed(u, weir_archive_failed(a), NULL);
	}
	if (r < 0 && r != -ENOMEM) {
		bool damaged = r == -EBADMSG;

		r = weir_read_failed(u, r, NULL);
		if (r == 0 && damaged && plain(what))
			r = emit_rest(u, a);
		return r;
	}
	return r < 0 ? r : check_end(u, a, what);
}

int weir_reader_archive(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	struct weir_archive *a _cleanup_(weir_archive_freep) = NULL;
	enum weir_kind_archive what = weir_read_kind(u)->archive;
	size_t len;
	const uint8_t *head = weir_read_head(u, &len);
	int r = weir_archive_fits(what, head, len);

	if (r == 0)
		r = weir_archive_new(u, bytes, what, &a);
	return r < 0 ? weir_read_failed(u, r, NULL) : read_members(u, a);
}
