/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite back end: opening, settings and closing. Write-ahead log with a sync at every commit;
 * one connection writes, another reads, so that a query never waits for ingest. */

#include "sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/time.h"

#define BUSY_MS 5000
#define MEMORY	":memory:"

int weir_sqlite_errno(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_PERM:
	case SQLITE_CANTOPEN:
		return -EACCES;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	case SQLITE_INTERRUPT:
		return -ETIME;
	case SQLITE_CONSTRAINT:
		return -EEXIST;
	default:
		return -EIO;
	}
}

void weir_sqlite_resetp(sqlite3_stmt **statement)
{
	if (!*statement)
		return;
	sqlite3_reset(*statement);
	sqlite3_clear_bindings(*statement);
}

void weir_sqlite_finalizep(sqlite3_stmt **statement)
{
	sqlite3_finalize(*statement);
}

static void sqlite_free(void *backend)
{
	struct weir_sqlite *be = backend;

	for (size_t i = 0; i < ARRAY_SIZE(be->statements); i++)
		sqlite3_finalize(be->statements[i]);
	if (be->reader != be->writer)
		sqlite3_close(be->reader);
	sqlite3_close(be->writer);
	pthread_mutex_destroy(&be->read_lock);
	free(be);
}
DEFINE_CLEANUP(sqlite_free, struct weir_sqlite *);

static const struct weir_store_ops sqlite_ops = {
	.name = "sqlite",
	.ingest = weir_sqlite_ingest,
	.list_events = weir_sqlite_list_events,
	.get_event = weir_sqlite_get_event,
	.list_agents = weir_sqlite_list_agents,
	.free = sqlite_free,
};

static int past_deadline(void *context)
{
	const struct weir_sqlite *be = context;

	return weir_now_monotonic() > be->deadline_ns;
}

/* Opens one connection with the settings that hold for both. */
static int open_connection(const char *path, int flags, struct weir_error *err, sqlite3 **ret)
{
	sqlite3 *db = NULL;
	int rc;

	rc = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
			     NULL);
	if (rc == SQLITE_OK) {
		sqlite3_busy_timeout(db, BUSY_MS);
		sqlite3_extended_result_codes(db, 1);
		sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 16 << 20);
		sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
		rc = sqlite3_exec(db,
				  "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA "
				  "synchronous = FULL;"
				  "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;",
				  NULL, NULL, NULL);
	}
	if (rc != SQLITE_OK) {
		int r = weir_error_set(err, weir_sqlite_errno(rc), 0, 0,
				       "cannot open the database %s: %s", path,
				       db ? sqlite3_errmsg(db) : "out of memory");

		sqlite3_close(db);
		return r;
	}
	*ret = db;
	return 0;
}

static int open_backend(const char *path, bool memory, struct weir_error *err,
			struct weir_sqlite **ret)
{
	struct weir_sqlite *be _cleanup_(sqlite_freep) = calloc(1, sizeof(*be));
	int r;

	if (!be)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	pthread_mutex_init(&be->read_lock, NULL);
	r = open_connection(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err, &be->writer);
	if (r < 0)
		return r;
	r = weir_sqlite_migrate(be->writer, err);
	if (r < 0)
		return r;
	if (memory) {
		be->reader = be->writer;
	} else {
		/* Not read-only: a reader may have to write the shared memory of the log. */
		r = open_connection(path, SQLITE_OPEN_READWRITE, err, &be->reader);
		if (r < 0)
			return r;
		sqlite3_exec(be->reader, "PRAGMA query_only = ON", NULL, NULL, NULL);
		sqlite3_progress_handler(be->reader, 10000, past_deadline, be);
	}
	*ret = TAKE_PTR(be);
	return 0;
}

/* SQLite gives its log the mode of the database, so the mode of the first file decides for all of
 * them. */
static int make_private_file(const char *path, struct weir_error *err)
{
	int fd _cleanup_(weir_closep) = -1;
	struct stat st;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || fstat(fd, &st) < 0)
		return weir_error_set(err, -errno, 0, 0, "cannot open the database %s: %m", path);
	if (!S_ISREG(st.st_mode))
		return weir_error_set(err, -EINVAL, 0, 0, "the database %s is not a regular file",
				      path);
	if ((st.st_mode & 0077) && fchmod(fd, 0600) < 0)
		return weir_error_set(err, -errno, 0, 0,
				      "the database %s is open to others and not ours to close",
				      path);
	return 0;
}

int weir_store_open_sqlite(const char *path, struct weir_error *err, struct weir_store **ret)
{
	struct weir_sqlite *be = NULL;
	int r = make_private_file(path, err);

	if (r < 0)
		return r;
	r = open_backend(path, false, err, &be);
	return r < 0 ? r : weir_store_new(&sqlite_ops, be, ret);
}

int weir_store_open_memory(struct weir_store **ret)
{
	struct weir_sqlite *be = NULL;
	int r = open_backend(MEMORY, true, NULL, &be);

	return r < 0 ? r : weir_store_new(&sqlite_ops, be, ret);
}
