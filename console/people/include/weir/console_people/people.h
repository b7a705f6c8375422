/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_PEOPLE_PEOPLE_H
#define WEIR_CONSOLE_PEOPLE_PEOPLE_H

/* The console's people: who they are, how they prove it, and what they hold while they are here:
 * sessions and API tokens. Every change is written to the audit log in its own transaction. Times
 * are nanoseconds since 1970 UTC. Every function may be called from several threads. Negative errno
 * of the database (weir/console_store/db.h) besides those named. */

#include "weir/console_access/access.h"
#include "weir/console_people/password.h"
#include "weir/console_people/secret.h"
#include "weir/console_store/db.h"
#include "weir/console_store/store.h"

struct weir_people;

#define WEIR_SESSION_IDLE_NS	 (UINT64_C(30) * 60 * 1000000000) /* without a call */
#define WEIR_SESSION_MAX_NS	 (UINT64_C(12) * 3600 * 1000000000)
#define WEIR_TOKEN_MAX_NS	 (UINT64_C(366) * 86400 * 1000000000)
#define WEIR_TOKENS_MAX		 32 /* of one person, expired ones not counted */
#define WEIR_PERSON_DISPLAY_MAX	 128
#define WEIR_PERSON_SUBJECT_MAX	 255 /* of OIDC, bytes */
#define WEIR_TOKEN_NAME_MAX	 64
#define WEIR_ATTEMPTS_FREE	 5  /* wrong ones in a row before the first wait */
#define WEIR_ATTEMPTS_ADDRESS	 20 /* the same for an address */
#define WEIR_ATTEMPTS_WAIT_MAX_S 900

/* Makes the tables. cost: of new passwords; borrowed by nobody. store is borrowed. */
int weir_people_new(struct weir_store *store, const struct weir_password_cost *cost,
		    struct weir_error *err, struct weir_people **ret) _must_use_;
void weir_people_free(struct weir_people *people);
DEFINE_CLEANUP(weir_people_free, struct weir_people *);

struct weir_person {
	uint64_t id;
	const char *name;    /* a-z, 0-9, ".", "_", "-", "@" */
	const char *display; /* any text */
	weir_roles roles;
	bool every_group;
	const char (*groups)[WEIR_GROUP_NAME_MAX + 1];
	size_t n_groups;
	bool disabled;
	bool has_password;
	bool has_totp;
	const char *issuer, *subject; /* of OIDC; "": none */
	uint64_t created_ns;
};

/* What of a person is set; the rest stays as it is, or is empty for a new one. */
struct weir_person_change {
	const char *display;	 /* NULL: not set */
	const weir_roles *roles; /* like this one */
	const bool *disabled;
	const char *password; /* "" takes it away */
	const uint8_t *totp;  /* WEIR_TOTP_SECRET_LEN bytes */
	bool no_totp;	      /* takes it away */
	const char *issuer, *subject;
	const char *const *groups; /* with set_groups */
	size_t n_groups;
	bool set_groups, every_group;
};

/* by NULL: on the server. Only somebody else changes roles, groups and state; one's own password is
 * changed with weir_people_set_password(). A person who loses roles, a password or the state loses
 * all sessions with it, and a disabled one the tokens too. -EINVAL with *ret_why (static) when
 * something is not as it should be, -EEXIST (the name, or issuer and subject), -ENOENT, -EPERM (one's own, or the
 * last administrator). */
int weir_people_add(struct weir_people *people, const struct weir_principal *by, const char *name,
		    const struct weir_person_change *change, uint64_t *ret_id,
		    const char **ret_why) _must_use_;
int weir_people_change(struct weir_people *people, const struct weir_principal *by, uint64_t id,
		       const struct weir_person_change *change, const char **ret_why) _must_use_;

/* One's own, knowing the old one. -EACCES, -EAGAIN as weir_people_login(). */
int weir_people_set_password(struct weir_people *people, const struct weir_principal *by,
			     const char *old, const char *password, uint64_t now_ns,
			     const char **ret_why) _must_use_;

typedef int (*weir_person_fn)(void *context, const struct weir_person *person);
/* By id, behind `after`. fn as everywhere: 0 to go on, 1 to stop, negative errno. */
int weir_people_list(struct weir_people *people, uint64_t after, uint32_t limit, weir_person_fn fn,
		     void *context) _must_use_;
/* -ENOENT. */
int weir_people_get(struct weir_people *people, uint64_t id, weir_person_fn fn,
		    void *context) _must_use_;
/* The id of a name. -ENOENT. */
int weir_people_find(struct weir_people *people, const char *name, uint64_t *ret) _must_use_;

struct weir_login {
	const char *name;
	const char *password;
	const char *code;    /* "" for none */
	const char *address; /* where from, as nginx says; "" when it does not */
};

/* Opens a session. -EACCES: wrong name, password or code, which of them is not told; -EAGAIN: too
 * many wrong ones, or too many at once: after *ret_wait_s seconds again. */
int weir_people_login(struct weir_people *people, const struct weir_login *login, uint64_t now_ns,
		      char ret_session[static WEIR_SECRET_TEXT], struct weir_principal *ret,
		      uint32_t *ret_wait_s) _must_use_;

/* Whom somebody else vouches for, and what that is worth here. Borrowed. */
struct weir_person_vouched {
	const char *issuer, *subject; /* who it is, for good */
	const char *name;	      /* of a new person, in lower case from here on */
	const char *display;	      /* "": none */
	weir_roles roles;
	bool every_group;
	size_t n_groups;
	const char *groups[WEIR_GROUPS_MAX];
	const char *address; /* as in struct weir_login */
};

/* Opens a session for this person, who is made when new and has these roles and groups from now on. A
 * name that another person has is not taken over. -EACCES with *ret_why, a static word: "disabled",
 * "name" (none that can be one here), "name taken", "roles" (that do not go together), "last administrator" (who would
 * be none any more), "groups". */
int weir_people_admit(struct weir_people *people, const struct weir_person_vouched *vouched,
		      uint64_t now_ns, char ret_session[static WEIR_SECRET_TEXT],
		      struct weir_principal *ret, const char **ret_why) _must_use_;

/* Counts an attempt of an address before it is made; weir_people_admit() takes it back. -EAGAIN as
 * weir_people_login(). */
int weir_people_attempt(struct weir_people *people, const char *address, uint64_t now_ns,
			uint32_t *ret_wait_s) _must_use_;
/* Tells the audit log of a log-in that was refused. way and why: static words. */
void weir_people_refused(struct weir_people *people, const char *address, const char *way,
			 const char *why);

/* Whose session or token it is. -EACCES: nobody's (any more). */
int weir_people_identify(struct weir_people *people, const char *secret, uint64_t now_ns,
			 struct weir_principal *ret) _must_use_;

/* Ends by's session; 0 also when it has none. */
int weir_people_logout(struct weir_people *people, const struct weir_principal *by) _must_use_;

struct weir_token {
	uint64_t id;
	uint64_t person;
	const char *name;
	weir_permissions permissions;
	uint64_t created_ns, expires_ns;
	uint64_t used_ns; /* about; 0: never */
};

/* A token of by's own, with no more than by may. A token makes no tokens. -EPERM, -E2BIG (too
 * many), -EINVAL with *ret_why. */
int weir_people_add_token(struct weir_people *people, const struct weir_principal *by,
			  const char *name, weir_permissions permissions, uint64_t now_ns,
			  uint64_t expires_ns, char ret_token[static WEIR_SECRET_TEXT],
			  uint64_t *ret_id, const char **ret_why) _must_use_;
/* One's own, or anyone's for who manages users. -ENOENT. */
int weir_people_revoke_token(struct weir_people *people, const struct weir_principal *by,
			     uint64_t id) _must_use_;
typedef int (*weir_token_fn)(void *context, const struct weir_token *token);
int weir_people_list_tokens(struct weir_people *people, uint64_t person, weir_token_fn fn,
			    void *context) _must_use_;

/* Forgets sessions, tokens and wrong attempts whose time is over. */
int weir_people_purge(struct weir_people *people, uint64_t now_ns) _must_use_;

#endif
