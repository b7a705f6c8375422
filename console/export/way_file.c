/* SPDX-License-Identifier: Apache-2.0 */
/* A file a day: OCSF, a record a line, in Zstandard. Each batch is a frame that is on the disk before
 * the cursor moves; what a crash left half written behind the last whole frame is cut off. While its
 * day lasts a file is called ".part": whoever collects files takes those that are not. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "way.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

#define NAME_MAX_LEN 64
#define SUFFIX	     ".ndjson.zst"
#define PART	     SUFFIX ".part"
#define LEVEL	     3

struct file_way {
	struct weir_way way;
	int dir_fd;
	int fd; /* -1: none is open */
	char name[NAME_MAX_LEN];
	uint64_t day_ns;
};

static int append_line(const struct weir_way *way, const struct weir_export_record *record,
		       struct weir_buf *buf)
{
	int r = weir_export_ocsf(record, buf);

	if (r > 0)
		r = weir_buf_puts(buf, "\n") < 0 ? -ENOBUFS : 1;
	return r;
}

/* "weir-2026-11-23" */
static void format_day(uint64_t day_ns, char text[static NAME_MAX_LEN])
{
	const time_t seconds = (time_t)(day_ns / WEIR_NSEC_PER_SEC);
	struct tm tm = {};

	gmtime_r(&seconds, &tm);
	(void)strftime(text, NAME_MAX_LEN, "weir-%Y-%m-%d", &tm);
}

/* Bytes up to the end of the last whole frame. */
static size_t whole_frames(const void *data, size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t n = ZSTD_findFrameCompressedSize((const char *)data + at, len - at);

		if (ZSTD_isError(n))
			break;
		at += n;
	}
	return at;
}

static int cut_torn(int fd)
{
	struct stat st;
	size_t whole;
	void *data;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size == 0)
		return 0;
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return -errno;
	whole = whole_frames(data, (size_t)st.st_size);
	munmap(data, (size_t)st.st_size);
	if (whole < (size_t)st.st_size && ftruncate(fd, (off_t)whole) < 0)
		return -errno;
	return 0;
}

/* Gives a file its name for good. */
static int finish(int dir_fd, const char *part)
{
	char name[NAME_MAX_LEN + 8];

	(void)snprintf(name, sizeof(name), "%.*s", (int)(strlen(part) - strlen(".part")), part);
	if (renameat(dir_fd, part, dir_fd, name) < 0 || fsync(dir_fd) < 0)
		return -errno;
	return 0;
}

static bool is_part(const char *name)
{
	const size_t len = strlen(name);

	return len > strlen(PART) && len < NAME_MAX_LEN &&
	       strcmp(name + len - strlen(PART), PART) == 0;
}

/* Finishes what earlier days left, and takes up what was begun of this one: its name into
 * file->name, or "". */
static int find_parts(struct file_way *file, const char *day)
{
	int fd = openat(file->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	file->name[0] = '\0';
	if (!dir) {
		r = -errno;
		weir_close(fd);
		return r;
	}
	while (r == 0 && (entry = readdir(dir))) {
		size_t len = strlen(entry->d_name);

		if (!is_part(entry->d_name) || len >= sizeof(file->name))
			continue; /* none of ours */
		if (strncmp(entry->d_name, day, strlen(day)) == 0)
			memcpy(file->name, entry->d_name, len + 1);
		else
			r = finish(file->dir_fd, entry->d_name);
	}
	closedir(dir);
	return r;
}

static int open_day(struct file_way *file, const struct weir_feed *feed)
{
	char day[NAME_MAX_LEN];
	int r;

	file->fd = weir_close(file->fd);
	format_day(feed->day_ns, day);
	r = find_parts(file, day);
	if (r < 0)
		return r;
	if (!file->name[0])
		(void)snprintf(file->name, sizeof(file->name), "%.24s-%020" PRIu64 PART, day,
			       feed->last);
	file->fd = openat(file->dir_fd, file->name,
			  O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (file->fd < 0 || fsync(file->dir_fd) < 0)
		return -errno;
	file->day_ns = feed->day_ns;
	return cut_torn(file->fd);
}

static int write_frame(int fd, const struct weir_buf *data)
{
	const size_t size = ZSTD_compressBound(data->len);
	char *frame _cleanup_(freep) = malloc(size);
	size_t n;
	int r;

	if (!frame)
		return -ENOMEM;
	n = ZSTD_compress(frame, size, data->data, data->len, LEVEL);
	if (ZSTD_isError(n))
		return -EIO;
	r = weir_write_full(fd, frame, n);
	if (r == 0 && fdatasync(fd) < 0)
		r = -errno;
	return r;
}

static int deliver(struct weir_way *way, const struct weir_feed *feed, const struct weir_buf *data)
{
	struct file_way *file = container_of(way, struct file_way, way);
	int r = 0;

	if (file->fd < 0 || file->day_ns != feed->day_ns)
		r = open_day(file, feed);
	if (r == 0)
		r = write_frame(file->fd, data);
	/* What a failure left is cut off when the file is opened again. */
	if (r < 0)
		file->fd = weir_close(file->fd);
	return r;
}

static void file_free(struct weir_way *way)
{
	struct file_way *file = container_of(way, struct file_way, way);

	weir_close(file->fd);
	weir_close(file->dir_fd);
	free(file);
}

/* The sink's own folder. */
static int open_folder(const char *name, int dir_fd)
{
	int fd;

	if (mkdirat(dir_fd, name, 0750) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

int weir_way_file(const char *name, int dir_fd, struct weir_way **ret)
{
	static const struct weir_way_ops ops = {append_line, deliver, file_free};
	struct file_way *file;
	int fd = open_folder(name, dir_fd);

	if (fd < 0)
		return fd;
	file = calloc(1, sizeof(*file));
	if (!file) {
		weir_close(fd);
		return -ENOMEM;
	}
	file->way.ops = &ops;
	file->dir_fd = fd;
	file->fd = -1;
	*ret = &file->way;
	return 0;
}
