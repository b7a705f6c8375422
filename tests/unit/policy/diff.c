/* SPDX-License-Identifier: Apache-2.0 */
#include "any.h"

#include "diff_value.h"
#include "weir/policy/diff.h"

#define LINES_MAX 16384

static void compile(const char *yaml, struct weir_buf *ret)
{
	struct weir_error err = {0};

	*ret = WEIR_BUF_INIT((size_t)1 << 20);
	if (weir_policy_compile(yaml, strlen(yaml), ret, &err) < 0)
		fail_msg("%u:%u: %s\n%s", err.line, err.column, err.text, yaml);
}

struct told {
	unsigned n;
	struct weir_policy_change last;
	char lines[LINES_MAX];
};

/* "rule net changed action: audit -> block stricter" */
static int note(void *context, const struct weir_policy_change *change)
{
	struct told *told = context;
	size_t len = strlen(told->lines);

	told->n++;
	told->last = *change;
	(void)snprintf(told->lines + len, sizeof(told->lines) - len,
		       "%s %s %s %s: %s -> %s%s%s %s\n", weir_policy_section_name(change->section),
		       change->id, weir_policy_change_name(change->kind), change->field,
		       change->before, change->after, *change->across ? " past " : "",
		       change->across, weir_policy_effect_name(change->effect));
	return 0;
}

static void compare(const char *before, const char *after, struct told *told)
{
	struct weir_buf a, b;
	struct weir_error err = {0};

	compile(before, &a);
	compile(after, &b);
	*told = (struct told){0};
	assert_int_equal(weir_policy_diff(a.data, a.len, b.data, b.len, note, told, &err), 0);
	weir_buf_done(&a);
	weir_buf_done(&b);
}

static void assert_diff(const char *before, const char *after, const char *lines)
{
	static struct told told;

	compare(before, after, &told);
	assert_string_equal(told.lines, lines);
}

#define CLASSES                                                                   \
	"classes:\n  id: {level: C2, detectors: [cn_resident_id, cn_passport]}\n" \
	"  card: {level: C2, detectors: [payment_card]}\n"
#define GROUPS                                                   \
	"groups:\n  a: {hosts: ['192.0.2.1', '192.0.2.2:22']}\n" \
	"  b: {hosts: ['198.51.100.0/24']}\n"                    \
	"  s: {usb: [{vendor: '0951'}, {vendor: '0781', product: '5567'}]}\n"
#define BASE HEAD CLASSES GROUPS
#define NET \
	"  - {id: net, channel: network, content: {class: id, distinct: '>=5'}, action: block}\n"
#define WARN                                                                                 \
	"  - {id: ask, channel: [network, share], content: {class: card, distinct: '>=2'}, " \
	"action: warn}\n"
#define OPEN "  - {id: open, channel: network, to: a, action: allow}\n"

static void diff__same_meaning_is_no_change(void **state)
{
	assert_diff(BASE "rules:\n" NET, BASE "rules:\n" NET, "");
	assert_diff(
		BASE "revision: 3\nrules:\n" NET WARN,
		HEAD
		"revision: 9\nclasses:\n"
		"  card: {level: C2, min_confidence: 50, detectors: [payment_card]}\n"
		"  id: {level: C2, detectors: [cn_passport, cn_resident_id]}\n"
		"groups:\n"
		"  s: {usb: [{vendor: '0781', product: '5567'}, {vendor: '0951'}]}\n"
		"  b: {hosts: ['198.51.100.0/24']}\n"
		"  a: {hosts: ['192.0.2.2:22', '192.0.2.1']}\n"
		"rules:\n"
		"  - {id: net, channel: [network], content: {class: id, distinct: '>4'}, action: "
		"block}\n"
		"  - {id: ask, channel: [share, network], content: {class: card, distinct: '>1'},\n"
		"     on_failure: open, action: warn}\n",
		"");
	/* all channels, and the classes of devices that stand for none; a confidence counts by steps of 5 */
	assert_diff(
		HEAD "classes: {id: {level: C2, min_confidence: 61, detectors: [cn_passport]}}\n"
		     "devices: [{id: d, action: block}]\nrules: [{id: r, action: audit}]\n",
		HEAD "classes: {id: {level: C2, min_confidence: 65, detectors: [cn_passport]}}\n"
		     "devices: [{id: d, class: [adb, imaging, mass-storage], action: block}]\n"
		     "rules: [{id: r, channel: [file, removable, share, network, at_rest], action: "
		     "audit}]\n",
		"");
}

static void diff__fields_of_rules(void **state)
{
	static const struct {
		const char *before, *after, *lines;
	} table[] = {
		{NET,
		 "  - {id: net, channel: network, content: {class: id, distinct: '>=3'}, action: "
		 "block}\n",
		 "rule net changed content.distinct: 5 -> 3 stricter\n"},
		{"  - {id: net, channel: network, content: {class: id, distinct: '>=3'}, action: "
		 "block}\n",
		 NET, "rule net changed content.distinct: 3 -> 5 looser\n"},
		{NET,
		 "  - {id: net, channel: network, content: {class: id, distinct: '>=5'}, action: "
		 "warn}\n",
		 "rule net changed action: block -> warn looser\n"},
		{NET,
		 "  - {id: net, channel: network, content: {class: id, distinct: '>=5'}, action: "
		 "quarantine}\n",
		 "rule net changed action: block -> quarantine unknown\n"},
		{NET,
		 "  - {id: net, channel: [network, share], content: {class: id, distinct: '>=5'}, "
		 "action: block}\n",
		 "rule net changed channel: network -> network, share stricter\n"},
		{NET,
		 "  - {id: net, channel: network, not_to: b, content: {class: id, distinct: "
		 "'>=5'}, action: block}\n",
		 "rule net changed not_to:  -> b looser\n"},
		{NET,
		 "  - {id: net, channel: network, to: b, content: {class: id, distinct: '>=5'}, "
		 "action: block}\n",
		 "rule net changed to:  -> b looser\n"},
		{NET,
		 "  - {id: net, channel: network, content: {class: card, distinct: '>=5'}, action: "
		 "block}\n",
		 "rule net changed content.class: id -> card unknown\n"},
		{NET,
		 "  - {id: net, channel: network, content: {class: id, distinct: '>=5'}, action: "
		 "block,\n"
		 "     on_unscannable: block, message: {en: 'no'}}\n",
		 "rule net changed on_unscannable:  -> block stricter\n"
		 "rule net changed message_en:  -> no none\n"},
		{WARN,
		 "  - {id: ask, channel: [network, share], content: {class: card, distinct: "
		 "'>=1'}, action: warn}\n",
		 "rule ask changed content.distinct: 2 -> 1 unknown\n"},
		{NET, NET OPEN,
		 "rule open added :  -> channel: network; to: a; action: allow looser\n"},
		{NET OPEN, NET,
		 "rule open removed : channel: network; to: a; action: allow ->  stricter\n"},
		{OPEN NET, OPEN,
		 "rule net removed : channel: network; content.class: id; content.distinct: 5; "
		 "action: block ->  "
		 "looser\n"},
		{OPEN, OPEN WARN,
		 "rule ask added :  -> channel: network, share; content.class: card; "
		 "content.distinct: 2; "
		 "action: warn unknown\n"},
		{OPEN, "  - {id: open, channel: network, to: [a, b], action: allow}\n",
		 "rule open changed to: a -> a, b looser\n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char before[4096], after[4096];

		(void)snprintf(before, sizeof(before), BASE "rules:\n%s", table[i].before);
		(void)snprintf(after, sizeof(after), BASE "rules:\n%s", table[i].after);
		assert_diff(before, after, table[i].lines);
	}
}

static void diff__order_where_it_matters(void **state)
{
#define FILES "  - {id: disk, channel: file, action: audit}\n"
#define REST  "  - {id: rest, channel: network, not_to: a, action: block}\n"
	assert_diff(BASE "rules:\n" NET OPEN, BASE "rules:\n" OPEN NET,
		    "rule open moved : 2 -> 1 past net looser\n");
	assert_diff(BASE "rules:\n" OPEN WARN NET, BASE "rules:\n" NET OPEN WARN,
		    "rule net moved : 3 -> 1 past open stricter\n");
	/* another channel; targets that are never in both */
	assert_diff(BASE "rules:\n" NET FILES, BASE "rules:\n" FILES NET, "");
	assert_diff(BASE "rules:\n" OPEN REST, BASE "rules:\n" REST OPEN, "");
	assert_diff(BASE "devices: [{id: d, action: block}, {id: e, group: s, action: allow}]\n",
		    BASE "devices: [{id: e, group: s, action: allow}, {id: d, action: block}]\n",
		    "device e moved : 2 -> 1 past d looser\n");
}

static void diff__the_rest(void **state)
{
#define GRANT(classes, until)                                                                 \
	"grants: [{id: G-1, recipient: a, classes: " classes                                  \
	", purpose: p, method: {channel: network, to: a}, agreement: x, approver: y, valid: " \
	"{from: "                                                                             \
	"2026-11-01, until: " until "}}]\n"
	assert_diff(BASE "rules:\n" NET,
		    HEAD "network: {loopback: outside, exempt: ['203.0.113.9']}\n" CLASSES GROUPS
			 "rules:\n" NET,
		    "policy  changed loopback_outside:  -> true stricter\n"
		    "policy  changed exempt:  -> 203.0.113.9/32 looser\n");
	assert_diff(
		BASE "rules:\n" NET OPEN,
		HEAD CLASSES
		"groups:\n  a: {hosts: ['192.0.2.1']}\n  b: {hosts: ['198.51.100.0/24', "
		"'2001:db8::/32']}\n  s: {usb: [{vendor: '0951'}]}\nrules:\n" NET OPEN,
		"group a changed hosts: 192.0.2.1/32, 192.0.2.2/32:22 -> 192.0.2.1/32 stricter\n"
		"group b changed hosts: 198.51.100.0/24 -> 198.51.100.0/24, [2001:db8::]/32 none\n"
		"group s changed usb: 0781:5567:*, 0951:*:* -> 0951:*:* none\n");
	assert_diff(HEAD "detectors: {emp: {pattern: 'E[0-9]{6}', level: C1}}\n"
			 "classes: {c: {level: C2, detectors: [emp]}}\n"
			 "rules: [{id: r, content: {class: c, distinct: '>=1'}, action: block}]\n",
		    HEAD
		    "detectors: {emp: {pattern: 'E[0-9]{7}', level: C2}}\n"
		    "classes: {c: {level: C2, detectors: [emp, cn_mobile], min_confidence: 60}}\n"
		    "rules: [{id: r, content: {class: c, distinct: '>=1'}, action: block}]\n",
		    "detector emp changed pattern: E[0-9]{6} -> E[0-9]{7} unknown\n"
		    "detector emp changed level: C1 -> C2 none\n"
		    "class c changed detectors: emp -> cn_mobile, emp stricter\n"
		    "class c changed min_confidence: 50 -> 60 looser\n");
	assert_diff(BASE "rules:\n" NET, BASE "rules:\n" NET GRANT("[id]", "2026-12-31"),
		    "grant G-1 added :  -> recipient: a; classes: id; purpose: p; channel: "
		    "network; to: a; "
		    "agreement: x; approver: y; valid.from: 2026-10-31T16:00:00.000Z; valid.until: "
		    "2026-12-31T16:00:00.000Z looser\n");
	assert_diff(BASE "rules:\n" NET GRANT("[id, card]", "2026-12-30"),
		    BASE "rules:\n" NET GRANT("[id]", "2026-12-31"),
		    "grant G-1 changed classes: card, id -> id stricter\n"
		    "grant G-1 changed valid.until: 2026-12-30T16:00:00.000Z -> "
		    "2026-12-31T16:00:00.000Z looser\n");
}

static void diff__of_what_is_no_policy(void **state)
{
	struct weir_buf good;
	struct weir_error err = {0};
	struct told told = {0};

	compile(BASE, &good);
	assert_int_equal(weir_policy_diff("x", 1, good.data, good.len, note, &told, &err), -EINVAL);
	assert_non_null(strstr(err.text, "before"));
	assert_int_equal(weir_policy_diff(good.data, good.len, "x", 1, note, &told, &err), -EINVAL);
	assert_non_null(strstr(err.text, "after"));
	assert_int_equal(told.n, 0);
	weir_buf_done(&good);
}

/* Everything that a policy can say, so that each member can be changed below. */
static const char whole[] = HEAD
	"detectors: {emp: {pattern: 'E[0-9]{6}', check: luhn, words: [w1, w2], negative_words: "
	"[n1], level: C1,\n"
	"  name: {zh: z, en: e}, confidence: 70}}\n"
	"classes: {c: {level: C2, detectors: [emp, cn_mobile], min_confidence: 60}}\n"
	"groups: {g: {usb: [{vendor: '0951', product: '1666', serial: 'x*'}], hosts: "
	"['192.0.2.1']}, f: {hosts: ['192.0.2.2']}}\n"
	"devices: [{id: d, vendor: '09*', product: '1*', serial: 's', group: g, class: [adb], "
	"encrypted: yes,\n"
	"  action: block, message: {zh: z, en: e}}]\n"
	"rules: [{id: r, channel: [network, file], first_open: {folders: [/srv]},\n"
	"  content: {class: c, distinct: '>=5', limits: {emp: "
	"3},\n"
	"  min_confidence: 60, share: {c: 4}, customers: '>=2'}, to: g, not_to: f, action: block,\n"
	"  on_unscannable: warn, on_failure: closed, message: {zh: z, en: e}}]\n"
	"grants: [{id: G-1, recipient: g, classes: [c], purpose: p, method: {channel: network, to: "
	"g},\n"
	"  agreement: x, approver: y, valid: {from: 2026-11-01, until: 2026-12-31}}]\n";

/* Another value, or one element less. False: a part, whose own members are changed. */
static bool alter(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	void *at = (char *)message + field->offset;

	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		size_t *n = (size_t *)((char *)message + field->quantifier_offset);

		if (*n == 0)
			fail_msg("the whole policy lacks %s.%s", message->descriptor->name,
				 field->name);
		(*n)--;
		return true;
	}
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		*(const char **)at = "another";
		return true;
	case PROTOBUF_C_TYPE_UINT64:
		*(uint64_t *)at += 1000000;
		return true;
	case PROTOBUF_C_TYPE_UINT32:
		*(uint32_t *)at += 10;
		return true;
	case PROTOBUF_C_TYPE_BOOL:
		*(protobuf_c_boolean *)at ^= 1;
		return true;
	case PROTOBUF_C_TYPE_ENUM:
		*(int *)at = *(int *)at == 2 ? 1 : 2;
		return true;
	default:
		return false;
	}
}

static void assert_compared(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	static const char *const passed_over[] = {"schema", "revision", "comparison"};
	struct arena arena = ARENA_INIT((size_t)1 << 20);
	const size_t size = message->descriptor->sizeof_message;
	void *as_it_was = test_malloc(size);
	struct value before, after;
	bool told = *value_name(message->descriptor, field), named = false;

	for (size_t i = 0; i < ARRAY_SIZE(passed_over); i++)
		named |= strcmp(passed_over[i], field->name) == 0;
	memcpy(as_it_was, message, size);
	assert_int_equal(told, !named);
	assert_int_equal(value_of(&arena, message, field, &before), 0);
	if (alter(message, field) && told) {
		assert_int_equal(value_of(&arena, message, field, &after), 0);
		if (value_relation(&before, &after) == RELATION_EQUAL)
			fail_msg("%s.%s is not compared", message->descriptor->name, field->name);
	}
	memcpy(message, as_it_was, size);
	test_free(as_it_was);
	arena_done(&arena);
}

/* A member that is new in the schema, and that nobody thought of here, is compared as well. */
static void diff__every_member_counts(void **state)
{
	struct weir_buf bytes;
	Weir__V1__Policy *policy;

	compile(whole, &bytes);
	policy = weir__v1__policy__unpack(NULL, bytes.len, (const uint8_t *)bytes.data);
	assert_non_null(policy);
	ProtobufCMessage *const parts[] = {
		&policy->detectors[0]->base,
		&policy->classes[0]->base,
		&policy->groups[0]->base,
		&policy->devices[0]->base,
		&policy->rules[0]->base,
		&policy->rules[0]->content->base,
		&policy->rules[0]->first_open->base,
		&policy->grants[0]->base,
	};
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		for (unsigned j = 0; j < parts[i]->descriptor->n_fields; j++)
			if (parts[i]->descriptor->fields[j].type != PROTOBUF_C_TYPE_MESSAGE ||
			    parts[i]->descriptor->fields[j].label == PROTOBUF_C_LABEL_REPEATED)
				assert_compared(parts[i], &parts[i]->descriptor->fields[j]);
	weir__v1__policy__free_unpacked(policy, NULL);
	weir_buf_done(&bytes);
}

static unsigned refusal(const struct weir_policy *policy, const struct weir_event *event,
			const struct weir_findings *findings)
{
	const struct weir_policy_input input = {
		.event = event, .findings = findings, .now_ns = ANY_NOW_NS};
	enum weir_action action = weir_policy_decide(policy, &input).action;

	if (action >= WEIR_ACTION_BLOCK)
		return 2;
	return action == WEIR_ACTION_WARN;
}

static void assert_effect_holds(const char *before, const char *after,
				const struct weir_policy_change *change)
{
	static struct weir_event event;
	static struct weir_findings findings;
	struct weir_policy *a = make_policy(before), *b = make_policy(after);

	for (unsigned i = 0; i < 400; i++) {
		unsigned was, is;

		any_input(&event, &findings);
		was = refusal(a, &event, &findings);
		is = refusal(b, &event, &findings);
		if (change->effect == WEIR_POLICY_EFFECT_STRICTER ? is < was
		    : change->effect == WEIR_POLICY_EFFECT_LOOSER ? is > was
								  : is != was)
			fail_msg("%s, not so:\n%s\n%s", weir_policy_effect_name(change->effect),
				 before, after);
	}
	weir_policy_free(a);
	weir_policy_free(b);
}

static void change_one(uint8_t p[static ANY_ALL])
{
	uint8_t rule[ANY_PER_RULE];
	unsigned i = chance(ANY_ALL);

	if (chance(6) == 0) { /* the first rule behind the second */
		memcpy(rule, p, sizeof(rule));
		memmove(p, p + ANY_PER_RULE, ANY_PER_RULE);
		memcpy(p + ANY_PER_RULE, rule, sizeof(rule));
	} else if (i >= ANY_RULES * ANY_PER_RULE || i % ANY_PER_RULE != ANY_PER_RULE - 1) {
		p[i] = (uint8_t)chance(256);
	}
}

/* Whatever is said of a change is true of every decision. */
static void diff__effects_hold(void **state)
{
	static struct told told;
	static char before[8192], after[8192];
	unsigned claims = 0;

	chance_seed(7);
	for (unsigned i = 0; i < 3000; i++) {
		uint8_t p[ANY_ALL];

		any_numbers(p);
		any_text(before, sizeof(before), p);
		change_one(p);
		any_text(after, sizeof(after), p);
		compare(before, after, &told);
		/* of several at once each is said to hold alone */
		if (told.n != 1 || told.last.effect == WEIR_POLICY_EFFECT_UNKNOWN)
			continue;
		claims++;
		assert_effect_holds(before, after, &told.last);
	}
	assert_true(claims > 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(diff__same_meaning_is_no_change),
		cmocka_unit_test(diff__fields_of_rules),
		cmocka_unit_test(diff__order_where_it_matters),
		cmocka_unit_test(diff__the_rest),
		cmocka_unit_test(diff__of_what_is_no_policy),
		cmocka_unit_test(diff__every_member_counts),
		cmocka_unit_test(diff__effects_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
