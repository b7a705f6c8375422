/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "internal.h"

void weir_fleet_said_done(struct weir_fleet_said *said)
{
	weir_wire_free(said->wire);
}

static const char *attribute(Weir__V1__KeyValue *const *list, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i]->key, key) == 0 && list[i]->value)
			return list[i]->value->string_value;
	return NULL;
}

static bool within(const char *text, size_t max)
{
	return !text || strlen(text) <= max;
}

/* Names are those of OpenTelemetry's conventions. */
static int read_description(const Weir__V1__AgentDescription *description,
			    struct weir_fleet_said *said)
{
	if (!description)
		return 0;
	said->hardware = attribute(description->non_identifying_attributes,
				   description->n_non_identifying_attributes, "host.id");
	said->host = attribute(description->non_identifying_attributes,
			       description->n_non_identifying_attributes, "host.name");
	said->version = attribute(description->identifying_attributes,
				  description->n_identifying_attributes, "service.version");
	return within(said->hardware, WEIR_FLEET_HARDWARE_MAX) &&
			       within(said->host, WEIR_FLEET_HOST_MAX) &&
			       within(said->version, WEIR_FLEET_VERSION_MAX)
		       ? 0
		       : -E2BIG;
}

static int read_request(const Weir__V1__ConnectionSettingsRequest *request,
			struct weir_fleet_said *said)
{
	if (request && request->opamp)
		said->request = request->opamp->certificate_request;
	return said->request && said->request->csr.len > WEIR_CSR_MAX ? -E2BIG : 0;
}

/* The entry "policy" holds the hash of what is enforced, not the policy. */
static int read_effective(const Weir__V1__EffectiveConfig *effective, struct weir_fleet_said *said)
{
	const Weir__V1__AgentConfigMap *map = effective ? effective->config_map : NULL;

	for (size_t i = 0; map && i < map->n_config_map; i++) {
		const Weir__V1__AgentConfigEntry *entry = map->config_map[i];

		if (strcmp(entry->key, "policy") != 0 || !entry->value)
			continue;
		if (entry->value->body.len != WEIR_FLEET_HASH_LEN)
			return -EBADMSG;
		said->effective_hash = entry->value->body.data;
	}
	return 0;
}

static int check(const Weir__V1__AgentToServer *message)
{
	const Weir__V1__RemoteConfigStatus *status = message->remote_config_status;

	if (message->instance_uid.len != WEIR_UID_LEN)
		return -EBADMSG;
	if (status && status->last_remote_config_hash.len != 0 &&
	    status->last_remote_config_hash.len != WEIR_FLEET_HASH_LEN)
		return -EBADMSG;
	return 0;
}

int weir_fleet_read_message(const struct weir_fleet_message *message, struct weir_fleet_said *ret)
{
	struct weir_fleet_said said _cleanup_(weir_fleet_said_done) = {};
	int r;

	if (message->len > WEIR_FLEET_MESSAGE_MAX)
		return -E2BIG;
	r = weir_wire_unpack(&weir__v1__agent_to_server__descriptor, message->body, message->len,
			     &said.wire);
	if (r < 0)
		return r;
	said.message = weir_wire_message(said.wire);
	r = check(said.message);
	if (r == 0)
		r = read_description(said.message->agent_description, &said);
	if (r == 0)
		r = read_request(said.message->connection_settings_request, &said);
	if (r == 0)
		r = read_effective(said.message->effective_config, &said);
	if (r < 0)
		return r;
	*ret = said;
	said.wire = NULL;
	return 0;
}
