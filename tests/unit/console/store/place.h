/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_CONSOLE_STORE_PLACE_H
#define WEIR_TEST_CONSOLE_STORE_PLACE_H

/* Where the same tests find a store: the program's argument says which, "memory" or "sqlite". */

#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

#include "weir/console_store/db.h"
#include "weir/console_store/store.h"

/* Setup of a test: an empty store; with the module's tables when schema is not NULL. */
int place_open(void **state, const struct weir_db_schema *schema);
int place_close(void **state);

struct weir_store *place_store(void **state);

/* Whether reads have connections of their own. */
bool place_reads_apart(void **state);

/* Closes the store and opens it again. */
void place_reopen(void **state);

/* main() of such a test. */
int place_run(int argc, char **argv, const struct CMUnitTest *tests, size_t n);

#endif
