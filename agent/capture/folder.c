/* SPDX-License-Identifier: Apache-2.0 */
/* Owns: the bound, and what a file is called. Must not know what is in it. */

#include "weir/capture/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/proto/spool_format.h"

#define NAME_LEN (2 * WEIR_CAPTURE_HASH_LEN + 1)
#define LOOK_MAX (2 * WEIR_CAPTURE_FILES_MAX) /* names that are looked at */

struct weir_evidence_folder {
	int dirfd;
	uint64_t max_bytes;
};

struct measure {
	uint64_t bytes;
	size_t files;
};

static void close_dir(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

static DIR *list(const struct weir_evidence_folder *folder)
{
	int fd = openat(folder->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (fd >= 0 && !dir)
		(void)weir_close(fd);
	return dir;
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* Whatever it is counts: it takes room all the same. */
static int measure(const struct weir_evidence_folder *folder, struct measure *ret)
{
	DIR *dir _cleanup_(close_dir) = list(folder);
	const struct dirent *entry;

	*ret = (struct measure){0};
	if (!dir)
		return -EIO;
	while (ret->files < LOOK_MAX && (entry = readdir(dir))) {
		struct stat st;

		if (is_dots(entry->d_name) ||
		    fstatat(folder->dirfd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		ret->files++;
		ret->bytes += (uint64_t)st.st_size;
	}
	return 0;
}

/* One agent at a time: the spool's lock. */
static void remove_half_written(const struct weir_evidence_folder *folder)
{
	DIR *dir _cleanup_(close_dir) = list(folder);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (!is_dots(entry->d_name) && !weir_spool_is_evidence(entry->d_name))
			(void)unlinkat(folder->dirfd, entry->d_name, 0);
}

/* The reader's group comes from the spool's folder, and from this one to what is made in it. */
static int open_folder(struct weir_evidence_folder *folder, const char *spool_dir)
{
	int spool _cleanup_(weir_closep) = open(spool_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (spool < 0 || fstat(spool, &st) < 0)
		return -errno;
	if (mkdirat(spool, WEIR_SPOOL_EVIDENCE_DIR, 0770) < 0 && errno != EEXIST)
		return -errno;
	folder->dirfd = openat(spool, WEIR_SPOOL_EVIDENCE_DIR,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder->dirfd < 0)
		return -errno;
	(void)!fchown(folder->dirfd, (uid_t)-1, st.st_gid);
	return fchmod(folder->dirfd, S_ISGID | 0770) < 0 ? -errno : 0;
}

int weir_evidence_folder_new(const char *spool_dir, uint64_t max_bytes,
			     struct weir_evidence_folder **ret)
{
	struct weir_evidence_folder *folder _cleanup_(weir_evidence_folder_freep) =
		malloc(sizeof(*folder));
	int r;

	if (!folder)
		return -ENOMEM;
	*folder = (struct weir_evidence_folder){
		.dirfd = -1, .max_bytes = max_bytes ? max_bytes : WEIR_CAPTURE_BYTES_MAX};
	r = open_folder(folder, spool_dir);
	if (r < 0)
		return r;
	remove_half_written(folder);
	*ret = TAKE_PTR(folder);
	return 0;
}

void weir_evidence_folder_free(struct weir_evidence_folder *folder)
{
	if (!folder)
		return;
	(void)weir_close(folder->dirfd);
	free(folder);
}

int weir_evidence_folder_put(const struct weir_evidence_folder *folder,
			     const uint8_t sha256[static WEIR_CAPTURE_HASH_LEN], const void *sealed,
			     size_t len)
{
	struct measure there;
	char name[NAME_LEN];
	int r = measure(folder, &there);

	if (r < 0)
		return r;
	if (there.files >= WEIR_CAPTURE_FILES_MAX || there.bytes > folder->max_bytes ||
	    len > folder->max_bytes - there.bytes)
		return -ENOSPC;
	weir_hex(sha256, WEIR_CAPTURE_HASH_LEN, name);
	return weir_write_file_atomic(folder->dirfd, name, sealed, len, 0640);
}

void weir_evidence_folder_remove(const struct weir_evidence_folder *folder,
				 const uint8_t sha256[static WEIR_CAPTURE_HASH_LEN])
{
	char name[NAME_LEN];

	weir_hex(sha256, WEIR_CAPTURE_HASH_LEN, name);
	(void)unlinkat(folder->dirfd, name, 0);
}
