/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_STORE_BACKUP_H
#define WEIR_CONSOLE_STORE_BACKUP_H

/* Copies of a SQLite database. PostgreSQL brings pg_dump and pg_basebackup. */

#include "weir/base/error.h"
#include "weir/base/macros.h"

/* Copies one state of the database at `from`, which may be in use, into the new file `to` (mode
 * 0600), checks the copy and brings it to the disk; only then it has its name. Used both ways: a
 * backup, and its return to a place where no database is. -EEXIST: `to`, or a log beside it, is
 * there already; -EBADMSG: the source or the copy is damaged. */
int weir_store_copy_sqlite(const char *from, const char *to, struct weir_error *err) _must_use_;

#endif
