/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/cli/scan_state.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

static char dir[64], state_dir[128], path[128];
static struct weir_findings findings;

#define LATER (weir_now_realtime() + 10 * WEIR_NSEC_PER_SEC)

static int setup(void **state)
{
	(void)state;
	scratch_make(dir);
	snprintf(state_dir, sizeof(state_dir), "%s/a/state", dir);
	snprintf(path, sizeof(path), "%s/file", dir);
	memset(&findings, 0, sizeof(findings));
	findings.status = WEIR_SCAN_COMPLETE;
	memcpy(findings.type, "text/plain", 11);
	findings.bytes = 77;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	scratch_remove(dir);
	return 0;
}

static struct weir_scan_state *open_state(const char *context)
{
	struct weir_scan_state *s = NULL;
	struct weir_error error = {0};

	if (weir_scan_state_open(state_dir, context, strlen(context), &s, &error) < 0)
		fail_msg("%s", error.text);
	return s;
}

static void put_file(const char *data, size_t len)
{
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, data, len, 0600), 0);
}

static struct weir_scan_id identify(const struct weir_scan_state *s, uint64_t now)
{
	int fd _cleanup_(weir_closep) = open(path, O_RDONLY | O_CLOEXEC);
	struct weir_scan_id id;
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(weir_scan_state_identify(s, fd, &st, now, &id), 0);
	return id;
}

static bool known(struct weir_scan_state *s, const struct weir_scan_id *id)
{
	struct weir_findings back;
	int r = weir_scan_state_get(s, id, &back);

	if (r > 0)
		assert_int_equal(back.bytes, findings.bytes);
	return r > 0;
}

static void scan_state__remembers_between_runs(void **state)
{
	struct weir_scan_state *s = open_state("c");
	struct weir_scan_id id;
	struct stat st;

	(void)state;
	put_file("hello", 5);
	id = identify(s, LATER);
	assert_true(id.settled);
	assert_false(known(s, &id));
	assert_int_equal(weir_scan_state_put(s, &id, &findings), 0);
	assert_true(known(s, &id)); /* in the same run: a second name of the same file */
	weir_scan_state_free(s);
	s = open_state("c");
	id = identify(s, LATER);
	assert_true(known(s, &id));
	weir_scan_state_free(s);
	s = open_state("another engine");
	assert_false(known(s, &id));
	weir_scan_state_free(s);
	assert_int_equal(stat(state_dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void scan_state__each_difference_counts(void **state)
{
	struct weir_scan_state *s = open_state("c");
	struct weir_scan_id id, other;

	(void)state;
	put_file("hello", 5);
	id = identify(s, LATER);
	assert_int_equal(weir_scan_state_put(s, &id, &findings), 0);
#define DIFFERS(member)                         \
	do {                                    \
		other = id;                     \
		other.member++;                 \
		assert_false(known(s, &other)); \
	} while (0)
	DIFFERS(dev);
	DIFFERS(ino);
	DIFFERS(size);
	DIFFERS(mtime_ns);
	DIFFERS(ctime_ns);
	DIFFERS(content);
	assert_true(known(s, &id));
	weir_scan_state_free(s);
}

/* Without the times to tell: first block, last block, size. */
static void scan_state__content_id(void **state)
{
	struct weir_scan_state *s = open_state("c");
	static char data[20000];
	uint64_t first;

	(void)state;
	memset(data, 'x', sizeof(data));
	put_file(data, sizeof(data));
	first = identify(s, LATER).content;
	put_file(data, sizeof(data));
	assert_int_equal(identify(s, LATER).content, first);
	put_file(data, sizeof(data) - 1);
	assert_int_not_equal(identify(s, LATER).content, first);
	data[0] = 'y';
	put_file(data, sizeof(data));
	assert_int_not_equal(identify(s, LATER).content, first);
	data[0] = 'x';
	data[sizeof(data) - 1] = 'y';
	put_file(data, sizeof(data));
	assert_int_not_equal(identify(s, LATER).content, first);
	for (size_t len = 0; len < 8200; len += 4095) { /* short ones are read whole */
		memset(data, 'x', sizeof(data));
		put_file(data, len + 1);
		first = identify(s, LATER).content;
		data[len] = 'z';
		put_file(data, len + 1);
		assert_int_not_equal(identify(s, LATER).content, first);
	}
	weir_scan_state_free(s);
}

/* Written a moment ago: the next change could have the same time. */
static void scan_state__unsettled_is_not_kept(void **state)
{
	struct weir_scan_state *s = open_state("c");
	struct weir_scan_id id;
	struct stat st;

	(void)state;
	put_file("hello", 5);
	assert_int_equal(stat(path, &st), 0);
	id = identify(s, (uint64_t)st.st_ctim.tv_sec * WEIR_NSEC_PER_SEC +
				 (uint64_t)st.st_ctim.tv_nsec + 1000);
	assert_false(id.settled);
	assert_int_equal(weir_scan_state_put(s, &id, &findings), 0);
	assert_false(known(s, &id));
	weir_scan_state_free(s);
}

static void overwrite(const char *name, const char *find, char by)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1 << 20);
	char file[256], *at;

	snprintf(file, sizeof(file), "%s/%s", state_dir, name);
	assert_int_equal(weir_read_file(AT_FDCWD, file, &text), 0);
	at = find ? memmem(text.data, text.len, find, strlen(find)) : text.data;
	assert_non_null(at);
	*at = by;
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, file, text.data, text.len, 0600), 0);
}

/* A row that someone changed is no row; a file that is no database is replaced. */
static void scan_state__damage(void **state)
{
	struct weir_scan_state *s = open_state("c");
	struct weir_scan_id id;

	(void)state;
	put_file("hello", 5);
	id = identify(s, LATER);
	assert_int_equal(weir_scan_state_put(s, &id, &findings), 0);
	weir_scan_state_free(s);
	overwrite("files.db", "\"bytes\":77", 'x');
	s = open_state("c");
	assert_false(known(s, &id));
	weir_scan_state_free(s);
	overwrite("files.db", NULL, 'x');
	s = open_state("c");
	id = identify(s, LATER);
	assert_false(known(s, &id));
	assert_int_equal(weir_scan_state_put(s, &id, &findings), 0);
	assert_true(known(s, &id));
	weir_scan_state_free(s);
}

static void scan_state__folder_of_others(void **state)
{
	struct weir_scan_state *s = NULL;
	struct weir_error error = {0};

	(void)state;
	assert_int_equal(weir_mkdir_parents(state_dir, 0700), 0);
	assert_int_equal(chmod(state_dir, 0770), 0);
	assert_int_equal(weir_scan_state_open(state_dir, "c", 1, &s, &error), -EPERM);
	assert_non_null(strstr(error.text, "others may write"));
	assert_null(s);
}

static void scan_state__many_in_batches(void **state)
{
	struct weir_scan_state *s = open_state("c");
	struct weir_scan_id id;

	(void)state;
	put_file("hello", 5);
	id = identify(s, LATER);
	for (unsigned i = 0; i < 2000; i++) {
		id.ino = 1000 + i;
		assert_int_equal(weir_scan_state_put(s, &id, &findings), 0);
	}
	weir_scan_state_free(s);
	s = open_state("c");
	for (unsigned i = 0; i < 2000; i++) {
		id.ino = 1000 + i;
		assert_true(known(s, &id));
	}
	weir_scan_state_free(s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(scan_state__remembers_between_runs),
		TEST(scan_state__each_difference_counts),
		TEST(scan_state__content_id),
		TEST(scan_state__unsettled_is_not_kept),
		TEST(scan_state__damage),
		TEST(scan_state__folder_of_others),
		TEST(scan_state__many_in_batches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
