/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SOURCE_WATCH_H
#define WEIR_SOURCE_WATCH_H

/* Files closed after writing, by a fanotify group that only listens: it can delay nobody. Marks
 * cover whole file systems; the caller sorts out paths. The agent's own closes are left out. One
 * thread. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/abi/types.h"
#include "weir/base/macros.h"

#define WEIR_WATCH_PATH_MAX 1024
#define WEIR_WATCH_BATCH    64 /* files that are told of without asking ready() again */

/* A regular file that was closed after writing. */
struct weir_watch_file {
	int fd; /* readable; the callee may take it (TAKE_FD), else it is closed after the call */
	struct weir_abi_inode inode; /* dev is st_dev, which some file systems make up */
	uint32_t mount_id;	     /* 0: not known */
	uint32_t pid;		     /* who closed it; 0: in another pid namespace */
	uint32_t links;
	bool modified; /* the event says that it was written to or cut; told of sinks only */
	uint64_t size;
	uint64_t ctime_ns;
	char path[WEIR_WATCH_PATH_MAX]; /* as this namespace sees it, "" when too long */
};

struct weir_watch_ops {
	/* Can another WEIR_WATCH_BATCH files be taken? What can't waits in the kernel's queue: it has no bound but the
	 * memory cgroup of the agent, which each of its entries is charged to. */
	bool (*ready)(void *context);
	void (*closed)(void *context, struct weir_watch_file *file);
	/* Written to or cut, and not closed yet; a closed() that has it too is not told twice. */
	void (*modified)(void *context, const struct weir_watch_file *file);
	void (*overflow)(void *context); /* the kernel dropped events */
};

struct weir_watch;

int weir_watch_new(const struct weir_watch_ops *ops, void *context,
		   struct weir_watch **ret) _must_use_;
void weir_watch_free(struct weir_watch *watch);
DEFINE_CLEANUP(weir_watch_free, struct weir_watch *);

/* What is told of a marked file system beside the closes after writing. */
enum weir_watch_what {
	WEIR_WATCH_CLOSES = 0,
	WEIR_WATCH_CHANGES = 1, /* and whether a file was changed before it was closed */
};

/* Marks the file system that path lies on (one mount of it where the kernel can do no better). 0
 * also when it is marked. */
int weir_watch_add(struct weir_watch *watch, const char *path,
		   enum weir_watch_what what) _must_use_;
/* 1: what path lies on is marked as a whole, 0: it is not. A file system that was unmounted and mounted again is not, whatever its
 * mount is called. */
int weir_watch_has(struct weir_watch *watch, const char *path) _must_use_;
/* 0 also when it was not marked or path is gone. */
int weir_watch_remove(struct weir_watch *watch, const char *path) _must_use_;
/* One file alone, for the self-test. */
int weir_watch_add_file(struct weir_watch *watch, int fd) _must_use_;

int weir_watch_fd(const struct weir_watch *watch);

/* Handles what is there, at most some hundred events; more make fd readable again. */
int weir_watch_dispatch(struct weir_watch *watch) _must_use_;

/* Fills everything but fd and pid from a descriptor. -EBADF when it is no regular file. */
int weir_watch_describe(int fd, struct weir_watch_file *ret) _must_use_;

#endif
