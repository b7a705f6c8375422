/* SPDX-License-Identifier: Apache-2.0 */
#include "reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/parse.h"

#define MAX_WORDS 64

int fail_node(const struct reading *r, const struct yaml_node *node, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return weir_error_set(r->err, -EINVAL, node->line, node->column, "%s", text);
}

static int no_memory(const struct reading *r)
{
	return weir_error_set(r->err, -ENOMEM, 0, 0, "the file needs too much memory");
}

int want_map(const struct reading *r, const struct yaml_node *node, const char *what,
	     const char *const *keys, size_t n_keys)
{
	if (node->kind != YAML_MAP)
		return fail_node(r, node, "%s is a mapping of keys to values", what);
	for (const struct yaml_node *n = node->first; n && keys; n = n->next) {
		bool known = false;

		for (size_t i = 0; i < n_keys && !known; i++)
			known = strcmp(n->key->text, keys[i]) == 0;
		if (!known) {
			int code = fail_node(r, n->key, "\"%.64s\" is not known in %s",
					     n->key->text, what);

			hint_names(r->err, n->key->text, keys, n_keys);
			return code;
		}
	}
	return 0;
}

int want_list(const struct reading *r, const struct yaml_node *node, const char *what)
{
	if (node->kind != YAML_LIST)
		return fail_node(r, node, "%s is a list", what);
	return 0;
}

int want_key(const struct reading *r, const struct yaml_node *map, const char *key,
	     const struct yaml_node **ret)
{
	*ret = yaml_get(map, key);
	if (!*ret)
		return fail_node(r, map, "\"%s\" is missing", key);
	return 0;
}

static bool is_null(const struct yaml_node *node)
{
	return node->plain &&
	       (!*node->text || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0);
}

static int want_text(const struct reading *r, const struct yaml_node *node)
{
	const char *key = node->key ? node->key->text : "this";

	if (node->kind != YAML_TEXT)
		return fail_node(r, node, "\"%.64s\" is one value, not a %s", key,
				 node->kind == YAML_LIST ? "list" : "mapping");
	if (is_null(node))
		return fail_node(r, node, "\"%.64s\" has no value", key);
	return 0;
}

int take_text(const struct reading *r, const struct yaml_node *node, char **ret)
{
	char *copy;
	int code;

	if (!node)
		return 0;
	code = want_text(r, node);
	if (code < 0)
		return code;
	copy = arena_copy(r->arena, node->text, strlen(node->text));
	if (!copy)
		return no_memory(r);
	*ret = copy;
	return 0;
}

int take_u64(const struct reading *r, const struct yaml_node *node, uint64_t max, uint64_t *ret)
{
	uint64_t value;
	int code;

	if (!node)
		return 0;
	code = want_text(r, node);
	if (code < 0)
		return code;
	if (weir_parse_u64(node->text, &value) < 0 || value > max)
		return fail_node(r, node, "\"%.64s\" is no number from 0 to %ju", node->text,
				 (uintmax_t)max);
	*ret = value;
	return 0;
}

int take_word(const struct reading *r, const struct yaml_node *node, const struct word *words,
	      size_t n, int *ret)
{
	const char *names[MAX_WORDS];
	int code;

	if (!node)
		return 0;
	code = want_text(r, node);
	if (code < 0)
		return code;
	for (size_t i = 0; i < n && i < MAX_WORDS; i++) {
		names[i] = words[i].name;
		if (strcmp(node->text, words[i].name) == 0) {
			*ret = words[i].value;
			return 0;
		}
	}
	code = fail_node(r, node, "\"%.64s\" is not known here", node->text);
	hint_names(r->err, node->text, names, n);
	return code;
}

int take_texts(const struct reading *r, const struct yaml_node *node, char ***ret, size_t *ret_n)
{
	const struct yaml_node *item;
	size_t n = 0, count;
	char **list;

	if (!node)
		return 0;
	if (node->kind == YAML_MAP)
		return fail_node(r, node, "\"%.64s\" is a list",
				 node->key ? node->key->text : "this");
	count = node->kind == YAML_LIST ? node->count : 1;
	list = arena_alloc(r->arena, count * sizeof(*list));
	if (!list)
		return no_memory(r);
	item = node->kind == YAML_LIST ? node->first : node;
	for (; n < count; item = item->next, n++) {
		int code = take_text(r, item, &list[n]);

		if (code < 0)
			return code;
	}
	*ret = list;
	*ret_n = n;
	return 0;
}
