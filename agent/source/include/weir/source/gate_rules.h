/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SOURCE_GATE_RULES_H
#define WEIR_SOURCE_GATE_RULES_H

/* What the gate answers to an opening, apart from how it learns the facts: pure functions and a
 * table of fixed size. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/abi/map.h"
#include "weir/abi/types.h"
#include "weir/base/macros.h"

#define WEIR_TAINTS_MAX	      1024
#define WEIR_TAINT_DEPTH      4 /* generations of parents whose taint counts */
#define WEIR_TAINT_NS_DEFAULT (UINT64_C(120) * 1000000000)

/* A process that opened labelled data, and how much of it its labels say there is. */
struct weir_taint {
	uint64_t start_boot_ns;
	uint64_t until_ns; /* monotonic */
	struct weir_abi_inode source;
	uint32_t pid; /* 0: free */
	uint32_t distinct[_WEIR_ABI_DET_MAX];
};

/* Linear, bounded; when it is full the taint that ends first makes room. */
struct weir_taints {
	struct weir_taint entry[WEIR_TAINTS_MAX];
	uint64_t evicted;   /* taints that made room before their time */
	uint64_t latest_ns; /* when the last of them ends */
};

/* Adds to what the process has, detector by detector the larger count. */
void weir_taint_add(struct weir_taints *taints, const struct weir_taint *taint, uint64_t now_ns);
/* Is any process tainted? */
bool weir_taint_any(const struct weir_taints *taints, uint64_t now_ns);
/* NULL when the process is not tainted, or no longer. Valid until the next add. */
const struct weir_taint *weir_taint_find(const struct weir_taints *taints, uint32_t pid,
					 uint64_t start_boot_ns, uint64_t now_ns);

struct weir_gate_facts {
	bool own;	       /* the agent itself opens */
	unsigned mode;	       /* enum weir_open_mode */
	const uint32_t *label; /* distinct counts of the file that is opened; NULL: not labelled */
	const uint32_t *taint; /* of what the opener opened before; NULL: nothing */
	const struct weir_abi_profile *target; /* of the volume the file is on; NULL: no sink */
	const struct weir_abi_profile
		*held; /* of a sink on which the opener has a file open for writing; NULL: none */
};

struct weir_gate_answer {
	bool deny;
	bool warned;	/* denied until a reason is given */
	bool taint;	/* remember that the opener has seen this label */
	bool sink_open; /* a file on a sink is opened for writing */
	enum weir_abi_cause cause;
};

/* Nothing is known of this opening that weir_gate_decide() would act on, whoever opens. */
bool weir_gate_harmless(const struct weir_gate_facts *facts);

struct weir_gate_answer weir_gate_decide(const struct weir_gate_facts *facts);

/* True when counts reach a limit of a profile that blocks or warns. */
bool weir_gate_over(const struct weir_abi_profile *profile,
		    const uint32_t counts[static _WEIR_ABI_DET_MAX]);

#endif
