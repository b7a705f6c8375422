/* SPDX-License-Identifier: Apache-2.0 */
#include "pack.h"

#define TEXT_DOCUMENT(body)                                                               \
	"<?xml version=\"1.0\"?><office:document-content><office:body><office:text>" body \
	"</office:text></office:body></office:document-content>"
#define SHEETS(body)                                                      \
	"<office:document-content><office:body><office:spreadsheet>" body \
	"</office:spreadsheet></office:body></office:document-content>"

static struct got *got;

static int setup(void **state)
{
	got = got_new();
	return 0;
}

static int teardown(void **state)
{
	got_free(got);
	return 0;
}

static void unpack(const char *type, const char *content, const char *manifest)
{
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	struct make_zip_member members[] = {
		{.name = "mimetype", .data = type, .len = strlen(type)},
		{.name = "content.xml", .data = content, .len = strlen(content), .method = 8},
		{.name = "META-INF/manifest.xml",
		 .data = manifest,
		 .len = strlen(manifest),
		 .method = 8},
	};

	make_zip(&b, members, 3, NULL);
	assert_int_equal(unpack_memory(got, b.data, b.len), 0);
}

static void text(const char *content, const char *expected)
{
	struct got_part *p;

	unpack("application/vnd.oasis.opendocument.text", content, "<manifest:manifest/>");
	assert_string_equal(got->type, "application/x-odt");
	assert_int_equal(got->gaps_count, 0);
	p = got_find(got, "content.xml", WEIR_PART_TEXT);
	assert_non_null(p);
	assert_string_equal(p->text.data, expected);
}

static void odt__paragraphs_and_spans(void **state)
{
	text(TEXT_DOCUMENT(
		     "<text:p>138<text:span text:style-name=\"T1\">1234</text:span>5678</text:p>"
		     "<text:h>head</text:h><text:p>a<text:s "
		     "text:c=\"2\"/>b<text:tab/>c<text:line-break/>d"
		     "</text:p>"),
	     "13812345678\nhead\na  b\tc\nd\n");
	text(TEXT_DOCUMENT(
		     "<text:p>138<office:annotation><dc:creator>who</dc:creator><text:p>says</"
		     "text:p>"
		     "</office:annotation>1234<text:note><text:note-citation>1</text:note-citation>"
		     "<text:note-body><text:p>foot</text:p></text:note-body></text:note>5678</"
		     "text:p>"),
	     "13812345678\nwho\nsays\n1\nfoot\n");
	text(TEXT_DOCUMENT("<text:tracked-changes><text:changed-region><text:deletion><text:p>gone<"
			   "/text:p>"
			   "</text:deletion></text:changed-region></"
			   "text:tracked-changes><text:p>here</text:p>"),
	     "gone\nhere\n");
	text(TEXT_DOCUMENT("<text:p>x<draw:frame "
			   "draw:name=\"f\"><svg:title>alt</svg:title></draw:frame></text:p>"),
	     "xalt\nname: f\n");
}

static void odt__tables(void **state)
{
	text(TEXT_DOCUMENT("<table:table "
			   "table:name=\"t\"><table:table-row><table:table-cell><text:p>a</"
			   "text:p><text:p>b"
			   "</text:p></table:table-cell><table:table-cell><text:p>c</text:p></"
			   "table:table-cell>"
			   "</table:table-row></table:table><text:p>after</text:p>"),
	     "name: t\na b\tc\nafter\n");
}

static void ods__sheets(void **state)
{
	struct got_part *p;

	unpack("application/vnd.oasis.opendocument.spreadsheet",
	       SHEETS("<table:table table:name=\"first\"><table:table-row><table:table-cell "
		      "office:value-type=\"string\">"
		      "<text:p>name</text:p></table:table-cell><table:table-cell "
		      "table:number-columns-repeated=\"2\"/>"
		      "<table:table-cell office:value-type=\"float\" "
		      "office:value=\"1.10101199003071E+17\"><text:p>1.1E+17"
		      "</text:p></table:table-cell></table:table-row>"
		      "<table:table-row table:number-rows-repeated=\"1048576\"><table:table-cell "
		      "table:number-columns-repeated=\"16384\"><text:p>once</text:p></"
		      "table:table-cell>"
		      "<table:table-cell><text:p>last</text:p></table:table-cell></table:table-row>"
		      "<table:table-row><table:table-cell office:value-type=\"date\" "
		      "office:date-value=\"1990-03-07\">"
		      "<text:p>7.3.90</text:p><office:annotation><text:p>remark</text:p></"
		      "office:annotation>"
		      "</table:table-cell><table:table-cell "
		      "table:formula=\"of:=&quot;1122&quot;\"><text:p>13</text:p>"
		      "<text:p>8</text:p></table:table-cell></table:table-row></table:table>"
		      "<table:table "
		      "table:name=\"second\"><table:table-row><table:covered-table-cell/"
		      "><table:table-cell>"
		      "<text:p>two</text:p></table:table-cell></table:table-row></table:table>"),
	       "<manifest:manifest/>");
	assert_string_equal(got->type, "application/x-ods");
	p = got_find(got, "content.xml", WEIR_PART_TABLE);
	assert_non_null(p);
	assert_string_equal(p->text.data,
			    "name\t\t\t110101199003071000\nonce\tlast\n1990-03-07\t13 8\n");
	assert_true(got_has(got, "name: first\n"));
	assert_true(got_has(got, "remark\n"));
	assert_true(got_has(got, "of:=\"1122\"\n"));
	assert_true(got_has(got, "\ttwo\n"));
	assert_true(got_has(got, "name: second\n"));
}

static void odf__flat(void **state)
{
	static const char document[] =
		"<?xml version=\"1.0\"?><office:document><office:body><office:text><text:p>138"
		"<text:span>1234</text:span></text:p></office:text></office:body></"
		"office:document>";

	assert_int_equal(unpack_memory(got, document, sizeof(document) - 1), 0);
	assert_true(got_has(got, "1381234\n"));
}

static void odf__encrypted(void **state)
{
	unpack("application/vnd.oasis.opendocument.text", "\x8f\x13\x9a random",
	       "<manifest:manifest><manifest:file-entry><manifest:encryption-data/></"
	       "manifest:file-entry>"
	       "</manifest:manifest>");
	assert_non_null(got_gapped(got, "encrypted"));
	assert_int_equal(got_gapped(got, "encrypted")->status, WEIR_SCAN_UNSCANNABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(odt__paragraphs_and_spans),
		cmocka_unit_test(odt__tables),
		cmocka_unit_test(ods__sheets),
		cmocka_unit_test(odf__flat),
		cmocka_unit_test(odf__encrypted),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
