/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "endpoint.h"
#include "place.h"
#include "weir/base/time.h"

static void come_in(struct place *place, struct endpoint *endpoint, const char *token)
{
	struct weir_fleet_reply reply = endpoint_enroll(place, endpoint, token);

	endpoint_take(endpoint, &reply);
	reply_done(&reply);
	assert_int_equal(endpoint_identify(place, endpoint), 0);
}

static struct weir_fleet_reply say_nothing(struct place *place, struct endpoint *endpoint)
{
	Weir__V1__AgentToServer message = WEIR__V1__AGENT_TO_SERVER__INIT;

	return endpoint_say(place, endpoint, &message);
}

static void expect_enroll(struct place *place, struct endpoint *endpoint, const char *token,
			  unsigned status, const char *code)
{
	struct weir_fleet_reply reply = endpoint_enroll(place, endpoint, token);

	assert_int_equal(reply.status, status);
	assert_string_equal(reply.code, code);
	assert_int_equal(reply.body.len, 0);
	reply_done(&reply);
}

static void enroll__gives_a_certificate(void **state)
{
	struct place *place = *state;
	char token[WEIR_FLEET_TOKEN_TEXT];
	struct endpoint endpoint _cleanup_(endpoint_done);

	endpoint_init(&endpoint, 7);
	place_token(place, 1, token);
	come_in(place, &endpoint, token);
	assert_int_equal(endpoint.identity.state, WEIR_FLEET_ACTIVE);
	assert_string_equal(endpoint.identity.group, "g");
	assert_memory_equal(endpoint.identity.uid, endpoint.uid, WEIR_UID_LEN);
	assert_true(endpoint.identity.expires_ns - endpoint.identity.issued_ns <=
		    30 * 86400 * WEIR_NSEC_PER_SEC);
}

static void enroll__counts_uses(void **state)
{
	struct place *place = *state;
	char token[WEIR_FLEET_TOKEN_TEXT];
	struct endpoint a _cleanup_(endpoint_done), b _cleanup_(endpoint_done);
	struct endpoint c _cleanup_(endpoint_done);

	endpoint_init(&a, 1);
	endpoint_init(&b, 2);
	endpoint_init(&c, 3);
	place_token(place, 2, token);
	come_in(place, &a, token);
	come_in(place, &a, token); /* the answer was lost */
	come_in(place, &b, token);
	expect_enroll(place, &c, token, 401, "token");
	come_in(place, &b, token);
	assert_int_equal(b.identity.state, WEIR_FLEET_ACTIVE);
}

static void enroll__is_repeated_within_an_hour(void **state)
{
	struct place *place = *state;
	char token[WEIR_FLEET_TOKEN_TEXT];
	struct endpoint a _cleanup_(endpoint_done);
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;

	endpoint_init(&a, 1);
	place_token(place, 1, token);
	come_in(place, &a, token);
	come_in(place, &a, token);
	/* Both were asked for, the first 59 minutes ago and then 61. */
	for (uint64_t minutes = 59; minutes <= 61; minutes += 2) {
		const uint64_t then = weir_now_realtime() - minutes * 60 * WEIR_NSEC_PER_SEC;

		assert_int_equal(weir_db_write(place->store, &tx), 0);
		assert_true(
			WEIR_DB_RUN(tx,
				    "UPDATE fleet_certificates SET issued_ns = $1 WHERE "
				    "issued_ns = (SELECT min(issued_ns) FROM fleet_certificates)",
				    weir_db_int((int64_t)then)) > 0);
		assert_int_equal(weir_db_commit(tx), 0);
		weir_db_end(TAKE_PTR(tx));
		if (minutes == 59)
			come_in(place, &a, token);
	}
	expect_enroll(place, &a, token, 401, "token");
}

static void enroll__refuses_other_tokens(void **state)
{
	struct place *place = *state;
	char token[WEIR_FLEET_TOKEN_TEXT], wrong[WEIR_FLEET_TOKEN_TEXT];
	struct endpoint endpoint _cleanup_(endpoint_done);
	struct weir_db_tx *tx = NULL;

	endpoint_init(&endpoint, 1);
	place_token(place, 5, token);
	expect_enroll(place, &endpoint, NULL, 401, "token");
	expect_enroll(place, &endpoint, "", 401, "token");
	for (size_t i = 0; i < strlen(token); i += 7) {
		memcpy(wrong, token, sizeof(wrong));
		wrong[i] = wrong[i] == '0' ? '1' : '0';
		expect_enroll(place, &endpoint, wrong, 401, "token");
	}
	token[strlen(token) - 1] = '\0';
	expect_enroll(place, &endpoint, token, 401, "token");

	place_token(place, 5, token);
	assert_int_equal(weir_db_write(place->store, &tx), 0);
	assert_int_equal(WEIR_DB_RUN(tx, "UPDATE fleet_tokens SET expires_ns = $1",
				     weir_db_int((int64_t)weir_now_realtime())),
			 2);
	assert_int_equal(weir_db_commit(tx), 0);
	weir_db_end(tx);
	expect_enroll(place, &endpoint, token, 401, "token");

	place_token(place, 5, token);
	assert_int_equal(weir_db_write(place->store, &tx), 0);
	assert_int_equal(weir_fleet_token_revoke(tx, 3), 0);
	assert_int_equal(weir_fleet_token_revoke(tx, 4), -ENOENT);
	assert_int_equal(weir_db_commit(tx), 0);
	weir_db_end(tx);
	expect_enroll(place, &endpoint, token, 401, "token");
}

static void token__has_bounds(void **state)
{
	struct place *place = *state;
	const uint64_t now = weir_now_realtime();
	const struct weir_fleet_token tokens[] = {
		{.group = "", .created_ns = now, .expires_ns = now, .max_uses = 1},
		{.group = "",
		 .created_ns = now,
		 .expires_ns = now + WEIR_FLEET_TOKEN_MOST_NS + 1,
		 .max_uses = 1},
		{.group = "", .created_ns = now, .expires_ns = now + 1, .max_uses = 0},
		{.group = "",
		 .created_ns = now,
		 .expires_ns = now + 1,
		 .max_uses = WEIR_FLEET_TOKEN_USES + 1},
		{.group = "01234567890123456789012345678901234567890123456789012345678901234",
		 .created_ns = now,
		 .expires_ns = now + 1,
		 .max_uses = 1},
	};
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	char text[WEIR_FLEET_TOKEN_TEXT];
	int64_t id;

	assert_int_equal(weir_db_write(place->store, &tx), 0);
	for (size_t i = 0; i < ARRAY_SIZE(tokens); i++)
		assert_int_equal(weir_fleet_token_make(place->fleet, tx, &tokens[i], text, &id),
				 -EINVAL);
}

/* The token stands nowhere in the database. */
static void token__is_stored_hashed(void **state)
{
	struct place *place = *state;
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	char token[WEIR_FLEET_TOKEN_TEXT];
	size_t len;

	place_token(place, 1, token);
	assert_int_equal(weir_db_read(place->store, &tx), 0);
	assert_int_equal(weir_db_query(tx, "SELECT hash, group_name, created_by FROM fleet_tokens",
				       NULL, 0, &rows),
			 0);
	assert_int_equal(weir_db_next(rows), 1);
	(void)weir_db_get_blob(rows, 0, &len);
	assert_int_equal(len, 32);
	assert_null(strstr(weir_db_get_text(rows, 1), "weir"));
	assert_int_equal(weir_db_next(rows), 0);
}

static void identify__refuses_what_it_did_not_issue(void **state)
{
	struct place *place = *state;
	char token[WEIR_FLEET_TOKEN_TEXT];
	struct endpoint a _cleanup_(endpoint_done), b _cleanup_(endpoint_done);
	struct weir_fleet_identity identity = {};

	endpoint_init(&a, 1);
	endpoint_init(&b, 2);
	place_token(place, 2, token);
	come_in(place, &a, token);
	come_in(place, &b, token);
	const struct weir_fleet_shown cases[] = {
		{NULL, a.serial, a.dn},
		{"", a.serial, a.dn},
		{"NONE", a.serial, a.dn},
		{"FAILED:certificate has expired", a.serial, a.dn},
		{"SUCCESS", NULL, a.dn},
		{"SUCCESS", "", a.dn},
		{"SUCCESS", a.serial + 1, a.dn},
		{"SUCCESS", "40000000000000000000000000000000", a.dn},
		{"SUCCESS", a.serial, NULL},
		{"SUCCESS", a.serial, ""},
		{"SUCCESS", a.serial, b.dn},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(weir_fleet_identify(place->fleet, &cases[i], &identity), -EACCES);
	assert_int_equal(identity.issued_ns, 0);
}

static void revoke_agent(struct place *place, const struct endpoint *endpoint, int wanted)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;

	assert_int_equal(weir_db_write(place->store, &tx), 0);
	assert_int_equal(weir_fleet_revoke(place->fleet, tx, endpoint->uid, "lost"), wanted);
	assert_int_equal(weir_db_commit(tx), 0);
}

static void approve(struct place *place, const struct endpoint *endpoint, int wanted)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;

	assert_int_equal(weir_db_write(place->store, &tx), 0);
	assert_int_equal(weir_fleet_approve(place->fleet, tx, endpoint->uid), wanted);
	assert_int_equal(weir_db_commit(tx), 0);
}

static void revoke__counts_at_once(void **state)
{
	struct place *place = *state;
	char token[WEIR_FLEET_TOKEN_TEXT];
	struct endpoint a _cleanup_(endpoint_done), b _cleanup_(endpoint_done);
	struct stat before, after;

	endpoint_init(&a, 1);
	endpoint_init(&b, 2);
	place_token(place, 2, token);
	come_in(place, &a, token);
	come_in(place, &b, token);
	assert_int_equal(fstatat(place->dir_fd, WEIR_FLEET_REVOKED_FILE, &before, 0), 0);
	revoke_agent(place, &a, 0);
	assert_int_equal(endpoint_identify(place, &a), -EACCES);
	assert_int_equal(endpoint_identify(place, &b), 0);
	revoke_agent(place, &a, -EALREADY);
	assert_int_equal(weir_fleet_write_revoked(place->fleet), 0);
	assert_int_equal(fstatat(place->dir_fd, WEIR_FLEET_REVOKED_FILE, &after, 0), 0);
	assert_true(after.st_size > before.st_size);
	memset(a.uid, 9, sizeof(a.uid));
	revoke_agent(place, &a, -ENOENT);
}

static void expect_quarantine(struct place *place, struct endpoint *endpoint)
{
	struct weir_fleet_reply reply;

	assert_int_equal(endpoint_identify(place, endpoint), 0);
	assert_int_equal(endpoint->identity.state, WEIR_FLEET_QUARANTINED);
	reply = say_nothing(place, endpoint);
	assert_int_equal(reply.status, 403);
	assert_string_equal(reply.code, "quarantined");
	assert_true(reply.retry_after_s > 0);
	reply_done(&reply);
}

static void quarantine__holds_a_second_key(void **state)
{
	struct place *place = *state;
	char token[WEIR_FLEET_TOKEN_TEXT];
	struct endpoint a _cleanup_(endpoint_done), again _cleanup_(endpoint_done);
	struct weir_fleet_reply reply;

	endpoint_init(&a, 1);
	endpoint_init(&again, 1);
	place_token(place, 2, token);
	come_in(place, &a, token);
	come_in(place, &again, token);
	expect_quarantine(place, &again);
	assert_int_equal(endpoint_identify(place, &a), 0);
	assert_int_equal(a.identity.state, WEIR_FLEET_ACTIVE);

	approve(place, &a, 0);
	approve(place, &a, -EALREADY);
	assert_int_equal(endpoint_identify(place, &again), 0);
	assert_int_equal(again.identity.state, WEIR_FLEET_ACTIVE);
	assert_int_equal(endpoint_identify(place, &a), -EACCES);
	reply = say_nothing(place, &again);
	assert_int_equal(reply.status, 200);
	reply_done(&reply);
}

static void quarantine__holds_known_hardware(void **state)
{
	struct place *place = *state;
	char token[WEIR_FLEET_TOKEN_TEXT];
	struct endpoint a _cleanup_(endpoint_done), b _cleanup_(endpoint_done);
	struct endpoint c _cleanup_(endpoint_done);

	endpoint_init(&a, 1);
	endpoint_init(&b, 2);
	endpoint_init(&c, 3);
	a.hardware = b.hardware = "machine-1";
	c.hardware = "machine-2";
	place_token(place, 3, token);
	come_in(place, &a, token);
	come_in(place, &b, token);
	come_in(place, &c, token);
	assert_int_equal(c.identity.state, WEIR_FLEET_ACTIVE);
	expect_quarantine(place, &b);
	approve(place, &b, 0);
	assert_int_equal(endpoint_identify(place, &a), -EACCES);
	assert_int_equal(endpoint_identify(place, &b), 0);
	assert_int_equal(b.identity.state, WEIR_FLEET_ACTIVE);
}

static int take_reason(void *context, const struct weir_fleet_agent *agent)
{
	char *text = context;

	(void)snprintf(text, 256, "%d|%s|%s|%s|%d|%s|%u|%s|%d|%d", agent->state, agent->group,
		       agent->host, agent->reason, agent->healthy, agent->last_error,
		       agent->policy_status, agent->policy_error, agent->policy_hash != NULL,
		       agent->effective_hash != NULL);
	return 0;
}

static void describe(struct place *place, char text[static 256])
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;

	text[0] = '\0';
	assert_int_equal(weir_db_read(place->store, &tx), 0);
	assert_int_equal(weir_fleet_agent_list(tx, NULL, NULL, 0, 10, take_reason, text), 0);
}

static void expect_listed(struct place *place, struct weir_store_scope scope, const char *wanted)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	char text[256] = "";

	assert_int_equal(weir_db_read(place->store, &tx), 0);
	assert_int_equal(weir_fleet_agent_list(tx, &scope, NULL, 0, 10, take_reason, text), 0);
	if (*wanted ? !strstr(text, wanted) : *text)
		fail_msg("listed: %s, not %s", text, wanted);
}

/* The endpoint's group is that of its token, "g". */
static void agents__are_listed_by_group(void **state)
{
	struct place *place = *state;
	char token[WEIR_FLEET_TOKEN_TEXT];
	struct endpoint a _cleanup_(endpoint_done) = {};

	endpoint_init(&a, 1);
	place_token(place, 1, token);
	come_in(place, &a, token);
	expect_listed(place, (struct weir_store_scope){1, {"g"}}, "|g|");
	expect_listed(place, (struct weir_store_scope){2, {"other", "g"}}, "|g|");
	expect_listed(place, (struct weir_store_scope){1, {"other"}}, "");
	expect_listed(place, (struct weir_store_scope){}, "");
}

/* Two programs with one key: each counts on by itself. */
static void quarantine__finds_two_places(void **state)
{
	struct place *place = *state;
	char token[WEIR_FLEET_TOKEN_TEXT], text[256];
	struct endpoint a _cleanup_(endpoint_done);
	struct weir_fleet_reply reply;
	uint64_t here, there = UINT64_C(77) << 32;
	unsigned status = 200;

	endpoint_init(&a, 1);
	place_token(place, 1, token);
	come_in(place, &a, token);
	for (int i = 0; i < 4 && status == 200; i++) {
		reply = say_nothing(place, &a);
		status = reply.status ? reply.status : 200;
		reply_done(&reply);
		here = a.sequence;
		a.sequence = there;
		if (status == 200) {
			reply = say_nothing(place, &a);
			status = reply.status ? reply.status : 200;
			reply_done(&reply);
		}
		there = a.sequence;
		a.sequence = here;
	}
	assert_int_equal(status, 403);
	expect_quarantine(place, &a);
	describe(place, text);
	assert_string_equal(text, "2|g||one identity in use at two places|0||0||0|0");
	approve(place, &a, 0);
	assert_int_equal(endpoint_identify(place, &a), 0);
	assert_int_equal(a.identity.state, WEIR_FLEET_ACTIVE);
}

/* A program that starts again, even often, is one place. */
static void quarantine__lets_restarts_pass(void **state)
{
	struct place *place = *state;
	char token[WEIR_FLEET_TOKEN_TEXT];
	struct endpoint a _cleanup_(endpoint_done);

	endpoint_init(&a, 1);
	place_token(place, 1, token);
	come_in(place, &a, token);
	for (uint64_t i = 1; i < 10; i++) {
		struct weir_fleet_reply reply;
		struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;

		a.sequence = i << 40;
		reply = say_nothing(place, &a);
		assert_int_equal(reply_read(&reply, &wire)->flags, 1); /* ReportFullState */
		reply_done(&reply);
		reply = say_nothing(place, &a);
		assert_true(reply.wait);
		reply_done(&reply);
	}
	/* the same number again is a repetition, a lower one another place */
	a.sequence--;
	struct weir_fleet_reply reply = say_nothing(place, &a);
	assert_true(reply.wait);
	reply_done(&reply);
	a.sequence -= 2;
	reply = say_nothing(place, &a);
	assert_int_equal(reply.status, 403);
	reply_done(&reply);
}

static void opamp__refuses_another_uid(void **state)
{
	struct place *place = *state;
	char token[WEIR_FLEET_TOKEN_TEXT];
	struct endpoint a _cleanup_(endpoint_done);
	struct weir_fleet_reply reply;

	endpoint_init(&a, 1);
	place_token(place, 1, token);
	come_in(place, &a, token);
	a.uid[3] ^= 1;
	reply = say_nothing(place, &a);
	assert_int_equal(reply.status, 403);
	assert_string_equal(reply.code, "not_yours");
	reply_done(&reply);
}

static void opamp__bounds_how_often(void **state)
{
	struct place *place = *state;
	char token[WEIR_FLEET_TOKEN_TEXT];
	struct endpoint a _cleanup_(endpoint_done);
	unsigned status = 0;

	endpoint_init(&a, 1);
	place_token(place, 1, token);
	come_in(place, &a, token);
	for (int i = 0; i < 1000 && status != 429; i++) {
		struct weir_fleet_reply reply = say_nothing(place, &a);

		status = reply.status;
		assert_true(status != 429 || i >= 60);
		assert_int_equal(reply.retry_after_s, status == 429 ? 5 : 0);
		reply_done(&reply);
	}
	assert_int_equal(status, 429);
}

static void opamp__keeps_what_was_said(void **state)
{
	struct place *place = *state;
	char token[WEIR_FLEET_TOKEN_TEXT], text[256];
	struct endpoint a _cleanup_(endpoint_done);
	Weir__V1__AgentToServer message = WEIR__V1__AGENT_TO_SERVER__INIT;
	Weir__V1__ComponentHealth health = WEIR__V1__COMPONENT_HEALTH__INIT;
	Weir__V1__RemoteConfigStatus status = WEIR__V1__REMOTE_CONFIG_STATUS__INIT;
	uint8_t hash[WEIR_FLEET_HASH_LEN] = {1};
	struct weir_fleet_reply reply;

	endpoint_init(&a, 1);
	place_token(place, 1, token);
	come_in(place, &a, token);
	health.healthy = 0;
	health.last_error = (char *)"tier 3";
	status.last_remote_config_hash = (ProtobufCBinaryData){sizeof(hash), hash};
	status.status = WEIR__V1__REMOTE_CONFIG_STATUSES__REMOTE_CONFIG_STATUS_FAILED;
	status.error_message = (char *)"no keys";
	message.health = &health;
	message.remote_config_status = &status;
	reply = endpoint_say(place, &a, &message);
	assert_int_equal(reply.status, 200);
	reply_done(&reply);
	place_restart(place); /* writes */
	describe(place, text);
	assert_string_equal(text, "1|g|||0|tier 3|3|no keys|1|0");
}

struct offering {
	struct weir_fleet_offer offer;
	const char *body;
	char group[65];
	unsigned asked;
};

static int get_offer(void *context, const struct weir_fleet_asker *asker,
		     const uint8_t have[static WEIR_FLEET_HASH_LEN], struct weir_fleet_offer *ret)
{
	struct offering *offering = context;

	offering->asked++;
	(void)snprintf(offering->group, sizeof(offering->group), "%s", asker->group);
	if (!offering->body)
		return 0;
	memcpy(ret->hash, offering->offer.hash, sizeof(ret->hash));
	ret->size = offering->offer.size;
	ret->revision = offering->offer.revision;
	return memcmp(have, ret->hash, sizeof(ret->hash)) == 0
		       ? 1
		       : weir_buf_puts(&ret->body, offering->body) + 1;
}

static void opamp__offers_until_it_is_taken(void **state)
{
	struct place *place = *state;
	struct offering offering = {.offer = {.hash = {5}, .revision = 12, .size = 70000}};
	const struct weir_fleet_offers offers = {.get = get_offer, .context = &offering};
	char token[WEIR_FLEET_TOKEN_TEXT];
	struct endpoint a _cleanup_(endpoint_done);
	Weir__V1__AgentToServer message = WEIR__V1__AGENT_TO_SERVER__INIT;
	Weir__V1__RemoteConfigStatus status = WEIR__V1__REMOTE_CONFIG_STATUS__INIT;
	struct weir_fleet_reply reply;

	place->options.offers = &offers;
	place_restart(place);
	endpoint_init(&a, 1);
	place_token(place, 1, token);
	come_in(place, &a, token);
	reply = say_nothing(place, &a);
	reply_done(&reply);
	reply = say_nothing(place, &a);
	assert_true(reply.wait);
	assert_string_equal(offering.group, "g");
	reply_done(&reply);
	offering.body = "envelope";
	for (int i = 0; i < 3; i++) {
		struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
		const Weir__V1__ServerToAgent *said;
		const Weir__V1__AgentConfigEntry *entry;

		offering.body = i == 2 ? "" : "envelope"; /* 2: too large for the answer */
		reply = say_nothing(place, &a);
		said = reply_read(&reply, &wire);
		assert_int_equal(said->remote_config->config_hash.len, WEIR_FLEET_HASH_LEN);
		assert_int_equal(said->remote_config->config_hash.data[0], 5);
		assert_int_equal(said->remote_config->config->n_config_map, 1);
		entry = said->remote_config->config->config_map[0];
		assert_string_equal(entry->key, "policy");
		if (i < 2) {
			assert_int_equal(entry->value->body.len, 8);
			assert_memory_equal(entry->value->body.data, "envelope", 8);
		} else {
			assert_non_null(memmem(entry->value->body.data, entry->value->body.len,
					       "\"size\":70000,\"revision\":12", 26));
		}
		reply_done(&reply);
	}
	status.last_remote_config_hash =
		(ProtobufCBinaryData){WEIR_FLEET_HASH_LEN, offering.offer.hash};
	message.remote_config_status = &status;
	reply = endpoint_say(place, &a, &message);
	assert_true(reply.wait);
	reply_done(&reply);
	reply = say_nothing(place, &a);
	assert_true(reply.wait);
	reply_done(&reply);
}

static void ca__is_kept_and_guarded(void **state)
{
	struct place *place = *state;
	char pin[WEIR_CA_PIN_TEXT];
	struct weir_ca *ca = NULL;
	struct weir_error err = {};
	struct stat st;

	memcpy(pin, weir_ca_pin(weir_fleet_ca(place->fleet)), sizeof(pin));
	assert_int_equal(strlen(pin), 64);
	place_restart(place);
	assert_string_equal(weir_ca_pin(weir_fleet_ca(place->fleet)), pin);
	assert_int_equal(fstatat(place->dir_fd, WEIR_CA_KEY_FILE, &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(fchmodat(place->dir_fd, WEIR_CA_KEY_FILE, 0640, 0), 0);
	assert_int_equal(weir_ca_open(place->dir_fd, &err, &ca), -EPERM);
	assert_int_equal(fchmodat(place->dir_fd, WEIR_CA_KEY_FILE, 0600, 0), 0);
	assert_int_equal(unlinkat(place->dir_fd, WEIR_CA_KEY_FILE, 0), 0);
	assert_int_equal(weir_ca_open(place->dir_fd, &err, &ca), -ENOENT);
}

static void server__names_are_names(void **state)
{
	static const char *const wrong[] = {"", "a,", ",a", "a b", "a/b", "a,DNS:b", "a;b", "@s"};
	struct place *place = *state;
	struct weir_fleet *fleet = NULL;
	struct weir_error err = {};
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		place->options.server_names = wrong[i];
		assert_int_equal(weir_fleet_new(&place->options, &err, &fleet), -EINVAL);
	}
	place->options.server_names = "console.example,10.0.0.1";
	place_restart(place);
	assert_int_equal(fstatat(place->dir_fd, "server.pem", &st, 0), 0);
	assert_int_equal(fstatat(place->dir_fd, "server.key", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void hear(void *context, const char *topic, uint64_t number)
{
	if (strcmp(topic, WEIR_FLEET_TOPIC) == 0)
		atomic_store((atomic_bool *)context, true);
}

static void await_announcement(atomic_bool *heard)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};

	for (int i = 0; i < 9000 && !atomic_load(heard); i++)
		nanosleep(&pause, NULL);
	assert_true(atomic_load(heard));
}

/* Two processes on one database and one authority: what one does counts in the other at once. */
static void fleet__is_one_in_two_consoles(void **state)
{
	struct place *here = *state, there = *here;
	struct endpoint a _cleanup_(endpoint_done), b _cleanup_(endpoint_done);
	char token[WEIR_FLEET_TOKEN_TEXT];
	static atomic_bool heard;
	struct weir_error err = {};

	if (place_kind() != PLACE_POSTGRESQL)
		skip();
	endpoint_init(&a, 1);
	endpoint_init(&b, 2);
	assert_int_equal(place_open_another(&here->stored, &there.store), 0);
	assert_int_equal(weir_store_listen(there.store, hear, &heard), 0);
	there.options.store = there.store;
	assert_int_equal(weir_fleet_new(&there.options, &err, &there.fleet), 0);

	place_token(here, 1, token);
	come_in(here, &a, token);
	expect_enroll(&there, &b, token, 401, "token");
	assert_int_equal(endpoint_identify(&there, &a), 0);
	assert_string_equal(a.identity.group, "g");
	revoke_agent(here, &a, 0);
	assert_int_equal(endpoint_identify(&there, &a), -EACCES);
	await_announcement(&heard);
	weir_fleet_free(there.fleet);
	weir_store_free(there.store);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
	const struct CMUnitTest tests[] = {
		TEST(enroll__gives_a_certificate),
		TEST(enroll__counts_uses),
		TEST(enroll__is_repeated_within_an_hour),
		TEST(enroll__refuses_other_tokens),
		TEST(token__has_bounds),
		TEST(token__is_stored_hashed),
		TEST(identify__refuses_what_it_did_not_issue),
		TEST(revoke__counts_at_once),
		TEST(quarantine__holds_a_second_key),
		TEST(quarantine__holds_known_hardware),
		TEST(agents__are_listed_by_group),
		TEST(quarantine__finds_two_places),
		TEST(quarantine__lets_restarts_pass),
		TEST(opamp__refuses_another_uid),
		TEST(opamp__bounds_how_often),
		TEST(opamp__keeps_what_was_said),
		TEST(opamp__offers_until_it_is_taken),
		TEST(ca__is_kept_and_guarded),
		TEST(server__names_are_names),
		TEST(fleet__is_one_in_two_consoles),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
