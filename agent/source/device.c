/* SPDX-License-Identifier: Apache-2.0 */
/* Follows a volume's block device down to its bus by sysfs. Strings from a device are the device's
 * maker's: bounded, made printable, believed for nothing but display and matching. */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "weir/base/buf.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/base/utf8.h"
#include "weir/source/device.h"

#define MAX_SLAVES    64
#define ATTRIBUTE_MAX 4096
#define UDEV_MAX      65536

static const char *const network_types[] = {
	"nfs",
	"nfs4",
	"cifs",
	"smb3",
	"smbfs",
	"9p",
	"ceph",
	"afs",
	"lustre",
	"glusterfs",
	"beegfs",
	"ncpfs",
	"davfs",
	"fuse.sshfs",
	"fuse.davfs",
	"fuse.rclone",
	"fuse.glusterfs",
	"fuse.gvfsd-fuse",
	"fuse.s3fs",
	"fuse.curlftpfs",
	"fuse.ceph",
	"fuse.smbnetfs",
	"fuse.cifs",
	"fuse.kio-fuse",
};

struct walk {
	const struct weir_device_options *options;
	const struct weir_mounts *mounts;
	struct weir_device *device;
	unsigned locked;      /* LUKS layers above what is looked at */
	bool plain;	      /* USB was reached without one */
	char sysfs[PATH_MAX]; /* resolved */
};

static void closedirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* A device's maker's string, or a device's own: trimmed, valid UTF-8 without control characters. */
bool weir_device_attribute(const char *path, char *to, size_t size)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(ATTRIBUTE_MAX);
	size_t len, start = 0;

	to[0] = '\0';
	if (weir_read_file(AT_FDCWD, path, &text) < 0 || !text.data)
		return false;
	len = strcspn(text.data, "\n");
	while (start < len && text.data[start] == ' ')
		start++;
	while (len > start && text.data[len - 1] == ' ')
		len--;
	len = weir_utf8_cut(text.data + start, weir_utf8_valid(text.data + start, len - start),
			    size - 1);
	for (size_t i = 0; i < len; i++)
		to[i] = iscntrl((unsigned char)text.data[start + i]) ? '?' : text.data[start + i];
	to[len] = '\0';
	return len > 0;
}

static void read_attribute(const char *dir, const char *name, char *to, size_t size)
{
	char path[PATH_MAX];

	to[0] = '\0';
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path))
		(void)weir_device_attribute(path, to, size);
}

int weir_device_number(const char *text, uint32_t *ret)
{
	char major_text[16];
	const char *colon = strchr(text, ':');
	uint32_t major, minor;

	if (!colon || (size_t)(colon - text) >= sizeof(major_text))
		return -EINVAL;
	memcpy(major_text, text, (size_t)(colon - text));
	major_text[colon - text] = '\0';
	if (weir_parse_u32(major_text, &major) < 0 || weir_parse_u32(colon + 1, &minor) < 0)
		return -EINVAL;
	*ret = WEIR_ABI_DEV(major, minor);
	return 0;
}

static bool is_usb(const char *dir)
{
	char path[PATH_MAX], link[PATH_MAX];
	const char *last;
	ssize_t n;

	if (snprintf(path, sizeof(path), "%s/subsystem", dir) >= (int)sizeof(path))
		return false;
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		return false;
	link[n] = '\0';
	last = strrchr(link, '/');
	return strcmp(last ? last + 1 : link, "usb") == 0;
}

static unsigned read_hex(const char *dir, const char *name)
{
	char text[8];
	uint8_t value;

	read_attribute(dir, name, text, sizeof(text));
	return weir_unhex(text, &value, sizeof(value)) == 1 ? value : 0;
}

/* What an interface is for. Telephones offer MTP under a class of the vendor and say so in words. */
uint32_t weir_device_interface(const char *dir)
{
	static const uint8_t classes[256] = {
		[0x01] = WEIR_USB_AUDIO,      [0x02] = WEIR_USB_COMMUNICATIONS,
		[0x03] = WEIR_USB_HID,	      [0x06] = WEIR_USB_IMAGING,
		[0x07] = WEIR_USB_PRINTER,    [0x08] = WEIR_USB_MASS_STORAGE,
		[0x09] = WEIR_USB_HUB,	      [0x0a] = WEIR_USB_COMMUNICATIONS,
		[0x0b] = WEIR_USB_SMART_CARD, [0x0e] = WEIR_USB_VIDEO,
		[0xe0] = WEIR_USB_WIRELESS,   [0xff] = WEIR_USB_VENDOR,
	};
	unsigned class = read_hex(dir, "bInterfaceClass") & 0xff;
	char words[64];

	if (class != 0xff)
		return WEIR_USB_SET(classes[class]);
	if (read_hex(dir, "bInterfaceSubClass") == 0x42)
		return WEIR_USB_SET(WEIR_USB_ADB);
	read_attribute(dir, "interface", words, sizeof(words));
	return strcmp(words, "MTP") == 0 ? WEIR_USB_SET(WEIR_USB_IMAGING)
					 : WEIR_USB_SET(WEIR_USB_VENDOR);
}

/* Climbs from a device's folder to the top of sysfs looking for USB; the first ancestor with vendor
 * ids is the device, one before it without is the interface. What is a disk stores, whatever the
 * interface says. */
static bool climb_to_usb(struct walk *walk, const char *from)
{
	struct weir_device *device = walk->device;
	char dir[PATH_MAX];
	bool found = false;

	snprintf(dir, sizeof(dir), "%s", from);
	while (strlen(dir) > strlen(walk->sysfs)) {
		char *slash = strrchr(dir, '/');

		if (is_usb(dir)) {
			found = true;
			read_attribute(dir, "idVendor", device->vendor_id,
				       sizeof(device->vendor_id));
			if (device->vendor_id[0])
				break;
			device->interfaces |= weir_device_interface(dir);
		}
		if (!slash)
			break;
		*slash = '\0';
	}
	if (!found)
		return false;
	device->interfaces |= WEIR_USB_SET(WEIR_USB_MASS_STORAGE);
	walk->plain |= walk->locked == 0;
	snprintf(device->bus, sizeof(device->bus), "usb");
	read_attribute(dir, "idProduct", device->product_id, sizeof(device->product_id));
	read_attribute(dir, "manufacturer", device->vendor, sizeof(device->vendor));
	read_attribute(dir, "product", device->product, sizeof(device->product));
	read_attribute(dir, "serial", device->serial_number, sizeof(device->serial_number));
	return true;
}

static bool dev_removable(struct walk *walk, uint32_t dev, unsigned depth);

/* All of them are looked at: a volume is encrypted when every way down to USB is. */
static bool any_slave_removable(struct walk *walk, const char *dir, unsigned depth)
{
	DIR *slaves _cleanup_(closedirp) = NULL;
	char path[PATH_MAX];
	struct dirent *entry;
	unsigned seen = 0;
	bool found = false;

	if (snprintf(path, sizeof(path), "%s/slaves", dir) >= (int)sizeof(path))
		return false;
	slaves = opendir(path);
	if (!slaves)
		return false;
	while ((entry = readdir(slaves)) && seen < MAX_SLAVES) {
		char name[PATH_MAX], text[32];
		uint32_t dev;

		if (entry->d_name[0] == '.')
			continue;
		seen++;
		if (snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) >= (int)sizeof(name))
			continue;
		read_attribute(name, "dev", text, sizeof(text));
		if (weir_device_number(text, &dev) == 0 && dev_removable(walk, dev, depth + 1))
			found = true;
	}
	return found;
}

static bool is_luks(const char *dir)
{
	char uuid[64];

	read_attribute(dir, "dm/uuid", uuid, sizeof(uuid));
	return strncmp(uuid, "CRYPT-LUKS", 10) == 0;
}

/* A loop's backing file is a device node, or names the mount that it lies on; either leads to the device below. */
static bool loop_removable(struct walk *walk, const char *dir, unsigned depth, bool *ret_is_loop)
{
	char file[WEIR_MOUNT_PATH_MAX];
	const struct weir_mount *mount;
	struct stat st;

	read_attribute(dir, "loop/backing_file", file, sizeof(file));
	*ret_is_loop = file[0] == '/';
	if (!*ret_is_loop)
		return false;
	if (!walk->device->bus[0])
		snprintf(walk->device->bus, sizeof(walk->device->bus), "loop");
	if (stat(file, &st) == 0 && S_ISBLK(st.st_mode))
		return dev_removable(walk, WEIR_ABI_DEV(major(st.st_rdev), minor(st.st_rdev)),
				     depth + 1);
	mount = weir_mounts_by_path(walk->mounts, file);
	return mount && dev_removable(walk, mount->dev, depth + 1);
}

static bool dir_removable(struct walk *walk, char *dir, unsigned depth)
{
	char partition[PATH_MAX];
	bool loop, luks, below;
	struct stat st;

	if (snprintf(partition, sizeof(partition), "%s/partition", dir) < (int)sizeof(partition) &&
	    stat(partition, &st) == 0) {
		char *slash = strrchr(dir, '/');

		if (slash && (size_t)(slash - dir) > strlen(walk->sysfs))
			*slash = '\0';
	}
	if (loop_removable(walk, dir, depth, &loop))
		return true;
	if (loop)
		return false;
	luks = is_luks(dir);
	walk->locked += luks;
	below = any_slave_removable(walk, dir, depth);
	walk->locked -= luks;
	return below || climb_to_usb(walk, dir);
}

static bool dev_removable(struct walk *walk, uint32_t dev, unsigned depth)
{
	char path[PATH_MAX + 64], dir[PATH_MAX];

	if (WEIR_ABI_DEV_MAJOR(dev) == 0)
		return false;
	if (depth > WEIR_DEVICE_DEPTH) {
		walk->plain = true;
		return true;
	}
	snprintf(path, sizeof(path), "%s/dev/block/%u:%u", walk->sysfs, WEIR_ABI_DEV_MAJOR(dev),
		 WEIR_ABI_DEV_MINOR(dev));
	if (!realpath(path, dir))
		return false;
	return dir_removable(walk, dir, depth);
}

uint32_t weir_device_backing(const struct weir_device_options *options,
			     const struct weir_mount *mount)
{
	char resolved[PATH_MAX], dir[2 * PATH_MAX], text[32];
	const char *name;
	uint32_t dev;

	if (WEIR_ABI_DEV_MAJOR(mount->dev) != 0 || strncmp(mount->source, "/dev/", 5) != 0)
		return mount->dev;
	name = realpath(mount->source, resolved) ? resolved : mount->source;
	name = strrchr(name, '/') + 1;
	if (snprintf(dir, sizeof(dir), "%s/class/block/%s",
		     options->sysfs ? options->sysfs : "/sys", name) >= (int)sizeof(dir))
		return mount->dev;
	read_attribute(dir, "dev", text, sizeof(text));
	return weir_device_number(text, &dev) == 0 ? dev : mount->dev;
}

bool weir_device_any_named(const struct weir_sink_names *names)
{
	return names->n_mounts > 0 || names->n_filesystems > 0;
}

bool weir_device_is_named(const struct weir_sink_names *names, const struct weir_mount *mount)
{
	for (size_t i = 0; i < names->n_mounts; i++)
		if (strcmp(names->mounts[i], mount->point) == 0)
			return true;
	for (size_t i = 0; i < names->n_filesystems; i++)
		if (strcmp(names->filesystems[i], mount->fstype) == 0)
			return true;
	return false;
}

static bool network_type(const char *fstype)
{
	for (size_t i = 0; i < ARRAY_SIZE(network_types); i++)
		if (strcmp(network_types[i], fstype) == 0)
			return true;
	return false;
}

/* All interfaces of a USB device: folders below its own, "1-2:1.0". */
static uint32_t all_interfaces(const char *dir)
{
	DIR *folder _cleanup_(closedirp) = opendir(dir);
	struct dirent *entry;
	uint32_t ret = 0;

	while (folder && (entry = readdir(folder))) {
		char path[PATH_MAX];

		if (strchr(entry->d_name, ':') &&
		    snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name) < (int)sizeof(path))
			ret |= weir_device_interface(path);
	}
	return ret;
}

bool weir_device_of_folder(const struct weir_device_options *options, const char *dir,
			   struct weir_device *ret)
{
	struct weir_device device = {0};
	struct walk walk = {.options = options, .device = &device};
	char vendor[8];
	bool usb = realpath(options->sysfs ? options->sysfs : "/sys", walk.sysfs) &&
		   climb_to_usb(&walk, dir);

	read_attribute(dir, "idVendor", vendor, sizeof(vendor));
	if (usb && vendor[0])
		device.interfaces = all_interfaces(dir);
	*ret = device;
	return usb;
}

/* "I:" and microseconds of the monotonic clock. */
uint64_t weir_device_plugged(const struct weir_device_options *options, uint32_t dev)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(UDEV_MAX);
	char path[PATH_MAX], number[32];
	const char *line;
	uint64_t us;

	if (snprintf(path, sizeof(path), "%s/b%u:%u",
		     options->udev ? options->udev : "/run/udev/data", WEIR_ABI_DEV_MAJOR(dev),
		     WEIR_ABI_DEV_MINOR(dev)) >= (int)sizeof(path) ||
	    weir_read_file(AT_FDCWD, path, &text) < 0 || !text.data)
		return 0;
	line = strncmp(text.data, "I:", 2) == 0 ? text.data : strstr(text.data, "\nI:");
	if (!line)
		return 0;
	line = strchr(line, ':') + 1;
	(void)snprintf(number, sizeof(number), "%.*s", (int)WEIR_MIN(strcspn(line, "\n"), 31UL),
		       line);
	return weir_parse_u64(number, &us) == 0 && us <= UINT64_MAX / WEIR_NSEC_PER_USEC
		       ? us * WEIR_NSEC_PER_USEC
		       : 0;
}

enum weir_abi_channel weir_device_of_block(const struct weir_device_options *options,
					   const struct weir_mounts *mounts, uint32_t dev,
					   struct weir_device *ret)
{
	struct weir_device device = {0};
	struct walk walk = {.options = options, .mounts = mounts, .device = &device};
	bool usb = realpath(options->sysfs ? options->sysfs : "/sys", walk.sysfs) &&
		   dev_removable(&walk, dev, 0);

	device.encrypted = usb && !walk.plain;
	*ret = device;
	return usb ? WEIR_ABI_CHANNEL_REMOVABLE : WEIR_ABI_CHANNEL_NONE;
}

enum weir_abi_channel weir_device_classify(const struct weir_device_options *options,
					   const struct weir_mounts *mounts,
					   const struct weir_mount *mount, struct weir_device *ret)
{
	struct weir_device device = {0};
	struct walk walk = {.options = options, .mounts = mounts, .device = &device};
	bool usb = false;

	snprintf(device.filesystem, sizeof(device.filesystem), "%s", mount->fstype);
	snprintf(device.mount_point, sizeof(device.mount_point), "%s", mount->point);
	if (realpath(options->sysfs ? options->sysfs : "/sys", walk.sysfs))
		usb = dev_removable(&walk, weir_device_backing(options, mount), 0);
	device.encrypted = usb && !walk.plain;
	*ret = device;
	if (usb || weir_device_is_named(&options->removable, mount))
		return WEIR_ABI_CHANNEL_REMOVABLE;
	if (network_type(mount->fstype) || weir_device_is_named(&options->share, mount))
		return WEIR_ABI_CHANNEL_SHARE;
	return WEIR_ABI_CHANNEL_NONE;
}
