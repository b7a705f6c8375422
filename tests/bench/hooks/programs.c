/* SPDX-License-Identifier: Apache-2.0 */
#include "programs.h"

#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>

#include "weir/base/fd.h"

int bench_programs_count(void)
{
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);

	return fd < 0 ? -errno : fd;
}

/* 1 when it is one of ours. */
static int read_one(uint32_t id, struct program *ret)
{
	int fd _cleanup_(weir_closep) = bpf_prog_get_fd_by_id(id);
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
		return -errno;
	if (strncmp(info.name, "weir_", 5) != 0)
		return 0;
	*ret = (struct program){.id = id, .runs = info.run_cnt, .ns = info.run_time_ns};
	memcpy(ret->name, info.name, sizeof(ret->name));
	ret->name[sizeof(ret->name) - 1] = '\0';
	return 1;
}

int bench_programs_read(struct program programs[static BENCH_PROGRAMS])
{
	uint32_t id = 0;
	int n = 0;

	while (n < BENCH_PROGRAMS && bpf_prog_get_next_id(id, &id) == 0) {
		int r = read_one(id, &programs[n]);

		/* One that went away meanwhile is no news. */
		if (r < 0 && r != -ENOENT)
			return r;
		n += r > 0;
	}
	return n;
}
