/* SPDX-License-Identifier: Apache-2.0 */
/* The table of device nodes against a sysfs of folders and links: what leads to USB, what comes and goes,
 * and that one number with another device behind it is another node. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "tree.h"
#include "weir/base/fd.h"
#include "weir/source/nodes.h"

#define USB "devices/pci0000:00/usb1/1-2"
#define SDB USB "/1-2:1.0/host6/target6:0:0/6:0:0:0"

static char root[64], sysfs[128];
static struct weir_device_options options;
static struct weir_mounts *mounts;
static struct weir_nodes *nodes;
static unsigned came, went;
static struct weir_node last;

static void put(const char *path, const char *text)
{
	tree_put(sysfs, path, text);
}

static void link_to(const char *path, const char *target)
{
	tree_link(sysfs, path, target);
}

static void pull(const char *path)
{
	char full[512];

	snprintf(full, sizeof(full), "%s/%s", sysfs, path);
	assert_int_equal(unlink(full), 0);
}

static void plug(void)
{
	put(USB "/idVendor", "0951\n");
	put(USB "/idProduct", "1666\n");
	put(USB "/serial", "ONE\n");
	put(USB "/dev", "189:2\n");
	put(USB "/uevent", "MAJOR=189\nMINOR=2\nDEVNAME=bus/usb/001/003\nDEVTYPE=usb_device\n");
	put(USB "/1-2:1.0/bInterfaceClass", "08\n");
	put(USB "/1-2:1.1/bInterfaceClass", "03\n");
	link_to(USB "/subsystem", "../../../../bus/usb");
	link_to(USB "/1-2:1.0/subsystem", "../../../../../bus/usb");
	put(SDB "/block/sdb/dev", "8:16\n");
	put(SDB "/block/sdb/diskseq", "7\n");
	put(SDB "/block/sdb/sdb1/dev", "8:17\n");
	put(SDB "/block/sdb/sdb1/partition", "1\n");
	put(SDB "/block/sdb/sdb1/uevent", "DEVNAME=sdb1\n");
	put(SDB "/scsi_generic/sg1/dev", "21:1\n");
	put("devices/pci0000:00/ata1/scsi_generic/sg0/dev", "21:0\n");
	put("devices/virtual/block/loop0/dev", "7:0\n");
	put("devices/virtual/block/loop0/diskseq", "3\n");
	put("devices/virtio1/block/vda/dev", "254:0\n");
	put("devices/virtio1/block/vda/diskseq", "1\n");
	link_to("dev/block/8:16", "../../" SDB "/block/sdb");
	link_to("dev/block/8:17", "../../" SDB "/block/sdb/sdb1");
	link_to("dev/block/254:0", "../../devices/virtio1/block/vda");
	link_to("class/block/sdb", "../../" SDB "/block/sdb");
	link_to("class/block/sdb1", "../../" SDB "/block/sdb/sdb1");
	link_to("class/block/loop0", "../../devices/virtual/block/loop0");
	link_to("class/block/vda", "../../devices/virtio1/block/vda");
	link_to("class/scsi_generic/sg1", "../../" SDB "/scsi_generic/sg1");
	link_to("class/scsi_generic/sg0", "../../devices/pci0000:00/ata1/scsi_generic/sg0");
	link_to("bus/usb/devices/1-2", "../../../" USB);
	link_to("bus/usb/devices/1-2:1.0", "../../../" USB "/1-2:1.0");
}

static void on_node(void *context, const struct weir_node *node, bool added)
{
	*(added ? &came : &went) += 1;
	last = *node;
}

static void refresh(void)
{
	came = went = 0;
	assert_int_equal(weir_nodes_refresh(nodes, mounts, on_node, NULL), 0);
}

static int setup(void **state)
{
	char path[256];

	scratch_make(root);
	snprintf(sysfs, sizeof(sysfs), "%s/sys", root);
	snprintf(path, sizeof(path), "%s/mountinfo", root);
	options = (struct weir_device_options){.sysfs = sysfs};
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, "", 0, 0600), 0);
	assert_int_equal(weir_mounts_new(path, &mounts), 0);
	assert_int_equal(weir_nodes_new(&options, &nodes), 0);
	plug();
	return 0;
}

static int teardown(void **state)
{
	weir_nodes_free(nodes);
	weir_mounts_free(mounts);
	scratch_remove(root);
	return 0;
}

static const struct weir_node *find(bool block, unsigned major, unsigned minor)
{
	const struct weir_node *node = weir_nodes_find(nodes, block, WEIR_ABI_DEV(major, minor));

	assert_non_null(node);
	return node;
}

static void nodes__every_kind(void **state)
{
	const struct weir_node *node;

	refresh();
	assert_int_equal(came, 7);
	assert_int_equal(went, 0);
	assert_int_equal(weir_nodes_count(nodes), 7);
	node = find(true, 8, 17);
	assert_int_equal(node->channel, WEIR_ABI_CHANNEL_REMOVABLE);
	assert_int_equal(node->diskseq, 7);
	assert_string_equal(node->name, "sdb1");
	assert_string_equal(node->device.serial_number, "ONE");
	assert_int_equal(node->device.interfaces, WEIR_USB_SET(WEIR_USB_MASS_STORAGE));
	node = find(false, 189, 2);
	assert_int_equal(node->channel, WEIR_ABI_CHANNEL_REMOVABLE);
	assert_string_equal(node->name, "bus/usb/001/003");
	assert_int_equal(node->device.interfaces,
			 WEIR_USB_SET(WEIR_USB_MASS_STORAGE) | WEIR_USB_SET(WEIR_USB_HID));
	node = find(false, 21, 1);
	assert_int_equal(node->channel, WEIR_ABI_CHANNEL_REMOVABLE);
	assert_string_equal(node->device.vendor_id, "0951");
	assert_int_equal(find(false, 21, 0)->channel, WEIR_ABI_CHANNEL_NONE);
	assert_int_equal(find(true, 254, 0)->channel, WEIR_ABI_CHANNEL_NONE);
	assert_int_equal(find(true, 254, 0)->diskseq, 0);
	assert_int_equal(find(true, 7, 0)->diskseq, 3);
	assert_null(weir_nodes_find(nodes, true, WEIR_ABI_DEV(189, 2)));
	assert_null(weir_nodes_find(nodes, false, WEIR_ABI_DEV(8, 16)));
	refresh();
	assert_int_equal(came + went, 0);
}

static void nodes__pulled(void **state)
{
	refresh();
	pull("class/block/sdb1");
	refresh();
	assert_int_equal(went, 1);
	assert_int_equal(came, 0);
	assert_int_equal(last.dev, WEIR_ABI_DEV(8, 17));
	assert_null(weir_nodes_find(nodes, true, WEIR_ABI_DEV(8, 17)));
}

/* The number stays, what is behind it does not. */
static void nodes__another_device(void **state)
{
	refresh();
	put(USB "/serial", "TWO\n");
	refresh();
	assert_int_equal(went, 4); /* disk, partition, usbfs, SCSI generic */
	assert_int_equal(came, 4);
	assert_string_equal(find(true, 8, 16)->device.serial_number, "TWO");
	put(SDB "/block/sdb/diskseq", "8\n");
	refresh();
	assert_int_equal(went, 2);
	assert_int_equal(came, 2);
	assert_int_equal(find(true, 8, 17)->diskseq, 8);
	put("devices/virtual/block/loop0/diskseq", "4\n");
	refresh();
	assert_int_equal(went, 1);
	assert_int_equal(came, 1);
	assert_int_equal(last.diskseq, 4);
}

/* What becomes of a device while it is read: its uevent is a FIFO, which opens for writing when its name is being read. The number
 * was read by then, and nothing after it. */
struct meanwhile {
	char fifo[512];
	const char *from, *to; /* renamed, below sysfs */
	int result;
};

static void *happen(void *context)
{
	struct meanwhile *meanwhile = context;
	int dir = open(sysfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = open(meanwhile->fifo, O_WRONLY | O_CLOEXEC);

	meanwhile->result = fd < 0 || renameat(dir, meanwhile->from, dir, meanwhile->to) < 0 ||
			    write(fd, "DEVNAME=named\n", 14) != 14;
	close(fd);
	close(dir);
	return NULL;
}

static void refresh_while(const char *folder, const char *from, const char *to)
{
	struct meanwhile meanwhile = {.from = from, .to = to};
	pthread_t thread;

	snprintf(meanwhile.fifo, sizeof(meanwhile.fifo), "%s/%s/uevent", sysfs, folder);
	(void)unlink(meanwhile.fifo);
	assert_int_equal(mkfifo(meanwhile.fifo, 0600), 0);
	assert_int_equal(pthread_create(&thread, NULL, happen, &meanwhile), 0);
	refresh();
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(meanwhile.result, 0);
}

/* Half of it would say: a disk on no bus. */
static void nodes__pulled_while_it_is_read(void **state)
{
	refresh_while(SDB "/block/sdb", SDB "/block/sdb", "gone");
	assert_null(weir_nodes_find(nodes, true, WEIR_ABI_DEV(8, 16)));
	assert_non_null(weir_nodes_find(nodes, true, WEIR_ABI_DEV(254, 0)));
	refresh_while(USB, USB, "gone-too");
	assert_null(weir_nodes_find(nodes, false, WEIR_ABI_DEV(189, 2)));
}

static void nodes__another_number_while_it_is_read(void **state)
{
	put("new", "8:32\n");
	refresh_while(SDB "/block/sdb", "new", SDB "/block/sdb/dev");
	assert_null(weir_nodes_find(nodes, true, WEIR_ABI_DEV(8, 16)));
	assert_null(weir_nodes_find(nodes, true, WEIR_ABI_DEV(8, 32)));
}

/* A device that stays is not lost by being read slowly. */
static void nodes__stays_while_it_is_read(void **state)
{
	put("new", "TWO\n");
	refresh_while(SDB "/block/sdb", "new", USB "/serial");
	assert_string_equal(find(true, 8, 16)->name, "named");
	assert_int_equal(find(true, 8, 16)->channel, WEIR_ABI_CHANNEL_REMOVABLE);
}

static void nodes__broken_numbers_are_left_out(void **state)
{
	put(SDB "/block/sdb/dev", "8\n");
	put(SDB "/block/sdb/sdb1/dev", "x:1\n");
	refresh();
	assert_int_equal(weir_nodes_count(nodes), 5);
}

static void ignore(void *context, const struct weir_mount *mount, bool added)
{
}

static void mounted(const char *table)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/mountinfo", root);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, table, strlen(table), 0600), 0);
	assert_int_equal(weir_mounts_refresh(mounts, ignore, NULL), 0);
}

/* As long as the file system on it is mounted. */
static void nodes__disk_below_a_named_sink(void **state)
{
	static const char *const points[] = {"/backup"};

	options.removable = (struct weir_sink_names){.mounts = points, .n_mounts = 1};
	put("devices/virtio1/block/vda/vda1/dev", "254:1\n");
	put("devices/virtio1/block/vda/vda1/partition", "1\n");
	link_to("dev/block/254:1", "../../devices/virtio1/block/vda/vda1");
	link_to("class/block/vda1", "../../devices/virtio1/block/vda/vda1");
	refresh();
	assert_int_equal(find(true, 254, 0)->channel, WEIR_ABI_CHANNEL_NONE);
	mounted("50 1 254:1 / /backup rw - ext4 /dev/vda1 rw\n");
	refresh();
	assert_int_equal(came, 2);
	assert_int_equal(went, 2);
	assert_int_equal(find(true, 254, 0)->channel, WEIR_ABI_CHANNEL_REMOVABLE);
	assert_int_equal(find(true, 254, 1)->channel, WEIR_ABI_CHANNEL_REMOVABLE);
	assert_int_equal(find(true, 254, 0)->diskseq, 1);
	assert_int_equal(find(true, 7, 0)->channel, WEIR_ABI_CHANNEL_NONE);
	mounted("");
	refresh();
	assert_int_equal(find(true, 254, 0)->channel, WEIR_ABI_CHANNEL_NONE);
}

static void nodes__nothing_there(void **state)
{
	char old[256], new[256];

	refresh();
	snprintf(old, sizeof(old), "%s", sysfs);
	snprintf(new, sizeof(new), "%s.gone", sysfs);
	assert_int_equal(rename(old, new), 0);
	refresh();
	assert_int_equal(went, 7);
	assert_int_equal(weir_nodes_count(nodes), 0);
	assert_null(weir_nodes_at(nodes, 0));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(nodes__every_kind),
		TEST(nodes__pulled),
		TEST(nodes__another_device),
		TEST(nodes__broken_numbers_are_left_out),
		TEST(nodes__disk_below_a_named_sink),
		TEST(nodes__nothing_there),
		TEST(nodes__pulled_while_it_is_read),
		TEST(nodes__another_number_while_it_is_read),
		TEST(nodes__stays_while_it_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
