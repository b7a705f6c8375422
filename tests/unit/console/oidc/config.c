/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/console_oidc/config.h"

#define HEAD   "\"issuer\":\"https://idp.example/r\",\"client_id\":\"weir\","
#define BACK   "\"redirect_uri\":\"https://console.example:8445/api/v1/oidc/callback\","
#define GROUPS "\"groups\":{\"a\":{\"roles\":[\"viewer\"]}}"

static int parse(const char *json, struct weir_oidc_config *ret, struct weir_error *err)
{
	*err = (struct weir_error){};
	return weir_oidc_config_parse(json, strlen(json), ret, err);
}

static void config__is_read(void **state)
{
	struct weir_oidc_config config _cleanup_(weir_oidc_config_done) = {};
	struct weir_error err;

	assert_int_equal(parse("{" HEAD BACK "\"landing\":\"/ui/\",\"ca_file\":\"/etc/ca.pem\","
			       "\"client_secret_file\":\"/etc/secret\",\"scope\":\"openid groups\","
			       "\"name_claim\":\"upn\",\"groups_claim\":\"member\",\"groups\":{"
			       "\"dlp sh\":{\"roles\":[\"analyst\",\"policy_author\"],"
			       "\"groups\":[\"branch-sh\",\"branch-bj\"]},"
			       "\"all\":{\"every_group\":true}}}",
			       &config, &err),
			 0);
	assert_string_equal(config.issuer, "https://idp.example/r");
	assert_string_equal(config.client_id, "weir");
	assert_string_equal(config.redirect_uri,
			    "https://console.example:8445/api/v1/oidc/callback");
	assert_string_equal(config.landing, "/ui/");
	assert_string_equal(config.ca_file, "/etc/ca.pem");
	assert_string_equal(config.secret_file, "/etc/secret");
	assert_string_equal(config.scope, "openid groups");
	assert_string_equal(config.name_claim, "upn");
	assert_string_equal(config.groups_claim, "member");
	assert_null(config.secret);
	assert_int_equal(config.n_groups, 2);
	assert_string_equal(config.groups[0].name, "dlp sh");
	assert_int_equal(config.groups[0].roles,
			 WEIR_ROLE_BIT(WEIR_ROLE_ANALYST) | WEIR_ROLE_BIT(WEIR_ROLE_POLICY_AUTHOR));
	assert_false(config.groups[0].every_group);
	assert_int_equal(config.groups[0].n_groups, 2);
	assert_string_equal(config.groups[0].groups[0], "branch-sh");
	assert_string_equal(config.groups[0].groups[1], "branch-bj");
	assert_string_equal(config.groups[1].name, "all");
	assert_int_equal(config.groups[1].roles, 0);
	assert_true(config.groups[1].every_group);
	assert_int_equal(config.groups[1].n_groups, 0);
}

static void config__has_defaults(void **state)
{
	struct weir_oidc_config config _cleanup_(weir_oidc_config_done) = {};
	struct weir_error err;

	assert_int_equal(parse("{" HEAD BACK GROUPS "}", &config, &err), 0);
	assert_string_equal(config.landing, "/");
	assert_string_equal(config.scope, "openid profile");
	assert_string_equal(config.name_claim, "preferred_username");
	assert_string_equal(config.groups_claim, "groups");
	assert_null(config.ca_file);
	assert_null(config.secret_file);
}

static void config__refuses(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{}",
		"{" HEAD GROUPS "}",
		"{" BACK GROUPS "}",
		"{" HEAD BACK GROUPS,
		"{" HEAD BACK "\"groups\":{}}",
		"{" HEAD BACK "\"groups\":[]}",
		"{" HEAD BACK "\"groups\":{\"a\":{\"roles\":\"viewer\"}}}",
		"{" HEAD BACK "\"groups\":{\"a\":{\"roles\":[\"root\"]}}}",
		"{" HEAD BACK "\"groups\":{\"a\":{\"roles\":[7]}}}",
		"{" HEAD BACK "\"groups\":{\"a\":{\"groups\":[\"No Name\"]}}}",
		"{" HEAD BACK "\"groups\":{\"a\":{\"groups\":\"north\"}}}",
		"{" HEAD BACK "\"groups\":{\"a\":{\"role\":[\"viewer\"]}}}",
		"{" HEAD BACK "\"groups\":{\"a\":7}}",
		"{" HEAD BACK "\"landing\":\"//other.example/\"," GROUPS "}",
		"{" HEAD BACK "\"landing\":\"/\\\\other.example/\"," GROUPS "}",
		"{" HEAD BACK "\"landing\":\"https://other.example/\"," GROUPS "}",
		"{" HEAD BACK "\"unknown\":1," GROUPS "}",
		"{" HEAD BACK GROUPS "," GROUPS "}",
		"{\"issuer\":\"http://idp.example\",\"client_id\":\"weir\"," BACK GROUPS "}",
		"{\"issuer\":\"https://idp.example?x\",\"client_id\":\"weir\"," BACK GROUPS "}",
		"{\"issuer\":\"https://idp.example\",\"client_id\":\"\"," BACK GROUPS "}",
	};
	struct weir_error err;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct weir_oidc_config config _cleanup_(weir_oidc_config_done) = {};

		if (parse(texts[i], &config, &err) != -EINVAL || !err.text[0])
			fail_msg("taken, or not told: %s", texts[i]);
	}
}

static void url__fits(void **state)
{
	static const char *const good[] = {
		"https://idp.example",	     "https://idp.example:8443/realms/x?y=1",
		"http://127.0.0.1:4593/api", "http://localhost/",
		"http://[::1]:80/",
	};
	static const char *const bad[] = {
		"",
		"https://",
		"https:///x",
		"https://user@idp.example/",
		"https://user:word@idp.example/",
		"https://idp.example/a#b",
		"https://idp.example/a b",
		"https://idp.example/\n",
		"https://idp.example/\xc3\xa4",
		"http://idp.example/",
		"http://127.0.0.1.example/",
		"http://localhost@idp.example/",
		"ftp://idp.example/",
		"//idp.example/",
		"HTTPS://idp.example/",
	};
	char large[WEIR_OIDC_URL_MAX + 2] = "https://idp.example/";

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (!weir_oidc_url_fits(good[i]))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (weir_oidc_url_fits(bad[i]))
			fail_msg("taken: %s", bad[i]);
	memset(large + strlen(large), 'x', sizeof(large) - 1 - strlen(large));
	assert_false(weir_oidc_url_fits(large));
	large[WEIR_OIDC_URL_MAX] = '\0';
	assert_true(weir_oidc_url_fits(large));
}

static void put(const char *path, const char *text, mode_t mode)
{
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, text, strlen(text), mode), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static int load(const char *path, struct weir_error *err, char secret[static 64])
{
	struct weir_oidc_config config _cleanup_(weir_oidc_config_done) = {};
	int r;

	*err = (struct weir_error){};
	r = weir_oidc_config_load(path, &config, err);
	(void)snprintf(secret, 64, "%s", config.secret ? config.secret : "");
	return r;
}

/* What another may write decides nothing; what another may read is no secret. */
static void config__is_loaded(void **state)
{
	char dir[64], path[96], secret_path[96], text[512], secret[64];
	struct weir_error err;

	scratch_make(dir);
	(void)snprintf(path, sizeof(path), "%s/oidc.json", dir);
	(void)snprintf(secret_path, sizeof(secret_path), "%s/secret", dir);
	(void)snprintf(text, sizeof(text),
		       "{" HEAD BACK "\"client_secret_file\":\"%s\"," GROUPS "}", secret_path);
	assert_int_equal(load(path, &err, secret), -ENOENT);
	put(path, text, 0644);
	assert_int_equal(load(path, &err, secret), -ENOENT);
	put(secret_path, "a synthetic secret\n", 0600);
	assert_int_equal(load(path, &err, secret), 0);
	assert_string_equal(secret, "a synthetic secret");
	put(path, text, 0666);
	assert_int_equal(load(path, &err, secret), -EPERM);
	assert_string_equal(secret, "");
	put(path, text, 0600);
	put(secret_path, "a synthetic secret", 0640);
	assert_int_equal(load(path, &err, secret), -EPERM);
	assert_null(strstr(err.text, "synthetic"));
	put(secret_path, "", 0600);
	assert_int_equal(load(path, &err, secret), -EINVAL);
	put(secret_path, "two\nlines\n", 0600);
	assert_int_equal(load(path, &err, secret), -EINVAL);
	assert_null(strstr(err.text, "two"));
	put(path, "{", 0600);
	assert_int_equal(load(path, &err, secret), -EINVAL);
	assert_int_equal(err.line, 1);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(config__is_read),   cmocka_unit_test(config__has_defaults),
		cmocka_unit_test(config__refuses),   cmocka_unit_test(url__fits),
		cmocka_unit_test(config__is_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
