/* SPDX-License-Identifier: Apache-2.0 */
#include "internal.h"

static const char *const migrations[] = {
	"CREATE TABLE fleet_tokens ("
	" id {id},"
	" hash {blob} NOT NULL UNIQUE,"
	" group_name {text} NOT NULL,"
	" created_by {text} NOT NULL,"
	" created_ns {int} NOT NULL,"
	" expires_ns {int} NOT NULL,"
	" max_uses {int} NOT NULL,"
	" uses {int} NOT NULL,"
	" revoked {int} NOT NULL"
	") {strict};"
	"CREATE TABLE fleet_agents ("
	" uid {blob} NOT NULL PRIMARY KEY,"
	" group_name {text} NOT NULL,"
	" host {text} NOT NULL,"
	" version {text} NOT NULL,"
	" enrolled_ns {int} NOT NULL,"
	" last_seen_ns {int} NOT NULL,"
	" healthy {int} NOT NULL,"
	" last_error {text} NOT NULL,"
	" policy_hash {blob},"
	" policy_status {int} NOT NULL,"
	" policy_error {text} NOT NULL,"
	" effective_hash {blob}"
	") {keyed};"
	"CREATE TABLE fleet_certificates ("
	" serial {text} NOT NULL PRIMARY KEY,"
	" uid {blob} NOT NULL REFERENCES fleet_agents (uid),"
	" key_hash {blob} NOT NULL,"
	" hardware {blob},"
	" token {int} NOT NULL,"
	" state {int} NOT NULL,"
	" reason {text} NOT NULL,"
	" issued_ns {int} NOT NULL,"
	" expires_ns {int} NOT NULL,"
	" changed_ns {int} NOT NULL"
	") {keyed};"
	"CREATE INDEX fleet_certificates_uid ON fleet_certificates (uid);"
	"CREATE INDEX fleet_certificates_hardware ON fleet_certificates (hardware);"
	"CREATE INDEX fleet_certificates_state ON fleet_certificates (state, expires_ns);",
};

const struct weir_db_schema weir_fleet_schema = {
	.name = "fleet",
	.migrations = migrations,
	.n = ARRAY_SIZE(migrations),
};
