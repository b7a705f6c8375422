/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_CONSOLE_POLICY_FIXTURE_H
#define WEIR_TEST_CONSOLE_POLICY_FIXTURE_H

/* A console's store with all tables, and four people with keys of which all but the last are approved. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "place.h"
#include "weir/console_fleet/fleet.h"
#include "weir/console_policy/offers.h"
#include "weir/console_policy/policy.h"
#include "weir/console_policy/register.h"

#define PEOPLE 4
#define NOW_S  UINT64_C(2000000000)
#define NOW    (NOW_S * UINT64_C(1000000000))

#define SOURCE                                                                                   \
	"apiVersion: weir/v1\nkind: Policy\nmetadata: {name: test}\nclasses:\n"                  \
	"  customer-identity: {level: C2, detectors: [cn_resident_id]}\ngroups:\n"               \
	"  reinsurer: {hosts: [\"192.0.2.10:22\"]}\nrules:\n  - id: net\n    channel: network\n" \
	"    content: {class: customer-identity, distinct: \">=5\"}\n    action: block\n"
#define CASES                                                                               \
	"cases:\n  - name: five customers\n    channel: network\n    host: 192.0.2.10:22\n" \
	"    distinct: {cn_resident_id: 5}\n    expect: {action: block}\n"

struct fixture {
	void *place;
	char dir[64];
	int dir_fd;
	struct weir_store *store;
	struct weir_fleet *fleet;
	struct weir_policy_offers *offers;
	struct weir_principal person[PEOPLE];
	struct weir_dsse_signer *signer[PEOPLE];
	uint64_t key[PEOPLE];
	struct weir_policy_rules rules;
};

int fixture_setup(void **state);
int fixture_teardown(void **state);

/* A version of person 0 for group; its id. */
uint64_t fixture_create(struct fixture *f, const char *group);
/* Person i signs it with his key, by the console's own payload; what the console says. */
int fixture_sign(struct fixture *f, uint64_t id, size_t i);
/* Created by 0, signed by 0 and 1, published by 1 in ring. */
uint64_t fixture_publish(struct fixture *f, const char *group, unsigned ring, uint32_t soak_s);
/* Audit entries with this action. */
unsigned fixture_audited(struct fixture *f, const char *action);
/* An agent that the fleet knows. hash NULL: it has none. */
void fixture_agent(struct fixture *f, uint8_t number, const uint8_t *hash, int status,
		   uint64_t last_seen_ns);
void fixture_version(struct fixture *f, uint64_t id, struct weir_policy_version *ret);

#endif
