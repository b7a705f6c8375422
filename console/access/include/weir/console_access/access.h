/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_ACCESS_ACCESS_H
#define WEIR_CONSOLE_ACCESS_ACCESS_H

/* Who may do what: permissions, the roles that carry them, and the one who calls. Pure data and
 * decisions: no database, no passwords. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"

/* What a call asks for. Names on the wire are lower case with a dot: "alert.read". Stored as names,
 * so the order may change. */
enum weir_permission {
	WEIR_PERMIT_UNSET,  /* asked for by nothing: a route that says it is refused at the start */
	WEIR_PERMIT_PUBLIC, /* nobody in particular: log-in, health */
	WEIR_PERMIT_AGENT,  /* an endpoint, not a person */
	WEIR_PERMIT_PERSON, /* anyone who is logged in, for what is their own */
	WEIR_PERMIT_ALERT_READ,
	WEIR_PERMIT_ALERT_TRIAGE,
	WEIR_PERMIT_ALERT_CLOSE,
	WEIR_PERMIT_EVENT_READ,
	WEIR_PERMIT_AGENT_READ,
	WEIR_PERMIT_AGENT_MANAGE,
	WEIR_PERMIT_POLICY_READ,
	WEIR_PERMIT_POLICY_WRITE,
	WEIR_PERMIT_POLICY_PUBLISH,
	WEIR_PERMIT_REGISTER_READ,
	WEIR_PERMIT_REGISTER_WRITE,
	WEIR_PERMIT_REGISTER_APPROVE,
	WEIR_PERMIT_EVIDENCE_REQUEST,
	WEIR_PERMIT_EVIDENCE_APPROVE,
	WEIR_PERMIT_EVIDENCE_READ,
	WEIR_PERMIT_AUDIT_READ,
	WEIR_PERMIT_USER_MANAGE,
	WEIR_PERMIT_EXPORT_MANAGE,
	WEIR_PERMIT_REPORT_READ,
	WEIR_PERMIT_METRICS_READ,
	WEIR_PERMIT_END_
};

/* A set of permissions, bit 1 << permission. */
typedef uint64_t weir_permissions;
#define WEIR_PERMISSION_BIT(permission) (UINT64_C(1) << (permission))

/* NULL for those that are no person's (below WEIR_PERMIT_ALERT_READ). */
const char *weir_permission_name(enum weir_permission permission);
/* Whether what it allows is of the whole fleet, and so not of people who are bound to groups of it. */
bool weir_permission_is_whole_fleet(enum weir_permission permission);
/* -EINVAL: no person's permission has this name. */
int weir_permission_parse(const char *name, enum weir_permission *ret) _must_use_;

enum weir_role {
	WEIR_ROLE_VIEWER,
	WEIR_ROLE_ANALYST,
	WEIR_ROLE_SENIOR,
	WEIR_ROLE_EVIDENCE_APPROVER,
	WEIR_ROLE_POLICY_AUTHOR,
	WEIR_ROLE_POLICY_PUBLISHER,
	WEIR_ROLE_ADMINISTRATOR, /* the machine's side: no alerts, no events, no evidence */
	WEIR_ROLE_AUDITOR,
	WEIR_ROLE_END_
};

/* A set of roles, bit 1 << role. */
typedef uint32_t weir_roles;
#define WEIR_ROLE_BIT(role) (UINT32_C(1) << (role))
#define WEIR_ROLES_ALL	    (WEIR_ROLE_BIT(WEIR_ROLE_END_) - 1)

/* "analyst"; NULL beyond the last. */
const char *weir_role_name(enum weir_role role);
int weir_role_parse(const char *name, enum weir_role *ret) _must_use_;

/* "analyst,auditor" to a set and back. -EINVAL: an unknown, empty or repeated name, or none. */
int weir_roles_parse(const char *text, weir_roles *ret) _must_use_;
#define WEIR_ROLES_TEXT 128
void weir_roles_format(weir_roles roles, char text[static WEIR_ROLES_TEXT]);

/* What all of these roles together may do. */
weir_permissions weir_roles_permissions(weir_roles roles);

/* Whether one person may have all of these: who runs the machine does not read what it found, and
 * who audits does nothing else. */
bool weir_roles_go_together(weir_roles roles);

#define WEIR_PERSON_NAME_MAX 64 /* bytes without the NUL */
#define WEIR_GROUP_NAME_MAX  64
#define WEIR_GROUPS_MAX	     16 /* groups of endpoints that one person is bound to */

/* Whether a person or a group of people's endpoints may be called so: at most max bytes of a-z, 0-9 and "._-@", of which the last four do
 * not come first but "_". What stands in names may then stand anywhere: in paths, in JSON, in a terminal. */
bool weir_name_valid(const char *name, size_t max);

/* The one who calls. Plain data. All tokens and sessions of a person carry that person's id, so
 * that "somebody else" is a comparison of ids. */
struct weir_principal {
	uint64_t id; /* of the person; 0: nobody */
	char name[WEIR_PERSON_NAME_MAX + 1];
	weir_roles roles;
	weir_permissions permissions; /* of the roles, less what a token leaves out */
	uint64_t session;	      /* row of the session in use; 0: none */
	uint64_t token;		      /* row of the API token in use; 0: none */
	bool every_group;	      /* sees the endpoints of every group */
	unsigned n_groups;	      /* when not */
	char groups[WEIR_GROUPS_MAX][WEIR_GROUP_NAME_MAX + 1];
};

/* Whoever holds the token of the development mode: all roles, one person like any other. */
#define WEIR_PRINCIPAL_DEVELOPER_ID UINT64_C(9007199254740991)
struct weir_principal weir_principal_developer(void);

/* WEIR_PERMIT_PUBLIC and WEIR_PERMIT_AGENT are nobody's to hold: false. */
bool weir_principal_may(const struct weir_principal *principal, enum weir_permission permission);

/* May see the endpoints of this group ("" is the group of those in none). */
bool weir_principal_sees(const struct weir_principal *principal, const char *group);

/* Is bound to groups of endpoints, so that what is of the whole fleet is not theirs: who has some
 * groups and not every one, and who could read content, with none. A token is bound like its person. */
bool weir_principal_is_bound(const struct weir_principal *principal);

#endif
