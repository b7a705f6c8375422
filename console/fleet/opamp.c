/* SPDX-License-Identifier: Apache-2.0 */
/* A heartbeat: what the endpoint says is heard, and what it should have is offered, at once or as soon
 * as there is something. */

#include <errno.h>
#include <string.h>

#include "internal.h"
#include "weir/base/time.h"

#define OFTEN_S 5 /* short: the next policy is among what has to wait */

static void fill_report(const struct weir_fleet_said *said, bool *healthy,
			struct weir_session_report *report)
{
	static const uint8_t none[WEIR_FLEET_HASH_LEN];
	const Weir__V1__ComponentHealth *health = said->message->health;
	const Weir__V1__RemoteConfigStatus *status = said->message->remote_config_status;

	report->host = said->host;
	report->version = said->version;
	report->effective_hash = said->effective_hash;
	if (health) {
		*healthy = health->healthy;
		report->healthy = healthy;
		report->last_error = health->last_error;
	}
	if (status) {
		report->policy_hash = status->last_remote_config_hash.len
					      ? status->last_remote_config_hash.data
					      : none;
		report->policy_status = (uint32_t)status->status;
		report->policy_error = status->error_message;
	}
}

/* One of enum weir_session_verdict, or negative errno. */
static int hear(struct weir_fleet *fleet, const struct weir_fleet_said *said, bool again,
		uint8_t have[static WEIR_FLEET_HASH_LEN])
{
	struct weir_session_report report = {};
	bool healthy = false;

	fill_report(said, &healthy, &report);
	return weir_sessions_hear(fleet->sessions, said->message->instance_uid.data,
				  said->message->sequence_num, again, &report, weir_now_monotonic(),
				  weir_now_realtime(), have);
}

static void refuse_quarantined(struct weir_fleet_reply *reply)
{
	weir_fleet_refuse(reply, 403, "quarantined",
			  "this endpoint's identity is in doubt; a person has to approve it",
			  "tell an administrator: weirctl endpoint approve");
	reply->retry_after_s = 60;
}

/* True to go on. */
static bool judge(struct weir_fleet *fleet, const struct weir_fleet_identity *identity, int verdict,
		  struct weir_fleet_reply *reply)
{
	int r = 0;

	if (verdict < 0) {
		weir_fleet_fail(reply, verdict);
	} else if (verdict == WEIR_SESSION_TWICE) {
		r = weir_fleet_quarantine(fleet, identity->serial,
					  "one identity in use at two places");
		if (r < 0)
			weir_fleet_fail(reply, r);
		else
			refuse_quarantined(reply);
	} else if (verdict == WEIR_SESSION_OFTEN) {
		weir_fleet_refuse(reply, 429, "too_often", "more messages than heartbeats",
				  "keep to the interval");
		reply->retry_after_s = OFTEN_S;
	} else {
		return true;
	}
	return false;
}

/* 1 with *ret when the endpoint should have something else than it has. */
static int find_offer(struct weir_fleet *fleet, const struct weir_fleet_identity *identity,
		      const uint8_t have[static WEIR_FLEET_HASH_LEN], struct weir_fleet_offer *ret)
{
	struct weir_fleet_asker asker = {.group = identity->group};
	int r;

	if (!fleet->offers)
		return 0;
	memcpy(asker.uid, identity->uid, WEIR_UID_LEN);
	r = fleet->offers->get(fleet->offers->context, &asker, have, ret);
	if (r == 1 && memcmp(ret->hash, have, WEIR_FLEET_HASH_LEN) == 0)
		return 0;
	return r;
}

struct findings {
	struct weir_fleet_offer offer;
	struct weir_buf certificate;
	bool has_offer, has_certificate;
};

static void findings_done(struct findings *findings)
{
	weir_buf_done(&findings->offer.body);
	weir_buf_done(&findings->certificate);
}

static int find(struct weir_fleet *fleet, const struct weir_fleet_identity *identity,
		const struct weir_fleet_said *said, const uint8_t have[static WEIR_FLEET_HASH_LEN],
		struct findings *ret)
{
	int r = find_offer(fleet, identity, have, &ret->offer);

	if (r < 0)
		return r;
	ret->has_offer = r == 1;
	if (!said->request)
		return 0;
	r = weir_fleet_renew(fleet, identity, said, &ret->certificate);
	ret->has_certificate = r == 0;
	return r == -EAGAIN ? 0 : r;
}

void weir_fleet_opamp(struct weir_fleet *fleet, const struct weir_fleet_identity *identity,
		      const struct weir_fleet_message *message, struct weir_fleet_reply *reply)
{
	struct weir_fleet_said said _cleanup_(weir_fleet_said_done) = {};
	struct findings found _cleanup_(findings_done) = {
		.offer.body = WEIR_BUF_INIT(WEIR_FLEET_OFFER_MAX),
		.certificate = WEIR_BUF_INIT(WEIR_CA_PEM_MAX),
	};
	uint8_t have[WEIR_FLEET_HASH_LEN] = {};
	struct weir_fleet_answer answer = {.uid = identity->uid};
	int verdict, r = weir_fleet_read_message(message, &said);

	if (r < 0)
		return weir_fleet_fail(reply, r);
	if (memcmp(said.message->instance_uid.data, identity->uid, WEIR_UID_LEN) != 0)
		return weir_fleet_refuse(reply, 403, "not_yours",
					 "the message is another endpoint's than the certificate",
					 "enroll this endpoint");
	if (identity->state == WEIR_FLEET_QUARANTINED)
		return refuse_quarantined(reply);
	verdict = hear(fleet, &said, message->again, have);
	if (!judge(fleet, identity, verdict, reply))
		return;
	r = find(fleet, identity, &said, have, &found);
	if (r < 0)
		return weir_fleet_fail(reply, r);
	answer.full_state = verdict == WEIR_SESSION_FULL;
	answer.offer = found.has_offer ? &found.offer : NULL;
	answer.certificate = found.has_certificate ? &found.certificate : NULL;
	reply->wait =
		message->may_wait && verdict == WEIR_SESSION_FINE && !answer.offer && !said.request;
	if (!reply->wait)
		weir_fleet_answer(fleet, &answer, reply);
}
