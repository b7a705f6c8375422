/* SPDX-License-Identifier: Apache-2.0 */
/* Rules for devices: which one holds, what the kernel gets for it, and what it does before anybody has
 * told it. */
#include "make.h"

#include "weir/policy/cases.h"
#include "weir/proto/wire.h"
#include "weir/v1/policy.pb-c.h"

#define GROUPS                                                                      \
	"groups:\n  own: {usb: [{vendor: '0951', serial: 'OK*'}]}\n  far: {hosts: " \
	"['192.0.2.1']}\n"

static const char rules[] = HEAD GROUPS
	"classes: {c: {level: C2, detectors: [cn_resident_id]}}\n"
	"devices:\n"
	"  - {id: own-locked, group: own, encrypted: yes, action: allow}\n"
	"  - {id: own-open, group: [own], encrypted: no, action: read-only, message: {zh: "
	"\xe8\xaf\xbb, "
	"en: ro}}\n"
	"  - {id: by-hand, vendor: '04A?', product: '1*f', serial: 'S?2', action: content}\n"
	"  - {id: printers, class: printer, vendor: dead, action: block}\n"
	"  - {id: phones, class: [imaging, adb], action: block, message: {en: no phone}}\n"
	"  - {id: rest, class: mass-storage, action: block}\n"
	"rules:\n"
	"  - {id: r, channel: removable, content: {class: c, distinct: '>=5'}, action: block}\n";

static struct weir_device stick(const char *vendor, const char *product, const char *serial,
				uint32_t interfaces, bool encrypted)
{
	struct weir_device ret = make_stick(vendor, product, serial);

	ret.interfaces = interfaces;
	ret.encrypted = encrypted;
	return ret;
}

#define STORE WEIR_USB_SET(WEIR_USB_MASS_STORAGE)
#define IMAGE WEIR_USB_SET(WEIR_USB_IMAGING)
#define PRINT WEIR_USB_SET(WEIR_USB_PRINTER)
#define HID   WEIR_USB_SET(WEIR_USB_HID)

static void device__first_match_decides(void **state)
{
	static const struct {
		const char *vendor, *product, *serial;
		uint32_t interfaces;
		bool encrypted;
		enum weir_device_action action;
		const char *rule;
		uint8_t volume, node;
	} table[] = {
		{"0951", "1666", "OK1", STORE, true, WEIR_DEVICE_ALLOW, "own-locked",
		 WEIR_ABI_PROFILE_NONE, WEIR_ABI_PROFILE_NONE},
		{"0951", "1666", "OK1", STORE, false, WEIR_DEVICE_READ_ONLY, "own-open",
		 WEIR_ABI_PROFILE_READ_ONLY, WEIR_ABI_PROFILE_BLOCKED},
		{"0951", "1666", "NO1", STORE, true, WEIR_DEVICE_BLOCK, "rest",
		 WEIR_ABI_PROFILE_BLOCKED, WEIR_ABI_PROFILE_BLOCKED},
		{"04a9", "10ff", "S12", STORE, false, WEIR_DEVICE_CONTENT, "by-hand",
		 WEIR_ABI_PROFILE_REMOVABLE, WEIR_ABI_PROFILE_BLOCKED},
		{"04a9", "10ff", "S123", STORE, false, WEIR_DEVICE_BLOCK, "rest",
		 WEIR_ABI_PROFILE_BLOCKED, WEIR_ABI_PROFILE_BLOCKED},
		{"04a9", "10fe", "S12", IMAGE, false, WEIR_DEVICE_BLOCK, "phones",
		 WEIR_ABI_PROFILE_BLOCKED, WEIR_ABI_PROFILE_BLOCKED},
		{"18d1", "4ee7", "A", IMAGE | WEIR_USB_SET(WEIR_USB_ADB), false, WEIR_DEVICE_BLOCK,
		 "phones", WEIR_ABI_PROFILE_BLOCKED, WEIR_ABI_PROFILE_BLOCKED},
		/* What takes no files goes on working, unless a rule names it. */
		{"03f0", "0001", "P", PRINT, false, WEIR_DEVICE_CONTENT, "",
		 WEIR_ABI_PROFILE_REMOVABLE, WEIR_ABI_PROFILE_NONE},
		{"dead", "0001", "P", PRINT, false, WEIR_DEVICE_BLOCK, "printers",
		 WEIR_ABI_PROFILE_BLOCKED, WEIR_ABI_PROFILE_BLOCKED},
		{"1050", "0407", "K", HID, false, WEIR_DEVICE_CONTENT, "",
		 WEIR_ABI_PROFILE_REMOVABLE, WEIR_ABI_PROFILE_NONE},
		{"18d1", "4ee1", "charging", WEIR_USB_SET(WEIR_USB_VENDOR), false,
		 WEIR_DEVICE_CONTENT, "", WEIR_ABI_PROFILE_REMOVABLE, WEIR_ABI_PROFILE_NONE},
	};
	struct weir_policy *policy = make_policy(rules);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct weir_device device =
			stick(table[i].vendor, table[i].product, table[i].serial,
			      table[i].interfaces, table[i].encrypted);
		struct weir_device_verdict verdict = weir_policy_device(policy, &device);

		if (verdict.action != table[i].action || strcmp(verdict.rule, table[i].rule) != 0)
			fail_msg("row %zu: %s by \"%s\"", i,
				 weir_device_action_name(verdict.action), verdict.rule);
		assert_int_equal(
			weir_policy_volume_profile(policy, WEIR_ABI_CHANNEL_REMOVABLE, &device),
			table[i].volume);
		assert_int_equal(weir_policy_node_profile(policy, &device), table[i].node);
	}
	weir_policy_free(policy);
}

static void device__only_usb(void **state)
{
	struct weir_policy *policy = make_policy(rules);
	struct weir_device device = stick("0951", "1666", "NO1", STORE, false);

	(void)state;
	(void)snprintf(device.bus, sizeof(device.bus), "loop");
	assert_int_equal(weir_policy_device(policy, &device).action, WEIR_DEVICE_CONTENT);
	assert_int_equal(weir_policy_device(policy, NULL).action, WEIR_DEVICE_CONTENT);
	weir_policy_free(policy);
}

static void device__kernel_form(void **state)
{
	struct weir_policy *policy = make_policy(rules);
	struct weir_abi_dest dests[WEIR_ABI_DESTS];
	struct weir_abi_config config = {0};
	const struct weir_abi_profile *ro = &config.profiles[WEIR_ABI_PROFILE_READ_ONLY];
	const struct weir_abi_profile *no = &config.profiles[WEIR_ABI_PROFILE_BLOCKED];

	(void)state;
	assert_true(weir_policy_kernel(policy, &config, dests) >= 0);
	assert_int_equal(ro->on_open, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(ro->flags, WEIR_ABI_PROFILE_UNCHANGED);
	assert_int_equal(no->on_open, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(no->flags, WEIR_ABI_PROFILE_UNCHANGED | WEIR_ABI_PROFILE_UNREAD);
	assert_int_equal(config.flags, WEIR_ABI_CONFIG_UNREAD);
	weir_policy_free(policy);
}

/* A device that the agent has not seen gets the strictest that could be meant. */
static void device__unknown(void **state)
{
	static const struct {
		const char *devices;
		uint8_t volume, node;
		uint32_t flags;
	} table[] = {
		{"", WEIR_ABI_PROFILE_REMOVABLE, WEIR_ABI_PROFILE_BLOCKED, 0},
		{"devices: [{id: d, group: own, action: allow}]\n", WEIR_ABI_PROFILE_REMOVABLE,
		 WEIR_ABI_PROFILE_BLOCKED, 0},
		{"devices: [{id: d, action: allow}]\n", WEIR_ABI_PROFILE_NONE,
		 WEIR_ABI_PROFILE_NONE, 0},
		{"devices: [{id: d, class: imaging, action: block}]\n", WEIR_ABI_PROFILE_REMOVABLE,
		 WEIR_ABI_PROFILE_BLOCKED, WEIR_ABI_CONFIG_UNREAD},
		{"devices: [{id: d, serial: X, action: read-only}]\n", WEIR_ABI_PROFILE_READ_ONLY,
		 WEIR_ABI_PROFILE_BLOCKED, 0},
		{"devices: [{id: d, action: content}, {id: e, action: block}]\n",
		 WEIR_ABI_PROFILE_REMOVABLE, WEIR_ABI_PROFILE_BLOCKED, WEIR_ABI_CONFIG_UNREAD},
		{"devices: [{id: d, group: own, action: content}, {id: e, action: block}]\n",
		 WEIR_ABI_PROFILE_BLOCKED, WEIR_ABI_PROFILE_BLOCKED, WEIR_ABI_CONFIG_UNREAD},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct weir_abi_dest dests[WEIR_ABI_DESTS];
		struct weir_abi_config config = {0};
		struct weir_policy *policy;
		char yaml[2000];

		(void)snprintf(yaml, sizeof(yaml),
			       HEAD GROUPS
			       "classes: {c: {level: C2, detectors: [cn_resident_id]}}\n%s"
			       "rules: [{id: r, channel: removable, content: {class: c, "
			       "distinct: '>=5'}, action: block}]\n",
			       table[i].devices);
		policy = make_policy(yaml);
		assert_true(weir_policy_kernel(policy, &config, dests) >= 0);
		if (config.usb_volume != table[i].volume || config.usb_node != table[i].node ||
		    config.flags != table[i].flags)
			fail_msg("row %zu: %u %u %u", i, config.usb_volume, config.usb_node,
				 config.flags);
		weir_policy_free(policy);
	}
}

/* Rules that let everything on a stick through leave usbfs alone too. */
static void device__nothing_refused(void **state)
{
	struct weir_policy *policy = make_policy(HEAD);
	struct weir_device phone = stick("18d1", "4ee1", "A", IMAGE, false);
	struct weir_abi_dest dests[WEIR_ABI_DESTS];
	struct weir_abi_config config = {0};

	(void)state;
	assert_true(weir_policy_kernel(policy, &config, dests) >= 0);
	assert_int_equal(config.usb_node, WEIR_ABI_PROFILE_NONE);
	assert_int_equal(weir_policy_node_profile(policy, &phone), WEIR_ABI_PROFILE_NONE);
	weir_policy_free(policy);
}

static struct weir_verdict decide(const struct weir_policy *policy, struct weir_device *device,
				  enum weir_abi_action action, enum weir_abi_cause cause,
				  uint8_t profile)
{
	struct weir_event event = {.channel = WEIR_ABI_CHANNEL_REMOVABLE,
				   .action = action,
				   .cause = cause,
				   .profile = profile};
	struct weir_policy_input input = {.event = &event, .device = device};

	return weir_policy_decide(policy, &input);
}

static void device__events_name_the_rule(void **state)
{
	struct weir_policy *policy = make_policy(rules);
	struct weir_device own = stick("0951", "1", "OK", STORE, false);
	struct weir_device locked = stick("0951", "1", "OK", STORE, true);
	struct weir_device loose = stick("04a9", "10ff", "S12", STORE, false);
	struct weir_verdict v;

	(void)state;
	v = decide(policy, &own, WEIR_ABI_ACTION_BLOCK, WEIR_ABI_CAUSE_DEVICE,
		   WEIR_ABI_PROFILE_READ_ONLY);
	assert_string_equal(v.rule, "own-open");
	assert_string_equal(v.message_en, "ro");
	assert_string_equal(v.message_zh, "\xe8\xaf\xbb");
	assert_int_equal(v.action, WEIR_ACTION_BLOCK);
	assert_true(v.alert);
	/* What slipped past on a tier that can't refuse it. */
	v = decide(policy, &own, WEIR_ABI_ACTION_AUDIT, WEIR_ABI_CAUSE_NONE, 0);
	assert_int_equal(v.action, WEIR_ACTION_BLOCK);
	assert_string_equal(v.rule, "own-open");
	v = decide(policy, &locked, WEIR_ABI_ACTION_AUDIT, WEIR_ABI_CAUSE_NONE, 0);
	assert_int_equal(v.action, WEIR_ACTION_ALLOW);
	assert_string_equal(v.rule, "own-locked");
	assert_false(v.alert);
	/* usbfs under the rules for content: the rule that would have refused it. */
	v = decide(policy, &loose, WEIR_ABI_ACTION_BLOCK, WEIR_ABI_CAUSE_DEVICE,
		   WEIR_ABI_PROFILE_BLOCKED);
	assert_int_equal(v.action, WEIR_ACTION_BLOCK);
	weir_policy_free(policy);
}

static void device__errors_have_a_place(void **state)
{
	static const struct {
		const char *text, *reason;
		unsigned column;
	} table[] = {
		{"- {id: a, action: allow, colour: red}", "\"colour\" is not known", 28},
		{"- {id: a}", "\"action\" is missing", 5},
		{"- {id: a, action: warn}", "\"warn\" is not known here", 21},
		{"- {action: allow}", "\"id\" is missing", 5},
		{"- {id: a, vendor: '95', action: allow}", "\"vendor\" is not four", 21},
		{"- {id: a, product: 'xyz*', action: allow}", "\"product\" is not four", 22},
		{"- {id: a, class: stick, action: allow}", "no interface class \"stick\"", 20},
		{"- {id: a, class: [imaging, disk], action: allow}", "no interface class \"disk\"",
		 30},
		{"- {id: a, group: nobody, action: allow}", "there is no group \"nobody\"", 20},
		{"- {id: a, group: far, action: allow}", "has no usb entries", 20},
		{"- {id: a, encrypted: maybe, action: allow}", "\"maybe\" is not known", 24},
		{"- {id: r, action: allow}", "is a rule's id already", 10},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT((size_t)1 << 20);
		struct weir_error err = {0};
		char yaml[1000];

		(void)snprintf(yaml, sizeof(yaml),
			       HEAD GROUPS "devices:\n  %s\nrules: [{id: r, action: audit}]\n",
			       table[i].text);
		assert_int_equal(weir_policy_compile(yaml, strlen(yaml), &wire, &err), -EINVAL);
		if (!strstr(err.text, table[i].reason) || err.line != 8 ||
		    err.column != table[i].column)
			fail_msg("%s: %u:%u: %s", table[i].text, err.line, err.column, err.text);
	}
}

static void device__cases(void **state)
{
	static const char cases[] =
		"cases:\n"
		"  - {name: open, channel: removable, device: {vendor: '0951', serial: OK}, "
		"expect: "
		"{action: block, rule: own-open, device: read-only, alert: true}}\n"
		"  - {name: locked, channel: removable, device: {vendor: '0951', serial: OK, "
		"encrypted: yes}, expect: {action: allow, rule: own-locked, device: allow}}\n"
		"  - {name: phone, channel: removable, device: {class: [vendor, imaging]}, expect: "
		"{device: block, rule: phones}}\n"
		"  - {name: none, channel: removable, expect: {device: content, rule: ''}}\n";
	struct weir_policy *policy = make_policy(rules);
	struct weir_error err = {0};

	(void)state;
	assert_int_equal(weir_policy_cases(policy, cases, strlen(cases), NULL, NULL, &err), 0);
	weir_policy_free(policy);
}

static void device__hidden_rule_is_warned_of(void **state)
{
	struct weir_policy *policy =
		make_policy(HEAD "devices:\n  - {id: a, action: content}\n"
				 "  - {id: b, class: imaging, action: block}\n"
				 "  - {id: c, class: vendor, action: block}\n");
	struct weir_error err = {0};

	(void)state;
	assert_true(weir_policy_warning(policy, 0, &err));
	assert_non_null(strstr(err.text, "device rule \"b\" is never reached: \"a\""));
	assert_false(weir_policy_warning(policy, 1, &err));
	weir_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(device__first_match_decides),
		cmocka_unit_test(device__only_usb),
		cmocka_unit_test(device__kernel_form),
		cmocka_unit_test(device__unknown),
		cmocka_unit_test(device__nothing_refused),
		cmocka_unit_test(device__events_name_the_rule),
		cmocka_unit_test(device__errors_have_a_place),
		cmocka_unit_test(device__cases),
		cmocka_unit_test(device__hidden_rule_is_warned_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
