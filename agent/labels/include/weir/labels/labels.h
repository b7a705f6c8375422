/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_LABELS_LABELS_H
#define WEIR_LABELS_LABELS_H

/* Which files of local disks are labelled, kept over a reboot in one file of fixed records. A file is known by its file system's
 * UUID and by the handle that the kernel gives of it (inode and generation): numbers of devices, which change from boot to boot,
 * and paths are not kept. What a file holds is never kept, only how much of what. One thread.
 *
 * The last seconds may be lost with the power. A record that is torn or of somebody else's making is no label: it is counted. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/abi/map.h"
#include "weir/base/macros.h"

#define WEIR_LABELS_MAX	       65536 /* of 128 bytes; then the oldest gives way */
#define WEIR_LABELS_VOLUME_LEN 16

struct weir_labels;

/* A file system, whatever number it is mounted under. */
struct weir_labels_volume {
	uint8_t id[WEIR_LABELS_VOLUME_LEN];
};

struct weir_labels_health {
	uint64_t kept;	   /* now */
	uint64_t restored; /* since the start, as are all below: of a file that is as it was */
	uint64_t changed;  /* the file is not what it was: forgotten */
	uint64_t gone;	   /* the file is not there any more: forgotten */
	uint64_t damaged;  /* records that say nothing */
	uint64_t evicted;  /* gave way to newer ones */
	uint64_t homeless; /* the file system names no files for ever */
	uint64_t failed;   /* the disk or the file system refused */
	bool anew;	   /* the file was none of these: begun anew */
};

/* path is made (0600) when it is not there. max: at most WEIR_LABELS_MAX. -ELOOP: a symbolic link; -EPERM: it is another's, or others
 * can reach it; -EBADF: no regular file. A file of another kind or version is begun anew. */
int weir_labels_open(const char *path, size_t max, struct weir_labels **ret) _must_use_;
void weir_labels_free(struct weir_labels *labels);
DEFINE_CLEANUP(weir_labels_free, struct weir_labels *);

/* Keeps the label of the file behind fd, in place of what was kept of it. What fails is counted in the health too. -EOPNOTSUPP: its
 * file system names no files for ever. */
int weir_labels_keep(struct weir_labels *labels, int fd, const struct weir_abi_label *label);
/* Whether anything is kept; where nothing is, nothing needs to be forgotten. */
bool weir_labels_any(const struct weir_labels *labels);

/* 0 also when nothing was kept of it. */
int weir_labels_forget(struct weir_labels *labels, int fd) _must_use_;

/* The file system that fd lies on. -EOPNOTSUPP as above. */
int weir_labels_volume(int fd, struct weir_labels_volume *ret) _must_use_;

/* What is kept of a file. */
struct weir_labels_file {
	int fd; /* owned by the caller, to be read from; -1: the file is gone or can't be opened */
	bool changed;		     /* label is not of what the file holds now, and forgotten */
	struct weir_abi_label label; /* classes are not kept: their numbers are of one policy */
};

/* The next label of a file system that root, a descriptor to be read from, lies on; *cursor is 0 at first. 1; 0: there is none. */
int weir_labels_next(struct weir_labels *labels, int root, const struct weir_labels_volume *volume,
		     size_t *cursor, struct weir_labels_file *ret);

/* What was kept and forgotten is on the disk when it returns 0. Nothing happens when nothing changed. */
int weir_labels_sync(struct weir_labels *labels) _must_use_;

void weir_labels_health(const struct weir_labels *labels, struct weir_labels_health *ret);

#endif
