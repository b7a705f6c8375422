/* SPDX-License-Identifier: Apache-2.0 */
/* Copies by SQLite's own backup: one state of the database, while others write. */

#include "weir/console_store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sqlite.h"
#include "weir/base/fd.h"

DEFINE_CLEANUP(sqlite3_close, sqlite3 *);

static int check_free(const char *to, struct weir_error *err)
{
	static const char *const suffixes[] = {"", "-wal", "-journal"};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		char *path _cleanup_(freep) = NULL;

		if (asprintf(&path, "%s%s", to, suffixes[i]) < 0)
			return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
		/* The log of another database would be taken for that of the copy. */
		if (access(path, F_OK) == 0)
			return weir_error_set(err, -EEXIST, 0, 0, "%s is there already", path);
	}
	return 0;
}

static int tell(struct weir_error *err, int rc, const char *what, const char *path, sqlite3 *db)
{
	return weir_error_set(err, weir_sqlite_errno(rc), 0, 0, "%s %s: %s", what, path,
			      db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
}

static int open_plain(const char *path, int flags, struct weir_error *err, sqlite3 **ret)
{
	int rc = sqlite3_open_v2(path, ret, flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc != SQLITE_OK)
		return tell(err, rc, "cannot open", path, *ret);
	sqlite3_busy_timeout(*ret, 5000);
	return 0;
}

static int copy_pages(sqlite3 *from, const char *from_path, sqlite3 *to, struct weir_error *err)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
	int rc;

	if (!backup)
		return tell(err, sqlite3_errcode(to), "cannot copy", from_path, to);
	rc = sqlite3_backup_step(backup, -1);
	(void)sqlite3_backup_finish(backup);
	return rc == SQLITE_DONE ? 0 : tell(err, rc, "cannot copy", from_path, NULL);
}

/* One file, no log beside it, and every page as it should be. */
static int check_copy(sqlite3 *db, const char *path, struct weir_error *err)
{
	sqlite3_stmt *st = NULL;
	const char *answer;
	int rc, r = 0;

	rc = sqlite3_exec(db, "PRAGMA synchronous = FULL; PRAGMA journal_mode = DELETE", NULL, NULL,
			  NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &st, NULL);
	if (rc != SQLITE_OK)
		return tell(err, rc, "cannot check", path, db);
	rc = sqlite3_step(st);
	answer = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : NULL;
	if (!answer || strcmp(answer, "ok") != 0)
		r = weir_error_set(err, -EBADMSG, 0, 0, "the copy is damaged: %s",
				   answer ? answer : sqlite3_errmsg(db));
	sqlite3_finalize(st);
	return r;
}

static int copy_into(const char *from, const char *to, struct weir_error *err)
{
	sqlite3 *source _cleanup_(sqlite3_closep) = NULL;
	sqlite3 *copy _cleanup_(sqlite3_closep) = NULL;
	int r;

	r = open_plain(from, SQLITE_OPEN_READWRITE, err, &source);
	if (r == 0)
		r = open_plain(to, SQLITE_OPEN_READWRITE, err, &copy);
	if (r == 0)
		r = copy_pages(source, from, copy, err);
	return r < 0 ? r : check_copy(copy, to, err);
}

static int sync_path(const char *path, int flags)
{
	int fd _cleanup_(weir_closep) = open(path, flags | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int give_name(const char *unfinished, const char *to, struct weir_error *err)
{
	char *path _cleanup_(freep) = strdup(to);
	int r = path ? sync_path(unfinished, O_RDONLY) : -ENOMEM;

	if (r == 0 && renameat2(AT_FDCWD, unfinished, AT_FDCWD, to, RENAME_NOREPLACE) < 0)
		r = -errno;
	if (r == 0)
		r = sync_path(dirname(path), O_RDONLY | O_DIRECTORY);
	errno = -r;
	return r < 0 ? weir_error_set(err, r, 0, 0, "cannot write %s: %m", to) : 0;
}

int weir_store_copy_sqlite(const char *from, const char *to, struct weir_error *err)
{
	char *unfinished _cleanup_(freep) = NULL;
	int fd, r;

	r = check_free(to, err);
	if (r < 0)
		return r;
	if (asprintf(&unfinished, "%s.unfinished", to) < 0)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	fd = open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return weir_error_set(err, -errno, 0, 0, "cannot write %s: %m", unfinished);
	weir_close(fd);
	r = copy_into(from, unfinished, err);
	if (r == 0)
		r = give_name(unfinished, to, err);
	if (r < 0)
		unlink(unfinished);
	return r;
}
