/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CLI_LEARN_PARTS_H
#define WEIR_CLI_LEARN_PARTS_H

#include "weir/cli/learn.h"

/* Values of one length; modulus 0 when no sum explains their last character. */
void learn_weights(const char *const *values, size_t n, unsigned len,
		   struct weir_learn_weights *ret);

/* The form as PCRE2 that the engine finds quickly where it can. False when it does not fit. */
bool learn_pattern(const struct weir_learn_form *form, char *ret, size_t size);

#endif
