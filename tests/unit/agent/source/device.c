/* SPDX-License-Identifier: Apache-2.0 */
/* Against a sysfs of folders and links laid out as the kernel does it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "tree.h"
#include "weir/abi/types.h"
#include "weir/base/fd.h"
#include "weir/source/device.h"

static char root[64], sysfs[128];
static struct weir_mounts *mounts;

static void put(const char *path, const char *text)
{
	tree_put(sysfs, path, text);
}

static void link_to(const char *path, const char *target)
{
	tree_link(sysfs, path, target);
}

#define USB "devices/pci0000:00/usb1/1-2"
#define SDB USB "/1-2:1.0/host6/target6:0:0/6:0:0:0/block/sdb"

static void usb_stick(void)
{
	put(USB "/idVendor", "0951\n");
	put(USB "/idProduct", "1666\n");
	put(USB "/manufacturer", "Kingston\n");
	put(USB "/product", " DataTraveler \x01 3.0 \n");
	put(USB "/serial", "60A44C3FACC9\n");
	link_to(USB "/subsystem", "../../../../bus/usb");
	link_to(USB "/1-2:1.0/subsystem", "../../../../../bus/usb");
	put(SDB "/dev", "8:16\n");
	put(SDB "/sdb1/dev", "8:17\n");
	put(SDB "/sdb1/partition", "1\n");
	link_to("dev/block/8:16", "../../" SDB);
	link_to("dev/block/8:17", "../../" SDB "/sdb1");
	link_to("class/block/sdb1", "../../" SDB "/sdb1");
}

static void local_disk(void)
{
	put("devices/pci0000:00/virtio1/block/vda/dev", "254:0\n");
	link_to("devices/pci0000:00/virtio1/subsystem", "../../../bus/virtio");
	link_to("dev/block/254:0", "../../devices/pci0000:00/virtio1/block/vda");
}

static void loop(const char *name, const char *dev, const char *backing)
{
	char path[256], target[256];

	snprintf(path, sizeof(path), "devices/virtual/block/%s/loop/backing_file", name);
	put(path, backing);
	snprintf(path, sizeof(path), "dev/block/%s", dev);
	snprintf(target, sizeof(target), "../../devices/virtual/block/%s", name);
	link_to(path, target);
}

static void ignore(void *context, const struct weir_mount *mount, bool added)
{
}

static void mounted(const char *table)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/mountinfo", root);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, table, strlen(table), 0600), 0);
	assert_int_equal(weir_mounts_new(path, &mounts), 0);
	assert_int_equal(weir_mounts_refresh(mounts, ignore, NULL), 0);
}

static int setup(void **state)
{
	scratch_make(root);
	snprintf(sysfs, sizeof(sysfs), "%s/sys", root);
	mounts = NULL;
	usb_stick();
	local_disk();
	return 0;
}

static int teardown(void **state)
{
	weir_mounts_free(mounts);
	scratch_remove(root);
	return 0;
}

static enum weir_abi_channel classify(uint32_t id, struct weir_device *ret)
{
	struct weir_device_options options = {.sysfs = sysfs};

	return weir_device_classify(&options, mounts, weir_mounts_by_id(mounts, id), ret);
}

static void device__usb_partition(void **state)
{
	struct weir_device device;

	mounted("40 1 8:17 / /media/stick rw - vfat /dev/sdb1 rw\n");
	assert_int_equal(classify(40, &device), WEIR_ABI_CHANNEL_REMOVABLE);
	assert_string_equal(device.bus, "usb");
	assert_string_equal(device.vendor_id, "0951");
	assert_string_equal(device.product_id, "1666");
	assert_string_equal(device.vendor, "Kingston");
	assert_string_equal(device.product, "DataTraveler ? 3.0");
	assert_string_equal(device.serial_number, "60A44C3FACC9");
	assert_string_equal(device.filesystem, "vfat");
	assert_string_equal(device.mount_point, "/media/stick");
}

static void luks(const char *name, const char *dev, const char *slave)
{
	char path[256], target[256];

	snprintf(path, sizeof(path), "devices/virtual/block/%s/dm/uuid", name);
	put(path, "CRYPT-LUKS2-0123456789abcdef0123456789abcdef-x\n");
	snprintf(path, sizeof(path), "devices/virtual/block/%s/slaves/%s", name,
		 strrchr(slave, '/') + 1);
	snprintf(target, sizeof(target), "%s/%s", sysfs, slave);
	link_to(path, target);
	snprintf(path, sizeof(path), "dev/block/%s", dev);
	snprintf(target, sizeof(target), "../../devices/virtual/block/%s", name);
	link_to(path, target);
}

static void device__interfaces(void **state)
{
	struct weir_device device;

	mounted("40 1 8:17 / /media/stick rw - vfat /dev/sdb1 rw\n");
	put(USB "/1-2:1.0/bInterfaceClass", "08\n");
	put(USB "/1-2:1.1/bInterfaceClass", "07\n");
	assert_int_equal(classify(40, &device), WEIR_ABI_CHANNEL_REMOVABLE);
	assert_int_equal(device.interfaces, WEIR_USB_SET(WEIR_USB_MASS_STORAGE));
	assert_false(device.encrypted);
	put(USB "/1-2:1.0/bInterfaceClass", "ff\n");
	put(USB "/1-2:1.0/interface", "MTP\n");
	assert_int_equal(classify(40, &device), WEIR_ABI_CHANNEL_REMOVABLE);
	assert_int_equal(device.interfaces,
			 WEIR_USB_SET(WEIR_USB_MASS_STORAGE) | WEIR_USB_SET(WEIR_USB_IMAGING));
	put(USB "/1-2:1.0/bInterfaceSubClass", "42\n");
	assert_int_equal(classify(40, &device), WEIR_ABI_CHANNEL_REMOVABLE);
	assert_int_equal(device.interfaces,
			 WEIR_USB_SET(WEIR_USB_MASS_STORAGE) | WEIR_USB_SET(WEIR_USB_ADB));
}

static void device__luks_on_a_stick(void **state)
{
	struct weir_device_options options = {.sysfs = sysfs};
	struct weir_device device;

	luks("dm-0", "253:0", SDB "/sdb1");
	mounted("40 1 253:0 / /media/locked rw - ext4 /dev/mapper/x rw\n");
	assert_int_equal(classify(40, &device), WEIR_ABI_CHANNEL_REMOVABLE);
	assert_true(device.encrypted);
	assert_string_equal(device.serial_number, "60A44C3FACC9");
	/* What is written to the container's own partition is not. */
	assert_int_equal(weir_device_of_block(&options, mounts, WEIR_ABI_DEV(8, 17), &device),
			 WEIR_ABI_CHANNEL_REMOVABLE);
	assert_false(device.encrypted);
	assert_string_equal(device.serial_number, "60A44C3FACC9");
	assert_int_equal(weir_device_of_block(&options, mounts, WEIR_ABI_DEV(254, 0), &device),
			 WEIR_ABI_CHANNEL_NONE);
}

/* A logical volume over the container and over the bare disk lies in the open. */
static void device__half_encrypted_is_not(void **state)
{
	struct weir_device device;
	char target[256];

	luks("dm-0", "253:0", SDB "/sdb1");
	put("devices/virtual/block/dm-0/dev", "253:0\n");
	put("devices/virtual/block/dm-1/dm/uuid", "LVM-abc\n");
	link_to("devices/virtual/block/dm-1/slaves/dm-0", "../../dm-0");
	link_to("dev/block/253:1", "../../devices/virtual/block/dm-1");
	mounted("40 1 253:1 / /media/lvm rw - ext4 /dev/mapper/y rw\n");
	assert_int_equal(classify(40, &device), WEIR_ABI_CHANNEL_REMOVABLE);
	assert_true(device.encrypted);
	snprintf(target, sizeof(target), "%s/%s", sysfs, SDB);
	link_to("devices/virtual/block/dm-1/slaves/sdb", target);
	assert_int_equal(classify(40, &device), WEIR_ABI_CHANNEL_REMOVABLE);
	assert_false(device.encrypted);
}

static void device__local_disk_is_no_sink(void **state)
{
	struct weir_device device;

	mounted("27 1 254:0 / / rw - ext4 /dev/vda rw\n28 27 0:21 / /proc rw - proc proc rw\n"
		"29 27 9:9 / /gone rw - ext4 /dev/md9 rw\n");
	assert_int_equal(classify(27, &device), WEIR_ABI_CHANNEL_NONE);
	assert_string_equal(device.bus, "");
	assert_int_equal(classify(28, &device), WEIR_ABI_CHANNEL_NONE);
	assert_int_equal(classify(29, &device), WEIR_ABI_CHANNEL_NONE);
}

static void device__loop_on_a_stick(void **state)
{
	struct weir_device device;

	loop("loop3", "7:3", "/media/stick/box.img\n");
	loop("loop4", "7:4", "/var/box.img\n");
	mounted("27 1 254:0 / / rw - ext4 /dev/vda rw\n40 27 8:17 / /media/stick rw - vfat "
		"/dev/sdb1 rw\n"
		"50 27 7:3 / /mnt/box rw - ext4 /dev/loop3 rw\n51 27 7:4 / /mnt/local rw - ext4 "
		"/dev/loop4 rw\n");
	assert_int_equal(classify(50, &device), WEIR_ABI_CHANNEL_REMOVABLE);
	assert_string_equal(device.serial_number, "60A44C3FACC9");
	assert_int_equal(classify(51, &device), WEIR_ABI_CHANNEL_NONE);
	assert_string_equal(device.bus, "loop");
}

/* The node lies on devtmpfs, which says nothing of the device. */
static void device__loop_over_a_node(void **state)
{
	struct weir_device device;
	char node[300], backing[310];

	snprintf(node, sizeof(node), "%s/sdb1", root);
	if (mknod(node, S_IFBLK | 0600, makedev(8, 17)) < 0)
		skip();
	snprintf(backing, sizeof(backing), "%s\n", node);
	loop("loop3", "7:3", backing);
	mounted("27 1 254:0 / / rw - ext4 /dev/vda rw\n50 27 7:3 / /mnt/box rw - ext4 "
		"/dev/loop3 rw\n");
	assert_int_equal(classify(50, &device), WEIR_ABI_CHANNEL_REMOVABLE);
	assert_string_equal(device.serial_number, "60A44C3FACC9");
	assert_int_equal(unlink(node), 0);
	assert_int_equal(mknod(node, S_IFBLK | 0600, makedev(254, 0)), 0);
	assert_int_equal(classify(50, &device), WEIR_ABI_CHANNEL_NONE);
}

static void device__mapper_on_a_stick(void **state)
{
	struct weir_device device;

	put("devices/virtual/block/dm-0/dev", "253:0\n");
	put("devices/virtual/block/dm-0/slaves/odd/dev", "nonsense\n");
	link_to("devices/virtual/block/dm-0/slaves/sdb1", "../../../../../" SDB "/sdb1");
	link_to("dev/block/253:0", "../../devices/virtual/block/dm-0");
	mounted("60 1 253:0 / /mnt/crypt rw - ext4 /dev/mapper/crypt rw\n");
	assert_int_equal(classify(60, &device), WEIR_ABI_CHANNEL_REMOVABLE);
	assert_string_equal(device.bus, "usb");
}

static void device__anonymous_device_by_its_source(void **state)
{
	struct weir_device device;

	mounted("61 1 0:99 / /mnt/btrfs rw - btrfs /dev/sdb1 rw\n62 1 0:98 / /mnt/b2 rw - btrfs "
		"/dev/absent rw\n");
	assert_int_equal(classify(61, &device), WEIR_ABI_CHANNEL_REMOVABLE);
	assert_int_equal(classify(62, &device), WEIR_ABI_CHANNEL_NONE);
}

static void device__loops_that_go_round_end(void **state)
{
	struct weir_device device;

	/* A loop whose backing file lies on itself can't be shown to be local. */
	loop("loop5", "7:5", "/mnt/self/file\n");
	mounted("70 1 7:5 / /mnt/self rw - ext4 /dev/loop5 rw\n");
	assert_int_equal(classify(70, &device), WEIR_ABI_CHANNEL_REMOVABLE);
}

static void device__network_types_are_shares(void **state)
{
	static const char *const types[] = {"nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "ceph"};
	struct weir_device device;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		char table[128];

		snprintf(table, sizeof(table), "80 1 0:60 / /net rw - %s server:/x rw\n", types[i]);
		mounted(table);
		assert_int_equal(classify(80, &device), WEIR_ABI_CHANNEL_SHARE);
		weir_mounts_free(mounts);
		mounts = NULL;
	}
	mounted("80 1 0:60 / /net rw - fuse.encfs x rw\n");
	assert_int_equal(classify(80, &device), WEIR_ABI_CHANNEL_NONE);
}

static void device__named_by_configuration(void **state)
{
	static const char *const points[] = {"/srv/exchange"}, *const types[] = {"fuse.corpdrive"};
	struct weir_device_options options = {.sysfs = sysfs,
					      .removable = {.mounts = points, .n_mounts = 1},
					      .share = {.filesystems = types, .n_filesystems = 1}};
	struct weir_device device;

	mounted("27 1 254:0 / /srv/exchange rw - ext4 /dev/vda rw\n28 1 254:0 / /srv/exchange2 rw "
		"- ext4 /dev/vda rw\n"
		"29 1 0:70 / /drive rw - fuse.corpdrive x rw\n");
	assert_int_equal(
		weir_device_classify(&options, mounts, weir_mounts_by_id(mounts, 27), &device),
		WEIR_ABI_CHANNEL_REMOVABLE);
	assert_int_equal(
		weir_device_classify(&options, mounts, weir_mounts_by_id(mounts, 28), &device),
		WEIR_ABI_CHANNEL_NONE);
	assert_int_equal(
		weir_device_classify(&options, mounts, weir_mounts_by_id(mounts, 29), &device),
		WEIR_ABI_CHANNEL_SHARE);
}

static void device__when_it_was_plugged(void **state)
{
	const struct {
		const char *text;
		uint64_t ns;
	} rows[] = {
		{"S:disk/by-label/STICK\nI:1234567\nE:ID_BUS=usb\n", 1234567000},
		{"I:1\n", 1000},
		{"I:18446744073709551\n", 18446744073709551000u},
		{"I:18446744073709552\n", 0},
		{"I:12x\n", 0},
		{"I:\n", 0},
		{"S:I:5\n", 0},
		{"", 0},
	};
	char udev[160];
	const struct weir_device_options options = {.sysfs = sysfs, .udev = udev};

	snprintf(udev, sizeof(udev), "%s/udev", sysfs);
	assert_int_equal(weir_device_plugged(&options, WEIR_ABI_DEV(8, 17)), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		put("udev/b8:17", rows[i].text);
		if (weir_device_plugged(&options, WEIR_ABI_DEV(8, 17)) != rows[i].ns)
			fail_msg("row %zu", i);
	}
	assert_int_equal(weir_device_plugged(&options, WEIR_ABI_DEV(8, 18)), 0);
}

static void device__long_and_broken_strings(void **state)
{
	char text[600];
	struct weir_device device;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	put(USB "/serial", text);
	put(USB "/manufacturer", "ab\xff\xfe\n");
	put(USB "/idVendor", "0951ffffffff\n");
	mounted("40 1 8:17 / /media/stick rw - vfat /dev/sdb1 rw\n");
	assert_int_equal(classify(40, &device), WEIR_ABI_CHANNEL_REMOVABLE);
	assert_int_equal(strlen(device.serial_number), sizeof(device.serial_number) - 1);
	assert_string_equal(device.vendor, "ab");
	assert_string_equal(device.vendor_id, "0951fff");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(device__usb_partition),
		TEST(device__interfaces),
		TEST(device__luks_on_a_stick),
		TEST(device__half_encrypted_is_not),
		TEST(device__local_disk_is_no_sink),
		TEST(device__loop_on_a_stick),
		TEST(device__loop_over_a_node),
		TEST(device__mapper_on_a_stick),
		TEST(device__anonymous_device_by_its_source),
		TEST(device__loops_that_go_round_end),
		TEST(device__network_types_are_shares),
		TEST(device__named_by_configuration),
		TEST(device__when_it_was_plugged),
		TEST(device__long_and_broken_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
