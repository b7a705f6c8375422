/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/policy/cases.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"
#include "values.h"
#include "weir/base/macros.h"
#include "weir/policy/within.h"

#define ARENA_BYTES ((size_t)64 << 20)
#define MAX_CASES   10000

/* The parts of one input; large, so one for all cases. */
struct bench {
	struct weir_event event;
	struct weir_device device;
	struct weir_findings findings, before; /* before: of other files */
	struct weir_within within[WEIR_WITHIN_TIMES];
};

static const struct word statuses[] = {
	{"complete", WEIR_SCAN_COMPLETE},
	{"partial", WEIR_SCAN_PARTIAL},
	{"unscannable", WEIR_SCAN_UNSCANNABLE},
	{"error", WEIR_SCAN_ERROR},
};
static const struct word yes_no[] = {{"false", 0}, {"true", 1}};
static const struct word no_yes[] = {{"no", 0}, {"yes", 1}};

static int take_short(const struct reading *r, const struct yaml_node *node, char *ret, size_t size)
{
	char *text = NULL;
	int code = take_text(r, node, &text);

	if (code < 0 || !text)
		return code;
	if (strlen(text) >= size)
		return fail_node(r, node, "longer than %zu bytes", size - 1);
	memcpy(ret, text, strlen(text) + 1);
	return 0;
}

/* What is a volume is storage, if nothing else is said. */
static int read_interfaces(const struct reading *r, const struct yaml_node *node, uint32_t *ret)
{
	bool list = node && node->kind == YAML_LIST;
	const struct yaml_node *item = list ? node->first : node;

	if (!node)
		*ret = WEIR_USB_SET(WEIR_USB_MASS_STORAGE);
	for (; item; item = list ? item->next : NULL) {
		int value;
		int code = take_word(r, item, policy_usb_classes, policy_usb_classes_count, &value);

		if (code < 0)
			return code;
		*ret |= WEIR_USB_SET(value);
	}
	return 0;
}

static int read_device(const struct reading *r, const struct yaml_node *node,
		       struct weir_device *ret)
{
	static const char *const keys[] = {"vendor", "product", "serial", "class", "encrypted"};
	int encrypted = 0, code;

	if (!node)
		return 0;
	code = want_map(r, node, "\"device\"", keys, ARRAY_SIZE(keys));
	(void)snprintf(ret->bus, sizeof(ret->bus), "usb");
	if (code >= 0)
		code = take_short(r, yaml_get(node, "vendor"), ret->vendor_id,
				  sizeof(ret->vendor_id));
	if (code >= 0)
		code = take_short(r, yaml_get(node, "product"), ret->product_id,
				  sizeof(ret->product_id));
	if (code >= 0)
		code = take_short(r, yaml_get(node, "serial"), ret->serial_number,
				  sizeof(ret->serial_number));
	if (code >= 0)
		code = take_word(r, yaml_get(node, "encrypted"), no_yes, ARRAY_SIZE(no_yes),
				 &encrypted);
	ret->encrypted = encrypted;
	return code < 0 ? code : read_interfaces(r, yaml_get(node, "class"), &ret->interfaces);
}

static int read_host(const struct reading *r, const struct yaml_node *node,
		     struct weir_abi_address *ret)
{
	struct host_text host;
	char *text = NULL;
	int code = take_text(r, node, &text);

	if (code < 0 || !text)
		return code;
	if (parse_host(text, &host) < 0 || host.named || host.prefix != 128) {
		code = fail_node(r, node, "\"%.64s\" is no address", text);
		weir_error_hint(r->err, "write 192.0.2.7:443 or [2001:db8::7]:443");
		return code;
	}
	memcpy(ret->addr, host.addr, sizeof(ret->addr));
	ret->port = host.port;
	return 0;
}

static void set_count(struct weir_findings *ret, unsigned detector, uint32_t count,
		      uint8_t confidence)
{
	ret->distinct[detector] = count;
	ret->total[detector] = count;
	ret->best[detector] = count ? confidence : 0;
	for (unsigned step = 0; step < WEIR_CONFIDENCE_STEPS && 50 + 5 * step <= confidence; step++)
		ret->distinct_from[detector][step] = count;
}

static int read_counts(const struct reading *r, const struct weir_policy *policy,
		       const struct yaml_node *node, uint8_t confidence, struct weir_findings *ret)
{
	const char *ids[WEIR_FINDINGS_DETECTORS];
	size_t n_ids = 0;
	int code;

	if (!node)
		return 0;
	while (n_ids < ARRAY_SIZE(ids) && weir_policy_detector_id(policy, (unsigned)n_ids)) {
		ids[n_ids] = weir_policy_detector_id(policy, (unsigned)n_ids);
		n_ids++;
	}
	code = want_map(r, node, "\"distinct\"", ids, n_ids);
	for (const struct yaml_node *n = node->first; code >= 0 && n; n = n->next) {
		int detector = weir_policy_detector_number(policy, n->key->text);
		uint64_t count = 0;

		code = take_u64(r, n, UINT32_MAX, &count);
		set_count(ret, (unsigned)detector, (uint32_t)count, confidence);
	}
	return code;
}

/* Other files brought so many other values; all that this one has is new. */
static void set_before(struct bench *bench)
{
	for (unsigned d = 0; d < WEIR_FINDINGS_DETECTORS; d++)
		if (bench->findings.distinct[d] > 0)
			bench->within[0].fresh |= UINT64_C(1) << d;
	memcpy(bench->within[0].others_from, bench->before.distinct_from,
	       sizeof(bench->within[0].others_from));
	for (unsigned i = 1; i < WEIR_WITHIN_TIMES; i++)
		bench->within[i] = bench->within[0];
}

static int read_findings(const struct reading *r, const struct weir_policy *policy,
			 const struct yaml_node *node, struct bench *bench)
{
	struct weir_findings *ret = &bench->findings;
	int status = WEIR_SCAN_COMPLETE;
	uint64_t confidence = 100;
	int code = take_word(r, yaml_get(node, "status"), statuses, ARRAY_SIZE(statuses), &status);

	ret->status = (enum weir_scan_status)status;
	if (code >= 0)
		code = take_u64(r, yaml_get(node, "confidence"), 100, &confidence);
	if (code >= 0)
		code = read_counts(r, policy, yaml_get(node, "distinct"), (uint8_t)confidence, ret);
	if (code >= 0)
		code = read_counts(r, policy, yaml_get(node, "before"), (uint8_t)confidence,
				   &bench->before);
	if (code >= 0)
		code = take_u64(r, yaml_get(node, "customers"), UINT32_MAX, &ret->customers);
	set_before(bench);
	return code;
}

static int read_input(const struct reading *r, const struct weir_policy *policy,
		      const struct yaml_node *node, struct bench *bench, uint64_t *ret_now)
{
	const struct yaml_node *channel_node = NULL, *at = yaml_get(node, "at");
	char *when = NULL;
	int channel = 0;
	int code = want_key(r, node, "channel", &channel_node);

	memset(bench, 0, sizeof(*bench));
	if (code >= 0)
		code = take_word(r, channel_node, policy_channels, policy_channels_count, &channel);
	bench->event.channel = (enum weir_abi_channel)channel;
	bench->event.action = WEIR_ABI_ACTION_AUDIT;
	if (code >= 0)
		code = read_device(r, yaml_get(node, "device"), &bench->device);
	if (code >= 0)
		code = read_host(r, yaml_get(node, "host"), &bench->event.remote);
	if (code >= 0)
		code = read_findings(r, policy, node, bench);
	if (code >= 0)
		code = take_text(r, at, &when);
	if (code >= 0 && when && parse_when(when, false, ret_now) < 0)
		code = fail_node(r, at, "\"%.64s\" is no date", when);
	return code;
}

static void differ(struct weir_policy_case *result, const char *what, const char *is,
		   const char *wanted)
{
	size_t len = strlen(result->difference);

	if (!is)
		is = "";
	if (strcmp(is, wanted) == 0)
		return;
	result->met = false;
	(void)snprintf(result->difference + len, sizeof(result->difference) - len,
		       "%s%s is \"%s\", not \"%s\"", len ? ", " : "", what, is, wanted);
}

static int compare(const struct reading *r, const struct yaml_node *node,
		   struct weir_policy_case *result)
{
	static const char *const keys[] = {"action", "rule",	    "grant",  "alert",
					   "device", "unscannable", "refused"};
	const struct weir_verdict *v = &result->verdict;
	int action = (int)v->action, unscannable = v->unscannable, alert = v->alert;
	int refused = v->refused;
	int device = (int)result->device;
	char *rule = (char *)v->rule, *grant = (char *)v->grant;
	int code = want_map(r, node, "\"expect\"", keys, ARRAY_SIZE(keys));

	if (code >= 0)
		code = take_word(r, yaml_get(node, "action"), policy_actions, policy_actions_count,
				 &action);
	if (code >= 0)
		code = take_word(r, yaml_get(node, "device"), policy_device_actions,
				 policy_device_actions_count, &device);
	if (code >= 0)
		code = take_text(r, yaml_get(node, "rule"), &rule);
	if (code >= 0)
		code = take_text(r, yaml_get(node, "grant"), &grant);
	if (code >= 0)
		code = take_word(r, yaml_get(node, "unscannable"), yes_no, ARRAY_SIZE(yes_no),
				 &unscannable);
	if (code >= 0)
		code = take_word(r, yaml_get(node, "alert"), yes_no, ARRAY_SIZE(yes_no), &alert);
	if (code >= 0)
		code = take_word(r, yaml_get(node, "refused"), yes_no, ARRAY_SIZE(yes_no),
				 &refused);
	if (code < 0)
		return code;
	result->met = true;
	differ(result, "action", weir_action_name(v->action),
	       weir_action_name((enum weir_action)action));
	differ(result, "device", weir_device_action_name(result->device),
	       weir_device_action_name((enum weir_device_action)device));
	differ(result, "rule", v->rule, rule);
	differ(result, "grant", v->grant, grant);
	differ(result, "unscannable", yes_no[v->unscannable].name, yes_no[unscannable].name);
	differ(result, "alert", yes_no[v->alert].name, yes_no[alert].name);
	differ(result, "refused", yes_no[v->refused].name, yes_no[refused].name);
	return 0;
}

static int run_case(const struct reading *r, const struct weir_policy *policy,
		    const struct yaml_node *node, struct bench *bench,
		    struct weir_policy_case *result)
{
	static const char *const keys[] = {"name",     "channel",    "device", "host",
					   "distinct", "confidence", "status", "at",
					   "expect",   "customers",  "passed", "before"};
	struct weir_policy_input input = {
		.event = &bench->event, .findings = &bench->findings, .within = bench->within};
	const struct yaml_node *name_node = NULL, *expect = NULL;
	char *name = NULL;
	int passed = 0;
	int code = want_map(r, node, "a case", keys, ARRAY_SIZE(keys));

	if (code >= 0)
		code = want_key(r, node, "name", &name_node);
	if (code >= 0)
		code = take_text(r, name_node, &name);
	if (code >= 0)
		code = want_key(r, node, "expect", &expect);
	if (code >= 0)
		code = read_input(r, policy, node, bench, &input.now_ns);
	if (code >= 0)
		code = take_word(r, yaml_get(node, "passed"), yes_no, ARRAY_SIZE(yes_no), &passed);
	if (code < 0)
		return code;
	input.passed = passed;
	if (yaml_get(node, "device"))
		input.device = &bench->device;
	*result = (struct weir_policy_case){.name = name, .line = node->line};
	result->verdict = weir_policy_decide(policy, &input);
	result->device = weir_policy_device(policy, input.device).action;
	return compare(r, expect, result);
}

static int run_cases(const struct reading *r, const struct weir_policy *policy,
		     const struct yaml_node *root, weir_policy_case_fn fn, void *context)
{
	static const char *const keys[] = {"cases"};
	struct bench *bench _cleanup_(freep) = malloc(sizeof(*bench));
	const struct yaml_node *cases = NULL;
	int unmet = 0;
	int code = want_map(r, root, "a file of cases", keys, ARRAY_SIZE(keys));

	if (!bench)
		return weir_error_set(r->err, -ENOMEM, 0, 0, "no memory for the cases");
	if (code >= 0)
		code = want_key(r, root, "cases", &cases);
	if (code >= 0)
		code = want_list(r, cases, "\"cases\"");
	if (code >= 0 && cases->count > MAX_CASES)
		code = fail_node(r, cases, "more than %d cases", MAX_CASES);
	if (code < 0)
		return code;
	for (const struct yaml_node *n = cases->first; n; n = n->next) {
		struct weir_policy_case result;

		code = run_case(r, policy, n, bench, &result);
		if (code < 0)
			return code;
		unmet += !result.met;
		if (fn)
			fn(context, &result);
	}
	return unmet;
}

int weir_policy_cases(const struct weir_policy *policy, const char *yaml, size_t len,
		      weir_policy_case_fn fn, void *context, struct weir_error *reterr)
{
	struct arena arena _cleanup_(arena_done) = ARENA_INIT(ARENA_BYTES);
	struct weir_error unused;
	struct reading r = {&arena, reterr ? reterr : &unused};
	const struct yaml_node *root = NULL;
	int code = yaml_tree(yaml, len, &arena, &root, r.err);

	return code < 0 ? code : run_cases(&r, policy, root, fn, context);
}
