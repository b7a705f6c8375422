/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_FD_H
#define WEIR_BASE_FD_H

/* File descriptors and whole-file reading and writing. Every descriptor made here is CLOEXEC; -1
 * means none. */

#include <stddef.h>
#include <sys/types.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"

/* For _cleanup_: int fd _cleanup_(weir_closep) = -1; keeps errno. */
void weir_closep(int *fd);

/* Closes fd when it is not negative, keeps errno; returns -1, so that "fd = weir_close(fd)". */
int weir_close(int fd);

/* Reads or writes exactly len bytes, carrying on after EINTR and short counts. read: the number
 * read, less than len at end of file only. write: 0. Negative errno on failure. */
ssize_t weir_read_full(int fd, void *data, size_t len) _must_use_;
ssize_t weir_pread_full(int fd, void *data, size_t len, off_t offset) _must_use_;
int weir_write_full(int fd, const void *data, size_t len) _must_use_;
int weir_pwrite_full(int fd, const void *data, size_t len, off_t offset) _must_use_;

/* Appends the whole file to buf; -ENOBUFS when it exceeds buf's maximum; buf keeps its content on
 * failure. dirfd as in openat(). */
int weir_read_file(int dirfd, const char *path, struct weir_buf *buf) _must_use_;

/* Replaces path by the data: written beside it, synced, renamed, folder synced. Readers see the old
 * or the new file. */
int weir_write_file_atomic(int dirfd, const char *path, const void *data, size_t len,
			   mode_t mode) _must_use_;

/* mkdir -p. 0 also when it is there; -ENOTDIR when something else is. */
int weir_mkdir_parents(const char *path, mode_t mode) _must_use_;

/* One message with an optional descriptor (fd -1: none) over a SOCK_SEQPACKET socket, never
 * blocking on signals. send: 0. recv: the length, 0 at end; *ret_fd is -1 when none came; a
 * truncated message is -EMSGSIZE, a message with more than one descriptor -EPROTO (all of them
 * closed). */
int weir_send_fd(int sock, const void *data, size_t len, int fd) _must_use_;
ssize_t weir_recv_fd(int sock, void *data, size_t len, int *ret_fd) _must_use_;

#endif
