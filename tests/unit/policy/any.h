/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_POLICY_ANY_H
#define TESTS_UNIT_POLICY_ANY_H

/* Policies made of numbers and inputs made of chance: to hold against every decision what is said
 * of decisions. */

#include "chance.h"
#include "make.h"

/* The grants of such policies are valid then. */
#define ANY_NOW_NS (UINT64_C(1795000000) * 1000000000)

enum {
	ANY_RULES = 4,
	ANY_PER_RULE = 10,
	ANY_MORE = 8,
	ANY_ALL = ANY_RULES * ANY_PER_RULE + ANY_MORE
};

static _printf_(3, 4) _unused_ void any_put(char *text, size_t size, const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text + len, size - len, fmt, args);
	va_end(args);
}

/* The last number is its id. */
static inline void any_rule(char *text, size_t size, const uint8_t *p)
{
	static const char *const actions[] = {"allow", "audit", "warn", "block", "quarantine"};
	static const char *const channels[] = {"network", "[network, share]", "share"};
	static const char *const scopes[] = {"", ", to: a", ", to: [a, b]", ", not_to: a"};
	static const char *const more[] = {"", ", limits: {cn_resident_id: 4, payment_card: 2}",
					   ", limits: {cn_resident_id: 2, payment_card: 2}",
					   ", share: {id: 6, card: 6}"};

	any_put(text, size, "  - {id: r%u, channel: %s%s, action: %s", p[ANY_PER_RULE - 1],
		channels[p[0] % 3], scopes[p[1] % 4], actions[p[2] % 5]);
	if (p[3] % 4)
		any_put(text, size, ", content: {class: %s, distinct: '>=%u'%s%s}",
			p[4] % 2 ? "id" : "card", 1 + p[5] % 4, more[p[6] % 4],
			p[8] % 3 == 0 ? ", customers: '>=2'" : "");
	if (p[3] % 4 && p[7] % 3 == 0)
		any_put(text, size, ", on_unscannable: %s", actions[p[7] / 3 % 5]);
	any_put(text, size, ", on_failure: %s}\n", p[8] % 2 ? "closed" : "open");
}

static inline void any_text(char *text, size_t size, const uint8_t p[static ANY_ALL])
{
	const uint8_t *m = p + ANY_RULES * ANY_PER_RULE;

	*text = '\0';
	any_put(text, size, HEAD "network: {loopback: %s%s}\n", m[0] % 2 ? "exempt" : "outside",
		m[1] % 4 == 0 ? ", exempt: ['192.0.2.1']" : "");
	any_put(text, size,
		"classes:\n  id: {level: C2, detectors: [cn_resident_id%s], min_confidence: %u}\n"
		"  card: {level: C2, detectors: [payment_card]}\n",
		m[2] % 2 ? ", cn_passport" : "", m[3] % 2 ? 50 : 80);
	any_put(text, size,
		"groups:\n  a: {hosts: ['192.0.2.1'%s]}\n  b: {hosts: ['198.51.100.0/24']}\n",
		m[4] % 2 ? ", '192.0.2.2'" : "");
	any_put(text, size, "rules:\n");
	for (unsigned i = 0; i < ANY_RULES; i++)
		any_rule(text, size, p + i * ANY_PER_RULE);
	if (m[5] % 2)
		any_put(text, size,
			"grants: [{id: G-1, recipient: a, classes: %s, purpose: p, method: "
			"{channel: network, to: "
			"%s}, agreement: x, approver: y, valid: {from: 2026-11-01, until: "
			"2026-12-31}}]\n",
			m[6] % 2 ? "[id]" : "[id, card]", m[7] % 2 ? "a" : "b");
}

static inline void any_input(struct weir_event *event, struct weir_findings *findings)
{
	static const char *const hosts[] = {"192.0.2.1", "192.0.2.2", "198.51.100.7", "127.0.0.1",
					    "203.0.113.1"};
	static const char *const found[] = {"cn_resident_id", "payment_card", "cn_passport"};

	memset(event, 0, sizeof(*event));
	memset(findings, 0, sizeof(*findings));
	event->channel = chance(2) ? WEIR_ABI_CHANNEL_NETWORK : WEIR_ABI_CHANNEL_SHARE;
	event->action = WEIR_ABI_ACTION_AUDIT;
	set_remote(event, hosts[chance(ARRAY_SIZE(hosts))], 443);
	findings->status = (enum weir_scan_status)(1 + chance(4));
	findings->customers = chance(4);
	for (size_t i = 0; i < ARRAY_SIZE(found); i++) {
		int n = weir_detector_number(found[i]);

		findings->distinct[n] = chance(2) ? chance(6) : 0;
		findings->best[n] = findings->distinct[n] ? (chance(2) ? 60 : 90) : 0;
	}
}

/* Numbers for any_text(): rules have different ids. */
static inline void any_numbers(uint8_t p[static ANY_ALL])
{
	for (unsigned i = 0; i < ANY_ALL; i++)
		p[i] = (uint8_t)chance(256);
	for (unsigned i = 0; i < ANY_RULES; i++)
		p[i * ANY_PER_RULE + ANY_PER_RULE - 1] = (uint8_t)i;
}

#endif
