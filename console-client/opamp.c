/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_client/opamp.h"

#include <errno.h>
#include <string.h>

#include "weir/v1/opamp.pb-c.h"

#define ENVELOPE_TYPE "application/vnd.weir.policy+dsse"

#define CAPABILITIES                                                                          \
	(WEIR__V1__AGENT_CAPABILITIES__AGENT_CAPABILITIES_REPORTS_STATUS |                    \
	 WEIR__V1__AGENT_CAPABILITIES__AGENT_CAPABILITIES_ACCEPTS_REMOTE_CONFIG |             \
	 WEIR__V1__AGENT_CAPABILITIES__AGENT_CAPABILITIES_REPORTS_EFFECTIVE_CONFIG |          \
	 WEIR__V1__AGENT_CAPABILITIES__AGENT_CAPABILITIES_ACCEPTS_OPAMP_CONNECTION_SETTINGS | \
	 WEIR__V1__AGENT_CAPABILITIES__AGENT_CAPABILITIES_REPORTS_HEALTH |                    \
	 WEIR__V1__AGENT_CAPABILITIES__AGENT_CAPABILITIES_REPORTS_REMOTE_CONFIG |             \
	 WEIR__V1__AGENT_CAPABILITIES__AGENT_CAPABILITIES_REPORTS_HEARTBEAT)

/* All parts of a message; they point at each other, so it is filled where it stays. */
struct draft {
	Weir__V1__AgentToServer message;
	Weir__V1__AgentDescription description;
	Weir__V1__KeyValue pairs[4], *identifying[2], *others[2];
	Weir__V1__AnyValue values[4];
	Weir__V1__ConnectionSettingsRequest settings;
	Weir__V1__OpAMPConnectionSettingsRequest opamp;
	Weir__V1__CertificateRequest request;
	Weir__V1__ComponentHealth health;
	Weir__V1__RemoteConfigStatus status;
	Weir__V1__EffectiveConfig effective;
	Weir__V1__AgentConfigMap map;
	Weir__V1__AgentConfigEntry entry, *entries;
	Weir__V1__AgentConfigFile file;
};

static void describe(const struct weir_endpoint *endpoint, struct draft *draft)
{
	const char *const texts[4][2] = {
		{"service.name", "weir-agent"},
		{"service.version", endpoint->version},
		{"host.name", endpoint->host},
		{"host.id", endpoint->hardware},
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		weir__v1__key_value__init(&draft->pairs[i]);
		weir__v1__any_value__init(&draft->values[i]);
		draft->values[i].string_value = (char *)texts[i][1];
		draft->pairs[i].key = (char *)texts[i][0];
		draft->pairs[i].value = &draft->values[i];
		(i < 2 ? draft->identifying : draft->others)[i % 2] = &draft->pairs[i];
	}
	weir__v1__agent_description__init(&draft->description);
	draft->description.identifying_attributes = draft->identifying;
	draft->description.n_identifying_attributes = 2;
	draft->description.non_identifying_attributes = draft->others;
	draft->description.n_non_identifying_attributes = 2;
	draft->message.agent_description = &draft->description;
	draft->message.capabilities = CAPABILITIES;
}

static void request(const struct weir_buf *csr, struct draft *draft)
{
	weir__v1__certificate_request__init(&draft->request);
	weir__v1__op_ampconnection_settings_request__init(&draft->opamp);
	weir__v1__connection_settings_request__init(&draft->settings);
	draft->request.csr = (ProtobufCBinaryData){csr->len, (uint8_t *)csr->data};
	draft->opamp.certificate_request = &draft->request;
	draft->settings.opamp = &draft->opamp;
	draft->message.connection_settings_request = &draft->settings;
}

/* What was offered last is being applied until the agent says what came of it. */
static void report_status(const struct weir_opamp_say *say, struct draft *draft)
{
	const struct weir_policy_status *policy = say->policy;
	const uint8_t *hash = say->offered;
	bool judged = policy->has_envelope &&
		      (!hash || memcmp(hash, policy->envelope_sha256, WEIR_SHA256_LEN) == 0);

	weir__v1__remote_config_status__init(&draft->status);
	if (judged)
		hash = policy->envelope_sha256;
	if (hash)
		draft->status.last_remote_config_hash =
			(ProtobufCBinaryData){WEIR_SHA256_LEN, (uint8_t *)hash};
	if (hash && !judged)
		draft->status.status =
			WEIR__V1__REMOTE_CONFIG_STATUSES__REMOTE_CONFIG_STATUS_APPLYING;
	else if (judged && policy->outcome == WEIR_POLICY_OUTCOME_APPLIED)
		draft->status.status =
			WEIR__V1__REMOTE_CONFIG_STATUSES__REMOTE_CONFIG_STATUS_APPLIED;
	else if (judged && policy->outcome == WEIR_POLICY_OUTCOME_FAILED)
		draft->status.status =
			WEIR__V1__REMOTE_CONFIG_STATUSES__REMOTE_CONFIG_STATUS_FAILED;
	if (judged)
		draft->status.error_message = (char *)policy->message;
	draft->message.remote_config_status = &draft->status;
}

static void report_effective(const struct weir_policy_status *policy, struct draft *draft)
{
	weir__v1__agent_config_file__init(&draft->file);
	weir__v1__agent_config_entry__init(&draft->entry);
	weir__v1__agent_config_map__init(&draft->map);
	weir__v1__effective_config__init(&draft->effective);
	draft->file.body =
		(ProtobufCBinaryData){WEIR_SHA256_LEN, (uint8_t *)policy->applied_sha256};
	draft->entry.key = (char *)"policy";
	draft->entry.value = &draft->file;
	draft->entries = &draft->entry;
	draft->map.config_map = &draft->entries;
	draft->map.n_config_map = 1;
	draft->effective.config_map = &draft->map;
	draft->message.effective_config = &draft->effective;
}

static void report_health(const struct weir_policy_status *policy, struct draft *draft)
{
	bool failed = policy->outcome == WEIR_POLICY_OUTCOME_FAILED;

	weir__v1__component_health__init(&draft->health);
	draft->health.healthy = !failed;
	draft->health.last_error = (char *)(failed ? policy->message : "");
	draft->health.status = (char *)(failed ? "policy failed" : "running");
	draft->message.health = &draft->health;
}

int weir_opamp_pack(const struct weir_opamp_say *say, struct weir_buf *body)
{
	struct draft draft;

	weir__v1__agent_to_server__init(&draft.message);
	draft.message.instance_uid =
		(ProtobufCBinaryData){WEIR_UID_LEN, (uint8_t *)say->endpoint->uid};
	draft.message.sequence_num = say->sequence;
	if (say->full)
		describe(say->endpoint, &draft);
	if (say->csr)
		request(say->csr, &draft);
	if (say->policy) {
		report_status(say, &draft);
		report_health(say->policy, &draft);
		if (say->policy->has_applied)
			report_effective(say->policy, &draft);
	}
	return weir_wire_pack(&draft.message.base, body);
}

static int read_offer(const Weir__V1__AgentRemoteConfig *remote, struct weir_opamp_heard *heard)
{
	const Weir__V1__AgentConfigMap *map = remote->config;

	if (remote->config_hash.len != WEIR_OPAMP_HASH_LEN || !map)
		return -EBADMSG;
	for (size_t i = 0; i < map->n_config_map; i++) {
		const Weir__V1__AgentConfigEntry *entry = map->config_map[i];

		if (strcmp(entry->key, "policy") != 0 || !entry->value)
			continue;
		heard->offer = remote->config_hash.data;
		if (strcmp(entry->value->content_type, ENVELOPE_TYPE) == 0)
			heard->envelope = &entry->value->body;
		return 0;
	}
	return 0;
}

int weir_opamp_read(const void *data, size_t len, struct weir_opamp_heard *ret)
{
	struct weir_opamp_heard heard _cleanup_(weir_opamp_heard_done) = {};
	const Weir__V1__OpAMPConnectionSettings *opamp;
	const Weir__V1__ServerToAgent *message;
	int r = weir_wire_unpack(&weir__v1__server_to_agent__descriptor, data, len, &heard.wire);

	if (r < 0)
		return r;
	message = weir_wire_message(heard.wire);
	heard.full_state = message->flags &
			   WEIR__V1__SERVER_TO_AGENT_FLAGS__SERVER_TO_AGENT_FLAGS_REPORT_FULL_STATE;
	opamp = message->connection_settings ? message->connection_settings->opamp : NULL;
	if (opamp) {
		heard.heartbeat_s =
			(uint32_t)WEIR_MIN(opamp->heartbeat_interval_seconds, UINT64_C(86400));
		if (opamp->certificate && opamp->certificate->cert.len)
			heard.certificate = &opamp->certificate->cert;
	}
	if (message->remote_config)
		r = read_offer(message->remote_config, &heard);
	if (r < 0)
		return r;
	*ret = heard;
	heard.wire = NULL;
	return 0;
}

void weir_opamp_heard_done(struct weir_opamp_heard *heard)
{
	weir_wire_free(heard->wire);
}

int weir_opamp_bundle(const struct weir_buf *key, const ProtobufCBinaryData *certificate,
		      struct weir_buf *ret)
{
	struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_KEY_PEM_MAX);
	uint64_t from, until;
	int r = weir_buf_append(&pem, certificate->data, certificate->len);

	if (r == 0)
		r = weir_key_validity(key, &pem, &from, &until);
	if (r == 0)
		r = weir_buf_append(ret, key->data, key->len);
	return r < 0 ? r : weir_buf_append(ret, pem.data, pem.len);
}
