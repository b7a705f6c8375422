/* SPDX-License-Identifier: Apache-2.0 */
/* What names a file from boot to boot. Only file systems whose own UUID can be asked for on every kernel: numbers of devices are
 * dealt out anew each time, and what is said of a volume elsewhere (udev) may be said by the volume. */

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

#include "internal.h"

#define XFS_MAGIC 0x58465342

/* struct xfs_fsop_geom_v1, the kernel's for XFS_IOC_FSGEOMETRY_V1: as old as xfs, and in no header of the kernel's. */
struct xfs_geometry {
	uint8_t sizes[64];
	uint8_t uuid[WEIR_LABELS_VOLUME_LEN];
	uint8_t more[32];
};
_Static_assert(sizeof(struct xfs_geometry) == 112, "xfs_geometry");
#define XFS_GEOMETRY _IOR('X', 100, struct xfs_geometry)

/* The kernel folds the UUID into f_fsid, the same way since 2.6.20. */
static int ext_volume(const struct statfs *fs, struct weir_labels_volume *ret)
{
	const uint64_t type = EXT4_SUPER_MAGIC;

	_Static_assert(sizeof(type) + sizeof(fs->f_fsid) == WEIR_LABELS_VOLUME_LEN, "f_fsid");
	memcpy(ret->id, &type, sizeof(type));
	memcpy(ret->id + sizeof(type), &fs->f_fsid, sizeof(fs->f_fsid));
	return 0;
}

static int xfs_volume(int fd, struct weir_labels_volume *ret)
{
	struct xfs_geometry geometry;

	if (ioctl(fd, XFS_GEOMETRY, &geometry) < 0)
		return -errno;
	memcpy(ret->id, geometry.uuid, sizeof(ret->id));
	return 0;
}

/* f_fsid is a subvolume's; a handle names its subvolume itself. */
static int btrfs_volume(int fd, struct weir_labels_volume *ret)
{
	struct btrfs_ioctl_fs_info_args info = {0};

	_Static_assert(sizeof(info.fsid) == WEIR_LABELS_VOLUME_LEN, "fsid");
	if (ioctl(fd, BTRFS_IOC_FS_INFO, &info) < 0)
		return -errno;
	memcpy(ret->id, info.fsid, sizeof(ret->id));
	return 0;
}

int weir_labels_volume(int fd, struct weir_labels_volume *ret)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	switch (fs.f_type) {
	case EXT4_SUPER_MAGIC:
		return ext_volume(&fs, ret);
	case XFS_MAGIC:
		return xfs_volume(fd, ret);
	case BTRFS_SUPER_MAGIC:
		return btrfs_volume(fd, ret);
	default:
		return -EOPNOTSUPP;
	}
}

union handle {
	struct file_handle head;
	uint8_t bytes[sizeof(struct file_handle) + HANDLE_MAX];
};

int place_of(int fd, struct place *ret)
{
	union handle handle = {.head.handle_bytes = HANDLE_MAX};
	struct place place = {0};
	int mount_id, r = weir_labels_volume(fd, &place.volume);

	if (r < 0)
		return r;
	if (name_to_handle_at(fd, "", &handle.head, &mount_id, AT_EMPTY_PATH) < 0)
		return errno == EOVERFLOW ? -EOPNOTSUPP : -errno;
	place.type = handle.head.handle_type;
	place.len = handle.head.handle_bytes;
	if (place.len == 0 || place.len > HANDLE_MAX)
		return -EOPNOTSUPP;
	memcpy(place.handle, handle.bytes + sizeof(struct file_handle), place.len);
	*ret = place;
	return 0;
}

int place_open(const struct place *place, int root)
{
	union handle handle = {.head = {.handle_bytes = place->len, .handle_type = place->type}};
	int fd;

	memcpy(handle.bytes + sizeof(struct file_handle), place->handle, place->len);
	fd = open_by_handle_at(root, &handle.head, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}
