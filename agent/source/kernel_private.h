/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SOURCE_KERNEL_PRIVATE_H
#define WEIR_SOURCE_KERNEL_PRIVATE_H

/* What the kernel*.c files share: maps, program sets, the self-test, the ring. Nobody else includes this. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/source/kernel.h"

enum kernel_map {
	KERNEL_MAP_CONFIG,
	KERNEL_MAP_DESTS,
	KERNEL_MAP_VOLUMES,
	KERNEL_MAP_LABELS,
	KERNEL_MAP_CARRIERS,
	KERNEL_MAP_PROCS,
	KERNEL_MAP_VERDICTS,
	KERNEL_MAP_COUNTERS,
	KERNEL_MAP_FLOWS,
	KERNEL_MAP_SEQUENCE,
	KERNEL_MAP_NODES,
	KERNEL_MAP_GUARD,
	KERNEL_MAP_GUARDED,
	KERNEL_MAP_OWN,
	KERNEL_MAP_PASSES,
	KERNEL_MAP_LINEAGE,
	_KERNEL_MAP_MAX,
};

/* Sets of programs that are loaded and attached together: the units of choice. */
enum kernel_set {
	KERNEL_SET_PROCESS,
	KERNEL_SET_FORGET,
	KERNEL_SET_LSM_FILE,
	KERNEL_SET_FMOD_FILE,
	KERNEL_SET_REQUEST,
	KERNEL_SET_LATE,
	KERNEL_SET_PAIR,
	KERNEL_SET_LSM_MAP,
	KERNEL_SET_FMOD_MAP,
	KERNEL_SET_LSM_NET,
	KERNEL_SET_FMOD_NET,
	KERNEL_SET_CGROUP_NET,
	KERNEL_SET_CGROUP_NODE,
	KERNEL_SET_HOLD,
	KERNEL_SET_LSM_DEVICE,
	KERNEL_SET_FMOD_DEVICE,
	KERNEL_SET_OWN,
	KERNEL_SET_LSM_GUARD,
	KERNEL_SET_FMOD_GUARD,
	_KERNEL_SET_MAX,
};

struct bpf_object;
struct bpf_link;

#define KERNEL_SET_LINKS 40

/* A loaded set. object NULL: not loaded. */
struct kernel_programs {
	struct bpf_object *object;
	struct bpf_link *links[KERNEL_SET_LINKS];
	size_t n_links;
};

struct kernel_ring;

struct weir_kernel {
	char *pin_dir;
	char *scratch_dir;
	char *cgroup;
	char *cgroup_root; /* of the v2 hierarchy; NULL: there is none */
	int maps[_KERNEL_MAP_MAX];
	struct kernel_programs sets[_KERNEL_SET_MAX];
	struct kernel_ring *ring;
	uint32_t generation;
	enum weir_abi_tier file_tier, map_tier, device_tier, net_tier;
	enum weir_abi_tier guard_tier; /* WEIR_ABI_TIER_SCAN: none */
	enum weir_abi_tier
		hold_tier; /* of what device rules say of openings; WEIR_ABI_TIER_SCAN: no set by itself */
	enum weir_abi_tier
		node_tier; /* of opening nodes where files are tier 3's; WEIR_ABI_TIER_SCAN: no set by itself */
	enum weir_abi_tier late_tier; /* of the later look at buffers; WEIR_ABI_TIER_SCAN: none */
	struct weir_hook_evidence evidence[_WEIR_ABI_HOOK_MAX];
	size_t n_evidence;
};

/* kernel_maps.c */
int kernel_maps_open(const char *pin_dir, int maps[static _KERNEL_MAP_MAX]) _must_use_;
void kernel_maps_close(int maps[static _KERNEL_MAP_MAX]);
/* The number for the programs of this start: one more than the one in charge, 1 when there is none. */
int kernel_next_generation(const char *pin_dir, uint32_t *ret) _must_use_;
/* Starts the records' counter at the time since boot in nanoseconds, so that numbers of maps made anew within one boot never
 * repeat those of the maps before. */
int kernel_start_sequence(struct weir_kernel *kernel) _must_use_;
/* Entry 0 of the destinations; NULL: none. */
int kernel_set_probe_dest(struct weir_kernel *kernel, const struct weir_abi_dest *dest) _must_use_;
/* Path of the folder that this ABI's maps are pinned in; made when missing. */
int kernel_maps_dir(const char *pin_dir, char *ret, size_t size) _must_use_;
int kernel_config_read(struct weir_kernel *kernel, struct weir_abi_config *ret) _must_use_;
int kernel_config_write(struct weir_kernel *kernel,
			const struct weir_abi_config *config) _must_use_;
/* Those that an agent before gave: nobody knows their reasons any more. */
int kernel_forget_passes(struct weir_kernel *kernel) _must_use_;
/* Enters the processes that are older than the programs, so that their file names are known. */
int kernel_seed_processes(struct weir_kernel *kernel) _must_use_;

/* kernel_programs.c */
/* Loads and attaches a set of this generation. Negative errno: the kernel refused it. */
int kernel_set_start(struct weir_kernel *kernel, enum kernel_set set) _must_use_;
/* Detaches what is not pinned and unloads. */
void kernel_set_stop(struct weir_kernel *kernel, enum kernel_set set);
/* Pins all started sets' links, for this generation. */
int kernel_links_pin(struct weir_kernel *kernel) _must_use_;
/* Unpins the links of all other generations: with them their programs go. */
int kernel_links_retire(struct weir_kernel *kernel) _must_use_;
enum weir_abi_tier kernel_set_tier(enum kernel_set set);

/* kernel_selftest.c */
enum kernel_probe {
	KERNEL_PROBE_FILE = 1 << 0, /* file_open and file_permission */
	KERNEL_PROBE_NET = 1 << 1,
	KERNEL_PROBE_DEVICE =
		1 << 2, /* changing names on a volume; mounting has evidence of its own */
	KERNEL_PROBE_GUARD = 1 << 3, /* any hook of the guard */
	KERNEL_PROBE_MAP = 1 << 4,   /* mmap_file and file_mprotect */
	KERNEL_PROBE_LATE = 1 << 5,  /* the later look at what is not in memory */
	KERNEL_PROBE_HOLD = 1 << 6,  /* file_open by itself */
	KERNEL_PROBE_NODE = 1 << 7,  /* opening a disk's node */
};
/* Runs the probes in a child that belongs to this generation, stores the evidence of the hooks (net_hook names the network
 * one). Returns the enum kernel_probe bits that were seen to deny and to let pass; negative errno when it could not be run. */
int kernel_probe(struct weir_kernel *kernel, unsigned probes,
		 enum weir_abi_hook net_hook) _must_use_;
struct weir_hook_evidence *kernel_evidence_of(struct weir_kernel *kernel, enum weir_abi_hook hook);

/* Tier 3's programs are asked for a cgroup only. Best effort: it may be the one that this process is in. */
void kernel_enter_cgroup(const struct weir_kernel *kernel);

/* Sends one result of a probe to the agent. denied, clean: errno of the forbidden and of the harmless operation; 0: it went
 * through. */
int kernel_probe_tell(int out, enum weir_abi_hook hook, int denied, int clean) _must_use_;

/* kernel_node_selftest.c: in the child of the self-test. */
int kernel_node_probe(struct weir_kernel *kernel, int out) _must_use_;

/* kernel_guard.c */
/* Makes this process one of ours. */
int kernel_guard_enter_self(struct weir_kernel *kernel) _must_use_;
/* Nothing is guarded any more: what is left of an agent that was started otherwise. */
int kernel_guard_clear(struct weir_kernel *kernel) _must_use_;
/* Puts one thing, in the table or out of it, for the self-test. */
int kernel_guard_set_thread(struct weir_kernel *kernel, uint32_t tid, uint32_t role) _must_use_;
int kernel_guard_set_path(struct weir_kernel *kernel, const char *path, uint32_t flags) _must_use_;

/* kernel_guard_selftest.c: in the child of the self-test. */
int kernel_guard_probe(struct weir_kernel *kernel, int out) _must_use_;

/* kernel_ring.c: the reading end of the ring buffer. libbpf's own moves on before the callback has returned, so that a record
 * that could not be stored would be lost. */
int kernel_ring_new(int map_fd, struct kernel_ring **ret) _must_use_;
void kernel_ring_free(struct kernel_ring *ring);
DEFINE_CLEANUP(kernel_ring_free, struct kernel_ring *);
/* Calls fn for each record; a negative return leaves that record in the ring and ends the call with it. The number handled. */
int kernel_ring_consume(struct kernel_ring *ring, weir_kernel_record_fn fn,
			void *context) _must_use_;

#endif
