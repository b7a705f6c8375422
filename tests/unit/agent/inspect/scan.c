/* SPDX-License-Identifier: Apache-2.0 */
/* From a descriptor to findings, with the real engine: what is searched, and what is not searched twice. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "synthetic.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/inspect/scan.h"

static const char prose[] = "A letter about the weather.\nNothing else is in it.\n";
static const char pdf[] = "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n%%EOF\n";

static struct weir_inspect inspect;
static struct weir_worker_request request;
static struct weir_findings found;

static int setup(void **state)
{
	request = (struct weir_worker_request){.now_ns = weir_now_realtime(),
					       .max_bytes = 64 << 20,
					       .budget_ns = 120 * WEIR_NSEC_PER_SEC,
					       .min_confidence = 50};
	inspect = (struct weir_inspect){0};
	assert_int_equal(weir_recall_new(&inspect.recall), 0);
	return weir_engine_new(NULL, &inspect.engine);
}

static int teardown(void **state)
{
	weir_engine_free(inspect.engine);
	weir_recall_free(inspect.recall);
	return 0;
}

/* Whether it was told from memory. */
static bool scan(const void *data, size_t len)
{
	int fd _cleanup_(weir_closep) = memfd_create("content", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(weir_write_full(fd, data, len), 0);
	memset(&found, 0xff, sizeof(found));
	weir_inspect_scan(&inspect, fd, &request, &found);
	return found.recalled;
}

static void scan__clean_bytes_are_searched_once(void **state)
{
	struct weir_findings first;

	assert_false(scan(prose, strlen(prose)));
	assert_int_equal(found.status, WEIR_SCAN_COMPLETE);
	first = found;
	assert_true(scan(prose, strlen(prose)));
	assert_int_equal(found.bytes, strlen(prose));
	found.recalled = 0;
	assert_memory_equal(&found, &first, offsetof(struct weir_findings, parts));
	assert_int_equal(found.count, 0);
}

static void scan__changed_byte_is_searched(void **state)
{
	char text[64], id[19];

	synthetic_resident_id(11, id);
	(void)snprintf(text, sizeof(text), "number %s\n", id);
	text[7 + 17] = id[17] == '0' ? '1' : '0'; /* no check digit: nothing to be found */
	assert_false(scan(text, strlen(text)));
	assert_int_equal(found.total[0], 0);
	assert_true(scan(text, strlen(text)));
	text[7 + 17] = id[17];
	assert_false(scan(text, strlen(text)));
	assert_int_equal(found.total[0], 1);
}

static void scan__what_was_found_is_never_remembered(void **state)
{
	char id[19];

	synthetic_resident_id(12, id);
	for (unsigned i = 0; i < 3; i++) {
		assert_false(scan(id, 18));
		assert_int_equal(found.status, WEIR_SCAN_COMPLETE);
		assert_int_equal(found.total[0], 1);
		assert_int_equal(found.count, 1);
	}
}

static void scan__what_was_not_complete_is_never_remembered(void **state)
{
	static const char *const broken[] = {"\x89PNG\r\n\x1a\n____", "\x1f\x8b\x08____",
					     "%PDF-1.4 and nothing else"};

	for (unsigned i = 0; i < 2 * ARRAY_SIZE(broken); i++) {
		const char *text = broken[i / 2];

		assert_false(scan(text, strlen(text)));
		assert_int_not_equal(found.status, WEIR_SCAN_COMPLETE);
	}
	request.max_bytes = 10;
	assert_false(scan(prose, strlen(prose)));
	assert_int_equal(found.status, WEIR_SCAN_PARTIAL);
	assert_false(scan(prose, strlen(prose)));
	assert_int_equal(found.bytes, 10);
}

/* No time at all: the same bytes are searched when there is some. */
static void scan__out_of_time_is_never_remembered(void **state)
{
	char *text = malloc(1 << 20);

	memset(text, 'a', 1 << 20);
	request.budget_ns = 1;
	assert_false(scan(text, 1 << 20));
	assert_int_equal(found.status, WEIR_SCAN_PARTIAL);
	request.budget_ns = 120 * WEIR_NSEC_PER_SEC;
	assert_false(scan(text, 1 << 20));
	assert_int_equal(found.status, WEIR_SCAN_COMPLETE);
	assert_true(scan(text, 1 << 20));
	free(text);
}

static void scan__large_files_are_read_as_they_are_searched(void **state)
{
	size_t len = WEIR_INSPECT_HELD_MAX + 1;
	char *text = malloc(len);

	for (size_t i = 0; i < len; i++)
		text[i] = i % 64 == 63 ? '\n' : 'a';
	assert_false(scan(text, len));
	assert_int_equal(found.bytes, len);
	assert_int_equal(found.status, WEIR_SCAN_COMPLETE);
	assert_false(scan(text, len));
	assert_false(scan(text, len - 1));
	assert_true(scan(text, len - 1));
	assert_int_equal(found.bytes, len - 1);
	free(text);
}

static void scan__pipes_are_read_once(void **state)
{
	for (unsigned i = 0; i < 2; i++) {
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		assert_int_equal(weir_write_full(ends[1], prose, strlen(prose)), 0);
		(void)weir_close(ends[1]);
		weir_inspect_scan(&inspect, ends[0], &request, &found);
		assert_int_equal(found.recalled, 0);
		assert_int_equal(found.bytes, strlen(prose));
		(void)weir_close(ends[0]);
	}
}

static unsigned started;

static int start(void *context, enum weir_external program, int file,
		 const struct weir_memory *data, int *ret_fd)
{
	started++;
	assert_int_equal(file, -1);
	assert_int_equal(data->len, strlen(pdf));
	assert_memory_equal(data->data, pdf, strlen(pdf));
	return -ENOSYS;
}

/* The file may change while it is looked at: a program that read it again would see what was not remembered. */
static void scan__programs_get_the_bytes_and_not_the_file(void **state)
{
	static const struct weir_unpack_port port = {.start = start,
						     .programs = 1 << WEIR_EXTERNAL_PDF};

	inspect.port = &port;
	assert_false(scan(pdf, strlen(pdf)));
	assert_true(started > 0);
	assert_int_not_equal(found.status, WEIR_SCAN_COMPLETE);
	assert_false(scan(pdf, strlen(pdf)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(scan__clean_bytes_are_searched_once, setup,
						teardown),
		cmocka_unit_test_setup_teardown(scan__changed_byte_is_searched, setup, teardown),
		cmocka_unit_test_setup_teardown(scan__what_was_found_is_never_remembered, setup,
						teardown),
		cmocka_unit_test_setup_teardown(scan__what_was_not_complete_is_never_remembered,
						setup, teardown),
		cmocka_unit_test_setup_teardown(scan__out_of_time_is_never_remembered, setup,
						teardown),
		cmocka_unit_test_setup_teardown(scan__large_files_are_read_as_they_are_searched,
						setup, teardown),
		cmocka_unit_test_setup_teardown(scan__pipes_are_read_once, setup, teardown),
		cmocka_unit_test_setup_teardown(scan__programs_get_the_bytes_and_not_the_file,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
