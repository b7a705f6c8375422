/* SPDX-License-Identifier: Apache-2.0 */
/* How an endpoint comes in: a token, a request for a certificate, and the doubts about it. */

#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

#include "internal.h"
#include "weir/base/time.h"

#define REPEAT_NS     (3600 * WEIR_NSEC_PER_SEC)
#define DAY_NS	      (86400 * WEIR_NSEC_PER_SEC)
#define RENEWALS_MOST 8 /* of one identity in a day; an endpoint needs one in three weeks */

/* One enrolment under way. */
struct enrolment {
	struct weir_fleet *fleet;
	const struct weir_fleet_said *said;
	const char *bearer;
	uint64_t now_ns;
	uint8_t hardware[32];
	struct weir_fleet_issue issue;
	char group[WEIR_FLEET_GROUP_MAX + 1];
};

static int hash_hardware(struct enrolment *enrolment)
{
	const char *text = enrolment->said->hardware;

	if (!text || !*text)
		return 0;
	if (EVP_Digest(text, strlen(text), enrolment->hardware, NULL, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	enrolment->issue.hardware = enrolment->hardware;
	return 0;
}

static struct weir_db_value uid_of(const struct enrolment *enrolment)
{
	return weir_db_blob(weir_csr_uid(enrolment->issue.csr), WEIR_UID_LEN);
}

/* Whether this key came in by this very token within the hour: the answer was lost, and asking again
 * costs no use. Later the two would be a way in for ever. 1, 0 or negative errno. */
static int is_repeated(struct weir_db_tx *tx, struct enrolment *enrolment)
{
	int64_t token, first_ns = 0;
	int r = weir_fleet_token_find(tx, enrolment->fleet, enrolment->bearer, &token);

	if (r < 0)
		return r;
	r = WEIR_DB_NUMBER(tx, &first_ns,
			   "SELECT coalesce(min(issued_ns), 0) FROM fleet_certificates "
			   "WHERE uid = $1 AND key_hash = $2 AND token = $3 AND state = 1",
			   uid_of(enrolment),
			   weir_db_blob(weir_csr_key_hash(enrolment->issue.csr), 32),
			   weir_db_int(token));
	if (r < 0 || (uint64_t)first_ns + REPEAT_NS <= enrolment->now_ns)
		return r;
	enrolment->issue.token = token;
	return 1;
}

static int add_agent(struct weir_db_tx *tx, const struct enrolment *enrolment)
{
	const struct weir_fleet_said *said = enrolment->said;
	int r = WEIR_DB_RUN(
		tx,
		"INSERT INTO fleet_agents (uid, group_name, host, version, enrolled_ns, "
		"last_seen_ns, healthy, last_error, policy_status, policy_error) "
		"VALUES ($1, $2, $3, $4, $5, 0, 0, '', 0, '') "
		"ON CONFLICT (uid) DO NOTHING",
		uid_of(enrolment), weir_db_text(enrolment->group),
		weir_db_text(said->host ? said->host : ""),
		weir_db_text(said->version ? said->version : ""),
		weir_db_int((int64_t)enrolment->now_ns));

	return r < 0 ? r : 0;
}

/* A copied machine, a stolen token or a new installation look alike: a person tells them apart. */
static int judge(struct weir_db_tx *tx, struct enrolment *enrolment)
{
	struct weir_fleet_issue *issue = &enrolment->issue;
	int64_t others = 0, machines = 0;
	int r = WEIR_DB_NUMBER(tx, &others,
			       "SELECT count(*) FROM fleet_certificates WHERE uid = $1 "
			       "AND key_hash <> $2",
			       uid_of(enrolment), weir_db_blob(weir_csr_key_hash(issue->csr), 32));

	if (r == 0 && issue->hardware)
		r = WEIR_DB_NUMBER(tx, &machines,
				   "SELECT count(*) FROM fleet_certificates WHERE hardware = $2 "
				   "AND uid <> $1 AND state <> 3",
				   uid_of(enrolment), weir_db_blob(issue->hardware, 32));
	issue->state = others || machines ? WEIR_FLEET_QUARANTINED : WEIR_FLEET_ACTIVE;
	issue->reason = others	   ? "another key for an endpoint that is known"
			: machines ? "hardware that is enrolled as another endpoint"
				   : "";
	return r;
}

static int enroll(struct weir_db_tx *tx, struct enrolment *enrolment, struct weir_buf *pem)
{
	int r = is_repeated(tx, enrolment);

	if (r == 0)
		r = weir_fleet_token_use(tx, enrolment->fleet, enrolment->bearer, enrolment->now_ns,
					 &enrolment->issue.token, enrolment->group);
	if (r >= 0)
		r = add_agent(tx, enrolment);
	if (r == 0)
		r = judge(tx, enrolment);
	if (r == 0)
		r = weir_fleet_issue(enrolment->fleet, tx, &enrolment->issue, pem);
	return r;
}

static int write_enrolment(struct enrolment *enrolment, struct weir_buf *pem)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_write(enrolment->fleet->store, &tx);

	if (r == 0)
		r = enroll(tx, enrolment, pem);
	return r < 0 ? r : weir_db_commit(tx);
}

static int read_csr(const struct weir_fleet_said *said, struct weir_csr **ret)
{
	int r;

	if (!said->request)
		return -EBADMSG;
	r = weir_csr_parse(said->request->csr.data, said->request->csr.len, ret);
	if (r == 0 &&
	    memcmp(weir_csr_uid(*ret), said->message->instance_uid.data, WEIR_UID_LEN) != 0)
		r = -EBADMSG;
	return r;
}

void weir_fleet_enroll(struct weir_fleet *fleet, const char *bearer,
		       const struct weir_fleet_message *message, struct weir_fleet_reply *reply)
{
	struct weir_fleet_said said _cleanup_(weir_fleet_said_done) = {};
	struct weir_csr *csr _cleanup_(weir_csr_freep) = NULL;
	struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_CA_PEM_MAX);
	struct enrolment enrolment = {.fleet = fleet, .said = &said, .bearer = bearer};
	int r = bearer ? weir_fleet_read_message(message, &said) : -EACCES;

	if (r == 0)
		r = read_csr(&said, &csr);
	if (r == 0)
		r = hash_hardware(&enrolment);
	enrolment.now_ns = enrolment.issue.now_ns = weir_now_realtime();
	enrolment.issue.csr = csr;
	if (r == 0)
		r = write_enrolment(&enrolment, &pem);
	if (r == -EACCES)
		weir_fleet_refuse(reply, 401, "token",
				  "the enrolment token is unknown, used up or past its time",
				  "ask an administrator for a new one");
	else if (r < 0)
		weir_fleet_fail(reply, r);
	else
		weir_fleet_answer(
			fleet,
			&(struct weir_fleet_answer){.uid = weir_csr_uid(csr), .certificate = &pem},
			reply);
}

/* Inside the transaction that issues the next one, so that two at once are counted. What a token
 * brought in is no renewal. */
static int may_renew(struct weir_db_tx *tx, const struct weir_fleet_identity *identity,
		     uint64_t now_ns)
{
	int64_t n = 0;
	int r = WEIR_DB_NUMBER(tx, &n,
			       "SELECT count(*) FROM fleet_certificates WHERE uid = $1 AND "
			       "token = 0 AND issued_ns > $2",
			       weir_db_blob(identity->uid, WEIR_UID_LEN),
			       weir_db_int((int64_t)(now_ns - DAY_NS)));

	return r == 0 && n >= RENEWALS_MOST ? -EDQUOT : r;
}

/* Over the identity that the endpoint has: whoever renews half way through is let, earlier is not, and
 * neither is one more often than any endpoint needs, so that a stolen key can't lay in a store of
 * certificates. */
int weir_fleet_renew(struct weir_fleet *fleet, const struct weir_fleet_identity *identity,
		     const struct weir_fleet_said *said, struct weir_buf *pem)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_csr *csr _cleanup_(weir_csr_freep) = NULL;
	struct weir_fleet_issue issue = {
		.state = WEIR_FLEET_ACTIVE, .reason = "", .now_ns = weir_now_realtime()};
	int r = read_csr(said, &csr);

	if (r < 0)
		return r;
	if (memcmp(weir_csr_uid(csr), identity->uid, WEIR_UID_LEN) != 0)
		return -EBADMSG;
	if (issue.now_ns < identity->issued_ns + (identity->expires_ns - identity->issued_ns) / 2)
		return -EAGAIN;
	issue.csr = csr;
	r = weir_db_write(fleet->store, &tx);
	if (r == 0)
		r = may_renew(tx, identity, issue.now_ns);
	if (r == 0)
		r = weir_fleet_issue(fleet, tx, &issue, pem);
	if (r == 0)
		r = WEIR_DB_RUN(tx,
				"UPDATE fleet_certificates SET hardware = (SELECT o.hardware FROM "
				"fleet_certificates o WHERE o.serial = $1) WHERE uid = $2 AND "
				"hardware IS NULL",
				weir_db_text(identity->serial),
				weir_db_blob(identity->uid, WEIR_UID_LEN));
	return r < 0 ? r : weir_db_commit(tx);
}
