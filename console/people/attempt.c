/* SPDX-License-Identifier: Apache-2.0 */
/* Wrong log-ins, counted for the account and for the address, in the database because a fleet of
 * consoles shares it. An account waits 1, 2, 4, ... 900 seconds after each wrong one behind the
 * first five; nobody is locked out for longer, because that would be everybody's way to lock a
 * reviewer out. */

#include <errno.h>
#include <stdio.h>

#include "internal.h"
#include "weir/base/time.h"

#define WHAT_TEXT (WEIR_PERSON_NAME_MAX + 16)

static void name_what(const char *kind, const char *value, char what[static WHAT_TEXT])
{
	(void)snprintf(what, WHAT_TEXT, "%s:%.*s", kind, WEIR_PERSON_NAME_MAX, value);
}

static uint64_t wait_after(uint64_t wrong, uint64_t free)
{
	uint64_t over = wrong > free ? wrong - free : 0;

	if (over == 0)
		return 0;
	if (over > 10)
		return WEIR_ATTEMPTS_WAIT_MAX_S;
	return WEIR_MIN(UINT64_C(1) << (over - 1), (uint64_t)WEIR_ATTEMPTS_WAIT_MAX_S);
}

static int read_attempts(struct weir_db_tx *tx, const char *what, uint64_t now_ns,
			 uint64_t *ret_wrong, uint64_t *ret_until_ns)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(tx, &rows,
			      "SELECT wrong, until_ns, last_ns FROM person_attempt WHERE what = $1",
			      weir_db_text(what));

	*ret_wrong = *ret_until_ns = 0;
	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r;
	*ret_until_ns = (uint64_t)weir_db_get_int(rows, 1);
	if ((uint64_t)weir_db_get_int(rows, 2) + ATTEMPTS_FORGET_NS > now_ns)
		*ret_wrong = (uint64_t)weir_db_get_int(rows, 0);
	return 0;
}

/* 0 with the seconds to wait in *ret_wait_s, when not 0 nothing was counted. */
static int count(struct weir_db_tx *tx, const char *what, uint64_t free, uint64_t now_ns,
		 uint32_t *ret_wait_s)
{
	uint64_t wrong, until_ns;
	int r = read_attempts(tx, what, now_ns, &wrong, &until_ns);

	if (r < 0)
		return r;
	if (until_ns > now_ns) {
		/* A clock that was set back makes nobody wait for longer. */
		*ret_wait_s = (uint32_t)WEIR_MIN((until_ns - now_ns) / WEIR_NSEC_PER_SEC + 1,
						 (uint64_t)WEIR_ATTEMPTS_WAIT_MAX_S);
		return 0;
	}
	until_ns = now_ns + wait_after(++wrong, free) * WEIR_NSEC_PER_SEC;
	*ret_wait_s = 0;
	r = WEIR_DB_RUN(tx,
			"INSERT INTO person_attempt (what, wrong, until_ns, last_ns) "
			"VALUES ($1, $2, $3, $4) ON CONFLICT (what) DO UPDATE SET "
			"wrong = excluded.wrong, until_ns = excluded.until_ns, "
			"last_ns = excluded.last_ns",
			weir_db_text(what), weir_db_int((int64_t)wrong),
			weir_db_int((int64_t)until_ns), weir_db_int((int64_t)now_ns));
	return r < 0 ? r : 0;
}

static int begin(struct weir_db_tx *tx, const char *name, const char *address, uint64_t now_ns,
		 uint32_t *ret_wait_s)
{
	char what[WHAT_TEXT];
	int r = 0;

	*ret_wait_s = 0;
	if (*address) {
		name_what("address", address, what);
		r = count(tx, what, WEIR_ATTEMPTS_ADDRESS, now_ns, ret_wait_s);
	}
	if (r < 0 || *ret_wait_s || !name)
		return r;
	name_what("name", name, what);
	return count(tx, what, WEIR_ATTEMPTS_FREE, now_ns, ret_wait_s);
}

int attempt_begin(struct weir_people *people, const char *name, const char *address,
		  uint64_t now_ns, uint32_t *ret_wait_s)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_write(people->store, &tx);

	if (r == 0)
		r = begin(tx, name, address, now_ns, ret_wait_s);
	if (r == 0)
		r = weir_db_commit(tx);
	return r == 0 && *ret_wait_s ? -EAGAIN : r;
}

int weir_people_attempt(struct weir_people *people, const char *address, uint64_t now_ns,
			uint32_t *ret_wait_s)
{
	*ret_wait_s = 0;
	return *address ? attempt_begin(people, NULL, address, now_ns, ret_wait_s) : 0;
}

/* The address keeps what others of it got wrong: who owns one account clears nothing there. */
int attempt_right(struct weir_db_tx *tx, const char *name, const char *address)
{
	char what[WHAT_TEXT];
	int r = 0;

	if (name) {
		name_what("name", name, what);
		r = WEIR_DB_RUN(tx, "DELETE FROM person_attempt WHERE what = $1",
				weir_db_text(what));
	}
	if (r < 0 || !*address)
		return r < 0 ? r : 0;
	name_what("address", address, what);
	r = WEIR_DB_RUN(tx,
			"UPDATE person_attempt SET wrong = wrong - 1, until_ns = 0 "
			"WHERE what = $1 AND wrong > 0",
			weir_db_text(what));
	return r < 0 ? r : 0;
}
