/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the head of the human form and the way from an error of the common checks back to a place in
 * the text. */
#include "weir/policy/compile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "compile_body.h"
#include "weir/policy/decide.h"
#include "weir/proto/wire.h"

#define ARENA_BYTES    ((size_t)64 << 20)
#define EVIDENCE_BYTES 16384

static int want_exactly(const struct reading *r, const struct yaml_node *root, const char *key,
			const char *value)
{
	const struct yaml_node *node = NULL;
	char *text = NULL;
	int code = want_key(r, root, key, &node);

	if (code >= 0)
		code = take_text(r, node, &text);
	if (code >= 0 && strcmp(text, value) != 0) {
		code = fail_node(r, node, "\"%s\" is \"%.64s\", this version knows \"%s\"", key,
				 text, value);
		weir_error_hint(r->err, "write %s: %s", key, value);
	}
	return code;
}

static int compile_metadata(const struct reading *r, const struct yaml_node *root,
			    Weir__V1__Policy *policy)
{
	static const char *const keys[] = {"name", "owner", "reviewed"};
	const struct yaml_node *node = NULL;
	int code = want_key(r, root, "metadata", &node);

	if (code >= 0)
		code = want_map(r, node, "\"metadata\"", keys, ARRAY_SIZE(keys));
	if (code >= 0)
		code = take_text(r, yaml_get(node, "name"), &policy->name);
	if (code >= 0)
		code = take_text(r, yaml_get(node, "owner"), &policy->owner);
	if (code >= 0)
		code = take_text(r, yaml_get(node, "reviewed"), &policy->reviewed);
	return code;
}

static int compile_network(const struct reading *r, const struct yaml_node *node,
			   Weir__V1__Policy *policy)
{
	static const char *const keys[] = {"loopback", "exempt"};
	static const struct word words[] = {{"exempt", 0}, {"outside", 1}};
	int outside = 0, code;

	if (!node)
		return 0;
	code = want_map(r, node, "\"network\"", keys, ARRAY_SIZE(keys));
	if (code >= 0)
		code = take_word(r, yaml_get(node, "loopback"), words, ARRAY_SIZE(words), &outside);
	policy->loopback_outside = outside;
	if (code >= 0)
		code = compile_hosts(r, yaml_get(node, "exempt"), &policy->exempt,
				     &policy->n_exempt);
	return code;
}

static int compile_evidence(const struct reading *r, const struct yaml_node *node,
			    Weir__V1__Policy *policy)
{
	static const char *const keys[] = {"recipients", "max_bytes", "rules"};
	Weir__V1__PolicyEvidence *ret;
	int code;

	if (!node)
		return 0;
	code = want_map(r, node, "\"evidence\"", keys, ARRAY_SIZE(keys));
	if (code < 0)
		return code;
	ret = compile_alloc(r, sizeof(*ret));
	if (!ret)
		return -ENOMEM;
	weir__v1__policy_evidence__init(ret);
	policy->evidence = ret;
	ret->max_bytes = EVIDENCE_BYTES;
	code = take_texts(r, yaml_get(node, "recipients"), &ret->recipients, &ret->n_recipients);
	if (code >= 0)
		code = take_u64(r, yaml_get(node, "max_bytes"), UINT32_MAX, &ret->max_bytes);
	return code < 0 ? code : take_texts(r, yaml_get(node, "rules"), &ret->rules, &ret->n_rules);
}

static int compile_root(const struct reading *r, const struct yaml_node *root,
			Weir__V1__Policy *policy)
{
	static const char *const keys[] = {"apiVersion", "kind",      "metadata", "revision",
					   "network",	 "detectors", "classes",  "groups",
					   "devices",	 "rules",     "grants",	  "evidence"};
	int code = want_map(r, root, "a policy", keys, ARRAY_SIZE(keys));

	policy->schema = 1;
	if (code >= 0)
		code = want_exactly(r, root, "apiVersion", "weir/v1");
	if (code >= 0)
		code = want_exactly(r, root, "kind", "Policy");
	if (code >= 0)
		code = compile_metadata(r, root, policy);
	if (code >= 0)
		code = take_u64(r, yaml_get(root, "revision"), UINT64_MAX, &policy->revision);
	if (code >= 0)
		code = compile_network(r, yaml_get(root, "network"), policy);
	if (code >= 0)
		code = compile_detectors(r, yaml_get(root, "detectors"), policy);
	if (code >= 0)
		code = compile_classes(r, yaml_get(root, "classes"), policy);
	if (code >= 0)
		code = compile_groups(r, yaml_get(root, "groups"), policy);
	if (code >= 0)
		code = compile_devices(r, yaml_get(root, "devices"), policy);
	if (code >= 0)
		code = compile_rules(r, yaml_get(root, "rules"), policy);
	if (code >= 0)
		code = compile_grants(r, yaml_get(root, "grants"), policy);
	if (code >= 0)
		code = compile_evidence(r, yaml_get(root, "evidence"), policy);
	return code;
}

static const struct yaml_node *section_node(const struct yaml_node *root, const struct place *place)
{
	static const char *const keys[] = {
		[SECTION_DETECTOR] = "detectors", [SECTION_CLASS] = "classes",
		[SECTION_GROUP] = "groups",	  [SECTION_RULE] = "rules",
		[SECTION_GRANT] = "grants",	  [SECTION_DEVICE] = "devices",
	};
	const struct yaml_node *list;

	if (place->section == SECTION_POLICY)
		return root;
	list = yaml_get(root, keys[place->section]);
	return list ? yaml_item(list, place->index) : NULL;
}

/* The nearest thing that is written down: a key that is missing is blamed on what should hold it.
 */
static void set_place(const struct yaml_node *root, const struct place *place,
		      struct weir_error *err)
{
	const struct yaml_node *node = section_node(root, place);
	const char *key = place->key ? place->key : "";

	if (!node)
		node = root;
	if (!node)
		return;
	if (!*key && node->key)
		node = node->key;
	while (*key) {
		char part[32];
		size_t len = strcspn(key, ".");
		const struct yaml_node *child;

		(void)snprintf(part, sizeof(part), "%.*s", (int)len, key);
		child = yaml_get(node, part);
		if (!child)
			break;
		node = child;
		key += len + (key[len] == '.');
	}
	if (!*key && place->item >= 0 && node->kind == YAML_LIST) {
		const struct yaml_node *item = yaml_item(node, (unsigned)place->item);

		node = item ? item : node;
	}
	err->line = node->line;
	err->column = node->column;
}

/* What only the finished policy shows, such as too many destinations, has no place. */
static int pack(const Weir__V1__Policy *policy, struct weir_buf *ret, struct weir_error *err)
{
	struct weir_policy *made _cleanup_(weir_policy_freep) = NULL;
	size_t before = ret->len;
	int code = weir_wire_pack(&policy->base, ret);

	if (code < 0)
		return weir_error_set(err, code, 0, 0, "the compiled policy is too large");
	code = weir_policy_new(ret->data + before, ret->len - before, &made, err);
	if (code < 0) {
		ret->len = before;
		ret->data[before] = '\0';
	}
	return code;
}

static int compile(const struct reading *r, const char *yaml, size_t len, struct weir_buf *ret)
{
	Weir__V1__Policy policy = WEIR__V1__POLICY__INIT;
	const struct yaml_node *root = NULL;
	struct place place;
	int code = yaml_tree(yaml, len, r->arena, &root, r->err);

	if (code >= 0)
		code = compile_root(r, root, &policy);
	if (code < 0)
		return code;
	code = policy_check(&policy, &place, r->err);
	if (code < 0) {
		set_place(root, &place, r->err);
		return code;
	}
	return pack(&policy, ret, r->err);
}

int weir_policy_compile(const char *yaml, size_t len, struct weir_buf *ret,
			struct weir_error *reterr)
{
	struct arena arena _cleanup_(arena_done) = ARENA_INIT(ARENA_BYTES);
	struct weir_error unused;
	struct reading r = {&arena, reterr ? reterr : &unused};

	return compile(&r, yaml, len, ret);
}

int weir_policy_sources(const char *yaml, size_t len, weir_policy_source_fn fn, void *context,
			struct weir_error *reterr)
{
	struct arena arena _cleanup_(arena_done) = ARENA_INIT(ARENA_BYTES);
	struct weir_error unused;
	struct reading r = {&arena, reterr ? reterr : &unused};
	Weir__V1__Policy policy = WEIR__V1__POLICY__INIT;
	const struct yaml_node *root = NULL;
	int code = yaml_tree(yaml, len, r.arena, &root, r.err);

	if (code >= 0)
		code = compile_root(&r, root, &policy);
	if (code >= 0)
		code = compile_sources(&r, yaml_get(root, "detectors"), fn, context);
	return code;
}
