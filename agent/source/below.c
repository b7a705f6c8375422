/* SPDX-License-Identifier: Apache-2.0 */
/* Goes down from mounts: from a partition to its disk, from a loop device to the node that it stands for. */

#include "below.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct found {
	struct weir_below below;
	bool more; /* than there is room for */
};

bool weir_below_has(const struct weir_below *below, uint32_t dev)
{
	for (size_t i = 0; i < below->count; i++)
		if (below->dev[i] == dev)
			return true;
	return false;
}

static bool read_number(const char *dir, const char *name, uint32_t *ret)
{
	char path[PATH_MAX], text[32];

	return snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path) &&
	       weir_device_attribute(path, text, sizeof(text)) &&
	       weir_device_number(text, ret) == 0;
}

/* What lies right below a block device's folder; false: it is the lowest that matters. */
static bool one_down(const char *dir, uint32_t *ret)
{
	char path[PATH_MAX], file[WEIR_MOUNT_PATH_MAX];
	struct stat st;

	if (snprintf(path, sizeof(path), "%s/partition", dir) < (int)sizeof(path) &&
	    access(path, F_OK) == 0)
		return read_number(dir, "../dev", ret);
	if (snprintf(path, sizeof(path), "%s/loop/backing_file", dir) >= (int)sizeof(path) ||
	    !weir_device_attribute(path, file, sizeof(file)) || stat(file, &st) < 0 ||
	    !S_ISBLK(st.st_mode))
		return false;
	*ret = WEIR_ABI_DEV(major(st.st_rdev), minor(st.st_rdev));
	return true;
}

static void go_down(const char *sysfs, uint32_t dev, struct found *found)
{
	char path[PATH_MAX], dir[PATH_MAX];

	for (unsigned depth = 0; depth <= WEIR_DEVICE_DEPTH; depth++) {
		if (WEIR_ABI_DEV_MAJOR(dev) == 0 || weir_below_has(&found->below, dev))
			return;
		if (found->below.count == WEIR_BELOW_MAX) {
			found->more = true;
			return;
		}
		found->below.dev[found->below.count++] = dev;
		if (snprintf(path, sizeof(path), "%s/dev/block/%u:%u", sysfs,
			     WEIR_ABI_DEV_MAJOR(dev),
			     WEIR_ABI_DEV_MINOR(dev)) >= (int)sizeof(path) ||
		    !realpath(path, dir) || !one_down(dir, &dev))
			return;
	}
}

static void below_mounts(const struct weir_device_options *options,
			 const struct weir_mounts *mounts, bool sinks, struct found *ret)
{
	for (size_t i = 0; i < weir_mounts_count(mounts); i++) {
		const struct weir_mount *mount = weir_mounts_at(mounts, i);

		if (weir_device_is_named(&options->removable, mount) == sinks)
			go_down(options->sysfs ? options->sysfs : "/sys",
				weir_device_backing(options, mount), ret);
	}
}

void weir_below_find(const struct weir_device_options *options, const struct weir_mounts *mounts,
		     struct weir_below *ret)
{
	struct found sinks = {0}, others = {0};

	ret->count = 0;
	if (!weir_device_any_named(&options->removable))
		return;
	below_mounts(options, mounts, true, &sinks);
	if (sinks.below.count)
		below_mounts(options, mounts, false, &others);
	if (sinks.more || others.more)
		return;
	for (size_t i = 0; i < sinks.below.count; i++)
		if (!weir_below_has(&others.below, sinks.below.dev[i]))
			ret->dev[ret->count++] = sinks.below.dev[i];
}
