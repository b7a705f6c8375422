/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

#include "cfb.h"

static void pattern(struct weir_buf *b, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++)
		put8(b, (unsigned)(i * 31 + i / 256 + seed) & 0xff);
}

static void expect_stream(struct weir_cfb *cfb, uint32_t storage, const char *name, size_t len,
			  unsigned seed)
{
	struct weir_buf want = BUF;
	struct weir_cfb_stream s;
	struct weir_bytes bytes;
	uint32_t id = weir_cfb_find(cfb, storage, name);
	uint8_t *have = malloc(len + 1);
	size_t done = 0;
	ssize_t n;

	assert_int_not_equal(id, WEIR_CFB_NONE);
	assert_int_equal(weir_cfb_open(cfb, id, &s, &bytes), 0);
	assert_int_equal(bytes.size, len);
	while ((n = bytes.read_at(bytes.context, have + done, len + 1 - done, done)) > 0)
		done += (size_t)n;
	assert_int_equal(n, 0);
	assert_int_equal(done, len);
	pattern(&want, len, seed);
	assert_memory_equal(have, want.data ? want.data : "", len);
	/* from the back, too */
	for (size_t at = len; at-- > 0 && at + 1000 > len;) {
		assert_true(bytes.read_at(bytes.context, have, 1, at) == 1);
		assert_int_equal(have[0], (uint8_t)want.data[at]);
	}
	free(have);
	weir_buf_done(&want);
}

static const size_t sizes[] = {0, 1, 63, 64, 65, 4095, 4096, 4097, 20000, 70000};

static void build(struct weir_buf *out, unsigned shift)
{
	static const char *const names[] = {"s0", "s1", "s2", "s3", "s4",
					    "s5", "s6", "s7", "s8", "s9"};
	struct cfb_file f;
	unsigned inner;

	cfb_init(&f);
	inner = cfb_storage(&f, 0, "Inner");
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct weir_buf data = BUF;

		pattern(&data, sizes[i], i);
		cfb_stream(&f, i % 2 ? inner : 0, names[i], data.data ? data.data : "", data.len);
		weir_buf_done(&data);
	}
	cfb_make(&f, shift, out);
	cfb_done(&f);
}

static struct weir_cfb *open_cfb(struct weir_memory *memory, const struct weir_buf *file)
{
	struct weir_bytes bytes;
	struct weir_cfb *cfb = NULL;

	*memory = (struct weir_memory){(const uint8_t *)file->data, file->len};
	bytes = weir_bytes_of(memory);
	assert_int_equal(weir_cfb_new(&bytes, &cfb), 0);
	return cfb;
}

static void cfb__reads_streams_of_every_size(void **state)
{
	for (unsigned shift = 9; shift <= 12; shift += 3) {
		struct weir_buf file = BUF;
		struct weir_memory memory;
		struct weir_cfb *cfb;
		uint32_t inner;

		build(&file, shift);
		cfb = open_cfb(&memory, &file);
		inner = weir_cfb_find(cfb, 0, "INNER");
		assert_int_not_equal(inner, WEIR_CFB_NONE);
		for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
			char name[3] = {'s', (char)('0' + i), '\0'};

			expect_stream(cfb, i % 2 ? inner : 0, name, sizes[i], i);
		}
		assert_false(weir_cfb_damaged(cfb));
		assert_int_equal(weir_cfb_find(cfb, 0, "s1"), WEIR_CFB_NONE);
		weir_cfb_free(cfb);
		weir_buf_done(&file);
	}
}

/* All streams together: never more than the file. */
static uint64_t total(struct weir_cfb *cfb, uint32_t count)
{
	uint64_t sum = 0;

	for (uint32_t id = 0; id < count; id++) {
		struct weir_cfb_stream s;
		struct weir_bytes bytes;

		assert_int_equal(weir_cfb_open(cfb, id, &s, &bytes), 0);
		sum += bytes.size;
	}
	return sum;
}

static void cfb__cuts_what_overlaps_or_turns_back(void **state)
{
	for (unsigned kind = 0; kind < 3; kind++) {
		struct weir_buf file = BUF;
		struct weir_memory memory;
		struct weir_cfb *cfb;

		build(&file, 9);
		if (kind == 0) /* every sector is followed by the last but few */
			for (size_t i = 16; i < 2048; i++)
				set32(&file, 512 + i * 4, 100);
		if (kind == 1) /* every sector is followed by itself */
			for (size_t i = 16; i < 2048; i++)
				set32(&file, 512 + i * 4, (uint32_t)i);
		if (kind == 2) /* every stream begins at one place */
			for (size_t i = 1; i < 12; i++) {
				set32(&file, 512 + 16 * 512 + i * 128 + 116, 60);
				set32(&file, 512 + 16 * 512 + i * 128 + 120, 40000);
			}
		cfb = open_cfb(&memory, &file);
		assert_true(total(cfb, kind < 2 ? 4 : 12) <= file.len);
		assert_true(weir_cfb_damaged(cfb));
		weir_cfb_free(cfb);
		weir_buf_done(&file);
	}
}

static void cfb__every_entry_has_one_place(void **state)
{
	struct weir_buf file = BUF;
	struct weir_memory memory;
	struct weir_cfb *cfb;
	size_t directory = 512 + 16 * 512;
	unsigned seen = 0;

	build(&file, 9);
	/* siblings that point at each other and at their storage, and out of the table */
	for (size_t i = 1; i < 12; i++) {
		set32(&file, directory + i * 128 + 68, (uint32_t)(i % 3));
		set32(&file, directory + i * 128 + 72, (uint32_t)(i * 7 % 13));
		set32(&file, directory + i * 128 + 76, (uint32_t)(i * 5 % 11));
	}
	cfb = open_cfb(&memory, &file);
	for (uint32_t storage = 0; storage < 2; storage++)
		for (uint32_t id = weir_cfb_entry(cfb, storage)->child; id != WEIR_CFB_NONE;
		     id = weir_cfb_entry(cfb, id)->next)
			assert_true(++seen < 12);
	assert_int_equal(seen, 11);
	assert_true(weir_cfb_damaged(cfb));
	weir_cfb_free(cfb);
	weir_buf_done(&file);
}

static void cfb__survives_damage(void **state)
{
	struct weir_buf file = BUF;
	struct cfb_file f;
	unsigned inner;

	cfb_init(&f);
	inner = cfb_storage(&f, 0, "Inner");
	cfb_stream(&f, inner, "Contents", "a stream nobody knows: needle", 29);
	cfb_make(&f, 9, &file);
	cfb_done(&f);
	same_in_pieces(&file, "needle");
	cut_everywhere(&file, "needle", 512);
	flip_everywhere(&file);
	weir_buf_done(&file);
}

static void cfb__storages_nested_without_end_are_a_gap(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf file = BUF;
	struct cfb_file f;
	unsigned at = 0;

	cfb_init(&f);
	for (unsigned i = 0; i < 40; i++)
		at = cfb_storage(&f, at, "deeper");
	cfb_stream(&f, at, "Contents", "needle", 6);
	cfb_make(&f, 9, &file);
	cfb_done(&f);
	assert_int_equal(unpack_memory(g, file.data, file.len), 0);
	assert_non_null(got_gapped(g, "too deep"));
	weir_buf_done(&file);
}

static void cfb__a_protected_package_is_unscannable(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf file = BUF;
	struct cfb_file f;

	cfb_init(&f);
	cfb_stream(&f, 0, "EncryptionInfo", "x", 1);
	cfb_stream(&f, 0, "EncryptedPackage", "xyz", 3);
	cfb_make(&f, 9, &file);
	cfb_done(&f);
	assert_int_equal(unpack_memory(g, file.data, file.len), 0);
	assert_non_null(got_gapped(g, "encrypted"));
	assert_int_equal(got_gapped(g, "encrypted")->status, WEIR_SCAN_UNSCANNABLE);
	weir_buf_done(&file);
}

/* A package: a text file that was dropped into a document, and the document's properties. */
static void cfb__packages_and_properties(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf file = BUF, native = BUF, set = BUF;
	struct cfb_file f;
	unsigned pool;

	put32(&native, 0);
	put16(&native, 2);
	put(&native, "list.txt", 9);
	put(&native, "C:\\list.txt", 12);
	put32(&native, 0x30000);
	put32(&native, 12);
	put(&native, "C:\\list.txt", 12);
	put32(&native, 14);
	put(&native, "payload needle", 14);
	set32(&native, 0, (uint32_t)native.len - 4);

	put16(&set, 0xfffe);
	put_zeroes(&set, 22);
	put32(&set, 1);
	put_zeroes(&set, 16);
	put32(&set, 48);
	put32(&set, 200);
	put32(&set, 4);
	put32(&set, 1);
	put32(&set, 40);
	put32(&set, 2);
	put32(&set, 48);
	put32(&set, 4);
	put32(&set, 64);
	put32(&set, 13);
	put32(&set, 88);
	put32(&set, 2);
	put32(&set, 936);
	put32(&set, 0x1e);
	put32(&set, 5);
	put(&set, "\xb1\xea\xcc\xe2\0\0\0\0", 8);
	put32(&set, 0x1f);
	put32(&set, 7);
	put_wide(&set, "author");
	put32(&set, 0);
	put_zeroes(&set, 48 + 88 - set.len);
	put32(&set, 0x101e);
	put32(&set, 2);
	put32(&set, 4);
	put(&set, "one", 4);
	put32(&set, 4);
	put(&set, "two", 4);

	cfb_init(&f);
	pool = cfb_storage(&f, 0, "ObjectPool");
	pool = cfb_storage(&f, pool, "_1234");
	cfb_stream(&f, pool, "\1Ole10Native", native.data, native.len);
	cfb_stream(&f, 0, "\5SummaryInformation", set.data, set.len);
	cfb_make(&f, 9, &file);
	cfb_done(&f);
	assert_int_equal(unpack_memory(g, file.data, file.len), 0);
	assert_non_null(got_find(g, "list.txt", WEIR_PART_BYTES));
	assert_true(got_has(g, "payload needle"));
	assert_non_null(got_find(g, "properties", WEIR_PART_TEXT));
	assert_true(got_has(g, "标题\nauthor\none\ntwo\n"));
	assert_null(got_gapped(g, NULL));
	cut_everywhere(&file, NULL, 0);
	flip_everywhere(&file);
	weir_buf_done(&file);
	weir_buf_done(&native);
	weir_buf_done(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cfb__reads_streams_of_every_size),
		cmocka_unit_test(cfb__cuts_what_overlaps_or_turns_back),
		cmocka_unit_test(cfb__every_entry_has_one_place),
		cmocka_unit_test(cfb__survives_damage),
		cmocka_unit_test(cfb__storages_nested_without_end_are_a_gap),
		cmocka_unit_test(cfb__a_protected_package_is_unscannable),
		cmocka_unit_test(cfb__packages_and_properties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
