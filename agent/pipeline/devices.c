/* SPDX-License-Identifier: Apache-2.0 */
/* The device nodes: entering them in the kernel under what the policy says of each, and which device an
 * event is about. A block device and a volume mounted from it share an entry: the volume's, while there is
 * one that is a sink. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "internal.h"

static uint8_t profile_of(const struct weir_pipeline *p, const struct weir_node *node)
{
	if (node->channel == WEIR_ABI_CHANNEL_NONE)
		return WEIR_ABI_PROFILE_NONE;
	return node->block ? weir_policy_volume_profile(p->policy, node->channel, &node->device)
			   : weir_policy_node_profile(p->policy, &node->device);
}

/* An entry that cannot be made leaves the kernel to judge by itself: for the worse. */
static void enter(struct weir_pipeline *p, const struct weir_node *node)
{
	const struct weir_kernel_port *kernel = &p->options.kernel;
	const struct weir_abi_volume value = {.diskseq = node->diskseq,
					      .channel = (uint8_t)node->channel,
					      .profile = profile_of(p, node),
					      .flags = WEIR_ABI_VOLUME_BY_AGENT |
						       WEIR_ABI_VOLUME_NODE};
	int r = 0;

	if (!node->block)
		r = kernel->ops->set_node(kernel->context, node->dev, &value);
	else if (!volume_mounted(p, node->dev))
		r = kernel->ops->set_volume(kernel->context, node->dev, &value);
	if (r < 0)
		weir_log_warning(p->options.log, r, "cannot enter the device %s", node->name);
}

void device_restore(struct weir_pipeline *p, uint32_t dev)
{
	const struct weir_node *node = weir_nodes_find(p->nodes, true, dev);

	if (node)
		enter(p, node);
	else
		(void)p->options.kernel.ops->forget_volume(p->options.kernel.context, dev);
}

/* What was counted on the node was written to the device that it was. */
static void forget_count(struct weir_pipeline *p, uint32_t dev)
{
	const struct weir_abi_inode key = {.ino = WEIR_ABI_INO_BLOCK, .dev = dev};

	(void)p->options.kernel.ops->forget_flow(p->options.kernel.context, &key);
}

static void on_node(void *context, const struct weir_node *node, bool added)
{
	struct weir_pipeline *p = context;
	const struct weir_kernel_port *kernel = &p->options.kernel;

	if (!added && node->block)
		forget_count(p, node->dev);
	if (added && node->block)
		volume_is_another(p, node->dev);
	if (added)
		enter(p, node);
	else if (!node->block)
		(void)kernel->ops->forget_node(kernel->context, node->dev);
	else if (!volume_mounted(p, node->dev))
		(void)kernel->ops->forget_volume(kernel->context, node->dev);
}

void devices_refresh(struct weir_pipeline *p)
{
	int r = weir_nodes_refresh(p->nodes, p->mounts, on_node, p);

	if (r < 0)
		weir_log_warning(p->options.log, r, "cannot read the devices");
}

void devices_apply(struct weir_pipeline *p)
{
	for (size_t i = 0; i < weir_nodes_count(p->nodes); i++)
		enter(p, weir_nodes_at(p->nodes, i));
}

static int on_uevent(void *context, uint32_t events)
{
	struct weir_pipeline *p = context;

	if (weir_nodes_changed(p->nodes))
		devices_refresh(p);
	return 0;
}

int devices_start(struct weir_pipeline *p)
{
	int r = weir_nodes_new(&p->options.sinks, &p->nodes);

	if (r < 0)
		return r;
	devices_refresh(p);
	if (weir_nodes_fd(p->nodes) < 0) {
		weir_log_warning(p->options.log, 0, "plugged devices are only seen when mounted");
		return 0;
	}
	return weir_loop_add(p->loop, weir_nodes_fd(p->nodes), EPOLLIN, on_uevent, p);
}

static const struct weir_node *node_of(const struct weir_pipeline *p,
				       const struct weir_abi_inode *target)
{
	if (target->ino == WEIR_ABI_INO_CHAR)
		return weir_nodes_find(p->nodes, false, target->dev);
	return weir_nodes_find(p->nodes, true, target->dev);
}

bool device_is_node(const struct weir_event *event)
{
	return event->channel != WEIR_ABI_CHANNEL_NETWORK &&
	       (event->target.ino == WEIR_ABI_INO_BLOCK || event->target.ino == WEIR_ABI_INO_CHAR);
}

void device_locate(struct weir_pipeline *p, struct emission *emission)
{
	struct weir_event *event = &emission->event;
	const struct weir_node *node;

	emission->volume = NULL;
	emission->device = NULL;
	if (event->channel == WEIR_ABI_CHANNEL_NETWORK)
		return;
	if (event->target.ino != WEIR_ABI_INO_CHAR)
		emission->volume = volume_by_dev(p, event->target.dev);
	node = node_of(p, &event->target);
	if (emission->volume)
		emission->device = &emission->volume->device;
	else if (node && node->channel != WEIR_ABI_CHANNEL_NONE)
		emission->device = &node->device;
	if (device_is_node(event) && node)
		(void)snprintf(event->path, sizeof(event->path), "/dev/%s", node->name);
}
