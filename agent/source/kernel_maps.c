/* SPDX-License-Identifier: Apache-2.0 */
/* The shared maps: where they are pinned, and what user space reads and writes in them. */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kernel_private.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"

static const char *const map_names[_KERNEL_MAP_MAX] = {
	[KERNEL_MAP_CONFIG] = "weir_config",	 [KERNEL_MAP_DESTS] = "weir_dests",
	[KERNEL_MAP_VOLUMES] = "weir_volumes",	 [KERNEL_MAP_LABELS] = "weir_labels",
	[KERNEL_MAP_PROCS] = "weir_procs",	 [KERNEL_MAP_VERDICTS] = "weir_verdicts",
	[KERNEL_MAP_COUNTERS] = "weir_counters", [KERNEL_MAP_FLOWS] = "weir_flows",
	[KERNEL_MAP_SEQUENCE] = "weir_sequence", [KERNEL_MAP_CARRIERS] = "weir_carriers",
	[KERNEL_MAP_NODES] = "weir_nodes",	 [KERNEL_MAP_GUARD] = "weir_guard",
	[KERNEL_MAP_GUARDED] = "weir_guarded",	 [KERNEL_MAP_OWN] = "weir_own",
	[KERNEL_MAP_PASSES] = "weir_passes",	 [KERNEL_MAP_LINEAGE] = "weir_lineage",
};

int kernel_maps_dir(const char *pin_dir, char *ret, size_t size)
{
	/* By ABI: the programs of another one keep their own maps until they are gone. */
	if (snprintf(ret, size, "%s/maps-v%d", pin_dir, WEIR_ABI_VERSION) >= (int)size)
		return -ENAMETOOLONG;
	return weir_mkdir_parents(ret, 0700);
}

int kernel_maps_open(const char *pin_dir, int maps[static _KERNEL_MAP_MAX])
{
	char dir[PATH_MAX], path[PATH_MAX];
	int r = kernel_maps_dir(pin_dir, dir, sizeof(dir));

	if (r < 0)
		return r;
	for (int i = 0; i < _KERNEL_MAP_MAX; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", dir, map_names[i]) >= (int)sizeof(path))
			return -ENAMETOOLONG;
		maps[i] = bpf_obj_get(path);
		if (maps[i] < 0)
			return -errno;
	}
	return 0;
}

int kernel_next_generation(const char *pin_dir, uint32_t *ret)
{
	struct weir_abi_config config;
	char dir[PATH_MAX], path[PATH_MAX];
	__u32 zero = 0;
	int fd _cleanup_(weir_closep) = -1;
	int r = kernel_maps_dir(pin_dir, dir, sizeof(dir));

	if (r < 0)
		return r;
	if (snprintf(path, sizeof(path), "%s/%s", dir, map_names[KERNEL_MAP_CONFIG]) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = bpf_obj_get(path);
	if (fd < 0) {
		if (errno != ENOENT)
			return -errno;
		*ret = 1;
		return 0;
	}
	if (bpf_map_lookup_elem(fd, &zero, &config) < 0)
		return -errno;
	*ret = config.generation + 1;
	return 0;
}

int kernel_start_sequence(struct weir_kernel *kernel)
{
	__u32 zero = 0;
	__u64 start = weir_now_boottime();

	return bpf_map_update_elem(kernel->maps[KERNEL_MAP_SEQUENCE], &zero, &start, BPF_ANY) < 0
		       ? -errno
		       : 0;
}

int kernel_set_probe_dest(struct weir_kernel *kernel, const struct weir_abi_dest *dest)
{
	/* Matches nothing: an all-zero entry would match everything. */
	static const struct weir_abi_dest nowhere = {.addr = {[0 ... 15] = 0xff}, .prefix = 128};
	__u32 zero = 0;

	return bpf_map_update_elem(kernel->maps[KERNEL_MAP_DESTS], &zero, dest ? dest : &nowhere,
				   BPF_ANY) < 0
		       ? -errno
		       : 0;
}

void kernel_maps_close(int maps[static _KERNEL_MAP_MAX])
{
	for (int i = 0; i < _KERNEL_MAP_MAX; i++)
		maps[i] = weir_close(maps[i]);
}

int kernel_config_read(struct weir_kernel *kernel, struct weir_abi_config *ret)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(kernel->maps[KERNEL_MAP_CONFIG], &zero, ret) < 0 ? -errno : 0;
}

int kernel_config_write(struct weir_kernel *kernel, const struct weir_abi_config *config)
{
	__u32 zero = 0;

	return bpf_map_update_elem(kernel->maps[KERNEL_MAP_CONFIG], &zero, config, BPF_ANY) < 0
		       ? -errno
		       : 0;
}

/* 0 as well when the process is gone meanwhile. */
static int seed_process(struct weir_kernel *kernel, uint32_t tgid)
{
	struct weir_abi_proc proc = {.process.tgid = tgid};
	char path[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%u/exe", tgid);
	n = readlink(path, proc.process.exe, sizeof(proc.process.exe) - 1);
	if (n <= 0)
		return 0;
	if (bpf_map_update_elem(kernel->maps[KERNEL_MAP_PROCS], &tgid, &proc, BPF_NOEXIST) < 0 &&
	    errno != EEXIST)
		return -errno;
	return 0;
}

int kernel_seed_processes(struct weir_kernel *kernel)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return -errno;
	while (r >= 0 && (entry = readdir(dir))) {
		uint32_t tgid;

		if (isdigit((unsigned char)entry->d_name[0]) &&
		    weir_parse_u32(entry->d_name, &tgid) == 0)
			r = seed_process(kernel, tgid);
	}
	(void)closedir(dir);
	return r;
}

int weir_kernel_apply(struct weir_kernel *kernel, const struct weir_abi_config *config,
		      const struct weir_abi_dest *dests, size_t n_dests)
{
	struct weir_abi_config now;
	int r;

	if (n_dests > WEIR_ABI_DESTS - 1)
		return -E2BIG;
	r = kernel_config_read(kernel, &now);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n_dests; i++) {
		__u32 key = (__u32)i + 1;

		if (bpf_map_update_elem(kernel->maps[KERNEL_MAP_DESTS], &key, &dests[i], BPF_ANY) <
		    0)
			return -errno;
	}
	for (int i = 0; i < WEIR_ABI_PROFILES; i++)
		if (i != WEIR_ABI_PROFILE_SELFTEST)
			now.profiles[i] = config->profiles[i];
	now.flags = config->flags;
	now.usb_volume = config->usb_volume;
	now.usb_node = config->usb_node;
	now.dests = (__u32)n_dests + 1;
	now.taint_ns = config->taint_ns;
	return kernel_config_write(kernel, &now);
}

static int update(struct weir_kernel *kernel, enum kernel_map map, const void *key,
		  const void *value)
{
	return bpf_map_update_elem(kernel->maps[map], key, value, BPF_ANY) < 0 ? -errno : 0;
}

/* Forgetting what is not there is done. */
static int forget(struct weir_kernel *kernel, enum kernel_map map, const void *key)
{
	return bpf_map_delete_elem(kernel->maps[map], key) < 0 && errno != ENOENT ? -errno : 0;
}

int weir_kernel_set_volume(struct weir_kernel *kernel, uint32_t dev,
			   const struct weir_abi_volume *volume)
{
	struct weir_abi_volume entry = *volume;

	entry.flags |= WEIR_ABI_VOLUME_BY_AGENT;
	return update(kernel, KERNEL_MAP_VOLUMES, &dev, &entry);
}

int weir_kernel_forget_volume(struct weir_kernel *kernel, uint32_t dev)
{
	return forget(kernel, KERNEL_MAP_VOLUMES, &dev);
}

int weir_kernel_set_node(struct weir_kernel *kernel, uint32_t dev,
			 const struct weir_abi_volume *node)
{
	return update(kernel, KERNEL_MAP_NODES, &dev, node);
}

int weir_kernel_forget_node(struct weir_kernel *kernel, uint32_t dev)
{
	return forget(kernel, KERNEL_MAP_NODES, &dev);
}

int weir_kernel_set_label(struct weir_kernel *kernel, const struct weir_abi_inode *inode,
			  const struct weir_abi_label *label)
{
	return update(kernel, KERNEL_MAP_LABELS, inode, label);
}

int weir_kernel_get_label(struct weir_kernel *kernel, const struct weir_abi_inode *inode,
			  struct weir_abi_label *ret)
{
	return bpf_map_lookup_elem(kernel->maps[KERNEL_MAP_LABELS], inode, ret) < 0 ? -errno : 0;
}

int weir_kernel_forget_label(struct weir_kernel *kernel, const struct weir_abi_inode *inode)
{
	return forget(kernel, KERNEL_MAP_LABELS, inode);
}

int weir_kernel_carrier(struct weir_kernel *kernel, const struct weir_abi_inode *inode,
			struct weir_abi_carrier *ret)
{
	return bpf_map_lookup_elem(kernel->maps[KERNEL_MAP_CARRIERS], inode, ret) < 0 ? -errno : 0;
}

int weir_kernel_forget_carrier(struct weir_kernel *kernel, const struct weir_abi_inode *inode)
{
	return forget(kernel, KERNEL_MAP_CARRIERS, inode);
}

int weir_kernel_process(struct weir_kernel *kernel, uint32_t tgid, struct weir_abi_process *ret)
{
	struct weir_abi_proc proc;

	if (bpf_map_lookup_elem(kernel->maps[KERNEL_MAP_PROCS], &tgid, &proc) < 0)
		return -errno;
	*ret = proc.process;
	return 0;
}

/* procfs has it in hundredths of a second, the kernel to the nanosecond. 0: not known to either yet. */
static bool same_start(uint64_t kernel_ns, uint64_t procfs_ns)
{
	const uint64_t tick_ns = WEIR_NSEC_PER_SEC / 100;

	return kernel_ns == 0 || kernel_ns / tick_ns == procfs_ns / tick_ns;
}

/* As weir_taint() does in the kernel. */
static void take_label(struct weir_abi_proc *proc, const struct weir_abi_inode *inode,
		       const struct weir_abi_label *label, uint64_t now_ns, uint64_t until_ns)
{
	bool fresh = proc->tainted_until_ns <= now_ns;

	for (size_t i = 0; i < _WEIR_ABI_DET_MAX; i++) {
		if (!fresh && label->distinct[i] <= proc->labelled[i])
			continue;
		proc->labelled[i] = label->distinct[i];
		proc->label = *inode;
	}
	proc->tainted_until_ns = WEIR_MAX(proc->tainted_until_ns, until_ns);
}

int weir_kernel_taint(struct weir_kernel *kernel, uint32_t tgid, uint64_t start_boot_ns,
		      const struct weir_abi_inode *inode, const struct weir_abi_label *label)
{
	const int procs = kernel->maps[KERNEL_MAP_PROCS];
	uint64_t now = weir_now_boottime(), live = 0, until;
	struct weir_abi_config config;
	struct weir_abi_proc proc;
	__u32 zero = 0;
	int r = kernel_config_read(kernel, &config);

	if (r == 0)
		r = seed_process(kernel, tgid);
	if (r < 0)
		return r;
	if (bpf_map_lookup_elem(procs, &tgid, &proc) < 0)
		return -errno;
	if (!same_start(proc.process.start_boot_ns, start_boot_ns))
		return -ESRCH;
	until = now + config.taint_ns;
	take_label(&proc, inode, label, now, until);
	if (bpf_map_update_elem(procs, &tgid, &proc, BPF_EXIST) < 0)
		return -errno;
	(void)bpf_map_lookup_elem(kernel->maps[KERNEL_MAP_LINEAGE], &zero, &live);
	return live >= until ? 0 : update(kernel, KERNEL_MAP_LINEAGE, &zero, &until);
}

int weir_kernel_forget_flow(struct weir_kernel *kernel, const struct weir_abi_inode *inode)
{
	return forget(kernel, KERNEL_MAP_FLOWS, inode);
}

int weir_kernel_set_pass(struct weir_kernel *kernel, uint32_t uid, uint8_t profile,
			 uint64_t until_ns)
{
	const struct weir_abi_pass_key key = {.uid = uid, .profile = profile};
	const struct weir_abi_pass pass = {.until_ns = until_ns};

	return update(kernel, KERNEL_MAP_PASSES, &key, &pass);
}

int weir_kernel_forget_pass(struct weir_kernel *kernel, uint32_t uid, uint8_t profile)
{
	const struct weir_abi_pass_key key = {.uid = uid, .profile = profile};

	return forget(kernel, KERNEL_MAP_PASSES, &key);
}

int kernel_forget_passes(struct weir_kernel *kernel)
{
	struct weir_abi_pass_key key;
	int r = 0;

	while (r == 0 && bpf_map_get_next_key(kernel->maps[KERNEL_MAP_PASSES], NULL, &key) == 0)
		r = forget(kernel, KERNEL_MAP_PASSES, &key);
	return r;
}

int weir_kernel_counters(struct weir_kernel *kernel, uint64_t ret[static _WEIR_ABI_COUNT_MAX])
{
	int cpus = libbpf_num_possible_cpus();
	__u64 *values _cleanup_(freep) = NULL;

	if (cpus < 0)
		return cpus;
	values = calloc((size_t)cpus, sizeof(*values));
	if (!values)
		return -ENOMEM;
	for (__u32 key = 0; key < _WEIR_ABI_COUNT_MAX; key++) {
		if (bpf_map_lookup_elem(kernel->maps[KERNEL_MAP_COUNTERS], &key, values) < 0)
			return -errno;
		ret[key] = 0;
		for (int i = 0; i < cpus; i++)
			ret[key] += values[i];
	}
	return 0;
}
