/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "internal.h"

static const char *const migrations[] = {
	"CREATE TABLE person ("
	"id {id}, name {text} NOT NULL UNIQUE, display {text} NOT NULL, roles {text} NOT NULL, "
	"every_group {int} NOT NULL, state {int} NOT NULL, password {text}, totp {blob}, "
	"totp_step {int} NOT NULL, issuer {text}, subject {text}, created_ns {int} NOT NULL, "
	"UNIQUE (issuer, subject)) {strict};"
	"CREATE TABLE person_group ("
	"person {int} NOT NULL REFERENCES person (id), name {text} NOT NULL, "
	"PRIMARY KEY (person, name)) {keyed};"
	"CREATE TABLE person_session ("
	"id {id}, hash {blob} NOT NULL UNIQUE, person {int} NOT NULL REFERENCES person (id), "
	"seen_ns {int} NOT NULL, expires_ns {int} NOT NULL) {strict};"
	"CREATE INDEX person_session_person ON person_session (person);"
	"CREATE TABLE person_token ("
	"id {id}, hash {blob} NOT NULL UNIQUE, person {int} NOT NULL REFERENCES person (id), "
	"name {text} NOT NULL, permissions {text} NOT NULL, created_ns {int} NOT NULL, "
	"expires_ns {int} NOT NULL, used_ns {int} NOT NULL) {strict};"
	"CREATE INDEX person_token_person ON person_token (person);"
	"CREATE TABLE person_attempt ("
	"what {text} PRIMARY KEY, wrong {int} NOT NULL, until_ns {int} NOT NULL, "
	"last_ns {int} NOT NULL) {keyed};",
};

static int init(struct weir_people *people, struct weir_error *err)
{
	static const struct weir_db_schema schema = {"people", migrations, ARRAY_SIZE(migrations)};
	int r = weir_db_migrate(people->store, &schema, err);

	if (r < 0)
		return r;
	r = weir_password_hash("a password that nobody has", &people->cost, people->nobody);
	return r < 0 ? weir_error_set(err, r, 0, 0, "cannot hash passwords") : 0;
}

int weir_people_new(struct weir_store *store, const struct weir_password_cost *cost,
		    struct weir_error *err, struct weir_people **ret)
{
	struct weir_people *people _cleanup_(weir_people_freep) = calloc(1, sizeof(*people));
	int r;

	if (!people)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	people->store = store;
	people->cost = *cost;
	sem_init(&people->hashing, 0, HASHING_AT_ONCE);
	r = init(people, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(people);
	return 0;
}

void weir_people_free(struct weir_people *people)
{
	if (!people)
		return;
	sem_destroy(&people->hashing);
	free(people);
}

int weir_people_purge(struct weir_people *people, uint64_t now_ns)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	const int64_t now = (int64_t)now_ns;
	int r = weir_db_write(people->store, &tx);

	if (r == 0)
		r = WEIR_DB_RUN(
			tx, "DELETE FROM person_session WHERE expires_ns <= $1 OR seen_ns <= $2",
			weir_db_int(now), weir_db_int(now - (int64_t)WEIR_SESSION_IDLE_NS));
	if (r >= 0)
		r = WEIR_DB_RUN(tx, "DELETE FROM person_token WHERE expires_ns <= $1",
				weir_db_int(now));
	if (r >= 0)
		r = WEIR_DB_RUN(tx,
				"DELETE FROM person_attempt WHERE until_ns <= $1 AND last_ns <= $2",
				weir_db_int(now), weir_db_int(now - (int64_t)ATTEMPTS_FORGET_NS));
	return r < 0 ? r : weir_db_commit(tx);
}
