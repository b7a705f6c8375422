/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_OIDC_INTERNAL_H
#define WEIR_CONSOLE_OIDC_INTERNAL_H

#include <cjose/cjose.h>
#include <jansson.h>
#include <pthread.h>
#include <semaphore.h>

#include "weir/base/ratelimit.h"
#include "weir/base/time.h"
#include "weir/console_oidc/config.h"
#include "weir/console_oidc/oidc.h"
#include "weir/console_oidc/token.h"

/* Each may wait for the provider, on a thread that would serve others. */
#define AT_ONCE 2

/* keys.c */

enum oidc_alg { OIDC_ALG_NONE, OIDC_RS256, OIDC_ES256 };

/* OIDC_ALG_NONE for every other name. */
enum oidc_alg oidc_alg_parse(const char *name);
/* kid NULL: the only key of that algorithm. Belongs to keys; NULL: none. */
cjose_jwk_t *oidc_keys_find(const struct weir_oidc_keys *keys, enum oidc_alg alg, const char *kid);

/* A JSON object of hostile text; NULL. A member that is there twice, or a NUL in a text, makes it none. */
json_t *oidc_object(const char *text, size_t len);
void oidc_json_freep(json_t **json);
/* base64url without padding, not empty, of a length that such a text can have: libcjose aborts at others. */
bool oidc_base64url(const char *text, size_t len);
/* A member's text; NULL when it is none. */
const char *oidc_text(const json_t *object, const char *name);

/* token.c: what a signature was found right for. -EACCES with *ret_why. *ret is owned. */
int oidc_claims_parse(const char *text, size_t len, const struct weir_oidc_expected *expected,
		      json_t **ret, const char **ret_why) _must_use_;

/* form.c: what stands in queries and forms. */

/* Appends text, with whatever is not a letter, a digit or one of "-._~" as %XX. */
int oidc_encode(struct weir_buf *buf, const char *text) _must_use_;
/* Appends "NAME=VALUE", with a "&" before it unless the buffer ends with a "?" or is empty. */
int oidc_add_pair(struct weir_buf *buf, const char *name, const char *value) _must_use_;

#define OIDC_VALUE_MAX 2048

/* What a provider sends a browser back with. "": not there. */
struct oidc_answer {
	char code[OIDC_VALUE_MAX], state[OIDC_VALUE_MAX], error[OIDC_VALUE_MAX],
		iss[OIDC_VALUE_MAX];
};

/* -EBADMSG: no query, one of these twice, too long, or with control characters. Others are skipped. */
int oidc_answer_parse(const char *query, struct oidc_answer *ret) _must_use_;

/* secret.c: what follows from a log-in's secret. */

#define OIDC_DERIVED_TEXT 44 /* 256 bits in base64url, and the NUL */
int oidc_derive(const char *secret, const char *purpose,
		char ret[static OIDC_DERIVED_TEXT]) _must_use_;
/* The challenge of a verifier: S256. */
int oidc_challenge(const char *verifier, char ret[static OIDC_DERIVED_TEXT]) _must_use_;

/* provider.c: what it says of itself, and asking it. */

struct oidc_provider {
	char authorize[WEIR_OIDC_URL_MAX + 1], token[WEIR_OIDC_URL_MAX + 1],
		keys[WEIR_OIDC_URL_MAX + 1];
	bool secret_in_form; /* it takes no Authorization header */
};

#define OIDC_ANSWER_BYTES_MAX (256 * 1024)

/* Reads a discovery document. -EBADMSG with *ret_why (static): it is none, another issuer's, or of a
 * provider that we can't use. */
int oidc_provider_parse(const char *json, size_t len, const char *issuer, struct oidc_provider *ret,
			const char **ret_why) _must_use_;

#define OIDC_AGAIN WEIR_RATELIMIT(30 * WEIR_NSEC_PER_SEC, 2)

/* What is kept of it. Times are monotonic. */
struct oidc_known {
	struct oidc_provider provider;
	struct weir_oidc_keys *keys;   /* NULL: none yet */
	uint64_t provider_ns, keys_ns; /* when they came; 0: never */
	uint64_t failed_ns;	       /* when it last did not answer */
	struct weir_ratelimit again;   /* of asking for keys before their time */
};

struct weir_oidc {
	struct weir_store *store;
	struct weir_people *people;
	const struct weir_log *log;
	struct weir_oidc_config config;
	sem_t at_once;
	pthread_mutex_t lock; /* guards known; held while it is asked for */
	struct oidc_known known;
};

/* A copy of what it says of itself. -EHOSTUNREACH. */
int oidc_provider_get(struct weir_oidc *oidc, struct oidc_provider *ret) _must_use_;
/* As weir_oidc_verify(), with the provider's keys, which are asked for again when the token's is not among
 * them. -EHOSTUNREACH. */
int oidc_provider_verify(struct weir_oidc *oidc, const char *token,
			 const struct weir_oidc_expected *expected, struct weir_oidc_token **ret,
			 const char **ret_why) _must_use_;
/* Changes a code for an ID token. -EACCES: it does not take the code. -EHOSTUNREACH. *ret is owned. */
int oidc_provider_exchange(struct weir_oidc *oidc, const struct oidc_provider *provider,
			   const char *code, const char *verifier, char **ret) _must_use_;

#endif
