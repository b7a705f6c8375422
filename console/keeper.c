/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "weir/base/fd.h"
#include "weir/base/time.h"

#define KEY_FILE    "audit.key"
#define PUBLIC_FILE "audit.pub"
#define DAY_NS	    (86400 * WEIR_NSEC_PER_SEC)
#define PURGE_NS    (600 * WEIR_NSEC_PER_SEC)

static int load_or_make(const char *path, struct weir_dsse_signer **ret)
{
	int r = weir_dsse_signer_load(path, ret);

	return r == -ENOENT ? weir_dsse_signer_make(path, ret) : r;
}

static int export_public(struct weir_keeper *keeper, const char *state)
{
	char *path _cleanup_(freep) = NULL;
	int r = weir_dsse_signer_public(keeper->signer, &keeper->public_key);

	if (r == 0 && asprintf(&path, "%s/" PUBLIC_FILE, state) < 0)
		r = -ENOMEM;
	return r < 0 ? r
		     : weir_write_file_atomic(AT_FDCWD, path, keeper->public_key.data,
					      keeper->public_key.len, 0644);
}

static int open_key(struct weir_keeper *keeper, const char *state, struct weir_error *err)
{
	char *path _cleanup_(freep) = NULL;
	int r = asprintf(&path, "%s/" KEY_FILE, state) < 0 ? -ENOMEM : 0;

	if (r == 0)
		r = load_or_make(path, &keeper->signer);
	if (r == 0)
		r = export_public(keeper, state);
	errno = -r;
	return r < 0 ? weir_error_set(err, r, 0, 0, "cannot use the audit log's key in %s: %m",
				      state)
		     : 0;
}

int weir_keeper_open(struct weir_store *store, const char *state, struct weir_error *err,
		     struct weir_keeper *ret)
{
	const struct weir_password_cost cost = WEIR_PASSWORD_COST;
	int r;

	*ret = (struct weir_keeper){.store = store, .public_key = WEIR_BUF_INIT(WEIR_DSSE_PEM_MAX)};
	r = weir_audit_init(store, err);
	if (r == 0)
		r = weir_audit_limit_new(store, "call.refuse", &ret->refusals);
	if (r == 0)
		r = weir_people_new(store, &cost, err, &ret->people);
	return r < 0 ? r : open_key(ret, state, err);
}

void weir_keeper_done(struct weir_keeper *keeper)
{
	weir_people_free(keeper->people);
	weir_audit_limit_free(keeper->refusals);
	weir_dsse_signer_free(keeper->signer);
	weir_buf_done(&keeper->public_key);
}

static void sign(struct weir_keeper *keeper, uint64_t now_ns, const struct weir_log *log)
{
	int r = weir_audit_sign(keeper->store, keeper->signer, now_ns);

	if (r < 0)
		weir_log_error(log, r, "cannot sign the audit log's head");
}

static void flush(struct weir_keeper *keeper, uint64_t now_ns, bool all, const struct weir_log *log)
{
	int r = weir_audit_limit_flush(keeper->refusals, now_ns, all);

	if (r < 0)
		weir_log_error(log, r, "cannot write how many calls were refused");
}

void weir_keeper_tick(struct weir_keeper *keeper, uint64_t now_ns, const struct weir_log *log)
{
	uint64_t signed_ns;
	int r;

	flush(keeper, now_ns, false, log);
	r = weir_audit_signed_at(keeper->store, &signed_ns);
	if (r < 0)
		weir_log_error(log, r, "cannot read the audit log");
	else if (signed_ns / DAY_NS != now_ns / DAY_NS)
		sign(keeper, now_ns, log);
	if (now_ns - keeper->purged_ns < PURGE_NS)
		return;
	keeper->purged_ns = now_ns;
	r = weir_people_purge(keeper->people, now_ns);
	if (r < 0)
		weir_log_error(log, r, "cannot forget sessions that are over");
}

void weir_keeper_end(struct weir_keeper *keeper, uint64_t now_ns, const struct weir_log *log)
{
	if (keeper->refusals)
		flush(keeper, now_ns, true, log);
	if (keeper->signer)
		sign(keeper, now_ns, log);
}
