/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/fd.h"
#include "weir/catalogue/catalogue.h"
#include "weir/daemon/policy_store.h"
#include "weir/policy/compile.h"

#define YAML_MAX     (1u << 20)
#define COMPILED_MAX (4u << 20)

static const char empty_policy[] = "apiVersion: weir/v1\nkind: Policy\nmetadata: {name: none}\n";

static int last_good_path(const char *state_dir, char path[static PATH_MAX])
{
	return snprintf(path, PATH_MAX, "%s/policy.last-good", state_dir) >= PATH_MAX
		       ? -ENAMETOOLONG
		       : 0;
}

/* What the engine cannot use must not come into force: its workers would not start. */
static int check_detectors(const struct weir_policy *policy, struct weir_error *reterr)
{
	struct weir_catalogue *catalogue _cleanup_(weir_catalogue_freep) = NULL;
	struct weir_error unused, *err = reterr ? reterr : &unused;
	size_t n;
	const struct weir_custom *customs = weir_policy_customs(policy, &n);
	int r = n > 0 ? weir_catalogue_new(customs, n, &catalogue, err) : 0;

	if (r < 0)
		err->column = 0; /* its column is inside the pattern */
	return r;
}

int weir_policy_store_make(const void *compiled, size_t len, struct weir_policy **ret,
			   struct weir_error *reterr)
{
	struct weir_policy *policy _cleanup_(weir_policy_freep) = NULL;
	int r = weir_policy_new(len ? compiled : "", len, &policy, reterr);

	if (r == 0)
		r = check_detectors(policy, reterr);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(policy);
	return 0;
}

static int compile(const char *yaml, size_t len, struct weir_buf *compiled,
		   struct weir_policy **ret, struct weir_error *reterr)
{
	int r = weir_policy_compile(yaml, len, compiled, reterr);

	if (r < 0)
		return r;
	return weir_policy_store_make(compiled->data, compiled->len, ret, reterr);
}

int weir_policy_store_keep(const char *state_dir, const void *compiled, size_t len)
{
	char path[PATH_MAX];
	int r = last_good_path(state_dir, path);

	if (r < 0)
		return r;
	return weir_write_file_atomic(AT_FDCWD, path, compiled, len, 0600);
}

int weir_policy_store_reload(const char *path, const char *state_dir, struct weir_policy **ret,
			     struct weir_error *reterr, int *ret_keep_error)
{
	struct weir_buf yaml _cleanup_(weir_buf_done) = WEIR_BUF_INIT(YAML_MAX);
	struct weir_buf compiled _cleanup_(weir_buf_done) = WEIR_BUF_INIT(COMPILED_MAX);
	struct weir_policy *policy _cleanup_(weir_policy_freep) = NULL;
	int r;

	r = weir_read_file(AT_FDCWD, path, &yaml);
	if (r < 0)
		return weir_error_set(reterr, r, 0, 0, "cannot be read: %s", strerror(-r));
	r = compile(yaml.data ? yaml.data : "", yaml.len, &compiled, &policy, reterr);
	if (r < 0)
		return r;
	*ret_keep_error = weir_policy_store_keep(state_dir, compiled.data, compiled.len);
	*ret = TAKE_PTR(policy);
	return 0;
}

int weir_policy_store_last_good(const char *state_dir, struct weir_policy **ret)
{
	struct weir_buf compiled _cleanup_(weir_buf_done) = WEIR_BUF_INIT(COMPILED_MAX);
	char path[PATH_MAX];
	int r = last_good_path(state_dir, path);

	if (r == 0)
		r = weir_read_file(AT_FDCWD, path, &compiled);
	if (r < 0)
		return r;
	return weir_policy_store_make(compiled.data, compiled.len, ret, NULL);
}

int weir_policy_store_load(const char *path, const char *state_dir, struct weir_policy **ret,
			   enum weir_policy_origin *ret_origin, struct weir_error *reterr,
			   int *ret_keep_error)
{
	struct weir_buf compiled _cleanup_(weir_buf_done) = WEIR_BUF_INIT(COMPILED_MAX);
	int r;

	*ret_keep_error = 0;
	*reterr = (struct weir_error){0};
	if (weir_policy_store_reload(path, state_dir, ret, reterr, ret_keep_error) == 0) {
		*ret_origin = WEIR_POLICY_FROM_FILE;
		return 0;
	}
	if (weir_policy_store_last_good(state_dir, ret) == 0) {
		*ret_origin = WEIR_POLICY_LAST_GOOD;
		return 0;
	}
	r = compile(empty_policy, sizeof(empty_policy) - 1, &compiled, ret, NULL);
	if (r < 0)
		return r;
	*ret_origin = WEIR_POLICY_EMPTY;
	return 0;
}
