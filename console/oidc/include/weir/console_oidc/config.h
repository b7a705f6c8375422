/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_OIDC_CONFIG_H
#define WEIR_CONSOLE_OIDC_CONFIG_H

/* Which identity provider the console believes, and what its groups are worth here: a JSON file.
 *
 *   "issuer"		"https://idp.example"; as the provider writes it, to the letter
 *   "client_id"	the console's name there
 *   "client_secret_file"	its secret, in a file that nobody else may read; not there: a public client
 *   "redirect_uri"	"https://console.example:8445/api/v1/oidc/callback"
 *   "landing"		the path that a browser is sent to when it is in; "/"
 *   "ca_file"		PEM: who alone may have signed the provider's certificate; this machine's when not there
 *   "scope"		"openid profile"
 *   "name_claim"	"preferred_username"
 *   "groups_claim"	"groups"
 *   "groups"		{"NAME THERE": {"roles": [...], "groups": [...], "every_group": false}, ...}
 *
 * A person has the roles, and sees the groups of endpoints, of all their groups together. Who is in none
 * of these groups gets no session. Nothing else may stand in the file. */

#include "weir/base/error.h"
#include "weir/base/macros.h"
#include "weir/console_access/access.h"

#define WEIR_OIDC_CONFIG_BYTES_MAX (64 * 1024)
#define WEIR_OIDC_GROUPS_MAX	   128 /* in the file */
#define WEIR_OIDC_SECRET_MAX	   1024
#define WEIR_OIDC_URL_MAX	   1024

struct weir_oidc_group {
	const char *name;
	weir_roles roles; /* 0: none of itself */
	bool every_group;
	size_t n_groups;
	const char *groups[WEIR_GROUPS_MAX];
};

struct weir_oidc_config {
	void *tree;   /* owns the texts */
	char *secret; /* owned; NULL: a public client */
	const char *issuer, *client_id, *redirect_uri, *landing, *ca_file, *scope, *name_claim,
		*groups_claim, *secret_file;
	size_t n_groups;
	struct weir_oidc_group groups[WEIR_OIDC_GROUPS_MAX];
};

/* Reads and checks the text of such a file, without the secret's. -EINVAL with *err, -ENOMEM. */
int weir_oidc_config_parse(const char *json, size_t len, struct weir_oidc_config *ret,
			   struct weir_error *err) _must_use_;

/* The file and the secret's file. -EPERM: others may write the one or read the other. */
int weir_oidc_config_load(const char *path, struct weir_oidc_config *ret,
			  struct weir_error *err) _must_use_;
void weir_oidc_config_done(struct weir_oidc_config *config);

/* An address that may be spoken to: https, or http within this machine; no user, no fragment, at most
 * WEIR_OIDC_URL_MAX bytes of visible ASCII. */
bool weir_oidc_url_fits(const char *url);

#endif
