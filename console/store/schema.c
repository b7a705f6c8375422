/* SPDX-License-Identifier: Apache-2.0 */
/* How tables come to be: each module's migrations, in the driver's words, one transaction a module.
 * Writes are one after the other in every driver, so several processes may start at once. */

#include <errno.h>

#include "internal.h"
#include "weir/base/buf.h"
#include "weir/base/time.h"

#define DDL_MAX (64 * 1024)

static const char own_tables[] = "CREATE TABLE IF NOT EXISTS schema_version ("
				 " module {text} NOT NULL,"
				 " version {int} NOT NULL CHECK (version > 0),"
				 " applied_ns {int} NOT NULL,"
				 " PRIMARY KEY (module, version)"
				 ") {keyed};"
				 "CREATE TABLE IF NOT EXISTS announcement ("
				 " topic {text} PRIMARY KEY,"
				 " number {int} NOT NULL"
				 ") {keyed}";

static const char *find_word(const struct weir_db_words *words, const char *name, size_t len)
{
	const struct {
		const char *name, *word;
	} known[] = {
		{"id", words->id},     {"int", words->integer},	  {"text", words->text},
		{"blob", words->blob}, {"strict", words->strict}, {"keyed", words->keyed},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strlen(known[i].name) == len && memcmp(known[i].name, name, len) == 0)
			return known[i].word;
	return NULL;
}

/* Puts the driver's words for those in braces. -EINVAL: an unknown word. */
static int expand(const struct weir_db_words *words, const char *ddl, struct weir_buf *ret)
{
	for (;;) {
		size_t len = strcspn(ddl, "{");
		int r = weir_buf_append(ret, ddl, len);
		const char *word;

		if (r < 0 || ddl[len] == '\0')
			return r;
		ddl += len + 1;
		len = strcspn(ddl, "}");
		word = find_word(words, ddl, len);
		if (!word || ddl[len] == '\0')
			return -EINVAL;
		r = weir_buf_puts(ret, word);
		if (r < 0)
			return r;
		ddl += len + 1;
	}
}

static int run_ddl(struct weir_db_tx *tx, const char *name, const char *ddl, struct weir_error *err)
{
	const struct weir_db_ops *ops = tx->store->ops;
	struct weir_buf sql _cleanup_(weir_buf_done) = WEIR_BUF_INIT(DDL_MAX);
	int r = expand(&ops->words, ddl, &sql);

	if (r < 0)
		return weir_error_set(err, r, 0, 0, "a migration of %s has an unknown word", name);
	r = ops->script(tx, sql.data);
	if (r < 0)
		return weir_error_set(err, r, 0, 0,
				      "the database refused a change of the tables of %s: %s", name,
				      weir_db_reason(tx));
	return 0;
}

static int read_number(struct weir_db_tx *tx, const char *sql, const char *name,
		       struct weir_error *err, int64_t *ret)
{
	int r = WEIR_DB_NUMBER(tx, ret, sql, weir_db_text(name));

	if (r < 0)
		return weir_error_set(err, r, 0, 0, "cannot read the database's schema version: %s",
				      weir_db_reason(tx));
	return 0;
}

/* The highest version applied, 0 before the first. Versions must be 1..n: a hole means that someone
 * edited the table. */
static int read_version(struct weir_db_tx *tx, const char *name, struct weir_error *err,
			int64_t *ret)
{
	int64_t version = 0, rows = 0;
	int r;

	r = read_number(tx,
			"SELECT coalesce(max(version), 0) FROM schema_version WHERE module = $1",
			name, err, &version);
	if (r == 0)
		r = read_number(tx, "SELECT count(*) FROM schema_version WHERE module = $1", name,
				err, &rows);
	if (r < 0)
		return r;
	if (version != rows) {
		weir_error_set(
			err, -EBADMSG, 0, 0,
			"the table schema_version is damaged: %lld rows for %s, highest %lld",
			(long long)rows, name, (long long)version);
		weir_error_hint(err, "restore the database from a backup");
		return -EBADMSG;
	}
	*ret = version;
	return 0;
}

static int apply(struct weir_db_tx *tx, const struct weir_db_schema *schema, size_t version,
		 struct weir_error *err)
{
	int r = run_ddl(tx, schema->name, schema->migrations[version], err);

	if (r < 0)
		return r;
	r = WEIR_DB_RUN(
		tx, "INSERT INTO schema_version (module, version, applied_ns) VALUES ($1, $2, $3)",
		weir_db_text(schema->name), weir_db_int((int64_t)version + 1),
		weir_db_int((int64_t)weir_now_realtime()));
	if (r < 0)
		return weir_error_set(err, r, 0, 0, "cannot note schema version %zu of %s: %s",
				      version + 1, schema->name, weir_db_reason(tx));
	return 0;
}

static int migrate(struct weir_db_tx *tx, const struct weir_db_schema *schema,
		   struct weir_error *err)
{
	int64_t version = 0;
	int r;

	r = run_ddl(tx, "the store", own_tables, err);
	if (r == 0)
		r = read_version(tx, schema->name, err, &version);
	if (r < 0)
		return r;
	if (version > (int64_t)schema->n) {
		weir_error_set(err, -EPROTONOSUPPORT, 0, 0,
			       "the database has schema version %lld of %s, this weir-console "
			       "knows up to %zu",
			       (long long)version, schema->name, schema->n);
		weir_error_hint(
			err,
			"start the newer weir-console that wrote it, or restore an older backup");
		return -EPROTONOSUPPORT;
	}
	for (; r == 0 && version < (int64_t)schema->n; version++)
		r = apply(tx, schema, (size_t)version, err);
	return r;
}

int weir_db_migrate(struct weir_store *store, const struct weir_db_schema *schema,
		    struct weir_error *err)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_write(store, &tx);

	if (r < 0) {
		errno = -r;
		return weir_error_set(err, r, 0, 0, "cannot write to the database: %m");
	}
	r = migrate(tx, schema, err);
	if (r < 0)
		return r;
	r = weir_db_commit(tx);
	return r < 0 ? weir_error_set(err, r, 0, 0,
				      "the database refused a change of the tables "
				      "of %s: %s",
				      schema->name, weir_db_reason(tx))
		     : 0;
}
