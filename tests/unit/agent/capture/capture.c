/* SPDX-License-Identifier: Apache-2.0 */
/* From pieces of content to sealed files, on the thread that does it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "reviewers.h"
#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/capture/capture.h"

#define CONTENT "name,number\nnobody,none at all\n"

static struct {
	char dir[64];
	struct weir_evidence_folder *folder;
	struct weir_recipients *recipients;
	struct weir_reviewer *reviewer;
	struct weir_capture *capture;
	struct weir_capture_done done[2 * WEIR_CAPTURE_QUEUE];
	size_t n;
} f;

static void note(void *context, const struct weir_capture_done *done)
{
	f.done[f.n++] = *done;
}

static int setup(void **state)
{
	struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(0);

	memset(&f, 0, sizeof(f));
	scratch_make(f.dir);
	f.reviewer = reviewer_new(f.dir, "key", &pem);
	assert_int_equal(weir_recipients_new(&f.recipients), 0);
	assert_int_equal(weir_recipients_add(f.recipients, pem.data, pem.len), 0);
	assert_int_equal(weir_evidence_folder_new(f.dir, 0, &f.folder), 0);
	return weir_capture_new(f.folder, note, NULL, &f.capture);
}

static int teardown(void **state)
{
	weir_capture_free(f.capture);
	weir_evidence_folder_free(f.folder);
	weir_recipients_free(f.recipients);
	weir_reviewer_free(f.reviewer);
	scratch_remove(f.dir);
	return 0;
}

static struct weir_evidence sample(void)
{
	return (struct weir_evidence){.agent_uid = {7},
				      .time_ns = 5,
				      .rule = "stick",
				      .name = "/mnt/list",
				      .pieces = {{10, CONTENT, sizeof(CONTENT) - 1, NULL}},
				      .n_pieces = 1};
}

static int submit(uint64_t cookie)
{
	const struct weir_evidence evidence = sample();

	return weir_capture_submit(f.capture, &evidence, f.recipients, cookie);
}

static void wait_for(size_t n)
{
	while (f.n < n) {
		struct pollfd fd = {.fd = weir_capture_fd(f.capture), .events = POLLIN};

		assert_int_equal(poll(&fd, 1, 60000), 1);
		assert_int_equal(weir_capture_dispatch(f.capture), 0);
	}
}

static void path_of(const uint8_t *sha256, char path[static 200])
{
	char name[65];

	weir_hex(sha256, WEIR_CAPTURE_HASH_LEN, name);
	(void)snprintf(path, 200, "%s/evidence/%s", f.dir, name);
}

static void capture__seals_into_the_folder(void **state)
{
	struct weir_buf sealed _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EVIDENCE_SEALED_MAX);
	struct weir_buf plain _cleanup_(weir_buf_wipe) = WEIR_BUF_INIT(WEIR_EVIDENCE_SEALED_MAX);
	struct weir_wire *wire _cleanup_(weir_wire_wipep) = NULL;
	struct weir_evidence read;
	char path[200];

	assert_int_equal(submit(3), 0);
	wait_for(1);
	assert_int_equal(f.done[0].cookie, 3);
	assert_int_equal(f.done[0].result, 0);
	path_of(f.done[0].sha256, path);
	assert_int_equal(weir_read_file(AT_FDCWD, path, &sealed), 0);
	assert_null(memmem(sealed.data, sealed.len, "nobody", 6));
	assert_null(memmem(sealed.data, sealed.len, "/mnt/list", 9));
	assert_int_equal(weir_evidence_open(sealed.data, sealed.len, f.reviewer, &plain), 0);
	assert_int_equal(weir_evidence_decode(plain.data, plain.len, &wire, &read), 0);
	assert_string_equal(read.rule, "stick");
	assert_int_equal(read.pieces[0].offset, 10);
	assert_memory_equal(read.pieces[0].data, CONTENT, sizeof(CONTENT) - 1);
}

/* The policy, and with it who may open it, may be another by the time it is sealed. */
static void capture__keeps_its_recipients(void **state)
{
	assert_int_equal(submit(1), 0);
	weir_recipients_free(TAKE_PTR(f.recipients));
	wait_for(1);
	assert_int_equal(f.done[0].result, 0);
}

static void capture__has_a_bound(void **state)
{
	unsigned n = 0;
	int r;

	while ((r = submit(n)) == 0)
		assert_true(++n <= WEIR_CAPTURE_QUEUE);
	assert_int_equal(r, -EAGAIN);
	assert_int_equal(n, WEIR_CAPTURE_QUEUE);
	wait_for(n);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(f.done[i].cookie, i);
	assert_int_equal(submit(n), 0);
	wait_for(n + 1);
}

static void capture__says_what_failed(void **state)
{
	char path[128];

	weir_capture_free(f.capture);
	weir_evidence_folder_free(f.folder);
	assert_int_equal(weir_evidence_folder_new(f.dir, 8, &f.folder), 0);
	assert_int_equal(weir_capture_new(f.folder, note, NULL, &f.capture), 0);
	assert_int_equal(submit(0), 0);
	wait_for(1);
	assert_int_equal(f.done[0].result, -ENOSPC);
	(void)snprintf(path, sizeof(path), "%s/evidence", f.dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(submit(0), 0);
	wait_for(2);
	assert_true(f.done[1].result < 0);
}

static void capture__refuses_what_is_none(void **state)
{
	struct weir_evidence evidence = sample();

	evidence.n_pieces = 0;
	assert_int_equal(weir_capture_submit(f.capture, &evidence, f.recipients, 0), -EINVAL);
	assert_int_equal(f.n, 0);
}

/* Each is told of, whether it was begun or not. */
static void capture__ends_with_work_left(void **state)
{
	for (unsigned i = 0; i < WEIR_CAPTURE_QUEUE; i++)
		assert_int_equal(submit(i), 0);
	weir_capture_free(TAKE_PTR(f.capture));
	assert_int_equal(f.n, WEIR_CAPTURE_QUEUE);
	for (unsigned i = 0; i < WEIR_CAPTURE_QUEUE; i++)
		assert_true(f.done[i].result == 0 || f.done[i].result == -ECANCELED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(capture__seals_into_the_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(capture__keeps_its_recipients, setup, teardown),
		cmocka_unit_test_setup_teardown(capture__has_a_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(capture__says_what_failed, setup, teardown),
		cmocka_unit_test_setup_teardown(capture__refuses_what_is_none, setup, teardown),
		cmocka_unit_test_setup_teardown(capture__ends_with_work_left, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
