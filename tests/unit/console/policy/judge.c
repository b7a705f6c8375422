/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of an event is held against what the policy decides with all that the endpoint knew. */
#include "judge.h"

#include "any.h"
#include "recorded.h"
#include "weir/proto/wire.h"

static const char *const found[] = {"cn_resident_id", "payment_card", "cn_passport", "cn_mobile"};

/* One value after the other, each matched once or more, each as sure as chance will. */
static void search(struct weir_findings *f, enum weir_scan_status status)
{
	memset(f, 0, sizeof(*f));
	f->status = status;
	(void)snprintf(f->reason, sizeof(f->reason), "%s",
		       status == WEIR_SCAN_COMPLETE ? "" : "encrypted");
	for (size_t i = 0; i < ARRAY_SIZE(found); i++) {
		int n = weir_detector_number(found[i]);
		unsigned values = chance(2) ? chance(chance(4) ? 6 : 60) : 0;

		for (unsigned v = 0; v < values; v++) {
			uint8_t confidence = (uint8_t)(chance(3) ? 90 : 40 + chance(50));
			unsigned matches = chance(4) ? 1 : 2;

			f->distinct[n]++;
			f->total[n] += matches;
			f->best[n] = WEIR_MAX(f->best[n], confidence);
			for (unsigned step = 0; step < WEIR_CONFIDENCE_STEPS; step++)
				f->distinct_from[n][step] += confidence >= 50 + 5 * step;
			for (unsigned m = 0; m < matches; m++)
				f->findings[f->count++] =
					(struct weir_finding){.detector = (uint16_t)n,
							      .confidence = confidence,
							      .length = 9};
		}
	}
	f->customers = f->count > 8 ? chance(3) : 0;
	if (f->customers > f->count / 4)
		f->customers = 0;
	/* records of customers have two detectors' findings each */
	for (size_t i = 0; i < ARRAY_SIZE(found); i++)
		if (f->count - f->total[weir_detector_number(found[i])] < f->customers)
			f->customers = 0;
}

static void begin(struct recorded *recorded)
{
	struct weir_findings unused;

	memset(recorded, 0, sizeof(*recorded));
	any_input(&recorded->event, &unused);
	recorded->event.activity = WEIR_ACTIVITY_SEND;
	recorded->event.time_ns = ANY_NOW_NS;
	recorded->done = WEIR_ACTION_AUDIT;
}

/* A file that was closed and looked into. */
static void make_searched(struct recorded *recorded, struct weir_findings *findings)
{
	enum weir_scan_status status = (enum weir_scan_status)(1 + chance(3));
	bool any = false;

	begin(recorded);
	search(findings, status);
	recorded->findings = findings;
	for (unsigned slot = 0; slot < _WEIR_ABI_DET_MAX; slot++) {
		recorded->event.distinct[slot] = findings->distinct[slot];
		if (status != WEIR_SCAN_COMPLETE && chance(2))
			recorded->event.labelled[slot] = chance(8);
	}
	for (size_t i = 0; i < ARRAY_SIZE(found); i++)
		any |= findings->distinct[weir_detector_number(found[i])] > 0;
	recorded->event.cause = any ? WEIR_ABI_CAUSE_CONTENT
				    : (status == WEIR_SCAN_COMPLETE ? WEIR_ABI_CAUSE_NONE
								    : WEIR_ABI_CAUSE_UNREADABLE);
}

/* What the kernel saw pass. */
static void make_passed(struct recorded *recorded)
{
	static const enum weir_abi_cause causes[] = {
		WEIR_ABI_CAUSE_CONTENT, WEIR_ABI_CAUSE_CONTENT,	 WEIR_ABI_CAUSE_LABEL,
		WEIR_ABI_CAUSE_OPAQUE,	WEIR_ABI_CAUSE_NO_STATE, WEIR_ABI_CAUSE_CLOSED,
	};

	begin(recorded);
	recorded->event.kernel_seq = 1;
	recorded->event.cause = causes[chance(ARRAY_SIZE(causes))];
	for (unsigned slot = 0; slot < _WEIR_ABI_DET_MAX; slot++) {
		/* mobile numbers are not counted as they pass, and a single count is what was seen */
		recorded->event.distinct[slot] = slot < 2 && chance(2) ? chance(6) : 0;
		recorded->event.labelled[slot] =
			recorded->event.cause != WEIR_ABI_CAUSE_CONTENT && chance(3) == 0
				? chance(6)
				: 0;
	}
	if (recorded->event.cause == WEIR_ABI_CAUSE_CONTENT)
		recorded->event.distinct[0] = 1 + chance(6);
	if (recorded->event.cause == WEIR_ABI_CAUSE_CONTENT && chance(2))
		recorded->event.labelled[1] = chance(6);
}

static enum weir_simulate_act act_of(enum weir_action action)
{
	static const enum weir_simulate_act acts[_WEIR_ACTION_MAX] = {
		[WEIR_ACTION_ALLOW] = WEIR_SIMULATE_ALLOWED,
		[WEIR_ACTION_AUDIT] = WEIR_SIMULATE_AUDITED,
		[WEIR_ACTION_WARN] = WEIR_SIMULATE_WARNED,
		[WEIR_ACTION_BLOCK] = WEIR_SIMULATE_BLOCKED,
		[WEIR_ACTION_QUARANTINE] = WEIR_SIMULATE_BLOCKED,
	};

	return acts[action];
}

static enum weir_simulate_act decide(const struct weir_policy *policy,
				     const struct weir_event *event,
				     const struct weir_findings *findings)
{
	struct weir_event seen = *event;
	const struct weir_policy_input input = {
		.event = &seen, .findings = findings, .now_ns = ANY_NOW_NS};

	seen.action = WEIR_ABI_ACTION_AUDIT;
	return act_of(weir_policy_decide(policy, &input).action);
}

static struct judged judge(struct judge *judge, const struct weir_policy *policy,
			   const struct recorded *recorded)
{
	struct weir_buf blob _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64 * 1024);
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;

	recorded_encode(recorded, 1, &blob);
	assert_int_equal(weir_wire_unpack(&weir__v1__event__descriptor, blob.data, blob.len, &wire),
			 0);
	return judge_event(judge, policy, NULL, weir_wire_message(wire));
}

typedef unsigned (*try_fn)(struct judge *judge, const struct weir_policy *policy, const char *text);

/* How many of the events that were tried could be judged. */
static unsigned try_many(try_fn fn, unsigned seed)
{
	static char text[8192];
	struct judge *judge _cleanup_(judge_freep) = NULL;
	unsigned known = 0;

	assert_int_equal(judge_new(ANY_NOW_NS, &judge), 0);
	chance_seed(seed);
	for (unsigned i = 0; i < 150; i++) {
		uint8_t p[ANY_ALL];
		struct weir_policy *policy;

		any_numbers(p);
		any_text(text, sizeof(text), p);
		policy = make_policy(text);
		for (unsigned j = 0; j < 40; j++)
			known += fn(judge, policy, text);
		weir_policy_free(policy);
	}
	return known;
}

static unsigned try_searched(struct judge *j, const struct weir_policy *policy, const char *text)
{
	static struct weir_findings findings;
	static struct recorded recorded;
	struct judged judged;

	make_searched(&recorded, &findings);
	judged = judge(j, policy, &recorded);
	assert_int_not_equal(judged.kind, JUDGED_OUTSIDE);
	if (judged.kind == JUDGED_UNKNOWN)
		return 0;
	if (judged.would != decide(policy, &recorded.event, &findings))
		fail_msg("%s, decided %s; scan %d, cause %d, channel %d:\n%s",
			 weir_simulate_act_name(judged.would),
			 weir_simulate_act_name(decide(policy, &recorded.event, &findings)),
			 (int)findings.status, (int)recorded.event.cause,
			 (int)recorded.event.channel, text);
	return 1;
}

static void judge__of_content_that_was_looked_at(void **state)
{
	assert_true(try_many(try_searched, 21) > 3000);
}

static unsigned try_passed(struct judge *j, const struct weir_policy *policy, const char *text)
{
	static struct recorded recorded;
	struct judged judged;

	make_passed(&recorded);
	judged = judge(j, policy, &recorded);
	if (judged.kind == JUDGED_UNKNOWN)
		return 0;
	if (judged.would != decide(policy, &recorded.event, NULL))
		fail_msg("judged otherwise than decided:\n%s", text);
	return 1;
}

static void judge__of_what_passed(void **state)
{
	assert_true(try_many(try_passed, 22) > 3000);
}

/* Stopped where the kernel had seen a part. Whatever the rest holds, what is said comes true; what stops at this moment needs no
 * rest. */
static unsigned try_stopped(struct judge *j, const struct weir_policy *policy, const char *text)
{
	static struct recorded recorded;
	static struct weir_findings rest;
	struct judged judged;
	enum weir_simulate_act now;
	bool by_itself; /* what stops it is not the content */

	make_passed(&recorded);
	recorded.event.action = WEIR_ABI_ACTION_BLOCK;
	recorded.done = WEIR_ACTION_BLOCK;
	judged = judge(j, policy, &recorded);
	if (judged.kind == JUDGED_UNKNOWN)
		return 0;
	by_itself = recorded.event.cause == WEIR_ABI_CAUSE_OPAQUE ||
		    recorded.event.cause == WEIR_ABI_CAUSE_NO_STATE ||
		    recorded.event.cause == WEIR_ABI_CAUSE_LABEL;
	now = decide(policy, &recorded.event, NULL);
	for (unsigned i = 0; i < 8; i++) {
		enum weir_simulate_act end;

		search(&rest, WEIR_SCAN_COMPLETE);
		for (unsigned slot = 0; slot < 2; slot++) {
			uint32_t seen = recorded.event.distinct[slot];

			/* what the kernel counted has its check digit, which is worth 80 */
			rest.distinct[slot] = WEIR_MAX(rest.distinct[slot], seen);
			if (seen)
				rest.best[slot] = WEIR_MAX(rest.best[slot], (uint8_t)80);
			for (unsigned step = 0; step <= 6; step++)
				rest.distinct_from[slot][step] =
					WEIR_MAX(rest.distinct_from[slot][step], seen);
		}
		end = decide(policy, &recorded.event, &rest);
		if (by_itself && (now == WEIR_SIMULATE_BLOCKED || now == WEIR_SIMULATE_WARNED))
			end = now;
		if (judged.would != end)
			fail_msg("%s, and in the end %s:\n%s", weir_simulate_act_name(judged.would),
				 weir_simulate_act_name(end), text);
	}
	return 1;
}

static void judge__of_what_was_stopped(void **state)
{
	assert_true(try_many(try_stopped, 23) > 500);
}

static void judge__of_devices(void **state)
{
	struct judge *j _cleanup_(judge_freep) = NULL;
	struct weir_policy *policy _cleanup_(weir_policy_freep) =
		make_policy(HEAD "devices:\n  - {id: locked, encrypted: yes, action: allow}\n"
				 "  - {id: ours, vendor: '0951', action: content}\n  - {id: cams, "
				 "class: imaging, action: block}\n"
				 "rules: [{id: r, action: audit}]\n");
	struct weir_policy *plain _cleanup_(weir_policy_freep) =
		make_policy(HEAD "devices:\n  - {id: none, vendor: '1234', action: block}\nrules: "
				 "[{id: r, action: audit}]\n");
	static struct recorded recorded;
	static struct weir_device device;
	static struct weir_findings findings;
	struct judged judged;

	assert_int_equal(judge_new(ANY_NOW_NS, &j), 0);
	begin(&recorded);
	search(&findings, WEIR_SCAN_COMPLETE);
	recorded.findings = &findings;
	device = make_stick("1234", "5678", "X");
	recorded.device = &device;
	recorded.event.channel = WEIR_ABI_CHANNEL_REMOVABLE;
	/* whether it was encrypted nobody wrote down */
	judged = judge(j, policy, &recorded);
	assert_int_equal(judged.kind, JUDGED_UNKNOWN);
	assert_int_equal(judged.reason, WEIR_SIMULATE_DEVICE);
	/* neither what it is for, unless it carries files */
	judged = judge(j, plain, &recorded);
	assert_int_equal(judged.reason, WEIR_SIMULATE_DEVICE);
	(void)snprintf(device.filesystem, sizeof(device.filesystem), "vfat");
	judged = judge(j, plain, &recorded);
	assert_int_equal(judged.kind, JUDGED_KNOWN);
	assert_int_equal(judged.would, WEIR_SIMULATE_BLOCKED);
	assert_string_equal(judged.rule, "none");
	recorded.event.cause = WEIR_ABI_CAUSE_DEVICE;
	judged = judge(j, plain, &recorded);
	assert_int_equal(judged.reason, WEIR_SIMULATE_DEVICE);
}

static void judge__of_no_event(void **state)
{
	struct judge *j _cleanup_(judge_freep) = NULL;
	struct weir_policy *policy _cleanup_(weir_policy_freep) =
		make_policy(HEAD "rules: [{id: r, action: audit}]\n");
	Weir__V1__Event event = WEIR__V1__EVENT__INIT;
	static const char *const others[] = {"tamper", "unlock", "lock", "justify", "away"};

	assert_int_equal(judge_new(ANY_NOW_NS, &j), 0);
	assert_int_equal(judge_event(j, policy, NULL, &event).reason, WEIR_SIMULATE_MALFORMED);
	event.channel = WEIR__V1__CHANNEL__CHANNEL_SHARE;
	event.action = WEIR__V1__ACTION__ACTION_AUDIT;
	event.cause = (char *)"nonsense";
	assert_int_equal(judge_event(j, policy, NULL, &event).reason, WEIR_SIMULATE_MALFORMED);
	event.cause = (char *)"none";
	assert_int_equal(judge_event(j, policy, NULL, &event).kind, JUDGED_KNOWN);
	event.channel = WEIR__V1__CHANNEL__CHANNEL_NETWORK;
	assert_int_equal(judge_event(j, policy, NULL, &event).reason, WEIR_SIMULATE_MALFORMED);
	event.channel = (Weir__V1__Channel)77;
	assert_int_equal(judge_event(j, policy, NULL, &event).reason, WEIR_SIMULATE_MALFORMED);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		event.activity = (char *)others[i];
		assert_int_equal(judge_event(j, policy, NULL, &event).kind, JUDGED_OUTSIDE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judge__of_content_that_was_looked_at),
		cmocka_unit_test(judge__of_what_passed),
		cmocka_unit_test(judge__of_what_was_stopped),
		cmocka_unit_test(judge__of_devices),
		cmocka_unit_test(judge__of_no_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
