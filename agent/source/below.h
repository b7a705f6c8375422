/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SOURCE_BELOW_H
#define WEIR_SOURCE_BELOW_H

/* The disks below file systems that are sinks because the configuration names them: what is written there comes to lie on the same
 * medium. Nothing else in sysfs tells them from the machine's own, so a disk that also carries a mounted file system that is
 * no sink is left out, and device-mapper is not looked through: what it lies on may carry more than is mounted. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/source/device.h"

#define WEIR_BELOW_MAX 256 /* of either kind; with more, none is taken for a sink's */

struct weir_below {
	uint32_t dev[WEIR_BELOW_MAX];
	size_t count;
};

/* Every block device below a removable mount that is named, itself and its disk included. */
void weir_below_find(const struct weir_device_options *options, const struct weir_mounts *mounts,
		     struct weir_below *ret);
bool weir_below_has(const struct weir_below *below, uint32_t dev);

#endif
