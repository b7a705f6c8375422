/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICY_CHECK_STATE_H
#define WEIR_POLICY_CHECK_STATE_H

/* What the parts of policy_check() share. Each function returns 0 or -EINVAL with the error and its
 * place set. */

#include <errno.h>
#include <stdbool.h>

#include "check.h"

struct check {
	const Weir__V1__Policy *policy;
	struct place place;
	struct weir_error *err;
};

#define fail(c, ...) weir_error_set((c)->err, -EINVAL, 0, 0, __VA_ARGS__)

static inline void at(struct check *c, const char *key, int item)
{
	c->place.key = key;
	c->place.item = item;
}

#define MESSAGE_MAX_LEN 1024

/* check.c */
/* *ret (may be NULL) is the group. */
int check_group_exists(struct check *c, const char *name, const Weir__V1__PolicyGroup **ret);
int check_name(struct check *c, const char *key, const char *name, const char *what);
int check_text(struct check *c, const char *key, const char *text, size_t max, bool needed);

/* check_content.c */
int check_custom(struct check *c, const Weir__V1__PolicyDetector *detector);
int check_class(struct check *c, const Weir__V1__PolicyClass *class);
int check_class_exists(struct check *c, const char *name);
int check_content(struct check *c, const Weir__V1__ContentCondition *content);

/* check_evidence.c */
int check_evidence(struct check *c, const Weir__V1__PolicyEvidence *evidence);

/* check_first_open.c */
int check_first_open(struct check *c, const Weir__V1__PolicyRule *rule);
/* Of all rules together. */
int check_first_folders(struct check *c);

/* check_within.c */
/* The rule has content. */
int check_within(struct check *c, const Weir__V1__PolicyRule *rule);

/* check_device.c */
int check_device(struct check *c, const Weir__V1__DeviceRule *rule);

#endif
