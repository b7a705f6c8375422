/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes and device nodes: what is entered in the kernel, and what an event says of it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "tree.h"
#include "weir/base/fd.h"

static void pipeline__mounted_sink_is_taken_in(void **state)
{
	struct weir_pipeline_status *status = malloc(sizeof(*status));

	assert_int_equal(fake.applied, 1);
	assert_int_equal(fake.volume_dev, fake.sink_dev);
	assert_int_equal(fake.volume.channel, WEIR_ABI_CHANNEL_REMOVABLE);
	assert_int_equal(fake.volume.flags, WEIR_ABI_VOLUME_BY_AGENT);
	assert_int_not_equal(fake.volume.profile, WEIR_ABI_PROFILE_NONE);
	weir_pipeline_status(fake.pipeline, status);
	assert_string_equal(status->volumes[0].device.mount_point, fake.sink);
	free(status);
}

/* A sysfs with one USB disk, then another in its place. */
static void put(const char *path, const char *text)
{
	tree_put(fake.dir, path, text);
}

static void point(const char *path, const char *target)
{
	tree_link(fake.dir, path, target);
}

static void plug_disk(const char *serial)
{
	put("devices/usb1/idVendor", "0951\n");
	put("devices/usb1/serial", serial);
	put("devices/usb1/block/sdb/dev", "8:16\n");
	put("devices/usb1/block/sdb/diskseq", "7\n");
	put("devices/usb1/block/sdb/uevent", "DEVNAME=sdb\n");
}

static const char device_yaml[] =
	"apiVersion: weir/v1\nkind: Policy\nmetadata: {name: test}\n"
	"devices:\n"
	"  - {id: reading, serial: 'RO*', action: read-only, message: {en: only reading}}\n"
	"  - {id: rest, action: block}\n";

static void pipeline__devices_are_entered(void **state)
{
	plug_disk("RO1\n");
	point("devices/usb1/subsystem", "../../bus/usb");
	point("class/block/sdb", "../../devices/usb1/block/sdb");
	point("dev/block/8:16", "../../devices/usb1/block/sdb");
	put("devices/usb1/dev", "189:5\n");
	put("devices/usb1/uevent", "DEVNAME=bus/usb/001/006\n");
	put("devices/usb1/1:1.0/bInterfaceClass", "08\n");
	point("bus/usb/devices/1-1", "../../../devices/usb1");
	fake_restart(&fake, device_yaml);
	assert_int_equal(fake.node_dev, WEIR_ABI_DEV(189, 5));
	assert_int_equal(fake.node.profile, WEIR_ABI_PROFILE_BLOCKED);
	weir_pipeline_mounts_changed(fake.pipeline);
	assert_int_equal(weir_pipeline_set_policy(fake.pipeline, fake_policy(device_yaml)), 0);
	/* The disk is entered before usbfs, the sink before both: the last volume is the disk. */
	assert_int_equal(fake.volume_dev, WEIR_ABI_DEV(8, 16));
	assert_int_equal(fake.volume.profile, WEIR_ABI_PROFILE_READ_ONLY);
	assert_int_equal(fake.volume.channel, WEIR_ABI_CHANNEL_REMOVABLE);
	assert_int_equal(fake.volume.flags, WEIR_ABI_VOLUME_BY_AGENT | WEIR_ABI_VOLUME_NODE);
	assert_int_equal(fake.volume.diskseq, 7);
}

static struct weir_abi_verdict refusal(uint64_t ino, uint32_t dev)
{
	return (struct weir_abi_verdict){
		.hdr = {.seq = 1,
			.size = sizeof(struct weir_abi_verdict),
			.abi = WEIR_ABI_VERSION,
			.type = WEIR_ABI_REC_VERDICT},
		.target = {.ino = ino, .dev = dev},
		.action = WEIR_ABI_ACTION_BLOCK,
		.cause = WEIR_ABI_CAUSE_DEVICE,
		.hook = WEIR_ABI_HOOK_FILE_OPEN,
		.tier = WEIR_ABI_TIER_LSM,
		.channel = WEIR_ABI_CHANNEL_REMOVABLE,
		.profile = WEIR_ABI_PROFILE_READ_ONLY,
	};
}

/* An event about a node has the node's path and its device, and nothing on it is overwritten. */
static void pipeline__refused_node_names_its_device(void **state)
{
	struct weir_abi_verdict record;

	pipeline__devices_are_entered(state);
	record = refusal(WEIR_ABI_INO_BLOCK, WEIR_ABI_DEV(8, 16));
	record.landed_end = 4096;
	assert_int_equal(weir_pipeline_record(fake.pipeline, &record, sizeof(record)), 0);
	assert_int_equal(fake.events, 1);
	assert_string_equal(fake.last.event.path, "/dev/sdb");
	assert_string_equal(fake.last.rule, "reading");
	assert_string_equal(fake.last.serial, "RO1");
	assert_true(fake.last.alert);
	assert_int_equal(fake.last.scrubbed, 0);
	record = refusal(WEIR_ABI_INO_CHAR, WEIR_ABI_DEV(189, 5));
	record.hdr.seq = 2;
	assert_int_equal(weir_pipeline_record(fake.pipeline, &record, sizeof(record)), 0);
	assert_string_equal(fake.last.event.path, "/dev/bus/usb/001/006");
	assert_string_equal(fake.last.serial, "RO1");
	/* The number of a character device is not that of a block device. */
	record = refusal(WEIR_ABI_INO_CHAR, WEIR_ABI_DEV(8, 16));
	record.hdr.seq = 3;
	assert_int_equal(weir_pipeline_record(fake.pipeline, &record, sizeof(record)), 0);
	assert_string_equal(fake.last.serial, "");
	assert_string_equal(fake.last.rule, "");
}

/* Root on btrfs over LUKS, FUSE on a desktop: the kernel cannot tell them from a stick or a share. */
static void pipeline__what_the_kernel_would_mistake_is_let_be(void **state)
{
	static const struct {
		const char *line;
		bool entered;
	} table[] = {
		{"50 1 0:77 / /home rw - btrfs /dev/mapper/luks rw\n", true},
		{"50 1 0:77 / /run/user/1/doc rw - fuse.portal portal rw\n", true},
		{"50 1 0:77 / /shared rw - virtiofs tag rw\n", true},
		{"50 1 0:77 / /tmp rw - tmpfs tmpfs rw\n", false},
		{"50 1 0:77 / /merged rw - overlay overlay rw\n", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		assert_int_equal(weir_write_file_atomic(AT_FDCWD, fake.mountinfo, "", 0, 0600), 0);
		weir_pipeline_mounts_changed(fake.pipeline);
		fake.volume_dev = 0;
		assert_int_equal(weir_write_file_atomic(AT_FDCWD, fake.mountinfo, table[i].line,
							strlen(table[i].line), 0600),
				 0);
		weir_pipeline_mounts_changed(fake.pipeline);
		assert_int_equal(fake.volume_dev, table[i].entered ? WEIR_ABI_DEV(0, 77) : 0);
		if (table[i].entered)
			assert_int_equal(fake.volume.channel, WEIR_ABI_CHANNEL_NONE);
	}
}

/* A volume of another mount namespace is looked up by a process in it. */
static void pipeline__volume_elsewhere_is_looked_up(void **state)
{
	struct weir_abi_volume_seen record = {
		.hdr = {.seq = 1,
			.size = sizeof(record),
			.abi = WEIR_ABI_VERSION,
			.type = WEIR_ABI_REC_VOLUME},
		.tgid = (uint32_t)getpid(),
		.channel = WEIR_ABI_CHANNEL_SHARE,
	};
	struct stat st;

	assert_int_equal(stat("/proc", &st), 0);
	record.dev = WEIR_ABI_DEV(major(st.st_dev), minor(st.st_dev));
	fake.volume_dev = 0;
	assert_int_equal(weir_pipeline_record(fake.pipeline, &record, sizeof(record)), 0);
	assert_int_equal(fake.volume_dev, record.dev);
	assert_int_equal(fake.volume.channel, WEIR_ABI_CHANNEL_NONE);
	/* Of a process that is gone nothing is known: the kernel's own judgement stays. */
	fake.volume_dev = 0;
	record.tgid = 4194304;
	assert_int_equal(weir_pipeline_record(fake.pipeline, &record, sizeof(record)), 0);
	assert_int_equal(fake.volume_dev, 0);
}

static void mount_only(unsigned id, uint32_t dev, const char *point)
{
	char text[256];

	snprintf(text, sizeof(text), "%u 1 %u:%u / %s rw - ext4 none rw\n", id,
		 WEIR_ABI_DEV_MAJOR(dev), WEIR_ABI_DEV_MINOR(dev), point);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, fake.mountinfo, text, strlen(text), 0600),
			 0);
	weir_pipeline_mounts_changed(fake.pipeline);
}

/* The disk below a sink that is named is one too, until something else of it is mounted. */
static void pipeline__disk_below_a_sink_is_entered(void **state)
{
	const uint32_t disk = WEIR_ABI_DEV(251, 0), part = WEIR_ABI_DEV(251, 1);

	put("devices/virtio9/block/vdz/dev", "251:0\n");
	put("devices/virtio9/block/vdz/diskseq", "5\n");
	put("devices/virtio9/block/vdz/vdz1/dev", "251:1\n");
	put("devices/virtio9/block/vdz/vdz1/partition", "1\n");
	point("class/block/vdz", "../../devices/virtio9/block/vdz");
	point("class/block/vdz1", "../../devices/virtio9/block/vdz/vdz1");
	point("dev/block/251:0", "../../devices/virtio9/block/vdz");
	point("dev/block/251:1", "../../devices/virtio9/block/vdz/vdz1");
	mount_only(SINK_MOUNT, part, fake.sink);
	assert_int_equal(fake.volume_dev, disk);
	assert_int_equal(fake.volume.channel, WEIR_ABI_CHANNEL_REMOVABLE);
	assert_int_not_equal(fake.volume.profile, WEIR_ABI_PROFILE_NONE);
	assert_int_equal(fake.volume.diskseq, 5);
	fake.volume_dev = 0;
	mount_only(LOCAL_MOUNT, WEIR_ABI_DEV(0, 33),
		   "/tmp"); /* the sink went, not who stays on it */
	assert_int_equal(fake.volume.channel, WEIR_ABI_CHANNEL_REMOVABLE);
	mount_only(LOCAL_MOUNT, part, "/");
	assert_int_equal(fake.volume.channel, WEIR_ABI_CHANNEL_NONE);
}

/* What was closed on it before it went comes later, and is told as its; until its number is another's. */
static void pipeline__unmounted_sink_is_what_it_was(void **state)
{
	struct weir_pipeline_status *status = malloc(sizeof(*status));

	mount_only(LOCAL_MOUNT, LOCAL_DEV, "/");
	assert_int_equal(fake.volumes_forgotten, 1);
	weir_pipeline_status(fake.pipeline, status);
	assert_false(weir_pipeline_volume_is_there(&status->volumes[0]));
	close_file(fake_file(&fake, "x", "twenty customers", SINK_MOUNT));
	assert_int_equal(fake.submitted, 1);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.last.event.channel, WEIR_ABI_CHANNEL_REMOVABLE);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_string_equal(fake.last.mount_point, fake.sink);
	assert_string_equal(fake.last.rule, "stick");
	assert_true(fake.last.alert);
	assert_int_equal(fake.last.scrubbed, 16);
	/* Below a watched folder it is now a local file like any other. */
	mount_only(SINK_MOUNT, fake.sink_dev, "/srv");
	close_file(fake_file(&fake, "y", "text", SINK_MOUNT));
	assert_int_equal(fake.submitted, 2);
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 1);
	free(status);
}

/* More volumes come and go than there is room for: those that went first are forgotten. */
static void pipeline__volumes_that_went_make_room(void **state)
{
	struct weir_pipeline_status *status = malloc(sizeof(*status));
	unsigned there = 0;

	for (unsigned i = 0; i < 3 * WEIR_PIPELINE_VOLUMES; i++)
		mount_only(100 + i, WEIR_ABI_DEV(8, 16 + i), fake.sink);
	weir_pipeline_status(fake.pipeline, status);
	for (size_t i = 0; i < status->n_volumes; i++)
		if (weir_pipeline_volume_is_there(&status->volumes[i])) {
			assert_int_equal(status->volumes[i].dev,
					 WEIR_ABI_DEV(8, 16 + 3 * WEIR_PIPELINE_VOLUMES - 1));
			there++;
		}
	assert_int_equal(there, 1);
	free(status);
}

/* A volume that was pulled before it could be guarded: its mount point leads to the disk below. */
static void pipeline__gate_guards_the_volume_and_nothing_else(void **state)
{
	struct weir_pipeline_status *status = malloc(sizeof(*status));

	fake_sink_at(&fake, fake.sink);
	fake.tier = WEIR_ABI_TIER_SCAN;
	fake.options.fanotify = fake.options.gate = true;
	fake.options.n_watch_paths = 0;
	fake_restart(&fake, "apiVersion: weir/v1\nkind: Policy\nmetadata: {name: test}\n");
	weir_pipeline_status(fake.pipeline, status);
	if (status->gate_error == 0) { /* who is not root has no gate */
		assert_int_equal(status->volumes[0].dev, WEIR_ABI_DEV(9, 8));
		assert_int_equal(status->volumes[0].st_dev, WEIR_ABI_DEV(9, 8));
		assert_false(status->volumes[0].gated);
		assert_false(status->volumes[0].watched);
		assert_int_equal(status->volumes[0].error, -ESTALE);
		assert_int_equal(status->gate.volumes, 0);
	}
	free(status);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(pipeline__mounted_sink_is_taken_in),
		TEST(pipeline__devices_are_entered),
		TEST(pipeline__refused_node_names_its_device),
		TEST(pipeline__what_the_kernel_would_mistake_is_let_be),
		TEST(pipeline__volume_elsewhere_is_looked_up),
		TEST(pipeline__disk_below_a_sink_is_entered),
		TEST(pipeline__unmounted_sink_is_what_it_was),
		TEST(pipeline__volumes_that_went_make_room),
		TEST(pipeline__gate_guards_the_volume_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
