/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_INTEGRATION_CONSOLE_STAFF_H
#define WEIR_TESTS_INTEGRATION_CONSOLE_STAFF_H

/* A real console with a person of every role, and one more who is bound to the group "north". The first assertion that fails ends
 * the test. */

#include <jansson.h>
#include <stddef.h>

#include "client.h"
#include "process.h"

#define STAFF_PASSWORD "correct horse battery"
#define STAFF_ROLES    8

extern const char staff_console[]; /* the program's path */
extern const char *const staff_roles[STAFF_ROLES];

struct staff {
	struct console console;
	char session[STAFF_ROLES][80]; /* bearer tokens of sessions */
	char token[STAFF_ROLES][80];   /* API tokens with all that the role has */
	char bound[STAFF_ROLES][80];   /* the same of persons who are bound to a group */
	char ended[80];		       /* a session that was closed */
};

/* header: lines with their ends. body: NULL, none. Returns the status; the caller releases *reply. */
int staff_call(const struct staff *f, const char *method, const char *path, const char *header,
	       const char *body, struct client_reply *reply);
/* The same with bearer's token (NULL: nobody's). *ret, where ret is not NULL, is the caller's: the answer, NULL when it is no JSON. */
int staff_call_as(const struct staff *f, const char *bearer, const char *method, const char *path,
		  const char *body, json_t **ret);
void staff_copy_member(json_t *object, const char *name, char *text, size_t size);
void staff_log_in(const struct staff *f, const char *name, char session[static 80]);

/* cmocka's, of a group: *state is a struct staff. */
int staff_setup(void **state);
int staff_teardown(void **state);

#endif
