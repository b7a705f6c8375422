/* SPDX-License-Identifier: Apache-2.0 */
/* Which mounts are sinks, and telling the kernel, the listening group and the gate about them. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

struct weir_pipeline_volume *volume_by_dev(struct weir_pipeline *p, uint32_t dev)
{
	for (size_t i = 0; i < WEIR_PIPELINE_VOLUMES; i++)
		if (dev != 0 && p->volumes[i].dev == dev)
			return &p->volumes[i];
	return NULL;
}

struct weir_pipeline_volume *volume_mounted(struct weir_pipeline *p, uint32_t dev)
{
	struct weir_pipeline_volume *volume = volume_by_dev(p, dev);

	return volume && volume->gone_ns == 0 ? volume : NULL;
}

static struct weir_pipeline_volume *volume_by_st_dev(struct weir_pipeline *p, uint32_t st_dev)
{
	struct weir_pipeline_volume *gone = NULL;

	for (size_t i = 0; i < WEIR_PIPELINE_VOLUMES; i++) {
		struct weir_pipeline_volume *volume = &p->volumes[i];

		if (volume->dev == 0 || volume->st_dev != st_dev)
			continue;
		if (volume->gone_ns == 0)
			return volume;
		gone = volume;
	}
	return gone;
}

uint32_t volume_kernel_dev(struct weir_pipeline *p, uint32_t mount_id, uint32_t st_dev)
{
	const struct weir_mount *mount = weir_mounts_by_id(p->mounts, mount_id);
	const struct weir_pipeline_volume *volume;

	if (mount)
		return mount->dev;
	volume = volume_by_st_dev(p, st_dev);
	return volume ? volume->dev : st_dev;
}

static void to_kernel(struct weir_pipeline *p, struct weir_pipeline_volume *volume)
{
	const struct weir_node *node = weir_nodes_find(p->nodes, true, volume->dev);
	struct weir_abi_volume value = {.diskseq = node ? node->diskseq : 0,
					.channel = (uint8_t)volume->channel,
					.profile = volume->profile,
					.flags = WEIR_ABI_VOLUME_BY_AGENT |
						 (node ? WEIR_ABI_VOLUME_NODE : 0)};
	int r = p->options.kernel.ops->set_volume(p->options.kernel.context, volume->dev, &value);

	volume->in_kernel = r == 0;
	if (r < 0)
		volume->error = r;
}

static bool look(int dirfd, const char *path, struct statx *ret)
{
	return statx(dirfd, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT | AT_EMPTY_PATH,
		     STATX_INO | STATX_MNT_ID, ret) == 0;
}

static uint32_t dev_in(const struct statx *stx)
{
	return WEIR_ABI_DEV(stx->stx_dev_major, stx->stx_dev_minor);
}

/* What the mount point leads to: the volume may have gone since the mounts were read, or lie below another; the system's own disk,
 * perhaps, is no sink then, and nothing of it is to be marked. */
int volume_open(const struct weir_pipeline_volume *volume)
{
	int fd _cleanup_(weir_closep) = open(volume->device.mount_point, O_PATH | O_CLOEXEC);
	struct statx stx;

	if (fd < 0)
		return -errno;
	if (!look(fd, "", &stx) || dev_in(&stx) != volume->st_dev)
		return -ESTALE;
	return TAKE_FD(fd);
}

/* Some file systems (btrfs) show files another number than the mount; what the mount point leads to
 * may be another mount by now. */
static uint32_t st_dev_of(const struct weir_mount *mount)
{
	struct statx stx;

	if (!look(AT_FDCWD, mount->point, &stx) || !(stx.stx_mask & STATX_MNT_ID) ||
	    stx.stx_mnt_id != mount->id)
		return mount->dev;
	return dev_in(&stx);
}

static int to_watch(struct weir_pipeline *p, struct weir_pipeline_volume *volume, int fd,
		    const char *path)
{
	bool was_marked = weir_watch_has(p->watch, path) == 1;
	int r = weir_watch_add(p->watch, path, WEIR_WATCH_CHANGES);

	volume->watched = r == 0;
	if (r == 0 && !was_marked)
		unseen_begin(p, volume, fd);
	return r;
}

static int to_gate(struct weir_pipeline *p, struct weir_pipeline_volume *volume, const char *path)
{
	struct weir_abi_volume value = {.channel = (uint8_t)volume->channel,
					.profile = volume->profile};
	int r = weir_gate_add_volume(p->gate, path, &value, NULL);

	volume->gated = r == 0;
	return r;
}

/* Also when it is marked: then it may be another file system by now, and nothing tells them apart but that its marks are gone. */
static void mark(struct weir_pipeline *p, struct weir_pipeline_volume *volume)
{
	int fd _cleanup_(weir_closep) = -1, watched = 0, gated = 0;
	char path[64];

	if (!p->watch && !p->gate_guards)
		return;
	volume->watched = volume->gated = false;
	fd = volume_open(volume);
	if (fd < 0) {
		volume->error = fd;
		return;
	}
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (p->watch)
		watched = to_watch(p, volume, fd, path);
	if (p->gate_guards)
		gated = to_gate(p, volume, path);
	if (watched < 0 || gated < 0)
		volume->error = watched < 0 ? watched : gated;
}

void volumes_apply(struct weir_pipeline *p)
{
	for (size_t i = 0; i < WEIR_PIPELINE_VOLUMES; i++) {
		struct weir_pipeline_volume *volume = &p->volumes[i];

		if (!weir_pipeline_volume_is_there(volume))
			continue;
		volume->error = 0;
		volume->profile =
			weir_policy_volume_profile(p->policy, volume->channel, &volume->device);
		mark(p, volume);
		to_kernel(p, volume);
	}
}

/* What was unmounted and mounted again between two readings of the table may look the same in it. A server that is not there must
 * not be waited for. */
void volumes_check(struct weir_pipeline *p)
{
	for (size_t i = 0; i < WEIR_PIPELINE_VOLUMES; i++) {
		struct weir_pipeline_volume *volume = &p->volumes[i];

		if (weir_pipeline_volume_is_there(volume) &&
		    volume->channel == WEIR_ABI_CHANNEL_REMOVABLE)
			mark(p, volume);
	}
}

/* No sink, though the kernel may take it for one by what it can see: FUSE, and what lies on a disk under a
 * number of its own (btrfs), if that disk is device-mapper's. */
static void let_be(struct weir_pipeline *p, const struct weir_mount *mount)
{
	static const struct weir_abi_volume none = {.flags = WEIR_ABI_VOLUME_BY_AGENT};

	if (strncmp(mount->fstype, "fuse", 4) == 0 || strcmp(mount->fstype, "virtiofs") == 0 ||
	    (WEIR_ABI_DEV_MAJOR(mount->dev) == 0 && mount->source[0] == '/'))
		(void)p->options.kernel.ops->set_volume(p->options.kernel.context, mount->dev,
							&none);
}

void volume_seen(struct weir_pipeline *p, uint32_t dev, uint32_t pid)
{
	struct weir_abi_volume value = {.flags = WEIR_ABI_VOLUME_BY_AGENT};
	struct weir_device device;
	struct weir_mount mount;
	char path[64];

	if (volume_mounted(p, dev) || weir_mounts_by_dev(p->mounts, dev))
		return;
	if (weir_nodes_find(p->nodes, true, dev)) {
		device_restore(p, dev);
		return;
	}
	(void)snprintf(path, sizeof(path), "/proc/%u/mountinfo", pid);
	if (weir_mounts_look_up(path, dev, &mount) < 0)
		return; /* gone by now: the kernel's own judgement stays */
	value.channel =
		(uint8_t)weir_device_classify(&p->options.sinks, p->mounts, &mount, &device);
	value.profile = weir_policy_volume_profile(p->policy, (enum weir_abi_channel)value.channel,
						   &device);
	(void)p->options.kernel.ops->set_volume(p->options.kernel.context, dev, &value);
}

/* Nothing is told of it any more. */
static void forget(struct weir_pipeline *p, struct weir_pipeline_volume *volume)
{
	unseen_end(p, volume, -ESTALE);
	if (p->gate_guards && WEIR_ABI_DEV_MAJOR(volume->st_dev) != 0) /* others went with it */
		weir_gate_remove_volume(p->gate, volume->device.mount_point, volume->st_dev);
	*volume = (struct weir_pipeline_volume){0};
}

void volume_is_another(struct weir_pipeline *p, uint32_t dev)
{
	struct weir_pipeline_volume *volume = volume_by_dev(p, dev);

	if (volume && volume->gone_ns)
		forget(p, volume);
}

/* One that is free, else the one that has been gone for longest; NULL: all are there. */
static struct weir_pipeline_volume *free_volume(struct weir_pipeline *p)
{
	struct weir_pipeline_volume *found = NULL;

	for (size_t i = 0; i < WEIR_PIPELINE_VOLUMES; i++) {
		struct weir_pipeline_volume *volume = &p->volumes[i];

		if (volume->dev == 0)
			return volume;
		if (volume->gone_ns && (!found || volume->gone_ns < found->gone_ns))
			found = volume;
	}
	if (found)
		forget(p, found);
	return found;
}

static void take_in(struct weir_pipeline *p, struct weir_pipeline_volume *volume,
		    const struct weir_mount *mount)
{
	/* Marked before all else: until then nobody sees what is written to it. */
	mark(p, volume);
	to_kernel(p, volume);
	if (volume->error < 0)
		weir_log_warning(p->options.log, volume->error,
				 "the volume on %s is not fully guarded", mount->point);
}

static void volume_add(struct weir_pipeline *p, const struct weir_mount *mount)
{
	struct weir_pipeline_volume *volume = volume_mounted(p, mount->dev);
	struct weir_device device;
	enum weir_abi_channel channel;

	if (volume) { /* once more, or anew and nobody saw it go */
		mark(p, volume);
		return;
	}
	channel = weir_device_classify(&p->options.sinks, p->mounts, mount, &device);
	if (channel == WEIR_ABI_CHANNEL_NONE) {
		volume_is_another(p, mount->dev);
		let_be(p, mount);
		labels_mounted(p, mount);
		return;
	}
	volume = volume_by_dev(p, mount->dev);
	if (!volume)
		volume = free_volume(p);
	if (!volume) {
		weir_log_error(p->options.log, -E2BIG, "cannot guard the volume on %s",
			       mount->point);
		return;
	}
	unseen_end(p, volume, -ESTALE);
	*volume = (struct weir_pipeline_volume){
		.dev = mount->dev,
		.st_dev = st_dev_of(mount),
		.channel = channel,
		.profile = weir_policy_volume_profile(p->policy, channel, &device),
		.device = device};
	take_in(p, volume, mount);
}

/* What still comes from it, a list closed just before it was pulled or by somebody who stayed on it, is told as from what it was. A
 * number that the kernel makes up is given away again at once, and openings elsewhere must not be refused for it. */
static void volume_remove(struct weir_pipeline *p, const struct weir_mount *mount)
{
	struct weir_pipeline_volume *volume = volume_mounted(p, mount->dev);
	const struct weir_mount *other = weir_mounts_by_dev(p->mounts, mount->dev);

	if (!volume)
		return;
	if (other) { /* still mounted elsewhere: its marks go with the file system, only the name
			changes */
		(void)snprintf(volume->device.mount_point, sizeof(volume->device.mount_point), "%s",
			       other->point);
		return;
	}
	if (p->gate_guards && WEIR_ABI_DEV_MAJOR(volume->st_dev) == 0)
		weir_gate_remove_volume(p->gate, volume->device.mount_point, volume->st_dev);
	volume->watched = volume->gated = volume->in_kernel = false;
	volume->gone_ns = weir_now_boottime();
	device_restore(p, mount->dev);
}

void volume_mount_changed(void *context, const struct weir_mount *mount, bool added)
{
	struct weir_pipeline *p = context;

	/* Not when one went: who stays on it is still seen, and its disk stays a sink until the nodes are read for another reason. */
	p->disks_changed |=
		added && (WEIR_ABI_DEV_MAJOR(mount->dev) != 0 || mount->source[0] == '/');
	if (added)
		volume_add(p, mount);
	else
		volume_remove(p, mount);
}
