/* SPDX-License-Identifier: Apache-2.0 */
/* Below the file system: disks, partitions, what is stacked on them, and swap. The techniques that take the device away from the
 * kernel stand last. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <unistd.h>

#include "bypass.h"
#include "scsi.h"
#include "weir/base/fd.h"

#define IMAGE_BYTES (4 << 20)
#define SWAP_BYTES  (1 << 20)
#define SWAPPED	    64 /* pages */
#define SECTOR	    512

/* The disk's first partition, until the next call. */
static const char *partition(const struct bypass_job *job)
{
	static char path[PATH_MAX];
	size_t len = strlen(job->target);

	(void)snprintf(path, sizeof(path), "%s%s1", job->target,
		       len && job->target[len - 1] >= '0' && job->target[len - 1] <= '9' ? "p"
											 : "");
	return path;
}

static int write_place(const struct bypass_job *job, const char *path, int flags)
{
	int fd = bypass_open(path, O_WRONLY | flags);

	return fd < 0 ? fd : bypass_close(fd, bypass_pwrite(fd, job->data, job->len, job->place));
}

static int run_disk(const struct bypass_job *job)
{
	return write_place(job, job->target, 0);
}

static int run_disk_direct(const struct bypass_job *job)
{
	char *block _cleanup_(freep) = aligned_alloc(BYPASS_BLOCK, BYPASS_BLOCK);
	int fd = bypass_open(job->target, O_WRONLY | O_DIRECT);

	if (fd < 0 || !block)
		return fd < 0 ? fd : -ENOMEM;
	memset(block, ' ', BYPASS_BLOCK);
	memcpy(block, job->data, job->len);
	return bypass_close(fd, bypass_pwrite(fd, block, BYPASS_BLOCK, job->place));
}

static int run_disk_map(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_RDWR), r = 0;
	char *map;

	if (fd < 0)
		return fd;
	map = mmap(NULL, BYPASS_BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, job->place);
	if (map == MAP_FAILED)
		return bypass_close(fd, bypass_refused("mmap"));
	memcpy(map, job->data, job->len);
	if (msync(map, BYPASS_BLOCK, MS_SYNC) < 0)
		r = bypass_refused("msync");
	return bypass_close(fd, r);
}

static int run_disk_send(const struct bypass_job *job)
{
	int from = bypass_open(job->source, O_RDONLY), fd = bypass_open(job->target, O_WRONLY),
	    r = 0;

	if (from < 0 || fd < 0)
		return bypass_first(from, fd);
	if (lseek(fd, job->place, SEEK_SET) < 0 || sendfile(fd, from, NULL, job->len) < 0)
		r = bypass_refused("sendfile");
	return bypass_close(fd, r);
}

static int run_partition(const struct bypass_job *job)
{
	return write_place(job, partition(job), 0);
}

static int attach_loop(const char *path, unsigned flags, char *device, size_t size)
{
	struct loop_config config = {.info.lo_flags = LO_FLAGS_AUTOCLEAR | flags};
	int control = bypass_open("/dev/loop-control", O_RDWR), file, loop, number;

	if (control < 0)
		return control;
	number = ioctl(control, LOOP_CTL_GET_FREE);
	weir_close(control);
	file = bypass_open(path, O_RDWR);
	if (file < 0)
		return file;
	config.fd = (unsigned)file;
	(void)snprintf(device, size, "/dev/loop%d", number);
	loop = bypass_open(device, O_RDWR);
	if (loop >= 0 && ioctl(loop, LOOP_CONFIGURE, &config) < 0) {
		int r = bypass_refused("LOOP_CONFIGURE");

		weir_close(loop);
		loop = r;
	}
	weir_close(file);
	return loop;
}

/* Writes by a loop device at an offset of what it stands for. */
static int write_loop(const struct bypass_job *job, const char *path, unsigned flags, off_t offset)
{
	char device[32];
	int loop = attach_loop(path, flags, device, sizeof(device));

	if (loop < 0)
		return loop;
	return bypass_close(loop, bypass_pwrite(loop, job->data, job->len, offset));
}

static int make_image(const char *path, off_t size)
{
	int fd = bypass_open(path, O_WRONLY | O_CREAT), r = 0;

	if (fd < 0)
		return fd;
	if (ftruncate(fd, size) < 0)
		r = bypass_refused("ftruncate");
	return bypass_close(fd, r);
}

static int run_loop_file(const struct bypass_job *job)
{
	int r = make_image(job->target, IMAGE_BYTES);

	return r < 0 ? r : write_loop(job, job->target, 0, SWAP_BYTES);
}

static int run_loop_file_direct(const struct bypass_job *job)
{
	int r = make_image(job->target, IMAGE_BYTES);

	return r < 0 ? r : write_loop(job, job->target, LO_FLAGS_DIRECT_IO, SWAP_BYTES);
}

static int run_loop_partition(const struct bypass_job *job)
{
	return write_loop(job, partition(job), 0, job->place);
}

static int run_loop_disk(const struct bypass_job *job)
{
	return write_loop(job, job->target, 0, job->place);
}

/* One mapped device from the technique's place on, by the table's end "KIND ... DISK OFFSET". */
static int write_mapped(const struct bypass_job *job, const char *kind)
{
	char table[PATH_MAX], name[32], path[64];
	const char *const create[] = {"dmsetup", "create", name, "--table", table, NULL};
	const char *const drop[] = {"dmsetup", "remove", "--retry", name, NULL};
	int fd, r;

	(void)snprintf(name, sizeof(name), "bypass%d", getpid());
	(void)snprintf(path, sizeof(path), "/dev/mapper/%s", name);
	(void)snprintf(table, sizeof(table), "0 2048 %s %s %lld", kind, job->target,
		       (long long)job->place / SECTOR);
	r = bypass_program(create);
	if (r < 0)
		return r;
	fd = bypass_open(path, O_WRONLY);
	r = fd < 0 ? fd : bypass_close(fd, bypass_pwrite(fd, job->data, job->len, 0));
	return bypass_first(r, bypass_program(drop));
}

static int run_linear(const struct bypass_job *job)
{
	return write_mapped(job, "linear");
}

/* With a cipher that changes nothing, so that what arrives can be told. */
static int run_crypt(const struct bypass_job *job)
{
	return write_mapped(job, "crypt cipher_null-ecb - 0");
}

/* Behind two reserved MiB, so that what comes to the partition's beginning later leaves it alone. */
static int run_mkfs(const struct bypass_job *job)
{
	const char *const mkfs[] = {"mkfs.vfat", "-F32", "-s8", "-R4096", partition(job), NULL};
	char folder[] = "/tmp/bypass.XXXXXX", path[PATH_MAX];
	int fd, r = bypass_program(mkfs);

	if (r < 0)
		return r;
	if (!mkdtemp(folder) || mount(partition(job), folder, "vfat", 0, NULL) < 0)
		return bypass_refused("mount");
	(void)snprintf(path, sizeof(path), "%s/report.csv", folder);
	fd = bypass_open(path, O_WRONLY | O_CREAT);
	r = fd < 0 ? fd : bypass_close(fd, bypass_write(fd, job->data, job->len));
	/* Whoever looks at the file has it open for a moment. */
	for (int tries = 0; umount(folder) < 0; tries++) {
		if (errno != EBUSY || tries == 50)
			return bypass_first(r, bypass_refused("umount"));
		usleep(100000);
	}
	rmdir(folder);
	return r;
}

/* Pages with the content, sent to the swap area at path: more than the kernel keeps in a queue before it looks at them. */
static int swap_out(const struct bypass_job *job, const char *path)
{
	const char *const mkswap[] = {"mkswap", path, NULL};
	char *pages;
	int r = bypass_program(mkswap);

	if (r < 0)
		return r;
	if (swapon(path, SWAP_FLAG_PREFER | 32767) < 0)
		return bypass_refused("swapon");
	pages = mmap(NULL, SWAPPED * BYPASS_BLOCK, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages != MAP_FAILED) {
		for (size_t i = 0; i < SWAPPED; i++)
			memcpy(pages + i * BYPASS_BLOCK, job->data, job->len);
		if (madvise(pages, SWAPPED * BYPASS_BLOCK, MADV_PAGEOUT) < 0)
			r = bypass_refused("MADV_PAGEOUT");
	}
	sync();
	if (swapoff(path) < 0)
		r = bypass_first(r, bypass_refused("swapoff"));
	return r;
}

static int run_swap(const struct bypass_job *job)
{
	return swap_out(job, partition(job));
}

static int run_swap_file(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT), r = 0;

	if (fd < 0)
		return fd;
	if (fallocate(fd, 0, 0, SWAP_BYTES) < 0)
		r = bypass_refused("fallocate");
	r = bypass_close(fd, r);
	return r < 0 ? r : swap_out(job, job->target);
}

static const struct bypass_technique rows[] = {
	{"disk", "the whole disk's node", "整盘设备", BYPASS_DEVICE, run_disk},
	{"disk-direct", "the whole disk by O_DIRECT", "整盘直接写入", BYPASS_DEVICE,
	 run_disk_direct},
	{"disk-map", "a shared mapping of the whole disk", "整盘映射", BYPASS_DEVICE, run_disk_map},
	{"disk-send", "sendfile to the whole disk", "整盘 sendfile", BYPASS_DEVICE, run_disk_send},
	{"partition", "the partition's node", "分区设备", BYPASS_DEVICE, run_partition},
	{"loop-file", "a loop device over a file on the volume", "文件上的回环设备", 0,
	 run_loop_file},
	{"loop-file-direct", "the same with direct I/O", "文件上的回环设备（直接）", BYPASS_EXT4,
	 run_loop_file_direct},
	{"loop-partition", "a loop device over the partition", "分区上的回环设备", BYPASS_DEVICE,
	 run_loop_partition},
	{"loop-disk", "a loop device over the disk", "整盘上的回环设备", BYPASS_DEVICE,
	 run_loop_disk},
	{"dm-linear", "device-mapper, linear", "设备映射（线性）", BYPASS_DEVICE, run_linear},
	{"dm-crypt", "device-mapper, dm-crypt", "设备映射（加密）", BYPASS_DEVICE, run_crypt},
	{"mkfs", "a file system made on the partition, then a file", "格式化后写入", BYPASS_DEVICE,
	 run_mkfs},
	{"swap-file", "swap in a file on the volume", "卷上交换文件", BYPASS_EXT4, run_swap_file},
	{"swap", "swap on the partition", "交换分区", BYPASS_DEVICE, run_swap},
	{"sg-io", "SCSI WRITE(10) by SG_IO on the disk", "SG_IO 直通", BYPASS_DEVICE,
	 scsi_run_disk},
	{"sg-node", "SCSI WRITE(10) by the generic node", "sg 设备直通", BYPASS_DEVICE,
	 scsi_run_generic},
	{"usbfs", "SCSI WRITE(10) by bulk transfers on the USB node", "usbfs 直通", BYPASS_DEVICE,
	 scsi_run_usb},
};

const struct bypass_family bypass_device = {"device", "devices", "块设备", rows, ARRAY_SIZE(rows)};
