/* SPDX-License-Identifier: Apache-2.0 */
#include "pack.h"

#define CONTENT_TYPES                                                                           \
	"<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/" \
	"content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>"
#define W(body)                                                                             \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document xmlns:w=\"w\"><w:body>" body \
	"</w:body></w:document>"
#define P(body) "<w:p><w:pPr><w:pStyle w:val=\"a\"/></w:pPr>" body "</w:p>"
#define R(text)                                                                                  \
	"<w:r><w:rPr><w:rFonts w:ascii=\"x\"/><w:sz w:val=\"21\"/></w:rPr><w:t>" text "</w:t></" \
	"w:r>"
#define DEL(text) \
	"<w:del w:id=\"1\" w:author=\"x\"><w:r><w:delText>" text "</w:delText></w:r></w:del>"
#define INS(text) "<w:ins w:id=\"1\" w:author=\"x\">" R(text) "</w:ins>"
#define SHEET(rows) \
	"<worksheet><dimension ref=\"A1:C3\"/><sheetData>" rows "</sheetData></worksheet>"

struct part {
	const char *name, *text;
};

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

static void pack(struct weir_buf *b, const struct part *parts, size_t count)
{
	struct make_zip_member members[16] = {{.name = "[Content_Types].xml",
					       .data = CONTENT_TYPES,
					       .len = sizeof(CONTENT_TYPES) - 1,
					       .method = 8}};

	assert_true(count < 16);
	for (size_t i = 0; i < count; i++)
		members[i + 1] = (struct make_zip_member){.name = parts[i].name,
							  .data = parts[i].text,
							  .len = strlen(parts[i].text),
							  .method = 8};
	make_zip(b, members, count + 1, NULL);
}

static void unpack(const struct part *parts, size_t count, const struct weir_unpack_limits *limits)
{
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);

	pack(&b, parts, count);
	assert_int_equal(unpack_with(got, b.data, b.len, limits, NULL, 0, false), 0);
}

static void assert_part(const char *path, int form, const char *text)
{
	struct got_part *p = got_find(got, path, form);

	assert_non_null(p);
	assert_string_equal(p->text.data, text);
}

static void document(const char *xml, const char *expected)
{
	struct part part = {"word/document.xml", xml};

	unpack(&part, 1, NULL);
	assert_string_equal(got->type, "application/x-docx");
	assert_int_equal(got->gaps_count, 0);
	assert_part("word/document.xml", WEIR_PART_TEXT, expected);
}

static void docx__runs_join(void **state)
{
	document(W(P(R("138") R("1234") R("5678")) P(R("next"))), "13812345678\nnext\n");
	document(W(P(R("138") "<w:proofErr w:type=\"x\"/><w:bookmarkStart w:id=\"1\" "
			      "w:name=\"_a\"/>" R("1234"))),
		 "1381234\nname: _a\n");
	document(W(P("<w:r><w:t xml:space=\"preserve\">a </w:t></w:r>\n" R("&lt;b"))), "a <b\n");
	document(W(P(R("a") "<w:r><w:tab/></w:r>" R("b") "<w:r><w:br/></w:r>" R("c"))),
		 "a\tb\nc\n");
	document(W(P(R("1") "<w:r><w:noBreakHyphen/></w:r><w:r><w:sym w:font=\"S\" "
			    "w:char=\"F032\"/></w:r>")),
		 "1-2\n");
}

static void docx__tables(void **state)
{
	document(W("<w:tbl><w:tr><w:tc>" P(R("name")) "</w:tc><w:tc>" P(R("a"))
			   P(R("b")) "</w:tc></w:tr><w:tr><w:tc>" P("") "</w:tc><w:tc>" P(
				   R("c")) "</w:tc></w:tr></w:tbl>" P(R("after"))),
		 "name\ta b\n\tc\nafter\n");
}

static void docx__beside_the_text(void **state)
{
	document(W(P(R("138") "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText> "
			      "HYPER</w:instrText></w:r><w:r><w:instrText>LINK \"mailto:a\""
			      "</w:instrText></w:r>" R("1234"))),
		 "1381234\n HYPERLINK \"mailto:a\"\n");
	document(W(P(R("x") "<w:drawing><wp:docPr id=\"1\" name=\"n\" descr=\"said of it\"/>"
			    "</w:drawing>" R("y"))),
		 "xy\nname: n\tdescr: said of it\n");
	document(W(P(R("out") "<w:r><w:pict><v:textbox><w:txbxContent>" P(
			 R("in")) "</w:txbxContent></v:textbox></w:pict></w:r>" R("on"))),
		 "out\nin\non\n");
}

/* The text as it is now on its line, as it was on the next. */
static void docx__tracked_changes(void **state)
{
	document(W(P(R("138") DEL("0000") INS("1234") R("5678"))), "13812345678\n13800005678\n");
	document(W(P(INS("new") R("old"))), "newold\n");
	document(W(P("<w:pPr><w:rPr><w:del w:id=\"1\"/></w:rPr></w:pPr>" R("a")) P(R("b"))),
		 "a\nb\n");
	document(W(P("<w:moveFrom w:id=\"1\">" R("moved") "</w:moveFrom>") P(R("b"))),
		 "moved\nb\n");
}

static void docx__every_part(void **state)
{
	static const struct part parts[] = {
		{"word/document.xml", W(P(R("body")))},
		{"word/header1.xml", "<w:hdr>" P(R("12") R("34")) "</w:hdr>"},
		{"word/comments.xml", "<w:comments><w:comment w:author=\"who\">" P(
					      R("said")) "</w:comment></w:comments>"},
		{"docProps/custom.xml",
		 "<Properties><property "
		 "name=\"idNo\"><vt:lpwstr>7788</vt:lpwstr></property></Properties>"},
		{"customXml/item1.xml", "<c><idNo>99</idNo></c>"},
		{"word/media/note.txt", "plain bytes"},
		{"word/embeddings/data.xml", "no markup, 42"},
		{"word/_rels/document.xml.rels",
		 "<Relationships><Relationship Target=\"mailto:x@y\"/></Relationships>"},
	};

	unpack(parts, ARRAY_SIZE(parts), NULL);
	assert_part("word/document.xml", WEIR_PART_TEXT, "body\n");
	assert_part("word/header1.xml", WEIR_PART_TEXT, "1234\n");
	assert_true(got_has(got, "author: who"));
	assert_true(got_has(got, "name: idNo\nlpwstr: 7788\n"));
	assert_true(got_has(got, "idNo: 99\n"));
	assert_true(got_has(got, "Target: mailto:x@y\n"));
	assert_part("word/media/note.txt", WEIR_PART_BYTES, "plain bytes");
	/* goes by its bytes, not by its name */
	assert_non_null(got_find(got, "word/embeddings/data.xml", WEIR_PART_BYTES));
}

static void docx__utf16_part(void **state)
{
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	static const char *const narrow = W(P(R("138") R("1234")));
	char wide[2048] = "\xff\xfe";
	struct make_zip_member members[] = {
		{.name = "[Content_Types].xml",
		 .data = CONTENT_TYPES,
		 .len = sizeof(CONTENT_TYPES) - 1},
		{.name = "word/document.xml",
		 .data = wide,
		 .len = 2 + 2 * strlen(narrow),
		 .method = 8},
	};

	for (size_t i = 0; narrow[i]; i++)
		wide[2 + 2 * i] = narrow[i];
	make_zip(&b, members, 2, NULL);
	assert_int_equal(unpack_memory(got, b.data, b.len), 0);
	assert_part("word/document.xml", WEIR_PART_TEXT, "1381234\n");
}

static void pptx__slides(void **state)
{
	static const struct part parts[] = {
		{"ppt/presentation.xml", "<p:presentation/>"},
		{"ppt/slides/slide1.xml",
		 "<p:sld><p:sp><p:cNvPr id=\"2\" name=\"Title\"/><a:p><a:r><a:rPr "
		 "lang=\"x\"/><a:t>138</a:t></a:r>"
		 "<a:r><a:t>1234</a:t></a:r></a:p></p:sp><a:tbl><a:tr><a:tc><a:p><a:r><a:t>a</"
		 "a:t></a:r>"
		 "</a:p></a:tc><a:tc><a:p><a:r><a:t>b</a:t></a:r></a:p></a:tc></a:tr></a:tbl></"
		 "p:sld>"},
		{"ppt/notesSlides/notesSlide1.xml",
		 "<p:notes><a:p><a:r><a:t>a note</a:t></a:r></a:p></p:notes>"},
		{"ppt/comments/comment1.xml",
		 "<p:cmLst><p:cm authorId=\"0\"><p:text>a word</p:text></p:cm></p:cmLst>"},
	};

	unpack(parts, ARRAY_SIZE(parts), NULL);
	assert_string_equal(got->type, "application/x-pptx");
	assert_part("ppt/slides/slide1.xml", WEIR_PART_TEXT, "name: Title\n1381234\na\tb\n");
	assert_part("ppt/notesSlides/notesSlide1.xml", WEIR_PART_TEXT, "a note\n");
	assert_part("ppt/comments/comment1.xml", WEIR_PART_TEXT, "a word\n");
}

static const char workbook[] = "<workbook><workbookPr/><sheets><sheet name=\"shown\" "
			       "sheetId=\"1\"/><sheet name=\"not shown\" "
			       "state=\"hidden\"/></sheets><definedNames><definedName "
			       "name=\"n\">\"kept\"</definedName></definedNames>"
			       "</workbook>";
static const char strings[] =
	"<sst "
	"count=\"3\"><si><t>name</t></si><si><r><t>13</t></r><r><rPr><b/></rPr><t>8</t></r></si>"
	"<si><t>x</t><rPh sb=\"0\" eb=\"1\"><t>said</t></rPh></si><si/><si><t>never "
	"&amp;\nshown</t></si></sst>";
static const char styles[] = "<styleSheet><numFmts><numFmt numFmtId=\"164\" "
			     "formatCode=\"yyyy&quot;y&quot;m\"/></numFmts>"
			     "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf "
			     "numFmtId=\"0\"/><xf numFmtId=\"14\"/>"
			     "<xf numFmtId=\"164\"/></cellXfs></styleSheet>";

static void sheet_once(const char *xml, const char *table)
{
	const struct part parts[] = {
		/* the sheet comes before what it needs */
		{"xl/worksheets/sheet1.xml", xml},
		{"xl/workbook.xml", workbook},
		{"xl/sharedStrings.xml", strings},
		{"xl/styles.xml", styles},
	};

	unpack(parts, ARRAY_SIZE(parts), NULL);
	assert_string_equal(got->type, "application/x-xlsx");
	assert_int_equal(got->gaps_count, 0);
	assert_part("xl/worksheets/sheet1.xml", WEIR_PART_TABLE, table);
}

/* Twice: rows far from the end are read in a quicker way. */
static void sheet(const char *xml, const char *table)
{
	const char *end = strstr(xml, "row></");
	char far[4096];

	assert_non_null(end);
	(void)snprintf(far, sizeof(far), "%.*s%400s%s", (int)(end + 4 - xml), xml, "", end + 4);
	sheet_once(far, table);
	sheet_once(xml, table);
}

static void xlsx__cells(void **state)
{
	sheet(SHEET("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"C1\" "
		    "t=\"s\"><v>1</v></c></row>"
		    "<row r=\"2\" hidden=\"1\"><c r=\"B2\"><v>1.10101199003071E+17</v></c></row>"
		    "<row r=\"5\"/><row r=\"6\"><c r=\"A6\" s=\"1\"/><c r=\"B6\" "
		    "t=\"inlineStr\"><is><r><t>in</t></r>"
		    "<r><t>line</t></r></is></c><c t=\"b\"><v>1</v></c></row>"),
	      "name\t\t138\n\t110101199003071000\n\tinline\t1\n");
	sheet(SHEET("<row><c s=\"1\"><v>32933</v></c><c s=\"2\"><v>32933.5</v></c><c "
		    "s=\"0\"><v>32933</v></c>"
		    "<c s=\"9\"><v>1</v></c><c t=\"s\"><v>2</v></c><c t=\"s\"><v>77</v></c></row>"),
	      "1990-03-01\t1990-03-01 12:00:00\t32933\t1\tx said\t\n");
	sheet(SHEET("<row><c r=\"A1\"><v>1</v></c><c r=\"XFD1\"><v>2</v></c></row>"
		    "<row><c r=\"C1\" t=\"str\"><v>a\tb\nc</v></c><c r=\"A1\"><v>3</v></c></row>"),
	      "1\t2\n\t\ta b c\t3\n");
	assert_true(got_has(got, "never & shown\n"));
	assert_true(got_has(got, "name: not shown\t"));
	assert_true(got_has(got, "definedName: \"kept\"\n"));
}

/* What looks like the usual cell but is not quite. */
static void xlsx__odd_cells(void **state)
{
	sheet(SHEET("<row><c r=\"A1\" s=\"1\"/><c r=\"B1\" t=\"s\"><v>0</v><x/></c><c r=\"C1\" "
		    "t=\"s\" s=\"1\"><v></v></c>"
		    "<c r=\"D1\" cm=\"1\"><v>4</v></c><c r=\"E1\" t=\"str\"><v>a&amp;b</v></c><c "
		    "r=\"F1\" t=\"e\"><v>#N/A</v>"
		    "</c></row>"),
	      "\tname\t\t4\ta&b\t#N/A\n");
	sheet(SHEET("<row><c r=\"AA1\"><v>27</v></c><c r=\"XFE1\"><v>28</v></c><c "
		    "r=\"B1\"><v>2</v></c></row>"),
	      "\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t27\t28\t2\n");
	sheet(SHEET("<row><c r=\"A1\" t=\"n\" s=\"1\"><v>32933</v></c><c r=\"B1\"><v>1<!-- "
		    "-->2</v></c><c r=\"C1\" t=\"str\">"
		    "<v>0123456789012345678901234567890123456789012345678901234567890123456789</"
		    "v></c></row>"),
	      "1990-03-"
	      "01\t12\t0123456789012345678901234567890123456789012345678901234567890123456789\n");
}

static void xlsx__prefixed_and_strict(void **state)
{
	sheet("<?xml version=\"1.0\"?><x:worksheet xmlns:x=\"m\"><x:sheetData><x:row r=\"1\"><x:c "
	      "r=\"B1\" t=\"s\">"
	      "<x:v>0</x:v></x:c></x:row></x:sheetData></x:worksheet>",
	      "\tname\n");
}

static void xlsx__beside_the_cells(void **state)
{
	struct got_part *p;

	sheet("<worksheet><sheetData><row><c><f>A1+B1</f><v>3</v></c><c "
	      "t=\"str\"><f>\"11\"&amp;\"22\"</f><v>1122</v></c>"
	      "</row></sheetData><hyperlinks><hyperlink ref=\"A1\" display=\"shown "
	      "so\"/></hyperlinks>"
	      "<headerFooter><oddHeader>&amp;Lhead</oddHeader></headerFooter></worksheet>",
	      "3\t1122\n");
	p = got_find(got, "xl/worksheets/sheet1.xml", WEIR_PART_TEXT);
	assert_non_null(p);
	assert_string_equal(p->text.data, "\"11\"&\"22\"\ndisplay: shown so\n&Lhead\n");
}

static void xlsx__other_names_by_type(void **state)
{
	static const struct part parts[] = {
		{"xl/worksheets/s.xml",
		 SHEET("<row><c t=\"s\"><v>0</v></c><c s=\"1\"><v>32933</v></c></row>")},
		{"xl/workbook.xml", "<workbook><workbookPr date1904=\"1\"/></workbook>"},
		{"xl/words.xml", strings},
		{"xl/looks.xml", styles},
	};
	static const char types[] =
		"<Types><Override PartName=\"/xl/words.xml\" ContentType=\"x.sharedStrings+xml\"/>"
		"<Override PartName=\"/xl/looks.xml\" "
		"ContentType=\"x.spreadsheetml.styles+xml\"/></Types>";
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	struct make_zip_member members[5] = {
		{.name = "[Content_Types].xml", .data = types, .len = sizeof(types) - 1}};

	for (size_t i = 0; i < 4; i++)
		members[i + 1] = (struct make_zip_member){
			.name = parts[i].name, .data = parts[i].text, .len = strlen(parts[i].text)};
	make_zip(&b, members, 5, NULL);
	assert_int_equal(unpack_memory(got, b.data, b.len), 0);
	assert_part("xl/worksheets/s.xml", WEIR_PART_TABLE, "name\t1994-03-02\n");
}

/* Sheets are what their type says, whatever their name. */
static void xlsx__sheets_by_type(void **state)
{
	static const char types[] =
		"<Types><Default Extension=\"xml\" ContentType=\"x.sheet.main+xml\"/>"
		"<Default Extension=\"dat\" ContentType=\"x.worksheet+xml\"/>"
		"<Override PartName=\"/xl/second.bin\" ContentType=\"x.macrosheet+xml\"/></Types>";
	static const char sheet[] = SHEET("<row><c t=\"s\"><v>0</v></c><c><v>138</v></c></row>");
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	struct make_zip_member members[] = {
		{.name = "[Content_Types].xml", .data = types, .len = sizeof(types) - 1},
		{.name = "xl/first.dat", .data = sheet, .len = sizeof(sheet) - 1},
		{.name = "xl/second.bin", .data = sheet, .len = sizeof(sheet) - 1},
		{.name = "xl/third.bin", .data = sheet, .len = sizeof(sheet) - 1},
		{.name = "xl/workbook.xml", .data = workbook, .len = sizeof(workbook) - 1},
		{.name = "xl/sharedStrings.xml", .data = strings, .len = sizeof(strings) - 1},
	};

	make_zip(&b, members, ARRAY_SIZE(members), NULL);
	assert_int_equal(unpack_memory(got, b.data, b.len), 0);
	assert_int_equal(got->gaps_count, 0);
	assert_part("xl/first.dat", WEIR_PART_TABLE, "name\t138\n");
	assert_part("xl/second.bin", WEIR_PART_TABLE, "name\t138\n");
	assert_null(got_find(got, "xl/third.bin", WEIR_PART_TABLE));
	assert_non_null(got_find(got, "xl/third.bin", 0));
}

/* Beyond the limit strings are searched without their place, and a gap says so. */
static void xlsx__strings_beyond_the_limit(void **state)
{
	static const struct weir_unpack_limits limits = {.buffer = 100000};
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	struct part parts[] = {
		{"xl/sharedStrings.xml", NULL},
		{"xl/workbook.xml", workbook},
		{"xl/worksheets/sheet1.xml",
		 SHEET("<row><c t=\"s\"><v>5</v></c><c t=\"s\"><v>29999</v></c></row>")},
	};

	assert_int_equal(weir_buf_puts(&b, "<sst>"), 0);
	for (int i = 0; i < 30000; i++)
		assert_int_equal(weir_buf_printf(&b, "<si><t>s%d</t></si>", i), 0);
	assert_int_equal(weir_buf_puts(&b, "</sst>"), 0);
	parts[0].text = b.data;
	unpack(parts, ARRAY_SIZE(parts), &limits);
	assert_non_null(got_gapped(got, "shared strings"));
	assert_part("xl/worksheets/sheet1.xml", WEIR_PART_TABLE, "s5\t\n");
	assert_true(got_has(got, "\ns29999\n"));
	assert_true(got_has(got, "\ns4\ns6\n"));
	assert_false(got_has(got, "\ns5\n"));
}

/* One string and one formula without end. */
static void xlsx__endless_tokens(void **state)
{
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	static const struct weir_unpack_limits limits = {.buffer = 1 << 20};
	struct part parts[] = {
		{"xl/sharedStrings.xml", NULL},
		{"xl/worksheets/sheet1.xml", NULL},
	};

	assert_int_equal(weir_buf_puts(&b, "<worksheet><sheetData><row><c><f>"), 0);
	for (int i = 0; i < 300000; i++)
		assert_int_equal(weir_buf_printf(&b, "\"%06d\"", i), 0);
	parts[0].text = parts[1].text = b.data;
	unpack(parts, ARRAY_SIZE(parts), &limits);
	assert_true(got_has(got, "\"299999\""));
	b.data[1] = 's';
	memcpy(b.data, "<sst><si><t>", 12);
	unpack(parts, 1, &limits);
	assert_true(got_has(got, "\"299999\""));
	assert_non_null(got_gapped(got, "shared strings"));
	assert_non_null(got_find(got, "xl/sharedStrings.xml", WEIR_PART_TEXT));
}

static void xlsx__comments_and_caches(void **state)
{
	static const struct part parts[] = {
		{"xl/workbook.xml", workbook},
		{"xl/comments1.xml",
		 "<comments><authors><author>who</author></authors><commentList><comment "
		 "ref=\"A1\">"
		 "<text><r><rPr><sz "
		 "val=\"9\"/></rPr><t>138</t></r><r><t>1234</t></r></text></comment>"
		 "</commentList></comments>"},
		{"xl/threadedComments/t.xml",
		 "<ThreadedComments><threadedComment ref=\"A1\"><text>a "
		 "thread</text></threadedComment></ThreadedComments>"},
		{"xl/pivotCache/pivotCacheDefinition1.xml",
		 "<pivotCacheDefinition><sharedItems><s v=\"cached\"/><n "
		 "v=\"5\"/></sharedItems></pivotCacheDefinition>"},
		{"xl/connections.xml",
		 "<connections><connection><dbPr "
		 "connection=\"Server=x;Uid=y\"/></connection></connections>"},
	};

	unpack(parts, ARRAY_SIZE(parts), NULL);
	assert_part("xl/comments1.xml", WEIR_PART_TEXT, "who\n1381234\n");
	assert_true(got_has(got, "text: a thread\n"));
	assert_true(got_has(got, "v: cached\nv: 5\n"));
	assert_true(got_has(got, "connection: Server=x;Uid=y\n"));
}

/* A record of a binary workbook. */
static void record(struct weir_buf *b, unsigned type, const void *data, size_t len)
{
	if (type >= 0x80)
		put_le(b, (type & 0x7f) | 0x80, 1);
	put_le(b, type >= 0x80 ? type >> 7 : type, 1);
	put_le(b, (len & 0x7f) | 0x80, 1);
	put_le(b, len >> 7, 1);
	if (len > 0)
		put(b, data, len);
}

static void wide(struct weir_buf *b, const char *text)
{
	put_le(b, strlen(text), 4);
	for (; *text; text++)
		put_le(b, (uint8_t)*text, 2);
}

static void binary_cell(struct weir_buf *b, unsigned type, unsigned column, unsigned style,
			const void *value, size_t len)
{
	struct weir_buf data _cleanup_(weir_buf_done) = WEIR_BUF_INIT(4096);

	put_le(&data, column, 4);
	put_le(&data, style, 4);
	put(&data, value, len);
	record(b, type, data.data, data.len);
}

static void make_binary(struct weir_buf *sheet, struct weir_buf *shared, struct weir_buf *looks)
{
	struct weir_buf data _cleanup_(weir_buf_done) = WEIR_BUF_INIT(4096);
	double big = 110101199003071000.0, day = 32933;

	for (int i = 0; i < 2; i++) {
		weir_buf_clear(&data);
		put_le(&data, 0, 1);
		wide(&data, i ? "never shown" : "name");
		record(shared, 19, data.data, data.len);
	}
	record(looks, 617, NULL, 0);
	record(looks, 47, "\0\0\0\0", 4);
	record(looks, 47, "\0\0\x0e\0", 4);
	record(looks, 618, NULL, 0);
	record(sheet, 129, NULL, 0);
	record(sheet, 145, NULL, 0);
	record(sheet, 0, "\0\0\0\0", 4);
	binary_cell(sheet, 7, 0, 0, "\0\0\0\0", 4);
	binary_cell(sheet, 5, 2, 0, &big, 8);
	record(sheet, 0, "\1\0\0\0", 4);
	binary_cell(sheet, 5, 0, 1, &day, 8);
	binary_cell(sheet, 2, 1, 0, "\x0a\0\0\0", 4); /* whole, 2 */
	weir_buf_clear(&data);
	wide(&data, "in place");
	binary_cell(sheet, 6, 2, 0, data.data, data.len);
	record(sheet, 146, NULL, 0);
	put_le(&data, 0, 1);
	wide(&data, "beside it");
	record(sheet, 500, data.data, data.len);
	record(sheet, 130, NULL, 0);
}

static void xlsb__cells(void **state)
{
	struct weir_buf sheet _cleanup_(weir_buf_done) = WEIR_BUF_INIT(65536);
	struct weir_buf shared _cleanup_(weir_buf_done) = WEIR_BUF_INIT(65536);
	struct weir_buf looks _cleanup_(weir_buf_done) = WEIR_BUF_INIT(65536);
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	struct make_zip_member members[5] = {
		{.name = "[Content_Types].xml",
		 .data = CONTENT_TYPES,
		 .len = sizeof(CONTENT_TYPES) - 1},
		{.name = "xl/workbook.bin", .data = "\x83\1\0", .len = 3},
	};

	make_binary(&sheet, &shared, &looks);
	members[2] = (struct make_zip_member){
		.name = "xl/worksheets/sheet1.bin", .data = sheet.data, .len = sheet.len};
	members[3] = (struct make_zip_member){
		.name = "xl/sharedStrings.bin", .data = shared.data, .len = shared.len};
	members[4] = (struct make_zip_member){
		.name = "xl/styles.bin", .data = looks.data, .len = looks.len};
	make_zip(&b, members, 5, NULL);
	assert_int_equal(unpack_memory(got, b.data, b.len), 0);
	assert_string_equal(got->type, "application/x-xlsb");
	assert_int_equal(got->gaps_count, 0);
	assert_part("xl/worksheets/sheet1.bin", WEIR_PART_TABLE,
		    "name\t\t110101199003071000\n1990-03-01\t2\tin place\n");
	assert_true(got_has(got, "beside it\n"));
	assert_true(got_has(got, "never shown\n"));
	for (size_t i = 0; i < b.len; i++) {
		b.data[i] ^= (char)(1 << i % 8);
		assert_int_equal(unpack_memory(got, b.data, b.len), 0);
		b.data[i] ^= (char)(1 << i % 8);
	}
}

/* What stands beside a paragraph is no part of what it was before. */
static void docx__changes_do_not_pile_up(void **state)
{
	static const char unit[] =
		"<w:del><w:r><w:delText>0</w:delText></w:r></w:del></w:p><w:tbl><w:tr><w:tc>";
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1 << 20);

	assert_int_equal(weir_buf_puts(&b, "<?xml version=\"1.0\"?><w:document>"), 0);
	for (int i = 0; i < 2000; i++)
		put(&b, unit, sizeof(unit) - 1);
	assert_int_equal(unpack_memory(got, b.data, b.len), 0);
	assert_true(got->bytes < 3 * 2000);
}

/* Any damage: no crash, and what is lost is a gap. */
static void ooxml__cut_and_flipped(void **state)
{
	static const struct part parts[] = {
		{"word/document.xml", W(P(R("138") R("1234")) P(R("x")))},
		{"xl/workbook.xml", workbook},
		{"xl/sharedStrings.xml", strings},
		{"xl/styles.xml", styles},
		{"xl/worksheets/sheet1.xml", SHEET("<row><c t=\"s\"><v>1</v></c></row>")},
	};
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);

	pack(&b, parts, ARRAY_SIZE(parts));
	for (size_t len = 0; len < b.len; len += 7)
		assert_int_equal(unpack_memory(got, b.data, len), 0);
	for (size_t i = 0; i < b.len; i++) {
		b.data[i] ^= (char)(1 << i % 8);
		assert_int_equal(unpack_memory(got, b.data, b.len), 0);
		b.data[i] ^= (char)(1 << i % 8);
	}
}

/* A flipped bit costs no text unless a gap says so, wherever it lies: a part of another name is read by
 * what it holds. */
static void ooxml__flips_are_told(void **state)
{
	static const struct part parts[] = {
		{"ppt/presentation.xml", "<p:presentation xmlns:p=\"p\"/>"},
		{"ppt/slides/slide1.xml",
		 "<p:sld xmlns:p=\"p\"><a:p><a:r><a:t>138</a:t></a:r><a:r><a:t>1234</a:t></a:r>"
		 "</a:p></p:sld>"},
		{"word/document.xml", W(P(R("139") R("5678")))},
		{"xl/workbook.xml", workbook},
		{"xl/sharedStrings.xml", strings},
		{"xl/styles.xml", styles},
		{"xl/worksheets/sheet1.xml", SHEET("<row><c t=\"s\"><v>1</v></c></row>")},
	};
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);

	pack(&b, parts, ARRAY_SIZE(parts));
	for (size_t i = 0; i < b.len * 8; i++) {
		b.data[i / 8] ^= (char)(1 << i % 8);
		assert_int_equal(unpack_memory(got, b.data, b.len), 0);
		if (got->gaps_count == 0) {
			assert_true(got_has(got, "1381234"));
			assert_true(got_has(got, "1395678"));
			assert_true(got_has(got, "138\n"));
		}
		b.data[i / 8] ^= (char)(1 << i % 8);
	}
}

/* The same name in both headers, but another than usual. */
static void ooxml__parts_of_other_names(void **state)
{
	static const struct part parts[] = {
		{"ppt/presentation.xml", "<p:presentation/>"},
		{"ppt/slides/slide1.dat",
		 "<p:sld xmlns:p=\"p\"><a:p><a:r><a:t>138</a:t></a:r><a:r><a:t>1234</a:t></a:r>"
		 "</a:p></p:sld>"},
	};

	unpack(parts, ARRAY_SIZE(parts), NULL);
	assert_int_equal(got->gaps_count, 0);
	assert_part("ppt/slides/slide1.dat", WEIR_PART_TEXT, "1381234\n");
}

static void ooxml__sink_ends_it(void **state)
{
	static const struct part parts[] = {
		{"word/document.xml", W(P(R("138")))},
		{"xl/worksheets/sheet1.xml", SHEET("<row><c><v>1</v></c></row>")},
	};
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	int r = -ECANCELED;

	pack(&b, parts, ARRAY_SIZE(parts));
	for (int after = 1; r == -ECANCELED; after++) {
		assert_true(after < 100);
		got->fail_after = after;
		r = unpack_with(got, b.data, b.len, NULL, NULL, 0, false);
	}
	assert_int_equal(r, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(docx__runs_join),
		cmocka_unit_test(docx__tables),
		cmocka_unit_test(docx__beside_the_text),
		cmocka_unit_test(docx__tracked_changes),
		cmocka_unit_test(docx__every_part),
		cmocka_unit_test(docx__utf16_part),
		cmocka_unit_test(pptx__slides),
		cmocka_unit_test(xlsx__cells),
		cmocka_unit_test(xlsx__odd_cells),
		cmocka_unit_test(xlsx__prefixed_and_strict),
		cmocka_unit_test(xlsx__beside_the_cells),
		cmocka_unit_test(xlsx__other_names_by_type),
		cmocka_unit_test(xlsx__sheets_by_type),
		cmocka_unit_test(xlsx__strings_beyond_the_limit),
		cmocka_unit_test(xlsx__endless_tokens),
		cmocka_unit_test(xlsx__comments_and_caches),
		cmocka_unit_test(xlsb__cells),
		cmocka_unit_test(docx__changes_do_not_pile_up),
		cmocka_unit_test(ooxml__cut_and_flipped),
		cmocka_unit_test(ooxml__flips_are_told),
		cmocka_unit_test(ooxml__parts_of_other_names),
		cmocka_unit_test(ooxml__sink_ends_it),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
