/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of any type: what the status says, where findings lie, limits, pieces. */

#include "helper.h"

#include "weir/base/utf8.h"

#include <errno.h>

#include "weir/unpack/unpack.h"

/* Bytes in memory, given out in pieces of this many. */
struct slow {
	const char *data;
	size_t len, piece;
	unsigned reads;
};

static ssize_t read_slowly(void *context, void *data, size_t len, uint64_t offset)
{
	struct slow *s = context;
	size_t n = offset < s->len ? WEIR_MIN(s->len - (size_t)offset, len) : 0;

	n = WEIR_MIN(n, s->piece);
	s->reads++;
	memcpy(data, s->data + offset, n);
	return (ssize_t)n;
}

static const struct weir_findings *scan(const char *data, size_t len, size_t piece,
					struct weir_engine_request request)
{
	static struct weir_findings found;
	struct weir_engine *engine = new_engine();
	struct slow slow = {data, len, piece, 0};
	const struct weir_bytes bytes = {.read_at = read_slowly, .context = &slow, .size = len};

	request.now_ns = NOW;
	request.unpack.file = -1;
	weir_engine_scan(engine, &request, &bytes, &found);
	weir_engine_free(engine);
	return &found;
}

static const struct weir_findings *scan_text(const char *text)
{
	return scan(text, strlen(text), SIZE_MAX, (struct weir_engine_request){0});
}

static void objects__text(void **state)
{
	char id[19], text[64];

	synthetic_resident_id(1, id);
	snprintf(text, sizeof(text), "身份证 %s\n", id);
	assert_int_equal(scan_text(text)->status, WEIR_SCAN_COMPLETE);
	assert_int_equal(scan_text(text)->total[RESIDENT_ID], 1);
	assert_int_equal(scan_text(text)->findings[0].part, 0);
	assert_string_equal(scan_text(text)->parts[0], "");
	assert_string_equal(scan_text(text)->reason, "");
	assert_int_equal(scan_text(text)->bytes, strlen(text));
	assert_int_equal(scan_text("")->status, WEIR_SCAN_COMPLETE);
	assert_string_equal(scan_text("")->type, "application/x-empty");
}

static void objects__pieces_change_nothing(void **state)
{
	struct weir_buf text = WEIR_BUF_INIT(1 << 20);
	struct weir_findings whole;
	char id[19];

	for (unsigned i = 0; i < 2000; i++) {
		synthetic_resident_id(i, id);
		assert_int_equal(weir_buf_printf(&text, "%u\t%s\t客户\n", i, id), 0);
	}
	whole = *scan(text.data, text.len, SIZE_MAX, (struct weir_engine_request){0});
	assert_int_equal(whole.distinct[RESIDENT_ID], 2000);
	for (size_t piece = 1; piece < 100000; piece = piece * 7 + 3) {
		const struct weir_findings *f =
			scan(text.data, text.len, piece, (struct weir_engine_request){0});

		assert_memory_equal(f, &whole, offsetof(struct weir_findings, findings));
		assert_memory_equal(f->findings, whole.findings,
				    whole.count * sizeof(whole.findings[0]));
	}
	weir_buf_done(&text);
}

/* A part's findings name it; its offsets count in it. */
static void objects__a_part_has_a_name(void **state)
{
	char id[19], mail[512];
	const struct weir_findings *f;

	synthetic_resident_id(1, id);
	snprintf(mail, sizeof(mail),
		 "From: a@example.invalid\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
		 "Content-Type: text/plain; charset=utf-8\r\n\r\n身份证 %s\r\n",
		 id);
	f = scan_text(mail);
	assert_int_equal(f->total[RESIDENT_ID], 1);
	for (uint32_t i = 0; i < f->count; i++)
		if (f->findings[i].detector == RESIDENT_ID) {
			assert_true(f->findings[i].part > 0);
			assert_true(strlen(f->parts[f->findings[i].part]) > 0);
			assert_int_equal(f->findings[i].offset, strlen("身份证 "));
		}
}

/* A mail in a mail whose attachment is named by a number: the number is not in the names of parts. */
static void objects__no_number_in_a_name(void **state)
{
	char id[19], mail[1024];
	const struct weir_findings *f;

	synthetic_resident_id(1, id);
	snprintf(mail, sizeof(mail),
		 "From: a@example.invalid\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
		 "Content-Type: application/octet-stream; name=\"%s 12345.txt\"\r\n\r\n身份证 "
		 "%s\r\n",
		 id, id);
	f = scan_text(mail);
	assert_true(f->total[RESIDENT_ID] >= 1);
	for (uint32_t i = 0; i < f->parts_count; i++)
		assert_null(strstr(f->parts[i], id));
	assert_true(f->parts_count > 1);
}

static void objects__never_silently_clean(void **state)
{
	uint8_t noise[8192];
	uint32_t x = 1;
	const struct weir_findings *f;

	for (size_t i = 0; i < sizeof(noise); i++) {
		x = x * 1103515245 + 12345;
		noise[i] = (uint8_t)(x >> 16);
	}
	f = scan((char *)noise, sizeof(noise), SIZE_MAX, (struct weir_engine_request){0});
	assert_int_equal(f->status, WEIR_SCAN_UNSCANNABLE);
	assert_true(strlen(f->reason) > 0);
	assert_false(f->encrypted);
	f = scan_text("Salted__ and so on, whatever");
	assert_int_equal(f->status, WEIR_SCAN_UNSCANNABLE);
	assert_true(f->encrypted);
	f = scan_text("and so on, whatever");
	assert_false(f->encrypted);
	f = scan_text("PK\x03\x04 and so on");
	assert_true(f->status == WEIR_SCAN_PARTIAL || f->status == WEIR_SCAN_UNSCANNABLE);
	assert_string_equal(f->type, "application/zip");
	/* a script with something behind it */
	memset(noise, 'x', 4096);
	f = scan((char *)noise, sizeof(noise), SIZE_MAX, (struct weir_engine_request){0});
	assert_true(f->status != WEIR_SCAN_COMPLETE);
}

/* A name that is longer than its room in the reason is cut between characters. */
static void objects__reasons_are_text(void **state)
{
	static const char name[] = "客户资料汇总表格二零二六年第一季度.txt";
	/* stored, with a sum that is wrong */
	static const char rest[] = "\0\x01\x04\0\xfb\xfftext\0\0\0\0\x04\0\0\0";

	for (int skip = 0; skip < 3; skip++) {
		char object[160] = "\x1f\x8b\x08\x08\0\0\0\0\0\x03";
		const struct weir_findings *f;
		int len = snprintf(object + 10, 100, "%.*s%s", skip, "ab", name);

		memcpy(object + 10 + len, rest, sizeof(rest) - 1);
		f = scan(object, 10 + (size_t)len + sizeof(rest) - 1, SIZE_MAX,
			 (struct weir_engine_request){0});
		assert_int_not_equal(f->status, WEIR_SCAN_COMPLETE);
		assert_non_null(strstr(f->reason, "客户资料"));
		assert_int_equal(weir_utf8_valid(f->reason, strlen(f->reason)), strlen(f->reason));
	}
}

static void objects__byte_limit(void **state)
{
	char first[19], second[19], text[64];
	const struct weir_findings *f;

	synthetic_resident_id(1, first);
	synthetic_resident_id(2, second);
	snprintf(text, sizeof(text), "%s\n%s\n", first, second);
	f = scan(text, strlen(text), SIZE_MAX, (struct weir_engine_request){.max_bytes = 20});
	assert_int_equal(f->status, WEIR_SCAN_PARTIAL);
	assert_int_equal(f->bytes, 20);
	assert_int_equal(f->total[RESIDENT_ID], 1);
	f = scan(text, strlen(text), SIZE_MAX, (struct weir_engine_request){.max_bytes = 38});
	assert_int_equal(f->status, WEIR_SCAN_COMPLETE);
}

static int out_of_time(void *context)
{
	unsigned *ticks = context;

	return ++*ticks > 3 ? -ETIMEDOUT : 0;
}

static void objects__out_of_time(void **state)
{
	struct weir_buf text = WEIR_BUF_INIT(4 << 20);
	unsigned ticks = 0;
	const struct weir_findings *f;

	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(weir_buf_puts(&text, "nothing in here is a number\n"), 0);
	f = scan(text.data, text.len, 65536,
		 (struct weir_engine_request){.tick = out_of_time, .tick_context = &ticks});
	assert_int_equal(f->status, WEIR_SCAN_PARTIAL);
	assert_non_null(strstr(f->reason, "time"));
	assert_true(f->bytes < text.len);
	weir_buf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects__text),
		cmocka_unit_test(objects__pieces_change_nothing),
		cmocka_unit_test(objects__a_part_has_a_name),
		cmocka_unit_test(objects__no_number_in_a_name),
		cmocka_unit_test(objects__never_silently_clean),
		cmocka_unit_test(objects__reasons_are_text),
		cmocka_unit_test(objects__byte_limit),
		cmocka_unit_test(objects__out_of_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
