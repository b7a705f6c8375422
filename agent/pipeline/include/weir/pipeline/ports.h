/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_PIPELINE_PORTS_H
#define WEIR_PIPELINE_PORTS_H

/* Where the pipeline meets what lies around it: the kernel programs, the inspector, the report.
 * Each has the real one, and the kernel has one for hosts without any BPF; tests bring their own. A
 * port is borrowed: its context outlives the pipeline. */

#include <stddef.h>
#include <stdint.h>

#include "weir/event/event.h"
#include "weir/event/justification.h"
#include "weir/findings/findings.h"
#include "weir/ipc/inspector.h"
#include "weir/policy/decide.h"
#include "weir/report/spool.h"
#include "weir/source/kernel.h"

/* Each function is its namesake of weir/source/kernel.h. fd may be -1: nothing comes. */
struct weir_kernel_ops {
	enum weir_abi_tier (*file_tier)(void *kernel);
	enum weir_abi_tier (*net_tier)(void *kernel);
	enum weir_abi_tier (*device_tier)(void *kernel);
	size_t (*self_test)(void *kernel, const struct weir_hook_evidence **ret);
	size_t (*evidence)(void *kernel, const struct weir_hook_evidence **ret);
	int (*apply)(void *kernel, const struct weir_abi_config *config,
		     const struct weir_abi_dest *dests, size_t n);
	int (*set_volume)(void *kernel, uint32_t dev, const struct weir_abi_volume *volume);
	int (*forget_volume)(void *kernel, uint32_t dev);
	int (*set_node)(void *kernel, uint32_t dev, const struct weir_abi_volume *node);
	int (*forget_node)(void *kernel, uint32_t dev);
	int (*set_label)(void *kernel, const struct weir_abi_inode *inode,
			 const struct weir_abi_label *label);
	int (*get_label)(void *kernel, const struct weir_abi_inode *inode,
			 struct weir_abi_label *ret);
	int (*forget_label)(void *kernel, const struct weir_abi_inode *inode);
	int (*taint)(void *kernel, uint32_t tgid, uint64_t start_boot_ns,
		     const struct weir_abi_inode *inode, const struct weir_abi_label *label);
	int (*carrier)(void *kernel, const struct weir_abi_inode *inode,
		       struct weir_abi_carrier *ret);
	int (*forget_carrier)(void *kernel, const struct weir_abi_inode *inode);
	int (*process)(void *kernel, uint32_t tgid, struct weir_abi_process *ret);
	int (*forget_flow)(void *kernel, const struct weir_abi_inode *inode);
	int (*set_pass)(void *kernel, uint32_t uid, uint8_t profile, uint64_t until_ns);
	int (*forget_pass)(void *kernel, uint32_t uid, uint8_t profile);
	int (*fd)(void *kernel);
	int (*dispatch)(void *kernel, weir_kernel_record_fn fn, void *context);
	int (*counters)(void *kernel, uint64_t ret[static _WEIR_ABI_COUNT_MAX]);
};

struct weir_kernel_port {
	const struct weir_kernel_ops *ops;
	void *context;
};

/* No kernel programs: tier WEIR_ABI_TIER_SCAN, nothing kept, nothing comes. */
struct weir_kernel_port weir_kernel_port_none(void);
/* The kernel programs. */
struct weir_kernel_port weir_kernel_port(struct weir_kernel *kernel);

/* The namesakes of weir/ipc/inspector.h. The answers come back by weir_pipeline_inspected(). */
struct weir_inspector_ops {
	int (*submit)(void *inspector, int fd, uint64_t cookie);
	int (*submit_urgent)(void *inspector, int fd, uint64_t cookie);
	int (*submit_leisurely)(void *inspector, int fd, uint64_t cookie);
	void (*hurry)(void *inspector, uint64_t cookie);
	int (*fd)(void *inspector);
	int (*dispatch)(void *inspector);
	size_t (*pending)(void *inspector);
	struct weir_excerpts *(*take_excerpts)(void *inspector);
};

struct weir_inspector_port {
	const struct weir_inspector_ops *ops;
	void *context;
};

struct weir_inspector_port weir_inspector_port(struct weir_inspector *inspector);

/* One event on its way out. Borrowed for the call. */
struct weir_report_item {
	const struct weir_event *event;
	const struct weir_device *device;     /* NULL: none */
	const struct weir_findings *findings; /* NULL: not looked at in user space */
	const struct weir_verdict *verdict;
	const struct weir_policy *policy;
	uint64_t size;					/* of the file */
	uint64_t scrubbed;				/* bytes overwritten on the medium */
	const char *quarantine_id;			/* "" when nothing was sealed */
	const struct weir_justification *justification; /* NULL: none */
	const uint8_t *evidence_sha256;			/* NULL: none was sealed */
};

struct weir_report_ops {
	/* 0 when it is kept (an alert: on the disk), -EEXIST when it was before, -ENOSPC when it
	 * was refused and counted. */
	int (*append)(void *report, const struct weir_report_item *item);
	int (*maintain)(void *report);
	void (*count_drop)(void *report, const char *cause, uint64_t n);
};

struct weir_report_port {
	const struct weir_report_ops *ops;
	void *context;
};

/* Serialized into the spool; alerts are synced. */
struct weir_report_port weir_report_port(struct weir_spool *spool);

#endif
