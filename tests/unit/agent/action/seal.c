/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
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

#include "seal.h"
#include "weir/base/buf.h"
#include "weir/base/fd.h"

#define CHUNK (64 * 1024)

static const uint8_t key[WEIR_SEAL_KEY_LEN] = {1, 2, 3}, other[WEIR_SEAL_KEY_LEN] = {3, 2, 1};

static int memory(const void *data, size_t len)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	if (len)
		assert_int_equal(weir_pwrite_full(fd, data, len, 0), 0);
	return fd;
}

static struct weir_buf content(int fd)
{
	struct weir_buf buf = WEIR_BUF_INIT(1 << 22);
	ssize_t n;

	assert_int_equal(weir_buf_reserve(&buf, 1 << 20), 0);
	n = weir_pread_full(fd, buf.data, 1 << 20, 0);
	assert_true(n >= 0);
	buf.len = (size_t)n;
	return buf;
}

static struct weir_buf sealed(const char *data, size_t len)
{
	int in _cleanup_(weir_closep) = memory(data, len);
	int out _cleanup_(weir_closep) = memory("", 0);
	uint64_t bytes = 99;

	assert_int_equal(weir_seal(key, in, out, &bytes), 0);
	assert_int_equal(bytes, len);
	return content(out);
}

static int unseal(const uint8_t *with, const void *data, size_t len, struct weir_buf *ret)
{
	int in _cleanup_(weir_closep) = memory(data, len);
	int out _cleanup_(weir_closep) = memory("", 0);
	uint64_t bytes = 0;
	int r = weir_unseal(with, in, out, &bytes);

	*ret = content(out);
	if (r == 0)
		assert_int_equal(bytes, ret->len);
	return r;
}

static void seal__opens_again_at_every_size(void **state)
{
	static const size_t sizes[] = {0,     1,	 15,	    CHUNK - 1,
				       CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7};
	char *text = malloc(4 * CHUNK);

	for (size_t i = 0; i < 4 * CHUNK; i++)
		text[i] = (char)(i * 31 >> 3);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct weir_buf closed _cleanup_(weir_buf_done) = sealed(text, sizes[i]);
		struct weir_buf opened _cleanup_(weir_buf_done) = {0};

		assert_int_equal(unseal(key, closed.data, closed.len, &opened), 0);
		assert_int_equal(opened.len, sizes[i]);
		assert_memory_equal(opened.data, text, sizes[i]);
	}
	free(text);
}

static void seal__hides_and_never_repeats(void **state)
{
	static const char text[] = "a list of customers, a list of customers";
	struct weir_buf one _cleanup_(weir_buf_done) = sealed(text, strlen(text));
	struct weir_buf two _cleanup_(weir_buf_done) = sealed(text, strlen(text));

	assert_null(memmem(one.data, one.len, "customers", 9));
	assert_int_equal(one.len, two.len);
	assert_memory_not_equal(one.data, two.data, one.len);
	/* Nor do chunks alike look alike. */
	assert_memory_not_equal(one.data + 16, two.data + 16, strlen(text));
}

static void seal__refuses_another_key(void **state)
{
	struct weir_buf closed _cleanup_(weir_buf_done) = sealed("text", 4);
	struct weir_buf opened _cleanup_(weir_buf_done) = {0};

	assert_int_equal(unseal(other, closed.data, closed.len, &opened), -EBADMSG);
	assert_int_equal(opened.len, 0);
}

static void seal__refuses_every_changed_byte(void **state)
{
	struct weir_buf closed _cleanup_(weir_buf_done) = sealed("some text", 9);

	for (size_t i = 0; i < closed.len; i++) {
		struct weir_buf opened _cleanup_(weir_buf_done) = {0};

		closed.data[i] ^= 1;
		assert_int_equal(unseal(key, closed.data, closed.len, &opened), -EBADMSG);
		assert_int_equal(opened.len, 0);
		closed.data[i] ^= 1;
	}
}

/* Cut anywhere, chunks swapped, one left out. */
static void seal__refuses_what_is_cut_or_moved(void **state)
{
	const size_t step = CHUNK + 16;
	char *text = calloc(3, CHUNK);
	struct weir_buf closed _cleanup_(weir_buf_done) = sealed(text, 3 * CHUNK);
	char *moved = malloc(closed.len);
	static const size_t cuts[] = {0, 8, 15, 16, 31, 16 + CHUNK + 16, 16 + 2 * (CHUNK + 16)};
	struct weir_buf opened = {0};

	for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
		assert_int_equal(unseal(key, closed.data, cuts[i], &opened), -EBADMSG);
		weir_buf_done(&opened);
	}
	assert_int_equal(unseal(key, closed.data, closed.len - 1, &opened), -EBADMSG);
	weir_buf_done(&opened);
	memcpy(moved, closed.data, closed.len);
	memcpy(moved + 16, closed.data + 16 + step, step);
	memcpy(moved + 16 + step, closed.data + 16, step);
	assert_int_equal(unseal(key, moved, closed.len, &opened), -EBADMSG);
	weir_buf_done(&opened);
	memmove(moved + 16, closed.data + 16 + step, closed.len - 16 - step);
	assert_int_equal(unseal(key, moved, closed.len - step, &opened), -EBADMSG);
	weir_buf_done(&opened);
	free(moved);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seal__opens_again_at_every_size),
		cmocka_unit_test(seal__hides_and_never_repeats),
		cmocka_unit_test(seal__refuses_another_key),
		cmocka_unit_test(seal__refuses_every_changed_byte),
		cmocka_unit_test(seal__refuses_what_is_cut_or_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
