/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

#define CLASSES                                                                         \
	"classes:\n"                                                                    \
	"  id: {level: C2, detectors: [cn_resident_id], min_confidence: 70}\n"          \
	"  card: {level: C2, detectors: [payment_card], min_confidence: 70}\n"          \
	"  both: {level: C2, detectors: [cn_resident_id, payment_card, cn_passport]}\n" \
	"  sure: {level: C2, detectors: [cn_resident_id], min_confidence: 81}\n"        \
	"  other: {level: C1, detectors: [email]}\n"

struct kernel {
	struct weir_policy *policy;
	struct weir_abi_config config;
	struct weir_abi_dest dests[WEIR_ABI_DESTS];
	int n;
};

static struct kernel make(const char *yaml)
{
	struct kernel ret = {.policy = make_policy(yaml)};

	memset(&ret.config.profiles[WEIR_ABI_PROFILE_SELFTEST], 0x77,
	       sizeof(ret.config.profiles[0]));
	ret.n = weir_policy_kernel(ret.policy, &ret.config, ret.dests);
	assert_int_equal(ret.config.dests, ret.n);
	return ret;
}

/* What the kernel would do for this profile. */
#define assert_profile(k, index, act, id_limit, card_limit, unscannable, failure, open) \
	do {                                                                            \
		const struct weir_abi_profile *p_ = &(k).config.profiles[index];        \
		assert_int_equal(p_->action, act);                                      \
		assert_int_equal(p_->limit[0], id_limit);                               \
		assert_int_equal(p_->limit[1], card_limit);                             \
		assert_int_equal(p_->limit[2], 0);                                      \
		assert_int_equal(p_->limit[3], 0);                                      \
		assert_int_equal(p_->on_unscannable, unscannable);                      \
		assert_int_equal(p_->on_failure, failure);                              \
		assert_int_equal(p_->on_open, open);                                    \
		assert_int_equal(p_->flags, 0);                                         \
	} while (0)

enum {
	ALLOW = WEIR_ABI_ACTION_ALLOW,
	AUDIT = WEIR_ABI_ACTION_AUDIT,
	BLOCK = WEIR_ABI_ACTION_BLOCK,
	WARN = WEIR_ABI_ACTION_WARN,
};

static void kernel__one_profile_of_one_rule(void **state)
{
	const struct {
		const char *rules;
		uint8_t action;
		uint32_t id, card;
		uint8_t unscannable, failure, open;
	} table[] = {
		/* the default is audit of every class */
		{"[]", AUDIT, 1, 1, AUDIT, AUDIT, ALLOW},
		{"[{id: a, action: allow}]", ALLOW, 0, 0, ALLOW, ALLOW, ALLOW},
		{"[{id: a, action: warn}]", WARN, 1, 1, WARN, AUDIT, WARN},
		{"[{id: a, action: block}]", BLOCK, 1, 1, BLOCK, AUDIT, BLOCK},
		{"[{id: a, action: block, on_failure: closed}]", BLOCK, 1, 1, BLOCK, BLOCK, BLOCK},
		{"[{id: a, content: {class: id, distinct: '>=5'}, action: block}]", BLOCK, 5, 0,
		 AUDIT, AUDIT, ALLOW},
		{"[{id: a, content: {class: id, distinct: '>5'}, action: quarantine}]", BLOCK, 6, 0,
		 AUDIT, AUDIT, ALLOW},
		{"[{id: a, content: {class: id, distinct: '>=5'}, action: block, on_failure: "
		 "closed,"
		 "  on_unscannable: block}]",
		 BLOCK, 5, 0, BLOCK, BLOCK, ALLOW},
		{"[{id: a, content: {class: id, distinct: '>=5'}, action: block, on_unscannable: "
		 "warn}]",
		 BLOCK, 5, 0, WARN, AUDIT, ALLOW},
		{"[{id: a, content: {class: id, distinct: '>=5'}, action: block, on_unscannable: "
		 "allow}]",
		 BLOCK, 5, 0, ALLOW, AUDIT, ALLOW},
		/* a class of several detectors: each alone at the whole limit */
		{"[{id: a, content: {class: both, distinct: '>=5'}, action: block}]", BLOCK, 5, 5,
		 AUDIT, AUDIT, ALLOW},
		/* more confidence than a check digit gives, or nothing that the kernel counts */
		{"[{id: a, content: {class: sure, distinct: '>=5'}, action: block}]", AUDIT, 1, 1,
		 AUDIT, AUDIT, ALLOW},
		{"[{id: a, content: {class: other, distinct: '>=5'}, action: block}]", AUDIT, 1, 1,
		 AUDIT, AUDIT, ALLOW},
		/* the lower of two refusing limits */
		{"[{id: a, content: {class: id, distinct: '>=9'}, action: block},"
		 " {id: b, content: {class: both, distinct: '>=4'}, action: block}]",
		 BLOCK, 4, 4, AUDIT, AUDIT, ALLOW},
		/* the first rule might let it through: the kernel must not be stricter */
		{"[{id: a, content: {class: card, distinct: '>=1'}, action: audit},"
		 " {id: b, content: {class: id, distinct: '>=5'}, action: block, on_unscannable: "
		 "block}]",
		 AUDIT, 1, 1, AUDIT, AUDIT, ALLOW},
		/* ... or want a reason alone, which a block would not leave room for */
		{"[{id: a, content: {class: card, distinct: '>=1'}, action: warn},"
		 " {id: b, content: {class: id, distinct: '>=5'}, action: block, on_unscannable: "
		 "block}]",
		 WARN, 0, 1, AUDIT, AUDIT, ALLOW},
		{"[{id: a, content: {class: card, distinct: '>=3'}, action: warn, on_failure: "
		 "closed},"
		 " {id: b, content: {class: id, distinct: '>=5'}, action: warn}]",
		 WARN, 5, 3, AUDIT, WARN, ALLOW},
		/* what a block holds already leaves nothing to warn of */
		{"[{id: a, content: {class: id, distinct: '>=5'}, action: block},"
		 " {id: b, content: {class: id, distinct: '>=9'}, action: warn}]",
		 BLOCK, 5, 0, AUDIT, AUDIT, ALLOW},
		{"[{id: a, content: {class: card, distinct: '>=1'}, action: allow},"
		 " {id: b, action: block, on_failure: closed}]",
		 AUDIT, 1, 1, AUDIT, BLOCK, ALLOW},
		/* refusing first, softer later: held */
		{"[{id: a, content: {class: id, distinct: '>=5'}, action: block},"
		 " {id: b, content: {class: id, distinct: '>=1'}, action: warn}]",
		 WARN, 1, 0, AUDIT, AUDIT, ALLOW},
		/* content is refused in a channel that is otherwise free */
		{"[{id: a, content: {class: id, distinct: '>=5'}, action: block},"
		 " {id: b, action: allow}]",
		 BLOCK, 5, 0, ALLOW, AUDIT, ALLOW},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char yaml[2048];
		struct kernel k;

		(void)snprintf(yaml, sizeof(yaml), HEAD CLASSES "rules: %s\n", table[i].rules);
		k = make(yaml);
		for (unsigned p = 1; p <= 3; p++)
			assert_profile(k, p, table[i].action, table[i].id, table[i].card,
				       table[i].unscannable, table[i].failure, table[i].open);
		weir_policy_free(k.policy);
	}
}

static void kernel__selftest_and_none_stay(void **state)
{
	struct kernel k = make(HEAD CLASSES "rules: [{id: a, action: block}]\n");
	const uint8_t *bytes = (const uint8_t *)&k.config.profiles[WEIR_ABI_PROFILE_SELFTEST];

	(void)state;
	for (size_t i = 0; i < sizeof(k.config.profiles[0]); i++)
		assert_int_equal(bytes[i], 0x77);
	assert_profile(k, WEIR_ABI_PROFILE_NONE, ALLOW, 0, 0, ALLOW, ALLOW, ALLOW);
	assert_profile(k, 6, ALLOW, 0, 0, ALLOW, ALLOW, ALLOW);
	weir_policy_free(k.policy);
}

static void kernel__channels_differ(void **state)
{
	struct kernel k = make(
		HEAD CLASSES "rules:\n"
			     "  - {id: a, channel: removable, action: block, content: {class: id, "
			     "distinct: '>=5'}}\n"
			     "  - {id: b, channel: network, action: block, content: {class: card, "
			     "distinct: '>=7'}}\n"
			     "  - {id: c, channel: share, action: allow}\n");

	(void)state;
	assert_profile(k, WEIR_ABI_PROFILE_REMOVABLE, BLOCK, 5, 0, AUDIT, AUDIT, ALLOW);
	assert_profile(k, WEIR_ABI_PROFILE_NETWORK, BLOCK, 0, 7, AUDIT, AUDIT, ALLOW);
	assert_profile(k, WEIR_ABI_PROFILE_SHARE, ALLOW, 0, 0, ALLOW, ALLOW, ALLOW);
	assert_int_equal(weir_policy_volume_profile(k.policy, WEIR_ABI_CHANNEL_REMOVABLE, NULL),
			 WEIR_ABI_PROFILE_REMOVABLE);
	assert_int_equal(weir_policy_volume_profile(k.policy, WEIR_ABI_CHANNEL_SHARE, NULL),
			 WEIR_ABI_PROFILE_NONE);
	assert_int_equal(weir_policy_volume_profile(k.policy, WEIR_ABI_CHANNEL_FILE, NULL),
			 WEIR_ABI_PROFILE_NONE);
	weir_policy_free(k.policy);
}

/* A pass takes away what warns, and nothing that a block holds. */
static void kernel__warn_names_what_holds_after_a_pass(void **state)
{
	struct kernel k = make(
		HEAD CLASSES "rules:\n"
			     "  - {id: a, channel: removable, action: block, content: {class: id, "
			     "distinct: '>=50'}}\n"
			     "  - {id: b, channel: [removable, network], action: warn, content: "
			     "{class: both, distinct: '>=5'}, on_unscannable: warn, on_failure: "
			     "closed}\n"
			     "  - {id: c, channel: share, action: block}\n");
	uint8_t after = k.config.profiles[WEIR_ABI_PROFILE_REMOVABLE].passed;
	uint8_t net = k.config.profiles[WEIR_ABI_PROFILE_NETWORK].passed;

	(void)state;
	assert_profile(k, WEIR_ABI_PROFILE_REMOVABLE, WARN, 5, 5, WARN, WARN, ALLOW);
	assert_true(after >= 6 && after < WEIR_ABI_PROFILE_SELFTEST);
	assert_profile(k, after, BLOCK, 50, 0, AUDIT, AUDIT, ALLOW);
	assert_int_equal(k.config.profiles[after].passed, 0);
	assert_profile(k, WEIR_ABI_PROFILE_NETWORK, WARN, 5, 5, WARN, WARN, ALLOW);
	assert_true(net >= 6 && net != after);
	assert_profile(k, net, AUDIT, 1, 1, AUDIT, AUDIT, ALLOW);
	assert_int_equal(k.config.profiles[WEIR_ABI_PROFILE_SHARE].passed, 0);
	/* No target is put under what holds after a pass. */
	assert_int_equal(weir_policy_volume_profile(k.policy, WEIR_ABI_CHANNEL_REMOVABLE, NULL),
			 WEIR_ABI_PROFILE_REMOVABLE);
	weir_policy_free(k.policy);
}

/* Sticks of n vendors, "0000" and on, each with a rule and a limit of its own: 100, 99 and on. */
static struct kernel make_kinds(unsigned n, const char *action)
{
	char yaml[8192] = HEAD CLASSES "groups:\n";
	size_t len = strlen(yaml);

	for (unsigned i = 0; i < n; i++)
		len += (size_t)snprintf(yaml + len, sizeof(yaml) - len,
					"  g%u: {usb: [{vendor: '00%02u'}]}\n", i, i);
	len += (size_t)snprintf(yaml + len, sizeof(yaml) - len, "rules:\n");
	for (unsigned i = 0; i < n; i++)
		len += (size_t)snprintf(
			yaml + len, sizeof(yaml) - len,
			"  - {id: r%u, channel: removable, to: g%u, action: %s, content: "
			"{class: id, distinct: '>=%u'}}\n",
			i, i, action, 100 - i);
	assert_true(len < sizeof(yaml));
	return make(yaml);
}

static void kernel__warn_without_a_profile_left_is_user_spaces(void **state)
{
	unsigned warning = 0, told = 0;
	struct weir_error found;
	struct kernel k;

	(void)state;
	k = make_kinds(8, "warn");
	for (unsigned i = 1; i < WEIR_ABI_PROFILE_SELFTEST; i++) {
		const struct weir_abi_profile *p = &k.config.profiles[i];

		warning += p->action == WARN;
		assert_true((p->action == WARN) == (p->passed != 0));
	}
	assert_int_equal(warning, 4); /* two each of the nine that are free */
	for (unsigned i = 0; weir_policy_warning(k.policy, i, &found); i++)
		told += strstr(found.text, "profiles are used up") != NULL;
	assert_true(told > 0 && told <= 4);
	weir_policy_free(k.policy);
}

static void kernel__device_groups(void **state)
{
	struct kernel k =
		make(HEAD CLASSES
		     "groups:\n"
		     "  blue: {usb: [{vendor: '0001'}]}\n"
		     "  red: {usb: [{vendor: '0002'}, {vendor: '0001', product: '0009'}]}\n"
		     "  unused: {usb: [{vendor: '0003'}]}\n"
		     "rules:\n"
		     "  - {id: a, channel: removable, to: blue, action: allow}\n"
		     "  - {id: b, channel: removable, not_to: red, content: {class: id, "
		     "distinct: '>=5'}, action: block}\n"
		     "  - {id: c, channel: removable, content: {class: id, distinct: '>=50'}, "
		     "action: block}\n");
	const struct {
		const char *vendor, *product;
		uint32_t limit; /* 0: exempt */
	} table[] = {
		{"0001", "0001", 0}, {"0002", "0001", 50}, {"0001", "0009", 0},
		{"0003", "0001", 5}, {"0004", "0001", 5},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct weir_device stick = make_stick(table[i].vendor, table[i].product, "");
		uint8_t p =
			weir_policy_volume_profile(k.policy, WEIR_ABI_CHANNEL_REMOVABLE, &stick);

		assert_int_equal(k.config.profiles[p].limit[0], table[i].limit);
		if (table[i].limit == 0)
			assert_int_equal(p, WEIR_ABI_PROFILE_NONE);
		if (table[i].limit == 5)
			assert_int_equal(p, WEIR_ABI_PROFILE_REMOVABLE);
		if (table[i].limit == 50)
			assert_int_equal(p, 6);
	}
	weir_policy_free(k.policy);
}

static void kernel__too_many_kinds_share_a_lenient_profile(void **state)
{
	struct kernel k;

	(void)state;
	k = make_kinds(20, "block");
	for (unsigned i = 0; i < 20; i++) {
		char vendor[5];
		struct weir_device stick;
		uint8_t p;

		(void)snprintf(vendor, sizeof(vendor), "00%02u", i);
		stick = make_stick(vendor, "0000", "");
		p = weir_policy_volume_profile(k.policy, WEIR_ABI_CHANNEL_REMOVABLE, &stick);
		assert_true(p < WEIR_ABI_PROFILE_SELFTEST);
		if (i < 9)
			assert_int_equal(k.config.profiles[p].limit[0], 100 - i);
		else if (k.config.profiles[p].action == BLOCK)
			assert_true(k.config.profiles[p].limit[0] >= 100 - i);
	}
	weir_policy_free(k.policy);
}

/* The profile that the kernel's first-match walk gives to an address. */
static int dest_of(const struct kernel *k, const char *address, uint16_t port)
{
	struct weir_event event;

	set_remote(&event, address, port);
	for (int i = 0; i < k->n; i++) {
		const struct weir_abi_dest *d = &k->dests[i];
		bool same = d->port == 0 || d->port == port;

		for (unsigned bit = 0; bit < d->prefix && same; bit++)
			same = !((d->addr[bit / 8] ^ event.remote.addr[bit / 8]) >> (7 - bit % 8) &
				 1);
		if (same)
			return d->profile;
	}
	return WEIR_ABI_PROFILE_NETWORK;
}

static void kernel__destinations(void **state)
{
	struct kernel k = make(
		HEAD
		"network: {exempt: ['10.9.0.0/16', '[2001:db8::1]:443']}\n" CLASSES "groups:\n"
		"  wide: {hosts: ['192.0.2.0/24:22']}\n"
		"  narrow: {hosts: ['192.0.2.8/29', 'known.example']}\n"
		"  idle: {hosts: ['203.0.113.0/24']}\n"
		"rules:\n"
		"  - {id: w, channel: network, to: wide, content: {class: id, distinct: '>=50'}, "
		"action: block}\n"
		"  - {id: n, channel: network, to: narrow, action: allow}\n"
		"  - {id: r, channel: network, not_to: wide, content: {class: id, distinct: "
		"'>=5'}, action: block}\n");
	const struct {
		const char *address;
		uint16_t port;
		uint32_t limit;
		bool exempt;
	} table[] = {
		{"127.0.0.1", 80, 0, true},    {"::1", 80, 0, true},
		{"10.9.255.1", 80, 0, true},   {"10.8.255.1", 80, 5, false},
		{"2001:db8::1", 443, 0, true}, {"2001:db8::1", 444, 5, false},
		{"192.0.2.1", 22, 50, false},  {"192.0.2.1", 23, 5, false},
		{"192.0.2.9", 23, 0, true},    {"192.0.2.9", 22, 50, false}, /* in both groups */
		{"203.0.113.9", 22, 5, false}, {"198.51.100.1", 22, 5, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		int p = dest_of(&k, table[i].address, table[i].port);

		assert_int_equal(k.config.profiles[p].limit[0], table[i].limit);
		assert_int_equal(p == WEIR_ABI_PROFILE_NONE, table[i].exempt);
	}
	/* Nothing is said twice: the idle group and regions with the usual profile are left out. */
	assert_int_equal(k.n, 7);
	weir_policy_free(k.policy);
}

static void kernel__nested_networks(void **state)
{
	struct kernel k = make(
		HEAD CLASSES
		"groups: {outer: {hosts: [10.0.0.0/8]}, inner: {hosts: [10.1.0.0/16]}, one: "
		"{hosts: "
		"[10.1.2.3]}}\n"
		"rules:\n"
		"  - {id: o, channel: network, to: one, action: allow}\n"
		"  - {id: i, channel: network, to: inner, content: {class: id, distinct: '>=20'}, "
		"action: block}\n"
		"  - {id: x, channel: network, to: outer, not_to: inner, content: {class: id, "
		"distinct: '>=10'}, action: block}\n");

	(void)state;
	assert_int_equal(k.config.profiles[dest_of(&k, "10.2.0.1", 1)].limit[0], 10);
	assert_int_equal(k.config.profiles[dest_of(&k, "10.1.0.1", 1)].limit[0], 20);
	assert_int_equal(dest_of(&k, "10.1.2.3", 1), WEIR_ABI_PROFILE_NONE);
	assert_int_equal(dest_of(&k, "11.0.0.1", 1), WEIR_ABI_PROFILE_NETWORK);
	weir_policy_free(k.policy);
}

/* A recipient with a grant is refused neither what the grant covers nor what has no class at all.
 */
static void kernel__grant_against_a_closed_door(void **state)
{
	struct kernel k = make(
		HEAD CLASSES "groups: {re: {hosts: ['192.0.2.10:22']}}\n"
			     "rules: [{id: shut, channel: network, action: block}]\n"
			     "grants:\n"
			     "  - {id: G, recipient: re, classes: [id, both], purpose: p,\n"
			     "     method: {channel: network, to: re}, agreement: a, approver: b,\n"
			     "     valid: {from: 2026-11-01, until: 2026-12-31}}\n");
	struct weir_event event = {.channel = WEIR_ABI_CHANNEL_NETWORK};
	struct weir_policy_input input = {.event = &event,
					  .now_ns = UINT64_C(1793500000) * 1000000000};
	int p = dest_of(&k, "192.0.2.10", 22);

	(void)state;
	assert_profile(k, WEIR_ABI_PROFILE_NETWORK, BLOCK, 1, 1, BLOCK, AUDIT, BLOCK);
	assert_profile(k, p, BLOCK, 0, 1, BLOCK, AUDIT, ALLOW);
	set_remote(&event, "192.0.2.10", 22);
	assert_int_equal(weir_policy_decide(k.policy, &input).action, WEIR_ACTION_ALLOW);
	event.remote.port = 23;
	assert_string_equal(weir_policy_decide(k.policy, &input).rule, "shut");
	weir_policy_free(k.policy);
}

static void kernel__loopback_outside(void **state)
{
	struct kernel k =
		make(HEAD "network: {loopback: outside}\n" CLASSES
			  "rules: [{id: a, channel: network, action: block, content: {class: "
			  "id, distinct: '>=5'}}]\n");

	(void)state;
	assert_int_equal(k.n, 0);
	assert_int_equal(dest_of(&k, "127.0.0.1", 80), WEIR_ABI_PROFILE_NETWORK);
	weir_policy_free(k.policy);
}

static void kernel__too_many_destinations(void **state)
{
	char yaml[16384] = HEAD CLASSES "rules: [{id: a, channel: network, to: g, action: allow}]\n"
					"groups: {g: {hosts: [";
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT(100000);
	size_t len = strlen(yaml);
	struct weir_error err = {0};

	(void)state;
	for (unsigned i = 0; i < 63; i++)
		len += (size_t)snprintf(yaml + len, sizeof(yaml) - len, "198.51.100.%u, ", 2 * i);
	(void)snprintf(yaml + len, sizeof(yaml) - len, "198.51.100.200]}}\n");
	assert_int_equal(weir_policy_compile(yaml, strlen(yaml), &wire, &err), -EINVAL);
	assert_string_equal(
		err.text, "the kernel holds 64 kinds of network destinations, this policy has 66");
	assert_int_equal(wire.len, 0);
}

static void kernel__grants(void **state)
{
	struct kernel k =
		make(HEAD CLASSES
		     "groups: {re: {hosts: ['192.0.2.10:22']}}\n"
		     "rules:\n"
		     "  - {id: a, channel: network, content: {class: card, distinct: '>=5'}, "
		     "action: block}\n"
		     "  - {id: b, channel: network, content: {class: id, distinct: '>=5'}, action: "
		     "block}\n"
		     "grants:\n"
		     "  - {id: G, recipient: re, classes: [id, both], purpose: p,\n"
		     "     method: {channel: network, to: re}, agreement: a, approver: b,\n"
		     "     valid: {from: 1971-01-02T00:00:00Z, until: 1971-01-03T00:00:00Z}}\n");
	const uint64_t day = UINT64_C(86400) * 1000000000, from = 366 * day, until = 367 * day;
	int p = dest_of(&k, "192.0.2.10", 22);
	struct weir_abi_config before = {0}, during = {0};

	(void)state;
	assert_int_equal(p, 6);
	/* Cards are of class "card" too, which is not granted. */
	assert_profile(k, p, BLOCK, 0, 5, AUDIT, AUDIT, ALLOW);
	assert_profile(k, WEIR_ABI_PROFILE_NETWORK, BLOCK, 5, 5, AUDIT, AUDIT, ALLOW);
	assert_int_equal(weir_policy_kernel_at(k.policy, from - 1, &before, k.dests), k.n);
	assert_int_equal(weir_policy_kernel_at(k.policy, from, &during, k.dests), k.n);
	assert_int_equal(before.profiles[p].limit[0], 5);
	assert_int_equal(during.profiles[p].limit[0], 0);
	assert_int_equal(weir_policy_next_change(k.policy, 0), from);
	assert_int_equal(weir_policy_next_change(k.policy, from), until);
	assert_true(weir_policy_next_change(k.policy, until) == UINT64_MAX);
	weir_policy_free(k.policy);
}

static void kernel__warnings(void **state)
{
	struct weir_policy *policy =
		make_policy(HEAD CLASSES "groups: {named: {hosts: ['known.example:22']}}\n"
					 "rules:\n"
					 "  - {id: ok, channel: removable, content: {class: id, "
					 "distinct: '>=5'}, action: block}\n"
					 "  - {id: soft, channel: removable, content: {class: "
					 "card, distinct: '>=5'}, action: warn}\n"
					 "  - {id: late, channel: removable, content: {class: "
					 "card, distinct: '>=9'}, action: block}\n"
					 "  - {id: sure, channel: network, content: {class: sure, "
					 "distinct: '>=9'}, action: block}\n"
					 "  - {id: mail, channel: network, content: {class: other, "
					 "distinct: '>=9'}, action: block}\n"
					 "  - {id: rest, action: audit}\n"
					 "  - {id: never, channel: file, action: audit}\n");
	static const char *const expected[] = {"group \"named\"", "rule \"late\"", "rule \"sure\"",
					       "rule \"mail\"", "rule \"never\""};
	struct weir_error warning;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_true(weir_policy_warning(policy, i, &warning));
		assert_memory_equal(warning.text, expected[i], strlen(expected[i]));
	}
	assert_false(weir_policy_warning(policy, ARRAY_SIZE(expected), &warning));
	weir_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel__one_profile_of_one_rule),
		cmocka_unit_test(kernel__selftest_and_none_stay),
		cmocka_unit_test(kernel__channels_differ),
		cmocka_unit_test(kernel__warn_names_what_holds_after_a_pass),
		cmocka_unit_test(kernel__warn_without_a_profile_left_is_user_spaces),
		cmocka_unit_test(kernel__device_groups),
		cmocka_unit_test(kernel__too_many_kinds_share_a_lenient_profile),
		cmocka_unit_test(kernel__destinations),
		cmocka_unit_test(kernel__nested_networks),
		cmocka_unit_test(kernel__grant_against_a_closed_door),
		cmocka_unit_test(kernel__loopback_outside),
		cmocka_unit_test(kernel__too_many_destinations),
		cmocka_unit_test(kernel__grants),
		cmocka_unit_test(kernel__warnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
