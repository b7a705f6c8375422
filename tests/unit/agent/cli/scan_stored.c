/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/cli/scan_stored.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct weir_findings *make(void)
{
	struct weir_findings *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->status = WEIR_SCAN_PARTIAL;
	memcpy(f->reason, "\xe5\x8f\xb7 \"why\"", 10);
	memcpy(f->type, "application/zip", 16);
	f->bytes = UINT64_C(1) << 50;
	f->records = 3;
	f->customers = 2;
	f->total[0] = 4;
	f->distinct[0] = 3;
	f->distinct_from[0][0] = 3;
	f->distinct_from[0][10] = 1;
	f->best[0] = 100;
	f->total[63] = f->distinct[63] = 1;
	f->best[63] = 60;
	f->parts_count = 2;
	memcpy(f->parts[1], "a/b.txt", 8);
	f->count = 2;
	f->findings[0] = (struct weir_finding){
		.offset = 7, .length = 18, .confidence = 100, .masked = "1****"};
	f->findings[1] = (struct weir_finding){.offset = UINT64_C(1) << 40,
					       .length = 9,
					       .detector = 63,
					       .confidence = 60,
					       .part = 1,
					       .masked = "*"};
	return f;
}

static void scan_stored__comes_back(void **state)
{
	struct weir_findings *f _cleanup_(freep) = make();
	struct weir_findings *back _cleanup_(freep) = malloc(sizeof(*back));
	char *text _cleanup_(freep) = weir_stored_write(f);
	char *again _cleanup_(freep) = NULL;

	(void)state;
	assert_non_null(text);
	memset(back, 0xa5, sizeof(*back));
	assert_int_equal(weir_stored_read(text, strlen(text), back), 0);
	assert_memory_equal(f, back, offsetof(struct weir_findings, findings));
	for (uint32_t i = 0; i < f->count; i++) {
		assert_int_equal(back->findings[i].offset, f->findings[i].offset);
		assert_int_equal(back->findings[i].detector, f->findings[i].detector);
		assert_int_equal(back->findings[i].part, f->findings[i].part);
		assert_string_equal(back->findings[i].masked, f->findings[i].masked);
	}
	again = weir_stored_write(back);
	assert_string_equal(text, again);
}

static void scan_stored__damage_is_refused_or_harmless(void **state)
{
	struct weir_findings *f _cleanup_(freep) = make();
	struct weir_findings *back _cleanup_(freep) = malloc(sizeof(*back));
	char *text _cleanup_(freep) = weir_stored_write(f);
	size_t len = strlen(text);

	(void)state;
	for (size_t n = 0; n < len; n++)
		assert_int_equal(weir_stored_read(text, n, back), -EINVAL);
	for (size_t i = 0; i < len; i++) {
		char was = text[i];

		for (const char *c = "9-\"[{}x\xff"; *c; c++) {
			text[i] = *c;
			if (weir_stored_read(text, len, back) == 0) {
				assert_true(back->count <= WEIR_FINDINGS_MAX);
				assert_true(back->parts_count <= WEIR_FINDINGS_PARTS);
			}
		}
		text[i] = was;
	}
}

static void scan_stored__out_of_bounds(void **state)
{
	static const char *const bad[] = {
		"[]",
		"{}",
		"{\"status\":0,\"reason\":\"\",\"type\":\"\",\"bytes\":0,\"records\":0,"
		"\"customers\":0,"
		"\"parts\":[],\"counts\":[],\"findings\":[]}",
		"{\"status\":1,\"reason\":\"\",\"type\":\"\",\"bytes\":-1,\"records\":0,"
		"\"customers\":0,"
		"\"parts\":[],\"counts\":[],\"findings\":[]}",
		"{\"status\":1,\"reason\":\"\",\"type\":\"\",\"bytes\":1,\"records\":0,"
		"\"customers\":0,"
		"\"parts\":[],\"counts\":[[64,1,1,1,[0,0,0,0,0,0,0,0,0,0,0]]],\"findings\":[]}",
		"{\"status\":1,\"reason\":\"\",\"type\":\"\",\"bytes\":1,\"records\":0,"
		"\"customers\":0,"
		"\"parts\":[],\"counts\":[],\"findings\":[[0,1,0,50,1,\"*\"]]}",
	};
	struct weir_findings *back _cleanup_(freep) = malloc(sizeof(*back));

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(weir_stored_read(bad[i], strlen(bad[i]), back), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scan_stored__comes_back),
		cmocka_unit_test(scan_stored__damage_is_refused_or_harmless),
		cmocka_unit_test(scan_stored__out_of_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
