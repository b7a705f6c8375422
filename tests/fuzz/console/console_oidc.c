/* SPDX-License-Identifier: Apache-2.0 */
/* What an identity provider, a browser and an administrator may send: key sets, tokens, claims as a right
 * signature would let them in, discovery documents, queries, configurations. The first byte chooses. */

#include <stdlib.h>
#include <string.h>

#include "internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One key, so that a token comes as far as its signature. */
static const char key_set[] = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"1\","
			      "\"x\":\"7DTHwgOeyvq7UwrKdV4yR4HUQjrv_gUAjHSkK1hkntg\","
			      "\"y\":\"Of0DyYCaG8HFsMOUuzGtYoHsOfkXvhKeZJJf1vTCmMc\"}]}";

static const struct weir_oidc_expected expected = {
	.issuer = "https://i", .client_id = "weir", .nonce = "n", .now_s = 1800000000};

static void try_keys(const char *text, size_t len)
{
	struct weir_oidc_keys *keys _cleanup_(weir_oidc_keys_freep) = NULL;

	if (weir_oidc_keys_parse(text, len, &keys) < 0)
		return;
	if (weir_oidc_keys_count(keys) == 0 || weir_oidc_keys_count(keys) > WEIR_OIDC_KEYS_MAX)
		abort();
}

/* Nobody has the key's other half. */
static void try_token(const char *text, size_t len)
{
	static struct weir_oidc_keys *keys;
	struct weir_oidc_token *token = NULL;
	const char *why = NULL;

	if (!keys && weir_oidc_keys_parse(key_set, strlen(key_set), &keys) < 0)
		abort();
	if (weir_oidc_verify(keys, text, len, &expected, &token, &why) == 0 || token || !why)
		abort();
}

static void try_claims(const char *text, size_t len)
{
	json_t *claims _cleanup_(oidc_json_freep) = NULL;
	const char *subject, *why = NULL;

	if (oidc_claims_parse(text, len, &expected, &claims, &why) < 0) {
		if (claims || !why)
			abort();
		return;
	}
	subject = oidc_text(claims, "sub");
	if (!subject || !*subject || strlen(subject) > WEIR_OIDC_TEXT_MAX)
		abort();
}

static void try_document(const char *text, size_t len)
{
	struct oidc_provider provider;
	const char *why = NULL;

	if (oidc_provider_parse(text, len, "https://i", &provider, &why) < 0) {
		if (!why)
			abort();
		return;
	}
	if (!weir_oidc_url_fits(provider.authorize) || !weir_oidc_url_fits(provider.token) ||
	    !weir_oidc_url_fits(provider.keys))
		abort();
}

static void try_query(const char *text)
{
	struct oidc_answer *answer = malloc(sizeof(*answer));

	if (!answer)
		abort();
	if (oidc_answer_parse(text, answer) == 0 &&
	    (memchr(answer->code, '\0', sizeof(answer->code)) == NULL ||
	     strchr(answer->code, '\n')))
		abort();
	free(answer);
}

static void try_config(const char *text, size_t len)
{
	struct weir_oidc_config config _cleanup_(weir_oidc_config_done) = {};
	struct weir_error err = {};

	if (weir_oidc_config_parse(text, len, &config, &err) < 0) {
		if (!err.text[0])
			abort();
		return;
	}
	if (config.landing[0] != '/' || config.n_groups == 0 || !weir_oidc_url_fits(config.issuer))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	text = strndup((const char *)data + 1, size - 1);
	if (!text)
		abort();
	switch (data[0] % 6) {
	case 0:
		try_keys((const char *)data + 1, size - 1);
		break;
	case 1:
		try_token((const char *)data + 1, size - 1);
		break;
	case 2:
		try_claims((const char *)data + 1, size - 1);
		break;
	case 3:
		try_document((const char *)data + 1, size - 1);
		break;
	case 4:
		try_query(text);
		break;
	default:
		try_config((const char *)data + 1, size - 1);
		break;
	}
	free(text);
	return 0;
}
