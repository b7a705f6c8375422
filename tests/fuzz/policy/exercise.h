/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_POLICY_EXERCISE_H
#define TESTS_FUZZ_POLICY_EXERCISE_H

#include "weir/policy/decide.h"

/* Asks a policy everything, and aborts when the kernel would refuse what the policy lets through.
 */
void exercise(const struct weir_policy *policy);

#endif
