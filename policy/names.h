/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_POLICY_NAMES_H
#define WEIR_POLICY_NAMES_H

/* The words of the policy language and the numbers of the wire form. */

#include <stddef.h>

#include "weir/base/error.h"

struct word {
	const char *name;
	int value;
};

extern const struct word policy_actions[];
extern const size_t policy_actions_count;
extern const struct word policy_channels[];
extern const size_t policy_channels_count;
extern const struct word policy_device_actions[];
extern const size_t policy_device_actions_count;
/* Values are enum weir_usb_class. */
extern const struct word policy_usb_classes[];
extern const size_t policy_usb_classes_count;

/* The value of a word, -1 when it is none of these. */
int word_value(const struct word *words, size_t n, const char *text);

/* The name nearest to text, NULL when none is near enough to be meant. */
const char *nearest_name(const char *text, const char *const *names, size_t n);

/* "did you mean X?" when something is near, otherwise "known: a, b, c" as far as it fits. err may
 * be NULL. */
void hint_names(struct weir_error *err, const char *text, const char *const *names, size_t n);

#endif
