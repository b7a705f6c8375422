/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/daemon/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>

#include "weir/base/fd.h"

#define DESCRIPTORS_MAX 16384

void weir_host_read(struct weir_host *ret)
{
	struct weir_buf lsm _cleanup_(weir_buf_done) = WEIR_BUF_INIT(sizeof(ret->lsm) - 1);

	*ret = (struct weir_host){0};
	(void)uname(&ret->kernel);
	if (weir_read_file(AT_FDCWD, "/sys/kernel/security/lsm", &lsm) == 0 && lsm.data)
		memcpy(ret->lsm, lsm.data, lsm.len);
	ret->lsm[strcspn(ret->lsm, "\n")] = '\0';
}

void weir_host_raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = WEIR_MAX(limit.rlim_cur, (rlim_t)DESCRIPTORS_MAX);
	limit.rlim_max = WEIR_MAX(limit.rlim_max, limit.rlim_cur);
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int exclude(struct weir_config *config, const struct weir_log *log)
{
	const char *const own[] = {config->state_dir, config->runtime_dir, config->spool_dir};

	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		struct weir_error error;
		int r = weir_config_set(config, "watch.exclude", own[i], false, &error);

		if (r < 0)
			return weir_log_error(log, r, "cannot leave out %s", own[i]);
	}
	return 0;
}

int weir_host_folders(struct weir_config *config, const struct weir_log *log,
		      char scratch[PATH_MAX])
{
	int r;

	if (!config->spool_dir && asprintf(&config->spool_dir, "%s/spool", config->state_dir) < 0) {
		config->spool_dir = NULL;
		return -ENOMEM;
	}
	if (snprintf(scratch, PATH_MAX, "%s/scratch", config->state_dir) >= PATH_MAX)
		return -ENAMETOOLONG;
	r = weir_mkdir_parents(config->state_dir, 0755);
	if (r == 0)
		r = weir_mkdir_parents(scratch, 0700);
	if (r == 0)
		r = weir_mkdir_parents(config->runtime_dir, 0755);
	if (r < 0)
		return weir_log_error(log, r, "cannot make the folders for state and runtime");
	return exclude(config, log);
}

static int make_uid(const char *path, const struct weir_log *log, uint8_t uid[WEIR_HOST_UID_LEN])
{
	int r;

	if (getrandom(uid, WEIR_HOST_UID_LEN, 0) != WEIR_HOST_UID_LEN)
		return -EIO;
	r = weir_write_file_atomic(AT_FDCWD, path, uid, WEIR_HOST_UID_LEN, 0644);
	return r < 0 ? weir_log_error(log, r, "cannot write %s", path) : 0;
}

int weir_host_agent_uid(const struct weir_config *config, const struct weir_log *log,
			char ret[2 * WEIR_HOST_UID_LEN + 1])
{
	struct weir_buf kept _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_HOST_UID_LEN);
	uint8_t uid[WEIR_HOST_UID_LEN];
	char path[PATH_MAX];
	int r;

	if (snprintf(path, sizeof(path), "%s/agent-uid", config->state_dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	r = weir_read_file(AT_FDCWD, path, &kept);
	if (r < 0 && r != -ENOENT)
		return weir_log_error(log, r, "cannot read %s", path);
	if (r == 0 && kept.len == sizeof(uid)) {
		memcpy(uid, kept.data, sizeof(uid));
	} else {
		r = make_uid(path, log, uid);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < sizeof(uid); i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", uid[i]);
	return 0;
}
