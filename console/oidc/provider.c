/* SPDX-License-Identifier: Apache-2.0 */
/* What the provider says of itself, kept for an hour, and the one thing that it is asked for besides. */

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "weir/base/time.h"
#include "weir/console_client/http.h"

#define KEPT_NS	      (3600 * WEIR_NSEC_PER_SEC)
#define AFTER_FAIL_NS (3 * WEIR_NSEC_PER_SEC)
#define CONNECT_NS    (3 * WEIR_NSEC_PER_SEC)
#define TIMEOUT_NS    (10 * WEIR_NSEC_PER_SEC)
#define DISCOVERY     "/.well-known/openid-configuration"

static int wrong(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EBADMSG;
}

static bool copy_url(const json_t *document, const char *name,
		     char ret[static WEIR_OIDC_URL_MAX + 1])
{
	const char *url = oidc_text(document, name);

	if (!url || !weir_oidc_url_fits(url))
		return false;
	(void)snprintf(ret, WEIR_OIDC_URL_MAX + 1, "%s", url);
	return true;
}

/* Whether a list has the text; what_if_none when there is no such list. */
static bool lists(const json_t *document, const char *name, const char *text, bool what_if_none)
{
	const json_t *list = json_object_get(document, name);

	if (!list)
		return what_if_none;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *item = json_string_value(json_array_get(list, i));

		if (item && strcmp(item, text) == 0)
			return true;
	}
	return false;
}

int oidc_provider_parse(const char *json, size_t len, const char *issuer, struct oidc_provider *ret,
			const char **ret_why)
{
	static const char methods[] = "token_endpoint_auth_methods_supported";
	json_t *document _cleanup_(oidc_json_freep) = oidc_object(json, len);
	const char *said = document ? oidc_text(document, "issuer") : NULL;

	*ret = (struct oidc_provider){};
	if (!document)
		return wrong(ret_why, "its discovery document is not JSON");
	if (!said || strcmp(said, issuer) != 0)
		return wrong(ret_why, "its discovery document is another issuer's");
	if (!copy_url(document, "authorization_endpoint", ret->authorize) ||
	    !copy_url(document, "token_endpoint", ret->token) ||
	    !copy_url(document, "jwks_uri", ret->keys))
		return wrong(ret_why,
			     "an address in its discovery document is missing or not https");
	/* Who says nothing of PKCE may well have it; who says that it has none, does not get our code. */
	if (!lists(document, "code_challenge_methods_supported", "S256", true))
		return wrong(ret_why, "it does not take S256 challenges");
	ret->secret_in_form = !lists(document, methods, "client_secret_basic", true);
	return 0;
}

/* "https://host/path?query" as the client's base and path. *ret_base is owned. */
static int split(const char *url, char **ret_base, const char **ret_path)
{
	const char *host = strstr(url, "://") + 3;
	size_t len = strcspn(host, "/?");

	*ret_base = strndup(url, (size_t)(host - url) + len);
	*ret_path = host[len] ? host + len : "/";
	return !*ret_base ? -ENOMEM : **ret_path == '/' ? 0 : -EINVAL;
}

/* Any answer of at most OIDC_ANSWER_BYTES_MAX. request's path is set here. */
static int ask(const struct weir_oidc *oidc, const char *url, struct weir_http_request *request,
	       struct weir_http_response *ret)
{
	struct weir_http_options options = {
		.ca_file = oidc->config.ca_file,
		.connect_timeout_ns = CONNECT_NS,
		.timeout_ns = TIMEOUT_NS,
		.max_response = OIDC_ANSWER_BYTES_MAX,
	};
	struct weir_http *http _cleanup_(weir_http_freep) = NULL;
	char *base _cleanup_(freep) = NULL;
	int r = split(url, &base, &request->path);

	options.base = base;
	if (r == 0)
		r = weir_http_new(&options, &http, NULL);
	if (r == 0)
		r = weir_http_perform(http, request, ret);
	if (r < 0)
		weir_log_error(oidc->log, r, "the identity provider does not answer: %s",
			       http ? weir_http_error(http) : "no such address");
	return r == -ENOMEM ? r : r < 0 ? -EHOSTUNREACH : 0;
}

static int unusable(const struct weir_oidc *oidc, const char *why)
{
	weir_log_error(oidc->log, 0, "the identity provider is of no use: %s", why);
	return -EHOSTUNREACH;
}

/* GET of a JSON document. */
static int get(const struct weir_oidc *oidc, const char *url, struct weir_http_response *ret)
{
	static const char *const headers[] = {"Accept: application/json", NULL};
	struct weir_http_request request = {.method = "GET", .headers = headers};
	int r = ask(oidc, url, &request, ret);

	if (r == 0 && ret->status != 200)
		r = unusable(oidc, "a document of it can't be had");
	return r;
}

static int fetch_provider(struct weir_oidc *oidc, uint64_t now)
{
	struct weir_http_response response _cleanup_(weir_http_response_done) = {};
	const char *issuer = oidc->config.issuer, *why = "";
	char *url _cleanup_(freep) = NULL;
	struct oidc_provider provider;
	size_t len = strlen(issuer);
	int r;

	len -= issuer[len - 1] == '/';
	if (asprintf(&url, "%.*s" DISCOVERY, (int)len, issuer) < 0)
		return -ENOMEM;
	r = get(oidc, url, &response);
	if (r == 0 &&
	    oidc_provider_parse(response.body.data, response.body.len, issuer, &provider, &why) < 0)
		r = unusable(oidc, why);
	if (r < 0)
		return r;
	oidc->known.provider = provider;
	oidc->known.provider_ns = now;
	return 0;
}

static int fetch_keys(struct weir_oidc *oidc, uint64_t now)
{
	struct weir_http_response response _cleanup_(weir_http_response_done) = {};
	struct weir_oidc_keys *keys = NULL;
	int r = get(oidc, oidc->known.provider.keys, &response);

	if (r == 0 && weir_oidc_keys_parse(response.body.data, response.body.len, &keys) < 0)
		r = unusable(oidc, "it has no keys for RS256 or ES256");
	if (r < 0)
		return r;
	weir_oidc_keys_free(oidc->known.keys);
	oidc->known.keys = keys;
	oidc->known.keys_ns = now;
	return 0;
}

static bool older(uint64_t then, uint64_t now, uint64_t span)
{
	return then == 0 || now - then > span;
}

/* Under the lock: what is too old is asked for, unless it did not answer a moment ago. */
static int refresh(struct weir_oidc *oidc, bool keys)
{
	const uint64_t now = weir_now_monotonic();
	struct oidc_known *known = &oidc->known;
	const bool old = older(known->provider_ns, now, KEPT_NS);
	const bool old_keys = keys && older(known->keys_ns, now, KEPT_NS);
	int r = 0;

	if ((old || old_keys) && !older(known->failed_ns, now, AFTER_FAIL_NS))
		return -EHOSTUNREACH;
	if (old)
		r = fetch_provider(oidc, now);
	if (r == 0 && old_keys)
		r = fetch_keys(oidc, now);
	if (r < 0)
		known->failed_ns = weir_now_monotonic();
	return r;
}

int oidc_provider_get(struct weir_oidc *oidc, struct oidc_provider *ret)
{
	int r;

	pthread_mutex_lock(&oidc->lock);
	r = refresh(oidc, false);
	if (r == 0)
		*ret = oidc->known.provider;
	pthread_mutex_unlock(&oidc->lock);
	return r;
}

static int verify(struct weir_oidc *oidc, const char *token,
		  const struct weir_oidc_expected *expected, struct weir_oidc_token **ret,
		  const char **ret_why)
{
	int r = refresh(oidc, true);

	return r < 0 ? r
		     : weir_oidc_verify(oidc->known.keys, token, strlen(token), expected, ret,
					ret_why);
}

/* Providers change their keys and say so by using them. */
static bool may_ask_again(struct weir_oidc *oidc)
{
	return weir_ratelimit_pass(&oidc->known.again, weir_now_monotonic(), NULL);
}

int oidc_provider_verify(struct weir_oidc *oidc, const char *token,
			 const struct weir_oidc_expected *expected, struct weir_oidc_token **ret,
			 const char **ret_why)
{
	int r;

	pthread_mutex_lock(&oidc->lock);
	r = verify(oidc, token, expected, ret, ret_why);
	if (r == -ENOKEY && may_ask_again(oidc)) {
		oidc->known.keys_ns = 0;
		r = verify(oidc, token, expected, ret, ret_why);
	}
	pthread_mutex_unlock(&oidc->lock);
	return r == -ENOKEY ? -EACCES : r;
}

/* "Authorization: Basic ..." as RFC 6749 2.3.1 has it: both halves are encoded as in a form. */
static int write_basic(const struct weir_oidc_config *config, struct weir_buf *header)
{
	struct weir_buf plain _cleanup_(weir_buf_done) =
		WEIR_BUF_INIT(3 * (WEIR_OIDC_TEXT_MAX + WEIR_OIDC_SECRET_MAX) + 1);
	int r = oidc_encode(&plain, config->client_id);

	if (r == 0)
		r = weir_buf_puts(&plain, ":");
	if (r == 0)
		r = oidc_encode(&plain, config->secret);
	if (r == 0)
		r = weir_buf_puts(header, "Authorization: Basic ");
	if (r == 0)
		r = weir_buf_reserve(header, (plain.len + 2) / 3 * 4 + 1);
	if (r == 0)
		header->len +=
			(size_t)EVP_EncodeBlock((unsigned char *)header->data + header->len,
						(const unsigned char *)plain.data, (int)plain.len);
	if (plain.data)
		explicit_bzero(plain.data, plain.len);
	return r;
}

static int write_form(const struct weir_oidc *oidc, const struct oidc_provider *provider,
		      const char *code, const char *verifier, struct weir_buf *form)
{
	const struct weir_oidc_config *config = &oidc->config;
	const bool in_form = config->secret && provider->secret_in_form;
	int r = oidc_add_pair(form, "grant_type", "authorization_code");

	if (r == 0)
		r = oidc_add_pair(form, "code", code);
	if (r == 0)
		r = oidc_add_pair(form, "redirect_uri", config->redirect_uri);
	if (r == 0)
		r = oidc_add_pair(form, "code_verifier", verifier);
	if (r == 0 && (in_form || !config->secret))
		r = oidc_add_pair(form, "client_id", config->client_id);
	if (r == 0 && in_form)
		r = oidc_add_pair(form, "client_secret", config->secret);
	return r;
}

/* 0, or what its answer means: it may not like the code, or us, or be in trouble. */
static int read_answer(const struct weir_oidc *oidc, const struct weir_http_response *response,
		       char **ret)
{
	json_t *answer _cleanup_(oidc_json_freep) = NULL;
	const char *token;

	if (response->status >= 400 && response->status < 500) {
		weir_log_warning(oidc->log, 0, "the identity provider refused a code, status %d",
				 response->status);
		return -EACCES;
	}
	answer = response->status == 200 ? oidc_object(response->body.data, response->body.len)
					 : NULL;
	token = answer ? oidc_text(answer, "id_token") : NULL;
	if (!token)
		return unusable(oidc, "its token endpoint gave no ID token");
	*ret = strdup(token);
	return *ret ? 0 : -ENOMEM;
}

int oidc_provider_exchange(struct weir_oidc *oidc, const struct oidc_provider *provider,
			   const char *code, const char *verifier, char **ret)
{
	struct weir_buf basic _cleanup_(weir_buf_done) = WEIR_BUF_INIT(8192);
	struct weir_buf form _cleanup_(weir_buf_done) = WEIR_BUF_INIT(16 * 1024);
	struct weir_http_response response _cleanup_(weir_http_response_done) = {};
	const char *headers[] = {"Content-Type: application/x-www-form-urlencoded",
				 "Accept: application/json", NULL, NULL};
	struct weir_http_request request = {.method = "POST", .headers = headers};
	int r = write_form(oidc, provider, code, verifier, &form);

	if (r == 0 && oidc->config.secret && !provider->secret_in_form)
		r = write_basic(&oidc->config, &basic);
	if (r < 0)
		return r;
	headers[2] = basic.data;
	request.body = form.data;
	request.body_len = form.len;
	r = ask(oidc, provider->token, &request, &response);
	if (r == 0)
		r = read_answer(oidc, &response, ret);
	explicit_bzero(form.data, form.len);
	if (basic.data)
		explicit_bzero(basic.data, basic.len);
	return r;
}
