/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_PEOPLE_INTERNAL_H
#define WEIR_CONSOLE_PEOPLE_INTERNAL_H

#include <semaphore.h>

#include "weir/console_audit/audit.h"
#include "weir/console_people/people.h"

/* One verification holds 64 MiB and a core for a while; more at once than this are told to come
 * again, so that guessing does not stop the collecting of events. */
#define HASHING_AT_ONCE 2

struct weir_people {
	struct weir_store *store;
	struct weir_password_cost cost;
	sem_t hashing;
	char nobody[WEIR_PASSWORD_TEXT]; /* verifier for names that nobody has */
};

enum person_state { PERSON_ACTIVE = 1, PERSON_DISABLED = 2 };

/* person.c: who it is, inside tx, with the roles of now. -ENOENT; -EACCES when disabled. */
int people_principal(struct weir_db_tx *tx, uint64_t id, struct weir_principal *ret);
int people_end_sessions(struct weir_db_tx *tx, uint64_t id);

#define ATTEMPTS_FORGET_NS (UINT64_C(3600) * 1000000000)

/* change.c, inside tx. verifier: of change->password, "" to take it away. */
int people_add_in(struct weir_db_tx *tx, const struct weir_principal *by, const char *name,
		  const struct weir_person_change *change, const char *verifier, uint64_t *ret_id,
		  const char **ret_why);
int people_change_in(struct weir_db_tx *tx, const struct weir_principal *by, uint64_t id,
		     const struct weir_person_change *change, const char *verifier,
		     const char **ret_why);

/* attempt.c: counts the attempt before it is made, so that many at once are not free. name NULL: the
 * address alone. -EAGAIN. */
int attempt_begin(struct weir_people *people, const char *name, const char *address,
		  uint64_t now_ns, uint32_t *ret_wait_s);
/* It was a right one. */
int attempt_right(struct weir_db_tx *tx, const char *name, const char *address);

/* session.c: makes one, inside tx. detail: for the audit log. */
int session_open(struct weir_db_tx *tx, struct weir_principal *principal, uint64_t now_ns,
		 const char *detail, char ret[static WEIR_SECRET_TEXT]);

/* token.c: names that this console does not know give nothing. */
weir_permissions people_parse_permissions(const char *text);

/* login.c */

/* The name as it is kept: in lower case, cut to its maximum. */
void name_fold(const char *name, char ret[static WEIR_PERSON_NAME_MAX + 1]);
/* way NULL: by password. why NULL: not told. */
void note_refusal(struct weir_people *people, uint64_t id, const char *address, const char *way,
		  const char *why);

/* -EBUSY when too many are at it. */
int hashing_verify(struct weir_people *people, const char *password, const char *verifier);
int hashing_make(struct weir_people *people, const char *password,
		 char ret[static WEIR_PASSWORD_TEXT]);

#endif
