/* SPDX-License-Identifier: Apache-2.0 */
/* The wire form on its own: it comes from the network, so nothing that the YAML side checks may be
 * taken for granted. */
#include "make.h"

#include "weir/proto/wire.h"
#include "weir/v1/policy.pb-c.h"

/* One valid policy of every part, made anew for each test so that one thing can be spoilt. */
struct parts {
	Weir__V1__Policy policy;
	Weir__V1__PolicyClass class, *classes[80];
	Weir__V1__UsbMatch usb, *usbs[1];
	Weir__V1__HostMatch host, exempt, *hosts[1], *exempts[1];
	Weir__V1__PolicyGroup group, *groups[1];
	Weir__V1__ContentCondition content;
	Weir__V1__PolicyRule rule, *rules[2];
	Weir__V1__Grant grant, *grants[1];
	Weir__V1__Channel channels[2];
	char *detectors[2], *to[1], *not_to[1], *covered[1];
	uint8_t address[16];
};

static void make_parts(struct parts *p)
{
	*p = (struct parts){
		.policy = WEIR__V1__POLICY__INIT,
		.class = WEIR__V1__POLICY_CLASS__INIT,
		.usb = WEIR__V1__USB_MATCH__INIT,
		.host = WEIR__V1__HOST_MATCH__INIT,
		.exempt = WEIR__V1__HOST_MATCH__INIT,
		.group = WEIR__V1__POLICY_GROUP__INIT,
		.content = WEIR__V1__CONTENT_CONDITION__INIT,
		.rule = WEIR__V1__POLICY_RULE__INIT,
		.grant = WEIR__V1__GRANT__INIT,
	};
	p->address[15] = 7;
	p->detectors[0] = (char *)"email";
	p->class.name = (char *)"c";
	p->class.level = (char *)"C1";
	p->class.n_detectors = 1;
	p->class.detectors = p->detectors;
	p->usb.vendor_id = (char *)"0951";
	p->host.address = (ProtobufCBinaryData){16, p->address};
	p->host.prefix_length = 128;
	p->exempt = p->host;
	p->group.name = (char *)"g";
	p->group.n_usb = 1;
	p->group.usb = p->usbs;
	p->usbs[0] = &p->usb;
	p->group.n_hosts = 1;
	p->group.hosts = p->hosts;
	p->hosts[0] = &p->host;
	p->content.class_name = (char *)"c";
	p->content.comparison = WEIR__V1__COMPARISON__COMPARISON_AT_LEAST;
	p->content.distinct = 1;
	p->rule.id = (char *)"r";
	p->rule.content = &p->content;
	p->rule.action = WEIR__V1__ACTION__ACTION_BLOCK;
	p->rule.n_channels = 1;
	p->rule.channels = p->channels;
	p->channels[0] = p->channels[1] = WEIR__V1__CHANNEL__CHANNEL_NETWORK;
	p->rule.to_groups = p->to;
	p->to[0] = p->not_to[0] = (char *)"g";
	p->rule.n_to_groups = 1;
	p->rule.not_to_groups = p->not_to;
	p->grant.id = (char *)"G";
	p->grant.recipient = p->grant.to_group = (char *)"g";
	p->grant.n_classes = 1;
	p->grant.classes = p->covered;
	p->covered[0] = (char *)"c";
	p->grant.purpose = p->grant.agreement = p->grant.approver = (char *)"x";
	p->grant.channel = WEIR__V1__CHANNEL__CHANNEL_NETWORK;
	p->grant.valid_from_ns = 1;
	p->grant.valid_until_ns = 2;
	p->policy.schema = 1;
	p->policy.name = (char *)"p";
	p->policy.revision = 9;
	p->policy.n_classes = p->policy.n_groups = p->policy.n_rules = p->policy.n_grants = 1;
	p->policy.n_exempt = 1;
	for (size_t i = 0; i < ARRAY_SIZE(p->classes); i++)
		p->classes[i] = &p->class;
	p->policy.classes = p->classes;
	p->groups[0] = &p->group;
	p->policy.groups = p->groups;
	p->rules[0] = p->rules[1] = &p->rule;
	p->policy.rules = p->rules;
	p->grants[0] = &p->grant;
	p->policy.grants = p->grants;
	p->exempts[0] = &p->exempt;
	p->policy.exempt = p->exempts;
}

static int try_parts(const struct parts *p, struct weir_error *err)
{
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT((size_t)1 << 20);
	struct weir_policy *policy _cleanup_(weir_policy_freep) = NULL;
	int r;

	assert_int_equal(weir_wire_pack(&p->policy.base, &wire), 0);
	r = weir_policy_new(wire.data, wire.len, &policy, err);
	assert_int_equal(r == 0, policy != NULL);
	return r;
}

static void policy__good(void **state)
{
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT(10000);
	struct weir_policy *policy = NULL;
	struct parts p;

	(void)state;
	make_parts(&p);
	assert_int_equal(weir_wire_pack(&p.policy.base, &wire), 0);
	assert_int_equal(weir_policy_new(wire.data, wire.len, &policy, NULL), 0);
	assert_int_equal(weir_policy_revision(policy), 9);
	assert_string_equal(weir_policy_name(policy), "p");
	assert_string_equal(weir_policy_class_name(policy, 0), "c");
	weir_policy_free(policy);
	weir_policy_free(NULL);
}

#define BAD(change, expected)                                    \
	do {                                                     \
		struct weir_error err_ = {0};                    \
		struct parts p;                                  \
		make_parts(&p);                                  \
		change;                                          \
		assert_int_equal(try_parts(&p, &err_), -EINVAL); \
		assert_string_equal(err_.text, expected);        \
		assert_int_equal(err_.line, 0);                  \
	} while (0)

static void policy__every_check(void **state)
{
	(void)state;
	BAD(p.policy.schema = 2, "policy 1: schema 2 is not known to this version");
	BAD(p.policy.name = (char *)"",
	    "policy 1, metadata.name: the policy's \"name\" is missing");
	BAD(p.policy.owner = (char *)"a\x07", "policy 1, metadata.owner: \"metadata.owner\" has a "
					      "control character");
	BAD(p.policy.n_classes = 65, "policy 1, classes: more than 64 classes");
	BAD(p.policy.n_classes = 2, "class 2: class \"c\" is there twice");
	BAD(p.policy.n_rules = 2, "rule 2, id: rule \"r\" is there twice");
	BAD(p.exempt.address.len = 0,
	    "policy 1, network.exempt: an address is needed here, not a name");
	BAD(p.class.level = (char *)"C9", "class 1, level: \"C9\" is no level");
	BAD(p.detectors[0] = (char *)"nothing",
	    "class 1, detectors: there is no detector \"nothing\"");
	BAD(p.class.min_confidence = 101,
	    "class 1, min_confidence: a confidence is between 0 and 100");
	BAD(p.group.n_usb = p.group.n_hosts = 0, "group 1: group \"g\" is empty");
	BAD(p.usb.vendor_id = (char *)"xyz1",
	    "group 1, usb: \"vendor\" is not four hexadecimal digits");
	BAD(p.usb.product_id = (char *)"1",
	    "group 1, usb: \"product\" is not four hexadecimal digits");
	BAD(p.host.address.len = 4,
	    "group 1, hosts: an address has 16 bytes and a prefix of at most "
	    "128 bits");
	BAD(p.host.prefix_length = 129,
	    "group 1, hosts: an address has 16 bytes and a prefix of at "
	    "most 128 bits");
	BAD(p.host.prefix_length = 120,
	    "group 1, hosts: the address has bits set behind its prefix");
	BAD(p.host.port = 65536, "group 1, hosts: a port is between 1 and 65535");
	BAD(p.host.address.len = 0, "group 1, hosts: a host needs an address or a name");
	BAD(p.rule.id = (char *)"a b", "rule 1, id: the rule's \"id\" is not a valid name");
	BAD(p.channels[0] = (Weir__V1__Channel)6, "rule 1, channel: channel number 6 is not known");
	BAD(p.channels[0] = (Weir__V1__Channel)0, "rule 1, channel: channel number 0 is not known");
	BAD(p.rule.n_channels = 2, "rule 1, channel: a channel is there twice");
	BAD(p.content.class_name = (char *)"d", "rule 1, content.class: there is no class \"d\"");
	BAD(p.content.comparison = (Weir__V1__Comparison)0,
	    "rule 1, content.distinct: comparison number 0 is not known");
	BAD(p.content.distinct = 0,
	    "rule 1, content.distinct: the number of distinct values is between 1 and 1000000");
	BAD(p.content.distinct = UINT64_MAX,
	    "rule 1, content.distinct: the number of distinct values is between 1 and 1000000");
	BAD(p.to[0] = (char *)"h", "rule 1, to: there is no group \"h\"");
	BAD(p.rule.n_not_to_groups = 1,
	    "rule 1, not_to: group \"g\" is in \"to\" and in \"not_to\"");
	BAD(p.rule.action = (Weir__V1__Action)0, "rule 1, action: rule \"r\" has no \"action\"");
	BAD(p.rule.action = (Weir__V1__Action)6, "rule 1, action: action number 6 is not known");
	BAD(p.rule.on_unscannable = (Weir__V1__Action)-1,
	    "rule 1, on_unscannable: action number -1 is not known");
	BAD(p.rule.message_en = (char *)"\x1b[2J",
	    "rule 1, message.en: \"message.en\" has a control character");
	BAD(p.grant.recipient = (char *)"h", "grant 1, recipient: there is no group \"h\"");
	BAD(p.grant.n_classes = 0, "grant 1, classes: grant \"G\" has no classes");
	BAD(p.grant.channel = WEIR__V1__CHANNEL__CHANNEL_FILE,
	    "grant 1, method.channel: a grant is for a way out of the machine");
	BAD(p.grant.to_group = (char *)"", "grant 1, method.to: there is no group \"\"");
	BAD(p.grant.approver = (char *)"", "grant 1, approver: \"approver\" is missing");
	BAD(p.grant.valid_until_ns = 1, "grant 1, valid: grant \"G\" ends before it begins");
}

static void policy__not_a_policy(void **state)
{
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT(10000);
	struct weir_policy *policy = NULL;
	struct weir_error err = {0};
	struct parts p;

	(void)state;
	assert_int_equal(weir_policy_new("\xff\xff\xff\xff", 4, &policy, &err), -EINVAL);
	assert_string_equal(err.text, "this is no compiled policy");
	make_parts(&p);
	p.policy.name = (char *)"caf\xe9";
	assert_int_equal(weir_wire_pack(&p.policy.base, &wire), 0);
	assert_int_equal(weir_policy_new(wire.data, wire.len, &policy, &err), -EINVAL);
	assert_string_equal(err.text, "this is no compiled policy");
	/* Nothing said is no policy either: the schema is not 1. */
	assert_int_equal(weir_policy_new(NULL, 0, &policy, &err), -EINVAL);
	assert_null(policy);
}

static void policy__cut_anywhere(void **state)
{
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT(10000);
	struct parts p;

	(void)state;
	make_parts(&p);
	assert_int_equal(weir_wire_pack(&p.policy.base, &wire), 0);
	for (size_t len = 0; len < wire.len; len++) {
		struct weir_policy *policy = NULL;

		(void)!weir_policy_new(wire.data, len, &policy, NULL);
		weir_policy_free(policy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policy__good),
		cmocka_unit_test(policy__every_check),
		cmocka_unit_test(policy__not_a_policy),
		cmocka_unit_test(policy__cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
