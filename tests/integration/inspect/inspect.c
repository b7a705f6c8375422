/* SPDX-License-Identifier: Apache-2.0 */
/* The real worker behind the real inspector. */

#include "helper.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "synthetic.h"
#include "weir/base/time.h"
#include "weir/catalogue/catalogue.h"

static struct outcomes outcomes;

static struct weir_inspector *start_with(struct weir_inspector_options options)
{
	struct weir_inspector *in = NULL;

	options.program = WEIR_TEST_BIN "/weir-inspect";
	memset(&outcomes, 0, sizeof(outcomes));
	assert_int_equal(weir_inspector_new(&options, record, &outcomes, &in), 0);
	return in;
}

static const struct weir_findings *scan_fd(struct weir_inspector *in, int fd)
{
	assert_int_equal(weir_inspector_submit(in, fd, 1), 0);
	drain(in);
	return &outcomes.last;
}

static void inspect__finds_and_masks(void **state)
{
	struct weir_inspector *in = start_with((struct weir_inspector_options){0});
	char id[19], text[128];
	const struct weir_findings *f;
	int fd;

	synthetic_resident_id(7, id);
	snprintf(text, sizeof(text), "姓名 某人\n身份证号：%s\n", id);
	fd = memory_file(text, strlen(text));
	assert_int_equal(lseek(fd, 0, SEEK_CUR),
			 (off_t)strlen(text)); /* the offset is at the end and does not matter */
	f = scan_fd(in, fd);
	assert_int_equal(f->status, WEIR_SCAN_COMPLETE);
	assert_string_equal(f->type, "text/plain");
	assert_int_equal(f->bytes, strlen(text));
	assert_int_equal(f->count, 1);
	assert_int_equal(f->records, 1);
	assert_int_equal(f->findings[0].detector,
			 weir_catalogue_find(weir_catalogue_builtin(), "cn_resident_id"));
	assert_int_equal(f->findings[0].offset, strstr(text, id) - text);
	assert_true(f->findings[0].confidence >= 95);
	assert_null(strstr(f->findings[0].masked, "19"));
	weir_inspector_free(in);
}

static void inspect__two_workers_many_files(void **state)
{
	struct weir_inspector *in =
		start_with((struct weir_inspector_options){.workers = 2, .queue = 600});
	char id[19];

	for (uint64_t i = 0; i < 600; i++) {
		synthetic_resident_id((unsigned)i, id);
		assert_int_equal(weir_inspector_submit(in, memory_file(id, 18), i), 0);
	}
	drain(in);
	for (unsigned i = 0; i < 600; i++) {
		assert_int_equal(outcomes.answered[i], 1);
		assert_int_equal(outcomes.status[i], WEIR_SCAN_COMPLETE);
	}
	weir_inspector_free(in);
}

static void inspect__fifty_thousand(void **state)
{
	struct weir_inspector *in =
		start_with((struct weir_inspector_options){.timeout_ns = 120 * WEIR_NSEC_PER_SEC});
	struct weir_buf text = WEIR_BUF_INIT(4 << 20);
	const struct weir_findings *f;
	char id[19];

	for (unsigned i = 0; i < 50000; i++) {
		synthetic_resident_id(i, id);
		assert_int_equal(weir_buf_printf(&text, "%u,%s\n", i, id), 0);
	}
	f = scan_fd(in, memory_file(text.data, text.len));
	assert_int_equal(f->status, WEIR_SCAN_COMPLETE);
	assert_int_equal(f->total[0], 50000);
	assert_int_equal(f->distinct[0], 50000);
	assert_int_equal(f->records, 50000);
	assert_int_equal(f->count, WEIR_FINDINGS_MAX);
	weir_buf_done(&text);
	weir_inspector_free(in);
}

static void inspect__byte_limit_is_partial(void **state)
{
	struct weir_inspector *in =
		start_with((struct weir_inspector_options){.max_bytes = 100000});
	int fd = memory_file("x", 1);

	assert_int_equal(ftruncate(fd, 1 << 30), 0);
	assert_int_equal(scan_fd(in, fd)->status, WEIR_SCAN_PARTIAL);
	assert_int_equal(outcomes.last.bytes, 100000);
	weir_inspector_free(in);
}

static void inspect__folder_and_unreadable(void **state)
{
	struct weir_inspector *in = start_with((struct weir_inspector_options){0});

	assert_int_equal(scan_fd(in, open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC))->status,
			 WEIR_SCAN_UNSCANNABLE);
	assert_non_null(strstr(outcomes.last.reason, "folder"));
	assert_int_equal(scan_fd(in, open("/dev/null", O_WRONLY | O_CLOEXEC))->status,
			 WEIR_SCAN_UNSCANNABLE);
	assert_non_null(strstr(outcomes.last.reason, "byte 0"));
	weir_inspector_free(in);
}

static void inspect__pipe_to_its_end(void **state)
{
	struct weir_inspector *in = start_with((struct weir_inspector_options){0});
	char id[19];
	int ends[2];

	synthetic_resident_id(3, id);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(weir_write_full(ends[1], id, 18), 0);
	(void)weir_close(ends[1]);
	assert_int_equal(scan_fd(in, ends[0])->status, WEIR_SCAN_COMPLETE);
	assert_int_equal(outcomes.last.total[0], 1);
	weir_inspector_free(in);
}

/* A pipe that stays open: the worker itself ends with what it has. */
static void inspect__pipe_that_never_ends(void **state)
{
	struct weir_inspector *in =
		start_with((struct weir_inspector_options){.timeout_ns = 2 * WEIR_NSEC_PER_SEC});
	char id[19];
	int ends[2];

	synthetic_resident_id(3, id);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(weir_write_full(ends[1], id, 18), 0);
	assert_int_equal(scan_fd(in, ends[0])->status, WEIR_SCAN_PARTIAL);
	assert_int_equal(outcomes.last.total[0], 1);
	(void)weir_close(ends[1]);
	weir_inspector_free(in);
}

/* The children of this process, by /proc. */
static pid_t only_child(void)
{
	char path[64], text[64] = "";
	int fd _cleanup_(weir_closep) = -1;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return -1;
	return (pid_t)strtoull(text, NULL, 10);
}

static void inspect__killed_in_the_middle(void **state)
{
	struct weir_inspector *in =
		start_with((struct weir_inspector_options){.timeout_ns = 60 * WEIR_NSEC_PER_SEC});
	int ends[2];
	pid_t worker;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(turn(in)); /* hello */
	worker = only_child();
	if (worker < 0)
		skip();
	assert_int_equal(weir_inspector_submit(in, ends[0], 1), 0);
	assert_int_equal(kill(worker, SIGKILL), 0);
	drain(in);
	assert_int_equal(outcomes.status[1], WEIR_SCAN_ERROR);
	assert_non_null(strstr(outcomes.reason[1], "died"));
	assert_int_equal(scan_fd(in, memory_file("text", 4))->status, WEIR_SCAN_COMPLETE);
	(void)weir_close(ends[1]);
	weir_inspector_free(in);
}

static void inspect__stopped_in_the_middle(void **state)
{
	struct weir_inspector *in =
		start_with((struct weir_inspector_options){.timeout_ns = WEIR_NSEC_PER_SEC});
	pid_t worker;

	assert_true(turn(in));
	worker = only_child();
	if (worker < 0)
		skip();
	assert_int_equal(kill(worker, SIGSTOP), 0);
	assert_int_equal(scan_fd(in, memory_file("text", 4))->status, WEIR_SCAN_ERROR);
	assert_non_null(strstr(outcomes.reason[1], "time-out"));
	assert_int_equal(scan_fd(in, memory_file("text", 4))->status, WEIR_SCAN_COMPLETE);
	weir_inspector_free(in);
}

/* What the kernel says of a running worker. */
static void inspect__worker_is_confined(void **state)
{
	struct weir_inspector *in = start_with((struct weir_inspector_options){0});
	struct weir_buf status = WEIR_BUF_INIT(1 << 16);
	char path[64];
	pid_t worker;

	assert_true(turn(in));
	worker = only_child();
	if (worker < 0)
		skip();
	snprintf(path, sizeof(path), "/proc/%d/status", (int)worker);
	assert_int_equal(weir_read_file(AT_FDCWD, path, &status), 0);
	assert_non_null(strstr(status.data, "NoNewPrivs:\t1"));
	assert_non_null(strstr(status.data, "Seccomp:\t2"));
	assert_non_null(strstr(status.data, "CapPrm:\t0000000000000000"));
	if (getuid() == 0) {
		assert_non_null(strstr(status.data, "Uid:\t65534\t65534\t65534"));
		assert_non_null(strstr(status.data, "CapBnd:\t0000000000000000"));
	}
	weir_buf_done(&status);
	weir_inspector_free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inspect__finds_and_masks),
		cmocka_unit_test(inspect__two_workers_many_files),
		cmocka_unit_test(inspect__fifty_thousand),
		cmocka_unit_test(inspect__byte_limit_is_partial),
		cmocka_unit_test(inspect__folder_and_unreadable),
		cmocka_unit_test(inspect__pipe_to_its_end),
		cmocka_unit_test(inspect__pipe_that_never_ends),
		cmocka_unit_test(inspect__killed_in_the_middle),
		cmocka_unit_test(inspect__stopped_in_the_middle),
		cmocka_unit_test(inspect__worker_is_confined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
