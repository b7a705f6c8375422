/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIRCTL_COMMANDS_H
#define WEIRCTL_COMMANDS_H

/* The rows, each defined in cmd_<name>.c (those that change alerts in cmd_alert_change.c) as weirctl_cmd_<name>. */

#include "command.h"

/* clang-format off */
#define WEIRCTL_COMMANDS(X) \
	X(alert_ls) \
	X(alert_show) \
	X(alert_assign) \
	X(alert_comment) \
	X(alert_close) \
	X(alert_reopen) \
	X(alert_suppress) \
	X(event_ls) \
	X(event_show) \
	X(agent_ls) \
	X(policy_lint) \
	X(policy_create) \
	X(policy_ls) \
	X(policy_show) \
	X(policy_diff) \
	X(policy_simulate) \
	X(policy_sign) \
	X(policy_publish) \
	X(policy_promote) \
	X(policy_halt) \
	X(policy_withdraw) \
	X(policy_undo) \
	X(key_make) \
	X(key_add) \
	X(key_ls) \
	X(key_approve) \
	X(key_revoke) \
	X(grant_ls) \
	X(grant_show) \
	X(grant_request) \
	X(grant_approve) \
	X(grant_refuse) \
	X(grant_end) \
	X(evidence_key) \
	X(evidence_request) \
	X(evidence_ls) \
	X(evidence_show) \
	X(evidence_approve) \
	X(evidence_deny) \
	X(evidence_get) \
	X(endpoint_ls) \
	X(endpoint_approve) \
	X(endpoint_revoke) \
	X(enrollment_ls) \
	X(enrollment_add) \
	X(enrollment_revoke) \
	X(report_ls) \
	X(report_run) \
	X(report_mark) \
	X(report_trained) \
	X(report_day) \
	X(report_days) \
	X(incident_open) \
	X(incident_show) \
	X(incident_add) \
	X(incident_state) \
	X(incident_draft) \
	X(incident_sent) \
	X(incident_close) \
	X(sink_ls) \
	X(sink_add) \
	X(sink_rm) \
	X(sink_test) \
	X(login) \
	X(logout) \
	X(whoami) \
	X(user_ls) \
	X(user_add) \
	X(user_change) \
	X(token_ls) \
	X(token_add) \
	X(token_revoke) \
	X(audit_tail) \
	X(audit_export) \
	X(audit_verify) \
	X(context_ls) \
	X(context_use) \
	X(context_add) \
	X(api) \
	X(completion) \
	X(man)
/* clang-format on */

#define WEIRCTL_DECLARE(name) extern const struct weirctl_command weirctl_cmd_##name;
WEIRCTL_COMMANDS(WEIRCTL_DECLARE)

#endif
