/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SOURCE_KERNEL_H
#define WEIR_SOURCE_KERNEL_H

/* The kernel programs: loading, tier by self-test, pinned maps and links, the ring buffer. The only module that includes
 * libbpf. Enforcement outlives this object: weir_kernel_free() leaves everything pinned; weir_kernel_remove() takes it
 * away. One thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/abi/guard.h"
#include "weir/abi/map.h"
#include "weir/base/macros.h"

struct weir_kernel;

struct weir_kernel_options {
	const char *pin_dir;	 /* a folder on a bpffs, made when missing, mode 0700 */
	const char *scratch_dir; /* an empty folder for the self-test's private tmpfs */
	const char *
		cgroup; /* cgroup v2 folder for tier 3's programs for the network and for devices; NULL: the root of the v2 hierarchy */
	enum weir_abi_tier best_tier; /* do not try better tiers than this; 0: all */
	bool guard; /* load the guard too; it refuses nothing before weir_kernel_guard() */
};

/* What the self-test of one hook showed. */
struct weir_hook_evidence {
	enum weir_abi_hook hook;
	enum weir_abi_tier tier; /* whose programs were tested; WEIR_ABI_TIER_NONE: its channel's */
	bool attached;
	bool denied;	     /* the forbidden operation was seen to fail with EACCES or EPERM */
	bool passed_clean;   /* the same operation with harmless content was seen to succeed */
	int error;	     /* negative errno of what failed: loading, attaching or the probe; 0 */
	uint64_t at_ns;	     /* realtime of the last test that was made; 0: none */
	uint64_t untried_ns; /* realtime of a test since then that could not be made; 0: no such */
	char text[160];	     /* one line for a person */
};

/* Loads, attaches, tests, settles on the best tier that was seen to deny. 0 also when nothing attached (tier
 * WEIR_ABI_TIER_SCAN); negative errno only when this object can't be made. */
int weir_kernel_new(const struct weir_kernel_options *options, struct weir_kernel **ret) _must_use_;
void weir_kernel_free(struct weir_kernel *kernel);
DEFINE_CLEANUP(weir_kernel_free, struct weir_kernel *);

/* Detaches and unpins everything below pin_dir: for uninstalling and for tests. */
int weir_kernel_remove(const char *pin_dir) _must_use_;

/* Tier of the file hooks and of the network hooks: they may differ. */
enum weir_abi_tier weir_kernel_file_tier(const struct weir_kernel *kernel);
/* Of what rules for devices refuse besides opening and writing; WEIR_ABI_TIER_SCAN: nobody refuses it. */
enum weir_abi_tier weir_kernel_device_tier(const struct weir_kernel *kernel);
enum weir_abi_tier weir_kernel_net_tier(const struct weir_kernel *kernel);

/* Runs the self-test again. *ret borrowed until the next call; the number of hooks. */
size_t weir_kernel_self_test(struct weir_kernel *kernel, const struct weir_hook_evidence **ret);
size_t weir_kernel_evidence(const struct weir_kernel *kernel,
			    const struct weir_hook_evidence **ret);

/* Profiles and destinations. Only profiles, dests, taint_ns, flags and what holds for unknown devices of config are taken over; identity and generation are this
 * module's. Effective at once. */
int weir_kernel_apply(struct weir_kernel *kernel, const struct weir_abi_config *config,
		      const struct weir_abi_dest *dests, size_t n_dests) _must_use_;

/* Sink volumes by s_dev. -E2BIG when the map is full. */
int weir_kernel_set_volume(struct weir_kernel *kernel, uint32_t dev,
			   const struct weir_abi_volume *volume) _must_use_;
int weir_kernel_forget_volume(struct weir_kernel *kernel, uint32_t dev) _must_use_;

/* Character devices by number. -E2BIG when the map is full. */
int weir_kernel_set_node(struct weir_kernel *kernel, uint32_t dev,
			 const struct weir_abi_volume *node) _must_use_;
int weir_kernel_forget_node(struct weir_kernel *kernel, uint32_t dev) _must_use_;

/* Labels. get: 0 or -ENOENT. set: -E2BIG when the map is full: the caller decides what goes. */
int weir_kernel_set_label(struct weir_kernel *kernel, const struct weir_abi_inode *inode,
			  const struct weir_abi_label *label) _must_use_;
int weir_kernel_get_label(struct weir_kernel *kernel, const struct weir_abi_inode *inode,
			  struct weir_abi_label *ret) _must_use_;
int weir_kernel_forget_label(struct weir_kernel *kernel,
			     const struct weir_abi_inode *inode) _must_use_;

/* The process is known to have read a file with this label, as if it opened it now: for one whose label came while the opening waited. start_boot_ns as procfs
 * tells it. -ESRCH, -ENOENT: it is gone. */
int weir_kernel_taint(struct weir_kernel *kernel, uint32_t tgid, uint64_t start_boot_ns,
		      const struct weir_abi_inode *inode,
		      const struct weir_abi_label *label) _must_use_;

/* What a process that had opened labelled data wrote to this file. 0 or -ENOENT. */
int weir_kernel_carrier(struct weir_kernel *kernel, const struct weir_abi_inode *inode,
			struct weir_abi_carrier *ret) _must_use_;
int weir_kernel_forget_carrier(struct weir_kernel *kernel,
			       const struct weir_abi_inode *inode) _must_use_;

/* Facts of a process from the kernel's table. 0 or -ENOENT. */
int weir_kernel_process(struct weir_kernel *kernel, uint32_t tgid,
			struct weir_abi_process *ret) _must_use_;

/* The count of a file's writes is closed (nothing more may be written to it) or forgotten (count from zero again). */
int weir_kernel_forget_flow(struct weir_kernel *kernel,
			    const struct weir_abi_inode *inode) _must_use_;

/* One file or connection of this user (real, in the initial namespace) passes a profile that warns, until then (boottime). -E2BIG:
 * too many such. None is left by an agent before. */
int weir_kernel_set_pass(struct weir_kernel *kernel, uint32_t uid, uint8_t profile,
			 uint64_t until_ns) _must_use_;
int weir_kernel_forget_pass(struct weir_kernel *kernel, uint32_t uid, uint8_t profile) _must_use_;

/* The guard on what is ours. Its tier; WEIR_ABI_TIER_SCAN when it is not wanted or no hook of it was seen to deny. */
enum weir_abi_tier weir_kernel_guard_tier(const struct weir_kernel *kernel);

/* Something of ours in the file systems. A folder stands for all in it, folders inside to a depth of four. */
struct weir_guard_thing {
	const char *path;
	uint32_t flags; /* enum weir_abi_guarded_flags beside FILE or FOLDER, which is found out */
	enum weir_abi_role role; /* of a program */
};

/* Guards things, the pins, this process and its cgroup from now on, in place of what was guarded before; a path that leads nowhere
 * is left out. Call it again when one of them was replaced. fingerprint: kept for the next agent to read. -ENOTSUP: there is no
 * guard; -E2BIG: more than 1,000 folders and files. */
int weir_kernel_guard(struct weir_kernel *kernel, const struct weir_guard_thing *things, size_t n,
		      const uint8_t fingerprint[static WEIR_ABI_FINGERPRINT]) _must_use_;
/* Lets everything through for so long from now, whether or not the agent lives; 0: ends that. */
int weir_kernel_guard_open(struct weir_kernel *kernel, uint64_t ns) _must_use_;
/* Until when the guard is open, ns of CLOCK_BOOTTIME; 0: it is not, or that cannot be read. */
uint64_t weir_kernel_guard_open_until(const struct weir_kernel *kernel);
/* The guard that an agent before left on, wherever it pinned it, else what is pinned there; before anything is loaded. -ENOENT:
 * nothing; -EPERM: a guard that does not take the caller for one of ours. */
int weir_kernel_guard_read(const char *pin_dir, struct weir_abi_guard *ret) _must_use_;

/* Records. fd is for epoll; dispatch calls fn for each record and moves on in the ring only after fn returned 0 (a negative
 * return stops and is returned; that record comes again). Self-test records do not get here. */
typedef int (*weir_kernel_record_fn)(void *context, const void *data, size_t len);
int weir_kernel_fd(const struct weir_kernel *kernel);
int weir_kernel_dispatch(struct weir_kernel *kernel, weir_kernel_record_fn fn,
			 void *context) _must_use_;

/* Sums over CPUs, enum weir_abi_counter. */
int weir_kernel_counters(struct weir_kernel *kernel,
			 uint64_t ret[static _WEIR_ABI_COUNT_MAX]) _must_use_;

#endif
