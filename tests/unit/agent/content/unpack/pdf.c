/* SPDX-License-Identifier: Apache-2.0 */
/* The reader with a port that answers what a test wants; tests/integration/inspect has the real one. */
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include "helper.h"
#include "weir/base/fd.h"

/* A program that prints this and ends so. */
struct fake {
	struct weir_unpack_port port;
	const char *prints;
	int starts, ends;
	size_t got; /* bytes of the last input */
	unsigned started[4];
	const char *images; /* what the other program prints */
};

static int fake_start(void *context, enum weir_external program, int file,
		      const struct weir_memory *data, int *ret_fd)
{
	struct fake *f = context;
	const char *prints;
	int pair[2];

	f->started[program]++;
	f->got = data ? data->len : 0;
	if (f->starts < 0)
		return f->starts;
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	prints = program == WEIR_EXTERNAL_PDF_IMAGES ? f->images : f->prints;
	assert_int_equal(weir_write_full(pair[1], prints, strlen(prints)), 0);
	(void)weir_close(pair[1]);
	*ret_fd = pair[0];
	return 0;
}

static int fake_finish(void *context, int fd)
{
	(void)weir_close(fd);
	return ((struct fake *)context)->ends;
}

static struct fake fake_of(const char *prints, int ends)
{
	return (struct fake){.prints = prints,
			     .ends = ends,
			     .port = {.start = fake_start,
				      .finish = fake_finish,
				      .programs = 1U << WEIR_EXTERNAL_PDF}};
}

static int unpack_pdf(struct got *g, const void *data, size_t len, struct fake *f)
{
	f->port.context = f;
	return unpack_with(g, data, len, NULL, &f->port, 0, false);
}

static struct weir_buf document(void)
{
	struct weir_buf b = WEIR_BUF_INIT(64u << 20);

	assert_int_equal(weir_buf_puts(&b, "%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"), 0);
	return b;
}

static void object(struct weir_buf *b, const char *text)
{
	assert_int_equal(weir_buf_printf(b, "1 0 obj\n%s\nendobj\n", text), 0);
}

static void stream(struct weir_buf *b, const char *dict, const void *data, size_t len, bool deflate)
{
	uLongf packed = compressBound(len);
	uint8_t *to = malloc(packed);

	assert_non_null(to);
	assert_int_equal(compress(to, &packed, data, len), Z_OK);
	assert_int_equal(weir_buf_printf(b, "7 0 obj <<%s /Length %lu%s>>\nstream\n", dict,
					 deflate ? packed : len,
					 deflate ? " /Filter /FlateDecode" : ""),
			 0);
	assert_int_equal(deflate ? weir_buf_append(b, to, packed) : weir_buf_append(b, data, len),
			 0);
	assert_int_equal(weir_buf_puts(b, "\nendstream\nendobj\n"), 0);
	free(to);
}

static void finish(struct weir_buf *b)
{
	assert_int_equal(weir_buf_puts(b, "trailer <</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"), 0);
}

static const char *strings_of(struct got *g, enum weir_part_form form)
{
	struct got_part *part = got_find(g, "(strings)", (int)form);

	return part && part->text.data ? part->text.data : "";
}

static void pdf__pages_and_properties(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct fake f = fake_of("first page\f第二页\f", 0);
	struct weir_buf b = document();

	object(&b, "<</Title (plain \\(title\\) \\101\\\nB) /Author <FEFF5F204E09> /N 12>>");
	object(&b, "<</Contents(note (nested) end)/Other(\xd5\xc5\xc8\xfd)/Bad(\001\002\003)>>");
	finish(&b);
	assert_int_equal(unpack_pdf(g, b.data, b.len, &f), 0);
	assert_string_equal(g->type, "application/pdf");
	assert_string_equal(got_find(g, "", WEIR_PART_TEXT)->text.data, "first page\n第二页\n");
	assert_string_equal(strings_of(g, WEIR_PART_TEXT),
			    "plain (title) AB\n张三\nnote (nested) end\n");
	assert_string_equal(strings_of(g, WEIR_PART_BYTES), "\xd5\xc5\xc8\xfd\n");
	assert_int_equal(f.got, b.len);
	assert_int_equal(g->gaps_count, 0);
	weir_buf_done(&b);
}

static void pdf__packed_objects_attachments_metadata(void **state)
{
	static const char packed[] = "3 0 4 20 <</Subject (in an object stream)>>";
	static const char file[] = "attached text, long enough to be seen\n";
	static const char xmp[] =
		"<?xml version=\"1.0\"?><x:xmpmeta><a>in metadata</a></x:xmpmeta>";
	struct got *g _cleanup_(got_freep) = got_new();
	struct fake f = fake_of("page\f", 0);
	struct weir_buf b = document();

	stream(&b, "/Type /ObjStm /N 2 /First 9", packed, strlen(packed), true);
	stream(&b, "/Type /EmbeddedFile", file, strlen(file), true);
	stream(&b, "/Type/EmbeddedFile/Params<</Size 3>>", file, strlen(file), false);
	stream(&b, "/Type /Metadata /Subtype /XML", xmp, strlen(xmp), false);
	/* a page's content, and one that can't be opened: the walk has no business there */
	stream(&b, "", "(drawn) Tj", 10, false);
	finish(&b);
	assert_int_equal(unpack_pdf(g, b.data, b.len, &f), 0);
	assert_string_equal(strings_of(g, WEIR_PART_TEXT), "in an object stream\n");
	assert_string_equal(got_find(g, "attachment-1", 0)->text.data, file);
	assert_string_equal(got_find(g, "attachment-2", 0)->text.data, file);
	assert_true(got_has(g, "in metadata"));
	assert_false(got_has(g, "drawn"));
	assert_int_equal(g->gaps_count, 0);
	weir_buf_done(&b);
}

static void pdf__attachment_of_another_method(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct fake f = fake_of("page\f", 0);
	struct weir_buf b = document();

	stream(&b, "/Type /EmbeddedFile /Filter [/ASCII85Decode /FlateDecode]", "zzzz", 4, false);
	finish(&b);
	assert_int_equal(unpack_pdf(g, b.data, b.len, &f), 0);
	assert_non_null(got_gapped(g, "method that is not supported"));
	weir_buf_done(&b);
}

static void pdf__scanned_pages(void **state)
{
	static const char picture[] = "/Subtype /Image /Width 1240 /Height 1754 /Filter /DCTDecode",
			  logo[] = "/Subtype /Image /Width 90 /Height 90 /Filter /DCTDecode";
	static const uint8_t jpeg[] = {0xff, 0xd8, 0xff, 0xfe, 0,    6,
				       'n',  'o',  't',	 'e',  0xff, 0xd9};
	struct got *g _cleanup_(got_freep) = got_new();
	struct fake f = fake_of("text\f \n\f", 0);
	struct weir_buf b = document();

	/* a blank page without a picture is just blank */
	stream(&b, logo, jpeg, sizeof(jpeg), false);
	assert_int_equal(unpack_pdf(g, b.data, b.len, &f), 0);
	assert_null(got_gapped(g, "images"));
	stream(&b, picture, jpeg, sizeof(jpeg), false);
	finish(&b);
	assert_int_equal(unpack_pdf(g, b.data, b.len, &f), 0);
	assert_non_null(got_gapped(g, "pages without text hold images"));
	assert_int_equal(got_gapped(g, "images")->status, WEIR_SCAN_PARTIAL);
	f.prints = "\f \f";
	assert_int_equal(unpack_pdf(g, b.data, b.len, &f), 0);
	assert_int_equal(got_gapped(g, "images")->status, WEIR_SCAN_UNSCANNABLE);
	f.prints = "text\f \f";
	/* where images are read, it is given to that */
	f.port.programs |= 1U << WEIR_EXTERNAL_OCR;
	assert_int_equal(unpack_pdf(g, b.data, b.len, &f), 0);
	assert_null(got_gapped(g, "pages without text"));
	assert_int_equal(f.started[WEIR_EXTERNAL_OCR], 1);
	assert_non_null(got_find(g, "image-1", WEIR_PART_TEXT));
	/* every page has text */
	f.prints = "text\ftext\f";
	f.port.programs &= ~(1U << WEIR_EXTERNAL_OCR);
	assert_int_equal(unpack_pdf(g, b.data, b.len, &f), 0);
	assert_int_equal(g->gaps_count, 0);
	weir_buf_done(&b);
}

/* Figures on the pages with text, and a page left blank. */
static void pdf__pictures_elsewhere(void **state)
{
	static const char picture[] = "/Subtype /Image /Width 900 /Height 900";
	struct got *g _cleanup_(got_freep) = got_new();
	struct fake f = fake_of("text\f\ftext\f", 0);
	struct weir_buf b = document();

	stream(&b, picture, "xxxx", 4, false);
	finish(&b);
	f.port.programs |= 1U << WEIR_EXTERNAL_PDF_IMAGES;
	f.images = "page num type width height\n----\n 1 0 image 900 900 rgb\n 2 1 image 30 30 x\n"
		   " 3 2 image 900 900 rgb\n 70000 1 image 900 900\n 0 0 image 900 900\nnonsense\n";
	assert_int_equal(unpack_pdf(g, b.data, b.len, &f), 0);
	assert_int_equal(g->gaps_count, 0);
	assert_int_equal(f.started[WEIR_EXTERNAL_PDF_IMAGES], 1);
	f.images = "page num type width height\n----\n 2 0 stencil 900 900 rgb\n";
	assert_int_equal(unpack_pdf(g, b.data, b.len, &f), 0);
	assert_non_null(got_gapped(g, "pages without text"));
	/* no blank page: nobody asks */
	f.prints = "text\ftext\f";
	assert_int_equal(unpack_pdf(g, b.data, b.len, &f), 0);
	assert_int_equal(g->gaps_count, 0);
	assert_int_equal(f.started[WEIR_EXTERNAL_PDF_IMAGES], 2);
	weir_buf_done(&b);
}

static void pdf__ends_of_the_program(void **state)
{
	static const struct {
		int starts, ends;
		const char *reason;
		enum weir_scan_status status;
	} cases[] = {
		{0, -EBADMSG, "damaged: could not be opened", WEIR_SCAN_UNSCANNABLE},
		{0, -EILSEQ, "parts of it are damaged", WEIR_SCAN_PARTIAL},
		{0, -EKEYREJECTED, "encrypted", WEIR_SCAN_UNSCANNABLE},
		{0, -ETIMEDOUT, "too long", WEIR_SCAN_PARTIAL},
		{0, -EIO, "failed", WEIR_SCAN_UNSCANNABLE},
		{-EIO, 0, "failed", WEIR_SCAN_UNSCANNABLE},
		{-ENOSYS, 0, "no program", WEIR_SCAN_UNSCANNABLE},
		{-EFBIG, 0, "too large", WEIR_SCAN_UNSCANNABLE},
	};
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf b = document();

	object(&b, "<</Title (its title)>>");
	finish(&b);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fake f = fake_of("some", cases[i].ends);

		f.starts = cases[i].starts;
		assert_int_equal(unpack_pdf(g, b.data, b.len, &f), 0);
		assert_int_equal(g->gaps_count, 1);
		assert_non_null(got_gapped(g, cases[i].reason));
		assert_int_equal(g->gaps[0].status, cases[i].status);
		assert_string_equal(strings_of(g, WEIR_PART_TEXT), "its title\n");
		assert_int_equal(got_find(g, "", WEIR_PART_BYTES) == NULL,
				 cases[i].ends == -EILSEQ);
	}
	weir_buf_done(&b);
}

static void pdf__encrypted(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct fake f = fake_of("", -EBADMSG);
	struct weir_buf b = document();

	object(&b, "<</Title (qwertyuiop)>>");
	stream(&b, "/Type /EmbeddedFile", "xxxx", 4, false);
	assert_int_equal(weir_buf_puts(&b, "trailer <</Encrypt 4 0 R>>\n%%EOF\n"), 0);
	assert_int_equal(unpack_pdf(g, b.data, b.len, &f), 0);
	assert_non_null(got_gapped(g, "encrypted"));
	assert_non_null(got_gapped(g, "attached to an encrypted"));
	assert_int_equal(g->gaps[g->gaps_count - 1].status, WEIR_SCAN_UNSCANNABLE);
	assert_string_equal(strings_of(g, WEIR_PART_TEXT), "");
	weir_buf_done(&b);
}

static void pdf__without_its_end(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct fake f = fake_of("page\f", 0);
	struct weir_buf b = document();

	object(&b, "<</Title (here)>>");
	assert_int_equal(unpack_pdf(g, b.data, b.len, &f), 0);
	assert_non_null(got_gapped(g, "cut off"));
	weir_buf_done(&b);
}

/* Strings and streams that never end, and dictionaries of nothing but keys, in time that grows with
 * their size alone. */
static void pdf__hostile_syntax(void **state)
{
	static const char *const patterns[] = {"(",
					       "\\",
					       "<",
					       "<<",
					       "(\\",
					       "stream\n",
					       "1 0 obj ",
					       "/Type",
					       "obj<<stream\n",
					       "<</Length 99999999999>>stream\nendstream "};
	struct got *g _cleanup_(got_freep) = got_new();
	struct fake f = fake_of("page\f", 0);

	g->forget = true;
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		struct weir_buf b = document();

		for (size_t n = 0; n < (2u << 20) / strlen(patterns[i]); n++)
			assert_int_equal(weir_buf_puts(&b, patterns[i]), 0);
		assert_int_equal(unpack_pdf(g, b.data, b.len, &f), 0);
		weir_buf_done(&b);
	}
}

static void pdf__every_cut_and_flip(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct fake f = fake_of("page\f", 0);
	struct weir_buf b = document();

	object(&b, "<</Title (plain \\(title\\)) /Author <FEFF5F204E09>>>");
	stream(&b, "/Type /ObjStm", "1 0 <</A (packed)>>", 19, true);
	stream(&b, "/Type /EmbeddedFile", "attached", 8, true);
	finish(&b);
	for (size_t i = 5; i < b.len; i++) {
		char kept = b.data[i];
		char *copy = malloc(i);

		assert_non_null(copy);
		memcpy(copy, b.data, i); /* of exactly its size, for the sanitizer */
		assert_int_equal(unpack_pdf(g, copy, i, &f), 0);
		free(copy);
		b.data[i] = (char)(kept ^ (1 << i % 8));
		assert_int_equal(unpack_pdf(g, b.data, b.len, &f), 0);
		b.data[i] = kept;
	}
	weir_buf_done(&b);
}

static void pdf__stops_when_told(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct fake f = fake_of("page\f", 0);
	struct weir_buf b = document();

	finish(&b);
	g->fail_after = 1;
	assert_int_equal(unpack_pdf(g, b.data, b.len, &f), -ECANCELED);
	weir_buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pdf__pages_and_properties),
		cmocka_unit_test(pdf__packed_objects_attachments_metadata),
		cmocka_unit_test(pdf__attachment_of_another_method),
		cmocka_unit_test(pdf__scanned_pages),
		cmocka_unit_test(pdf__pictures_elsewhere),
		cmocka_unit_test(pdf__ends_of_the_program),
		cmocka_unit_test(pdf__encrypted),
		cmocka_unit_test(pdf__without_its_end),
		cmocka_unit_test(pdf__hostile_syntax),
		cmocka_unit_test(pdf__every_cut_and_flip),
		cmocka_unit_test(pdf__stops_when_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
