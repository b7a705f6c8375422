/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SOURCE_PROC_H
#define WEIR_SOURCE_PROC_H

/* Facts of processes from procfs, without allocation and with a bound on everything, so that the
 * gate's thread may ask. The process may end at any moment: every answer is of one instant. root is
 * a folder laid out like /proc, "/proc" in use. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/event/event.h"

#define WEIR_PROC_FDS_MAX 4096 /* descriptors of one process looked at */
#define WEIR_PROC_KEPT	  8    /* processes */

/* How the system call that tid is blocked in opens its file. */
enum weir_open_mode {
	WEIR_OPEN_UNKNOWN =
		0, /* no known call: openat2, io_uring, a handle; or it could not be read */
	WEIR_OPEN_READ = 1 << 0,
	WEIR_OPEN_WRITE = 1 << 1,
};

/* Files of the WEIR_PROC_KEPT processes that were asked about last, held open: who opens one file after the other is looked up once.
 * What is read there is of that moment all the same, and never of a process that got the number of one that is gone. For one thread
 * and one root. */
struct weir_proc_kept;

int weir_proc_kept_new(struct weir_proc_kept **ret) _must_use_;
void weir_proc_kept_free(struct weir_proc_kept *kept);

/* Bit set of enum weir_open_mode. With kept NULL nothing is held open, here and below. */
unsigned weir_proc_open_mode(const char *root, uint32_t tid, struct weir_proc_kept *kept);

/* The same from the text of /proc/TID/syscall. */
unsigned weir_proc_parse_syscall(const char *text);

/* Identity and facts of the process that pid (a tid will do) belongs to. -ESRCH when it is gone. */
int weir_proc_describe(const char *root, uint32_t pid, struct weir_proc_kept *kept,
		       struct weir_process *ret) _must_use_;

/* Of the process pid, no tid, only itself, its parent and its start: what leads from parent to parent. -ESRCH as above. */
int weir_proc_identify(const char *root, uint32_t pid, struct weir_process *ret) _must_use_;

/* Calls fn with the inode of each descriptor of pid that is open for writing, until fn returns
 * true. Returns whether it did; *ret_cut says that there were more than WEIR_PROC_FDS_MAX. */
typedef bool (*weir_proc_fd_fn)(void *context, const struct weir_abi_inode *inode);
bool weir_proc_any_writable(const char *root, uint32_t pid, weir_proc_fd_fn fn, void *context,
			    bool *ret_cut);

#endif
