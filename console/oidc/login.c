/* SPDX-License-Identifier: Apache-2.0 */
/* The two calls of a log-in. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "weir/base/time.h"
#include "weir/console_store/db.h"

#define SECRET_KIND "weiro_"
#define PENDING_MAX 16384 /* log-ins under way; beyond it the oldest is forgotten */
#define STATE	    "weir.oidc.state"
#define NONCE	    "weir.oidc.nonce"
#define VERIFIER    "weir.oidc.verifier"

static const char *const migrations[] = {
	"CREATE TABLE oidc_login ("
	"id {id}, hash {blob} NOT NULL UNIQUE, expires_ns {int} NOT NULL) {strict};"
	"CREATE INDEX oidc_login_expires ON oidc_login (expires_ns);",
};

int weir_oidc_new(struct weir_store *store, struct weir_people *people, const char *path,
		  const struct weir_log *log, struct weir_error *err, struct weir_oidc **ret)
{
	static const struct weir_db_schema schema = {"oidc", migrations, ARRAY_SIZE(migrations)};
	struct weir_oidc *oidc _cleanup_(weir_oidc_freep) = calloc(1, sizeof(*oidc));
	int r;

	if (!oidc)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	oidc->store = store;
	oidc->people = people;
	oidc->log = log;
	oidc->known.again = OIDC_AGAIN;
	pthread_mutex_init(&oidc->lock, NULL);
	sem_init(&oidc->at_once, 0, AT_ONCE);
	r = weir_oidc_config_load(path, &oidc->config, err);
	if (r == 0)
		r = weir_db_migrate(store, &schema, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(oidc);
	return 0;
}

void weir_oidc_free(struct weir_oidc *oidc)
{
	if (!oidc)
		return;
	weir_oidc_keys_free(oidc->known.keys);
	weir_oidc_config_done(&oidc->config);
	sem_destroy(&oidc->at_once);
	pthread_mutex_destroy(&oidc->lock);
	free(oidc);
}

const char *weir_oidc_landing(const struct weir_oidc *oidc)
{
	return oidc->config.landing;
}

static int keep(struct weir_oidc *oidc, const char *secret, uint64_t now_ns)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	uint8_t hash[WEIR_SECRET_HASH];
	int64_t id;
	int r = weir_secret_hash(SECRET_KIND, secret, hash);

	if (r == 0)
		r = weir_db_write(oidc->store, &tx);
	if (r == 0)
		r = WEIR_DB_NUMBER(
			tx, &id,
			"INSERT INTO oidc_login (hash, expires_ns) VALUES ($1, $2) "
			"RETURNING id",
			weir_db_blob(hash, sizeof(hash)),
			weir_db_int((int64_t)(now_ns + WEIR_OIDC_LOGIN_S * WEIR_NSEC_PER_SEC)));
	if (r == 0)
		r = WEIR_DB_RUN(tx, "DELETE FROM oidc_login WHERE expires_ns <= $1 OR id <= $2",
				weir_db_int((int64_t)now_ns), weir_db_int(id - PENDING_MAX));
	return r < 0 ? r : weir_db_commit(tx);
}

/* A log-in is ended once. -EACCES: it is over, or there was none. */
static int take(struct weir_oidc *oidc, const char *secret, uint64_t now_ns)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	uint8_t hash[WEIR_SECRET_HASH];
	int r = weir_secret_hash(SECRET_KIND, secret, hash);

	if (r < 0)
		return r == -EINVAL ? -EACCES : r;
	r = weir_db_write(oidc->store, &tx);
	if (r == 0)
		r = WEIR_DB_RUN(tx, "DELETE FROM oidc_login WHERE hash = $1 AND expires_ns > $2",
				weir_db_blob(hash, sizeof(hash)), weir_db_int((int64_t)now_ns));
	if (r <= 0)
		return r < 0 ? r : -EACCES;
	return weir_db_commit(tx);
}

static int write_location(const struct weir_oidc *oidc, const struct oidc_provider *provider,
			  const char *secret, struct weir_buf *location)
{
	char state[OIDC_DERIVED_TEXT], nonce[OIDC_DERIVED_TEXT], verifier[OIDC_DERIVED_TEXT],
		challenge[OIDC_DERIVED_TEXT];
	const struct weir_oidc_config *config = &oidc->config;
	const char *const pairs[][2] = {
		{"response_type", "code"},
		{"client_id", config->client_id},
		{"redirect_uri", config->redirect_uri},
		{"scope", config->scope},
		{"state", state},
		{"nonce", nonce},
		{"code_challenge", challenge},
		{"code_challenge_method", "S256"},
	};
	int r = oidc_derive(secret, STATE, state);

	if (r == 0)
		r = oidc_derive(secret, NONCE, nonce);
	if (r == 0)
		r = oidc_derive(secret, VERIFIER, verifier);
	if (r == 0)
		r = oidc_challenge(verifier, challenge);
	if (r == 0)
		r = weir_buf_printf(location, "%s%s", provider->authorize,
				    strchr(provider->authorize, '?') ? "&" : "?");
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(pairs); i++)
		r = oidc_add_pair(location, pairs[i][0], pairs[i][1]);
	return r;
}

static int begin(struct weir_oidc *oidc, uint64_t now_ns, char ret_cookie[static WEIR_SECRET_TEXT],
		 struct weir_buf *ret_location)
{
	struct oidc_provider provider;
	int r = oidc_provider_get(oidc, &provider);

	if (r == 0)
		r = weir_secret_make(SECRET_KIND, ret_cookie);
	if (r == 0)
		r = write_location(oidc, &provider, ret_cookie, ret_location);
	return r < 0 ? r : keep(oidc, ret_cookie, now_ns);
}

int weir_oidc_begin(struct weir_oidc *oidc, uint64_t now_ns,
		    char ret_cookie[static WEIR_SECRET_TEXT], struct weir_buf *ret_location)
{
	int r;

	if (sem_trywait(&oidc->at_once) < 0)
		return -EAGAIN;
	r = begin(oidc, now_ns, ret_cookie, ret_location);
	sem_post(&oidc->at_once);
	return r;
}

static int refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EACCES;
}

/* That it is this browser's, and the provider's, and not over. */
static int check_answer(struct weir_oidc *oidc, const struct weir_oidc_return *back,
			uint64_t now_ns, struct oidc_answer *answer, const char **ret_why)
{
	char state[OIDC_DERIVED_TEXT];
	int r = oidc_answer_parse(back->query, answer);

	if (r < 0)
		return refuse(ret_why, "query");
	if (!back->cookie)
		return refuse(ret_why, "cookie");
	r = oidc_derive(back->cookie, STATE, state);
	if (r < 0)
		return r;
	if (strcmp(answer->state, state) != 0)
		return refuse(ret_why, "state");
	r = take(oidc, back->cookie, now_ns);
	if (r < 0)
		return r == -EACCES ? refuse(ret_why, "over") : r;
	if (answer->iss[0] && strcmp(answer->iss, oidc->config.issuer) != 0)
		return refuse(ret_why, "issuer");
	if (answer->error[0])
		return refuse(ret_why, "provider");
	return answer->code[0] ? 0 : refuse(ret_why, "query");
}

/* The token that the code stands for, found right. */
static int redeem(struct weir_oidc *oidc, const char *secret, const char *code, uint64_t now_ns,
		  struct weir_oidc_token **ret, const char **ret_why)
{
	char nonce[OIDC_DERIVED_TEXT], verifier[OIDC_DERIVED_TEXT];
	const struct weir_oidc_expected expected = {
		.issuer = oidc->config.issuer,
		.client_id = oidc->config.client_id,
		.nonce = nonce,
		.now_s = now_ns / WEIR_NSEC_PER_SEC,
	};
	char *token _cleanup_(freep) = NULL;
	struct oidc_provider provider;
	int r = oidc_derive(secret, NONCE, nonce);

	if (r == 0)
		r = oidc_derive(secret, VERIFIER, verifier);
	if (r == 0)
		r = oidc_provider_get(oidc, &provider);
	if (r < 0)
		return r;
	r = oidc_provider_exchange(oidc, &provider, code, verifier, &token);
	if (r < 0)
		return r == -EACCES ? refuse(ret_why, "code") : r;
	return oidc_provider_verify(oidc, token, &expected, ret, ret_why);
}

/* What the provider's groups are worth together. -E2BIG: more groups of endpoints than one person has. */
static int add_worth(const struct weir_oidc_group *group, struct weir_person_vouched *person)
{
	person->roles |= group->roles;
	person->every_group |= group->every_group;
	for (size_t i = 0; i < group->n_groups; i++) {
		bool there = false;

		for (size_t j = 0; j < person->n_groups; j++)
			there |= strcmp(person->groups[j], group->groups[i]) == 0;
		if (there)
			continue;
		if (person->n_groups == WEIR_GROUPS_MAX)
			return -E2BIG;
		person->groups[person->n_groups++] = group->groups[i];
	}
	return 0;
}

static int admit(struct weir_oidc *oidc, const struct weir_oidc_token *token, const char *address,
		 uint64_t now_ns, char ret_session[static WEIR_SECRET_TEXT],
		 struct weir_principal *ret, const char **ret_why)
{
	const struct weir_oidc_config *config = &oidc->config;
	struct weir_person_vouched person = {
		.issuer = config->issuer,
		.subject = weir_oidc_token_subject(token),
		.name = weir_oidc_token_text(token, config->name_claim),
		.display = weir_oidc_token_text(token, "name"),
		.address = address,
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->n_groups; i++)
		if (weir_oidc_token_has(token, config->groups_claim, config->groups[i].name))
			r = add_worth(&config->groups[i], &person);
	if (r < 0)
		return refuse(ret_why, "groups");
	if (person.roles == 0)
		return refuse(ret_why, "no role");
	if (person.every_group)
		person.n_groups = 0;
	return weir_people_admit(oidc->people, &person, now_ns, ret_session, ret, ret_why);
}

static int finish(struct weir_oidc *oidc, const struct weir_oidc_return *back, uint64_t now_ns,
		  char ret_session[static WEIR_SECRET_TEXT], struct weir_principal *ret,
		  const char **ret_why)
{
	struct weir_oidc_token *token _cleanup_(weir_oidc_token_freep) = NULL;
	struct oidc_answer *answer _cleanup_(freep) = calloc(1, sizeof(*answer));
	int r = answer ? check_answer(oidc, back, now_ns, answer, ret_why) : -ENOMEM;

	if (r == 0)
		r = redeem(oidc, back->cookie, answer->code, now_ns, &token, ret_why);
	if (r == 0)
		r = admit(oidc, token, back->address, now_ns, ret_session, ret, ret_why);
	return r;
}

int weir_oidc_finish(struct weir_oidc *oidc, const struct weir_oidc_return *back, uint64_t now_ns,
		     char ret_session[static WEIR_SECRET_TEXT], struct weir_principal *ret,
		     uint32_t *ret_wait_s, const char **ret_why)
{
	int r;

	*ret_why = "";
	*ret_wait_s = 0;
	if (sem_trywait(&oidc->at_once) < 0) {
		*ret_wait_s = 1;
		return -EAGAIN;
	}
	r = weir_people_attempt(oidc->people, back->address, now_ns, ret_wait_s);
	if (r == 0)
		r = finish(oidc, back, now_ns, ret_session, ret, ret_why);
	sem_post(&oidc->at_once);
	if (r == -EACCES)
		weir_people_refused(oidc->people, back->address, "oidc", *ret_why);
	return r;
}
