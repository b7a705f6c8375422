/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_STORE_STORE_H
#define WEIR_CONSOLE_STORE_STORE_H

/* What the console keeps: agents, their events exactly once, what was rejected and what agents say
 * they dropped. One interface over replaceable back ends. Every function may be called from several
 * threads. Numbers of channel, action, tier and reject code are those of weir.v1. Times are
 * nanoseconds since 1970 UTC. Negative errno on failure: -EBUSY (another process holds the
 * database), -ENOSPC, -EROFS, -EBADMSG (damaged), -ETIME (a query ran too long), -ENOMEM, -EIO. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/error.h"
#include "weir/base/macros.h"

#define WEIR_STORE_UID_LEN    16
#define WEIR_STORE_EVENTS_MAX 1000 /* events of one batch */
#define WEIR_STORE_DROPS_MAX  64   /* causes kept for one agent; further ones are not stored */
#define WEIR_STORE_NUMBER_MAX \
	((uint64_t)INT64_MAX) /* largest sequence, time and count that is stored */

/* An agent that goes on as it was is not written down anew for each batch. */
#define WEIR_STORE_SEEN_NS (UINT64_C(60) * 1000000000)

struct weir_store;

/* Opens "sqlite:PATH", or "postgresql:CONNINFO" with what libpq reads ("host=/run/postgresql
 * dbname=weir", "//host/weir"). -EINVAL: neither. */
int weir_store_open(const char *database, struct weir_error *err,
		    struct weir_store **ret) _must_use_;

/* Opens or makes the SQLite database (file mode 0600) and brings its schema up to date. *err says
 * what is wrong in words; -EPROTONOSUPPORT when the schema is newer than this program knows. */
int weir_store_open_sqlite(const char *path, struct weir_error *err,
			   struct weir_store **ret) _must_use_;

/* Opens a PostgreSQL 15 database (encoding UTF8), which other processes may use at the same time.
 * conninfo is libpq's, a list of key=value or a URI; one that holds a password is -EPERM. */
int weir_store_open_postgresql(const char *conninfo, struct weir_error *err,
			       struct weir_store **ret) _must_use_;

/* SQLite without a file, for tests. */
int weir_store_open_memory(struct weir_store **ret) _must_use_;

/* No other call may be running. */
void weir_store_free(struct weir_store *store);
DEFINE_CLEANUP(weir_store_free, struct weir_store *);

/* One event of a batch. reject != 0: the event is recorded as refused; only that, detail and len
 * are used then. */
struct weir_store_item {
	uint64_t time_ns;
	uint32_t channel;
	uint32_t action;
	uint32_t tier;
	uint32_t reject;
	bool alert;
	const char *rule; /* borrowed, never NULL when reject is 0; like the next two */
	const char *hook;
	const char *cause;
	const char *detail; /* of a reject: static text, may be NULL */
	const void *blob;   /* the serialized event, borrowed */
	size_t len;
};

struct weir_store_drop {
	const char *cause;
	uint64_t count; /* total so far; a lower one than stored is ignored */
};

/* Everything borrowed for the time of the call. Item i has the sequence first_sequence + i. */
struct weir_store_batch {
	uint8_t agent_uid[WEIR_STORE_UID_LEN];
	uint64_t epoch;
	uint64_t first_sequence; /* 1 or more when n_items > 0; first_sequence + n_items <=
				    WEIR_STORE_NUMBER_MAX */
	uint64_t lost_from; /* not 0: the endpoint no longer has lost_from to first_sequence - 1 */
	uint64_t received_ns;
	const char *host;    /* never NULL */
	const char *version; /* never NULL */
	const char *group;   /* of endpoints, that this one is in by now; NULL: in none */
	const struct weir_store_item *items;
	size_t n_items;
	const struct weir_store_drop *drops;
	size_t n_drops;
};

/* What a hole that lost_from explains is stored as: one reject for all of it. */
#define WEIR_STORE_REJECT_LOST 4
/* An item that differs from the one stored under its key: a reject beside it, once. */
#define WEIR_STORE_REJECT_CONFLICT 5
#define WEIR_STORE_REJECT_CODES	   6

struct weir_store_result {
	uint64_t committed; /* of {agent, epoch}: up to here everything is in the database */
	bool gap; /* first_sequence was beyond committed + 1 and lost_from does not explain why: nothing
		     of the batch was stored, but that the agent was there */
	uint32_t stored;			   /* items new to the database, rejects included */
	uint32_t rejects[WEIR_STORE_REJECT_CODES]; /* of them, by code; [0]: of no known one */
};

/* Stores the batch in one transaction (several callers may share it): items up to committed are
 * skipped (but see WEIR_STORE_REJECT_CONFLICT), the rest is stored and committed grows with it. On
 * return 0 it is on the disk. A failure stored nothing, but for -ENOTCONN, where nobody knows; the
 * same batch may then be sent again. -EINVAL: the batch breaks the limits above. */
int weir_store_ingest(struct weir_store *store, const struct weir_store_batch *batch,
		      struct weir_store_result *ret) _must_use_;

struct weir_db_tx;

/* What of one batch was new: its items from first_item on. Borrowed for the time of the call. */
struct weir_store_stored {
	const struct weir_store_batch *batch;
	size_t first_item;
	uint64_t agent; /* the agent's row */
};

/* Called inside the transaction that stores the events, behind them, so that what follows from them
 * is there or not there together with them. A negative errno undoes the batch. */
typedef int (*weir_store_stored_fn)(void *context, struct weir_db_tx *tx,
				    const struct weir_store_stored *stored);

/* One for a store; before the first weir_store_ingest(). */
void weir_store_on_stored(struct weir_store *store, weir_store_stored_fn fn, void *context);

/* The row of an item that was stored as an event; -ENOENT for a reject. */
int weir_store_event_id(struct weir_db_tx *tx, const struct weir_store_stored *stored, size_t item,
			uint64_t *ret) _must_use_;

struct weir_store_event {
	uint64_t id; /* of the row: never reused; grows from commit to commit, so who has read up to
			it will find nothing new below */
	uint8_t agent_uid[WEIR_STORE_UID_LEN];
	const char *host;
	const char *group; /* that its endpoint is in by now; "": in none */
	uint64_t epoch;
	uint64_t sequence;
	uint64_t received_ns;
	bool alert;
	const void *blob; /* serialized weir.v1.Event, as it came */
	size_t len;
};

#define WEIR_STORE_GROUPS_MAX 16

/* Endpoints of these groups alone, and of none with none. */
struct weir_store_scope {
	size_t n;
	const char *groups[WEIR_STORE_GROUPS_MAX];
};

struct weir_store_filter {
	const struct weir_store_scope *scope; /* NULL: all */
	bool alerts_only;
	bool by_agent;
	uint8_t agent_uid[WEIR_STORE_UID_LEN]; /* with by_agent */
	uint64_t before_id;		       /* rows with a smaller id; 0: from the newest */
	uint64_t since_ns;		       /* the event's own time; 0: any */
	uint32_t channel;		       /* 0: any */
	uint32_t action;		       /* 0: any */
	uint32_t limit;			       /* 1 or more */
};

/* Called for each row; what it points to lives until it returns. Return 0 to go on, 1 to stop
 * there, or a negative errno, which the query then returns. It must not call the store. */
typedef int (*weir_store_event_fn)(void *context, const struct weir_store_event *event);

/* Newest first by arrival. 0 also when nothing matches. */
int weir_store_list_events(struct weir_store *store, const struct weir_store_filter *filter,
			   weir_store_event_fn fn, void *context) _must_use_;

/* -ENOENT when there is no such row. */
int weir_store_get_event(struct weir_store *store, uint64_t id, weir_store_event_fn fn,
			 void *context) _must_use_;

struct weir_store_agent {
	uint8_t uid[WEIR_STORE_UID_LEN];
	const char *host;
	const char *version;
	uint64_t first_seen_ns;
	uint64_t last_seen_ns; /* up to WEIR_STORE_SEEN_NS later in truth */
	uint64_t epoch;	       /* of the batch that came last */
	uint64_t committed;    /* in that epoch */
	uint64_t n_events;
	uint64_t n_rejects;
	const struct weir_store_drop *drops;
	size_t n_drops;
};

typedef int (*weir_store_agent_fn)(void *context, const struct weir_store_agent *agent);

/* By uid, those behind after_uid (NULL: from the first) and in scope (NULL: all), at most limit. */
int weir_store_list_agents(struct weir_store *store, const struct weir_store_scope *scope,
			   const uint8_t *after_uid, uint32_t limit, weir_store_agent_fn fn,
			   void *context) _must_use_;

#endif
