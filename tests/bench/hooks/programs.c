/* SPDX-License-Identifier: Apache-2.0 */
#include "programs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "weir/base/fd.h"

int bench_account_open(struct account *account)
{
	account->stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (account->stats < 0)
		return -errno;
	account->kernel = btf__load_vmlinux_btf();
	return 0;
}

void bench_account_close(struct account *account)
{
	account->stats = weir_close(account->stats);
	btf__free(account->kernel);
	account->kernel = NULL;
}

static void name_of(const struct account *account, const struct bpf_prog_info *info, char *to,
		    size_t size)
{
	const struct btf_type *hooked = NULL;

	if (account->kernel && info->attach_btf_id)
		hooked = btf__type_by_id(account->kernel, info->attach_btf_id);
	(void)snprintf(to, size, "%s",
		       hooked ? btf__name_by_offset(account->kernel, hooked->name_off)
			      : info->name);
}

/* 1 when it is one of ours. */
static int read_one(const struct account *account, uint32_t id, struct program *ret)
{
	int fd _cleanup_(weir_closep) = bpf_prog_get_fd_by_id(id);
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
		return -errno;
	if (strncmp(info.name, "weir_", 5) != 0)
		return 0;
	*ret = (struct program){.id = id, .runs = info.run_cnt, .ns = info.run_time_ns};
	name_of(account, &info, ret->name, sizeof(ret->name));
	return 1;
}

int bench_account_read(const struct account *account,
		       struct program programs[static BENCH_PROGRAMS])
{
	uint32_t id = 0;
	int n = 0;

	while (n < BENCH_PROGRAMS && bpf_prog_get_next_id(id, &id) == 0) {
		int r = read_one(account, id, &programs[n]);

		/* One that went away meanwhile is no news. */
		if (r < 0 && r != -ENOENT)
			return r;
		n += r > 0;
	}
	return n;
}
