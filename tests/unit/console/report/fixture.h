/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_CONSOLE_REPORT_FIXTURE_H
#define WEIR_TEST_CONSOLE_REPORT_FIXTURE_H

/* A console's store with the fleet of fleet.h in it, and what reads reports from it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "fleet.h"
#include "weir/console_report/report.h"

#define MINUTE (UINT64_C(60) * 1000000000)
#define HOUR   (60 * MINUTE)
#define NOW    (FLEET_UNTIL + 30 * HOUR)

/* What was put in. */
extern struct fleet fixture_fleet;

/* For place_run_group(); *state is the store. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

int run_at(struct weir_store *store, const char *name, enum weir_report_form form, uint64_t now,
	   struct weir_buf *ret);
/* The rows of one section; *ret_report owns them. */
const json_t *rows_at(struct weir_store *store, const char *name, const char *section, uint64_t now,
		      json_t **ret_report);
#define ROWS(store, name, section, ret) rows_at(store, name, section, NOW, ret)

/* Members of a row; of another type they fail the test. */
uint64_t number(const json_t *row, const char *name);
const char *text(const json_t *row, const char *name);
void assert_real(const json_t *row, const char *name, double wanted);

/* A write. */
struct weir_db_tx *begin(struct weir_store *store);
void commit(struct weir_db_tx *tx);

/* That the report's page is whole and nothing in it acts. */
void assert_page(struct weir_store *store, const char *name, enum weir_report_form form);

#endif
