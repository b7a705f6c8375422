/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICY_READER_H
#define WEIR_POLICY_READER_H

/* Values out of a YAML tree, each with an error at its place. Every function returns 0 or a
 * negative errno with *err set and leaves its output alone on failure. A node that is NULL means
 * the key is not there: optional outputs keep what they had. */

#include <stdint.h>

#include "names.h"
#include "yaml_tree.h"

struct reading {
	struct arena *arena;
	struct weir_error *err;
};

/* Sets the error at the node's place. */
int fail_node(const struct reading *r, const struct yaml_node *node, const char *fmt, ...)
	_printf_(3, 4);

/* what names the thing in the error: "a rule". */
int want_map(const struct reading *r, const struct yaml_node *node, const char *what,
	     const char *const *keys, size_t n_keys);
int want_list(const struct reading *r, const struct yaml_node *node, const char *what);
/* The key must be there. */
int want_key(const struct reading *r, const struct yaml_node *map, const char *key,
	     const struct yaml_node **ret);

int take_text(const struct reading *r, const struct yaml_node *node, char **ret);
int take_u64(const struct reading *r, const struct yaml_node *node, uint64_t max, uint64_t *ret);
int take_word(const struct reading *r, const struct yaml_node *node, const struct word *words,
	      size_t n, int *ret);
/* A list of texts, or one text alone. */
int take_texts(const struct reading *r, const struct yaml_node *node, char ***ret, size_t *ret_n);

#endif
