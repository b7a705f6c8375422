/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_access/access.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const permission_names[WEIR_PERMIT_END_] = {
	[WEIR_PERMIT_ALERT_READ] = "alert.read",
	[WEIR_PERMIT_ALERT_TRIAGE] = "alert.triage",
	[WEIR_PERMIT_ALERT_CLOSE] = "alert.close",
	[WEIR_PERMIT_EVENT_READ] = "event.read",
	[WEIR_PERMIT_AGENT_READ] = "agent.read",
	[WEIR_PERMIT_AGENT_MANAGE] = "agent.manage",
	[WEIR_PERMIT_POLICY_READ] = "policy.read",
	[WEIR_PERMIT_POLICY_WRITE] = "policy.write",
	[WEIR_PERMIT_POLICY_PUBLISH] = "policy.publish",
	[WEIR_PERMIT_REGISTER_READ] = "register.read",
	[WEIR_PERMIT_REGISTER_WRITE] = "register.write",
	[WEIR_PERMIT_REGISTER_APPROVE] = "register.approve",
	[WEIR_PERMIT_EVIDENCE_REQUEST] = "evidence.request",
	[WEIR_PERMIT_EVIDENCE_APPROVE] = "evidence.approve",
	[WEIR_PERMIT_EVIDENCE_READ] = "evidence.read",
	[WEIR_PERMIT_AUDIT_READ] = "audit.read",
	[WEIR_PERMIT_USER_MANAGE] = "user.manage",
	[WEIR_PERMIT_EXPORT_MANAGE] = "export.manage",
	[WEIR_PERMIT_REPORT_READ] = "report.read",
	[WEIR_PERMIT_METRICS_READ] = "metrics.read",
};

#define P(name) WEIR_PERMISSION_BIT(WEIR_PERMIT_##name)

/* The whole of it: a role, its name, what it may do. Duties that check each other are apart: who
 * writes a policy does not publish it, who runs the machine reads no alert, who audits changes
 * nothing. */
static const struct {
	const char *name;
	weir_permissions permissions;
} roles_table[WEIR_ROLE_END_] = {
	[WEIR_ROLE_VIEWER] = {"viewer", P(ALERT_READ) | P(EVENT_READ) | P(AGENT_READ) |
						P(POLICY_READ) | P(REGISTER_READ) | P(REPORT_READ)},
	[WEIR_ROLE_ANALYST] = {"analyst",
			       P(ALERT_READ) | P(ALERT_TRIAGE) | P(EVENT_READ) | P(AGENT_READ) |
				       P(POLICY_READ) | P(REGISTER_READ) | P(REGISTER_WRITE) |
				       P(EVIDENCE_REQUEST) | P(EVIDENCE_READ) | P(REPORT_READ)},
	[WEIR_ROLE_SENIOR] = {"senior", P(ALERT_READ) | P(ALERT_TRIAGE) | P(ALERT_CLOSE) |
						P(EVENT_READ) | P(AGENT_READ) | P(POLICY_READ) |
						P(REGISTER_READ) | P(REGISTER_WRITE) |
						P(REGISTER_APPROVE) | P(EVIDENCE_REQUEST) |
						P(EVIDENCE_READ) | P(REPORT_READ)},
	[WEIR_ROLE_EVIDENCE_APPROVER] = {"evidence_approver",
					 P(ALERT_READ) | P(EVENT_READ) | P(EVIDENCE_APPROVE)},
	[WEIR_ROLE_POLICY_AUTHOR] = {"policy_author", P(POLICY_READ) | P(POLICY_WRITE) |
							      P(AGENT_READ) | P(REGISTER_READ) |
							      P(REPORT_READ)},
	[WEIR_ROLE_POLICY_PUBLISHER] = {"policy_publisher",
					P(POLICY_READ) | P(POLICY_PUBLISH) | P(AGENT_READ) |
						P(REGISTER_READ) | P(REPORT_READ)},
	[WEIR_ROLE_ADMINISTRATOR] = {"administrator", P(AGENT_READ) | P(AGENT_MANAGE) |
							      P(POLICY_READ) | P(USER_MANAGE) |
							      P(EXPORT_MANAGE) | P(METRICS_READ)},
	[WEIR_ROLE_AUDITOR] = {"auditor", P(AUDIT_READ)},
};

#undef P

const char *weir_permission_name(enum weir_permission permission)
{
	return permission < WEIR_PERMIT_END_ ? permission_names[permission] : NULL;
}

/* Reports count over all, exports take all, and who makes people could make some with every group. */
bool weir_permission_is_whole_fleet(enum weir_permission permission)
{
	return permission == WEIR_PERMIT_REPORT_READ || permission == WEIR_PERMIT_EXPORT_MANAGE ||
	       permission == WEIR_PERMIT_USER_MANAGE;
}

int weir_permission_parse(const char *name, enum weir_permission *ret)
{
	for (unsigned i = 0; i < WEIR_PERMIT_END_; i++) {
		if (permission_names[i] && strcmp(permission_names[i], name) == 0) {
			*ret = (enum weir_permission)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *weir_role_name(enum weir_role role)
{
	return role < WEIR_ROLE_END_ ? roles_table[role].name : NULL;
}

static int role_find(const char *name, size_t len, enum weir_role *ret)
{
	for (unsigned i = 0; i < WEIR_ROLE_END_; i++) {
		if (strlen(roles_table[i].name) == len &&
		    memcmp(roles_table[i].name, name, len) == 0) {
			*ret = (enum weir_role)i;
			return 0;
		}
	}
	return -EINVAL;
}

int weir_role_parse(const char *name, enum weir_role *ret)
{
	return role_find(name, strlen(name), ret);
}

int weir_roles_parse(const char *text, weir_roles *ret)
{
	weir_roles roles = 0;

	for (;;) {
		size_t len = strcspn(text, ",");
		enum weir_role role;

		if (role_find(text, len, &role) < 0 || roles & WEIR_ROLE_BIT(role))
			return -EINVAL;
		roles |= WEIR_ROLE_BIT(role);
		if (!text[len])
			break;
		text += len + 1;
	}
	*ret = roles;
	return 0;
}

void weir_roles_format(weir_roles roles, char text[static WEIR_ROLES_TEXT])
{
	size_t len = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < WEIR_ROLE_END_; i++)
		if (roles & WEIR_ROLE_BIT(i))
			len += (size_t)snprintf(text + len, WEIR_ROLES_TEXT - len, "%s%s",
						len ? "," : "", roles_table[i].name);
}

weir_permissions weir_roles_permissions(weir_roles roles)
{
	weir_permissions permissions = 0;

	for (unsigned i = 0; i < WEIR_ROLE_END_; i++)
		if (roles & WEIR_ROLE_BIT(i))
			permissions |= roles_table[i].permissions;
	return permissions;
}

static const weir_permissions content_permissions =
	WEIR_PERMISSION_BIT(WEIR_PERMIT_ALERT_READ) | WEIR_PERMISSION_BIT(WEIR_PERMIT_EVENT_READ) |
	WEIR_PERMISSION_BIT(WEIR_PERMIT_EVIDENCE_APPROVE) |
	WEIR_PERMISSION_BIT(WEIR_PERMIT_EVIDENCE_READ);

bool weir_roles_go_together(weir_roles roles)
{
	if (roles == 0 || roles & ~WEIR_ROLES_ALL)
		return false;
	if (roles & WEIR_ROLE_BIT(WEIR_ROLE_AUDITOR))
		return roles == WEIR_ROLE_BIT(WEIR_ROLE_AUDITOR);
	return !(roles & WEIR_ROLE_BIT(WEIR_ROLE_ADMINISTRATOR)) ||
	       !(weir_roles_permissions(roles) & content_permissions);
}

bool weir_name_valid(const char *name, size_t max)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz0123456789._-@";

	return *name && strlen(name) <= max && !name[strspn(name, good)] && *name != '.' &&
	       *name != '-' && *name != '@';
}

struct weir_principal weir_principal_developer(void)
{
	return (struct weir_principal){.id = WEIR_PRINCIPAL_DEVELOPER_ID,
				       .name = "developer",
				       .roles = WEIR_ROLES_ALL,
				       .permissions = weir_roles_permissions(WEIR_ROLES_ALL),
				       .every_group = true};
}

bool weir_principal_may(const struct weir_principal *principal, enum weir_permission permission)
{
	if (principal->id == 0)
		return false;
	if (permission == WEIR_PERMIT_PERSON)
		return true;
	return permission > WEIR_PERMIT_PERSON && permission < WEIR_PERMIT_END_ &&
	       principal->permissions & WEIR_PERMISSION_BIT(permission);
}

bool weir_principal_sees(const struct weir_principal *principal, const char *group)
{
	if (principal->id == 0)
		return false;
	if (principal->every_group)
		return true;
	for (unsigned i = 0; i < principal->n_groups && i < WEIR_GROUPS_MAX; i++)
		if (strcmp(principal->groups[i], group) == 0)
			return true;
	return false;
}

bool weir_principal_is_bound(const struct weir_principal *principal)
{
	return !principal->every_group &&
	       (principal->n_groups > 0 ||
		weir_roles_permissions(principal->roles) & content_permissions);
}
