/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the tier. For files and for the network apart, from the best tier down: load, attach, let the self-test see it deny; what
 * was not seen to deny is taken away again. Then the new programs take over from those of an earlier start by one write to the
 * settings, so that there is no moment without enforcement and none with two. */

#include "weir/source/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "kernel_private.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/event/decode.h"

#define PROBE_TRIES	 3
#define DEFAULT_TAINT_NS (10 * 60 * WEIR_NSEC_PER_SEC)

/* A candidate for a channel, best first. */
struct candidate {
	enum kernel_set set;
	enum weir_abi_hook hook;
};

static const struct candidate file_candidates[] = {
	{KERNEL_SET_LSM_FILE, WEIR_ABI_HOOK_FILE_PERMISSION},
	{KERNEL_SET_FMOD_FILE, WEIR_ABI_HOOK_FILE_PERMISSION},
};

static const struct candidate device_candidates[] = {
	{KERNEL_SET_LSM_DEVICE, WEIR_ABI_HOOK_VOLUME_CHANGE},
	{KERNEL_SET_FMOD_DEVICE, WEIR_ABI_HOOK_VOLUME_CHANGE},
};

static const struct candidate guard_candidates[] = {
	{KERNEL_SET_LSM_GUARD, WEIR_ABI_HOOK_GUARD_FILE},
	{KERNEL_SET_FMOD_GUARD, WEIR_ABI_HOOK_GUARD_FILE},
};

static const struct candidate map_candidates[] = {
	{KERNEL_SET_LSM_MAP, WEIR_ABI_HOOK_MMAP_FILE},
	{KERNEL_SET_FMOD_MAP, WEIR_ABI_HOOK_MMAP_FILE},
};

static const struct candidate late_candidates[] = {
	{KERNEL_SET_LATE, WEIR_ABI_HOOK_FAULT_IN},
};

static const struct candidate hold_candidates[] = {
	{KERNEL_SET_HOLD, WEIR_ABI_HOOK_FILE_OPEN},
};

static const struct candidate net_candidates[] = {
	{KERNEL_SET_LSM_NET, WEIR_ABI_HOOK_SOCKET_SENDMSG},
	{KERNEL_SET_FMOD_NET, WEIR_ABI_HOOK_SOCKET_SENDMSG},
	{KERNEL_SET_CGROUP_NET, WEIR_ABI_HOOK_CGROUP_EGRESS},
};

static const struct candidate node_candidates[] = {
	{KERNEL_SET_CGROUP_NODE, WEIR_ABI_HOOK_CGROUP_DEVICE},
};

static int quiet(enum libbpf_print_level level, const char *fmt, va_list args)
{
	return 0;
}

/* The agent's start as the kernel compares it: field 22 of /proc/self/stat. The name in field 2 may hold anything, so fields count
 * from the last parenthesis. */
static int own_start_ticks(uint64_t *ret)
{
	struct weir_buf buf = WEIR_BUF_INIT(4096);
	int r = weir_read_file(AT_FDCWD, "/proc/self/stat", &buf);
	const char *p = r < 0 ? NULL : strrchr(buf.data, ')');
	unsigned long long ticks;

	if (r >= 0 &&
	    (!p ||
	     sscanf(p + 1,
		    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d "
		    "%*d %llu",
		    &ticks) != 1))
		r = -EPROTO;
	if (r >= 0)
		*ret = ticks;
	weir_buf_done(&buf);
	return r;
}

/* The settings of an earlier start stay; a first start makes them. */
static int enter_settings(struct weir_kernel *kernel)
{
	struct weir_abi_config config;
	uint64_t ticks;
	int r = kernel_config_read(kernel, &config);

	if (r >= 0)
		r = own_start_ticks(&ticks);
	if (r < 0)
		return r;
	if (config.abi != WEIR_ABI_VERSION) {
		config = (struct weir_abi_config){
			.abi = WEIR_ABI_VERSION, .dests = 1, .taint_ns = DEFAULT_TAINT_NS};
		if (getrandom(config.hash_key, sizeof(config.hash_key), 0) !=
		    sizeof(config.hash_key))
			return -EIO;
		r = kernel_start_sequence(kernel);
		if (r >= 0)
			r = kernel_set_probe_dest(kernel, NULL);
		if (r < 0)
			return r;
	}
	config.agent_tgid = (__u32)getpid();
	config.agent_start_ticks = ticks;
	config.test_generation = 0;
	config.test_tgid = 0;
	return kernel_config_write(kernel, &config);
}

static void note_failure(struct weir_kernel *kernel, const struct candidate *candidate, int error)
{
	struct weir_hook_evidence *evidence = kernel_evidence_of(kernel, candidate->hook);
	char text[64];

	evidence->attached = evidence->denied = evidence->passed_clean = false;
	evidence->error = error;
	evidence->at_ns = weir_now_realtime();
	(void)snprintf(evidence->text, sizeof(evidence->text), "%s: not loaded: %s",
		       weir_event_hook_name(candidate->hook, kernel_set_tier(candidate->set)),
		       strerror_r(-error, text, sizeof(text)));
}

/* A busy machine may be too slow for one test; taking a working set away for that would open what it holds. */
static bool holds(struct weir_kernel *kernel, unsigned probe, enum weir_abi_hook hook)
{
	for (int i = 0; i < PROBE_TRIES; i++) {
		int r = kernel_probe(kernel, probe, hook);

		if (r > 0 && ((unsigned)r & probe))
			return true;
	}
	return false;
}

/* The tier of the first candidate that was seen to deny; WEIR_ABI_TIER_SCAN when none was. */
static enum weir_abi_tier choose(struct weir_kernel *kernel, const struct candidate *candidates,
				 size_t n, unsigned probe, enum weir_abi_tier best)
{
	for (size_t i = 0; i < n; i++) {
		enum weir_abi_tier tier = kernel_set_tier(candidates[i].set);
		int r;

		if (tier < best)
			continue;
		r = kernel_set_start(kernel, candidates[i].set);
		if (r < 0) {
			note_failure(kernel, &candidates[i], r);
			continue;
		}
		if (holds(kernel, probe, candidates[i].hook))
			return tier;
		kernel_set_stop(kernel, candidates[i].set);
	}
	return WEIR_ABI_TIER_SCAN;
}

static bool enforces(enum weir_abi_tier tier)
{
	return tier == WEIR_ABI_TIER_LSM || tier == WEIR_ABI_TIER_FMOD_RET;
}

/* What the file programs of either tier go with. A kernel that lacks some of it is worse off by that alone. */
static void start_file_companions(struct weir_kernel *kernel, enum weir_abi_tier best)
{
	(void)!kernel_set_start(kernel, KERNEL_SET_REQUEST);
	(void)!kernel_set_start(kernel, KERNEL_SET_PAIR);
	kernel->late_tier = choose(kernel, late_candidates, ARRAY_SIZE(late_candidates),
				   KERNEL_PROBE_LATE, best);
	kernel->hold_tier = kernel->node_tier =
		WEIR_ABI_TIER_SCAN; /* the file programs do it themselves */
}

/* Without the file programs the process table runs and fanotify does the rest; what needs no look at content may be held all the
 * same. */
static void start_without_file(struct weir_kernel *kernel, enum weir_abi_tier best)
{
	kernel->file_tier = WEIR_ABI_TIER_OBSERVE;
	kernel->late_tier = WEIR_ABI_TIER_SCAN;
	kernel->hold_tier = choose(kernel, hold_candidates, ARRAY_SIZE(hold_candidates),
				   KERNEL_PROBE_HOLD, best);
	kernel->node_tier = choose(kernel, node_candidates, ARRAY_SIZE(node_candidates),
				   KERNEL_PROBE_NODE, best);
}

/* The tier of the programs behind a hook. Those of a channel may be of several. */
static enum weir_abi_tier tier_behind(const struct weir_kernel *kernel, enum weir_abi_hook hook)
{
	switch (hook) {
	case WEIR_ABI_HOOK_FILE_OPEN:
		return enforces(kernel->hold_tier) ? kernel->hold_tier : kernel->file_tier;
	case WEIR_ABI_HOOK_MMAP_FILE:
	case WEIR_ABI_HOOK_FILE_MPROTECT:
		return kernel->map_tier;
	case WEIR_ABI_HOOK_VOLUME_CHANGE:
	case WEIR_ABI_HOOK_VOLUME_MOUNT:
		return kernel->device_tier;
	case WEIR_ABI_HOOK_CGROUP_DEVICE:
		return kernel->node_tier;
	default:
		return WEIR_ABI_TIER_NONE;
	}
}

static void note_tiers(struct weir_kernel *kernel)
{
	for (size_t i = 0; i < kernel->n_evidence; i++)
		kernel->evidence[i].tier = tier_behind(kernel, kernel->evidence[i].hook);
}

static int take_over(struct weir_kernel *kernel)
{
	struct weir_abi_config config;
	int r = kernel_links_pin(kernel);

	if (r >= 0)
		r = kernel_config_read(kernel, &config);
	if (r < 0)
		return r;
	config.generation = kernel->generation;
	config.late_looks = enforces(kernel->late_tier);
	r = kernel_config_write(kernel, &config);
	return r < 0 ? r : kernel_links_retire(kernel);
}

/* Where the v2 hierarchy is mounted; hybrid systems have it beside the old one. No tree: *ret stays NULL, and tier 3 has no
 * network. */
static int find_cgroups(char **ret)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent entry;
	char line[4096];
	int r = 0;

	if (!mounts)
		return -errno;
	while (!*ret && r == 0 && getmntent_r(mounts, &entry, line, sizeof(line))) {
		if (strcmp(entry.mnt_type, "cgroup2") != 0)
			continue;
		*ret = strdup(entry.mnt_dir);
		r = *ret ? 0 : -ENOMEM;
	}
	(void)endmntent(mounts);
	return r;
}

static int copy_options(struct weir_kernel *kernel, const struct weir_kernel_options *options)
{
	struct statfs fs;
	int r = weir_mkdir_parents(options->pin_dir, 0700);

	if (r < 0)
		return r;
	if (statfs(options->pin_dir, &fs) < 0)
		return -errno;
	if (fs.f_type != BPF_FS_MAGIC)
		return -ENOTSUP;
	kernel->pin_dir = strdup(options->pin_dir);
	kernel->scratch_dir = strdup(options->scratch_dir);
	if (!kernel->pin_dir || !kernel->scratch_dir)
		return -ENOMEM;
	r = find_cgroups(&kernel->cgroup_root);
	if (r < 0)
		return r;
	if (options->cgroup || kernel->cgroup_root) {
		kernel->cgroup = strdup(options->cgroup ? options->cgroup : kernel->cgroup_root);
		if (!kernel->cgroup)
			return -ENOMEM;
	}
	return weir_mkdir_parents(options->scratch_dir, 0700);
}

/* Ours are known before anything is guarded. */
static void start_guard(struct weir_kernel *kernel, const struct weir_kernel_options *options)
{
	kernel->guard_tier = WEIR_ABI_TIER_SCAN;
	if (!options->guard)
		return;
	if (kernel_set_start(kernel, KERNEL_SET_OWN) < 0 || kernel_guard_enter_self(kernel) < 0)
		return;
	kernel->guard_tier = choose(kernel, guard_candidates, ARRAY_SIZE(guard_candidates),
				    KERNEL_PROBE_GUARD, options->best_tier);
}

/* The programs of the guard before go with their generation; so does what it was told. */
static int retire_guard(struct weir_kernel *kernel)
{
	return kernel->guard_tier <= WEIR_ABI_TIER_FMOD_RET ? 0 : kernel_guard_clear(kernel);
}

int weir_kernel_new(const struct weir_kernel_options *options, struct weir_kernel **ret)
{
	struct weir_kernel *kernel _cleanup_(weir_kernel_freep) = calloc(1, sizeof(*kernel));
	int r;

	if (!kernel)
		return -ENOMEM;
	for (int i = 0; i < _KERNEL_MAP_MAX; i++)
		kernel->maps[i] = -1;
	(void)libbpf_set_print(quiet);
	r = copy_options(kernel, options);
	/* The process table comes first: with its object the shared maps are made. */
	if (r >= 0)
		r = kernel_next_generation(kernel->pin_dir, &kernel->generation);
	if (r >= 0)
		r = kernel_set_start(kernel, KERNEL_SET_PROCESS);
	if (r >= 0)
		r = kernel_maps_open(kernel->pin_dir, kernel->maps);
	if (r >= 0)
		r = enter_settings(kernel);
	if (r >= 0)
		r = kernel_seed_processes(kernel);
	if (r >= 0)
		r = kernel_forget_passes(kernel);
	if (r >= 0)
		r = kernel_ring_new(kernel->maps[KERNEL_MAP_VERDICTS], &kernel->ring);
	if (r < 0)
		return r;
	/* First of all: what a test wrote to a file must not be counted to the next one with its number. */
	(void)!kernel_set_start(kernel, KERNEL_SET_FORGET);
	kernel->file_tier = choose(kernel, file_candidates, ARRAY_SIZE(file_candidates),
				   KERNEL_PROBE_FILE, options->best_tier);
	kernel->device_tier = choose(kernel, device_candidates, ARRAY_SIZE(device_candidates),
				     KERNEL_PROBE_DEVICE, options->best_tier);
	kernel->net_tier = choose(kernel, net_candidates, ARRAY_SIZE(net_candidates),
				  KERNEL_PROBE_NET, options->best_tier);
	if (enforces(kernel->file_tier))
		start_file_companions(kernel, options->best_tier);
	else
		start_without_file(kernel, options->best_tier);
	kernel->map_tier = choose(kernel, map_candidates, ARRAY_SIZE(map_candidates),
				  KERNEL_PROBE_MAP, options->best_tier);
	start_guard(kernel, options);
	r = take_over(kernel);
	if (r >= 0)
		r = retire_guard(kernel);
	if (r < 0)
		return r;
	note_tiers(kernel);
	*ret = TAKE_PTR(kernel);
	return 0;
}

void weir_kernel_free(struct weir_kernel *kernel)
{
	if (!kernel)
		return;
	for (int set = 0; set < _KERNEL_SET_MAX; set++)
		kernel_set_stop(kernel, set);
	kernel_ring_free(kernel->ring);
	kernel_maps_close(kernel->maps);
	free(kernel->pin_dir);
	free(kernel->scratch_dir);
	free(kernel->cgroup);
	free(kernel->cgroup_root);
	free(kernel);
}

enum weir_abi_tier weir_kernel_file_tier(const struct weir_kernel *kernel)
{
	return kernel->file_tier;
}

enum weir_abi_tier weir_kernel_device_tier(const struct weir_kernel *kernel)
{
	return kernel->device_tier;
}

enum weir_abi_tier weir_kernel_net_tier(const struct weir_kernel *kernel)
{
	return kernel->net_tier;
}

size_t weir_kernel_evidence(const struct weir_kernel *kernel, const struct weir_hook_evidence **ret)
{
	*ret = kernel->evidence;
	return kernel->n_evidence;
}

/* What was not seen to be stopped later has to be refused at the call. */
static void set_late_looks(struct weir_kernel *kernel, bool held)
{
	struct weir_abi_config config;

	if (kernel_config_read(kernel, &config) < 0 || config.late_looks == held)
		return;
	config.late_looks = held;
	(void)!kernel_config_write(kernel, &config);
}

size_t weir_kernel_self_test(struct weir_kernel *kernel, const struct weir_hook_evidence **ret)
{
	unsigned probes = 0;
	int r = 0;

	if (enforces(kernel->file_tier))
		probes |= KERNEL_PROBE_FILE;
	if (enforces(kernel->device_tier))
		probes |= KERNEL_PROBE_DEVICE;
	if (enforces(kernel->map_tier))
		probes |= KERNEL_PROBE_MAP;
	if (kernel->net_tier <= WEIR_ABI_TIER_OBSERVE)
		probes |= KERNEL_PROBE_NET;
	if (enforces(kernel->guard_tier))
		probes |= KERNEL_PROBE_GUARD;
	if (enforces(kernel->late_tier))
		probes |= KERNEL_PROBE_LATE;
	if (enforces(kernel->hold_tier))
		probes |= KERNEL_PROBE_HOLD;
	if (kernel->node_tier == WEIR_ABI_TIER_OBSERVE)
		probes |= KERNEL_PROBE_NODE;
	if (probes)
		r = kernel_probe(kernel, probes,
				 kernel->net_tier == WEIR_ABI_TIER_OBSERVE
					 ? WEIR_ABI_HOOK_CGROUP_EGRESS
					 : WEIR_ABI_HOOK_SOCKET_SENDMSG);
	set_late_looks(kernel, r > 0 && (r & KERNEL_PROBE_LATE));
	note_tiers(kernel);
	return weir_kernel_evidence(kernel, ret);
}

int weir_kernel_fd(const struct weir_kernel *kernel)
{
	return kernel->maps[KERNEL_MAP_VERDICTS];
}

struct dispatch {
	weir_kernel_record_fn fn;
	void *context;
};

/* Evidence of the self-test is no event. */
static int pass_on(void *context, const void *data, size_t len)
{
	const struct dispatch *dispatch = context;
	struct weir_abi_hdr hdr;

	if (len >= sizeof(hdr)) {
		memcpy(&hdr, data, sizeof(hdr));
		if (hdr.flags & WEIR_ABI_HDR_SELFTEST)
			return 0;
	}
	return dispatch->fn(dispatch->context, data, len);
}

int weir_kernel_dispatch(struct weir_kernel *kernel, weir_kernel_record_fn fn, void *context)
{
	struct dispatch dispatch = {.fn = fn, .context = context};

	return kernel_ring_consume(kernel->ring, pass_on, &dispatch);
}
