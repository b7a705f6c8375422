/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_POLICY_POLICY_H
#define WEIR_CONSOLE_POLICY_POLICY_H

/* Versions of the policy, from an author's text to a signed envelope that endpoints are offered:
 *
 *   ready -- signed by as many people as the rules say --> published
 *     \------------------- withdrawn
 *
 * The console has public keys alone. What is signed is the payload that it made of the author's text, the register's entries and
 * the next revision; signers make it again from the text and compare. Author and publisher are different people, and so are the
 * owners of the keys that count: both is asked by their ids, in the transaction that decides. Each change is in the audit log.
 *
 * Every function may be called from several threads. Negative errno on failure, with *err (may be NULL) in words where it is the
 * caller's doing: -EINVAL (the text, a bound), -ENOENT, -EPERM (one person for two), -ESTALE (not in this state, or another was
 * published since), -EKEYREJECTED (a signature), -EEXIST; and those of the database. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/error.h"
#include "weir/base/macros.h"
#include "weir/console_access/access.h"
#include "weir/console_store/db.h"
#include "weir/dsse/envelope.h"
#include "weir/policy/diff.h"

#define WEIR_POLICY_TEXT_MAX   (1024 * 1024)
#define WEIR_POLICY_NOTE_MAX   512 /* bytes */
#define WEIR_POLICY_DAYS_MAX   400
#define WEIR_POLICY_LIST_LIMIT 500

/* The console's own settings; borrowed. */
struct weir_policy_rules {
	const char *tenant;
	unsigned threshold; /* people who must have signed, 2 or more */
};

/* Makes the tables of versions, keys, roll-outs and the register. */
int weir_policy_init(struct weir_store *store, struct weir_error *err) _must_use_;

/* Keys. A person brings the public half of his own; it counts once another one has said that it is his. */
int weir_policy_key_add(struct weir_store *store, const struct weir_principal *by, const char *pem,
			size_t len, uint64_t *ret_id, struct weir_error *err) _must_use_;
int weir_policy_key_approve(struct weir_store *store, const struct weir_principal *by, uint64_t id,
			    struct weir_error *err) _must_use_;
int weir_policy_key_revoke(struct weir_store *store, const struct weir_principal *by, uint64_t id,
			   struct weir_error *err) _must_use_;

enum weir_policy_key_state {
	WEIR_POLICY_KEY_PENDING = 0,
	WEIR_POLICY_KEY_ACTIVE,
	WEIR_POLICY_KEY_REVOKED,
};

struct weir_policy_key {
	uint64_t id, owner;
	const char *key_id, *owner_name;
	enum weir_policy_key_state state;
	uint64_t created_ns;
};

/* Callbacks get what lives until they return; 0 goes on, 1 stops, a negative errno is returned. They must not call the store. */
typedef int (*weir_policy_key_fn)(void *context, const struct weir_policy_key *key);
int weir_policy_key_list(struct weir_store *store, weir_policy_key_fn fn, void *context) _must_use_;

/* What an author brings. Borrowed. */
struct weir_policy_draft {
	const char *group;     /* whom it is for; "": every agent */
	const char *source;    /* YAML without "revision" and "grants", which the console adds */
	const char *cases;     /* YAML, may be "": what it has to decide */
	const char *note;      /* for the publisher */
	const char *min_agent; /* "": any */
	uint32_t days;	       /* until it expires */
};

/* Compiles, tries the cases, takes the register's entries that are active and the next revision. -EINVAL with the place in the
 * source. */
int weir_policy_create(struct weir_store *store, const struct weir_policy_rules *rules,
		       const struct weir_principal *by, const struct weir_policy_draft *draft,
		       uint64_t now_ns, uint64_t *ret_id, struct weir_error *err) _must_use_;

/* The source and cases of a published version again, under the next revision: undoing. */
int weir_policy_again(struct weir_store *store, const struct weir_policy_rules *rules,
		      const struct weir_principal *by, uint64_t id, uint64_t now_ns,
		      uint64_t *ret_id, struct weir_error *err) _must_use_;

/* Takes an envelope over the version's payload with all signatures it has and more. Only those of active keys are taken.
 * -ESTALE: somebody signed meanwhile, fetch it again. */
int weir_policy_sign(struct weir_store *store, const struct weir_principal *by, uint64_t id,
		     const void *envelope, size_t len, struct weir_error *err) _must_use_;

/* How a version reaches the fleet. */
struct weir_policy_plan {
	unsigned ring;	 /* the first one, 0 to WEIR_POLICY_RINGS - 1 */
	uint32_t soak_s; /* in each ring, before the next one follows by itself; 0: by hand alone */
};

int weir_policy_publish(struct weir_store *store, const struct weir_policy_rules *rules,
			const struct weir_principal *by, uint64_t id,
			const struct weir_policy_plan *plan, uint64_t now_ns,
			struct weir_error *err) _must_use_;
int weir_policy_withdraw(struct weir_store *store, const struct weir_principal *by, uint64_t id,
			 struct weir_error *err) _must_use_;

/* Rings of a roll-out, in agents of 10,000: 1, 10, 50 and 100 of a hundred. An agent's place is SHA-256(seed || uid) mod 10,000. */
#define WEIR_POLICY_RINGS  4
#define WEIR_POLICY_PLACES 10000
extern const unsigned weir_policy_rings[WEIR_POLICY_RINGS];
#define WEIR_POLICY_SEED_LEN 16
int weir_policy_place(const uint8_t seed[static WEIR_POLICY_SEED_LEN], const uint8_t uid[static 16],
		      unsigned *ret) _must_use_;

enum weir_policy_state {
	WEIR_POLICY_READY = 0,
	WEIR_POLICY_PUBLISHED,
	WEIR_POLICY_WITHDRAWN,
};

enum weir_policy_rollout {
	WEIR_POLICY_ROLLOUT_NONE = 0, /* not published */
	WEIR_POLICY_ROLLOUT_RUNNING,
	WEIR_POLICY_ROLLOUT_HALTED, /* nobody new gets it; who has it keeps it */
	WEIR_POLICY_ROLLOUT_DONE,
};

struct weir_policy_version {
	uint64_t id, revision, author, publisher;
	enum weir_policy_state state;
	const char *group, *note, *author_name, *publisher_name, *min_agent;
	uint64_t not_before_s, expires_s, created_ns, published_ns;
	unsigned signatures; /* of different people with active keys */
	enum weir_policy_rollout rollout;
	unsigned ring;
	const char *reason;		   /* why it was halted */
	const char *source, *text, *cases; /* of one version alone; "" in lists */
	const void *payload,
		*envelope; /* likewise; the envelope is empty before the first signature */
	size_t payload_len, envelope_len;
	uint8_t hash[WEIR_SHA256_LEN]; /* of the envelope; zeros before it is published */
};

typedef int (*weir_policy_version_fn)(void *context, const struct weir_policy_version *version);
/* Newest first, those before the id `before` (0: from the newest). */
int weir_policy_list(struct weir_store *store, uint64_t before, uint32_t limit,
		     weir_policy_version_fn fn, void *context) _must_use_;
int weir_policy_get(struct weir_store *store, uint64_t id, weir_policy_version_fn fn,
		    void *context) _must_use_;

/* What changes from one version to another, or to what an author's text would become now. fn as for weir_policy_diff(). */
int weir_policy_compare(struct weir_store *store, uint64_t before, uint64_t after,
			weir_policy_change_fn fn, void *context, struct weir_error *err) _must_use_;
int weir_policy_compare_source(struct weir_store *store, uint64_t before, const char *source,
			       uint64_t now_ns, weir_policy_change_fn fn, void *context,
			       struct weir_error *err) _must_use_;

/* Roll-outs, by hand. promote: the next ring, also of one that was halted; halt: with a reason. */
int weir_policy_promote(struct weir_store *store, const struct weir_principal *by, uint64_t id,
			uint64_t now_ns, struct weir_error *err) _must_use_;
int weir_policy_halt(struct weir_store *store, const struct weir_principal *by, uint64_t id,
		     const char *reason, uint64_t now_ns, struct weir_error *err) _must_use_;

/* What became of it, of the agents that were offered it. */
struct weir_policy_progress {
	uint64_t applied, failed, silent; /* silent: has it, and was not heard of for a while */
	uint64_t blocked,
		blocked_before; /* events of those that have it, since the ring began, and as long before that */
};
int weir_policy_progress(struct weir_store *store, uint64_t id, uint64_t now_ns,
			 struct weir_policy_progress *ret) _must_use_;

/* By itself, every few seconds: halts what goes wrong, promotes what went well for long enough, reminds of entries of the register
 * that end, ends them, links transfers to them. The number of things done, or negative errno. */
int weir_policy_tend(struct weir_store *store, uint64_t now_ns) _must_use_;

#endif
