/* SPDX-License-Identifier: Apache-2.0 */
#include "xml.h"

#include "block.h"
#include "flow.h"
#include "helper.h"
#include "number.h"

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

/* The text that the only part of a document has. */
static const char *text_of(const char *document)
{
	assert_int_equal(unpack_memory(got, document, strlen(document)), 0);
	assert_int_equal(got->gaps_count, 0);
	assert_int_equal(got->parts_count, 1);
	assert_int_equal(got->parts[0].form, WEIR_PART_TEXT);
	return got->parts[0].text.data;
}

static void html(const char *body, const char *expected)
{
	char document[4096];

	(void)snprintf(document, sizeof(document), "<!DOCTYPE html><html><body>%s</body></html>",
		       body);
	assert_string_equal(text_of(document), expected);
}

static void html__inline_elements_join(void **state)
{
	html("<p>138<b>1234</b>5678</p>", "13812345678\n");
	html("<p>138<span class=\"a\">1234</span><font color=red>5678</font></p>", "13812345678\n");
	html("138<!-- a comment -->1234<wbr>5678", "13812345678\n a comment \n");
	html("<p>one</p><p>two</p>", "one\ntwo\n");
	html("one<br>two<hr/>three", "one\ntwo\nthree\n");
	html("<p>a\n  line of\r\n\ttext </p>", "a line of text\n");
	html("<b>a</b> <i>b</i>\n<i>c</i>", "a b c\n");
	html("<PRE>a\nb</PRE>c", "a\nb\nc\n");
}

/* The same page in both orders of bytes, with a mark and without. */
static void html__utf16(void **state)
{
	static const char page[] = "<html><body><p>138<b>1234</b>5678</p>\x2d\x4e</body></html>";

	for (unsigned form = 0; form < 4; form++) {
		uint8_t wide[256];
		size_t n = 0;

		for (size_t i = form < 2; i < sizeof(page); i++) {
			uint16_t unit = i == 0 ? 0xfeff : (uint8_t)page[i - 1];

			wide[n++] = (uint8_t)(form & 1 ? unit >> 8 : unit);
			wide[n++] = (uint8_t)(form & 1 ? unit : unit >> 8);
		}
		assert_int_equal(unpack_memory(got, wide, n), 0);
		assert_string_equal(got->type, "text/html");
		assert_int_equal(got->gaps_count, 0);
		assert_string_equal(got->parts[0].text.data, "13812345678\n-N\n");
	}
}

static void html__rows_have_tabs(void **state)
{
	html("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td></td><td>3</td></tr></table>x",
	     "a\tb\n1\t\t3\nx\n");
	html("<table>\n<tr>\n<td><p>1</p><p>2</p></td>\n<td> <p>3</p> </td></tr></table>",
	     "1 2\t3\n");
	html("<table><tr><td>no<td>ends<tr><td>at<td>all</table>", "no\tends\nat\tall\n");
	html("<table><tr><td>out<table><tr><td>in</td></tr></table></td></tr></table>",
	     "out\nin\n");
}

static void html__attributes_and_code(void **state)
{
	html("<input name=\"id\" value='a &amp; b' class=x><p title=t>y</p>",
	     "name: id\tvalue: a & b\ny\ntitle: t\n");
	html("<i data-no=7>1</i>2", "12\ndata-no: 7\n");
	html("<td style=\"color:red\" id=\"c12345678\">1</td>", "1\nid: c12345678\n");
	html("a<script>if (1 < 2) { s = \"<b>\"; }</script>b",
	     "a\nif (1 < 2) { s = \"<b>\"; }\nb\n");
	html("<style>p > a {}</STYLE>z", "p > a {}\nz\n");
}

static void html__entities(void **state)
{
	html("&#49;&#x33;8&#49 2&lt;&amp;&nbsp;&copy;&unknown;&",
	     "1381 2<&\u00a0\u00a9&unknown;&\n");
	html("&#0;&#xd800;&#x110000;&#99999999999;", "&#0;&#xd800;&#x110000;&#99999999999;\n");
	html("&#128512;&#x4e2d;", "\U0001f600\u4e2d\n");
}

/* A cell that holds a page is no cell of a table: its blocks are lines. */
static void html__long_cells_are_pages(void **state)
{
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1 << 20);

	assert_int_equal(weir_buf_puts(&b, "<html><table><tr><td>"), 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(weir_buf_printf(&b, "<p>paragraph %d of a page", i), 0);
	assert_int_equal(weir_buf_puts(&b, "</td></tr></table>"), 0);
	assert_int_equal(unpack_memory(got, b.data, b.len), 0);
	assert_true(got_has(got, "paragraph 0 of a page paragraph 1 of a page"));
	assert_true(got_has(got, "\nparagraph 98 of a page\nparagraph 99 of a page\n"));
}

/* Comments, and attributes by the thousand, come out whole and never inside a number. */
static void html__much_beside_the_text(void **state)
{
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(8 << 20);

	assert_int_equal(weir_buf_puts(&b, "<html><p>138<!--"), 0);
	for (int i = 0; i < 30000; i++)
		assert_int_equal(weir_buf_printf(&b, "c%05d\n", i), 0);
	assert_int_equal(weir_buf_puts(&b, "--></p><p>138"), 0);
	for (int i = 0; i < 30000; i++)
		assert_int_equal(
			weir_buf_printf(&b, "<i title=\"t%05d\">%s", i, i < 9000 ? "x" : ""), 0);
	assert_int_equal(weir_buf_puts(&b, "1234"), 0);
	assert_int_equal(unpack_memory(got, b.data, b.len), 0);
	for (int i = 0; i < 30000; i += 271) {
		char line[32];

		(void)snprintf(line, sizeof(line), "c%05d\n", i);
		assert_true(got_has(got, line));
		(void)snprintf(line, sizeof(line), "title: t%05d\n", i);
		assert_true(got_has(got, line));
	}
}

/* What reading gave before it failed has been searched, and a gap says the rest. */
static ssize_t read_then_fail(void *context, void *data, size_t len, uint64_t offset)
{
	static const char text[] = "<html><p>before</p>";

	if (offset >= sizeof(text) - 1)
		return -EBADMSG;
	len = WEIR_MIN(len, (size_t)(sizeof(text) - 1 - offset));
	memcpy(data, text + offset, len);
	return (ssize_t)len;
}

static void xml__reading_fails(void **state)
{
	struct weir_bytes bytes = {.read_at = read_then_fail, .size = UINT64_MAX};

	assert_int_equal(unpack_plain(got, &bytes), 0);
	assert_true(got_has(got, "before\n"));
	assert_non_null(got_gapped(got, "damaged"));
}

/* The sink's word ends it, at whatever call. */
static void xml__sink_ends_it(void **state)
{
	static const char document[] = "<html><table><tr><td title=x>a<td>b</table><!-- c -->";
	int r = -ECANCELED;

	for (int after = 1; r == -ECANCELED; after++) {
		assert_true(after < 50);
		got->fail_after = after;
		r = unpack_with(got, document, sizeof(document) - 1, NULL, NULL, 0, false);
	}
	assert_int_equal(r, 0);
}

/* What is no markup is text. */
static void html__damaged(void **state)
{
	html("1 < 2 <3 <", "1 < 2 <3 <\n");
	html("<p title=\"a>b\">c</p>", "c\ntitle: a>b\n");
	html("<p title=it's>c</p>", "c\ntitle: it's\n");
	html("x<b y<i>z", "x<b yz\n");
	assert_string_equal(text_of("<html><p>a<b"), "a<b\n");
	assert_string_equal(text_of("<html><p>a<b title=\"x"), "a<b title=\"x\n");
	assert_string_equal(text_of("<html><p>a<!-- b"), "a\n b\n");
	assert_string_equal(text_of("<html><p>a</"), "a</\n");
	assert_string_equal(text_of("<html>a<![CDATA[<b>&amp;]]>c"), "a<b>&amp;c\n");
}

static void xml__names_stay_with_values(void **state)
{
	assert_string_equal(
		text_of("<?xml "
			"version=\"1.0\"?><list><c><idNo>11</idNo><n:name>x</n:name></c></list>"),
		"idNo: 11\nname: x\n");
	assert_string_equal(text_of("<?xml?><a><row id=\"1\" tel='2'/><row id=\"3\"/></a>"),
			    "id: 1\ttel: 2\nid: 3\n");
	assert_string_equal(text_of("<?xml?><a>138<x>1234</x>5678<y/>9</a>"), "a: 138123456789\n");
	assert_string_equal(text_of("<?xml?><a><![CDATA[1&<]]></a>"), "a: 1&<\n");
	assert_string_equal(text_of("<?xml?><svg><text "
				    "x=\"1\"><tspan>138</tspan><tspan>1234</tspan></text></svg>"),
			    "x: 1\ntext: 1381234\n");
}

static void xml__no_entity_grows(void **state)
{
	const char *text = text_of("<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY l \"lol@\">"
				   "<!ENTITY m \"&l;&l;&l;\">]><a>&m;&l;</a>");

	assert_non_null(strstr(text, "&m;&l;"));
	assert_non_null(strstr(text, "lol@"));
	assert_null(strstr(text, "lol@lol"));
}

static void xml__other_charsets(void **state)
{
	static const char wide[] = "\xff\xfe<\0a\0>\0\x61\x67\x1f\x52<\0/\0a\0>\0";
	static const char gbk[] =
		"<?xml version=\"1.0\" encoding=\"GB2312\"?><a><b>\xc0\xee\xcb\xc4"
		"\xbf\xcd\xbb\xa7</b></a>";
	struct weir_memory memory = {(const uint8_t *)wide, sizeof(wide) - 1};
	struct weir_bytes bytes = weir_bytes_of(&memory);
	struct weir_xml x;
	struct weir_xml_token t;

	assert_int_equal(weir_xml_init(&x), 0);
	weir_xml_open(&x, NULL, &bytes, 0);
	assert_int_equal(weir_xml_next(&x, &t), WEIR_XML_START);
	assert_int_equal(weir_xml_next(&x, &t), WEIR_XML_TEXT);
	assert_true(weir_xml_is(t.data, t.len, "\u6761\u521f"));
	assert_int_equal(weir_xml_next(&x, &t), WEIR_XML_END);
	assert_int_equal(weir_xml_next(&x, &t), 0);
	weir_xml_done(&x);
	assert_int_equal(unpack_memory(got, gbk, sizeof(gbk) - 1), 0);
	assert_true(got_has(got, "b: \u674e\u56db\u5ba2\u6237\n"));
}

/* The same however it is cut, also where a token is larger than what is held. */
static void xml__any_pieces(void **state)
{
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(8 << 20);
	char *whole _cleanup_(freep) = NULL;
	static const size_t cuts[] = {1, 7, 4096, 65535, 65536, 65537};
	size_t len;

	assert_int_equal(weir_buf_puts(&b, "<html><body>"), 0);
	for (int i = 0; i < 9000; i++)
		assert_int_equal(weir_buf_printf(&b, "<p class=c%d>%d&amp;<b title=\"%d\">%d</b>",
						 i, i, i * 7, i),
				 0);
	assert_int_equal(weir_buf_puts(&b, "<img src=\"data:"), 0);
	for (int i = 0; i < 20000; i++)
		assert_int_equal(weir_buf_printf(&b, "%08d", i), 0);
	assert_int_equal(weir_buf_puts(&b, "\">end<p>"), 0);
	for (int i = 0; i < 20000; i++)
		assert_int_equal(weir_buf_printf(&b, "&#%d;word ", 65 + i % 26), 0);
	assert_int_equal(unpack_memory(got, b.data, b.len), 0);
	len = got->parts[0].text.len;
	whole = malloc(len);
	assert_non_null(whole);
	memcpy(whole, got->parts[0].text.data, len);
	assert_true(got_has(got, "\n8998&8998\ntitle: 62986\n"));
	assert_true(got_has(got, "0000000000000001"));
	assert_true(got_has(got, "0001999800019999\">end\n"));
	assert_true(got_has(got, "Aword Bword Cword"));
	assert_false(got_has(got, "&#"));
	for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
		assert_int_equal(unpack_with(got, b.data, b.len, NULL, NULL, cuts[i], true), 0);
		assert_int_equal(got->parts[0].text.len, len);
		assert_memory_equal(got->parts[0].text.data, whole, len);
	}
}

/* Scanned in time that grows with its length alone: these take hours otherwise. */
static void xml__no_slow_input(void **state)
{
	static const char *const units[] = {
		"<a ",	     "<a b=\"",	 "<a \"=\"", "</ ", "<!--",	 "<a b='\"=", "&",
		"<![CDATA[", "<script>", "<p>",	     "</p", "<a b=\"'>", "<?",	      "&#"};
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(4 << 20);

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		weir_buf_clear(&b);
		assert_int_equal(weir_buf_puts(&b, "<html>"), 0);
		while (b.len < (1 << 20))
			assert_int_equal(weir_buf_puts(&b, units[i]), 0);
		assert_int_equal(unpack_memory(got, b.data, b.len), 0);
	}
}

static void xml__tokens(void **state)
{
	static const char document[] = "<w:t xml:space=\"preserve\" n=1 e/>x&y\t<br/></w:t >";
	struct weir_memory memory = {(const uint8_t *)document, sizeof(document) - 1};
	struct weir_bytes bytes = weir_bytes_of(&memory);
	struct weir_xml x;
	struct weir_xml_token t;
	struct weir_xml_attr a;

	assert_int_equal(weir_xml_init(&x), 0);
	weir_xml_open(&x, NULL, &bytes, 0);
	assert_int_equal(weir_xml_next(&x, &t), WEIR_XML_START);
	assert_true(t.key == WEIR_XML_KEY('t') && t.len == 1 && t.prefix_len == 1);
	assert_int_equal(t.flags, WEIR_XML_EMPTY);
	assert_true(weir_xml_attr(&t, &a));
	assert_true(weir_xml_is(a.name, a.name_len, "space"));
	assert_true(weir_xml_is(a.prefix, a.prefix_len, "xml"));
	assert_true(weir_xml_is(a.value, a.len, "preserve"));
	assert_true(weir_xml_attr(&t, &a));
	assert_true(a.len == 1 && *a.value == '1');
	assert_true(weir_xml_attr(&t, &a));
	assert_true(*a.name == 'e' && a.len == 0);
	assert_false(weir_xml_attr(&t, &a));
	assert_int_equal(weir_xml_next(&x, &t), WEIR_XML_TEXT);
	assert_int_equal(t.flags, WEIR_XML_AMP | WEIR_XML_CTRL | WEIR_XML_INK);
	assert_true(weir_xml_is(t.data, t.len, "x&y\t"));
	assert_int_equal(weir_xml_next(&x, &t), WEIR_XML_START);
	assert_int_equal(weir_xml_next(&x, &t), WEIR_XML_END);
	assert_true(t.key == WEIR_XML_KEY('t'));
	assert_int_equal(weir_xml_next(&x, &t), 0);
	weir_xml_done(&x);
}

static void number(const char *in, const char *expanded)
{
	char out[WEIR_NUMBER_TEXT];
	size_t n = weir_number_expand((const uint8_t *)in, strlen(in), out);

	assert_int_equal(n, strlen(expanded));
	assert_memory_equal(out, expanded, n);
}

static void date(const char *in, bool from1904, const char *expected)
{
	char out[WEIR_NUMBER_TEXT];
	size_t n = weir_number_date((const uint8_t *)in, strlen(in), from1904, out);

	assert_int_equal(n, strlen(expected));
	assert_memory_equal(out, expected, n);
}

static void number__expands_exponents(void **state)
{
	number("1.10101199003071E+17", "110101199003071000");
	number("-6.2E+1", "-62");
	number("1.2345E2", "123.45");
	number("1E3", "1000");
	number("12345678901234567", "");
	number("1.5E-3", "");
	number("1E+99", "");
	number("1E", "");
	number("E5", "");
	number("1.5E+3x", "");
}

static void number__dates(void **state)
{
	date("1", false, "1900-01-01");
	date("59", false, "1900-02-28");
	date("61", false, "1900-03-01");
	date("25569", false, "1970-01-01");
	date("44561.5", false, "2021-12-31 12:00:00");
	date("24107", true, "1970-01-01");
	date("2958465", false, "9999-12-31");
	date("2958466", false, "");
	date("0.5", false, "");
	date("13812345678", false, "");
	date("-5", false, "");
	assert_true(weir_number_date_id(14) && weir_number_date_id(31) && !weir_number_date_id(49));
	assert_true(weir_number_date_code((const uint8_t *)"yyyy\\-mm", 8));
	assert_true(weir_number_date_code((const uint8_t *)"[$-804]d/m", 10));
	assert_false(weir_number_date_code((const uint8_t *)"[Red]0.00", 9));
	assert_false(weir_number_date_code((const uint8_t *)"0\"day\"", 6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(html__inline_elements_join),
		cmocka_unit_test(html__utf16),
		cmocka_unit_test(html__rows_have_tabs),
		cmocka_unit_test(html__attributes_and_code),
		cmocka_unit_test(html__entities),
		cmocka_unit_test(html__damaged),
		cmocka_unit_test(html__long_cells_are_pages),
		cmocka_unit_test(html__much_beside_the_text),
		cmocka_unit_test(xml__reading_fails),
		cmocka_unit_test(xml__sink_ends_it),
		cmocka_unit_test(xml__names_stay_with_values),
		cmocka_unit_test(xml__no_entity_grows),
		cmocka_unit_test(xml__other_charsets),
		cmocka_unit_test(xml__any_pieces),
		cmocka_unit_test(xml__no_slow_input),
		cmocka_unit_test(xml__tokens),
		cmocka_unit_test(number__expands_exponents),
		cmocka_unit_test(number__dates),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
