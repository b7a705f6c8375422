/* SPDX-License-Identifier: Apache-2.0 */
/* The way through the stored events, and what is counted on it. */
#include "weir/console_policy/simulate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "judge.h"
#include "tally.h"
#include "weir/base/time.h"
#include "weir/base/uid.h"
#include "weir/console_triage/group.h"
#include "weir/dsse/policy.h"
#include "weir/proto/wire.h"

#define PAGE	 500 /* events of one read */
#define DAY_NS	 (UINT64_C(86400) * WEIR_NSEC_PER_SEC)
#define THEN_MAX 16 /* policies kept that were in force; endpoints of one time have few */

/* What was in force at some endpoints. */
struct then {
	uint64_t revision;
	struct weir_policy *policy; /* NULL: the console has none of this revision */
};

struct shift {
	uint64_t events;
	struct tally persons, endpoints, destinations;
	uint64_t sample[WEIR_SIMULATE_SAMPLE];
	size_t n_sample;
};

struct run {
	const struct weir_simulate_ask *ask;
	struct weir_policy *policy;
	struct judge *judge;
	struct then then[THEN_MAX];
	size_t n_then, next_then; /* the oldest gives way */
	struct weir_simulation *result;
	struct tally rules[WEIR_SIMULATE_CHANNELS];
	struct shift shifts[WEIR_SIMULATE_SHIFTS];
	uint64_t cursor; /* ids below it are still to be looked at; 0: all */
	uint64_t max_events;
	uint64_t wanted;     /* revision that has to be read first; 0: none */
	bool full;	     /* and more are there */
	size_t seen, inside; /* events of the page, and those that arrived in the period */
};

static void run_done(struct run *run)
{
	weir_policy_free(run->policy);
	judge_free(run->judge);
	for (size_t i = 0; i < run->n_then; i++)
		weir_policy_free(run->then[i].policy);
	for (size_t i = 0; i < WEIR_SIMULATE_CHANNELS; i++)
		tally_done(&run->rules[i]);
	for (size_t i = 0; i < WEIR_SIMULATE_SHIFTS; i++) {
		tally_done(&run->shifts[i].persons);
		tally_done(&run->shifts[i].endpoints);
		tally_done(&run->shifts[i].destinations);
	}
	weir_simulation_free(run->result);
}

void weir_simulation_free(struct weir_simulation *simulation)
{
	if (!simulation)
		return;
	for (size_t i = 0; i < WEIR_SIMULATE_CHANNELS; i++)
		tally_list_done(&simulation->rules[i]);
	for (size_t i = 0; i < WEIR_SIMULATE_SHIFTS; i++) {
		tally_list_done(&simulation->shifts[i].persons);
		tally_list_done(&simulation->shifts[i].endpoints);
		tally_list_done(&simulation->shifts[i].destinations);
	}
	free(simulation);
}

/* Which shift it is, or WEIR_SIMULATE_SHIFTS. */
static unsigned shift_of(const struct judged *judged)
{
	bool passes =
		judged->would != WEIR_SIMULATE_BLOCKED && judged->would != WEIR_SIMULATE_WARNED;

	if (judged->would == WEIR_SIMULATE_BLOCKED)
		return judged->happened == WEIR_SIMULATE_BLOCKED ? WEIR_SIMULATE_SHIFTS
								 : WEIR_SIMULATE_NEWLY_BLOCKED;
	if (judged->happened == WEIR_SIMULATE_BLOCKED)
		return WEIR_SIMULATE_NO_LONGER_BLOCKED;
	if (judged->happened == WEIR_SIMULATE_WARNED)
		return passes ? WEIR_SIMULATE_NO_LONGER_WARNED : WEIR_SIMULATE_SHIFTS;
	return passes ? WEIR_SIMULATE_SHIFTS : WEIR_SIMULATE_NEWLY_WARNED;
}

/* An account of one machine is another person on another machine. */
static int add_person(struct tally *persons, const Weir__V1__Event *event, const char *host)
{
	char text[WEIR_GROUP_USER_MAX + 256];
	struct weir_group group;

	weir_group_of(event, &group);
	(void)snprintf(text, sizeof(text), "%s%s%s", group.user, group.local ? "@" : "",
		       group.local ? host : "");
	return tally_add(persons, text, 0);
}

static int count_shift(struct shift *shift, const struct weir_store_event *row,
		       const Weir__V1__Event *event)
{
	char uid[WEIR_UID_TEXT];
	int r;

	shift->events++;
	if (shift->n_sample < WEIR_SIMULATE_SAMPLE)
		shift->sample[shift->n_sample++] = row->id;
	weir_uid_format(row->agent_uid, uid);
	r = add_person(&shift->persons, event, row->host);
	if (r == 0)
		r = tally_add(&shift->endpoints, uid, 0);
	return r < 0 ? r : tally_add(&shift->destinations, weir_group_destination(event), 0);
}

static int count_known(struct run *run, const struct judged *judged,
		       const struct weir_store_event *row, const Weir__V1__Event *event)
{
	struct tally *rules = &run->rules[(unsigned)event->channel % WEIR_SIMULATE_CHANNELS];
	unsigned shift = shift_of(judged);
	char key[128];
	int r;

	(void)snprintf(key, sizeof(key), "%s%s", *judged->grant ? "grant:" : "",
		       *judged->grant ? judged->grant : judged->rule);
	r = tally_add(rules, key, judged->would);
	if (r == 0)
		r = tally_add(rules, key, WEIR_SIMULATE_ACTS + judged->happened);
	if (r == 0 && shift < WEIR_SIMULATE_SHIFTS)
		r = count_shift(&run->shifts[shift], row, event);
	return r;
}

static int count(struct run *run, const struct weir_policy *then,
		 const struct weir_store_event *row, const Weir__V1__Event *event)
{
	struct judged judged = judge_event(run->judge, run->policy, then, event);
	struct weir_simulation *result = run->result;

	if (judged.kind == JUDGED_OUTSIDE) {
		result->outside++;
		return 0;
	}
	result->events++;
	result->left_out += WEIR_MIN(event->suppressed, UINT64_C(1) << 32);
	if (judged.kind == JUDGED_KNOWN)
		return count_known(run, &judged, row, event);
	result->unknown[(unsigned)event->channel % WEIR_SIMULATE_CHANNELS][judged.reason]++;
	return 0;
}

static const struct then *find_then(const struct run *run, uint64_t revision)
{
	for (size_t i = 0; i < run->n_then; i++)
		if (run->then[i].revision == revision)
			return &run->then[i];
	return NULL;
}

/* Ends the page where a policy has to be read first. */
static int judge_row(struct run *run, const struct weir_store_event *row)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	const struct then *then = NULL;
	const Weir__V1__Event *event;
	int r = weir_wire_unpack(&weir__v1__event__descriptor, row->blob, row->len, &wire);

	if (r == -ENOMEM)
		return r;
	if (r < 0) { /* ingest took it, so this is damage */
		run->result->events++;
		run->result->unknown[0][WEIR_SIMULATE_MALFORMED]++;
		return 0;
	}
	event = weir_wire_message(wire);
	if (event->policy_revision) {
		then = find_then(run, event->policy_revision);
		if (!then) {
			run->wanted = event->policy_revision;
			return 1;
		}
	}
	return count(run, then ? then->policy : NULL, row, event);
}

static int take_row(void *context, const struct weir_store_event *row)
{
	struct run *run = context;
	int r;

	if (row->received_ns >= run->result->from_ns) {
		if (run->result->events + run->result->outside == run->max_events) {
			run->full = true;
			return 1;
		}
		r = judge_row(run, row);
		if (r != 0)
			return r;
		run->inside++;
		run->result->reached_ns = row->received_ns;
	}
	run->seen++;
	run->cursor = row->id;
	return 0;
}

static int take_policy(const void *payload, size_t len, struct weir_policy **ret)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	struct weir_signed_policy policy;
	int r = weir_signed_policy_decode(payload, len, &wire, &policy);

	return r < 0 ? r : weir_policy_new(policy.policy, policy.policy_len, ret, NULL);
}

/* One that the console does not have stays NULL. */
static int read_then(struct weir_store *store, uint64_t revision, struct weir_policy **ret)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	const void *payload;
	size_t len;
	int r = revision > INT64_MAX ? -ERANGE : weir_db_read(store, &tx);

	if (r == -ERANGE)
		return 0;
	if (r == 0)
		r = WEIR_DB_QUERY(tx, &rows,
				  "SELECT payload FROM policy_version WHERE revision = $1",
				  weir_db_int((int64_t)revision));
	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r;
	payload = weir_db_get_blob(rows, 0, &len);
	r = take_policy(payload, len, ret);
	return r == -ENOMEM ? r : 0;
}

static int fetch_then(struct run *run, struct weir_store *store)
{
	struct then then = {.revision = run->wanted};
	int r = read_then(store, then.revision, &then.policy);

	if (r < 0)
		return r;
	run->wanted = 0;
	if (run->n_then < THEN_MAX) {
		run->then[run->n_then++] = then;
		return 0;
	}
	weir_policy_free(run->then[run->next_then].policy);
	run->then[run->next_then] = then;
	run->next_then = (run->next_then + 1) % THEN_MAX;
	return 0;
}

/* 1: go on, 0: all was looked at. Rows lie in the order of their arrival, but for clocks that were set: a page without any of the period
 * is the end. */
static int take_page(struct run *run, struct weir_store *store)
{
	const struct weir_store_filter filter = {
		.before_id = run->cursor, .limit = PAGE, .scope = run->ask->scope};
	int r;

	run->seen = run->inside = 0;
	r = weir_store_list_events(store, &filter, take_row, run);
	if (r == 0 && run->wanted) {
		r = fetch_then(run, store);
		return r < 0 ? r : 1;
	}
	if (r < 0)
		return r;
	return run->seen == PAGE && run->inside > 0;
}

static int take_all(struct run *run, struct weir_store *store)
{
	const uint64_t max_ns = run->ask->max_ns ? run->ask->max_ns : WEIR_SIMULATE_NS_MAX;
	const uint64_t deadline_ns = weir_now_monotonic() + max_ns;
	const char *bound = NULL;
	int r = 1;

	while (r == 1 && !bound) {
		r = take_page(run, store);
		if (run->full)
			bound = "events";
		else if (r == 1 && weir_now_monotonic() >= deadline_ns)
			bound = "time";
	}
	run->result->bound = bound;
	if (bound)
		run->result->next_before = run->cursor;
	return WEIR_MIN(r, 0);
}

static void give(struct run *run)
{
	struct weir_simulation *result = run->result;

	for (size_t i = 0; i < WEIR_SIMULATE_CHANNELS; i++)
		result->rules[i] = tally_take(&run->rules[i]);
	for (size_t i = 0; i < WEIR_SIMULATE_SHIFTS; i++) {
		struct shift *from = &run->shifts[i];
		struct weir_simulated_shift *to = &result->shifts[i];

		to->events = from->events;
		to->n_sample = from->n_sample;
		memcpy(to->sample, from->sample, sizeof(to->sample));
		to->persons = tally_take(&from->persons);
		to->endpoints = tally_take(&from->endpoints);
		to->destinations = tally_take(&from->destinations);
	}
}

static int begin(struct run *run, struct weir_store *store, struct weir_error *err)
{
	const struct weir_simulate_ask *ask = run->ask;
	struct weir_buf compiled _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	int r;

	if (ask->days == 0 || ask->days > WEIR_SIMULATE_DAYS_MAX)
		return weir_error_set(err, -EINVAL, 0, 0, "days are 1 to %d",
				      WEIR_SIMULATE_DAYS_MAX);
	r = version_compiled(store, ask->version, &compiled, err);
	if (r == 0)
		r = weir_policy_new(compiled.data, compiled.len, &run->policy, err);
	if (r == 0)
		r = judge_new(ask->now_ns, &run->judge);
	if (r < 0)
		return r;
	run->result = calloc(1, sizeof(*run->result));
	if (!run->result)
		return -ENOMEM;
	run->result->from_ns =
		ask->now_ns > ask->days * DAY_NS ? ask->now_ns - ask->days * DAY_NS : 0;
	run->cursor = ask->before;
	run->max_events = ask->max_events ? ask->max_events : WEIR_SIMULATE_EVENTS_MAX;
	return 0;
}

int weir_policy_simulate(struct weir_store *store, const struct weir_simulate_ask *ask,
			 struct weir_simulation **ret, struct weir_error *err)
{
	struct run run _cleanup_(run_done) = {.ask = ask};
	int r = begin(&run, store, err);

	if (r == 0)
		r = take_all(&run, store);
	if (r != 0)
		return r;
	give(&run);
	*ret = TAKE_PTR(run.result);
	return 0;
}

static const char *name_of(const char *const *words, size_t n, int number)
{
	return number >= 0 && (size_t)number < n ? words[number] : "unknown";
}

const char *weir_simulate_act_name(enum weir_simulate_act act)
{
	static const char *const words[] = {"blocked", "warned", "audited", "allowed"};

	return name_of(words, ARRAY_SIZE(words), (int)act);
}

const char *weir_simulate_reason_name(enum weir_simulate_reason reason)
{
	static const char *const words[] = {
		"cut_short", "confidence",	"customers", "label",	  "detector",
		"device",    "not_carried_out", "several",   "malformed",
	};

	return name_of(words, ARRAY_SIZE(words), (int)reason);
}

const char *weir_simulate_shift_name(enum weir_simulate_shift shift)
{
	static const char *const words[] = {"newly_blocked", "newly_warned", "no_longer_blocked",
					    "no_longer_warned"};

	return name_of(words, ARRAY_SIZE(words), (int)shift);
}
