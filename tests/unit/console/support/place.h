/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_CONSOLE_PLACE_H
#define WEIR_TEST_CONSOLE_PLACE_H

/* Where the same tests find a store: the program's argument says which, "memory" (or none),
 * "sqlite" or "postgresql". */

#include <stddef.h>

#include <cmocka.h>

#include "postgres.h"
#include "weir/console_store/db.h"
#include "weir/console_store/store.h"

enum place_kind {
	PLACE_MEMORY, /* reads and writes share a connection */
	PLACE_SQLITE,
	PLACE_POSTGRESQL,
};

/* Setup of a test: an empty store; with the module's tables when schema is not NULL. */
int place_open(void **state, const struct weir_db_schema *schema);
int place_close(void **state);

struct weir_store *place_store(void **state);

/* Another store on the same database, as another process has it. */
int place_open_another(void **state, struct weir_store **ret);

enum place_kind place_kind(void);
struct postgres *place_server(void);  /* of PLACE_POSTGRESQL */
const char *place_path(void **state); /* of PLACE_SQLITE */

/* main() of such a test. */
int place_run(int argc, char **argv, const struct CMUnitTest *tests, size_t n);
/* The same where all tests share what setup makes. */
int place_run_group(int argc, char **argv, const struct CMUnitTest *tests, size_t n,
		    CMFixtureFunction setup, CMFixtureFunction teardown);

#endif
