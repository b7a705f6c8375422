/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "weir/pipeline/ports.h"

static enum weir_abi_tier file_tier(void *kernel)
{
	return WEIR_ABI_TIER_SCAN;
}

static enum weir_abi_tier net_tier(void *kernel)
{
	return WEIR_ABI_TIER_NONE;
}

static size_t evidence(void *kernel, const struct weir_hook_evidence **ret)
{
	return 0;
}

static int apply(void *kernel, const struct weir_abi_config *config,
		 const struct weir_abi_dest *dests, size_t n)
{
	return 0;
}

static int set_volume(void *kernel, uint32_t dev, const struct weir_abi_volume *volume)
{
	return 0;
}

static int forget_volume(void *kernel, uint32_t dev)
{
	return 0;
}

static int set_label(void *kernel, const struct weir_abi_inode *inode,
		     const struct weir_abi_label *label)
{
	return 0;
}

static int get_label(void *kernel, const struct weir_abi_inode *inode, struct weir_abi_label *ret)
{
	return -ENOENT;
}

static int taint(void *kernel, uint32_t tgid, uint64_t start_boot_ns,
		 const struct weir_abi_inode *inode, const struct weir_abi_label *label)
{
	return 0;
}

static int forget_inode(void *kernel, const struct weir_abi_inode *inode)
{
	return 0;
}

static int carrier(void *kernel, const struct weir_abi_inode *inode, struct weir_abi_carrier *ret)
{
	return -ENOENT;
}

static int process(void *kernel, uint32_t tgid, struct weir_abi_process *ret)
{
	return -ENOENT;
}

static int set_pass(void *kernel, uint32_t uid, uint8_t profile, uint64_t until_ns)
{
	return 0;
}

static int forget_pass(void *kernel, uint32_t uid, uint8_t profile)
{
	return 0;
}

static int no_fd(void *kernel)
{
	return -1;
}

static int dispatch(void *kernel, weir_kernel_record_fn fn, void *context)
{
	return 0;
}

static int counters(void *kernel, uint64_t ret[static _WEIR_ABI_COUNT_MAX])
{
	memset(ret, 0, _WEIR_ABI_COUNT_MAX * sizeof(ret[0]));
	return 0;
}

struct weir_kernel_port weir_kernel_port_none(void)
{
	static const struct weir_kernel_ops ops = {
		.file_tier = file_tier,
		.net_tier = net_tier,
		.device_tier = file_tier,
		.self_test = evidence,
		.evidence = evidence,
		.apply = apply,
		.set_volume = set_volume,
		.forget_volume = forget_volume,
		.set_node = set_volume,
		.forget_node = forget_volume,
		.set_label = set_label,
		.get_label = get_label,
		.forget_label = forget_inode,
		.taint = taint,
		.carrier = carrier,
		.forget_carrier = forget_inode,
		.process = process,
		.forget_flow = forget_inode,
		.set_pass = set_pass,
		.forget_pass = forget_pass,
		.fd = no_fd,
		.dispatch = dispatch,
		.counters = counters,
	};

	return (struct weir_kernel_port){.ops = &ops};
}
