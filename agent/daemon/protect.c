/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/daemon/protect.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/time.h"
#include "weir/dsse/status.h"

#define THINGS_MAX (WEIR_CONFIG_LIST_MAX + 32)

struct weir_protect {
	struct weir_protect_start start;
	const struct weir_config *config; /* that of start */
	struct weir_dsse_keys *keys;
	char config_path[PATH_MAX];
	char programs[PATH_MAX]; /* the folder of this program */
};

_Static_assert(WEIR_ABI_FINGERPRINT == WEIR_UNLOCK_FINGERPRINT, "fingerprint");

#define IDENTITY_LEN 48

/* A file by what it is and not by its name: in a name space or a root of the caller's own a name leads anywhere. */
static void identify(const char *path, char ret[static IDENTITY_LEN])
{
	struct stat st = {0};

	if (path && stat(path, &st) < 0)
		st = (struct stat){0};
	(void)snprintf(ret, IDENTITY_LEN, "%llx:%llx", (unsigned long long)st.st_dev,
		       (unsigned long long)st.st_ino);
}

/* How many arguments from argv[i] on say nothing about how the agent is to work, or name what is looked at otherwise. */
static int count_aside(char *const *argv, int i)
{
	if (strcmp(argv[i], "--config") == 0 || strcmp(argv[i], "--unlock") == 0)
		return 2;
	return strcmp(argv[i], "--remove") == 0 || strcmp(argv[i], "--debug") == 0 ||
	       strncmp(argv[i], "--config=", 9) == 0 || strncmp(argv[i], "--unlock=", 9) == 0;
}

int weir_protect_fingerprint(const struct weir_protect *protect,
			     uint8_t ret[static WEIR_ABI_FINGERPRINT])
{
	const struct weir_config *config = protect->config;
	const char *const files[] = {protect->config_path, config->policy,
				     config->protect_keys, config->signed_keys,
				     config->state_dir,	   config->inspect_program};
	const struct weir_protect_start *start = &protect->start;
	char identities[ARRAY_SIZE(files)][IDENTITY_LEN];
	const char **texts _cleanup_(freep) =
		calloc((size_t)start->argc + ARRAY_SIZE(files), sizeof(*texts));
	size_t n = 0;

	if (!texts)
		return -ENOMEM;
	for (; n < ARRAY_SIZE(files); n++) {
		identify(files[n], identities[n]);
		texts[n] = identities[n];
	}
	for (int i = 1; i < start->argc;) {
		int aside = count_aside(start->argv, i);

		if (aside == 0)
			texts[n++] = start->argv[i];
		i += WEIR_MAX(aside, 1);
	}
	return weir_unlock_fingerprint(texts, n, ret);
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
	protect->start = *start;
	protect->config = start->config;
	if (!realpath(start->config_path, protect->config_path))
		(void)snprintf(protect->config_path, sizeof(protect->config_path), "%s",
			       start->config_path);
	r = find_programs(protect);
	if (r >= 0)
		r = weir_dsse_keys_load(start->config->protect_keys, &protect->keys);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(protect);
	return 0;
}

void weir_protect_free(struct weir_protect *protect)
{
	if (!protect)
		return;
	weir_dsse_keys_free(protect->keys);
	free(protect);
}

size_t weir_protect_keys(const struct weir_protect *protect)
{
	return weir_dsse_keys_count(protect->keys);
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

int weir_protect_may_act(const struct weir_protect *protect)
{
	uint8_t fingerprint[WEIR_ABI_FINGERPRINT];
	struct weir_abi_guard guard;
	int r = weir_kernel_guard_read(protect->config->pin_dir, &guard);

	/* Others than root are refused any map, ours or not. */
	if (r == -EPERM && geteuid() == 0)
		return r;
	/* No pins, or no BPF: nothing that could be in charge. */
	if (r < 0 || !guard.on || guard.open_until_ns > weir_now_boottime())
		return 0;
	r = weir_protect_fingerprint(protect, fingerprint);
	if (r < 0)
		return r;
	return memcmp(guard.fingerprint, fingerprint, sizeof(fingerprint)) == 0 ? 1 : -EACCES;
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

/* As the spool: weir-sync writes in it. */
static void add_inbox(struct things *things, const char *state_dir)
{
	char *path = things->paths[things->n_paths++];

	(void)snprintf(path, sizeof(things->paths[0]), "%s/%s", state_dir, WEIR_POLICY_INBOX_DIR);
	add(things, path, WEIR_ABI_GUARDED_SPOOL, WEIR_ABI_ROLE_NONE);
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
	add(things, config->signed_keys, 0, WEIR_ABI_ROLE_NONE);
	add(things, config->state_dir, 0, WEIR_ABI_ROLE_NONE);
	add(things, config->spool_dir, WEIR_ABI_GUARDED_SPOOL, WEIR_ABI_ROLE_NONE);
	add_inbox(things, config->state_dir);
	add(things, config->runtime_dir, 0, WEIR_ABI_ROLE_NONE);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		add(things, units[i], 0, WEIR_ABI_ROLE_NONE);
	for (size_t i = 0; i < config->protect_files.count; i++)
		add(things, config->protect_files.item[i], 0, WEIR_ABI_ROLE_NONE);
}

int weir_protect_apply(struct weir_protect *protect, struct weir_kernel *kernel)
{
	struct things *things _cleanup_(freep) = calloc(1, sizeof(*things));
	uint8_t fingerprint[WEIR_ABI_FINGERPRINT];
	int r;

	if (!things)
		return -ENOMEM;
	r = weir_protect_fingerprint(protect, fingerprint);
	if (r < 0)
		return r;
	list_things(protect, things);
	return weir_kernel_guard(kernel, things->list, things->n, fingerprint);
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

static const struct {
	int error;
	const char *en, *zh;
} words[] = {
	{EBADMSG, "it is no signed unlock", "不是已签名的解锁令"},
	{E2BIG, "it is no signed unlock", "不是已签名的解锁令"},
	{EINVAL, "it is no signed unlock", "不是已签名的解锁令"},
	{ERANGE, "it is no signed unlock", "不是已签名的解锁令"},
	{EKEYREJECTED, "no key of this machine's configuration signed it",
	 "不是由本机配置的密钥签名"},
	{ENODEV, "it is for another agent", "它是给另一个代理的"},
	{EKEYEXPIRED, "it does not hold yet or any more", "尚未生效或已过期"},
	{EALREADY, "it was used before", "已经用过"},
	{EPERM,
	 "the guard does not take this process for the agent: another one lives, it is traced, or "
	 "LD_ variables are set",
	 "自我保护不认可此进程为代理：已有另一个代理、进程正被跟踪，或设置了 LD_ 变量"},
	{EACCES, "the guarded agent has another configuration or other arguments",
	 "受保护的代理使用的是另一份配置或其他参数"},
	{ENOKEY, "the guard is on: bring a signed unlock (--unlock FILE)",
	 "自我保护已启用：请提供已签名的解锁令（--unlock FILE）"},
	{ENOTSUP, "no guard was seen to refuse anything on this kernel",
	 "在此内核上未见自我保护拒绝任何操作"},
};

const char *weir_protect_error(int error)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].error == -error)
			return words[i].en;
	return strerror(-error);
}

json_t *weir_protect_refusal(int error)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].error == -error)
			return weir_control_refusal(words[i].en, words[i].zh);
	return weir_control_refusal(strerror(-error), strerror(-error));
}
