/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel port over the real thing; a file of its own, so that what does not use it links
 * without libbpf. */

#include "weir/pipeline/ports.h"

static enum weir_abi_tier file_tier(void *kernel)
{
	return weir_kernel_file_tier(kernel);
}

static enum weir_abi_tier net_tier(void *kernel)
{
	return weir_kernel_net_tier(kernel);
}

static enum weir_abi_tier device_tier(void *kernel)
{
	return weir_kernel_device_tier(kernel);
}

static size_t self_test(void *kernel, const struct weir_hook_evidence **ret)
{
	return weir_kernel_self_test(kernel, ret);
}

static size_t evidence(void *kernel, const struct weir_hook_evidence **ret)
{
	return weir_kernel_evidence(kernel, ret);
}

static int apply(void *kernel, const struct weir_abi_config *config,
		 const struct weir_abi_dest *dests, size_t n)
{
	return weir_kernel_apply(kernel, config, dests, n);
}

static int set_volume(void *kernel, uint32_t dev, const struct weir_abi_volume *volume)
{
	return weir_kernel_set_volume(kernel, dev, volume);
}

static int forget_volume(void *kernel, uint32_t dev)
{
	return weir_kernel_forget_volume(kernel, dev);
}

static int set_node(void *kernel, uint32_t dev, const struct weir_abi_volume *node)
{
	return weir_kernel_set_node(kernel, dev, node);
}

static int forget_node(void *kernel, uint32_t dev)
{
	return weir_kernel_forget_node(kernel, dev);
}

static int set_label(void *kernel, const struct weir_abi_inode *inode,
		     const struct weir_abi_label *label)
{
	return weir_kernel_set_label(kernel, inode, label);
}

static int get_label(void *kernel, const struct weir_abi_inode *inode, struct weir_abi_label *ret)
{
	return weir_kernel_get_label(kernel, inode, ret);
}

static int taint(void *kernel, uint32_t tgid, uint64_t start_boot_ns,
		 const struct weir_abi_inode *inode, const struct weir_abi_label *label)
{
	return weir_kernel_taint(kernel, tgid, start_boot_ns, inode, label);
}

static int forget_label(void *kernel, const struct weir_abi_inode *inode)
{
	return weir_kernel_forget_label(kernel, inode);
}

static int carrier(void *kernel, const struct weir_abi_inode *inode, struct weir_abi_carrier *ret)
{
	return weir_kernel_carrier(kernel, inode, ret);
}

static int forget_carrier(void *kernel, const struct weir_abi_inode *inode)
{
	return weir_kernel_forget_carrier(kernel, inode);
}

static int process(void *kernel, uint32_t tgid, struct weir_abi_process *ret)
{
	return weir_kernel_process(kernel, tgid, ret);
}

static int forget_flow(void *kernel, const struct weir_abi_inode *inode)
{
	return weir_kernel_forget_flow(kernel, inode);
}

static int set_pass(void *kernel, uint32_t uid, uint8_t profile, uint64_t until_ns)
{
	return weir_kernel_set_pass(kernel, uid, profile, until_ns);
}

static int forget_pass(void *kernel, uint32_t uid, uint8_t profile)
{
	return weir_kernel_forget_pass(kernel, uid, profile);
}

static int kernel_fd(void *kernel)
{
	return weir_kernel_fd(kernel);
}

static int dispatch(void *kernel, weir_kernel_record_fn fn, void *context)
{
	return weir_kernel_dispatch(kernel, fn, context);
}

static int counters(void *kernel, uint64_t ret[static _WEIR_ABI_COUNT_MAX])
{
	return weir_kernel_counters(kernel, ret);
}

struct weir_kernel_port weir_kernel_port(struct weir_kernel *kernel)
{
	static const struct weir_kernel_ops ops = {
		.file_tier = file_tier,
		.net_tier = net_tier,
		.device_tier = device_tier,
		.self_test = self_test,
		.evidence = evidence,
		.apply = apply,
		.set_volume = set_volume,
		.forget_volume = forget_volume,
		.set_node = set_node,
		.forget_node = forget_node,
		.set_label = set_label,
		.get_label = get_label,
		.forget_label = forget_label,
		.taint = taint,
		.carrier = carrier,
		.forget_carrier = forget_carrier,
		.process = process,
		.forget_flow = forget_flow,
		.set_pass = set_pass,
		.forget_pass = forget_pass,
		.fd = kernel_fd,
		.dispatch = dispatch,
		.counters = counters,
	};

	return (struct weir_kernel_port){.ops = &ops, .context = kernel};
}
