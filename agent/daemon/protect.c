/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/daemon/protect.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/base/time.h"

#define THINGS_MAX (WEIR_CONFIG_LIST_MAX + 32)

struct weir_protect {
	const struct weir_config *config;
	struct weir_unlock_keys *keys;
	char config_path[PATH_MAX];
	char programs[PATH_MAX]; /* the folder of this program */
	uint8_t fingerprint[WEIR_ABI_FINGERPRINT];
};

_Static_assert(WEIR_ABI_FINGERPRINT == WEIR_UNLOCK_FINGERPRINT, "fingerprint");

/* Where it was started counts, as an argument may be a path from there. */
static int take_fingerprint(struct weir_protect *protect, const struct weir_protect_start *start)
{
	const char **texts _cleanup_(freep) = calloc((size_t)start->argc + 1, sizeof(*texts));
	char cwd[PATH_MAX];
	size_t n = 0;

	if (!texts || !getcwd(cwd, sizeof(cwd)))
		return texts ? -errno : -ENOMEM;
	texts[n++] = cwd;
	for (int i = 1; i < start->argc; i++)
		texts[n++] = start->argv[i];
	return weir_unlock_fingerprint(texts, n, protect->fingerprint);
}

static int find_programs(struct weir_protect *protect)
{
	ssize_t n = readlink("/proc/self/exe", protect->programs, sizeof(protect->programs) - 1);
	char *slash;

	if (n < 0)
		return -errno;
	protect->programs[n] = '\0';
	slash = strrchr(protect->programs, '/');
	if (!slash)
		return -EPROTO;
	*slash = '\0';
	return 0;
}

int weir_protect_new(const struct weir_protect_start *start, struct weir_protect **ret)
{
	struct weir_protect *protect _cleanup_(weir_protect_freep) = calloc(1, sizeof(*protect));
	int r;

	if (!protect)
		return -ENOMEM;
	protect->config = start->config;
	if (!realpath(start->config_path, protect->config_path))
		(void)snprintf(protect->config_path, sizeof(protect->config_path), "%s",
			       start->config_path);
	r = take_fingerprint(protect, start);
	if (r >= 0)
		r = find_programs(protect);
	if (r >= 0)
		r = weir_unlock_keys_load(start->config->protect_keys, &protect->keys);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(protect);
	return 0;
}

void weir_protect_free(struct weir_protect *protect)
{
	if (!protect)
		return;
	weir_unlock_keys_free(protect->keys);
	free(protect);
}

size_t weir_protect_keys(const struct weir_protect *protect)
{
	return weir_unlock_keys_count(protect->keys);
}

bool weir_protect_wanted(const struct weir_protect *protect)
{
	switch (protect->config->protect) {
	case WEIR_PROTECT_ON:
		return true;
	case WEIR_PROTECT_OFF:
		return false;
	default:
		return weir_protect_keys(protect) > 0;
	}
}

int weir_protect_may_start(const struct weir_protect *protect)
{
	struct weir_abi_guard guard;
	int r = weir_kernel_guard_read(protect->config->pin_dir, &guard);

	if (r == -EPERM)
		return r;
	/* No pins, or no BPF: nothing that could be in charge. */
	if (r < 0 || !guard.on || guard.open_until_ns > weir_now_boottime())
		return 0;
	return memcmp(guard.fingerprint, protect->fingerprint, sizeof(guard.fingerprint)) == 0
		       ? 0
		       : -EACCES;
}

struct things {
	struct weir_guard_thing list[THINGS_MAX];
	size_t n;
	char paths[8][PATH_MAX + 32];
	size_t n_paths;
};

static void add(struct things *things, const char *path, uint32_t flags, enum weir_abi_role role)
{
	if (things->n < THINGS_MAX)
		things->list[things->n++] = (struct weir_guard_thing){path, flags, role};
}

static void add_program(struct things *things, const struct weir_protect *protect, const char *name,
			enum weir_abi_role role)
{
	char *path = things->paths[things->n_paths++];

	(void)snprintf(path, sizeof(things->paths[0]), "%s/%s", protect->programs, name);
	add(things, path, 0, role);
}

static void list_things(const struct weir_protect *protect, struct things *things)
{
	static const char *const units[] = {
		"/etc/systemd/system/weir-agent.service",
		"/etc/systemd/system/weir-agent.service.d",
		"/etc/systemd/system/weir-sync.service",
		"/etc/systemd/system/weir-sync.service.d",
		"/lib/systemd/system/weir-agent.service",
		"/lib/systemd/system/weir-sync.service",
	};
	const struct weir_config *config = protect->config;

	add_program(things, protect, "weir-agent", WEIR_ABI_ROLE_AGENT);
	add_program(things, protect, "weir-sync", WEIR_ABI_ROLE_SYNC);
	add_program(things, protect, "weir", WEIR_ABI_ROLE_NONE);
	add(things, config->inspect_program, 0, WEIR_ABI_ROLE_INSPECT);
	add(things, protect->config_path, 0, WEIR_ABI_ROLE_NONE);
	add(things, config->policy, 0, WEIR_ABI_ROLE_NONE);
	add(things, config->protect_keys, 0, WEIR_ABI_ROLE_NONE);
	add(things, config->state_dir, 0, WEIR_ABI_ROLE_NONE);
	add(things, config->spool_dir, WEIR_ABI_GUARDED_SPOOL, WEIR_ABI_ROLE_NONE);
	add(things, config->runtime_dir, 0, WEIR_ABI_ROLE_NONE);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		add(things, units[i], 0, WEIR_ABI_ROLE_NONE);
	for (size_t i = 0; i < config->protect_files.count; i++)
		add(things, config->protect_files.item[i], 0, WEIR_ABI_ROLE_NONE);
}

int weir_protect_apply(struct weir_protect *protect, struct weir_kernel *kernel)
{
	struct things *things _cleanup_(freep) = calloc(1, sizeof(*things));

	if (!things)
		return -ENOMEM;
	list_things(protect, things);
	return weir_kernel_guard(kernel, things->list, things->n, protect->fingerprint);
}

int weir_protect_unlock(struct weir_protect *protect, const void *data, size_t len,
			const char *agent_uid, struct weir_unlock *ret)
{
	uint64_t now_s = weir_now_realtime() / WEIR_NSEC_PER_SEC;
	struct weir_unlock unlock;
	char path[PATH_MAX];
	int r;

	if (snprintf(path, sizeof(path), "%s/unlocks-used", protect->config->state_dir) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	r = weir_unlock_verify(protect->keys, data, len, agent_uid, now_s, &unlock);
	if (r >= 0)
		r = weir_unlock_use(path, &unlock, now_s);
	if (r < 0)
		return r;
	*ret = unlock;
	return 0;
}

const char *weir_protect_error(int error)
{
	switch (-error) {
	case EBADMSG:
	case E2BIG:
	case EINVAL:
	case ERANGE:
		return "it is no signed unlock";
	case EKEYREJECTED:
		return "no key of this machine's configuration signed it";
	case ENODEV:
		return "it is for another agent";
	case EKEYEXPIRED:
		return "it does not hold yet or any more";
	case EALREADY:
		return "it was used before";
	case EPERM:
		return "the guard does not take this process for the agent: another one lives, it "
		       "is traced, "
		       "or LD_ variables are set";
	case EACCES:
		return "the guarded agent was started with other arguments";
	case ENOKEY:
		return "the guard is on: bring a signed unlock (--unlock FILE)";
	case ENOTSUP:
		return "no guard was seen to refuse anything on this kernel";
	default:
		return strerror(-error);
	}
}
