/* SPDX-License-Identifier: Apache-2.0 */
/* A week of made events under a version. What has to come out is written down here a second time, by hand, from what the generator
 * knows of each event; nothing of it asks the policy. */
#include "weir/console_policy/simulate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chance.h"
#include "place.h"
#include "recorded.h"
#include "weir/console_audit/audit.h"
#include "weir/console_policy/policy.h"
#include "weir/findings/detectors.h"

#define DAY    (UINT64_C(86400) * 1000000000)
#define NOW    (UINT64_C(2000000000) * 1000000000)
#define EVENTS 520 /* more than a page */
#define AGENTS 5

static const char source[] =
	"apiVersion: weir/v1\nkind: Policy\nmetadata: {name: test}\n"
	"classes:\n  id: {level: C2, detectors: [cn_resident_id]}\n"
	"  card: {level: C2, detectors: [payment_card]}\n"
	"groups:\n  friends: {hosts: ['198.51.100.0/24']}\n  sticks: {usb: [{vendor: '0951'}]}\n"
	"rules:\n"
	"  - {id: friends-free, channel: network, to: friends, action: allow}\n"
	"  - {id: net-block, channel: network, content: {class: id, distinct: '>=5'}, action: "
	"block,\n"
	"     on_unscannable: warn}\n"
	"  - {id: net-ask, channel: network, content: {class: card, distinct: '>=2'}, action: "
	"warn}\n"
	"  - {id: stick-block, channel: removable, not_to: sticks, content: {class: id, distinct: "
	"'>=3'},\n"
	"     action: block}\n"
	"  - {id: disk-away, channel: file, content: {class: id, distinct: '>=10'}, action: "
	"quarantine}\n"
	"  - {id: disk-alert, channel: file, content: {class: id, distinct: '>=4'}, action: "
	"block}\n";

enum kind { SENT, SENT_MIXED, SENT_OPAQUE, STICK, DISK, OWN, KINDS };
enum place { FRIEND, INTERNET, INTRANET, PLACES };

/* What the generator knows. */
struct truth {
	enum kind kind;
	enum place place;
	unsigned ids, cards, agent, user;
	bool stopped, known_stick;
	uint64_t row; /* its id */
};

static const char *const users[] = {"li.na", "wang.wei", "chen.jie", "root"};

/* What has to come of one. */
struct expected {
	bool outside, unknown;
	enum weir_simulate_reason reason;
	enum weir_simulate_act would, happened;
	const char *rule, *destination;
	uint32_t channel;
};

struct fixture {
	void *place;
	struct weir_store *store;
	uint64_t version;
	struct truth truth[EVENTS];
	uint64_t sequences[256]; /* of each agent */
};

static const struct weir_policy_rules rules = {.tenant = "insurer", .threshold = 2};
static const struct weir_principal author = {.id = 7, .name = "li.na"};

static uint64_t create(struct fixture *f, const char *text)
{
	const struct weir_policy_draft draft = {
		.group = "", .source = text, .cases = "", .note = "", .min_agent = "", .days = 30};
	struct weir_error err = {};
	uint64_t id = 0;
	int r = weir_policy_create(f->store, &rules, &author, &draft, NOW, &id, &err);

	assert_string_equal(err.text, "");
	assert_int_equal(r, 0);
	return id;
}

static int setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	assert_int_equal(place_open(&f->place, NULL), 0);
	f->store = place_store(&f->place);
	assert_int_equal(weir_audit_init(f->store, NULL), 0);
	assert_int_equal(weir_policy_init(f->store, NULL), 0);
	f->version = create(f, source);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	place_close(&f->place);
	test_free(f);
	return 0;
}

static void store(struct fixture *f, const struct recorded *recorded, unsigned agent,
		  uint64_t received_ns)
{
	recorded_store(f->store, recorded, (uint8_t)(agent + 1), ++f->sequences[agent],
		       received_ns);
}

static void set_remote(struct weir_event *event, const char *address)
{
	event->remote.port = 443;
	event->remote.addr[10] = event->remote.addr[11] = 0xff;
	assert_int_equal(inet_pton(AF_INET, address, event->remote.addr + 12), 1);
}

/* As the engine leaves them: each value found once, all equally sure. */
static void find(struct weir_findings *f, const char *detector, unsigned n, uint8_t confidence)
{
	int number = weir_detector_number(detector);

	f->distinct[number] = f->distinct[number] + n;
	f->total[number] += n;
	f->best[number] = n ? confidence : 0;
	for (unsigned i = 0; i < n; i++)
		f->findings[f->count++] = (struct weir_finding){
			.detector = (uint16_t)number, .confidence = confidence, .length = 18};
}

static struct recorded begin(const struct truth *truth)
{
	static const char *const hosts[PLACES] = {"198.51.100.7", "203.0.113.9", "10.1.2.3"};
	struct recorded ret = {
		.user = users[truth->user],
		.done = truth->stopped ? WEIR_ACTION_BLOCK : WEIR_ACTION_AUDIT,
		.event = {.activity = WEIR_ACTIVITY_SEND,
			  .channel = WEIR_ABI_CHANNEL_NETWORK,
			  .action = truth->stopped ? WEIR_ABI_ACTION_BLOCK : WEIR_ABI_ACTION_AUDIT,
			  .cause = WEIR_ABI_CAUSE_CONTENT,
			  .hook = WEIR_ABI_HOOK_SOCKET_SENDMSG,
			  .tier = WEIR_ABI_TIER_LSM,
			  .kernel_seq = 1,
			  .time_ns = NOW - DAY,
			  .process = {.pid = 9, .uid = truth->user == 3 ? 0 : 1000 + truth->user}},
	};

	set_remote(&ret.event, hosts[truth->place]);
	return ret;
}

static void put_file(struct recorded *recorded, enum weir_abi_channel channel,
		     const struct weir_findings *findings)
{
	recorded->event.channel = channel;
	recorded->event.activity = WEIR_ACTIVITY_CLOSE;
	recorded->event.hook = WEIR_ABI_HOOK_FANOTIFY_CLOSE;
	recorded->event.kernel_seq = 0;
	recorded->findings = findings;
}

static void put(struct fixture *f, const struct truth *truth, uint64_t received_ns)
{
	static struct weir_findings findings;
	struct recorded recorded = begin(truth);
	struct weir_device stick = {.bus = "usb", .product_id = "1666", .filesystem = "vfat"};

	findings = (struct weir_findings){.status = WEIR_SCAN_COMPLETE};
	find(&findings, "cn_resident_id", truth->ids, 90);
	recorded.event.distinct[WEIR_ABI_DET_CN_RESIDENT_ID] = truth->ids;
	switch (truth->kind) {
	case SENT_MIXED:
		recorded.event.distinct[WEIR_ABI_DET_PAYMENT_CARD] = truth->cards;
		break;
	case SENT_OPAQUE:
		recorded.event.distinct[WEIR_ABI_DET_CN_RESIDENT_ID] = 0;
		recorded.event.cause = WEIR_ABI_CAUSE_OPAQUE;
		break;
	case STICK:
		put_file(&recorded, WEIR_ABI_CHANNEL_REMOVABLE, &findings);
		(void)snprintf(stick.vendor_id, sizeof(stick.vendor_id), "%s",
			       truth->known_stick ? "0951" : "1234");
		recorded.device = &stick;
		break;
	case DISK:
		put_file(&recorded, WEIR_ABI_CHANNEL_FILE, &findings);
		break;
	case OWN:
		recorded.event.channel = WEIR_ABI_CHANNEL_AGENT;
		recorded.event.activity = WEIR_ACTIVITY_TAMPER;
		break;
	default:
		break;
	}
	store(f, &recorded, truth->agent, received_ns);
}

static void draw(struct truth *truth)
{
	*truth = (struct truth){
		.kind = (enum kind)(chance(KINDS)),
		.place = (enum place)(chance(PLACES)),
		.ids = 1 + chance(12),
		.cards = 1 + chance(3),
		.agent = chance(AGENTS),
		.user = chance(4),
		.known_stick = chance(2),
	};
	truth->stopped = truth->kind != DISK && chance(3) == 0;
}

static void set(struct expected *e, enum weir_simulate_act would, const char *rule)
{
	e->would = would;
	e->rule = rule;
}

static void set_unknown(struct expected *e, enum weir_simulate_reason reason)
{
	e->unknown = true;
	e->reason = reason;
}

static void expect_sent(const struct truth *t, struct expected *e)
{
	static const char *const destinations[PLACES] = {"internet", "internet", "intranet"};

	e->channel = 4;
	e->destination = destinations[t->place];
	if (t->place == FRIEND)
		set(e, WEIR_SIMULATE_ALLOWED, "friends-free");
	else if (t->kind == SENT && t->ids >= 5)
		set(e, WEIR_SIMULATE_BLOCKED, "net-block");
	else if (
		t->stopped) /* whatever was behind may be blocked, or of two counts one a label's */
		set_unknown(e, WEIR_SIMULATE_CUT_SHORT);
	else if (t->kind == SENT_OPAQUE)
		set(e, WEIR_SIMULATE_WARNED, "net-block");
	else if (t->kind == SENT_MIXED && (t->ids >= 5 || t->cards >= 2))
		set_unknown(e, WEIR_SIMULATE_LABEL);
	else
		set(e, WEIR_SIMULATE_AUDITED, "");
}

static struct expected expect(const struct truth *t)
{
	struct expected e = {.happened =
				     t->stopped ? WEIR_SIMULATE_BLOCKED : WEIR_SIMULATE_AUDITED};

	switch (t->kind) {
	case STICK:
		e.channel = 2;
		e.destination = "removable";
		if (!t->known_stick && t->ids >= 3)
			set(&e, WEIR_SIMULATE_BLOCKED, "stick-block");
		else
			set(&e, WEIR_SIMULATE_AUDITED, "");
		break;
	case DISK:
		e.channel = 1;
		e.destination = "file";
		if (t->ids >= 10)
			set(&e, WEIR_SIMULATE_BLOCKED, "disk-away");
		else
			set(&e, WEIR_SIMULATE_AUDITED, t->ids >= 4 ? "disk-alert" : "");
		break;
	case OWN:
		e.outside = true;
		break;
	default:
		expect_sent(t, &e);
		break;
	}
	return e;
}

static int shift_of(const struct expected *e)
{
	bool stopped = e->happened == WEIR_SIMULATE_BLOCKED;

	if (e->outside || e->unknown)
		return -1;
	if (e->would == WEIR_SIMULATE_BLOCKED)
		return stopped ? -1 : WEIR_SIMULATE_NEWLY_BLOCKED;
	if (stopped)
		return WEIR_SIMULATE_NO_LONGER_BLOCKED;
	return e->would == WEIR_SIMULATE_WARNED ? WEIR_SIMULATE_NEWLY_WARNED : -1;
}

static uint64_t number_of(const struct weir_tally_list *list, const char *key, unsigned number)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->entries[i].key, key) == 0)
			return list->entries[i].n[number];
	return 0;
}

static void assert_rules(const struct fixture *f, const struct weir_simulation *s)
{
	static const char *const ids[] = {"",	       "friends-free", "net-block",
					  "net-ask",   "stick-block",  "disk-away",
					  "disk-alert"};

	for (uint32_t channel = 0; channel < WEIR_SIMULATE_CHANNELS; channel++) {
		uint64_t told = 0, counted = 0;

		for (size_t i = 0; i < s->rules[channel].n; i++)
			for (size_t j = 0; j < 8; j++)
				told += s->rules[channel].entries[i].n[j];
		for (size_t rule = 0; rule < ARRAY_SIZE(ids); rule++) {
			uint64_t n[8] = {0};

			for (size_t i = 0; i < EVENTS; i++) {
				struct expected e = expect(&f->truth[i]);

				if (e.outside || e.unknown || e.channel != channel ||
				    strcmp(e.rule, ids[rule]) != 0)
					continue;
				n[e.would]++;
				n[WEIR_SIMULATE_ACTS + e.happened]++;
			}
			for (unsigned j = 0; j < 8; j++) {
				assert_int_equal(number_of(&s->rules[channel], ids[rule], j), n[j]);
				counted += n[j];
			}
		}
		assert_int_equal(told, counted); /* and no other rule */
	}
}

static void assert_unknown(const struct fixture *f, const struct weir_simulation *s)
{
	uint64_t n[WEIR_SIMULATE_CHANNELS][WEIR_SIMULATE_REASONS] = {0}, outside = 0;

	for (size_t i = 0; i < EVENTS; i++) {
		struct expected e = expect(&f->truth[i]);

		outside += e.outside;
		if (e.unknown)
			n[e.channel][e.reason]++;
	}
	assert_int_equal(s->outside, outside);
	assert_int_equal(s->events, EVENTS - outside);
	for (unsigned channel = 0; channel < WEIR_SIMULATE_CHANNELS; channel++)
		for (unsigned reason = 0; reason < WEIR_SIMULATE_REASONS; reason++)
			if (s->unknown[channel][reason] != n[channel][reason])
				fail_msg("channel %u, %s: %d, not %d", channel,
					 weir_simulate_reason_name(
						 (enum weir_simulate_reason)reason),
					 (int)s->unknown[channel][reason], (int)n[channel][reason]);
	assert_true(n[4][WEIR_SIMULATE_CUT_SHORT] > 10 && n[4][WEIR_SIMULATE_LABEL] > 10);
}

static void person_of(const struct truth *t, char *ret, size_t size)
{
	if (t->user == 3)
		(void)snprintf(ret, size, "root@ws-%u", t->agent + 1);
	else
		(void)snprintf(ret, size, "%s", users[t->user]);
}

/* So many of the events of the shift have this key; kind 0: person, 1: endpoint, 2: destination. */
static uint64_t shifted(const struct fixture *f, int shift, int kind, const char *key)
{
	uint64_t n = 0;

	for (size_t i = 0; i < EVENTS; i++) {
		struct expected e = expect(&f->truth[i]);
		char text[64] = "";

		if (shift_of(&e) != shift)
			continue;
		if (kind == 0)
			person_of(&f->truth[i], text, sizeof(text));
		else if (kind == 1)
			(void)snprintf(text, sizeof(text), "%02x000000-0000-0000-0000-000000000000",
				       f->truth[i].agent + 1);
		else
			(void)snprintf(text, sizeof(text), "%s", e.destination);
		n += strcmp(text, key) == 0;
	}
	return n;
}

static void assert_tally(const struct fixture *f, int shift, int kind,
			 const struct weir_tally_list *list, uint64_t all)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < list->n; i++) {
		assert_int_equal(list->entries[i].n[0],
				 shifted(f, shift, kind, list->entries[i].key));
		if (i)
			assert_true(list->entries[i].n[0] <= list->entries[i - 1].n[0]);
		sum += list->entries[i].n[0];
	}
	assert_int_equal(sum, all);
	assert_int_equal(list->left_out, 0);
}

static void assert_shifts(const struct fixture *f, const struct weir_simulation *s)
{
	for (int shift = 0; shift < WEIR_SIMULATE_SHIFTS; shift++) {
		const struct weir_simulated_shift *told = &s->shifts[shift];
		uint64_t n = 0;

		for (size_t i = EVENTS; i-- > 0;) { /* the newest first */
			struct expected e = expect(&f->truth[i]);

			if (shift_of(&e) != shift)
				continue;
			if (n < WEIR_SIMULATE_SAMPLE)
				assert_int_equal(told->sample[n], f->truth[i].row);
			n++;
		}
		assert_int_equal(told->events, n);
		assert_int_equal(told->n_sample, WEIR_MIN(n, (uint64_t)WEIR_SIMULATE_SAMPLE));
		assert_tally(f, shift, 0, &told->persons, n);
		assert_tally(f, shift, 1, &told->endpoints, n);
		assert_tally(f, shift, 2, &told->destinations, n);
		if (shift != WEIR_SIMULATE_NO_LONGER_WARNED)
			assert_true(n > 10);
	}
}

static int note_id(void *context, const struct weir_store_event *event)
{
	*(uint64_t *)context = event->id;
	return 1;
}

static void fill(struct fixture *f)
{
	chance_seed(5);
	for (size_t i = 0; i < EVENTS; i++) {
		const struct weir_store_filter newest = {.limit = 1};

		draw(&f->truth[i]);
		put(f, &f->truth[i], NOW - DAY + i);
		assert_int_equal(
			weir_store_list_events(f->store, &newest, note_id, &f->truth[i].row), 0);
	}
}

static struct weir_simulation *simulate(struct fixture *f, const struct weir_simulate_ask *ask)
{
	struct weir_simulation *ret = NULL;
	struct weir_error err = {};
	int r = weir_policy_simulate(f->store, ask, &ret, &err);

	assert_string_equal(err.text, "");
	assert_int_equal(r, 0);
	return ret;
}

static void assert_bounds(struct fixture *f)
{
	uint64_t events = 0, blocked = 0, before = 0;
	unsigned parts = 0;
	struct weir_simulation *whole, *part;
	struct weir_simulate_ask ask = {.version = f->version, .days = 7, .now_ns = NOW};

	whole = simulate(f, &ask);
	ask.max_events = 200;
	do {
		ask.before = before;
		part = simulate(f, &ask);
		events += part->events + part->outside;
		blocked += part->shifts[WEIR_SIMULATE_NEWLY_BLOCKED].events;
		before = part->next_before;
		if (part->bound)
			assert_string_equal(part->bound, "events");
		weir_simulation_free(part);
		parts++;
	} while (before && parts < 10);
	assert_int_equal(parts, 3); /* 200, 200, 120 */
	assert_int_equal(events, EVENTS);
	assert_int_equal(blocked, whole->shifts[WEIR_SIMULATE_NEWLY_BLOCKED].events);
	weir_simulation_free(whole);
	/* as many as there are is the whole, and no part */
	ask = (struct weir_simulate_ask){
		.version = f->version, .days = 7, .now_ns = NOW, .max_events = EVENTS};
	part = simulate(f, &ask);
	assert_null(part->bound);
	weir_simulation_free(part);
	/* a page is looked at, then the time is over */
	ask.max_events = 0;
	ask.max_ns = 1;
	part = simulate(f, &ask);
	assert_string_equal(part->bound, "time");
	assert_int_equal(part->events + part->outside, 500);
	assert_int_equal(part->next_before, f->truth[EVENTS - 500].row);
	weir_simulation_free(part);
}

static void simulate__counts_as_by_hand_and_goes_on_behind_a_bound(void **state)
{
	struct fixture *f = *state;
	struct weir_simulation *s _cleanup_(weir_simulation_freep) = NULL;

	/* Older than the period, and not to be seen. */
	put(f, &(struct truth){.kind = SENT, .place = INTERNET, .ids = 9}, NOW - 8 * DAY);
	fill(f);
	s = simulate(f,
		     &(struct weir_simulate_ask){.version = f->version, .days = 7, .now_ns = NOW});
	assert_null(s->bound);
	assert_int_equal(s->from_ns, NOW - 7 * DAY);
	assert_int_equal(s->reached_ns, NOW - DAY);
	assert_rules(f, s);
	assert_unknown(f, s);
	assert_shifts(f, s);
	assert_bounds(f);
}

static void simulate__of_what_is_not_there(void **state)
{
	struct fixture *f = *state;
	struct weir_simulation *s = NULL;
	struct weir_simulate_ask ask = {.version = f->version + 1, .days = 7, .now_ns = NOW};
	struct weir_error err = {};

	assert_int_equal(weir_policy_simulate(f->store, &ask, &s, &err), -ENOENT);
	assert_true(err.text[0]);
	ask.version = f->version;
	ask.days = 0;
	assert_int_equal(weir_policy_simulate(f->store, &ask, &s, &err), -EINVAL);
	ask.days = WEIR_SIMULATE_DAYS_MAX + 1;
	assert_int_equal(weir_policy_simulate(f->store, &ask, &s, &err), -EINVAL);
	ask.days = 1;
	put(f, &(struct truth){.kind = SENT, .place = INTERNET, .ids = 9}, NOW - 1);
	ask.scope = &(struct weir_store_scope){}; /* who sees no endpoint is told of none */
	s = simulate(f, &ask);
	assert_int_equal(s->events + s->outside + s->reached_ns, 0);
	weir_simulation_free(s);
}

#define WITH_DETECTOR(pattern)                                                                   \
	"apiVersion: weir/v1\nkind: Policy\nmetadata: {name: test}\n"                            \
	"detectors: {employee: {pattern: '" pattern "', level: C1}}\n"                           \
	"classes: {staff: {level: C1, detectors: [employee]}}\n"                                 \
	"rules: [{id: r, channel: removable, content: {class: staff, distinct: '>=2'}, action: " \
	"block}]\n"

static void put_staff(struct fixture *f, uint64_t revision, unsigned n, enum weir_action done)
{
	static struct weir_findings findings;
	struct recorded recorded = begin(&(struct truth){0});

	findings = (struct weir_findings){.status = WEIR_SCAN_COMPLETE, .count = n};
	findings.distinct[WEIR_DETECTOR_COUNT] = n;
	findings.total[WEIR_DETECTOR_COUNT] = n;
	for (unsigned i = 0; i < n; i++)
		findings.findings[i] = (struct weir_finding){
			.detector = WEIR_DETECTOR_COUNT, .confidence = 60, .length = 7};
	put_file(&recorded, WEIR_ABI_CHANNEL_REMOVABLE, &findings);
	recorded.customs[0] = "employee";
	recorded.revision = revision;
	recorded.done = done;
	store(f, &recorded, 0, NOW - DAY);
}

/* What the policy of that time looked for, and what it wanted. */
static void simulate__knows_what_was_in_force(void **state)
{
	struct fixture *f = *state;
	struct weir_simulate_ask ask = {.days = 7, .now_ns = NOW};
	struct weir_simulation *s;
	uint64_t same = create(f, WITH_DETECTOR("E[0-9]{6}")), other;

	other = create(f, WITH_DETECTOR("F[0-9]{6}"));
	put_staff(f, 2, 3, WEIR_ACTION_BLOCK); /* revisions are 1, 2, 3 */
	put_staff(f, 2, 1, WEIR_ACTION_AUDIT);
	put_staff(f, 2, 0, WEIR_ACTION_AUDIT);
	put_staff(f, 2, 3, WEIR_ACTION_AUDIT); /* was to be blocked, and was not */
	put_staff(f, 0, 3, WEIR_ACTION_AUDIT); /* nobody knows what was in force */
	put_staff(f, 99, 3, WEIR_ACTION_AUDIT);
	ask.version = same;
	s = simulate(f, &ask);
	assert_int_equal(s->events, 6);
	assert_int_equal(number_of(&s->rules[2], "r", WEIR_SIMULATE_BLOCKED), 1);
	assert_int_equal(number_of(&s->rules[2], "", WEIR_SIMULATE_AUDITED), 2);
	assert_int_equal(s->unknown[2][WEIR_SIMULATE_NOT_CARRIED_OUT], 1);
	assert_int_equal(s->unknown[2][WEIR_SIMULATE_DETECTOR], 2);
	weir_simulation_free(s);
	ask.version = other;
	s = simulate(f, &ask);
	assert_int_equal(s->unknown[2][WEIR_SIMULATE_DETECTOR], 6);
	weir_simulation_free(s);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(simulate__counts_as_by_hand_and_goes_on_behind_a_bound),
		TEST(simulate__of_what_is_not_there),
		TEST(simulate__knows_what_was_in_force),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
