/* SPDX-License-Identifier: Apache-2.0 */
/* WRITE(10) by SG_IO and by USB's bulk-only transport. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/usb/ch9.h>
#include <linux/usbdevice_fs.h>
#include <scsi/sg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scsi.h"
#include "weir/base/buf.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"

#define SECTOR	   512
#define TIMEOUT_MS 5000

static void write_10(unsigned char cdb[10], off_t place)
{
	uint32_t block = (uint32_t)(place / SECTOR), count = BYPASS_BLOCK / SECTOR;

	memset(cdb, 0, 10);
	cdb[0] = 0x2a;
	cdb[2] = (unsigned char)(block >> 24);
	cdb[3] = (unsigned char)(block >> 16);
	cdb[4] = (unsigned char)(block >> 8);
	cdb[5] = (unsigned char)block;
	cdb[8] = (unsigned char)count;
}

static int send_generic(const struct bypass_job *job, const char *path)
{
	unsigned char cdb[10], sense[32], block[BYPASS_BLOCK];
	struct sg_io_hdr header = {.interface_id = 'S',
				   .dxfer_direction = SG_DXFER_TO_DEV,
				   .cmd_len = sizeof(cdb),
				   .mx_sb_len = sizeof(sense),
				   .dxfer_len = sizeof(block),
				   .dxferp = block,
				   .cmdp = cdb,
				   .sbp = sense,
				   .timeout = TIMEOUT_MS};
	int fd = bypass_open(path, O_RDWR), r = 0;

	if (fd < 0)
		return fd;
	write_10(cdb, job->place);
	memset(block, ' ', sizeof(block));
	memcpy(block, job->data, job->len);
	if (ioctl(fd, SG_IO, &header) < 0) {
		r = bypass_refused("SG_IO");
	} else if (header.status || header.host_status || header.driver_status) {
		errno = EIO;
		r = bypass_refused("WRITE(10)");
	}
	weir_close(fd);
	return r;
}

int scsi_run_disk(const struct bypass_job *job)
{
	return send_generic(job, job->target);
}

static const char *disk_name(const struct bypass_job *job)
{
	return strrchr(job->target, '/') + 1;
}

int scsi_run_generic(const struct bypass_job *job)
{
	const char *const load[] = {"modprobe", "-q", "sg", NULL};
	char path[PATH_MAX], node[PATH_MAX];
	struct dirent *entry;
	DIR *folder;
	int r = bypass_program(load);

	(void)snprintf(path, sizeof(path), "/sys/block/%s/device/scsi_generic", disk_name(job));
	folder = opendir(path);
	if (!folder)
		return bypass_first(r, bypass_refused("scsi_generic"));
	while ((entry = readdir(folder)) && entry->d_name[0] == '.')
		;
	(void)snprintf(node, sizeof(node), "/dev/%s", entry ? entry->d_name : "sg");
	closedir(folder);
	return send_generic(job, node);
}

struct usb {
	char folder[PATH_MAX]; /* of the interface, in sysfs */
	unsigned char in, out; /* endpoints */
	int fd;
};

static int read_number(const char *folder, const char *name, uint32_t *ret)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64);
	char path[PATH_MAX + 64];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (weir_read_file(AT_FDCWD, path, &text) < 0 || !text.data)
		return -ENOENT;
	text.data[strcspn(text.data, "\n")] = '\0';
	return weir_parse_u32(text.data, ret);
}

/* The interface's folder lies above the disk's, the first that has an interface class. */
static int find_interface(struct usb *usb, const struct bypass_job *job)
{
	char path[PATH_MAX], probe[PATH_MAX + 32];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/sys/block/%s/device", disk_name(job));
	if (!realpath(path, usb->folder))
		return bypass_refused("usb");
	do {
		char *slash = strrchr(usb->folder, '/');

		if (!slash || slash == usb->folder) {
			errno = ENODEV;
			return bypass_refused("usb");
		}
		*slash = '\0';
		(void)snprintf(probe, sizeof(probe), "%s/bInterfaceClass", usb->folder);
	} while (stat(probe, &st) < 0);
	return 0;
}

static int find_endpoints(struct usb *usb)
{
	DIR *folder = opendir(usb->folder);
	struct dirent *entry;

	if (!folder)
		return bypass_refused("usb");
	while ((entry = readdir(folder))) {
		unsigned address;

		if (sscanf(entry->d_name, "ep_%2x", &address) != 1)
			continue;
		if (address & USB_ENDPOINT_DIR_MASK)
			usb->in = (unsigned char)address;
		else
			usb->out = (unsigned char)address;
	}
	closedir(folder);
	errno = ENODEV;
	return usb->in && usb->out ? 0 : bypass_refused("endpoints");
}

static int open_usb(struct usb *usb, const struct bypass_job *job)
{
	struct usbdevfs_disconnect_claim claim = {0};
	uint32_t bus, device;
	char path[64];
	int r = find_interface(usb, job);

	if (r == 0)
		r = find_endpoints(usb);
	if (r < 0)
		return r;
	*strrchr(usb->folder, '/') = '\0';
	if (read_number(usb->folder, "busnum", &bus) < 0 ||
	    read_number(usb->folder, "devnum", &device) < 0)
		return bypass_refused("busnum");
	(void)snprintf(path, sizeof(path), "/dev/bus/usb/%03u/%03u", bus, device);
	usb->fd = bypass_open(path, O_RDWR);
	if (usb->fd < 0)
		return usb->fd;
	return ioctl(usb->fd, USBDEVFS_DISCONNECT_CLAIM, &claim) < 0
		       ? bypass_refused("USBDEVFS_DISCONNECT_CLAIM")
		       : 0;
}

static int transfer(const struct usb *usb, unsigned char endpoint, void *data, size_t len)
{
	struct usbdevfs_bulktransfer bulk = {
		.ep = endpoint, .len = (unsigned)len, .timeout = TIMEOUT_MS, .data = data};

	return ioctl(usb->fd, USBDEVFS_BULK, &bulk) < 0 ? bypass_refused("USBDEVFS_BULK") : 0;
}

/* Command, data, status: three transfers. */
static int send_bulk(const struct usb *usb, const struct bypass_job *job)
{
	unsigned char command[31] = "USBCbyps", status[13] = {0}, block[BYPASS_BLOCK];
	int r;

	command[9] = BYPASS_BLOCK >> 8;
	command[14] = 10;
	write_10(command + 15, job->place);
	memset(block, ' ', sizeof(block));
	memcpy(block, job->data, job->len);
	r = transfer(usb, usb->out, command, sizeof(command));
	if (r == 0)
		r = transfer(usb, usb->out, block, sizeof(block));
	if (r == 0)
		r = transfer(usb, usb->in, status, sizeof(status));
	errno = EIO;
	return r == 0 && status[12] ? bypass_refused("WRITE(10)") : r;
}

int scsi_run_usb(const struct bypass_job *job)
{
	struct usb usb = {.fd = -1};
	struct usbdevfs_ioctl connect = {.ioctl_code = USBDEVFS_CONNECT};
	int r = open_usb(&usb, job), interface = 0;

	if (r == 0) {
		r = send_bulk(&usb, job);
		ioctl(usb.fd, USBDEVFS_RELEASEINTERFACE, &interface);
		ioctl(usb.fd, USBDEVFS_IOCTL, &connect);
	}
	weir_close(usb.fd);
	return r;
}
