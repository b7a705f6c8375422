/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "weir/console_people/password.h"
#include "weir/console_people/secret.h"

/* Cheap: what is tested is not the cost. */
static const struct weir_password_cost cheap = {64, 1, 1};

static void password__verifies(void **state)
{
	char verifier[WEIR_PASSWORD_TEXT], again[WEIR_PASSWORD_TEXT];
	const struct weir_password_cost dearer = {128, 1, 1};

	assert_int_equal(weir_password_hash("correct horse battery", &cheap, verifier), 0);
	assert_int_equal(weir_password_hash("correct horse battery", &cheap, again), 0);
	assert_string_not_equal(verifier, again);
	assert_int_equal(strncmp(verifier, "$argon2id$v=19$m=64,t=1,p=1$", 28), 0);
	assert_null(strstr(verifier, "horse"));
	assert_int_equal(weir_password_verify("correct horse battery", verifier), 0);
	assert_int_equal(weir_password_verify("correct horse batterz", verifier), -EACCES);
	assert_int_equal(weir_password_verify("correct horse battery ", verifier), -EACCES);
	assert_int_equal(weir_password_verify("", verifier), -EACCES);
	assert_false(weir_password_outdated(verifier, &cheap));
	assert_true(weir_password_outdated(verifier, &dearer));
	assert_true(weir_password_outdated("", &cheap));
}

/* The one that Argon2's own program makes: "echo -n PASSWORD | argon2 SALT -id -t 2 -k 256 -p 1 -e". */
static void password__knows_the_reference(void **state)
{
	static const char verifier[] = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
				       "128dXHbpND/ejgFQ9JJYHDD7w0meEN4m07Qzyeoko2E";

	assert_int_equal(weir_password_verify("correct horse battery", verifier), 0);
	assert_int_equal(weir_password_verify("correct horse batterY", verifier), -EACCES);
}

static void password__refuses_costly_verifiers(void **state)
{
	static const char *const wrong[] = {
		"",
		"x",
		"$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=1048577,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=64,t=4000000000,p=1$c29tZXNhbHRzb21lc2FsdA$"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=64,t=1,p=17$c29tZXNhbHRzb21lc2FsdA$"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=64,t=1,p=1$",
	};
	char long_one[2 * WEIR_PASSWORD_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(weir_password_verify("x", wrong[i]), -EBADMSG);
	memset(long_one, 'A', sizeof(long_one) - 1);
	long_one[sizeof(long_one) - 1] = '\0';
	memcpy(long_one, "$argon2id$v=19$m=64,t=1,p=1$", 28);
	assert_int_equal(weir_password_verify("x", long_one), -EBADMSG);
}

static void password__fits(void **state)
{
	char long_one[WEIR_PASSWORD_MAX + 2];
	const char *why = NULL;

	assert_int_equal(weir_password_fits("twelve bytes", "li.na", &why), 0);
	assert_null(why);
	assert_int_equal(weir_password_fits("\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xbd\xa0\xe5\xa5\xbd",
					    "li.na", &why),
			 0);
	assert_int_equal(weir_password_fits("eleven char", "li.na", &why), -EINVAL);
	assert_non_null(strstr(why, "12 to 256"));
	assert_int_equal(weir_password_fits("i am Li.Na and long", "li.na", &why), -EINVAL);
	assert_non_null(strstr(why, "name"));
	assert_int_equal(weir_password_fits("twelve\xff bytes", "li.na", &why), -EINVAL);
	assert_int_equal(weir_password_fits("twelve\n bytes", "li.na", &why), -EINVAL);
	memset(long_one, 'x', sizeof(long_one) - 1);
	long_one[WEIR_PASSWORD_MAX + 1] = '\0';
	assert_int_equal(weir_password_fits(long_one, "li.na", &why), -EINVAL);
	long_one[WEIR_PASSWORD_MAX] = '\0';
	assert_int_equal(weir_password_fits(long_one, "li.na", &why), 0);
}

/* RFC 6238, appendix B, cut to six digits. */
static void totp__is_the_standards(void **state)
{
	static const struct {
		uint64_t time_s;
		const char *code;
	} cases[] = {
		{59, "287082"},		{1111111109, "081804"}, {1111111111, "050471"},
		{1234567890, "005924"}, {2000000000, "279037"}, {UINT64_C(20000000000), "353130"},
	};
	static const uint8_t secret[] = "12345678901234567890";
	char code[WEIR_TOTP_DIGITS + 1], text[WEIR_TOTP_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(weir_totp_code(secret, cases[i].time_s, code), 0);
		assert_string_equal(code, cases[i].code);
	}
	weir_totp_format(secret, text);
	assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

static void totp__a_code_works_once_and_near(void **state)
{
	static const uint8_t secret[] = "12345678901234567890";
	const uint64_t now = 1111111111;
	char code[WEIR_TOTP_DIGITS + 1];
	uint64_t step = 0;

	assert_int_equal(weir_totp_code(secret, now, code), 0);
	assert_int_equal(weir_totp_verify(secret, code, now, 0, &step), 0);
	assert_int_equal(step, now / 30);
	assert_int_equal(weir_totp_verify(secret, code, now, step, &step), -EACCES);
	assert_int_equal(weir_totp_verify(secret, code, now, step - 1, &step), 0);
	assert_int_equal(weir_totp_verify(secret, code, now + 30, 0, &step), 0);
	assert_int_equal(weir_totp_verify(secret, code, now - 30, 0, &step), 0);
	assert_int_equal(weir_totp_verify(secret, code, now + 60, 0, &step), -EACCES);
	assert_int_equal(weir_totp_verify(secret, code, now - 60, 0, &step), -EACCES);
	/* the code after it still works, the one before it does not */
	assert_int_equal(weir_totp_code(secret, now + 30, code), 0);
	assert_int_equal(weir_totp_verify(secret, code, now, now / 30, &step), 0);
	assert_int_equal(weir_totp_code(secret, now - 30, code), 0);
	assert_int_equal(weir_totp_verify(secret, code, now, now / 30, &step), -EACCES);
	assert_int_equal(weir_totp_verify(secret, "", now, 0, &step), -EACCES);
	assert_int_equal(weir_totp_verify(secret, "0504710", now, 0, &step), -EACCES);
	assert_int_equal(weir_totp_verify(secret, "050471", 0, 0, &step), -EACCES);
}

static void secret__is_known_again(void **state)
{
	char one[WEIR_SECRET_TEXT], two[WEIR_SECRET_TEXT];
	uint8_t a[WEIR_SECRET_HASH], b[WEIR_SECRET_HASH];

	assert_int_equal(weir_secret_make(WEIR_SECRET_TOKEN, one), 0);
	assert_int_equal(weir_secret_make(WEIR_SECRET_TOKEN, two), 0);
	assert_int_equal(strlen(one), 6 + 64);
	assert_int_equal(strncmp(one, "weirt_", 6), 0);
	assert_string_not_equal(one, two);
	assert_int_equal(weir_secret_hash(WEIR_SECRET_TOKEN, one, a), 0);
	assert_int_equal(weir_secret_hash(WEIR_SECRET_TOKEN, one, b), 0);
	assert_memory_equal(a, b, sizeof(a));
	assert_int_equal(weir_secret_hash(WEIR_SECRET_TOKEN, two, b), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_int_equal(weir_secret_hash(WEIR_SECRET_SESSION, one, a), -EINVAL);
	assert_int_equal(weir_secret_hash(WEIR_SECRET_TOKEN, one + 1, a), -EINVAL);
	assert_int_equal(weir_secret_hash(WEIR_SECRET_TOKEN, "", a), -EINVAL);
}

static void secret__csrf_follows_from_the_session(void **state)
{
	char session[WEIR_SECRET_TEXT], other[WEIR_SECRET_TEXT], csrf[WEIR_CSRF_TEXT];

	assert_int_equal(weir_secret_make(WEIR_SECRET_SESSION, session), 0);
	assert_int_equal(weir_secret_make(WEIR_SECRET_SESSION, other), 0);
	assert_int_equal(weir_csrf_make(session, csrf), 0);
	assert_true(weir_csrf_fits(session, csrf));
	assert_false(weir_csrf_fits(other, csrf));
	assert_false(weir_csrf_fits(session, ""));
	assert_false(weir_csrf_fits(session, session));
	csrf[63] = csrf[63] == '0' ? '1' : '0';
	assert_false(weir_csrf_fits(session, csrf));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(password__verifies),
		cmocka_unit_test(password__knows_the_reference),
		cmocka_unit_test(password__refuses_costly_verifiers),
		cmocka_unit_test(password__fits),
		cmocka_unit_test(totp__is_the_standards),
		cmocka_unit_test(totp__a_code_works_once_and_near),
		cmocka_unit_test(secret__is_known_again),
		cmocka_unit_test(secret__csrf_follows_from_the_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
