/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's configuration: one table of keys, filled from YAML or the command line. */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/daemon/config.h"
#include "weir/dsse/keys.h"

#define DEPTH_MAX 4
#define KEY_MAX	  64

enum kind {
	KIND_PATH,    /* absolute, char * */
	KIND_PROGRAM, /* absolute path, or off: "" */
	KIND_PATHS,   /* list of absolute paths */
	KIND_WORDS,   /* list of words */
	KIND_NAME,    /* a word or nothing, char * */
	KIND_NUMBER,
	KIND_SIZE,
	KIND_DURATION,
	KIND_BOOL,
	KIND_FLOOR,
	KIND_TIMEOUT_ACTION, /* release | exit */
	KIND_PROTECT,	     /* auto | off | on */
};

struct key {
	const char *name;
	enum kind kind;
	size_t offset;
	uint64_t max; /* of a number */
};

#define KEY(key_name, key_kind, field, key_max)                                                    \
	{                                                                                          \
		.name = key_name, .kind = key_kind, .offset = offsetof(struct weir_config, field), \
		.max = key_max                                                                     \
	}

static const struct key keys[] = {
	KEY("state_dir", KIND_PATH, state_dir, 0),
	KEY("runtime_dir", KIND_PATH, runtime_dir, 0),
	KEY("spool_dir", KIND_PATH, spool_dir, 0),
	KEY("spool_max", KIND_SIZE, spool_max_bytes, UINT64_C(1) << 40),
	KEY("evidence_max", KIND_SIZE, evidence_max_bytes, UINT64_C(1) << 32),
	KEY("pin_dir", KIND_PATH, pin_dir, 0),
	KEY("cgroup", KIND_PATH, cgroup, 0),
	KEY("policy", KIND_PATH, policy, 0),
	KEY("signed_policy.keys", KIND_PATH, signed_keys, 0),
	KEY("signed_policy.threshold", KIND_NUMBER, signed_threshold, WEIR_DSSE_KEYS_MAX),
	KEY("signed_policy.tenant", KIND_NAME, signed_tenant, 0),
	KEY("signed_policy.group", KIND_NAME, signed_group, 0),
	KEY("best_tier", KIND_NUMBER, best_tier, 4),
	KEY("self_test", KIND_DURATION, self_test_ns, 86400 * WEIR_NSEC_PER_SEC),
	KEY("debug", KIND_BOOL, debug, 0),
	KEY("protect.mode", KIND_PROTECT, protect, 0),
	KEY("protect.keys", KIND_PATH, protect_keys, 0),
	KEY("protect.files", KIND_PATHS, protect_files, 0),
	KEY("watch.paths", KIND_PATHS, watch_paths, 0),
	KEY("watch.exclude", KIND_PATHS, watch_exclude, 0),
	KEY("sinks.removable.mounts", KIND_PATHS, removable_mounts, 0),
	KEY("sinks.removable.filesystems", KIND_WORDS, removable_filesystems, 0),
	KEY("sinks.share.mounts", KIND_PATHS, share_mounts, 0),
	KEY("sinks.share.filesystems", KIND_WORDS, share_filesystems, 0),
	KEY("inspect.program", KIND_PATH, inspect_program, 0),
	KEY("inspect.pdf", KIND_PROGRAM, inspect_pdf, 0),
	KEY("inspect.ocr", KIND_PROGRAM, inspect_ocr, 0),
	KEY("inspect.workers", KIND_NUMBER, inspect_workers, 64),
	KEY("inspect.queue", KIND_NUMBER, inspect_queue, 65536),
	KEY("inspect.timeout", KIND_DURATION, inspect_timeout_ns, 600 * WEIR_NSEC_PER_SEC),
	KEY("inspect.max_bytes", KIND_SIZE, inspect_max_bytes, UINT64_C(1) << 40),
	KEY("inspect.memory", KIND_SIZE, inspect_memory_bytes, UINT64_C(1) << 36),
	KEY("gate.enabled", KIND_BOOL, gate_enabled, 0),
	KEY("gate.budget", KIND_DURATION, gate_budget_ns, 60 * WEIR_NSEC_PER_SEC),
	KEY("gate.remember", KIND_DURATION, gate_taint_ns, 86400 * WEIR_NSEC_PER_SEC),
	KEY("gate.on_timeout", KIND_TIMEOUT_ACTION, gate_exit_on_timeout, 0),
	KEY("floors.file", KIND_FLOOR, floor_file, 0),
	KEY("floors.removable", KIND_FLOOR, floor_removable, 0),
	KEY("floors.share", KIND_FLOOR, floor_share, 0),
	KEY("floors.network", KIND_FLOOR, floor_network, 0),
	KEY("floors.at_rest", KIND_FLOOR, floor_at_rest, 0),
};

static bool is_list(const struct key *key)
{
	return key->kind == KIND_PATHS || key->kind == KIND_WORDS;
}

static const struct key *find_key(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static bool is_section(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strncmp(keys[i].name, name, len) == 0 && keys[i].name[len] == '.')
			return true;
	return false;
}

static void list_clear(struct weir_config_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i]);
	free(list->item);
	*list = (struct weir_config_list){0};
}

static int list_add(struct weir_config_list *list, const char *value)
{
	char *copy _cleanup_(freep) = strdup(value);
	char **item;

	if (list->count >= WEIR_CONFIG_LIST_MAX)
		return -E2BIG;
	item = reallocarray(list->item, list->count + 1, sizeof(*item));
	if (!item || !copy) {
		if (item)
			list->item = item;
		return -ENOMEM;
	}
	list->item = item;
	list->item[list->count++] = TAKE_PTR(copy);
	return 0;
}

/* A path that is compared with what the kernel says must be written as the kernel would. */
static int normal_path(const char *value, char path[static PATH_MAX])
{
	size_t len = strlen(value);

	if (value[0] != '/' || len >= PATH_MAX || strstr(value, "//") || strstr(value, "/../") ||
	    strstr(value, "/./") || (len > 2 && strcmp(value + len - 3, "/..") == 0))
		return -EINVAL;
	memcpy(path, value, len + 1);
	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	return 0;
}

static int set_string(char **slot, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*slot);
	*slot = copy;
	return 0;
}

static int set_path(const struct key *key, void *slot, const char *value)
{
	char path[PATH_MAX];

	if (key->kind == KIND_PROGRAM && strcmp(value, "off") == 0)
		return set_string(slot, "");
	if (normal_path(value, path) < 0)
		return -EINVAL;
	return key->kind == KIND_PATHS ? list_add(slot, path) : set_string(slot, path);
}

static int set_number(const struct key *key, uint64_t *slot, const char *value)
{
	uint64_t number;
	int r;

	switch (key->kind) {
	case KIND_SIZE:
		r = weir_parse_size(value, &number);
		break;
	case KIND_DURATION:
		r = weir_parse_duration(value, &number);
		break;
	default:
		r = weir_parse_u64(value, &number);
		break;
	}
	if (r < 0)
		return r;
	if (number > key->max)
		return -ERANGE;
	*slot = number;
	return 0;
}

static int choose(const char *value, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], value) == 0)
			return (int)i;
	return -EINVAL;
}

static int set_choice(const struct key *key, void *slot, const char *value)
{
	static const char *const truth[] = {"false", "true"};
	static const char *const floors[] = {"blind", "observed", "enforced"};
	static const char *const outcomes[] = {"release", "exit"};
	static const char *const modes[] = {"auto", "off", "on"};
	int r;

	if (key->kind == KIND_FLOOR || key->kind == KIND_PROTECT) {
		r = key->kind == KIND_FLOOR ? choose(value, floors, ARRAY_SIZE(floors))
					    : choose(value, modes, ARRAY_SIZE(modes));
		if (r >= 0)
			*(uint64_t *)slot = (uint64_t)r;
	} else {
		r = key->kind == KIND_BOOL ? choose(value, truth, ARRAY_SIZE(truth))
					   : choose(value, outcomes, ARRAY_SIZE(outcomes));
		if (r >= 0)
			*(bool *)slot = r == 1;
	}
	return r < 0 ? r : 0;
}

static const char *expected(const struct key *key)
{
	switch (key->kind) {
	case KIND_PATH:
	case KIND_PATHS:
		return "an absolute path without \"..\", \".\" or \"//\"";
	case KIND_PROGRAM:
		return "an absolute path without \"..\", \".\" or \"//\", or off";
	case KIND_WORDS:
	case KIND_NAME:
		return "a word";
	case KIND_NUMBER:
		return "a whole number";
	case KIND_SIZE:
		return "a size such as 64MiB";
	case KIND_DURATION:
		return "a duration such as 30s or 5min";
	case KIND_BOOL:
		return "true or false";
	case KIND_FLOOR:
		return "blind, observed or enforced";
	case KIND_TIMEOUT_ACTION:
		return "release or exit";
	case KIND_PROTECT:
		return "auto, off or on";
	}
	return "something else";
}

static int set_value(struct weir_config *config, const struct key *key, const char *value)
{
	void *slot = (char *)config + key->offset;

	switch (key->kind) {
	case KIND_PATH:
	case KIND_PROGRAM:
	case KIND_PATHS:
		return set_path(key, slot, value);
	case KIND_WORDS:
		return value[0] ? list_add(slot, value) : -EINVAL;
	case KIND_NAME:
		return set_string(slot, value);
	case KIND_NUMBER:
	case KIND_SIZE:
	case KIND_DURATION:
		return set_number(key, slot, value);
	default:
		return set_choice(key, slot, value);
	}
}

static int explain(int r, const struct key *key, unsigned line, unsigned column,
		   struct weir_error *reterr)
{
	if (r == -ENOMEM)
		return weir_error_set(reterr, r, line, column, "out of memory");
	if (r == -E2BIG)
		return weir_error_set(reterr, -EINVAL, line, column, "%s has more than %d entries",
				      key->name, WEIR_CONFIG_LIST_MAX);
	weir_error_set(reterr, -EINVAL, line, column, "%s is %s", key->name,
		       r == -ERANGE ? "out of its range" : "not what this key takes");
	if (r == -ERANGE && key->kind == KIND_NUMBER)
		weir_error_hint(reterr, "at most %llu", (unsigned long long)key->max);
	else
		weir_error_hint(reterr, "write %s", expected(key));
	return -EINVAL;
}

int weir_config_set(struct weir_config *config, const char *key, const char *value, bool replace,
		    struct weir_error *reterr)
{
	const struct key *known = find_key(key);
	int r;

	if (!known)
		return weir_error_set(reterr, -EINVAL, 0, 0, "there is no key \"%s\"", key);
	if (is_list(known) && replace)
		list_clear((void *)((char *)config + known->offset));
	r = set_value(config, known, value);
	return r < 0 ? explain(r, known, 0, 0, reterr) : 0;
}

struct reading {
	struct weir_config *config;
	yaml_document_t *document;
	struct weir_error *reterr;
};

#define fail_at(reading, node, ...)                                                       \
	weir_error_set((reading)->reterr, -EINVAL, (unsigned)(node)->start_mark.line + 1, \
		       (unsigned)(node)->start_mark.column + 1, __VA_ARGS__)

static const char *scalar(const yaml_node_t *node)
{
	/* A NUL inside would make the text seem shorter than what was checked. */
	if (!node || node->type != YAML_SCALAR_NODE ||
	    strlen((const char *)node->data.scalar.value) != node->data.scalar.length)
		return NULL;
	return (const char *)node->data.scalar.value;
}

static int read_scalar(struct reading *reading, const struct key *key, const yaml_node_t *node)
{
	const char *value = scalar(node);
	int r;

	if (!value)
		return fail_at(reading, node, "%s takes one plain value", key->name);
	r = set_value(reading->config, key, value);
	return r < 0 ? explain(r, key, (unsigned)node->start_mark.line + 1,
			       (unsigned)node->start_mark.column + 1, reading->reterr)
		     : 0;
}

static int read_list(struct reading *reading, const struct key *key, const yaml_node_t *node)
{
	if (node->type != YAML_SEQUENCE_NODE)
		return fail_at(reading, node, "%s takes a list", key->name);
	list_clear((void *)((char *)reading->config + key->offset));
	for (yaml_node_item_t *item = node->data.sequence.items.start;
	     item < node->data.sequence.items.top; item++) {
		int r = read_scalar(reading, key, yaml_document_get_node(reading->document, *item));

		if (r < 0)
			return r;
	}
	return 0;
}

static int read_mapping(struct reading *reading, const char *prefix, const yaml_node_t *node,
			unsigned depth);

static void hint_keys(struct weir_error *reterr, const char *prefix)
{
	char known[200] = "";
	size_t used = 0, len = strlen(prefix);

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *rest = keys[i].name + len;
		size_t word = strncmp(keys[i].name, prefix, len) == 0 ? strcspn(rest, ".") : 0;
		int n;

		if (word == 0 || used + word + 3 >= sizeof(known) ||
		    (i > 0 && strncmp(keys[i - 1].name, keys[i].name, len + word + 1) == 0))
			continue;
		n = snprintf(known + used, sizeof(known) - used, "%s%.*s", used ? ", " : "",
			     (int)word, rest);
		used += n > 0 ? (size_t)n : 0;
	}
	weir_error_hint(reterr, "known here: %s", known);
}

static int read_pair(struct reading *reading, const char *prefix, const yaml_node_pair_t *pair,
		     unsigned depth)
{
	const yaml_node_t *name_node = yaml_document_get_node(reading->document, pair->key);
	const yaml_node_t *value = yaml_document_get_node(reading->document, pair->value);
	const char *text = scalar(name_node);
	const struct key *key;
	char name[KEY_MAX];

	if (!text)
		return fail_at(reading, name_node, "%s", "a key is a plain word");
	if (snprintf(name, sizeof(name), "%s%s", prefix, text) >= (int)sizeof(name))
		name[0] = '\0';
	key = find_key(name);
	if (key)
		return is_list(key) ? read_list(reading, key, value)
				    : read_scalar(reading, key, value);
	if (name[0] && is_section(name) && strlen(name) + 1 < sizeof(name)) {
		char section[KEY_MAX + 1];

		(void)snprintf(section, sizeof(section), "%s.", name);
		return read_mapping(reading, section, value, depth + 1);
	}
	fail_at(reading, name_node, "unknown key \"%.64s\"", text);
	hint_keys(reading->reterr, prefix);
	return -EINVAL;
}

static bool repeated(struct reading *reading, const yaml_node_t *mapping,
		     const yaml_node_pair_t *pair)
{
	const char *name = scalar(yaml_document_get_node(reading->document, pair->key));

	for (yaml_node_pair_t *p = mapping->data.mapping.pairs.start; name && p < pair; p++) {
		const char *other = scalar(yaml_document_get_node(reading->document, p->key));

		if (other && strcmp(other, name) == 0)
			return true;
	}
	return false;
}

static int read_mapping(struct reading *reading, const char *prefix, const yaml_node_t *node,
			unsigned depth)
{
	if (node->type != YAML_MAPPING_NODE || depth > DEPTH_MAX)
		return fail_at(reading, node, "%skeys with values belong here", prefix);
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		int r;

		if (repeated(reading, node, pair))
			return fail_at(reading,
				       yaml_document_get_node(reading->document, pair->key), "%s",
				       "the key is given twice");
		r = read_pair(reading, prefix, pair, depth);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_document(struct weir_config *config, yaml_document_t *document,
			 struct weir_error *reterr)
{
	struct reading reading = {.config = config, .document = document, .reterr = reterr};
	yaml_node_t *root = yaml_document_get_root_node(document);

	if (!root || (root->type == YAML_SCALAR_NODE && root->data.scalar.length == 0))
		return 0; /* an empty file is the defaults */
	return read_mapping(&reading, "", root, 0);
}

int weir_config_load(struct weir_config *config, const char *yaml, size_t len,
		     struct weir_error *reterr)
{
	yaml_document_t document;
	yaml_parser_t parser;
	int r;

	if (len > WEIR_CONFIG_TEXT_MAX)
		return weir_error_set(reterr, -EINVAL, 0, 0, "longer than %u bytes",
				      WEIR_CONFIG_TEXT_MAX);
	if (!yaml_parser_initialize(&parser))
		return weir_error_set(reterr, -ENOMEM, 0, 0, "out of memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *)yaml, len);
	if (yaml_parser_load(&parser, &document)) {
		r = read_document(config, &document, reterr);
		yaml_document_delete(&document);
	} else {
		r = weir_error_set(reterr, -EINVAL, (unsigned)parser.problem_mark.line + 1,
				   (unsigned)parser.problem_mark.column + 1, "not YAML: %s",
				   parser.problem ? parser.problem : "it cannot be read");
	}
	yaml_parser_delete(&parser);
	return r;
}

static int set_defaults(struct weir_config *config)
{
	static const struct {
		const char *key, *value;
	} defaults[] = {
		{"state_dir", "/var/lib/weir"},
		{"runtime_dir", "/run/weir"},
		{"pin_dir", "/sys/fs/bpf/weir"},
		{"policy", "/etc/weir/policy.yaml"},
		{"inspect.program", "/usr/libexec/weir/weir-inspect"},
		{"inspect.workers", "2"},
		{"gate.enabled", "true"},
		{"gate.budget", "2s"},
		{"gate.remember", "2min"},
		{"protect.keys", "/etc/weir/unlock.d"},
		{"signed_policy.keys", "/etc/weir/policy.d"},
		{"signed_policy.threshold", "2"},
		{"signed_policy.tenant", "default"},
		{"signed_policy.group", ""},
		{"self_test", "5min"},
		{"floors.removable", "observed"},
		{"watch.paths", "/home"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		int r = weir_config_set(config, defaults[i].key, defaults[i].value, false, NULL);

		if (r < 0)
			return r;
	}
	return 0;
}

int weir_config_new(struct weir_config **ret)
{
	struct weir_config *config _cleanup_(weir_config_freep) = calloc(1, sizeof(*config));
	int r;

	if (!config)
		return -ENOMEM;
	r = set_defaults(config);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(config);
	return 0;
}

void weir_config_free(struct weir_config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		void *slot = (char *)config + keys[i].offset;

		if (is_list(&keys[i]))
			list_clear(slot);
		else if (keys[i].kind == KIND_PATH || keys[i].kind == KIND_PROGRAM ||
			 keys[i].kind == KIND_NAME)
			free(*(char **)slot);
	}
	free(config);
}
