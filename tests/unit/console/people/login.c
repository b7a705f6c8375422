/* SPDX-License-Identifier: Apache-2.0 */
/* Log-in by password and code, and sessions. */

#include "fixture.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "weir/console_audit/audit.h"

static void login__opens_a_session(void **state)
{
	const struct fixture *f = *state;
	uint64_t id = add(f, "li.na", "analyst", NULL);
	char session[WEIR_SECRET_TEXT], other[WEIR_SECRET_TEXT];
	struct weir_principal by = login(f, "Li.Na", T0, session), again = {};

	assert_int_equal(by.id, id);
	assert_string_equal(by.name, "li.na");
	assert_int_equal(by.roles, WEIR_ROLE_BIT(WEIR_ROLE_ANALYST));
	assert_true(by.session > 0);
	assert_int_equal(weir_people_identify(f->people, session, T0 + SECOND, &again), 0);
	assert_memory_equal(&again, &by, sizeof(by));
	(void)login(f, "li.na", T0, other);
	assert_string_not_equal(session, other);
	other[20] = other[20] == 'a' ? 'b' : 'a';
	assert_int_equal(weir_people_identify(f->people, other, T0, &again), -EACCES);
	assert_int_equal(weir_people_identify(f->people, "", T0, &again), -EACCES);
	assert_int_equal(
		weir_people_identify(f->people, "weirs_'; DROP TABLE person; --", T0, &again),
		-EACCES);
	/* over */
	assert_int_equal(weir_people_logout(f->people, &by), 0);
	assert_int_equal(weir_people_identify(f->people, session, T0 + SECOND, &again), -EACCES);
	assert_int_equal(audited(f, "session.open"), 2);
	assert_int_equal(audited(f, "session.close"), 1);
}

static void login__sessions_end_by_themselves(void **state)
{
	const struct fixture *f = *state;
	char session[WEIR_SECRET_TEXT];
	struct weir_principal by;
	uint64_t now = T0;

	(void)add(f, "li.na", "analyst", NULL);
	(void)login(f, "li.na", T0, session);
	/* idle */
	assert_int_equal(
		weir_people_identify(f->people, session, T0 + WEIR_SESSION_IDLE_NS - 1, &by), 0);
	assert_int_equal(
		weir_people_identify(f->people, session, T0 + 2 * WEIR_SESSION_IDLE_NS - 1, &by),
		-EACCES);
	/* in use, until it is over all the same */
	(void)login(f, "li.na", T0, session);
	for (; now < T0 + WEIR_SESSION_MAX_NS; now += WEIR_SESSION_IDLE_NS / 2)
		assert_int_equal(weir_people_identify(f->people, session, now, &by), 0);
	assert_int_equal(weir_people_identify(f->people, session, now, &by), -EACCES);
	assert_int_equal(weir_people_purge(f->people, now), 0);
	assert_int_equal(weir_people_identify(f->people, session, T0, &by), -EACCES);
}

static void login__refuses_alike(void **state)
{
	const struct fixture *f = *state;
	char session[WEIR_SECRET_TEXT], text[WEIR_PASSWORD_MAX + 2];
	struct weir_principal by = {};
	uint32_t wait = 1;

	(void)add(f, "li.na", "analyst", NULL);
	assert_int_equal(login_at(f, "li.na", PASSWORD "x", "", T0, session, &by, &wait), -EACCES);
	assert_int_equal(login_at(f, "nobody", PASSWORD, "", T0, session, &by, &wait), -EACCES);
	assert_int_equal(login_at(f, "", "", "", T0, session, &by, &wait), -EACCES);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(login_at(f, "li.na", text, "", T0, session, &by, &wait), -EACCES);
	assert_int_equal(wait, 0);
	assert_int_equal(by.id, 0);
	/* a name that is none is not in the log: it may be a password */
	assert_int_equal(audited(f, "session.refuse"), 3);
	assert_int_equal(audited(f, "session.open"), 0);
}

/* An account waits longer and longer, but not for ever, and a right password ends it. */
static void login__waits_after_wrong_ones(void **state)
{
	static const uint32_t waits[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900};
	const struct fixture *f = *state;
	char session[WEIR_SECRET_TEXT];
	struct weir_principal by = {};
	uint64_t now = T0;
	uint32_t wait;

/* From nowhere in particular: addresses have their own count. */
#define TRY(password)                                                                      \
	weir_people_login(f->people, &(struct weir_login){"li.na", password, "", ""}, now, \
			  session, &by, &wait)
	(void)add(f, "li.na", "analyst", NULL);
	for (int i = 0; i < WEIR_ATTEMPTS_FREE; i++)
		assert_int_equal(TRY("wrong"), -EACCES);
	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		assert_int_equal(TRY("wrong"), -EACCES);
		/* also with the right one, and without counting */
		assert_int_equal(TRY(PASSWORD), -EAGAIN);
		assert_in_range(wait, waits[i], waits[i] + 1);
		now += (waits[i] + 1) * SECOND;
	}
	assert_int_equal(TRY(PASSWORD), 0);
	for (int i = 0; i < WEIR_ATTEMPTS_FREE; i++)
		assert_int_equal(TRY("wrong"), -EACCES);
	assert_int_equal(TRY(PASSWORD), 0);
#undef TRY
}

static void login__waits_for_an_address(void **state)
{
	const struct fixture *f = *state;
	const struct weir_login elsewhere = {"li.na", PASSWORD, "", "192.0.2.2"};
	char session[WEIR_SECRET_TEXT], name[16];
	struct weir_principal by = {};
	uint32_t wait;

	(void)add(f, "li.na", "analyst", NULL);
	for (int i = 0; i <= WEIR_ATTEMPTS_ADDRESS; i++) {
		(void)snprintf(name, sizeof(name), "name%d", i);
		assert_int_equal(login_at(f, name, "wrong", "", T0, session, &by, &wait), -EACCES);
	}
	assert_int_equal(login_at(f, "li.na", PASSWORD, "", T0, session, &by, &wait), -EAGAIN);
	assert_int_equal(weir_people_login(f->people, &elsewhere, T0, session, &by, &wait), 0);
	/* forgotten in the end */
	assert_int_equal(weir_people_purge(f->people, T0 + 7200 * SECOND), 0);
	assert_int_equal(
		login_at(f, "li.na", PASSWORD, "", T0 + 7200 * SECOND, session, &by, &wait), 0);
}

static void login__asks_for_the_code(void **state)
{
	static const uint8_t secret[] = "12345678901234567890";
	const struct fixture *f = *state;
	char session[WEIR_SECRET_TEXT], code[WEIR_TOTP_DIGITS + 1];
	struct weir_principal by = {};
	uint32_t wait;

	(void)add(f, "break.glass", "administrator", secret);
	assert_int_equal(weir_totp_code(secret, T0 / SECOND, code), 0);
	assert_int_equal(login_at(f, "break.glass", PASSWORD, "", T0, session, &by, &wait),
			 -EACCES);
	assert_int_equal(login_at(f, "break.glass", PASSWORD, "000000", T0, session, &by, &wait),
			 -EACCES);
	assert_int_equal(login_at(f, "break.glass", "wrong", code, T0, session, &by, &wait),
			 -EACCES);
	assert_int_equal(login_at(f, "break.glass", PASSWORD, code, T0, session, &by, &wait), 0);
	/* a code that somebody looked at is worth nothing */
	assert_int_equal(
		login_at(f, "break.glass", PASSWORD, code, T0 + SECOND, session, &by, &wait),
		-EACCES);
	assert_int_equal(weir_totp_code(secret, T0 / SECOND + 30, code), 0);
	assert_int_equal(
		login_at(f, "break.glass", PASSWORD, code, T0 + 30 * SECOND, session, &by, &wait),
		0);
}

struct racer {
	const struct fixture *fixture;
	const char *code;
	int result;
};

static void *race(void *context)
{
	struct racer *racer = context;
	char session[WEIR_SECRET_TEXT];
	struct weir_principal by = {};
	uint32_t wait;

	racer->result = login_at(racer->fixture, "break.glass", PASSWORD, racer->code, T0, session,
				 &by, &wait);
	return NULL;
}

/* Of two at once, one. */
static void login__a_code_is_one_persons(void **state)
{
	static const uint8_t secret[] = "12345678901234567890";
	const struct fixture *f = *state;
	char code[WEIR_TOTP_DIGITS + 1];
	struct racer racers[2] = {{f, code, 1}, {f, code, 1}};
	pthread_t threads[2];

	(void)add(f, "break.glass", "administrator", secret);
	assert_int_equal(weir_totp_code(secret, T0 / SECOND, code), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_true((racers[0].result == 0 && racers[1].result == -EACCES) ||
		    (racers[0].result == -EACCES && racers[1].result == 0));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(login__opens_a_session, people_setup,
						people_teardown),
		cmocka_unit_test_setup_teardown(login__sessions_end_by_themselves, people_setup,
						people_teardown),
		cmocka_unit_test_setup_teardown(login__refuses_alike, people_setup,
						people_teardown),
		cmocka_unit_test_setup_teardown(login__waits_after_wrong_ones, people_setup,
						people_teardown),
		cmocka_unit_test_setup_teardown(login__waits_for_an_address, people_setup,
						people_teardown),
		cmocka_unit_test_setup_teardown(login__asks_for_the_code, people_setup,
						people_teardown),
		cmocka_unit_test_setup_teardown(login__a_code_is_one_persons, people_setup,
						people_teardown),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
