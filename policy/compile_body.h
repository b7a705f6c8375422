/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICY_COMPILE_BODY_H
#define WEIR_POLICY_COMPILE_BODY_H

/* The sections of a policy, each from its YAML node (NULL: not there) into the wire form; memory
 * from the reading's arena. Only the notation is checked here, what it refers to is
 * policy_check()'s. */

#include "reader.h"
#include "weir/policy/compile.h"
#include "weir/v1/policy.pb-c.h"

int compile_detectors(const struct reading *r, const struct yaml_node *node,
		      Weir__V1__Policy *policy);
/* The detectors again, with their samples. */
int compile_sources(const struct reading *r, const struct yaml_node *node, weir_policy_source_fn fn,
		    void *context);
int compile_classes(const struct reading *r, const struct yaml_node *node,
		    Weir__V1__Policy *policy);
int compile_groups(const struct reading *r, const struct yaml_node *node, Weir__V1__Policy *policy);
int compile_devices(const struct reading *r, const struct yaml_node *node,
		    Weir__V1__Policy *policy);
int compile_rules(const struct reading *r, const struct yaml_node *node, Weir__V1__Policy *policy);
int compile_grants(const struct reading *r, const struct yaml_node *node, Weir__V1__Policy *policy);
int compile_content(const struct reading *r, const struct yaml_node *node,
		    Weir__V1__PolicyRule *rule);
int compile_first_open(const struct reading *r, const struct yaml_node *node,
		       Weir__V1__PolicyRule *rule);
int compile_message(const struct reading *r, const struct yaml_node *node, char **ret_zh,
		    char **ret_en);
int compile_hosts(const struct reading *r, const struct yaml_node *node, Weir__V1__HostMatch ***ret,
		  size_t *ret_n);
/* Zeroed memory, or NULL with the error set. */
void *compile_alloc(const struct reading *r, size_t size);

/* Allocates one message and puts it behind the others of its list. */
#define NEW_ITEM(r, list, n, init)                                                \
	({                                                                        \
		__typeof__(**(list)) *item_ = compile_alloc((r), sizeof(*item_)); \
		if (item_) {                                                      \
			init(item_);                                              \
			(list)[(n)++] = item_;                                    \
		}                                                                 \
		item_;                                                            \
	})

#endif
