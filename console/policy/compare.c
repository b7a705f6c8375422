/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing versions by what they mean. */

#include <errno.h>
#include <inttypes.h>

#include "internal.h"
#include "weir/dsse/policy.h"
#include "weir/policy/compile.h"

static int take_compiled(void *context, const struct weir_policy_version *version)
{
	struct weir_buf *ret = context;
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	struct weir_signed_policy policy;
	int r = weir_signed_policy_decode(version->payload, version->payload_len, &wire, &policy);

	return r < 0 ? r : weir_buf_append(ret, policy.policy, policy.policy_len);
}

int version_compiled(struct weir_store *store, uint64_t id, struct weir_buf *ret,
		     struct weir_error *err)
{
	int r = weir_policy_get(store, id, take_compiled, ret);

	return r == -ENOENT ? weir_error_set(err, r, 0, 0, "there is no version %" PRIu64, id) : r;
}

int weir_policy_compare(struct weir_store *store, uint64_t before, uint64_t after,
			weir_policy_change_fn fn, void *context, struct weir_error *err)
{
	struct weir_buf a _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	int r = version_compiled(store, before, &a, err);

	if (r == 0)
		r = version_compiled(store, after, &b, err);
	return r < 0 ? r : weir_policy_diff(a.data, a.len, b.data, b.len, fn, context, err);
}

/* As weir_policy_create() would make it at this moment. */
static int compile_source(struct weir_store *store, const char *source, uint64_t now_ns,
			  struct weir_buf *ret, struct weir_error *err)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_POLICY_TEXT_MAX);
	int r = weir_db_read(store, &tx);

	if (r == 0)
		r = render(tx, source, 1, now_ns, &text);
	if (r == 0)
		r = weir_policy_compile(text.data, text.len, ret, err);
	return r == -ENOBUFS ? weir_error_set(err, -EINVAL, 0, 0, "the policy is too large") : r;
}

int weir_policy_compare_source(struct weir_store *store, uint64_t before, const char *source,
			       uint64_t now_ns, weir_policy_change_fn fn, void *context,
			       struct weir_error *err)
{
	struct weir_buf a _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	int r = version_compiled(store, before, &a, err);

	if (r == 0)
		r = compile_source(store, source, now_ns, &b, err);
	return r < 0 ? r : weir_policy_diff(a.data, a.len, b.data, b.len, fn, context, err);
}
