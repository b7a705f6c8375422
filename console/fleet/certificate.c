/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates: who shows one, whether it counts, and how it stops counting. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

#define SKEW_S	     300 /* clocks of endpoints that are behind */
#define LIST_DAYS    30
#define DAY_S	     86400
#define REVOKED_MAX  (1024 * 1024) /* certificates on the list */
#define LIST_PEM_MAX (128 * 1024 * 1024)

static uint64_t wall_ns(void)
{
	return weir_now_realtime();
}

static int announce(struct weir_db_tx *tx)
{
	return weir_db_announce(tx, WEIR_FLEET_TOPIC, wall_ns() / WEIR_NSEC_PER_MSEC);
}

/* Serials are compared as text: the one spelling that this authority makes. */
static bool shown_well(const struct weir_fleet_shown *shown)
{
	return shown->verify && strcmp(shown->verify, "SUCCESS") == 0 && shown->serial &&
	       shown->dn && strlen(shown->serial) == WEIR_CA_SERIAL_TEXT - 1;
}

static int read_identity(struct weir_db_rows *rows, const char *dn, struct weir_fleet_identity *ret)
{
	char name[sizeof("CN=") + WEIR_UID_TEXT], text[WEIR_UID_TEXT];
	const void *uid;
	size_t len;

	uid = weir_db_get_blob(rows, 0, &len);
	if (len != WEIR_UID_LEN)
		return -EBADMSG;
	memcpy(ret->uid, uid, WEIR_UID_LEN);
	weir_uid_format(ret->uid, text);
	(void)snprintf(name, sizeof(name), "CN=%s", text);
	ret->state = (enum weir_fleet_state)weir_db_get_int(rows, 1);
	ret->issued_ns = (uint64_t)weir_db_get_int(rows, 2);
	ret->expires_ns = (uint64_t)weir_db_get_int(rows, 3);
	(void)snprintf(ret->group, sizeof(ret->group), "%s", weir_db_get_text(rows, 4));
	if (strcmp(dn, name) != 0 || wall_ns() >= ret->expires_ns)
		return -EACCES;
	return ret->state == WEIR_FLEET_ACTIVE || ret->state == WEIR_FLEET_QUARANTINED ? 0
										       : -EACCES;
}

int weir_fleet_identify(struct weir_fleet *fleet, const struct weir_fleet_shown *shown,
			struct weir_fleet_identity *ret)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	struct weir_fleet_identity identity = {};
	int r;

	if (!shown_well(shown))
		return -EACCES;
	r = weir_db_look(fleet->store, &tx);
	if (r == 0)
		r = WEIR_DB_QUERY(tx, &rows,
				  "SELECT c.uid, c.state, c.issued_ns, c.expires_ns, a.group_name "
				  "FROM fleet_certificates c JOIN fleet_agents a ON a.uid = c.uid "
				  "WHERE c.serial = $1",
				  weir_db_text(shown->serial));
	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r < 0 ? r : -EACCES;
	memcpy(identity.serial, shown->serial, sizeof(identity.serial));
	r = read_identity(rows, shown->dn, &identity);
	if (r < 0)
		return r;
	*ret = identity;
	return 0;
}

int weir_fleet_issue(struct weir_fleet *fleet, struct weir_db_tx *tx,
		     const struct weir_fleet_issue *issue, struct weir_buf *pem)
{
	const uint64_t now_s = issue->now_ns / WEIR_NSEC_PER_SEC;
	const struct weir_ca_validity validity = {now_s - SKEW_S, now_s + fleet->certificate_s};
	char serial[WEIR_CA_SERIAL_TEXT];
	int r = weir_ca_issue(fleet->ca, issue->csr, &validity, pem, serial);

	if (r < 0)
		return r;
	r = WEIR_DB_RUN(tx,
			"INSERT INTO fleet_certificates (serial, uid, key_hash, hardware, token, "
			"state, reason, issued_ns, expires_ns, changed_ns) "
			"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8)",
			weir_db_text(serial), weir_db_blob(weir_csr_uid(issue->csr), WEIR_UID_LEN),
			weir_db_blob(weir_csr_key_hash(issue->csr), 32),
			issue->hardware ? weir_db_blob(issue->hardware, 32) : weir_db_null(),
			weir_db_int(issue->token), weir_db_int(issue->state),
			weir_db_text(issue->reason), weir_db_int((int64_t)issue->now_ns),
			weir_db_int((int64_t)(validity.until_s * WEIR_NSEC_PER_SEC)));
	return r < 0 ? r : 0;
}

int weir_fleet_quarantine(struct weir_fleet *fleet, const char *serial, const char *reason)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_write(fleet->store, &tx);

	if (r == 0)
		r = WEIR_DB_RUN(tx,
				"UPDATE fleet_certificates SET state = 2, reason = $2, "
				"changed_ns = $3 WHERE serial = $1 AND state = 1",
				weir_db_text(serial), weir_db_text(reason),
				weir_db_int((int64_t)wall_ns()));
	return r < 0 ? r : weir_db_commit(tx);
}

static int count_of(struct weir_db_tx *tx, const uint8_t *uid, int64_t *ret_live,
		    int64_t *ret_quarantined)
{
	int r = WEIR_DB_NUMBER(tx, ret_live,
			       "SELECT count(*) FROM fleet_certificates WHERE uid = $1 "
			       "AND state <> 3",
			       weir_db_blob(uid, WEIR_UID_LEN));

	if (r == 0)
		r = WEIR_DB_NUMBER(tx, ret_quarantined,
				   "SELECT count(*) FROM fleet_certificates WHERE uid = $1 "
				   "AND state = 2",
				   weir_db_blob(uid, WEIR_UID_LEN));
	return r;
}

static int must_exist(struct weir_db_tx *tx, const uint8_t *uid)
{
	int64_t one;

	return WEIR_DB_NUMBER(tx, &one, "SELECT 1 FROM fleet_agents WHERE uid = $1",
			      weir_db_blob(uid, WEIR_UID_LEN));
}

/* The quarantined key is the one that stays: what else there is of this uid or this hardware goes. */
static int replace_others(struct weir_db_tx *tx, const uint8_t *uid)
{
	const struct weir_db_value values[] = {
		weir_db_blob(uid, WEIR_UID_LEN),
		weir_db_int((int64_t)wall_ns()),
	};
	int r = weir_db_run(tx,
			    "UPDATE fleet_certificates SET state = 3, reason = 'replaced', "
			    "changed_ns = $2 WHERE uid = $1 AND state = 1 AND key_hash NOT IN "
			    "(SELECT q.key_hash FROM fleet_certificates q "
			    "WHERE q.uid = $1 AND q.state = 2)",
			    values, ARRAY_SIZE(values));

	if (r < 0)
		return r;
	return weir_db_run(tx,
			   "UPDATE fleet_certificates SET state = 3, reason = 'replaced', "
			   "changed_ns = $2 WHERE uid <> $1 AND state <> 3 AND hardware IN "
			   "(SELECT q.hardware FROM fleet_certificates q "
			   "WHERE q.uid = $1 AND q.state = 2)",
			   values, ARRAY_SIZE(values));
}

int weir_fleet_approve(struct weir_fleet *fleet, struct weir_db_tx *tx,
		       const uint8_t uid[static WEIR_UID_LEN])
{
	int64_t live = 0, quarantined = 0;
	int r = must_exist(tx, uid);

	if (r == 0)
		r = count_of(tx, uid, &live, &quarantined);
	if (r < 0)
		return r;
	if (quarantined == 0)
		return -EALREADY;
	r = replace_others(tx, uid);
	if (r >= 0)
		r = WEIR_DB_RUN(tx,
				"UPDATE fleet_certificates SET state = 1, reason = '', "
				"changed_ns = $2 WHERE uid = $1 AND state = 2",
				weir_db_blob(uid, WEIR_UID_LEN), weir_db_int((int64_t)wall_ns()));
	if (r < 0)
		return r;
	weir_sessions_forget(fleet->sessions, uid);
	return announce(tx);
}

int weir_fleet_revoke(struct weir_fleet *fleet, struct weir_db_tx *tx,
		      const uint8_t uid[static WEIR_UID_LEN], const char *reason)
{
	int64_t live = 0, quarantined = 0;
	int r = must_exist(tx, uid);

	if (r == 0)
		r = count_of(tx, uid, &live, &quarantined);
	if (r < 0)
		return r;
	if (live == 0)
		return -EALREADY;
	r = WEIR_DB_RUN(tx,
			"UPDATE fleet_certificates SET state = 3, reason = $2, changed_ns = $3 "
			"WHERE uid = $1 AND state <> 3",
			weir_db_blob(uid, WEIR_UID_LEN), weir_db_text(reason),
			weir_db_int((int64_t)wall_ns()));
	return r < 0 ? r : announce(tx);
}

/* The revoked ones that have not expired: the others are refused by their time. */
static int read_revoked(struct weir_fleet *fleet, char (**ret)[WEIR_CA_SERIAL_TEXT], size_t *ret_n)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	size_t size = 0;
	int r = weir_db_look(fleet->store, &tx);

	if (r == 0)
		r = WEIR_DB_QUERY(tx, &rows,
				  "SELECT serial FROM fleet_certificates WHERE state = 3 "
				  "AND expires_ns > $1 LIMIT $2",
				  weir_db_int((int64_t)wall_ns()), weir_db_int(REVOKED_MAX));
	while (r == 0 && (r = weir_db_next(rows)) == 1) {
		if (*ret_n == size) {
			size = size ? size * 2 : 64;
			void *grown = reallocarray(*ret, size, sizeof(**ret));

			if (!grown)
				return -ENOMEM;
			*ret = grown;
		}
		(void)snprintf((*ret)[(*ret_n)++], WEIR_CA_SERIAL_TEXT, "%s",
			       weir_db_get_text(rows, 0));
		r = 0;
	}
	return r;
}

int weir_fleet_write_revoked(struct weir_fleet *fleet)
{
	const uint64_t now_s = wall_ns() / WEIR_NSEC_PER_SEC;
	const struct weir_ca_validity validity = {now_s - SKEW_S,
						  now_s + (uint64_t)LIST_DAYS * DAY_S};
	struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(LIST_PEM_MAX);
	char(*serials)[WEIR_CA_SERIAL_TEXT] = NULL;
	size_t n = 0;
	int r;

	pthread_mutex_lock(&fleet->lock);
	r = read_revoked(fleet, &serials, &n);
	if (r == 0)
		r = weir_ca_revocations(fleet->ca, serials, n, &validity, &pem);
	if (r == 0)
		r = weir_write_file_atomic(fleet->dir_fd, WEIR_FLEET_REVOKED_FILE, pem.data,
					   pem.len, 0644);
	pthread_mutex_unlock(&fleet->lock);
	free(serials);
	return r;
}
