/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_OIDC_OIDC_H
#define WEIR_CONSOLE_OIDC_OIDC_H

/* Log-in by an identity provider: OpenID Connect's code flow with PKCE (RFC 7636). A browser is sent there
 * with a secret in a cookie; state, nonce and the code's verifier follow from that secret, so that what comes
 * back fits this browser, this log-in and no other. Times are nanoseconds since 1970 UTC. Every function
 * may be called from several threads; negative errno of the database besides those named. */

#include "weir/base/buf.h"
#include "weir/base/error.h"
#include "weir/base/log.h"
#include "weir/console_people/people.h"

struct weir_oidc;

#define WEIR_OIDC_LOGIN_S      600  /* between the two calls of a log-in */
#define WEIR_OIDC_LOCATION_MAX 4096 /* bytes of an address that a browser is sent to */

/* Reads the configuration (config.h) and makes the table. The provider is asked at the first log-in. All is
 * borrowed but path. */
int weir_oidc_new(struct weir_store *store, struct weir_people *people, const char *path,
		  const struct weir_log *log, struct weir_error *err,
		  struct weir_oidc **ret) _must_use_;
void weir_oidc_free(struct weir_oidc *oidc);
DEFINE_CLEANUP(weir_oidc_free, struct weir_oidc *);

/* Begins: the secret for the cookie, and where the browser goes. -EAGAIN: too many at once; -EHOSTUNREACH:
 * the provider does not answer as one should (it is in the log). */
int weir_oidc_begin(struct weir_oidc *oidc, uint64_t now_ns,
		    char ret_cookie[static WEIR_SECRET_TEXT],
		    struct weir_buf *ret_location) _must_use_;

/* What a browser came back with. */
struct weir_oidc_return {
	const char *query;   /* still encoded */
	const char *cookie;  /* NULL: none came */
	const char *address; /* where from, as nginx says; "" when it does not */
};

/* Ends it: the same session that weir_people_login() opens. -EACCES: refused, and the reason is in the
 * audit log; *ret_why is that reason's word. -EAGAIN: too many, after *ret_wait_s seconds again;
 * -EHOSTUNREACH. */
int weir_oidc_finish(struct weir_oidc *oidc, const struct weir_oidc_return *back, uint64_t now_ns,
		     char ret_session[static WEIR_SECRET_TEXT], struct weir_principal *ret,
		     uint32_t *ret_wait_s, const char **ret_why) _must_use_;

/* The path that a browser goes to when it is in. */
const char *weir_oidc_landing(const struct weir_oidc *oidc);

#endif
