/* SPDX-License-Identifier: Apache-2.0 */
/* Key sets. What goes into the library is made anew of the members that a public key has: no private parts, no
 * certificates, nothing that we have not looked at. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192

struct key {
	char kid[WEIR_OIDC_TEXT_MAX + 1]; /* "": it has none */
	enum oidc_alg alg;
	cjose_jwk_t *jwk;
};

struct weir_oidc_keys {
	size_t n;
	struct key key[WEIR_OIDC_KEYS_MAX];
};

void oidc_json_freep(json_t **json)
{
	json_decref(*json);
}

json_t *oidc_object(const char *text, size_t len)
{
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(json))
		return json;
	json_decref(json);
	return NULL;
}

const char *oidc_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

bool oidc_base64url(const char *text, size_t len)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789-_";

	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0' || !strchr(good, text[i]))
			return false;
	return len > 0 && len % 4 != 1;
}

enum oidc_alg oidc_alg_parse(const char *name)
{
	if (strcmp(name, "RS256") == 0)
		return OIDC_RS256;
	return strcmp(name, "ES256") == 0 ? OIDC_ES256 : OIDC_ALG_NONE;
}

static bool is(const json_t *object, const char *name, const char *wanted)
{
	const char *text = oidc_text(object, name);

	return text && strcmp(text, wanted) == 0;
}

/* What a key of this kind signs with here; OIDC_ALG_NONE: not a key for us. */
static enum oidc_alg alg_of(const json_t *entry)
{
	const char *alg = oidc_text(entry, "alg");
	enum oidc_alg kind = OIDC_ALG_NONE;

	if (is(entry, "kty", "RSA"))
		kind = OIDC_RS256;
	else if (is(entry, "kty", "EC") && is(entry, "crv", "P-256"))
		kind = OIDC_ES256;
	if (json_object_get(entry, "use") && !is(entry, "use", "sig"))
		return OIDC_ALG_NONE;
	if (json_object_get(entry, "alg") && (!alg || oidc_alg_parse(alg) != kind))
		return OIDC_ALG_NONE;
	return kind;
}

static json_t *public_part(const json_t *entry, enum oidc_alg alg)
{
	static const char *const members[][3] = {
		[OIDC_RS256] = {"n", "e"},
		[OIDC_ES256] = {"x", "y"},
	};
	json_t *part = alg == OIDC_RS256 ? json_pack("{s:s}", "kty", "RSA")
					 : json_pack("{s:s,s:s}", "kty", "EC", "crv", "P-256");

	for (const char *const *name = members[alg]; part && *name; name++) {
		const char *text = oidc_text(entry, *name);

		if (!text || !oidc_base64url(text, strlen(text)) ||
		    json_object_set_new(part, *name, json_string(text)) < 0) {
			json_decref(part);
			return NULL;
		}
	}
	return part;
}

static cjose_jwk_t *import(const json_t *entry, enum oidc_alg alg)
{
	json_t *part _cleanup_(oidc_json_freep) = public_part(entry, alg);
	char *text _cleanup_(freep) = part ? json_dumps(part, JSON_COMPACT) : NULL;
	cjose_jwk_t *jwk = text ? cjose_jwk_import(text, strlen(text), NULL) : NULL;
	size_t bits = jwk ? cjose_jwk_get_keysize(jwk, NULL) : 0;

	if (jwk && alg == OIDC_RS256 && (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)) {
		cjose_jwk_release(jwk);
		return NULL;
	}
	return jwk;
}

static void add(struct weir_oidc_keys *keys, const json_t *entry)
{
	struct key *key = &keys->key[keys->n];
	const char *kid = oidc_text(entry, "kid");
	enum oidc_alg alg = alg_of(entry);

	if (alg == OIDC_ALG_NONE || (kid && strlen(kid) > WEIR_OIDC_TEXT_MAX))
		return;
	key->jwk = import(entry, alg);
	if (!key->jwk)
		return;
	key->alg = alg;
	memcpy(key->kid, kid ? kid : "", kid ? strlen(kid) + 1 : 1);
	keys->n++;
}

int weir_oidc_keys_parse(const char *json, size_t len, struct weir_oidc_keys **ret)
{
	struct weir_oidc_keys *keys _cleanup_(weir_oidc_keys_freep) = NULL;
	json_t *root _cleanup_(oidc_json_freep) = NULL;
	const json_t *list;

	if (len > WEIR_OIDC_KEYS_BYTES_MAX)
		return -E2BIG;
	root = oidc_object(json, len);
	list = json_object_get(root, "keys");
	if (!json_is_array(list))
		return -EBADMSG;
	keys = calloc(1, sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	for (size_t i = 0; i < json_array_size(list) && keys->n < WEIR_OIDC_KEYS_MAX; i++)
		add(keys, json_array_get(list, i));
	if (keys->n == 0)
		return -EBADMSG;
	*ret = TAKE_PTR(keys);
	return 0;
}

void weir_oidc_keys_free(struct weir_oidc_keys *keys)
{
	if (!keys)
		return;
	for (size_t i = 0; i < keys->n; i++)
		cjose_jwk_release(keys->key[i].jwk);
	free(keys);
}

size_t weir_oidc_keys_count(const struct weir_oidc_keys *keys)
{
	return keys->n;
}

cjose_jwk_t *oidc_keys_find(const struct weir_oidc_keys *keys, enum oidc_alg alg, const char *kid)
{
	cjose_jwk_t *found = NULL;

	for (size_t i = 0; i < keys->n; i++) {
		const struct key *key = &keys->key[i];

		if (key->alg != alg || (kid && strcmp(key->kid, kid) != 0))
			continue;
		if (found)
			return NULL; /* which of them is not for us to guess */
		found = key->jwk;
	}
	return found;
}
