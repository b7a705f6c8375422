/* SPDX-License-Identifier: Apache-2.0 */
#include "archived.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "core.h"

/* Holes of sparse files are shown as this much at most. */
#define HOLE (64 * 1024)

struct weir_archive {
	struct weir_unpack *u;
	const struct weir_bytes *bytes;
	const struct weir_memory *memory;
	enum weir_kind_archive what;
	struct archive *archive;
	locale_t locale; /* in which names come out as UTF-8; 0: the thread's does */
	uint8_t *buffer;
	uint64_t at;	/* offset in bytes that is read next */
	size_t piece;	/* length of what was read last, which is in buffer */
	uint64_t rest;	/* where what cannot be unpacked begins */
	uint64_t fresh; /* bytes read and not counted yet */
	int failed;	/* what reading bytes said */
	struct weir_bytes content;
	uint64_t next;	      /* offset in the member, as given out */
	uint64_t offset;      /* the same in the member's own offsets */
	const uint8_t *block; /* of the member, not given out yet */
	size_t left;
	size_t hole; /* zeroes due before block */
	bool member, ended;
};

static la_ssize_t on_read(struct archive *archive, void *context, const void **ret)
{
	struct weir_archive *a = context;
	ssize_t n = weir_read_tick(a->u);

	if (n == 0 && a->memory) {
		uint64_t at = WEIR_MIN(a->at, (uint64_t)a->memory->len);

		n = (ssize_t)WEIR_MIN(a->memory->len - at, (uint64_t)PIECE);
		*ret = a->memory->data + at;
	} else if (n == 0) {
		/* in full: not every format of libarchive copes with short reads */
		n = weir_bytes_fill(a->bytes, a->buffer, PIECE, a->at);
		*ret = a->buffer;
	}
	if (n < 0) {
		a->failed = (int)n;
		archive_set_error(archive, EIO, "read");
		return ARCHIVE_FATAL;
	}
	if (n > 0)
		a->piece = (size_t)n;
	a->at += (uint64_t)n;
	a->fresh += (uint64_t)n;
	return n;
}

static la_int64_t on_skip(struct archive *archive, void *context, la_int64_t request)
{
	struct weir_archive *a = context;
	uint64_t room = a->bytes->size - WEIR_MIN(a->at, a->bytes->size);

	if (request <= 0)
		return 0;
	room = WEIR_MIN(room, (uint64_t)request);
	a->at += room;
	a->piece = 0;
	return (la_int64_t)room;
}

static la_int64_t on_seek(struct archive *archive, void *context, la_int64_t offset, int whence)
{
	struct weir_archive *a = context;
	int64_t from = whence == SEEK_SET   ? 0
		       : whence == SEEK_CUR ? (int64_t)a->at
					    : (int64_t)a->bytes->size;

	if (__builtin_add_overflow(from, offset, &offset) || offset < 0)
		return ARCHIVE_FATAL;
	a->at = (uint64_t)offset;
	a->piece = 0;
	return offset;
}

/* libarchive turns the names of most formats into the locale's encoding, and loses what that does not
 * have. */
static locale_t utf8_locale(void)
{
	static const char *const names[] = {"C.UTF-8", "C.utf8", "en_US.UTF-8", "zh_CN.UTF-8"};

	if (strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
		return (locale_t)0;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		locale_t locale = newlocale(LC_CTYPE_MASK, names[i], (locale_t)0);

		if (locale)
			return locale;
	}
	return (locale_t)0;
}

static locale_t enter(const struct weir_archive *a)
{
	return a->locale ? uselocale(a->locale) : (locale_t)0;
}

static void leave(locale_t before)
{
	if (before)
		uselocale(before);
}

static int add_filter(struct archive *a, enum weir_kind_archive what)
{
	static const int codes[] = {
		[WEIR_ARCHIVE_BZIP2] = ARCHIVE_FILTER_BZIP2,
		[WEIR_ARCHIVE_LZ4] = ARCHIVE_FILTER_LZ4,
		[WEIR_ARCHIVE_LZIP] = ARCHIVE_FILTER_LZIP,
		[WEIR_ARCHIVE_LZMA] = ARCHIVE_FILTER_LZMA,
		[WEIR_ARCHIVE_RPM] = ARCHIVE_FILTER_RPM,
		[WEIR_ARCHIVE_XZ] = ARCHIVE_FILTER_XZ,
		[WEIR_ARCHIVE_ZSTD] = ARCHIVE_FILTER_ZSTD,
	};

	return archive_read_append_filter(a, codes[what]);
}

static int add_format(struct archive *a, enum weir_kind_archive what)
{
	switch (what) {
	case WEIR_ARCHIVE_7ZIP:
		return archive_read_support_format_7zip(a);
	case WEIR_ARCHIVE_AR:
		return archive_read_support_format_ar(a);
	case WEIR_ARCHIVE_CAB:
		return archive_read_support_format_cab(a);
	case WEIR_ARCHIVE_CPIO:
		return archive_read_support_format_cpio(a);
	case WEIR_ARCHIVE_ISO:
		return archive_read_support_format_iso9660(a);
	case WEIR_ARCHIVE_LHA:
		return archive_read_support_format_lha(a);
	case WEIR_ARCHIVE_RAR:
		return WEIR_MIN(archive_read_support_format_rar(a),
				archive_read_support_format_rar5(a));
	case WEIR_ARCHIVE_TAR:
		return WEIR_MIN(archive_read_support_format_tar(a),
				archive_read_set_format_option(a, "tar",
							       "read_concatenated_archives", "1"));
	case WEIR_ARCHIVE_XAR:
		return archive_read_support_format_xar(a);
	case WEIR_ARCHIVE_ZIP:
		return archive_read_support_format_zip_streamable(a);
	default:
		return archive_read_support_format_raw(a);
	}
}

/* What to make of a failure: libarchive tells kinds of it apart in its messages alone. */
static int reason(const struct weir_archive *a)
{
	const char *text = archive_error_string(a->archive);

	if (a->failed < 0)
		return a->failed;
	if (archive_errno(a->archive) == ENOMEM)
		return -EFBIG;
	if (!text)
		return -EBADMSG;
	if (strcasestr(text, "encrypt") || strcasestr(text, "passphrase") ||
	    strcasestr(text, "password"))
		return -EKEYREJECTED;
	if (strcasestr(text, "unsupported") || strcasestr(text, "not supported"))
		return -EOPNOTSUPP;
	return -EBADMSG;
}

static int open_archive(struct weir_archive *a)
{
	bool seekable = a->bytes->size != UINT64_MAX;
	int r = ARCHIVE_OK;

	/* a filter named, not bid for: each layer of packing is an object of its own */
	if (a->what < _WEIR_ARCHIVE_FILTER_MAX)
		r = add_filter(a->archive, a->what);
	if (r < ARCHIVE_WARN || add_format(a->archive, a->what) < ARCHIVE_WARN)
		return -EOPNOTSUPP;
	archive_read_set_read_callback(a->archive, on_read);
	if (seekable) {
		archive_read_set_skip_callback(a->archive, on_skip);
		archive_read_set_seek_callback(a->archive, on_seek);
	}
	archive_read_set_callback_data(a->archive, a);
	return archive_read_open1(a->archive) < ARCHIVE_WARN ? reason(a) : 0;
}

/* Counts what went in and out. */
static int count(struct weir_archive *a, size_t out)
{
	uint64_t in = a->fresh;

	a->fresh = 0;
	return weir_read_unpacked(a->u, in, out);
}

/* The next block of the member: 1, 0 at its end, negative errno. */
static int next_block(struct weir_archive *a)
{
	const void *block;
	la_int64_t offset;
	size_t len;
	locale_t before = enter(a);
	int r = archive_read_data_block(a->archive, &block, &len, &offset);

	leave(before);
	if (r == ARCHIVE_EOF) {
		a->ended = true;
		return 0;
	}
	if (r < ARCHIVE_WARN) {
		a->ended = true;
		return reason(a);
	}
	a->hole = offset > 0 && (uint64_t)offset > a->offset
			  ? (size_t)WEIR_MIN((uint64_t)offset - a->offset, (uint64_t)HOLE)
			  : 0;
	a->offset = (uint64_t)WEIR_MAX(offset, 0) + len;
	a->block = block;
	a->left = len;
	r = count(a, a->hole + len);
	return r < 0 ? r : 1;
}

static ssize_t content_read(void *context, void *data, size_t len, uint64_t offset)
{
	struct weir_archive *a = context;
	size_t n;

	if (offset != a->next)
		return -ESPIPE;
	while (a->left == 0 && a->hole == 0) {
		int r = a->ended ? 0 : next_block(a);

		if (r <= 0)
			return r;
	}
	if (a->hole > 0) {
		n = WEIR_MIN(len, a->hole);
		memset(data, 0, n);
		a->hole -= n;
	} else {
		n = WEIR_MIN(len, a->left);
		memcpy(data, a->block, n);
		a->block += n;
		a->left -= n;
	}
	a->next += n;
	return (ssize_t)n;
}

int weir_archive_new(struct weir_unpack *u, const struct weir_bytes *bytes,
		     enum weir_kind_archive what, struct weir_archive **ret)
{
	struct weir_archive *a _cleanup_(weir_archive_freep) = calloc(1, sizeof(*a));
	locale_t before;
	int r;

	if (!a)
		return -ENOMEM;
	a->u = u;
	a->bytes = bytes;
	a->what = what;
	a->memory = weir_read_memory(bytes);
	a->content = (struct weir_bytes){.read_at = content_read, .context = a, .size = UINT64_MAX};
	a->buffer = a->memory ? NULL : malloc(PIECE);
	a->archive = archive_read_new();
	if (!a->archive || (!a->buffer && !a->memory))
		return -ENOMEM;
	a->locale = utf8_locale();
	before = enter(a);
	r = open_archive(a);
	leave(before);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(a);
	return 0;
}

void weir_archive_free(struct weir_archive *a)
{
	if (!a)
		return;
	if (a->archive)
		archive_read_free(a->archive);
	if (a->locale)
		freelocale(a->locale);
	free(a->buffer);
	free(a);
}

const struct weir_bytes *weir_archive_bytes(const struct weir_archive *archive)
{
	return &archive->content;
}

/* What the last member was not asked for is unpacked here, counted, instead of inside libarchive,
 * where nothing would end it. */
static int drain(struct weir_archive *a)
{
	int r = 1;

	while (r > 0 && !a->ended)
		r = next_block(a);
	a->left = a->hole = 0;
	/* the member's own damage has been seen by who read it */
	return r < 0 && (a->failed < 0 || r == -EDQUOT) ? r : 0;
}

static void describe(struct archive_entry *entry, struct weir_archive_member *ret)
{
	const char *link = archive_entry_symlink(entry);
	int type = archive_entry_filetype(entry);

	ret->name = archive_entry_pathname(entry);
	if (!ret->name)
		ret->name = archive_entry_pathname_utf8(entry);
	if (!link)
		link = archive_entry_symlink_utf8(entry);
	if (!link)
		link = archive_entry_hardlink(entry);
	if (!link)
		link = archive_entry_hardlink_utf8(entry);
	ret->link = link;
	ret->file = !link && (type == AE_IFREG || type == 0);
	ret->encrypted = archive_entry_is_encrypted(entry) > 0;
}

int weir_archive_next(struct weir_archive *a, struct weir_archive_member *ret)
{
	struct archive_entry *entry;
	locale_t before;
	int r = a->member ? drain(a) : weir_read_tick(a->u);

	if (r < 0)
		return r;
	before = enter(a);
	/* it would go on behind damage; what it leaves out is searched as it lies instead */
	r = archive_read_next_header(a->archive, &entry);
	if (r == ARCHIVE_OK || r == ARCHIVE_WARN)
		describe(entry, ret);
	leave(before);
	a->next = a->offset = 0;
	a->left = a->hole = 0;
	a->ended = false;
	if (r == ARCHIVE_EOF)
		return 0;
	if (r != ARCHIVE_OK && r != ARCHIVE_WARN) {
		int state = weir_read_tick(a->u);

		if (state < 0)
			return state;
		return a->failed == 0 && archive_read_has_encrypted_entries(a->archive) > 0
			       ? -EKEYREJECTED
			       : reason(a);
	}
	a->member = true;
	return 1;
}

size_t weir_archive_tail(const struct weir_archive *a, uint8_t *ret, size_t len)
{
	uint64_t there = a->memory ? WEIR_MIN(a->at, (uint64_t)a->memory->len) : a->piece;
	const uint8_t *data = a->memory ? a->memory->data : a->buffer;

	len = (size_t)WEIR_MIN((uint64_t)len, there);
	memcpy(ret, data + there - len, len);
	return len;
}

/* From a->rest on. The piece read last is still there, of a stream too. */
static ssize_t rest_read(void *context, void *data, size_t len, uint64_t offset)
{
	struct weir_archive *a = context;
	uint64_t at = a->rest + offset, start = a->at - a->piece;

	if (a->memory || at < start || at >= a->at)
		return a->bytes->read_at(a->bytes->context, data, len, at);
	len = (size_t)WEIR_MIN((uint64_t)len, a->at - at);
	memcpy(data, a->buffer + (at - start), len);
	return (ssize_t)len;
}

struct weir_bytes weir_archive_rest(struct weir_archive *a)
{
	la_int64_t at = archive_filter_bytes(a->archive, -1);

	a->rest = at > 0 ? (uint64_t)at : 0;
	return (struct weir_bytes){.read_at = rest_read, .context = a, .size = UINT64_MAX};
}

int weir_archive_failed(const struct weir_archive *a)
{
	return a->failed;
}
