/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SANDBOX_SANDBOX_H
#define WEIR_SANDBOX_SANDBOX_H

/* Gives up, for good, everything that a process which reads hostile bytes does not need: identity,
 * capabilities, files, network, processes, executable memory. Called once, by a process with one
 * thread, after everything is opened and all machine code is made. What remains is reading and
 * answering through descriptors that are open or arrive later.
 *
 * Built with AddressSanitizer, the address space is not limited and the calls of the sanitizer's
 * own run time are allowed; everything else is as in a real build. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "weir/base/macros.h"

struct weir_sandbox_options {
	uid_t uid;	       /* what root becomes; another user stays who it is */
	gid_t gid;	       /* supplementary groups are cleared */
	uint64_t memory_bytes; /* RLIMIT_AS; 0: not limited */
	uint64_t cpu_seconds;  /* RLIMIT_CPU; 0: not limited */
	unsigned descriptors;  /* RLIMIT_NOFILE; 0: 16 */
	bool write; /* write() and writev() to descriptors stay allowed, for a filter that prints;
		       else only sendmsg() */
	bool die_with_parent; /* SIGKILL when the thread that started this process ends */
};

/* What is in force. The kernel may lack some: that is told, not failed over, so that the caller can
 * decide. */
struct weir_sandbox_state {
	bool unprivileged; /* no capability is held or can be regained, no identity of root */
	bool limits;
	bool landlock; /* the kernel denies every file by path */
	bool seccomp;
};

/* 0, or the error of the first step that could not be done although the kernel knows it; then the
 * process may hold half of its powers and must exit. -EPERM when it would remain root. */
int weir_sandbox_enter(const struct weir_sandbox_options *options,
		       struct weir_sandbox_state *ret) _must_use_;

/* A process that starts programs of others goes another way, in two steps, both for good.
 *
 * The host, which does nothing but start them: identity and capabilities as above, no file but those
 * named, no network; it may start programs. Then each program, between fork and exec, loses that
 * too: no processes, nothing written but to descriptors 1 and 2, and its limits. A call that is not
 * allowed fails with ENOSYS instead of killing, since what a library tries at its start differs from
 * one system to the next. */
struct weir_sandbox_paths {
	const char *const *read; /* folders and files, ended by NULL; may be NULL */
	const char *const *run;	 /* programs and their dynamic loader, the same */
};

/* As weir_sandbox_enter(); of options: uid, gid, die_with_parent. */
int weir_sandbox_enter_host(const struct weir_sandbox_options *options,
			    const struct weir_sandbox_paths *paths,
			    struct weir_sandbox_state *ret) _must_use_;

/* Of options: memory_bytes, cpu_seconds, descriptors (0: 64). The process dies with the host. */
int weir_sandbox_enter_program(const struct weir_sandbox_options *options) _must_use_;

/* True where the running kernel has landlock, so that a state without it is not to be trusted. */
bool weir_sandbox_kernel_has_landlock(void);

#endif
