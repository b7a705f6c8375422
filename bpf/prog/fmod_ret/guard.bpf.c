/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tier 2, the guard. */

#define WEIR_HOOK(hook) "fmod_ret/security_" #hook
#include "prog/guard.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
