/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_SQLITE_VFS_H
#define WEIR_UNPACK_SQLITE_VFS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "reader.h"

/* A file system with one file, which can't be written: the bytes. No journal, no log, no lock, and
 * no call to the real one. */
struct weir_sqlite_vfs {
	sqlite3_vfs vfs;
	char name[40];
	struct weir_unpack *u;
	const struct weir_bytes *bytes;
	int failed; /* what read_at() or weir_read_tick() said */
	bool cut;   /* the header knows of more pages than there are */
};

/* Makes it the library's default until done: nothing else is then used by accident. */
int weir_sqlite_vfs_init(struct weir_sqlite_vfs *vfs, struct weir_unpack *u,
			 const struct weir_bytes *bytes) _must_use_;
void weir_sqlite_vfs_done(struct weir_sqlite_vfs *vfs);

/* sqlite_free.c: what the database no longer counts as its content but still holds: free pages, and
 * the room between the cells of the others, as the text "(free)". */
int weir_sqlite_free(struct weir_unpack *u, const struct weir_bytes *bytes) _must_use_;

#endif
