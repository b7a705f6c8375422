/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_CONSOLE_API_FIXTURE_H
#define WEIR_TEST_CONSOLE_API_FIXTURE_H

/* A store with ten events in it, and the calls of the API upon it. What is not as expected fails the test. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "fake.h"
#include "place.h"
#include "weir/console_access/access.h"
#include "weir/console_api/alerts.h"
#include "weir/console_audit/audit.h"
#include "weir/console_store/store.h"

#define NOW (FAKE_TIME + UINT64_C(3600) * 1000000000)

/* Ten events: 1-4 removable blocks of agent 1, 5-8 network audits of agent 2, 9-10 no alerts of agent 1.
 * *state is the store. */
int api_setup(void **state);
int api_teardown(void **state);

/* More events, of an endpoint in a group (NULL: none). */
void put_batch_in(struct weir_store *store, const struct fake_batch *batch, const char *group);
void put_batch(struct weir_store *store, const struct fake_batch *batch);

enum call { ALERTS, EVENTS, AGENTS, ALERT, EVENT };

/* The answer, which must have this status. The caller's. */
json_t *call_as(struct weir_store *store, const struct weir_principal *by, enum call which,
		const char *id, const char *query, unsigned status);
json_t *call(struct weir_store *store, enum call which, const char *id, const char *query,
	     unsigned status);

/* "1:4 1:3" for agent 1's sequences 4 and 3, in the order of the answer. */
void rows(struct weir_store *store, enum call which, const char *query, const char *expected);

/* The answer to a change, or the code of its refusal. */
json_t *change_as(struct weir_store *store, const struct weir_principal *by,
		  enum weir_triage_verb verb, const char *body, unsigned status);
json_t *change(struct weir_store *store, enum weir_triage_verb verb, const char *body,
	       unsigned status);
/* That it changes so many. */
void changes(struct weir_store *store, enum weir_triage_verb verb, const char *body, json_int_t n);

/* For weir_audit_list(): writes the action, object and detail of an entry into context, char[512], and stops. */
int find_trace(void *context, const struct weir_audit_entry *entry);

#endif
