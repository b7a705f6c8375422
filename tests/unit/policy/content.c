/* SPDX-License-Identifier: Apache-2.0 */
/* Detectors of the policy's own, counting by confidence, and what rules ask of content besides one
 * class. */
#include "make.h"

#include <stdlib.h>

#include "weir/policy/cases.h"

#define DETECTORS                                                                               \
	"detectors:\n"                                                                          \
	"  claim: {pattern: 'C[0-9]{9}', check: luhn, words: [Claim No, "                       \
	"\xe8\xb5\x94\xe6\xa1\x88\xe5\x8f\xb7],\n"                                              \
	"          negative_words: [ORDER], level: C2, name: {zh: z, en: e}, confidence: 75,\n" \
	"          samples: {match: [C000000000], no_match: [C00, C01]}}\n"                     \
	"  staff-id: {pattern: 'S[0-9]{5}', level: C1}\n"
#define CLASSES                                                                                   \
	"classes:\n"                                                                              \
	"  identity: {level: C2, detectors: [cn_resident_id, cn_passport], min_confidence: 70}\n" \
	"  card: {level: C2, detectors: [payment_card], min_confidence: 70}\n"                    \
	"  sure: {level: C2, detectors: [cn_resident_id], min_confidence: 90}\n"                  \
	"  own: {level: C2, detectors: [staff-id, claim, email], min_confidence: 50}\n"
#define CLASSES_OF_GRANT \
	"classes:\n"     \
	"  card: {level: C2, detectors: [payment_card], min_confidence: 70}\n"
#define REMOVABLE WEIR_ABI_CHANNEL_REMOVABLE

static const char head[] =
	HEAD DETECTORS CLASSES "groups:\n  friends: {hosts: ['198.51.100.0/25']}\n"
			       "rules:\n";

static struct weir_policy *with_rules(const char *rules)
{
	char text[8192];

	assert_true(snprintf(text, sizeof(text), "%s%s", head, rules) < (int)sizeof(text));
	return make_policy(text);
}

static struct weir_findings *findings_of(const struct weir_policy *policy, const char *a,
					 uint32_t n, const char *b, uint32_t m)
{
	struct weir_findings *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->status = WEIR_SCAN_COMPLETE;
	for (int i = 0; i < 2; i++) {
		int d = weir_policy_detector_number(policy, i ? b : a);

		assert_true(d >= 0);
		f->distinct[d] = i ? m : n;
		f->best[d] = f->distinct[d] ? 95 : 0;
		for (unsigned s = 0; s < 10; s++)
			f->distinct_from[d][s] = f->distinct[d];
	}
	return f;
}

static struct weir_verdict decide(const struct weir_policy *policy, const struct weir_findings *f)
{
	struct weir_event event = {.channel = REMOVABLE, .action = WEIR_ABI_ACTION_AUDIT};
	struct weir_policy_input input = {.event = &event, .findings = f};

	return weir_policy_decide(policy, &input);
}

static void content__customs_are_kept(void **state)
{
	struct weir_policy *policy = with_rules("  []\n");
	const struct weir_custom *list;
	size_t n;

	(void)state;
	list = weir_policy_customs(policy, &n);
	assert_int_equal(n, 2);
	assert_string_equal(list[0].id, "claim");
	assert_string_equal(list[0].pattern, "C[0-9]{9}");
	assert_string_equal(list[0].check, "luhn");
	assert_string_equal(list[0].words[0], "claim no");
	assert_string_equal(list[0].words[1], "\xe8\xb5\x94\xe6\xa1\x88\xe5\x8f\xb7");
	assert_null(list[0].words[2]);
	assert_string_equal(list[0].negatives[0], "order");
	assert_int_equal(list[0].base, 75);
	assert_null(list[1].check);
	assert_null(list[1].words[0]);
	assert_string_equal(list[1].name_zh, "staff-id");
	assert_int_equal(list[1].base, 60);
	assert_string_equal(weir_policy_detector_id(policy, WEIR_DETECTOR_COUNT + 1), "staff-id");
	assert_null(weir_policy_detector_id(policy, WEIR_DETECTOR_COUNT + 2));
	assert_string_equal(weir_policy_detector_id(policy, 0), "cn_resident_id");
	assert_int_equal(weir_policy_detector_number(policy, "email"),
			 weir_detector_number("email"));
	assert_int_equal(weir_policy_detector_number(policy, "emai"), -1);
	weir_policy_free(policy);
}

static void content__customs_count_in_classes(void **state)
{
	struct weir_policy *policy =
		with_rules("  - {id: r, content: {class: own, distinct: '>=5'}, action: block}\n");
	struct weir_findings *f = findings_of(policy, "claim", 3, "staff-id", 2);

	(void)state;
	assert_int_equal(decide(policy, f).action, WEIR_ACTION_BLOCK);
	assert_int_equal(weir_policy_classes(policy, f), 1 << 3);
	free(f);
	f = findings_of(policy, "claim", 3, "cn_resident_id", 2);
	assert_int_equal(decide(policy, f).action, WEIR_ACTION_AUDIT);
	free(f);
	weir_policy_free(policy);
}

/* One sure value among doubtful ones does not lift them all. */
static void content__counts_by_confidence(void **state)
{
	struct weir_policy *policy = with_rules(
		"  - {id: r, content: {class: identity, distinct: '>=5'}, action: block}\n");
	struct weir_findings *f = findings_of(policy, "cn_resident_id", 50, "claim", 0);

	(void)state;
	for (unsigned step = 4; step < WEIR_CONFIDENCE_STEPS; step++)
		f->distinct_from[0][step] = 4;
	assert_int_equal(decide(policy, f).action, WEIR_ACTION_AUDIT);
	assert_int_equal(weir_policy_classes(policy, f) & 1, 1);
	f->distinct_from[0][4] = 5;
	assert_int_equal(decide(policy, f).action, WEIR_ACTION_BLOCK);
	weir_policy_free(policy);
	free(f);
}

static void content__limits_add_up_exactly(void **state)
{
	const struct {
		uint32_t ids, cards;
		bool block;
	} table[] = {
		{0, 0, false},	 {49, 0, false}, {50, 0, true},	 {0, 25, true},
		{25, 12, false}, {26, 12, true}, {25, 13, true}, {24, 13, true},
		{2, 24, true},	 {1, 24, false}, {49, 1, true},	 {UINT32_MAX, UINT32_MAX, true},
	};
	struct weir_policy *policy =
		with_rules("  - {id: r, content: {limits: {cn_resident_id: 50, payment_card: 25},\n"
			   "     min_confidence: 70}, action: block}\n");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct weir_findings *f = findings_of(policy, "cn_resident_id", table[i].ids,
						      "payment_card", table[i].cards);

		if ((decide(policy, f).action == WEIR_ACTION_BLOCK) != table[i].block)
			fail_msg("%u IDs and %u cards", table[i].ids, table[i].cards);
		free(f);
	}
	weir_policy_free(policy);
}

/* 1/3 + 1/7 + 11/21 is one exactly; a sum in floating point need not be. */
static void content__thirds_and_sevenths(void **state)
{
	struct weir_policy *policy = with_rules(
		"  - {id: r, content: {limits: {email: 3, iban: 7, vin: 21}}, action: block}\n");
	struct weir_findings *f = findings_of(policy, "email", 1, "iban", 1);
	int vin = weir_detector_number("vin");

	(void)state;
	f->distinct[vin] = f->distinct_from[vin][0] = 10;
	f->best[vin] = 60;
	assert_int_equal(decide(policy, f).action, WEIR_ACTION_AUDIT);
	f->distinct[vin] = f->distinct_from[vin][0] = 11;
	assert_int_equal(decide(policy, f).action, WEIR_ACTION_BLOCK);
	f->best[vin] = 40;
	f->distinct_from[vin][0] = 0;
	assert_int_equal(decide(policy, f).action, WEIR_ACTION_AUDIT);
	weir_policy_free(policy);
	free(f);
}

static void content__share_over_classes(void **state)
{
	struct weir_policy *policy = with_rules(
		"  - {id: r, content: {share: {identity: 10, own: 4}}, action: block}\n");
	struct weir_findings *f = findings_of(policy, "cn_passport", 5, "claim", 1);

	(void)state;
	assert_int_equal(decide(policy, f).action, WEIR_ACTION_AUDIT);
	free(f);
	f = findings_of(policy, "cn_passport", 5, "claim", 2);
	assert_int_equal(decide(policy, f).action, WEIR_ACTION_BLOCK);
	free(f);
	weir_policy_free(policy);
}

static void content__customers_and_the_rest_all_hold(void **state)
{
	struct weir_policy *policy = with_rules("  - {id: r, content: {customers: '>9', class: "
						"own, distinct: '>=2'}, action: block}\n");
	struct weir_findings *f = findings_of(policy, "email", 2, "claim", 0);

	(void)state;
	f->customers = 9;
	assert_int_equal(decide(policy, f).action, WEIR_ACTION_AUDIT);
	f->customers = 10;
	assert_int_equal(decide(policy, f).action, WEIR_ACTION_BLOCK);
	assert_true(decide(policy, f).alert);
	assert_int_equal(decide(policy, NULL).action, WEIR_ACTION_AUDIT);
	free(f);
	f = findings_of(policy, "email", 1, "claim", 0);
	f->customers = 10;
	assert_int_equal(decide(policy, f).action, WEIR_ACTION_AUDIT);
	weir_policy_free(policy);
	free(f);
}

static void kernel_limits_of(const char *rules, uint32_t ids, uint32_t cards, uint8_t action)
{
	struct weir_policy *policy = with_rules(rules);
	struct weir_abi_config config = {0};
	struct weir_abi_dest dests[WEIR_ABI_DESTS];
	const struct weir_abi_profile *p = &config.profiles[WEIR_ABI_PROFILE_REMOVABLE];

	assert_true(weir_policy_kernel(policy, &config, dests) >= 0);
	assert_int_equal(p->action, action);
	assert_int_equal(p->limit[WEIR_ABI_DET_CN_RESIDENT_ID], ids);
	assert_int_equal(p->limit[WEIR_ABI_DET_PAYMENT_CARD], cards);
	weir_policy_free(policy);
}

static void content__kernel_holds_what_one_count_decides(void **state)
{
	const uint8_t block = WEIR_ABI_ACTION_BLOCK, audit = WEIR_ABI_ACTION_AUDIT;

	(void)state;
	kernel_limits_of("  - {id: r, content: {limits: {cn_resident_id: 50, payment_card: 25, "
			 "email: 5}}, action: block}\n",
			 50, 25, block);
	kernel_limits_of("  - {id: r, content: {share: {identity: 50, sure: 2, own: 3}}, action: "
			 "block}\n",
			 50, 0, block);
	kernel_limits_of("  - {id: r, content: {share: {identity: 50}, limits: {cn_resident_id: "
			 "70}}, action: block}\n",
			 70, 0, block);
	/* never stricter: more confidence than a check digit, an "and" it cannot see */
	kernel_limits_of("  - {id: r, content: {limits: {cn_resident_id: 5}, min_confidence: 85}, "
			 "action: block}\n",
			 1, 1, audit);
	kernel_limits_of("  - {id: r, content: {class: identity, distinct: '>=5', customers: "
			 "'>=1'}, action: block}\n",
			 1, 1, audit);
	kernel_limits_of("  - {id: r, content: {class: card, distinct: '>=5', limits: {email: 1}}, "
			 "action: block}\n",
			 1, 1, audit);
}

static void content__kernel_is_told_to_look_for_sums(void **state)
{
	(void)state;
	kernel_limits_of("  - {id: r, content: {share: {identity: 50}}, action: audit}\n"
			 "  - {id: rest, action: allow}\n",
			 1, 1, WEIR_ABI_ACTION_AUDIT);
}

static bool warned(const char *rules, const char *about)
{
	struct weir_policy *policy = with_rules(rules);
	struct weir_error warning;
	bool ret = false;

	for (unsigned i = 0; weir_policy_warning(policy, i, &warning); i++)
		ret |= strstr(warning.text, about) != NULL;
	weir_policy_free(policy);
	return ret;
}

static void content__warns_what_the_kernel_cannot_hold(void **state)
{
	(void)state;
	assert_true(warned("  - {id: r, content: {customers: '>=5'}, action: block}\n",
			   "belong to one customer"));
	assert_true(warned("  - {id: r, content: {limits: {email: 5}}, action: block}\n",
			   "counts no detector of its sum"));
	assert_true(warned("  - {id: r, content: {limits: {payment_card: 5}, min_confidence: 90}, "
			   "action: block}\n",
			   "no count of one detector"));
	assert_false(warned("  - {id: r, content: {limits: {payment_card: 5}}, action: block}\n",
			    "user space"));
	assert_false(warned("  - {id: r, content: {customers: '>=5'}, action: audit}\n", "user"));
}

/* A grant speaks for classes; what limits counted outside of them it does not let out. */
static void content__grant_covers_limits(void **state)
{
	struct weir_policy *policy = make_policy(
		HEAD CLASSES_OF_GRANT
		"groups:\n  friends: {hosts: ['198.51.100.0/25']}\n"
		"rules:\n  - {id: r, channel: network, content: {limits: {payment_card: 5, vin: "
		"5}},\n"
		"     action: block}\n"
		"grants:\n  - {id: G, recipient: friends, classes: [card], purpose: p,\n"
		"     method: {channel: network, to: friends}, agreement: a, approver: b,\n"
		"     valid: {from: 2026-11-01, until: 2026-12-31}}\n");
	struct weir_findings *f = findings_of(policy, "payment_card", 9, "vin", 0);
	struct weir_event event = {.channel = WEIR_ABI_CHANNEL_NETWORK};
	struct weir_policy_input input = {
		.event = &event, .findings = f, .now_ns = UINT64_C(1793500000) * 1000000000};

	(void)state;
	set_remote(&event, "198.51.100.7", 80);
	assert_string_equal(weir_policy_decide(policy, &input).grant, "G");
	f->distinct[weir_detector_number("vin")] = 1;
	f->best[weir_detector_number("vin")] = 90;
	assert_string_equal(weir_policy_decide(policy, &input).rule, "r");
	weir_policy_free(policy);
	free(f);
}

struct sources {
	unsigned detectors, match, no_match;
	unsigned pattern_line;
	char last[32];
};

static void see(void *context, const struct weir_policy_source *source)
{
	struct sources *s = context;

	s->detectors++;
	for (size_t i = 0; i < source->n_samples; i++) {
		if (source->samples[i].match)
			s->match++;
		else
			s->no_match++;
		(void)snprintf(s->last, sizeof(s->last), "%s", source->samples[i].text.text);
	}
	if (strcmp(source->id.text, "claim") == 0)
		s->pattern_line = source->pattern.line;
	else
		assert_null(source->check.text);
}

static void content__sources_with_samples(void **state)
{
	struct sources seen = {0};
	struct weir_error err = {0};

	(void)state;
	assert_int_equal(
		weir_policy_sources(HEAD DETECTORS, strlen(HEAD DETECTORS), see, &seen, &err), 0);
	assert_int_equal(seen.detectors, 2);
	assert_int_equal(seen.match, 1);
	assert_int_equal(seen.no_match, 2);
	assert_int_equal(seen.pattern_line, 5);
	assert_string_equal(seen.last, "C01");
	assert_int_equal(weir_policy_sources(HEAD, strlen(HEAD), see, &seen, &err), 0);
	assert_int_equal(seen.detectors, 2);
}

static void content__samples_are_not_compiled_in(void **state)
{
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT((size_t)1 << 20);
	struct weir_error err = {0};

	(void)state;
	assert_int_equal(weir_policy_compile(HEAD DETECTORS, strlen(HEAD DETECTORS), &wire, &err),
			 0);
	assert_non_null(memmem(wire.data, wire.len, "C[0-9]{9}", 9));
	assert_null(memmem(wire.data, wire.len, "C000000000", 10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(content__customs_are_kept),
		cmocka_unit_test(content__customs_count_in_classes),
		cmocka_unit_test(content__counts_by_confidence),
		cmocka_unit_test(content__limits_add_up_exactly),
		cmocka_unit_test(content__thirds_and_sevenths),
		cmocka_unit_test(content__share_over_classes),
		cmocka_unit_test(content__customers_and_the_rest_all_hold),
		cmocka_unit_test(content__kernel_holds_what_one_count_decides),
		cmocka_unit_test(content__kernel_is_told_to_look_for_sums),
		cmocka_unit_test(content__warns_what_the_kernel_cannot_hold),
		cmocka_unit_test(content__grant_covers_limits),
		cmocka_unit_test(content__sources_with_samples),
		cmocka_unit_test(content__samples_are_not_compiled_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
