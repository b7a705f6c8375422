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
	assert_int_equal(weir_excerpts_new(WEIR_EXCERPTS_BYTES_MAX, &inspect.excerpts), 0);
	assert_int_equal(weir_recall_new(&inspect.recall), 0);
	return weir_engine_new(NULL, &inspect.engine);
}

static int teardown(void **state)
{
	weir_engine_free(inspect.engine);
	weir_recall_free(inspect.recall);
	weir_excerpts_free(inspect.excerpts);
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

/* The excerpt that holds this text; NULL: none does. */
static const struct weir_excerpt *excerpt_of(const char *text)
{
	const struct weir_excerpts *e = inspect.excerpts;

	for (uint32_t i = 0; i < e->count; i++)
		if (memmem(e->data + e->list[i].at, e->list[i].len, text, strlen(text)))
			return &e->list[i];
	return NULL;
}

static void put_number(char *text, unsigned i)
{
	char id[19];

	synthetic_resident_id(i, id);
	memcpy(text, "number ", 7);
	memcpy(text + 7, id, 18);
}

/* Lines of nothing, and two numbers far from each other. */
static void make_text(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		text[i] = i % 50 == 49 ? '\n' : '.';
	put_number(text + 10, 1);
	put_number(text + 5000, 2);
}

static void scan__excerpts_stand_around_findings(void **state)
{
	static char text[8000];
	const struct weir_excerpt *first, *second;
	char id[19];

	make_text(text, sizeof(text));
	request.excerpt_bytes = WEIR_EXCERPTS_BYTES_MAX;
	(void)scan(text, sizeof(text));
	assert_int_equal(found.count, 2);
	assert_int_equal(inspect.excerpts->count, 2);
	synthetic_resident_id(1, id);
	first = excerpt_of(id);
	synthetic_resident_id(2, id);
	second = excerpt_of(id);
	assert_non_null(first);
	assert_non_null(second);
	assert_int_equal(first->offset, 0);
	assert_int_equal(second->offset, 5007 - 256);
	assert_int_equal(second->len, 256 + 18 + 256);
	assert_memory_equal(inspect.excerpts->data + second->at, text + second->offset,
			    second->len);
}

/* None are made unless they are asked for, and none of what is clean. */
static void scan__excerpts_are_wanted(void **state)
{
	static char text[8000];

	make_text(text, sizeof(text));
	(void)scan(text, sizeof(text));
	assert_int_equal(found.count, 2);
	assert_int_equal(inspect.excerpts->count, 0);
	request.excerpt_bytes = 4096;
	(void)scan(prose, strlen(prose));
	assert_int_equal(inspect.excerpts->count, 0);
}

/* As much as is wanted, of what fits; what stands close together is told once. */
static void scan__excerpts_are_bounded(void **state)
{
	static char text[8000], dense[200 * 26];
	char id[19];

	make_text(text, sizeof(text));
	request.excerpt_bytes = 600;
	(void)scan(text, sizeof(text));
	assert_int_equal(inspect.excerpts->count, 1);
	assert_true(inspect.excerpts->bytes <= 600);
	weir_excerpts_wipe(inspect.excerpts);
	for (unsigned i = 0; i < 200; i++) {
		put_number(dense + (size_t)i * 26, i);
		dense[i * 26 + 25] = '\n';
	}
	request.excerpt_bytes = WEIR_EXCERPTS_BYTES_MAX;
	(void)scan(dense, sizeof(dense));
	assert_int_equal(found.count, 200);
	assert_int_equal(inspect.excerpts->count, 1);
	assert_int_equal(inspect.excerpts->bytes, sizeof(dense));
	synthetic_resident_id(199, id);
	assert_non_null(excerpt_of(id));
}

/* Long stretches come in several pieces that follow each other, all of which pass the agent's check. */
static void scan__long_excerpts_are_cut(void **state)
{
	static char dense[2000 * 26];

	for (unsigned i = 0; i < 2000; i++) {
		put_number(dense + (size_t)i * 26, i);
		dense[i * 26 + 25] = '\n';
	}
	request.excerpt_bytes = WEIR_EXCERPTS_BYTES_MAX;
	(void)scan(dense, sizeof(dense));
	assert_true(inspect.excerpts->count > 1);
	for (uint32_t i = 0; i < inspect.excerpts->count; i++)
		assert_true(inspect.excerpts->list[i].len <= WEIR_EXCERPT_BYTES_MAX);
	assert_int_equal(weir_worker_check_excerpts(inspect.excerpts, &found), 0);
	assert_memory_equal(inspect.excerpts->data, dense, inspect.excerpts->bytes);
}

static size_t make_mail(char *text, size_t size, const char *const *names, size_t n)
{
	size_t len = (size_t)snprintf(text, size,
				      "From: a@b.example\nTo: c@d.example\nSubject: s\n"
				      "MIME-Version: 1.0\nContent-Type: multipart/mixed; "
				      "boundary=\"b\"\n\n");
	char id[19];

	for (size_t i = 0; i < n; i++) {
		synthetic_resident_id((unsigned)i + 1, id);
		len += (size_t)snprintf(text + len, size - len,
					"--b\nContent-Type: text/plain; name=\"%s\"\n"
					"Content-Disposition: attachment; filename=\"%s\"\n\n"
					"number %s\n",
					names[i], names[i], id);
	}
	return len + (size_t)snprintf(text + len, size - len, "--b--\n");
}

/* A tape archive with a member for each text, all of one name. */
static size_t make_tar(char *tar, const char *const *texts, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++, len += 1024) {
		char *head = tar + len;
		unsigned sum = 0;

		memset(head, 0, 1024);
		(void)snprintf(head, 100, "x.txt");
		(void)snprintf(head + 100, 8, "0000644");
		(void)snprintf(head + 108, 8, "0000000");
		(void)snprintf(head + 116, 8, "0000000");
		(void)snprintf(head + 124, 12, "%011o", (unsigned)strlen(texts[i]) & 511);
		(void)snprintf(head + 136, 12, "00000000000");
		memset(head + 148, ' ', 8);
		head[156] = '0';
		memcpy(head + 257, "ustar\00000", 8);
		for (size_t k = 0; k < 512; k++)
			sum += (unsigned char)head[k];
		(void)snprintf(head + 148, 8, "%06o", sum);
		memcpy(head + 512, texts[i], strlen(texts[i]));
	}
	memset(tar + len, 0, 1024);
	return len + 1024;
}

/* Texts of one name: where the findings lie in one of them it is that one; else nobody can tell them apart, and they are left out. */
static void scan__excerpts_of_one_name(void **state)
{
	char number[64] = "", other[64] = "", id[19], tar[4 * 1024];

	put_number(number, 1);
	put_number(other, 2);
	synthetic_resident_id(1, id);
	request.excerpt_bytes = WEIR_EXCERPTS_BYTES_MAX;
	(void)scan(tar, make_tar(tar, (const char *const[]){prose, number}, 2));
	assert_int_equal(found.count, 1);
	assert_string_equal(found.parts[1], "x.txt");
	assert_int_equal(inspect.excerpts->count, 1);
	assert_non_null(excerpt_of(id));
	assert_int_equal(excerpt_of(id)->len, strlen(number));
	weir_excerpts_wipe(inspect.excerpts);
	(void)scan(tar, make_tar(tar, (const char *const[]){number, other}, 2));
	assert_int_equal(found.count, 2);
	assert_int_equal(inspect.excerpts->count, 0);
}

/* What lies in an object is told by its part. */
static void scan__excerpts_of_parts(void **state)
{
	static const char *const two[] = {"one.txt", "two.txt"};
	char text[2048], id[19];
	const size_t len = make_mail(text, sizeof(text), two, 2);

	request.excerpt_bytes = WEIR_EXCERPTS_BYTES_MAX;
	(void)scan(text, len);
	assert_int_equal(found.count, 2);
	assert_int_equal(inspect.excerpts->count, 2);
	for (unsigned i = 0; i < 2; i++) {
		synthetic_resident_id(i + 1, id);
		assert_non_null(excerpt_of(id));
		assert_non_null(strstr(found.parts[excerpt_of(id)->part], two[i]));
		assert_int_equal(excerpt_of(id)->offset, 0);
	}
	assert_int_equal(weir_worker_check_excerpts(inspect.excerpts, &found), 0);
}

/* What two files have in common shows, under one key; under another key nothing does. */
static void scan__values_are_told_by_key(void **state)
{
	char text[400] = "", id[19];
	struct weir_value first[3];

	for (unsigned i = 0; i < 3; i++) {
		synthetic_resident_id(i, id);
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "身份证号 %s\n",
			       id);
	}
	(void)scan(text, strlen(text));
	assert_int_equal(found.values_count, 3);
	memcpy(first, found.values, sizeof(first));
	for (unsigned i = 0; i < 3; i++)
		assert_true(first[i].detector == 0 && first[i].step >= 4 &&
			    (i == 0 || first[i].hash > first[i - 1].hash));
	(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "\nand nothing more");
	(void)scan(text, strlen(text));
	assert_memory_equal(found.values, first, sizeof(first));
	request.key[0]++;
	(void)scan(text, strlen(text));
	assert_int_equal(found.values_count, 3);
	for (unsigned i = 0; i < 9; i++)
		assert_true(found.values[i / 3].hash != first[i % 3].hash);
}

static void scan__no_more_values_than_fit(void **state)
{
	static char text[40 * (WEIR_FINDINGS_VALUES + 50)];
	size_t len = 0;
	char id[19];

	for (unsigned i = 0; i < WEIR_FINDINGS_VALUES + 50; i++) {
		synthetic_resident_id(i, id);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "身份证号 %s\n", id);
	}
	(void)scan(text, len);
	assert_int_equal(found.distinct[0], WEIR_FINDINGS_VALUES + 50);
	assert_int_equal(found.values_count, WEIR_FINDINGS_VALUES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(scan__no_more_values_than_fit, setup, teardown),
		cmocka_unit_test_setup_teardown(scan__values_are_told_by_key, setup, teardown),
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
		cmocka_unit_test_setup_teardown(scan__excerpts_stand_around_findings, setup,
						teardown),
		cmocka_unit_test_setup_teardown(scan__excerpts_are_wanted, setup, teardown),
		cmocka_unit_test_setup_teardown(scan__excerpts_are_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(scan__long_excerpts_are_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(scan__excerpts_of_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(scan__excerpts_of_one_name, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
