/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite driver: opening, settings and closing. Write-ahead log with a sync at every commit;
 * one connection writes, others read, so that a query never waits for ingest. */

#include "sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/time.h"

#define BUSY_MS	  5000
#define BYTES_MAX (16 << 20) /* of a text or blob */
#define MEMORY	  ":memory:"

static int constraint_errno(int rc)
{
	switch (rc) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		return -EEXIST;
	case SQLITE_CONSTRAINT_FOREIGNKEY:
		return -ESRCH;
	default:
		return -EINVAL;
	}
}

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
		return constraint_errno(rc);
	case SQLITE_ERROR:
	case SQLITE_MISMATCH:
	case SQLITE_RANGE:
	case SQLITE_TOOBIG:
		return -EINVAL;
	default:
		return -EIO;
	}
}

static int past_deadline(void *context)
{
	const struct weir_sqlite_connection *connection = context;

	return connection->deadline_ns && weir_now_monotonic() > connection->deadline_ns;
}

/* secure_delete: what retention destroys is overwritten and not only forgotten. */
static int set_up(sqlite3 *db)
{
	sqlite3_busy_timeout(db, BUSY_MS);
	sqlite3_extended_result_codes(db, 1);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, BYTES_MAX);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	return sqlite3_exec(db,
			    "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;"
			    "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
			    "PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON;",
			    NULL, NULL, NULL);
}

int weir_sqlite_connect(const char *path, int flags, struct weir_error *err,
			struct weir_sqlite_connection *connection)
{
	sqlite3 *db = NULL;
	int rc;

	rc = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
			     NULL);
	if (rc == SQLITE_OK)
		rc = set_up(db);
	if (rc != SQLITE_OK) {
		int r = weir_error_set(err, weir_sqlite_errno(rc), 0, 0,
				       "cannot open the database %s: %s", path,
				       db ? sqlite3_errmsg(db) : "out of memory");

		sqlite3_close(db);
		return r;
	}
	connection->db = db;
	return 0;
}

int weir_sqlite_make_reader(struct weir_sqlite_connection *connection)
{
	int rc = sqlite3_exec(connection->db, "PRAGMA query_only = ON", NULL, NULL, NULL);

	sqlite3_progress_handler(connection->db, 10000, past_deadline, connection);
	return weir_sqlite_errno(rc);
}

void weir_sqlite_disconnect(struct weir_sqlite_connection *connection)
{
	for (size_t i = 0; i < ARRAY_SIZE(connection->statements); i++)
		sqlite3_finalize(connection->statements[i].st);
	sqlite3_close(connection->db);
}

static void sqlite_free(void *backend)
{
	struct weir_sqlite *be = backend;

	for (size_t i = 0; i < ARRAY_SIZE(be->readers); i++)
		weir_sqlite_disconnect(&be->readers[i]);
	weir_sqlite_disconnect(&be->writer);
	pthread_cond_destroy(&be->given);
	pthread_mutex_destroy(&be->lock);
	weir_turn_done(&be->turn);
	free(be->path);
	free(be);
}
DEFINE_CLEANUP(sqlite_free, struct weir_sqlite *);

/* Deleted rows are overwritten in their pages (secure_delete), but the log still has them as they
 * were: all of it goes into the database, and the file to nothing. Waits for readers as long as a
 * writer does. */
static int sqlite_scrub(void *backend)
{
	struct weir_sqlite *be = backend;
	int rc;

	weir_turn_take(&be->turn);
	rc = sqlite3_wal_checkpoint_v2(be->writer.db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	weir_turn_give(&be->turn);
	return weir_sqlite_errno(rc);
}

/* event.id is what people quote. */
static const char event_table[] = "CREATE TABLE event ("
				  " id {id},"
				  " agent {int} NOT NULL REFERENCES agent (id),"
				  " epoch {int} NOT NULL,"
				  " sequence {int} NOT NULL CHECK (sequence > 0),"
				  " time_ns {int} NOT NULL,"
				  " received_ns {int} NOT NULL,"
				  " channel {int} NOT NULL,"
				  " action {int} NOT NULL,"
				  " tier {int} NOT NULL,"
				  " alert {int} NOT NULL CHECK (alert IN (0, 1)),"
				  " rule {text} NOT NULL,"
				  " hook {text} NOT NULL,"
				  " cause {text} NOT NULL,"
				  " blob {blob} NOT NULL,"
				  " UNIQUE (agent, epoch, sequence)"
				  ") {strict};"
				  "CREATE INDEX event_time ON event (time_ns);"
				  "CREATE INDEX event_agent ON event (agent, id);"
				  "CREATE INDEX event_alert ON event (id) WHERE alert = 1;";

static const struct weir_db_ops sqlite_ops = {
	.name = "sqlite",
	.words = {.id = "INTEGER PRIMARY KEY AUTOINCREMENT",
		  .integer = "INTEGER",
		  .text = "TEXT",
		  .blob = "BLOB",
		  .strict = "STRICT",
		  .keyed = "STRICT, WITHOUT ROWID"},
	.event_table = event_table,
	.begin = weir_sqlite_begin,
	.commit = weir_sqlite_commit,
	.end = weir_sqlite_end,
	.run = weir_sqlite_run,
	.query = weir_sqlite_query,
	.next = weir_sqlite_next,
	.rows_free = weir_sqlite_rows_free,
	.script = weir_sqlite_script,
	.reason = weir_sqlite_reason,
	.append = weir_sqlite_append,
	.each = weir_sqlite_each,
	.scrub = sqlite_scrub,
	.free = sqlite_free,
};

static int open_backend(const char *path, struct weir_error *err, struct weir_sqlite **ret)
{
	struct weir_sqlite *be _cleanup_(sqlite_freep) = calloc(1, sizeof(*be));
	int r;

	if (!be)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	weir_turn_init(&be->turn);
	pthread_mutex_init(&be->lock, NULL);
	pthread_cond_init(&be->given, NULL);
	if (path) {
		be->path = strdup(path);
		if (!be->path)
			return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	}
	r = weir_sqlite_connect(path ? path : MEMORY, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
				err, &be->writer);
	if (r < 0)
		return r;
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

	if (r == 0)
		r = open_backend(path, err, &be);
	return r < 0 ? r : weir_store_new(&sqlite_ops, be, err, ret);
}

int weir_store_open_memory(struct weir_store **ret)
{
	struct weir_sqlite *be = NULL;
	int r = open_backend(NULL, NULL, &be);

	return r < 0 ? r : weir_store_new(&sqlite_ops, be, NULL, ret);
}
