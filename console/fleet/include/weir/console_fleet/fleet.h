/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_FLEET_FLEET_H
#define WEIR_CONSOLE_FLEET_FLEET_H

/* The endpoints: how they come in, who they are at each call, what they say and what they are told.
 * Speaks the reduced OpAMP of weir/v1/opamp.proto and knows no HTTP library. Tables: fleet_tokens,
 * fleet_agents, fleet_certificates. Times are nanoseconds since 1970 UTC where not said otherwise.
 * Safe from several threads. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/error.h"
#include "weir/base/log.h"
#include "weir/base/macros.h"
#include "weir/console_fleet/ca.h"
#include "weir/console_fleet/offer.h"
#include "weir/console_store/db.h"
#include "weir/console_store/store.h"

#define WEIR_FLEET_MESSAGE_MAX (256 * 1024) /* bytes of an AgentToServer */
#define WEIR_FLEET_REPLY_MAX   (1024 * 1024)
#define WEIR_FLEET_REASON_MAX  256
#define WEIR_FLEET_TOPIC       "fleet" /* announced when an approval or a revocation concerns who waits */

struct weir_fleet;

struct weir_fleet_options {
	struct weir_store *store; /* borrowed */
	int dir_fd;		  /* the authority and the list of the revoked lie there */
	const struct weir_fleet_offers *offers; /* borrowed; NULL: no policies */
	const struct weir_log *log;		/* borrowed */
	uint32_t heartbeat_s;			/* 0: 60 */
	uint32_t certificate_s;	  /* validity of an endpoint's certificate; 0: 30 days */
	const char *server_names; /* keeps server.pem and server.key for nginx; NULL: no */
};

/* Brings the tables up to date and starts a thread that writes what was heard in batches. */
int weir_fleet_new(const struct weir_fleet_options *options, struct weir_error *err,
		   struct weir_fleet **ret) _must_use_;
/* Writes what is not written yet. */
void weir_fleet_free(struct weir_fleet *fleet);
DEFINE_CLEANUP(weir_fleet_free, struct weir_fleet *);

const struct weir_ca *weir_fleet_ca(const struct weir_fleet *fleet);

/* --- enrolment tokens: 256 random bits, kept as their SHA-256 --- */

#define WEIR_FLEET_TOKEN_TEXT	 160 /* "weir-enroll.<64 digits>.<the authority's pin>" and NUL */
#define WEIR_FLEET_TOKEN_MOST_NS (UINT64_C(7) * 86400 * 1000000000)
#define WEIR_FLEET_TOKEN_USES	 100000

struct weir_fleet_token {
	int64_t id;
	const char *group; /* of the endpoints that it brings in; may be "" */
	const char *created_by;
	uint64_t created_ns, expires_ns;
	uint32_t max_uses, uses;
	bool revoked;
};

/* id and uses are not read. *text is the only place where the token ever stands in clear. -EINVAL: an
 * expiry that is past or over 7 days ahead, no uses or over WEIR_FLEET_TOKEN_USES, a group over its
 * limit. */
int weir_fleet_token_make(struct weir_fleet *fleet, struct weir_db_tx *tx,
			  const struct weir_fleet_token *token,
			  char text[static WEIR_FLEET_TOKEN_TEXT], int64_t *ret_id) _must_use_;
/* -ENOENT. */
int weir_fleet_token_revoke(struct weir_db_tx *tx, int64_t id) _must_use_;
typedef int (*weir_fleet_token_fn)(void *context, const struct weir_fleet_token *token);
/* Newest first, of the groups in scope (NULL: all), with an id below before (0: all). fn returns 0 to
 * go on. */
int weir_fleet_token_list(struct weir_db_tx *tx, const struct weir_store_scope *scope,
			  int64_t before, uint32_t limit, weir_fleet_token_fn fn,
			  void *context) _must_use_;
/* -ENOENT. */
int weir_fleet_token_group(struct weir_db_tx *tx, int64_t id,
			   char group[static WEIR_FLEET_GROUP_MAX + 1]) _must_use_;

/* --- who calls --- */

enum weir_fleet_state {
	WEIR_FLEET_ACTIVE = 1,
	WEIR_FLEET_QUARANTINED = 2, /* until a person approves */
	WEIR_FLEET_REVOKED = 3,
};

/* What nginx says of the certificate (X-Client-Verify, -Serial, -DN). */
struct weir_fleet_shown {
	const char *verify, *serial, *dn;
};

struct weir_fleet_identity {
	uint8_t uid[WEIR_UID_LEN];
	char serial[WEIR_CA_SERIAL_TEXT];
	char group[WEIR_FLEET_GROUP_MAX + 1];
	enum weir_fleet_state state; /* never revoked */
	uint64_t issued_ns, expires_ns;
};

/* Asks the database each time, so that a revocation counts at once, in all consoles. -EACCES: not
 * verified, unknown, revoked, past its time, or its name is not the one that it was issued for. */
int weir_fleet_identify(struct weir_fleet *fleet, const struct weir_fleet_shown *shown,
			struct weir_fleet_identity *ret) _must_use_;

/* --- what endpoints ask --- */

struct weir_fleet_reply {
	unsigned status;     /* of HTTP */
	const char *code;    /* static; NULL with 200 */
	const char *message; /* static; with code */
	const char *hint;    /* static; with code */
	unsigned retry_after_s;
	bool wait;	      /* nothing to say yet: ask again when something was announced */
	bool suspicious;      /* refused, and worth an entry in the audit log */
	int error;	      /* negative errno behind a 503, for the log; else 0 */
	struct weir_buf body; /* ServerToAgent with 200; the caller's, max WEIR_FLEET_REPLY_MAX */
};

struct weir_fleet_message {
	const void *body; /* AgentToServer */
	size_t len;
	bool again; /* this very message was asked about before, and waits */
	bool may_wait;
};

/* POST /v1/enroll. bearer: the token as it was sent, or NULL. */
void weir_fleet_enroll(struct weir_fleet *fleet, const char *bearer,
		       const struct weir_fleet_message *message, struct weir_fleet_reply *reply);

/* POST /v1/opamp. */
void weir_fleet_opamp(struct weir_fleet *fleet, const struct weir_fleet_identity *identity,
		      const struct weir_fleet_message *message, struct weir_fleet_reply *reply);

/* --- what people do --- */

struct weir_fleet_agent {
	uint8_t uid[WEIR_UID_LEN];
	const char *group, *host, *version;
	enum weir_fleet_state state; /* of its best certificate */
	const char *reason;	     /* of a quarantine or a revocation; "" */
	uint64_t enrolled_ns, last_seen_ns, expires_ns;
	bool healthy;
	const char *last_error;
	unsigned policy_status; /* weir.v1.RemoteConfigStatuses */
	const char *policy_error;
	const void *policy_hash, *effective_hash; /* WEIR_FLEET_HASH_LEN, or NULL */
};

/* The group of the token that it came in by. -ENOENT. */
int weir_fleet_agent_group(struct weir_db_tx *tx, const uint8_t uid[static WEIR_UID_LEN],
			   char group[static WEIR_FLEET_GROUP_MAX + 1]) _must_use_;

typedef int (*weir_fleet_agent_fn)(void *context, const struct weir_fleet_agent *agent);
/* By uid, those in scope (NULL: all) behind after (NULL: from the first); state 0: any. */
int weir_fleet_agent_list(struct weir_db_tx *tx, const struct weir_store_scope *scope,
			  const uint8_t *after, enum weir_fleet_state state, uint32_t limit,
			  weir_fleet_agent_fn fn, void *context) _must_use_;

/* Lets a quarantined endpoint in, and revokes the certificates that it was held against: the older ones
 * of its uid with another key, and those of the same hardware under another uid. -ENOENT: no such
 * endpoint; -EALREADY: nothing of it is quarantined. */
int weir_fleet_approve(struct weir_fleet *fleet, struct weir_db_tx *tx,
		       const uint8_t uid[static WEIR_UID_LEN]) _must_use_;

/* Revokes all certificates of the endpoint. Call weir_fleet_write_revoked() after the commit. -ENOENT,
 * -EALREADY. */
int weir_fleet_revoke(struct weir_fleet *fleet, struct weir_db_tx *tx,
		      const uint8_t uid[static WEIR_UID_LEN], const char *reason) _must_use_;

/* Brings the list of the revoked (WEIR_FLEET_REVOKED_FILE, for nginx) up to date. */
#define WEIR_FLEET_REVOKED_FILE "revoked.pem"
int weir_fleet_write_revoked(struct weir_fleet *fleet) _must_use_;

#endif
