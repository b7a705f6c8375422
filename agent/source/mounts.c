/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the table of mounts. Does not judge what a mount is: device.c does. Mount points are named
 * by whoever mounts, so every field is bounded and an odd line is skipped, never guessed at. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/abi/types.h"
#include "weir/base/buf.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/source/mounts.h"

#define TEXT_MAX (8u << 20)

struct weir_mounts {
	int fd;
	int own; /* the same, polled by nobody else: whoever polls a descriptor uses up what it has to tell */
	bool stale;
	char *path;
	struct weir_mount *table;
	size_t count;
	uint64_t skipped;
};

struct field {
	const char *data;
	size_t len;
};

/* Takes the next space-separated field off the line. */
static bool next_field(struct field *line, struct field *ret)
{
	const char *space;

	if (line->len == 0)
		return false;
	space = memchr(line->data, ' ', line->len);
	ret->data = line->data;
	ret->len = space ? (size_t)(space - line->data) : line->len;
	line->data += ret->len + (space ? 1 : 0);
	line->len -= ret->len + (space ? 1 : 0);
	return ret->len > 0;
}

static int field_u32(struct field field, uint32_t *ret)
{
	char text[16];

	if (field.len >= sizeof(text))
		return -EINVAL;
	memcpy(text, field.data, field.len);
	text[field.len] = '\0';
	return weir_parse_u32(text, ret);
}

static int field_dev(struct field field, uint32_t *ret)
{
	const char *colon = memchr(field.data, ':', field.len);
	uint32_t major, minor;
	size_t split;
	int r;

	if (!colon)
		return -EINVAL;
	split = (size_t)(colon - field.data);
	r = field_u32((struct field){field.data, split}, &major);
	if (r < 0)
		return r;
	r = field_u32((struct field){colon + 1, field.len - split - 1}, &minor);
	if (r < 0)
		return r;
	if (major > 0xfff || minor > 0xfffff)
		return -EINVAL;
	*ret = WEIR_ABI_DEV(major, minor);
	return 0;
}

static bool octal(char c)
{
	return c >= '0' && c <= '7';
}

/* The kernel writes space, tab, newline and backslash as \ooo. */
static int unescape(struct field field, bool cut, char *to, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < field.len; used++) {
		char c = field.data[i];

		if (used + 1 >= size) {
			if (!cut)
				return -ENAMETOOLONG;
			break;
		}
		if (c == '\0')
			return -EINVAL;
		if (c == '\\' && field.len - i >= 4 && octal(field.data[i + 1]) &&
		    octal(field.data[i + 2]) && octal(field.data[i + 3])) {
			c = (char)((field.data[i + 1] - '0') * 64 + (field.data[i + 2] - '0') * 8 +
				   (field.data[i + 3] - '0'));
			if (c == '\0')
				return -EINVAL;
			i += 4;
		} else {
			i++;
		}
		to[used] = c;
	}
	to[used] = '\0';
	return 0;
}

static int parse_tail(struct field *line, struct weir_mount *mount)
{
	struct field field;
	int r;

	do { /* optional fields end with a lone hyphen */
		if (!next_field(line, &field))
			return -EINVAL;
	} while (field.len != 1 || field.data[0] != '-');
	if (!next_field(line, &field))
		return -EINVAL;
	r = unescape(field, true, mount->fstype, sizeof(mount->fstype));
	if (r < 0)
		return r;
	if (!next_field(line, &field)) /* an empty source leaves two spaces */
		return 0;
	return unescape(field, true, mount->source, sizeof(mount->source));
}

int weir_mount_parse(const char *line, size_t len, struct weir_mount *ret)
{
	struct weir_mount mount = {0};
	struct field rest = {line, len}, id, parent, dev, root, point, options;
	int r;

	if (!next_field(&rest, &id) || !next_field(&rest, &parent) || !next_field(&rest, &dev) ||
	    !next_field(&rest, &root) || !next_field(&rest, &point) || !next_field(&rest, &options))
		return -EINVAL;
	if (field_u32(id, &mount.id) < 0 || field_u32(parent, &mount.parent) < 0 ||
	    field_dev(dev, &mount.dev) < 0)
		return -EINVAL;
	r = unescape(root, false, mount.root, sizeof(mount.root));
	if (r == 0)
		r = unescape(point, false, mount.point, sizeof(mount.point));
	if (r == 0 && mount.point[0] != '/')
		r = -EINVAL;
	if (r == 0)
		r = parse_tail(&rest, &mount);
	if (r < 0)
		return r;
	*ret = mount;
	return 0;
}

int weir_mounts_new(const char *path, struct weir_mounts **ret)
{
	struct weir_mounts *mounts _cleanup_(weir_mounts_freep) = calloc(1, sizeof(*mounts));

	if (!mounts)
		return -ENOMEM;
	mounts->fd = mounts->own = -1;
	mounts->stale = true;
	mounts->path = strdup(path ? path : "/proc/self/mountinfo");
	if (!mounts->path)
		return -ENOMEM;
	mounts->fd = open(mounts->path, O_RDONLY | O_CLOEXEC);
	mounts->own = open(mounts->path, O_RDONLY | O_CLOEXEC);
	if (mounts->fd < 0 || mounts->own < 0)
		return -errno;
	*ret = TAKE_PTR(mounts);
	return 0;
}

void weir_mounts_free(struct weir_mounts *mounts)
{
	if (!mounts)
		return;
	weir_close(mounts->fd);
	weir_close(mounts->own);
	free(mounts->table);
	free(mounts->path);
	free(mounts);
}

int weir_mounts_fd(const struct weir_mounts *mounts)
{
	return mounts->fd;
}

bool weir_mounts_stale(struct weir_mounts *mounts)
{
	struct pollfd change = {.fd = mounts->own, .events = POLLPRI};

	if (poll(&change, 1, 0) != 0 && change.revents & POLLPRI)
		mounts->stale = true;
	return mounts->stale;
}

/* Fills a fresh table from the text; the capacity is known from the number of lines. */
static int read_table(const char *text, size_t len, struct weir_mount **ret, size_t *ret_count,
		      uint64_t *skipped)
{
	struct weir_mount *table _cleanup_(freep) = NULL;
	size_t lines = 0, count = 0;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	lines = WEIR_MIN(lines + 1, (size_t)WEIR_MOUNTS_MAX);
	table = calloc(lines, sizeof(*table));
	if (!table)
		return -ENOMEM;
	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t length = end ? (size_t)(end - text) - at : len - at;

		if (length > 0 &&
		    (count == lines || weir_mount_parse(text + at, length, &table[count]) < 0))
			(*skipped)++;
		else if (length > 0)
			count++;
		at += length + 1;
	}
	*ret = TAKE_PTR(table);
	*ret_count = count;
	return 0;
}

static bool same_mount(const struct weir_mount *a, const struct weir_mount *b)
{
	return a->id == b->id && a->dev == b->dev && strcmp(a->point, b->point) == 0;
}

static int compare_id(const void *a, const void *b)
{
	const struct weir_mount *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static const struct weir_mount *find_id(const struct weir_mount *table, size_t count, uint32_t id)
{
	struct weir_mount key;

	if (count == 0)
		return NULL;
	key.id = id;
	return bsearch(&key, table, count, sizeof(*table), compare_id);
}

static void report_missing(const struct weir_mount *from, size_t n_from,
			   const struct weir_mount *in, size_t n_in, bool added, weir_mounts_fn fn,
			   void *context)
{
	for (size_t i = 0; i < n_from; i++) {
		const struct weir_mount *other = find_id(in, n_in, from[i].id);

		if (!other || !same_mount(&from[i], other))
			fn(context, &from[i], added);
	}
}

int weir_mounts_refresh(struct weir_mounts *mounts, weir_mounts_fn fn, void *context)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(TEXT_MAX);
	struct weir_mount *old _cleanup_(freep) = NULL, *table = NULL;
	size_t count, n_old;
	int r;

	r = weir_read_file(AT_FDCWD, mounts->path, &text);
	if (r < 0)
		return r;
	r = read_table(text.data ? text.data : "", text.len, &table, &count, &mounts->skipped);
	if (r < 0)
		return r;
	qsort(table, count, sizeof(*table), compare_id);
	old = mounts->table;
	n_old = mounts->count;
	mounts->table = table;
	mounts->count = count;
	mounts->stale = false;
	report_missing(old, n_old, table, count, false, fn, context);
	report_missing(table, count, old, n_old, true, fn, context);
	return 0;
}

int weir_mounts_look_up(const char *path, uint32_t dev, struct weir_mount *ret)
{
	struct weir_mounts other = {0};
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(TEXT_MAX);
	const struct weir_mount *found;
	int r = weir_read_file(AT_FDCWD, path, &text);

	if (r < 0)
		return r;
	r = read_table(text.data ? text.data : "", text.len, &other.table, &other.count,
		       &other.skipped);
	if (r < 0)
		return r;
	found = weir_mounts_by_dev(&other, dev);
	if (found)
		*ret = *found;
	free(other.table);
	return found ? 0 : -ENOENT;
}

const struct weir_mount *weir_mounts_by_id(const struct weir_mounts *mounts, uint32_t id)
{
	return find_id(mounts->table, mounts->count, id);
}

const struct weir_mount *weir_mounts_by_dev(const struct weir_mounts *mounts, uint32_t dev)
{
	const struct weir_mount *found = NULL;

	for (size_t i = 0; i < mounts->count; i++) {
		const struct weir_mount *mount = &mounts->table[i];

		if (mount->dev == dev &&
		    (!found || (strcmp(mount->root, "/") == 0 && strcmp(found->root, "/") != 0)))
			found = mount;
	}
	return found;
}

static bool below(const char *point, const char *path)
{
	size_t len = strlen(point);

	if (len == 1)
		return true;
	return strncmp(path, point, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

const struct weir_mount *weir_mounts_by_path(const struct weir_mounts *mounts, const char *path)
{
	const struct weir_mount *found = NULL;
	size_t best = 0;

	/* Of two mounts on one folder the later one covers the earlier; ids grow within a boot
	 * except for reuse. */
	for (size_t i = 0; i < mounts->count; i++) {
		const struct weir_mount *mount = &mounts->table[i];
		size_t len = strlen(mount->point);

		if (below(mount->point, path) && len >= best) {
			found = mount;
			best = len;
		}
	}
	return found;
}

const struct weir_mount *weir_mounts_at(const struct weir_mounts *mounts, size_t i)
{
	return i < mounts->count ? &mounts->table[i] : NULL;
}

size_t weir_mounts_count(const struct weir_mounts *mounts)
{
	return mounts->count;
}

uint64_t weir_mounts_skipped(const struct weir_mounts *mounts)
{
	return mounts->skipped;
}
