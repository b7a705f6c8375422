/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_CONSOLE_PEOPLE_FIXTURE_H
#define WEIR_TEST_CONSOLE_PEOPLE_FIXTURE_H

/* The people of a console, in a store of their own. What is not as expected fails the test. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "place.h"
#include "weir/base/macros.h"
#include "weir/base/time.h"
#include "weir/console_people/people.h"

#define PASSWORD "correct horse battery"
#define T0	 (UINT64_C(1800000000) * WEIR_NSEC_PER_SEC)
#define SECOND	 WEIR_NSEC_PER_SEC

struct fixture {
	void *place;
	struct weir_store *store;
	struct weir_people *people;
};

/* *state is a struct fixture. */
int people_setup(void **state);
int people_teardown(void **state);

/* The new person's id; the password is PASSWORD. */
uint64_t add(const struct fixture *f, const char *name, const char *roles_text,
	     const uint8_t *totp);

int login_at(const struct fixture *f, const char *name, const char *password, const char *code,
	     uint64_t now, char session[static WEIR_SECRET_TEXT], struct weir_principal *ret,
	     uint32_t *ret_wait);
struct weir_principal login(const struct fixture *f, const char *name, uint64_t now,
			    char session[static WEIR_SECRET_TEXT]);

/* How many entries of the audit log have this action. */
unsigned audited(const struct fixture *f, const char *action);

/* The person that take_person(), for weir_people_list(), was given last. */
struct seen {
	struct weir_person person;
	char name[65], display[129], groups[200], issuer[300], subject[300];
	unsigned n;
};
int take_person(void *context, const struct weir_person *person);

#endif
