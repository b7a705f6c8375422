/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "place.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/console_client/key.h"

void place_restart(struct place *place)
{
	struct weir_error err = {};

	weir_fleet_free(place->fleet);
	place->fleet = NULL;
	if (weir_fleet_new(&place->options, &err, &place->fleet) < 0)
		fail_msg("%s", err.text);
}

int place_setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	(void)snprintf(place->dir, sizeof(place->dir), "/tmp/weir-fleet-XXXXXX");
	assert_non_null(mkdtemp(place->dir));
	place->dir_fd = open(place->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	place->log = weir_log_stderr("test");
	assert_int_equal(place_open(&place->stored, NULL), 0);
	place->store = place_store(&place->stored);
	place->options = (struct weir_fleet_options){
		.store = place->store, .dir_fd = place->dir_fd, .log = &place->log};
	place_restart(place);
	*state = place;
	return 0;
}

int place_teardown(void **state)
{
	static const char *const files[] = {WEIR_CA_KEY_FILE, WEIR_CA_FILE, WEIR_FLEET_REVOKED_FILE,
					    "server.pem", "server.key"};
	struct place *place = *state;

	weir_fleet_free(place->fleet);
	assert_int_equal(place_close(&place->stored), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		(void)unlinkat(place->dir_fd, files[i], 0);
	place->dir_fd = weir_close(place->dir_fd);
	assert_int_equal(rmdir(place->dir), 0);
	free(place);
	return 0;
}

void endpoint_init(struct endpoint *endpoint, uint8_t number)
{
	*endpoint = (struct endpoint){.key = WEIR_BUF_INIT(WEIR_KEY_PEM_MAX),
				      .sequence = (uint64_t)(1000 + number) << 32};
	memset(endpoint->uid, number, WEIR_UID_LEN);
	assert_int_equal(weir_key_make(&endpoint->key), 0);
}

void endpoint_done(struct endpoint *endpoint)
{
	weir_buf_done(&endpoint->key);
}

void place_token(struct place *place, unsigned uses, char text[static WEIR_FLEET_TOKEN_TEXT])
{
	const uint64_t now = weir_now_realtime();
	const struct weir_fleet_token token = {
		.group = "g",
		.created_by = "admin",
		.created_ns = now,
		.expires_ns = now + 3600 * WEIR_NSEC_PER_SEC,
		.max_uses = uses,
	};
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int64_t id = 0;

	assert_int_equal(weir_db_write(place->store, &tx), 0);
	assert_int_equal(weir_fleet_token_make(place->fleet, tx, &token, text, &id), 0);
	assert_int_equal(weir_db_commit(tx), 0);
	assert_true(id > 0);
}

static struct weir_fleet_reply new_reply(void)
{
	return (struct weir_fleet_reply){.body = WEIR_BUF_INIT(WEIR_FLEET_REPLY_MAX)};
}

struct weir_fleet_reply endpoint_enroll(struct place *place, struct endpoint *endpoint,
					const char *token)
{
	Weir__V1__AgentToServer message = WEIR__V1__AGENT_TO_SERVER__INIT;
	Weir__V1__ConnectionSettingsRequest settings = WEIR__V1__CONNECTION_SETTINGS_REQUEST__INIT;
	Weir__V1__OpAMPConnectionSettingsRequest opamp =
		WEIR__V1__OP_AMPCONNECTION_SETTINGS_REQUEST__INIT;
	Weir__V1__CertificateRequest request = WEIR__V1__CERTIFICATE_REQUEST__INIT;
	Weir__V1__AgentDescription description = WEIR__V1__AGENT_DESCRIPTION__INIT;
	Weir__V1__KeyValue host_id = WEIR__V1__KEY_VALUE__INIT, *pairs = &host_id;
	Weir__V1__AnyValue value = WEIR__V1__ANY_VALUE__INIT;
	struct weir_buf csr _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_KEY_PEM_MAX);
	struct weir_buf body _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_FLEET_MESSAGE_MAX);
	struct weir_fleet_reply reply = new_reply();

	assert_int_equal(weir_key_request(&endpoint->key, endpoint->uid, &csr), 0);
	request.csr = (ProtobufCBinaryData){csr.len, (uint8_t *)csr.data};
	opamp.certificate_request = &request;
	settings.opamp = &opamp;
	message.connection_settings_request = &settings;
	message.instance_uid = (ProtobufCBinaryData){WEIR_UID_LEN, endpoint->uid};
	if (endpoint->hardware) {
		host_id.key = (char *)"host.id";
		host_id.value = &value;
		value.string_value = (char *)endpoint->hardware;
		description.non_identifying_attributes = &pairs;
		description.n_non_identifying_attributes = 1;
		message.agent_description = &description;
	}
	assert_int_equal(weir_wire_pack(&message.base, &body), 0);
	weir_fleet_enroll(place->fleet, token,
			  &(struct weir_fleet_message){.body = body.data, .len = body.len}, &reply);
	return reply;
}

void endpoint_take(struct endpoint *endpoint, const struct weir_fleet_reply *reply)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	const Weir__V1__ServerToAgent *message = reply_read(reply, &wire);
	const ProtobufCBinaryData *pem = &message->connection_settings->opamp->certificate->cert;
	BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIGNUM *number;
	char *text, uid[WEIR_UID_TEXT];

	assert_non_null(cert);
	number = ASN1_INTEGER_to_BN(X509_get_serialNumber(cert), NULL);
	text = BN_bn2hex(number);
	(void)snprintf(endpoint->serial, sizeof(endpoint->serial), "%s", text);
	weir_uid_format(endpoint->uid, uid);
	(void)snprintf(endpoint->dn, sizeof(endpoint->dn), "CN=%s", uid);
	OPENSSL_free(text);
	BN_free(number);
	X509_free(cert);
	BIO_vfree(bio);
}

int endpoint_identify(struct place *place, struct endpoint *endpoint)
{
	const struct weir_fleet_shown shown = {"SUCCESS", endpoint->serial, endpoint->dn};

	return weir_fleet_identify(place->fleet, &shown, &endpoint->identity);
}

struct weir_fleet_reply endpoint_say(struct place *place, struct endpoint *endpoint,
				     Weir__V1__AgentToServer *message)
{
	struct weir_buf body _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_FLEET_MESSAGE_MAX);
	struct weir_fleet_reply reply = new_reply();

	message->instance_uid = (ProtobufCBinaryData){WEIR_UID_LEN, endpoint->uid};
	message->sequence_num = ++endpoint->sequence;
	assert_int_equal(weir_wire_pack(&message->base, &body), 0);
	weir_fleet_opamp(
		place->fleet, &endpoint->identity,
		&(struct weir_fleet_message){.body = body.data, .len = body.len, .may_wait = true},
		&reply);
	return reply;
}

const Weir__V1__ServerToAgent *reply_read(const struct weir_fleet_reply *reply,
					  struct weir_wire **ret)
{
	assert_int_equal(reply->status, 200);
	assert_int_equal(weir_wire_unpack(&weir__v1__server_to_agent__descriptor, reply->body.data,
					  reply->body.len, ret),
			 0);
	return weir_wire_message(*ret);
}

void reply_done(struct weir_fleet_reply *reply)
{
	weir_buf_done(&reply->body);
}
