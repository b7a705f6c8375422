/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "weir/base/parse.h"

#define RETRY_S	      30
#define POINTER_MAX   200
#define ENVELOPE_TYPE "application/vnd.weir.policy+dsse"
#define POINTER_TYPE  "application/vnd.weir.policy-pointer+json"

#define CAPABILITIES                                                                     \
	(WEIR__V1__SERVER_CAPABILITIES__SERVER_CAPABILITIES_ACCEPTS_STATUS |             \
	 WEIR__V1__SERVER_CAPABILITIES__SERVER_CAPABILITIES_OFFERS_REMOTE_CONFIG |       \
	 WEIR__V1__SERVER_CAPABILITIES__SERVER_CAPABILITIES_ACCEPTS_EFFECTIVE_CONFIG |   \
	 WEIR__V1__SERVER_CAPABILITIES__SERVER_CAPABILITIES_OFFERS_CONNECTION_SETTINGS | \
	 WEIR__V1__SERVER_CAPABILITIES__SERVER_CAPABILITIES_ACCEPTS_CONNECTION_SETTINGS_REQUEST)

void weir_fleet_refuse(struct weir_fleet_reply *reply, unsigned status, const char *code,
		       const char *message, const char *hint)
{
	reply->status = status;
	reply->code = code;
	reply->message = message;
	reply->hint = hint;
	if (status == 429 || status == 503)
		reply->retry_after_s = RETRY_S;
}

void weir_fleet_fail(struct weir_fleet_reply *reply, int error)
{
	switch (error) {
	case -EBADMSG:
		weir_fleet_refuse(reply, 400, "malformed", "the message is malformed",
				  "send an AgentToServer of OpAMP");
		break;
	case -E2BIG:
		weir_fleet_refuse(reply, 413, "too_large", "the message is over a limit",
				  "send less");
		break;
	case -EDQUOT:
		weir_fleet_refuse(reply, 429, "renewals",
				  "this identity was renewed too often in a day",
				  "beat without a request for a certificate");
		reply->suspicious = true;
		break;
	case -EKEYREJECTED:
		weir_fleet_refuse(reply, 400, "csr",
				  "the request for a certificate is not signed by a P-256 key",
				  "make a P-256 key and sign the request with it");
		break;
	default:
		reply->error = error;
		weir_fleet_refuse(reply, 503, "unavailable", "the console cannot answer now",
				  "try again later");
	}
}

/* An envelope that is too large for an answer is fetched by its hash, which nginx keeps for all. */
static void fill_config(const struct weir_fleet_offer *offer, char pointer[static POINTER_MAX],
			Weir__V1__AgentConfigFile *file)
{
	char hash[2 * WEIR_FLEET_HASH_LEN + 1];
	int n;

	if (offer->body.len) {
		file->body.data = (uint8_t *)offer->body.data;
		file->body.len = offer->body.len;
		file->content_type = (char *)ENVELOPE_TYPE;
		return;
	}
	weir_hex(offer->hash, sizeof(offer->hash), hash);
	n = snprintf(pointer, POINTER_MAX,
		     "{\"sha256\":\"%s\",\"size\":%zu,\"revision\":%" PRIu64 "}", hash, offer->size,
		     offer->revision);
	file->body.data = (uint8_t *)pointer;
	file->body.len = (size_t)n;
	file->content_type = (char *)POINTER_TYPE;
}

static void fill_connection(const struct weir_fleet *fleet, const struct weir_buf *certificate,
			    Weir__V1__TLSCertificate *tls, Weir__V1__OpAMPConnectionSettings *opamp)
{
	opamp->heartbeat_interval_seconds = fleet->heartbeat_s;
	if (!certificate)
		return;
	tls->cert.data = (uint8_t *)certificate->data;
	tls->cert.len = certificate->len;
	tls->ca_cert.data = (uint8_t *)weir_ca_pem(fleet->ca);
	tls->ca_cert.len = strlen(weir_ca_pem(fleet->ca));
	opamp->certificate = tls;
}

void weir_fleet_answer(const struct weir_fleet *fleet, const struct weir_fleet_answer *answer,
		       struct weir_fleet_reply *reply)
{
	Weir__V1__ServerToAgent message = WEIR__V1__SERVER_TO_AGENT__INIT;
	Weir__V1__AgentRemoteConfig config = WEIR__V1__AGENT_REMOTE_CONFIG__INIT;
	Weir__V1__AgentConfigMap map = WEIR__V1__AGENT_CONFIG_MAP__INIT;
	Weir__V1__AgentConfigEntry entry = WEIR__V1__AGENT_CONFIG_ENTRY__INIT, *entries = &entry;
	Weir__V1__AgentConfigFile file = WEIR__V1__AGENT_CONFIG_FILE__INIT;
	Weir__V1__ConnectionSettingsOffers settings = WEIR__V1__CONNECTION_SETTINGS_OFFERS__INIT;
	Weir__V1__OpAMPConnectionSettings opamp = WEIR__V1__OP_AMPCONNECTION_SETTINGS__INIT;
	Weir__V1__TLSCertificate tls = WEIR__V1__TLSCERTIFICATE__INIT;
	char pointer[POINTER_MAX];
	int r;

	message.instance_uid = (ProtobufCBinaryData){WEIR_UID_LEN, (uint8_t *)answer->uid};
	message.capabilities = CAPABILITIES;
	if (answer->full_state)
		message.flags =
			WEIR__V1__SERVER_TO_AGENT_FLAGS__SERVER_TO_AGENT_FLAGS_REPORT_FULL_STATE;
	if (answer->offer) {
		fill_config(answer->offer, pointer, &file);
		entry.key = (char *)"policy";
		entry.value = &file;
		map.config_map = &entries;
		map.n_config_map = 1;
		config.config = &map;
		config.config_hash =
			(ProtobufCBinaryData){WEIR_FLEET_HASH_LEN, (uint8_t *)answer->offer->hash};
		message.remote_config = &config;
	}
	fill_connection(fleet, answer->certificate, &tls, &opamp);
	settings.opamp = &opamp;
	message.connection_settings = &settings;
	r = weir_wire_pack(&message.base, &reply->body);
	if (r < 0)
		weir_fleet_fail(reply, r);
	else
		reply->status = 200;
}
