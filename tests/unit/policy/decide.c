/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

#define DAY_NS (UINT64_C(86400) * 1000000000)
/* 2026-11-01 and 2027-01-01, midnight in China */
#define FROM_NS	 (UINT64_C(1793462400) * 1000000000)
#define UNTIL_NS (UINT64_C(1798732800) * 1000000000)

static const char policy_text[] = HEAD
	"classes:\n"
	"  identity: {level: C2, detectors: [cn_resident_id, cn_passport], min_confidence: 70}\n"
	"  card: {level: C2, detectors: [payment_card], min_confidence: 70}\n"
	"  health: {level: C3, detectors: [medical_terms], min_confidence: 50}\n"
	"groups:\n"
	"  sticks: {usb: [{vendor: '0951', product: '1666', serial: '60A44C*'}, {vendor: "
	"'abcd'}]}\n"
	"  vault: {usb: [{vendor: '0951', serial: '60A44C99?'}]}\n"
	"  reinsurer: {hosts: ['192.0.2.10:22', '2001:db8:7::/48']}\n"
	"  friends: {hosts: ['198.51.100.0/25']}\n"
	"rules:\n"
	"  - {id: vault-free, channel: removable, to: vault, action: allow}\n"
	"  - {id: block-identity, channel: [removable, share], not_to: sticks,\n"
	"     content: {class: identity, distinct: '>=5'}, action: block, on_unscannable: warn,\n"
	"     on_failure: closed, message: {zh: '\xe9\x98\xbb', en: 'no'}}\n"
	"  - {id: warn-identity, channel: removable, content: {class: identity, distinct: '>2'},\n"
	"     action: warn}\n"
	"  - {id: quarantine-health, channel: file, content: {class: health, distinct: '>=1'},\n"
	"     action: quarantine, on_unscannable: audit}\n"
	"  - {id: net-block, channel: network, not_to: friends,\n"
	"     content: {class: identity, distinct: '>=5'}, action: block, on_unscannable: block}\n"
	"  - {id: net-friends, channel: network, to: friends, content: {class: card, distinct: "
	"'>=1'},\n"
	"     action: audit}\n"
	"  - {id: net-rest, channel: network, to: friends, action: allow}\n"
	"grants:\n"
	"  - {id: G-1, recipient: reinsurer, classes: [identity], purpose: treaty,\n"
	"     method: {channel: network, to: reinsurer}, agreement: RC-1, approver: dpo,\n"
	"     valid: {from: 2026-11-01, until: 2026-12-31}}\n";

struct fixture {
	struct weir_policy *policy;
	struct weir_event event;
	struct weir_device device;
	struct weir_findings findings;
};

static int setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	f->policy = make_policy(policy_text);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	weir_policy_free(f->policy);
	test_free(f);
	return 0;
}

static void begin(struct fixture *f, unsigned channel)
{
	memset(&f->event, 0, sizeof(f->event));
	memset(&f->findings, 0, sizeof(f->findings));
	f->event.channel = (enum weir_abi_channel)channel;
	f->event.action = WEIR_ABI_ACTION_AUDIT;
	f->findings.status = WEIR_SCAN_COMPLETE;
	set_remote(&f->event, "203.0.113.1", 80);
	f->device = make_stick("1234", "5678", "X");
}

static void find(struct fixture *f, const char *detector, uint32_t distinct, uint8_t confidence)
{
	int n = weir_detector_number(detector);

	assert_true(n >= 0);
	f->findings.distinct[n] = distinct;
	f->findings.best[n] = confidence;
}

static struct weir_verdict decide_at(struct fixture *f, bool looked_at, uint64_t now)
{
	struct weir_policy_input input = {.event = &f->event,
					  .device = &f->device,
					  .findings = looked_at ? &f->findings : NULL,
					  .now_ns = now};

	return weir_policy_decide(f->policy, &input);
}

static struct weir_verdict decide(struct fixture *f)
{
	return decide_at(f, true, 0);
}

#define assert_verdict(v, what, id)                                     \
	do {                                                            \
		struct weir_verdict v_ = (v);                           \
		assert_string_equal(v_.rule, id);                       \
		assert_string_equal(weir_action_name(v_.action), what); \
	} while (0)

static void decide__counts_at_the_boundary(void **state)
{
	const struct {
		uint32_t ids, passports;
		const char *action, *rule;
		bool alert;
	} table[] = {
		{0, 0, "audit", "", false},
		{2, 0, "audit", "", false},
		{3, 0, "warn", "warn-identity", true},
		{4, 0, "warn", "warn-identity", true},
		{5, 0, "block", "block-identity", true},
		{2, 3, "block", "block-identity", true},
		{2, 2, "warn", "warn-identity", true},
		{0, 5, "block", "block-identity", true},
		{UINT32_MAX, UINT32_MAX, "block", "block-identity", true},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		begin(f, WEIR_ABI_CHANNEL_REMOVABLE);
		find(f, "cn_resident_id", table[i].ids, 80);
		find(f, "cn_passport", table[i].passports, 80);
		assert_verdict(decide(f), table[i].action, table[i].rule);
		assert_int_equal(decide(f).alert, table[i].alert);
		assert_int_equal(decide(f).classes, table[i].ids + table[i].passports ? 1 : 0);
	}
}

static void decide__confidence_below_does_not_count(void **state)
{
	struct fixture *f = *state;

	begin(f, WEIR_ABI_CHANNEL_REMOVABLE);
	find(f, "cn_resident_id", 5, 69);
	assert_verdict(decide(f), "audit", "");
	assert_int_equal(decide(f).classes, 0);
	find(f, "cn_resident_id", 5, 70);
	assert_verdict(decide(f), "block", "block-identity");
	find(f, "cn_resident_id", 4, 70);
	find(f, "cn_passport", 4, 10);
	assert_verdict(decide(f), "warn", "warn-identity");
}

static void decide__messages_and_classes(void **state)
{
	struct fixture *f = *state;
	struct weir_verdict v;

	begin(f, WEIR_ABI_CHANNEL_SHARE);
	find(f, "cn_resident_id", 9, 90);
	find(f, "medical_terms", 1, 50);
	v = decide(f);
	assert_string_equal(v.message_zh, "\xe9\x98\xbb");
	assert_string_equal(v.message_en, "no");
	assert_int_equal(v.classes, 1 | 4);
	assert_string_equal(weir_policy_class_name(f->policy, 2), "health");
	assert_null(weir_policy_class_name(f->policy, 3));
	assert_int_equal(weir_policy_classes(f->policy, &f->findings), 1 | 4);
}

static void decide__unscannable(void **state)
{
	const struct {
		unsigned channel;
		enum weir_scan_status status;
		uint32_t ids;
		const char *action, *rule;
		bool unscannable;
	} table[] = {
		{WEIR_ABI_CHANNEL_SHARE, WEIR_SCAN_UNSCANNABLE, 0, "warn", "block-identity", true},
		{WEIR_ABI_CHANNEL_SHARE, WEIR_SCAN_PARTIAL, 4, "warn", "block-identity", true},
		{WEIR_ABI_CHANNEL_SHARE, WEIR_SCAN_PARTIAL, 5, "block", "block-identity", false},
		/* on_failure: closed */
		{WEIR_ABI_CHANNEL_SHARE, WEIR_SCAN_ERROR, 0, "block", "block-identity", true},
		{WEIR_ABI_CHANNEL_FILE, WEIR_SCAN_ERROR, 0, "audit", "quarantine-health", true},
		{WEIR_ABI_CHANNEL_FILE, WEIR_SCAN_UNSCANNABLE, 0, "audit", "quarantine-health",
		 true},
		{WEIR_ABI_CHANNEL_NETWORK, WEIR_SCAN_UNSCANNABLE, 0, "block", "net-block", true},
		{WEIR_POLICY_CHANNEL_AT_REST, WEIR_SCAN_UNSCANNABLE, 0, "audit", "", true},
		{WEIR_ABI_CHANNEL_SHARE, WEIR_SCAN_COMPLETE, 4, "audit", "", false},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		begin(f, table[i].channel);
		f->findings.status = table[i].status;
		find(f, "cn_resident_id", table[i].ids, 80);
		assert_verdict(decide(f), table[i].action, table[i].rule);
		assert_int_equal(decide(f).unscannable, table[i].unscannable);
	}
}

static void decide__device_groups(void **state)
{
	const struct {
		const char *vendor, *product, *serial, *action, *rule;
	} table[] = {
		{"0951", "1666", "60A44C1", "warn", "warn-identity"}, /* an approved stick */
		{"0951", "1666", "60A44C", "warn", "warn-identity"},
		{"0951", "1666", "60A44", "block", "block-identity"},
		{"0951", "1667", "60A44C1", "block", "block-identity"},
		{"ABCD", "0000", "", "warn", "warn-identity"}, /* hexadecimal without case */
		{"0951", "9999", "60A44C991", "allow", "vault-free"},
		{"0951", "9999", "60A44C99", "block", "block-identity"},
		{"0951", "9999", "60A44C9911", "block", "block-identity"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		begin(f, WEIR_ABI_CHANNEL_REMOVABLE);
		find(f, "cn_resident_id", 50, 90);
		f->device = make_stick(table[i].vendor, table[i].product, table[i].serial);
		assert_verdict(decide(f), table[i].action, table[i].rule);
	}
	(void)snprintf(f->device.bus, sizeof(f->device.bus), "loop");
	f->device.vendor_id[0] = '\0';
	assert_verdict(decide(f), "block", "block-identity");
}

static void decide__glob_is_bounded(void **state)
{
	struct weir_policy *policy =
		make_policy(HEAD "groups: {g: {usb: [{vendor: '0001', serial: "
				 "'*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b'}]}}\n"
				 "rules: [{id: r, channel: removable, to: g, action: block}]\n");
	struct fixture *f = *state;
	struct weir_policy_input input = {.event = &f->event, .device = &f->device};

	begin(f, WEIR_ABI_CHANNEL_REMOVABLE);
	f->device = make_stick("0001", "0000", "");
	memset(f->device.serial_number, 'a', sizeof(f->device.serial_number) - 1);
	assert_string_equal(weir_policy_decide(policy, &input).rule, "");
	f->device.serial_number[100] = 'b';
	f->device.serial_number[101] = '\0';
	assert_string_equal(weir_policy_decide(policy, &input).rule, "r");
	weir_policy_free(policy);
}

static void decide__destinations(void **state)
{
	const struct {
		const char *address;
		uint16_t port;
		const char *action, *rule;
	} table[] = {
		{"203.0.113.1", 443, "block", "net-block"},
		{"198.51.100.0", 443, "allow", "net-rest"},
		{"198.51.100.127", 443, "allow", "net-rest"},
		{"198.51.100.128", 443, "block", "net-block"},
		{"198.51.101.0", 443, "block", "net-block"},
		{"192.0.2.10", 22, "block", "net-block"}, /* no grant is valid at time 0 */
		{"127.0.0.1", 80, "allow", ""},
		{"127.255.255.254", 80, "allow", ""},
		{"::1", 80, "allow", ""},
		{"::2", 80, "block", "net-block"},
		{"128.0.0.1", 80, "block", "net-block"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		begin(f, WEIR_ABI_CHANNEL_NETWORK);
		find(f, "cn_resident_id", 5, 90);
		set_remote(&f->event, table[i].address, table[i].port);
		assert_verdict(decide(f), table[i].action, table[i].rule);
	}
}

static void decide__audit_over_a_limit_alerts(void **state)
{
	struct fixture *f = *state;

	begin(f, WEIR_ABI_CHANNEL_NETWORK);
	set_remote(&f->event, "198.51.100.4", 80);
	find(f, "payment_card", 1, 90);
	assert_verdict(decide(f), "audit", "net-friends");
	assert_true(decide(f).alert);
	find(f, "payment_card", 0, 0);
	assert_verdict(decide(f), "allow", "net-rest");
	assert_false(decide(f).alert);
}

static void decide__quarantine(void **state)
{
	struct fixture *f = *state;

	begin(f, WEIR_ABI_CHANNEL_FILE);
	find(f, "medical_terms", 1, 50);
	assert_verdict(decide(f), "quarantine", "quarantine-health");
	assert_true(decide(f).alert);
}

static void decide__grants(void **state)
{
	const struct {
		const char *address;
		uint16_t port;
		uint64_t now;
		bool card, partial;
		const char *grant;
	} table[] = {
		{"192.0.2.10", 22, FROM_NS, false, false, "G-1"},
		{"192.0.2.10", 22, FROM_NS - 1, false, false, ""},
		{"192.0.2.10", 22, UNTIL_NS - 1, false, false, "G-1"},
		{"192.0.2.10", 22, UNTIL_NS, false, false, ""},
		{"192.0.2.10", 23, FROM_NS + DAY_NS, false, false, ""},
		{"192.0.2.11", 22, FROM_NS + DAY_NS, false, false, ""},
		{"2001:db8:7:1::5", 9, FROM_NS + DAY_NS, false, false, "G-1"},
		{"192.0.2.10", 22, FROM_NS + DAY_NS, true, false,
		 ""}, /* a class that is not covered */
		{"192.0.2.10", 22, FROM_NS + DAY_NS, false, true, ""}, /* not seen whole */
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct weir_verdict v;

		begin(f, WEIR_ABI_CHANNEL_NETWORK);
		set_remote(&f->event, table[i].address, table[i].port);
		find(f, "cn_resident_id", 500, 90);
		find(f, "payment_card", table[i].card, 90);
		if (table[i].partial)
			f->findings.status = WEIR_SCAN_PARTIAL;
		v = decide_at(f, true, table[i].now);
		assert_string_equal(v.grant, table[i].grant);
		assert_verdict(v, *v.grant ? "allow" : "block", *v.grant ? "" : "net-block");
		assert_int_equal(v.alert, !*v.grant);
	}
}

static void decide__kernel_counts_without_findings(void **state)
{
	struct fixture *f = *state;

	begin(f, WEIR_ABI_CHANNEL_REMOVABLE);
	f->event.cause = WEIR_ABI_CAUSE_CONTENT;
	f->event.distinct[WEIR_ABI_DET_CN_RESIDENT_ID] = 5;
	assert_verdict(decide_at(f, false, 0), "block", "block-identity");
	f->event.distinct[WEIR_ABI_DET_CN_RESIDENT_ID] = 1;
	assert_verdict(decide_at(f, false, 0), "audit", "");
	/* the source's label, once the write shows some of its kind */
	f->event.labelled[WEIR_ABI_DET_CN_RESIDENT_ID] = 20;
	assert_verdict(decide_at(f, false, 0), "block", "block-identity");
	f->event.distinct[WEIR_ABI_DET_CN_RESIDENT_ID] = 0;
	assert_verdict(decide_at(f, false, 0), "audit", "");
	f->event.cause = WEIR_ABI_CAUSE_OPAQUE;
	assert_verdict(decide_at(f, false, 0), "block", "block-identity");
	f->event.labelled[WEIR_ABI_DET_CN_RESIDENT_ID] = 0;
	assert_verdict(decide_at(f, false, 0), "warn", "block-identity");
	f->event.cause = WEIR_ABI_CAUSE_NO_STATE;
	assert_verdict(decide_at(f, false, 0), "block", "block-identity");
}

static void decide__findings_go_before_the_kernel(void **state)
{
	struct fixture *f = *state;

	begin(f, WEIR_ABI_CHANNEL_REMOVABLE);
	f->event.cause = WEIR_ABI_CAUSE_CONTENT;
	f->event.distinct[WEIR_ABI_DET_CN_RESIDENT_ID] = 50;
	assert_verdict(decide(f), "audit", "");
	f->findings.status = WEIR_SCAN_UNSCANNABLE;
	assert_verdict(decide(f), "block", "block-identity");
}

static void decide__kernel_refusals_name_their_rule(void **state)
{
	static const char text[] =
		HEAD "classes:\n"
		     "  id: {level: C2, detectors: [cn_resident_id], min_confidence: 70}\n"
		     "  card: {level: C2, detectors: [payment_card], min_confidence: 70}\n"
		     "groups:\n"
		     "  sticks: {usb: [{vendor: '0951'}]}\n"
		     "rules:\n"
		     "  - {id: sticks-id, channel: removable, to: sticks, content: {class: id, "
		     "distinct: '>=50'},\n"
		     "     action: block}\n"
		     "  - {id: sticks-rest, channel: removable, to: sticks, action: audit}\n"
		     "  - {id: ids, channel: removable, content: {class: id, distinct: '>=5'}, "
		     "action: block}\n"
		     "  - {id: cards, channel: removable, content: {class: card, distinct: '>=3'}, "
		     "action: block,\n"
		     "     on_unscannable: block, on_failure: closed, message: {en: 'cards'}}\n"
		     "  - {id: shares, channel: share, action: block}\n";
	struct weir_policy *policy = make_policy(text);
	struct weir_device stick = make_stick("0951", "1", "");
	uint8_t sticks = weir_policy_volume_profile(policy, WEIR_ABI_CHANNEL_REMOVABLE, &stick);
	const struct {
		unsigned channel, profile, cause;
		uint32_t ids, cards, label;
		const char *rule;
	} table[] = {
		{WEIR_ABI_CHANNEL_REMOVABLE, 1, WEIR_ABI_CAUSE_CONTENT, 5, 0, 0, "ids"},
		{WEIR_ABI_CHANNEL_REMOVABLE, 1, WEIR_ABI_CAUSE_CONTENT, 1, 3, 0, "cards"},
		{WEIR_ABI_CHANNEL_REMOVABLE, 1, WEIR_ABI_CAUSE_CONTENT, 5, 3, 0, "ids"},
		{WEIR_ABI_CHANNEL_REMOVABLE, 1, WEIR_ABI_CAUSE_LABEL, 1, 0, 20, "ids"},
		{WEIR_ABI_CHANNEL_REMOVABLE, 1, WEIR_ABI_CAUSE_UNREADABLE, 0, 0, 0, "cards"},
		{WEIR_ABI_CHANNEL_REMOVABLE, 1, WEIR_ABI_CAUSE_TOO_LONG, 9, 0, 0, "cards"},
		{WEIR_ABI_CHANNEL_REMOVABLE, 1, WEIR_ABI_CAUSE_OPAQUE, 0, 0, 0, "cards"},
		{WEIR_ABI_CHANNEL_REMOVABLE, 1, WEIR_ABI_CAUSE_NO_STATE, 0, 0, 0, "cards"},
		{WEIR_ABI_CHANNEL_REMOVABLE, 1, WEIR_ABI_CAUSE_CLOSED, 5, 0, 0, "ids"},
		{WEIR_ABI_CHANNEL_REMOVABLE, 1, WEIR_ABI_CAUSE_CLOSED, 0, 0, 0, "cards"},
		{WEIR_ABI_CHANNEL_REMOVABLE, sticks, WEIR_ABI_CAUSE_CONTENT, 50, 9, 0, "sticks-id"},
		{WEIR_ABI_CHANNEL_REMOVABLE, sticks, WEIR_ABI_CAUSE_LABEL, 1, 0, 60, "sticks-id"},
		{WEIR_ABI_CHANNEL_SHARE, 3, WEIR_ABI_CAUSE_OPEN, 0, 0, 0, "shares"},
		/* of an older policy: no rule holds it, the fact stands */
		{WEIR_ABI_CHANNEL_REMOVABLE, 14, WEIR_ABI_CAUSE_OPEN, 0, 0, 0, ""},
		{WEIR_ABI_CHANNEL_NETWORK, 2, WEIR_ABI_CAUSE_CONTENT, 9, 0, 0, ""},
	};
	struct fixture *f = *state;

	assert_true(sticks >= 4);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct weir_policy_input input = {.event = &f->event};
		struct weir_verdict v;

		begin(f, table[i].channel);
		f->event.action = WEIR_ABI_ACTION_BLOCK;
		f->event.cause = (enum weir_abi_cause)table[i].cause;
		f->event.profile = (uint8_t)table[i].profile;
		f->event.distinct[WEIR_ABI_DET_CN_RESIDENT_ID] = table[i].ids;
		f->event.distinct[WEIR_ABI_DET_PAYMENT_CARD] = table[i].cards;
		f->event.labelled[WEIR_ABI_DET_CN_RESIDENT_ID] = table[i].label;
		v = weir_policy_decide(policy, &input);
		assert_verdict(v, "block", table[i].rule);
		assert_true(v.alert);
		assert_string_equal(v.message_en, strcmp(v.rule, "cards") == 0 ? "cards" : "");
		assert_int_equal(v.unscannable, table[i].cause >= WEIR_ABI_CAUSE_UNREADABLE &&
							table[i].cause <= WEIR_ABI_CAUSE_NO_STATE);
	}
	weir_policy_free(policy);
}

static void decide__warning_refuses_until_it_is_passed(void **state)
{
	struct fixture *f = *state;
	struct weir_policy_input input = {
		.event = &f->event, .device = &f->device, .findings = &f->findings};
	struct weir_verdict v;

	begin(f, WEIR_ABI_CHANNEL_REMOVABLE);
	find(f, "cn_resident_id", 3, 80);
	v = weir_policy_decide(f->policy, &input);
	assert_verdict(v, "warn", "warn-identity");
	assert_true(v.refused);
	input.passed = true;
	v = weir_policy_decide(f->policy, &input);
	assert_verdict(v, "warn", "warn-identity");
	assert_false(v.refused);
	assert_true(v.alert);
	find(f, "cn_resident_id", 5, 80); /* a block above does not care */
	v = weir_policy_decide(f->policy, &input);
	assert_verdict(v, "block", "block-identity");
	assert_true(v.refused);
	find(f, "cn_resident_id", 2, 80);
	assert_false(weir_policy_decide(f->policy, &input).refused);
}

/* What the kernel did stands, with the rule that its profile holds. */
static void decide__kernel_warnings_name_their_rule(void **state)
{
	struct fixture *f = *state;
	struct weir_policy_input input = {.event = &f->event, .device = &f->device};
	struct weir_verdict v;

	begin(f, WEIR_ABI_CHANNEL_REMOVABLE);
	f->event.action = WEIR_ABI_ACTION_WARN;
	f->event.cause = WEIR_ABI_CAUSE_CONTENT;
	f->event.profile = WEIR_ABI_PROFILE_REMOVABLE;
	f->event.distinct[WEIR_ABI_DET_CN_RESIDENT_ID] = 3;
	v = weir_policy_decide(f->policy, &input);
	assert_verdict(v, "warn", "warn-identity");
	assert_true(v.refused && v.alert);
	f->event.cause = WEIR_ABI_CAUSE_CLOSED;
	assert_verdict(weir_policy_decide(f->policy, &input), "warn", "warn-identity");
	f->event.cause = WEIR_ABI_CAUSE_UNREADABLE;
	assert_verdict(weir_policy_decide(f->policy, &input), "warn", "block-identity");
	f->event.passed = input.passed = true;
	assert_false(weir_policy_decide(f->policy, &input).refused);
}

static void decide__strange_channel_is_audited(void **state)
{
	struct fixture *f = *state;

	begin(f, 200);
	find(f, "cn_resident_id", 50, 90);
	assert_verdict(decide(f), "audit", "");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(decide__counts_at_the_boundary),
		TEST(decide__confidence_below_does_not_count),
		TEST(decide__messages_and_classes),
		TEST(decide__unscannable),
		TEST(decide__device_groups),
		TEST(decide__glob_is_bounded),
		TEST(decide__destinations),
		TEST(decide__audit_over_a_limit_alerts),
		TEST(decide__quarantine),
		TEST(decide__grants),
		TEST(decide__kernel_counts_without_findings),
		TEST(decide__findings_go_before_the_kernel),
		TEST(decide__kernel_refusals_name_their_rule),
		TEST(decide__warning_refuses_until_it_is_passed),
		TEST(decide__kernel_warnings_name_their_rule),
		TEST(decide__strange_channel_is_audited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
