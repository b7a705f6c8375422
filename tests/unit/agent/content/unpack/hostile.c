/* SPDX-License-Identifier: Apache-2.0 */
/* Bombs of every kind: each ends at a limit, says so, and what came before stands. */
#include <sys/resource.h>

#include "core.h"
#include "pack.h"

static struct weir_unpack_limits small(void)
{
	return (struct weir_unpack_limits){
		.bytes = 8 << 20, .buffer = 4 << 20, .members = 1000, .ratio = 200, .depth = 8};
}

static int setup(void **state)
{
	*state = got_new();
	((struct got *)*state)->forget = true;
	return 0;
}

static int teardown(void **state)
{
	got_free(*state);
	return 0;
}

/* The most memory this process has had, in KiB. */
static long peak(void)
{
#ifdef __SANITIZE_ADDRESS__
	return 0; /* what is freed is kept for a while */
#endif
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static void assert_gap(const struct got *g, const char *reason)
{
	const struct got_gap *gap = got_gapped(g, reason);

	if (!gap)
		for (size_t i = 0; i < g->gaps_count && i < GOT_GAPS; i++)
			print_error("%s: %s\n", g->gaps[i].path, g->gaps[i].reason);
	assert_non_null(gap);
	assert_int_equal(gap->status, WEIR_SCAN_PARTIAL);
}

static void hostile__bytes(void **state)
{
	struct got *g = *state;
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	struct weir_unpack_limits limits = small();
	char *text _cleanup_(freep) = make_text(3 << 20);
	struct make_zip_member members[5];

	for (size_t i = 0; i < 5; i++)
		members[i] = (struct make_zip_member){
			.name = "a.txt", .data = text, .len = 3 << 20, .method = 8};
	make_zip(&b, members, 5, NULL);
	unpack_with(g, b.data, b.len, &limits, NULL, 0, false);
	assert_gap(g, "more bytes unpacked");
	assert_int_equal(g->gaps_count, 1);
	assert_true(g->bytes <= limits.bytes + 65536);
	assert_true(g->bytes >= 6 << 20);
}

/* A gigabyte of one letter in every filter that packs so densely. */
static void hostile__ratio(void **state)
{
	static const char *const filters[] = {"gzip", "bzip2", "xz", "zstd"};
	struct got *g = *state;
	size_t len = 48u << 20;
	char *zeroes _cleanup_(freep) = malloc(len);

	assert_non_null(zeroes);
	memset(zeroes, 'a', len);
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
		struct make_file file = {.name = "a", .data = zeroes, .len = len};

		make_archive(&b, "raw", filters[i], &file, 1);
		unpack_with(g, b.data, b.len, NULL, NULL, 0, false);
		assert_gap(g, "densely");
		assert_true(g->bytes <= (16u << 20) + 65536 || g->bytes <= 200 * b.len + 65536);
	}
}

static void hostile__members(void **state)
{
	struct got *g = *state;
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	struct weir_unpack_limits limits = small();
	struct make_zip_member members[3000];

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		members[i] = (struct make_zip_member){.name = "a", .data = "x", .len = 1};
	make_zip(&b, members, ARRAY_SIZE(members), NULL);
	unpack_with(g, b.data, b.len, &limits, NULL, 0, false);
	assert_gap(g, "more members");
	assert_true(g->parts_count >= 999 && g->parts_count <= 1002);
}

/* Ten million empty files, made while they are read. */
struct endless {
	uint64_t members;
	uint64_t reads;
};

static ssize_t tar_read(void *context, void *data, size_t len, uint64_t offset)
{
	struct endless *e = context;
	uint8_t block[512] = {0};
	uint64_t index = offset / 512;
	unsigned sum = 0;

	e->reads++;
	if (index >= e->members)
		return 0;
	snprintf((char *)block, 100, "%08u", (unsigned)index);
	memcpy(block + 100, "0000644\0000000000\0000000000\00000000000000\00000000000000\0", 48);
	memcpy(block + 257, "ustar\00000", 8);
	block[156] = '0';
	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < sizeof(block); i++)
		sum += block[i];
	snprintf((char *)block + 148, 8, "%06o", sum);
	len = WEIR_MIN(len, sizeof(block) - (size_t)(offset % 512));
	memcpy(data, block + offset % 512, len);
	return (ssize_t)len;
}

static void hostile__ten_million_members(void **state)
{
	struct got *g = *state;
	struct endless e = {.members = 10000000};
	struct weir_bytes bytes = {
		.read_at = tar_read, .context = &e, .size = (uint64_t)10000000 * 512};
	long before = peak();

	assert_int_equal(unpack_plain(g, &bytes), 0);
	assert_string_equal(g->type, "application/x-tar");
	assert_gap(g, "more members");
	assert_true(e.reads < 250000);
	assert_true(peak() - before < 32 << 10);
}

/* A directory of ten million, every one at the same place. */
static ssize_t directory_read(void *context, void *data, size_t len, uint64_t offset)
{
	struct endless *e = context;
	uint8_t record[47] = {'P', 'K', 1, 2};
	uint64_t size = 31, directory = e->members * sizeof(record);
	struct weir_buf end _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024);

	e->reads++;
	record[28] = 1;
	record[46] = 'a';
	if (offset < size) {
		static const uint8_t local[31] = {'P', 'K', 3, 4, [26] = 1, [30] = 'a'};

		len = WEIR_MIN(len, (size_t)(size - offset));
		memcpy(data, local + offset, len);
		return (ssize_t)len;
	}
	offset -= size;
	if (offset < directory) {
		len = WEIR_MIN(len, sizeof(record) - (size_t)(offset % sizeof(record)));
		memcpy(data, record + offset % sizeof(record), len);
		return (ssize_t)len;
	}
	offset -= directory;
	make_zip_end64(&end, e->members, size, directory, size + directory);
	put_le(&end, 0x06054b50, 4);
	put_le(&end, 0xffffffff00000000, 8);
	put_le(&end, UINT64_MAX, 8);
	put_le(&end, 0, 2);
	if (offset >= end.len)
		return 0;
	len = WEIR_MIN(len, (size_t)(end.len - offset));
	memcpy(data, end.data + offset, len);
	return (ssize_t)len;
}

static void hostile__ten_million_in_a_directory(void **state)
{
	struct got *g = *state;
	struct endless e = {.members = 10000000};
	struct weir_bytes bytes = {.read_at = directory_read,
				   .context = &e,
				   .size = 31 + e.members * 47 + 56 + 20 + 22};
	long before = peak();

	assert_int_equal(unpack_plain(g, &bytes), 0);
	assert_string_equal(g->type, "application/zip");
	assert_gap(g, "more members");
	assert_true(peak() - before < 64 << 10);
	assert_true(e.reads < 500000);
}

/* Fifty archives, each in the next. */
static void hostile__depth(void **state)
{
	struct got *g = *state;
	static const char *const kinds[] = {"zip", "stored", "gzip", "tar"};

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);

		put(&b, "innermost\n", 10);
		for (int i = 0; i < 50; i++) {
			struct weir_buf next _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
			struct make_zip_member stored = {
				.name = "nested", .data = b.data, .len = b.len};
			struct make_file file = {.name = "nested", .data = b.data, .len = b.len};

			if (k == 0)
				make_zip_of(&next, "nested", b.data, b.len);
			else if (k == 1)
				make_zip(&next, &stored, 1, NULL);
			else
				make_archive(&next, k == 2 ? "raw" : "ustar",
					     k == 2 ? "gzip" : NULL, &file, 1);
			weir_buf_clear(&b);
			put(&b, next.data, next.len);
		}
		unpack_with(g, b.data, b.len, NULL, NULL, 0, k % 2);
		assert_int_equal(g->r, 0);
		assert_gap(g, "deeply");
		assert_int_equal(g->gaps_count, 1);
		for (size_t i = 0; i < g->parts_count; i++)
			assert_true(g->parts[i].depth <= 16);
	}
}

static void hostile__held_memory(void **state)
{
	struct got *g = *state;
	struct weir_buf inner _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	struct weir_unpack_limits limits = small();
	char *text _cleanup_(freep) = make_text(6 << 20);
	struct make_zip_member members[] = {
		{.name = "first.txt", .data = "first\n", .len = 6},
		{.name = "big.txt", .data = text, .len = 6 << 20},
	};

	/* a zip that packs to little is still 6 MiB when it is unpacked */
	make_zip(&inner, members, 2, NULL);
	make_zip_of(&b, "inner.zip", inner.data, inner.len);
	limits.bytes = 64 << 20;
	unpack_with(g, b.data, b.len, &limits, NULL, 0, false);
	assert_gap(g, "too large to be held");
	/* read as a stream, then */
	assert_non_null(got_find(g, "inner.zip/first.txt", 0));
	assert_non_null(got_find(g, "inner.zip/big.txt", 0));
	assert_true(g->bytes >= 6 << 20);
}

/* Each of a thousand small packed members makes the same of what is left. */
static void hostile__nested_bombs(void **state)
{
	struct got *g = *state;
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	char *letters _cleanup_(freep) = malloc(4 << 20);

	assert_non_null(letters);
	memset(letters, 'a', 4 << 20);
	make_zip_of(&b, "a.txt", letters, 4 << 20);
	for (int level = 0; level < 4; level++) {
		struct weir_buf next _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
		struct make_zip_member members[16];

		for (size_t i = 0; i < 16; i++)
			members[i] = (struct make_zip_member){
				.name = "b.zip", .data = b.data, .len = b.len, .method = 8};
		make_zip(&next, members, 16, NULL);
		weir_buf_clear(&b);
		put(&b, next.data, next.len);
	}
	unpack_with(g, b.data, b.len, NULL, NULL, 0, false);
	assert_int_equal(g->r, 0);
	assert_true(g->gaps_count == 1);
	assert_true(g->bytes <= (1u << 30) + 65536);
}

/* An archive that holds itself, after the scheme of literal and repeat blocks: every instruction has
 * the same length, so that a program can write out its own text. */
#define UNIT 10

struct bits {
	uint8_t *out;
	unsigned at;
};

static void bits_put(struct bits *b, unsigned value, unsigned count)
{
	for (unsigned i = 0; i < count; i++, b->at++)
		b->out[b->at / 8] |= (uint8_t)((value >> i & 1) << b->at % 8);
}

static void bits_code(struct bits *b, unsigned value, unsigned count)
{
	while (count-- > 0)
		bits_put(b, value >> count & 1, 1);
}

/* Literal: len bytes that follow. */
static void quine_literal(struct weir_buf *b, size_t len)
{
	put(b, "\0\0\0\xff\xff\0", 6);
	put_le(b, len, 2);
	put_le(b, ~len & 0xffff, 2);
}

/* Repeat the last len bytes, 35 to 98 of them. */
static void quine_repeat(struct weir_buf *b, size_t len, bool final)
{
	uint8_t unit[UNIT] = {0};
	struct bits bits = {unit, 0};
	static const unsigned base[] = {35, 43, 51, 59, 67, 83};
	unsigned i = len < 43 ? 0 : len < 51 ? 1 : len < 59 ? 2 : len < 67 ? 3 : len < 83 ? 4 : 5;

	bits_put(&bits, 2, 3);
	bits_code(&bits, 273 + i - 256, 7);
	bits_put(&bits, (unsigned)len - base[i], i < 4 ? 3 : 4);
	bits_code(&bits, len < 49 ? 10 : len < 65 ? 11 : 12, 5);
	bits_put(&bits, (unsigned)len - (len < 49 ? 33 : len < 65 ? 49 : 65), len < 65 ? 4 : 5);
	bits_code(&bits, 0, 7);
	while (bits.at + 3 <= 40) { /* empty blocks */
		bits_put(&bits, 2, 3);
		bits_code(&bits, 0, 7);
	}
	bits_put(&bits, final, 3);
	assert_true(bits.at > 40 && bits.at <= 48);
	unit[8] = unit[9] = 0xff;
	put(b, unit, UNIT);
}

static void quine_code(struct weir_buf *b, const struct weir_buf *p, const struct weir_buf *s)
{
	size_t head = p->len + UNIT, tail = s->len + UNIT;

	/* each line of code, and behind it in the archive what it writes */
	quine_literal(b, head); /* P L(head) */
	put(b, p->data, p->len);
	quine_literal(b, head);
	quine_repeat(b, head, false); /* P L(head) */
	quine_literal(b, UNIT);	      /* R(head) */
	quine_repeat(b, head, false);
	quine_literal(b, UNIT); /* L1 */
	quine_literal(b, UNIT);
	quine_literal(b, 4 * UNIT); /* R(head) L1 L1 L4 */
	quine_repeat(b, head, false);
	quine_literal(b, UNIT);
	quine_literal(b, UNIT);
	quine_literal(b, 4 * UNIT);
	quine_repeat(b, 4 * UNIT, false); /* the same */
	quine_literal(b, 4 * UNIT);	  /* R4 L4 R4 L4 */
	quine_repeat(b, 4 * UNIT, false);
	quine_literal(b, 4 * UNIT);
	quine_repeat(b, 4 * UNIT, false);
	quine_literal(b, 4 * UNIT);
	quine_repeat(b, 4 * UNIT, false); /* the same */
	quine_literal(b, 4 * UNIT);	  /* R4 L0 L0 L(tail) */
	quine_repeat(b, 4 * UNIT, false);
	quine_literal(b, 0);
	quine_literal(b, 0);
	quine_literal(b, tail);
	quine_repeat(b, 4 * UNIT, false); /* the same */
	quine_literal(b, 0);
	quine_literal(b, 0);
	quine_literal(b, tail); /* R(tail) S */
	quine_repeat(b, tail, true);
	put(b, s->data, s->len);
	quine_repeat(b, tail, true); /* the same */
}

static void hostile__holds_itself(void **state)
{
	struct got *g = *state;
	struct weir_buf p _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024);
	struct weir_buf s _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024);
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(4096);
	size_t packed = 0, all = 0;

	/* twice: the first time to know the lengths */
	for (int round = 0; round < 2; round++) {
		struct make_zip_member m = {.name = "r.zip", .method = 8, .packed = packed};

		weir_buf_clear(&p);
		weir_buf_clear(&s);
		weir_buf_clear(&b);
		put_le(&p, 0x04034b50, 4);
		put_le(&p, 20 | 8ull << 32, 8);
		put_le(&p, 0, 6);
		put_le(&p, packed, 4);
		put_le(&p, all, 4);
		put_le(&p, 5, 4);
		put(&p, "r.zip", 5);
		m.len = all;
		make_zip_central(&s, &m);
		put_le(&s, 0x06054b50, 4);
		put_le(&s, 0, 4);
		put_le(&s, 0x00010001, 4);
		put_le(&s, 51, 4);
		put_le(&s, p.len + packed, 4);
		put_le(&s, 0, 2);
		put(&b, p.data, p.len);
		quine_code(&b, &p, &s);
		packed = b.len - p.len;
		put(&b, s.data, s.len);
		all = b.len;
	}
	unpack_with(g, b.data, b.len, NULL, NULL, 0, false);
	assert_gap(g, "deeply");
	assert_non_null(strstr(got_gapped(g, "deeply")->path, "r.zip/r.zip/r.zip/r.zip"));
	assert_true(g->bytes < 100000);
}

/* A dictionary of 1.5 GiB for ten bytes. */
static void hostile__dictionary(void **state)
{
	struct got *g = *state;
	struct weir_buf b _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MAKE_MAX);
	struct make_file file = {.name = "a", .data = "ten bytes\n", .len = 10};

	make_archive(&b, "raw", "lzip", &file, 1);
	b.data[5] = 0x1d; /* 512 MiB */
	unpack_with(g, b.data, b.len, NULL, NULL, 0, false);
	assert_gap(g, "too large to be held");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(hostile__ten_million_members),
		TEST(hostile__ten_million_in_a_directory),
		TEST(hostile__bytes),
		TEST(hostile__ratio),
		TEST(hostile__members),
		TEST(hostile__depth),
		TEST(hostile__held_memory),
		TEST(hostile__nested_bombs),
		TEST(hostile__holds_itself),
		TEST(hostile__dictionary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
