/* SPDX-License-Identifier: Apache-2.0 */
/* Labels that are kept over the pipeline's life. The scratch folder is a mount of local disk; runs where its file system names files
 * for ever. */
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
#include <unistd.h>

#include <cmocka.h>

#include "fakes.h"
#include "weir/base/fd.h"

static const char yaml[] = "apiVersion: weir/v1\nkind: Policy\nmetadata: {name: test}\n";

static struct fake fake;
static uint32_t mount_id, dev;
static struct weir_pipeline_status *status;

/* So many mounts of the scratch folder, each under another number of a device. */
static void mounted(unsigned n, const char *type)
{
	char text[1024] = "";

	for (unsigned i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%u 1 %u:%u / %s rw - %s none rw\n", mount_id,
			 i ? 9 : WEIR_ABI_DEV_MAJOR(dev), i ? i : WEIR_ABI_DEV_MINOR(dev), fake.dir,
			 type);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, fake.mountinfo, text, strlen(text), 0600),
			 0);
}

static void restart(void)
{
	weir_pipeline_free(fake.pipeline);
	fake.labels = fake.submitted = fake.labels_forgotten = 0;
	assert_int_equal(
		weir_pipeline_new(&fake.options, fake.loop, fake_policy(yaml), &fake.pipeline), 0);
}

static int setup(void **state)
{
	struct weir_labels_volume volume;
	struct statx stx;
	int fd;

	fake_new(&fake);
	status = malloc(sizeof(*status));
	assert_int_equal(statx(AT_FDCWD, fake.dir, 0, STATX_MNT_ID, &stx), 0);
	mount_id = (uint32_t)stx.stx_mnt_id;
	dev = WEIR_ABI_DEV(stx.stx_dev_major, stx.stx_dev_minor);
	fd = open(fake.dir, O_RDONLY | O_CLOEXEC);
	fake.options.state_dir = weir_labels_volume(fd, &volume) == 0 ? fake.dir : NULL;
	close(fd);
	mounted(1, "ext4");
	restart();
	return 0;
}

static int teardown(void **state)
{
	fake_done(&fake);
	free(status);
	return 0;
}

static const struct weir_labels_health *health(void)
{
	weir_pipeline_status(fake.pipeline, status);
	return &status->labels;
}

/* Written, closed and looked at: so many resident ids. */
static struct weir_abi_inode looked_at(const char *name, const char *text, unsigned ids)
{
	struct weir_watch_file file = fake_file(&fake, name, text, mount_id);
	struct weir_abi_inode ret = file.inode;

	if (!fake.options.state_dir)
		skip();
	weir_pipeline_closed(fake.pipeline, &file);
	weir_close(file.fd);
	fake_answer(&fake, ids, WEIR_SCAN_COMPLETE);
	ret.dev = dev;
	return ret;
}

static void labels__come_back_with_the_mount(void **state)
{
	struct weir_abi_inode inode = looked_at("a", "text", 5);
	struct weir_abi_label before = fake.label;

	assert_int_equal(health()->kept, 1);
	restart();
	assert_int_equal(fake.labels, 1);
	assert_memory_equal(&fake.label_inode, &inode, sizeof(inode));
	before.classes = 0;
	assert_int_equal(before.distinct[WEIR_ABI_DET_CN_RESIDENT_ID], 5);
	assert_memory_equal(&fake.label, &before, sizeof(before));
	assert_int_equal(fake.submitted, 0);
	assert_int_equal(health()->restored, 1);
	/* A volume that is mounted later; the same again is not read again. */
	mounted(1, "tmpfs");
	restart();
	assert_int_equal(fake.labels, 0);
	mounted(0, "ext4");
	restart();
	assert_int_equal(fake.labels, 0);
	mounted(1, "ext4");
	weir_pipeline_mounts_changed(fake.pipeline);
	for (unsigned i = 0; i < 600 && fake.labels == 0; i++)
		assert_true(weir_loop_step(fake.loop, 100) >= 0);
	assert_int_equal(fake.labels, 1);
	weir_pipeline_mounts_changed(fake.pipeline);
	assert_true(weir_loop_step(fake.loop, 50) >= 0);
	assert_int_equal(fake.labels, 1);
}

static void labels__changed_file_is_looked_at(void **state)
{
	struct weir_watch_file file;

	(void)looked_at("a", "text", 5);
	file = fake_file(&fake, "a", "other text", mount_id);
	weir_close(file.fd);
	restart();
	assert_int_equal(fake.labels, 0);
	assert_int_equal(fake.submitted, 1);
	assert_int_equal(health()->changed, 1);
	assert_int_equal(health()->kept, 0);
	fake_answer(&fake, 3, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.labels, 1);
	assert_int_equal(fake.label.distinct[WEIR_ABI_DET_CN_RESIDENT_ID], 3);
	assert_int_equal(health()->kept, 1);
	restart();
	assert_int_equal(fake.labels, 1);
	assert_int_equal(fake.submitted, 0);
}

static void labels__go_with_what_was_found(void **state)
{
	struct weir_watch_file file;

	(void)looked_at("a", "text", 5);
	(void)looked_at("a", "harmless", 0); /* clean ones are not kept */
	assert_int_equal(fake.label.flags, WEIR_ABI_LABEL_CLEAN);
	assert_int_equal(health()->kept, 0);
	(void)looked_at("a", "text", 5);
	file = fake_file(&fake, "a", "?", mount_id);
	weir_pipeline_closed(fake.pipeline, &file);
	weir_close(file.fd);
	fake_answer(&fake, 0, WEIR_SCAN_PARTIAL); /* not known any more */
	assert_int_equal(health()->kept, 0);
	assert_true(fake.labels_forgotten > 0);
	restart();
	assert_int_equal(fake.labels, 0);
}

static void labels__of_a_twin_are_nobodys(void **state)
{
	struct weir_watch_file file;

	(void)looked_at("a", "text", 5);
	mounted(3, "ext4");
	restart();
	assert_int_equal(fake.labels, 1);
	file = fake_file(&fake, "b", "text", 0);
	file.inode.dev = WEIR_ABI_DEV(9, 1);
	weir_pipeline_closed(fake.pipeline, &file);
	weir_close(file.fd);
	fake_answer(&fake, 5, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.labels, 2); /* in the kernel only */
	assert_int_equal(health()->kept, 1);
}

static void labels__without_a_place_are_told(void **state)
{
	char path[128];

	(void)looked_at("a", "text", 5);
	snprintf(path, sizeof(path), "%s/labels", fake.dir);
	assert_int_equal(chmod(path, 0666), 0);
	restart();
	assert_int_equal(health()->kept, 0);
	assert_int_equal(status->labels_error, -EPERM);
	(void)looked_at("a", "text", 5);
	assert_int_equal(fake.labels, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(labels__come_back_with_the_mount), TEST(labels__changed_file_is_looked_at),
		TEST(labels__go_with_what_was_found),	TEST(labels__of_a_twin_are_nobodys),
		TEST(labels__without_a_place_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
