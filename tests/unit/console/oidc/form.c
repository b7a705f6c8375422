/* SPDX-License-Identifier: Apache-2.0 */
/* What goes to the provider and what comes back, in pieces. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "internal.h"

#define ISSUER "https://idp.example"

static void form__is_written(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(256);

	assert_int_equal(oidc_add_pair(&buf, "a", "x y&z=1/\xc3\xa4+~"), 0);
	assert_int_equal(oidc_add_pair(&buf, "b", ""), 0);
	assert_string_equal(buf.data, "a=x%20y%26z%3D1%2F%C3%A4%2B~&b=");
	weir_buf_clear(&buf);
	assert_int_equal(weir_buf_puts(&buf, "https://idp.example/?"), 0);
	assert_int_equal(oidc_add_pair(&buf, "a", "1"), 0);
	assert_string_equal(buf.data, "https://idp.example/?a=1");
	buf.max = buf.len + 3;
	assert_int_equal(oidc_add_pair(&buf, "b", "12345"), -ENOBUFS);
}

static void answer__is_read(void **state)
{
	static struct oidc_answer answer;

	assert_int_equal(oidc_answer_parse("state=s%2D1&session_state=x&code=a%2fb+c&scope=y&"
					   "iss=https%3A%2F%2Fidp.example&&flag",
					   &answer),
			 0);
	assert_string_equal(answer.state, "s-1");
	assert_string_equal(answer.code, "a/b c");
	assert_string_equal(answer.iss, "https://idp.example");
	assert_string_equal(answer.error, "");
	assert_int_equal(oidc_answer_parse("error=access_denied&state=s", &answer), 0);
	assert_string_equal(answer.error, "access_denied");
	assert_string_equal(answer.code, "");
	assert_int_equal(oidc_answer_parse("", &answer), 0);
	assert_string_equal(answer.state, "");
}

static void answer__is_refused(void **state)
{
	static const char *const queries[] = {
		"code=a&code=b", "state=a&x=1&state=a", "code=%",  "code=%4", "code=%zz",
		"code=a%00b",	 "code=a%0ab",		"code=\n", "code",
	};
	static struct oidc_answer answer;
	char large[OIDC_VALUE_MAX + 16] = "code=";

	for (size_t i = 0; i < ARRAY_SIZE(queries); i++)
		if (oidc_answer_parse(queries[i], &answer) != -EBADMSG)
			fail_msg("taken: %s", queries[i]);
	memset(large + 5, 'x', OIDC_VALUE_MAX);
	assert_int_equal(oidc_answer_parse(large, &answer), -EBADMSG);
	large[5 + OIDC_VALUE_MAX - 1] = '\0';
	assert_int_equal(oidc_answer_parse(large, &answer), 0);
	assert_int_equal(strlen(answer.code), OIDC_VALUE_MAX - 1);
}

/* RFC 7636, appendix B. */
static void challenge__is_the_standards(void **state)
{
	char challenge[OIDC_DERIVED_TEXT];

	assert_int_equal(oidc_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", challenge),
			 0);
	assert_string_equal(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

static void derive__keeps_purposes_apart(void **state)
{
	char a[OIDC_DERIVED_TEXT], b[OIDC_DERIVED_TEXT], again[OIDC_DERIVED_TEXT];

	assert_int_equal(oidc_derive("secret", "one", a), 0);
	assert_int_equal(oidc_derive("secret", "two", b), 0);
	assert_int_equal(oidc_derive("secret", "one", again), 0);
	assert_string_equal(a, again);
	assert_string_not_equal(a, b);
	assert_int_equal(strlen(a), 43);
	assert_int_equal(a[strspn(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789-_")],
			 '\0');
	assert_int_equal(oidc_derive("other", "one", b), 0);
	assert_string_not_equal(a, b);
}

#define URLS                                                        \
	"\"authorization_endpoint\":\"https://idp.example/auth\","  \
	"\"token_endpoint\":\"https://api.idp.example/token?x=1\"," \
	"\"jwks_uri\":\"https://idp.example/keys\""

static int discover(const char *json, struct oidc_provider *ret, const char **ret_why)
{
	*ret_why = "";
	return oidc_provider_parse(json, strlen(json), ISSUER, ret, ret_why);
}

static void provider__is_read(void **state)
{
	struct oidc_provider provider;
	const char *why;

	assert_int_equal(
		discover("{\"issuer\":\"" ISSUER "\"," URLS ",\"x\":[1]}", &provider, &why), 0);
	assert_string_equal(provider.authorize, "https://idp.example/auth");
	assert_string_equal(provider.token, "https://api.idp.example/token?x=1");
	assert_string_equal(provider.keys, "https://idp.example/keys");
	assert_false(provider.secret_in_form);
	assert_int_equal(
		discover("{\"issuer\":\"" ISSUER "\"," URLS
			 ",\"token_endpoint_auth_methods_supported\":[\"client_secret_post\"],"
			 "\"code_challenge_methods_supported\":[\"plain\",\"S256\"]}",
			 &provider, &why),
		0);
	assert_true(provider.secret_in_form);
}

static void provider__is_refused(void **state)
{
	static const char *const documents[] = {
		"",
		"[]",
		"{" URLS "}",
		"{\"issuer\":\"" ISSUER "/\"," URLS "}",
		"{\"issuer\":\"https://other.example\"," URLS "}",
		"{\"issuer\":\"" ISSUER "\"}",
		"{\"issuer\":\"" ISSUER "\"," URLS ",\"jwks_uri\":\"https://idp.example/k\"}",
		"{\"issuer\":\"" ISSUER "\"," URLS
		",\"code_challenge_methods_supported\":[\"plain\"]}",
		"{\"issuer\":\"" ISSUER "\"," URLS ",\"code_challenge_methods_supported\":7}",
		"{\"issuer\":\"" ISSUER "\",\"authorization_endpoint\":\"http://idp.example/\","
		"\"token_endpoint\":\"https://idp.example/\",\"jwks_uri\":\"https://idp.example/"
		"\"}",
		"{\"issuer\":\"" ISSUER "\",\"authorization_endpoint\":\"https://idp.example/\","
		"\"token_endpoint\":\"file:///etc/passwd\",\"jwks_uri\":\"https://idp.example/\"}",
		"{\"issuer\":\"" ISSUER "\",\"authorization_endpoint\":\"https://idp.example/\","
		"\"token_endpoint\":\"https://idp.example/\",\"jwks_uri\":7}",
	};
	struct oidc_provider provider;
	const char *why;

	for (size_t i = 0; i < ARRAY_SIZE(documents); i++)
		if (discover(documents[i], &provider, &why) != -EBADMSG || !*why)
			fail_msg("taken, or not told: %s", documents[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(form__is_written),
		cmocka_unit_test(answer__is_read),
		cmocka_unit_test(answer__is_refused),
		cmocka_unit_test(challenge__is_the_standards),
		cmocka_unit_test(derive__keeps_purposes_apart),
		cmocka_unit_test(provider__is_read),
		cmocka_unit_test(provider__is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
