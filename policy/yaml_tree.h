/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICY_YAML_TREE_H
#define WEIR_POLICY_YAML_TREE_H

/* A YAML document as a tree that remembers places. Refused: anchors and aliases (they multiply),
 * tags, more than one document, keys that are no plain text, the same key twice, and anything over
 * the caps. */

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "weir/base/error.h"

#define YAML_BYTES_MAX ((size_t)1 << 20)
#define YAML_DEPTH_MAX 16
#define YAML_NODES_MAX 100000
#define YAML_KEYS_MAX  1024 /* of one mapping */

enum yaml_kind {
	YAML_TEXT = 1,
	YAML_LIST,
	YAML_MAP,
};

struct yaml_node {
	enum yaml_kind kind;
	bool plain;			       /* text without quotes */
	unsigned line, column;		       /* 1-based */
	const char *text;		       /* YAML_TEXT: NUL-terminated, without NUL inside */
	const struct yaml_node *key;	       /* inside a mapping: the key's own node */
	struct yaml_node *first, *last, *next; /* children, and the next one beside this */
	unsigned count;			       /* children */
};

/* 0, -EINVAL or -ENOMEM with *reterr. The tree belongs to arena. */
int yaml_tree(const char *text, size_t len, struct arena *arena, const struct yaml_node **ret,
	      struct weir_error *reterr) _must_use_;

/* The value under a key, NULL when it is not there or map is NULL. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

/* Number i of a list or mapping, NULL behind the end. */
const struct yaml_node *yaml_item(const struct yaml_node *node, unsigned i);

#endif
