/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BENCH_INGEST_H
#define WEIR_BENCH_INGEST_H

/* What the store is compared with: the same rows in the same table by the database's own quickest
 * way, with nothing asked and nothing but events written. */

#include <stddef.h>
#include <stdint.h>

/* One transaction's worth: rows of agents first_agent, first_agent + 1, ... with `batch` events
 * each, numbered from first_sequence on. */
struct raw_rows {
	int64_t first_agent;
	size_t n_agents;
	size_t batch;
	int64_t first_sequence;
	int64_t received_ns;
	const void *blob;
	size_t len;
};

struct raw;

/* Ends the program when something fails. where: a path, or libpq's conninfo. The tables are there.
 */
struct raw *raw_sqlite_open(const char *where);
void raw_sqlite_commit(struct raw *raw, const struct raw_rows *rows);
void raw_sqlite_close(struct raw *raw);
struct raw *raw_postgresql_open(const char *where);
void raw_postgresql_commit(struct raw *raw, const struct raw_rows *rows);
void raw_postgresql_close(struct raw *raw);

#endif
