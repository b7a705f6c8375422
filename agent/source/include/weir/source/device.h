/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SOURCE_DEVICE_H
#define WEIR_SOURCE_DEVICE_H

/* What kind of sink a mounted file system is. A block device is followed through partitions, loop
 * and device-mapper to the bus that it sits on; network file systems are known by type; the
 * configuration may name mounts and types. Reads sysfs only, never the volume itself. */

#include <stdbool.h>
#include <stddef.h>

#include "weir/abi/types.h"
#include "weir/base/macros.h"
#include "weir/event/event.h"
#include "weir/source/mounts.h"

#define WEIR_DEVICE_DEPTH \
	8 /* loop and device-mapper layers followed; deeper ones count as removable: not provably \
	     local */

/* Borrowed lists of absolute paths and of file system types ("vfat", "fuse.sshfs"). */
struct weir_sink_names {
	const char *const *mounts;
	size_t n_mounts;
	const char *const *filesystems;
	size_t n_filesystems;
};

struct weir_device_options {
	const char *sysfs; /* NULL: /sys */
	const char *udev;  /* NULL: /run/udev/data */
	struct weir_sink_names removable;
	struct weir_sink_names share;
};

/* The channel of the mount, WEIR_ABI_CHANNEL_NONE for an ordinary local one. *ret is always filled
 * with what is known. */
enum weir_abi_channel weir_device_classify(const struct weir_device_options *options,
					   const struct weir_mounts *mounts,
					   const struct weir_mount *mount, struct weir_device *ret);

/* The same of a block device by its number, mounted or not. */
enum weir_abi_channel weir_device_of_block(const struct weir_device_options *options,
					   const struct weir_mounts *mounts, uint32_t dev,
					   struct weir_device *ret);

/* The block device that a mount lies on: of a file system with an anonymous number (btrfs), the one that its source names; the
 * mount's own number where there is none. */
uint32_t weir_device_backing(const struct weir_device_options *options,
			     const struct weir_mount *mount);

/* Do the names say anything; do they name this mount? */
bool weir_device_any_named(const struct weir_sink_names *names);
bool weir_device_is_named(const struct weir_sink_names *names, const struct weir_mount *mount);

/* When a block device came, as udev has noted it: boottime, early by what the machine has slept since it was started. 0: not known. */
uint64_t weir_device_plugged(const struct weir_device_options *options, uint32_t dev);

/* What the folder of a character device in sysfs (resolved) leads to: a USB device with all its interfaces, or
 * something that sits on one. False when it is neither. */
bool weir_device_of_folder(const struct weir_device_options *options, const char *dir,
			   struct weir_device *ret);

/* The first line of an attribute's file; false and "" when there is none. */
bool weir_device_attribute(const char *path, char *to, size_t size);
/* "8:17" as WEIR_ABI_DEV. 0 or -EINVAL. */
int weir_device_number(const char *text, uint32_t *ret) _must_use_;

/* What a USB interface's folder in sysfs says that it is for: a set of enum weir_usb_class. */
uint32_t weir_device_interface(const char *dir);

#endif
