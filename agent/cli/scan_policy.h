/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CLI_SCAN_POLICY_H
#define WEIR_CLI_SCAN_POLICY_H

/* What a policy makes of a file that lies somewhere: the channel at rest. */

#include "scan_output.h"
#include "weir/base/macros.h"

struct weir_scan_policy;

/* Reads and compiles a policy's YAML; says on standard error what is wrong with it. */
int weir_scan_policy_load(const char *path, struct weir_scan_policy **ret) _must_use_;
void weir_scan_policy_free(struct weir_scan_policy *policy);

/* The policy's own detectors; they belong to it. */
const struct weir_custom *weir_scan_policy_customs(const struct weir_scan_policy *policy,
						   size_t *ret_count);

/* Fills classes, verdict and rule, which belong to the policy. */
void weir_scan_policy_judge(const struct weir_scan_policy *policy, struct weir_scan_result *result);

#endif
