/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_POLICY_SIMULATE_H
#define WEIR_CONSOLE_POLICY_SIMULATE_H

/* What a version would have done with the events of the last days, decided by the code that endpoints decide with, as of now: with the
 * grants that are valid now. An event says less than the endpoint knew; where what is missing matters, it is counted as unknown, with
 * the reason. Nothing is written. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/error.h"
#include "weir/base/macros.h"
#include "weir/console_store/store.h"

#define WEIR_SIMULATE_DAYS_MAX	 400
#define WEIR_SIMULATE_EVENTS_MAX UINT64_C(500000)
#define WEIR_SIMULATE_NS_MAX	 UINT64_C(10000000000)
#define WEIR_SIMULATE_SAMPLE	 50
#define WEIR_SIMULATE_KEYS_MAX \
	65536 /* different persons, endpoints or rules; further ones are counted together */
#define WEIR_SIMULATE_CHANNELS 8

/* What becomes of something. Blocked also stands for quarantine. Of local files, which have gone nowhere, only quarantine takes anything
 * away: other refusals are audits there, as endpoints report them. */
enum weir_simulate_act {
	WEIR_SIMULATE_BLOCKED = 0,
	WEIR_SIMULATE_WARNED,
	WEIR_SIMULATE_AUDITED,
	WEIR_SIMULATE_ALLOWED,
	WEIR_SIMULATE_ACTS,
};

/* Why nothing can be said of an event. */
enum weir_simulate_reason {
	WEIR_SIMULATE_CUT_SHORT = 0, /* it was stopped: nobody saw what else it held */
	WEIR_SIMULATE_CONFIDENCE,    /* of how many values how sure one was */
	WEIR_SIMULATE_CUSTOMERS,     /* how many records held a contact and an identity */
	WEIR_SIMULATE_LABEL,	     /* which values passed, and which a label spoke of */
	WEIR_SIMULATE_DETECTOR,	     /* a detector of the version was not there then */
	WEIR_SIMULATE_DEVICE,	     /* interfaces and encryption of the device */
	WEIR_SIMULATE_NOT_CARRIED_OUT, /* the policy then wanted it stopped as well, and the endpoint could not */
	WEIR_SIMULATE_SEVERAL,	 /* of these, together alone */
	WEIR_SIMULATE_MALFORMED, /* channel, cause or address are none */
	WEIR_SIMULATE_REASONS,
};

/* A counted key: its text and up to eight numbers. */
struct weir_tally_entry {
	char *key;
	uint64_t n[8];
};

/* By the sum of their numbers, the largest first. */
struct weir_tally_list {
	struct weir_tally_entry *entries; /* owned by the simulation */
	size_t n;
	uint64_t left_out; /* events of keys beyond WEIR_SIMULATE_KEYS_MAX */
};

enum weir_simulate_shift {
	WEIR_SIMULATE_NEWLY_BLOCKED = 0, /* and was not, though it may have been warned of */
	WEIR_SIMULATE_NEWLY_WARNED,	 /* and was let through */
	WEIR_SIMULATE_NO_LONGER_BLOCKED,
	WEIR_SIMULATE_NO_LONGER_WARNED, /* but let through */
	WEIR_SIMULATE_SHIFTS,
};

/* Events that something else would become of; n[0] of the entries counts them. */
struct weir_simulated_shift {
	uint64_t events;
	struct weir_tally_list persons;	  /* "li.na", or "root@host" for accounts of one machine */
	struct weir_tally_list endpoints; /* agent uids */
	struct weir_tally_list destinations;   /* classes of alerts: "removable", "internet", ... */
	uint64_t sample[WEIR_SIMULATE_SAMPLE]; /* ids, the newest first */
	size_t n_sample;
};

struct weir_simulation {
	uint64_t from_ns;     /* arrival, of the period */
	uint64_t reached_ns;  /* arrival of the oldest event that was looked at; 0: none */
	uint64_t events;      /* that were judged, unknown ones included */
	uint64_t outside;     /* that no rule is about: of the agent itself, reasons given */
	uint64_t left_out;    /* events that endpoints left out as like those judged */
	const char *bound;    /* which one ended it early, "events" or "time"; NULL: it is whole */
	uint64_t next_before; /* with bound: from where to go on */
	/* By channel (weir.v1): key is the deciding rule, "" for the default, "grant:ID" for a grant; n[act] is what would become of them,
	 * n[WEIR_SIMULATE_ACTS + act] what became of the same ones. */
	struct weir_tally_list rules[WEIR_SIMULATE_CHANNELS];
	uint64_t unknown[WEIR_SIMULATE_CHANNELS][WEIR_SIMULATE_REASONS];
	struct weir_simulated_shift shifts[WEIR_SIMULATE_SHIFTS];
};

struct weir_simulate_ask {
	uint64_t version;
	uint32_t days;	 /* 1 to WEIR_SIMULATE_DAYS_MAX */
	uint64_t before; /* a next_before; 0: from the newest event */
	uint64_t now_ns; /* since 1970 UTC */
	const struct weir_store_scope
		*scope;	     /* events of these endpoints alone; NULL: all; borrowed */
	uint64_t max_events; /* 0: the bounds above */
	uint64_t max_ns;
};

/* Newest first, page by page, each in a read of its own. -EINVAL, -ENOENT (no such version) with *err; -ENOMEM; what the database says. */
int weir_policy_simulate(struct weir_store *store, const struct weir_simulate_ask *ask,
			 struct weir_simulation **ret, struct weir_error *err) _must_use_;
void weir_simulation_free(struct weir_simulation *simulation);
DEFINE_CLEANUP(weir_simulation_free, struct weir_simulation *);

/* "blocked", "cut_short", "newly_blocked". */
const char *weir_simulate_act_name(enum weir_simulate_act act);
const char *weir_simulate_reason_name(enum weir_simulate_reason reason);
const char *weir_simulate_shift_name(enum weir_simulate_shift shift);

#endif
