/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_TRIAGE_TRIAGE_H
#define WEIR_CONSOLE_TRIAGE_TRIAGE_H

/* Alerts: events that belong together (group.h), what people make of them, and the log of both, in
 * the store's database. An alert stays one while it is not resolved: what comes later in the same
 * window begins a new one. Negative errno as in weir/console_store/db.h. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/error.h"
#include "weir/base/macros.h"
#include "weir/console_store/db.h"
#include "weir/console_store/store.h"
#include "weir/console_triage/alert.h"
#include "weir/console_triage/filter.h"

#define WEIR_TRIAGE_TEXT_MAX	 2000 /* bytes of a comment or reason */
#define WEIR_TRIAGE_NAME_MAX	 64   /* bytes of an assignee */
#define WEIR_TRIAGE_SEEN_MAX	 64   /* hosts, devices, ... kept for one alert, of each kind */
#define WEIR_TRIAGE_BULK_MAX	 1000 /* alerts of one change */
#define WEIR_TRIAGE_SUPPRESS_MAX (UINT64_C(90) * 24 * 3600 * 1000000000)
#define WEIR_TRIAGE_TOPIC	 "alert_log" /* announced with the log's newest number */

/* Makes the tables, and sees to it that events which ask for a person become alerts in the
 * transaction that stores them. Before the first weir_store_ingest(). */
int weir_triage_init(struct weir_store *store, struct weir_error *err) _must_use_;

/* What else a list shows of an alert: of its newest event. */
struct weir_alert_newest {
	const char *host;
	const char *process;
	const char *target; /* path, or address and port */
};

/* 0 to go on, 1 to stop, or a negative errno. What is pointed to lives until it returns. */
typedef int (*weir_alert_fn)(void *context, const struct weir_alert *alert,
			     const struct weir_alert_newest *newest);

/* Newest first by id, those before `before` (0: from the newest), at most limit. */
int weir_triage_list(struct weir_db_tx *tx, const struct weir_alert_filter *filter, uint64_t before,
		     uint32_t limit, weir_alert_fn fn, void *context) _must_use_;

/* -ENOENT: there is none. */
int weir_triage_get(struct weir_db_tx *tx, uint64_t id, weir_alert_fn fn, void *context) _must_use_;

enum weir_alert_seen {
	WEIR_SEEN_HOST = 1,
	WEIR_SEEN_DEVICE = 2,	/* serial number */
	WEIR_SEEN_AGENT = 3,	/* uid in hexadecimal digits */
	WEIR_SEEN_DETECTOR = 4, /* counted by distinct values, the others by events */
	WEIR_SEEN_GROUP = 5,	/* of endpoints, when the event came; "": in none */
};

typedef int (*weir_alert_seen_fn)(void *context, enum weir_alert_seen kind, const char *value,
				  uint64_t n);
int weir_triage_seen(struct weir_db_tx *tx, uint64_t id, weir_alert_seen_fn fn,
		     void *context) _must_use_;

enum weir_alert_step {
	WEIR_STEP_EVENT = 1,
	WEIR_STEP_ASSIGNED = 2,
	WEIR_STEP_COMMENTED = 3,
	WEIR_STEP_CLOSED = 4,
	WEIR_STEP_REOPENED = 5,
	WEIR_STEP_SUPPRESSED = 6,
};

/* "event", "assigned", ... */
const char *weir_alert_step_name(enum weir_alert_step step);

/* How much of an alert a line of its log changed, for those who follow it. */
enum weir_alert_news {
	WEIR_NEWS_NONE = 0,
	WEIR_NEWS_CREATED = 1,
	WEIR_NEWS_UPDATED = 2,
	WEIR_NEWS_CLOSED = 3,
};

/* A line of the log: the order of ids is the order of commits. */
struct weir_alert_log {
	uint64_t id;
	uint64_t time_ns;
	enum weir_alert_step step;
	enum weir_alert_news news;
	uint64_t event;		 /* 0: none */
	const char *person;	 /* "" for an event */
	const char *text;	 /* comment, reason or assignee */
	struct weir_alert alert; /* as it was then */
};

typedef int (*weir_alert_log_fn)(void *context, const struct weir_alert_log *log);

/* Of one alert, newest first; at most limit. */
int weir_triage_log(struct weir_db_tx *tx, uint64_t alert, uint32_t limit, weir_alert_log_fn fn,
		    void *context) _must_use_;
/* Of all, oldest first, behind `after`. */
int weir_triage_follow(struct weir_db_tx *tx, uint64_t after, uint32_t limit, weir_alert_log_fn fn,
		       void *context) _must_use_;
/* The newest number, 0 with none. */
int weir_triage_newest(struct weir_db_tx *tx, uint64_t *ret) _must_use_;

enum weir_triage_verb {
	WEIR_TRIAGE_ASSIGN,   /* assignee ("": nobody); New becomes In progress */
	WEIR_TRIAGE_COMMENT,  /* text */
	WEIR_TRIAGE_CLOSE,    /* verdict, text */
	WEIR_TRIAGE_REOPEN,   /* text */
	WEIR_TRIAGE_SUPPRESS, /* until_ns, text: this alert, and what is like it until then */
};

struct weir_triage_change {
	enum weir_triage_verb verb;
	uint64_t person_id;
	const char *person;
	uint64_t now_ns;
	const char *assignee;
	const char *text; /* "": none */
	uint32_t verdict;
	uint64_t until_ns;
};

/* NULL, or what the change lacks, for a person. */
const char *weir_triage_fault(const struct weir_triage_change *change);

/* Changes one alert. version 0: whatever it is. 0; -ENOENT; -ESTALE: the alert has another version;
 * -EEXIST: reopening it would make two of what is one; -EALREADY: it is in that state; -EINVAL. */
int weir_triage_change(struct weir_db_tx *tx, uint64_t id, uint64_t version,
		       const struct weir_triage_change *change) _must_use_;

/* The ids that the filter finds, at most WEIR_TRIAGE_BULK_MAX of those up to `through` (0: any),
 * newest first. The number of them. */
int weir_triage_select(struct weir_db_tx *tx, const struct weir_alert_filter *filter,
		       uint64_t through, uint64_t ret[static WEIR_TRIAGE_BULK_MAX]) _must_use_;

/* Removes alerts that changed last before a time and are no longer open, with their logs: at most
 * WEIR_TRIAGE_BULK_MAX of them. The number of alerts. */
int weir_triage_expire(struct weir_db_tx *tx, uint64_t before_ns) _must_use_;

#endif
