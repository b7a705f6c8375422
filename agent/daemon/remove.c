/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/daemon/remove.h"

#include <errno.h>
#include <fcntl.h>

#include "weir/base/fd.h"
#include "weir/daemon/host.h"

static int use_unlock(struct weir_protect *protect, const struct weir_config *config,
		      const char *path, const struct weir_log *log)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_UNLOCK_BYTES_MAX);
	char agent_uid[2 * WEIR_HOST_UID_LEN + 1];
	struct weir_unlock unlock;
	int r;

	if (!path)
		return -ENOKEY;
	r = weir_host_agent_uid(config, log, agent_uid);
	if (r >= 0)
		r = weir_read_file(AT_FDCWD, path, &bytes);
	return r < 0 ? r
		     : weir_protect_unlock(protect, bytes.data ? bytes.data : "", bytes.len,
					   agent_uid, &unlock);
}

/* The agent's own program is trusted by the guard, so it asks by itself for what the guard would. */
static int may_remove(const struct weir_protect_start *start, const char *unlock_path,
		      const struct weir_log *log)
{
	struct weir_protect *protect _cleanup_(weir_protect_freep) = NULL;
	int r = weir_protect_new(start, &protect);

	if (r >= 0)
		r = weir_protect_may_act(protect);
	return r <= 0 ? r : use_unlock(protect, start->config, unlock_path, log);
}

int weir_remove(const struct weir_protect_start *start, const char *unlock_path,
		const struct weir_log *log)
{
	int r = may_remove(start, unlock_path, log);

	if (r < 0) {
		(void)weir_log_error(log, 0, "not removed: %s", weir_protect_error(r));
		return r;
	}
	r = weir_kernel_remove(start->config->pin_dir);
	if (r < 0)
		return weir_log_error(log, r, "cannot remove %s", start->config->pin_dir);
	weir_log_info(log, "nothing is enforced in the kernel any more");
	return 0;
}
