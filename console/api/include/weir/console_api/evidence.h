/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_EVIDENCE_H
#define WEIR_CONSOLE_API_EVIDENCE_H

/* Sealed evidence for people.
 *
 *   GET  /api/v1/evidence/requests		{"requests":[...],"next_before":ID or null}	newest first; limit=, before=
 *   POST /api/v1/evidence/requests		{"event":"E-..." or "alert":"A-...","reason","minutes"}: 201 {"request":{...}}
 *   GET  /api/v1/evidence/requests/ID		{"request":{...}}
 *   POST /api/v1/evidence/requests/ID/approve, /deny
 *   GET  /api/v1/evidence/requests/ID/content	{"watermark":{...},"sealed"}: CMS in hexadecimal, for who asked, while the time runs
 *
 * A request: id, state ("requested", "approved", "denied", "expired"), event, alert (null when it was asked for by the event), agent_uid,
 * sha256, size (0: destroyed), reason, minutes, requester, requester_id, decider, created, decided, until, reads, read. The watermark: request,
 * reader, reader_id, time, event, agent_uid, sha256, approver, reason, until, reads. Whoever shows the content shows it.
 *
 * Who asks for what another person must decide, or for what another person asked for, gets 403 "two_people"; what the state or the time
 * forbids is 409. */

#include "weir/console_api/policy.h"

#define WEIR_API_EVIDENCE_BODY_MAX 4096

void weir_api_list_evidence(const struct weir_api_policy_call *call, struct weir_api_reply *reply);
void weir_api_ask_evidence(const struct weir_api_policy_call *call, struct weir_api_reply *reply);
void weir_api_get_evidence(const struct weir_api_policy_call *call, struct weir_api_reply *reply);
void weir_api_approve_evidence(const struct weir_api_policy_call *call,
			       struct weir_api_reply *reply);
void weir_api_deny_evidence(const struct weir_api_policy_call *call, struct weir_api_reply *reply);
void weir_api_read_evidence(const struct weir_api_policy_call *call, struct weir_api_reply *reply);

#endif
