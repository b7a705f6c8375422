/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_FLEET_INTERNAL_H
#define WEIR_CONSOLE_FLEET_INTERNAL_H

#include <pthread.h>

#include "session.h"
#include "weir/console_fleet/fleet.h"
#include "weir/proto/wire.h"
#include "weir/v1/opamp.pb-c.h"

#define WEIR_FLEET_HARDWARE_MAX 256 /* bytes of host.id */
#define WEIR_FLEET_HOST_MAX	253
#define WEIR_FLEET_VERSION_MAX	64

struct weir_fleet {
	struct weir_store *store;
	int dir_fd;
	const struct weir_fleet_offers *offers;
	const struct weir_log *log;
	uint32_t heartbeat_s, certificate_s;
	char *server_names;
	struct weir_ca *ca;
	struct weir_sessions *sessions;
	pthread_mutex_t lock; /* of revoked.pem: one writer at a time */
	pthread_t thread;
	pthread_mutex_t thread_lock;
	pthread_cond_t ending;
	bool running, ended;
};

extern const struct weir_db_schema weir_fleet_schema;

/* token.c: the one group that sql asks for with key as its $1; -ENOENT: there is no such row. */
int weir_fleet_group_of(struct weir_db_tx *tx, const char *sql, struct weir_db_value key,
			char group[static WEIR_FLEET_GROUP_MAX + 1]) _must_use_;
/* token.c: counts one use. 0 with the token's id and group, -EACCES: no such token, or it is used up,
 * past its time or revoked. */
int weir_fleet_token_use(struct weir_db_tx *tx, const struct weir_fleet *fleet, const char *text,
			 uint64_t now_ns, int64_t *ret_id,
			 char group[static WEIR_FLEET_GROUP_MAX + 1]) _must_use_;
/* The same without counting: whether this key came in by this token before. */
int weir_fleet_token_find(struct weir_db_tx *tx, const struct weir_fleet *fleet, const char *text,
			  int64_t *ret_id) _must_use_;

/* message.c: an AgentToServer within the limits of what is used of it. */
struct weir_fleet_said {
	struct weir_wire *wire;
	const Weir__V1__AgentToServer *message;
	const char *host, *version; /* NULL: not said */
	const char *hardware;
	const Weir__V1__CertificateRequest *request; /* NULL: none */
	const uint8_t *effective_hash;		     /* WEIR_FLEET_HASH_LEN; NULL: not said */
};
/* -EBADMSG, -E2BIG, -ENOMEM. */
int weir_fleet_read_message(const struct weir_fleet_message *message,
			    struct weir_fleet_said *ret) _must_use_;
void weir_fleet_said_done(struct weir_fleet_said *said);

/* reply.c */
void weir_fleet_refuse(struct weir_fleet_reply *reply, unsigned status, const char *code,
		       const char *message, const char *hint);
/* What a negative errno becomes, where no refusal of its own fits. */
void weir_fleet_fail(struct weir_fleet_reply *reply, int error);
struct weir_fleet_answer {
	const uint8_t *uid;
	const struct weir_fleet_offer *offer; /* NULL: none */
	const struct weir_buf *certificate;   /* NULL: none */
	bool full_state;
};
void weir_fleet_answer(const struct weir_fleet *fleet, const struct weir_fleet_answer *answer,
		       struct weir_fleet_reply *reply);

/* certificate.c */
struct weir_fleet_issue {
	const struct weir_csr *csr;
	const uint8_t *hardware; /* 32: SHA-256 of host.id; NULL: not said */
	int64_t token;
	enum weir_fleet_state state;
	const char *reason;
	uint64_t now_ns;
};
int weir_fleet_issue(struct weir_fleet *fleet, struct weir_db_tx *tx,
		     const struct weir_fleet_issue *issue, struct weir_buf *pem) _must_use_;
/* Takes a certificate out of use until a person approves. */
int weir_fleet_quarantine(struct weir_fleet *fleet, const char *serial,
			  const char *reason) _must_use_;

/* enroll.c: another certificate for an identity that has one. -EAGAIN: too early; -EDQUOT: too many today; -EBADMSG and
 * -EKEYREJECTED as weir_csr_parse(). */
int weir_fleet_renew(struct weir_fleet *fleet, const struct weir_fleet_identity *identity,
		     const struct weir_fleet_said *said, struct weir_buf *pem) _must_use_;

/* agents.c: the groups of scope (NULL: all) as WEIR_STORE_GROUPS_MAX values of a statement. */
void weir_fleet_scope_values(const struct weir_store_scope *scope, struct weir_db_value *values);

/* agents.c: writes what sessions heard and is due; all: everything. */
int weir_fleet_flush(struct weir_fleet *fleet, bool all) _must_use_;

#endif
