/* SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>

#include "samples.h"

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static struct got_part *by_name(struct got *g, const char *name)
{
	for (size_t i = 0; i < g->parts_count && i < GOT_PARTS; i++)
		if (strcmp(file_name(g->parts[i].path), name) == 0 &&
		    g->parts[i].form == WEIR_PART_BYTES)
			return &g->parts[i];
	return NULL;
}

static void assert_sample(struct got *g, const struct sample *s)
{
	char *text _cleanup_(freep) = make_text(SAMPLE_LONG);
	struct got_part *p = by_name(g, s->single && s->make != sample_gzip ? "content"
					: s->ascii_name			    ? "list.csv"
									    : SAMPLE_WIDE);

	assert_string_equal(g->type, s->type);
	for (size_t i = 0; i < g->gaps_count; i++)
		print_error("gap: %s\n", g->gaps[i].reason);
	assert_int_equal(g->gaps_count, 0);
	assert_non_null(p);
	assert_int_equal(p->text.len, SAMPLE_LONG);
	assert_memory_equal(p->text.data, text, SAMPLE_LONG);
	if (s->single)
		return;
	p = by_name(g, SAMPLE_NAME);
	assert_non_null(p);
	assert_int_equal(p->text.len, strlen(SAMPLE_TEXT));
	assert_true(got_has(g, SAMPLE_NAME "\n"));
}

/* Every kind, however its bytes come. */
static void archive__every_kind(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	static const size_t cuts[] = {0, 1, 13, 4096};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);

		samples[i].make(&b, &samples[i]);
		print_message("%s: %zu bytes\n", samples[i].name, b.len);
		unpack_memory(g, b.data, b.len);
		assert_sample(g, &samples[i]);
		for (size_t k = 0; k < ARRAY_SIZE(cuts) * 2; k++) {
			unpack_with(g, b.data, b.len, NULL, NULL, cuts[k / 2], k % 2);
			assert_sample(g, &samples[i]);
		}
	}
}

static void archive__links_are_names(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	struct make_file files[] = {{.name = "here", .link = "/home/somebody/there"},
				    {.name = "file", .data = "x", .len = 1}};

	make_archive(&b, "pax", NULL, files, 2);
	unpack_memory(g, b.data, b.len);
	assert_string_equal(got_find(g, "names", WEIR_PART_TEXT)->text.data,
			    "here\n/home/somebody/there\nfile\n");
}

/* Two archives in a row are one for those who unpack them so. */
static void archive__concatenated(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	static const char *const filters[] = {NULL, "gzip", "bzip2", "xz", "zstd", "lzip", "lz4"};
	struct make_file one = {.name = "1", .data = "first text\n", .len = 11},
			 two = {.name = "2", .data = "second text\n", .len = 12};

	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		const char *format = filters[i] ? "raw" : "pax";

		weir_buf_clear(&b);
		make_archive(&b, format, filters[i], &one, 1);
		make_archive(&b, format, filters[i], &two, 1);
		unpack_memory(g, b.data, b.len);
		if (!got_has(g, "second text"))
			print_error("%s\n", filters[i] ? filters[i] : "tar");
		assert_true(got_has(g, "first text"));
		assert_true(got_has(g, "second text"));
		assert_int_equal(g->gaps_count, 0);
	}
}

static void archive__behind_gzip(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);

	sample_gzip(&b, NULL);
	put(&b, "\0\0\0\0", 4);
	for (int stream = 0; stream < 2; stream++) {
		unpack_with(g, b.data, b.len, NULL, NULL, 0, stream);
		assert_int_equal(g->gaps_count, 0);
		assert_int_equal(g->parts_count, 2);
	}
	put(&b, "hung behind it\n", 15);
	for (int stream = 0; stream < 2; stream++) {
		unpack_with(g, b.data, b.len, NULL, NULL, 0, stream);
		assert_true(got_has(g, "hung behind it"));
	}
}

static void archive__gzip_checksum(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);

	sample_gzip(&b, NULL);
	b.data[b.len - 6] ^= 1;
	unpack_memory(g, b.data, b.len);
	assert_int_equal(g->gaps_count, 1);
	assert_non_null(got_gapped(g, "damaged"));
	assert_int_equal(got_find(g, SAMPLE_WIDE, 0)->text.len, SAMPLE_LONG);
}

/* As git writes its objects. */
static void archive__zlib(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	char *text _cleanup_(freep) = make_text(SAMPLE_LONG);
	uint32_t sum = (uint32_t)adler32(1, (const Bytef *)text, SAMPLE_LONG);

	put(&b, "x\x01", 2);
	deflate_raw(text, SAMPLE_LONG, &b);
	put_le(&b, __builtin_bswap32(sum), 4);
	for (int stream = 0; stream < 2; stream++) {
		unpack_with(g, b.data, b.len, NULL, NULL, 0, stream);
		assert_int_equal(g->gaps_count, 0);
		assert_int_equal(got_find(g, "content", 0)->text.len, SAMPLE_LONG);
	}
	b.data[b.len - 1] ^= 1;
	unpack_memory(g, b.data, b.len);
	assert_non_null(got_gapped(g, "damaged"));
}

/* Two bytes prove little. */
static void archive__zlib_by_chance(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	static const char text[] = "x\x9c\xff\xff\x01\x02\x03\x04 words that lie there";

	unpack_memory(g, text, sizeof(text) - 1);
	assert_true(got_has(g, "words that lie there"));
	assert_true(g->gaps_count > 0);
}

/* What libarchive cannot go on with is searched as it lies. */
static void archive__damage_in_the_middle(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	struct make_file files[] = {{.name = "1", .data = "first text\n", .len = 11},
				    {.name = "2", .data = "second text\n", .len = 12},
				    {.name = "3", .data = "third text\n", .len = 11}};

	make_archive(&b, "ustar", NULL, files, 3);
	memset(b.data + 1024 + 100, 'x', 40);
	for (int stream = 0; stream < 2; stream++) {
		unpack_with(g, b.data, b.len, NULL, NULL, stream ? 512 : 0, stream);
		assert_true(got_has(g, "first text"));
		assert_true(got_has(g, "third text"));
		assert_non_null(got_gapped(g, "damaged"));
	}
}

/* Made by 7-Zip, the password being "secret": content alone, and the directory with it. */
static const uint8_t encrypted_content[] = {
	0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0x00, 0x04, 0x34, 0x49, 0xf7, 0xe3, 0x20, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x62, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x8a, 0x15,
	0xfc, 0x59, 0xc0, 0x22, 0x28, 0xa2, 0x84, 0x96, 0xfe, 0x8f, 0x34, 0x6c, 0x6a, 0x23, 0x40,
	0xf2, 0x8c, 0x1a, 0xab, 0x9b, 0x3d, 0x5a, 0x75, 0xae, 0x72, 0xc1, 0xbc, 0x85, 0xde, 0x24,
	0x23, 0x0a, 0x02, 0xf4, 0x01, 0x04, 0x06, 0x00, 0x01, 0x09, 0x20, 0x00, 0x07, 0x0b, 0x01,
	0x00, 0x02, 0x24, 0x06, 0xf1, 0x07, 0x01, 0x12, 0x53, 0x0f, 0x4b, 0xf9, 0xb3, 0x49, 0x74,
	0x70, 0xb6, 0x18, 0xb7, 0xb1, 0x31, 0x3d, 0x32, 0x3e, 0xa5, 0xab, 0x21, 0x21, 0x01, 0x00,
	0x01, 0x00, 0x0c, 0x17, 0x13, 0x00, 0x08, 0x0a, 0x01, 0x7a, 0xb0, 0x43, 0x56, 0x00, 0x00,
	0x05, 0x01, 0x19, 0x01, 0x00, 0x11, 0x0d, 0x00, 0x61, 0x00, 0x2e, 0x00, 0x74, 0x00, 0x78,
	0x00, 0x74, 0x00, 0x00, 0x00, 0x14, 0x0a, 0x01, 0x00, 0xd3, 0xc4, 0xca, 0xb1, 0xa1, 0x7a,
	0xdd, 0x01, 0x15, 0x06, 0x01, 0x00, 0x20, 0x80, 0xa4, 0x81, 0x00, 0x00,
};
static const uint8_t encrypted_header[] = {
	0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0x00, 0x04, 0xae, 0xb5, 0xe4, 0xda, 0x90, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x2e, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xba, 0x0d,
	0x44, 0xab, 0x17, 0x67, 0xa1, 0xc9, 0xc3, 0xae, 0xf3, 0xb0, 0xff, 0xcf, 0x5e, 0x4e, 0x0c,
	0x79, 0x4f, 0x58, 0x33, 0x89, 0xaa, 0x79, 0xc6, 0x21, 0xb3, 0x02, 0x97, 0x44, 0x92, 0x72,
	0xcb, 0x06, 0x8c, 0x8d, 0x26, 0x63, 0xb8, 0x24, 0xa9, 0x24, 0x33, 0x38, 0x9c, 0xd6, 0x5d,
	0xd5, 0xe7, 0xb2, 0xd6, 0xd7, 0x6f, 0xa6, 0x22, 0x4c, 0xb1, 0xbb, 0xf0, 0x47, 0x32, 0xb0,
	0x8e, 0x28, 0x53, 0x66, 0xd3, 0x0c, 0xdd, 0x81, 0xb6, 0x9f, 0xae, 0xd8, 0x39, 0x12, 0x21,
	0x28, 0x1f, 0xf4, 0xb5, 0xb9, 0x60, 0xda, 0xab, 0x08, 0x18, 0x09, 0xd1, 0x3b, 0xd3, 0x9e,
	0x30, 0x82, 0x54, 0x87, 0xc1, 0x24, 0x64, 0x6e, 0x0c, 0x8b, 0x3e, 0x8b, 0x59, 0xa5, 0xdb,
	0x5c, 0x52, 0x35, 0x3e, 0x79, 0xfb, 0x90, 0x28, 0xa5, 0x6b, 0x1a, 0xea, 0x0f, 0xd7, 0x5d,
	0x43, 0x97, 0xf0, 0x8f, 0xa7, 0x82, 0xba, 0x21, 0xd7, 0x5b, 0xc8, 0x09, 0xb6, 0x57, 0x16,
	0x58, 0xb1, 0x0e, 0x43, 0x93, 0x8c, 0xce, 0xe3, 0x5e, 0xdd, 0xa2, 0x17, 0x06, 0x20, 0x01,
	0x09, 0x70, 0x00, 0x07, 0x0b, 0x01, 0x00, 0x01, 0x24, 0x06, 0xf1, 0x07, 0x01, 0x12, 0x53,
	0x0f, 0xda, 0x8e, 0xd1, 0xfa, 0x12, 0x99, 0x94, 0x05, 0xc6, 0x25, 0x56, 0x32, 0x53, 0x9e,
	0xe6, 0x0f, 0x0c, 0x62, 0x0a, 0x01, 0xf1, 0x19, 0x0c, 0xb4, 0x00, 0x00,
};

static void archive__encrypted(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();

	unpack_memory(g, encrypted_content, sizeof(encrypted_content));
	assert_non_null(got_gapped(g, "encrypted"));
	assert_int_equal(got_gapped(g, "encrypted")->status, WEIR_SCAN_UNSCANNABLE);
	assert_string_equal(g->gaps[0].path, "a.txt");
	assert_true(got_has(g, "a.txt"));
	unpack_memory(g, encrypted_header, sizeof(encrypted_header));
	assert_int_equal(g->gaps_count, 1);
	assert_string_equal(g->gaps[0].reason, "encrypted");
	assert_int_equal(g->gaps[0].status, WEIR_SCAN_UNSCANNABLE);
}

/* A hole of many gigabytes is no text. */
static void archive__sparse(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	static const char map[] = "1\n64000000000\n11\n",
			  record[] = "22 GNU.sparse.major=1\n"
				     "22 GNU.sparse.minor=0\n"
				     "30 GNU.sparse.name=sparse.txt\n"
				     "35 GNU.sparse.realsize=64000000011\n";
	struct make_file files[] = {{.name = "head", .data = record, .len = sizeof(record) - 1},
				    {.name = "body", .data = map, .len = 512 + 11}};
	char body[512 + 11] = {0};
	unsigned sum = 0;

	memcpy(body, map, sizeof(map) - 1);
	memcpy(body + 512, "after hole\n", 11);
	files[1].data = body;
	make_archive(&b, "ustar", NULL, files, 2);
	b.data[156] = 'x';
	memset(b.data + 148, ' ', 8);
	for (size_t i = 0; i < 512; i++)
		sum += (uint8_t)b.data[i];
	snprintf(b.data + 148, 8, "%06o", sum);
	unpack_memory(g, b.data, b.len);
	assert_true(got_has(g, "after hole"));
	assert_true(g->bytes < 1000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(archive__every_kind),
		cmocka_unit_test(archive__links_are_names),
		cmocka_unit_test(archive__concatenated),
		cmocka_unit_test(archive__behind_gzip),
		cmocka_unit_test(archive__gzip_checksum),
		cmocka_unit_test(archive__zlib),
		cmocka_unit_test(archive__zlib_by_chance),
		cmocka_unit_test(archive__damage_in_the_middle),
		cmocka_unit_test(archive__encrypted),
		cmocka_unit_test(archive__sparse),
	};

	/* libarchive's writer turns names into the locale's encoding; its reader must not need it */
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
