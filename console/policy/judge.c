/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what can be concluded from an event about the content that an endpoint saw. The decision itself is the policy's; here are the
 * least and the most that the content can have held, and whether that is enough. How endpoints write events is agent/report/encode.c. */
#include "judge.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/macros.h"
#include "weir/event/decode.h"
#include "weir/findings/detectors.h"

/* The slots that the kernel counts as they pass. */
#define KERNEL_COUNTED 2
#define LISTED_MAX     32 /* findings of one event, the surest first */
#define MANY	       UINT32_MAX

/* What is left open, as a set. */
#define OPEN(reason) (1U << (reason))
#define OPEN_ALL     UINT32_MAX

/* One end of what the content can have been. */
struct end {
	struct weir_event event;
	struct weir_findings findings;
};

struct judge {
	uint64_t now_ns;
	struct end low, high;
	struct weir_device device;
};

/* An event under one policy. */
struct hearing {
	struct judge *judge;
	const struct weir_policy *policy, *then;
	const Weir__V1__Event *event;
	enum weir_abi_cause cause;
	bool searched; /* user space looked into the content */
	bool refused;  /* where it was: what comes behind was not seen */
	unsigned open; /* which gaps are taken as gaps */
};

int judge_new(uint64_t now_ns, struct judge **ret)
{
	struct judge *judge = calloc(1, sizeof(*judge));

	if (!judge)
		return -ENOMEM;
	judge->now_ns = now_ns;
	*ret = judge;
	return 0;
}

void judge_free(struct judge *judge)
{
	free(judge);
}

static bool is_open(const struct hearing *h, enum weir_simulate_reason reason)
{
	return h->open & OPEN(reason);
}

static int find_cause(const char *name)
{
	for (int i = 0; i < _WEIR_ABI_CAUSE_MAX; i++)
		if (strcmp(weir_event_cause_name((enum weir_abi_cause)i), name) == 0)
			return i;
	return -1;
}

static bool is_unseen(enum weir_abi_cause cause)
{
	return cause == WEIR_ABI_CAUSE_UNREADABLE || cause == WEIR_ABI_CAUSE_TOO_LONG ||
	       cause == WEIR_ABI_CAUSE_OPAQUE || cause == WEIR_ABI_CAUSE_NO_STATE;
}

/* Without findings the status says that the kernel saw nothing, in the words of the cause. */
static bool was_searched(const Weir__V1__Event *event)
{
	if (event->scan_status == WEIR__V1__SCAN_STATUS__SCAN_STATUS_UNSPECIFIED)
		return false;
	if (event->scan_status != WEIR__V1__SCAN_STATUS__SCAN_STATUS_UNSCANNABLE ||
	    strcmp(event->scan_reason, event->cause) != 0)
		return true;
	for (size_t i = 0; i < event->n_counts; i++)
		if (event->counts[i]->total)
			return true;
	return false;
}

static int take_address(const Weir__V1__Event *event, struct weir_abi_address *ret)
{
	const char *ip = event->destination ? event->destination->ip : "";

	ret->port = event->destination ? (uint16_t)event->destination->port : 0;
	if (inet_pton(AF_INET, ip, ret->addr + 12) == 1) {
		ret->addr[10] = ret->addr[11] = 0xff;
		return 0;
	}
	return inet_pton(AF_INET6, ip, ret->addr) == 1 ? 0 : -EINVAL;
}

static void clear(struct end *end)
{
	struct weir_findings *f = &end->findings;

	memset(&end->event, 0, sizeof(end->event));
	f->status = WEIR_SCAN_COMPLETE;
	f->customers = 0;
	memset(f->total, 0, sizeof(f->total));
	memset(f->distinct, 0, sizeof(f->distinct));
	memset(f->distinct_from, 0, sizeof(f->distinct_from));
	memset(f->best, 0, sizeof(f->best));
}

static void set_steps(struct weir_findings *f, unsigned number, uint32_t count, unsigned confidence)
{
	f->distinct[number] = count;
	f->best[number] = (uint8_t)confidence;
	for (unsigned step = 0; step < WEIR_CONFIDENCE_STEPS; step++)
		f->distinct_from[number][step] = 50 + 5 * step <= confidence ? count : 0;
}

/* Of a detector's findings: how many the event lists, and how many with at least this confidence. */
static uint64_t listed(const Weir__V1__Event *event, const char *detector, unsigned confidence)
{
	uint64_t n = 0;

	for (size_t i = 0; i < event->n_findings; i++)
		n += event->findings[i]->confidence >= confidence &&
		     strcmp(event->findings[i]->detector, detector) == 0;
	return n;
}

/* No finding that is not listed is surer than this. */
static unsigned surest_unlisted(const Weir__V1__Event *event)
{
	return event->n_findings < LISTED_MAX
		       ? 100
		       : WEIR_MIN(event->findings[event->n_findings - 1]->confidence, 100U);
}

struct bounds {
	uint32_t low, high;
};

/* At least and at most so many values with this confidence. With every match listed, each match below it spoils one value at most;
 * otherwise the surest of a detector is listed before its others. */
static struct bounds bounds_at(const struct hearing *h, const Weir__V1__DetectorCount *count,
			       unsigned confidence)
{
	uint64_t all = listed(h->event, count->detector, 0);
	uint64_t sure = listed(h->event, count->detector, confidence);
	uint64_t distinct = WEIR_MIN(count->distinct, (uint64_t)MANY);
	uint64_t low = sure > 0, high = sure > 0 ? distinct : 0;

	if (all >= count->total) {
		high = WEIR_MIN(distinct, sure);
		if (distinct > all - sure)
			low = WEIR_MAX(low, distinct - (all - sure));
	} else if (all == 0 && confidence <= surest_unlisted(h->event)) {
		high = distinct;
	}
	return (struct bounds){(uint32_t)WEIR_MIN(low, high), (uint32_t)high};
}

static unsigned best_of(const Weir__V1__Event *event, const char *detector, unsigned unlisted)
{
	for (size_t i = 0; i < event->n_findings; i++)
		if (strcmp(event->findings[i]->detector, detector) == 0)
			return WEIR_MIN(event->findings[i]->confidence, 100U);
	return unlisted;
}

static void limit_to_one(struct weir_findings *f, unsigned number)
{
	f->distinct[number] = WEIR_MIN(f->distinct[number], 1U);
	for (unsigned step = 0; step < WEIR_CONFIDENCE_STEPS; step++)
		f->distinct_from[number][step] = WEIR_MIN(f->distinct_from[number][step], 1U);
}

/* What user space found of one detector. */
static void take_found(const struct hearing *h, const Weir__V1__DetectorCount *count,
		       unsigned number)
{
	struct weir_findings *low = &h->judge->low.findings, *high = &h->judge->high.findings;
	uint32_t distinct = (uint32_t)WEIR_MIN(count->distinct, (uint64_t)MANY);

	low->total[number] = high->total[number] = count->total;
	low->distinct[number] = high->distinct[number] = distinct;
	low->best[number] = (uint8_t)best_of(h->event, count->detector, 0);
	high->best[number] = (uint8_t)best_of(h->event, count->detector, surest_unlisted(h->event));
	for (unsigned step = 0; step < WEIR_CONFIDENCE_STEPS; step++) {
		struct bounds bounds = bounds_at(h, count, 50 + 5 * step);

		low->distinct_from[number][step] = bounds.low;
		high->distinct_from[number][step] = bounds.high;
	}
	if (!is_open(h, WEIR_SIMULATE_CONFIDENCE)) {
		memcpy(high->distinct_from[number], low->distinct_from[number],
		       sizeof(high->distinct_from[number]));
		high->best[number] = low->best[number];
	}
	/* Where it was not read whole, the event has the label's count when that is larger. */
	if (number < _WEIR_ABI_DET_MAX && low->status != WEIR_SCAN_COMPLETE &&
	    is_open(h, WEIR_SIMULATE_LABEL))
		limit_to_one(low, number);
}

/* What the kernel counted or knew by labels; the event has the larger of the two. */
static void take_counted(const struct hearing *h, unsigned slot, uint64_t distinct, bool alone)
{
	struct weir_event *low = &h->judge->low.event, *high = &h->judge->high.event;
	uint32_t n = (uint32_t)WEIR_MIN(distinct, (uint64_t)MANY);

	if (slot >= _WEIR_ABI_DET_MAX)
		return;
	/* A label speaks by itself there; a single count is what the cause is about, and what was found is what passed. */
	if (h->cause == WEIR_ABI_CAUSE_LABEL || is_unseen(h->cause) ||
	    (alone && slot < KERNEL_COUNTED)) {
		low->distinct[slot] = high->distinct[slot] = n;
		return;
	}
	low->labelled[slot] = n;
	high->distinct[slot] = is_open(h, WEIR_SIMULATE_LABEL) ? n : 0;
	high->labelled[slot] = n;
}

static void take_counts(const struct hearing *h)
{
	bool whole = h->searched && h->judge->low.findings.status == WEIR_SCAN_COMPLETE;

	for (size_t i = 0; i < h->event->n_counts; i++) {
		const Weir__V1__DetectorCount *count = h->event->counts[i];
		int number = weir_policy_detector_number(h->policy, count->detector);

		if (number < 0 || number >= WEIR_DETECTOR_COUNT)
			continue;
		if (h->searched && count->total)
			take_found(h, count, (unsigned)number);
		if (!whole)
			take_counted(h, (unsigned)number, count->distinct,
				     h->searched ? count->total > 0
						 : h->cause == WEIR_ABI_CAUSE_CONTENT &&
							   h->event->n_counts == 1);
	}
}

/* A customer's record has findings of two detectors at least. */
static uint64_t customers_at_most(const Weir__V1__Event *event)
{
	uint64_t sum = 0, most = 0;

	for (size_t i = 0; i < event->n_counts; i++) {
		uint64_t total = WEIR_MIN(event->counts[i]->total, (uint64_t)MANY);

		sum += total;
		most = WEIR_MAX(most, total);
	}
	return WEIR_MIN(sum / 2, sum - most);
}

static bool same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool same_words(const char *const *a, const char *const *b)
{
	for (; a && *a && b && *b; a++, b++)
		if (strcmp(*a, *b) != 0)
			return false;
	return (!a || !*a) && (!b || !*b);
}

/* Found then what it finds now. */
static bool was_there(const struct weir_policy *then, const struct weir_custom *custom)
{
	size_t n = 0;
	const struct weir_custom *list = then ? weir_policy_customs(then, &n) : NULL;

	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].id, custom->id) == 0)
			return strcmp(list[i].pattern, custom->pattern) == 0 &&
			       same_text(list[i].check, custom->check) &&
			       same_words(list[i].words, custom->words) &&
			       same_words(list[i].negatives, custom->negatives) &&
			       list[i].base == custom->base;
	return false;
}

static const Weir__V1__DetectorCount *find_count(const Weir__V1__Event *event, const char *id)
{
	for (size_t i = 0; i < event->n_counts; i++)
		if (strcmp(event->counts[i]->detector, id) == 0)
			return event->counts[i];
	return NULL;
}

static void take_customs(const struct hearing *h)
{
	size_t n;
	const struct weir_custom *customs = weir_policy_customs(h->policy, &n);

	for (size_t i = 0; i < n; i++) {
		const Weir__V1__DetectorCount *count = find_count(h->event, customs[i].id);
		unsigned number = WEIR_DETECTOR_COUNT + (unsigned)i;

		if (!was_there(h->then, &customs[i])) {
			if (is_open(h, WEIR_SIMULATE_DETECTOR))
				set_steps(&h->judge->high.findings, number, MANY, 100);
		} else if (count) {
			take_found(h, count, number);
		}
	}
}

static void take_findings(const struct hearing *h)
{
	struct weir_findings *low = &h->judge->low.findings, *high = &h->judge->high.findings;

	low->status = high->status = (enum weir_scan_status)h->event->scan_status;
	take_counts(h);
	take_customs(h);
	if (is_open(h, WEIR_SIMULATE_CUSTOMERS))
		high->customers = customers_at_most(h->event);
}

static void fill_event(const struct hearing *h, struct end *end)
{
	clear(end);
	end->event.channel = (enum weir_abi_channel)h->event->channel;
	end->event.action = WEIR_ABI_ACTION_AUDIT;
	end->event.cause = h->cause;
	if (h->event->channel == WEIR__V1__CHANNEL__CHANNEL_NETWORK)
		(void)take_address(h->event, &end->event.remote);
}

static void fill_most(struct end *end, enum weir_scan_status status)
{
	end->findings.status = status;
	end->findings.customers = MANY;
	for (unsigned i = 0; i < WEIR_FINDINGS_DETECTORS; i++)
		set_steps(&end->findings, i, MANY, 100);
}

static struct weir_policy_input input_of(const struct hearing *h, const struct end *end,
					 bool findings)
{
	return (struct weir_policy_input){.event = &end->event,
					  .device = h->event->device ? &h->judge->device : NULL,
					  .findings = findings ? &end->findings : NULL,
					  .now_ns = h->judge->now_ns};
}

/* Nothing stopped it, or its content was looked at: what was seen is what there was at that moment. */
static unsigned actions_of_seen(const struct hearing *h)
{
	struct weir_policy_input low = input_of(h, &h->judge->low, h->searched);
	struct weir_policy_input high = input_of(h, &h->judge->high, h->searched);

	return weir_policy_between(h->policy, &low, &high);
}

static bool only_stops(unsigned actions)
{
	const unsigned stops =
		1U << WEIR_ACTION_WARN | 1U << WEIR_ACTION_BLOCK | 1U << WEIR_ACTION_QUARANTINE;

	return !(actions & ~stops);
}

/* It was stopped at what the kernel had seen by then. Where the policy stops it at that moment too, that is all; else it goes on, and
 * may hold anything. */
static unsigned actions_of_cut_short(const struct hearing *h)
{
	struct end *high = &h->judge->high;
	enum weir_scan_status status = WEIR_SCAN_COMPLETE;
	struct weir_policy_input least = input_of(h, &h->judge->low, false);
	struct weir_policy_input most = input_of(h, high, true);
	unsigned actions;

	if (!is_open(h, WEIR_SIMULATE_CUT_SHORT))
		return actions_of_seen(h);
	if (is_unseen(h->cause))
		status = h->cause == WEIR_ABI_CAUSE_NO_STATE ? WEIR_SCAN_ERROR : WEIR_SCAN_PARTIAL;
	fill_most(high, status);
	actions = weir_policy_between(h->policy, &least, &most);
	if (!(is_unseen(h->cause) || h->cause == WEIR_ABI_CAUSE_LABEL) || only_stops(actions))
		return actions;
	/* Behind what could not be read, or what a label alone spoke of, it may be read whole, and hold nothing. */
	high->findings.status = WEIR_SCAN_COMPLETE;
	least = input_of(h, &h->judge->low, true);
	most = input_of(h, high, true);
	return actions | weir_policy_between(h->policy, &least, &most);
}

/* The actions that the policy can have taken; `open` says which gaps are taken as gaps. */
static unsigned actions_of(struct hearing *h, unsigned open)
{
	h->open = open;
	fill_event(h, &h->judge->low);
	fill_event(h, &h->judge->high);
	if (h->searched)
		take_findings(h);
	else
		take_counts(h);
	return h->refused && !h->searched ? actions_of_cut_short(h) : actions_of_seen(h);
}

static void copy_text(char *ret, size_t size, const char *text)
{
	(void)snprintf(ret, size, "%s", text);
}

/* A file system lies on mass storage; of anything else the event does not say what the interface is for. Rules take the first interface
 * that fits, so what holds for each alone holds for all. */
static bool take_device(struct hearing *h)
{
	const Weir__V1__Device *from = h->event->device;
	struct weir_device *device = &h->judge->device;
	unsigned first = WEIR_USB_MASS_STORAGE, last = WEIR_USB_MASS_STORAGE;
	int action = -1;

	if (!from)
		return true;
	*device = (struct weir_device){};
	copy_text(device->bus, sizeof(device->bus), from->bus);
	copy_text(device->vendor_id, sizeof(device->vendor_id), from->vendor_id);
	copy_text(device->product_id, sizeof(device->product_id), from->product_id);
	copy_text(device->serial_number, sizeof(device->serial_number), from->serial_number);
	if (!*from->filesystem) {
		first = 0;
		last = _WEIR_USB_MAX - 1;
	}
	for (unsigned i = 2 * first; i < 2 * (last + 1); i++) {
		struct weir_device_verdict verdict;

		device->interfaces = WEIR_USB_SET(i / 2);
		device->encrypted = i % 2;
		verdict = weir_policy_device(h->policy, device);
		if (action >= 0 && action != (int)verdict.action)
			return false;
		action = (int)verdict.action;
	}
	/* Ways past the files are decided by what rules could refuse, not by what passes. */
	return h->cause != WEIR_ABI_CAUSE_DEVICE;
}

static enum weir_simulate_act act_of(const Weir__V1__Event *event, unsigned action)
{
	bool local = event->channel == WEIR__V1__CHANNEL__CHANNEL_FILE ||
		     event->channel == WEIR__V1__CHANNEL__CHANNEL_AT_REST;

	switch (action) {
	case WEIR_ACTION_QUARANTINE:
		return WEIR_SIMULATE_BLOCKED;
	case WEIR_ACTION_BLOCK:
		return local ? WEIR_SIMULATE_AUDITED : WEIR_SIMULATE_BLOCKED;
	case WEIR_ACTION_WARN:
		return local ? WEIR_SIMULATE_AUDITED : WEIR_SIMULATE_WARNED;
	case WEIR_ACTION_ALLOW:
		return WEIR_SIMULATE_ALLOWED;
	default:
		return WEIR_SIMULATE_AUDITED;
	}
}

/* What was done stands as it was written. */
static enum weir_simulate_act act_taken(const Weir__V1__Event *event)
{
	switch ((int)event->action) {
	case WEIR_ACTION_BLOCK:
	case WEIR_ACTION_QUARANTINE:
		return WEIR_SIMULATE_BLOCKED;
	case WEIR_ACTION_WARN:
		return WEIR_SIMULATE_WARNED;
	case WEIR_ACTION_ALLOW:
		return WEIR_SIMULATE_ALLOWED;
	default:
		return WEIR_SIMULATE_AUDITED;
	}
}

/* The one thing that all of these actions come to, or -1. */
static int act_of_all(const Weir__V1__Event *event, unsigned actions)
{
	int ret = -1;

	for (unsigned action = WEIR_ACTION_ALLOW; action < _WEIR_ACTION_MAX; action++) {
		int act;

		if (!(actions >> action & 1))
			continue;
		act = (int)act_of(event, action);
		if (ret >= 0 && ret != act)
			return -1;
		ret = act;
	}
	return ret;
}

/* The gap that is enough by itself. */
static enum weir_simulate_reason find_reason(struct hearing *h)
{
	for (unsigned reason = 0; reason < WEIR_SIMULATE_DEVICE; reason++)
		if (act_of_all(h->event, actions_of(h, OPEN(reason))) < 0)
			return (enum weir_simulate_reason)reason;
	return WEIR_SIMULATE_SEVERAL;
}

/* -1 with *ret_reason. */
static int act_under(struct hearing *h, enum weir_simulate_reason *ret_reason)
{
	int act;

	if (!take_device(h)) {
		*ret_reason = WEIR_SIMULATE_DEVICE;
		return -1;
	}
	act = act_of_all(h->event, actions_of(h, OPEN_ALL));
	if (act < 0)
		*ret_reason = find_reason(h);
	return act;
}

static bool is_outside(const Weir__V1__Event *event)
{
	static const char *const others[] = {"tamper", "unlock", "lock", "justify", "away"};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (strcmp(event->activity, others[i]) == 0)
			return true;
	return event->channel == WEIR__V1__CHANNEL__CHANNEL_AGENT ||
	       strcmp(event->cause, "guard") == 0;
}

static bool is_sound(const Weir__V1__Event *event)
{
	struct weir_abi_address address = {};

	if ((int)event->channel <= 0 ||
	    (int)event->channel > (int)WEIR__V1__CHANNEL__CHANNEL_AGENT ||
	    (int)event->action <= 0 || (int)event->action >= _WEIR_ACTION_MAX ||
	    (int)event->scan_status < 0 || (int)event->scan_status >= _WEIR_SCAN_STATUS_MAX ||
	    find_cause(event->cause) < 0)
		return false;
	return event->channel != WEIR__V1__CHANNEL__CHANNEL_NETWORK ||
	       take_address(event, &address) == 0;
}

static bool stops(int act)
{
	return act == WEIR_SIMULATE_BLOCKED || act == WEIR_SIMULATE_WARNED;
}

static struct judged unknown(const struct judged *so_far, enum weir_simulate_reason reason)
{
	struct judged ret = *so_far;

	ret.kind = JUDGED_UNKNOWN;
	ret.reason = reason;
	return ret;
}

/* Wanted stopped by the policy then as by this one, and yet let through: the endpoint cannot do it there. */
static bool was_not_carried_out(struct hearing *h, int would, enum weir_simulate_act happened)
{
	struct hearing then = *h;
	enum weir_simulate_reason unused;

	if (!stops(would) || stops((int)happened) || !h->then)
		return false;
	then.policy = h->then;
	return stops(act_under(&then, &unused));
}

struct judged judge_event(struct judge *judge, const struct weir_policy *policy,
			  const struct weir_policy *then, const Weir__V1__Event *event)
{
	struct judged ret = {.rule = "", .grant = "", .happened = act_taken(event)};
	struct hearing h = {.judge = judge, .policy = policy, .then = then, .event = event};
	enum weir_simulate_reason reason = WEIR_SIMULATE_MALFORMED;
	struct weir_policy_input input;
	struct weir_verdict verdict;
	int act;

	if (is_outside(event))
		return ret;
	if (!is_sound(event))
		return unknown(&ret, reason);
	h.cause = (enum weir_abi_cause)find_cause(event->cause);
	h.searched = was_searched(event);
	h.refused = stops((int)ret.happened) && !event->justification;
	act = act_under(&h, &reason);
	if (act < 0)
		return unknown(&ret, reason);
	if (was_not_carried_out(&h, act, ret.happened))
		return unknown(&ret, WEIR_SIMULATE_NOT_CARRIED_OUT);
	(void)take_device(&h);
	(void)actions_of(&h, 0); /* the least that is known names the rule */
	input = input_of(&h, &judge->low, h.searched);
	verdict = weir_policy_decide(policy, &input);
	ret.kind = JUDGED_KNOWN;
	ret.would = (enum weir_simulate_act)act;
	ret.rule = verdict.rule;
	ret.grant = verdict.grant;
	return ret;
}
