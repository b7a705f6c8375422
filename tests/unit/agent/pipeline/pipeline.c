/* SPDX-License-Identifier: Apache-2.0 */
/* What comes in as records and closed files, and what goes out as labels, events and overwritten
 * bytes. */
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
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fakes.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

static struct fake fake;

static int setup(void **state)
{
	fake_new(&fake);
	return 0;
}

static int teardown(void **state)
{
	fake_done(&fake);
	return 0;
}

static off_t size_of(const char *name)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", fake.sink, name);
	return stat(path, &st) < 0 ? -1 : st.st_size;
}

static void close_file(struct weir_watch_file file)
{
	weir_pipeline_closed(fake.pipeline, &file);
	weir_close(file.fd);
}

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
	char full[512], dir[512];

	snprintf(full, sizeof(full), "%s/%s", fake.dir, path);
	snprintf(dir, sizeof(dir), "%s", full);
	*strrchr(dir, '/') = '\0';
	assert_int_equal(weir_mkdir_parents(dir, 0700), 0);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, full, text, strlen(text), 0600), 0);
}

static void point(const char *path, const char *target)
{
	char full[512], dir[512];

	snprintf(full, sizeof(full), "%s/%s", fake.dir, path);
	snprintf(dir, sizeof(dir), "%s", full);
	*strrchr(dir, '/') = '\0';
	assert_int_equal(weir_mkdir_parents(dir, 0700), 0);
	assert_int_equal(symlink(target, full), 0);
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

static void restart_with(const char *yaml)
{
	weir_pipeline_free(fake.pipeline);
	assert_int_equal(
		weir_pipeline_new(&fake.options, fake.loop, fake_policy(yaml), &fake.pipeline), 0);
}

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
	restart_with(device_yaml);
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

static void pipeline__unmounted_sink_is_forgotten(void **state)
{
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, fake.mountinfo, "", 0, 0600), 0);
	weir_pipeline_mounts_changed(fake.pipeline);
	assert_int_equal(fake.volumes_forgotten, 1);
	close_file(fake_file(&fake, "x", "text", SINK_MOUNT));
	/* Below a watched folder it is now a local file like any other. */
	assert_int_equal(fake.submitted, 1);
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 0);
}

static void pipeline__local_file_gets_a_label(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "src", "customers", LOCAL_MOUNT);

	close_file(file);
	assert_int_equal(fake.submitted, 1);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.labels, 1);
	assert_int_equal(fake.label_inode.ino, file.inode.ino);
	assert_int_equal(fake.label_inode.dev, LOCAL_DEV);
	assert_int_equal(fake.label.distinct[WEIR_ABI_DET_CN_RESIDENT_ID], 20);
	assert_int_equal(fake.label.flags, 0);
	assert_int_equal(fake.label.size, 9);
	assert_int_not_equal(fake.label.classes, 0);
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.last.event.channel, WEIR_ABI_CHANNEL_FILE);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_string_equal(fake.last.rule, "local");
	assert_false(fake.last.event.late);
}

static void pipeline__clean_local_file_is_no_event(void **state)
{
	close_file(fake_file(&fake, "src", "nothing", LOCAL_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 0);
	assert_int_equal(fake.label.flags, WEIR_ABI_LABEL_CLEAN);
}

static void pipeline__not_complete_is_not_clean(void **state)
{
	close_file(fake_file(&fake, "src", "nothing", LOCAL_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_PARTIAL);
	assert_int_equal(fake.labels, 0);
	assert_int_equal(fake.labels_forgotten, 1);
}

static void pipeline__files_elsewhere_are_left_alone(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "src", "x", LOCAL_MOUNT);

	snprintf(file.path, sizeof(file.path), "/elsewhere/src");
	close_file(file);
	file = fake_file(&fake, "src", "x", LOCAL_MOUNT);
	snprintf(file.path, sizeof(file.path), "%sx/src", fake.dir);
	close_file(file);
	assert_int_equal(fake.submitted, 0);
}

static void pipeline__clean_copy_on_a_sink_is_an_event(void **state)
{
	close_file(fake_file(&fake, "copy", "nothing", SINK_MOUNT));
	assert_int_equal(fake.events, 0);
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.last.event.activity, WEIR_ACTIVITY_CLOSE);
	assert_int_equal(fake.last.event.channel, WEIR_ABI_CHANNEL_REMOVABLE);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_int_equal(fake.last.event.process.pid, getpid());
	assert_string_equal(fake.last.mount_point, fake.sink);
	assert_int_equal(fake.last.size, 7);
	assert_false(fake.last.alert);
	assert_int_equal(size_of("copy"), 7);
}

static void pipeline__late_violation_is_overwritten(void **state)
{
	close_file(fake_file(&fake, "leak", "twenty customers", SINK_MOUNT));
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 1);
	assert_true(fake.last.event.late);
	assert_true(fake.last.alert);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(fake.last.event.distinct[0], 20);
	assert_string_equal(fake.last.rule, "stick");
	assert_int_equal(fake.last.scrubbed, 16);
	assert_int_equal(size_of("leak"), 0);
	assert_int_equal(fake.labels, 0);
	assert_true(fake.labels_forgotten > 0 && fake.flows_forgotten > 0);
}

/* What may take long does not hold up the loop: the event comes when the medium is clean. */
static void pipeline__large_late_violation_is_overwritten_aside(void **state)
{
	size_t len = 3 << 20;
	char *text = malloc(len + 1);

	memset(text, 'x', len);
	text[len] = '\0';
	close_file(fake_file(&fake, "large", text, SINK_MOUNT));
	free(text);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 0);
	/* A second answer for it changes nothing. */
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	while (fake.events == 0)
		assert_true(weir_loop_step(fake.loop, -1) >= 0);
	assert_true(fake.last.event.late);
	assert_true(fake.last.alert);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(fake.last.event.distinct[0], 20);
	assert_int_equal(fake.last.scrubbed, len);
	assert_int_equal(size_of("large"), 0);
}

/* A list that was there before, opened for writing and closed again: told, not destroyed. */
static void pipeline__spares_what_was_not_written(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "old", "twenty customers", SINK_MOUNT);

	file.modified = false;
	close_file(file);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 1);
	assert_false(fake.last.event.late);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_int_equal(fake.last.scrubbed, 0);
	assert_int_equal(size_of("old"), 16);
}

/* The change and the close come as two events, the change first. */
static void pipeline__remembers_that_a_file_was_written(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "new", "twenty customers", SINK_MOUNT);

	weir_pipeline_modified(fake.pipeline, &file);
	file.modified = false;
	close_file(file);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_true(fake.last.event.late);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(size_of("new"), 0);
}

/* Whoever reads the copy with a lease on it would otherwise keep it. */
static void pipeline__lease_does_not_save_a_late_violation(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "leak", "twenty customers", SINK_MOUNT);
	pid_t reader = fake_lease(file.path);

	close_file(file);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	while (fake.events == 0)
		assert_true(weir_loop_step(fake.loop, -1) >= 0);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(fake.last.scrubbed, 16);
	assert_int_equal(size_of("leak"), 0);
	assert_int_equal(waitpid(reader, NULL, 0), reader);
}

static void pipeline__ends_while_the_scrubber_works(void **state)
{
	size_t len = 3 << 20;
	char *text = calloc(1, len + 1);

	memset(text, 'x', len);
	close_file(fake_file(&fake, "large", text, SINK_MOUNT));
	free(text);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	weir_pipeline_free(fake.pipeline);
	fake.pipeline = NULL;
	assert_int_equal(fake.events, 1);
	assert_true(fake.last.event.late);
	assert_true(fake.last.alert);
}

static void pipeline__ends_while_files_are_inspected(void **state)
{
	close_file(fake_file(&fake, "src", "local", LOCAL_MOUNT));
	close_file(fake_file(&fake, "copy", "text", SINK_MOUNT));
	weir_pipeline_free(fake.pipeline);
	fake.pipeline = NULL;
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.last.status, WEIR_SCAN_ERROR);
	assert_int_equal(fake.drops, 2);
	assert_string_equal(fake.drop_cause, "agent_ended");
	assert_int_equal(size_of("copy"), 4);
}

/* What was found in a file as it was says nothing of what has been written to it since. */
static void pipeline__changed_file_that_is_not_asked_for_again(void **state)
{
	close_file(fake_file(&fake, "src", "clean", LOCAL_MOUNT));
	close_file(fake_file(&fake, "src", "customers", LOCAL_MOUNT));
	close_file(fake_file(&fake, "copy", "clean", SINK_MOUNT));
	close_file(fake_file(&fake, "copy", "customers", SINK_MOUNT));
	fake.submit_result = -EAGAIN;
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.labels, 0);
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.last.status, WEIR_SCAN_ERROR);
	fake.cookie--; /* the one before */
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.labels, 0);
	assert_int_equal(fake.drops, 2);
}

static void pipeline__below_the_limit_stays_and_is_labelled(void **state)
{
	close_file(fake_file(&fake, "few", "four", SINK_MOUNT));
	fake_answer(&fake, 4, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 1);
	assert_false(fake.last.event.late);
	assert_int_equal(size_of("few"), 4);
	assert_int_equal(fake.label.distinct[0], 4);
}

static void pipeline__what_could_not_be_read_is_told_but_kept(void **state)
{
	close_file(fake_file(&fake, "photo", "binary", SINK_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_UNSCANNABLE);
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.last.status, WEIR_SCAN_UNSCANNABLE);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_false(fake.last.alert);
	assert_int_equal(size_of("photo"), 6);
	close_file(fake_file(&fake, "stuck", "worker died", SINK_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_ERROR);
	assert_int_equal(fake.events, 2);
	assert_int_equal(fake.last.status, WEIR_SCAN_ERROR);
	assert_true(fake.last.alert);
	assert_int_equal(size_of("stuck"), 11);
}

static void pipeline__what_somebody_has_hidden_is_an_alert(void **state)
{
	fake.encrypted = true;
	close_file(fake_file(&fake, "archive", "binary", SINK_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_PARTIAL);
	assert_int_equal(fake.events, 1);
	assert_true(fake.last.alert);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_int_equal(size_of("archive"), 6);
}

static void written_by_a_reader_of(unsigned resident_ids)
{
	fake.carried = true;
	fake.carrier = (struct weir_abi_carrier){
		.label = {.ino = 77, .dev = LOCAL_DEV}, .until_ns = 1, .labelled = {resident_ids}};
}

/* Encrypted by somebody who had the list open: the list's label speaks for it. */
static void pipeline__what_could_not_be_read_is_known_by_its_writer(void **state)
{
	written_by_a_reader_of(20);
	close_file(fake_file(&fake, "sealed", "binary", SINK_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_UNSCANNABLE);
	assert_int_equal(fake.events, 1);
	assert_true(fake.last.event.late);
	assert_true(fake.last.alert);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(fake.last.event.cause, WEIR_ABI_CAUSE_LABEL);
	assert_int_equal(fake.last.event.label.ino, 77);
	assert_int_equal(fake.last.event.labelled[0], 20);
	assert_int_equal(fake.last.event.distinct[0], 0);
	assert_string_equal(fake.last.rule, "stick");
	assert_int_equal(size_of("sealed"), 0);
	assert_int_equal(fake.carriers_forgotten, 1);
}

static void pipeline__what_told_nothing_blames_nobody(void **state)
{
	written_by_a_reader_of(20);
	fake.carrier.until_ns = 0;
	close_file(fake_file(&fake, "sealed", "binary", SINK_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_UNSCANNABLE);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_int_equal(fake.last.event.label.ino, 0);
	assert_int_equal(size_of("sealed"), 6);
}

static void pipeline__few_values_behind_what_could_not_be_read_are_kept(void **state)
{
	written_by_a_reader_of(4);
	close_file(fake_file(&fake, "sealed", "binary", SINK_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_UNSCANNABLE);
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_int_equal(size_of("sealed"), 6);
	assert_int_equal(fake.label.distinct[0], 4);
}

/* Content decides where it was seen. */
static void pipeline__what_was_read_whole_speaks_for_itself(void **state)
{
	written_by_a_reader_of(20);
	close_file(fake_file(&fake, "letter", "clean", SINK_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_int_equal(fake.last.event.label.ino, 0);
	assert_int_equal(fake.last.event.labelled[0], 0);
	assert_int_equal(size_of("letter"), 5);
	assert_true(fake.label.flags & WEIR_ABI_LABEL_CLEAN);
	assert_int_equal(fake.carriers_forgotten, 1);
}

static void pipeline__sealed_local_file_gets_its_writers_label(void **state)
{
	written_by_a_reader_of(20);
	close_file(fake_file(&fake, "sealed", "binary", LOCAL_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_UNSCANNABLE);
	assert_int_equal(fake.events, 0);
	assert_int_equal(fake.labels, 1);
	assert_int_equal(fake.label.distinct[0], 20);
	assert_int_equal(fake.label.flags, 0);
}

static void with_quarantine(struct weir_quarantine **ret)
{
	char store[160];

	snprintf(store, sizeof(store), "%s/quarantine", fake.dir);
	assert_int_equal(weir_quarantine_open(store, ret), 0);
	weir_pipeline_free(fake.pipeline);
	fake.options.quarantine = *ret;
	assert_int_equal(
		weir_pipeline_new(&fake.options, fake.loop,
				  fake_policy("apiVersion: weir/v1\nkind: Policy\n"
					      "metadata: {name: test}\n"
					      "classes:\n  id: {level: C2, detectors: "
					      "[cn_resident_id], min_confidence: 70}\n"
					      "rules:\n"
					      "  - {id: stick, channel: [removable], content: "
					      "{class: id, distinct: '>=5'}, action: block}\n"
					      "  - {id: desk, channel: [file], content: {class: "
					      "id, distinct: '>=5'}, action: quarantine}\n"),
				  &fake.pipeline),
		0);
}

static void wait_for_event(void)
{
	while (fake.events == 0)
		assert_true(weir_loop_step(fake.loop, -1) >= 0);
}

/* What was moved to a stick, and not copied, comes back from here. */
static void pipeline__late_violation_is_kept_sealed(void **state)
{
	struct weir_quarantine *quarantine = NULL;
	struct weir_quarantine_entry entry;
	struct weir_watch_file file;

	with_quarantine(&quarantine);
	file = fake_file(&fake, "moved", "twenty customers", SINK_MOUNT);
	close_file(file);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	wait_for_event();
	assert_true(fake.last.event.late);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(fake.last.scrubbed, 16);
	assert_int_equal(size_of("moved"), 0);
	assert_int_equal(weir_quarantine_get(quarantine, fake.last.quarantine_id, &entry), 0);
	assert_string_equal(entry.path, file.path);
	assert_string_equal(entry.rule, "stick");
	assert_int_equal(entry.size, 16);
	weir_pipeline_free(fake.pipeline);
	fake.pipeline = NULL;
	weir_quarantine_free(quarantine);
}

static void pipeline__local_list_goes_into_quarantine(void **state)
{
	struct weir_quarantine *quarantine = NULL;
	struct weir_quarantine_entry entry;
	struct weir_watch_file file;
	struct stat st;

	with_quarantine(&quarantine);
	file = fake_file(&fake, "few", "four customers", LOCAL_MOUNT);
	close_file(file);
	fake_answer(&fake, 4, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_string_equal(fake.last.quarantine_id, "");
	fake.events = 0;
	file = fake_file(&fake, "list", "twenty customers", LOCAL_MOUNT);
	close_file(file);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	wait_for_event();
	assert_false(fake.last.event.late);
	assert_true(fake.last.alert);
	assert_string_equal(fake.last.rule, "desk");
	assert_int_equal(fake.last.scrubbed, 16);
	assert_int_equal(stat(file.path, &st), 0);
	assert_true(st.st_size > 100);
	assert_int_equal(weir_quarantine_get(quarantine, fake.last.quarantine_id, &entry), 0);
	assert_int_equal(weir_quarantine_restore(quarantine, entry.id, NULL), 0);
	assert_int_equal(stat(file.path, &st), 0);
	assert_int_equal(st.st_size, 16);
	weir_pipeline_free(fake.pipeline);
	fake.pipeline = NULL;
	weir_quarantine_free(quarantine);
}

static void pipeline__empty_file_on_a_sink_is_no_event(void **state)
{
	close_file(fake_file(&fake, "empty", "", SINK_MOUNT));
	assert_int_equal(fake.submitted, 0);
	assert_int_equal(fake.events, 0);
}

static void pipeline__burst_of_closes_is_one_event(void **state)
{
	for (unsigned i = 0; i < 5; i++)
		close_file(fake_file(&fake, "log", "line", SINK_MOUNT));
	assert_int_equal(fake.submitted, 1);
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 0);
	assert_int_equal(fake.submitted, 2);
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 1);
}

static void pipeline__full_inspector_is_reported(void **state)
{
	fake.submit_result = -EAGAIN;
	close_file(fake_file(&fake, "copy", "text", SINK_MOUNT));
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.last.status, WEIR_SCAN_ERROR);
	assert_int_equal(fake.drops, 1);
	assert_string_equal(fake.drop_cause, "inspect_queue");
	assert_int_equal(size_of("copy"), 4);
	close_file(fake_file(&fake, "src", "text", LOCAL_MOUNT));
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.drops, 2);
}

static void pipeline__answers_nobody_waits_for(void **state)
{
	struct weir_findings *findings = calloc(1, sizeof(*findings));

	findings->status = WEIR_SCAN_COMPLETE;
	weir_pipeline_inspected(fake.pipeline, 0, findings);
	weir_pipeline_inspected(fake.pipeline, UINT64_MAX, findings);
	close_file(fake_file(&fake, "copy", "text", SINK_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 1);
	assert_int_equal(size_of("copy"), 4);
	free(findings);
}

static void pipeline__writer_that_is_gone(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "copy", "text", SINK_MOUNT);

	file.pid = 4000000; /* above any pid: only the kernel's table knows it */
	close_file(file);
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.last.event.process.uid, 4242);
	assert_string_equal(fake.last.event.process.name, "gone");
}

static struct weir_abi_process kernel_process(void)
{
	return (struct weir_abi_process){.tgid = 77,
					 .tid = 77,
					 .ppid = 1,
					 .uid = 1000,
					 .loginuid = 1000,
					 .comm = "cp",
					 .exe = "/usr/bin/cp"};
}

static int verdict(struct weir_abi_inode target, uint64_t landed_end)
{
	struct weir_abi_verdict record = {
		.hdr = {.seq = 9,
			.boot_ns = 1,
			.size = sizeof(record),
			.abi = WEIR_ABI_VERSION,
			.type = WEIR_ABI_REC_VERDICT},
		.process = kernel_process(),
		.target = target,
		.landed_end = landed_end,
		.distinct = {5},
		.names_len = 5,
		.action = WEIR_ABI_ACTION_BLOCK,
		.cause = WEIR_ABI_CAUSE_CONTENT,
		.hook = WEIR_ABI_HOOK_FILE_PERMISSION,
		.tier = WEIR_ABI_TIER_LSM,
		.channel = WEIR_ABI_CHANNEL_REMOVABLE,
		.profile = WEIR_ABI_PROFILE_REMOVABLE,
		.names = "leak",
	};

	return weir_pipeline_record(fake.pipeline, &record, sizeof(record));
}

static void pipeline__kernel_verdict_is_joined_and_undone(void **state)
{
	struct weir_watch_file file =
		fake_file(&fake, "leak", "landed before the verdict", SINK_MOUNT);
	char path[256];

	assert_int_equal(
		verdict((struct weir_abi_inode){.ino = file.inode.ino, .dev = fake.sink_dev}, 25),
		0);
	assert_int_equal(fake.events, 1);
	assert_true(fake.last.alert);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(fake.last.event.kernel_seq, 9);
	assert_int_equal(fake.last.event.process.pid, 77);
	assert_string_equal(fake.last.rule, "stick");
	snprintf(path, sizeof(path), "%s/leak", fake.sink);
	assert_string_equal(fake.last.event.path, path);
	assert_int_equal(fake.last.scrubbed, 25);
	assert_int_equal(size_of("leak"), 0);
	/* Its close is no second event. */
	file.size = 0;
	close_file(file);
	assert_int_equal(fake.events, 1);
}

static void pipeline__lease_does_not_save_what_landed(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "leak", "landed", SINK_MOUNT);
	pid_t reader = fake_lease(file.path);

	assert_int_equal(
		verdict((struct weir_abi_inode){.ino = file.inode.ino, .dev = fake.sink_dev}, 6),
		0);
	while (size_of("leak") != 0)
		assert_true(weir_loop_step(fake.loop, -1) >= 0);
	close_file(file);
	assert_int_equal(waitpid(reader, NULL, 0), reader);
}

static void pipeline__name_that_leads_elsewhere_waits_for_the_close(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "moved", "landed", SINK_MOUNT);

	close(fake_file(&fake, "leak", "innocent", SINK_MOUNT).fd);
	assert_int_equal(
		verdict((struct weir_abi_inode){.ino = file.inode.ino, .dev = fake.sink_dev}, 6),
		0);
	assert_int_equal(fake.last.scrubbed, 0);
	assert_int_equal(size_of("leak"), 8);
	assert_int_equal(size_of("moved"), 6);
	close_file(file);
	assert_int_equal(size_of("moved"), 0);
	assert_int_equal(size_of("leak"), 8);
}

static void pipeline__sink_open_names_the_writer(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "copy", "text", SINK_MOUNT);
	struct weir_abi_sink_open record = {
		.hdr = {.seq = 3,
			.boot_ns = 1,
			.size = sizeof(record),
			.abi = WEIR_ABI_VERSION,
			.type = WEIR_ABI_REC_SINK_OPEN},
		.process = kernel_process(),
		.target = {.ino = file.inode.ino, .dev = fake.sink_dev},
		.action = WEIR_ABI_ACTION_AUDIT,
		.hook = WEIR_ABI_HOOK_FILE_OPEN,
		.tier = WEIR_ABI_TIER_LSM,
		.channel = WEIR_ABI_CHANNEL_REMOVABLE,
	};

	assert_int_equal(weir_pipeline_record(fake.pipeline, &record, sizeof(record)), 0);
	assert_int_equal(fake.events, 0);
	file.pid = 0;
	close_file(file);
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.last.event.process.pid, 77);
	assert_string_equal(fake.last.event.process.executable, "/usr/bin/cp");
}

static void opened(const struct weir_watch_file *file, uint64_t ctime_ns)
{
	struct weir_abi_sink_open record = {
		.hdr = {.seq = 3,
			.boot_ns = weir_now_boottime(),
			.size = sizeof(record),
			.abi = WEIR_ABI_VERSION,
			.type = WEIR_ABI_REC_SINK_OPEN},
		.target = {.ino = file->inode.ino, .dev = fake.sink_dev},
		.ctime_ns = ctime_ns,
		.action = WEIR_ABI_ACTION_AUDIT,
		.hook = WEIR_ABI_HOOK_FILE_OPEN,
		.tier = WEIR_ABI_TIER_LSM,
		.channel = WEIR_ABI_CHANNEL_REMOVABLE,
	};

	assert_int_equal(weir_pipeline_record(fake.pipeline, &record, sizeof(record)), 0);
}

/* Stores through a mapping, and aio, are no event: the file's times give them away. An old list that was only opened stays. */
static void pipeline__times_tell_what_no_event_does(void **state)
{
	const uint64_t second = WEIR_NSEC_PER_SEC, now = weir_now_realtime();
	const struct {
		uint64_t before, after;
		bool changed;
	} rows[] = {
		{now - 3600 * second, now - 3600 * second, false},
		{now - 3600 * second, now + second, true},
		{now / (2 * second) * 2 * second, now / (2 * second) * 2 * second, true}, /* FAT */
		{(now - second) | 1, (now - second) | 1, false},
		{now + 3600 * second, now + 3600 * second, false}, /* a server's clock */
		{0, now, false},				   /* not known */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct weir_watch_file file = fake_file(&fake, "mapped", "customers", SINK_MOUNT);

		file.modified = false;
		opened(&file, rows[i].before);
		file.ctime_ns = rows[i].after;
		close_file(file);
		fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
		if (fake.last.event.late != rows[i].changed ||
		    size_of("mapped") != (rows[i].changed ? 0 : 9))
			fail_msg("row %zu", i);
	}
}

static void pipeline__record_is_kept_until_it_is_reported(void **state)
{
	struct weir_abi_inode target = {.ino = 1, .dev = fake.sink_dev};

	fake.append_result = -EIO;
	assert_int_equal(verdict(target, 0), -EIO);
	fake.append_result = 0;
	assert_int_equal(verdict(target, 0), 0);
	assert_int_equal(fake.events, 1);
	/* What the spool has already, or refuses by its bound, does not hold up the ring. */
	fake.append_result = -EEXIST;
	assert_int_equal(verdict(target, 0), 0);
	fake.append_result = -ENOSPC;
	assert_int_equal(verdict(target, 0), 0);
}

static void pipeline__hostile_records(void **state)
{
	uint8_t noise[sizeof(struct weir_abi_verdict)];

	memset(noise, 0xa5, sizeof(noise));
	assert_int_equal(weir_pipeline_record(fake.pipeline, noise, sizeof(noise)), 0);
	assert_int_equal(weir_pipeline_record(fake.pipeline, noise, 0), 0);
	assert_int_equal(fake.events, 0);
	assert_int_equal(fake.drops, 2);
	assert_string_equal(fake.drop_cause, "records_bad");
}

static void pipeline__gate_refusal_is_an_alert(void **state)
{
	struct weir_gate_record record = {
		.kind = WEIR_GATE_REFUSED,
		.cause = WEIR_ABI_CAUSE_LABEL,
		.boot_ns = 1,
		.at_source = true,
		.held = {.ino = 5, .dev = fake.sink_dev},
		.target = {.ino = 6, .dev = LOCAL_DEV},
		.label = {.ino = 6, .dev = LOCAL_DEV},
		.labelled = {20},
		.channel = WEIR_ABI_CHANNEL_REMOVABLE,
		.profile = WEIR_ABI_PROFILE_REMOVABLE,
		.process = {.pid = 12, .name = "cat"},
		.path = "/media/stick/out",
	};

	fake.tier = WEIR_ABI_TIER_SCAN;
	weir_pipeline_gate_record(fake.pipeline, &record);
	assert_int_equal(fake.events, 1);
	assert_true(fake.last.alert);
	assert_int_equal(fake.last.event.hook, WEIR_ABI_HOOK_FANOTIFY_OPEN);
	assert_int_equal(fake.last.event.target.ino, 5);
	assert_int_equal(fake.last.event.labelled[0], 20);
	assert_int_equal(fake.last.event.tier, WEIR_ABI_TIER_SCAN);
	assert_string_equal(fake.last.event.path, "/media/stick/out");
	assert_string_equal(fake.last.mount_point, fake.sink);
}

static void pipeline__repetition_is_suppressed_and_counted(void **state)
{
	struct weir_abi_inode target = {.ino = 1, .dev = fake.sink_dev};
	struct weir_pipeline_status *status = malloc(sizeof(*status));

	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(verdict(target, 0), 0);
	assert_true(fake.events < 20);
	weir_pipeline_status(fake.pipeline, status);
	assert_int_equal(status->counts[WEIR_COUNT_SUPPRESSED] + fake.events, 100);
	assert_string_equal(fake.drop_cause, "repeated");
	/* Another file is another matter. */
	target.ino = 2;
	assert_int_equal(verdict(target, 0), 0);
	assert_int_equal(fake.last.event.target.ino, 2);
	free(status);
}

static uint64_t suppressed_count(void)
{
	struct weir_pipeline_status *status = malloc(sizeof(*status));
	uint64_t n;

	weir_pipeline_status(fake.pipeline, status);
	n = status->counts[WEIR_COUNT_SUPPRESSED];
	free(status);
	return n;
}

static void pipeline__what_was_left_out_is_told_at_the_end(void **state)
{
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(verdict((struct weir_abi_inode){1, fake.sink_dev, 0}, 0), 0);
	assert_true(suppressed_count() > 80);
	weir_pipeline_free(fake.pipeline);
	fake.pipeline = NULL;
	assert_int_equal(fake.events + fake.suppressed, 100);
	assert_true(fake.last.alert);
	assert_string_equal(fake.last.rule, "stick");
	assert_string_equal(fake.last.mount_point, fake.sink);
}

/* More kinds of events than are kept apart: none takes away the count of another. */
static void pipeline__what_was_left_out_survives_other_events(void **state)
{
	const unsigned others = 20000;

	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(verdict((struct weir_abi_inode){1, fake.sink_dev, 0}, 0), 0);
	for (unsigned i = 0; i < others; i++)
		assert_int_equal(verdict((struct weir_abi_inode){2 + i, fake.sink_dev, 0}, 0), 0);
	assert_int_equal(fake.events + fake.suppressed, 100 + others);
}

static void pipeline__other_labelled_data_is_another_matter(void **state)
{
	struct weir_gate_record record = {
		.kind = WEIR_GATE_REFUSED,
		.cause = WEIR_ABI_CAUSE_LABEL,
		.target = {.ino = 5, .dev = fake.sink_dev},
		.labelled = {20},
		.channel = WEIR_ABI_CHANNEL_REMOVABLE,
		.profile = WEIR_ABI_PROFILE_REMOVABLE,
		.process = {.pid = 12, .name = "cp"},
	};

	for (unsigned i = 0; i < 100; i++) {
		record.label = (struct weir_abi_inode){.ino = 100 + i, .dev = LOCAL_DEV};
		weir_pipeline_gate_record(fake.pipeline, &record);
	}
	assert_int_equal(fake.events, 100);
}

static void pipeline__retries_are_no_repetition(void **state)
{
	struct weir_abi_inode target = {.ino = 1, .dev = fake.sink_dev};

	fake.append_result = -EIO;
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(verdict(target, 0), -EIO);
	fake.append_result = 0;
	assert_int_equal(verdict(target, 0), 0);
	assert_int_equal(fake.events, 1);
	assert_int_equal(suppressed_count(), 0);
}

static void pipeline__record_that_can_never_be_reported(void **state)
{
	fake.append_result = -EINVAL;
	assert_int_equal(verdict((struct weir_abi_inode){1, fake.sink_dev, 0}, 0), 0);
	assert_string_equal(fake.drop_cause, "report_refused");
}

static void pipeline__full_label_map_gives_up_clean_ones(void **state)
{
	close_file(fake_file(&fake, "a", "x", LOCAL_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	fake.set_label_result = -E2BIG;
	close_file(fake_file(&fake, "b", "x", LOCAL_MOUNT));
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.labels_forgotten, 1);
	assert_string_equal(fake.drop_cause, "labels_refused");
}

/* A volume that was pulled before it could be guarded: its mount point leads to the disk below. */
static void pipeline__gate_guards_the_volume_and_nothing_else(void **state)
{
	struct weir_pipeline_status *status = malloc(sizeof(*status));
	char text[256];

	weir_pipeline_free(fake.pipeline);
	fake.pipeline = NULL;
	snprintf(text, sizeof(text), "%d 1 9:8 / %s rw - vfat none rw\n", SINK_MOUNT, fake.sink);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, fake.mountinfo, text, strlen(text), 0600),
			 0);
	fake.tier = WEIR_ABI_TIER_SCAN;
	fake.options.fanotify = fake.options.gate = true;
	fake.options.n_watch_paths = 0;
	assert_int_equal(weir_pipeline_new(&fake.options, fake.loop,
					   fake_policy("apiVersion: weir/v1\nkind: Policy\n"
						       "metadata: {name: test}\n"),
					   &fake.pipeline),
			 0);
	weir_pipeline_status(fake.pipeline, status);
	if (status->gate_error == 0) { /* who is not root has no gate */
		assert_int_equal(status->volumes[0].dev, WEIR_ABI_DEV(9, 8));
		assert_int_equal(status->volumes[0].st_dev, WEIR_ABI_DEV(9, 8));
		assert_false(status->volumes[0].gated);
		assert_int_equal(status->volumes[0].error, -ESTALE);
		assert_int_equal(status->gate.volumes, 0);
	}
	free(status);
}

static void pipeline__policy_that_the_kernel_refuses_changes_nothing(void **state)
{
	static const char allow[] = "apiVersion: weir/v1\nkind: Policy\nmetadata: {name: open}\n";
	struct weir_policy *policy = fake_policy(allow);

	fake.apply_result = -EIO;
	assert_int_equal(weir_pipeline_set_policy(fake.pipeline, policy), -EIO);
	assert_string_equal(weir_policy_name(weir_pipeline_policy(fake.pipeline)), "test");
	fake.apply_result = 0;
	assert_int_equal(weir_pipeline_set_policy(fake.pipeline, policy), 0);
	close_file(fake_file(&fake, "leak", "twenty", SINK_MOUNT));
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_int_equal(size_of("leak"), 6);
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
		TEST(pipeline__unmounted_sink_is_forgotten),
		TEST(pipeline__local_file_gets_a_label),
		TEST(pipeline__clean_local_file_is_no_event),
		TEST(pipeline__not_complete_is_not_clean),
		TEST(pipeline__files_elsewhere_are_left_alone),
		TEST(pipeline__clean_copy_on_a_sink_is_an_event),
		TEST(pipeline__late_violation_is_overwritten),
		TEST(pipeline__large_late_violation_is_overwritten_aside),
		TEST(pipeline__lease_does_not_save_a_late_violation),
		TEST(pipeline__spares_what_was_not_written),
		TEST(pipeline__remembers_that_a_file_was_written),
		TEST(pipeline__lease_does_not_save_what_landed),
		TEST(pipeline__ends_while_the_scrubber_works),
		TEST(pipeline__ends_while_files_are_inspected),
		TEST(pipeline__changed_file_that_is_not_asked_for_again),
		TEST(pipeline__below_the_limit_stays_and_is_labelled),
		TEST(pipeline__what_could_not_be_read_is_told_but_kept),
		TEST(pipeline__what_somebody_has_hidden_is_an_alert),
		TEST(pipeline__what_could_not_be_read_is_known_by_its_writer),
		TEST(pipeline__what_told_nothing_blames_nobody),
		TEST(pipeline__few_values_behind_what_could_not_be_read_are_kept),
		TEST(pipeline__what_was_read_whole_speaks_for_itself),
		TEST(pipeline__sealed_local_file_gets_its_writers_label),
		TEST(pipeline__late_violation_is_kept_sealed),
		TEST(pipeline__local_list_goes_into_quarantine),
		TEST(pipeline__empty_file_on_a_sink_is_no_event),
		TEST(pipeline__burst_of_closes_is_one_event),
		TEST(pipeline__full_inspector_is_reported),
		TEST(pipeline__answers_nobody_waits_for),
		TEST(pipeline__writer_that_is_gone),
		TEST(pipeline__kernel_verdict_is_joined_and_undone),
		TEST(pipeline__name_that_leads_elsewhere_waits_for_the_close),
		TEST(pipeline__sink_open_names_the_writer),
		TEST(pipeline__times_tell_what_no_event_does),
		TEST(pipeline__record_is_kept_until_it_is_reported),
		TEST(pipeline__hostile_records),
		TEST(pipeline__gate_refusal_is_an_alert),
		TEST(pipeline__repetition_is_suppressed_and_counted),
		TEST(pipeline__what_was_left_out_is_told_at_the_end),
		TEST(pipeline__what_was_left_out_survives_other_events),
		TEST(pipeline__other_labelled_data_is_another_matter),
		TEST(pipeline__retries_are_no_repetition),
		TEST(pipeline__record_that_can_never_be_reported),
		TEST(pipeline__full_label_map_gives_up_clean_ones),
		TEST(pipeline__gate_guards_the_volume_and_nothing_else),
		TEST(pipeline__policy_that_the_kernel_refuses_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
