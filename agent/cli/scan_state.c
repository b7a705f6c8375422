/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/cli/scan_state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/hash.h"
#include "weir/base/time.h"
#include "weir/cli/scan_stored.h"

#define BLOCK	      4096
#define BATCH	      512
#define BATCH_NS      WEIR_NSEC_PER_SEC
#define BUSY_MS	      2000
#define FORGET_DAYS   90
#define SETTLE_FINE   (50 * WEIR_NSEC_PER_MSEC) /* a kernel's clock tick is at most 10 ms */
#define SETTLE_COARSE (3 * WEIR_NSEC_PER_SEC)	/* file systems that keep whole seconds, or two */
#define DAY_NS	      (86400 * WEIR_NSEC_PER_SEC)

struct weir_scan_state {
	sqlite3 *db;
	sqlite3_stmt *get, *put;
	uint8_t key[WEIR_HASH_KEY_LEN];
	uint64_t context;
	uint64_t today; /* days since 1970 */
	unsigned batch; /* rows not committed */
	uint64_t batch_ns;
	bool broken;
};

static const char schema[] =
	"CREATE TABLE IF NOT EXISTS secret (key BLOB NOT NULL);"
	"CREATE TABLE IF NOT EXISTS file (dev INTEGER NOT NULL, ino INTEGER NOT NULL,"
	" size INTEGER NOT NULL, mtime INTEGER NOT NULL, ctime INTEGER NOT NULL,"
	" content INTEGER NOT NULL, context INTEGER NOT NULL, day INTEGER NOT NULL,"
	" result TEXT NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (dev, ino)) WITHOUT ROWID;";

static int error_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return 0;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	case SQLITE_PERM:
	case SQLITE_READONLY:
		return -EACCES;
	default:
		return -EIO;
	}
}

static int run(struct weir_scan_state *s, const char *sql)
{
	return error_of(sqlite3_exec(s->db, sql, NULL, NULL, NULL));
}

/* The key that the database has, or a new one put into it. */
static int take_key(struct weir_scan_state *s)
{
	sqlite3_stmt *select = NULL, *insert = NULL;
	int code = sqlite3_prepare_v2(s->db, "SELECT key FROM secret", -1, &select, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(select);
	if (code == SQLITE_ROW && sqlite3_column_bytes(select, 0) == sizeof(s->key)) {
		memcpy(s->key, sqlite3_column_blob(select, 0), sizeof(s->key));
	} else if (code == SQLITE_DONE) {
		if (getrandom(s->key, sizeof(s->key), 0) != sizeof(s->key))
			code = SQLITE_IOERR;
		else
			code = sqlite3_prepare_v2(s->db, "INSERT INTO secret VALUES (?1)", -1,
						  &insert, NULL);
		if (code == SQLITE_OK)
			code = sqlite3_bind_blob(insert, 1, s->key, sizeof(s->key), SQLITE_STATIC);
		if (code == SQLITE_OK)
			code = sqlite3_step(insert);
	} else if (code == SQLITE_ROW) {
		code = SQLITE_CORRUPT;
	}
	(void)sqlite3_finalize(select);
	(void)sqlite3_finalize(insert);
	return error_of(code);
}

static int prepare(struct weir_scan_state *s)
{
	int code = sqlite3_prepare_v3(
		s->db,
		"SELECT size, mtime, ctime, content, context, day, sum, result FROM file "
		"WHERE dev = ?1 AND ino = ?2",
		-1, SQLITE_PREPARE_PERSISTENT, &s->get, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_prepare_v3(s->db,
					  "INSERT OR REPLACE INTO file VALUES "
					  "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
					  -1, SQLITE_PREPARE_PERSISTENT, &s->put, NULL);
	return error_of(code);
}

static void close_db(struct weir_scan_state *s)
{
	(void)sqlite3_finalize(s->get);
	(void)sqlite3_finalize(s->put);
	(void)sqlite3_close(s->db);
	s->get = s->put = NULL;
	s->db = NULL;
}

/* A crash of the machine may lose or damage the last rows; their sums tell, and nothing is lost but
 * time. So nothing waits for the disk. */
static int open_db(struct weir_scan_state *s, const char *path)
{
	char forget[96];
	int r = error_of(sqlite3_open_v2(
		path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
		NULL));

	if (r < 0)
		return r;
	(void)sqlite3_busy_timeout(s->db, BUSY_MS);
	r = run(s, "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-4096;"
		   "PRAGMA trusted_schema=OFF;");
	if (r == 0)
		r = run(s, schema);
	if (r == 0)
		r = take_key(s);
	if (r == 0)
		r = prepare(s);
	(void)snprintf(forget, sizeof(forget), "DELETE FROM file WHERE day < %llu",
		       (unsigned long long)(s->today > FORGET_DAYS ? s->today - FORGET_DAYS : 0));
	/* looks at every row: now and then is enough */
	return r < 0 || s->today % 10 ? r : run(s, forget);
}

/* Whatever lies there is ours alone, or it is not used. */
static int check_owner(const char *path, mode_t type, bool missing_ok)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT && missing_ok ? 0 : -errno;
	if ((st.st_mode & S_IFMT) != type || st.st_uid != geteuid() || (st.st_mode & 022))
		return -EPERM;
	return 0;
}

static int make_folder(const char *dir)
{
	int r = weir_mkdir_parents(dir, 0700);

	return r < 0 ? r : check_owner(dir, S_IFDIR, false);
}

static int begin_anew(struct weir_scan_state *s, const char *path)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char name[PATH_MAX + 8];

	close_db(s);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		if (unlink(name) < 0 && errno != ENOENT)
			return -errno;
	}
	return open_db(s, path);
}

int weir_scan_state_open(const char *dir, const void *context, size_t context_len,
			 struct weir_scan_state **ret, struct weir_error *reterr)
{
	struct weir_scan_state *s _cleanup_(weir_scan_state_freep) = calloc(1, sizeof(*s));
	mode_t mask = umask(0077);
	char path[PATH_MAX];
	int r;

	if (!s)
		r = -ENOMEM;
	else if (snprintf(path, sizeof(path), "%s/files.db", dir) >= (int)sizeof(path))
		r = -ENAMETOOLONG;
	else
		r = make_folder(dir);
	if (r == 0)
		r = check_owner(path, S_IFREG, true);
	if (r == 0) {
		s->today = weir_now_realtime() / DAY_NS;
		r = open_db(s, path);
		if (r == -EBADMSG)
			r = begin_anew(s, path);
	}
	(void)umask(mask);
	if (r < 0)
		return weir_error_set(reterr, r, 0, 0, "%.160s: %s", dir,
				      r == -EPERM   ? "belongs to another, or others may write it"
				      : r == -EBUSY ? "another scan is writing there"
						    : strerror(-r));
	s->context = weir_siphash(context, context_len, s->key);
	*ret = TAKE_PTR(s);
	return 0;
}

void weir_scan_state_free(struct weir_scan_state *s)
{
	if (!s)
		return;
	(void)weir_scan_state_flush(s, true);
	close_db(s);
	free(s);
}

static uint64_t stamp(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * WEIR_NSEC_PER_SEC + (uint64_t)t->tv_nsec;
}

static bool settled(const struct stat *st, uint64_t now_ns)
{
	uint64_t last = WEIR_MAX(stamp(&st->st_mtim), stamp(&st->st_ctim));
	bool coarse = st->st_mtim.tv_nsec == 0 && st->st_ctim.tv_nsec == 0;

	return last + (coarse ? SETTLE_COARSE : SETTLE_FINE) < now_ns;
}

int weir_scan_state_identify(const struct weir_scan_state *s, int fd, const struct stat *st,
			     uint64_t now_ns, struct weir_scan_id *ret)
{
	uint8_t data[8 + 2 * BLOCK];
	uint64_t size = st->st_size > 0 ? (uint64_t)st->st_size : 0;
	uint64_t tail = size > 2 * BLOCK ? size - BLOCK : BLOCK;
	ssize_t head, rest = 0;

	memcpy(data, &size, 8);
	head = weir_pread_full(fd, data + 8, BLOCK, 0);
	if (head == BLOCK && size > BLOCK)
		rest = weir_pread_full(fd, data + 8 + BLOCK, BLOCK, (off_t)tail);
	if (head < 0 || rest < 0)
		return head < 0 ? (int)head : (int)rest;
	*ret = (struct weir_scan_id){
		.dev = (uint64_t)st->st_dev,
		.ino = (uint64_t)st->st_ino,
		.size = size,
		.mtime_ns = stamp(&st->st_mtim),
		.ctime_ns = stamp(&st->st_ctim),
		.content = weir_siphash(data, 8 + (size_t)head + (size_t)rest, s->key),
		.settled = settled(st, now_ns),
	};
	return 0;
}

static uint64_t sum_of(const struct weir_scan_state *s, const struct weir_scan_id *id,
		       const char *result, size_t len)
{
	uint64_t words[8] = {
		id->dev,      id->ino,	   id->size,   id->mtime_ns,
		id->ctime_ns, id->content, s->context, weir_siphash(result, len, s->key)};

	return weir_siphash(words, sizeof(words), s->key);
}

/* The day of a row that is used is kept up now and then, so that it is not forgotten. */
static int read_row(struct weir_scan_state *s, const struct weir_scan_id *id,
		    struct weir_findings *ret, bool *ret_old)
{
	const uint64_t want[] = {id->size, id->mtime_ns, id->ctime_ns, id->content, s->context};
	const char *result = (const char *)sqlite3_column_text(s->get, 7);
	size_t len = (size_t)sqlite3_column_bytes(s->get, 7);

	for (int i = 0; i < (int)ARRAY_SIZE(want); i++)
		if ((uint64_t)sqlite3_column_int64(s->get, i) != want[i])
			return 0;
	if (!result || (uint64_t)sqlite3_column_int64(s->get, 6) != sum_of(s, id, result, len))
		return 0;
	*ret_old = (uint64_t)sqlite3_column_int64(s->get, 5) + FORGET_DAYS / 2 < s->today;
	return weir_stored_read(result, len, ret) == 0;
}

int weir_scan_state_get(struct weir_scan_state *s, const struct weir_scan_id *id,
			struct weir_findings *ret)
{
	bool old = false;
	int r = 0;

	if (s->broken)
		return 0;
	(void)sqlite3_bind_int64(s->get, 1, (sqlite3_int64)id->dev);
	(void)sqlite3_bind_int64(s->get, 2, (sqlite3_int64)id->ino);
	if (sqlite3_step(s->get) == SQLITE_ROW)
		r = read_row(s, id, ret, &old);
	(void)sqlite3_reset(s->get);
	if (r > 0 && old)
		(void)weir_scan_state_put(s, id, ret);
	return r;
}

static int put_row(struct weir_scan_state *s, const struct weir_scan_id *id, const char *result)
{
	size_t len = strlen(result);
	const uint64_t values[] = {id->dev,	 id->ino,     id->size,	  id->mtime_ns,
				   id->ctime_ns, id->content, s->context, s->today};
	int code;

	for (int i = 0; i < (int)ARRAY_SIZE(values); i++)
		(void)sqlite3_bind_int64(s->put, i + 1, (sqlite3_int64)values[i]);
	(void)sqlite3_bind_text(s->put, 9, result, (int)len, SQLITE_STATIC);
	(void)sqlite3_bind_int64(s->put, 10, (sqlite3_int64)sum_of(s, id, result, len));
	code = sqlite3_step(s->put);
	(void)sqlite3_reset(s->put);
	(void)sqlite3_bind_null(s->put, 9);
	return error_of(code);
}

int weir_scan_state_put(struct weir_scan_state *s, const struct weir_scan_id *id,
			const struct weir_findings *findings)
{
	char *result _cleanup_(freep) = NULL;
	int r = 0;

	if (s->broken || !id->settled)
		return 0;
	result = weir_stored_write(findings);
	if (!result)
		return -ENOMEM;
	if (s->batch == 0) {
		r = run(s, "BEGIN IMMEDIATE");
		s->batch_ns = weir_now_monotonic();
	}
	if (r == 0)
		r = put_row(s, id, result);
	if (r < 0) {
		s->broken = true;
		return r;
	}
	s->batch++;
	return weir_scan_state_flush(s, false);
}

int weir_scan_state_flush(struct weir_scan_state *s, bool now)
{
	int r;

	if (s->broken || s->batch == 0)
		return 0;
	if (!now && s->batch < BATCH && weir_now_monotonic() < s->batch_ns + BATCH_NS)
		return 0;
	s->batch = 0;
	r = run(s, "COMMIT");
	s->broken = r < 0;
	return r;
}
