/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "weir/base/utf8.h"

static const char *const migrations[] = {
	"CREATE TABLE policy_key ("
	" id {id},"
	" key_id {text} NOT NULL UNIQUE,"
	" raw {blob} NOT NULL,"
	" owner {int} NOT NULL,"
	" owner_name {text} NOT NULL,"
	" state {int} NOT NULL,"
	" created_ns {int} NOT NULL"
	") {strict};"
	"CREATE TABLE policy_version ("
	" id {id},"
	" revision {int} NOT NULL UNIQUE,"
	" state {int} NOT NULL,"
	" group_name {text} NOT NULL,"
	" note {text} NOT NULL,"
	" min_agent {text} NOT NULL,"
	" source {text} NOT NULL,"
	" cases {text} NOT NULL,"
	" rendered {text} NOT NULL,"
	" payload {blob} NOT NULL,"
	" envelope {blob} NOT NULL,"
	" hash {blob},"
	" not_before_s {int} NOT NULL,"
	" expires_s {int} NOT NULL,"
	" author {int} NOT NULL,"
	" author_name {text} NOT NULL,"
	" created_ns {int} NOT NULL,"
	" publisher {int} NOT NULL,"
	" publisher_name {text} NOT NULL,"
	" published_ns {int} NOT NULL,"
	" rollout {int} NOT NULL,"
	" seed {blob} NOT NULL,"
	" ring {int} NOT NULL,"
	" ring_since_ns {int} NOT NULL,"
	" soak_s {int} NOT NULL,"
	" reason {text} NOT NULL"
	") {strict};"
	"CREATE INDEX policy_version_hash ON policy_version (hash);"
	"CREATE TABLE register_entry ("
	" id {id},"
	" state {int} NOT NULL,"
	" recipient {text} NOT NULL,"
	" classes {text} NOT NULL,"
	" purpose {text} NOT NULL,"
	" agreement {text} NOT NULL,"
	" channel {text} NOT NULL,"
	" to_group {text} NOT NULL,"
	" from_ns {int} NOT NULL,"
	" until_ns {int} NOT NULL,"
	" requester {int} NOT NULL,"
	" requester_name {text} NOT NULL,"
	" approver {int} NOT NULL,"
	" approver_name {text} NOT NULL,"
	" created_ns {int} NOT NULL,"
	" decided_ns {int} NOT NULL,"
	" reminded_ns {int} NOT NULL,"
	" ended_ns {int} NOT NULL"
	") {strict};"
	"CREATE TABLE register_transfer ("
	" entry {int} NOT NULL REFERENCES register_entry (id),"
	" event {int} NOT NULL,"
	" time_ns {int} NOT NULL,"
	" PRIMARY KEY (entry, event)"
	") {keyed};"
	"CREATE TABLE register_cursor ("
	" name {text} NOT NULL PRIMARY KEY,"
	" event {int} NOT NULL"
	") {keyed};",
};

const struct weir_db_schema weir_policy_schema = {"policy", migrations, ARRAY_SIZE(migrations)};

int weir_policy_init(struct weir_store *store, struct weir_error *err)
{
	return weir_db_migrate(store, &weir_policy_schema, err);
}

bool text_valid(const char *text, size_t max, bool may_be_empty)
{
	return (*text || may_be_empty) && weir_utf8_line(text, max);
}

int finish(struct weir_db_tx *tx, const struct weir_principal *by, const char *action,
	   const char *noun, uint64_t id, const char *detail)
{
	char object[48];
	int r;

	(void)snprintf(object, sizeof(object), "%s %" PRIu64, noun, id);
	r = weir_audit_write(tx, by, action, object, detail);
	if (r >= 0)
		r = weir_db_announce(tx, TOPIC, id);
	return r < 0 ? r : weir_db_commit(tx);
}
