/* SPDX-License-Identifier: Apache-2.0 */
/* The order matters: identity while the capabilities for it are there, then the capabilities,
 * limits, files, calls. */

#include "weir/sandbox/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "steps.h"

static int drop_bounding_set(void)
{
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return -errno;
	return 0;
}

static int change_identity(const struct weir_sandbox_options *options)
{
	if (geteuid() != 0 && getuid() != 0)
		return 0;
	if (options->uid == 0 || options->gid == 0)
		return -EPERM;
	if (setgroups(0, NULL) < 0 || setresgid(options->gid, options->gid, options->gid) < 0 ||
	    setresuid(options->uid, options->uid, options->uid) < 0)
		return -errno;
	return 0;
}

static int clear_capabilities(void)
{
	cap_t none = cap_init();
	int r = 0;

	if (!none)
		return -ENOMEM;
	if (cap_set_proc(none) < 0)
		r = -errno;
	(void)cap_free(none);
	if (r == 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 &&
	    errno != EINVAL)
		r = -errno;
	return r;
}

static int give_up_privileges(const struct weir_sandbox_options *options)
{
	bool root = geteuid() == 0;
	int r;

	/* only who holds CAP_SETPCAP can empty the bounding set; with no_new_privs nobody gets it
	 * back anyway */
	if (root) {
		r = drop_bounding_set();
		if (r < 0 && r != -EPERM)
			return r;
	}
	r = change_identity(options);
	if (r < 0)
		return r;
	return clear_capabilities();
}

int weir_sandbox_limit(int what, uint64_t most)
{
	struct rlimit now, want = {.rlim_cur = most, .rlim_max = most};

	if (getrlimit(what, &now) == 0 && now.rlim_max < most)
		want.rlim_cur = want.rlim_max = now.rlim_max;
	return setrlimit(what, &want) < 0 ? -errno : 0;
}

static int set_limits(const struct weir_sandbox_options *options)
{
	int r = weir_sandbox_limit(RLIMIT_NOFILE, options->descriptors ? options->descriptors : 16);

	if (r == 0)
		r = weir_sandbox_limit(RLIMIT_NPROC, 0);
	/* with write, the descriptors may be files that grow */
	if (r == 0 && !options->write)
		r = weir_sandbox_limit(RLIMIT_FSIZE, 0);
	if (r == 0)
		r = weir_sandbox_limit(RLIMIT_CORE, 0);
	if (r == 0 && options->cpu_seconds)
		r = weir_sandbox_limit(RLIMIT_CPU, options->cpu_seconds);
	if (r == 0 && options->memory_bytes && !WEIR_SANDBOX_ASAN)
		r = weir_sandbox_limit(RLIMIT_AS, options->memory_bytes);
	return r;
}

int weir_sandbox_unprivilege(const struct weir_sandbox_options *options)
{
	pid_t parent = getppid();
	int r = give_up_privileges(options);

	if (r < 0)
		return r;
	/* not dumpable: no core, and nobody with the same uid may trace it. A change of identity
	 * resets both of these. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	if (options->die_with_parent && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -errno;
	return options->die_with_parent && getppid() != parent ? -ESRCH : 0;
}

int weir_sandbox_enter(const struct weir_sandbox_options *options, struct weir_sandbox_state *ret)
{
	struct weir_sandbox_state state = {0};
	int r = weir_sandbox_unprivilege(options);

	if (r < 0)
		return r;
	state.unprivileged = true;
	r = set_limits(options);
	if (r < 0)
		return r;
	state.limits = true;
	r = weir_sandbox_landlock(NULL);
	if (r < 0)
		return r;
	state.landlock = r > 0;
	r = weir_sandbox_syscalls(options);
	if (r < 0)
		return r;
	state.seccomp = r > 0;
	*ret = state;
	return 0;
}
