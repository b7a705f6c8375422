/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SOURCE_NODES_H
#define WEIR_SOURCE_NODES_H

/* The device nodes by which data can reach a disk or a USB device, kept up to date by the kernel's uevents:
 * every block device (disks, partitions, loop, device-mapper), usbfs, SCSI generic. Reads sysfs only, never
 * a device. At most 4,096 of each kind. One thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/source/device.h"

struct weir_node {
	uint32_t dev; /* WEIR_ABI_DEV */
	bool block;   /* otherwise a character device */
	enum weir_abi_channel
		channel;  /* WEIR_ABI_CHANNEL_REMOVABLE: it leads to USB, or below a named sink */
	uint64_t diskseq; /* of removable disks and loop devices, where the kernel counts; 0 */
	char name[64];	  /* below /dev: "sdb1", "bus/usb/002/003" */
	struct weir_device device;
};

struct weir_nodes;

/* options is borrowed. The table is empty until the first refresh. A kernel without uevents for this
 * process (a container) gives no descriptor; refreshing works all the same. */
int weir_nodes_new(const struct weir_device_options *options, struct weir_nodes **ret) _must_use_;
void weir_nodes_free(struct weir_nodes *nodes);
DEFINE_CLEANUP(weir_nodes_free, struct weir_nodes *);

/* For epoll with EPOLLIN, or -1. */
int weir_nodes_fd(const struct weir_nodes *nodes);
/* Takes what is waiting there. True when something of these kinds was plugged, pulled or changed, or
 * messages were lost. */
bool weir_nodes_changed(struct weir_nodes *nodes);

/* Reads sysfs again and calls fn for each node that went and then for each that came; one that is another
 * device now has gone and come. 0, or negative errno with the old table kept. */
typedef void (*weir_nodes_fn)(void *context, const struct weir_node *node, bool added);
int weir_nodes_refresh(struct weir_nodes *nodes, const struct weir_mounts *mounts, weir_nodes_fn fn,
		       void *context) _must_use_;

/* Borrowed until the next refresh; NULL when there is none. */
const struct weir_node *weir_nodes_find(const struct weir_nodes *nodes, bool block, uint32_t dev);
const struct weir_node *weir_nodes_at(const struct weir_nodes *nodes, size_t i);
size_t weir_nodes_count(const struct weir_nodes *nodes);

#endif
