/* SPDX-License-Identifier: Apache-2.0 */
/* One token, in the order in which it earns trust: its form, its header, its signature, what it says. */

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct weir_oidc_token {
	json_t *claims;
};

static int refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EACCES;
}

/* Three parts of base64url between dots. */
static bool well_formed(const char *token, size_t len)
{
	const char *first = memchr(token, '.', len);
	const char *second =
		first ? memchr(first + 1, '.', len - (size_t)(first + 1 - token)) : NULL;

	return second && oidc_base64url(token, (size_t)(first - token)) &&
	       oidc_base64url(first + 1, (size_t)(second - first - 1)) &&
	       oidc_base64url(second + 1, len - (size_t)(second + 1 - token));
}

static json_t *read_header(const char *token, size_t len)
{
	const char *dot = memchr(token, '.', len);
	uint8_t *text _cleanup_(freep) = NULL;
	size_t n = 0;

	if (!cjose_base64url_decode(token, (size_t)(dot - token), &text, &n, NULL))
		return NULL;
	return oidc_object((const char *)text, n);
}

/* The key that the header names. What must be understood ("crit") is not. */
static int find_key(const struct weir_oidc_keys *keys, const json_t *header, cjose_jwk_t **ret,
		    const char **ret_why)
{
	const char *alg = oidc_text(header, "alg"), *kid = oidc_text(header, "kid");
	enum oidc_alg kind = alg ? oidc_alg_parse(alg) : OIDC_ALG_NONE;

	if (kind == OIDC_ALG_NONE)
		return refuse(ret_why, "algorithm");
	if (json_object_get(header, "crit") || (json_object_get(header, "kid") && !kid))
		return refuse(ret_why, "header");
	*ret = oidc_keys_find(keys, kind, kid);
	if (*ret)
		return 0;
	*ret_why = "key";
	return -ENOKEY;
}

static bool is(const json_t *claims, const char *name, const char *wanted)
{
	const char *text = oidc_text(claims, name);

	return text && strcmp(text, wanted) == 0;
}

static bool in_constant_time(const char *text, const char *wanted)
{
	return text && strlen(text) == strlen(wanted) &&
	       CRYPTO_memcmp(text, wanted, strlen(wanted)) == 0;
}

/* For us and for nobody else: whom else it names we know nothing of. */
static bool for_us(const json_t *claims, const char *client_id)
{
	const json_t *aud = json_object_get(claims, "aud");
	const json_t *only = json_array_size(aud) == 1 ? json_array_get(aud, 0) : aud;

	if (!json_is_string(only) || strcmp(json_string_value(only), client_id) != 0)
		return false;
	return !json_object_get(claims, "azp") || is(claims, "azp", client_id);
}

/* Seconds since 1970, perhaps with a fraction. */
static bool read_time(const json_t *claims, const char *name, double *ret)
{
	const json_t *value = json_object_get(claims, name);

	*ret = json_number_value(value);
	return json_is_number(value) && *ret >= 0;
}

static const char *fault_of_times(const json_t *claims, double now)
{
	double expires, issued, begins = 0;

	if (!read_time(claims, "exp", &expires) || expires <= now - WEIR_OIDC_SKEW_S)
		return "expired";
	if (json_object_get(claims, "nbf") && !read_time(claims, "nbf", &begins))
		return "time";
	if (!read_time(claims, "iat", &issued))
		return "time";
	if (begins > now + WEIR_OIDC_SKEW_S || issued > now + WEIR_OIDC_SKEW_S)
		return "early";
	return issued < now - WEIR_OIDC_AGE_MAX_S ? "stale" : NULL;
}

static const char *fault_of(const json_t *claims, const struct weir_oidc_expected *expected)
{
	const char *subject = oidc_text(claims, "sub");

	if (!is(claims, "iss", expected->issuer))
		return "issuer";
	if (!for_us(claims, expected->client_id))
		return "audience";
	if (!in_constant_time(oidc_text(claims, "nonce"), expected->nonce))
		return "nonce";
	if (!subject || !*subject || strlen(subject) > WEIR_OIDC_TEXT_MAX)
		return "subject";
	return fault_of_times(claims, (double)expected->now_s);
}

int oidc_claims_parse(const char *text, size_t len, const struct weir_oidc_expected *expected,
		      json_t **ret, const char **ret_why)
{
	json_t *claims _cleanup_(oidc_json_freep) = oidc_object(text, len);
	const char *fault = claims ? fault_of(claims, expected) : "claims";

	if (fault)
		return refuse(ret_why, fault);
	*ret = TAKE_PTR(claims);
	return 0;
}

/* What is read are the very bytes that the key has signed. */
static int open_with(const cjose_jwk_t *key, const char *token, size_t len,
		     const struct weir_oidc_expected *expected, json_t **ret, const char **ret_why)
{
	cjose_jws_t *jws = cjose_jws_import(token, len, NULL);
	uint8_t *text = NULL; /* belongs to jws */
	size_t n = 0;
	int r;

	if (jws && cjose_jws_verify(jws, key, NULL) &&
	    cjose_jws_get_plaintext(jws, &text, &n, NULL))
		r = oidc_claims_parse((const char *)text, n, expected, ret, ret_why);
	else
		r = refuse(ret_why, "signature");
	cjose_jws_release(jws);
	return r;
}

int weir_oidc_verify(const struct weir_oidc_keys *keys, const char *token, size_t len,
		     const struct weir_oidc_expected *expected, struct weir_oidc_token **ret,
		     const char **ret_why)
{
	struct weir_oidc_token *made _cleanup_(weir_oidc_token_freep) = NULL;
	json_t *header _cleanup_(oidc_json_freep) = NULL;
	cjose_jwk_t *key;
	int r;

	if (len > WEIR_OIDC_TOKEN_BYTES_MAX || !well_formed(token, len))
		return refuse(ret_why, "form");
	header = read_header(token, len);
	if (!header)
		return refuse(ret_why, "header");
	r = find_key(keys, header, &key, ret_why);
	if (r < 0)
		return r;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	r = open_with(key, token, len, expected, &made->claims, ret_why);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(made);
	return 0;
}

void weir_oidc_token_free(struct weir_oidc_token *token)
{
	if (!token)
		return;
	json_decref(token->claims);
	free(token);
}

const char *weir_oidc_token_subject(const struct weir_oidc_token *token)
{
	return oidc_text(token->claims, "sub");
}

const char *weir_oidc_token_text(const struct weir_oidc_token *token, const char *claim)
{
	const char *text = oidc_text(token->claims, claim);

	return text ? text : "";
}

bool weir_oidc_token_has(const struct weir_oidc_token *token, const char *claim, const char *text)
{
	const json_t *value = json_object_get(token->claims, claim);

	if (is(token->claims, claim, text))
		return true;
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *item = json_array_get(value, i);

		if (json_is_string(item) && strcmp(json_string_value(item), text) == 0)
			return true;
	}
	return false;
}
