/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SANDBOX_STEPS_H
#define WEIR_SANDBOX_STEPS_H

#include <stddef.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/sandbox/sandbox.h"

#if defined(__SANITIZE_ADDRESS__)
#define WEIR_SANDBOX_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WEIR_SANDBOX_ASAN 1
#endif
#endif
#ifndef WEIR_SANDBOX_ASAN
#define WEIR_SANDBOX_ASAN 0
#endif

/* Denies every file but those named (NULL: none are), every TCP port, abstract socket and signal
 * that this kernel's landlock knows. 1: in force; 0: the kernel has none; negative errno. Needs
 * no_new_privs. */
int weir_sandbox_landlock(const struct weir_sandbox_paths *paths) _must_use_;

/* Kills the process at every system call that is not on the list. 1: in force; 0: the kernel has
 * none; negative errno. */
int weir_sandbox_syscalls(const struct weir_sandbox_options *options) _must_use_;

/* Adds to a filter of libseccomp that these calls may be made, whatever their arguments. */
int weir_sandbox_allow(void *filter, const int *calls, size_t n) _must_use_;

/* The steps of weir_sandbox_enter() that others share: identity and capabilities; no_new_privs and
 * the signal at the parent's end; one limit, never raised. */
int weir_sandbox_unprivilege(const struct weir_sandbox_options *options) _must_use_;
int weir_sandbox_limit(int what, uint64_t most) _must_use_;

#endif
